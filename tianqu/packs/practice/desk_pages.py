"""The pages of leaders and of the centre: totals, stations, teams, consents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.occasions.api import led_occasions
from tianqu.kernel.pack.api import PageRequest, PageResult, Rendered, formed
from tianqu.packs.practice.hours.queries import hours_of_stations
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
