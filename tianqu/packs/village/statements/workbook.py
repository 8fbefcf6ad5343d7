"""The statements as a workbook: a sheet each, in the layout that accountants know, in yuan."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.worksheet import Worksheet

from tianqu.base.spreadsheets import harmless
from tianqu.packs.village.statements.computing import Row
from tianqu.packs.village.statements.queries import Statements
from tianqu.packs.village.words import shown

YUAN: Final = "#,##0.00;[Red]-#,##0.00"
BOLD: Final = Font(bold=True)
LINE: Final = Side(style="thin", color="999999")
WIDE: Final = 34
NARROW: Final = 6
FIGURE: Final = 17


def workbook(told: Statements) -> bytes:
    """Return the statements as the bytes of an XLSX file. Numbers are numbers, in yuan with two decimals."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = gettext("Balance sheet")
    _sheet(first, told)
    _income(book.create_sheet(gettext("Income and distribution")), told)
    _funds(book.create_sheet(gettext("Fund movements")), told)
    _movements(book.create_sheet(gettext("All accounts")), told)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _sheet(sheet: Worksheet, told: Statements) -> None:
    """Assets on the left, liabilities and equity on the right, each with its number, opening and closing figure."""
    _head(sheet, told, gettext("Balance sheet"), columns=8)
    heads = (gettext("No."), gettext("At the beginning"), gettext("At the end"))
    _cells(sheet, [gettext("Assets"), *heads, gettext("Liabilities and equity"), *heads], bold=True)
    left, right = told.sheet.assets, told.sheet.claims
    for place in range(max(len(left), len(right)) - 1):  # both totals stand side by side, below
        _cells(sheet, [*_four(left[:-1], place), *_four(right[:-1], place)])
    _cells(sheet, [*_four(left, -1), *_four(right, -1)], bold=True)
    _widths(sheet, WIDE, NARROW, FIGURE, FIGURE, WIDE, NARROW, FIGURE, FIGURE)


def _four(rows: Sequence[Row], place: int) -> list[Any]:
    if not -len(rows) <= place < len(rows):
        return ["", "", "", ""]
    row = rows[place]
    return [gettext(row.label), row.number or "", *map(_yuan, row.figures or (None, None))]


def _income(sheet: Worksheet, told: Statements) -> None:
    _head(sheet, told, gettext("Income and distribution"), columns=3)
    _cells(sheet, [gettext("Line"), gettext("No."), gettext("Amount")], bold=True)
    for row in told.income:
        _cells(sheet, [gettext(row.label), row.number, _yuan(row.figures[0])], bold=row.weight == "total")
    _widths(sheet, WIDE, NARROW, FIGURE)


def _funds(sheet: Worksheet, told: Statements) -> None:
    _head(sheet, told, gettext("Fund movements"), columns=4)
    _cells(sheet, [gettext("Ledger account"), gettext("Name"), gettext("Received"), gettext("Paid out")], bold=True)
    _cells(sheet, ["", gettext("Held at the beginning"), _yuan(told.funds.opening), None])
    for row in told.funds.rows:
        _cells(sheet, [row.code, harmless(shown(row)), _yuan(row.received), _yuan(row.paid)])
    _cells(sheet, ["", gettext("Total"), _yuan(told.funds.received), _yuan(told.funds.paid)], bold=True)
    _cells(sheet, ["", gettext("Held at the end"), _yuan(told.funds.closing), None], bold=True)
    _widths(sheet, 12, WIDE, FIGURE, FIGURE)


def _movements(sheet: Worksheet, told: Statements) -> None:
    _head(sheet, told, gettext("All accounts"), columns=6)
    heads = (gettext("At the beginning"), gettext("Debit"), gettext("Credit"), gettext("At the end"))
    _cells(sheet, [gettext("Ledger account"), gettext("Name"), *heads], bold=True)
    for each in told.movements:
        figures = (each.opening, each.all_debits, each.all_credits, each.closing)
        _cells(sheet, [each.code, harmless(shown(each)), *map(_yuan, figures)])
    _widths(sheet, 12, WIDE, FIGURE, FIGURE, FIGURE, FIGURE)


def _head(sheet: Worksheet, told: Statements, title: str, *, columns: int) -> None:
    """The title, whose book and which days, and the unit: two rows across all columns."""
    whose = shown(told.book)
    said = f"{whose}  {told.first_day} — {told.last_day}  {gettext('in yuan')}"
    for number, text in enumerate((title, said), 1):
        sheet.append([harmless(text)])
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=columns)
        sheet.cell(number, 1).alignment = Alignment(horizontal="center")
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    sheet.freeze_panes = "A4"


def _cells(sheet: Worksheet, cells: Sequence[Any], *, bold: bool = False) -> None:
    sheet.append(list(cells))
    for made in sheet[sheet.max_row]:
        made.border = Border(top=LINE, bottom=LINE, left=LINE, right=LINE)
        if bold:
            made.font = BOLD
        if isinstance(made.value, Decimal):
            made.number_format = YUAN


def _widths(sheet: Worksheet, *widths: int) -> None:
    for number, width in enumerate(widths):
        sheet.column_dimensions["ABCDEFGH"[number]].width = width


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen).scaleb(-2)
