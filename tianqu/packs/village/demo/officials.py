"""Who audits and inspects in the demonstration: the realm's own people where it names some, else invented ones."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import SYSTEM, Actor
from tianqu.kernel.places.api import load_posts, place_called, unit_for
from tianqu.packs.village.demo.edition import Seat, Words
from tianqu.packs.village.demo.queries import post_holders

AUDITOR: Final = "township_auditor"
INSPECTOR: Final = "county_inspector"
TOWNSHIP: Final = "township_government"  # where its auditors sit
BUREAU: Final = "agriculture_bureau"  # where a county's inspectors sit
SINCE: Final = date(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class Officials:
    """The auditor of each township and the inspector of each county, by code."""

    auditors: Mapping[str, Actor]
    inspectors: Mapping[str, Actor]


def officials_for(words: Words, seats: Sequence[Seat], *, seed: int) -> Officials:
    """See that the townships and counties of some villages have an auditor and an inspector; return who they are.

    An auditor sits in the township, an inspector in the bureau of agriculture that answers for the county: two
    offices, and neither is the village's. Of places that were given up since, these are the offices that answer for
    them today. Raises ``NotFound`` where there is no such office.
    """
    of_township = {seat.township: seat for seat in seats}
    of_county = {seat.county: seat for seat in seats}
    townships = {code: _office(TOWNSHIP, place=code) for code in of_township}
    bureaus = {code: _office(BUREAU, place=code) for code in of_county}
    wanted = {(AUDITOR, unit): (code, of_township[code]) for code, unit in townships.items()}
    wanted |= {(INSPECTOR, unit): (code, of_county[code]) for code, unit in bureaus.items()}
    held = post_holders((AUDITOR, INSPECTOR))
    rows = []
    for (role, unit), (code, seat) in wanted.items():
        if (role, unit) not in held:
            chance = random.Random(f"tianqu/demo/{seed}/{role}/{code}")  # noqa: S311  nothing secret is made of it
            login = f"{role.rpartition('_')[2]}.{code}"
            rows.append({
                "login": login, "name": words.person(chance, seat), "role": role, "unit": unit, "language": "zh-hans",
                "valid_from": SINCE.isoformat(),
            })  # fmt: skip
    if rows:
        for refusal in load_posts(SYSTEM, rows=rows).refusals:
            raise refusal.error
        held = post_holders((AUDITOR, INSPECTOR))
    return Officials(
        {code: held[AUDITOR, unit] for code, unit in townships.items()},
        {code: held[INSPECTOR, unit] for code, unit in bureaus.items()},
    )


def _office(kind: str, *, place: str) -> str:
    found = unit_for(kind, place_called(place, on=SINCE))
    if found is None:
        raise NotFound(
            _("No office of the kind %(kind)s answers for %(value)s."), field="unit", value=place, kind=kind,
            remedy=_("Add it to the realm's units."),
        )  # fmt: skip
    return found.code
