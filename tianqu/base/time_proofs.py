"""The proof of a due time: enough for the asker to compute it again with nothing but the proof.

A proof is plain JSON:

    {"format": 1, "kind": "accept", "started_at": "2026-09-30T16:00:00+08:00",
     "unit": "working_days", "amount": 2,
     "calendar": {"code": "dezhou", "time_zone": "Asia/Shanghai", "digest": "…"},
     "hours": [["08:30-12:00", "13:30-17:30"]],
     "days": [["2026-09-30", "working", 0], ["2026-10-01", "holiday", "National Day"], …,
              ["2026-10-10", "make_up", 0, "National Day"]],
     "provisional": [],
     "events": [{"event": "pause", "at": …, "by": …, "reason": …, "due_at": …}, …],
     "due_at": "2026-10-09T17:30:00+08:00"}

``days`` lists every day from the start to the due time: why it is worked or not, the index of its hours in ``hours`` if
it is worked, the name of the holiday or the reason of an override. ``by`` names a post or a unit, never a person.

The rules. A clock of working days ends at the close of the n-th working day after the day it starts; one of working
minutes counts from the moment it starts (sources in ``working_time``). A pause that begins before the due time moves
the due time by exactly the working time (round the clock: the time) it lasts; one that begins later moves nothing. An
extension counts from the due time that held before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from tianqu.base.errors import InvalidInput, _
from tianqu.base.working_time import (
    MICROSECOND,
    CalendarDay,
    Counted,
    Duration,
    Hours,
    Timetable,
    WorkingCalendar,
    add_working_days,
    add_working_microseconds,
    add_working_time,
    hours_as_text,
    local_ordinal,
    local_time,
    microseconds,
    parse_hours,
    working_time_between,
)

Proof: TypeAlias = dict[str, Any]

FORMAT = 1
CLOSED = ("weekend", "holiday", "closed")
LISTS_KEPT_MAX = 2000
DAYS_LISTED_MAX = 8000  # ten years of working days, with the days between them


def settle(calendar: WorkingCalendar, proof: Mapping[str, Any]) -> Proof:
    """Compute the due time of a proof from its start, amount and events, and list the days it rests on.

    What the proof says about calendar, days and due times is replaced, so a provisional proof is settled again with
    the calendar in which the year is published.
    """
    start = datetime.fromisoformat(proof["started_at"])
    events, latest, due = _replayed(calendar, proof, start)
    settled = _said(proof, start.astimezone(calendar.zone), events, due=due)
    if _is_worked(proof):
        settled |= _days_listed(calendar, local_ordinal(calendar, start), last=local_ordinal(calendar, latest))
    return settled


def begin(calendar: WorkingCalendar, *, kind: str, at: datetime, duration: Duration) -> tuple[datetime, Proof]:
    """The due time and the proof of a clock that starts at ``at``: what ``settle`` makes of a proof without events.

    Nothing is written out and read again for it, because every order that is placed begins with a clock.
    """
    if at.tzinfo is None:
        microseconds(at)  # refuses it
    start = at.astimezone(calendar.zone)
    due = add_duration(calendar, start, duration)
    proof = {"kind": kind, "unit": duration.unit, "amount": duration.amount}
    begun = _said(proof, start, [], due=due)
    if duration.unit != "minutes":
        begun |= _days_listed(calendar, start.toordinal(), last=due.toordinal())
    return due, begun


def carry_on(calendar: WorkingCalendar, proof: Mapping[str, Any], event: Mapping[str, Any]) -> Proof:
    """Add an event to a proof. Days that the proof lists stay as they are, whatever ``calendar`` says of them today.

    A calendar that is changed afterwards therefore moves no due time by the way: that is done by ``settle``, openly.
    """
    events = [*proof["events"], event]
    if not _is_worked({**proof, "events": events}) or "days" not in proof:
        return settle(calendar, {**proof, "events": events})
    counted = ContinuedDays(calendar, proof)
    start = datetime.fromisoformat(proof["started_at"])
    replayed, latest, due = _replayed(counted, {**proof, "events": events}, start)
    days = counted.covering(counted.first, last=local_ordinal(calendar, latest)).days
    listed = _list_days(calendar, days[: local_ordinal(calendar, latest) - counted.first + 1])
    listed["provisional"] = sorted({*proof["provisional"], *listed["provisional"]})
    return _said(proof, start.astimezone(calendar.zone), replayed, due=due) | listed


def _said(proof: Mapping[str, Any], start: datetime, events: list[dict[str, Any]], *, due: datetime) -> Proof:
    return {
        "format": FORMAT,
        "kind": proof["kind"],
        "started_at": start.isoformat(),
        "unit": proof["unit"],
        "amount": proof["amount"],
        "events": events,
        "due_at": due.isoformat(),
    }


def recompute(proof: Mapping[str, Any]) -> datetime:
    """The due time that follows from what the proof itself says, without any calendar.

    Raises ``InvalidInput`` if the proof leaves out a day between its start and its due time, or is not a proof.
    """
    try:
        counted = ProofDays(proof) if _is_worked(proof) else _NoDays()
        start = datetime.fromisoformat(proof["started_at"])
        _events, latest, due = _replayed(counted, proof, start)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise InvalidInput(
            _("This is not the proof of a due time: %(reason)s."), field="proof", reason=repr(error)
        ) from error
    if isinstance(counted, ProofDays):
        counted.check(start, latest=latest)
    return due


def is_provisional(proof: Mapping[str, Any]) -> bool:
    """Whether the due time rests on a year whose holidays are not published yet."""
    return bool(proof.get("provisional"))


class ProofDays:
    """The days that a proof lists, as something to count working time by."""

    def __init__(self, proof: Mapping[str, Any]) -> None:
        self.code = str(proof["calendar"]["code"])
        self.zone = ZoneInfo(proof["calendar"]["time_zone"])
        days = _read_days(proof)
        for before, after in pairwise(days):
            if after.day - before.day != timedelta(days=1):
                raise InvalidInput(
                    _("The proof leaves out the days after %(value)s."), field="days", value=before.day.isoformat()
                )  # fmt: skip
        self.table = Timetable(self.zone, days)

    def covering(self, first: int, *, last: int) -> Timetable:
        """The days of the proof, whichever are asked for; ``check`` finds out whether they were enough."""
        return self.table

    def check(self, start: datetime, *, latest: datetime) -> None:
        """Refuse a proof whose due time lies outside of the days it lists."""
        if local_ordinal(self, start) < self.table.first or local_ordinal(self, latest) > self.table.last:
            raise InvalidInput(
                _("The proof does not list every day up to %(value)s."),
                field="days",
                value=latest.isoformat(),
            )


class ContinuedDays:
    """The days that a proof lists, and after them those of a calendar."""

    def __init__(self, calendar: WorkingCalendar, proof: Mapping[str, Any]) -> None:
        self.code = calendar.code
        self.zone = calendar.zone
        self.calendar = calendar
        self.table = Timetable(self.zone, _read_days(proof))
        self.first = self.table.first

    def covering(self, first: int, *, last: int) -> Timetable:
        """The timetable up to the day ``last``. No day before the clock's start matters to it."""
        if last > self.table.last:
            after = range(self.table.last + 1, last + 1)
            days = [*self.table.days, *(self.calendar.day(date.fromordinal(day)) for day in after)]
            self.table = Timetable(self.zone, days)
        return self.table


