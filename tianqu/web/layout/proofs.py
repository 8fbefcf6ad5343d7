"""Why a clock says what it says, in sentences; the proof itself stands beside them for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from tianqu.base.working_time import Duration
from tianqu.web.layout.formats import day, duration, moment

DAYS_SHOWN: Final = 12


def counted(proof: Mapping[str, Any]) -> list[str]:
    """Return a clock's computation in sentences, in the order in which it is counted (docs/clocks.md)."""
    said = [_began(proof)]
    if proof["unit"] == "working_days":
        said.append(_("The day of arrival is not counted; the last day ends when the office closes."))
    if proof["unit"] == "minutes":
        said.append(_("This line runs round the clock, on days off too."))
    said += _days(proof.get("days", ()))
    said += [_happened(event) for event in proof["events"]]
    if years := proof.get("provisional"):
        said.append(
            _("The holidays of %(years)s are not published yet; when they are, it is counted anew.")
            % {"years": ", ".join(str(year) for year in years)}
        )
    said.append(_("So it is due on %(moment)s.") % {"moment": _moment(proof["due_at"])})
    return said


def _began(proof: Mapping[str, Any]) -> str:
    told = {"time": _duration(proof), "moment": _moment(proof["started_at"])}
    return _("%(time)s, from %(moment)s.") % told


def _days(rows: Any) -> list[str]:
    """What was left out, and which days off were worked."""
    off = [_named(row) for row in rows if row[1] in ("weekend", "holiday", "closed")]
    worked = [_named(row) for row in rows if row[1] in ("make_up", "opened")]
    said = []
    if off:
        said.append(_("Not counted: %(days)s.") % {"days": _listed(off)})
    if worked:
        said.append(_("Worked although a weekend or holiday: %(days)s.") % {"days": _listed(worked)})
    return said


def _listed(days: list[str]) -> str:
    more = len(days) - DAYS_SHOWN
    shown = ", ".join(days[:DAYS_SHOWN])
    return _("%(days)s and %(count)s more") % {"days": shown, "count": more} if more > 0 else shown


def _named(row: Any) -> str:
    """A day with its reason: the holiday's name, or what the office decided."""
    at, kind, *rest = row
    reason = next((part for part in rest if isinstance(part, str) and part), "")
    if not reason and kind == "weekend":
        reason = _("weekend")
    return f"{day(date.fromisoformat(at))} ({reason})" if reason else day(date.fromisoformat(at))


def _happened(event: Mapping[str, Any]) -> str:
    told = {"moment": _moment(event["at"]), "reason": event.get("reason") or _("no reason given")}
    if event["event"] == "pause":
        return _("Stood still from %(moment)s: %(reason)s.") % told
    if event["event"] == "resume":
        return _("Went on at %(moment)s.") % told
    if event["event"] == "extend":
        return _("Extended by %(time)s on %(moment)s: %(reason)s.") % (told | {"time": _duration(event)})
    if event["event"] == "stop":
        late = event.get("late")
        return (_("Stopped on %(moment)s, late.") if late else _("Stopped on %(moment)s, in time.")) % told
    return _("%(moment)s: %(reason)s.") % told


def _duration(said: Mapping[str, Any]) -> str:
    return duration(Duration(said["amount"], said["unit"]))


def _moment(text: str) -> str:
    return moment(datetime.fromisoformat(text))
