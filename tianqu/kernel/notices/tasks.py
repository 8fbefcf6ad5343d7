"""What the worker does by itself: delivers notices, and takes up jobs that a killed worker left behind."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from tianqu.kernel.journal.api import own_connection
from tianqu.kernel.notices.delivery import deliver_due


@app.periodic(cron="* * * * * */10")  # the sixth field is seconds
@app.task(name="notices.deliver", queueing_lock="notices.deliver", lock="notices.deliver")
@own_connection
def deliver(timestamp: int) -> None:
    """Send what is due. The lock keeps two runs apart; without it they would share the work and send nothing twice."""
    deliver_due(limit=1_000)


@app.periodic(cron="* * * * *")
@app.task(name="jobs.retry_stalled", queueing_lock="jobs.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Put jobs of workers that died back into the queue; every job is safe to run twice.

    Where the queue already holds the next one of a kind that waits at most once, the dead one is closed instead.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)


@app.periodic(cron="17 3 * * *")
@app.task(name="jobs.forget_old", queueing_lock="jobs.forget_old", pass_context=True)
async def forget_old(context: JobContext, timestamp: int) -> None:
    """Forget finished jobs after three days, and failed ones after thirty."""
    manager = context.app.job_manager
    await manager.delete_old_jobs(nb_hours=72)
    await manager.delete_old_jobs(nb_hours=720, include_failed=True)
