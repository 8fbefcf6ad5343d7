"""The pages of leaders and of the centre: totals, stations, teams, activities with who took part, codes, consents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.base.moments import moment_typed
from tianqu.kernel.pack.api import PageRequest, PageResult, Redirect, Rendered
from tianqu.kernel.places.api import account_called, account_of, place_called, require, unit_typed
from tianqu.packs.practice.activities.acts import CAUSES, announce_activity, cancel_activity
from tianqu.packs.practice.acts import declare_station, declare_team, station_called, team_called
from tianqu.packs.practice.hours.acts import confirm_hours, refuse_hours
from tianqu.packs.practice.hours.codes import code_at, seconds_left
from tianqu.packs.practice.hours.queries import hours_of_stations
from tianqu.packs.practice.models import SERVICES
from tianqu.packs.practice.profiles.acts import record_consent
from tianqu.packs.practice.queries import (
    ActivityLine,
    activity_with,
    led_activities,
    led_stations,
    led_teams,
    minors,
    participants,
    volunteer_with,
)
from tianqu.packs.practice.words import faults, named, options, said, typed, words

SHOW: Final = "practice.show_code"
TOLD: Final = ("title", "title_en", "words", "words_en", "venue", "venue_en")
CRUMB: Final = (_("Volunteers"), "practice:desk")
STATIONS_SHOWN: Final = 100


def desk(request: PageRequest) -> PageResult:
    """The activities within reach, and the hours of stations and teams as the ledger holds them."""
    stations = hours_of_stations(request.actor, after=request.GET.get("after", "")[:31], limit=STATIONS_SHOWN + 1)
    context = {
        "lines": led_activities(request.actor), "stations": stations[:STATIONS_SHOWN],
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

    return _formed(request, "station_form", lambda: _station_begun(request), keep, renamed={"code": "place"})


def _station_begun(request: PageRequest) -> dict[str, str]:
    if not request.GET.get("of"):
        return {"is_open": "on"}
    it = station_called(request.GET["of"])
    return {
        "station": it.code, "name": it.name, "name_en": it.name_en, "place": it.place_path.rpartition(".")[2],
        "is_open": "on" * it.is_open,
    }  # fmt: skip


def declare_a_team(request: PageRequest) -> PageResult:
    """Declare a team at a station, or change one (``?of=``)."""

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        code = given.get("team", "")
        leader = given.get("leader", "")
        declare_team(
            request.actor, team=code, station=given.get("station", ""), name=given.get("name", ""),
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

    stations = [(station.code, named(station)) for station in led_stations(request.actor)]
    renamed = {"login": "leader", "leader_person_id": "leader"}
    return _formed(request, "team_form", begun, keep, renamed, services=options(SERVICES), stations=stations)


def announce(request: PageRequest) -> PageResult:
    """Announce an activity, or change one that has not begun (``?of=``)."""

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        activity_id, version = _uuid(given.get("sent_id", "")), given.get("version", "")
        announce_activity(
            request.actor, activity_id=activity_id, team=given.get("team", ""), places=_count(given.get("places", "")),
            starts_at=_moment(given, "starts"), ends_at=_moment(given, "ends"),
            theme_day=given.get("theme_day") == "on",
            expected_version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else None,
            **{name: given.get(name, "") for name in TOLD},
        )  # fmt: skip
        return _led_address(activity_id), gettext("The activity is announced.")

    def begun() -> dict[str, str]:
        if not request.GET.get("of"):
            return {"sent_id": str(new_identifier()), "starts": "09:00", "ends": "11:00", "places": "20"}
        it = activity_with(_uuid(request.GET["of"])).activity
        starts, ends = timezone.localtime(it.starts_at), timezone.localtime(it.ends_at)
        return {name: getattr(it, name) for name in TOLD} | {
            "sent_id": str(it.id), "version": str(it.version), "team": it.team_id, "day": f"{starts:%Y-%m-%d}",
            "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}", "places": str(it.places),
            "theme_day": "on" * it.theme_day,
        }  # fmt: skip

    teams = [(team.code, f"{named(team.station)} · {named(team)}") for team in led_teams(request.actor)]
    renamed = {"starts_at": "day", "ends_at": "ends"}
    return _formed(request, "announce", begun, keep, teams=teams, renamed=renamed)


def led(request: PageRequest, activity_id: UUID) -> PageResult:
    """An activity as its leader sees it: who signed up, who was there, confirming and refusing their hours."""
    line = activity_with(activity_id)
    errors, status = {}, 200
    if request.method == "POST":
        try:
            if request.POST.get("deed") == "refuse":
                refuse_hours(
                    request.actor, participation_id=_uuid(str(request.POST.get("participation", ""))),
                    words=str(request.POST.get("words", "")),
                )  # fmt: skip
                return Redirect(request.path, notice=gettext("Your words stand beside the hours."))
            chosen = [_uuid(str(one)) for one in request.POST.getlist("participation")]
            minutes = confirm_hours(request.actor, activity_id=activity_id, participation_ids=chosen)
            return Redirect(request.path, notice=gettext("%(minutes)s minutes are booked.") % {"minutes": minutes})
        except TianquError as error:
            errors, status = faults(error), error.status
    context = {
        "line": line, "it": line.activity, "persons": participants(request.actor, activity_id=activity_id),
        "errors": errors, "summary": list(errors.items()), "where": _where(), **words(),
    }  # fmt: skip
    return Rendered("practice/led.html", context, status=status)


def cancel(request: PageRequest, activity_id: UUID) -> PageResult:
    """Call an activity off, for the weather or for another cause, and say why."""
    line = activity_with(activity_id)
    require(request.actor, "practice.cancel_activity", line.team)

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        told = cancel_activity(
            request.actor, activity_id=activity_id, cause=given.get("cause", ""), reason=given.get("reason", ""),
            reason_en=given.get("reason_en", ""),
        )  # fmt: skip
        return _led_address(activity_id), gettext("It is called off; %(count)s volunteers were told.") % {"count": told}

    return _formed(request, "cancel", lambda: {"cause": "weather"}, keep, line=line, causes=options(CAUSES))


def code(request: PageRequest, activity_id: UUID) -> PageResult:
    """The code of this moment, in digits and as QR; the page asks for the next one by itself."""
    line = activity_with(activity_id)
    require(request.actor, SHOW, line.team)
    now = timezone.now()
    digits = code_at(activity_id, now)
    address = settings.TIANQU_ORIGIN + reverse("practice:check", kwargs={"activity_id": activity_id})
    qr = segno.make(f"{address}?code={digits}", error="m", micro=False).svg_data_uri(scale=8, border=2)
    context = {
        "line": line, "digits": f"{digits[:4]} {digits[4:]}", "qr": qr, "left": seconds_left(now),
        "where": [*_where(), (_title(line), _led_address(activity_id))], **words(),
    }  # fmt: skip
    return Rendered("practice/code.html", context)


def consents(request: PageRequest) -> PageResult:
    """The volunteers under age of the stations within reach, those without a guardian's consent first."""
    return Rendered("practice/consents.html", {"minors": minors(request.actor), "where": _where(), **words()})


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
    return _formed(request, "consent", lambda: begun, keep, volunteer=volunteer)


