"""What the worker does for datasets: brings declared ones up to the journal, reads uploads, sweeps."""

from __future__ import annotations

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from tianqu.base.errors import Conflict
from tianqu.kernel.datasets.declared import describe_declared, due_datasets
from tianqu.kernel.datasets.materialising import materialise
from tianqu.kernel.datasets.storage import DiskFull
from tianqu.kernel.datasets.sweeping import sweep
from tianqu.kernel.datasets.uploads import TASK, run_upload, sweep_uploads
from tianqu.kernel.journal.api import own_connection

logger = logging.getLogger(__name__)


@app.periodic(cron="*/5 * * * *")
@app.task(name="datasets.materialise", queueing_lock="datasets.materialise", lock="datasets.materialise")
@own_connection
def materialise_due(timestamp: int) -> None:
    """Materialise each declared dataset that is due. One that fails does not hold up the others."""
    describe_declared()
    broken: Exception | None = None
    for code in due_datasets():
        try:
            materialise(code)
        except (Conflict, DiskFull) as error:
            logger.warning("The dataset %s waits: %s", code, error)
        except Exception as error:
            logger.exception("The dataset %s could not be materialised.", code)
            broken = error
    if broken is not None:
        raise broken  # so that the job counts as failed


@app.periodic(cron="23 20 * * *")  # UTC: in the night of China
@app.task(name="datasets.sweep", queueing_lock="datasets.sweep", lock="datasets.sweep")
@own_connection
def sweep_parts(timestamp: int) -> None:
    """Remove parts that no version names, and what a crash left half made."""
    sweep()


@app.task(name=TASK)
@own_connection
def read_upload(upload_id: str) -> None:
    """Read an uploaded file."""
    run_upload(UUID(upload_id))


@app.periodic(cron="23 * * * *")
@app.task(name="datasets.sweep_uploads", queueing_lock="datasets.sweep_uploads", lock="datasets.sweep_uploads")
@own_connection
def sweep_old_uploads(timestamp: int) -> None:
    """Drop uploads of which nothing was heard for a week."""
    sweep_uploads()
