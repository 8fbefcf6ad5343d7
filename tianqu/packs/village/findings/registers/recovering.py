"""What a finding recovers in the register: a parcel that lay idle is used again when the finding is closed.

Which parcel it is, the finding says, or the answer's evidence. A parcel that was recovered in part stays idle until the
village splits it: the register knows no half of a parcel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import Acting
from tianqu.packs.village.findings.models import EffectKind, Finding, FindingEffect, SubjectKind
from tianqu.packs.village.findings.registers.settling import change_by
from tianqu.packs.village.models import Parcel, ParcelVersion
from tianqu.packs.village.registers.land import ParcelFacts, correct, facts_of, parcel_with, standing_versions

RECOVERED: Final = EffectKind.LAND_RECOVERED


def recover(acting: Acting, finding: Finding, effects: Sequence[FindingEffect]) -> None:
    """Let the register say from today on that a parcel is used, where the whole of it was recovered by what was posted.

    What was split, merged or struck since, or is told otherwise of later days, stays as it is.
    """
    for effect in effects:
        parcel_id = _parcel_of(finding, effect)
        version = standing_versions([parcel_id]).get(parcel_id) if parcel_id else None
        if version is not None and version.idle and version.area_mu_4 == effect.amount:
            _let(acting, finding, version, idle=False, change_id=_change_id(effect), taken_back=False)


def unrecover(acting: Acting, finding: Finding, effects: Sequence[FindingEffect]) -> None:
    """Let the register say from today on that a parcel lies idle again, where its recovery was taken back."""
    for effect in effects:
        version = ParcelVersion.objects.filter(opened_by_id=_change_id(effect), valid_to__isnull=True).first()
        if version is not None:
            undone = named_identifier(f"{effect.transfer_id}/unrecovered")
            _let(acting, finding, version, idle=True, change_id=undone, taken_back=True)


def _let(
    acting: Acting, finding: Finding, version: ParcelVersion, *, idle: bool, change_id: UUID, taken_back: bool
) -> None:
    parcel = parcel_with(version.parcel_id, acting.actor, lock=True)
    facts: ParcelFacts = replace(facts_of(version), idle=idle)
    if version.valid_from <= acting.today:
        correct(acting, parcel=parcel, facts=facts, change=change_by(acting, finding, change_id, taken_back=taken_back))


def _parcel_of(finding: Finding, effect: FindingEffect) -> UUID | None:
    """The parcel that an effect recovers: what the finding is about, else the only one that the answer names."""
    if EffectKind(effect.kind) is not RECOVERED:
        return None
    if finding.parcel_id is not None:
        return finding.parcel_id
    named = [UUID(one["id"]) for one in effect.answer.evidence if one["kind"] == SubjectKind.PARCEL]
    found = list(Parcel.objects.filter(id__in=named, place_path=finding.place_path).values_list("id", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def _change_id(effect: FindingEffect) -> UUID:
    return named_identifier(f"{effect.transfer_id}/recovered")