def _formed(
    request: PageRequest, template: str, begun: Callable[[], Mapping[str, Any]],
    keep: Callable[[Mapping[str, str]], tuple[str, str]], renamed: Mapping[str, str] | None = None, **more: Any,
) -> PageResult:  # fmt: skip
    """A form: filled in as it begins, kept by one act, and shown again with what was typed where it is refused."""
    given, errors, status = begun() if request.method != "POST" else {}, {}, 200
    if request.method == "POST":
        given = typed(request)
        try:
            address, notice = keep(given)
            return Redirect(address, notice=notice)
        except TianquError as error:
            errors, status = faults(error), error.status
    errors = {(renamed or {}).get(name, name): text for name, text in errors.items()}
    context = {"given": given, "errors": errors, "summary": list(errors.items()), "where": _where(), **more, **words()}
    return Rendered(f"practice/{template}.html", context, status=status)


def _moment(given: Mapping[str, str], time: str) -> datetime:
    try:
        return moment_typed(f"{given.get('day', '')}T{given.get(time, '')}", zone=timezone.get_current_timezone())
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("This is no day with a time."), field="day",
            remedy=gettext_noop("Choose a day, and times such as 09:00."),
        ) from error  # fmt: skip


def _count(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        return new_identifier()


def _title(line: ActivityLine) -> str:
    return said(line.activity.title, line.activity.title_en)


def _led_address(activity_id: UUID) -> str:
    return reverse("practice:led", kwargs={"activity_id": activity_id})


def _where() -> list[tuple[Any, str]]:
    return [(CRUMB[0], reverse(CRUMB[1]))]
