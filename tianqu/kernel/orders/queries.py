"""Lists of orders, as somebody may see them: one query a page, keyed paging, no row fetched twice.

Each query narrows itself to the actor's scope; row-level security is the second wall behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.db import connection

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.kernel.journal.api import Actor, Scope, set_scope
from tianqu.kernel.orders.catalogue import realm_calendar
from tianqu.kernel.orders.codes import CODE_DATA, read_code
from tianqu.kernel.orders.looking import note_look
from tianqu.kernel.orders.models import OPEN_STATES, Asker, Order
from tianqu.kernel.orders.walls import ASKED_FOR, asked_orders, reading
from tianqu.kernel.places.api import FullName, full_names, require, scope_for

PAGE_MAX: Final = 200
Sort = Literal["due", "newest", "oldest"]


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """What a list is narrowed to; what is None narrows nothing.

    ``place_path`` takes what lies at or below a place, ``place_alone`` what lies at it and not below,
    ``handler_post_ids`` what any of some posts handles. ``late``: a clock is over time at ``now``. ``disputed``:
    returned at least twice. ``unhappy``: the last rating was a dissatisfied one. ``silent_since``: nothing happened
    since then. ``due_from`` and ``due_before`` bound the next due time. ``text`` finds a code, or a part of the title.
    ``placed_hour`` (0 to 23) is the hour of the realm's day in which they were placed. ``unassigned``: no unit is
    answerable yet.
    """

    states: tuple[str, ...] | None = None
    unit_id: UUID | None = None
    handler_post_id: UUID | None = None
    handler_post_ids: tuple[UUID, ...] | None = None
    item_code: str | None = None
    family: str | None = None
    asker_kind: str | None = None
    channel: str | None = None
    urgency: str | None = None
    place_path: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    late: bool | None = None
    disputed: bool | None = None
    unhappy: bool | None = None
    objected: bool | None = None
    pressed: bool | None = None
    escalated: bool | None = None
    silent_since: datetime | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    reopened: bool | None = None
    urgent: bool | None = None
    merged_into: UUID | None = None
    text: str | None = None
    order_ids: tuple[UUID, ...] | None = None
    place_alone: str | None = None
    placed_hour: int | None = None
    unassigned: bool | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as a list shows it. ``place`` is its full name as it was called when the order was placed."""

    id: UUID
    code: str
    title: str
    state: str
    version: int
    item_id: int
    item_code: str
    item_title: str
    item_title_en: str
    family: str
    place_id: UUID
    unit_id: UUID | None
    unit_name: str | None
    unit_name_en: str | None
    handler_post_id: UUID | None
    asker_kind: str
    identity: str
    urgency: str
    channel: str
    placed_at: datetime
    updated_at: datetime
    due_next_at: datetime | None
    due_done_at: datetime | None
    done_at: datetime | None
    return_count: int
    reopen_count: int
    press_count: int
    escalation: int
    objected_at: datetime | None
    merged_into_id: UUID | None
    parent_id: UUID | None
    place: FullName


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A page of a list. ``after`` asks for the next one, ``before`` for the one above; None: there is none."""

    rows: tuple[OrderRow, ...]
    after: str | None
    before: str | None = None


NAMED_MAX: Final = 500
_COLUMNS: Final = {
    "item_code": "i.code", "item_title": "i.title", "item_title_en": "i.title_en", "family": "i.family",
    "unit_name": "u.name", "unit_name_en": "u.name_en",
}  # fmt: skip
_NAMES: Final = tuple(field.name for field in fields(OrderRow) if field.name != "place")
_SELECT: Final = ", ".join(_COLUMNS.get(name, f"o.{name}") for name in _NAMES)
_FROM: Final = " FROM orders_order o JOIN orders_item i ON i.id = o.item_id LEFT JOIN places_unit u ON u.id = o.unit_id"
_SORTS: Final[Mapping[Sort, tuple[str, str]]] = {
    # A list by due time shows what nobody waits for last; "infinity" keeps the key comparable.
    "due": ("coalesce(o.due_next_at, 'infinity'::timestamptz)", ">"),
    "newest": ("o.placed_at", "<"),
    "oldest": ("o.placed_at", ">"),
}


def open_orders(
    actor: Actor,
    *,
    filters: OrderFilters | None = None,
    sort: Sort = "due",
    after: str | None = None,
    limit: int = 50,
    now: datetime | None = None,
) -> OrderPage:
    """The orders within the actor's scope that are still open, the most urgent first: the inbox. Two queries.

    ``after`` is the mark of the page before; ``now`` is needed by the filter ``late``. Needs the permission
    ``orders.see``.
    """
    filters = filters or OrderFilters()
    if filters.states is None:
        filters = _with_states(filters, tuple(OPEN_STATES))
    return orders_list(actor, filters=filters, sort=sort, after=after, limit=limit, now=now)


def orders_list(
    actor: Actor,
    *,
    filters: OrderFilters | None = None,
    sort: Sort = "newest",
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
    now: datetime | None = None,
) -> OrderPage:
    """All orders within the actor's scope, in any state; otherwise like ``open_orders``.

    ``before`` is the mark by which a page asks for the one above it.
    """
    require(actor, "orders.see")
    conditions, values = _narrowed(scope_for(actor, "orders.see"), filters or OrderFilters(), now)
    return _page(actor, conditions, values, sort=sort, after=after, before=before, limit=limit)


def orders_of_person(actor: Actor, *, after: str | None = None, limit: int = 50) -> OrderPage:
    """What the actor asked: signed in, or by the receipts that they have shown. The newest first."""
    conditions = [
        "o.id IN (SELECT unnest(%s::uuid[]) UNION ALL SELECT order_id FROM orders_asker WHERE person_id = %s)"
    ]
    values = [list(actor.scope.opened), actor.person_id]
    return _page(actor, conditions, values, sort="newest", after=after, limit=limit)


def orders_of_caller(actor: Actor, *, phone: str, after: str | None = None, limit: int = 20) -> OrderPage:
    """What was asked under a telephone number, within the actor's scope, noted in the access log.

    Sealed and anonymous askers are not found.
    """
    require(actor, "orders.see_caller")
    scope, values = _scoped(scope_for(actor, "orders.see_caller"))
    conditions = [scope, "o.id IN (SELECT order_id FROM orders_asker WHERE phone = %s)", "o.identity = 'open'"]
    page = _page(actor, conditions, [*values, phone], sort="newest", after=after, limit=limit)
    for asker in Asker.objects.filter(order_id__in=[row.id for row in page.rows]):
        note_look(actor, asker, order_id=asker.order_id)
    return page


def order_counts(actor: Actor, *, filters: OrderFilters | None = None, now: datetime | None = None) -> dict[str, int]:
    """How many orders stand in each state within the actor's scope. One query."""
    require(actor, "orders.see")
    conditions, values = _narrowed(scope_for(actor, "orders.see"), filters or OrderFilters(), now)
    set_scope(actor.scope)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT o.state, count(*){_FROM} WHERE {' AND '.join(conditions)} GROUP BY 1",
            values,
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """The numbers on a desk: open orders by state, and what needs a look."""

    by_state: dict[str, int]
    late: int
    due_today: int
    disputed: int
    objected: int
    pressed: int
    urgent: int
    reopened: int


