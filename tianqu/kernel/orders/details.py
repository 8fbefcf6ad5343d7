"""One order with everything its page shows, its timeline, and how it was at any journal index."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.catalogue import KnownItem, item_version, realm_calendar
from tianqu.kernel.orders.clocks import Remaining, remaining
from tianqu.kernel.orders.flow import Who, steps_from
from tianqu.kernel.orders.looking import note_look
from tianqu.kernel.orders.models import (
    Asker,
    Attachment,
    CallBack,
    Clock,
    Exclusion,
    Order,
    Rating,
    State,
)
from tianqu.kernel.orders.walls import asked_orders, is_asker, reading
from tianqu.kernel.places.api import FullName, Unit, can, full_names, reaches

TIMELINE_MAX: Final = 500
BOUND_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class BoundOrder:
    """An order that another one is bound to, in few words."""

    id: UUID
    code: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order as its page shows it to this actor.

    ``asker`` is None for who may not know.
    ``part`` is the part in which the actor meets it (``asker``, ``unit``, ``oversight``); ``acts`` are the names of
    the acts that the actor may do now. ``bound`` are the parts, and the orders that wait for this cause.
    """

    order: Order
    item: KnownItem
    place: FullName
    unit: Unit | None
    nominee: Unit | None
    handler: str
    asker: Asker | None
    clocks: tuple[Clock, ...]
    ratings: tuple[Rating, ...]
    call_backs: tuple[CallBack, ...]
    attachments: tuple[Attachment, ...]
    exclusions: tuple[Exclusion, ...]
    whole: BoundOrder | None
    cause: BoundOrder | None
    parts: tuple[BoundOrder, ...]
    waiting: tuple[BoundOrder, ...]
    waiting_count: int
    part: Who
    acts: tuple[str, ...]


def order_detail(actor: Actor, *, order_id: UUID) -> OrderDetail:
    """Return an order within the actor's sight. Raises ``NotFound`` for all others.

    Where it shows a post who asked, it notes that in the asker's access log.
    """
    with reading(actor) as actor:
        order = asked_orders().select_related("unit", "nominee_unit", "handler_post").filter(id=order_id).first()
        if order is None:
            raise NotFound(_("There is no such request."), field="order_id", value=str(order_id))
        part = part_in(actor, order)
        asks = part is Who.ASKER
        parts, waiting, count = _bound_below(order_id)
        asker = Asker.objects.filter(order_id=order_id).first()
        note_look(actor, asker, order_id=order_id)
        return OrderDetail(
            order=order, item=item_version(order.item_id), place=full_names([order.place_id])[order.place_id],
            unit=order.unit, nominee=None if asks else order.nominee_unit,
            handler="" if asks or order.handler_post is None else order.handler_post.title,
            asker=asker,
            clocks=tuple(Clock.objects.filter(order_id=order_id).order_by("id")),
            ratings=tuple(Rating.objects.filter(order_id=order_id).order_by("round")),
            call_backs=() if asks else tuple(CallBack.objects.filter(order_id=order_id).order_by("round")),
            attachments=tuple(Attachment.objects.filter(order_id=order_id).order_by("at", "id")),
            exclusions=() if asks else tuple(Exclusion.objects.filter(order_id=order_id).order_by("id")),
            whole=_bound(order.parent_id), cause=_bound(order.merged_into_id), parts=parts, waiting=waiting,
            waiting_count=count, part=part, acts=acts_open_to(actor, order, part),
        )  # fmt: skip


def clocks_left(detail: OrderDetail | ToldOrder, *, now: datetime) -> list[tuple[Clock, Remaining]]:
    """Return each clock of an order with what is left of it at ``now``, as its page says it."""
    calendar = realm_calendar()
    return [
        (clock, remaining(
            calendar, due_at=clock.due_at, now=now, paused_at=clock.paused_at, stopped_at=clock.stopped_at,
            round_the_clock=clock.round_the_clock,
        ))
        for clock in detail.clocks
    ]  # fmt: skip


def order_id_of(actor: Actor, *, code: str) -> UUID:
    """Return the identifier of the order with a code, within the actor's sight. Raises ``NotFound``."""
    with reading(actor) as actor:
        order_id = asked_orders().filter(code=code).values_list("id", flat=True).first()
        if order_id is None:
            raise NotFound(_("There is no request with the code %(value)s."), field="code", value=code)
        return order_id


