"""Working time: when an office is open, and when so much of its time, or so many of its days, are over.

A calendar has weekly hours (with a gap for lunch), seasons with other hours, holidays, make-up days (the Saturdays
and Sundays that are worked in exchange for a long holiday in China) and overrides by the office itself. All arithmetic
is in whole microseconds of UTC, so a change to summer time neither loses nor invents time.

Sources. Days: Civil Code of the PRC, art. 201 (the day on which a period begins is not counted), art. 203 (a period
whose last day is a holiday ends on the next working day; where there are business hours it ends when they end);
"days" of administrative procedure are working days without statutory holidays (Administrative Licensing Law art. 82,
Administrative Penalty Law art. 85). Hours count from the moment given (Civil Code art. 201, second sentence).
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Literal, Protocol, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tianqu.base.canonical import Json, canonical_bytes
from tianqu.base.errors import InvalidInput, _

Hours = tuple[tuple[int, int], ...]  # (opening, closing) in minutes after local midnight, in order, apart
Unit = Literal["working_days", "working_minutes", "minutes"]
Why = Literal["working", "make_up", "weekend", "holiday", "opened", "closed"]

YEAR_FIRST, YEAR_LAST = 1970, 2199  # a date outside is a mistyped one
DAYS_MAX, MINUTES_MAX = 3660, 3660 * 24 * 60  # ten years, beyond which a duration is a mistyped one

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MINUTE = 60_000_000  # microseconds
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Duration:
    """So many working days, working minutes, or minutes round the clock."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        for words, (unit, factor) in DURATION_WORDS.items():
            if unit == self.unit and self.amount % factor == 0 and words.endswith("s"):
                return f"{self.amount // factor} {words}"
        raise AssertionError(self.unit)


DURATION_WORDS: dict[str, tuple[Unit, int]] = {
    "working days": ("working_days", 1), "working day": ("working_days", 1),
    "working hours": ("working_minutes", 60), "working hour": ("working_minutes", 60),
    "working minutes": ("working_minutes", 1), "working minute": ("working_minutes", 1),
    "days": ("minutes", 1440), "day": ("minutes", 1440),
    "hours": ("minutes", 60), "hour": ("minutes", 60),
    "minutes": ("minutes", 1), "minute": ("minutes", 1),
}  # fmt: skip
_DURATION = re.compile(r"([0-9]{1,7}) +((?:working +)?(?:day|hour|minute)s?)")


def parse_duration(text: str) -> Duration:
    """Read "2 working days", "4 working hours", "90 working minutes", "3 days", "1 hour" or "15 minutes".

    Raises ``InvalidInput`` for anything else, for nothing, and for more than ten years.
    """
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise InvalidInput(
            _("“%(value)s” is not a duration."), field="duration", value=text,
            remedy=_("Write for instance “2 working days”, “4 working hours” or “30 minutes”."),
        )  # fmt: skip
    unit, factor = DURATION_WORDS[re.sub(" +", " ", match[2])]
    return checked_duration(Duration(int(match[1]) * factor, unit))


def checked_duration(duration: Duration) -> Duration:
    """Return ``duration`` if it is more than nothing and at most ten years; else raise ``InvalidInput``."""
    most = DAYS_MAX if duration.unit == "working_days" else MINUTES_MAX
    if not 1 <= duration.amount <= most:
        raise InvalidInput(
            _("A duration of %(value)s is out of range."), field="duration", value=duration.amount,
            remedy=_("Give at least 1 and at most %(most)s."), most=most,
        )  # fmt: skip
    return duration


@dataclass(frozen=True, slots=True)
class Season:
    """Part of each year with other weekly hours: from month and day to month and day, both included."""

    first: tuple[int, int]
    last: tuple[int, int]
    weekly: tuple[Hours, ...]

    def holds(self, month_day: tuple[int, int]) -> bool:
        if self.first <= self.last:
            return self.first <= month_day <= self.last
        return month_day >= self.first or month_day <= self.last


@dataclass(frozen=True, slots=True)
class Override:
    """What an office decided about one day: other hours (none: closed), and why."""

    hours: Hours
    reason: str


