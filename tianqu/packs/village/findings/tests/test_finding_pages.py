"""The pages of findings: an auditor opens, the village answers, an inspector decides and draws, everybody reads on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.web.api.calling import ANYONE, caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import StoredFile
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.packs.village.acts import import_parcels
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.drawing import commitment_of, drawn
from tianqu.packs.village.findings.models import EffectKind
from tianqu.packs.village.findings.registers import effects
from tianqu.packs.village.findings.registers.matters import EVIDENCE_MAX
from tianqu.packs.village.findings.tests.stage import Stage, moved
from tianqu.packs.village.findings.told.queries import drawing_detail
from tianqu.packs.village.registers.importing import ParcelLine
from tianqu.packs.village.registers.land import ParcelFacts
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import ARABLE, DAY

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
HERE = "/villages/findings/"


@pytest.fixture
def files(tmp_path: Any, settings: Any) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path)


def test_the_whole_round_by_form(stage: Stage, files: None) -> None:
    desk, village, county = browser(stage.auditor), browser(stage.accountant), browser(stage.inspector)
    contract = text(desk.get(f"/villages/contracts/{stage.contract_id}/"))
    address = f"{HERE}new?contract={stage.contract_id}&rule=lease_too_long"
    assert address.replace("&", "&amp;") in contract and "Lease too long" in text(desk.get(address))
    sent_id = str(new_identifier())
    day = (timezone.localdate() + timedelta(days=20)).isoformat()
    for _time in range(2):  # safe to send twice
        answer = desk.post(address, {"sent_id": sent_id, "text": "", "rectify_by": day})
        assert (answer.status_code, answer["Location"]) == (302, f"{HERE}{sent_id}/")
    page = text(village.get(f"{HERE}{sent_id}/"))
    assert "Answer with evidence" in page and "in 20 days" in page and "Close as put right" not in page
    assert village.post(f"{HERE}{sent_id}/accept").status_code == 302
    told = {
        "sent_id": str(new_identifier()), "text": "已重签", "itself": "on", "parcels": "P1", "kind_0": "land_recovered",
        "amount_0": "5.5", "kind_1": "debt_settled", "amount_1": "1,200.50", "way_1": "102",
        "voucher_1": "付-12",
    }  # fmt: skip
    wrong = text(village.post(f"{HERE}{sent_id}/answer", told | {"amount_0": ""}), 400)
    assert 'id="amount_0-error"' in wrong and "已重签" in wrong
    for lacking in ("way_1", "voucher_1"):  # no file either
        assert f'id="{lacking}-error"' in text(village.post(f"{HERE}{sent_id}/answer", told | {lacking: ""}), 400)
    for _time in range(2):
        photo = SimpleUploadedFile("新合同.pdf", PDF, "application/pdf")
        assert village.post(f"{HERE}{sent_id}/answer", told | {"files": photo}).status_code == 302
    page = text(county.get(f"{HERE}{sent_id}/"))
    assert "5.5" in page and "1,200.5" in page and "reserved" in page and "新合同.pdf" in page
    file = next(part.split('"')[0] for part in page.split('href="') if "/files/" in part)
    assert b"".join(county.get(file).streaming_content) == PDF
    assert browser(stage.villages.stranger).get(file).status_code == 404
    assert "To be inspected" in text(county.get(HERE))
    deciding = text(county.get(f"{HERE}{sent_id}/close"))
    assert (
        "1,200.5" in deciding and "付-12" in deciding and "1 file" in deciding and "a paper is missing" not in deciding
    )
    assert county.post(f"{HERE}{sent_id}/close", {"note": ""}).status_code == 400
    assert county.post(f"{HERE}{sent_id}/close", {"note": "已实地核实"}).status_code == 302
    assert "booked" in text(village.get(f"{HERE}{sent_id}/"))
    sums = text(desk.get("/villages/put-right"))
    assert "5.5" in sums and "1,200.50" in sums
    assert "Contract C1" in text(desk.get(f"{HERE}?state=closed&closed_from=2020-01-01"))
    assert "Contract C1" in text(desk.get("/villages/findings.csv"))
    assert desk.get("/villages/findings.csv?state=NaN").status_code == 400  # said before the file begins


def test_too_much_evidence_is_refused_as_too_much(stage: Stage, files: None) -> None:
    """And not as a parcel that the register had not, and without keeping the photo that was sent with it."""
    numbers = [f"E{number}" for number in range(EVIDENCE_MAX + 31)]
    lines = [ParcelLine(number, DAY, ParcelFacts(10_000, ARABLE)) for number in numbers]
    import_parcels(stage.accountant, place_id=stage.villages.place_id, lines=lines)
    finding_id = stage.open()
    acts.accept_finding(stage.accountant, finding_id=finding_id)
    told = {"sent_id": str(new_identifier()), "text": "已收回", "parcels": " ".join(numbers)}
    photo = SimpleUploadedFile("照片.pdf", PDF, "application/pdf")
    answer = browser(stage.accountant).post(f"{HERE}{finding_id}/answer", told | {"files": photo})
    assert "at most 20 pieces of evidence" in text(answer, 400)
    with seeing(SYSTEM.scope):
        assert not StoredFile.objects.filter(name="照片.pdf").exists()


def test_who_is_offered_what(stage: Stage) -> None:
    finding_id = stage.answered((EffectKind.DEBT_SETTLED, 5))
    address = f"{HERE}{finding_id}/"
    villager = text(browser(stage.villages.villager).get(address))
    assert "租期过长" not in villager and "已重新签订合同" not in villager and "Contract C1" in villager
    assert browser(stage.villages.stranger).get(address).status_code == 404
    assert browser(stage.accountant).post(f"{address}close", {"note": "x"}).status_code == 403
    insider = browser(stage.villages.post("v102001", "county_inspector"))
    assert insider.post(f"{address}close", {"note": "x"}).status_code == 403
    chinese = text(browser(stage.inspector, "zh-hans").get(address))
    assert "待验收" in chinese and "销号" in chinese
    assert Client().get(address).status_code in (302, 403)


def test_sending_back_more_time_and_dismissing(stage: Stage) -> None:
    county, desk, finding_id = browser(stage.inspector), browser(stage.auditor), stage.answered()
    address, day = f"{HERE}{finding_id}/", (timezone.localdate() + timedelta(days=40)).isoformat()
    assert county.post(f"{address}send_back", {"reason": "缺收据", "rectify_by": day}).status_code == 302
    later = (timezone.localdate() + timedelta(days=50)).isoformat()
    assert desk.post(f"{address}extend", {"reason": "农忙", "rectify_by": later}).status_code == 302
    assert 'id="rectify_by-error"' in text(desk.post(f"{address}extend", {"reason": "x", "rectify_by": day}), 400)
    assert browser(stage.accountant).post(f"{address}comment", {"text": "正在补"}).status_code == 302
    assert county.post(f"{address}dismiss", {"reason": "不属实"}).status_code == 302
    page = text(county.get(address))
    for said in ("缺收据", "农忙", "正在补", "不属实", "unfounded"):
        assert said in page


def test_a_dismissed_one_is_opened_again_by_form(stage: Stage) -> None:
    county, finding_id = browser(stage.inspector), stage.answered()
    address, day = f"{HERE}{finding_id}/", (timezone.localdate() + timedelta(days=40)).isoformat()
    assert county.post(f"{address}dismiss", {"reason": "不属实"}).status_code == 302
    assert f"{address}reopen" in text(county.get(address)) and "Open again" in text(county.get(f"{address}reopen"))
    assert f"{address}reopen" not in text(browser(stage.accountant).get(address))
    assert 'id="reason-error"' in text(county.post(f"{address}reopen", {"reason": "", "rectify_by": day}), 400)
    assert county.post(f"{address}reopen", {"reason": "村民又反映", "rectify_by": day}).status_code == 302
    page = text(browser(stage.accountant).get(address))
    assert "村民又反映" in page and "being put right" in page and "Answer with evidence" in page


def test_a_comment_that_is_sent_twice_is_shown_once(stage: Stage) -> None:
    desk, finding_id = browser(stage.auditor), stage.open()
    address = f"{HERE}{finding_id}/"
    told = {"sent_id": str(new_identifier()), "text": "请补合同原件"}
    for _time in range(2):
        assert desk.post(f"{address}comment", told).status_code == 302
    assert text(desk.get(address)).count("请补合同原件") == 1
    body = {"finding_id": str(finding_id), "comment_id": told["sent_id"], "text": "请补合同原件"}
    assert caller(stage.auditor).done("/acts/village.comment_finding", body)["result"] == told["sent_id"]
    assert text(desk.get(address)).count("请补合同原件") == 1
    other = caller(stage.auditor).post("/acts/village.comment_finding", body | {"text": "别的"})
    assert (other.status_code, other.json()["field"]) == (409, "comment_id")


def test_a_drawing_is_announced_drawn_and_drawn_again_by_anybody(stage: Stage) -> None:
    ids = [stage.answered() for _n in range(4)]
    for finding_id in ids:
        stage.close(finding_id)
    county, today = browser(stage.inspector), timezone.localdate()
    form = {
        "sent_id": str(new_identifier()), "place": "P1", "first_day": today.isoformat(), "last_day": today.isoformat(),
        "draw_on": (today + timedelta(days=1)).isoformat(), "count": "2",
    }  # fmt: skip
    assert "seed is made by chance" in text(county.get("/villages/drawings/new"))
    assert 'id="draw_on-error"' in text(
        county.post("/villages/drawings/new", form | {"draw_on": form["last_day"]}), 400
    )
    answer = county.post("/villages/drawings/new", form)
    assert answer.status_code == 302, text(answer)
    public = Client(HTTP_ACCEPT_LANGUAGE="en")
    page = text(public.get(answer["Location"]))
    drawing_id = form["sent_id"]
    drawing: Any = drawing_detail(drawing_id=drawing_id).drawing  # type: ignore[arg-type]
    assert drawing.commitment in page and "Draw now" not in page
    assert county.post(f"{answer['Location']}draw").status_code == 409
    codes = acts.draw_findings(stage.inspector, drawing_id=drawing.id, at=timezone.now() + timedelta(days=1))  # type: ignore[call-arg]
    told = ANYONE.read(f"/village/drawings/{drawing_id}")
    assert commitment_of(told["drawing"]["seed"]) == told["drawing"]["commitment"] == drawing.commitment
    again = drawn(told["drawing"]["seed"], told["population"], count=told["drawing"]["count"])
    assert again == codes == [row["code"] for row in told["drawn"]] and len(told["population"]) == 4
    page = text(public.get(answer["Location"]))
    assert told["drawing"]["seed"] in page and "to be looked at" in page
    assert "drawn" in text(public.get("/villages/drawings/"))
    of_code = {ANYONE_code: row for row in told["drawn"] for ANYONE_code in [row["code"]]}
    rows = caller(stage.inspector).read("/village/findings", state="closed")["rows"]
    first, second = (next(row["id"] for row in rows if row["code"] == code) for code in of_code)
    assert county.post(f"{HERE}{first}/confirm", {"note": "属实"}).status_code == 403  # closed by the same person
    colleague = browser(stage.colleague)
    assert "Second look" in text(colleague.get(f"{HERE}{first}/"))
    assert colleague.post(f"{HERE}{first}/confirm", {"note": "属实"}).status_code == 302
    assert colleague.post(f"{HERE}{second}/reopen", {
        "reason": "地又荒了", "rectify_by": (today + timedelta(days=30)).isoformat()
    }).status_code == 302  # fmt: skip
    results = [row["result"] for row in ANYONE.read(f"/village/drawings/{drawing_id}")["drawn"]]
    assert results == ["confirmed", "reopened"]


def test_the_list_begins_with_what_is_open_and_registers_name_what_was_found(stage: Stage) -> None:
    closed = stage.answered((EffectKind.LAND_RECOVERED, 55_000))
    stage.close(closed)
    still = stage.open()
    county = browser(stage.inspector)

    def listed(query: str = "") -> set[str]:
        page = text(county.get(f"{HERE}{query}"))
        return {str(one) for one in (closed, still) if f'href="{HERE}{one}/"' in page}

    assert listed() == listed("?sort=-new") == listed("?state=open") == {str(still)}
    assert listed("?state=") == listed("?subject=contract") == {str(closed), str(still)}
    assert listed("?state=closed") == {str(closed)}
    contract = text(county.get(f"/villages/contracts/{stage.contract_id}/"))
    assert "Findings about it" in contract and f"{HERE}{closed}/" in contract and f"{HERE}{still}/" in contract
    assert "Findings about it" not in text(county.get(f"/villages/land/{stage.parcel_id}/"))
    public = text(Client(HTTP_ACCEPT_LANGUAGE="en").get("/villages/overdue/P102"))
    assert "5.5000" in public and str(timezone.localdate().year) in public
    assert "Nothing yet" in text(Client(HTTP_ACCEPT_LANGUAGE="en").get("/villages/overdue/P2"))


def test_everybody_reads_what_is_overdue_and_no_more(stage: Stage) -> None:
    day = timezone.localdate() + timedelta(days=2)
    stage.open(rectify_by=day, text="张三多占", at=timezone.now())
    public = Client(HTTP_ACCEPT_LANGUAGE="en")
    assert "Nothing is overdue" in text(public.get("/villages/overdue/P102"))
    later = (day + timedelta(days=5)).isoformat()
    told = ANYONE.read("/village/overdue-findings", place="P102", on=later)["rows"]
    for day in ("0001-01-01", "9999-12-31"):
        between = {"place": "P102001", "first_day": day, "last_day": day}
        assert ANYONE.get("/village/overdue-findings", place="P102", on=day).status_code == 400
        assert ANYONE.get("/village/told-findings", **between).status_code == 400
        assert ANYONE.get("/village/put-right", **between).status_code == 400
    assert [(row["number"], row["state"], row["late"]) for row in told] == [("C1", "dispatched", True)]
    assert "张三" not in str(told) and public.get("/villages/overdue/nowhere").status_code == 404
    assert ANYONE.read("/village/put-right", place="P1", first_day=later, last_day=later)["findings"] == 0
    assert [row["code"] for row in ANYONE.read(
        "/village/told-findings", place="P102001", first_day=later, last_day=later
    )] == [told[0]["code"]]  # fmt: skip
    assert ANYONE.get("/village/findings").status_code in (401, 403)


def test_the_list_begins_with_all_where_none_is_open(stage: Stage) -> None:
    finding_id = stage.answered()
    stage.close(finding_id)
    assert str(finding_id) in text(browser(stage.inspector).get(HERE))
    stage.open()
    assert str(finding_id) not in text(browser(stage.inspector).get(HERE))


def test_an_inspector_is_told_of_each_amount_and_of_a_missing_paper(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding_id = stage.open()
    with monkeypatch.context() as before:  # as answers were before papers were asked for
        before.setattr(effects, "check_shown", lambda *_one, **_more: None)
        moves = (moved(EffectKind.DEBT_SETTLED, 120_050), moved(EffectKind.CLAIM_SETTLED, 900, voucher=""))
        stage.answer(finding_id, effects=moves)
    said = text(browser(stage.inspector).get(f"{HERE}{finding_id}/close"))
    paid, collected = (line for line in said.split("<li>") if "Debt paid: " in line or "Claim collected: " in line)
    assert "1,200.5" in paid and "voucher 记-3" in paid and "102" in paid and "a paper is missing" not in paid
    assert "a paper is missing" in collected
    assert "no paper" in text(browser(stage.auditor).get(f"{HERE}{finding_id}/"))


def test_over_the_api(stage: Stage) -> None:
    auditor, keeper = caller(stage.auditor), caller(stage.accountant)
    finding_id = str(new_identifier())
    told = {"finding_id": finding_id, "subject": "contract", "subject_id": str(stage.contract_id), "text": "租金偏低"}
    assert auditor.done("/acts/village.open_finding", told)["result"] == finding_id
    effect = {
        "transfer_id": str(new_identifier()), "kind": "claim_settled", "amount": 70_000, "debit": "102",
        "voucher": "收-7",
    }  # fmt: skip
    answer = {
        "finding_id": finding_id, "answer_id": str(new_identifier()), "text": "已收回",
        "evidence": [{"kind": "contract", "id": str(stage.contract_id)}], "effects": [effect],
    }  # fmt: skip
    assert (
        keeper.post("/acts/village.answer_finding", answer | {"effects": [effect | {"amount": 0}]}).status_code == 422
    )
    for lacking in ("debit", "voucher"):
        refused = keeper.post("/acts/village.answer_finding", answer | {"effects": [effect | {lacking: ""}]})
        assert (refused.status_code, refused.json()["field"]) == (400, "effects")
    assert keeper.done("/acts/village.answer_finding", answer)["result"] == answer["answer_id"]
    held = keeper.post("/acts/ledgers.resolve", {"transfer_id": effect["transfer_id"], "outcome": "posted"})
    assert (held.status_code, held.json()["field"]) == (409, "transfer_id")
    found = auditor.read(f"/village/findings/{finding_id}")
    assert found["finding"]["state"] == "done" and found["effects"][0]["outcome"] == "waiting"
    assert (found["effects"][0]["voucher"], found["effects"][0]["paperless"]) == ("收-7", False)
    assert {clock["kind"] for clock in found["clocks"]} >= {"accept", "finish", "inspect"}
    inspector = caller(stage.inspector)
    body = {"finding_id": finding_id, "note": "已核实", "expected_version": found["finding"]["version"]}
    assert inspector.post("/acts/village.close_finding", body | {"expected_version": 0}).status_code == 409
    assert inspector.done("/acts/village.close_finding", body)["result"] == 1
    assert [row["id"] for row in auditor.read("/village/findings", state="closed", place="P102001")["rows"]] == [
        finding_id
    ]
    assert caller(stage.villages.stranger).get(f"/village/findings/{finding_id}").status_code == 404
