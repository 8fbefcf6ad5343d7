"""Matters of a village: six steps as dated, attested events, safe to send twice, each judged by the law of its day."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.owner import as_owner
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, Scope, prepare_entry, set_scope
from tianqu.packs.village import acts as contract_acts
from tianqu.packs.village.meetings import acts
from tianqu.packs.village.meetings.procedure import Cadence, Disclosed, MatterKind, MeetingBody, Step
from tianqu.packs.village.meetings.queries import (
    MatterFilters,
    matter_detail,
    matter_list,
    roll_detail,
    vote_sheet,
)
from tianqu.packs.village.queries import contract_detail
from tianqu.packs.village.registers.matters import MatterTerms
from tianqu.packs.village.rules.facts import Body, Resolution
from tianqu.packs.village.tests.matters import FOUR, disclosed, held, opened, rolled, whole
from tianqu.packs.village.tests.villages import Villages, terms

RESOLVED = date(2025, 6, 28)


def found(villages: Villages, matter_id: UUID) -> set[str]:
    """What is found in a matter today, as rule/step/verdict."""
    detail = matter_detail(villages.accountant, matter_id=matter_id)
    return {f"{one.rule}/{one.step.value}/{one.verdict}" for line in detail.lines for one in line.findings}


def test_six_steps_in_good_order_leave_nothing_to_find(villages: Villages) -> None:
    matter_id = opened(villages)
    for number, body in enumerate(FOUR):
        row = matter_list(villages.accountant, filters=MatterFilters(state="open")).rows[0]
        assert row.next_step == ("propose", "discuss", "deliberate", "resolve")[number]
        step_id = held(villages, matter_id, body)
    head = villages.post("v102001", "village_head")
    for _time in range(2):  # twice is once
        acts.attest_step(head, step_id=step_id)
    row = matter_list(villages.accountant, filters=MatterFilters(state="late")).rows[0]
    assert (row.next_step, row.due_on) == ("disclose_resolution", date(2025, 9, 28))
    disclosed(villages, matter_id, Disclosed.RESOLUTION, date(2025, 9, 28))  # the last day in time
    row = matter_list(villages.accountant, filters=MatterFilters()).rows[0]
    assert (row.next_step, row.due_on) == ("disclose_result", date(2025, 12, 28))
    disclosed(villages, matter_id, Disclosed.RESULT, date(2025, 12, 1))
    row = matter_list(villages.accountant, filters=MatterFilters(state="complete")).rows[0]
    assert (row.next_step, row.due_on, row.findings, row.resolved_on) == ("", None, 0, RESOLVED)
    assert found(villages, matter_id) == set()
    line = matter_detail(villages.accountant, matter_id=matter_id).lines[3]
    assert [one.name for one in line.rows[0].attested] == ["何某"] and line.rows[0].entered.name == "赵会计"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"present": 199, "agreed": 199}, {"resolution_record/resolve/quorum", "resolution_record/resolve/majority"}),
        ({"agreed": 199}, {"resolution_record/resolve/majority"}),
        ({"notice_on": date(2025, 6, 19)}, {"resolution_record/resolve/short_notice"}),
        ({"notice_on": None}, {"resolution_record/resolve/no_notice"}),
        ({"held_on": date(2025, 6, 7), "notice_on": date(2025, 5, 1)}, {"step_order/resolve/early"}),
        # Before May 2025 more than half of the villagers and of those who came were enough.
        ({"held_on": date(2025, 4, 30), "notice_on": date(2025, 4, 20), "present": 151, "agreed": 76},
         {"step_order/resolve/early"}),
    ],
)  # fmt: skip
def test_a_resolution_is_judged_by_the_law_of_its_day(villages: Villages, changed: Any, expected: set[str]) -> None:
    matter_id = opened(villages)
    for body in FOUR:
        step_id = held(villages, matter_id, body, **(changed if body is MeetingBody.MEMBERS else {}))
    acts.attest_step(villages.post("v102001", "village_supervisor"), step_id=step_id)
    disclosed(villages, matter_id, Disclosed.RESOLUTION, date(2025, 6, 29))
    disclosed(villages, matter_id, Disclosed.RESULT, date(2025, 9, 1))
    assert found(villages, matter_id) == expected


def test_what_is_left_out_unattested_delegated_or_late_is_found(villages: Villages) -> None:
    matter_id = opened(villages, kind=MatterKind.HOMESTEAD, cadence=Cadence.AT_ONCE)
    held(villages, matter_id, MeetingBody.REPRESENTATIVES)
    disclosed(villages, matter_id, Disclosed.RESOLUTION, date(2025, 7, 2))  # on the fourth day
    assert found(villages, matter_id) == {
        "step_missing/propose/missing", "step_missing/discuss/missing", "step_missing/deliberate/missing",
        "resolution_record/resolve/delegated", "attested/resolve/unattested", "disclosure/disclose_resolution/late",
        "disclosure/disclose_result/missing",
    }  # fmt: skip
    detail = matter_detail(villages.accountant, matter_id=matter_id)
    (late,) = detail.lines[4].findings
    assert dict(late.numbers)["late_days"] == 1 and dict(late.numbers)["due_on"] == date(2025, 7, 1)


def test_party_members_and_committees_have_their_own_quorum(villages: Villages) -> None:
    matter_id = opened(villages)
    held(villages, matter_id, MeetingBody.BRANCH, entitled=5, present=2, agreed=1)
    held(villages, matter_id, MeetingBody.COMMITTEES, entitled=8, present=4, agreed=2)
    held(villages, matter_id, MeetingBody.PARTY_MEMBERS, entitled=40, present=20, agreed=20)
    assert found(villages, matter_id) == {
        "branch_quorum/propose/quorum", "committees_vote/propose/majority", "committees_vote/discuss/quorum",
        "committees_vote/discuss/majority", "party_vote/deliberate/majority",
    }  # fmt: skip


def test_a_meeting_held_again_counts_and_one_struck_out_does_not(villages: Villages) -> None:
    matter_id = opened(villages)
    for body in FOUR:
        first = held(villages, matter_id, body)
    head = villages.post("v102001", "village_head")
    rejected = held(villages, matter_id, MeetingBody.MEMBERS, held_on=date(2025, 7, 20), agreed=10)
    row = matter_list(villages.accountant, filters=MatterFilters()).rows[0]
    assert (row.next_step, row.resolved_on) == ("resolve", date(2025, 7, 20))
    assert not matter_detail(villages.accountant, matter_id=matter_id).row.carried
    acts.strike_step(villages.accountant, step_id=rejected, reason="录错")
    detail = matter_detail(villages.accountant, matter_id=matter_id)
    assert detail.row.carried and [one.counts for one in detail.lines[3].rows] == [False, True]
    assert detail.lines[3].rows[0].strike_reason == "录错"
    for attempt in (
        lambda: acts.strike_step(villages.accountant, step_id=rejected, reason="x"),
        lambda: acts.attest_step(head, step_id=rejected),
        lambda: acts.attest_step(villages.post("v102001", "village_accountant"), step_id=uuid4()),
    ):
        with pytest.raises((Conflict, NotPermitted, NotFound)):
            attempt()
    acts.attest_step(head, step_id=first)


def test_who_entered_a_step_does_not_attest_it(villages: Villages) -> None:
    head = villages.post("v102001", "village_head")
    matter_id = opened(villages, actor=head)
    step_id = held(villages, matter_id, MeetingBody.BRANCH, actor=head)
    with pytest.raises(Conflict, match="cannot attest"):
        acts.attest_step(head, step_id=step_id)
    with pytest.raises(NotPermitted):
        acts.attest_step(villages.villager, step_id=step_id)


def test_the_same_sent_twice_is_one_and_other_content_is_refused(villages: Villages) -> None:
    matter_id, step_id = new_identifier(), new_identifier()
    assert opened(villages, matter_id=matter_id) == opened(villages, matter_id=matter_id) == matter_id
    for _time in range(2):
        held(villages, matter_id, MeetingBody.BRANCH, step_id=step_id)
    assert len(matter_detail(villages.accountant, matter_id=matter_id).lines[0].rows) == 1
    with pytest.raises(Conflict, match="identifier"):
        held(villages, matter_id, MeetingBody.BRANCH, step_id=step_id, agreed=1)
    with pytest.raises(Conflict) as refused:
        opened(villages)
    assert refused.value.field == "number"
    told = MatterTerms("议2", "北坡", MatterKind.PROJECT)
    assert acts.correct_matter(villages.accountant, matter_id=matter_id, matter=told, expected_version=2) == 3
    with pytest.raises(Conflict):
        acts.correct_matter(villages.accountant, matter_id=matter_id, matter=told, expected_version=2)
    acts.withdraw_matter(villages.accountant, matter_id=matter_id, reason="不再办理")
    with pytest.raises(Conflict, match="withdrawn"):
        held(villages, matter_id, MeetingBody.COMMITTEES)
    assert matter_list(villages.accountant, filters=MatterFilters(state="withdrawn")).rows[0].next_step == ""


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("agreed", {"agreed": 211}), ("present", {"present": 301}), ("entitled", {"entitled": 0, "present": 0}),
        ("held_on", {"held_on": date(2190, 1, 1)}), ("notice_on", {"notice_on": date(2025, 6, 29)}),
        ("notice_on", {"notice_on": date(1900, 1, 1)}), ("text", {"text": "\u202e"}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_field(villages: Villages, field: str, changed: Any) -> None:
    matter_id = opened(villages)
    with pytest.raises(InvalidInput) as refused:
        held(villages, matter_id, MeetingBody.MEMBERS, **changed)
    assert refused.value.field == field and refused.value.remedy
    with pytest.raises(InvalidInput) as refused:
        disclosed(villages, matter_id, Disclosed.RESOLUTION, RESOLVED, result_on=RESOLVED)
    assert refused.value.field == "result_on"


def test_a_contract_takes_its_resolution_from_what_the_meeting_really_was(villages: Villages) -> None:
    matter_id = whole(villages)
    signed = {"signed_on": date(2025, 7, 1), "starts_on": date(2025, 7, 1), "until": date(2030, 7, 1)}
    contract_id = villages.contract("H1", matter_id=matter_id, **signed)

    def rules() -> set[str]:
        judged = contract_detail(villages.accountant, contract_id=contract_id).judgement
        assert judged is not None
        return {f"{one['rule']}/{one['verdict']}" for one in judged.findings}

    def resolve_step() -> UUID:
        return matter_detail(villages.accountant, matter_id=matter_id).lines[3].rows[0].id

    assert not any(one.startswith(("democratic_record", "signed_before")) for one in rules())
    detail = contract_detail(villages.accountant, contract_id=contract_id)
    assert detail.resolution == Resolution(Body.MEMBERS, RESOLVED, 300, 210, 205, date(2025, 6, 15))
    acts.strike_step(villages.accountant, step_id=resolve_step(), reason="没有开过会")
    assert "democratic_record/missing" in rules()  # judged anew by the same act
    held(villages, matter_id, MeetingBody.MEMBERS, held_on=date(2025, 7, 5), present=150, agreed=150)
    assert {"democratic_record/quorum", "democratic_record/majority", "signed_before/early"} <= rules()
    assert [row.number for row in matter_detail(villages.accountant, matter_id=matter_id).contracts] == ["H1"]
    both = terms("H2", matter_id=matter_id, **signed)
    told = both.particulars.__class__(resolution=Resolution(Body.MEMBERS, RESOLVED, 3, 3, 3))
    with pytest.raises(InvalidInput) as refused:
        villages.contract("H2", matter_id=matter_id, particulars=told, **signed)
    assert refused.value.field == "resolution"
    with pytest.raises(NotFound) as unknown:
        villages.contract("H2", matter_id=uuid4(), **signed)
    assert unknown.value.field == "matter_id"
    elsewhere = opened(villages, actor=villages.stranger, place_id=villages.other_place_id)
    with pytest.raises(NotFound):
        contract_acts.correct_contract(
            villages.accountant, contract_id=contract_id, terms=terms("H1", matter_id=elsewhere, **signed)
        )


def test_a_roll_is_that_of_the_day_and_its_names_are_not_for_everybody(villages: Villages) -> None:
    first = rolled(villages, ("赵一", "钱二", "孙三"))
    rolled(villages, ("李四", "周五"), since=date(2025, 1, 1))
    matter_id = opened(villages, kind=MatterKind.PROJECT)
    step_id = held(villages, matter_id, MeetingBody.REPRESENTATIVES, entitled=3, present=3, agreed=3)
    acts.attest_step(villages.post("v102001", "village_head"), step_id=step_id)
    assert "roll/resolve/differs" in found(villages, matter_id)
    acts.strike_step(villages.accountant, step_id=step_id, reason="应到人数录错")
    held(villages, matter_id, MeetingBody.REPRESENTATIVES, entitled=2, present=2, agreed=2)
    assert "roll/resolve/differs" not in found(villages, matter_id)

    def sheet(actor: Any, on: date, body: MeetingBody = MeetingBody.REPRESENTATIVES) -> list[str]:
        set_scope(actor.scope)
        return vote_sheet(actor, matter_id=matter_id, body=body, on=on).names

    assert sheet(villages.accountant, date(2024, 12, 31)) == ["赵一", "钱二", "孙三"]
    assert sheet(villages.accountant, date(2025, 1, 1)) == ["李四", "周五"]
    assert sheet(villages.accountant, date(2020, 1, 1)) == [""] * 50
    assert sheet(villages.villager, date(2025, 1, 1)) == ["", ""]
    assert roll_detail(villages.villager, roll_id=first).names is None
    told = matter_detail(villages.villager, matter_id=matter_id)
    assert [row.entered.name for line in told.lines for row in line.rows] == ["", ""]
    assert told.lines[3].rows[0].entered.role == "village_accountant"
    with pytest.raises(InvalidInput):
        rolled(villages, (" ",))


def test_the_next_village_is_told_nothing(villages: Villages) -> None:
    matter_id = whole(villages)
    roll_id = rolled(villages, ("赵一",))
    stranger = villages.stranger
    set_scope(stranger.scope)
    assert matter_list(stranger, filters=MatterFilters()).rows == []
    for attempt in (
        lambda: matter_detail(stranger, matter_id=matter_id), lambda: roll_detail(stranger, roll_id=roll_id),
        lambda: held(villages, matter_id, MeetingBody.BRANCH, actor=stranger),
        lambda: rolled(villages, ("x",), actor=stranger),
        lambda: opened(villages, actor=stranger), lambda: opened(villages, matter_id=matter_id, actor=stranger),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(NotPermitted):
        opened(villages, "议2", actor=villages.villager)
    for scope in (stranger.scope, Scope()):
        set_scope(scope)
        with connection.cursor() as cursor:
            for table in ("matter", "step", "attestation", "roll"):
                cursor.execute(f"SELECT count(*) FROM village_{table}")
                assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("law", "sql"),
    [
        ("village_step_kept", "UPDATE village_step SET agreed = agreed - 1"),
        ("stays written", "DELETE FROM village_step"), ("stays written", "DELETE FROM village_matter"),
        ("village_step_votes", "INSERT INTO village_step (id, matter_id, place_path, digest, step, body, day, entitled,"
         " present, agreed, way, location, text, at, strike_reason) SELECT gen_random_uuid(), matter_id, place_path,"
         " digest, step, body, day, 5, 6, 5, '', '', '', at, '' FROM village_step WHERE body = 'branch'"),
        ("village_step_body", "INSERT INTO village_step (id, matter_id, place_path, digest, step, body, day, way,"
         " location, text, at, strike_reason) SELECT gen_random_uuid(), matter_id, place_path,"
         " digest, 'resolve', '', day, '', '', '', at, '' FROM village_step WHERE body = 'branch'"),
        ("village_step_at_home", "INSERT INTO village_step (id, matter_id, place_path, digest, step, body, day, way,"
         " location, text, at, strike_reason) SELECT gen_random_uuid(), matter_id, 'P.P2',"
         " digest, step, '', day, 'board', '', '', at, '' FROM village_step WHERE step = 'disclose_result'"),
        ("village_attested_by_another", "INSERT INTO village_attestation (step_id, place_path, at, person_id)"
         " SELECT id, place_path, at, person_id FROM village_step"),
        ("stays written", "UPDATE village_attestation SET at = now()"),
        ("village_roll_kept", "UPDATE village_roll SET count = 9"),
        ("may be emptied", "UPDATE village_roll SET names = 'x'"),
        ("village_matter_kept", "UPDATE village_matter SET digest = ''"),
        ("village_contract_matter_at_home", "UPDATE village_contract c SET matter_id = m.id FROM village_matter m"
         " WHERE m.place_id <> c.place_id"),
    ],
)  # fmt: skip
def test_the_database_keeps_its_laws_at_the_console_too(villages: Villages, law: str, sql: str) -> None:
    whole(villages)
    rolled(villages, ("赵一",))
    villages.contract()
    opened(villages, actor=villages.stranger, place_id=villages.other_place_id)
    set_scope(SYSTEM.scope)
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT journal_open()")
        entry = prepare_entry(act="test.attack", subject="attack:1", after={}, actor=SYSTEM, at=timezone.now())
        cursor.execute(INSERT_ENTRY, entry.row())
        as_owner(sql)
    cause: Any = refused.value.__cause__
    assert law in f"{cause.diag.constraint_name} {cause.diag.message_primary}"


def test_a_list_asks_as_often_for_many_as_for_one(villages: Villages, django_assert_num_queries: Any) -> None:
    whole(villages, "议0")
    for count in (1, 8):
        for number in range(1, count):
            whole(villages, f"议{number}")
        with django_assert_num_queries(5):
            page = matter_list(villages.accountant, filters=MatterFilters())
        assert len(page.rows) == count and {row.findings for row in page.rows} == {0}
    assert {line.step for line in matter_detail(villages.accountant, matter_id=page.rows[0].id).lines} == set(Step)
