"""What the worker does for the journal at times."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from procrastinate.contrib.django import app

from tianqu.base.errors import Conflict
from tianqu.kernel.journal.actors import SYSTEM
from tianqu.kernel.journal.checks import request_check, run_check
from tianqu.kernel.journal.connections import own_connection
from tianqu.kernel.journal.erasure import forget_requests


@app.periodic(cron="41 19 * * *")  # UTC: in the night of China
@app.task(queueing_lock="journal.forget_requests", name="journal.forget_requests")
@own_connection
def forget(timestamp: int) -> None:
    """Forget the keys of requests that were answered long ago."""
    forget_requests(SYSTEM)


@app.task(name="journal.check", lock="journal.check")
@own_connection
def check(check_id: str) -> None:
    """Check the whole log against the database."""
    run_check(UUID(check_id))


@app.periodic(cron="11 18 * * *")  # UTC: in the night of China
@app.task(queueing_lock="journal.check_nightly", name="journal.check_nightly")
@own_connection
def check_nightly(timestamp: int) -> None:
    """Ask for a check every night, so that a fault is found without anybody looking."""
    with suppress(Conflict):  # one is under way already
        request_check(SYSTEM)
