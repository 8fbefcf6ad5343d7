"""Who audits and inspects in the demonstration: the realm's own people where it names some, else invented ones."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tianqu.kernel.journal.api import SYSTEM, Actor
from tianqu.kernel.places.api import load_posts, place_called, unit_for
from tianqu.packs.village.demo.edition import Seat, Words
from tianqu.packs.village.demo.queries import post_holders

AUDITOR: Final = "township_auditor"
INSPECTOR: Final = "county_inspector"
BUREAU: Final = "agriculture_bureau"  # of the county, where its inspectors sit
SINCE: Final = "2020-01-01"


@dataclass(frozen=True, slots=True)
class Officials:
    """The auditor of each township and the inspector of each county, by code."""

    auditors: Mapping[str, Actor]
    inspectors: Mapping[str, Actor]


def officials_for(words: Words, seats: Sequence[Seat], *, seed: int) -> Officials:
    """See that the townships and counties of some villages have an auditor and an inspector; return who they are.

    An auditor sits in the township, an inspector in the bureau of agriculture that answers for the county, which is
    the prefecture's where the county is a zone without one: two offices, and neither is the village's. Raises
    ``NotFound`` where there is no such office.
    """
    of_township = {seat.township: seat for seat in seats}
    of_county = {seat.county: seat for seat in seats}
    bureaus = {code: _bureau_of(code) for code in of_county}
    wanted = [(AUDITOR, code, code, seat) for code, seat in of_township.items()]
    in_bureau = {bureaus[code]: code for code in of_county}
    wanted += [(INSPECTOR, code, unit, of_county[code]) for unit, code in in_bureau.items()]
    held = post_holders((AUDITOR, INSPECTOR))
    rows = []
    for role, code, unit, seat in wanted:
        if (role, unit) not in held:
            chance = random.Random(f"tianqu/demo/{seed}/{role}/{code}")  # noqa: S311  nothing secret is made of it
            login = f"{role.rpartition('_')[2]}.{code}"
            rows.append({
                "login": login, "name": words.person(chance, seat), "role": role, "unit": unit, "language": "zh-hans",
                "valid_from": SINCE,
            })  # fmt: skip
    if rows:
        for refusal in load_posts(SYSTEM, rows=rows).refusals:
            raise refusal.error
        held = post_holders((AUDITOR, INSPECTOR))
    return Officials(
        {code: held[AUDITOR, code] for code in of_township},
        {code: held[INSPECTOR, unit] for code, unit in bureaus.items()},
    )


def _bureau_of(county: str) -> str:
    found = unit_for(BUREAU, place_called(county))
    return f"{county}.{BUREAU}" if found is None else found.code
