"""Rent that is collected through a finding pays the contract's rent once the finding is closed, and no longer after."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from tianqu.base.errors import InvalidInput
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, FindingEffect, SubjectKind
from tianqu.packs.village.findings.registers.matters import Evidence
from tianqu.packs.village.findings.tests.stage import BOOK, Stage
from tianqu.packs.village.findings.tests.test_finding_laws import refused
from tianqu.packs.village.keeping.queries import contract_vouchers, voucher_detail
from tianqu.packs.village.queries import contract_detail
from tianqu.packs.village.rules.facts import Instalment
from tianqu.packs.village.tests.test_register_pages import browser, text

DUE = date(2024, 6, 1)
RENTS = (Instalment(DUE, 500_000, DUE, date(2025, 6, 1), 200_000),)
RENT = EffectKind.RENT_COLLECTED


@pytest.fixture
def leased(stage: Stage) -> UUID:
    """A contract of which 3,000 yuan of rent are due."""
    found = stage.villages.contract("C7", instalments=RENTS)
    assert isinstance(found, UUID)
    return found


def owed(stage: Stage, contract_id: UUID) -> int:
    set_scope(stage.accountant.scope)
    return sum(one.owed_fen for one in contract_detail(stage.accountant, contract_id=contract_id).rents)


def test_rent_collected_through_a_finding_pays_the_rent_while_it_is_closed(stage: Stage, leased: UUID) -> None:
    finding_id = stage.open(subject_id=leased)
    stage.answer(finding_id, (RENT, 120_000), evidence=())
    assert owed(stage, leased) == 300_000  # nothing is paid before an inspector says so
    stage.close(finding_id)
    assert owed(stage, leased) == 180_000
    acts.reopen_finding(
        stage.inspector, finding_id=finding_id, reason="未到账", rectify_by=timezone.localdate() + timedelta(days=9)
    )
    assert owed(stage, leased) == 300_000
    stage.answer(finding_id, (RENT, 120_000), evidence=())
    acts.dismiss_finding(stage.inspector, finding_id=finding_id, reason="另案处理")
    assert owed(stage, leased) == 300_000


def test_its_voucher_says_of_which_finding_and_of_which_contract_it_is(stage: Stage, leased: UUID) -> None:
    finding_id = stage.open(subject_id=leased)
    stage.answer(finding_id, (RENT, 120_000), evidence=())
    stage.close(finding_id)
    effect = FindingEffect.objects.get(finding_id=finding_id)
    set_scope(stage.accountant.scope)
    voucher = voucher_detail(stage.accountant, transfer_id=effect.transfer_id)
    assert voucher.finding is not None and voucher.finding.id == finding_id
    assert voucher.contract is not None and voucher.contract.number == "C7"
    vouchers = contract_vouchers(stage.accountant, contract_id=leased, place_path=effect.place_path)
    assert [one.id for one in vouchers] == [effect.transfer_id]
    page = text(browser(stage.accountant).get(f"/villages/contracts/{leased}/"))
    assert f"/villages/vouchers/{effect.transfer_id}/" in page and "1,200.00" in page


def test_the_contract_is_the_one_that_the_answer_names_and_never_one_of_several(stage: Stage, leased: UUID) -> None:
    about_land = {"subject": SubjectKind.PARCEL, "subject_id": stage.parcel_id}
    both = (stage.evidence, Evidence(SubjectKind.CONTRACT, leased))
    finding_id = stage.open(**about_land)
    with pytest.raises(InvalidInput) as refusal:
        stage.answer(finding_id, (RENT, 120_000), evidence=both)
    assert refusal.value.field == "effects" and "C1" in str(refusal.value.parameters["value"])
    stage.answer(finding_id, (RENT, 120_000), evidence=both[1:])
    stage.close(finding_id)
    assert owed(stage, leased) == 180_000
    other = stage.open(**about_land)
    stage.answer(other, (RENT, 5_000), evidence=())  # of no contract that it names: it is about the finding alone
    stage.close(other)
    assert owed(stage, leased) == 180_000


def test_at_the_console_nothing_but_rent_may_rest_on_a_contract(stage: Stage, leased: UUID) -> None:
    finding_id = stage.open()  # about the contract C1
    stage.answer(finding_id, (RENT, 9))
    for contract_id, kind in ((leased, "rent_collected"), (stage.contract_id, "claim_settled")):
        set_scope(stage.accountant.scope)
        held = ledgers.post_transfer(
            stage.accountant, book=BOOK, transfer_id=new_identifier(), day=timezone.localdate(), pending=True,
            legs=[ledgers.NewLeg(stage.accounts["102"], 9), ledgers.NewLeg(stage.accounts["112"], -9)],
            reference=f"contract:{contract_id}",
        )  # fmt: skip
        set_scope(SYSTEM.scope)
        refused(
            "village_effect_lawful",
            "INSERT INTO village_finding_effect (transfer_id, finding_id, answer_id, place_path, kind, unit, amount)"
            " SELECT %s, finding_id, answer_id, place_path, %s, unit, amount FROM village_finding_effect",
            [held.id, kind],
        )
