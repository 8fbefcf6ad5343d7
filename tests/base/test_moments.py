"""A moment is the one that was typed: with its own offset, or in the zone of the page where it has none."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tianqu.base.moments import moment_typed, written_day

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_an_offset_that_was_typed_counts() -> None:
    nine = datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert moment_typed("2026-11-22T09:00", zone=SHANGHAI) == nine
    assert moment_typed("2026-11-22T09:00+08:00", zone=ZoneInfo("Europe/Berlin")) == nine
    assert moment_typed("2026-11-22T01:00Z", zone=SHANGHAI) == nine


@pytest.mark.parametrize("text", ["", "2026-02-30T09:00", "2026-11-22T25:00", "nine"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        moment_typed(text, zone=SHANGHAI)


def test_a_day_is_written_as_one() -> None:
    assert written_day("2026-11-22") == "2026-11-22"
    for no_day in ("5", "2026-11-22T00:00:00", "20261122", "1e-0", "", 5, None):
        assert written_day(no_day) == ""
