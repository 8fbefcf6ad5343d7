"""Writing a batch of imported orders: rows for COPY, made without the database, and the act that stores them.

COPY is refused on tables behind row-level security, so it fills a temporary table with what differs from order to
order, and INSERTs take orders and events from there. Journal entries stand behind no wall and are copied as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection

from tianqu.base import copy_rows
from tianqu.base.identifiers import Identifier, new_quick_identifier
from tianqu.kernel.journal.api import Acting, Actor, EntryRows, act, copy_entries, written_time
from tianqu.kernel.orders.codes import order_code
from tianqu.kernel.places.api import require

ACT: Final = "orders.import"


class ImportedOrder(NamedTuple):
    """An order as another system knew it. ``line`` is where it stands in its file, ``key`` what it is called there.

    ``form`` holds answers by field code. Without ``closed_at`` it is still open: it then waits at the unit that
    answers for it, with no clock, because no promise of ours began when it was placed.
    """

    line: int
    key: str
    item: str
    place: str
    title: str
    description: str
    placed_at: datetime
    closed_at: datetime | None = None
    address: str = ""
    form: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where orders of one item and place go. ``columns`` is the part of their row that they share."""

    item: str
    item_version: int
    family: str
    place: str
    place_path: str
    unit: str | None
    columns: bytes


class ResolvedOrder(NamedTuple):
    """An order that has been checked, with where it goes. ``texts`` and ``answers`` are laid out as columns."""

    order: ImportedOrder
    to: Destination
    texts: bytes  # address, title, description
    form: Mapping[str, Any]
    answers: bytes


@dataclass(frozen=True, slots=True)
class PreparedOrders:
    """A batch as it will be copied."""

    count: int
    orders: bytearray
    entries: EntryRows


# What differs from order to order; the INSERTs below say the rest.
_STAGE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS orders_import (
    id uuid, code text, item_id bigint, place_id uuid, place_path text, unit_id uuid, address text, title text,
    description text, form jsonb, placed_at timestamptz, closed_at timestamptz, source_key text
) ON COMMIT DELETE ROWS
"""
_START: Final = copy_rows.row_start(13)
_TAKE_ORDERS: Final = """
INSERT INTO orders_order (
    id, code, item_id, place_id, place_path, unit_id, address, title, description, form, source_key, channel, state,
    placed_at, dispatched_at, done_at, closed_at, updated_at, last_event, version
)
SELECT id, code, item_id, place_id, place_path::ltree, unit_id, address, title, description, form, source_key, 'import',
    CASE WHEN closed_at IS NULL THEN 'dispatched' ELSE 'closed' END,
    placed_at, placed_at, closed_at, closed_at, coalesce(closed_at, placed_at), 2, 2
FROM orders_import
"""
_TAKE_EVENTS: Final = """
INSERT INTO orders_event (order_id, sequence, at, act, actor_kind, from_state, to_state, audience)
SELECT id, event.sequence, event.at, event.act, 'system', event.from_state, event.to_state, 'public'
FROM orders_import CROSS JOIN LATERAL (VALUES
    (1, placed_at, 'orders.place', '', 'placed'),
    (2, coalesce(closed_at, placed_at), CASE WHEN closed_at IS NULL THEN 'orders.dispatch' ELSE 'orders.close' END,
        'placed', CASE WHEN closed_at IS NULL THEN 'dispatched' ELSE 'closed' END)
) AS event (sequence, at, act, from_state, to_state)
"""


def prepare_orders(actor: Actor, resolved: Sequence[ResolvedOrder]) -> PreparedOrders:
    """Make the rows of a batch: each order, and two entries about it. Nothing is read from the database."""
    rows, entries = bytearray(copy_rows.HEADER), EntryRows(act=ACT, actor=actor, count=2 * len(resolved))
    for each in resolved:
        order_id = new_quick_identifier()
        code = order_code(order_id)
        rows += _row(order_id, code, each)
        _record(entries, order_id, code, each)
    rows += copy_rows.TRAILER
    return PreparedOrders(len(resolved), rows, entries)


def _row(order_id: Identifier, code: str, each: ResolvedOrder) -> bytes:
    order = each.order
    return b"".join((
        _START, copy_rows.identifier(order_id), copy_rows.text(code), each.to.columns, each.texts, each.answers,
        copy_rows.moment(order.placed_at), copy_rows.moment(order.closed_at), copy_rows.text(order.key),
    ))  # fmt: skip


def _record(entries: EntryRows, order_id: Identifier, code: str, each: ResolvedOrder) -> None:
    """Add the entries about an order: it was placed, and then it was closed or still waits at its unit."""
    order, to = each.order, each.to
    subject, placed, closed = str(order_id), order.placed_at, order.closed_at
    image: dict[str, Any] = {
        "id": subject, "code": code, "item": to.item, "item_version": to.item_version, "family": to.family,
        "place": to.place, "place_path": to.place_path, "address": order.address, "title": order.title,
        "description": order.description,
        "form": each.form, "channel": "import", "urgency": "none", "placed_at": written_time(placed),
        "source_key": order.key, "state": "placed", "event": {"act": "orders.place", "sequence": 1},
    }  # fmt: skip
    subject = f"order:{subject}"
    entries.add(subject, after=image, at=placed)
    image |= {"unit": to.unit, "dispatched_at": image["placed_at"]}
    if closed is None:
        image |= {"state": "dispatched", "closed_at": None, "event": {"act": "orders.dispatch", "sequence": 2}}
    else:
        image |= {
            "state": "closed", "done_at": written_time(closed), "closed_at": written_time(closed),
            "event": {"act": "orders.close", "sequence": 2},
        }  # fmt: skip
    entries.add(subject, after=image, at=closed or placed)


def _may_import(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, ACT)


@act(ACT, may=_may_import)
def store_past_orders(acting: Acting, *, prepared: PreparedOrders, begun: Callable[[], None]) -> int:
    """Write a batch that was prepared, all of it or nothing; return how many orders it holds.

    ``begun`` is told when the transaction has its number, by which the log orders what is written side by side.
    """
    begun()
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy("COPY orders_import FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(prepared.orders)
        cursor.execute(_TAKE_ORDERS)
        cursor.execute(_TAKE_EVENTS)
    copy_entries(acting, prepared.entries)
    return prepared.count
