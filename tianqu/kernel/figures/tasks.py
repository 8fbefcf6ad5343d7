"""What the worker does for figures: each night it checks whether what is printed can hold together."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tianqu.kernel.figures.checking import check_now
from tianqu.kernel.journal.api import own_connection


@app.periodic(cron="41 18 * * *")  # UTC: in the night of China
@app.task(name="figures.check", queueing_lock="figures.check")
@own_connection
def check(timestamp: int) -> None:
    """Check the public values by the declared relations, and keep what was found."""
    check_now(again=True)
