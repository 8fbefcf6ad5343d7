"""The proof of a due time: it recomputes, and a proof that leaves something out does not."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.calendars import with_chinese_holidays, with_overrides
from tianqu.base.errors import InvalidInput
from tianqu.base.time_proofs import begin, carry_on, is_provisional, recompute, settle
from tianqu.base.working_time import Duration, Override, WorkingCalendar, parse_hours, working_time_between

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = (parse_hours(["08:30-12:00", "13:30-17:30"]),) * 5 + ((), ())
CHINA = with_chinese_holidays(WorkingCalendar("test", "Asia/Shanghai", WEEK))

moments = st.datetimes(datetime(2020, 1, 1), datetime(2026, 3, 1)).map(lambda at: at.replace(tzinfo=UTC))
lengths = st.timedeltas(timedelta(0), timedelta(days=20))
amounts = st.one_of(
    st.tuples(st.just("working_days"), st.integers(1, 30)),
    st.tuples(st.just("working_minutes"), st.integers(1, 5000)),
    st.tuples(st.just("minutes"), st.integers(1, 5000)),
)


def started(at: datetime, unit: str, amount: int, *events: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "finish",
        "started_at": at.isoformat(),
        "unit": unit,
        "amount": amount,
        "events": list(events),
    }


def pause(at: datetime, length: timedelta) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        {"event": "pause", "at": at.isoformat(), "by": "unit:water", "reason": "asked back"},
        {"event": "resume", "at": (at + length).isoformat(), "by": "asker", "reason": "answered"},
    )


@given(moments, amounts)
def test_a_clock_begins_as_it_would_be_settled(at: datetime, amount: tuple[str, int]) -> None:
    unit, count = amount
    due, proof = begin(CHINA, kind="finish", at=at, duration=Duration(count, unit))  # type: ignore[arg-type]
    assert proof == settle(CHINA, started(at, unit, count))
    assert due == datetime.fromisoformat(proof["due_at"])


def test_a_clock_does_not_begin_at_a_time_without_zone() -> None:
    with pytest.raises(InvalidInput):
        begin(CHINA, kind="finish", at=datetime(2026, 1, 5), duration=Duration(5, "minutes"))


@given(moments, amounts, lengths, lengths, st.integers(1, 10))
def test_a_proof_recomputes_to_its_due_time(
    at: datetime, amount: tuple[str, int], until: timedelta, length: timedelta, days: int
) -> None:
    extension = {
        "event": "extend", "at": (at + until + length).isoformat(), "by": "unit:water", "reason": "parts",
        "unit": "working_days", "amount": days,
    }  # fmt: skip
    proof = settle(CHINA, started(at, *amount, *pause(at + until, length), extension))
    assert recompute(json.loads(json.dumps(proof))) == datetime.fromisoformat(proof["due_at"])
    assert settle(CHINA, proof) == proof


@given(moments, amounts, lengths, lengths)
def test_a_pause_gives_back_exactly_what_it_took(
    at: datetime, amount: tuple[str, int], until: timedelta, length: timedelta
) -> None:
    plain = datetime.fromisoformat(settle(CHINA, started(at, *amount))["due_at"])
    paused = datetime.fromisoformat(settle(CHINA, started(at, *amount, *pause(at + until, length)))["due_at"])
    if at + until >= plain:
        assert paused == plain
    elif amount[0] == "minutes":
        assert paused - plain == length
    else:
        lost = working_time_between(CHINA, at + until, end=at + until + length)
        assert working_time_between(CHINA, plain, end=paused) == lost


def test_the_proof_says_why_each_day_was_or_was_not_counted() -> None:
    proof = settle(CHINA, started(datetime(2026, 9, 30, 16, tzinfo=SHANGHAI), "working_days", 3))
    assert proof["due_at"] == "2026-10-10T17:30:00+08:00"
    assert proof["days"][0] == ["2026-09-30", "working", 0]
    assert proof["days"][1] == ["2026-10-01", "holiday", "National Day"]
    assert proof["days"][-1] == ["2026-10-10", "make_up", 0, "National Day"]
    assert proof["hours"] == [["08:30-12:00", "13:30-17:30"]]
    assert proof["calendar"]["digest"] == CHINA.digest


def test_a_year_that_is_not_published_is_provisional_and_is_settled_again() -> None:
    start = datetime(2027, 4, 30, 9, tzinfo=SHANGHAI)
    proof = settle(CHINA, started(start, "working_days", 1))
    assert proof["provisional"] == [2027] and is_provisional(proof)
    assert proof["due_at"] == "2027-05-03T17:30:00+08:00"
    published = WorkingCalendar(
        "test", "Asia/Shanghai", WEEK,
        holidays={datetime(2027, 5, day).date(): "Labour Day" for day in range(1, 6)},
        published=frozenset({2027}),
    )  # fmt: skip
    again = settle(published, proof)
    assert again["due_at"] == "2027-05-06T17:30:00+08:00" and not is_provisional(again)


@given(moments, amounts, lengths, lengths)
def test_events_one_by_one_come_to_the_same(
    at: datetime, amount: tuple[str, int], until: timedelta, length: timedelta
) -> None:
    events = pause(at + until, length)
    proof = settle(CHINA, started(at, *amount))
    for event in events:
        proof = carry_on(CHINA, proof, event)
    assert proof == settle(CHINA, started(at, *amount, *events))


def test_a_calendar_changed_afterwards_moves_nothing_by_the_way() -> None:
    """A day that was counted stays counted, though the office says later that it was closed."""
    start = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
    proof = settle(CHINA, started(start, "working_days", 2))
    closed = with_overrides(CHINA, {(start + timedelta(days=day)).date(): Override((), "Flood") for day in (1, 3)})
    stopped = carry_on(closed, proof, {"event": "stop", "at": "2026-11-26T09:00:00+08:00", "late": True})
    assert stopped["due_at"] == proof["due_at"] == "2026-11-25T17:30:00+08:00"
    extension = {"event": "extend", "at": start.isoformat(), "by": "post:1", "reason": "", "unit": "working_days"}
    extended = carry_on(closed, proof, extension | {"amount": 1})
    assert extended["due_at"] == "2026-11-27T17:30:00+08:00"  # the 26th is closed, the 24th stays counted
    assert extended["days"][1] == ["2026-11-24", "working", 0]
    assert recompute(extended).isoformat() == extended["due_at"]
    assert settle(closed, extended)["due_at"] == "2026-11-30T17:30:00+08:00"


def test_round_the_clock_needs_no_days() -> None:
    start = datetime(2026, 10, 1, 23, 30, tzinfo=SHANGHAI)
    proof = settle(CHINA, started(start, "minutes", 60))
    assert "days" not in proof
    assert recompute(proof) == start + timedelta(hours=1)


@pytest.fixture
def proof() -> dict[str, Any]:
    return settle(CHINA, started(datetime(2026, 9, 30, 16, tzinfo=SHANGHAI), "working_days", 3))


def test_a_proof_that_leaves_out_a_day_is_refused(proof: dict[str, Any]) -> None:
    del proof["days"][3]
    with pytest.raises(InvalidInput, match="leaves out"):
        recompute(proof)


def test_a_proof_that_ends_too_early_is_refused(proof: dict[str, Any]) -> None:
    del proof["days"][-1]
    with pytest.raises(InvalidInput):
        recompute(proof)


def test_a_proof_whose_days_were_changed_gives_another_due_time(proof: dict[str, Any]) -> None:
    changed = deepcopy(proof)
    changed["days"][1] = ["2026-10-01", "working", 0]
    assert recompute(changed) != recompute(proof)


@pytest.mark.parametrize("broken", [{}, {"unit": "working_days"}, {"unit": "minutes", "events": []}])
def test_what_is_no_proof_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="not the proof"):
        recompute(broken)
