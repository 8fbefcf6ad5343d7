"""Calendars from files: China's published days, United States holidays by rule, and faults that are named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tianqu.base.calendars import HOLIDAY_NAMES, calendar_from, chinese_days, read_calendar, with_overrides
from tianqu.base.errors import InvalidInput
from tianqu.base.working_time import Override, add_working_days

HOURS = {day: ["09:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
FEDERAL = [
    {"name": "New Year's Day", "month": 1, "day": 1, "observed": "nearest weekday"},
    {"name": "Birthday of Martin Luther King, Jr.", "month": 1, "weekday": "monday", "nth": 3},
    {"name": "Memorial Day", "month": 5, "weekday": "monday", "nth": -1},
    {"name": "Juneteenth", "month": 6, "day": 19, "observed": "nearest weekday", "since": 2021},
    {"name": "Independence Day", "month": 7, "day": 4, "observed": "nearest weekday"},
    {"name": "Thanksgiving Day", "month": 11, "weekday": "thursday", "nth": 4},
]


def test_every_year_from_2020_to_2026_is_published() -> None:
    assert set(range(2020, 2027)) <= chinese_days()[2]


def test_every_chinese_holiday_has_a_name_to_translate() -> None:
    holidays, make_up, _years = chinese_days()
    assert {*holidays.values(), *make_up.values()} <= set(HOLIDAY_NAMES)


def test_the_make_up_days_of_2024_are_those_of_the_notice() -> None:
    """国办发明电〔2023〕7号: 4 and 18 February, 7 and 28 April, 11 May, 14 and 29 September, 12 October."""
    make_up = sorted((day.month, day.day) for day in chinese_days()[1] if day.year == 2024)
    assert make_up == [(2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)]


def test_federal_holidays_fall_on_their_days() -> None:
    """U.S. Office of Personnel Management, Federal Holidays 2021 to 2026 (opm.gov)."""
    calendar = calendar_from({"code": "us", "time_zone": "America/New_York", "hours": HOURS, "holidays": FEDERAL})
    off = {
        date(2021, 6, 18), date(2021, 7, 5), date(2021, 12, 31), date(2024, 1, 15), date(2024, 5, 27),
        date(2025, 11, 27), date(2026, 7, 3), date(2026, 5, 25), date(2026, 6, 19),
    }  # fmt: skip
    assert off <= set(calendar.holidays)
    assert date(2020, 6, 19) not in calendar.holidays
    assert not calendar.is_provisional(2030)


def test_overrides_win_over_the_file() -> None:
    calendar = calendar_from({"code": "x", "time_zone": "Asia/Shanghai", "official": "china", "hours": HOURS})
    changed = with_overrides(calendar, {date(2026, 11, 23): Override((), "Power cut")})
    start = datetime(2026, 11, 20, 4, tzinfo=UTC)
    assert add_working_days(calendar, start, 1).date() == date(2026, 11, 23)
    assert add_working_days(changed, start, 1).date() == date(2026, 11, 24)
    assert calendar.digest != changed.digest


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "calendar.toml"
    path.write_text(
        'code = "a"\ntime_zone = "Asia/Shanghai"\nofficial = "china"\n[hours]\nmonday = ["08:30-12:00"]\n'
        '[[seasons]]\nfirst = "06-01"\nlast = "09-30"\n[seasons.hours]\nmonday = ["08:00-12:00"]\n'
        '[[overrides]]\ndate = 2026-11-23\nhours = []\nreason = "Moving"\n'
    )
    calendar = read_calendar(path)
    assert calendar.day(date(2026, 11, 23)).why == "closed"
    assert calendar.day(date(2026, 6, 1)).hours == ((480, 720),)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("time_zone = 3", "needs the field time_zone"),
        ('time_zone = "Asia/Dezhou"', "no time zone Asia/Dezhou"),
        ('time_zone = "Asia/Shanghai"\ncolour = "red"', "no field colour"),
        ('time_zone = "Asia/Shanghai"\nofficial = "mars"', "no official list of holidays mars"),
        ('time_zone = "Asia/Shanghai"\n[hours]\nmoonday = []', "moonday is not a day"),
        ('time_zone = "Asia/Shanghai"\n[hours]\nmonday = ["8-12"]', "“8-12” are not working hours"),
        ('time_zone = "Asia/Shanghai"\n[hours]\nmonday = ["09:00-12:00", "11:00-13:00"]', "overlap"),
        ('time_zone = "Asia/Shanghai"\n[hours]', "has no working hours"),
        ('time_zone = "Asia/Shanghai"\n[[holidays]]\nname = "x"\nmonth = 2\nday = 30', "holiday x"),
        ('time_zone = "Asia/Shanghai"\n[[overrides]]\ndate = 2026-01-01\nhours = []', "needs date, hours"),
        ("time_zone = ", "cannot be read"),
    ],
)
def test_a_fault_is_named_with_its_file(tmp_path: Path, line: str, sentence: str) -> None:
    path = tmp_path / "calendar.toml"
    hours = "" if "[" in line else '[hours]\nmonday = ["09:00-12:00"]\n'
    path.write_text(f'code = "a"\n{line}\n{hours}')
    with pytest.raises(InvalidInput, match=sentence) as error:
        read_calendar(path)
    assert "calendar.toml" in str(error.value)
