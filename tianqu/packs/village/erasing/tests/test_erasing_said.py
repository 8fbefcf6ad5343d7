"""A name goes from what was said of somebody: from decided findings, their comments and files, and from old rolls."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, InvalidInput, NotFound
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.journal.models import Entry
from tianqu.packs.village.erasing.acts import erase_party
from tianqu.packs.village.erasing.queries import named_in
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind
from tianqu.packs.village.findings.queries import finding_detail
from tianqu.packs.village.findings.tests.stage import Stage
from tianqu.packs.village.meetings.models import Roll
from tianqu.packs.village.meetings.queries import roll_detail
from tianqu.packs.village.tests.matters import rolled
from tianqu.packs.village.tests.test_register_laws import refused, run
from tianqu.packs.village.tests.test_register_pages import browser, text

NAME, OTHER, LONGER = "王占地", "李别人", "王占地娃"
DEBT = EffectKind.DEBT_SETTLED
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def everything_kept() -> str:
    """Every text of every table that findings and rolls are written in, as the database's console shows it."""
    told = []
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename ~ '^(village|orders|notices|files)_'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(to_jsonb(x)::text, ' '), '') FROM {table} x")
            told.append(str(cursor.fetchone()[0]))
        told += [bytes(one.body or b"").decode() for one in Entry.objects.all()]
    return " ".join(told)


def spoken_of(stage: Stage, tmp_path: Any, settings: Any) -> UUID:
    """A finding that names somebody wherever anybody can write: opened, put off, commented on, answered, dismissed."""
    settings.TIANQU_FILES_URL = str(tmp_path)
    finding_id = stage.open(text=f"{NAME}多占三分地", rectify_by=timezone.localdate() + timedelta(days=20))
    later = timezone.localdate() + timedelta(days=30)
    acts.extend_finding(stage.auditor, finding_id=finding_id, rectify_by=later, reason=f"{NAME}外出")
    paper = store_file(stage.auditor, name=f"{NAME}.pdf", content=PDF).id
    acts.comment_finding(
        stage.auditor, finding_id=finding_id, comment_id=new_identifier(), text=f"请{NAME}到场", files=[paper]
    )
    stage.answer(finding_id, (DEBT, 700), text=f"{NAME}已退地")
    return finding_id


def erase(stage: Stage, **more: Any) -> int:
    told: dict[str, Any] = {"place_id": stage.villages.place_id, "name": NAME, "reason": "本人申请"}
    set_scope(stage.inspector.scope)
    return erase_party(stage.inspector, **(told | more))


def test_a_finding_loses_the_name_and_nothing_else(stage: Stage, tmp_path: Any, settings: Any) -> None:
    finding_id = spoken_of(stage, tmp_path, settings)
    with pytest.raises(Conflict) as open_still:
        erase(stage, finding_ids=[finding_id])
    assert open_still.value.field == "finding_ids" and open_still.value.remedy
    stage.close(finding_id, note=f"{NAME}属实")
    other = stage.open(text=f"{OTHER}欠租")
    set_scope(SYSTEM.scope)
    before = {one.id: bytes(one.leaf) for one in Entry.objects.all()}
    assert NAME in everything_kept()
    assert erase(stage, finding_ids=[finding_id]) >= 10
    kept = everything_kept()
    assert NAME not in kept and f"{OTHER}欠租" in kept
    with seeing(SYSTEM.scope):
        after = {one.id: bytes(one.leaf) for one in Entry.objects.all()}
        newest = Entry.objects.filter(subject=f"finding:{finding_id}").order_by("id").last()
    assert {number: after[number] for number in before} == before
    assert newest is not None and newest.body is not None
    assert b'"put_right":{"debt_settled":700}' in bytes(newest.body)  # figures are read from the log
    set_scope(stage.auditor.scope)
    detail = finding_detail(stage.auditor, finding_id=finding_id)
    assert (detail.row.state, stage.balance("202")) == ("closed", 700)
    assert [step.act for step in detail.steps] == [
        f"village.{verb}_finding" for verb in ("open", "extend", "comment", "answer", "close")
    ]
    assert all(step.note in ("", "租期过长") for step in detail.steps) and detail.description == ""
    clock = next(one for one in detail.order.clocks if one.kind == "finish")
    assert any(event.get("reason") == "" for event in clock.proof["events"])
    text(browser(stage.accountant).get(f"/villages/findings/{finding_id}/"))
    assert erase(stage, finding_ids=[finding_id]) == 0  # the same again changes nothing
    with pytest.raises(InvalidInput) as unnamed:
        erase(stage, finding_ids=[other])
    assert unnamed.value.field == "finding_ids"
    with pytest.raises(NotFound):
        erase(stage, finding_ids=[new_identifier()])
    assert acts.reopen_finding(stage.inspector, finding_id=finding_id, reason="复发") == 1  # it goes on without words
    run("SET CONSTRAINTS ALL IMMEDIATE")


