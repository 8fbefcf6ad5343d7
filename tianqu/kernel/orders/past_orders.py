"""Orders of a pack's own flow that went round before they came here: written by sets, within the pack's act.

    past = PastOrders(acting)
    past.place(item="village.finding", order_id=…, place_id=…, title=…, description=…, at=…, by=auditor)
    past.move(order_id, act="village.open_finding", at=…, by=auditor, unit_id=village, finish_by=…)
    past.write()                                   # new orders, with their clocks, events and entries
    past.move(order_id, act="village.close_finding", at=…, by=inspector, note="…")
    past.write()                                   # what moved since

Each step is what ``move_within`` would have made of it at its time, by the same code; nobody is told of it. Whether
somebody might do it then is not asked: the act that brings it in answers for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, Actor, prepare_entry, writing
from tianqu.kernel.orders.cases import Case, clean_note
from tianqu.kernel.orders.catalogue import KnownItem, known_item, known_place, realm_calendar
from tianqu.kernel.orders.clocks import start_clock_of
from tianqu.kernel.orders.codes import order_code
from tianqu.kernel.orders.flow import Who
from tianqu.kernel.orders.images import order_image
from tianqu.kernel.orders.items import OFFICE
from tianqu.kernel.orders.models import Asker, Audience, Clock, Event, Order, State
from tianqu.kernel.orders.placing import DESCRIPTION_MAX, TITLE_MAX
from tianqu.kernel.orders.within import led

BATCH: Final = 500


class PastOrders:
    """Orders in the hands of one act, before they are written and between two writings."""

    def __init__(self, acting: Acting) -> None:
        self.acting = acting
        self._items: dict[UUID, KnownItem] = {}
        self._orders: dict[UUID, Order] = {}
        self._clocks: dict[UUID, dict[str, Clock]] = {}
        self._events: list[Event] = []
        self._new: list[UUID] = []
        self._moved: dict[UUID, None] = {}
        self._changed: dict[int, Clock] = {}  # by the object's identity: a new one has no key yet

    def code_of(self, order_id: UUID) -> str:
        """What an order is called in front of people."""
        return self._orders[order_id].code

    def place(
        self, *, item: str, order_id: UUID, place_id: UUID, title: str, description: str, at: datetime, by: Actor,
        act: str,
    ) -> None:  # fmt: skip
        """Place an order of an office's own at a time, by an act of the pack."""
        known = known_item(item, on=at.astimezone(realm_calendar().zone).date())
        order = Order(
            id=order_id, code=order_code(order_id), item_id=known.id, place_id=place_id,
            place_path=known_place(place_id).path, address="", form={}, channel="import", asker_kind=OFFICE,
            title=clean_text(title, field="title", most=TITLE_MAX, wanted=True),
            description=clean_text(description, field="description", most=DESCRIPTION_MAX, wanted=True),
            identity="open", urgency=known.urgency, state=State.PLACED, placed_at=at, updated_at=at, extended_days=0,
            return_count=0, reopen_count=0, press_count=0, escalation=0, answer_public="", answer_private="", version=1,
            last_event=1,
        )  # fmt: skip
        times = start_clock_of(realm_calendar(), "dispatch", at, known.duration("dispatch", urgency=order.urgency))
        clock = Clock(
            order=order, kind="dispatch", started_at=at, due_at=times.due_at, check_at=times.due_at, proof=times.proof
        )
        order.due_next_at = times.due_at
        event = Event(
            order=order, sequence=1, at=at, act=act, actor_kind="post" if by.post_id else "system",
            actor_person_id=by.person_id, actor_post_id=by.post_id, actor_unit_id=by.unit_id, from_state="",
            to_state=State.PLACED, note="", audience=Audience.PUBLIC, data={},
        )  # fmt: skip
        self._items[order_id], self._orders[order_id], self._clocks[order_id] = known, order, {"dispatch": clock}
        self._new.append(order_id)
        self._keep(order, event, {id(clock): clock})

    def move(
        self, order_id: UUID, *, act: str, at: datetime, by: Actor, note: str = "", unit_id: UUID | None = None,
        finish_by: datetime | None = None, data: Mapping[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """Move an order by a step of its flow at a time; return the sequence of the event. Raises ``Conflict``."""
        order, item = self._orders[order_id], self._items[order_id]
        step = item.flow.step(act)
        if step is None or order.state not in step.whence or at < order.updated_at:
            raise Conflict(
                _("Requests of this kind are not handled by this step (%(act)s)."), field="order_id",
                value=str(order_id), act=act, remedy=_("Look at the request for what can be done with it."),
            )  # fmt: skip
        case = Case(
            acting=Acting(act=act, actor=by, now=at), order=order, step=step,
            part=Who.UNIT if Who.UNIT in step.who else Who.OVERSIGHT, item=item, clocks=self._clocks[order_id],
            from_state=State(order.state),
        )  # fmt: skip
        note = clean_note(note)
        led(case, note=note, unit_id=unit_id, finish_by=finish_by)
        event = case.turned(note=note, data=data)
        self._keep(order, event, {id(clock): clock for clock in case.changed})
        return event.sequence

    def _keep(self, order: Order, event: Event, changed: Mapping[int, Clock]) -> None:
        self._events.append(event)
        self._changed |= changed
        self._moved[order.id] = None
        acting = self.acting
        image = plain(order_image(order, event, self._clocks[order.id].values(), item=self._items[order.id]))
        acting.entries.append(prepare_entry(
            act=acting.act, subject=f"order:{order.id}", actor=acting.actor, at=event.at, after=image
        ))  # fmt: skip

    def write(self) -> None:
        """Write what is new or has moved since the last time."""
        fresh = set(self._new)
        clocks = list(self._changed.values())
        begun, running = [one for one in clocks if one.pk is None], [one for one in clocks if one.pk is not None]
        with writing(self.acting):
            Order.objects.bulk_create([self._orders[one] for one in self._new], batch_size=BATCH)
            Asker.objects.bulk_create([Asker(order_id=one) for one in self._new], batch_size=BATCH)
            _update(_MOVE_ORDERS, [_moved_order(self._orders[one]) for one in self._moved if one not in fresh])
            _update(_MOVE_CLOCKS, [_moved_clock(one) for one in running])
            Clock.objects.bulk_create(begun, batch_size=BATCH)
            Event.objects.bulk_create(self._events, batch_size=BATCH)
        self._new, self._moved, self._events, self._changed = [], {}, [], {}


_MOVING: Final = {
    "state": "text", "unit_id": "uuid", "handler_post_id": "uuid", "dispatched_at": "timestamptz",
    "accepted_at": "timestamptz", "done_at": "timestamptz", "closed_at": "timestamptz", "updated_at": "timestamptz",
    "due_accept_at": "timestamptz", "due_done_at": "timestamptz", "due_next_at": "timestamptz", "extended_days": "int",
    "reopen_count": "int", "answer_public": "text", "version": "int", "last_event": "int",
}  # fmt: skip
_RUNNING: Final = {
    "due_at": "timestamptz", "check_at": "timestamptz", "stopped_at": "timestamptz", "breached_at": "timestamptz",
    "proof": "jsonb",
}  # fmt: skip


def _update_by_id(table: str, *, id_type: str, columns: Mapping[str, str]) -> str:
    """The SQL that gives rows of a table, by their ``id``, what a list of JSON objects says of these columns."""
    given = ", ".join(f"{name} {kind}" for name, kind in {"id": id_type, **columns}.items())
    taken = ", ".join(f"{name} = given.{name}" for name in columns)
    return (
        f"UPDATE {table} kept SET {taken} FROM jsonb_to_recordset(%s::jsonb) AS given ({given})"  # noqa: S608  constants
        " WHERE kept.id = given.id"
    )


_MOVE_ORDERS: Final = _update_by_id("orders_order", id_type="uuid", columns=_MOVING)
_MOVE_CLOCKS: Final = _update_by_id("orders_clock", id_type="bigint", columns=_RUNNING)


def _moved_order(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in ("id", *_MOVING)}


def _moved_clock(clock: Clock) -> dict[str, Any]:
    return {name: getattr(clock, name) for name in ("id", *_RUNNING)}


def _update(statement: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, [orjson.dumps(rows).decode()])
