"""The demonstration's district: its stations, teams and volunteers as reported, and a year of theme days.

Numbers and days stand in the realm's ``practice.yaml`` under ``district``; a realm without it has none. Villages are
real; who volunteers there is invented. The register from before comes in by the act that brings in such registers.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import yaml
from django.utils import timezone

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.occasions.api import announce, attendances, book, check, code_at, confirm_attendance
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import Place, place_called, place_today, places_under, unit_called
from tianqu.packs.practice.acts import declare_station, declare_team
from tianqu.packs.practice.bringing.acts import person_of, register_volunteer
from tianqu.packs.practice.demo import BEGINS, LASTS
from tianqu.packs.practice.models import KIND, SERVICES
from tianqu.packs.practice.profiles.acts import REACHES, SKILLS, TIMES

MONTHS: Final = 12
GUESTS: Final = 5  # at a theme day of a team


class District:
    """What is told of a district, and what chance makes of it: the same numbers and days for the same seed."""

    def __init__(self, words: Mapping[str, Any], *, seed: int) -> None:
        self.words, self.told = words, words["district"]
        self.chance = random.Random(seed)  # noqa: S311  nothing secret is made of it
        self.last = last = date.fromisoformat(str(self.told["until"]))
        self.stations, self.teams, self.volunteers = (
            [last - timedelta(days=self.chance.randrange(800)) for _number in range(self.told[name])]
            for name in ("stations", "teams", "volunteers")
        )  # since when each is there


def district_of_stations(stage: DemoStage) -> int:
    """Bring in the district's register, and let a year of theme days pass; return how many volunteers there are."""
    path = stage.realm / "practice.yaml"
    words = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if "district" not in words:
        return 0
    district = District(words, seed=stage.seed)
    place = place_called(district.told["place"])
    centre = Actor("import", unit_id=unit_called(place.code).id, roles=frozenset({"practice_centre"}),
                   scope=Scope(place_paths=(place.path,)))  # fmt: skip
    stations = _stations(centre, district, _villages(district, place), stage)
    teams = _teams(centre, district, stations)
    lines = register(district, teams)
    for number, line in enumerate(lines):
        register_volunteer(centre, **line)
        stage.tell(len(stations) + number, len(stations) + len(lines))
    _theme_days(centre, district, teams, lines)
    return len(lines)


def _villages(district: District, place: Place) -> Iterator[tuple[Place, Place]]:
    """The villages that the district had then, each with the village of today in which it lies.

    What has left the district since, or is no village any more, stays what and where it was.
    """
    for then in places_under(place.path, on=district.last):
        if then.kind == "village":
            today = place_today(then.id)
            stayed = today.kind == "village" and today.path.startswith(f"{place.path}.")
            yield then, today if stayed else then


def _stations(
    centre: Actor, district: District, villages: Iterable[tuple[Place, Place]], stage: DemoStage
) -> list[str]:  # fmt: skip
    codes = []
    for number, ((then, place), since) in enumerate(zip(villages, district.stations, strict=False)):
        codes.append(f"s{then.code}")
        keeper = unit_called(str(district.told["place"]) if place is then else place.code)
        declare_station(
            centre, station=codes[-1], unit_id=keeper.id, place_id=place.id, since=since,
            name=f"{then.name}新时代文明实践站", name_en=f"Practice station of {then.name_en}",
        )  # fmt: skip
        stage.tell(number, len(district.stations) + len(district.volunteers))
    assert len(codes) == len(district.stations), "the district has too few villages"
    return codes


def _teams(centre: Actor, district: District, stations: Sequence[str]) -> list[str]:
    """Standing teams at as many stations, far from one another; return their codes."""
    count, codes = len(district.teams), []
    for number, since in enumerate(district.teams):
        station, service = stations[number * len(stations) // count], SERVICES[number % len(SERVICES)]
        codes.append(f"{station}-1")
        name, name_en = district.words["teams"][service]
        declare_team(
            centre, team=codes[-1], station=station, name=name, name_en=name_en, service=service, since=since
        )  # fmt: skip
    return codes


def register(district: District, teams: Sequence[str]) -> list[dict[str, Any]]:
    """The volunteers as their stations wrote them down."""
    chance, words = district.chance, district.words
    return [
        {
            "reference": f"{number + 1:05d}", "team": teams[number % len(teams)],
            "name": chance.choice(words["surnames"]) + "".join(chance.choices(words["names"], k=2)),
            "phone": f"101{number:08d}", "born_on": date(chance.randrange(1945, 2001), chance.randrange(1, 13), 1),
            "since": since, "skills": tuple(chance.sample(SKILLS, chance.randrange(3))),
            "times": tuple(chance.sample(TIMES, 2)), "reach": chance.choice(REACHES),
        }
        for number, since in enumerate(district.volunteers)
    ]  # fmt: skip


def _theme_days(
    centre: Actor, district: District, teams: Sequence[str], lines: Sequence[Mapping[str, Any]]
) -> None:  # fmt: skip
    """On the first of each of the last twelve months some teams do something, and who came is confirmed."""
    members: dict[str, list[Actor]] = {}
    for line in lines:
        person_id = person_of(line["team"], reference=line["reference"])
        members.setdefault(line["team"], []).append(
            Actor(channel="import", person_id=person_id, scope=Scope(person_id=person_id))
        )
    day = timezone.localdate().replace(day=1)
    for _month in range(MONTHS):
        for team in sorted(district.chance.sample(sorted(teams), district.told["theme_day_teams"])):
            _theme_day(centre, district, team, day, hands=district.chance.sample(members[team], GUESTS))
        day = (day - timedelta(days=1)).replace(day=1)


def _theme_day(centre: Actor, district: District, team: str, day: date, *, hands: Sequence[Actor]) -> None:
    begins = datetime.combine(day, BEGINS, timezone.get_current_timezone())
    if begins + LASTS > timezone.now():
        return
    occasion_id = _announced(centre, district, team, begins)
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
        there = [each.one.id for each in attendances(SYSTEM, occasion_id=occasion_id)]
    confirm_attendance(
        SYSTEM, occasion_id=occasion_id, booking_ids=there, at=begins + LASTS + timedelta(hours=1)
    )  # type: ignore[call-arg]  # fmt: skip


def _announced(centre: Actor, district: District, team: str, begins: datetime) -> UUID:
    occasion_id = named_identifier(f"demo:theme_day:{team}:{begins.date()}")
    (title, title_en), (words, words_en), (venue, venue_en) = (
        district.words["theme_day"][name] for name in ("title", "words", "venue")
    )
    announce(
        centre, occasion_id=occasion_id, kind=KIND, subject=team, title=title, title_en=title_en, words=words,
        words_en=words_en, venue=venue, venue_en=venue_en, starts_at=begins, ends_at=begins + LASTS, places=30,
        tags=["theme_day"], at=begins - timedelta(days=5),
    )  # type: ignore[call-arg]  # fmt: skip
    return occasion_id
