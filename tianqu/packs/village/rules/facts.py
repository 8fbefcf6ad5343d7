"""What is known of a contract when it is judged. Amounts are whole fen, areas whole 0.0001 mu.

``until`` is always the first day on which something no longer holds: a lease from 1 January 2020 for twenty years has
``until`` 1 January 2040.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

MU: int = 10_000  # a mu in the smallest unit of area


class ContractKind(Enum):
    """By what the land or the asset came to whom uses it."""

    HOUSEHOLD = "household"  # contracted by the collective to its own households
    OTHER_MEANS = "other_means"  # contracted by tender, auction or talks: hills, ditches, wasteland
    LEASE = "lease"  # land or an asset of the collective that it lets
    FLOW = "flow"  # a household passes on the management of its contracted land
    CONSTRUCTION = "construction"  # collectively owned commercial construction land
    HOMESTEAD = "homestead"


class LandClass(Enum):
    """What a parcel is by the survey of land."""

    ARABLE = "arable"
    GARDEN = "garden"
    FOREST = "forest"
    GRASSLAND = "grassland"
    WATER = "water"
    CONSTRUCTION = "construction"
    HOMESTEAD = "homestead"
    UNUSED = "unused"
    BUILDING = "building"


class Body(Enum):
    """Who resolved: everybody who belongs, or whom they chose for it."""

    MEMBERS = "members"
    REPRESENTATIVES = "representatives"


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a contract was resolved on: when it was announced and held, and who came and agreed."""

    body: Body
    held_on: date
    entitled: int
    present: int
    agreed: int
    notice_on: date | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """A rent that falls due: ``amount_fen`` for the days from ``covers_from`` until ``covers_until``."""

    due_on: date
    amount_fen: int
    covers_from: date
    covers_until: date
    paid_fen: int = 0


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract as the register and the books know it. None is "nobody knows", and is never taken for a no."""

    id: str
    kind: ContractKind
    land_class: LandClass
    parcel: str
    peer_place: str  # the place within which rents are compared: the path of the township
    signed_on: date
    starts_on: date
    until: date | None  # None: of no fixed term
    area_mu_4: int
    written: bool = True
    scanned: bool | None = None  # whether a scan of the signed contract is in the register
    rent_year_fen: int | None = None  # the average rent of a year
    instalments: tuple[Instalment, ...] = ()
    renewal: bool = False  # a renewal is a term of its own
    measured_mu_4: int | None = None
    household_until: date | None = None  # of a flow: when the household's own contract ends
    lessee_outside: bool = False
    resolution: Resolution | None = None
    township_approved_on: date | None = None
    bounds_written: bool | None = None  # bounds, area, term and use are in the text of the contract
    board_elected_on: date | None = None  # the board that signed
    occupied: bool | None = None  # whether the lessee is still on it, as last seen
    objected_on: date | None = None  # when the village objected to their staying on
    use_agreed: str = ""
    use_found: str = ""
    sublet: bool = False
    sublet_consent: bool = False
    receipts_fen: int | None = None
    posted_fen: int | None = None
    private_account: bool = False


def years_after(day: date, years: int) -> date:
    """Return the day on which ``years`` are over: of a 29 February, the first of March in a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def months_after(day: date, months: int) -> date:
    """Return the day on which ``months`` are over; where the month has no such day, the first of the next."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        return date(year, month + 2, 1)  # December has every day


def whole_years(start: date, *, until: date) -> tuple[int, int]:
    """Return how many whole years and further days lie between two days."""
    years = until.year - start.year
    if years_after(start, years) > until:
        years -= 1
    return years, (until - years_after(start, years)).days
