"""Which villages there were, from the realm's plain files, and the words from which their books are invented."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from tianqu.base.wording import filled

WORDS_FILE: Final = "villages.yaml"
COUNTY_DIGITS: Final = 6
COMMITTEE: Final = re.compile(
    r"(?:类似)?(?:村?村民委员会|村?村民委会员|村?村民委会|村?村委员会|村?村委会|村?村委|居民委员会|居委会)$"
)
TOWN_ENDINGS: Final = ("居委会", "居民委员会")  # residents' committees let houses and no fields
FIRMS_SHARE: Final = 0.18  # of who takes land or buildings


@dataclass(frozen=True, slots=True)
class Seat:
    """A village of the edition: its code and short name, its county and township by code, where it lies."""

    code: str
    name: str
    county: str
    township: str
    urban: bool
    lon: str
    lat: str


class Words:
    """The realm's ``villages.yaml``, and the drawing from it. The same chance draws the same."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told

    def one(self, chance: random.Random, name: str, **known: str) -> str:
        """Return one of the sentences of a list, filled."""
        told = self.told[name]
        return self.fill(chance, chance.choice(told) if isinstance(told, list) else told, **known)

    def fill(self, chance: random.Random, text: str, **known: str) -> str:
        """Choose among ``[a/b]`` and fill every ``{slot}``."""
        return filled(text, self.told["slots"], chance, known)

    def person(self, chance: random.Random, seat: Seat) -> str:
        """Return the name of somebody who does not exist; in many villages most people have the village's surname."""
        surnames = self.told["slots"]["surnames"]
        own = [each for each in seat.name if each in surnames][:1]
        surname = own[0] if own and chance.random() < 0.5 else chance.choice(surnames)
        return f"{surname}{chance.choice(self.told['slots']['given'])}"

    def lessee(self, chance: random.Random, seat: Seat) -> str:
        """Return who takes land: mostly a person, sometimes a farm or a company that does not exist."""
        if chance.random() >= FIRMS_SHARE:
            return self.person(chance, seat)
        return self.firm(chance)

    def firm(self, chance: random.Random) -> str:
        """Return the name of a farm or company that does not exist."""
        return self.fill(chance, self.fill(chance, "{firms}"))

    def weighted(self, chance: random.Random, options: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return one of the options by their weights."""
        return chance.choices(options, [option["weight"] for option in options])[0]


def read_words(realm: Path) -> Words | None:
    """Read the words of a realm; None for one that invents no villages' books."""
    path = realm / WORDS_FILE
    if not path.is_file():
        return None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Words(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))  # noqa: S506  it is a safe loader


def read_seats(realm: Path, words: Words) -> list[Seat]:
    """Read the villages of the realm's edition from its places, by code."""
    edition = words.told["edition"]
    on, without = edition["day"], frozenset(edition["without"])
    with (realm / "places.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "village" and row["code"] not in without]
    seats = [_seat(row) for row in rows if _there(row, on)]
    return sorted(seats, key=lambda seat: seat.code)


def _there(row: dict[str, str], on: date) -> bool:
    day = on.isoformat()
    return (not row["valid_from"] or row["valid_from"] <= day) and (not row["valid_to"] or row["valid_to"] > day)


def _seat(row: dict[str, str]) -> Seat:
    return Seat(
        code=row["code"], name=short_name(row["name"]), county=row["code"][:COUNTY_DIGITS], township=row["parent"],
        urban=row["name"].endswith(TOWN_ENDINGS), lon=row["lon"], lat=row["lat"],
    )  # fmt: skip


def short_name(name: str) -> str:
    """Return a village's name without its committee: 老城东街村村委会 is 老城东街村, 振东居委会 is 振东社区."""
    short = COMMITTEE.sub("", name)
    if short.endswith(("村", "社区")):
        return short
    return f"{short}社区" if name.endswith(TOWN_ENDINGS) else f"{short}村"
