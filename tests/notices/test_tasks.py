"""The worker's own round: what is due goes out, and jobs of a killed worker are taken up again."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

import tianqu.kernel.notices.tasks
from tests.owner import as_owner

pytestmark = pytest.mark.django_db(transaction=True)


def work_off(name: str) -> None:
    with contextlib.suppress(AlreadyEnqueued):  # the worker queues what is due by the clock by itself
        app.configure_task(name).defer(timestamp=0)

    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker:
            async with worker.open_async():
                await worker.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    asyncio.run(run())


@pytest.fixture(autouse=True)
def _no_jobs() -> None:
    as_owner("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


@pytest.mark.parametrize("name", ["notices.deliver", "jobs.retry_stalled", "jobs.forget_old", "files.sweep"])
def test_each_task_runs_through(name: str, settings: Any, tmp_path: Any) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path)
    work_off(name)
    assert set(ProcrastinateJob.objects.filter(task_name=name).values_list("status", flat=True)) == {"succeeded"}


def test_a_job_of_a_killed_worker_is_taken_up_again() -> None:
    app.configure_task("notices.deliver").defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL, attempts = 1")
    work_off("jobs.retry_stalled")
    work_off("jobs.retry_stalled")
    assert tianqu.kernel.notices.tasks.deliver.name == "notices.deliver"
    deliveries = ProcrastinateJob.objects.filter(task_name="notices.deliver")
    statuses = set(deliveries.values_list("status", flat=True))
    assert "succeeded" in statuses
    assert statuses <= {"succeeded", "failed"}, "nothing is left as if a dead worker were still at it"
