"""Reading spreadsheets as people make them: XLSX and CSV, with titles above, two-line headers and full-width digits.

What cannot be read is refused with the line and the reason; nothing is guessed and nothing is rounded. A file is read
once, from its beginning, within limits of bytes, rows and columns.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, islice
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.base.spreadsheets import unharmed
from tianqu.kernel.files.examination import as_utf8
from tianqu.kernel.files.workbook_bounds import no_workbook, plain_workbook

SHEET_BYTES_MAX: Final = 8 * 2**20
SHEET_ROWS_MAX: Final = 20_000
LINES_MAX: Final = 100_000  # with the blank ones
COLUMNS_MAX: Final = 60
CELL_MAX: Final = 10_000  # characters; 200 rents of a contract in one cell take as many
HEADER_MAX: Final = 200  # characters of a header that are looked at; a bracket that never closes is sought to the end
HEADER_WITHIN: Final = 10  # the lines in which the header is looked for
MERGED_MAX: Final = 10_000
MERGED_CELLS_MAX: Final = 1_000_000  # together
# What openpyxl raises for XML that it does not understand.
UNREADABLE: Final = (
    InvalidFileException, AttributeError, KeyError, IndexError, OSError, OverflowError, SyntaxError, TypeError,
    ValueError, zipfile.BadZipFile,
)  # fmt: skip
ZIP: Final = b"PK\x03\x04"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
# No attribute holds a <: what has no end is given up at the next tag, and the whole is read once.
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?)"')
_BRACKETS: Final = re.compile(r"[(\[（【].*?[)\]）】]|[*＊:：\s]")


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column that a table may have: its key, and everything that people write over it, the first of each language
    being what the template says. ``needed`` columns make a line the header.
    """

    key: str
    title_zh: str
    title_en: str
    needed: bool = False
    others: tuple[str, ...] = ()
    example: str = ""

    @property
    def names(self) -> frozenset[str]:
        """What its header may say, folded."""
        return frozenset(folded(name) for name in (self.title_zh, self.title_en, self.key, *self.others))


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a line was refused: the line as a spreadsheet counts, the column's key, and the error."""

    line: int
    column: str
    error: InvalidInput


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A line with its texts by column; a date cell is written as 2026-03-09. ``fault`` is why it cannot be read."""

    line: int
    cells: Mapping[str, str]
    fault: RowFault | None = None


@dataclass(slots=True)
class SheetRead:
    """A table that was read: its rows, and what was left unread, in sentences with their parameters."""

    rows: list[SheetRow]
    remarks: list[tuple[str, dict[str, object]]] = field(default_factory=list)


def read_sheet(content: bytes, columns: Sequence[SheetColumn]) -> SheetRead:
    """Read a file by what it is, not by its name. Raises ``InvalidInput`` and ``TooLarge`` for a file as a whole."""
    if len(content) > SHEET_BYTES_MAX:
        raise TooLarge(
            _("This file has more than %(most)s megabytes."), field="file", most=SHEET_BYTES_MAX // 2**20,
            remedy=_("Send it in several parts."),
        )  # fmt: skip
    if content.startswith(OLD_EXCEL):
        raise InvalidInput(
            _("This is a workbook of the old kind (.xls), or one with a password."), field="file",
            remedy=_("Save it as .xlsx or CSV without a password."),
        )  # fmt: skip
    if not content.strip():
        raise InvalidInput(_("This file is empty."), field="file", remedy=_("Choose the filled template."))
    return _workbook(content, columns) if content.startswith(ZIP) else _text(content, columns)


def folded(text: str) -> str:
    """Return a header without brackets, marks and blanks, full-width letters as plain ones."""
    return _BRACKETS.sub("", unicodedata.normalize("NFKC", text[:HEADER_MAX])[:HEADER_MAX]).casefold()


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it stands in the file: texts, and the columns (from 0) that hold what is no plain value."""

    number: int
    texts: list[str]
    formulas: tuple[int, ...] = ()
    merged: tuple[int, ...] = ()
    errors: tuple[int, ...] = ()


def _text(content: bytes, columns: Sequence[SheetColumn]) -> SheetRead:
    """Read CSV in UTF-8, with or without its mark, or in GB 18030."""
    text = _decoded(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)

    def lines() -> Iterator[_Line]:
        while True:
            number = reader.line_num + 1
            _check_line(number)
            try:
                texts = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise InvalidInput(
                    _("Line %(value)s cannot be read as CSV."), field="file", value=number,
                    remedy=_("Save the sheet as CSV again, or as .xlsx."),
                ) from error  # fmt: skip
            texts = texts[:COLUMNS_MAX]
            formulas = tuple(place for place, cell in enumerate(texts) if cell.startswith("="))
            yield _Line(number, [unharmed(text) for text in texts], formulas)

    return SheetRead(_rows(lines(), columns))


