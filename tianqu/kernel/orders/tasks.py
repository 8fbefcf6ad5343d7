"""What the worker does for orders by the calendar."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tianqu.kernel.journal.api import own_connection
from tianqu.kernel.orders.recounting import recount_provisional


@app.periodic(cron="41 2 * * *")
@app.task(name="orders.recount_provisional", queueing_lock="orders.recount_provisional")
@own_connection
def recount(timestamp: int) -> None:
    """Count anew the clocks that rest on a year whose holidays have been published since."""
    recount_provisional()
