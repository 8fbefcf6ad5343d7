"""Demand: how many orders were placed, by place, item, day and whatever else they are grouped by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.base.periods import Period
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.population import EVERY_ORDER, Population, group_expression

ROWS_MAX: Final = 20_000
DIMENSIONS_MAX: Final = 3

_DEMAND = """
    SELECT {keys}, count(*)
      FROM orders_order o JOIN orders_item i ON i.id = o.item_id
     WHERE o.placed_at >= %(start)s AND o.placed_at < %(end)s AND {where}
     GROUP BY {numbers} ORDER BY {numbers} LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Demand:
    """So many orders with these keys, in the order of the dimensions asked for."""

    keys: tuple[str, ...]
    count: int


def demand(
    actor: Actor,
    period: Period,
    *,
    by: tuple[str, ...],
    place_level: int = 2,
    population: Population = EVERY_ORDER,
) -> list[Demand]:
    """Count the orders placed in a period by one to three of place, item, day, month, unit, hour and the like.

    Raises ``InvalidInput`` for an unknown dimension, and ``TooLarge`` for more than 20,000 rows.
    """
    if not 1 <= len(by) <= DIMENSIONS_MAX:
        raise InvalidInput(
            _("Count by one to %(most)s things at once."), field="by", value=list(by), most=DIMENSIONS_MAX
        )
    where, values = population.condition(actor)
    sql = _DEMAND.format(
        keys=", ".join(group_expression(each, at="o.placed_at") for each in by),
        numbers=", ".join(str(number + 1) for number in range(len(by))),
        where=where,
    )
    values |= {
        "start": period.start, "end": period.end, "zone": period.zone.key, "level": place_level,
        "limit": ROWS_MAX + 1,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    if len(rows) > ROWS_MAX:
        raise TooLarge(
            _("This table would have more than %(most)s rows."), field="by", most=ROWS_MAX,
            remedy=_("Choose a shorter period or fewer things to count by."),
        )  # fmt: skip
    return [Demand(tuple(key or "" for key in keys), count) for *keys, count in rows]
