"""Findings brought in whole come out as single acts would have made them, and the laws hold them to the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, SubjectKind
from tianqu.packs.village.findings.queries import finding_detail
from tianqu.packs.village.findings.registers.whole import WholeEffect, WholeFinding
from tianqu.packs.village.findings.tests.stage import BOOK, Stage
from tianqu.packs.village.findings.told.queries import findings_of_village, put_right
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.tests.test_register_laws import run

YEAR = {"first_day": date(2023, 1, 1), "last_day": date(2023, 12, 31)}


def at(month: int, day: int) -> datetime:
    return datetime(2023, month, day, 10, tzinfo=timezone.get_current_timezone())


def told(stage: Stage) -> list[WholeFinding]:
    """A contract and idle land that are put right, and a debt that still waits for the inspector."""
    book = ledgers.known_book(BOOK, SYSTEM.scope)
    accounts = stage.accounts

    def effect(kind: EffectKind, amount: int, debit: str, credit: str, day: date) -> WholeEffect:
        return WholeEffect(new_identifier(), kind, amount, book, accounts[debit], accounts[credit], day, "记-7")

    return [
        WholeFinding(
            new_identifier(), SubjectKind.CONTRACT, stage.contract_id, at(3, 1), rule="lease_too_long",
            answered_at=at(3, 20), answer="已重签", closed_at=at(3, 28), note="已核实",
        ),
        WholeFinding(
            new_identifier(), SubjectKind.PARCEL, stage.parcel_id, at(4, 1), text="长期闲置", answered_at=at(6, 20),
            answer="已收回", closed_at=at(7, 3), note="已核实",
            effects=(effect(EffectKind.LAND_RECOVERED, 55_000, "arable", "arable.idle", date(2023, 6, 1)),),
        ),
        WholeFinding(
            new_identifier(), SubjectKind.HOLDING, stage.villages.holding(kind=HoldingKind.DEBT), at(5, 1),
            text="拖欠工程款", answered_at=at(5, 20), answer="已偿还",
            effects=(effect(EffectKind.DEBT_SETTLED, 700, "202", "102", date(2023, 5, 10)),),
        ),
    ]  # fmt: skip


def bring(stage: Stage, findings: list[WholeFinding], **more: Any) -> int:
    told: dict[str, Any] = {"auditor": stage.auditor, "inspector": stage.inspector}
    return acts.bring_in_findings(more.pop("actor", SYSTEM), findings=findings, **(told | more))


def test_they_come_out_as_single_acts_would_have_made_them(stage: Stage) -> None:
    findings = told(stage)
    assert bring(stage, findings) == 3
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")
    assert bring(stage, findings) == 0  # sent again
    assert (stage.balance("arable"), stage.balance("202")) == (55_000, 0)
    set_scope(stage.auditor.scope)
    contract, land, debt = (finding_detail(stage.auditor, finding_id=one.finding_id) for one in findings)
    assert [one.row.state for one in (contract, land, debt)] == ["closed", "closed", "done"]
    assert contract.told["rule"] == "lease_too_long" and contract.row.severity == "flag"
    assert [one.outcome for one in (*land.effects, *debt.effects)] == ["posted", "waiting"]
    assert land.effects[0].day == date(2023, 7, 3)
    assert [step.act for step in land.steps] == [f"village.{verb}_finding" for verb in ("open", "answer", "close")]
    clocks = {clock.kind: clock for clock in land.order.clocks}
    assert set(clocks) == {"dispatch", "accept", "finish", "inspect"} and clocks["finish"].breached_at is not None
    assert all(clock.stopped_at is not None for clock in clocks.values())
    path = stage.villages.prefecture.places["P"].path
    sums = put_right(path, **YEAR)
    assert (sums.findings, sums.contracts, sums.land_mu_4, sums.claims_and_debts_fen) == (2, 1, 55_000, 0)
    second = {"first_day": date(2023, 4, 1), "last_day": date(2023, 6, 30)}
    seen = findings_of_village(stage.villages.place_id, **second)
    assert [(one.state, one.land_mu_4) for one in seen] == [("done", 0), ("done", 0)]
    third = {"first_day": date(2023, 7, 1), "last_day": date(2023, 9, 30)}
    seen = findings_of_village(stage.villages.place_id, **third)
    assert [(one.state, one.land_mu_4) for one in seen] == [("closed", 55_000), ("done", 0)]
    # What was brought in goes on by single acts.
    assert stage.close(findings[2].finding_id) == 1 and stage.balance("202") == 700
    assert acts.reopen_finding(stage.inspector, finding_id=findings[1].finding_id, reason="又荒了") == 1
    run("SET CONSTRAINTS ALL IMMEDIATE")
    assert stage.balance("arable") == 0


def test_each_event_has_its_entry_and_each_effect_its_numbers(stage: Stage) -> None:
    findings = told(stage)
    bring(stage, findings)
    set_scope(SYSTEM.scope)
    for one in findings:
        (events,) = run("SELECT count(*) FROM orders_event WHERE order_id = %s", [one.finding_id])
        (entries,) = run("SELECT count(*) FROM journal_entry WHERE subject = %s", [f"order:{one.finding_id}"])
        assert events == entries
    (numbers,) = run("SELECT array_agg(book_sequence ORDER BY book_sequence) FROM journal_entry WHERE book = %s",
                     [f"book:{BOOK}"])  # fmt: skip
    assert numbers[0] == list(range(1, len(numbers[0]) + 1))


def test_what_cannot_be_is_refused_and_nothing_is_written(stage: Stage) -> None:
    contract, land, debt = told(stage)
    with pytest.raises(NotPermitted):
        bring(stage, [contract], actor=stage.inspector)
    with pytest.raises(NotFound):
        bring(stage, [replace(contract, subject_id=new_identifier())])
    for wrong in (
        replace(contract, answered_at=at(2, 1)), replace(contract, closed_at=at(3, 2)),
        replace(land, answered_at=None, closed_at=None),
        replace(debt, effects=(replace(debt.effects[0], day=date(2023, 6, 1)),)),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            bring(stage, [wrong])
    insider = stage.villages.post("v102001", "county_inspector")
    with pytest.raises(IntegrityError, match="village_finding_other_office"):
        bring(stage, [contract], inspector=insider)
    taken = land.effects[0].transfer_id
    with pytest.raises(InvalidInput, match="one identifier"):
        bring(stage, [land, replace(debt, effects=(replace(debt.effects[0], transfer_id=taken),))])
    assert put_right(stage.villages.prefecture.places["P"].path, **YEAR).findings == 0
    assert bring(stage, [land]) == 1
    with pytest.raises(Conflict):
        bring(stage, [replace(debt, effects=(replace(debt.effects[0], transfer_id=taken),))])
    assert bring(stage, [contract, land, debt]) == 2


def test_very_many_cost_few_statements(stage: Stage, django_assert_max_num_queries: Any) -> None:
    book = ledgers.known_book(BOOK, SYSTEM.scope)
    many = [
        WholeFinding(
            new_identifier(), SubjectKind.PARCEL, stage.parcel_id, at(4, 1) + timedelta(minutes=n), text="闲置",
            answered_at=at(4, 20), answer="已收回", closed_at=at(4, 28), note="核实",
            effects=(WholeEffect(
                new_identifier(), EffectKind.LAND_RECOVERED, 10 + n, book, stage.accounts["arable"],
                stage.accounts["arable.idle"], date(2023, 4, 20),
            ),),
        )
        for n in range(100)
    ]  # fmt: skip
    with django_assert_max_num_queries(40):
        assert bring(stage, many) == 100
    assert stage.balance("arable") == sum(10 + n for n in range(100))
