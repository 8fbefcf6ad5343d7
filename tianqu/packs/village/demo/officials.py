"""Who audits and inspects in the demonstration: the realm's own people where it names some, else invented ones."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.places.api import Post, load_posts
from tianqu.packs.village.demo.edition import Seat, Words

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

    An auditor sits in the township, an inspector in the county's bureau of agriculture: two offices, and neither is
    the village's. Raises ``NotFound`` where there is no such office.
    """
    of_township = {seat.township: seat for seat in seats}
    of_county = {seat.county: seat for seat in seats}
    bureaus = {code: f"{code}.{BUREAU}" for code in of_county}
    wanted = [(AUDITOR, code, code, seat) for code, seat in of_township.items()]
    wanted += [(INSPECTOR, code, bureaus[code], seat) for code, seat in of_county.items()]
    held = _held()
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
        held = _held()
    return Officials(
        {code: held[AUDITOR, code] for code in of_township},
        {code: held[INSPECTOR, unit] for code, unit in bureaus.items()},
    )


def _held() -> dict[tuple[str, str], Actor]:
    """Who holds such posts, by role and the code of the unit; the longest there of several."""
    with seeing(SYSTEM.scope):
        posts = Post.objects.filter(role__in=(AUDITOR, INSPECTOR), valid_to__isnull=True, deputy_of__isnull=True)
        rows = posts.order_by("-id").values_list("role", "unit__code", "person_id", "id", "unit_id")
        return {
            (role, unit): Actor(channel="import", person_id=person_id, post_id=post_id, unit_id=unit_id)
            for role, unit, person_id, post_id, unit_id in rows
        }
