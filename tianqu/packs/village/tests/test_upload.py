"""A spreadsheet through the page and a list over the API: what is entered, what was there, what is refused and why."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from tests.web.api.calling import caller
from tianqu.kernel.journal.api import set_scope
from tianqu.packs.village.models import Contract, Holding, HoldingVersion, LandChange, Parcel
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.test_sheets import HEAD, workbook
from tianqu.packs.village.tests.villages import Villages

LINES = [
    HEAD, ["1", 12.5, "耕地", "南洼", "是", "2020-01-01"], ["2", "３．２５", "林地", "", "", "2020年1月1日"],
    ["3", "many", "耕地"], ["4", "=1+1", "耕地"], ["2", "3.25", "林地"], ["", "1", "耕地"], ["5", 1, "海洋"],
]  # fmt: skip


def send(desk: Any, kind: str, content: bytes, **more: str) -> str:
    file = SimpleUploadedFile("台账.xlsx", content)
    return text(desk.post(f"/villages/upload/{kind}", {"file": file, "day": "2020-01-01", **more}))


def test_a_file_is_entered_once_and_each_refused_line_says_why(villages: Villages) -> None:
    desk = browser(villages.accountant)
    page = send(desk, "land", workbook(LINES))
    assert "2 lines entered" in page and "5 lines refused" in page
    for line in (4, 5, 6, 7, 8):
        assert f'<td class="figure">{line}</td>' in page
    for reason in ("holds a formula", "twice", "This is needed", "海洋", "many", "Arable land"):
        assert reason in page
    set_scope(villages.accountant.scope)
    before = (Parcel.objects.count(), LandChange.objects.count())
    again = send(desk, "land", workbook(LINES))
    assert "0 lines entered" in again and "2 lines were there already" in again
    set_scope(villages.accountant.scope)
    assert (Parcel.objects.count(), LandChange.objects.count()) == before == (2, 2)
    changed = send(desk, "land", workbook([HEAD, ["1", 13, "耕地", "南洼", "是", "2020-01-01"]]))
    assert "with other content" in changed
    chinese = send(browser(villages.accountant, "zh-hans"), "land", workbook(LINES))
    assert "公式" in chinese and "耕地、园地" in chinese


def test_a_parcel_that_was_entered_by_form_is_not_overwritten(villages: Villages) -> None:
    villages.parcel("1", 10_000)
    page = send(browser(villages.accountant), "land", workbook([HEAD, ["1", 12.5, "耕地"]]))
    assert "with other content" in page and "0 lines entered" in page
    assert villages.area() == 10_000


def test_contracts_are_entered_and_judged(villages: Villages) -> None:
    villages.parcel("1")
    head = ["合同编号", "合同类别", "承包方", "地块编号", "地类", "面积", "签订日期", "起始日期", "终止日期"]
    good = ["H1", "租赁", "李某", "1", "", 12.5, "2021-06-01", "2021-06-01", "2051-06-01"]
    rows = [
        head,
        good,
        [*good[:3], "99", *good[4:]],
        ["H2", *good[1:8], "2020-01-01"],
        ["H3", *good[1:3], "", *good[4:]],
    ]
    desk = browser(villages.accountant)
    page = send(desk, "contracts", workbook(rows))
    assert "1 line entered" in page and "3 lines refused" in page
    assert "no parcel 99" in page and "ends after it starts" in page and "names no parcel" in page
    assert "1 line was there already" in send(desk, "contracts", workbook(rows[:2]))
    set_scope(villages.accountant.scope)
    contract = Contract.objects.get()
    assert contract.severe + contract.flags > 0 and contract.judged_on is not None


def test_a_file_as_a_whole_is_refused_on_the_page(villages: Villages) -> None:
    desk = browser(villages.accountant)
    for content in (b"\xd0\xcf\x11\xe0old", workbook([["nothing"]])):
        answer = desk.post("/villages/upload/land", {"file": SimpleUploadedFile("a", content), "day": "2020-01-01"})
        assert 'id="file-error"' in text(answer, 400)
    assert 'id="file-error"' in text(desk.post("/villages/upload/land", {"day": "2020-01-01"}), 400)
    assert desk.get("/villages/upload/gold").status_code == 404
    assert browser(villages.villager).get("/villages/upload/land").status_code == 403


@pytest.mark.parametrize("kind", ["land", "contracts"])
def test_templates_are_offered(villages: Villages, kind: str) -> None:
    desk = browser(villages.accountant)
    answer = desk.get(f"/villages/upload/{kind}/template.xlsx")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert len(book.worksheets) == 2
    assert "*" in text(desk.get(f"/villages/upload/{kind}/template.csv"))
    assert desk.get(f"/villages/upload/{kind}/template.pdf").status_code == 404


def test_a_list_over_the_api_tells_what_became_of_each_line(villages: Villages) -> None:
    keeper = caller(villages.accountant)
    facts = {"area_mu_4": 125_000, "land_class": "arable"}
    lines = [{"number": str(number), "day": "2020-01-01", "facts": facts} for number in (1, 2)]
    lines.append({"number": "3", "day": "2190-01-01", "facts": facts})
    told = {"place_id": str(villages.place_id), "lines": lines}
    first, again = (keeper.done("/acts/village.import_parcels", told)["result"] for _time in range(2))
    assert [one["outcome"] for one in first] == ["entered", "entered", "refused"]
    assert (first[2]["field"], set(first[2]["error"])) == ("day", {"zh", "en"})
    assert [one["outcome"] for one in again] == ["unchanged", "unchanged", "refused"]
    assert caller(villages.stranger).post("/acts/village.import_parcels", told).status_code == 404
    assert caller(villages.villager).post("/acts/village.import_parcels", told).status_code == 403
    many = told | {"lines": lines[:1] * 501}
    assert keeper.post("/acts/village.import_parcels", many).status_code == 422


HOLDINGS = [
    ["类别", "编号", "名称", "原值", "债权人", "已还金额", "到期日", "登记日期"],
    ["固定资产", "G-1", "办公楼", "350,000.00元", "", "", "", "2020-01-01"],
    ["债务", "Z-1", "欠工程款", 10_000, "吴施工", "2500.5", "2030年1月1日", ""],
    ["债务", "Z-2", "欠工程款", 10_000, "吴施工", 10_000.01], ["债权", "Z-3", "欠租", 5, ""], ["古董", "Z-4", "钟", 5],
    ["资金", "J-1", "存款", "1.005"], ["固定资产", "G-1", "办公楼", 350_000, "", "", "", "2020-01-01"],
    ["固定资产", "G-2", "=1+1", 5],
]  # fmt: skip


def test_assets_funds_claims_and_debts_are_entered_once_and_each_refused_line_says_why(villages: Villages) -> None:
    desk = browser(villages.accountant)
    page = send(desk, "holdings", workbook(HOLDINGS))
    assert "2 lines entered" in page and "6 lines refused" in page
    for reason in ("More is settled", "古董", "finer than", "twice", "holds a formula"):
        assert reason in page
    set_scope(villages.accountant.scope)
    assert set(Holding.objects.values_list("kind", "number")) == {("asset", "G-1"), ("debt", "Z-1")}
    debt = HoldingVersion.objects.get(holding__number="Z-1")
    assert (debt.amount_fen, debt.settled_fen, debt.party, debt.valid_from.isoformat()) == (
        1_000_000, 250_050, "吴施工", "2020-01-01",
    )  # fmt: skip
    again = send(desk, "holdings", workbook(HOLDINGS))
    assert "0 lines entered" in again and "2 lines were there already" in again
    set_scope(villages.accountant.scope)
    assert HoldingVersion.objects.count() == 2
    other = send(desk, "holdings", workbook([HOLDINGS[0], ["债务", "Z-1", "欠工程款", 9_999, "吴施工"]]))
    assert "with other content" in other


def test_a_holding_that_was_entered_by_form_is_not_overwritten(villages: Villages) -> None:
    villages.holding("Z1")
    page = send(browser(villages.accountant), "holdings", workbook([HOLDINGS[0], ["债务", "Z1", "款", 1, "某"]]))
    assert "with other content" in page and "0 lines entered" in page


def test_a_program_sends_holdings_and_a_stranger_does_not(villages: Villages) -> None:
    line = {"kind": "fund", "number": "J-9", "day": "2021-01-01", "facts": {"name": "存款", "amount_fen": 5}}
    told = {"place_id": str(villages.place_id), "lines": [line]}
    first, again = (
        caller(villages.accountant).done("/acts/village.import_holdings", told)["result"] for _time in range(2)
    )
    assert [first[0]["outcome"], again[0]["outcome"]] == ["entered", "unchanged"]
    assert caller(villages.stranger).post("/acts/village.import_holdings", told).status_code == 404
    assert caller(villages.villager).post("/acts/village.import_holdings", told).status_code == 403


@pytest.mark.parametrize(("language", "first"), [("en", "Kind*"), ("zh-hans", "类别*")])
def test_the_template_of_holdings_can_be_filled_in(villages: Villages, language: str, first: str) -> None:
    desk = browser(villages.accountant, language)
    answer = desk.get("/villages/upload/holdings/template.xlsx")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.worksheets[0].cell(1, 1).value == first
