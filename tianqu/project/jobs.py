"""Jobs: what is done later or at times, by procrastinate in PostgreSQL.

A kernel room offers tasks in its ``tasks.py``, where procrastinate finds them. Every handler may run twice, so each
must be idempotent: a worker that was killed leaves its job behind, and ``retry_stalled_jobs`` hands it to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from procrastinate import App

STALLED_SECONDS = 30  # without a sign of life from its worker, which gives one every ten seconds
GRACE_SECONDS = 10  # for jobs under way when the worker is told to stop
CONCURRENCY = 2


def add_jobs(app: App) -> None:
    """Add the project's own periodic tasks; procrastinate calls this once when Django is ready."""

    @app.periodic(cron="* * * * *")
    @app.task(queueing_lock="tianqu.retry_stalled_jobs", name="tianqu.retry_stalled_jobs")
    async def retry_stalled_jobs(timestamp: int) -> None:
        stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
        for job in stalled:
            await app.job_manager.retry_job(job)


def work() -> None:
    """Do jobs until SIGTERM or SIGINT, then let those under way end."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    assert isinstance(app.connector, DjangoConnector), "procrastinate.contrib.django makes this one"
    worker = app.with_connector(app.connector.get_worker_connector())
    worker.run_worker(
        concurrency=CONCURRENCY,
        delete_jobs="successful",
        shutdown_graceful_timeout=GRACE_SECONDS,
        stalled_worker_timeout=STALLED_SECONDS,
    )
