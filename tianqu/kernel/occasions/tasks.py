"""What the worker does for occasions: it closes those that are over."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tianqu.kernel.journal.api import own_connection
from tianqu.kernel.occasions.closing import close_past


@app.periodic(cron="23 * * * *")
@app.task(name="occasions.close", queueing_lock="occasions.close", lock="occasions.close")
@own_connection
def close_occasions(timestamp: int) -> None:
    """Mark who did not come. The lock keeps two runs apart."""
    close_past()
