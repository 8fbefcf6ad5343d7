"""Idle land that is recovered through a finding is no longer idle in the register once the finding is closed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import set_scope
from tianqu.packs.village import acts as village
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, SubjectKind
from tianqu.packs.village.findings.tests.stage import Stage
from tianqu.packs.village.registers.land import NewPart, standing_versions

LAND = EffectKind.LAND_RECOVERED


@pytest.fixture
def idle_id(stage: Stage) -> UUID:
    """A parcel of 25 mu that lies idle."""
    found = stage.villages.parcel("P9", area_mu_4=250_000, idle=True)
    assert isinstance(found, UUID)
    return found


def idle(stage: Stage, parcel_id: UUID) -> bool:
    set_scope(stage.accountant.scope)
    return standing_versions([parcel_id])[parcel_id].idle


def closed(stage: Stage, parcel_id: UUID, amount: int) -> UUID:
    finding_id = stage.open(subject=SubjectKind.PARCEL, subject_id=parcel_id)
    stage.answer(finding_id, (LAND, amount), evidence=())
    stage.close(finding_id)
    return finding_id


def test_the_whole_of_it_is_used_while_the_finding_is_closed(stage: Stage, idle_id: UUID) -> None:
    finding_id = closed(stage, idle_id, 250_000)
    assert not idle(stage, idle_id) and stage.balance("arable") == 250_000
    again = timezone.localdate() + timedelta(days=9)
    acts.reopen_finding(stage.inspector, finding_id=finding_id, reason="仍然撂荒", rectify_by=again)
    assert idle(stage, idle_id) and stage.balance("arable") == 0
    stage.answer(finding_id, (LAND, 250_000), evidence=())
    stage.close(finding_id)
    assert not idle(stage, idle_id)


def test_a_part_of_it_leaves_it_idle(stage: Stage, idle_id: UUID) -> None:
    closed(stage, idle_id, 249_999)
    assert idle(stage, idle_id)


def test_what_was_split_meanwhile_stays_as_it_is(stage: Stage, idle_id: UUID) -> None:
    finding_id = stage.open(subject=SubjectKind.PARCEL, subject_id=idle_id)
    stage.answer(finding_id, (LAND, 250_000), evidence=())
    parts = [NewPart(new_identifier(), f"P9-{n}", area) for n, area in ((1, 100_000), (2, 150_000))]
    village.split_parcel(
        stage.accountant, parcel_id=idle_id, change_id=new_identifier(), day=timezone.localdate(), reason="分户",
        parts=parts,
    )  # fmt: skip
    assert stage.close(finding_id) == 1
    assert all(idle(stage, part.parcel_id) for part in parts)
