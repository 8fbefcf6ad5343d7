"""What a closed finding settled stands in the register of claims and debts as it does in the book, else is owed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tianqu.base.errors import Conflict, InvalidInput
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.ledgers.api import NewLeg, post_transfer
from tianqu.packs.village import acts as register
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, SubjectKind
from tianqu.packs.village.findings.registers.matters import Evidence
from tianqu.packs.village.findings.tests.stage import BOOK, TODAY, Stage, moved
from tianqu.packs.village.holding.queries import holding_detail
from tianqu.packs.village.models import HoldingKind, HoldingVersion
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.tests.test_register_pages import browser, text

DEBT, CLAIM = EffectKind.DEBT_SETTLED, EffectKind.CLAIM_SETTLED


def version(stage: Stage, holding_id: UUID) -> HoldingVersion:
    """What a holding is now, with its days, for the village's accountant."""
    set_scope(stage.accountant.scope)
    now = holding_detail(stage.accountant, holding_id=holding_id).now
    assert now is not None
    return now


def settled(stage: Stage, holding_id: UUID) -> int:
    return version(stage, holding_id).settled_fen


def about(stage: Stage, holding_id: UUID, **more: Any) -> UUID:
    return stage.open(subject=SubjectKind.HOLDING, subject_id=holding_id, text="长期拖欠", **more)


def test_a_debt_that_a_finding_settled_is_settled_in_the_register_on_its_closing(stage: Stage) -> None:
    holding_id = stage.villages.holding()
    finding_id = about(stage, holding_id)
    stage.answer(finding_id, (DEBT, 349_600))
    assert settled(stage, holding_id) == 0  # it waits for the inspector, as the book does
    stage.close(finding_id)
    now = version(stage, holding_id)
    assert (now.settled_fen, now.amount_fen, now.party, now.valid_from) == (349_600, 1_000_000, "吴施工", TODAY())
    with seeing(SYSTEM.scope):
        entry = Entry.objects.filter(subject=f"holding:{holding_id}").order_by("id").last()
    assert entry is not None and entry.act == "village.close_finding"
    page = text(browser(stage.accountant).get(f"/villages/holdings/{holding_id}/"))
    assert "3,496.00" in page and "Settled" in page
    acts.reopen_finding(stage.colleague, finding_id=finding_id, reason="款未到账")
    assert (settled(stage, holding_id), stage.balance("202")) == (0, 0)
    stage.answer(finding_id, (DEBT, 1_000_000))
    stage.close(finding_id)
    assert (settled(stage, holding_id), stage.balance("202")) == (1_000_000, 1_000_000)


def test_a_claim_that_the_answer_names_is_settled_beside_what_was(stage: Stage) -> None:
    claim = stage.villages.holding("Q1", HoldingKind.CLAIM, settled_fen=200_000)
    debt = stage.villages.holding("Z1")
    named = (Evidence(SubjectKind.HOLDING, claim), Evidence(SubjectKind.HOLDING, debt))
    finding_id = stage.open()
    stage.answer(finding_id, (CLAIM, 50_000), (CLAIM, 7), (DEBT, 30), evidence=named)
    stage.close(finding_id)
    assert (settled(stage, claim), settled(stage, debt)) == (250_007, 30)
    acts.reopen_finding(stage.colleague, finding_id=finding_id, reason="款未到账")
    assert (settled(stage, claim), settled(stage, debt)) == (200_000, 0)


def test_more_than_is_owed_and_what_is_not_known_to_be_settled_are_refused(stage: Stage) -> None:
    debts = [stage.villages.holding(number) for number in ("Z1", "Z2")]
    finding_id = about(stage, debts[0])
    with pytest.raises(Conflict) as refused:
        stage.answer(finding_id, (DEBT, 600_000), (DEBT, 400_001))
    assert refused.value.field == "effects" and "10,000" in str(refused.value)
    other = stage.open()
    with pytest.raises(InvalidInput) as unclear:
        stage.answer(other, (DEBT, 5), evidence=[Evidence(SubjectKind.HOLDING, each) for each in debts])
    assert unclear.value.field == "effects"
    stage.answer(finding_id, (DEBT, 600_000))
    register.correct_holding(
        stage.accountant, holding_id=debts[0], change_id=new_identifier(), day=TODAY(), reason="还款",
        facts=HoldingFacts("欠工程款", 1_000_000, "吴施工", 600_000),
    )  # fmt: skip
    with pytest.raises(Conflict):  # it was entered by hand meanwhile, and is not counted twice
        stage.close(finding_id)
    assert (settled(stage, debts[0]), stage.balance("202"), stage.state(finding_id)) == (600_000, 0, "done")


def test_what_has_ended_in_the_register_stays_as_it_is(stage: Stage) -> None:
    holding_id = stage.villages.holding()
    finding_id = about(stage, holding_id)
    stage.answer(finding_id, (DEBT, 1_000_000))
    register.end_holding(
        stage.accountant, holding_id=holding_id, change_id=new_identifier(), day=TODAY(), reason="还清"
    )
    assert stage.close(finding_id) == 1
    assert holding_detail(stage.accountant, holding_id=holding_id).now is None


def test_an_amount_that_goes_nowhere_is_refused(stage: Stage) -> None:
    """Else a claim would be told to everybody as settled while nothing moved."""
    finding_id = about(stage, stage.villages.holding("Q1", HoldingKind.CLAIM))
    with pytest.raises(InvalidInput) as refused:
        stage.answer(finding_id, effects=[moved(CLAIM, 50_000, debit="112", credit="112")])
    assert (refused.value.field, stage.state(finding_id)) == ("effects", "dispatched")


def test_a_debt_is_not_paid_from_a_till_that_holds_less(stage: Stage) -> None:
    holding_id = stage.villages.holding()
    finding_id = about(stage, holding_id)
    stage.answer(finding_id, effects=[moved(DEBT, 40_000, credit="101"), moved(DEBT, 2, credit="101")])
    fill(stage, 40_001)
    with pytest.raises(Conflict, match="cannot be paid") as refused:
        stage.close(finding_id)
    assert (refused.value.field, stage.balance("101"), stage.state(finding_id)) == ("effects", 40_001, "done")
    fill(stage, 1)
    assert stage.close(finding_id) == 2
    assert (stage.balance("101"), settled(stage, holding_id)) == (0, 40_002)


def fill(stage: Stage, amount: int) -> None:
    """Draw money from the bank."""
    legs = [NewLeg(stage.accounts["101"], amount), NewLeg(stage.accounts["102"], -amount)]
    set_scope(stage.accountant.scope)
    post_transfer(stage.accountant, book=BOOK, transfer_id=new_identifier(), day=TODAY(), legs=legs)
