"""The calendar of a year, and what a change to it would do to the clocks that run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import orjson
from django.db import connection

from tianqu.base.calendars import calendar_from
from tianqu.base.errors import InvalidInput, _
from tianqu.base.working_time import YEAR_FIRST, YEAR_LAST, CalendarDay, WorkingCalendar
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.orders.calendars import newest_content, overridden
from tianqu.kernel.orders.catalogue import dated, realm_calendar
from tianqu.kernel.orders.clocks import resettle_clock
from tianqu.kernel.orders.models import Calendar
from tianqu.kernel.places.api import require_realm

CLOCKS_MAX: Final = 20_000  # looked at for one plan; beyond, the counts are at least so many
SAMPLES_MAX: Final = 10
DAYS_AHEAD: Final = 366
VERSIONS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """A year day by day. ``provisional`` says that its holidays are not published yet."""

    year: int
    provisional: bool
    months: tuple[tuple[CalendarDay, ...], ...]
    working_days: int
    overrides: tuple[CalendarDay, ...]


def calendar_year(year: int) -> CalendarYear:
    """What the realm's calendar says about a year. Raises ``InvalidInput`` for one that it does not reach."""
    if not YEAR_FIRST <= year < YEAR_LAST:
        raise InvalidInput(_("The calendar does not reach the year %(value)s."), field="year", value=year)
    calendar = realm_calendar()
    first = date(year, 1, 1)
    days = [calendar.day(first + timedelta(days=number)) for number in range((date(year + 1, 1, 1) - first).days)]
    months = tuple(tuple(day for day in days if day.day.month == month) for month in range(1, 13))
    overrides = tuple(day for day in days if day.why in ("opened", "closed"))
    return CalendarYear(year, calendar.is_provisional(year), months, sum(bool(day.hours) for day in days), overrides)


def calendar_versions() -> list[Calendar]:
    """The published versions of the calendar, the newest first."""
    return list(Calendar.objects.order_by("-id")[:VERSIONS_MAX])


@dataclass(frozen=True, slots=True)
class MovedClock:
    """A running clock whose due time would move."""

    order_code: str
    kind: str
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class CalendarPlan:
    """What a changed calendar would do: days that it sees otherwise, and running clocks that it would move."""

    days: tuple[tuple[CalendarDay, CalendarDay], ...]
    looked_at: int
    later: int
    earlier: int
    more: bool  # there are more clocks than were looked at
    samples: tuple[MovedClock, ...]

    @property
    def moved(self) -> int:
        return self.later + self.earlier


def planned_override(actor: Actor, *, day: date, hours: list[str] | None, reason: str = "") -> CalendarPlan:
    """What deciding about a day would do; ``hours`` None: taking back what was decided."""
    content = newest_content()
    if hours is None:
        kept = [override for override in content.get("overrides", []) if override["date"] != day.isoformat()]
        return planned_calendar(actor, content={**content, "overrides": kept}, today=day)
    return planned_calendar(actor, content=overridden(content, day=day, hours=hours, reason=reason), today=day)


def planned_calendar(actor: Actor, *, content: Mapping[str, Any], today: date) -> CalendarPlan:
    """What publishing ``content`` would change from ``today`` on, within a year, and which clocks it would move."""
    require_realm(actor, "calendars.publish")
    set_scope(actor.scope)
    before, after = realm_calendar(), calendar_from(dated(content))
    days = tuple(
        (old, new)
        for number in range(DAYS_AHEAD)
        if _differs(old := before.day(today + timedelta(days=number)), new := after.day(today + timedelta(days=number)))
    )
    if not days:
        return CalendarPlan((), 0, 0, 0, more=False, samples=())
    rows = _running(days[0][0].day, last=days[-1][0].day, calendar=before)
    later = earlier = 0
    samples: list[MovedClock] = []
    for code, kind, due_at, proof in rows[:CLOCKS_MAX]:
        moved_to = resettle_clock(after, proof).due_at
        later, earlier = later + (moved_to > due_at), earlier + (moved_to < due_at)
        if moved_to != due_at and len(samples) < SAMPLES_MAX:
            samples.append(MovedClock(code, kind, due_at, moved_to))
    return CalendarPlan(
        days, min(len(rows), CLOCKS_MAX), later, earlier, more=len(rows) > CLOCKS_MAX, samples=tuple(samples)
    )


def _differs(old: CalendarDay, new: CalendarDay) -> bool:
    return (old.hours, old.why, old.name) != (new.hours, new.why, new.name)


def _running(first: date, *, last: date, calendar: WorkingCalendar) -> list[tuple[str, str, datetime, dict[str, Any]]]:
    begin = datetime.combine(first, time.min, calendar.zone)
    end = datetime.combine(last + timedelta(days=1), time.min, calendar.zone)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.code, c.kind, c.due_at, c.proof FROM orders_clock c JOIN orders_order o ON o.id = c.order_id"
            " WHERE c.stopped_at IS NULL AND c.started_at < %s AND c.due_at >= %s ORDER BY c.due_at, c.id LIMIT %s",
            [end, begin, CLOCKS_MAX + 1],
        )
        rows = cursor.fetchall()
    return [(code, kind, due_at, _read(proof)) for code, kind, due_at, proof in rows]


def _read(proof: Any) -> dict[str, Any]:
    read: dict[str, Any] = orjson.loads(proof) if isinstance(proof, str | bytes) else proof
    return read
