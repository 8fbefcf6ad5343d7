"""The page of a request over HTTP: what it shows to whom, and each act from its form."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.orders.hotline import MONDAY, Hotline
from tests.web.desk.browsing import ANSWER, browser, order_of, page_of
from tianqu.kernel.files.api import StoredFile
from tianqu.kernel.journal.api import Actor, Scope, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import Attachment
from tianqu.kernel.places.api import AccessRecord


def send(actor: Actor, order_id: Any, verb: str, **fields: Any) -> Any:
    """Send the form of one act as the page carries it, with the version that the page shows."""
    client = browser(actor)
    address = page_of(order_id)
    page = client.get(address).content.decode()
    assert f'action="{address}/{verb}"' in page, f"{verb} is not offered"
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    named = {f"{verb}-{name}": value for name, value in fields.items()}
    return client.post(f"{address}/{verb}", {"version": version[1], **named})


def test_shows_everything_about_one_request(hotline: Hotline) -> None:
    order_id = hotline.done()
    text = browser(hotline.clerk).get(page_of(order_id)).content.decode()
    for shown in ("路灯不亮", "村口的路灯坏了三天。", ANSWER, "李梅", "13800000000", "Answered", "proof"):
        assert shown in text, shown


def test_what_runs_round_the_clock_is_not_said_in_working_time(hotline: Hotline) -> None:
    ordinary, urgent = hotline.dispatched(), hotline.dispatched(item="water.none")
    text = browser(hotline.clerk).get(page_of(ordinary)).content.decode()
    assert "working days late" in text
    text = browser(hotline.clerk).get(page_of(urgent)).content.decode()
    assert "days late" in text and "working days late" not in text
    receipt = hotline.place(item="water.none")
    text = browser(hotline.resident).get(f"/follow/{receipt.code}").content.decode()
    assert "days late" in text and "working days late" not in text


def test_another_units_clerk_finds_no_such_page(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    client = browser(hotline.stranger)
    assert client.get(page_of(order_id)).status_code == 404
    assert client.post(f"{page_of(order_id)}/accept", {}).status_code == 404
    assert order_of(order_id).state == "dispatched"


def test_looking_at_the_asker_is_written_down(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    sealed = hotline.dispatched(identity="sealed")
    client = browser(hotline.clerk)
    assert "13800000000" in client.get(page_of(order_id)).content.decode()
    assert "13800000000" not in client.get(page_of(sealed)).content.decode()
    with seeing(Scope(everything=True)):
        looks = AccessRecord.objects.filter(what="looked", person_id=hotline.clerk.person_id)
        assert [look.subject for look in looks] == [f"order:{order_id}"]
        assert looks[0].about_person_id == hotline.resident.person_id


def test_accepts_returns_asks_and_answers(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    assert send(hotline.clerk, order_id, "accept", note="").status_code == 302
    assert order_of(order_id).state == "accepted"
    send(hotline.clerk, order_id, "ask-back", question="哪一盏？")
    assert order_of(order_id).state == "asked_back"
    send(hotline.clerk, order_id, "resume", note="已查明")
    send(hotline.clerk, order_id, "comment", text="备件已到", audience="internal")
    send(hotline.clerk, order_id, "hand-over", post_id=str(hotline.colleague.post_id), note="")
    assert order_of(order_id).handler_post_id == hotline.colleague.post_id
    send(hotline.colleague, order_id, "finish", answer_public=ANSWER, answer_private="")
    assert order_of(order_id).state == "done"
    assert order_of(order_id).answer_public == ANSWER


def test_dispatches_by_the_units_name_and_refuses_an_unknown_one(hotline: Hotline) -> None:
    order_id = hotline.place().order_id
    refused = send(hotline.dispatcher, order_id, "dispatch", unit_id="没有这个局", reason="因为近")
    assert refused.status_code == 400
    text = refused.content.decode()
    assert 'id="dispatch-unit_id-error"' in text
    assert "没有这个局" in text
    assert "因为近" in text
    assert send(hotline.dispatcher, order_id, "dispatch", unit_id="德城区住建局", reason="").status_code == 302
    assert order_of(order_id).unit_id == hotline.unit_id


def test_somebody_was_first_and_the_text_is_kept(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    client = browser(hotline.clerk)
    address = page_of(order_id)
    version = re.search(r'name="version" value="(\d+)"', client.get(address).content.decode())
    assert version is not None
    api.finish_order(hotline.colleague, order_id=order_id, answer_public=ANSWER)
    answer = client.post(
        f"{address}/finish",
        {"version": version[1], "finish-answer_public": "我已派人修好了。", "finish-answer_private": ""},
    )
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "我已派人修好了。" in text
    assert "德城区住建局" in text
    assert "answered" in text
    assert order_of(order_id).answer_public == ANSWER


def test_an_old_version_is_refused_where_the_act_is_still_open(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    address = page_of(order_id)
    version = order_of(order_id).version
    api.extend_order(hotline.colleague, order_id=order_id, reason="等备件", working_days=1, at=MONDAY)
    given = {"version": str(version), "ask-back-question": "哪一盏灯？"}
    answer = browser(hotline.clerk).post(f"{address}/ask-back", given)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "哪一盏灯？</textarea>" in text
    assert f'name="version" value="{order_of(order_id).version}"' in text
    assert order_of(order_id).state == "accepted"


def test_a_missing_reason_is_said_at_its_field(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    answer = send(hotline.clerk, order_id, "refuse", reason_code="other", reason=" ", legal_basis="某条例")
    assert answer.status_code == 400
    assert 'id="refuse-reason-error"' in answer.content.decode()
    assert "某条例" in answer.content.decode()


def test_answers_with_evidence(hotline: Hotline, tmp_path: Any, settings: Any) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    order_id = hotline.accepted()
    paper = SimpleUploadedFile("维修单.txt", "已更换。".encode())
    answer = send(hotline.clerk, order_id, "finish", answer_public=ANSWER, answer_private="", evidence=paper)
    assert answer.status_code == 302, answer.content.decode()
    text = browser(hotline.clerk).get(page_of(order_id)).content.decode()
    assert "维修单.txt" in text
    assert "/files/" in text


def test_a_supervisor_rules_presses_and_leaves_out(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    api.return_order(hotline.clerk, order_id=order_id, legal_basis="三定", reason="不是我们", at=MONDAY)
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, at=MONDAY)
    api.return_order(hotline.clerk, order_id=order_id, legal_basis="三定", reason="还不是我们", at=MONDAY)
    ruled = send(
        hotline.supervisor,
        order_id,
        "adjudicate",
        unit_id="c1.housing",
        reason="城区路灯",
        legal_basis="三定",
        make_rule="on",
    )
    assert ruled.status_code == 302, ruled.content.decode()
    assert order_of(order_id).ruled_at is not None
    send(hotline.supervisor, order_id, "press", note="请尽快")
    send(hotline.supervisor, order_id, "exclude", rate="satisfaction", reason="test", note="测试")
    send(hotline.supervisor, order_id, "include", rate="satisfaction", note="不是测试")
    assert order_of(order_id).press_count == 1


def test_looks_behind_a_seal_once_with_a_reason(hotline: Hotline) -> None:
    order_id = hotline.dispatched(identity="sealed")
    answer = send(hotline.supervisor, order_id, "unseal", reason="须上门")
    assert answer.status_code == 200
    assert "13800000000" in answer.content.decode()
    assert "13800000000" not in browser(hotline.supervisor).get(page_of(order_id)).content.decode()


@pytest.mark.parametrize("verb", ["accept", "finish", "adjudicate", "nothing"])
def test_an_act_that_is_not_open_changes_nothing(hotline: Hotline, verb: str) -> None:
    order_id = hotline.place().order_id
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, at=MONDAY)
    before = order_of(order_id).version
    actor = hotline.supervisor if verb == "accept" else hotline.clerk
    if verb == "accept":
        api.accept_order(hotline.clerk, order_id=order_id, at=MONDAY)
        before = order_of(order_id).version
    answer = browser(actor).post(f"{page_of(order_id)}/{verb}", {"version": str(before), "finish-answer_public": "好"})
    assert answer.status_code in (400, 403, 404, 409)
    assert order_of(order_id).version == before


def test_merges_and_splits(hotline: Hotline) -> None:
    cause, other = hotline.accepted(), hotline.dispatched(title="又一盏路灯不亮")
    send(hotline.dispatcher, other, "merge", into=order_of(cause).code, reason="同一线路")
    assert order_of(other).merged_into_id == cause
    page = browser(hotline.dispatcher).get(page_of(cause)).content.decode()
    assert "又一盏路灯不亮" in page
    send(hotline.dispatcher, cause, "split", title1="井盖", description1="井盖也坏了", reason="")
    assert "井盖" in browser(hotline.dispatcher).get(page_of(cause)).content.decode()


def test_files_of_a_refused_answer_leave_nothing_behind(hotline: Hotline, tmp_path: Any, settings: Any) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    order_id = hotline.accepted()
    client = browser(hotline.clerk)
    version = order_of(order_id).version
    api.extend_order(hotline.colleague, order_id=order_id, reason="等备件", working_days=1, at=MONDAY)
    paper = SimpleUploadedFile("维修单.txt", "已更换。".encode())
    given = {"version": str(version), "finish-answer_public": ANSWER, "finish-evidence": paper}
    assert client.post(f"{page_of(order_id)}/finish", given).status_code == 409
    assert order_of(order_id).state == "accepted"
    with seeing(Scope(everything=True)):
        assert not Attachment.objects.filter(order_id=order_id).exists()
        assert not StoredFile.objects.filter(erased_at=None).exists()
    papers = [SimpleUploadedFile("维修单.txt", "已更换。".encode()), SimpleUploadedFile("a.exe", b"MZ\x90\x00" * 40)]
    given = {
        "version": str(order_of(order_id).version), "finish-answer_public": ANSWER, "finish-evidence": papers,
    }  # fmt: skip
    answer = client.post(f"{page_of(order_id)}/finish", given)
    assert answer.status_code == 400
    assert 'id="finish-evidence-error"' in answer.content.decode()
    with seeing(Scope(everything=True)):
        assert not StoredFile.objects.filter(erased_at=None).exists(), "the good one goes with the bad one"


def test_a_moment_in_a_refusal_is_written_as_people_read_it(hotline: Hotline) -> None:
    """The two days to return it are long over."""
    order_id = hotline.dispatched()
    answer = send(hotline.clerk, order_id, "return", legal_basis="三定", reason="不归我们")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "was over at 6 Mar 2024 17:30." in page
