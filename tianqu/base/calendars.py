"""Working calendars from files: a realm's ``calendar.toml``, with China's official holidays or holidays by rule.

code = "dezhou"
time_zone = "Asia/Shanghai"
official = "china"                  # holidays and make-up days as published by the State Council; or left out

[hours]
monday = ["08:30-12:00", "13:30-17:30"]
...

[[seasons]]                         # every year, both days included
first = "06-01"
last = "09-30"
[seasons.hours]
monday = ["08:30-12:00", "14:00-18:00"]

[[holidays]]                        # by rule, where no official list is used
name = "Independence Day"
month = 7
day = 4
observed = "nearest weekday"        # a Saturday's is kept on Friday, a Sunday's on Monday
[[holidays]]
name = "Thanksgiving Day"
month = 11
weekday = "thursday"
nth = 4                             # -1: the last one
since = 1942                        # first year; until = last year

[[overrides]]                       # what the office decided for one day
date = 2026-02-28
hours = ["08:30-12:00"]             # []: closed
reason = "Stock-taking"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from chinese_calendar import constants as china

from tianqu.base.errors import InvalidInput, _
from tianqu.base.working_time import Hours, Override, Season, WorkingCalendar, parse_hours

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
RULE_YEARS = range(1986, 2101)  # the years for which holidays by rule are laid out
HOLIDAY_NAMES = (  # as chinesecalendar says them in proofs; pages translate them
    _("New Year's Day"), _("Spring Festival"), _("Tomb-sweeping Day"), _("Labour Day"),
    _("Dragon Boat Festival"), _("National Day"), _("Mid-autumn Festival"), _("Anti-Fascist 70th Day"),
)  # fmt: skip
FIELDS = frozenset({"code", "time_zone", "official", "hours", "seasons", "holidays", "overrides"})


def read_calendar(path: Path) -> WorkingCalendar:
    """Read ``calendar.toml``. Raises ``InvalidInput`` that names the file and the part at fault."""
    try:
        return calendar_from(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            _("The calendar %(file)s cannot be read: %(reason)s."),
            field="calendar", value=path.name, file=path.name, reason=str(error),
        ) from error  # fmt: skip
    except InvalidInput as error:
        raise InvalidInput(
            _("The calendar %(file)s is wrong: %(reason)s"),
            field=error.field, value=error.value, file=path.name, reason=str(error),
        ) from error  # fmt: skip


def calendar_from(content: Mapping[str, Any]) -> WorkingCalendar:
    """Make a calendar of what a ``calendar.toml`` says."""
    for unknown in sorted(set(content) - FIELDS):
        raise InvalidInput(_("A calendar has no field %(value)s."), field=unknown, value=unknown)
    calendar = WorkingCalendar(
        code=_wanted(content, "code"),
        time_zone=_wanted(content, "time_zone"),
        weekly=_weekly(content.get("hours", {})),
        seasons=tuple(_season(season) for season in content.get("seasons", [])),
        holidays=_holidays_by_rule(content.get("holidays", [])),
        overrides=dict(_override(override) for override in content.get("overrides", [])),
    )
    calendar.zone  # noqa: B018  an unknown time zone is refused here, not at the first deadline
    official = content.get("official")
    if official == "china":
        return with_chinese_holidays(calendar)
    if official is not None:
        raise InvalidInput(
            _("There is no official list of holidays %(value)s."), field="official", value=official,
            remedy=_("Give china, or leave it out and declare the holidays."),
        )  # fmt: skip
    return calendar


def with_overrides(calendar: WorkingCalendar, overrides: Mapping[date, Override]) -> WorkingCalendar:
    """The same calendar with further overrides, which win over those it has."""
    return replace(calendar, overrides={**calendar.overrides, **overrides})


def with_chinese_holidays(calendar: WorkingCalendar) -> WorkingCalendar:
    """Add the holidays and make-up days of mainland China for every year that has been published.

    Source: the yearly notices of the State Council's General Office (国务院办公厅关于部分节假日安排的通知)
    as held by the package chinesecalendar. A year that is not in it is provisional: its weekends are known and its
    holidays not.
    """
    holidays, make_up, published = chinese_days()
    return replace(calendar, holidays={**calendar.holidays, **holidays}, make_up=make_up, published=published)


@cache
def chinese_days() -> tuple[dict[date, str], dict[date, str], frozenset[int]]:
    """Days off with the holiday's English name, make-up days with the name of the holiday they pay for, years."""
    holidays = {day: str(name) for day, name in china.holidays.items()}
    make_up = {day: str(name) for day, name in china.workdays.items()}
    return holidays, make_up, frozenset(day.year for day in china.holidays)


def _wanted(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput(_("The calendar needs the field %(field)s."), field=name, value=value)
    return value


def _weekly(hours: Mapping[str, Any]) -> tuple[Hours, ...]:
    for unknown in sorted(set(hours) - set(WEEK)):
        raise InvalidInput(
            _("%(value)s is not a day of the week."), field="hours", value=unknown,
            remedy=_("Give monday to sunday."),
        )  # fmt: skip
    return tuple(parse_hours(hours.get(day, [])) for day in WEEK)


def _season(season: Mapping[str, Any]) -> Season:
    return Season(
        first=_month_day(season.get("first")), last=_month_day(season.get("last")),
        weekly=_weekly(season.get("hours", {})),
    )  # fmt: skip


def _month_day(text: object) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2000-{text}")
    except ValueError as error:
        raise InvalidInput(
            _("“%(value)s” is not a month and a day."), field="seasons", value=text,
            remedy=_("Give for instance 06-01."),
        ) from error  # fmt: skip
    return day.month, day.day


def _override(content: Mapping[str, Any]) -> tuple[date, Override]:
    day, reason = content.get("date"), content.get("reason")
    if type(day) is not date or not isinstance(reason, str) or not reason or "hours" not in content:
        raise InvalidInput(
            _("An override needs date, hours and reason."), field="overrides", value=str(day),
            remedy=_("Give hours = [] for a day that is closed."),
        )  # fmt: skip
    return day, Override(parse_hours(content["hours"]), reason)


def _holidays_by_rule(rules: list[Mapping[str, Any]]) -> dict[date, str]:
    holidays: dict[date, str] = {}
    for rule in rules:
        years = range(max(RULE_YEARS.start, rule.get("since", 0)), min(RULE_YEARS.stop, rule.get("until", 9998) + 1))
        for year in years:
            holidays[_rule_day(rule, year)] = _wanted(rule, "name")
    return holidays


def _rule_day(rule: Mapping[str, Any], year: int) -> date:
    try:
        if "weekday" in rule:
            return _nth_weekday(year, month=rule["month"], weekday=WEEK.index(rule["weekday"]), nth=rule["nth"])
        day = date(year, rule["month"], rule["day"])
    except (KeyError, ValueError, TypeError) as error:
        raise InvalidInput(
            _("The rule for the holiday %(value)s is incomplete or wrong."), field="holidays",
            value=rule.get("name"), remedy=_("Give month and day, or month, weekday and nth."),
        ) from error  # fmt: skip
    if rule.get("observed") == "nearest weekday":
        return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
    return day


def _nth_weekday(year: int, *, month: int, weekday: int, nth: int) -> date:
    """The ``nth`` such weekday of a month, from its end if ``nth`` is negative."""
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7 + 7 * (-nth - 1))
