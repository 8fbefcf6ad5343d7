"""Spreadsheets as people make them: each oddity is read, or refused with its line and its reason."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from tianqu.base.errors import InvalidInput, TianquError, TooLarge
from tianqu.kernel.files.api import SHEET_BYTES_MAX, SHEET_ROWS_MAX, SheetRead, read_sheet
from tianqu.packs.village.rules.facts import ContractKind, LandClass
from tianqu.packs.village.tables import CONTRACTS, LAND, contract_line, csv_template, parcel_line, xlsx_template

HEAD = ["地块编号", "面积（亩）", "地类", "地块名称", "是否闲置", "登记日期"]
DAY = date(2021, 1, 1)


def workbook(rows: Sequence[Sequence[Any]], change: Callable[[Workbook], object] = lambda book: None) -> bytes:
    """A workbook with these rows on its first sheet, and something changed in it."""
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    change(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def land(content: bytes) -> SheetRead:
    return read_sheet(content, LAND)


def refused(content: bytes) -> TianquError:
    with pytest.raises(TianquError) as error:
        land(content)
    assert error.value.field == "file" and str(error.value)
    return error.value


def test_a_workbook_is_read_with_titles_above_and_blank_lines_between() -> None:
    rows = [
        ["张庄村土地台账"],
        [],
        HEAD,
        ["1", 12.5, "耕地", "南洼", "是", datetime(2020, 3, 9)],
        [],
        ["2", "7", "林地"],
    ]
    read = land(workbook(rows))
    assert [(row.line, row.cells["number"], row.cells["area"]) for row in read.rows] == [
        (4, "1", "12.5"),
        (6, "2", "7"),
    ]
    line = parcel_line(read.rows[0].cells, day=DAY)
    assert (line.day, line.facts.area_mu_4, line.facts.land_class, line.facts.idle) == (
        date(2020, 3, 9), 125_000, LandClass.ARABLE, True
    )  # fmt: skip
    assert parcel_line(read.rows[1].cells, day=DAY).day == DAY


def test_a_header_of_two_lines_is_read() -> None:
    upper = ["地块编号", "面积", None, "地类", "登记"]
    lower = [None, "实测面积", "备注", None, "日期"]

    def merge(book: Workbook) -> None:
        sheet: Any = book.active
        sheet.merge_cells("B1:C1")
        sheet.merge_cells("A1:A2")

    content = workbook([upper, lower, ["1", 3.25, "x", "耕地", "2020-01-01"]], merge)
    (row,) = land(content).rows
    assert (row.line, row.cells["area"], row.cells["day"], row.fault) == (3, "3.25", "2020-01-01", None)


@pytest.mark.parametrize(
    "text", ["2020-03-09", "2020/3/9", "2020.3.9", "2020年3月9日", "20200309", "２０２０年３月９日"]
)  # fmt: skip
def test_days_as_text_are_read(text: str) -> None:
    (row,) = land(workbook([HEAD, ["1", "1", "耕地", "", "", text]])).rows
    assert parcel_line(row.cells, day=DAY).day == date(2020, 3, 9)


@pytest.mark.parametrize("text", ["2020-02-30", "43899", "去年", "2020-13-01", "9/3/2020", "2020-03-09 08:30:00"])
def test_what_is_no_day_is_refused(text: str) -> None:
    (row,) = land(workbook([HEAD, ["1", "1", "耕地", "", "", text]])).rows
    with pytest.raises(InvalidInput) as error:
        parcel_line(row.cells, day=DAY)
    assert (error.value.field, error.value.value) == ("day", text) and error.value.remedy


def test_full_width_digits_and_units_are_read_and_nothing_is_rounded() -> None:
    rows = [
        HEAD,
        ["１２", "１，２３４．５亩", "耕地"],
        ["13", 1.23456, "耕地"],
        ["14", "-1", "耕地"],
        ["15", "约3亩", "耕地"],
    ]
    read = land(workbook(rows)).rows
    line = parcel_line(read[0].cells, day=DAY)
    assert (line.number, line.facts.area_mu_4) == ("12", 12_345_000)
    for row in (read[1], read[3]):
        with pytest.raises(InvalidInput) as error:
            parcel_line(row.cells, day=DAY)
        assert error.value.field == "area" and error.value.remedy
    assert parcel_line(read[2].cells, day=DAY).facts.area_mu_4 == -10_000  # the register refuses it, with its reason


def test_a_formula_an_error_and_merged_cells_are_refused_in_their_lines() -> None:
    def change(book: Workbook) -> None:
        sheet: Any = book.active
        sheet.merge_cells("C3:C4")
        sheet["B5"].value = "#DIV/0!"
        sheet["B5"].data_type = "e"

    rows = [HEAD, ["1", "=1+2", "耕地"], ["2", 3, "耕地"], ["3", 3, None], ["4", 3, "耕地"], ["5", 3, "耕地"]]
    faults = {row.line: row.fault for row in land(workbook(rows, change)).rows}
    told = {line: (fault.column, fault.error.value) for line, fault in faults.items() if fault}
    assert told == {2: ("area", "B2"), 3: ("class", "C3"), 4: ("class", "C4"), 5: ("area", "B5")}
    assert "formula" in str(faults[2] and faults[2].error) and "merged" in str(faults[3] and faults[3].error)
    assert faults[6] is None


def test_many_formulas_in_another_sheet_are_no_line_of_endless_length() -> None:
    kept = io.BytesIO(workbook([HEAD, ["1", 3, "耕地"]]))
    with zipfile.ZipFile(kept, "a") as packed:  # as Excel writes the order of its formulas
        packed.writestr("xl/calcChain.xml", b"<calcChain>" + b'<c r="A1" i="2"/>' * 20_000 + b"</calcChain>")
    (row,) = land(kept.getvalue()).rows
    assert row.fault is None


def test_hidden_and_further_sheets_are_named_and_not_read() -> None:
    def hide(book: Workbook) -> None:
        first: Any = book.active
        first.sheet_state = "hidden"
        for name in ("土地", "其他"):
            sheet = book.create_sheet(name)
            sheet.append(HEAD)
            sheet.append([name, 1, "耕地"])

    read = land(workbook([HEAD, ["secret", 1, "耕地"]], hide))
    assert [row.cells["number"] for row in read.rows] == ["土地"]
    assert [parameters["sheet"] for _sentence, parameters in read.remarks] == ["Sheet", "其他"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_in_the_encodings_of_the_country(encoding: str, delimiter: str) -> None:
    lines = [HEAD, ["1", "12.5", "耕地", "南\n洼", "否", "2020-01-01"], ["2", "=1+2", "耕地", "", "", ""]]
    text = "\r\n".join(delimiter.join(f'"{cell}"' if "\n" in cell else cell for cell in line) for line in lines)
    first, second = land(text.encode(encoding)).rows
    assert (first.line, first.cells["name"], first.cells["class"]) == (2, "南\n洼", "耕地")
    assert second.line == 4 and second.fault is not None  # as a spreadsheet's own lines, after a cell of two


@pytest.mark.parametrize(
    "content",
    [
        b"", b"  \n", b"\xd0\xcf\x11\xe0old", b"PK\x03\x04broken", b"\xff\xfe\x00\x01", "编号,名称\n1,2\n".encode(),
        b"\x00" * 50, workbook([["nothing"], ["here"]]), b'"' + b"x" * 200_000,
    ],
    ids=["nothing", "blanks", "xls", "broken", "binary", "no header", "NUL", "no header in a workbook", "one cell"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(content: bytes) -> None:
    assert refused(content).remedy


def test_what_is_too_large_is_refused_before_it_is_unpacked() -> None:
    assert isinstance(refused(b"x" * (SHEET_BYTES_MAX + 1)), TooLarge)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.xml", "w") as part:
        for _block in range(300):
            part.write(b" " * 2**20)
    assert len(packed.getvalue()) < SHEET_BYTES_MAX and isinstance(refused(packed.getvalue()), TooLarge)


def test_a_hundred_thousand_lines_are_refused_with_their_reason() -> None:
    """As CSV and as a workbook; twenty thousand are read."""
    line = "{},1,耕地\n"
    text = "地块编号,面积,地类\n" + "".join(line.format(number) for number in range(100_000))
    told = refused(text.encode())
    assert isinstance(told, TooLarge) and told.parameters["most"] == SHEET_ROWS_MAX
    assert len(land("".join(text.splitlines(keepends=True)[: SHEET_ROWS_MAX + 1]).encode()).rows) == SHEET_ROWS_MAX
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (HEAD, *([str(number), 1, "耕地"] for number in range(SHEET_ROWS_MAX + 1))):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    assert isinstance(refused(content.getvalue()), TooLarge)


@pytest.mark.parametrize("english", [True, False])
def test_the_templates_are_read_by_what_reads_files(english: bool) -> None:
    for kind, columns in (("land", LAND), ("contracts", CONTRACTS)):
        for content in (xlsx_template(kind, english=english), csv_template(kind, english=english)):
            read = read_sheet(content, columns)
            assert read.rows == []
            assert bool(read.remarks) == content.startswith(b"PK")  # the sheet with the example


def test_a_contract_is_read_with_its_resolution() -> None:
    head = [
        "合同编号", "合同类别", "承包方", "地块编号", "面积", "签订日期", "起始日期", "终止日期", "年租金（元）",
        "决议主体", "会议日期", "应到人数", "到场人数", "同意人数",
    ]  # fmt: skip
    row = [
        "H1", "租赁", "李某", "1、2", 12.5, "2021年6月1日", "2021-06-01", datetime(2031, 6, 1), "５，０００",
        "成员大会", "2021-05-20", 300, 210, 205,
    ]  # fmt: skip
    line = contract_line(read_sheet(workbook([head, row]), CONTRACTS).rows[0].cells)
    assert (line.terms.kind, line.terms.rent_year_fen, line.parcel_numbers) == (ContractKind.LEASE, 500_000, ("1", "2"))
    assert line.terms.until == date(2031, 6, 1)
    assert line.terms.particulars.resolution and line.terms.particulars.resolution.agreed == 205
    for place, value in ((1, "赠与"), (2, ""), (4, "many"), (11, "three")):
        wrong = [value if at == place else cell for at, cell in enumerate(row)]
        with pytest.raises(InvalidInput) as error:
            contract_line(read_sheet(workbook([head, wrong]), CONTRACTS).rows[0].cells)
        assert error.value.field and error.value.remedy


SHEET, FORMATS = "xl/worksheets/sheet1.xml", "xl/styles.xml"


def altered(part: str, change: Callable[[bytes], bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A small workbook of which one part was altered."""
    content = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(workbook([HEAD, ["1", 1, "耕地"]])))
    with zipfile.ZipFile(content, "w", packing) as target:
        for name in source.namelist():
            target.writestr(name, change(source.read(name)) if name == part else source.read(name))
    return content.getvalue()