def desk_counts(actor: Actor, *, now: datetime, day_ends_at: datetime, unit_id: UUID | None = None) -> DeskCounts:
    """The numbers for a desk, in one query. ``day_ends_at`` is the end of the realm's day."""
    require(actor, "orders.see")
    filters = OrderFilters(states=(*OPEN_STATES, "merged"), unit_id=unit_id)
    conditions, values = _narrowed(scope_for(actor, "orders.see"), filters, now)
    set_scope(actor.scope)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.state, count(*), count(*) FILTER (WHERE o.due_next_at < %s),"
            " count(*) FILTER (WHERE o.due_next_at >= %s AND o.due_next_at < %s),"
            " count(*) FILTER (WHERE o.state = 'returned' AND o.return_count >= 2),"
            " count(*) FILTER (WHERE o.objected_at IS NOT NULL), count(*) FILTER (WHERE o.press_count > 0),"
            " count(*) FILTER (WHERE o.urgency <> 'none'), count(*) FILTER (WHERE o.reopen_count > 0)"
            f"{_FROM} WHERE {' AND '.join(conditions)} GROUP BY 1",
            [now, now, day_ends_at, *values],
        )
        rows = cursor.fetchall()
    sums = [sum(row[column] for row in rows) for column in range(2, 9)]
    return DeskCounts({row[0]: row[1] for row in rows}, *sums)


