"""What the worker does for orders: by the calendar, and every minute what is due."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from tianqu.kernel.journal.api import own_connection
from tianqu.kernel.orders.digests import queue_morning_digests
from tianqu.kernel.orders.dispatching import decide
from tianqu.kernel.orders.recounting import recount_provisional, recount_running
from tianqu.kernel.orders.rule_proposals import run_replay
from tianqu.kernel.orders.timers import due_work

ROUNDS_MAX: Final = 50


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
    """Queue the digests of those who want them at this hour of the realm; the cron knows no zones and no wishes.

    Asked again on the same day it adds nothing, so that a worker that was down at the hour catches up.
    """
    queue_morning_digests(timezone.now(), at_hour=timezone.localtime().hour)


@app.task(name="orders.replay_rule")
@own_connection
def replay_rule(replay_id: str) -> None:
    """Hold a proposed rule against the past."""
    run_replay(UUID(replay_id))


@app.task(name="orders.recount_days", lock="orders.recount_days")
@own_connection
def recount_days(first: str, *, last: str) -> None:
    """Count anew the clocks that run over days of which the calendar has come to say something else."""
    recount_running(first=date.fromisoformat(first), last=date.fromisoformat(last))
