"""What the worker does for orders: by the calendar, and every minute what is due."""

from __future__ import annotations

from typing import Final

from django.utils import timezone
from procrastinate.contrib.django import app

from tianqu.kernel.journal.api import own_connection
from tianqu.kernel.orders.digests import queue_morning_digests
from tianqu.kernel.orders.dispatching import decide
from tianqu.kernel.orders.recounting import recount_provisional
from tianqu.kernel.orders.timers import due_work

ROUNDS_MAX: Final = 50
DIGEST_HOURS: Final = range(7, 12)  # of the realm's own clock: at seven, or later where nothing ran at seven


@app.periodic(cron="* * * * *")
@app.task(name="orders.due_work", queueing_lock="orders.due_work")
@own_connection
def do_due_work(timestamp: int) -> None:
    """Escalate, resume, close, press and dispatch what is due, batch after batch, until nothing is."""
    for _round in range(ROUNDS_MAX):
        if due_work(timezone.now(), decide=decide).total == 0:
            break


@app.periodic(cron="41 2 * * *")
@app.task(name="orders.recount_provisional", queueing_lock="orders.recount_provisional")
@own_connection
def recount(timestamp: int) -> None:
    """Count anew the clocks that rest on a year whose holidays have been published since."""
    recount_provisional()


@app.periodic(cron="5 * * * *")
@app.task(name="orders.digests", queueing_lock="orders.digests")
@own_connection
def tell_the_morning(timestamp: int) -> None:
    """Queue the digests of the day once it is seven in the realm; asked every hour, since the cron knows no zones.

    Asked again on the same day it adds nothing, so that a worker that was down at seven catches up.
    """
    if timezone.localtime().hour in DIGEST_HOURS:
        queue_morning_digests(timezone.now())