def order_codes(actor: Actor, *, order_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the codes of orders by their identifiers, of those within the actor's sight."""
    with reading(actor):
        return dict(asked_orders().filter(id__in=order_ids).values_list("id", "code"))


def order_standing(actor: Actor, *, order_id: UUID) -> tuple[str, int] | None:
    """Return the state and the version of an order within the actor's sight, None for any other. One query."""
    with reading(actor):
        return asked_orders().filter(id=order_id).values_list("state", "version").first()


def part_in(actor: Actor, order: Order) -> Who:
    """The part in which an actor who sees an order meets it."""
    if actor.scope.everything:
        return Who.SYSTEM
    if actor.post_id is not None:
        if order.unit_id is not None and order.unit_id in actor.scope.unit_ids:
            return Who.UNIT
        if reaches(actor.scope, order.place_path):
            return Who.OVERSIGHT
    return Who.ASKER


def acts_open_to(actor: Actor, order: Order, part: Who) -> tuple[str, ...]:
    """The acts of this room that the actor may do to an order as it stands, by its flow's table and their role.

    A post of the answerable unit that also oversees the place may do what either may.
    """
    if part is Who.ASKER and not is_asker(actor, order.id):
        return ()
    parts = parts_of(actor, order)
    steps = steps_from(State(order.state), item_version(order.item_id).flow)
    ours = (step for step in steps if step.act.startswith("orders.") and step.who & parts)
    found = (step.act for step in ours if can(actor, step.act))
    return tuple(name for name in found if name != "orders.rate" or order.rated_at is None)


def parts_of(actor: Actor, order: Order) -> set[Who]:
    """The parts in which an actor who sees an order may act: a post of the unit may oversee the place, too."""
    part = part_in(actor, order)
    parts = {part}
    if part is Who.UNIT and reaches(actor.scope, order.place_path):
        parts.add(Who.OVERSIGHT)
    if part is Who.UNIT and order.state == State.RETURNED:
        parts.discard(Who.UNIT)
    return parts


def _bound(order_id: UUID | None) -> BoundOrder | None:
    """The order above, if the actor sees it; an asker does not see the cause that somebody else asked about."""
    if order_id is None:
        return None
    row = Order.objects.filter(id=order_id).values_list("id", "code", "title", "state").first()
    return BoundOrder(*row) if row is not None else None


def _bound_below(order_id: UUID) -> tuple[tuple[BoundOrder, ...], tuple[BoundOrder, ...], int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "(SELECT 'part', id, code, title, state, 0 FROM orders_order WHERE parent_id = %s ORDER BY id LIMIT %s)"
            " UNION ALL (SELECT 'waiting', id, code, title, state, count(*) OVER () FROM orders_order"
            " WHERE merged_into_id = %s ORDER BY id LIMIT %s)",
            [order_id, BOUND_MAX, order_id, BOUND_MAX],
        )
        rows = cursor.fetchall()
    bound = [(row[0], BoundOrder(*row[1:5])) for row in rows]
    waiting = tuple(order for kind, order in bound if kind == "waiting")
    count = max((row[5] for row in rows), default=0)
    return tuple(order for kind, order in bound if kind == "part"), waiting, count


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One step of an order. ``by`` is a post's title, never a person's name; ``log_index`` its place in the log.

    ``role`` is the code of the post's role, for readers of a language in which the title is not written.
    """

    sequence: int
    at: datetime
    act: str
    actor_kind: str
    by: str
    unit_name: str
    unit_name_en: str
    from_state: str
    to_state: str
    note: str
    audience: str
    data: Mapping[str, Any]
    entry_id: int | None
    log_index: int | None
    role: str = ""


# The n-th event of an order belongs to the n-th entry about it.
_TIMELINE: Final = """
SELECT e.sequence, e.at, e.act, e.actor_kind, coalesce(nullif(p.title, ''), p.role, ''), coalesce(u.name, ''),
    coalesce(u.name_en, ''), e.from_state, e.to_state, e.note, e.audience, e.data::text, j.id, s.index,
    coalesce(p.role, '')
FROM orders_event e
LEFT JOIN places_post p ON p.id = e.actor_post_id
LEFT JOIN places_unit u ON u.id = e.actor_unit_id
LEFT JOIN (SELECT id, row_number() OVER (ORDER BY id) AS sequence FROM journal_entry WHERE subject = %s) j
    ON j.sequence = e.sequence
LEFT JOIN journal_sequence s ON s.entry_id = j.id
WHERE e.order_id = %s AND e.sequence > %s
    AND (%s OR NOT EXISTS (SELECT FROM orders_order o WHERE o.id = e.order_id AND o.asker_kind = 'office'))
ORDER BY e.sequence LIMIT %s
"""


def order_timeline(
    actor: Actor, *, order_id: UUID, after: int = 0, limit: int = TIMELINE_MAX
) -> tuple[TimelineEvent, ...]:
    """Return the steps of an order that the actor may see, after a sequence number, in order. One query.

    Askers do not see what is internal, and gaps in the sequence say that there is something they do not see.
    """
    with reading(actor) as actor:
        return _timeline(order_id, after=after, limit=limit)


def _timeline(
    order_id: UUID, *, after: int = 0, limit: int = TIMELINE_MAX, of_offices: bool = False
) -> tuple[TimelineEvent, ...]:
    most = max(1, min(limit, TIMELINE_MAX))
    with connection.cursor() as cursor:
        cursor.execute(_TIMELINE, [f"order:{order_id}", order_id, after, of_offices, most])
        rows = cursor.fetchall()
    return tuple(TimelineEvent(*(*row[:11], orjson.loads(row[11]), *row[12:])) for row in rows)


@dataclass(frozen=True, slots=True)
class ToldOrder:
    """An order of a pack's own flow, as the pack shows it. ``acts`` are the steps that the actor may take now."""

    order: Order
    item: KnownItem
    clocks: tuple[Clock, ...]
    attachments: tuple[Attachment, ...]
    timeline: tuple[TimelineEvent, ...]
    acts: tuple[str, ...]


def told_order(actor: Actor, *, order_id: UUID) -> ToldOrder:
    """Return an order within the connection's sight, for a pack that has asked for its own permission on it.

    Who reads requests (``orders.see``) is another question: a pack's people see the orders of its items on its own
    pages, and no others. Raises ``NotFound``.
    """
    order = Order.objects.select_related("unit").filter(id=order_id).first()
    if order is None:
        raise NotFound(_("There is no such request."), field="order_id", value=str(order_id))
    item = item_version(order.item_id)
    parts = parts_of(actor, order)
    steps = steps_from(State(order.state), item.flow)
    return ToldOrder(
        order, item, tuple(Clock.objects.filter(order_id=order_id).order_by("id")),
        tuple(Attachment.objects.filter(order_id=order_id).order_by("at", "id")), _timeline(order_id, of_offices=True),
        tuple(step.act for step in steps if step.who & parts and can(actor, step.act)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order as the journal says it was at an index: the after-image, which act made it, when, and its own index."""

    act: str
    at: datetime
    log_index: int
    image: Mapping[str, Any]


def order_as_of(actor: Actor, *, order_id: UUID, index: int) -> PastOrder:
    """Return an order as it was when the log held the entries up to ``index``.

    Offices alone may ask: what an image holds has no audience. Raises ``NotFound`` for an order that did not exist
    then, one out of sight, and one whose body was erased.
    """
    with reading(actor) as actor:
        order = asked_orders().filter(id=order_id).first()
        if order is not None and part_in(actor, order) is not Who.ASKER:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT e.act, e.at, s.index, e.body FROM journal_entry e"
                    " JOIN journal_sequence s ON s.entry_id = e.id WHERE e.subject = %s"
                    " AND s.index <= %s ORDER BY e.id DESC LIMIT 1",
                    [f"order:{order_id}", index],
                )
                row = cursor.fetchone()
            if row is not None and row[3] is not None:
                return PastOrder(row[0], row[1], row[2], orjson.loads(bytes(row[3]))["after"])
    raise NotFound(_("There was no such request at index %(value)s of the log."), field="index", value=index)
