"""What the worker does for figures: it computes anew what has newer rows, and checks each night what is printed."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tianqu.kernel.figures.checking import check_now
from tianqu.kernel.figures.following import follow_versions
from tianqu.kernel.journal.api import own_connection


@app.periodic(cron="41 18 * * *")  # UTC: in the night of China
@app.task(name="figures.check", queueing_lock="figures.check")
@own_connection
def check(timestamp: int) -> None:
    """Check the public values by the declared relations, and keep what was found."""
    check_now(again=True)


@app.periodic(cron="* * * * *")
@app.task(name="figures.follow", queueing_lock="figures.follow", lock="figures.follow")
@own_connection
def follow(timestamp: int) -> None:
    """Compute the figures of datasets that have a newer version."""
    follow_versions()
