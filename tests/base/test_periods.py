"""Periods are read, said, and cover each instant once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tianqu.base.errors import InvalidInput
from tianqu.base.periods import parse_period

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-11-22", date(2026, 11, 22), date(2026, 11, 22)),
        ("2026-11-01..2026-11-15", date(2026, 11, 1), date(2026, 11, 15)),
    ],
)
def test_a_period_is_read_and_said(text: str, first: date, last: date) -> None:
    period = parse_period(text, NEW_YORK)
    assert (period.first, period.last) == (first, last)
    assert str(period) == text


def test_months_follow_each_other_without_gap_across_summer_time() -> None:
    months = [parse_period(f"2026-{month:02}", NEW_YORK) for month in range(1, 13)]
    assert all(one.end == other.start for one, other in pairwise(months))
    march = months[2]
    assert march.end.astimezone(UTC) - march.start.astimezone(UTC) == timedelta(days=31) - timedelta(hours=1)
    assert parse_period("2026", NEW_YORK).start == datetime(2026, 1, 1, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    "text", ["", "26", "1899", "2999", "2026-13", "2026-Q5", "2026-02-30", "2026-11-15..2026-11-01", "2026-1"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a period"):
        parse_period(text, NEW_YORK)
