"""Clocks of orders: pure functions over the proof of a due time. Nothing here touches the database.

    times = start_clock(calendar, "accept", now, working_days=2)
    times = pause_clock(calendar, times.proof, later, by="unit:…", reason="asked back")
    times.due_at, times.proof

The defaults are those of Shandong's 12345 hotline: accept or return within 2 working days, finish in 5,
extend by at most 10; on urgent lines 1 hour for danger and 2 hours for utilities, round the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from tianqu.base.errors import Conflict, InvalidInput, _
from tianqu.base.time_proofs import Proof, begin, carry_on, is_provisional, recompute, settle
from tianqu.base.working_time import (
    Duration,
    Unit,
    WorkingCalendar,
    checked_duration,
    parse_duration,
    working_days_between,
    working_time_between,
)

__all__ = [
    "CLOCK_KINDS", "ClockTimes", "Remaining", "clock_duration", "default_duration", "extend_clock",
    "is_provisional", "pause_clock", "recompute", "remaining", "resettle_clock", "resume_clock", "start_clock",
    "start_clock_of", "stop_clock",
]  # fmt: skip

CLOCK_KINDS: Final = ("dispatch", "accept", "finish", "extend", "answer", "adjudicate", "call_back", "close", "inspect")
URGENCIES: Final = ("none", "utilities", "danger")

_DEFAULTS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType({
    # kind: none, utilities, danger. accept, finish, extend, and the hour and two hours: the hotline rules of
    # Shandong; the others are this platform's policy, so that no waiting state goes without a clock.
    "dispatch": ("4 working hours", "15 minutes", "5 minutes"),
    "accept": ("2 working days", "30 minutes", "15 minutes"),
    "finish": ("5 working days", "2 hours", "1 hour"),
    "extend": ("10 working days", "2 hours", "1 hour"),
    "answer": ("5 working days", "2 hours", "1 hour"),
    "adjudicate": ("2 working days", "30 minutes", "15 minutes"),
    "call_back": ("3 working days", "1 working day", "1 working day"),
    "close": ("10 working days", "10 working days", "10 working days"),
    "inspect": ("10 working days", "10 working days", "10 working days"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClockTimes:
    """When a clock is due, and why."""

    due_at: datetime
    proof: Proof


@cache
def default_duration(kind: str, *, urgency: str = "none") -> Duration:
    """How long a clock of ``kind`` runs where the item says nothing; ``extend`` is the most it may grow."""
    return parse_duration(_DEFAULTS[kind][URGENCIES.index(urgency)])


def clock_duration(
    clocks: Mapping[str, Any], kind: str, *, urgency: str = "none", own_urgency: str | None = None
) -> Duration:
    """How long a clock of ``kind`` runs by an item's definition: what is promised, else the statute, else the default.

    ``clocks`` is the definition's part of that name: {"accept": {"promised": "1 working day", "statutory": …}}.
    ``own_urgency`` is the item's. A request that was found more urgent on the telephone runs on the defaults of its
    urgency, one or two hours: what the item promises was meant for ordinary days.
    """
    if own_urgency is not None and URGENCIES.index(urgency) > URGENCIES.index(own_urgency):
        return default_duration(kind, urgency=urgency)
    said = clocks.get(kind) or {}
    text = said.get("promised") or said.get("statutory")
    return parse_duration(text) if text else default_duration(kind, urgency=urgency)


def start_clock(
    calendar: WorkingCalendar,
    kind: str,
    at: datetime,
    *,
    working_days: int | None = None,
    minutes: int | None = None,
    round_the_clock: bool = False,
) -> ClockTimes:
    """Start a clock of so many working days, or so many minutes: working minutes, or minutes round the clock.

    Raises ``InvalidInput`` for a duration out of range or a time without zone.
    """
    return start_clock_of(calendar, kind, at, _duration(working_days, minutes=minutes, round_the_clock=round_the_clock))


def start_clock_of(calendar: WorkingCalendar, kind: str, at: datetime, duration: Duration) -> ClockTimes:
    """Start a clock of a duration as an item gives it."""
    return ClockTimes(*begin(calendar, kind=kind, at=at, duration=duration))


def pause_clock(
    calendar: WorkingCalendar, proof: Mapping[str, Any], at: datetime, *, by: str, reason: str
) -> ClockTimes:
    """Stop counting from ``at`` on. The due time stays until the clock is resumed. ``by`` names a post or unit."""
    _check_event(proof, at, paused=False)
    return _with_event(calendar, proof, {"event": "pause", "at": at.isoformat(), "by": by, "reason": reason})


def resume_clock(
    calendar: WorkingCalendar, proof: Mapping[str, Any], at: datetime, *, by: str, reason: str = ""
) -> ClockTimes:
    """Count on; the due time moves by exactly the working time of the pause."""
    _check_event(proof, at, paused=True)
    return _with_event(calendar, proof, {"event": "resume", "at": at.isoformat(), "by": by, "reason": reason})


def extend_clock(
    calendar: WorkingCalendar,
    proof: Mapping[str, Any],
    at: datetime,
    *,
    by: str,
    reason: str,
    working_days: int | None = None,
    minutes: int | None = None,
    limit: Duration | None = None,
) -> ClockTimes:
    """Move the due time by so many working days, or minutes counted as the clock counts them.

    ``limit`` is the most that all extensions of the clock may add, in the unit of this one. Raises ``Conflict`` for a
    clock that is paused, stopped or already late, and ``InvalidInput`` beyond the limit.
    """
    _check_event(proof, at, paused=False)
    if at > datetime.fromisoformat(proof["due_at"]):
        raise Conflict(
            _("The time was over at %(value)s; it can no longer be extended."),
            field="at",
            value=proof["due_at"],
        )
    duration = _duration(working_days, minutes=minutes, round_the_clock=proof["unit"] == "minutes")
    if limit is not None:
        _check_limit(proof, duration, limit)
    event = {
        "event": "extend", "at": at.isoformat(), "by": by, "reason": reason,
        "unit": duration.unit, "amount": duration.amount,
    }  # fmt: skip
    return _with_event(calendar, proof, event)


def stop_clock(calendar: WorkingCalendar, proof: Mapping[str, Any], at: datetime) -> ClockTimes:
    """End the clock. Its last event says whether it was late; a pause that began in time stays in time."""
    _check_event(proof, at, paused=None)
    last = proof["events"][-1] if proof["events"] else None
    counted_until = datetime.fromisoformat(last["at"]) if last and last["event"] == "pause" else at
    late = counted_until > datetime.fromisoformat(proof["due_at"])
    return _with_event(calendar, proof, {"event": "stop", "at": at.isoformat(), "late": late})


def resettle_clock(calendar: WorkingCalendar, proof: Mapping[str, Any]) -> ClockTimes:
    """The same clock by a calendar that has changed: a year has been published, an override has been made.

    Only this lets a changed calendar move a due time; a pause, an extension and a stop keep the days counted so far.
    """
    return _settled(calendar, proof)


@dataclass(frozen=True, slots=True)
class Remaining:
    """How long is left, or how long over, in the unit a person would say it in: "in 3 working hours"."""

    state: str  # running, late, paused, stopped, stopped_late
    amount: int
    unit: str  # working_days, working_hours, working_minutes, days, hours, minutes
    due_at: datetime


def remaining(
    calendar: WorkingCalendar,
    *,
    due_at: datetime,
    now: datetime,
    paused_at: datetime | None = None,
    stopped_at: datetime | None = None,
    round_the_clock: bool = False,
) -> Remaining:
    """What is left until ``due_at``: from now, or from when the clock was paused or stopped.

    Working days are said from two working days on: how many lie after today, up to the day that it is due. Below, whole
    working hours, below one, whole working minutes. Round the clock likewise, in days of 24 hours.
    """
    at = stopped_at or paused_at or now
    late = at > due_at
    first, last = (due_at, at) if late else (at, due_at)
    state = "late" if late else "running"
    if stopped_at is not None:
        state = "stopped_late" if late else "stopped"
    elif paused_at is not None and not late:
        state = "paused"
    if round_the_clock:
        return Remaining(state, *_said(last - first, days=(last - first).days, prefix=""), due_at)
    time = working_time_between(calendar, first, end=last)
    days = working_days_between(calendar, first, end=last)
    return Remaining(state, *_said(time, days=days, prefix="working_"), due_at)


def _said(time: timedelta, *, days: int, prefix: str) -> tuple[int, str]:
    minutes = time // timedelta(minutes=1)
    if days >= 2:
        return days, f"{prefix}days"
    if minutes >= 60:
        return minutes // 60, f"{prefix}hours"
    return minutes, f"{prefix}minutes"


def _duration(working_days: int | None, *, minutes: int | None, round_the_clock: bool) -> Duration:
    assert (working_days is None) != (minutes is None), "give working_days or minutes"
    if working_days is not None:
        return checked_duration(Duration(working_days, "working_days"))
    assert minutes is not None
    unit: Unit = "minutes" if round_the_clock else "working_minutes"
    return checked_duration(Duration(minutes, unit))


def _check_event(proof: Mapping[str, Any], at: datetime, *, paused: bool | None) -> None:
    """Refuse an event on a stopped clock, one out of order, and a pause or resumption that does not fit."""
    last = proof["events"][-1] if proof["events"] else {"event": "start", "at": proof["started_at"]}
    if last["event"] == "stop":
        raise Conflict(_("The clock was stopped at %(value)s."), field="clock", value=last["at"])
    if at < datetime.fromisoformat(last["at"]):
        raise Conflict(
            _("%(value)s is earlier than what last happened to the clock, at %(last)s."),
            field="at", value=at.isoformat(), last=last["at"], remedy=_("Send it again, or with a later time."),
        )  # fmt: skip
    if paused is not None and paused != (last["event"] == "pause"):
        sentence = _("The clock is not paused.") if paused else _("The clock has been paused since %(value)s.")
        raise Conflict(sentence, field="clock", value=last["at"])


_ONLY_IN: Final[Mapping[Unit, str]] = MappingProxyType({
    "working_days": _("This clock is extended by working days only."),
    "working_minutes": _("This clock is extended by working minutes only."),
    "minutes": _("This clock is extended by minutes only."),
})  # fmt: skip
_AT_MOST: Final[Mapping[Unit, str]] = MappingProxyType({
    "working_days": _("All extensions together may add at most %(most)s working days."),
    "working_minutes": _("All extensions together may add at most %(most)s working minutes."),
    "minutes": _("All extensions together may add at most %(most)s minutes."),
})  # fmt: skip


def _check_limit(proof: Mapping[str, Any], duration: Duration, limit: Duration) -> None:
    extended = [event for event in proof["events"] if event["event"] == "extend"]
    if limit.unit != duration.unit or any(event["unit"] != limit.unit for event in extended):
        raise InvalidInput(_ONLY_IN[limit.unit], field="extension", value=str(duration))
    before = sum(event["amount"] for event in extended)
    if before + duration.amount > limit.amount:
        raise InvalidInput(
            _AT_MOST[limit.unit], field="extension", value=str(duration), most=limit.amount,
            remedy=_("%(left)s of them are left."), left=limit.amount - before,
        )  # fmt: skip


def _with_event(calendar: WorkingCalendar, proof: Mapping[str, Any], event: dict[str, Any]) -> ClockTimes:
    return _times(carry_on(calendar, proof, event))


def _settled(calendar: WorkingCalendar, proof: Mapping[str, Any]) -> ClockTimes:
    return _times(settle(calendar, proof))


def _times(proof: Proof) -> ClockTimes:
    return ClockTimes(due_at=datetime.fromisoformat(proof["due_at"]), proof=proof)