class _NoDays:
    """Round the clock: no day matters, and times are shown as they were given."""

    code = ""
    zone = ZoneInfo("UTC")

    def covering(self, first: int, *, last: int) -> Timetable:  # pragma: no cover  never counted by
        raise AssertionError("a clock round the clock counts no working days")


def add_duration(calendar: Counted, start: datetime, duration: Duration) -> datetime:
    """The end of ``duration`` that begins at ``start``."""
    if duration.unit == "working_days":
        return add_working_days(calendar, start, duration.amount)
    if duration.unit == "working_minutes":
        return add_working_time(calendar, start, duration.amount)
    return local_time(calendar, microseconds(start) + duration.amount * 60_000_000)


def _is_worked(proof: Mapping[str, Any]) -> bool:
    return proof["unit"] != "minutes" or any(event.get("unit", "minutes") != "minutes" for event in proof["events"])


def _replayed(
    counted: Counted, proof: Mapping[str, Any], start: datetime
) -> tuple[list[dict[str, Any]], datetime, datetime]:
    """Walk through the events. Returns them with the due time after each, the latest time looked at, the due time."""
    due = add_duration(counted, start, Duration(proof["amount"], proof["unit"]))
    latest, paused, events = due, due, []
    for event in proof["events"]:
        at = datetime.fromisoformat(event["at"])
        match event["event"]:
            case "pause":
                paused = at
            case "resume":
                latest = max(latest, at)
                if paused < due:
                    due = _given_back(counted, due, (paused, at), proof["unit"])
            case "extend":
                due = add_duration(counted, due, Duration(event["amount"], event["unit"]))
            case "stop":
                pass
            case unknown:
                raise ValueError(unknown)
        latest = max(latest, due)
        events.append({**event, "at": at.astimezone(counted.zone).isoformat(), "due_at": due.isoformat()})
    return events, latest, due