def _decoded(content: bytes) -> str:
    try:
        return as_utf8(content).decode()
    except InvalidInput as error:
        raise InvalidInput(
            _("This file is no text in UTF-8 or GB 18030, and no .xlsx workbook."), field="file",
            remedy=_("Save it as .xlsx or CSV."),
        ) from error  # fmt: skip


def _workbook(content: bytes, columns: Sequence[SheetColumn]) -> SheetRead:
    """Read the first sheet that can be seen; the others are named in the remarks."""
    content = plain_workbook(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    except UNREADABLE as error:
        raise no_workbook() from error
    try:
        seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
        if not seen:
            raise InvalidInput(
                _("Every sheet of this workbook is hidden."), field="file",
                remedy=_("Show the sheet that is to be read."),
            )  # fmt: skip
        remarks: list[tuple[str, dict[str, object]]] = [
            (_("The sheet “%(sheet)s” is hidden, and was not read."), {"sheet": title}) for title in hidden
        ]
        remarks += [(_("The sheet “%(sheet)s” was not read: only the first is."), {"sheet": sheet.title})
                    for sheet in seen[1:]]  # fmt: skip
        merged = _merged_cells(content, seen[0])
        return SheetRead(_rows(_sheet_lines(seen[0], merged), columns), remarks)
    finally:
        book.close()


def _merged_cells(content: bytes, sheet: Any) -> set[tuple[int, int]]:
    """The cells (line and column from 1) that are merged with others; openpyxl does not tell them while streaming."""
    cells: set[tuple[int, int]] = set()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        body = archive.read(sheet._worksheet_path.lstrip("/"))
    count = 0
    for reference in islice(_MERGED.findall(body), MERGED_MAX):
        bounds = [bound for bound in range_boundaries(reference.decode()) if bound is not None]
        if len(bounds) < 4:
            raise _merged_wide(reference.decode())
        left, top, right, bottom = bounds
        count += (right - left + 1) * (bottom - top + 1)
        if count > MERGED_CELLS_MAX:
            raise _merged_wide(reference.decode())
        cells |= {(line, column) for line in range(top, bottom + 1) for column in range(left, right + 1)}
    return cells


def _merged_wide(reference: str) -> InvalidInput:
    return InvalidInput(
        _("The cells %(value)s are merged."), field="file", value=reference,
        remedy=_("Take them apart, and write each value in its own line."),
    )  # fmt: skip


def _sheet_lines(sheet: Any, merged: set[tuple[int, int]]) -> Iterator[_Line]:
    sheet.reset_dimensions()  # what a file says of its own size is not always true
    rows = enumerate(sheet.iter_rows(max_col=COLUMNS_MAX), 1)
    while True:
        try:
            number, cells = next(rows)
            texts = [_cell_text(cell.value) for cell in cells]
        except StopIteration:
            return
        except UNREADABLE as error:
            raise no_workbook() from error
        _check_line(number)  # the gap before a forgotten cell far below is filled with lines, one by one
        kinds = [getattr(cell, "data_type", "n") for cell in cells]
        yield _Line(
            number, texts,
            formulas=tuple(place for place, kind in enumerate(kinds) if kind == "f"),
            merged=tuple(place for place in range(len(cells)) if (number, place + 1) in merged) if merged else (),
            errors=tuple(place for place, kind in enumerate(kinds) if kind == "e"),
        )  # fmt: skip


def _check_line(number: int) -> None:
    if number > LINES_MAX:
        raise TooLarge(
            _("This sheet goes on beyond line %(most)s."), field="file", most=LINES_MAX,
            remedy=_("Delete the empty lines below the table, and save it again."),
        )  # fmt: skip


def _cell_text(value: object) -> str:
    """A cell as text: a date as 2026-03-09, a number by its shortest digits, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return str(value)


def _rows(lines: Iterator[_Line], columns: Sequence[SheetColumn]) -> list[SheetRow]:
    """Find the header, then read what stands below it."""
    head: list[_Line] = []
    for line in islice(lines, HEADER_WITHIN):
        head.append(line)
        places = _header(head[-2:], columns)
        if places is not None:
            second = next(lines, None)
            if second is None:
                return []
            below = _second_header(second, places, columns)
            return _below(lines if below else chain([second], lines), places | below)
    raise InvalidInput(
        _("The first %(value)s lines hold no header with the columns %(columns)s."), field="file", value=HEADER_WITHIN,
        columns=", ".join(f"{column.title_zh} ({column.title_en})" for column in columns if column.needed),
        remedy=_("Use the template, and leave its first line as it is."),
    )  # fmt: skip


def _header(head: Sequence[_Line], columns: Sequence[SheetColumn]) -> dict[str, int] | None:
    """Where each column stands, if the last line, or the last two together, are the header."""
    known = {name: column.key for column in columns for name in column.names}
    last = head[-1].texts
    upper = head[0].texts if len(head) > 1 else []
    for texts in (last, [last[place] or (upper[place] if place < len(upper) else "") for place in range(len(last))]):
        places: dict[str, int] = {}
        for place, text in enumerate(texts):
            key = known.get(folded(text))
            if key is not None:
                places.setdefault(key, place)
        if all(column.key in places for column in columns if column.needed):
            return places
    return None


def _second_header(line: _Line, places: Mapping[str, int], columns: Sequence[SheetColumn]) -> dict[str, int]:
    """The columns that a second line of the header names; none where the line is no part of it.

    It is one if it names a column, and says nothing but names in the columns that every line needs.
    """
    known = {name: column.key for column in columns for name in column.names}
    named = {key: place for place, text in enumerate(line.texts) if (key := known.get(folded(text))) is not None}
    needed = [places[column.key] for column in columns if column.needed]
    said = [line.texts[place] for place in needed if place < len(line.texts) and line.texts[place].strip()]
    return named if all(folded(text) in known for text in said) else {}


def _below(lines: Iterator[_Line], places: Mapping[str, int]) -> list[SheetRow]:
    rows: list[SheetRow] = []
    for line in lines:
        cells = {
            key: unicodedata.normalize("NFKC", line.texts[place]).strip() if place < len(line.texts) else ""
            for key, place in places.items()
        }
        if not any(cells.values()):
            continue
        if len(rows) == SHEET_ROWS_MAX:
            raise TooLarge(
                _("This file has more than %(most)s lines."), field="file", most=SHEET_ROWS_MAX,
                remedy=_("Send it in several parts; what was sent twice changes nothing."),
            )  # fmt: skip
        rows.append(SheetRow(line.number, cells, _fault(line, places, cells)))
    return rows


def _fault(line: _Line, places: Mapping[str, int], cells: Mapping[str, str]) -> RowFault | None:
    """What in a line is no plain value."""
    for key, place in places.items():
        cell = f"{get_column_letter(place + 1)}{line.number}"
        if place in line.merged:
            error = InvalidInput(
                _("The cell %(value)s is merged with others."), field=key, value=cell,
                remedy=_("Take the cells apart, and write each value in its own line."),
            )  # fmt: skip
        elif place in line.formulas:
            error = InvalidInput(
                _("The cell %(value)s holds a formula."), field=key, value=cell,
                remedy=_("Put its value in its place: copy, and paste values only."),
            )  # fmt: skip
        elif place in line.errors:
            error = InvalidInput(
                _("The cell %(value)s holds an error."), field=key, value=cell,
                remedy=_("Write the value in its place."),
            )  # fmt: skip
        elif len(cells[key]) > CELL_MAX:
            error = InvalidInput(
                _("The cell %(value)s has more than %(most)s characters."), field=key, value=cell, most=CELL_MAX,
                remedy=_("Write less."),
            )  # fmt: skip
        else:
            continue
        return RowFault(line.number, key, error)
    return None


_DAY: Final = re.compile(
    r"([0-9]{4})(?:年|[-/.])([0-9]{1,2})(?:月|[-/.])([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})"
)


def day_read(text: str, *, column: str) -> date:
    """Read 2026-03-09, 2026/3/9, 2026.3.9, 2026年3月9日 or 20260309. Raises ``InvalidInput``."""
    match = _DAY.fullmatch(text)
    if match is not None:
        year, month, day = (int(part) for part in match.groups() if part is not None)
        try:
            return date(year, month, day)
        except ValueError:
            pass  # there is no 30 February; said below
    raise InvalidInput(
        _("“%(value)s” is not a day."), field=column, value=text[:40], remedy=_("Write it as 2026-03-09.")
    )
