"""The land of a village: what is let, what households hold, what lies idle, and what of it is recovered in 2020.

The ledger of land has an account for each class in use and one for each class that lies idle (the realm's chart
``village.land``); every change of the register has its transfer, so that both always say the same.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from tianqu.base.identifiers import named_identifier
from tianqu.packs.village.demo.edition import Seat, Words
from tianqu.packs.village.demo.letting import FIRST_YEAR, LAST_YEAR, Let
from tianqu.packs.village.demo.shares import HUNDREDTH_MU, MU
from tianqu.packs.village.registers.histories import ParcelHistory, ParcelStep
from tianqu.packs.village.registers.land import ParcelFacts
from tianqu.packs.village.rules.facts import LandClass

FIRST_DAY: Final = date(FIRST_YEAR, 1, 1)
WHOLE: Final = "whole"  # the account against which land is held
NUMBER_LETTERS: Final = {
    LandClass.ARABLE: "耕", LandClass.GARDEN: "园", LandClass.FOREST: "林", LandClass.GRASSLAND: "草",
    LandClass.WATER: "水", LandClass.CONSTRUCTION: "建", LandClass.HOMESTEAD: "宅", LandClass.UNUSED: "荒",
    LandClass.BUILDING: "房",
}  # fmt: skip
MEASURED_SHARE: Final = 0.06  # of the villages measure a parcel anew in these years
METRES_A_DEGREE: Final = 111_320.0
SQUARE_METRES_A_MU: Final = 2000 / 3


@dataclass(frozen=True, slots=True)
class LandMove:
    """What moves in the ledger of land: legs by account, debit positive, in 0.0001 mu."""

    day: date
    kind: str  # ``opening``, ``recovered`` or ``measured``
    legs: tuple[tuple[str, int], ...]
    purpose: str
    parcel_id: UUID | None = None


def account_of(facts: ParcelFacts) -> str:
    """Return the account of the ledger of land on which a parcel stands."""
    return f"{facts.land_class.value}.idle" if facts.idle else facts.land_class.value


class Landholding:
    """Invents the parcels of one village."""

    def __init__(self, words: Words, seat: Seat, chance: random.Random, *, name: str) -> None:
        self.words, self.seat, self.chance, self.name = words, seat, chance, name
        self._counts: dict[LandClass, int] = {}

    def parcels(self, lets: Sequence[Let], *, recovered: Sequence[int], idle: Sequence[int]) -> list[ParcelHistory]:
        """Return every parcel with its changes, numbered by class."""
        made = [*self._let(lets), *self._held(), *self._idle(recovered, again=True), *self._idle(idle, again=False)]
        return self._measured(made) if self.chance.random() < MEASURED_SHARE else made

    def _let(self, lets: Sequence[Let]) -> Iterator[ParcelHistory]:
        seen: set[UUID] = set()
        for let in lets:
            if let.parcel_id not in seen:
                seen.add(let.parcel_id)
                yield self._parcel(let.parcel_id, ParcelFacts(let.parcel_mu_4, let.land_class, let.land_name, let.use))

    def _held(self) -> Iterator[ParcelHistory]:
        """What households farm and live on, and what serves everybody."""
        for option in self.words.told["land"]:
            least, most = option["count"]
            if self.seat.urban and option["class"] in ("arable", "water"):
                continue
            for _n in range(self.chance.randint(least, most)):
                area = round(self.chance.uniform(*option["mu"]) * MU / HUNDREDTH_MU) * HUNDREDTH_MU
                facts = ParcelFacts(
                    area, LandClass(option["class"]), self.chance.choice(option["names"]), option["use"]
                )
                yield self._parcel(self._identifier(facts), facts)

    def _idle(self, areas: Iterable[int], *, again: bool) -> Iterator[ParcelHistory]:
        """What lies idle; ``again``: until it is recovered and used again in 2020."""
        for area in areas:
            options = [one for one in self.words.told["idle"] if area <= one.get("most", area) * MU]
            option: dict[str, Any] = self.words.weighted(self.chance, options)
            name, land_class = self.chance.choice(option["names"]), LandClass(option["class"])
            facts = ParcelFacts(area, land_class, name, option["use"], idle=True, boundary=self._square(area))
            parcel_id = self._identifier(facts)
            steps = []
            if again:
                after = self.chance.choice(option["after"])
                day = date(LAST_YEAR, 3, 5) + timedelta(days=self.chance.randrange(290))
                now = ParcelFacts(area, land_class, name, after, boundary=facts.boundary)
                reason = self.words.one(self.chance, "recovered", after=after)
                steps.append(ParcelStep(named_identifier(f"{parcel_id}/recovered"), day, now, reason))
            yield self._parcel(parcel_id, facts, *steps)

    def _measured(self, made: list[ParcelHistory]) -> list[ParcelHistory]:
        """Measure a parcel that households hold anew; its area was a little off."""
        for place, parcel in enumerate(made):
            facts = parcel.steps[0].facts
            if facts.use == "家庭承包经营":
                area = facts.area_mu_4 + self.chance.choice((-1, 1)) * self.chance.randrange(1, 400) * HUNDREDTH_MU
                day = date(self.chance.choice((FIRST_YEAR, LAST_YEAR)), 5, 1) + timedelta(
                    days=self.chance.randrange(200)
                )
                now = ParcelFacts(area, facts.land_class, facts.name, facts.use)
                reason = self.words.one(self.chance, "measured", land=facts.name)
                step = ParcelStep(named_identifier(f"{parcel.parcel_id}/measured"), day, now, reason)
                made[place] = ParcelHistory(parcel.parcel_id, parcel.number, (*parcel.steps, step))
                break
        return made

    def _identifier(self, facts: ParcelFacts) -> UUID:
        count = self._counts.get(facts.land_class, 0) + 1
        return named_identifier(f"{self.name}/parcel/{facts.land_class.value}/{count}")

    def _parcel(self, parcel_id: UUID, facts: ParcelFacts, *later: ParcelStep) -> ParcelHistory:
        count = self._counts[facts.land_class] = self._counts.get(facts.land_class, 0) + 1
        number = f"{NUMBER_LETTERS[facts.land_class]}-{count:02d}"
        return ParcelHistory(parcel_id, number, (ParcelStep(parcel_id, FIRST_DAY, facts), *later))

    def _square(self, area_mu_4: int) -> dict[str, Any] | None:
        """A rectangle of that area near the village, in degrees; the village's own position is invented, too."""
        if not self.seat.lon:
            return None
        metres = math.sqrt(area_mu_4 / MU * SQUARE_METRES_A_MU)
        lon, lat = (float(at) + self.chance.uniform(-0.008, 0.008) for at in (self.seat.lon, self.seat.lat))
        high = metres / METRES_A_DEGREE
        wide = high / math.cos(math.radians(lat))
        ring = [(lon, lat), (lon + wide, lat), (lon + wide, lat + high), (lon, lat + high), (lon, lat)]
        return {"type": "Polygon", "coordinates": [[[round(x, 6), round(y, 6)] for x, y in ring]]}


