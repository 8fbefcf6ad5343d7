"""The worker does what is due, when it is due by the realm's clock, and what a killed worker left behind."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from procrastinate import App
from procrastinate.contrib.django import app as installed_app
from procrastinate.jobs import Status
from procrastinate.testing import InMemoryConnector

from tianqu.kernel.pack.api import Job
from tianqu.project.jobs import add_jobs, add_pack_job, is_due

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_cron_is_read_by_the_realms_clock() -> None:
    digest = Job(name="digest", cron="30 8 * * 1-5", run=lambda due: None)
    assert is_due(digest, datetime(2026, 3, 2, 8, 30, tzinfo=SHANGHAI))
    assert is_due(digest, datetime(2026, 3, 2, 0, 30, tzinfo=UTC).astimezone(SHANGHAI))
    assert not is_due(digest, datetime(2026, 3, 2, 8, 31, tzinfo=SHANGHAI))
    assert not is_due(digest, datetime(2026, 3, 1, 8, 30, tzinfo=SHANGHAI))  # a Sunday


@pytest.mark.parametrize(("minute", "times"), [(30, 1), (31, 0)])
def test_a_packs_job_is_done_in_its_minute_only(minute: int, times: int) -> None:
    done: list[datetime] = []
    app = App(connector=InMemoryConnector())
    add_pack_job(app, Job(name="digest", cron="30 8 * * *", run=done.append))
    due = datetime(2026, 3, 2, 8, minute, tzinfo=SHANGHAI)
    app.tasks["pack.digest"].func(timestamp=int(due.timestamp()))
    assert done == [due] * times


@pytest.mark.parametrize(("name", "seconds"), [("notices.deliver", 10), ("orders.due_work", 60)])
def test_what_cannot_wait_is_done_all_day_long(name: str, seconds: int) -> None:
    (task,) = [task for (job, _id), task in installed_app.periodic_registry.periodic_tasks.items() if job == name]
    clock = task.croniter
    clock.set_current(datetime(2026, 3, 2, 8, 1, 3, tzinfo=UTC).timestamp())
    times = [clock.get_next(float) for _n in range(3 * 3600 // seconds)]
    assert {after - before for before, after in pairwise(times)} == {seconds}


def test_a_job_that_its_worker_left_is_handed_to_the_next() -> None:
    connector = InMemoryConnector()
    app = App(connector=connector)
    add_jobs(app)

    @app.task(name="test.left")
    def left() -> None:
        return None

    async def leave_and_retry() -> None:
        async with app.open_async():
            await left.defer_async()
            job = await app.job_manager.fetch_job(queues=None, worker_id=await app.job_manager.register_worker())
            assert job is not None
            for worker in connector.workers:
                connector.workers[worker] = datetime(2020, 1, 1, tzinfo=UTC)
            await app.tasks["tianqu.retry_stalled_jobs"].func(timestamp=0)

    asyncio.run(leave_and_retry())
    (job,) = connector.jobs.values()
    assert job["status"] == Status.TODO.value


def test_the_rooms_tasks_are_known_to_the_installations_worker() -> None:
    names = set(installed_app.tasks)
    assert {"tianqu.retry_stalled_jobs", "orders.due_work", "journal.forget_requests"} <= names
