"""The demonstration: the stations of one town with their teams, volunteers, past hours and the coming week.

What there is stands in the realm's ``practice.yaml``; a realm without it has none.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import yaml
from django.utils import timezone

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.occasions.api import announce, attendances, book, check, code_at, confirm_attendance
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import (
    Person,
    account_called,
    actor_of,
    place_called,
    places_in,
    resident_actor,
    unit_called,
)
from tianqu.packs.practice.acts import declare_station, declare_team
from tianqu.packs.practice.models import KIND
from tianqu.packs.practice.profiles.acts import LANGUAGES, SKILLS, TIMES, join_team, keep_profile
from tianqu.packs.practice.queries import teams_with
from tianqu.packs.practice.roster_demo import roster_of_team
from tianqu.packs.practice.services.demo import Sides, services_of_town
from tianqu.packs.practice.talks.demo import talks_of_town

PAST_DAYS, COMING_DAYS, THERE_MAX = (-19, -12, -5), (1, 3, 5), 7
BEGINS: Final = time(9, 0)
LASTS: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class _Town:
    """The stations of the town, who leads there, who lends a hand, and what is done at each station."""

    leader: Actor
    volunteers: list[Actor]
    teams: list[tuple[str, Mapping[str, Any]]]
    chance: random.Random


def stations_of_town(stage: DemoStage) -> int:
    """Declare the stations of the town, and let three weeks pass there; return how many stations there are."""
    path = stage.realm / "practice.yaml"
    if not path.is_file():
        return 0
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    with seeing(SYSTEM.scope):
        leader = actor_of(account_called(told["leader"]), channel="import")
        known = account_called(told["volunteer"]).person
        places = places_in(place_called(told["town"]).path)[: told["stations"]]
        units = {place.code: unit_called(place.code).id for place in places}
    teams = []
    for number, place in enumerate(places):
        station, services = f"s{place.code}", list(told["services"])
        service = services[number % len(services)]
        declare_station(
            SYSTEM, station=station, unit_id=units[place.code], place_id=place.id,
            name=f"{place.name}新时代文明实践站", name_en=f"Practice station of {place.name_en}",
        )  # fmt: skip
        name, name_en = told["services"][service]["team"]
        declare_team(SYSTEM, team=f"{station}-1", station=station, name=name, name_en=name_en, service=service)
        teams.append((f"{station}-1", told["services"][service]))
    chance = random.Random(stage.seed)  # noqa: S311  nothing secret is made of it
    volunteers = [_volunteer(chance, told, number, [team for team, _told in teams], known)
                  for number in range(told["volunteers"])]  # fmt: skip
    town = _Town(leader, volunteers, teams, chance)
    today = timezone.localdate()
    for days in PAST_DAYS:
        _past(town, today + timedelta(days=days))
    for number, days in enumerate(COMING_DAYS):
        _coming(town, today + timedelta(days=days), first=number)
    roster_of_team(leader, volunteers[:12], chance, team=teams[0][0], told=told["roster"])
    with seeing(SYSTEM.scope):
        sides = Sides(
            resident_actor(account_called(told["volunteer"]), channel="import"),
            actor_of(account_called(told["centre"]), channel="import"), leader,
        )  # fmt: skip
        ordered = list(teams_with([code for code, _told in teams[1:]]).values())
    by_code = sorted(ordered, key=lambda team: team.code)
    services_of_town(sides, by_code, told=told)
    talks_of_town(sides.centre, by_code, told=told["talks"])
    return len(teams)


def _volunteer(
    chance: random.Random, told: Mapping[str, Any], number: int, teams: Sequence[str], known: Person
) -> Actor:  # fmt: skip
    """Invent a volunteer in one of the teams; the first is somebody with an account."""
    person_id = named_identifier(f"demo:volunteer:{number}") if number else known.id
    actor = Actor(channel="import", person_id=person_id, scope=Scope(person_id=person_id))
    team = teams[number % len(teams)]
    name = chance.choice(told["surnames"]) + "".join(chance.choices(told["names"], k=2))
    keep_profile(
        actor, station=team.removesuffix("-1"), name=name if number else known.name, phone=f"100{number:08d}",
        born_on=date(chance.randrange(1950, 2003), chance.randrange(1, 13), 1), skills=chance.sample(SKILLS, 2),
        languages=LANGUAGES[:1], times=chance.sample(TIMES, 2), reach="township",
    )  # fmt: skip
    join_team(actor, team=team)
    return actor


def _announced(town: _Town, team: str, told: Mapping[str, Any], day: date) -> tuple[UUID, datetime]:
    begins = datetime.combine(day, BEGINS, timezone.get_current_timezone())
    occasion_id = named_identifier(f"demo:activity:{team}:{day}")
    (title, title_en), (words, words_en), (venue, venue_en) = told["activity"], told["words"], told["venue"]
    announce(
        town.leader, occasion_id=occasion_id, kind=KIND, subject=team, title=title, title_en=title_en, words=words,
        words_en=words_en, venue=venue, venue_en=venue_en, starts_at=begins, ends_at=begins + LASTS, places=THERE_MAX,
        tags=["theme_day"] if day.day == 1 else [], at=min(begins - timedelta(days=5), timezone.now()),
    )  # type: ignore[call-arg]  # fmt: skip
    return occasion_id, begins


def _past(town: _Town, day: date) -> None:
    """Activities that were: a few at each of some stations, checked in and out by code, and confirmed."""
    hands = [town.volunteers[0], *town.chance.sample(town.volunteers[1:], 19)]
    for number, (team, told) in enumerate(town.chance.sample(town.teams, min(4, len(town.teams)))):
        occasion_id, begins = _announced(town, team, told, day)
        for volunteer in hands[number * 5 : number * 5 + 5]:
            book(volunteer, occasion_id=occasion_id, at=begins - timedelta(days=1))  # type: ignore[call-arg]
            for direction, minutes in (("in", town.chance.randrange(-5, 20)), ("out", town.chance.randrange(90, 125))):
                at = begins + timedelta(minutes=minutes)
                check(
                    volunteer, occasion_id=occasion_id, direction=direction, code=code_at(occasion_id, at),
                    client_id=named_identifier(f"demo:{direction}:{occasion_id}:{volunteer.person_id}"), at=at,
                )  # type: ignore[call-arg]  # fmt: skip
        with seeing(town.leader.scope):
            there = [each.one.id for each in attendances(town.leader, occasion_id=occasion_id)]
        confirm_attendance(
            town.leader, occasion_id=occasion_id, booking_ids=there, at=begins + LASTS + timedelta(hours=1)
        )  # type: ignore[call-arg]


def _coming(town: _Town, day: date, *, first: int) -> None:
    """What the coming week brings: four stations a day, with some who have signed up."""
    for team, told in town.teams[first * 4 : first * 4 + 4]:
        occasion_id, _begins = _announced(town, team, told, day)
        for volunteer in town.chance.sample(town.volunteers[1:], town.chance.randrange(2, THERE_MAX)):
            book(volunteer, occasion_id=occasion_id)