@dataclass(frozen=True)
class WorkingCalendar:
    """When an office works.

    ``weekly`` holds the hours of Monday to Sunday. ``make_up`` days work the hours of ``make_up_like`` (0 is Monday).
    ``published`` are the years whose holidays are known, all of them if it is None; a date in another year is
    provisional and is computed again when the year is published.
    """

    code: str
    time_zone: str
    weekly: tuple[Hours, ...]
    holidays: Mapping[date, str] = field(default_factory=dict)
    make_up: Mapping[date, str] = field(default_factory=dict)
    overrides: Mapping[date, Override] = field(default_factory=dict)
    seasons: tuple[Season, ...] = ()
    published: frozenset[int] | None = None
    make_up_like: int = 0

    def __post_init__(self) -> None:
        for weekly in (self.weekly, *(season.weekly for season in self.seasons)):
            assert len(weekly) == WEEK_DAYS, "weekly hours are given for seven days"
            for hours in weekly:
                _check_hours(hours)
        for override in self.overrides.values():
            _check_hours(override.hours)
        if not any(self.weekly):
            raise InvalidInput(_("The calendar %(value)s has no working hours."), field="hours", value=self.code)

    def __hash__(self) -> int:
        return hash((self.code, self.digest))

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone; ``InvalidInput`` if nobody knows it."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise InvalidInput(
                _("There is no time zone %(value)s."), field="time_zone", value=self.time_zone,
                remedy=_("Give an IANA name such as Asia/Shanghai."),
            ) from error  # fmt: skip

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything the calendar says, in hexadecimal."""
        return hashlib.sha256(canonical_bytes(self.as_json())).hexdigest()

    def as_json(self) -> dict[str, Json]:
        """The whole calendar, as published for whoever wants to recompute a due time."""
        return {
            "code": self.code,
            "holidays": {day.isoformat(): name for day, name in self.holidays.items()},
            "make_up": {day.isoformat(): name for day, name in self.make_up.items()},
            "make_up_like": self.make_up_like,
            "overrides": {
                day.isoformat(): {"hours": hours_as_text(override.hours), "reason": override.reason}
                for day, override in self.overrides.items()
            },
            "published": sorted(self.published) if self.published is not None else None,
            "seasons": [
                {
                    "first": list(season.first),
                    "last": list(season.last),
                    "weekly": [hours_as_text(hours) for hours in season.weekly],
                }
                for season in self.seasons
            ],
            "time_zone": self.time_zone,
            "weekly": [hours_as_text(hours) for hours in self.weekly],
        }

    def day(self, day: date) -> CalendarDay:
        """What the calendar says about one day."""
        weekly = self.weekly
        for season in self.seasons:
            if season.holds((day.month, day.day)):
                weekly = season.weekly
        if (override := self.overrides.get(day)) is not None:
            return CalendarDay(day, "opened" if override.hours else "closed", override.hours, override.reason)
        if (name := self.make_up.get(day)) is not None:
            return CalendarDay(day, "make_up", weekly[self.make_up_like], name)
        if (name := self.holidays.get(day)) is not None:
            return CalendarDay(day, "holiday", (), name)
        hours = weekly[day.weekday()]
        return CalendarDay(day, "working" if hours else "weekend", hours, "")

    def is_provisional(self, year: int) -> bool:
        """Whether the holidays of ``year`` are not published yet."""
        return self.published is not None and year not in self.published

    def covering(self, first: int, *, last: int) -> Timetable:
        """The timetable of at least the days from ordinal ``first`` to ``last``; whole years, and kept."""
        table: Timetable | None = self.__dict__.get("_table")
        if table is not None and table.first <= first and last <= table.last:
            return table
        years = [date.fromordinal(min(max(day, _FIRST), _LAST)).year for day in (first, last)]
        if table is not None:
            years += [date.fromordinal(table.first).year, date.fromordinal(table.last).year]
        table = self._table_of(max(min(years), YEAR_FIRST), year_last=min(max(years) + 1, YEAR_LAST))
        self.__dict__["_table"] = table
        return table

    def _table_of(self, year_first: int, *, year_last: int) -> Timetable:
        first, last = date(year_first, 1, 1).toordinal(), date(year_last, 12, 31).toordinal()
        return Timetable(self.zone, [self.day(date.fromordinal(day)) for day in range(first, last + 1)])


_FIRST, _LAST = date(YEAR_FIRST, 1, 1).toordinal(), date(YEAR_LAST, 12, 31).toordinal()


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day: whether it is worked, in which hours, and why (the name of the holiday, the reason of an override)."""

    day: date
    why: Why
    hours: Hours
    name: str
    iso: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "iso", self.day.isoformat())


