"""What a register came to be, told whole: each thing with everything that was ever written about it, for imports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.contracts import ContractTerms
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.registers.land import ParcelFacts


@dataclass(frozen=True, slots=True)
class ParcelStep:
    """What a parcel is from ``day`` on. The first step enters it under its own identifier, later ones correct it."""

    change_id: UUID
    day: date
    facts: ParcelFacts
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ParcelHistory:
    """A parcel of a village with its changes, in order of time."""

    parcel_id: UUID
    number: str
    steps: tuple[ParcelStep, ...]


@dataclass(frozen=True, slots=True)
class ContractStep:
    """A contract as it was entered, or corrected, on a day."""

    day: date
    terms: ContractTerms


@dataclass(frozen=True, slots=True)
class Ended:
    """On which day something ended, and why; ``change_id`` is asked for where the register keeps changes."""

    day: date
    reason: str
    change_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ContractHistory:
    """A contract of a village with everything that was entered about it, in order of time."""

    contract_id: UUID
    steps: tuple[ContractStep, ...]
    ended: Ended | None = None


@dataclass(frozen=True, slots=True)
class HoldingStep:
    """What a holding is from ``day`` on. The first step enters it under its own identifier, later ones correct it."""

    change_id: UUID
    day: date
    facts: HoldingFacts
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HoldingHistory:
    """A fixed asset, fund, claim or debt of a village with its changes, in order of time."""

    holding_id: UUID
    kind: HoldingKind
    number: str
    steps: tuple[HoldingStep, ...]
    ended: Ended | None = None


@dataclass(frozen=True, slots=True)
class VillageRegisters:
    """The registers of a village, whole."""

    place_id: UUID
    parcels: tuple[ParcelHistory, ...] = ()
    contracts: tuple[ContractHistory, ...] = ()
    holdings: tuple[HoldingHistory, ...] = ()
