"""Returns through the browser: designed, asked for, filled in by form and by file, decided."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.places.api import Account
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import Periodicity
from tianqu.packs.returns.listing.queries import form_list
from tianqu.packs.returns.models import Campaign, Draft, FormVersion
from tianqu.packs.returns.tests.stage import CHECKS, GOOD, Stage, today, trade


def browser(actor: Actor, language: str = "en") -> Client:
    """A browser in which somebody has signed in."""
    with seeing(SYSTEM.scope):
        account = Account.objects.get(person_id=actor.person_id)
        Account.objects.filter(id=account.id).update(must_change_password=False)
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return text(answer)


DESIGN = {
    "code": "grain", "title_zh": "粮食", "title_en": "Grain", "periodicity": "quarter",
    "sent_id": str(new_identifier()),
    "columns_0_name": "summer", "columns_0_title_zh": "夏粮", "columns_0_title_en": "Summer",
    "columns_0_kind": "integer", "columns_0_decimals": "",
    "columns_0_unit_zh": "吨", "columns_0_unit_en": "t", "columns_0_required": "on",
    "columns_1_name": "state", "columns_1_title_zh": "状态", "columns_1_title_en": "State", "columns_1_kind": "choice",
    "columns_1_choices": "quick 快报 Quick\nfinal 终报 Final",
    "checks_0_code": "positive", "checks_0_rule": "summer >= 0", "checks_0_title_zh": "不为负",
    "checks_0_title_en": "Not negative",
}  # fmt: skip


def test_an_office_designs_and_asks(stage: Stage) -> None:
    desk = browser(stage.officer)
    assert "Design a return" in page(desk, "/returns/forms/")
    answer = desk.post("/returns/forms/new", {**DESIGN, "checks_0_rule": "winter >= 0", "columns_0_decimals": "x"})
    assert answer.status_code == 400 and 'value="grain"' in text(answer)
    answer = desk.post("/returns/forms/new", {**DESIGN, "checks_0_rule": "winter >= 0"})
    assert "no number of this return" in text(answer)
    assert desk.post("/returns/forms/new", {**DESIGN, "action": "more"}).status_code == 200
    for _again in range(2):
        assert desk.post("/returns/forms/new", DESIGN).status_code == 302
    set_scope(stage.officer.scope)
    line = next(one for one in form_list(stage.officer).rows if one.code == "grain")
    assert line.number == 1 and line.design.columns[1].choices[1].title_en == "Final"
    shown = page(desk, f"/returns/forms/{line.id}/design")
    assert "final 终报 Final" in shown and "summer &gt;= 0" in shown
    ask = f"/returns/forms/{line.id}/ask"
    given = {"period": "2020-Q4", "due_on": (today() + timedelta(days=9)).isoformat(),
             "units": "c1.housing\nc2.housing", "sent_id": str(new_identifier()), "note": "请按时报送"}  # fmt: skip
    wrong = (("due_on", "2020-02-30", "is not a day"), ("due_on", "", "needed"), ("units", "no such", "No unit"),
             ("period", "2020", "period"))  # fmt: skip
    for name, value, said in wrong:
        answer = desk.post(ask, given | {name: value})
        assert answer.status_code == 400 and said in text(answer)
    for _again in range(2):
        answer = desk.post(ask, given)
        assert answer.status_code == 302
    shown = page(desk, answer["Location"])
    assert "请按时报送" in shown and "Remind who is missing" in shown and "德城区住建局" in shown
    assert "德城区住建局" in page(desk, ask)
    assert page(browser(stage.officer, "zh-hans"), "/returns/campaigns/").count("粮食") == 1


def test_only_who_may_opens_the_pages(stage: Stage) -> None:
    campaign_id = stage.open()
    filing_id = stage.filing(campaign_id)
    for actor, address, status in (
        (stage.clerk, "/returns/campaigns/", 403), (stage.clerk, "/returns/forms/new", 403),
        (stage.officer, "/returns/", 403), (stage.stranger, f"/returns/campaigns/{campaign_id}/", 404),
        (stage.stranger, f"/returns/{filing_id}/", 404), (stage.neighbour, f"/returns/{filing_id}/", 404),
        (stage.neighbour, f"/returns/{filing_id}/fill", 404),
        (stage.neighbour, f"/returns/{filing_id}/template.csv", 404),
        (stage.stranger, f"/returns/forms/{stage.form_id}/design", 404),
        (stage.stranger, f"/returns/campaigns/{campaign_id}/figures.csv", 404),
        (stage.clerk, f"/returns/{filing_id}/", 200), (stage.officer, f"/returns/{filing_id}/", 200),
    ):  # fmt: skip
        page(browser(actor), address, status)
    assert Client().get("/returns/").status_code in (302, 401, 403)
    for verb in ("remind", "close"):
        assert browser(stage.stranger).post(f"/returns/campaigns/{campaign_id}/{verb}").status_code in (302, 404)
    with seeing(SYSTEM.scope):
        assert Campaign.objects.get(id=campaign_id).closed_at is None


def fields(row: dict[str, str], **more: str) -> dict[str, str]:
    return {f"r0_{name}": value for name, value in row.items()} | {"sent_id": str(new_identifier())} | more


def test_a_unit_fills_in_keeps_and_files(stage: Stage) -> None:
    stage.accepted("2019")
    filing_id = stage.filing(stage.open("2020"))
    desk, address = browser(stage.clerk), f"/returns/{filing_id}/fill"
    assert "Period before: 100.00" in page(desk, address)
    answer = desk.post(address, fields({"exports": "六十", "imports": "40", "total": "100"}, action="draft"))
    assert answer.status_code == 302 and 'value="六十"' in page(browser(stage.second), address)
    answer = desk.post(address, fields({"exports": "六十", "imports": "40", "total": "100"}, action="submit"))
    assert answer.status_code == 400 and 'href="#r0_exports"' in text(answer) and 'value="40"' in text(answer)
    answer = desk.post(address, fields({"exports": "60", "imports": "40", "total": "101"}))
    assert "100.00 = 101.00" in text(answer) and 'id="explain_sum_0"' in text(answer)
    given = fields({"exports": "100", "imports": "40", "total": "140"})
    answer = desk.post(address, given)
    assert answer.status_code == 400 and 'name="explain_steady_0"' in text(answer) and "+40.0%" in text(answer)
    given["explain_steady_0"] = "新企业投产"
    for _again in range(2):
        assert desk.post(address, given)["Location"] == f"/returns/{filing_id}/"
    shown = page(desk, f"/returns/{filing_id}/")
    assert "新企业投产" in shown and "140.00" in shown and 'href="/returns/' in page(desk, "/returns/")
    assert desk.get(address).status_code == 302  # it is with the office now
    chinese = page(browser(stage.clerk, "zh-hans"), f"/returns/{filing_id}/")
    assert "已报送" in chinese and "异常及说明" in chinese


def test_an_office_decides_by_page(stage: Stage) -> None:
    campaign_id = stage.open()
    filing_id = stage.filing(campaign_id)
    stage.submit(filing_id)
    desk, address = browser(stage.officer), f"/returns/{filing_id}/decide"
    assert "Accept revision 1" in page(desk, f"/returns/{filing_id}/")
    answer = desk.post(address, {"verb": "send_back", "send_back_reason": ""})
    assert answer.status_code == 400 and 'href="#send_back_reason"' in text(answer)
    typed = {"verb": "send_back", "send_back_reason": "请核对", "send_back_due_on": "31.12.2026"}
    answer = desk.post(address, typed)  # never the usual day in place of one that was typed
    assert answer.status_code == 400 and "“31.12.2026” is not a day." in text(answer)
    assert 'href="#send_back_due_on"' in text(answer)
    assert desk.post(address, {**typed, "send_back_due_on": ""}).status_code == 302
    assert "请核对" in page(browser(stage.clerk), f"/returns/{filing_id}/")
    later = (today() + timedelta(days=30)).isoformat()
    assert desk.post(address, {"verb": "extend", "extend_due_on": "", "extend_reason": "忙"}).status_code == 400
    assert desk.post(address, {"verb": "extend", "extend_due_on": later, "extend_reason": "忙"}).status_code == 302
    assert desk.post(address, {"verb": "estimate", "estimate_method": "guess"}).status_code == 400
    assert desk.post(address, {"verb": "estimate", "estimate_method": "last_period"}).status_code == 409
    stage.submit(filing_id, trade(61, 40, 101))
    for number in ("1", "9" * 5_000, "9" * 30, "٢", ""):
        assert desk.post(address, {"verb": "accept", "number": number}).status_code == 409
    assert desk.post(address, {"verb": "accept", "number": "2"}).status_code == 302
    shown = page(desk, f"/returns/campaigns/{campaign_id}/")
    assert "101.00" in shown and 'id="response-option"' in shown
    exported = desk.get(f"/returns/campaigns/{campaign_id}/figures.csv")
    assert "101.00" in b"".join(exported.streaming_content).decode("utf-8-sig")
    assert desk.post(f"/returns/campaigns/{campaign_id}/remind").status_code == 302
    assert desk.post(f"/returns/campaigns/{campaign_id}/close").status_code == 302
    shown = page(desk, f"/returns/campaigns/{campaign_id}/")
    assert "closed without a return" in shown


def workbook(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


HEAD = ["企业", "出口（万元）", "进口", "进出口", "企业数", "说明"]


@pytest.fixture
def keyed(stage: Stage) -> Any:
    """A return by enterprise, asked of both counties."""
    form_id = new_identifier()
    stage.design(form_id=form_id, code="firms", keyed=True, key_title_zh="企业", key_title_en="Enterprise",
                 checks=CHECKS, periodicity=Periodicity.MONTH)  # fmt: skip
    return stage.filing(stage.open("2020-11", form_id=form_id))


def send(desk: Client, filing_id: Any, content: bytes, name: str = "表.xlsx") -> str:
    return text(desk.post(f"/returns/{filing_id}/upload", {"file": SimpleUploadedFile(name, content)}))


def test_a_file_becomes_the_draft_and_each_refused_line_says_why(stage: Stage, keyed: Any) -> None:
    desk = browser(stage.clerk)
    rows = [HEAD, ["甲厂", 60, 40, 100, 3, "=1+1"], ["乙厂", "６０", "40", "100"], ["乙厂", 1, 1, 2], ["", 1, 1, 2],
            ["丙厂", "many", 1, 2], ["丁厂", 1, None, 2], ["戊厂", 10, 20, 30, 1]]  # fmt: skip
    shown = send(desk, keyed, workbook(rows))
    assert "2 lines kept in the draft" in shown and "5 lines refused" in shown
    for line, reason in ((2, "holds a formula"), (4, "twice"), (5, "This is needed"), (6, "many"), (7, "needed")):
        assert f'<td class="figure">{line}</td>' in shown and reason in shown
    assert re.search(r'<td class="figure">6</td>\s*<td>Exports</td>', shown)  # the column that cannot be read
    again = send(desk, keyed, workbook([HEAD, ["戊厂", 11, 20, 31, 1], ["己厂", 1, 1, 2]]))
    assert "2 lines kept in the draft" in again
    with seeing(SYSTEM.scope):
        assert [row["key"] for row in Draft.objects.get().rows] == ["乙厂", "戊厂", "己厂"]
    form = page(desk, f"/returns/{keyed}/fill")
    assert re.search(r'name="r1_exports"\s+value="11"', form)
    given = {f"r{place}_{name}": value for place, row in enumerate((
        {"key": "乙厂", "exports": "60", "imports": "40", "total": "100"}, {"key": ""}, {"exports": "1"},
        {"key": "戊厂", "exports": "10", "imports": "20", "total": "30"},
    )) for name, value in row.items()}  # fmt: skip
    answer = desk.post(f"/returns/{keyed}/fill", given | {"sent_id": str(new_identifier())})
    assert answer.status_code == 400 and 'href="#r1_key"' in text(answer)  # the blank one is left out
    given |= {"r2_exports": ""}
    assert desk.post(f"/returns/{keyed}/fill", given | {"sent_id": str(new_identifier())}).status_code == 302
    assert "戊厂" in page(desk, f"/returns/{keyed}/")


def test_a_draft_too_long_for_a_page_is_filed_from_the_file(stage: Stage, keyed: Any) -> None:
    desk = browser(stage.clerk)
    rows = [HEAD, *([f"企业{number}", 1, 2, 3] for number in range(200))]
    assert "200 lines kept" in send(desk, keyed, workbook(rows))
    assert "200 rows" in page(desk, f"/returns/{keyed}/fill")
    answer = desk.post(f"/returns/{keyed}/fill", {"from_draft": "on", "sent_id": str(new_identifier())})
    assert answer.status_code == 302
    assert len(stage.told(keyed).revisions[0].rows) == 200


def test_a_page_keeps_every_row_that_it_has_room_for(stage: Stage, keyed: Any) -> None:
    desk, address = browser(stage.clerk), f"/returns/{keyed}/fill"
    given = {
        f"r{place}_{name}": value for place in range(60)
        for name, value in (("key", f"企业{place}"), ("exports", "1"), ("imports", "2"), ("total", "4"))
    } | {"sent_id": str(new_identifier())}  # fmt: skip
    for action in ("more", "submit"):  # the second is refused by the check of the sum
        shown = text(desk.post(address, given | {"action": action}))
        assert 'value="企业59"' in shown and "r60_key" not in shown and "room for no more rows" in shown
    assert desk.post(address, given | {"action": "draft"}).status_code == 302
    assert 'value="企业59"' in page(desk, address)


def test_a_draft_of_numbers_is_shown_whole(stage: Stage, keyed: Any) -> None:
    acts.save_draft(stage.clerk, filing_id=keyed, rows=[acts.FilingRow("甲厂", {"exports": 0, "imports": 7})])
    form = page(browser(stage.clerk), f"/returns/{keyed}/fill")
    assert re.search(r'name="r0_exports"\s+value="0"', form) and re.search(r'name="r0_imports"\s+value="7"', form)


def test_a_campaign_of_many_rows_shows_some_and_counts_all(
    stage: Stage, keyed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [acts.FilingRow(f"企业{place}", {"exports": 1, "imports": 2, "total": 3}) for place in range(5)]
    acts.accept_filing(stage.officer, filing_id=keyed, number=stage.submit(keyed, *rows))
    monkeypatch.setattr("tianqu.packs.returns.pages.FIGURES_SHOWN_MAX", 3)
    desk, address = browser(stage.officer), f"/returns/campaigns/{stage.told(keyed).campaign_id}/"
    shown = page(desk, address)
    assert "企业2" in shown and "企业3" not in shown and "2 more rows" in shown and "15.00" in shown
    exported = b"".join(desk.get(f"{address}figures.csv").streaming_content).decode("utf-8-sig")
    assert "企业4" in exported


def test_a_number_is_refused_in_the_language_of_the_page(stage: Stage) -> None:
    filing_id = stage.filing(stage.open())
    given = fields({"exports": "many", "imports": "1.234", "total": "1", "firms": "few", "quality": "none"})
    shown = text(browser(stage.clerk).post(f"/returns/{filing_id}/fill", given))
    assert "is not a number of 10,000 yuan." in shown and "“few” is not a number." in shown and "万元" not in shown
    assert "Final, Quick" in shown
    shown = text(browser(stage.clerk, "zh-hans").post(f"/returns/{filing_id}/fill", given))
    assert "以万元计" in shown and "“few”不是数字。" in shown and "终报、快报" in shown


@pytest.mark.parametrize(
    "content",
    [
        b"", b"PK\x03\x04 not a zip", b"\xd0\xcf\x11\xe0 old", b"\x00" * 100, "没有,表头\n1,2".encode(),
        b"PK\x03\x04" + b"\xff" * 5_000, b"x," * 100_000,
    ],
)  # fmt: skip
def test_hostile_files_are_refused_whole(stage: Stage, keyed: Any, content: bytes) -> None:
    answer = browser(stage.clerk).post(
        f"/returns/{keyed}/upload", {"file": SimpleUploadedFile("表.xlsx", content or b" ")}
    )
    assert answer.status_code in (400, 413) and 'href="#file"' in text(answer)
    with seeing(SYSTEM.scope):
        assert not Draft.objects.exists()


def test_templates_hold_the_columns_and_no_formula(stage: Stage) -> None:
    form_id = new_identifier()
    stage.design(form_id=form_id, code="firms", keyed=True, key_title_zh="企业", key_title_en="Enterprise")
    first = stage.filing(stage.open("2019", form_id=form_id))
    rows = [acts.FilingRow("=HYPERLINK(1)", GOOD.values), acts.FilingRow("乙厂", GOOD.values)]
    acts.accept_filing(stage.officer, filing_id=first, number=stage.submit(first, *rows))
    filing_id = stage.filing(stage.open("2020", form_id=form_id))
    desk = browser(stage.clerk, "zh-hans")
    book = load_workbook(io.BytesIO(b"".join(desk.get(f"/returns/{filing_id}/template.xlsx").streaming_content)))
    sheet: Any = book.worksheets[0]
    assert [cell.value for cell in sheet[1]][:3] == ["企业*", "出口(万元)*", "进口(万元)*"]
    assert (sheet.cell(2, 1).value, sheet.cell(2, 1).data_type) == ("=HYPERLINK(1)", "s")
    told = b"".join(desk.get(f"/returns/{filing_id}/template.csv").streaming_content).decode("utf-8-sig")
    assert told.splitlines()[1].startswith("'=HYPERLINK")
    page(desk, f"/returns/{filing_id}/template.pdf", 404)


def test_a_new_version_is_designed_on_the_old_one(stage: Stage) -> None:
    desk, address = browser(stage.officer), f"/returns/forms/{stage.form_id}/design"
    given = {
        name: value for name, value in re.findall(r'name="([a-z_0-9]+)" value="([^"]*)"', page(desk, address))
        if value and value != "on"
    } | {"action": "save", "code": "trade", "title_zh": "外贸", "periodicity": "year", "columns_0_kind": "decimal",
         "columns_1_kind": "decimal", "columns_2_kind": "decimal", "columns_3_kind": "integer",
         "columns_4_kind": "text", "columns_5_kind": "choice", "columns_5_choices": "final 终报 Final",
         "checks_0_rule": "exports + imports = total", "checks_1_rule": "within(total, 30)"}  # fmt: skip
    assert desk.post(address, given).status_code == 302
    assert desk.post(address, given | {"title_zh": "再改"}).status_code == 409
    with seeing(SYSTEM.scope):
        assert FormVersion.objects.count() == 2


def test_a_return_that_units_were_asked_for_says_that_its_periods_stay(stage: Stage) -> None:
    desk, address = browser(stage.officer), f"/returns/forms/{stage.form_id}/design"
    assert '<option value="month"' in page(desk, address)
    stage.open()
    shown = page(desk, address)
    assert '<option value="month"' not in shown and '<option value="year" selected>' in shown and "It stays" in shown
    given = {**DESIGN, "code": "trade", "periodicity": "month", "number": "1"}
    answer = desk.post(address, given)
    assert answer.status_code == 409 and "asked for stays" in text(answer) and "a new return" in text(answer)
    chinese = browser(stage.officer, "zh-hans").post(address, given)
    assert chinese.status_code == 409 and "报送周期不能再改" in text(chinese)


def test_the_code_of_a_dataset_is_refused_in_words(stage: Stage) -> None:
    answer = browser(stage.stranger).post("/returns/forms/new", DESIGN)
    assert answer.status_code == 409 and 'value="grain"' in text(answer) and 'href="#code"' in text(answer)
    chinese = browser(stage.stranger, "zh-hans").post("/returns/forms/new", DESIGN)
    assert "市统计局" in text(chinese)
