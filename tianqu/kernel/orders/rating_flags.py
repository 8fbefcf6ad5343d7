"""Ratings that deserve a second look: always the same, all at once, or in the last minutes of a period.

A flag is a question, not a verdict: it names what was seen, what would be usual, and some of the orders to look at.

- ``all_alike``: an operator's call-backs, or a unit's ratings by askers, that all say the same, where chance would make
  them so less than once in a thousand times: p to the power of n, p being the share of that answer in the whole period.
- ``burst``: ten or more call-backs written down by one operator, or ratings of one unit, within ten minutes.
- ``last_minute``: at least ten opinions on a unit in the last hour of the period, and at least a fifth of all it has.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from tianqu.base.errors import TooLarge, _
from tianqu.base.periods import Period
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.population import EVERY_ORDER, Population

ALIKE_FROM: Final = 10
CHANCE_BELOW: Final = Decimal("0.001")
BURST_FROM, BURST = 10, timedelta(minutes=10)
LAST_FROM, LAST, LAST_SHARE = 10, timedelta(hours=1), Decimal("0.2")
ORDERS_SHOWN_MAX: Final = 20
FLAGS_MAX: Final = 500
OPINIONS_MAX: Final = 500_000

EXPLANATIONS: Final = {
    "all_alike": _(
        "All %(count)s answers say “%(answer)s”. In this period %(share)s %% of all answers say so;"
        " by chance this many in a row would agree with a probability of %(chance)s."
    ),
    "burst": _("%(count)s answers were written down within %(minutes)s minutes, from %(first)s to %(last)s."),
    "last_minute": _(
        "%(count)s of %(all)s answers were given in the last %(minutes)s minutes before the period ended."
    ),
}


@dataclass(frozen=True, slots=True)
class RatingFlag:
    """What was seen, with the parameters of its sentence in ``EXPLANATIONS``, and some of the orders' identifiers."""

    kind: str
    subject: str  # operator (a post) or unit
    subject_id: str
    parameters: dict[str, Any]
    order_ids: tuple[str, ...]
    opinions: tuple[Opinion, ...] = ()  # all that it was raised about

    @property
    def explanation(self) -> str:
        """The sentence, to be translated and filled with ``parameters``."""
        return EXPLANATIONS[self.kind]


@dataclass(frozen=True, slots=True)
class Opinion:
    """One answer that a flag is about."""

    order_id: str
    at: datetime
    unit_id: str
    operator_id: str | None
    answer: str


_OPINIONS = """
    WITH opinion AS MATERIALIZED (
            SELECT c.order_id, c.done_at AS at, c.operator_post_id::text AS operator, c.satisfaction
              FROM orders_call_back c
             WHERE c.done_at >= %(start)s AND c.done_at < %(end)s AND c.valid
             UNION ALL
            SELECT r.order_id, r.at, NULL, r.satisfaction
              FROM orders_rating r
             WHERE r.at >= %(start)s AND r.at < %(end)s AND r.source = 'asker')
    SELECT o.id::text, opinion.at, o.unit_id::text, opinion.operator, opinion.satisfaction
      FROM opinion
      JOIN orders_order o ON o.id = opinion.order_id
      JOIN orders_item i ON i.id = o.item_id
     WHERE opinion.satisfaction <> '' AND {where}
     ORDER BY opinion.at, o.id LIMIT %(limit)s
"""


def rating_flags(actor: Actor, period: Period, *, population: Population = EVERY_ORDER) -> list[RatingFlag]:
    """The flags of a period, of what ``actor`` may see: at most 500, the most answers first."""
    where, values = population.condition(actor)
    values |= {"start": period.start, "end": period.end, "limit": OPINIONS_MAX + 1}
    with connection.cursor() as cursor:
        cursor.execute(_OPINIONS.format(where=where), values)
        opinions = [Opinion(*row) for row in cursor.fetchall()]
    if len(opinions) > OPINIONS_MAX:
        raise TooLarge(
            _("More than %(most)s ratings are too many to look at once."), field="period", most=OPINIONS_MAX,
            remedy=_("Choose a shorter period."),
        )  # fmt: skip
    said: dict[str, int] = defaultdict(int)
    for opinion in opinions:
        said[opinion.answer] += 1
    flags: list[RatingFlag] = []
    for (subject, subject_id), group in _by_source(opinions).items():
        flags += _all_alike(subject, subject_id=subject_id, group=group, said=said, count=len(opinions))
        flags += _burst(subject, subject_id=subject_id, group=group)
    for unit_id, group in _by_unit(opinions).items():
        flags += _last_minute(unit_id, group, period.end)
    return sorted(flags, key=lambda flag: (-flag.parameters["count"], flag.kind, flag.subject_id))[:FLAGS_MAX]


def _by_source(opinions: list[Opinion]) -> dict[tuple[str, str], list[Opinion]]:
    """Call-backs by who wrote them down, the askers' own ratings by the unit they are about."""
    groups: dict[tuple[str, str], list[Opinion]] = defaultdict(list)
    for opinion in opinions:
        if opinion.operator_id:
            groups["operator", opinion.operator_id].append(opinion)
        elif opinion.unit_id:
            groups["unit", opinion.unit_id].append(opinion)
    return groups


def _by_unit(opinions: list[Opinion]) -> dict[str, list[Opinion]]:
    groups: dict[str, list[Opinion]] = defaultdict(list)
    for opinion in opinions:
        if opinion.unit_id:
            groups[opinion.unit_id].append(opinion)
    return groups


def _all_alike(
    subject: str, *, subject_id: str, group: list[Opinion], said: dict[str, int], count: int
) -> list[RatingFlag]:
    answer = group[0].answer
    if len(group) < ALIKE_FROM or any(opinion.answer != answer for opinion in group):
        return []
    share = Decimal(said[answer]) / count
    chance = share ** len(group)
    if chance >= CHANCE_BELOW:
        return []
    parameters = {
        "count": len(group),
        "answer": answer,
        "share": str((share * 100).quantize(Decimal("0.1"))),
        "chance": f"{chance:.1e}",
    }
    return [RatingFlag("all_alike", subject, subject_id, parameters, _shown(group), tuple(group))]


def _burst(subject: str, *, subject_id: str, group: list[Opinion]) -> list[RatingFlag]:
    """The longest run of answers within ten minutes, if it is long enough."""
    best: list[Opinion] = []
    first = 0
    for index, opinion in enumerate(group):
        while opinion.at - group[first].at > BURST:
            first += 1
        if index - first + 1 > len(best):
            best = group[first : index + 1]
    if len(best) < BURST_FROM:
        return []
    parameters = {
        "count": len(best),
        "minutes": BURST // timedelta(minutes=1),
        "first": best[0].at.isoformat(timespec="minutes"),
        "last": best[-1].at.isoformat(timespec="minutes"),
    }
    return [RatingFlag("burst", subject, subject_id, parameters, _shown(best), tuple(best))]


def _last_minute(unit_id: str, group: list[Opinion], end: datetime) -> list[RatingFlag]:
    late = [opinion for opinion in group if opinion.at >= end - LAST]
    if len(late) < LAST_FROM or len(late) < LAST_SHARE * len(group):
        return []
    parameters = {"count": len(late), "all": len(group), "minutes": LAST // timedelta(minutes=1)}
    return [RatingFlag("last_minute", "unit", unit_id, parameters, _shown(late), tuple(late))]


def _shown(group: list[Opinion]) -> tuple[str, ...]:
    return tuple(opinion.order_id for opinion in group[:ORDERS_SHOWN_MAX])
