"""A finding from its opening to its closing: who may what, what waits in the book, and what is told of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.owner import as_owner
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.orders import api as orders
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, SubjectKind
from tianqu.packs.village.findings.queries import FindingFilters, finding_counts, finding_detail, finding_list
from tianqu.packs.village.findings.tests.stage import Stage, moved
from tianqu.packs.village.findings.told.queries import findings_of_village, overdue_findings, put_right
from tianqu.packs.village.tests.test_register_pages import browser, text

LAND, DEBT, CLAIM = EffectKind.LAND_RECOVERED, EffectKind.DEBT_SETTLED, EffectKind.CLAIM_SETTLED


def test_a_finding_of_a_rule_goes_round_and_its_effects_post_with_its_closing(stage: Stage) -> None:
    finding_id = stage.open(rule="lease_too_long", text="")
    set_scope(stage.auditor.scope)
    detail = finding_detail(stage.auditor, finding_id=finding_id)
    assert (detail.row.state, detail.row.rule, detail.row.severity) == ("dispatched", "lease_too_long", "flag")
    assert "C1" in detail.order.order.title and detail.description
    due = detail.order.order.due_done_at
    assert due is not None and timezone.localdate(due) == detail.row.rectify_by
    acts.accept_finding(stage.head, finding_id=finding_id)
    stage.answer(finding_id, (LAND, 55_000), (DEBT, 1_200))
    assert (stage.balance("arable"), stage.balance("202")) == (0, 0)
    assert [one.outcome for one in stage.effects(finding_id)] == ["waiting", "waiting"]
    assert stage.close(finding_id) == 2
    assert (stage.balance("arable"), stage.balance("arable.idle"), stage.balance("202")) == (55_000, -55_000, 1_200)
    assert stage.state(finding_id) == "closed"
    done = [event.act for event in finding_detail(stage.auditor, finding_id=finding_id).order.timeline]
    assert done == [f"village.{verb}_finding" for verb in ("open", "open", "accept", "answer", "close")]


def test_what_is_not_upheld_is_voided_and_what_is_sent_back_is_answered_anew(stage: Stage) -> None:
    finding_id = stage.answered((CLAIM, 700))
    day = timezone.localdate() + timedelta(days=50)
    told: dict[str, Any] = {"finding_id": finding_id, "reason": "没有收据", "rectify_by": day}
    assert acts.send_back_finding(stage.inspector, **told) == 1
    assert stage.state(finding_id) == "accepted"
    assert finding_detail(stage.auditor, finding_id=finding_id).row.rectify_by == day
    stage.answer(finding_id, (CLAIM, 600))
    assert acts.dismiss_finding(stage.inspector, finding_id=finding_id, reason="不属实") == 1
    assert [one.outcome for one in stage.effects(finding_id)] == ["voided", "voided"]
    assert (stage.state(finding_id), stage.balance("112")) == ("refused", 0)


def test_a_closed_finding_is_opened_again_and_its_effects_are_taken_back(stage: Stage) -> None:
    finding_id = stage.answered((DEBT, 900))
    stage.close(finding_id)
    today = timezone.localdate()
    path = stage.villages.prefecture.places["P1"].path
    assert put_right(path, first_day=today, last_day=today).debts_fen == 900
    assert acts.reopen_finding(stage.colleague, finding_id=finding_id, reason="款未到账") == 1
    assert (stage.balance("202"), put_right(path, first_day=today, last_day=today).debts_fen) == (0, 0)
    assert [one.outcome for one in stage.effects(finding_id)] == ["taken_back"]
    stage.answer(finding_id, (DEBT, 901))
    stage.close(finding_id)
    assert (stage.balance("202"), put_right(path, first_day=today, last_day=today).debts_fen) == (901, 901)


def test_a_dismissed_finding_is_opened_again_and_answered_anew(stage: Stage) -> None:
    finding_id = stage.answered((DEBT, 900))
    acts.dismiss_finding(stage.inspector, finding_id=finding_id, reason="不属实")
    day = timezone.localdate() + timedelta(days=20)
    told: dict[str, Any] = {"finding_id": finding_id, "reason": "村民又反映", "rectify_by": day}
    for actor in (stage.auditor, stage.accountant, stage.villages.post("v102001", "county_inspector")):
        with pytest.raises(NotPermitted):
            acts.reopen_finding(actor, **told)
    assert acts.reopen_finding(stage.colleague, **told) == 0  # what was voided stays voided
    set_scope(stage.auditor.scope)
    detail = finding_detail(stage.auditor, finding_id=finding_id)
    assert (detail.row.state, detail.row.rectify_by, detail.row.closed_on) == ("accepted", day, None)
    assert [one.outcome for one in detail.effects] == ["voided"]
    last = detail.steps[-1]
    assert (last.act, last.note) == ("village.reopen_finding", "村民又反映")
    with seeing(SYSTEM.scope):
        entry = Entry.objects.filter(subject=f"finding:{finding_id}").order_by("id").last()
    assert entry is not None and entry.act == "village.reopen_finding" and "村民又反映" in bytes(entry.body).decode()
    with pytest.raises(Conflict):
        acts.reopen_finding(stage.inspector, **told)  # it is open
    stage.answer(finding_id, (DEBT, 901))
    assert stage.close(finding_id) == 1 and stage.balance("202") == 901


def test_no_second_finding_of_a_rule_is_opened_by_opening_one_again(stage: Stage) -> None:
    first = stage.open(rule="lease_too_long", text="")
    acts.dismiss_finding(stage.inspector, finding_id=first, reason="不属实")
    second = stage.open(rule="lease_too_long", text="")
    with pytest.raises(Conflict, match="open already"):
        acts.reopen_finding(stage.inspector, finding_id=first, reason="又查")
    acts.dismiss_finding(stage.inspector, finding_id=second, reason="重复")
    assert acts.reopen_finding(stage.inspector, finding_id=first, reason="又查") == 0
    assert [stage.state(one) for one in (first, second)] == ["accepted", "refused"]


def test_a_comment_sent_twice_is_said_once(stage: Stage) -> None:
    finding_id, comment_id = stage.open(), new_identifier()
    told: dict[str, Any] = {"finding_id": finding_id, "comment_id": comment_id, "text": "请补收据"}
    assert {acts.comment_finding(stage.auditor, **told) for _time in range(2)} == {comment_id}
    for changed in ({"text": "别的"}, {"finding_id": stage.open()}):
        with pytest.raises(Conflict, match="identifier") as refused:
            acts.comment_finding(stage.auditor, **(told | changed))
        assert refused.value.field == "comment_id"
    acts.comment_finding(stage.auditor, **(told | {"comment_id": new_identifier()}))  # said again on purpose
    set_scope(stage.auditor.scope)
    notes = [step.note for step in finding_detail(stage.auditor, finding_id=finding_id).steps]
    assert notes.count("请补收据") == 2


def test_only_another_office_decides(stage: Stage) -> None:
    finding_id = stage.answered((DEBT, 5))
    insider = stage.villages.post("v102001", "county_inspector")
    for actor in (insider, stage.auditor, stage.accountant, stage.head):
        for act in ("close_finding", "dismiss_finding", "send_back_finding", "reopen_finding"):
            word = {"note": "x"} if act == "close_finding" else {"reason": "x"}
            with pytest.raises(NotPermitted):
                getattr(acts, act)(actor, finding_id=finding_id, **word)
    with pytest.raises(NotFound):
        stage.close(finding_id, actor=stage.villages.post("c2.housing", "county_inspector"))
    assert stage.state(finding_id) == "done"
    with pytest.raises(NotPermitted, match="itself"):
        stage.open(actor=stage.villages.post("v102001", "township_auditor"))


def test_nothing_but_the_closing_posts_or_voids(stage: Stage) -> None:
    finding_id = stage.answered((DEBT, 5))
    (effect,) = stage.effects(finding_id)
    set_scope(stage.accountant.scope)
    for outcome in ("posted", "voided"):
        with pytest.raises(Conflict, match="waits for the matter"):
            ledgers.resolve_transfer(stage.accountant, transfer_id=effect.transfer_id, outcome=outcome)
    stage.close(finding_id)
    with pytest.raises(Conflict, match="waits for the matter"):
        ledgers.reverse_transfer(
            stage.accountant, transfer_id=effect.transfer_id, reversal_id=new_identifier(),
            day=timezone.localdate(), purpose="记错",
        )  # fmt: skip
    assert stage.balance("202") == 5


def test_the_order_takes_no_other_way(stage: Stage) -> None:
    """Neither the hotline's people nor the timers close, refuse, merge or reopen a finding."""
    finding_id = stage.answered((DEBT, 5))
    supervisor = stage.villages.post("c1.housing", "supervisor")
    for act in (orders.close_order, orders.refuse_order, orders.reopen_order):
        told = {"reason_code": "other"} if act is orders.refuse_order else {}
        word = {"note": "x"} if act is orders.close_order else {"reason": "x"}
        with pytest.raises((Conflict, NotPermitted)):
            act(supervisor, order_id=finding_id, **told, **word)  # type: ignore[operator]
    late = timezone.now() + timedelta(days=90)
    assert orders.due_work(late).closed == 0
    assert stage.state(finding_id) == "done"