def _with_states(filters: OrderFilters, states: tuple[str, ...]) -> OrderFilters:
    values = {field.name: getattr(filters, field.name) for field in fields(filters)}
    return OrderFilters(**(values | {"states": states}))


def _scoped(scope: Scope) -> tuple[str, list[Any]]:
    """The condition that an order lies within a scope, as the offices see it."""
    if scope.everything:
        return ASKED_FOR, []
    if not scope.place_paths:  # a clerk's list can then be read from the index of the inbox
        return f"o.unit_id = ANY(%s::uuid[]) AND {ASKED_FOR}", [list(scope.unit_ids)]
    return (
        f"(o.unit_id = ANY(%s::uuid[]) OR %s::ltree[] @> o.place_path) AND {ASKED_FOR}",
        [list(scope.unit_ids), list(scope.place_paths)],
    )


# Filters that compare a column with a value.
_EQUAL: Final = {
    "unit_id": "o.unit_id = %s", "handler_post_id": "o.handler_post_id = %s", "item_code": "i.code = %s",
    "family": "i.family = %s", "asker_kind": "o.asker_kind = %s", "channel": "o.channel = %s",
    "urgency": "o.urgency = %s", "place_path": "o.place_path <@ %s::ltree", "placed_from": "o.placed_at >= %s",
    "placed_to": "o.placed_at < %s", "due_from": "o.due_next_at >= %s", "due_before": "o.due_next_at < %s",
    "silent_since": "o.updated_at < %s", "merged_into": "o.merged_into_id = %s",
    "place_alone": "o.place_path = %s::ltree",
    "handler_post_ids": "o.handler_post_id = ANY(%s::uuid[])",
}  # fmt: skip
# Filters that hold or do not.
_HOLDS: Final = {
    "disputed": "o.return_count >= 2", "objected": "o.objected_at IS NOT NULL", "pressed": "o.press_count > 0",
    "escalated": "o.escalation > 0", "unassigned": "o.unit_id IS NULL",
    "reopened": "o.reopen_count > 0", "urgent": "o.urgency <> 'none'",
    "unhappy": "coalesce((SELECT r.satisfaction FROM orders_rating r WHERE r.order_id = o.id"
               " ORDER BY r.round DESC LIMIT 1) IN ('dissatisfied', 'very_dissatisfied'), false)",
}  # fmt: skip


