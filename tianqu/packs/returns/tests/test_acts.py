"""Each act of returns: what it does, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.db import connection
from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.notices.api import Notice
from tianqu.kernel.orders.api import Order
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import ColumnKind, FormCheck, FormColumn, Periodicity
from tianqu.packs.returns.estimating import Method
from tianqu.packs.returns.figures.queries import accepted_rows, totals
from tianqu.packs.returns.filling import Explanation, FilingRow
from tianqu.packs.returns.listing.queries import campaign_list, filing_list, form_list
from tianqu.packs.returns.models import Filing, Revision
from tianqu.packs.returns.queries import campaign_detail, response_by_day
from tianqu.packs.returns.registers.matters import last_moment
from tianqu.packs.returns.reminding import remind_by_day
from tianqu.packs.returns.tests.stage import CHECKS, COLUMNS, GOOD, Stage, today, trade


def fields(error: Any) -> set[str]:
    return {one.field for one in error.value.errors}


def test_a_design_is_kept_in_versions_and_a_campaign_keeps_its_own(stage: Stage) -> None:
    campaign_id = stage.open()
    assert stage.design() == 1  # the same again
    assert stage.design(title_zh="外贸", expected_number=1) == 2
    with pytest.raises(Conflict):
        stage.design(title_zh="再改", expected_number=1)
    set_scope(stage.officer.scope)
    (line,) = form_list(stage.officer).rows
    assert (line.number, line.design.title_zh) == (2, "外贸")
    detail = campaign_detail(stage.officer, campaign_id=campaign_id)
    assert (detail.version, detail.line.design.title_zh) == (1, "外贸进出口")


def test_every_fault_of_a_design_is_told_at_once(stage: Stage) -> None:
    columns = (*COLUMNS, FormColumn("Bad name", "坏", ""), FormColumn("exports", "出口", "Exports", decimals=9))
    checks = (*CHECKS, FormCheck("odd", "exports + nothing = 1", "怪", "Odd"), FormCheck("sum", "1 ^ 2", "乱", "Wild"))
    with pytest.raises(InvalidInputs) as error:
        stage.design(form_id=new_identifier(), code="other", columns=columns, checks=checks)
    assert fields(error) == {
        "columns_6_name", "columns_6_title_en", "columns_7_decimals", "columns_7_name", "checks_2_rule",
        "checks_3_rule", "checks_3_code",
    }  # fmt: skip
    with pytest.raises(InvalidInput):
        stage.design(form_id=new_identifier(), code="Bad code")
    with pytest.raises(Conflict):
        stage.design(form_id=new_identifier())  # the code is taken
    with pytest.raises(Conflict):
        stage.design(form_id=new_identifier(), actor=stage.stranger)  # by another office
    with pytest.raises(NotPermitted):
        stage.design(actor=stage.clerk)


def test_how_often_a_return_is_asked_stays_once_units_were_asked(stage: Stage) -> None:
    assert stage.design(periodicity=Periodicity.QUARTER) == 2
    stage.open("2020-Q4")
    with pytest.raises(Conflict) as error:
        stage.design(periodicity=Periodicity.YEAR)
    assert (error.value.field, error.value.value) == ("periodicity", "quarter") and error.value.remedy
    assert stage.design(periodicity=Periodicity.QUARTER, title_zh="外贸季报") == 3


def test_the_code_of_a_dataset_is_taken_by_its_office_alone(stage: Stage) -> None:
    with pytest.raises(Conflict) as error:
        stage.design(form_id=new_identifier(), code="grain", actor=stage.stranger)
    assert error.value.field == "code" and "市统计局" in str(error.value)
    assert stage.design(form_id=new_identifier(), code="grain_stores", actor=stage.stranger) == 1
    assert stage.design(form_id=new_identifier(), code="relief") == 1


@pytest.mark.parametrize(
    ("code", "column", "fault"),
    [
        ("relief", {"name": "tax", "unit_zh": "元", "decimals": 3}, "columns_0_decimals"),
        ("relief", {"name": "tax", "unit_zh": "美元"}, "columns_0_unit_zh"),
        ("relief", {"name": "tax", "kind": ColumnKind.TEXT}, "columns_0_unit_zh"),
        ("relief", {"name": "tax", "unit_zh": "万元", "decimals": 6}, ""),
        ("relief", {"name": "untold", "unit_zh": "美元", "decimals": 6}, ""),
        ("grain", {"name": "summer", "unit_zh": "吨", "decimals": 1}, "columns_0_decimals"),
        ("grain", {"name": "summer", "unit_zh": "万吨"}, "columns_0_unit_zh"),
        ("grain_stores", {"name": "summer", "unit_zh": "吨", "decimals": 1}, ""),
    ],
)  # fmt: skip
def test_a_return_that_fills_a_dataset_has_numbers_that_it_can_tell(
    stage: Stage, code: str, column: dict[str, Any], fault: str
) -> None:
    given: dict[str, Any] = {"title_zh": "列", "title_en": "Column", **column}
    told: dict[str, Any] = {
        "form_id": new_identifier(), "code": code, "columns": [FormColumn(**given)], "checks": ()
    }  # fmt: skip
    if not fault:
        assert stage.design(**told) == 1
        return
    with pytest.raises(InvalidInputs) as error:
        stage.design(**told)
    assert fields(error) == {fault} and all(one.remedy for one in error.value.errors)


def test_opening_asks_each_unit_once(stage: Stage) -> None:
    given = new_identifier()
    for _again in range(2):
        assert stage.open(campaign_id=given, unit_ids=stage.units * 2) == given
    with seeing(SYSTEM.scope):
        assert Filing.objects.count() == 2 and Order.objects.count() == 2
        assert Notice.objects.filter(code="return_asked").count() == 2
    with pytest.raises(Conflict):
        stage.open(campaign_id=given, due_on=today() + timedelta(days=3), unit_ids=stage.units * 2)
    with pytest.raises(Conflict) as error:
        stage.open()
    assert error.value.field == "period"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"period": "2020-Q1"}, "period"), ({"period": "soon"}, "period"), ({"unit_ids": []}, "unit_ids"),
        ({"due_on": today() - timedelta(days=1)}, "due_on"), ({"due_on": today() + timedelta(days=400)}, "due_on"),
    ],
)  # fmt: skip
def test_opening_refuses(stage: Stage, more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        stage.open(**more)
    assert error.value.field == field


def test_only_the_office_opens(stage: Stage) -> None:
    for actor, kind in ((stage.clerk, NotPermitted), (stage.stranger, NotFound)):
        with pytest.raises(kind):
            stage.open(actor=actor)


def test_a_return_goes_round(stage: Stage) -> None:
    filing_id = stage.filing(stage.open())
    assert stage.state(filing_id) == "dispatched"
    acts.receive_filing(stage.clerk, filing_id=filing_id)
    assert stage.state(filing_id) == "accepted"
    assert stage.submit(filing_id) == 1 and stage.state(filing_id) == "done"
    acts.send_back_filing(stage.colleague, filing_id=filing_id, reason="请核对出口")
    assert stage.state(filing_id) == "accepted"
    assert stage.submit(filing_id, trade(70, 30, 100)) == 2
    acts.accept_filing(stage.officer, filing_id=filing_id, number=2)
    told = stage.told(filing_id)
    assert told.line.state == "closed" and [(one.number, one.accepted) for one in told.revisions] == [
        (2, True), (1, False),
    ]  # fmt: skip
    (row,) = accepted_rows(stage.officer, form_code="trade", period="2020")
    assert dict(row.values) == {
        "exports": "70.00", "imports": "30.00", "total": "100.00", "firms": None, "note": None, "quality": None,
    }  # fmt: skip
    assert (row.estimated, row.revised) == (False, False)


def test_cells_are_read_or_refused_where_they_stand(stage: Stage) -> None:
    filing_id = stage.filing(stage.open())
    with pytest.raises(InvalidInputs) as error:
        stage.submit(filing_id, trade("很多", "", 1.005, firms="2.5", quality="坏", other=1))
    assert fields(error) == {"r0_exports", "r0_imports", "r0_total", "r0_firms", "r0_quality", "r0_other"}
    with pytest.raises(InvalidInputs):
        stage.submit(filing_id, GOOD, GOOD)
    with pytest.raises(InvalidInputs) as error:
        stage.submit(filing_id, trade(60, 40, 101))
    (fault,) = error.value.errors
    assert fault.field == "explain_sum_0" and "100.00 = 101.00" in str(fault)
    assert stage.state(filing_id) == "dispatched"
    rows = trade("６０．５", "1,039.5", 1100, firms="12", quality="终报", note="李某")
    assert stage.submit(filing_id, rows) == 1
    assert stage.told(filing_id).revisions[0].rows[0].values == {
        "exports": "60.50", "imports": "1039.50", "total": "1100.00", "firms": 12, "note": "李某", "quality": "final",
    }  # fmt: skip


def test_a_soft_check_wants_an_explanation(stage: Stage) -> None:
    stage.accepted("2019")
    filing_id = stage.filing(stage.open("2020"))
    rows = (trade(100, 40, 140),)
    with pytest.raises(InvalidInputs) as error:
        stage.submit(filing_id, *rows)
    (fault,) = error.value.errors
    assert fault.field == "explain_steady_0" and "+40.0%" in str(fault)
    why = Explanation("steady", "", "新落户两家出口企业")
    assert stage.submit(filing_id, *rows, explanations=(why,)) == 1
    told = stage.told(filing_id)
    assert told.revisions[0].explanations == [{"check": "steady", "key": "", "text": why.text}]
    assert [one.check.code for one in told.failures] == ["steady"]
    assert [row.values["total"] for row in told.last] == ["100.00"]


def test_sending_the_same_again_changes_nothing(stage: Stage) -> None:
    filing_id, given = stage.filing(stage.open()), new_identifier()
    assert [stage.submit(filing_id, revision_id=given) for _again in range(3)] == [1, 1, 1]
    with pytest.raises(Conflict):
        stage.submit(filing_id, trade(1, 1, 2), revision_id=given)
    with pytest.raises(Conflict):
        stage.submit(filing_id)  # another one, while the first is with the office
    with seeing(SYSTEM.scope):
        assert Revision.objects.count() == 1


def test_others_see_and_do_nothing(stage: Stage) -> None:
    campaign_id = stage.open()
    filing_id = stage.filing(campaign_id)
    for actor in (stage.neighbour, stage.officer):
        with pytest.raises((NotFound, NotPermitted)):
            stage.submit(filing_id, actor=actor)
    stage.submit(filing_id)
    for actor in (stage.stranger, stage.clerk, stage.neighbour):
        with pytest.raises((NotFound, NotPermitted)):
            acts.accept_filing(actor, filing_id=filing_id, number=1)
        with pytest.raises((NotFound, NotPermitted)):
            acts.send_back_filing(actor, filing_id=filing_id, reason="否")
        with pytest.raises((NotFound, NotPermitted)):
            acts.close_campaign(actor, campaign_id=campaign_id)
    acts.accept_filing(stage.officer, filing_id=filing_id, number=1)
    for actor in (stage.stranger, stage.neighbour):
        with pytest.raises(NotFound):
            stage.told(filing_id, actor)
        assert accepted_rows(actor, form_code="trade", period="2020") == []
        set_scope(actor.scope)
        assert not Revision.objects.exists()  # the second wall
    assert [line.id for line in filing_list(stage.neighbour).rows] == [stage.filing(campaign_id, 1)]
    assert campaign_list(stage.stranger).rows == [] and form_list(stage.stranger).rows == []
    set_scope(stage.clerk.scope)
    assert len(accepted_rows(stage.clerk, form_code="trade", period="2020")) == 1


def test_a_revision_stands_when_it_is_accepted_and_keeps_the_old_one(stage: Stage) -> None:
    filing_id = stage.accepted("2020")
    before = timezone.now()
    with pytest.raises(InvalidInput) as error:
        stage.submit(filing_id, trade(61, 40, 101))
    assert error.value.field == "reason"
    assert stage.submit(filing_id, trade(61, 40, 101), reason="海关更正") == 2
    set_scope(stage.officer.scope)

    def total(**more: Any) -> tuple[str, bool]:
        (row,) = accepted_rows(stage.officer, form_code="trade", period="2020", **more)
        return row.values["total"], row.revised

    assert total() == ("100.00", False)
    with pytest.raises(Conflict):
        acts.accept_filing(stage.officer, filing_id=filing_id, number=1)
    acts.accept_filing(stage.officer, filing_id=filing_id, number=2)
    set_scope(stage.officer.scope)
    assert total() == ("101.00", True) and total(as_of=before) == ("100.00", False)


def test_an_estimate_is_marked_until_the_unit_files(stage: Stage) -> None:
    first = stage.open("2019")
    stage.accepted("2019", trade(60, 40, 100), campaign_id=first)
    stage.accepted("2019", trade(30, 20, 50, note="甲"), campaign_id=first, place=1)
    campaign_id = stage.open("2020")
    missing = stage.filing(campaign_id, 1)
    with pytest.raises(Conflict):
        acts.estimate_filing(stage.officer, filing_id=missing, method=Method.PEER_GROWTH)
    stage.accepted("2020", trade(66, 44, 110), campaign_id=campaign_id)
    assert acts.estimate_filing(stage.officer, filing_id=missing, method=Method.LAST_PERIOD) == 1
    assert acts.estimate_filing(stage.officer, filing_id=missing, method=Method.PEER_GROWTH) == 2
    set_scope(stage.officer.scope)
    rows = accepted_rows(stage.officer, form_code="trade", period="2020")
    assert [(row.values["total"], row.estimated, row.method) for row in rows if row.estimated] == [
        ("55.00", True, "peer_growth")
    ]
    assert totals(stage.told(missing).design, rows)["total"] == Decimal(165)
    assert stage.submit(missing, trade(40, 20, 60), actor=stage.neighbour) == 3
    acts.accept_filing(stage.officer, filing_id=missing, number=3)
    rows = accepted_rows(stage.officer, form_code="trade", period="2020")
    assert not any(row.estimated or row.revised for row in rows)
    with pytest.raises(Conflict):
        acts.estimate_filing(stage.officer, filing_id=missing, method=Method.LAST_PERIOD)


def test_reminders_go_once_a_day_to_who_is_missing(stage: Stage) -> None:
    campaign_id = stage.open()
    stage.submit(stage.filing(campaign_id))
    assert [acts.remind_units(stage.officer, campaign_id=campaign_id) for _again in range(2)] == [1, 0]
    assert acts.remind_units(SYSTEM, campaign_id=campaign_id, at=timezone.now() + timedelta(days=1)) == 1
    with seeing(SYSTEM.scope):
        told = Notice.objects.filter(code="return_reminder")
        assert {notice.unit_id for notice in told} == {stage.units[1]} and told.count() == 2
    with pytest.raises(NotFound):
        acts.remind_units(stage.stranger, campaign_id=campaign_id)


def test_who_is_opened_again_in_a_closed_campaign_is_reminded_and_timed(stage: Stage) -> None:
    due_on, now = today() + timedelta(days=3), timezone.now()
    campaign_id = stage.open(due_on=due_on)
    acts.close_campaign(stage.officer, campaign_id=campaign_id)
    assert remind_by_day(now) == 0
    filing_id = stage.filing(campaign_id)
    acts.send_back_filing(stage.officer, filing_id=filing_id, reason="补报")
    assert [remind_by_day(now) for _again in range(2)] == [1, 0]
    (running,) = [clock for clock in stage.told(filing_id).order.clocks if clock.stopped_at is None]
    assert running.kind == "finish" and timedelta() <= last_moment(due_on) - running.due_at < timedelta(minutes=1)


def test_more_time_is_given_before_it_is_over(stage: Stage) -> None:
    filing_id = stage.filing(stage.open())
    later = today() + timedelta(days=20)
    acts.extend_filing(stage.officer, filing_id=filing_id, due_on=later, reason="系统维护")
    assert stage.told(filing_id).line.due_on == later
    with pytest.raises(InvalidInput) as error:
        acts.extend_filing(stage.officer, filing_id=filing_id, due_on=today() + timedelta(days=5), reason="早")
    assert error.value.field == "due_on"


def test_a_closed_campaign_takes_nothing_until_a_return_is_sent_back(stage: Stage) -> None:
    campaign_id = stage.open()
    filing_id = stage.filing(campaign_id)
    stage.submit(filing_id)
    with pytest.raises(Conflict):
        acts.close_campaign(stage.officer, campaign_id=campaign_id)
    acts.accept_filing(stage.officer, filing_id=filing_id, number=1)
    assert [acts.close_campaign(stage.officer, campaign_id=campaign_id) for _again in range(2)] == [1, 0]
    other = stage.filing(campaign_id, 1)
    with pytest.raises(Conflict):
        stage.submit(other, actor=stage.neighbour)
    acts.send_back_filing(stage.officer, filing_id=other, reason="补报")
    assert stage.submit(other, actor=stage.neighbour) == 1


def test_a_draft_is_kept_for_the_unit_alone(stage: Stage) -> None:
    filing_id = stage.filing(stage.open())
    acts.save_draft(stage.clerk, filing_id=filing_id, rows=[FilingRow("", {"exports": "六十", "total": 1.5})])
    assert stage.told(filing_id, stage.second).draft["rows"][0]["values"] == {"exports": "六十", "total": "1.5"}
    assert stage.told(filing_id).draft == {}
    with pytest.raises(NotFound):
        acts.save_draft(stage.neighbour, filing_id=filing_id, rows=[])
    stage.submit(filing_id)
    assert stage.told(filing_id, stage.clerk).draft == {}
    with pytest.raises(Conflict):
        acts.save_draft(stage.clerk, filing_id=filing_id, rows=[])


def test_rows_go_by_their_keys(stage: Stage) -> None:
    stage.design(form_id=(form_id := new_identifier()), code="firms", keyed=True, key_title_zh="企业",
                 key_title_en="Enterprise", checks=(*CHECKS, FormCheck("big", "sum(total) <= 1000", "大", "Big")),
                 periodicity=Periodicity.QUARTER)  # fmt: skip
    filing_id = stage.filing(stage.open("2020-q4", form_id=form_id))
    rows = [FilingRow(f"企业{name}", GOOD.values) for name in range(11)]
    with pytest.raises(InvalidInputs) as error:
        stage.submit(filing_id, *rows)
    assert fields(error) == {"explain_big_all"}
    with pytest.raises(InvalidInputs) as error:
        stage.submit(filing_id, rows[0], rows[0], FilingRow("", GOOD.values))
    assert fields(error) == {"r1_key", "r2_key"}
    assert stage.submit(filing_id, *rows[:10]) == 1


def test_the_journal_alone_rebuilds_what_was_filed(stage: Stage) -> None:
    filing_id = stage.accepted("2020")
    stage.submit(filing_id, trade(61, 40, 101), reason="海关更正")
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute("SELECT body FROM journal_entry WHERE subject = %s ORDER BY id", [f"return:{filing_id}"])
        after = [orjson.loads(bytes(body))["after"] for (body,) in cursor.fetchall()]
    kept = {one["revision"]["number"]: one["revision"] for one in after}
    told = stage.told(filing_id)
    assert {one.number: [dict(row.values) for row in one.rows] for one in told.revisions} == {
        number: [row["values"] for row in revision["rows"]] for number, revision in kept.items()
    }
    assert after[-1]["accepted"] == str(told.revisions[1].id) and kept[2]["reason"] == "海关更正"


def test_the_response_is_counted_by_day(stage: Stage) -> None:
    campaign_id = stage.open()
    stage.submit(stage.filing(campaign_id))
    set_scope(stage.officer.scope)
    told = response_by_day(stage.officer, campaign_id=campaign_id)
    assert told["asked"] == 2 and told["days"] == [{"day": today().isoformat(), "filed": 1}]


def test_a_return_that_was_opened_again_is_closed_again(stage: Stage) -> None:
    campaign_id = stage.open()
    assert acts.close_campaign(stage.officer, campaign_id=campaign_id) == 2
    filing_id = stage.filing(campaign_id)
    acts.send_back_filing(stage.officer, filing_id=filing_id, reason="补报")
    assert stage.state(filing_id) == "accepted"
    assert [acts.close_campaign(stage.officer, campaign_id=campaign_id) for _again in range(2)] == [1, 0]
    assert stage.state(filing_id) == "refused"


def test_what_is_to_be_filed_is_never_cut_off_by_what_was(stage: Stage) -> None:
    late = stage.filing(stage.open("2019", due_on=today() + timedelta(days=1)))
    stage.accepted("2020")
    next_one = stage.filing(stage.open("2021", due_on=today() + timedelta(days=20)))
    set_scope(stage.clerk.scope)
    assert [line.id for line in filing_list(stage.clerk, limit=2).rows] == [late, next_one]
    assert [line.state for line in filing_list(stage.clerk).rows] == ["dispatched", "dispatched", "closed"]
