"""What people do to spreadsheets, in the table of every register: read as it was meant, or refused with its reason.

The registers of land, of contracts, of fixed assets with funds, and of claims and debts; the last two share a table.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from tianqu.base.errors import InvalidInput, TooLarge
from tianqu.kernel.files.api import SHEET_ROWS_MAX, SheetColumn, SheetRow, read_sheet
from tianqu.packs.village.tables import KINDS, contract_line, holding_line, parcel_line

DAY = date(2021, 1, 1)
# The table of each register, what is typed over its examples, a number in it with its column, and a day in it.
REGISTERS: Mapping[str, tuple[str, Mapping[str, str], str, str]] = {
    "land": ("land", {}, "area", "day"),
    "contracts": ("contracts", {}, "area", "signed_on"),
    "assets": ("holdings", {}, "amount", "day"),
    "funds": ("holdings", {"kind": "资金", "number": "Z-1", "name": "公积金"}, "amount", "day"),
    "claims": ("holdings", {"kind": "债权", "number": "Q-1", "name": "承包费", "party": "李某"}, "amount", "due_on"),
    "debts": ("holdings", {"kind": "债务", "number": "W-1", "name": "工程款", "party": "吴某"}, "amount", "due_on"),
}
LINES: Mapping[str, Callable[[Mapping[str, str]], Any]] = {
    "land": lambda cells: parcel_line(cells, day=DAY), "contracts": contract_line,
    "holdings": lambda cells: holding_line(cells, day=DAY),
}  # fmt: skip


class Register:
    """The table of a register, with the row that its template shows."""

    def __init__(self, name: str) -> None:
        self.table, typed, self.number, self.day = REGISTERS[name]
        self.columns: Sequence[SheetColumn] = KINDS[self.table]
        self.head = [column.title_zh for column in self.columns]
        self.example = {column.key: column.example for column in self.columns} | dict(typed)
        if self.day == "due_on":
            self.example["due_on"] = "2026-03-09"

    def row(self, **changed: object) -> list[object]:
        return [(self.example | changed)[column.key] for column in self.columns]

    def place(self, key: str) -> int:
        """The number of a column, from 1."""
        return [column.key for column in self.columns].index(key) + 1

    def read(self, rows: Sequence[Sequence[object]], change: Callable[[Workbook], object] = lambda book: None) -> Any:
        book = Workbook()
        sheet: Any = book.active
        for row in rows:
            sheet.append(list(row))
        change(book)
        content = io.BytesIO()
        book.save(content)
        return read_sheet(content.getvalue(), self.columns)

    def line(self, row: SheetRow) -> Any:
        assert row.fault is None, row.fault
        return LINES[self.table](row.cells)


@pytest.fixture(params=REGISTERS)
def register(request: pytest.FixtureRequest) -> Register:
    return Register(request.param)


def test_days_as_text_and_full_width_digits_are_read_as_they_are_meant(register: Register) -> None:
    told = str(register.example[register.number])
    wide = told.translate({ord("0") + n: ord("０") + n for n in range(10)} | {ord("."): ord("．")})
    assert wide != told and unicodedata.normalize("NFKC", wide) == told
    plain = register.row(**{register.day: "2020-03-09"})
    odd = [register.row(**{register.day: day, register.number: wide}) for day in (
        "2020年3月9日", "2020/3/9", "2020.3.9", "20200309", "２０２０－０３－０９", date(2020, 3, 9)
    )]  # fmt: skip
    first, *others = register.read([register.head, plain, *odd]).rows
    assert len(others) == len(odd)
    for each in others:
        assert register.line(each) == register.line(first)


def test_what_is_no_day_or_no_number_is_refused_at_its_cell(register: Register) -> None:
    wrong = [(register.day, "43899"), (register.day, "去年"), (register.number, "很多"), (register.number, "1.23456")]
    rows = register.read([register.head, *(register.row(**{column: text}) for column, text in wrong)]).rows
    for (column, text), row in zip(wrong, rows, strict=True):
        with pytest.raises(InvalidInput) as refused:
            register.line(row)
        assert refused.value.field == column and refused.value.remedy, text


def test_formulas_and_merged_cells_are_refused_in_their_lines(register: Register) -> None:
    place = register.place("number")

    def merge(book: Workbook) -> None:
        sheet: Any = book.active
        sheet.merge_cells(start_row=3, end_row=4, start_column=place, end_column=place)

    formula = register.row(**{register.number: "=1+2"})
    rows = register.read([register.head, formula, *[register.row() for _n in range(3)]], merge).rows
    faults = {row.line: (row.fault.column, str(row.fault.error)) if row.fault else None for row in rows}
    assert faults[2] is not None and faults[2][0] == register.number and "formula" in faults[2][1]
    for line in (3, 4):
        told = faults[line]
        assert told is not None and told[0] == "number" and "merged" in told[1]
    assert faults[5] is None


def test_a_header_of_two_lines_is_read(register: Register) -> None:
    count = len(register.head)

    def merge(book: Workbook) -> None:
        sheet: Any = book.active
        sheet.merge_cells(start_row=1, end_row=1, start_column=2, end_column=count)
        sheet.merge_cells(start_row=1, end_row=2, start_column=1, end_column=1)

    upper = [register.head[0], "登记内容", *[None] * (count - 2)]
    lower = [None, *register.head[1:]]
    (row,) = register.read([upper, lower, register.row()], merge).rows
    (plain,) = register.read([register.head, register.row()]).rows
    assert row.line == 3 and register.line(row) == register.line(plain)


def test_hidden_sheets_are_named_and_not_read(register: Register) -> None:
    def hide(book: Workbook) -> None:
        first: Any = book.active
        first.title, first.sheet_state = "旧账", "hidden"
        sheet = book.create_sheet("台账")
        sheet.append(register.head)
        sheet.append(register.row(number="见"))

    read = register.read([register.head, register.row(number="藏")], hide)
    assert [row.cells["number"] for row in read.rows] == ["见"]
    assert "旧账" in [parameters["sheet"] for _sentence, parameters in read.remarks]


@pytest.mark.parametrize("table", KINDS)
def test_a_hundred_thousand_lines_are_refused_with_the_reason(table: str) -> None:
    name = next(name for name, told in REGISTERS.items() if told[0] == table)
    register = Register(name)
    line = ",".join(str(cell) for cell in register.row()) + "\n"
    with pytest.raises(TooLarge) as refused:
        read_sheet((",".join(register.head) + "\n" + line * 100_000).encode(), register.columns)
    assert refused.value.field == "file" and str(refused.value)
    assert SHEET_ROWS_MAX < 100_000
