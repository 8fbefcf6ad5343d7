"""Matters by form and over the API: the six steps on a telephone, the vote sheet, what villagers see."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tests.web.api.calling import ANYONE, caller
from tianqu.base.identifiers import new_identifier
from tianqu.packs.village.meetings.procedure import MeetingBody
from tianqu.packs.village.tests.matters import held, opened, rolled, whole
from tianqu.packs.village.tests.test_register_pages import CONTRACT, browser, text
from tianqu.packs.village.tests.villages import Villages

MATTER = {"number": "议1", "title": "南洼土地发包", "kind": "contract", "cadence": "quarterly", "text": "公开竞价"}
MEETING = {
    "body": "members", "held_on": "2025-06-28", "entitled": "300", "present": "210", "agreed": "１５０",
    "notice_on": "2025-06-15", "notice_way": "broadcast", "location": "村委会大院", "text": "同意发包",
}  # fmt: skip


def test_a_matter_goes_its_way_by_form(villages: Villages) -> None:
    desk = browser(villages.accountant)
    assert "Open the first one" in text(desk.get("/villages/meetings/"))
    matter_id, step_id = str(new_identifier()), str(new_identifier())
    for _time in range(2):  # safe to send twice
        answer = desk.post("/villages/meetings/new", MATTER | {"sent_id": matter_id})
        assert (answer.status_code, answer["Location"]) == (302, f"/villages/meetings/{matter_id}/")
    page = answer["Location"]
    for _time in range(2):
        answer = desk.post(f"{page}meeting", MEETING | {"sent_id": step_id})
        assert answer.status_code == 302, text(answer)
    told = text(desk.get(page))
    assert "150 of all 300 agreed; two thirds of all must." in told and "Not carried" in told
    assert "Rural Collective Economic Organisations Law, Article 26–28" in told and "There is no record of this" in told
    chinese = text(browser(villages.accountant, "zh-hans").get(page))
    assert "《农村集体经济组织法》第26–28条" in chinese and "村“两委”会议商议" in chinese and "未通过" in chinese
    wrong = text(desk.post(f"{page}meeting", MEETING | {"present": "301"}), 400)
    assert 'id="present-error"' in wrong and 'value="301"' in wrong
    posted = {"what": "resolution", "posted_on": "2025-07-01", "way": "board"}
    assert desk.post(f"{page}disclosure", posted).status_code == 302
    assert desk.post(f"/villages/meetings/steps/{step_id}/attest").status_code == 403
    head = browser(villages.post("v102001", "village_head"))
    assert text(head.get(page)).count("Attest that it was so") == 2
    assert head.post(f"/villages/meetings/steps/{step_id}/attest").status_code == 302
    assert "Attested by" in (shown := text(head.get(page))) and shown.count("Attest that it was so") == 1
    assert desk.post(f"/villages/meetings/steps/{step_id}/strike", {"reason": "票数录错"}).status_code == 302
    assert "票数录错" in text(desk.get(page))
    lines = text(desk.get("/villages/meetings.csv")).splitlines()
    assert len(lines) == 2 and "南洼土地发包" in lines[1]
    changed = MATTER | {"title": "北坡土地发包", "version": "1"}
    assert "meanwhile" in text(desk.post(f"{page}correct", changed), 409)
    version = text(desk.get(f"{page}correct")).partition('name="version" value="')[2].partition('"')[0]
    assert desk.post(f"{page}correct", changed | {"version": version}).status_code == 302
    assert desk.post(f"{page}withdraw", {"reason": "不再发包"}).status_code == 302
    assert "不再发包" in text(desk.get(page)) and "withdrawn" in text(desk.post(f"{page}meeting", MEETING), 409)


def test_a_contract_is_entered_by_the_number_of_its_matter(villages: Villages) -> None:
    matter_id = whole(villages)
    desk = browser(villages.accountant)
    assert 'name="matter" value="议1"' in text(desk.get("/villages/contracts/new?matter=议1")).replace("  ", " ")
    told = CONTRACT | {
        "parcels": "", "land_class": "arable", "signed_on": "2025-07-01", "starts_on": "2025-07-01",
        "until": "2030-07-01", "schedule": "", "matter": "议1",
    }  # fmt: skip
    answer = desk.post("/villages/contracts/new", told)
    assert answer.status_code == 302, text(answer)
    page = text(desk.get(answer["Location"]))
    assert f"/villages/meetings/{matter_id}/" in page and "Record of the resolution" not in page and "210" in page
    assert 'value="议1"' in text(desk.get(f"{answer['Location']}correct"))
    assert 'id="matter-error"' in text(desk.post("/villages/contracts/new", told | {"matter": "议9"}), 404)


def test_the_vote_sheet_has_names_for_who_may_see_them(villages: Villages) -> None:
    desk, villager = browser(villages.accountant), browser(villages.villager)
    sent = {"body": "representatives", "since": "2021-01-01", "names": "赵一\n\n 钱二 \n孙三"}
    answer = desk.post("/villages/meetings/rolls/new", sent)
    assert answer.status_code == 302 and "钱二" in text(desk.get(answer["Location"]))
    assert "钱二" not in text(villager.get(answer["Location"]))
    matter_id = opened(villages)
    sheet = f"/villages/meetings/{matter_id}/sheet?body=representatives&on=2025-06-28"
    page = text(desk.get(sheet))
    assert page.count("<td>□</td>") == 9 and "钱二" in page
    page = text(villager.get(sheet))
    assert page.count("<td>□</td>") == 9 and "钱二" not in page
    paper = desk.get(sheet.replace("sheet?", "sheet.pdf?"))
    content = b"".join(paper.streaming_content)
    assert paper["Content-Type"] == "application/pdf" and content.startswith(b"%PDF-")
    assert content == b"".join(desk.get(sheet.replace("sheet?", "sheet.pdf?")).streaming_content)
    blank = b"".join(villager.get(sheet.replace("sheet?", "sheet.pdf?")).streaming_content)
    assert blank != content
    form = text(desk.get(f"/villages/meetings/{matter_id}/meeting?body=representatives"))
    assert 'name="entitled" value="3"' in form.replace("  ", " ")


def test_villagers_see_all_but_names_and_the_next_village_nothing(villages: Villages) -> None:
    matter_id = whole(villages, title="标记事项")
    roll_id = rolled(villages, ("标记姓名",))
    page = text(browser(villages.villager).get(f"/villages/meetings/{matter_id}/"))
    assert "标记事项" in page and "Village accountant" in page and "Village head" in page
    assert "赵会计" not in page and "何某" not in page and "Strike out" not in page
    other = browser(villages.stranger)
    for address in (f"{matter_id}/", f"{matter_id}/meeting", f"{matter_id}/sheet", f"rolls/{roll_id}/"):
        assert "标记" not in text(other.get(f"/villages/meetings/{address}"), 404)
    for address in ("/villages/meetings/", "/villages/meetings.csv", "/villages/meetings/?q=标记事", "rolls/"):
        assert "标记事项" not in text(other.get(address if address[0] == "/" else f"/villages/meetings/{address}"))
    assert browser(villages.villager).get("/villages/meetings/new").status_code == 403
    assert ANYONE.get("/village/matters").status_code in (401, 403)


def test_over_the_api(villages: Villages) -> None:
    keeper, villager = caller(villages.accountant), caller(villages.villager)
    matter_id, step_id, roll_id = str(uuid4()), str(uuid4()), str(uuid4())
    told = {
        "place_id": str(villages.place_id), "matter_id": matter_id,
        "matter": {"number": "议1", "title": "修路", "kind": "project", "cadence": "monthly"},
    }  # fmt: skip
    assert keeper.done("/acts/village.open_matter", told)["result"] == matter_id
    roll = {"place_id": str(villages.place_id), "roll_id": roll_id}
    roll |= {"roll": {"body": "representatives", "since": "2021-01-01", "names": ["赵一", "钱二"]}}  # type: ignore[dict-item]
    assert keeper.done("/acts/village.enter_roll", roll)["result"] == roll_id
    meeting: dict[str, Any] = {
        "body": "representatives", "held_on": "2025-06-28", "entitled": 45, "present": 40, "agreed": 38,
        "notice_on": "2025-06-20", "notice_way": "message",
    }  # fmt: skip
    body = {"matter_id": matter_id, "step_id": step_id, "meeting": meeting}
    assert keeper.done("/acts/village.enter_meeting", body)["result"] == step_id
    for field, value in (("entitled", 0), ("held_on", "28/6/2025"), ("body", "crowd"), ("location", "x" * 121)):
        answer = keeper.post("/acts/village.enter_meeting", body | {"meeting": meeting | {field: value}})
        assert answer.status_code == 422 and answer.json()["field"].endswith(field)
    answer = keeper.post(
        "/acts/village.enter_meeting", body | {"step_id": str(uuid4()), "meeting": meeting | {"agreed": 41}}
    )
    assert answer.status_code == 400 and answer.json()["field"] == "agreed"
    one = villager.read(f"/village/matters/{matter_id}")
    assert one["carried"] is True and one["next_step"] == "propose" and one["steps"][0]["entered"]["name"] == ""
    found = {(finding["rule"], finding["step"]): finding for finding in one["found"]}
    assert found[("roll", "resolve")]["numbers"] == {"entitled": 45, "rolled": 2}
    assert found[("step_missing", "propose")]["sentence"]["zh"].startswith("没有这一步")
    assert [row["number"] for row in villager.read("/village/matters", kind="project", state="open")["rows"]] == ["议1"]
    sheet = f"/village/matters/{matter_id}/vote-sheet"
    assert keeper.read(sheet, body="representatives", on="2025-06-28")["names"] == ["赵一", "钱二"]
    assert villager.read(sheet, body="representatives", on="2025-06-28")["names"] == ["", ""]
    assert keeper.read(f"/village/rolls/{roll_id}")["names"] == ["赵一", "钱二"]
    assert villager.read(f"/village/rolls/{roll_id}")["names"] is None
    assert villager.read("/village/rolls", on="2025-01-01")[0]["count"] == 2
    assert len(ANYONE.get("/village/meeting-rules").json()) > 8
    assert caller(villages.stranger).get(f"/village/matters/{matter_id}").status_code == 404


@pytest.mark.parametrize("address", ["?state=lost", "?kind=gift"])
def test_a_filter_that_is_none_is_refused_in_words(villages: Villages, address: str) -> None:
    held(villages, opened(villages), MeetingBody.BRANCH, held_on=date(2025, 6, 1))
    told = text(browser(villages.accountant).get(f"/villages/meetings/{address}"), 400)
    assert "Choose one of the list" in told or "Use one of" in told
