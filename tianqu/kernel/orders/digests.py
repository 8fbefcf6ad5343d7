"""The morning's digest: what waits for each clerk, told once a day by the rooms of notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.notices.api import DIGEST_HOUR, Digest, digest_hours, queue_digests
from tianqu.kernel.orders.codes import shown_code

LINES_MAX: Final = 20
CLERKS_AT_ONCE: Final = 500
CATCH_UP_HOURS: Final = 4

# What each of the next clerks handles, or handles for somebody absent, and what of their unit nobody handles yet. An
# order counts once, whichever posts show it; the first lines of it are told, and the rest are numbers.
_WAITING: Final = """
WITH clerk AS (
  SELECT DISTINCT person_id FROM places_post
  WHERE daterange(valid_from, valid_to) @> %(day)s::date AND person_id > %(after)s
  ORDER BY person_id LIMIT %(clerks)s
), waiting AS (
  SELECT DISTINCT post.person_id, o.id, o.code, o.title, o.due_next_at AS due,
    o.reopen_count > 0 OR o.return_count > 0 AS back
  FROM clerk JOIN places_post post ON post.person_id = clerk.person_id
  JOIN orders_order o ON o.unit_id = post.unit_id
    AND (o.handler_post_id IN (post.id, post.deputy_of_id) OR o.handler_post_id IS NULL)
  WHERE daterange(post.valid_from, post.valid_to) @> %(day)s::date
    AND o.state IN ('dispatched', 'accepted') AND o.asker_kind <> 'office'
    AND (o.due_next_at < %(midnight)s OR o.reopen_count > 0 OR o.return_count > 0)
), line AS (
  SELECT *, row_number() OVER (PARTITION BY person_id ORDER BY due NULLS LAST, id) AS place FROM waiting
)
SELECT clerk.person_id, count(line.id), count(line.id) FILTER (WHERE due < %(now)s),
  count(line.id) FILTER (WHERE due >= %(now)s AND NOT back), count(line.id) FILTER (WHERE back),
  (jsonb_agg(jsonb_build_array(code, title, due) ORDER BY place) FILTER (WHERE place <= %(lines)s))::text
FROM clerk LEFT JOIN line ON line.person_id = clerk.person_id
GROUP BY clerk.person_id ORDER BY clerk.person_id
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
    told = 0
    for rows in _waiting(day=day, midnight=midnight, now=now):
        digests = [_digest(row) for row in rows if row[1] and hours.get(row[0], DIGEST_HOUR) in due]
        if digests:
            queue_digests(SYSTEM, day=day, digests=digests)
        told += len(digests)
    return told


def _waiting(*, day: date, midnight: datetime, now: datetime) -> Iterator[list[tuple[Any, ...]]]:
    """Give what waits, page by page of clerks, so that neither their number nor that of the orders fills the memory."""
    values: dict[str, Any] = {
        "day": day,
        "midnight": midnight,
        "now": now,
        "clerks": CLERKS_AT_ONCE,
        "lines": LINES_MAX,
    }
    after = UUID(int=0)
    while True:
        with seeing(SYSTEM.scope), connection.cursor() as cursor:
            cursor.execute(_WAITING, {**values, "after": after})
            rows = cursor.fetchall()
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def _digest(row: tuple[Any, ...]) -> Digest:
    person_id, _count, late, today, back, lines = row
    return Digest(person_id=person_id, late=late, today=today, back=back, lines=list(_lines(orjson.loads(lines))))


def _lines(rows: list[tuple[str, str, str | None]]) -> Iterator[str]:
    for code, title, due in rows:
        at = timezone.localtime(datetime.fromisoformat(due)).strftime("%Y-%m-%d %H:%M") if due else ""
        yield f"{shown_code(code)} {title} {at}".rstrip()