def land_moves(words: Words, parcels: Sequence[ParcelHistory]) -> list[LandMove]:
    """Return what moves in the ledger of land: what there was, and each change."""
    opening: dict[str, int] = {}
    later: list[LandMove] = []
    for parcel in parcels:
        before = parcel.steps[0].facts
        opening[account_of(before)] = opening.get(account_of(before), 0) + before.area_mu_4
        for step in parcel.steps[1:]:
            later.append(_move(parcel.parcel_id, before, step))
            before = step.facts
    legs = (*sorted(opening.items()), (WHOLE, -sum(opening.values())))
    first = LandMove(FIRST_DAY, "opening", legs, words.told["land_opening"])
    return [first, *sorted(later, key=lambda move: (move.day, str(move.parcel_id)))]


def _move(parcel_id: UUID, before: ParcelFacts, step: ParcelStep) -> LandMove:
    now = step.facts
    if account_of(before) == account_of(now):
        more = now.area_mu_4 - before.area_mu_4
        return LandMove(step.day, "measured", ((account_of(now), more), (WHOLE, -more)), step.reason, parcel_id)
    legs = ((account_of(now), now.area_mu_4), (account_of(before), -before.area_mu_4))
    return LandMove(step.day, "recovered", legs, step.reason, parcel_id)