def test_what_is_sent_twice_is_one_and_what_cannot_be_is_refused(stage: Stage) -> None:
    told: dict[str, Any] = {"finding_id": new_identifier(), "rule": "lease_too_long"}
    assert stage.open(**told) == stage.open(**told)
    with pytest.raises(Conflict, match="identifier"):
        stage.open(**(told | {"text": "别的"}))
    with pytest.raises(Conflict, match="open already"):
        stage.open(rule="lease_too_long")
    with pytest.raises(NotFound, match="finds nothing"):
        stage.open(rule="household_term")
    for field, changed in (
        ("text", {"text": " "}), ("rectify_by", {"rectify_by": timezone.localdate()}),
        ("rectify_by", {"rectify_by": timezone.localdate() + timedelta(days=400)}),
        ("rule", {"rule": "lease_too_long", "subject": SubjectKind.PARCEL, "subject_id": stage.villages.parcel()}),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            stage.open(**changed)
        assert refused.value.field == field and refused.value.remedy
    finding_id = told["finding_id"]
    answer_id = new_identifier()
    more: dict[str, Any] = {"answer_id": answer_id, "effects": ()}
    assert stage.answer(finding_id, **more) == stage.answer(finding_id, **more) == answer_id
    with pytest.raises(Conflict):
        stage.answer(finding_id)  # it waits for the inspector
    other = stage.open()
    with pytest.raises(InvalidInput, match="shows what was done"):
        stage.answer(other, evidence=())
    with pytest.raises(InvalidInput, match="yet to come"):
        acts.answer_finding(
            stage.accountant, finding_id=other, answer_id=uuid4(), text="x",
            effects=[moved(DEBT, 5, day=timezone.localdate() + timedelta(days=1))],
        )  # fmt: skip
    with pytest.raises(NotFound, match="no open account"):
        acts.answer_finding(
            stage.accountant, finding_id=other, answer_id=uuid4(), text="x",
            effects=[moved(EffectKind.OTHER, 5)],
        )  # fmt: skip
    for lacking in ({"credit": ""}, {"voucher": ""}):  # how it was paid, and what shows it
        with pytest.raises(InvalidInput) as refused:
            acts.answer_finding(
                stage.accountant,
                finding_id=other,
                answer_id=uuid4(),
                text="已还清",
                effects=[moved(DEBT, 5, **lacking)],
            )
        assert refused.value.field == "effects" and refused.value.remedy
    assert stage.state(other) == "dispatched"


def test_notices_and_the_history_speak_the_readers_language(stage: Stage) -> None:
    stage.open()
    finding_id = stage.open(rule="lease_too_long", text="")
    set_scope(stage.accountant.scope)
    told = [one.words for one in notices_of(stage.accountant, language="en")]
    assert {one.title for one in told} == {
        "To be put right: Contract C1",
        "To be put right: Contract C1: Lease too long",
    }
    day = timezone.localdate() + timedelta(days=30)
    assert all(f"{day.day} {day:%b %Y} 23:59" in one.body for one in told)
    assert "待整改：合同 C1" in {one.words.title for one in notices_of(stage.accountant, language="zh-hans")}
    as_owner("UPDATE places_post SET title = '乡镇审计员' WHERE id = %s", [str(stage.auditor.post_id)])
    page = f"/villages/findings/{finding_id}/"
    assert "乡镇审计员" in text(browser(stage.accountant, "zh-hans").get(page))
    english = text(browser(stage.accountant).get(page))
    assert "Township auditor of villages" in english and "乡镇审计员" not in english


def test_inspectors_of_the_county_are_told_of_an_answer(stage: Stage) -> None:
    finding_id = stage.answered()
    for told in (stage.inspector, stage.colleague):
        set_scope(told.scope)
        titles = {one.words.title: one.words.link for one in notices_of(told, language="en")}
        (address,) = [link for title, link in titles.items() if title.startswith("To be inspected")]
        assert str(finding_id) in address
    for other in (stage.accountant, stage.head, stage.auditor, stage.villages.villager):
        set_scope(other.scope)
        assert not [one for one in notices_of(other, language="en") if one.code == "finding_answered"]


def test_lists_and_what_everybody_may_know(stage: Stage) -> None:
    ids = [stage.open(text=f"问题{number}", rectify_by=timezone.localdate() + timedelta(days=30 + number))
           for number in range(3)]  # fmt: skip
    stage.answer(ids[2], (LAND, 10_000))
    stage.close(ids[2])
    set_scope(stage.auditor.scope)
    page = finding_list(stage.auditor, filters=FindingFilters(), limit=2)
    rest = finding_list(stage.auditor, filters=FindingFilters(), limit=2, after=page.after)
    assert [row.id for row in (*page.rows, *rest.rows)] == ids and rest.after is None
    opened = finding_list(stage.auditor, filters=FindingFilters(state="open"))
    assert {row.id for row in opened.rows} == {*ids[:2]}
    assert finding_counts(stage.auditor) == {"dispatched": 2, "late": 0}
    set_scope(stage.villages.stranger.scope)
    assert finding_list(stage.villages.stranger, filters=FindingFilters()).rows == []
    today = timezone.localdate()
    told = findings_of_village(stage.villages.place_id, first_day=today, last_day=today)
    assert {(one.state, one.land_mu_4) for one in told} == {("dispatched", 0), ("closed", 10_000)}
    assert findings_of_village(stage.villages.other_place_id, first_day=today, last_day=today) == []
    path = stage.villages.prefecture.places["P102"].path
    later = overdue_findings(path, on=today + timedelta(days=60))
    assert [one.id for one in later.rows] == ids[:2] and overdue_findings(path).rows == []
    sums = put_right(path, first_day=today, last_day=today)
    assert (sums.findings, sums.contracts, sums.land_mu_4) == (1, 1, 10_000)


def test_a_number_that_names_a_party_is_told_to_nobody(stage: Stage) -> None:
    contract_id = stage.villages.contract("周租户-9", lessee="周租户", lessor="王庄村委会", until=date(2051, 6, 1))
    stage.open(subject_id=contract_id)
    later = timezone.localdate() + timedelta(days=60)
    days = {"first_day": later.isoformat(), "last_day": later.isoformat()}
    client = Client()
    told = [
        client.get("/api/v1/village/overdue-findings", {"place": "P102", "on": later.isoformat()}).json()["rows"],
        client.get("/api/v1/village/told-findings", {"place": "P102001", **days}).json(),
    ]
    numbers = {row["number"] for rows in told for row in rows}
    assert numbers == {"周**-9"}


def test_what_is_overdue_comes_whole_page_by_page(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database sorts and pages; told is what a look at every finding of the place would find, on any day."""
    today = timezone.localdate()
    days = (3, 2, 3, 2, 2, 5, 4, 4)
    ids = [stage.open(text=f"问题{number}", rectify_by=today + timedelta(days=after))
           for number, after in enumerate(days)]  # fmt: skip
    stage.answer(ids[3], (LAND, 10_000))
    stage.close(ids[3])  # put right in time
    stage.answer(ids[4])  # answered in time, and not yet inspected
    later = timezone.now() + timedelta(days=4)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    stage.answer(ids[0], (LAND, 5_000))  # answered a day late, and not yet inspected
    stage.answer(ids[6])
    stage.close(ids[6])
    path, place_id = stage.villages.prefecture.places["P102"].path, stage.villages.place_id
    for on in (today + timedelta(days=after) for after in range(9)):
        told = findings_of_village(place_id, first_day=on, last_day=on)
        late = sorted((one for one in told if one.late), key=lambda one: (one.rectify_by, one.id))
        for limit in (1, 2, 50):
            found, after = [], None
            while True:
                page = overdue_findings(path, on=on, after=after, limit=limit)
                assert len(page.rows) <= limit
                found += page.rows
                after = page.after
                if after is None:
                    break
            assert found == late, (on, limit)
    expected = [*sorted(ids[:1] + ids[2:3]), *ids[7:8], *ids[5:6]]
    assert [one.id for one in late] == [ids[1], *expected]
    assert sum(one.land_mu_4 for one in late) == 0  # the answer's land waits for its inspector
    assert overdue_findings(stage.villages.prefecture.places["P2"].path, on=today + timedelta(days=8)).rows == []
    for mark in ("nonsense", "2020-01-01", "2020-01-01/x"):
        with pytest.raises(NotFound) as error:
            overdue_findings(path, after=mark)
        assert (error.value.field, error.value.value, bool(error.value.remedy)) == ("after", mark, True)


def test_lists_of_requests_do_not_show_findings(stage: Stage) -> None:
    stage.open()
    for post in (("v102001", "clerk"), ("c1.housing", "supervisor")):
        watcher = stage.villages.post(*post)
        set_scope(watcher.scope)
        assert orders.orders_list(watcher).rows == ()
        assert orders.order_counts(watcher) == {}
