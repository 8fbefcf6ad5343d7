"""Jobs: what is done later or at times, by procrastinate in PostgreSQL.

A kernel room offers tasks in its ``tasks.py``, where procrastinate finds them; a pack declares each ``Job``. A handler
may run twice, so each must be idempotent: a worker that was killed leaves its job behind, and ``retry_stalled_jobs``
hands it to the next.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from croniter import croniter
from django.conf import settings

from tianqu.kernel.journal.api import own_connection
from tianqu.kernel.pack.api import Job

if TYPE_CHECKING:
    from procrastinate import App

STALLED_SECONDS = 30  # without a sign of life from its worker, which gives one every ten seconds
GRACE_SECONDS = 10  # for jobs under way when the worker is told to stop
CONCURRENCY = 2


def add_jobs(app: App) -> None:
    """Add the packs' jobs and the project's own; procrastinate calls this once when Django is ready."""
    from tianqu.project.packs import installed_packs

    for pack in installed_packs():
        for job in pack.jobs:
            add_pack_job(app, job)

    @app.periodic(cron="* * * * *")
    @app.task(queueing_lock="tianqu.retry_stalled_jobs", name="tianqu.retry_stalled_jobs")
    async def retry_stalled_jobs(timestamp: int) -> None:
        stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
        for job in stalled:
            await app.job_manager.retry_job(job)


def add_pack_job(app: App, job: Job) -> None:
    """Have a pack's job done when it is due; procrastinate counts in UTC, so a minute is read in the realm's time."""

    @app.periodic(cron="* * * * *", periodic_id=job.name)
    @app.task(queueing_lock=f"pack.{job.name}", name=f"pack.{job.name}")
    @own_connection
    def do(timestamp: int) -> None:
        due = datetime.fromtimestamp(timestamp, ZoneInfo(settings.TIME_ZONE))
        if is_due(job, due):
            job.run(due)


def is_due(job: Job, minute: datetime) -> bool:
    """Whether a job is due in a minute, by the clock on the wall of ``minute``'s time zone."""
    return bool(croniter.match(job.cron, minute.replace(tzinfo=None)))


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
