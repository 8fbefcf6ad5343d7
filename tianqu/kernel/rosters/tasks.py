"""What the worker does for rosters: it makes those that are asked for."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tianqu.kernel.journal.api import own_connection
from tianqu.kernel.rosters.making import make_due_rosters


@app.periodic(cron="* * * * *")
@app.task(name="rosters.make", queueing_lock="rosters.make")
@own_connection
def make_rosters(timestamp: int) -> None:
    """Make the rosters that are asked for; each is claimed first, so that two runs make none twice."""
    make_due_rosters()
