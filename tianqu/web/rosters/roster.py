"""A roster for everybody and for those who share it: its shifts, one's wishes, one's duties, offers, the calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.icalendar import moment, text, written
from tianqu.base.identifiers import identifier_typed
from tianqu.kernel.pack.api import (
    Download,
    Faults,
    PageRequest,
    PageResult,
    Redirect,
    Rendered,
    count_given,
    faults,
    said,
    typed,
)
from tianqu.kernel.rosters.api import (
    OwnRoster,
    RosterState,
    Shift,
    may_lead_roster,
    offer_duty,
    own_duties,
    own_roster,
    own_rosters,
    say_wishes,
    take_duty,
)
from tianqu.web.rosters.words import SAYINGS, words


def own(request: PageRequest) -> PageResult:
    """One's own shifts to come, and the rosters of those whose shifts one shares."""
    context = {
        "duties": own_duties(request.actor), "lines": own_rosters(request.actor),
        "signed_in": request.actor.person_id is not None, **words(),
    }  # fmt: skip
    return Rendered("rosters/own.html", context)


def roster(request: PageRequest, roster_id: UUID) -> PageResult:
    """A roster: its shifts for everybody; for who shares it wishes before it is published, duties and offers after."""
    errors, status = Faults(), 200
    if request.method == "POST":
        try:
            return Redirect(request.path, notice=_done(request, roster_id))
        except TianquError as error:
            errors, status = faults(error), error.status
    found = own_roster(request.actor, roster_id=roster_id)
    line, now = found.line, timezone.now()
    context = {
        "own": found, "line": line, "it": line.roster, "errors": errors, "summary": list(errors.items()),
        "sayings": SAYINGS.items(), "given": {"shifts_min": "0", "shifts_max": "6", **typed(request)},
        "signed_in": request.actor.person_id is not None, "published": line.roster.state == RosterState.PUBLISHED,
        "coming": [shift for shift in found.shifts if shift.id in found.duties and shift.ends_at > now],
        "offered": [shift for shift in found.shifts if shift.offered and shift.starts_at > now
                    and shift.id not in found.duties] if found.member else [],
        "leads": may_lead_roster(request.actor, line), "at": now,
        "where": [(_("My shifts"), reverse("rosters_own"))], **words(line.kind),
    }  # fmt: skip
    return Rendered("rosters/roster.html", context, status=status)


def _done(request: PageRequest, roster_id: UUID) -> str:
    deed = str(request.POST.get("deed", ""))
    if deed == "wishes":
        _say(request, roster_id)
        return gettext("Whoever makes the roster knows what you said.")
    shift_id = identifier_typed(str(request.POST.get("shift", "")))
    if deed in ("offer", "keep"):
        offer_duty(request.actor, shift_id=shift_id, offered=deed == "offer")
        offered = gettext("The others were told. It is yours until somebody takes it.")
        return offered if deed == "offer" else gettext("You keep the shift.")
    if deed == "take":
        take_duty(request.actor, shift_id=shift_id)
        return gettext("The shift is yours now.")
    raise InvalidInput(gettext_noop("This cannot be done here."), field="deed", value=deed[:40])


def _say(request: PageRequest, roster_id: UUID) -> None:
    given, shifts = typed(request), own_roster(request.actor, roster_id=roster_id).shifts
    chosen = {shift.id: given.get(f"shift-{shift.id}", "") for shift in shifts}
    say_wishes(
        request.actor, roster_id=roster_id, takes_part=given.get("takes_part") == "on",
        shifts_min=count_given(given, "shifts_min"), shifts_max=count_given(given, "shifts_max"),
        **{name: [each for each, value in chosen.items() if value == name] for name in SAYINGS if name},
    )  # fmt: skip


def calendar(request: PageRequest, roster_id: UUID) -> PageResult:
    """The shifts of a published roster as iCalendar (RFC 5545), without names; with ``?mine=1`` one's own alone."""
    found = own_roster(request.actor, roster_id=roster_id)
    published = found.line.roster.state == RosterState.PUBLISHED
    mine = request.GET.get("mine") == "1"
    shifts = [shift for shift in found.shifts if published and (not mine or shift.id in found.duties)]
    return Download("roster.ics", "text/calendar; charset=utf-8", calendar_file(found, shifts))


def calendar_file(found: OwnRoster, shifts: Sequence[Shift]) -> Iterator[bytes]:
    """Write shifts as one calendar; a shift keeps its UID."""
    it = found.line.roster
    title, address = said(it.title, it.title_en), _address(it.id)
    yield from written("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tianqu//Rosters//EN", "METHOD:PUBLISH")
    yield from written(f"X-WR-CALNAME:{text(title)}")
    for shift in shifts:
        yield from written(
            "BEGIN:VEVENT", f"UID:{shift.id}@tianqu", f"DTSTAMP:{moment(it.changed_at)}", f"SEQUENCE:{it.version}",
            f"DTSTART:{moment(shift.starts_at)}", f"DTEND:{moment(shift.ends_at)}", f"SUMMARY:{text(title)}",
            f"LOCATION:{text(said(shift.venue, shift.venue_en))}", f"URL:{address}", "STATUS:CONFIRMED", "END:VEVENT",
        )  # fmt: skip
    yield from written("END:VCALENDAR")


def _address(roster_id: UUID) -> str:
    return str(settings.TIANQU_ORIGIN) + reverse("roster", kwargs={"roster_id": roster_id})
