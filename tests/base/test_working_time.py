"""Working time against a slow oracle, numpy's business days, and days that people remember."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tianqu.base.calendars import chinese_days, with_chinese_holidays
from tianqu.base.errors import InvalidInput
from tianqu.base.working_time import (
    Duration,
    Override,
    Season,
    WorkingCalendar,
    add_working_days,
    add_working_time,
    parse_duration,
    parse_hours,
    working_days_between,
    working_minutes_between,
    working_time_between,
)

OFFICE = parse_hours(["08:30-12:00", "13:30-17:30"])
WEEK = (OFFICE,) * 5 + ((), ())
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
CHINA = with_chinese_holidays(WorkingCalendar("test", "Asia/Shanghai", WEEK))
NIGHTS = WorkingCalendar(  # works through both changes to and from summer time
    "nights", "America/New_York", (parse_hours(["00:00-03:30", "22:00-24:00"]),) * 7
)
CALENDARS = [CHINA, NIGHTS]

moments = st.datetimes(datetime(2019, 12, 1), datetime(2026, 6, 1)).map(lambda at: at.replace(tzinfo=UTC))
calendars = st.sampled_from(CALENDARS)
minutes = st.integers(0, 5000)


def worked_by_the_minute(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    """Count the minutes from ``start`` to ``end`` whose first instant is worked, one by one."""
    count, at = 0, start
    while at < end:
        local = at.astimezone(calendar.zone)
        minute = local.hour * 60 + local.minute
        count += any(a <= minute < b for a, b in calendar.day(local.date()).hours)
        at += timedelta(minutes=1)
    return count


@settings(max_examples=60, deadline=None)
@given(calendars, moments.map(lambda at: at.replace(second=0, microsecond=0)), st.integers(1, 5000))
def test_between_agrees_with_counting_every_minute(calendar: WorkingCalendar, start: datetime, length: int) -> None:
    end = start + timedelta(minutes=length)
    assert working_minutes_between(calendar, start, end=end) == worked_by_the_minute(calendar, start, end)
    assert working_minutes_between(calendar, end, end=start) == -worked_by_the_minute(calendar, start, end)


@given(calendars, moments, minutes)
def test_what_is_added_is_what_lies_between(calendar: WorkingCalendar, start: datetime, added: int) -> None:
    end = add_working_time(calendar, start, added)
    assert end >= start
    assert working_time_between(calendar, start, end=end) == timedelta(minutes=added)


@given(calendars, moments, st.integers(1, 5000))
def test_the_end_is_the_first_such_instant(calendar: WorkingCalendar, start: datetime, added: int) -> None:
    before = add_working_time(calendar, start, added).astimezone(UTC) - timedelta(microseconds=1)
    assert working_time_between(calendar, start, end=before) < timedelta(minutes=added)


@given(calendars, moments, minutes, minutes)
def test_adding_twice_is_adding_the_sum(calendar: WorkingCalendar, start: datetime, one: int, other: int) -> None:
    twice = add_working_time(calendar, add_working_time(calendar, start, one), other)
    assert twice == add_working_time(calendar, start, one + other)


@given(calendars, moments, st.timedeltas(timedelta(0), timedelta(days=30)), minutes)
def test_who_starts_later_ends_later(calendar: WorkingCalendar, start: datetime, later: timedelta, added: int) -> None:
    assert add_working_time(calendar, start, added) <= add_working_time(calendar, start + later, added)


@given(moments, st.integers(1, 60), st.integers(1, 60))
def test_days_add_up_and_end_at_closing_time(start: datetime, one: int, other: int) -> None:
    end = add_working_days(CHINA, start, one)
    assert (end.hour, end.minute) == (17, 30)
    assert working_days_between(CHINA, start, end=end) == one
    assert add_working_days(CHINA, end, other) == add_working_days(CHINA, start, one + other)


@given(moments, st.integers(1, 250))
def test_days_agree_with_numpy(start: datetime, days: int) -> None:
    """numpy knows holidays but no make-up days, so they are left out; the golden week below has them."""
    local = np.datetime64(start.astimezone(SHANGHAI).date())
    expected = np.busday_offset(local, days, roll="backward", holidays=list(chinese_days()[0]))
    calendar = replace(CHINA, make_up={})
    assert add_working_days(calendar, start, days).date() == expected.astype(date)


def test_the_golden_week_of_2026_and_its_make_up_saturday() -> None:
    """State Council notice for 2026: off 1 to 7 October, worked on Saturday 10 October."""
    start = datetime(2026, 9, 30, 16, 0, tzinfo=SHANGHAI)
    assert add_working_days(CHINA, start, 2) == datetime(2026, 10, 9, 17, 30, tzinfo=SHANGHAI)
    assert add_working_days(CHINA, start, 3) == datetime(2026, 10, 10, 17, 30, tzinfo=SHANGHAI)
    assert add_working_days(CHINA, start, 4) == datetime(2026, 10, 12, 17, 30, tzinfo=SHANGHAI)
    assert add_working_time(CHINA, start, 120) == datetime(2026, 10, 8, 9, 0, tzinfo=SHANGHAI)


def test_the_spring_festival_of_2020_was_prolonged() -> None:
    """The State Council prolonged the holiday to 2 February 2020 (国办发明电〔2020〕1号)."""
    start = datetime(2020, 1, 23, 9, 0, tzinfo=SHANGHAI)
    assert add_working_days(CHINA, start, 1).date() == date(2020, 2, 3)


def test_the_day_of_receipt_is_not_counted_whenever_it_came() -> None:
    for hour in (0, 9, 17, 23):
        start = datetime(2026, 11, 20, hour, tzinfo=SHANGHAI)  # a Friday
        assert add_working_days(CHINA, start, 1) == datetime(2026, 11, 23, 17, 30, tzinfo=SHANGHAI)
    saturday = datetime(2026, 11, 21, 12, tzinfo=SHANGHAI)
    assert add_working_days(CHINA, saturday, 1) == datetime(2026, 11, 23, 17, 30, tzinfo=SHANGHAI)


def test_a_period_may_end_at_closing_time_and_lunch_is_not_counted() -> None:
    morning = datetime(2026, 11, 23, 8, 30, tzinfo=SHANGHAI)
    assert add_working_time(CHINA, morning, 450) == morning.replace(hour=17, minute=30)
    assert add_working_time(CHINA, morning.replace(hour=11, minute=50), 20) == morning.replace(hour=13, minute=40)


def test_summer_time_neither_loses_nor_invents_time() -> None:
    spring = datetime(2026, 3, 8, 0, 0, tzinfo=NEW_YORK)  # 02:00 becomes 03:00
    autumn = datetime(2026, 11, 1, 0, 0, tzinfo=NEW_YORK)  # 02:00 becomes 01:00
    assert working_minutes_between(NIGHTS, spring, end=spring.replace(hour=12)) == 150
    assert working_minutes_between(NIGHTS, autumn, end=autumn.replace(hour=12)) == 270


def test_overrides_win_and_seasons_change_the_hours() -> None:
    summer = tuple(parse_hours(["08:30-12:00", "14:00-18:00"]) if hours else () for hours in WEEK)
    calendar = WorkingCalendar(
        "seasons", "Asia/Shanghai", WEEK, seasons=(Season((6, 1), (9, 30), summer),),
        overrides={
            date(2026, 6, 2): Override((), "Moving house"),
            date(2026, 6, 6): Override(parse_hours(["09:00-10:00"]), "Open day"),
        },
    )  # fmt: skip
    first = datetime(2026, 6, 1, 12, tzinfo=SHANGHAI)
    assert add_working_days(calendar, first - timedelta(days=5), 3).hour == 18
    assert add_working_days(calendar, first, 1).date() == date(2026, 6, 3)
    assert add_working_days(calendar, first, 4) == datetime(2026, 6, 6, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize("year", [1899, 1969, 2200, 2999])
def test_dates_that_cannot_be_meant_are_refused(year: int) -> None:
    at = datetime(year, 6, 1, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="outside the years"):
        add_working_days(CHINA, at, 1)
    with pytest.raises(InvalidInput, match="outside the years"):
        add_working_time(CHINA, at, 1)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no time zone"):
        add_working_time(CHINA, datetime(2026, 1, 5), 1)


@pytest.mark.parametrize("days", [0, -1, 100_000])
def test_durations_out_of_range_are_refused(days: int) -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="out of range"):
        add_working_days(CHINA, at, days)


def test_a_calendar_that_runs_out_says_so() -> None:
    with pytest.raises(InvalidInput, match="does not hold so much"):
        add_working_days(CHINA, datetime(2199, 1, 1, tzinfo=UTC), 3000)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("2 working days", Duration(2, "working_days")),
        ("1 working day", Duration(1, "working_days")),
        ("4 working hours", Duration(240, "working_minutes")),
        ("90 minutes", Duration(90, "minutes")),
        ("3 days", Duration(4320, "minutes")),
    ],
)
def test_durations_are_read_and_said(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration
    assert parse_duration(str(duration)) == duration


@pytest.mark.parametrize("text", ["", "two days", "2", "-1 days", "1.5 days", "0 days", "99999 working days"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_duration(text)