def _narrowed(scope: Scope, filters: OrderFilters, now: datetime | None) -> tuple[list[str], list[Any]]:
    scoped, values = _scoped(scope)
    conditions = [scoped]
    if filters.states is not None:
        conditions.append("o.state = ANY(%s)")
        values.append([str(state) for state in filters.states])
    for name, condition in _EQUAL.items():
        if (value := getattr(filters, name)) is not None:
            conditions.append(condition)
            values.append(list(value) if isinstance(value, tuple) else value)
    for name, condition in _HOLDS.items():
        if (value := getattr(filters, name)) is not None:
            conditions.append(condition if value else f"NOT ({condition})")
    if filters.late is not None:
        assert now is not None, "the filter late needs the time it is asked for"
        conditions.append(f"coalesce(o.due_next_at {'<' if filters.late else '>='} %s, {not filters.late})")
        values.append(now)
    if filters.order_ids is not None:
        conditions.append("o.id = ANY(%s::uuid[])")
        values.append(list(filters.order_ids))
    if filters.placed_hour is not None:
        conditions.append("extract(hour FROM o.placed_at AT TIME ZONE %s) = %s")
        values += [realm_calendar().zone.key, filters.placed_hour]
    if filters.text:
        code = _code_or_nothing(filters.text)
        conditions.append("o.code = %s" if code else "o.title ILIKE %s")
        values.append(code or f"%{_unwild(filters.text.strip())}%")
    return conditions, values


def _code_or_nothing(text: str) -> str:
    if len(text.replace("-", "").strip()) != CODE_DATA + 1:
        return ""
    try:
        return read_code(text)
    except InvalidInput:
        return ""


def _unwild(text: str) -> str:
    """Take the meaning of a pattern from what somebody typed."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")[:200]


def _page(
    actor: Actor,
    conditions: Sequence[str],
    values: Sequence[Any],
    *,
    sort: Sort,
    after: str | None,
    limit: int,
    before: str | None = None,
) -> OrderPage:
    """Read one page: below the mark ``after``, or above the mark ``before``, which is read upwards and turned round."""
    if sort not in _SORTS:
        raise InvalidInput(_("A list cannot be sorted by %(value)s."), field="sort", value=sort)
    limit = max(1, min(limit, PAGE_MAX))
    key, direction = _SORTS[sort]
    if before:
        direction = "<" if direction == ">" else ">"
    where, parameters = list(conditions), list(values)
    if mark := before or after:
        where.append(f"({key}, o.id) {direction} (%s::timestamptz, %s::uuid)")
        parameters += page_mark(mark)
    order = "DESC" if direction == "<" else "ASC"
    set_scope(actor.scope)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_SELECT}, {key}::text{_FROM} WHERE {' AND '.join(where)}"
            f" ORDER BY {key} {order}, o.id {order} LIMIT %s",
            [*parameters, limit + 1],
        )
        found = cursor.fetchall()
    more, found = len(found) > limit, found[:limit]
    if before:
        found.reverse()
    names = full_names({row[_NAMES.index("place_id")] for row in found}) if found else {}
    rows = tuple(
        OrderRow(*row[:-1], place=names[row[_NAMES.index("place_id")]])  # type: ignore[misc]
        for row in found
    )
    marks = [f"{row[-1]}|{row[0]}" for row in found]
    below, above = (True, more) if before else (more, bool(after))
    return OrderPage(rows, marks[-1] if marks and below else None, marks[0] if marks and above else None)


def page_mark(after: str) -> tuple[str, str]:
    """Read the mark of a page. Raises ``InvalidInput`` for one that no page gave."""
    moment, _bar, last = after.partition("|")
    try:
        if moment not in ("infinity",):
            datetime.fromisoformat(moment)
        UUID(last)
    except ValueError as error:
        raise InvalidInput(
            _("This is not the mark of a page."), field="after", value=after[:80],
            remedy=_("Use the mark that the page before gave, or none."),
        ) from error  # fmt: skip
    return moment, last


def named_orders(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, Order]:
    """The orders of ``ids`` that lie within the actor's scope, with their items. ``TooLarge`` beyond ``NAMED_MAX``."""
    wanted = list(ids)
    if len(wanted) > NAMED_MAX:
        raise TooLarge(_("At most %(limit)s requests are named at once."), limit=NAMED_MAX)
    with reading(actor):
        return {order.id: order for order in asked_orders().filter(id__in=wanted).select_related("item")}
