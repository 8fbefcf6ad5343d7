"""The leader's pages of rosters: the list, and one roster with its shifts, search, reasons and changes by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults, named, said, typed
from tianqu.packs.practice.profiles.acts import SKILLS
from tianqu.packs.practice.queries import led_teams
from tianqu.packs.practice.registers.rosters import LEADERS
from tianqu.packs.practice.rosters import acts
from tianqu.packs.practice.rosters.queries import WORK, led_rosters, roster_view, roster_with
from tianqu.packs.practice.rosters.wording import (
    FAULTS,
    REASONS,
    STAGES,
    STATE_TONES,
    STATES,
    empty_said,
    levels_said,
    needs_typed,
)
from tianqu.packs.practice.words import word, words

NUMBERS: Final = ("rest_minutes", "week_max", "days_max")
DAYS: Final = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
PERSONS_SHOWN: Final = 30


def roster_list(request: PageRequest) -> PageResult:
    """The rosters of the teams that one leads, and planning another one or changing the rules of one (``?of=``)."""
    given, errors, status = typed(request), Faults(), 200
    if request.method == "POST":
        try:
            roster_id = _uuid(given.get("sent_id", ""))
            acts.plan_roster(
                request.actor, roster_id=roster_id, team=given.get("team", ""), title=given.get("title", ""),
                title_en=given.get("title_en", ""), first_day=_day(given, "first_day"),
                last_day=_day(given, "last_day"), in_turn=given.get("in_turn") == "on",
                **{name: _number(given, name) for name in NUMBERS},
            )  # fmt: skip
            return Redirect(_address(roster_id), notice=gettext("The roster is planned. Now add its shifts."))
        except TianquError as error:
            errors, status = faults(error), error.status
    else:
        given = _begun(request)
    context = {
        "rosters": led_rosters(request.actor), "given": given, "errors": errors, "summary": list(errors.items()),
        "teams": [
            (team.subject, f"{said(team.under, team.under_en)} · {named(team)}") for team in led_teams(request.actor)
        ],
        "where": [(_("Volunteers"), reverse("practice:desk"))], **_words(),
    }  # fmt: skip
    return Rendered("practice/rosters.html", context, status=status)


def _begun(request: PageRequest) -> dict[str, Any]:
    if not request.GET.get("of"):
        return {"sent_id": str(new_identifier()), "rest_minutes": 660, "week_max": 3, "days_max": 5}
    it = roster_with(_uuid(request.GET["of"]))
    names = ("title", "title_en", *NUMBERS)
    return {name: getattr(it, name) for name in names} | {
        "sent_id": str(it.id), "team": it.team_id, "first_day": it.first_day.isoformat(),
        "last_day": it.last_day.isoformat(), "in_turn": "on" * it.in_turn,
    }  # fmt: skip


def led_roster(request: PageRequest, roster_id: UUID) -> PageResult:
    """One roster: its shifts as a calendar with who is where, the search, and what may be done about it."""
    errors, status, given = Faults(), 200, typed(request)
    if request.method == "POST":
        try:
            deed = DEEDS.get(given.get("deed", ""))
            if deed is None:
                raise InvalidInput(gettext_noop("This cannot be done here."), field="deed", value="")
            return Redirect(_address(roster_id), notice=deed(request, roster_id, given))
        except TianquError as error:
            errors, status = faults(error), error.status
    view = roster_view(request.actor, roster_id=roster_id)
    minutes = [each[2] for each in view.load]
    context = {
        "view": view, "it": view.roster, "errors": errors, "summary": list(errors.items()), "given": given,
        "working": view.roster.state in WORK, "done": STAGES.index(view.roster.stage) if view.roster.stage else 0,
        "total": len(STAGES), "levels": levels_said(view.plan.levels) if view.plan else [],
        "fault": gettext(FAULTS[view.roster.fault]) if view.roster.fault in FAULTS else "",
        "empty": [empty_said(one, shift=shift, names=view.names) for one, shift in view.unfilled],
        "most": max([*minutes, 1]), "weekdays": [(n + 1, day) for n, day in enumerate(DAYS)],
        "persons": [(wish.number, name) for wish, name, _minutes, _count in view.load], "days": DAYS,
        "rules": [(rule.value, gettext(REASONS[rule])) for rule in sorted(LEADERS)], "persons_shown": PERSONS_SHOWN,
        "skills": ", ".join(f"{skill} ({word(skill)})" for skill in SKILLS),
        "where": [(_("Volunteers"), reverse("practice:desk")), (_("Rosters"), reverse("practice:rosters"))],
        **_words(),
    }  # fmt: skip
    return Rendered("practice/led_roster.html", context, status=status)


def _add(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    weekdays = [int(each) for each in request.POST.getlist("weekdays") if each in tuple("1234567")]
    needs = [acts.ShiftNeed(places, skill) for skill, places in needs_typed(given.get("needs", ""))]
    count = acts.add_shifts(
        request.actor, roster_id=roster_id, first_day=_day(given, "first_day"), last_day=_day(given, "last_day"),
        weekdays=weekdays, starts=given.get("starts", ""), ends=given.get("ends", ""), venue=given.get("venue", ""),
        venue_en=given.get("venue_en", ""), needs=needs,
    )  # fmt: skip
    return gettext("%(count)s shifts were added.") % {"count": count}


def _drop(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    acts.drop_shift(request.actor, shift_id=_uuid(given.get("shift", "")))
    return gettext("The shift is taken out.")


def _make(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    acts.make_roster(request.actor, roster_id=roster_id)
    return gettext("The worker makes the roster; this page shows how far it is.")


def _publish(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    told = acts.publish_roster(request.actor, roster_id=roster_id)
    return gettext("It is published; %(count)s volunteers were told.") % {"count": told}


def _change(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    shift, _colon, skill = given.get("place", "").partition(":")
    acts.change_duty(
        request.actor, shift_id=_uuid(shift), number=given.get("number", ""), skill=skill,
        present=given["deed"] == "change", waived=[str(each)[:20] for each in request.POST.getlist("waived")[:8]],
    )  # fmt: skip
    return gettext("It is changed.")


def _relax(request: PageRequest, roster_id: UUID, given: Mapping[str, str]) -> str:
    shift, _colon, skill = given.get("place", "").partition(":")
    acts.relax_roster(request.actor, shift_id=_uuid(shift), skill=skill)
    return gettext("The place is filled.")


DEEDS: Final[Mapping[str, Callable[[PageRequest, UUID, Mapping[str, str]], str]]] = {
    "add": _add, "drop": _drop, "make": _make, "publish": _publish, "change": _change, "remove": _change,
    "relax": _relax,
}  # fmt: skip


def _words() -> dict[str, Any]:
    return {"states": {code: gettext(text) for code, text in STATES.items()}, "state_tones": STATE_TONES, **words()}


def _address(roster_id: UUID) -> str:
    return reverse("practice:led_roster", kwargs={"roster_id": roster_id})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(gettext_noop("This is no identifier."), field="sent_id", value=text[:40]) from None


def _number(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InvalidInput(gettext_noop("This is no number."), field=name, value=text[:20])
    return int(text)


def _day(given: Mapping[str, str], name: str) -> date:
    try:
        day = parse_date(given.get(name, ""))
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput(gettext_noop("This is no day."), field=name, value=given.get(name, "")[:20])
    return day
