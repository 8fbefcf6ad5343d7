"""A roster for everybody and for its volunteers: its shifts, one's wishes, one's duties, offers, and the calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.icalendar import moment, text, written
from tianqu.kernel.pack.api import Download, Faults, PageRequest, PageResult, Redirect, Rendered, faults, said
from tianqu.packs.practice.models import RosterState, Shift
from tianqu.packs.practice.rosters.queries import OwnRoster, own_roster
from tianqu.packs.practice.rosters.swaps.acts import offer_duty, say_wishes, take_duty
from tianqu.packs.practice.rosters.wording import STATE_TONES, STATES
from tianqu.packs.practice.words import words

SAYINGS: Final = {
    "": _("as it comes"), "wished": _("I would like it"), "unwished": _("rather not"), "unable": _("I cannot"),
}  # fmt: skip


def roster(request: PageRequest, roster_id: UUID) -> PageResult:
    """A roster: its shifts for everybody; for the team wishes before it is published, duties and offers after."""
    errors, status = Faults(), 200
    if request.method == "POST":
        try:
            return Redirect(request.path, notice=_done(request, roster_id))
        except TianquError as error:
            errors, status = faults(error), error.status
    own = own_roster(request.actor, roster_id=roster_id)
    context = {
        "own": own, "it": own.roster, "errors": errors, "summary": list(errors.items()), "sayings": SAYINGS.items(),
        "given": {"shifts_min": 0, "shifts_max": 6, **request.POST.dict()}, "signed_in": bool(request.actor.person_id),
        "published": own.roster.state == RosterState.PUBLISHED, "state": gettext(STATES[RosterState(own.roster.state)]),
        "tone": STATE_TONES[own.roster.state], "where": [(_("My hours"), reverse("practice:mine"))], **words(),
    }  # fmt: skip
    return Rendered("practice/roster.html", context, status=status)


def _done(request: PageRequest, roster_id: UUID) -> str:
    deed = str(request.POST.get("deed", ""))
    if deed == "wishes":
        _say(request, roster_id)
        return gettext("The team's leader and the roster know what you said.")
    shift_id = _uuid(str(request.POST.get("shift", "")))
    if deed in ("offer", "keep"):
        offer_duty(request.actor, shift_id=shift_id, offered=deed == "offer")
        offered = gettext("The others were told. It is yours until somebody takes it.")
        return offered if deed == "offer" else gettext("You keep the shift.")
    if deed == "take":
        take_duty(request.actor, shift_id=shift_id)
        return gettext("The shift is yours now.")
    raise InvalidInput(gettext_noop("This cannot be done here."), field="deed", value=deed[:40])


def _say(request: PageRequest, roster_id: UUID) -> None:
    shifts = own_roster(request.actor, roster_id=roster_id).shifts
    typed = {shift.id: str(request.POST.get(f"shift-{shift.id}", "")) for shift in shifts}
    say_wishes(
        request.actor, roster_id=roster_id, takes_part=request.POST.get("takes_part") == "on",
        shifts_min=_count(request, "shifts_min"), shifts_max=_count(request, "shifts_max"),
        **{name: [each for each, value in typed.items() if value == name] for name in SAYINGS if name},
    )  # fmt: skip


def calendar(request: PageRequest, roster_id: UUID) -> PageResult:
    """The shifts of a published roster as iCalendar (RFC 5545), without names; with ``?mine=1`` one's own alone."""
    own = own_roster(request.actor, roster_id=roster_id)
    published = own.roster.state == RosterState.PUBLISHED
    mine = request.GET.get("mine") == "1"
    shifts = [shift for shift in own.shifts if published and (not mine or shift.id in own.duties)]
    return Download("roster.ics", "text/calendar; charset=utf-8", calendar_file(own, shifts))


def calendar_file(own: OwnRoster, shifts: Sequence[Shift]) -> Iterator[bytes]:
    """Write shifts as one calendar; a shift keeps its UID."""
    title, address = said(own.roster.title, own.roster.title_en), _address(own)
    yield from written("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tianqu//Practice//EN", "METHOD:PUBLISH")
    yield from written(f"X-WR-CALNAME:{text(title)}")
    for shift in shifts:
        yield from written(
            "BEGIN:VEVENT", f"UID:{shift.id}@tianqu", f"DTSTAMP:{moment(own.roster.changed_at)}",
            f"SEQUENCE:{own.roster.version}", f"DTSTART:{moment(shift.starts_at)}", f"DTEND:{moment(shift.ends_at)}",
            f"SUMMARY:{text(title)}", f"LOCATION:{text(said(shift.venue, shift.venue_en))}", f"URL:{address}",
            "STATUS:CONFIRMED", "END:VEVENT",
        )  # fmt: skip
    yield from written("END:VCALENDAR")


def _address(own: OwnRoster) -> str:
    return str(settings.TIANQU_ORIGIN) + reverse("practice:roster", kwargs={"roster_id": own.roster.id})


def _count(request: PageRequest, name: str) -> int:
    typed: Any = request.POST.get(name, "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 5):
        raise InvalidInput(gettext_noop("This is no number."), field=name, value=typed[:20])
    return int(typed)


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise InvalidInput(gettext_noop("This is no identifier."), field="shift", value=typed[:40]) from None
