"""The queue of calls to those who asked: what is due, the longest due first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.orders.population import Population
from tianqu.kernel.places.api import require

CALLS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class DueCall:
    """A call that is due: the order, since when, and how often it was tried."""

    order_id: UUID
    code: str
    title: str
    due_at: datetime
    attempts: int


_DUE: Final = """
    SELECT o.id, o.code, o.title, c.due_at, c.attempts
      FROM orders_call_back c
      JOIN orders_order o ON o.id = c.order_id
      JOIN orders_item i ON i.id = o.item_id
     WHERE c.done_at IS NULL AND c.due_at <= %(now)s AND c.round = o.reopen_count AND {where}
     ORDER BY o.id IS DISTINCT FROM %(first)s, c.attempts, c.due_at, c.id LIMIT %(limit)s
"""


def due_calls(actor: Actor, *, now: datetime, limit: int = 50, first: UUID | None = None) -> list[DueCall]:
    """Return the calls that are due within the actor's scope, the least tried first, then the longest due.

    The call about the order ``first``, if it is due, stands before all others. Needs the permission
    ``orders.call_back``.
    """
    require(actor, "orders.call_back")
    where, values = Population().condition(actor)
    values |= {"now": now, "limit": max(1, min(limit, CALLS_MAX)), "first": first}
    set_scope(actor.scope)
    with connection.cursor() as cursor:
        cursor.execute(_DUE.format(where=where), values)
        return [DueCall(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class CallQueue:
    """How many calls are due now, and how many wait for their time; ``next_at`` is the earliest of these."""

    due: int
    later: int
    next_at: datetime | None


_COUNTED: Final = """
    SELECT count(*) FILTER (WHERE c.due_at <= %(now)s), count(*) FILTER (WHERE c.due_at > %(now)s),
           min(c.due_at) FILTER (WHERE c.due_at > %(now)s)
      FROM orders_call_back c
      JOIN orders_order o ON o.id = c.order_id
      JOIN orders_item i ON i.id = o.item_id
     WHERE c.done_at IS NULL AND c.round = o.reopen_count AND {where}
"""


def call_queue(actor: Actor, *, now: datetime) -> CallQueue:
    """Count the calls that wait within the actor's scope. Needs the permission ``orders.call_back``."""
    require(actor, "orders.call_back")
    where, values = Population().condition(actor)
    set_scope(actor.scope)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED.format(where=where), values | {"now": now})
        return CallQueue(*cursor.fetchone())
