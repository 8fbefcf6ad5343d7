"""What the worker does for the journal at times."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tianqu.kernel.journal.actors import SYSTEM
from tianqu.kernel.journal.connections import own_connection
from tianqu.kernel.journal.erasure import forget_requests


@app.periodic(cron="41 19 * * *")  # UTC: in the night of China
@app.task(queueing_lock="journal.forget_requests", name="journal.forget_requests")
@own_connection
def forget(timestamp: int) -> None:
    """Forget the keys of requests that were answered long ago."""
    forget_requests(SYSTEM)
