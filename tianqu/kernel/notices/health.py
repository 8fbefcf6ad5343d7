"""How the work in the background stands: jobs that wait or failed, notices that do not get out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.places.api import require

STUCK_AFTER: Final = timedelta(minutes=30)  # past its time, a delivery is stuck
TASKS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class FailedTask:
    """A kind of job that failed: how often within what is kept, and when last."""

    name: str
    count: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The queues at this moment. ``worker_seen_at``: the last sign of life of a worker."""

    waiting: int
    waiting_since: datetime | None
    running: int
    failed: tuple[FailedTask, ...]
    worker_seen_at: datetime | None
    notices_unspread: int
    deliveries_stuck: int
    deliveries_given_up: int

    @property
    def worker_at_work(self) -> bool:
        """Whether a worker gave a sign of life within the last minute."""
        return self.worker_seen_at is not None and self.worker_seen_at > timezone.now() - timedelta(minutes=1)


def queue_status(actor: Actor) -> QueueStatus:
    """How jobs and the outbox stand. Counts only, so it says nothing about anybody."""
    require(actor, "journal.check")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),"
            " min(scheduled_at) FILTER (WHERE status = 'todo' AND scheduled_at <= now()),"
            " count(*) FILTER (WHERE status = 'doing'),"
            " (SELECT max(last_heartbeat) FROM procrastinate_workers) FROM procrastinate_jobs"
        )
        waiting, since, running, seen_at = cursor.fetchone() or (0, None, 0, None)
        cursor.execute(
            "SELECT j.task_name, count(DISTINCT j.id), max(e.at) FROM procrastinate_jobs j"
            " LEFT JOIN procrastinate_events e ON e.job_id = j.id WHERE j.status = 'failed'"
            " GROUP BY 1 ORDER BY 3 DESC NULLS LAST LIMIT %s",
            [TASKS_MAX],
        )
        failed = tuple(FailedTask(*row) for row in cursor.fetchall())
    unspread, stuck, given_up = _outbox()
    set_scope(actor.scope)
    return QueueStatus(waiting, since, running, failed, seen_at, unspread, stuck, given_up)


def _outbox() -> tuple[int, int, int]:
    late = timezone.now() - STUCK_AFTER
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM notices_notice WHERE spread_at IS NULL AND due_at < %s),"
            " count(*) FILTER (WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at < %s),"
            " count(*) FILTER (WHERE given_up_at IS NOT NULL) FROM notices_delivery",
            [late, late],
        )
        row = cursor.fetchone()
    assert row is not None, "an aggregate has one row"
    return (row[0], row[1], row[2])