class Timetable:
    """Consecutive days laid out as intervals of UTC, with running sums, so that every question is a binary search."""

    def __init__(self, zone: ZoneInfo, days: Sequence[CalendarDay]) -> None:
        assert days, "a timetable has at least one day"
        self.zone = zone
        self.days = days
        self.first = days[0].day.toordinal()
        self.last = self.first + len(days) - 1
        self.starts: list[int] = []  # microseconds of UTC
        self.ends: list[int] = []
        self.sums: list[int] = [0]  # working microseconds before each interval, and after the last
        self.working_days: list[int] = []  # ordinals
        self.closings: list[int] = []  # the end of each working day
        for day in days:
            self._lay_out(day)

    def _lay_out(self, day: CalendarDay) -> None:
        """Add the intervals of a day.

        An hour that summer time skips is empty; one that it doubles is worked once, at its first run, unless an
        interval reaches across it.
        """
        before, count = self.ends[-1] if self.ends else None, len(self.ends)
        for opening, closing in day.hours:
            start, end = self._instant(day.day, opening), self._instant(day.day, closing)
            start = start if before is None else max(start, before)
            if end > start:
                self.starts.append(start)
                self.ends.append(end)
                self.sums.append(self.sums[-1] + end - start)
                before = end
        if len(self.ends) > count:
            self.working_days.append(day.day.toordinal())
            self.closings.append(self.ends[-1])

    def _instant(self, day: date, minute: int) -> int:
        extra, minute = divmod(minute, 24 * 60)
        local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.zone)
        return microseconds(local + timedelta(days=extra))

    def worked_until(self, at: int) -> int:
        """Working microseconds from the first day of the table to the instant ``at``."""
        index = bisect_right(self.ends, at)
        if index == len(self.ends):
            return self.sums[-1]
        return self.sums[index] + max(0, at - self.starts[index])

    def after(self, start: int, *, worked: int) -> int | None:
        """The first instant ``worked`` working microseconds after ``start``; None if past the table."""
        if worked == 0:
            return start
        target = self.worked_until(start) + worked
        index = bisect_left(self.sums, target) - 1
        if index >= len(self.starts):
            return None
        return self.starts[index] + target - self.sums[index]

    def close_after(self, day: int, *, days: int) -> int | None:
        """Closing time of the ``days``-th working day after the day ``day``; None if past the table."""
        index = bisect_right(self.working_days, day) + days - 1
        return self.closings[index] if index < len(self.closings) else None


class Counted(Protocol):
    """What working time can be counted by: a calendar, or the days that a proof lists."""

    @property
    def code(self) -> str: ...

    @property
    def zone(self) -> ZoneInfo: ...

    def covering(self, first: int, *, last: int) -> Timetable: ...


def add_working_time(calendar: Counted, start: datetime, minutes: int) -> datetime:
    """The first instant by which ``minutes`` of working time have gone by since ``start``.

    A period that ends with the working day ends at closing time, not at the next opening. 0 minutes end at ``start``.
    Raises ``InvalidInput`` for a negative number, one beyond ten years, or a date before 1970 or after 2199.
    """
    if not 0 <= minutes <= MINUTES_MAX:
        checked_duration(Duration(minutes, "working_minutes"))
    return add_working_microseconds(calendar, start, minutes * MINUTE)


def add_working_microseconds(calendar: Counted, start: datetime, worked: int) -> datetime:
    """As ``add_working_time``, in microseconds: pauses are given back to the last one of them."""
    at, day = microseconds(start), local_ordinal(calendar, start)
    last = day + worked // MINUTE // 240 + WEEK_DAYS
    while True:
        end = calendar.covering(day - 1, last=last).after(at, worked=worked)
        if end is not None:
            return local_time(calendar, end)
        last = _further(calendar, last)


def add_working_days(calendar: Counted, start: datetime, days: int) -> datetime:
    """The close of the ``days``-th working day after the day of ``start``, which itself is not counted.

    Source: Civil Code of the PRC, art. 201 and 203. Raises ``InvalidInput`` for less than one day, more than ten years,
    or a date before 1970 or after 2199.
    """
    checked_duration(Duration(days, "working_days"))
    day = local_ordinal(calendar, start)
    last = day + days * 2 + WEEK_DAYS
    while True:
        end = calendar.covering(day - 1, last=last).close_after(day, days=days)
        if end is not None:
            return local_time(calendar, end)
        last = _further(calendar, last)


