"""The rows behind the rates: the opinions that a share counts or leaves out, and the clocks that were kept or not.

They use the very conditions by which ``rates`` and ``timeliness`` count, so that a number and its rows cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import InvalidInput, _
from tianqu.base.periods import Period
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.orders.population import EVERY_ORDER, Population
from tianqu.kernel.orders.queries import PAGE_MAX, page_mark
from tianqu.kernel.orders.rates import EXCLUDED_SQL, OPINIONS_SQL
from tianqu.kernel.places.api import require

OPINION_RATES: Final = ("response", "resolution", "satisfaction")
CLOCK_RATES: Final = ("accept", "finish")


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One opinion or one clock. ``left_out`` says why a figure does not count it, "" where it does."""

    order_id: UUID
    code: str
    title: str
    unit_name: str
    unit_name_en: str
    at: datetime
    called: bool | None  # a call-back, or the asker's own rating; None for a clock
    outcome: str
    contacted: bool | None
    solved: bool | None
    satisfaction: str
    kept: bool | None  # a clock that was kept
    left_out: str


@dataclass(frozen=True, slots=True)
class FigurePage:
    """A page of rows. ``after`` asks for the next one; None: this was the last. ``total`` counts them all."""

    rows: tuple[FigureRow, ...]
    after: str | None
    total: int


_SHOWN: Final = "o.id, o.code, o.title, coalesce(u.name, ''), coalesce(u.name_en, '')"
_JOINED: Final = " JOIN orders_item i ON i.id = o.item_id LEFT JOIN places_unit u ON u.id = o.unit_id"
# What each rate counts, as in `rates`; `heard` is what the question was answered with.
_HEARD: Final = {
    "response": "opinion.contacted IS NOT NULL", "resolution": "opinion.solved IS NOT NULL",
    "satisfaction": "opinion.satisfaction <> ''",
}  # fmt: skip
_OPINIONS: Final = """
    WITH opinion AS MATERIALIZED ({opinions})
    SELECT {shown}, opinion.at, opinion.called, opinion.outcome, opinion.contacted, opinion.solved,
           opinion.satisfaction, NULL::boolean,
           CASE WHEN NOT opinion.valid THEN coalesce(nullif(opinion.outcome, ''), 'invalid')
                WHEN x.{rate} IS NOT NULL THEN x.{rate}
                WHEN NOT ({heard}) THEN 'unanswered' ELSE '' END AS left_out
      FROM opinion JOIN orders_order o ON o.id = opinion.order_id {joined}
      LEFT JOIN ({excluded}) x ON x.order_id = o.id
     WHERE {where} AND (opinion.called OR {uncalled})
"""
_CLOCKS: Final = """
    WITH c AS MATERIALIZED (
        SELECT order_id, due_at, coalesce(paused_at, stopped_at, %(now)s) <= due_at AS kept
          FROM orders_clock
         WHERE kind = %(rate)s AND due_at >= %(start)s AND due_at < %(end)s
           AND (stopped_at IS NOT NULL OR least(paused_at, %(now)s) > due_at))
    SELECT {shown}, c.due_at, NULL::boolean, '', NULL::boolean, NULL::boolean, '', c.kept,
           coalesce(x.reason, CASE WHEN o.state IN ('withdrawn', 'merged') THEN o.state ELSE '' END) AS left_out
      FROM c JOIN orders_order o ON o.id = c.order_id {joined}
      LEFT JOIN (SELECT order_id, max(reason) AS reason FROM orders_exclusion
                  WHERE ended_at IS NULL AND rate IN ('timeliness', 'all') GROUP BY order_id) x ON x.order_id = o.id
     WHERE {where}
"""


