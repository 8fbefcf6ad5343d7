"""Periods as people write them: "2026", "2026-Q4", "2026-11", "2026-11-22", "2026-11-01..2026-11-15".

A period is half open: from the first instant of its first day to the first instant after its last, in a time zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tianqu.base.errors import InvalidInput, _

DAYS_MAX = 3660
_YEAR = r"(19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})"
_PERIOD = re.compile(rf"{_YEAR}(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")
_DAYS = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\.\.([0-9]{4}-[0-9]{2}-[0-9]{2}))?")


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` to ``last``, both included, as they are in ``zone``."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The first instant of the period."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=self.zone)

    @property
    def end(self) -> datetime:
        """The first instant after the period."""
        after = self.last + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=self.zone)

    def __str__(self) -> str:
        for text in (f"{self.first:%Y}", f"{self.first:%Y}-Q{(self.first.month + 2) // 3}", f"{self.first:%Y-%m}"):
            if parse_period(text, self.zone) == self:
                return text
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def parse_period(text: str, zone: ZoneInfo) -> Period:
    """Read a year, a quarter, a month, a day, or the days from one to another. Raises ``InvalidInput``."""
    try:
        if match := _PERIOD.fullmatch(text):
            return _months(int(match[1]), match[2], month=match[3], zone=zone)
        if match := _DAYS.fullmatch(text):
            first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2] or match[1])
            if first <= last < first + timedelta(days=DAYS_MAX) and 1970 <= first.year <= last.year <= 2199:
                return Period(first, last, zone)
    except ValueError:
        pass
    raise InvalidInput(
        _("“%(value)s” is not a period."), field="period", value=text,
        remedy=_("Write for instance 2026, 2026-Q4, 2026-11 or 2026-11-01..2026-11-15."),
    )  # fmt: skip


def _months(year: int, quarter: str | None, *, month: str | None, zone: ZoneInfo) -> Period:
    first = int(month) if month else int(quarter) * 3 - 2 if quarter else 1
    count = 1 if month else 3 if quarter else 12
    after = date(year + (first - 1 + count) // 12, (first - 1 + count) % 12 + 1, 1)
    return Period(date(year, first, 1), after - timedelta(days=1), zone)
