"""The pages of leaders and of the centre: totals, stations, teams, the hours of an activity, consents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import TianquError
from tianqu.base.identifiers import identifier_typed
from tianqu.kernel.occasions.api import led_occasions
from tianqu.kernel.pack.api import PageRequest, PageResult, Redirect, Rendered, faults, formed
from tianqu.packs.practice.hours.acts import confirm_hours, refuse_hours
from tianqu.packs.practice.hours.queries import activity_with, hours_of_stations, participants
from tianqu.packs.practice.models import KIND
from tianqu.packs.practice.profiles.acts import record_consent
from tianqu.packs.practice.queries import minors, volunteer_with
from tianqu.packs.practice.words import words

STATIONS_SHOWN: Final = 100


def desk(request: PageRequest) -> PageResult:
    """The activities within reach, and the hours of stations and teams as the ledger holds them."""
    stations = hours_of_stations(request.actor, after=request.GET.get("after", "")[:31], limit=STATIONS_SHOWN + 1)
    context = {
        "lines": led_occasions(request.actor, kind=KIND), "stations": stations[:STATIONS_SHOWN],
        "after": stations[STATIONS_SHOWN - 1].station.code if len(stations) > STATIONS_SHOWN else "", **words(),
    }  # fmt: skip
    return Rendered("practice/desk.html", context)


def led(request: PageRequest, occasion_id: UUID) -> PageResult:
    """An activity as its leader sees it: who signed up, who was there, confirming and refusing their hours."""
    line = activity_with(occasion_id)
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        chosen = [identifier_typed(str(one)) for one in request.POST.getlist("booking")]
        try:
            if request.POST.get("deed") == "refuse":
                whose = identifier_typed(str(request.POST.get("booking", "")))
                refuse_hours(request.actor, booking_id=whose, words=str(request.POST.get("words", "")))
                return Redirect(request.path, notice=gettext("Your words stand beside the hours."))
            minutes = confirm_hours(request.actor, occasion_id=occasion_id, booking_ids=chosen)
            return Redirect(request.path, notice=gettext("%(minutes)s minutes are booked.") % {"minutes": minutes})
        except TianquError as error:
            errors, status = faults(error), error.status
    context = {
        "line": line, "it": line.occasion, "persons": participants(request.actor, occasion_id=occasion_id),
        "errors": errors, "summary": list(errors.items()), "where": _where(), **words(),
    }  # fmt: skip
    return Rendered("practice/led.html", context, status=status)


def consents(request: PageRequest) -> PageResult:
    """The volunteers under age of the stations within reach, those without a guardian's consent first."""
    return Rendered("practice/consents.html", {"minors": minors(request.actor), "where": _where()})


def consent(request: PageRequest, person_id: UUID) -> PageResult:
    """Write down a guardian's consent as signed on paper, or that it is taken back."""
    volunteer = volunteer_with(request.actor, person_id=person_id)

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        record_consent(
            request.actor, person_id=person_id, guardian=given.get("guardian", ""), relation=given.get("relation", ""),
            given=given.get("deed") != "withdraw",
        )  # fmt: skip
        return reverse("practice:consents"), gettext("This is written down.")

    begun = {"guardian": volunteer.guardian, "relation": volunteer.guardian_relation}
    return formed(request, "practice/consent.html", begun=lambda: begun, keep=keep, volunteer=volunteer, where=_where())


def _where() -> list[tuple[Any, str]]:
    return [(_("Volunteers"), reverse("practice:desk"))]
