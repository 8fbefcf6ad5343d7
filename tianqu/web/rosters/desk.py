"""The leader's pages of rosters: the list, and one roster with its shifts, search, reasons and changes by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.identifiers import identifier_typed, new_identifier
from tianqu.kernel.pack.api import (
    Faults,
    PageRequest,
    PageResult,
    Redirect,
    Rendered,
    count_given,
    day_given,
    faults,
    formed,
    typed,
)
from tianqu.kernel.rosters.api import (
    WORK,
    PlaceView,
    RosterKind,
    ShiftNeed,
    add_shifts,
    ask_wishes,
    change_duty,
    drop_shift,
    led_roster_kinds,
    led_rosters,
    make,
    place_view,
    plan,
    publish,
    relax,
    roster_view,
    roster_with,
)
from tianqu.web.rosters.typing_in import needs_typed
from tianqu.web.rosters.words import (
    FAULTS,
    REASONS,
    SAID,
    STAGES,
    empty_said,
    holder_said,
    levels_said,
    skill_said,
    words,
)

NUMBERS: Final = ("rest_minutes", "week_max", "days_max")
TITLES: Final = ("title", "title_en")
WEEKDAYS: Final = "1234567"
PERSONS_SHOWN: Final = 30
CANDIDATES_SHOWN: Final = 60


def roster_list(request: PageRequest) -> PageResult:
    """The rosters of those whom one leads, and planning another one or changing the rules of one (``?of=``)."""
    asked = request.GET.get("kind", "")[:40]
    kinds = [kind for kind in led_roster_kinds(request.actor) if asked in ("", kind.code)]

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        roster_id = identifier_typed(given.get("sent_id", ""))
        kind, _colon, subject = given.get("subject", "").partition(":")
        plan(
            request.actor, roster_id=roster_id, kind=kind, subject=subject, first_day=day_given(given, "first_day"),
            last_day=day_given(given, "last_day"), in_turn=given.get("in_turn") == "on",
            title=given.get("title", ""), title_en=given.get("title_en", ""),
            **{name: count_given(given, name) for name in NUMBERS},
        )  # fmt: skip
        return _address(roster_id), gettext("The roster is planned. Now add its shifts.")

    return formed(
        request, "rosters/desk.html", begun=lambda: _begun(request), keep=keep, renamed={"kind": "subject"},
        lines=led_rosters(request.actor, kind=asked),
        holders=[each for kind in kinds for each in _holders(request, kind)], **words(),
    )  # fmt: skip


def _holders(request: PageRequest, kind: RosterKind) -> list[tuple[str, str]]:
    return [(f"{kind.code}:{one.subject}", holder_said(one)) for one in kind.led(request.actor)]


def _begun(request: PageRequest) -> dict[str, Any]:
    if not request.GET.get("of"):
        return {"sent_id": str(new_identifier()), "rest_minutes": 660, "week_max": 3, "days_max": 5}
    it = roster_with(identifier_typed(request.GET["of"])).roster
    return {name: getattr(it, name) for name in (*TITLES, *NUMBERS)} | {
        "sent_id": str(it.id), "subject": f"{it.kind}:{it.subject}", "first_day": it.first_day.isoformat(),
        "last_day": it.last_day.isoformat(), "in_turn": "on" * it.in_turn,
    }  # fmt: skip


def led(request: PageRequest, roster_id: UUID) -> PageResult:
    """One roster: its shifts as a calendar with who is where, the search, and what may be done about it.

    With ``?place=`` (a shift, a colon, a skill) it shows who is in that place, and who could be.
    """
    errors, status, given = Faults(), 200, typed(request)
    if request.method == "POST":
        try:
            deed = DEEDS.get(given.get("deed", ""))
            if deed is None:
                raise InvalidInput(gettext_noop("This cannot be done here."), field="deed", value="")
            shift = given.get("place", "").partition(":")[0]
            at = f"#shift-{identifier_typed(shift)}" if shift else ""
            return Redirect(_address(roster_id) + at, notice=deed(request, roster_id, given))
        except TianquError as error:
            errors, status = faults(error), error.status
    view = roster_view(request.actor, roster_id=roster_id)
    it, kind = view.line.roster, view.line.kind
    place = _place(request, roster_id)
    context = {
        "view": view, "line": view.line, "it": it, "errors": errors, "summary": list(errors.items()), "given": given,
        "working": it.state in WORK, "done": STAGES.index(it.stage) if it.stage else 0, "total": len(STAGES),
        "levels": levels_said(view.plan.levels) if view.plan else [],
        "fault": gettext(FAULTS[it.fault]) if it.fault in FAULTS else "", "place": place,
        "candidates": _candidates(place) if place is not None else [],
        "empty": [empty_said(one, shift=shift, names=view.names) for one, shift in view.unfilled],
        "made": view.plan is not None or any(at.duties for line in view.lines for at in line.places),
        "empty_count": sum(line.empty for line in view.lines),
        "most": max([1, *(minutes for _wish, _name, minutes, _count in view.load)]), "persons_shown": PERSONS_SHOWN,
        "skills": [(skill, skill_said(kind, skill)) for skill in kind.skills] if kind is not None else [],
        "weekdays": request.POST.getlist("weekdays") or list(WEEKDAYS),
        "where": [(_("Rosters"), reverse("rosters_desk"))], **words(kind),
    }  # fmt: skip
    return Rendered("rosters/led.html", context, status=status)


def _place(request: PageRequest, roster_id: UUID) -> PlaceView | None:
    """The place that is looked at; None where it went with its shift."""
    shift, _colon, skill = request.GET.get("place", "").partition(":")
    if not shift:
        return None
    try:
        found = place_view(request.actor, shift_id=identifier_typed(shift), skill=skill[:40])
    except TianquError:
        return None
    return found if found.roster.id == roster_id else None


def _candidates(place: PlaceView) -> list[dict[str, Any]]:
    """Who could take a place, in words; whose own word stands in the way is named, and cannot be put in."""
    return [
        {"one": one, "reasons": [gettext(REASONS[rule]) for rule in one.broken],
         "waived": [rule.value for rule in one.broken], "said": gettext(SAID[one.said]) if one.said else ""}
        for one in place.candidates[:CANDIDATES_SHOWN]
    ]  # fmt: skip


def _add(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    weekdays = [int(each) for each in request.POST.getlist("weekdays") if each in tuple(WEEKDAYS)]
    needs = [ShiftNeed(places, skill) for skill, places in needs_typed(given)]
    count = add_shifts(
        request.actor, roster_id=roster_id, first_day=day_given(given, "first_day"),
        last_day=day_given(given, "last_day"), weekdays=weekdays, starts=given.get("starts", ""),
        ends=given.get("ends", ""), venue=given.get("venue", ""), venue_en=given.get("venue_en", ""), needs=needs,
    )  # fmt: skip
    return gettext("%(count)s shifts were added.") % {"count": count}


def _drop(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    drop_shift(request.actor, shift_id=identifier_typed(given.get("shift", "")))
    return gettext("The shift is taken out.")


def _ask(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    told = ask_wishes(request.actor, roster_id=roster_id, by=day_given(given, "by"))
    return gettext("%(count)s people were asked when they can come.") % {"count": told}


def _make(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    make(request.actor, roster_id=roster_id)
    return gettext("The worker makes the roster; this page shows how far it is.")


def _publish(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    told = publish(request.actor, roster_id=roster_id)
    return gettext("It is published; %(count)s people were told.") % {"count": told}


def _change(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    shift, _colon, skill = given.get("place", "").partition(":")
    change_duty(
        request.actor, shift_id=identifier_typed(shift), number=given.get("number", ""), skill=skill,
        present=given["deed"] == "change", waived=[str(each)[:20] for each in request.POST.getlist("waived")[:8]],
    )  # fmt: skip
    return gettext("It is changed.")


def _relax(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    shift, _colon, skill = given.get("place", "").partition(":")
    relax(request.actor, shift_id=identifier_typed(shift), skill=skill)
    return gettext("The place is filled.")


DEEDS: Final[Mapping[str, Callable[[PageRequest, UUID, Mapping[str, str]], str]]] = {
    "add": _add, "ask": _ask, "drop": _drop, "make": _make, "publish": _publish, "change": _change, "remove": _change,
    "relax": _relax,
}  # fmt: skip


def _address(roster_id: UUID) -> str:
    return reverse("roster_led", kwargs={"roster_id": roster_id})
