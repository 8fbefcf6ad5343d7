"""The morning's digest: what waits for each clerk, told once a day by the rooms of notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.notices.api import DIGEST_HOUR, Digest, digest_hours, queue_digests
from tianqu.kernel.orders.codes import shown_code

CLERKS_MAX: Final = 20_000
LINES_MAX: Final = 20
AT_ONCE: Final = 500
CATCH_UP_HOURS: Final = 4

# What a clerk handles, or handles for somebody absent, and what of their unit nobody handles yet.
_WAITING: Final = """
SELECT post.person_id, o.code, o.title, o.due_next_at, o.reopen_count > 0 OR o.return_count > 0
FROM places_post post
JOIN orders_order o ON o.unit_id = post.unit_id
  AND (o.handler_post_id IN (post.id, post.deputy_of_id) OR o.handler_post_id IS NULL)
WHERE daterange(post.valid_from, post.valid_to) @> %s::date
  AND o.state IN ('dispatched', 'accepted')
  AND (o.due_next_at < %s OR o.reopen_count > 0 OR o.return_count > 0)
ORDER BY post.person_id, o.due_next_at NULLS LAST, o.id
"""


def queue_morning_digests(now: datetime, *, at_hour: int | None = None) -> int:
    """Queue the digests of a day: late, due today, came back. Called again on that day it adds nothing.

    With ``at_hour`` only those are told who want to be told at that hour of the realm's clock, or up to
    ``CATCH_UP_HOURS`` before it, where nothing ran then. Returns for how many persons something waits.
    """
    with seeing(SYSTEM.scope):
        hours = digest_hours()
    due = range(24) if at_hour is None else range(at_hour - CATCH_UP_HOURS, at_hour + 1)
    if not {DIGEST_HOUR, *hours.values()} & {*due}:
        return 0
    day = timezone.localdate(now)
    midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(_WAITING, [day, midnight])
        rows = cursor.fetchall()
    digests = [
        _digest(person_id, list(waiting), now)
        for person_id, waiting in groupby(rows, key=lambda row: row[0])
        if hours.get(person_id, DIGEST_HOUR) in due
    ]
    for start in range(0, min(len(digests), CLERKS_MAX), AT_ONCE):
        queue_digests(SYSTEM, day=day, digests=digests[start : start + AT_ONCE])
    return len(digests)


def _digest(person_id: UUID, rows: list[tuple[Any, ...]], now: datetime) -> Digest:
    late = sum(due is not None and due < now for _person, _code, _title, due, _back in rows)
    back = sum(bool(row[4]) for row in rows)
    today = sum(due is not None and now <= due for _person, _code, _title, due, back in rows if not back)
    return Digest(person_id=person_id, late=late, today=today, back=back, lines=list(_lines(rows)))


def _lines(rows: list[tuple[Any, ...]]) -> Iterator[str]:
    for _person, code, title, due, _back in rows[:LINES_MAX]:
        at = timezone.localtime(due).strftime("%Y-%m-%d %H:%M") if due is not None else ""
        yield f"{shown_code(code)} {title} {at}".rstrip()
