"""What the worker does for releases: it tells press officers that an erratum is due."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tianqu.kernel.journal.api import own_connection
from tianqu.kernel.releases.errata import tell_errata


@app.periodic(cron="*/5 * * * *")
@app.task(name="releases.errata", queueing_lock="releases.errata", lock="releases.errata")
@own_connection
def tell_errata_due(timestamp: int) -> None:
    """Tell of each public release that quotes a figure which prints otherwise now, once for each list."""
    tell_errata()