def _given_back(counted: Counted, due: datetime, pause: tuple[datetime, datetime], unit: str) -> datetime:
    """The due time after a pause: later by the working time, or the time, that the pause lasted."""
    if unit == "minutes":
        return local_time(counted, microseconds(due) + (pause[1] - pause[0]) // MICROSECOND)
    return add_working_microseconds(counted, due, working_time_between(counted, pause[0], end=pause[1]) // MICROSECOND)


def _days_listed(calendar: WorkingCalendar, first: int, *, last: int) -> dict[str, Any]:
    """The part of a proof that says which calendar was used, and what it says about each day from first to last.

    Clocks that start on one day mostly end on one day, so the part is kept, and copied for each proof.
    """
    kept: dict[tuple[int, int], dict[str, Any]] = calendar.__dict__.setdefault("_days_listed", {})
    if (listed := kept.get((first, last))) is None:
        if len(kept) >= LISTS_KEPT_MAX:
            kept.clear()
        table = calendar.covering(first, last=last)
        days = table.days[first - table.first : last - table.first + 1]
        listed = kept[first, last] = _list_days(calendar, days)
    return {
        **listed,
        "days": [[*entry] for entry in listed["days"]],
        "hours": [[*texts] for texts in listed["hours"]],
    }


def _list_days(calendar: WorkingCalendar, days: Sequence[CalendarDay]) -> dict[str, Any]:
    hours = list(dict.fromkeys(day.hours for day in days if day.hours))
    return {
        "calendar": {"code": calendar.code, "time_zone": calendar.time_zone, "digest": calendar.digest},
        "hours": [hours_as_text(each) for each in hours],
        "days": [_entry(day, hours) for day in days],
        "provisional": [
            year for year in range(days[0].day.year, days[-1].day.year + 1) if calendar.is_provisional(year)
        ],
    }


def _entry(day: CalendarDay, hours: list[Hours]) -> list[str | int]:
    entry: list[str | int] = [day.iso, day.why]
    if day.hours:
        entry.append(hours.index(day.hours))
    if day.name:
        entry.append(day.name)
    return entry


def _read_days(proof: Mapping[str, Any]) -> list[CalendarDay]:
    hours = [parse_hours(texts) for texts in proof["hours"]]
    if not 1 <= len(proof["days"]) <= DAYS_LISTED_MAX:
        raise ValueError("days")
    return [_calendar_day(entry, hours) for entry in proof["days"]]


def _calendar_day(entry: Iterable[Any], hours: list[Hours]) -> CalendarDay:
    day, why, *rest = entry
    worked = why not in CLOSED
    return CalendarDay(date.fromisoformat(day), why, hours[rest.pop(0)] if worked else (), rest[0] if rest else "")
