"""Keeping what a contract was after each act, so that what was published stays as it was published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.canonical import plain
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.pack.api import ContractEvent
from tianqu.packs.village.models import Contract, ContractVersion, ParcelVersion
from tianqu.packs.village.registers.matters import resolutions_of
from tianqu.packs.village.rules.facts import Resolution

if TYPE_CHECKING:
    from tianqu.packs.village.registers.contracts import ContractTerms

ROWS_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What a contract was after something had been written about it."""

    contract: Contract
    terms: ContractTerms
    version: int
    event: ContractEvent
    at: datetime
    ended_on: date | None = None


def keep_version(acting: Acting, contract: Contract, terms: ContractTerms, event: ContractEvent) -> None:
    """Keep the contract as it stands."""
    keep_versions([Kept(contract, terms, contract.version, event, acting.now, contract.ended_on)])


def keep_versions(kept: Sequence[Kept]) -> None:
    """Keep contracts as they were, with the areas that their parcels had, and how they were resolved on."""
    parcels = _parcels({parcel_id for one in kept for parcel_id in one.terms.parcel_ids})
    held = resolutions_of({one.terms.matter_id for one in kept if one.terms.matter_id is not None})
    ContractVersion.objects.bulk_create((_row(one, parcels, held) for one in kept), batch_size=ROWS_AT_ONCE)


def _row(one: Kept, parcels: Mapping[UUID, list[ParcelVersion]], held: Mapping[UUID, Resolution]) -> ContractVersion:
    terms, day = one.terms, timezone.localdate(one.at)
    mine = [_on(parcels[parcel_id], day) for parcel_id in terms.parcel_ids if parcel_id in parcels]
    mine.sort(key=lambda version: version.parcel.number)
    resolution = terms.particulars.resolution if terms.matter_id is None else held.get(terms.matter_id)
    return ContractVersion(
        contract=one.contract, place_path=one.contract.place_path, version=one.version, event=one.event, at=one.at,
        facts=_facts(one, resolution, mine), texts=_texts(terms, mine),
    )  # fmt: skip


def _parcels(ids: Iterable[UUID]) -> dict[UUID, list[ParcelVersion]]:
    """The versions of parcels that had days, by parcel, the earliest first."""
    found: dict[UUID, list[ParcelVersion]] = {}
    rows = ParcelVersion.objects.select_related("parcel").defer("boundary").filter(parcel_id__in=list(ids))
    for version in rows.order_by("valid_from", "id"):
        if version.valid_to != version.valid_from:
            found.setdefault(version.parcel_id, []).append(version)
    return found


def _on(versions: Sequence[ParcelVersion], day: date) -> ParcelVersion:
    """What a parcel was on a day; before its first, what it was then."""
    return next((one for one in reversed(versions) if one.valid_from <= day), versions[0])


def only_paid(before: ContractTerms, after: ContractTerms) -> bool:
    """Say whether two terms differ in nothing but in what was paid."""
    return before != after and _unpaid(before) == _unpaid(after)


def _unpaid(terms: ContractTerms) -> ContractTerms:
    instalments = tuple(replace(one, paid_fen=0) for one in terms.instalments)
    return replace(terms, instalments=instalments, parcel_ids=tuple(sorted(terms.parcel_ids)))


def _facts(one: Kept, resolution: Resolution | None, parcels: Sequence[ParcelVersion]) -> Any:
    terms, told = one.terms, one.terms.particulars
    return plain(
        {
            "kind": terms.kind, "land_class": terms.land_class, "own": terms.lessor == one.contract.place.name,
            "signed_on": terms.signed_on, "starts_on": terms.starts_on, "until": terms.until,
            "ended_on": one.ended_on, "area_mu_4": terms.area_mu_4, "rent_year_fen": terms.rent_year_fen,
            "instalments": terms.instalments, "written": told.written,
            "resolution": None if resolution is None else [resolution.held_on, resolution.body],
            "township_approved_on": told.township_approved_on,
            "parcels": [[each.parcel_id, each.land_class, each.area_mu_4] for each in parcels],
        }
    )  # fmt: skip


def _texts(terms: ContractTerms, parcels: Sequence[ParcelVersion]) -> Any:
    told = terms.particulars
    return {
        "number": terms.number, "use": told.use_agreed, "reference": told.resolution_reference,
        "parcels": [one.parcel.number for one in parcels],
    }  # fmt: skip
