"""The spreadsheet of contracts, whole: what is taken out goes in again, here and in another village."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.web.api.calling import caller
from tianqu.base.errors import InvalidInput
from tianqu.base.identifiers import new_identifier
from tianqu.base.spreadsheets import MARK, csv_line, harmless, unharmed
from tianqu.kernel.files.api import read_sheet
from tianqu.kernel.journal.api import set_scope
from tianqu.packs.village import acts
from tianqu.packs.village.contracting.queries import whole_contracts
from tianqu.packs.village.erasing.acts import erase_party
from tianqu.packs.village.meetings import acts as meetings
from tianqu.packs.village.meetings.procedure import MatterKind
from tianqu.packs.village.models import Contract
from tianqu.packs.village.queries import ContractFilters, contract_detail
from tianqu.packs.village.registers.contracts import ContractTerms, Particulars
from tianqu.packs.village.registers.importing import ContractLine
from tianqu.packs.village.registers.matters import MatterTerms
from tianqu.packs.village.rules.facts import Body, ContractKind, Instalment, LandClass, Resolution
from tianqu.packs.village.schedules import schedule_read, schedule_said
from tianqu.packs.village.tables import CONTRACTS, contract_cells, contract_line, titles
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.test_sheets import workbook
from tianqu.packs.village.tests.test_upload import send
from tianqu.packs.village.tests.villages import Villages

SIGNED = date(2021, 6, 1)
RENTS = (
    Instalment(SIGNED, 500_000, SIGNED, date(2022, 6, 1), 500_000),
    Instalment(date(2022, 6, 1), 520_050, date(2022, 6, 1), date(2023, 6, 1), 100),
)
EVERYTHING = Particulars(
    written=False, renewal=True, measured_mu_4=123_456, household_until=date(2028, 10, 1), lessee_outside=True,
    resolution_reference="档案柜3（二层）", resolution=Resolution(
        Body.REPRESENTATIVES, date(2021, 5, 20), entitled=30, present=25, agreed=24, notice_on=date(2021, 5, 9)),
    township_approved_on=date(2021, 5, 25), bounds_written=False, board_elected_on=date(2018, 3, 1), occupied=True,
    objected_on=date(2022, 1, 1), use_agreed="小麦", use_found="=堆场", sublet=True, sublet_consent=True,
    receipts_fen=1, posted_fen=0, private_account=True,
)  # fmt: skip


def build(villages: Villages, **of: Any) -> None:
    """Contracts of every sort: with a schedule, with everything that is known, with a matter, ended, struck out."""
    keeper = of.get("actor", villages.accountant)
    set_scope(keeper.scope)
    parcel_ids = tuple(villages.parcel(number, **of) for number in ("12-1", "12-2"))
    matter(villages, **of)
    if "actor" in of:
        return
    villages.contract("2021-01", parcel_ids=parcel_ids, instalments=RENTS, lessee="德州（宏达）公司")
    villages.contract("2021-02", lessor="王出租", kind=ContractKind.FLOW, particulars=EVERYTHING, until=None)
    villages.contract("2021-03", matter_id=matter(villages, "议2"), lessee="@李某, 某")
    ended = villages.contract("2021-04", land_class=LandClass.FOREST, rent_year_fen=None)
    acts.end_contract(keeper, contract_id=ended, on=date(2022, 6, 1), reason="协商\n解除")
    struck = villages.contract("2021-05")
    acts.end_contract(keeper, contract_id=struck, on=date(2022, 6, 1), reason="重复", in_error=True)


def matter(villages: Villages, number: str = "议1", **of: Any) -> Any:
    return meetings.open_matter(
        of.get("actor", villages.accountant), place_id=of.get("place_id", villages.place_id),
        matter_id=new_identifier(), matter=MatterTerms(number, "出租机动地", MatterKind.OTHER),
    )  # fmt: skip


def taken_out(desk: Any, form: str) -> bytes:
    answer = desk.get(f"/villages/contracts/register.{form}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_is_taken_out_goes_in_again_and_changes_nothing(villages: Villages, form: str, language: str) -> None:
    build(villages)
    desk = browser(villages.accountant, language)
    before = taken_out(desk, form)
    set_scope(villages.accountant.scope)
    versions = dict(Contract.objects.values_list("number", "version"))
    page = send(desk, "contracts", before)
    chinese = language == "zh-hans"
    said = ("已登记 0 行", "4 行原已登记") if chinese else ("0 lines entered", "4 lines were there already")
    assert all(one in page for one in said) and 'id="report"' in page, page
    set_scope(villages.accountant.scope)
    assert dict(Contract.objects.values_list("number", "version")) == versions
    there = {"actor": villages.stranger, "place_id": villages.other_place_id}
    build(villages, **there)
    matter(villages, "议2", **there)
    other = browser(villages.stranger, language)
    assert ("已登记 4 行" if chinese else "4 lines entered") in send(other, "contracts", before)
    set_scope(villages.stranger.scope)
    theirs = whole_contracts(villages.stranger, filters=ContractFilters())
    set_scope(villages.accountant.scope)
    ours = whole_contracts(villages.accountant, filters=ContractFilters())
    assert [plain_line(row.line) for row in theirs.rows] == [plain_line(row.line) for row in ours.rows]
    again = taken_out(other, form)
    assert said[1] in send(other, "contracts", again)


def plain_line(line: ContractLine) -> ContractLine:
    """A line as a table is read, which writes full-width brackets as plain ones."""
    terms = line.terms
    told = replace(terms.particulars, resolution_reference=plain(terms.particulars.resolution_reference))
    return replace(line, terms=replace(terms, lessee=plain(terms.lessee), particulars=told))


def plain(words: str) -> str:
    return words.replace("（", "(").replace("）", ")")


def test_everything_is_entered_that_a_line_tells(villages: Villages) -> None:
    build(villages)
    keeper = villages.accountant
    set_scope(keeper.scope)
    rows = {row.line.terms.number: row.line for row in whole_contracts(keeper, filters=ContractFilters()).rows}
    assert list(rows) == ["2021-01", "2021-02", "2021-03", "2021-04"]  # what was struck out never was
    assert (rows["2021-01"].terms.instalments, rows["2021-01"].parcel_numbers) == (RENTS, ("12-1", "12-2"))
    assert rows["2021-02"].terms.particulars == EVERYTHING
    assert (rows["2021-03"].matter_number, rows["2021-04"].end_reason) == ("议2", "协商\n解除")
    ended = ContractLine(
        replace(rows["2021-01"].terms, number="2021-09"), ("12-1",), "议1", date(2023, 1, 1), "租方退地"
    )  # fmt: skip
    line = [titles("contracts", english=False), contract_cells(ended, english=False)]
    assert "1 line entered" in send(browser(keeper), "contracts", workbook(line))
    set_scope(keeper.scope)
    contract = Contract.objects.get(number="2021-09")
    assert (contract.state, contract.ended_on, contract.end_reason) == ("ended", date(2023, 1, 1), "租方退地")
    assert contract.matter is not None and contract.matter.number == "议1" and contract.instalments.count() == 2
    assert contract.versions.count() == 2 and contract_detail(keeper, contract_id=contract.id).judgement is not None


WRONG = {
    "schedule": [
        ("2021-06-01 5000", "Line 1 has 2 parts"), ("2021-06-01 many 2021-06-01 2022-06-01", "many"),
        ("2021-06-01 1 2021-06-01 2022-06-01；去年 1 2021-06-01 2022-06-01", "Line 2"),
        ("2021-06-01 5 2021-06-01 2021-06-01", "begin before they end"),
        ("2021-06-01 5 2021-06-01 2022-06-01 6", "More was paid"),
        ("2021-06-01 -5 2021-06-01 2022-06-01", "too little"),
    ],
    "matter": [("议99", "no matter 议99")],
    "sublet": [("也许", "neither yes nor no")], "occupied": [("也许", "neither yes nor no")],
    "objected_on": [("去年", "not a day")], "measured_mu_4": [("许多", "许多")], "posted_fen": [("1.005", "finer")],
    "ended_on": [("2020-01-01", "before it was signed"), ("2190-01-01", "yet to come")],
    "end_reason": [("退地", "not when")],
}  # fmt: skip


@pytest.mark.parametrize("column", WRONG)
def test_what_cannot_be_is_refused_with_its_line_its_column_and_the_reason(villages: Villages, column: str) -> None:
    keys = [one.key for one in CONTRACTS]
    sound = contract_cells(ContractLine(terms_sound()), english=False)
    rows = [sound[:] for _one in WRONG[column]]
    for number, (row, (value, _reason)) in enumerate(zip(rows, WRONG[column], strict=True)):
        row[keys.index(column)], row[0] = value, f"H{number}"
        if column == "ended_on":
            row[keys.index("end_reason")] = "退地"
    page = send(browser(villages.accountant), "contracts", workbook([titles("contracts", english=True), *rows]))
    title = CONTRACTS[keys.index(column)].title_en.replace("'", "&#39;")
    shown = CONTRACTS[keys.index("ended_on")].title_en if column == "end_reason" else title
    for number, (_value, reason) in enumerate(WRONG[column]):
        assert f'<td class="figure">{number + 2}</td><td>{shown}</td>' in page and reason in page, reason
    set_scope(villages.accountant.scope)
    assert Contract.objects.count() == 0  # an end that cannot be leaves no contract behind


def terms_sound() -> ContractTerms:
    return ContractTerms("H1", ContractKind.LEASE, "李某", SIGNED, SIGNED, 10_000, land_class=LandClass.ARABLE)


def test_other_content_is_refused_and_what_was_sent_before_is_not(villages: Villages) -> None:
    desk, keeper = browser(villages.accountant), villages.accountant
    head, line = titles("contracts", english=False), ContractLine(terms_sound())
    first = workbook([head, contract_cells(line, english=False)])
    assert "1 line entered" in send(desk, "contracts", first)
    set_scope(keeper.scope)
    contract = Contract.objects.get()
    acts.correct_contract(keeper, contract_id=contract.id, terms=replace(terms_sound(), rent_year_fen=5))
    assert "1 line was there already" in send(desk, "contracts", first)  # it was corrected since
    other = replace(line, terms=replace(line.terms, rent_year_fen=6))
    ended = replace(line, ended_on=date(2023, 1, 1), end_reason="退地")
    for wrong in (other, ended):
        page = send(desk, "contracts", workbook([head, contract_cells(wrong, english=False)]))
        assert "with other content" in page
    set_scope(keeper.scope)
    assert Contract.objects.get().state == "in_force"


def test_an_erased_party_stays_erased(villages: Villages) -> None:
    contract_id = villages.contract("C1", lessee="李承租")
    acts.end_contract(villages.accountant, contract_id=contract_id, on=date(2022, 6, 1), reason="到期")
    inspector = villages.post("c1.housing", "county_inspector")
    set_scope(inspector.scope)
    erase_party(inspector, place_id=villages.place_id, name="李承租", reason="申请", contract_ids=[contract_id])
    desk = browser(villages.accountant)
    assert "1 line was there already" in send(desk, "contracts", taken_out(desk, "csv"))
    set_scope(villages.accountant.scope)
    assert Contract.objects.get().lessee == ""


def test_only_who_may_see_the_parties_takes_it_out_and_only_of_their_villages(villages: Villages) -> None:
    build(villages)
    assert "register.xlsx" in text(browser(villages.auditor).get("/villages/contracts/"))
    sheet = load_workbook(io.BytesIO(taken_out(browser(villages.auditor), "xlsx"))).worksheets[0]
    assert sheet.max_row == 5 and sheet.cell(2, 3).value == "德州（宏达）公司"
    lines = list(csv.reader(io.StringIO(taken_out(browser(villages.stranger), "csv").decode())))
    assert len(lines) == 1
    villager = browser(villages.villager)
    assert villager.get("/villages/contracts/register.csv").status_code == 403
    assert "register.csv" not in text(villager.get("/villages/contracts/"))
    assert browser(villages.accountant).get("/villages/contracts/register.pdf").status_code == 404


def test_a_program_names_the_matter_and_the_end(villages: Villages) -> None:
    matter(villages)
    terms = {
        "number": "H1", "kind": "lease", "lessee": "李某", "signed_on": "2021-06-01", "starts_on": "2021-06-01",
        "area_mu_4": 10_000, "land_class": "arable",
    }  # fmt: skip
    line = {"terms": terms, "matter_number": "议1", "ended_on": "2022-06-01", "end_reason": "退地"}
    told = {
        "place_id": str(villages.place_id),
        "lines": [line, line | {"terms": terms | {"number": "H2"}, "ended_on": None}],
    }
    first, again = (
        caller(villages.accountant).done("/acts/village.import_contracts", told)["result"] for _time in range(2)
    )
    assert [one["outcome"] for one in first] == ["entered", "refused"] and first[1]["field"] == "ended_on"
    assert [one["outcome"] for one in again] == ["unchanged", "refused"]


@pytest.mark.parametrize("english", [True, False])
def test_the_note_of_the_template_says_how_a_schedule_is_written(villages: Villages, english: bool) -> None:
    desk = browser(villages.accountant, "en" if english else "zh-hans")
    answer = desk.get("/villages/upload/contracts/template.xlsx")
    notes = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[1]
    words = " ".join(str(cell.value) for row in notes.iter_rows() for cell in row if cell.value)
    for word in ("Alt+Enter", "the first that it does not") if english else ("Alt+Enter", "计租止日"):
        assert word in words and word in text(desk.get("/villages/upload/contracts"))
    keys = [one.key for one in CONTRACTS]
    example = {key: str(notes.cell(2, place).value or "") for place, key in enumerate(keys, 1)}
    assert len(contract_line(example).terms.instalments) == 2


@pytest.mark.parametrize("text", ["=1", "+86", "'=x", "plain", "'", "", "＝x"])
def test_what_is_made_harmless_is_read_as_it_was(text: str) -> None:
    assert unharmed(str(harmless(text))) == (text if text != "'=x" else "=x")


DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1))
MAYBE_DAYS = st.none() | DAYS
WORDS = st.text(alphabet="abc李某（）,、;；\"'=+@ 1-", max_size=12).map(str.strip)
NUMBERS = st.text(alphabet="12-甲", min_size=1, max_size=5)
AMOUNTS = st.integers(0, 10**12)
RENT = st.builds(
    lambda due, amount, first, days, paid: Instalment(due, amount, first, first + timedelta(days=days), paid),
    DAYS, AMOUNTS, DAYS, st.integers(1, 400), AMOUNTS,
)  # fmt: skip
HELD = st.builds(
    Resolution, st.sampled_from(Body), DAYS, st.integers(0, 999), st.integers(0, 999), st.integers(0, 999), MAYBE_DAYS
)
KNOWN = st.builds(
    Particulars, written=st.booleans(), renewal=st.booleans(), measured_mu_4=st.none() | AMOUNTS,
    household_until=MAYBE_DAYS, lessee_outside=st.booleans(), resolution_reference=WORDS, resolution=st.none() | HELD,
    township_approved_on=MAYBE_DAYS, bounds_written=st.none() | st.booleans(), board_elected_on=MAYBE_DAYS,
    occupied=st.none() | st.booleans(), objected_on=MAYBE_DAYS, use_agreed=WORDS, use_found=WORDS, sublet=st.booleans(),
    sublet_consent=st.booleans(), receipts_fen=st.none() | AMOUNTS, posted_fen=st.none() | AMOUNTS,
    private_account=st.booleans(),
)  # fmt: skip
LINES = st.builds(
    ContractLine,
    st.builds(
        ContractTerms, number=NUMBERS, kind=st.sampled_from(ContractKind), lessee=WORDS.filter(bool), signed_on=DAYS,
        starts_on=DAYS, area_mu_4=st.integers(1, 10**12), until=MAYBE_DAYS, land_class=st.sampled_from(LandClass),
        lessor=WORDS, rent_year_fen=st.none() | AMOUNTS, instalments=st.lists(RENT, max_size=4).map(tuple),
        particulars=KNOWN,
    ),
    st.lists(NUMBERS, unique=True, max_size=4).map(tuple), WORDS, MAYBE_DAYS, WORDS,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(LINES, st.booleans())
def test_any_line_is_read_as_it_is_written(line: ContractLine, english: bool) -> None:
    """By way of CSV, with all that its writing and reading do; letters are plain ones after it."""
    cells = contract_cells(line, english=english)
    content = f"{MARK}{csv_line(titles('contracts', english=english))}{csv_line(cells)}".encode()
    with override("en" if english else "zh-hans"):
        (row,) = read_sheet(content, CONTRACTS).rows
        assert row.fault is None
        again = contract_line(row.cells)
    said = contract_cells(again, english=english)
    assert (again.terms.instalments, again.parcel_numbers) == (line.terms.instalments, line.parcel_numbers)
    assert said == contract_cells(
        contract_line(dict(zip((one.key for one in CONTRACTS), said, strict=True))), english=english
    )
    numbers = ("area_mu_4", "rent_year_fen", "signed_on", "starts_on", "until", "kind", "land_class")
    assert [getattr(again.terms, name) for name in numbers] == [getattr(line.terms, name) for name in numbers]
    words = {"resolution_reference": "", "use_agreed": "", "use_found": ""}
    assert replace(again.terms.particulars, **words) == replace(line.terms.particulars, **words)
    assert again.ended_on == line.ended_on


def test_a_schedule_that_is_none_names_its_line() -> None:
    assert schedule_read(schedule_said(RENTS), field="x") == RENTS
    assert schedule_read(" \n；", field="x") == ()
    with pytest.raises(InvalidInput) as refused:
        schedule_read("2021年6月1日 5,000元 2021/6/1 2022.6.1\n2022-06-01 5000 2022-06-01 昨天", field="x")
    assert (refused.value.field, refused.value.parameters["line"]) == ("x", 2) and refused.value.remedy
