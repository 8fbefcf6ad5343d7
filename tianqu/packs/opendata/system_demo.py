"""The demonstration's information systems: as many of as many units as one reported, declared by the act of everybody.

What there is stands in the realm's ``systems.yaml``; a realm without it has none. The same seed makes the same systems.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

from tianqu.kernel.datasets.api import describe_declared
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import Unit, units_found
from tianqu.packs.opendata.acts import Fed, declare_system
from tianqu.packs.opendata.queries import codes_by_office, system_codes

UNITS_MAX: Final = 1_000  # of one kind


@dataclass(frozen=True, slots=True)
class PlannedSystem:
    """A system of the demonstration: ``number`` tells those of one unit apart, from 0 on."""

    code: str
    unit: str
    number: int
    name: str
    name_en: str
    since: date
    cloud_since: date
    domain: str


def read_systems(realm: Path) -> Mapping[str, Any]:
    """What a realm tells of its systems; nothing where it has no ``systems.yaml``."""
    path = realm / "systems.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}


def planned_systems(told: Mapping[str, Any], units: Iterable[Unit], *, seed: int) -> list[PlannedSystem]:
    """The systems of the first units that there are to be, each unit with as many as any other or with one more."""
    chance = Random(f"{seed}:systems")  # noqa: S311  nothing secret is made of it
    kinds = list(told["domains"])
    known = [unit for unit in units if unit.kind in told["domains"]]
    known.sort(key=lambda unit: (unit.place.path.count("."), kinds.index(unit.kind), unit.code))
    assert len(known) >= told["units"], "the realm has too few units of these kinds"
    each, more = divmod(told["systems"], told["units"])
    planned: list[PlannedSystem] = []
    for place, unit in enumerate(known[: told["units"]]):
        for number in range(each + (place < more)):
            planned.append(_planned(told, unit, number, chance, code=f"system-{len(planned) + 1:04}"))
    return planned


def _planned(told: Mapping[str, Any], unit: Unit, number: int, chance: Random, *, code: str) -> PlannedSystem:
    name, name_en = told["names"][number]
    cloud_since = _day(chance, first=told["cloud"], last=told["until"])
    return PlannedSystem(
        code, unit.code, number, f"{unit.name}{name}", f"{unit.name_en}: {name_en}",
        since=_day(chance, first=told["since"], last=cloud_since), cloud_since=cloud_since,
        domain=told["domains"][unit.kind],
    )  # fmt: skip


def _day(chance: Random, *, first: date, last: date) -> date:
    return first + timedelta(days=chance.randint(0, (last - first).days))


def systems_of_offices(stage: DemoStage) -> int:
    """Declare the realm's systems that are not there yet, each with what it feeds; return how many were new."""
    told = read_systems(stage.realm)
    if not told:
        return 0
    describe_declared()
    steward = Actor("import", roles=frozenset({"data_steward"}), scope=Scope(place_paths=(stage.root,)))
    with seeing(SYSTEM.scope):
        units = {
            unit.code: unit
            for kind in told["domains"]
            for unit in units_found(kind=kind, under=stage.root, limit=UNITS_MAX)
        }
        there = system_codes()
    with seeing(steward.scope):
        fed = codes_by_office(steward)
    planned = planned_systems(told, units.values(), seed=stage.seed)
    count = {one.unit: one.number + 1 for one in planned}
    new = [one for one in planned if one.code not in there]
    for done, one in enumerate(new):
        stage.tell(done, len(new))
        unit = units[one.unit]
        declare_system(
            steward, system=one.code, unit_id=unit.id, name=one.name, name_en=one.name_en, since=one.since,
            cloud_since=one.cloud_since, domains=[one.domain],
            datasets=[Fed(code) for code in fed[unit.id][one.number :: count[one.unit]]],
        )  # fmt: skip
    stage.tell(len(new), len(new))
    return len(new)
