"""What everybody may read: published orders, found by words, place, item and time. No scope is needed or used."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor, Scope, set_scope
from tianqu.kernel.orders.queries import PAGE_MAX, page_mark
from tianqu.kernel.orders.terms import query_terms
from tianqu.kernel.places.api import FullName, full_names


@dataclass(frozen=True, slots=True)
class PublicFilters:
    """What a public list is narrowed to; what is None narrows nothing.

    ``text`` must be found in title, question or answer. ``box`` is west, south, east, north in degrees. ``answered``
    keeps what has an answer.
    """

    text: str | None = None
    place_path: str | None = None
    place_id: UUID | None = None
    item_codes: tuple[str, ...] | None = None
    family: str | None = None
    states: tuple[str, ...] | None = None
    unit_id: UUID | None = None
    order_ids: tuple[UUID, ...] | None = None
    codes: tuple[str, ...] | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    box: tuple[Decimal, Decimal, Decimal, Decimal] | None = None
    answered: bool | None = None


@dataclass(frozen=True, slots=True)
class PublicOrder:
    """A published order."""

    id: UUID
    code: str
    item_code: str
    item_title: str
    item_title_en: str
    family: str
    place_id: UUID
    lon: Decimal | None
    lat: Decimal | None
    address: str
    title: str
    question: str
    answer: str
    unit_id: UUID | None
    unit_name: str | None
    unit_name_en: str | None
    state: str
    placed_at: datetime
    updated_at: datetime
    due_done_at: datetime | None
    done_at: datetime | None
    published_at: datetime
    place: FullName


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A page of published orders. ``after`` asks for the next one; None: this was the last."""

    rows: tuple[PublicOrder, ...]
    after: str | None


_COLUMNS: Final = {
    "id": "p.order_id", "item_title": "i.title", "item_title_en": "i.title_en", "unit_name": "u.name",
    "unit_name_en": "u.name_en",
}  # fmt: skip
_NAMES: Final = tuple(field.name for field in fields(PublicOrder) if field.name != "place")
_SELECT: Final = (
    f"SELECT {', '.join(_COLUMNS.get(name, f'p.{name}') for name in _NAMES)}, p.placed_at::text"  # noqa: S608
    " FROM orders_publication p JOIN orders_item i ON i.id = p.item_id"
    " LEFT JOIN places_unit u ON u.id = p.unit_id WHERE p.hidden_at IS NULL"
)
_CONDITIONS: Final = {
    "place_path": "p.place_path <@ %s::ltree", "place_id": "p.place_id = %s", "item_codes": "p.item_code = ANY(%s)",
    "family": "p.family = %s", "states": "p.state = ANY(%s)", "unit_id": "p.unit_id = %s",
    "order_ids": "p.order_id = ANY(%s)", "codes": "p.code = ANY(%s)", "placed_from": "p.placed_at >= %s",
    "placed_to": "p.placed_at < %s", "updated_from": "p.updated_at >= %s", "updated_to": "p.updated_at < %s",
}  # fmt: skip


def public_orders(
    *, filters: PublicFilters | None = None, after: str | None = None, limit: int = 50, offset: int = 0
) -> PublicPage:
    """Published orders, the newest first, by keyset (``after``); ``offset`` is for protocols that number pages."""
    conditions, values = _narrowed(filters or PublicFilters())
    if after:
        conditions.append("(p.placed_at, p.order_id) < (%s::timestamptz, %s::uuid)")
        values += page_mark(after)
    limit = max(1, min(limit, PAGE_MAX * 5))
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_SELECT}{''.join(f' AND {condition}' for condition in conditions)}"
            " ORDER BY p.placed_at DESC, p.order_id DESC LIMIT %s OFFSET %s",
            [*values, limit + 1, max(0, offset)],
        )
        found = cursor.fetchall()
    more, found = len(found) > limit, found[:limit]
    return PublicPage(_rows(found), f"{found[-1][-1]}|{found[-1][0]}" if more else None)


