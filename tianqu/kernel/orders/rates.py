"""The three rates, the score, and how many clocks were kept, with honest denominators.

Response = contacted / valid call-backs, resolution = solved / valid, satisfaction = (satisfied + 0.9 × basically
satisfied) / valid; score = 0.1, 0.5 and 0.4 of them: the hotline rules of Shandong. What is counted is an opinion: a
valid call-back, or the asker's own rating in a round that was not called back. A call-back that reached nobody is no
opinion; an order may be excluded by somebody with a reason; a question may have been left open. Each of these is
counted and shown beside the rate. PostgreSQL counts; shares and bounds are computed in Decimal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final, TypeVar

from django.db import connection

from tianqu.base.errors import TooLarge, _
from tianqu.base.intervals import PLACES, Z_95_OF_THREE, Interval, wilson
from tianqu.base.periods import Period
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.population import EVERY_ORDER, Population, group_expression

BASICALLY: Final = Decimal("0.9")  # what "basically satisfied" counts
WEIGHTS: Final = {"response": Decimal("0.1"), "resolution": Decimal("0.5"), "satisfaction": Decimal("0.4")}
RANKED_FROM: Final = 30  # opinions below which nobody is ranked
ROWS_MAX: Final = 5_000
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Share:
    """A rate: ``total / count``, its value and its 95 % interval; both None without any opinion."""

    total: Decimal
    count: int
    value: Decimal | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Opinions that a rate leaves out: ``excluded`` by somebody, ``invalid`` call-backs, ``unanswered`` questions."""

    rate: str  # response, resolution, satisfaction, accept, finish
    why: str
    reason: str  # the exclusion's reason, the outcome of the call, or nothing
    count: int


@dataclass(frozen=True, slots=True)
class RateRow:
    """The rates of one unit, place, item, family or month. ``rank`` is None for fewer opinions than are ranked."""

    key: str
    response: Share
    resolution: Share
    satisfaction: Share
    score: Decimal | None
    score_interval: Interval | None  # holds at 95 % because each rate enters with its 98.33 % interval (Bonferroni)
    rank: int | None = None
    left_out: tuple[LeftOut, ...] = ()

    @property
    def smallest_count(self) -> int:
        """Of the three rates' opinions, the fewest: whether a row is ranked hangs on it."""
        return min(self.response.count, self.resolution.count, self.satisfaction.count)


@dataclass(frozen=True, slots=True)
class RateTable:
    """The rates of a period: the whole, and by key, best score first."""

    period: Period
    by: str
    whole: RateRow
    rows: tuple[RateRow, ...]


@dataclass(slots=True)
class _Counts:
    contacted: int = 0
    response: int = 0
    solved: int = 0
    resolution: int = 0
    satisfied: int = 0
    basically: int = 0
    satisfaction: int = 0
    left_out: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, other: _Counts) -> None:
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for what, count in other.left_out.items():
            self.left_out[what] += count


_COUNTED = ("contacted", "response", "solved", "resolution", "satisfied", "basically", "satisfaction")

# One opinion a row. The rating of a round that was validly called back is the same opinion told twice.
OPINIONS_SQL: Final = """
    SELECT c.order_id, c.done_at AS at, c.valid IS TRUE AS valid, c.contacted, c.solved, c.satisfaction, c.outcome,
           true AS called
      FROM orders_call_back c
     WHERE c.done_at >= %(start)s AND c.done_at < %(end)s
     UNION ALL
    SELECT r.order_id, r.at, true, NULL, r.solved, r.satisfaction, '', false
      FROM orders_rating r
     WHERE r.at >= %(start)s AND r.at < %(end)s AND r.source <> 'call_back'
       AND NOT EXISTS (SELECT FROM orders_call_back c
                        WHERE c.order_id = r.order_id AND c.round = r.round AND c.valid)
"""
EXCLUDED_SQL: Final = """
    SELECT order_id,
           max(reason) FILTER (WHERE rate IN ('response', 'all')) AS response,
           max(reason) FILTER (WHERE rate IN ('resolution', 'all')) AS resolution,
           max(reason) FILTER (WHERE rate IN ('satisfaction', 'all')) AS satisfaction
      FROM orders_exclusion WHERE ended_at IS NULL GROUP BY order_id
"""
_COUNTS = """
    WITH opinion AS MATERIALIZED ({opinions})
    SELECT {key} AS key,
           count(*) FILTER (WHERE {response} AND opinion.contacted),
           count(*) FILTER (WHERE {response} AND opinion.contacted IS NOT NULL),
           count(*) FILTER (WHERE {resolution} AND opinion.solved),
           count(*) FILTER (WHERE {resolution} AND opinion.solved IS NOT NULL),
           count(*) FILTER (WHERE {satisfaction} AND opinion.satisfaction IN ('very', 'satisfied')),
           count(*) FILTER (WHERE {satisfaction} AND opinion.satisfaction = 'basically'),
           count(*) FILTER (WHERE {satisfaction} AND opinion.satisfaction <> ''),
           count(*) FILTER (WHERE {response} AND opinion.contacted IS NULL),
           count(*) FILTER (WHERE {resolution} AND opinion.solved IS NULL),
           count(*) FILTER (WHERE {satisfaction} AND opinion.satisfaction = ''),
           {reason} AS invalid, x.response, x.resolution, x.satisfaction,
           count(*), count(*) FILTER (WHERE opinion.called)
      FROM opinion
      JOIN orders_order o ON o.id = opinion.order_id
      JOIN orders_item i ON i.id = o.item_id
      LEFT JOIN ({excluded}) x ON x.order_id = o.id
     WHERE {where}
     GROUP BY key, invalid, x.response, x.resolution, x.satisfaction
"""


