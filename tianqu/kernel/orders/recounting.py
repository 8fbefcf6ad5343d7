"""Counting clocks anew: when a year's holidays have been published, or an office has decided about a day.

A due time never moves by the way. It is counted anew by an act, with its event, so that the asker sees what moved it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import connection

from tianqu.base.errors import Conflict, _
from tianqu.kernel.journal.api import SYSTEM, Acting, act, seeing
from tianqu.kernel.orders.cases import may_by_role, open_case
from tianqu.kernel.orders.catalogue import realm_calendar

_PROVISIONAL = """
    SELECT DISTINCT order_id FROM orders_clock
     WHERE stopped_at IS NULL
       AND EXISTS (SELECT FROM jsonb_array_elements_text(proof -> 'provisional') year
                    WHERE year::int = ANY (%s::int[]))
     LIMIT %s
"""


@act("orders.recount", may=may_by_role)
def recount_order(acting: Acting, *, order_id: UUID) -> dict[str, tuple[str, str]]:
    """Count the running clocks of an order by today's calendar; return the due times that moved, by kind.

    Raises ``Conflict`` if the calendar says of their days what it said before.
    """
    case = open_case(acting, order_id)
    moved = case.recount()
    if not case.changed:
        raise Conflict(_("The calendar has not changed for the clocks of this request."), field="order_id")
    case.settle(data={"moved": {kind: list(times) for kind, times in moved.items()}})
    return moved


def recount_provisional(*, limit: int = 1_000) -> int:
    """Count anew what rests on a year that has been published since, at most ``limit`` orders; return how many."""
    calendar = realm_calendar()
    if calendar.published is None:
        return 0
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(_PROVISIONAL, [sorted(calendar.published), limit])
        waiting = [row[0] for row in cursor.fetchall()]
    return sum(_recounted(order_id) for order_id in waiting)


_RUNNING = """
    SELECT DISTINCT order_id FROM orders_clock
     WHERE stopped_at IS NULL AND started_at < %s AND due_at >= %s AND order_id > %s
     ORDER BY order_id LIMIT %s
"""


def recount_running(*, first: date, last: date, at_once: int = 1_000) -> int:
    """Count anew every order with a clock that runs over a day from ``first`` to ``last``; return how many moved."""
    zone = realm_calendar().zone
    begin = datetime.combine(first, time.min, zone)
    end = datetime.combine(last + timedelta(days=1), time.min, zone)
    recounted, after = 0, UUID(int=0)
    while True:
        with seeing(SYSTEM.scope), connection.cursor() as cursor:
            cursor.execute(_RUNNING, [end, begin, after, at_once])
            orders = [row[0] for row in cursor.fetchall()]
        recounted += sum(_recounted(order_id) for order_id in orders)
        if len(orders) < at_once:
            return recounted
        after = orders[-1]


def _recounted(order_id: UUID) -> bool:
    try:
        recount_order(SYSTEM, order_id=order_id)
    except Conflict:
        return False
    return True
