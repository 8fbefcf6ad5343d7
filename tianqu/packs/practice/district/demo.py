"""The demonstration's district: its stations, teams and volunteers as reported, and a year of theme days.

Numbers and days stand in the realm's ``practice.yaml`` under ``district``; a realm without it has none. Villages are
real; who volunteers there is invented. The register from before comes in by the act that brings in such registers.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import yaml
from django.utils import timezone

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.occasions.api import announce, book, check, code_at
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import Place, place_called, places_under, unit_called
from tianqu.packs.practice.acts import declare_station, declare_team
from tianqu.packs.practice.bringing.acts import LINES_MAX, RegisteredVolunteer, bring_volunteers, person_of
from tianqu.packs.practice.demo import BEGINS, LASTS
from tianqu.packs.practice.hours.acts import confirm_hours
from tianqu.packs.practice.hours.queries import participants
from tianqu.packs.practice.models import KIND, SERVICES
from tianqu.packs.practice.profiles.acts import REACHES, SKILLS, TIMES

MONTHS: Final = 12
GUESTS: Final = 5  # at a theme day of a team


@dataclass(frozen=True, slots=True)
class _District:
    """What is told of the district, who may do everything there, and what chance has made of it."""

    told: Mapping[str, Any]
    words: Mapping[str, Any]
    centre: Actor
    chance: random.Random
    last: date  # by which everything of the register was there

    def day(self) -> date:
        """A day in the years before the last."""
        return self.last - timedelta(days=self.chance.randrange(800))


def district_of_stations(stage: DemoStage) -> int:
    """Bring in the district's register, and let a year of theme days pass; return how many volunteers there are."""
    path = stage.realm / "practice.yaml"
    words = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    told = words.get("district")
    if told is None:
        return 0
    place = place_called(told["place"])
    centre = Actor("import", unit_id=unit_called(told["place"]).id, roles=frozenset({"practice_centre"}),
                   scope=Scope(place_paths=(place.path,)))  # fmt: skip
    district = _District(told, words, centre, random.Random(stage.seed), date.fromisoformat(str(told["until"])))  # noqa: S311  nothing secret
    villages = [one for one in places_under(place.path) if one.kind == "village"][: told["stations"]]
    stations = _stations(district, villages, stage)
    teams = _teams(district, stations)
    lines = _register(district, list(teams))
    for first in range(0, len(lines), LINES_MAX):
        bring_volunteers(centre, lines=lines[first : first + LINES_MAX])
        stage.tell(len(stations) + first, len(stations) + len(lines))
    _theme_days(district, teams, lines)
    return len(lines)


def _stations(district: _District, villages: Sequence[Place], stage: DemoStage) -> list[str]:
    for number, place in enumerate(villages):
        declare_station(
            district.centre, station=f"s{place.code}", unit_id=unit_called(place.code).id, place_id=place.id,
            name=f"{place.name}新时代文明实践站", name_en=f"Practice station of {place.name_en}", since=district.day(),
        )  # fmt: skip
        stage.tell(number, len(villages) + district.told["volunteers"])
    return [f"s{place.code}" for place in villages]


def _teams(district: _District, stations: Sequence[str]) -> dict[str, str]:
    """Standing teams at as many stations, far from one another: the code of each with its kind of service."""
    count = district.told["teams"]
    chosen = [stations[number * len(stations) // count] for number in range(count)]
    teams = {f"{station}-1": SERVICES[number % len(SERVICES)] for number, station in enumerate(chosen)}
    for team, service in teams.items():
        name, name_en = district.words["teams"][service]
        declare_team(
            district.centre, team=team, station=team.removesuffix("-1"), name=name, name_en=name_en, service=service,
            since=district.day(),
        )  # fmt: skip
    return teams


def _register(district: _District, teams: Sequence[str]) -> list[RegisteredVolunteer]:
    """The volunteers as their stations wrote them down."""
    chance, words = district.chance, district.words
    return [
        RegisteredVolunteer(
            reference=f"{number + 1:05d}", team=teams[number % len(teams)],
            name=chance.choice(words["surnames"]) + "".join(chance.choices(words["names"], k=2)),
            phone=f"101{number:08d}", born_on=date(chance.randrange(1945, 2001), chance.randrange(1, 13), 1),
            since=district.day(), skills=tuple(chance.sample(SKILLS, chance.randrange(3))),
            times=tuple(chance.sample(TIMES, 2)), reach=chance.choice(REACHES),
        )
        for number in range(district.told["volunteers"])
    ]  # fmt: skip


def _theme_days(district: _District, teams: Mapping[str, str], lines: Sequence[RegisteredVolunteer]) -> None:
    """On the first of each of the last twelve months some teams do something, and who came is confirmed."""
    members: dict[str, list[Actor]] = {}
    for line in lines:
        person_id = person_of(line)
        members.setdefault(line.team, []).append(
            Actor(channel="import", person_id=person_id, scope=Scope(person_id=person_id))
        )
    day = timezone.localdate().replace(day=1)
    for _month in range(MONTHS):
        for team in sorted(district.chance.sample(sorted(teams), district.told["theme_day_teams"])):
            _theme_day(district, team, day, hands=district.chance.sample(members[team], GUESTS))
        day = (day - timedelta(days=1)).replace(day=1)


def _theme_day(district: _District, team: str, day: date, *, hands: Sequence[Actor]) -> None:
    begins = datetime.combine(day, BEGINS, timezone.get_current_timezone())
    if begins + LASTS > timezone.now():
        return
    occasion_id = _announced(district, team, begins)
    for hand in hands:
        book(hand, occasion_id=occasion_id, at=begins - timedelta(days=1))  # type: ignore[call-arg]
        for direction, minutes in (
            ("in", district.chance.randrange(-5, 20)),
            ("out", district.chance.randrange(90, 125)),
        ):
            at = begins + timedelta(minutes=minutes)
            check(
                hand, occasion_id=occasion_id, direction=direction, code=code_at(occasion_id, at), at=at,
                client_id=named_identifier(f"demo:{direction}:{occasion_id}:{hand.person_id}"),
            )  # type: ignore[call-arg]  # fmt: skip
    with seeing(SYSTEM.scope):
        there = [each.one.id for each in participants(SYSTEM, occasion_id=occasion_id)]
    confirm_hours(SYSTEM, occasion_id=occasion_id, booking_ids=there, at=begins + LASTS + timedelta(hours=1))  # type: ignore[call-arg]


def _announced(district: _District, team: str, begins: datetime) -> UUID:
    occasion_id = named_identifier(f"demo:theme_day:{team}:{begins.date()}")
    (title, title_en), (words, words_en), (venue, venue_en) = (
        district.words["theme_day"][name] for name in ("title", "words", "venue")
    )
    announce(
        district.centre, occasion_id=occasion_id, kind=KIND, subject=team, title=title, title_en=title_en, words=words,
        words_en=words_en, venue=venue, venue_en=venue_en, starts_at=begins, ends_at=begins + LASTS, places=30,
        tags=["theme_day"], at=begins - timedelta(days=5),
    )  # type: ignore[call-arg]  # fmt: skip
    return occasion_id
