"""What the worker does by itself: sweeps what nobody attached."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tianqu.kernel.files.acts import sweep_files
from tianqu.kernel.journal.api import own_connection


@app.periodic(cron="41 * * * *")
@app.task(name="files.sweep", queueing_lock="files.sweep", lock="files.sweep")
@own_connection
def sweep(timestamp: int) -> None:
    """Erase files that were handed in a day ago and attached to nothing, and bytes without a row."""
    sweep_files()