def before_end(sheet: bytes, more: bytes) -> bytes:
    return sheet.replace(b"</sheetData>", more + b"</sheetData>")


ENDLESS = {
    "a cell far below": altered(SHEET, lambda sheet: before_end(sheet, b'<row r="2000000000"><c><v>1</v></c></row>')),
    "cells without end in a line": altered(SHEET, lambda sheet: before_end(sheet, b"<row>" + b"<c/>" * 20_000)),
    "lines without end": altered(SHEET, lambda sheet: before_end(sheet, b"<row/>" * 100_001)),
    "cells without end": altered(
        SHEET, lambda sheet: before_end(sheet, (b"<row>" + b"<c/>" * 16_000 + b"</row>") * 95)
    ),
    "formats without end": altered(FORMATS, lambda styles: styles.replace(b"<fonts", b"<x/>" * 250_000 + b"<font")),
    "depth without end": altered(SHEET, lambda sheet: before_end(sheet, b"<row>" * 100)),
    "merged without end": altered(
        SHEET,
        lambda sheet: sheet.replace(
            b"</sheetData>", b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:BH9999"/>' * 9_000 + b"</mergeCells>"
        ),
    ),
    "a comment without end": altered(SHEET, lambda sheet: before_end(sheet, b"<!--" + b"x" * 2**24 + b"-->")),
    "a tag without end": altered(SHEET, lambda sheet: before_end(sheet, b"<row" + b" " * 2**24 + b"/>")),
    "entities": altered(SHEET, lambda sheet: b'<!DOCTYPE x [<!ENTITY y "y">]>' + sheet),
    "packed in one piece": altered(SHEET, lambda sheet: sheet, packing=zipfile.ZIP_BZIP2),
    "blank lines without end": ",".join(HEAD).encode() + b"\n" * 100_001,
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_would_be_read_for_hours_is_refused(what: str) -> None:
    """A few kilobytes each; those that named a line two thousand million lines below stopped all four threads."""
    refused(ENDLESS[what])


def test_what_begins_and_never_ends_is_read_once() -> None:
    """Five kilobytes, and a line of CSV: sought anew from each beginning to the end, they would be read for days."""
    left = altered(
        SHEET, lambda sheet: sheet.replace(b"</sheetData>", b"</sheetData><!--" + b"<mergeCell " * 2**14 + b"-->")
    )
    between = altered(
        SHEET, lambda sheet: sheet.replace(b"</sheetData>", b'</sheetData><!--<mergeCell <x ref="A2:B2"-->')
    )
    for content in (left, between):
        (row,) = land(content).rows
        assert (row.cells["number"], row.fault) == ("1", None)
    refused(f"{','.join(['(' * 130_000] * 9)}\n".encode())
    (row,) = land(f"{','.join(HEAD)}{',(' * 50_000}\n1,1,耕地\n".encode()).rows
    assert row.cells["number"] == "1"


MISUNDERSTOOD = {
    "a letter": altered("[Content_Types].xml", lambda types: types.replace(b"spreadsheetml.sheet.main", b"letter")),
    "a text that is not there": altered(SHEET, lambda sheet: before_end(sheet, b'<row><c t="s"><v>99</v></c></row>')),
    "a size that is none": altered(
        SHEET,
        lambda sheet: before_end(
            sheet, b'<row><c t="inlineStr"><is><r><rPr><sz val="x"/></rPr><t>a</t></r></is></c></row>'
        ),
    ),
}


@pytest.mark.parametrize("what", MISUNDERSTOOD)
def test_what_the_library_does_not_understand_is_refused_in_words(what: str) -> None:
    assert "no workbook" in str(refused(MISUNDERSTOOD[what]))