def figure_rows(
    actor: Actor,
    period: Period,
    *,
    rate: str,
    now: datetime,
    population: Population = EVERY_ORDER,
    counted: bool | None = None,
    good: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> FigurePage:
    """Return the rows behind a rate of a period, the newest first: one of response, resolution, satisfaction, accept
    and finish.

    ``counted``: only what the rate counts, or only what it leaves out. ``good``: only what speaks for the unit, or
    only what speaks against it. Raises ``InvalidInput`` for an unknown rate. Needs the permission ``orders.rates``.
    """
    require(actor, "orders.rates")
    where, values = population.condition(actor)
    if rate in OPINION_RATES:
        inner = _OPINIONS.format(
            opinions=OPINIONS_SQL, excluded=EXCLUDED_SQL, shown=_SHOWN, joined=_JOINED, where=where, rate=rate,
            heard=_HEARD[rate], uncalled="false" if rate == "response" else "true",
        )  # fmt: skip
    elif rate in CLOCK_RATES:
        inner = _CLOCKS.format(shown=_SHOWN, joined=_JOINED, where=where)
    else:
        raise InvalidInput(
            _("There is no rate %(value)s."), field="rate", value=rate[:40], remedy=_("Possible: %(allowed)s."),
            allowed=", ".join((*OPINION_RATES, *CLOCK_RATES)),
        )  # fmt: skip
    values |= {"start": period.start, "end": period.end, "now": now, "rate": rate}
    conditions = ["true"]
    if counted is not None:
        conditions.append("left_out = ''" if counted else "left_out <> ''")
    if good is not None:
        conditions.append(_GOOD[rate] if good else f"NOT ({_GOOD[rate]})")
    return _page(actor, inner, values, conditions, after=after, limit=max(1, min(limit, PAGE_MAX)))


_GOOD: Final = {
    "response": "contacted", "resolution": "solved",
    "satisfaction": "satisfaction IN ('very', 'satisfied', 'basically')", "accept": "kept", "finish": "kept",
}  # fmt: skip
_NAMES: Final = (
    "order_id, code, title, unit_name, unit_name_en, at, called, outcome, contacted, solved, satisfaction, kept,"
    " left_out"
)


_NTH: Final = (
    "row_number() OVER (PARTITION BY at, order_id"
    " ORDER BY called, outcome, satisfaction, contacted, solved, kept, left_out)"
)


def _page(
    actor: Actor, inner: str, values: dict[str, Any], conditions: list[str], *, after: str | None, limit: int
) -> FigurePage:
    # Two opinions on one order may have one time: which of them a page ends with is told by their number.
    found = f"told ({_NAMES}) AS ({inner}), found AS (SELECT *, {_NTH} AS nth FROM told)"  # noqa: S608  constants
    where = " AND ".join(conditions)
    set_scope(actor.scope)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {found} SELECT count(*) FROM found WHERE {where}", values)  # noqa: S608  constants
        total = cursor.fetchone()[0]
        if after:
            values |= _mark(after)
            where += " AND (at, order_id, -nth) < (%(after_at)s::timestamptz, %(after_id)s::uuid, -%(after_nth)s::int)"
        cursor.execute(
            f"WITH {found} SELECT {_NAMES}, nth FROM found WHERE {where}"  # noqa: S608  constants
            f" ORDER BY at DESC, order_id DESC, nth LIMIT {limit + 1}",
            values,
        )
        found_rows = cursor.fetchall()
    rows = [FigureRow(*row[:-1]) for row in found_rows[:limit]]
    more = len(found_rows) > limit
    mark = f"{rows[-1].at.isoformat()}|{rows[-1].order_id}|{found_rows[limit - 1][-1]}" if more else None
    return FigurePage(tuple(rows), mark, int(total))


def _mark(after: str) -> dict[str, Any]:
    """Read the mark of a page: a time, an order, and which of its opinions at that time. Raises ``InvalidInput``."""
    first, _bar, nth = after.rpartition("|")
    moment, order_id = page_mark(first if nth.isascii() and nth.isdigit() and len(nth) < 9 else "")
    return {"after_at": moment, "after_id": order_id, "after_nth": int(nth)}
