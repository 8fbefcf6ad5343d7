"""What happens by itself: deadlines pass, rated orders close, silence is noticed, new orders are sent on their way.

Deadlines are columns read by index, not jobs, so that none is lost with a process. Each function does at most
``limit`` orders, each in its own transaction; it leaves out what somebody has locked, and doing it twice does nothing
twice. The worker calls ``due_work`` every few seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from tianqu.base.errors import Conflict, NotFound
from tianqu.kernel.journal.api import SYSTEM, registered_acts, seeing
from tianqu.kernel.orders.catalogue import items_without
from tianqu.kernel.orders.offers import due_offers

BATCH: Final = 200
SILENT_AFTER: Final = timedelta(days=7)
DISPATCHED_WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where an order goes, and why: what the rules or the model say. ``decided_by`` is ``rule`` or ``model``."""

    unit_id: UUID
    decided_by: str
    why: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


Decide = Callable[[UUID], Decision | None]


@dataclass(frozen=True, slots=True)
class DueWork:
    """How many orders each timer moved."""

    escalated: int
    resumed: int
    closed: int
    pressed: int
    dispatched: int
    offered: int = 0

    @property
    def total(self) -> int:
        """All of them; 0 says that nothing was due."""
        return self.escalated + self.resumed + self.closed + self.pressed + self.dispatched + self.offered


def due_work(now: datetime, *, decide: Decide | None = None, limit: int = BATCH) -> DueWork:
    """Do everything that is due at ``now``, at most ``limit`` orders a kind.

    ``decide`` finds the unit of a new order, or None where a dispatcher must.
    """
    escalated, resumed, closed = breach_due_clocks(now, limit=limit)
    return DueWork(
        escalated=escalated, resumed=resumed, closed=closed + close_rated_orders(now, limit=limit),
        pressed=press_silent_orders(now, limit=limit),
        dispatched=dispatch_pending_orders(now, decide, limit=limit) if decide is not None else 0,
        offered=offer_pending_orders(now, limit=limit),
    )  # fmt: skip


def breach_due_clocks(now: datetime, *, limit: int = BATCH) -> tuple[int, int, int]:
    """Act on clocks that are over time: an answer that never came, a rating that never came, everything else late.

    Returns how many orders were escalated, resumed and closed.
    """
    found = _rows(
        "SELECT order_id, array_agg(kind) FROM (SELECT order_id, kind FROM orders_clock"
        " WHERE check_at <= %s ORDER BY check_at LIMIT %s) due GROUP BY order_id",
        [now, limit],
    )
    kinds_of: dict[UUID, set[str]] = {order_id: set(kinds) for order_id, kinds in found}
    free = _free(kinds_of)
    resumed = _each(
        (order_id for order_id in free if "answer" in kinds_of[order_id]),
        lambda order_id: _do("orders.resume", order_id, now),
    )
    closed = _each(
        (order_id for order_id in free if "close" in kinds_of[order_id]),
        lambda order_id: _do("orders.close", order_id, now),
    )
    escalated = _each(
        (order_id for order_id in free if kinds_of[order_id] - {"answer", "close"}),
        lambda order_id: _do("orders.escalate", order_id, now),
    )
    return escalated, resumed, closed


def close_rated_orders(now: datetime, *, limit: int = BATCH) -> int:
    """Close orders whose askers are content. Unhappy ones stay open to be reopened until their time is over."""
    found = _rows(
        "SELECT o.id FROM orders_order o JOIN orders_rating r ON r.order_id = o.id AND r.round = o.reopen_count"
        " WHERE o.state = 'rated' AND r.satisfaction IN ('very', 'satisfied', 'basically')"
        " AND r.solved IS NOT false ORDER BY o.due_next_at, o.id LIMIT %s",
        [limit],
    )
    return _each(_free(row[0] for row in found), lambda order_id: _do("orders.close", order_id, now))


def press_silent_orders(now: datetime, *, limit: int = BATCH) -> int:
    """Press units that have accepted an order and let a week pass without a word."""
    found = _rows(
        "SELECT id FROM orders_order WHERE state = 'accepted' AND updated_at < %s AND NOT item_id = ANY(%s)"
        " ORDER BY updated_at LIMIT %s",
        [now - SILENT_AFTER, items_without("orders.press"), limit],
    )
    return _each(
        _free(row[0] for row in found),
        lambda order_id: _do("orders.press", order_id, now, note="silent"),
    )


def dispatch_pending_orders(now: datetime, decide: Decide, *, limit: int = BATCH) -> int:
    """Send new orders where the rules or the model say; what they do not know waits for a dispatcher.

    An order is asked about for an hour, so that a rule published meanwhile still finds it, and then left to people.
    """
    found = _rows(
        "SELECT id FROM orders_order WHERE state = 'placed' AND last_event = 1 AND placed_at >= %s"
        " AND NOT item_id = ANY(%s) ORDER BY placed_at DESC LIMIT %s",
        [now - DISPATCHED_WITHIN, items_without("orders.dispatch"), limit],
    )

    def dispatch(order_id: UUID, decision: Decision) -> None:
        _do(
            "orders.dispatch", order_id, now, unit_id=decision.unit_id, decided_by=decision.decided_by,
            why=decision.why, reason=decision.reason,
        )  # fmt: skip

    decided: dict[UUID, Decision] = {}
    with seeing(SYSTEM.scope):
        for (order_id,) in found:
            if (decision := decide(order_id)) is not None:
                decided[order_id] = decision
    return _each(_free(decided), lambda order_id: dispatch(order_id, decided[order_id]))


def offer_pending_orders(now: datetime, *, limit: int = BATCH) -> int:
    """Offer what is to be offered and was not yet, and open the next round where one is over."""
    with seeing(SYSTEM.scope):
        found = due_offers(now, limit=limit)
    return _each(_free(found), lambda order_id: _do("orders.offer", order_id, now))


def _rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _free(order_ids: Iterable[UUID]) -> list[UUID]:
    """Keep the orders that nobody has locked just now, so that a timer never waits for a person."""
    with seeing(SYSTEM.scope), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM orders_order WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED", [list(order_ids)]
        )
        return [row[0] for row in cursor.fetchall()]


def _do(act: str, order_id: UUID, now: datetime, **arguments: Any) -> None:
    registered_acts()[act].perform(SYSTEM, order_id=order_id, at=now, **arguments)


def _each(order_ids: Iterable[UUID], do: Callable[[UUID], None]) -> int:
    """Do each in its own transaction; one that somebody moved meanwhile is no longer due."""
    count = 0
    for order_id in order_ids:
        try:
            do(order_id)
        except (Conflict, NotFound):
            continue
        count += 1
    return count
