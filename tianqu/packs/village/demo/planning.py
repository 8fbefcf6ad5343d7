"""The plan of a village, of a county, and of all: invented from the seed alone, the same to the byte each time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from tianqu.base.canonical import canonical_bytes, plain
from tianqu.packs.village.demo.edition import Seat, Words
from tianqu.packs.village.demo.land import Landholding, land_moves
from tianqu.packs.village.demo.letting import Let, Letting
from tianqu.packs.village.demo.owning import Owning
from tianqu.packs.village.demo.posting import EXPENSES_A_QUARTER, PlannedTransfer, Posting
from tianqu.packs.village.demo.shares import Share, county_shares
from tianqu.packs.village.registers.histories import HoldingHistory, ParcelHistory
from tianqu.packs.village.registers.land import boundary_text

CHART: Final = "cn.village.2004"
LAND_CHART: Final = "village.land"


@dataclass(frozen=True, slots=True)
class VillagePlan:
    """Everything that is invented for one village: its registers, each thing with its history, and its book."""

    seat: Seat
    lets: tuple[Let, ...]
    parcels: tuple[ParcelHistory, ...]
    holdings: tuple[HoldingHistory, ...]
    transfers: tuple[PlannedTransfer, ...]

    @property
    def book(self) -> str:
        """The public code of the village's book."""
        return book_code(self.seat.code)


def book_code(village: str) -> str:
    """Return the public code of the invented book of a village."""
    return f"{village}.demo"


def planned_village(words: Words, share: Share, *, seed: int, expenses: int = EXPENSES_A_QUARTER) -> VillagePlan:
    """Invent one village from its share. Each part has a chance of its own, so that none disturbs another."""
    seat = share.seat
    name = f"tianqu/demo/{seed}/{seat.code}"

    def chance(part: str) -> random.Random:
        return random.Random(f"{name}/{part}")  # noqa: S311  nothing secret is made of it

    lets = Letting(words, seat, chance("letting"), name=name).contracts(share.slots)
    land = Landholding(words, seat, chance("land"), name=name)
    parcels = land.parcels(lets, recovered=share.recovered_mu_4, idle=share.idle_mu_4)
    owned = Owning(words, seat, chance("owning"), name=name).owned(
        lets, claims=share.claims_settled_fen, debts=share.debts_settled_fen
    )
    posting = Posting(words, seat, chance("posting"), name=name, expenses=expenses)
    transfers, funds = posting.transfers(lets, owned, land_moves(words, parcels))
    return VillagePlan(seat, tuple(lets), tuple(parcels), (*funds, *owned.holdings), tuple(transfers))


def planned_villages(
    words: Words, seats: Sequence[Seat], *, seed: int, expenses: int = EXPENSES_A_QUARTER
) -> Iterator[VillagePlan]:
    """Invent villages of whole counties, ordered by code."""
    for _county, of_county in groupby(seats, key=lambda seat: seat.county):
        for share in county_shares(words, list(of_county), seed=seed):
            yield planned_village(words, share, seed=seed, expenses=expenses)


def digest_of_plans(plans: Iterable[VillagePlan]) -> str:
    """SHA-256, in hexadecimal, of everything that plans say."""
    digest = hashlib.sha256()
    for plan in plans:
        parcels = [
            [parcel.parcel_id, parcel.number, [
                [step.change_id, step.day, step.reason, step.facts.area_mu_4, step.facts.land_class, step.facts.name,
                 step.facts.use, step.facts.idle, boundary_text(step.facts.boundary)] for step in parcel.steps
            ]]
            for parcel in plan.parcels
        ]  # fmt: skip
        told = [plan.seat, [let.history for let in plan.lets], parcels, plan.holdings, plan.transfers]
        digest.update(canonical_bytes(plain(told)))
    return digest.hexdigest()
