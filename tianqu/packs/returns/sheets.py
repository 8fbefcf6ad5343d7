"""The spreadsheet of a return: the template to fill in, with the keys of the period before, and what a file says."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from tianqu.base.errors import InvalidInput, TianquError, _
from tianqu.base.spreadsheets import MARK, csv_line
from tianqu.kernel.files.api import SheetColumn, read_sheet
from tianqu.packs.returns.designing import ColumnKind, Design, FormColumn
from tianqu.packs.returns.filling import FilingRow, TypedRow, typed
from tianqu.packs.returns.words import key_titled, listed, titled, unit_said

KEY: Final = "key"


@dataclass(frozen=True, slots=True)
class LineRefusal:
    """A line that was refused: where it stands, in which column, and why."""

    line: int
    column: str
    error: TianquError


@dataclass(slots=True)
class SheetFilled:
    """What a file holds: the rows that can be taken, the lines that cannot, and what was left unread."""

    rows: list[FilingRow]
    refusals: list[LineRefusal]
    remarks: list[tuple[str, dict[str, object]]]


def sheet_columns(design: Design) -> list[SheetColumn]:
    """The columns of a return as a spreadsheet has them."""
    key = [SheetColumn(KEY, design.key_title_zh, design.key_title_en, needed=True)] if design.keyed else []
    return key + [
        SheetColumn(column.name, column.title_zh, column.title_en, needed=column.required) for column in design.columns
    ]


def read_filing(design: Design, content: bytes) -> SheetFilled:
    """Read a filled template. Raises ``InvalidInput`` and ``TooLarge`` for a file as a whole."""
    read = read_sheet(content, sheet_columns(design))
    found = SheetFilled([], [], list(read.remarks))
    seen: set[str] = set()
    for row in read.rows:
        key = row.cells.get(KEY, "") if design.keyed else ""
        try:
            if row.fault is not None:
                raise row.fault.error
            if (design.keyed and not key) or key in seen or (not design.keyed and found.rows):
                raise _wrong_row(design, key)
            for column in design.columns:
                typed(column, row.cells.get(column.name, ""))
        except TianquError as error:
            found.refusals.append(LineRefusal(row.line, _column_said(design, error.field), error))
            continue
        seen.add(key)
        found.rows.append(FilingRow(key, {column.name: row.cells.get(column.name, "") for column in design.columns}))
    return found


def _wrong_row(design: Design, key: str) -> InvalidInput:
    if not design.keyed:
        return InvalidInput(_("This return has one row, without a key."), field=KEY)
    if not key:
        return InvalidInput(_("This is needed."), field=KEY, remedy=_("Fill it in."))
    return InvalidInput(_("“%(value)s” stands here twice."), field=KEY, value=key[:40])


def _column_said(design: Design, name: str) -> str:
    if name == KEY:
        return key_titled(design)
    return next((titled(column) for column in design.columns if column.name == name), "")


def csv_template(design: Design, last: Sequence[TypedRow]) -> bytes:
    """The table to fill in as CSV, with the mark that spreadsheets need."""
    lines = [csv_line(_heads(design)), *(csv_line([row.key]) for row in last if design.keyed)]
    return f"{MARK}{''.join(lines)}".encode()


def xlsx_template(design: Design, last: Sequence[TypedRow], *, words: tuple[str, str]) -> bytes:
    """The table to fill in as a workbook; a second sheet says what each column takes, and what stood last.

    ``words`` are the names of the two sheets.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = words[0]
    notes = book.create_sheet(words[1])
    for place, head in enumerate(_heads(design), 1):
        for each in (sheet, notes):
            each.cell(1, place, head).font = Font(bold=True)
            each.column_dimensions[get_column_letter(place)].width = 18
    sheet.freeze_panes = "A2"
    first = int(design.keyed) + 1
    for place, column in enumerate(design.columns, first):
        notes.cell(2, place, _takes(column))
    for line, row in enumerate(last, 3):
        if design.keyed:
            sheet.cell(line - 1, 1, row.key).data_type = "s"
            notes.cell(line, 1, row.key).data_type = "s"
        for place, column in enumerate(design.columns, first):
            value = row.values.get(column.name)
            cell = notes.cell(line, place, value if value is None else str(value))
            cell.data_type = "s"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _heads(design: Design) -> list[str]:
    key = [f"{key_titled(design)}*"] if design.keyed else []
    return key + [
        f"{titled(column)}{f'({unit_said(column)})' if unit_said(column) else ''}{'*' if column.required else ''}"
        for column in design.columns
    ]


def _takes(column: FormColumn) -> str:
    if column.kind is ColumnKind.CHOICE:
        return listed(titled(choice) for choice in column.choices)
    return f"0.{'0' * column.places}" if column.places else "0" if column.numeric else ""