def test_what_was_erased_and_is_sent_again_is_refused(stage: Stage) -> None:
    told: dict[str, Any] = {"finding_id": new_identifier(), "text": f"{NAME}欠租"}
    said: dict[str, Any] = {"finding_id": stage.open(**told), "comment_id": new_identifier(), "text": f"催{NAME}"}
    acts.comment_finding(stage.auditor, **said)
    acts.dismiss_finding(stage.inspector, finding_id=told["finding_id"], reason="已交")
    erase(stage, finding_ids=[told["finding_id"]])
    set_scope(stage.auditor.scope)
    for again in (lambda: stage.open(**told), lambda: acts.comment_finding(stage.auditor, **said)):
        with pytest.raises(Conflict):
            again()
    assert NAME not in everything_kept()


def test_old_rolls_lose_the_line_and_keep_their_count(stage: Stage) -> None:
    villages, today = stage.villages, timezone.localdate()
    set_scope(villages.accountant.scope)
    old = rolled(villages, (OTHER, f"2 {NAME}（户主）", LONGER), since=date(2021, 1, 1))
    with pytest.raises(Conflict) as holds:
        erase(stage, roll_ids=[old])
    assert holds.value.field == "roll_ids" and holds.value.remedy
    set_scope(villages.accountant.scope)
    new = rolled(villages, (OTHER, LONGER), since=today)
    assert erase(stage, roll_ids=[old]) == 1
    set_scope(villages.accountant.scope)
    found = roll_detail(villages.accountant, roll_id=old)
    assert found.names is not None and (found.names[0], found.names[2], found.count) == (OTHER, LONGER, 3)
    page = text(browser(villages.accountant).get(f"/villages/meetings/rolls/{old}/"))
    assert "(erased)" in page and f"{NAME}（" not in page
    assert f"{NAME}（户主）" not in everything_kept()
    with pytest.raises(InvalidInput):  # 王占地娃 is somebody else
        erase(stage, roll_ids=[new])
    assert erase(stage, roll_ids=[old]) == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE village_roll SET names = '甲'", "UPDATE village_roll SET names = E'甲\\n乙\\n'",
        "UPDATE village_roll SET names = '', count = 1", "UPDATE village_roll SET digest = 'x'",
        "UPDATE village_roll SET names = E'\\n丁'",
    ],
)  # fmt: skip
def test_lines_of_a_roll_may_be_emptied_and_not_changed(stage: Stage, sql: str) -> None:
    set_scope(stage.villages.accountant.scope)
    rolled(stage.villages, ("甲", "乙"))
    set_scope(SYSTEM.scope)
    refused("village_roll_kept", sql)


def test_a_roll_of_one_may_be_emptied(stage: Stage) -> None:
    set_scope(stage.villages.accountant.scope)
    old = rolled(stage.villages, (NAME,))
    rolled(stage.villages, (OTHER,), since=timezone.localdate())
    erase(stage, roll_ids=[old])
    with seeing(SYSTEM.scope):
        assert (Roll.objects.get(id=old).names, Roll.objects.get(id=old).count) == ("", 1)


@pytest.mark.parametrize(
    ("law", "sql"),
    [
        ("village_finding_kept", "UPDATE village_finding SET digest = ''"),  # it is not decided
        ("village_finding_kept", "UPDATE village_finding SET digest = 'x'"),
        ("may be emptied", "UPDATE village_finding_answer SET digest = 'x'"),
        ("stays written", "UPDATE village_finding_answer SET evidence = '[]'"),
        ("stays written", "UPDATE village_finding_comment SET sequence = 1"),
        ("stays written", "DELETE FROM village_finding_comment"),
    ],
)  # fmt: skip
def test_digests_may_be_emptied_and_nothing_else(stage: Stage, law: str, sql: str) -> None:
    finding_id = stage.answered((DEBT, 5))
    acts.comment_finding(stage.auditor, finding_id=finding_id, comment_id=new_identifier(), text="x")
    set_scope(SYSTEM.scope)
    refused(law, sql)


def test_by_form_and_over_the_api(stage: Stage) -> None:
    villages = stage.villages
    finding_id = stage.open(text=f"{NAME}欠租")
    acts.dismiss_finding(stage.inspector, finding_id=finding_id, reason="已交")
    set_scope(villages.accountant.scope)
    old = rolled(villages, (NAME, OTHER))
    rolled(villages, (OTHER,), since=timezone.localdate())
    desk, address = browser(stage.inspector), "/villages/erasing/"
    code = villages.prefecture.places["P102001"].code
    page = text(desk.get(address, {"village": code, "name": NAME}))
    for field, identifier in (("finding_ids", finding_id), ("roll_ids", old)):
        assert re.search(rf'name="{field}"[^>]*value="{identifier}"', page), field
    given = {
        "village": code, "name": NAME, "reason": "本人申请", "sure": "on", "finding_ids": [str(finding_id)],
    }  # fmt: skip
    assert desk.post(address, given).status_code == 302
    body = {"place_id": str(villages.place_id), "name": NAME, "reason": "本人申请", "roll_ids": [str(old)]}
    assert caller(stage.inspector).done("/acts/village.erase_party", body)["result"] == 1
    with seeing(SYSTEM.scope):
        assert not named_in(str(villages.prefecture.places["P102001"].path), name=NAME)
    assert NAME not in everything_kept()
