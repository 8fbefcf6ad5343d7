"""Keeping what a contract was after each act, so that what was published stays as it was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tianqu.base.canonical import plain
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.pack.api import ContractEvent
from tianqu.packs.village.models import Contract, ContractVersion, ParcelVersion

if TYPE_CHECKING:
    from tianqu.packs.village.registers.contracts import ContractTerms


def keep_version(acting: Acting, contract: Contract, terms: ContractTerms, event: ContractEvent) -> None:
    """Keep the contract as it stands, with the areas that its parcels have now."""
    parcels = list(
        ParcelVersion.objects.select_related("parcel")
        .defer("boundary").filter(parcel_id__in=terms.parcel_ids, valid_to__isnull=True).order_by("parcel__number")
    )  # fmt: skip
    ContractVersion.objects.create(
        contract=contract, place_path=contract.place_path, version=contract.version, event=event, at=acting.now,
        facts=_facts(contract, terms, parcels), texts=_texts(terms, parcels),
    )  # fmt: skip


def only_paid(before: ContractTerms, after: ContractTerms) -> bool:
    """Say whether two terms differ in nothing but in what was paid."""
    return before != after and _unpaid(before) == _unpaid(after)


def _unpaid(terms: ContractTerms) -> ContractTerms:
    instalments = tuple(replace(one, paid_fen=0) for one in terms.instalments)
    return replace(terms, instalments=instalments, parcel_ids=tuple(sorted(terms.parcel_ids)))


def _facts(contract: Contract, terms: ContractTerms, parcels: Sequence[ParcelVersion]) -> Any:
    assert terms.land_class is not None
    told, resolution = terms.particulars, terms.particulars.resolution
    return plain(
        {
            "kind": terms.kind, "land_class": terms.land_class, "own": terms.lessor == contract.place.name,
            "signed_on": terms.signed_on, "starts_on": terms.starts_on, "until": terms.until,
            "ended_on": contract.ended_on, "area_mu_4": terms.area_mu_4, "rent_year_fen": terms.rent_year_fen,
            "instalments": terms.instalments, "written": told.written,
            "resolution": None if resolution is None else [resolution.held_on, resolution.body],
            "township_approved_on": told.township_approved_on,
            "parcels": [[one.parcel_id, one.land_class, one.area_mu_4] for one in parcels],
        }
    )  # fmt: skip


def _texts(terms: ContractTerms, parcels: Sequence[ParcelVersion]) -> Any:
    told = terms.particulars
    return {
        "number": terms.number, "use": told.use_agreed, "reference": told.resolution_reference,
        "parcels": [one.parcel.number for one in parcels],
    }  # fmt: skip
