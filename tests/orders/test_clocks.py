"""Clocks of orders: started, paused, resumed, extended, stopped, and what is left said in people's units."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tianqu.base.calendars import with_chinese_holidays
from tianqu.base.errors import Conflict, InvalidInput
from tianqu.base.working_time import Duration, WorkingCalendar, parse_hours
from tianqu.kernel.orders import clocks

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = with_chinese_holidays(
    WorkingCalendar("test", "Asia/Shanghai", (parse_hours(["08:30-12:00", "13:30-17:30"]),) * 5 + ((), ()))
)
MONDAY = datetime(2026, 11, 16, 10, 0, tzinfo=SHANGHAI)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_accept_within_two_working_days() -> None:
    times = clocks.start_clock(CALENDAR, "accept", MONDAY, working_days=2)
    assert times.due_at == at(18, 17, 30)
    assert clocks.recompute(times.proof) == times.due_at


def test_danger_runs_through_the_night() -> None:
    midnight = at(22, 23, 30)
    times = clocks.start_clock_of(CALENDAR, "finish", midnight, clocks.default_duration("finish", urgency="danger"))
    assert times.due_at == midnight + timedelta(hours=1)
    utilities = clocks.default_duration("finish", urgency="utilities")
    times = clocks.start_clock_of(CALENDAR, "finish", midnight, utilities)
    assert times.due_at == midnight + timedelta(hours=2)


@pytest.mark.parametrize("kind", clocks.CLOCK_KINDS)
@pytest.mark.parametrize("urgency", clocks.URGENCIES)
def test_every_kind_has_a_default(kind: str, urgency: str) -> None:
    assert clocks.default_duration(kind, urgency=urgency).amount > 0


def test_what_is_promised_runs_else_the_statute_else_the_default() -> None:
    said = {
        "accept": {"promised": "1 working day", "statutory": "2 working days"},
        "finish": {"statutory": "15 working days"},
    }
    assert clocks.clock_duration(said, "accept") == Duration(1, "working_days")
    assert clocks.clock_duration(said, "finish") == Duration(15, "working_days")
    assert clocks.clock_duration(said, "extend") == Duration(10, "working_days")


def test_a_pause_of_three_working_hours_moves_the_due_time_by_three_working_hours() -> None:
    times = clocks.start_clock(CALENDAR, "finish", MONDAY, working_days=2)
    times = clocks.pause_clock(CALENDAR, times.proof, at(17, 9), by="unit:water", reason="which flat?")
    assert times.due_at == at(18, 17, 30)
    times = clocks.resume_clock(CALENDAR, times.proof, at(17, 13, 30), by="asker")
    assert times.due_at == at(19, 11, 30)
    assert [event["by"] for event in times.proof["events"]] == ["unit:water", "asker"]
    assert clocks.recompute(times.proof) == times.due_at


def test_a_pause_after_the_due_time_does_not_heal_lateness() -> None:
    times = clocks.start_clock(CALENDAR, "accept", MONDAY, minutes=60)
    times = clocks.pause_clock(CALENDAR, times.proof, at(17, 9), by="unit:water", reason="x")
    times = clocks.resume_clock(CALENDAR, times.proof, at(19, 9), by="asker")
    assert times.due_at == at(16, 11)
    assert clocks.stop_clock(CALENDAR, times.proof, at(19, 10)).proof["events"][-1]["late"] is True


def test_extensions_together_stay_within_the_limit() -> None:
    limit = Duration(10, "working_days")
    times = clocks.start_clock(CALENDAR, "finish", MONDAY, working_days=5)
    times = clocks.extend_clock(
        CALENDAR, times.proof, at(18, 9), by="post:1", reason="parts", working_days=7, limit=limit
    )
    assert times.due_at == datetime(2026, 12, 2, 17, 30, tzinfo=SHANGHAI)
    with pytest.raises(InvalidInput, match="10 working days") as error:
        clocks.extend_clock(CALENDAR, times.proof, at(19, 9), by="post:1", reason="more", working_days=4, limit=limit)
    assert "3 of them are left" in str(error.value)
    with pytest.raises(InvalidInput, match="by working days only"):
        clocks.extend_clock(CALENDAR, times.proof, at(19, 9), by="post:1", reason="x", minutes=4, limit=limit)


def test_what_is_late_is_not_extended() -> None:
    times = clocks.start_clock(CALENDAR, "finish", MONDAY, working_days=1)
    with pytest.raises(Conflict, match="over"):
        clocks.extend_clock(CALENDAR, times.proof, at(18, 9), by="post:1", reason="x", working_days=1)


def test_events_must_fit() -> None:
    times = clocks.start_clock(CALENDAR, "finish", MONDAY, working_days=5)
    with pytest.raises(Conflict, match="not paused"):
        clocks.resume_clock(CALENDAR, times.proof, at(17, 9), by="asker")
    paused = clocks.pause_clock(CALENDAR, times.proof, at(17, 9), by="unit:1", reason="x")
    with pytest.raises(Conflict, match="paused since"):
        clocks.pause_clock(CALENDAR, paused.proof, at(17, 10), by="unit:1", reason="x")
    with pytest.raises(Conflict, match="earlier"):
        clocks.resume_clock(CALENDAR, paused.proof, at(17, 8), by="asker")
    stopped = clocks.stop_clock(CALENDAR, paused.proof, at(30, 9))
    assert stopped.proof["events"][-1]["late"] is False
    with pytest.raises(Conflict, match="stopped"):
        clocks.stop_clock(CALENDAR, stopped.proof, at(30, 10))


@pytest.mark.parametrize(
    ("now", "state", "amount", "unit"),
    [
        (at(16, 12), "running", 2, "working_days"),
        (at(17, 9), "running", 14, "working_hours"),
        (at(18, 13, 30), "running", 4, "working_hours"),
        (at(18, 17, 1), "running", 29, "working_minutes"),
        (at(18, 17, 30), "running", 0, "working_minutes"),
        (at(19, 9, 30), "late", 1, "working_hours"),
        (at(23, 9), "late", 3, "working_days"),
    ],
)
def test_what_is_left_is_said_in_working_time(now: datetime, state: str, amount: int, unit: str) -> None:
    left = clocks.remaining(CALENDAR, due_at=at(18, 17, 30), now=now)
    assert (left.state, left.amount, left.unit) == (state, amount, unit)


def test_a_paused_and_a_stopped_clock_stand_still() -> None:
    due = at(18, 17, 30)
    paused = clocks.remaining(CALENDAR, due_at=due, now=at(30, 9), paused_at=at(18, 15, 30))
    assert (paused.state, paused.amount, paused.unit) == ("paused", 2, "working_hours")
    stopped = clocks.remaining(CALENDAR, due_at=due, now=at(30, 9), stopped_at=at(19, 9))
    assert (stopped.state, stopped.amount, stopped.unit) == ("stopped_late", 30, "working_minutes")


def test_round_the_clock_is_said_in_plain_hours() -> None:
    left = clocks.remaining(CALENDAR, due_at=at(22, 3), now=at(22, 1), round_the_clock=True)
    assert (left.amount, left.unit) == (2, "hours")


def test_what_was_found_more_urgent_than_its_item_runs_on_the_defaults_of_its_urgency() -> None:
    said = {"finish": {"promised": "48 hours"}}
    assert clocks.clock_duration(said, "finish", urgency="danger", own_urgency="none") == Duration(60, "minutes")
    assert clocks.clock_duration(said, "finish", urgency="utilities", own_urgency="none") == Duration(120, "minutes")
    assert clocks.clock_duration(said, "finish", urgency="danger", own_urgency="danger") == Duration(48 * 60, "minutes")
