"""The pages of leaders and of the centre: totals, stations, teams, consents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.occasions.api import led_occasions
from tianqu.kernel.pack.api import PageRequest, PageResult, Rendered, formed, named
from tianqu.kernel.places.api import account_called, account_of, place_called, unit_typed
from tianqu.packs.practice.acts import declare_station, declare_team, station_called, team_called
from tianqu.packs.practice.hours.queries import hours_of_stations
from tianqu.packs.practice.models import KIND, SERVICES
from tianqu.packs.practice.profiles.acts import record_consent
from tianqu.packs.practice.queries import led_stations, minors, volunteer_with
from tianqu.packs.practice.words import options, words

STATIONS_SHOWN: Final = 100


def desk(request: PageRequest) -> PageResult:
    """The activities within reach, and the hours of stations and teams as the ledger holds them."""
    stations = hours_of_stations(request.actor, after=request.GET.get("after", "")[:31], limit=STATIONS_SHOWN + 1)
    context = {
        "lines": led_occasions(request.actor, kind=KIND), "stations": stations[:STATIONS_SHOWN],
        "after": stations[STATIONS_SHOWN - 1].station.code if len(stations) > STATIONS_SHOWN else "", **words(),
    }  # fmt: skip
    return Rendered("practice/desk.html", context)


def declare_a_station(request: PageRequest) -> PageResult:
    """Declare a station, or change one (``?of=``)."""

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        declare_station(
            request.actor, station=given.get("station", ""), unit_id=unit_typed(given.get("unit", ""), field="unit").id,
            place_id=place_called(given.get("place", "")).id, name=given.get("name", ""),
            name_en=given.get("name_en", ""), is_open=given.get("is_open") == "on",
        )  # fmt: skip
        return reverse("practice:desk"), gettext("The station is declared.")

    def begun() -> dict[str, str]:
        if not request.GET.get("of"):
            return {"is_open": "on"}
        it = station_called(request.GET["of"])
        return {
            "station": it.code, "name": it.name, "name_en": it.name_en, "place": it.place_path.rpartition(".")[2],
            "is_open": "on" * it.is_open,
        }  # fmt: skip

    return formed(
        request, "practice/station_form.html", begun=begun, keep=keep, renamed={"code": "place"}, where=_where()
    )


def declare_a_team(request: PageRequest) -> PageResult:
    """Declare a team at a station, or change one (``?of=``)."""

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        leader = given.get("leader", "")
        declare_team(
            request.actor, team=given.get("team", ""), station=given.get("station", ""), name=given.get("name", ""),
            name_en=given.get("name_en", ""), service=given.get("service", ""), is_open=given.get("is_open") == "on",
            leader_person_id=account_called(leader).person_id if leader else None,
        )  # fmt: skip
        return reverse("practice:desk"), gettext("The team is declared.")

    def begun() -> dict[str, str]:
        if not request.GET.get("of"):
            return {"is_open": "on", "station": request.GET.get("station", "")}
        it = team_called(request.GET["of"])
        leader = account_of(it.leader_person_id).login if it.leader_person_id else ""
        return {
            "team": it.code, "station": it.station_id, "name": it.name, "name_en": it.name_en, "service": it.service,
            "leader": leader, "is_open": "on" * it.is_open,
        }  # fmt: skip

    return formed(
        request, "practice/team_form.html", begun=begun, keep=keep, where=_where(), services=options(SERVICES),
        renamed={"login": "leader", "leader_person_id": "leader"},
        stations=[(station.code, named(station)) for station in led_stations(request.actor)],
    )  # fmt: skip


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