def working_time_between(calendar: Counted, start: datetime, *, end: datetime) -> timedelta:
    """Working time from ``start`` to ``end``; negative if ``end`` comes first."""
    first, last = local_ordinal(calendar, start), local_ordinal(calendar, end)
    table = calendar.covering(min(first, last) - 1, last=max(first, last) + 1)
    return timedelta(microseconds=table.worked_until(microseconds(end)) - table.worked_until(microseconds(start)))


def working_minutes_between(calendar: Counted, start: datetime, *, end: datetime) -> int:
    """Whole minutes of working time from ``start`` to ``end``; negative if ``end`` comes first."""
    worked = working_time_between(calendar, start, end=end) // MICROSECOND
    return worked // MINUTE if worked >= 0 else -(-worked // MINUTE)


def working_days_between(calendar: Counted, start: datetime, *, end: datetime) -> int:
    """How many working days lie after the day of ``start`` up to and with the day of ``end``; negative backwards."""
    first, last = local_ordinal(calendar, start), local_ordinal(calendar, end)
    table = calendar.covering(min(first, last), last=max(first, last))
    return bisect_right(table.working_days, last) - bisect_right(table.working_days, first)


def microseconds(at: datetime) -> int:
    """Microseconds of UTC since 1970 of an aware datetime; a naive one is refused."""
    if at.tzinfo is None:
        raise InvalidInput(
            _("The time %(value)s has no time zone."), field="at", value=at.isoformat(),
            remedy=_("Give a time with its offset, such as 2026-11-22T08:30:00+08:00."),
        )  # fmt: skip
    return (at - EPOCH) // MICROSECOND


def local_time(calendar: Counted, at: int) -> datetime:
    """The instant ``at`` (microseconds of UTC) on the calendar's clock."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(calendar.zone)


def local_ordinal(calendar: Counted, at: datetime) -> int:
    """The ordinal of the calendar's local day at ``at``; dates before 1970 or after 2199 are refused."""
    if at.tzinfo is None:
        microseconds(at)
    day = at.astimezone(calendar.zone).toordinal() if YEAR_FIRST <= at.year <= YEAR_LAST else 0
    if not _FIRST < day < _LAST:
        raise InvalidInput(
            _("The date %(value)s is outside the years %(first)s to %(last)s."), field="at",
            value=at.isoformat(), first=YEAR_FIRST, last=YEAR_LAST,
        )  # fmt: skip
    return day


def _further(calendar: Counted, last: int) -> int:
    """A later last day to look at, or ``InvalidInput`` when the calendar never works so much."""
    if last >= _LAST:
        raise InvalidInput(
            _("The calendar %(value)s does not hold so much working time."),
            field="calendar",
            value=calendar.code,
        )
    return min(last + 366, _LAST)


def _check_hours(hours: Hours) -> None:
    before = 0
    for opening, closing in hours:
        if not before <= opening < closing <= 24 * 60:
            raise InvalidInput(
                _("The working hours %(value)s overlap, end before they begin, or pass midnight."),
                field="hours", value=" ".join(hours_as_text(hours)), remedy=_("Give for instance 08:30-12:00."),
            )  # fmt: skip
        before = closing


def hours_as_text(hours: Hours) -> list[str]:
    """Hours as people write them: ["08:30-12:00", "13:30-17:30"]."""
    return [f"{o // 60:02}:{o % 60:02}-{c // 60:02}:{c % 60:02}" for o, c in hours]


_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


def parse_hours(texts: Iterable[object]) -> Hours:
    """Read ["08:30-12:00", "13:30-17:30"]; ``InvalidInput`` says which part is wrong."""
    hours = []
    for text in texts:
        match = _HOURS.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise InvalidInput(
                _("“%(value)s” are not working hours."), field="hours", value=text,
                remedy=_("Give for instance 08:30-12:00."),
            )  # fmt: skip
        a, b, c, d = (int(part) for part in match.groups())
        hours.append((a * 60 + b, c * 60 + d))
    result = cast(Hours, tuple(hours))
    _check_hours(result)
    return result
