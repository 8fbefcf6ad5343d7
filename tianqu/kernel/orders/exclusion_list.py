"""What is left out of rates at present or was once, for those who answer for the rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.orders.population import EVERY_ORDER, Population
from tianqu.kernel.places.api import require

LISTED_MAX: Final = 500

_LISTED: Final = """
    SELECT o.code, o.title, x.rate, x.reason, x.note, x.at, x.ended_at, coalesce(nullif(p.title, ''), p.role, '')
      FROM orders_exclusion x JOIN orders_order o ON o.id = x.order_id JOIN orders_item i ON i.id = o.item_id
      LEFT JOIN places_post p ON p.id = x.by_post_id
     WHERE {where} ORDER BY x.ended_at IS NOT NULL, x.at DESC, x.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class ListedExclusion:
    """An order that is left out of a rate, with the reason; ``ended_at``: since when it counts again."""

    code: str
    title: str
    rate: str
    reason: str
    note: str
    at: datetime
    ended_at: datetime | None
    by: str


def exclusion_list(
    actor: Actor, *, population: Population = EVERY_ORDER, limit: int = LISTED_MAX
) -> list[ListedExclusion]:
    """Return what is left out within the actor's scope, what holds first. Needs the permission ``orders.rates``."""
    require(actor, "orders.rates")
    where, values = population.condition(actor)
    set_scope(actor.scope)
    with connection.cursor() as cursor:
        cursor.execute(_LISTED.format(where=where), values | {"limit": max(1, min(limit, LISTED_MAX))})
        return [ListedExclusion(*row) for row in cursor.fetchall()]