def public_order(*, code: str) -> PublicOrder:
    """Return one published order by its code. Raises ``NotFound``."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT} AND p.code = %s", [code])
        rows = _rows(cursor.fetchall())
    if not rows:
        raise NotFound(_("There is no public request with the code %(value)s."), field="code", value=code)
    return rows[0]


def count_public_orders(*, filters: PublicFilters | None = None) -> int:
    """How many published orders a filter finds, up to 10,000."""
    conditions, values = _narrowed(filters or PublicFilters())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM orders_publication p WHERE p.hidden_at IS NULL"  # noqa: S608
            f"{''.join(f' AND {condition}' for condition in conditions)} LIMIT 10000) found",
            values,
        )
        row = cursor.fetchone()
    return int(row[0]) if row is not None else 0


def most_asked(*, since: datetime, limit: int = 4) -> list[tuple[str, int]]:
    """Return the codes of the items most asked for in published orders since a moment, with their counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.item_code, count(*) FROM orders_publication p WHERE p.hidden_at IS NULL AND p.placed_at >= %s"
            " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %s",
            [since, limit],
        )
        return [(str(code), int(count)) for code, count in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """A step of a published order: what was done, by which unit, when. Its words are not public."""

    at: datetime
    act: str
    to_state: str
    unit_name: str
    unit_name_en: str


def public_timeline(actor: Actor, *, code: str) -> tuple[PublicEvent, ...]:
    """Return the public steps of a published order, without their notes, which may hold personal data."""
    order = public_order(code=code)
    set_scope(Scope(everything=True))
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.at, e.act, e.to_state, coalesce(u.name, ''), coalesce(u.name_en, '')"
                " FROM orders_event e LEFT JOIN places_unit u ON u.id = e.actor_unit_id"
                " WHERE e.order_id = %s AND e.audience = 'public' ORDER BY e.sequence LIMIT 500",
                [order.id],
            )
            return tuple(PublicEvent(*row) for row in cursor.fetchall())
    finally:
        set_scope(actor.scope)


@dataclass(frozen=True, slots=True)
class PublicUpdate:
    """A step of a published order, with the order's code and the step's number within the order."""

    code: str
    sequence: int
    at: datetime
    act: str
    to_state: str


def public_updates(
    *,
    codes: tuple[str, ...] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[PublicUpdate, ...]:
    """Return the public steps of published orders, the earliest first, without their notes. At most 1,000."""
    conditions, values = ["p.hidden_at IS NULL", "e.audience = 'public'"], []
    for value, condition in ((codes, "p.code = ANY(%s)"), (since, "e.at >= %s"), (until, "e.at < %s")):
        if value is not None:
            conditions.append(condition)
            values.append(list(value) if isinstance(value, tuple) else value)
    if since is not None:  # an order that has not moved since then has no step since then
        conditions.append("p.updated_at >= %s")
        values.append(since)
    set_scope(Scope(everything=True))
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT p.code, e.sequence, e.at, e.act, e.to_state FROM orders_publication p"  # noqa: S608  constants
                f" JOIN orders_event e ON e.order_id = p.order_id WHERE {' AND '.join(conditions)}"
                " ORDER BY e.at, e.id LIMIT %s OFFSET %s",
                [*values, max(1, min(limit, PAGE_MAX * 5)), max(0, offset)],
            )
            return tuple(PublicUpdate(*row) for row in cursor.fetchall())
    finally:
        set_scope(Scope())


def _narrowed(filters: PublicFilters) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    for name, condition in _CONDITIONS.items():
        if (value := getattr(filters, name)) is not None:
            conditions.append(condition)
            values.append(list(value) if isinstance(value, tuple) else value)
    if filters.text:
        conditions.append("p.terms @> %s::text[]")
        values.append(query_terms(filters.text))
    if filters.box is not None:
        west, south, east, north = filters.box
        conditions.append("p.lon BETWEEN %s AND %s AND p.lat BETWEEN %s AND %s")
        values += [west, east, south, north]
    if filters.answered is not None:
        conditions.append("p.answer <> ''" if filters.answered else "p.answer = ''")
    return conditions, values


def _rows(found: list[tuple[Any, ...]]) -> tuple[PublicOrder, ...]:
    at = _NAMES.index("place_id")
    names = full_names({row[at] for row in found}) if found else {}
    return tuple(PublicOrder(*row[:-1], place=names[row[at]]) for row in found)  # type: ignore[misc]