def rates(
    actor: Actor,
    period: Period,
    *,
    by: str = "unit",
    place_level: int = 2,
    population: Population = EVERY_ORDER,
    ranked_from: int = RANKED_FROM,
) -> RateTable:
    """The rates of a period by ``unit``, ``place``, ``item``, ``family`` or ``month``, of what ``actor`` may see.

    ``place_level`` is the depth in the tree of places, 1 being the root. A month is the realm's, by when the opinion
    was given. ``population`` narrows the orders. Raises ``InvalidInput`` for an unknown ``by``.
    """
    counts: dict[str, _Counts] = defaultdict(_Counts)
    for row in _counted_rows(actor, period, by, place_level, population):
        _take(counts[row[0] or ""], row)
    whole = _Counts()
    for each in counts.values():
        whole.add(each)
    rows = _ranked([_row(key, each) for key, each in counts.items()], ranked_from)
    return RateTable(period, by, _row("", whole), tuple(_within_limit(rows)))


def _counted_rows(
    actor: Actor, period: Period, by: str, place_level: int, population: Population
) -> list[tuple[Any, ...]]:
    where, values = population.condition(actor)
    called = "opinion.valid AND opinion.called AND x.response IS NULL"
    sql = _COUNTS.format(
        key=group_expression(by, at="opinion.at"),
        opinions=OPINIONS_SQL,
        excluded=EXCLUDED_SQL,
        response=called,
        resolution="opinion.valid AND x.resolution IS NULL",
        satisfaction="opinion.valid AND x.satisfaction IS NULL",
        reason="CASE WHEN opinion.valid THEN NULL ELSE coalesce(nullif(opinion.outcome, ''), 'invalid') END",
        where=where,
    )
    values |= {
        "start": period.start,
        "end": period.end,
        "zone": period.zone.key,
        "level": place_level,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _take(counts: _Counts, row: tuple[Any, ...]) -> None:
    """Add one row of the query: opinions that share a key, an outcome and their exclusions."""
    for name, count in zip(_COUNTED, row[1:8], strict=True):
        setattr(counts, name, getattr(counts, name) + count)
    invalid, *excluded = row[11:15]
    every, called = row[15:17]
    for rate, open_questions, reason in zip(WEIGHTS, row[8:11], excluded, strict=True):
        among = called if rate == "response" else every
        if invalid is not None:
            counts.left_out[rate, "invalid", invalid] += among
        elif reason is not None:
            counts.left_out[rate, "excluded", reason] += among
        else:
            counts.left_out[rate, "unanswered", ""] += open_questions


def _row(key: str, counts: _Counts) -> RateRow:
    satisfied = counts.satisfied + BASICALLY * counts.basically
    shares = {
        "response": share(counts.contacted, counts.response),
        "resolution": share(counts.solved, counts.resolution),
        "satisfaction": share(satisfied, counts.satisfaction),
    }
    score, interval = _score(shares)
    left_out = tuple(LeftOut(*what, count) for what, count in sorted(counts.left_out.items()) if count)
    return RateRow(
        key, shares["response"], shares["resolution"], shares["satisfaction"], score, interval, None, left_out
    )


def share(total: Decimal | int, count: int) -> Share:
    """The share ``total / count`` with its interval; without value if there is nothing to count."""
    if count == 0:
        return Share(Decimal(total), 0, None, None)
    return Share(Decimal(total), count, (Decimal(total) / count).quantize(PLACES), wilson(total, count))


def _score(shares: Mapping[str, Share]) -> tuple[Decimal | None, Interval | None]:
    if any(each.count == 0 for each in shares.values()):
        return None, None
    value = sum((WEIGHTS[rate] * each.total / each.count for rate, each in shares.items()), Decimal(0))
    bounds = {rate: wilson(each.total, each.count, z=Z_95_OF_THREE) for rate, each in shares.items()}
    low = sum((WEIGHTS[rate] * bound.low for rate, bound in bounds.items()), Decimal(0))
    high = sum((WEIGHTS[rate] * bound.high for rate, bound in bounds.items()), Decimal(0))
    return value.quantize(PLACES), Interval(low.quantize(PLACES, ROUND_FLOOR), high.quantize(PLACES, ROUND_CEILING))


def _ranked(rows: Iterable[RateRow], ranked_from: int) -> list[RateRow]:
    """Best score first, equal scores with equal ranks; whoever has too few opinions comes after, by key."""
    many: list[RateRow] = []
    few: list[RateRow] = []
    for row in rows:
        (many if row.score is not None and row.smallest_count >= ranked_from else few).append(row)
    many.sort(key=lambda row: (-(row.score or Decimal(0)), row.key))
    ranked: list[RateRow] = []
    for index, row in enumerate(many):
        before = ranked[-1] if ranked else None
        rank = before.rank if before is not None and before.score == row.score else index + 1
        ranked.append(replace(row, rank=rank))
    return ranked + sorted(few, key=lambda row: row.key)


@dataclass(frozen=True, slots=True)
class Timeliness:
    """How many clocks that fell due were kept. ``late`` and those that still run late are what is missing."""

    key: str
    accept: Share
    finish: Share
    left_out: tuple[LeftOut, ...]


# The clocks come first, or the planner takes every order to look for its clocks.
_CLOCKS = """
    WITH c AS MATERIALIZED (
        SELECT order_id, kind, due_at, coalesce(paused_at, stopped_at, %(now)s) <= due_at AS kept
          FROM orders_clock
         WHERE kind IN ('accept', 'finish') AND due_at >= %(start)s AND due_at < %(end)s
           AND (stopped_at IS NOT NULL OR least(paused_at, %(now)s) > due_at))
    SELECT {key} AS key, c.kind,
           count(*) FILTER (WHERE counts.it AND c.kept), count(*) FILTER (WHERE counts.it),
           CASE WHEN counts.it THEN NULL ELSE coalesce(x.reason, o.state) END AS reason,
           x.reason IS NOT NULL AS excluded, count(*)
      FROM c
      JOIN orders_order o ON o.id = c.order_id
      JOIN orders_item i ON i.id = o.item_id
      LEFT JOIN (SELECT order_id, max(reason) AS reason FROM orders_exclusion
                  WHERE ended_at IS NULL AND rate IN ('timeliness', 'all') GROUP BY order_id) x ON x.order_id = o.id
     CROSS JOIN LATERAL (SELECT x.reason IS NULL AND o.state NOT IN ('withdrawn', 'merged') AS it) counts
     WHERE {where}
     GROUP BY key, c.kind, counts.it, x.reason, o.state
"""


def timeliness(
    actor: Actor,
    period: Period,
    *,
    now: datetime,
    by: str = "unit",
    place_level: int = 2,
    population: Population = EVERY_ORDER,
) -> list[Timeliness]:
    """Accepted in time and finished in time, of the clocks that fell due in a period, by key.

    A clock that is still running and not yet due is not counted; one that is overdue is, as not kept. Orders withdrawn
    or merged into another, and excluded ones, are left out and shown.
    """
    where, values = population.condition(actor)
    values |= {
        "start": period.start, "end": period.end, "now": now, "zone": period.zone.key, "level": place_level,
    }  # fmt: skip
    kept: dict[str, dict[str, list[int]]] = defaultdict(lambda: {"accept": [0, 0], "finish": [0, 0]})
    left_out: dict[str, dict[tuple[str, str, str], int]] = defaultdict(lambda: defaultdict(int))
    with connection.cursor() as cursor:
        cursor.execute(_CLOCKS.format(key=group_expression(by, at="c.due_at"), where=where), values)
        for key, kind, in_time, counted, reason, excluded, count in cursor.fetchall():
            kept[key or ""][kind][0] += in_time
            kept[key or ""][kind][1] += counted
            if reason is not None:
                why = "excluded" if excluded else "invalid"
                left_out[key or ""][kind, why, reason] += count
    return _within_limit([
        Timeliness(
            key,
            share(*each["accept"]),
            share(*each["finish"]),
            tuple(LeftOut(*what, count) for what, count in sorted(left_out[key].items())),
        )
        for key, each in sorted(kept.items())
    ])  # fmt: skip


def _within_limit(rows: list[Row]) -> list[Row]:
    """Refuse a table with more rows than one can read or send: a cut one would look whole."""
    if len(rows) > ROWS_MAX:
        raise TooLarge(
            _("This table would have more than %(most)s rows."), field="by", most=ROWS_MAX,
            remedy=_("Narrow it to a place, a unit or an item, or count by something larger."),
        )  # fmt: skip
    return rows
