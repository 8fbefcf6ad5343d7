"""A table as a file: CSV, or a workbook; and what a sheet to be filled in looks like."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from tianqu.base.errors import NotFound
from tianqu.base.spreadsheets import MARK, XLSX, csv_line, harmless
from tianqu.kernel.pack.results import Download

WIDTH = 18  # of a column, in characters


def _(message: str) -> str:
    """Mark a sentence for translation and return it unchanged."""
    return message


def table_file(name: str, heads: Sequence[object], rows: Iterable[Sequence[object]], *, form: str) -> Download:
    """A table as CSV or a workbook. Raises ``NotFound`` for another form."""
    heads = [str(head) for head in heads]
    if form == "csv":
        return Download(f"{name}.csv", "text/csv; charset=utf-8", _csv(heads, rows))
    if form != "xlsx":
        raise NotFound(_("There is no such file."), field="form", value=form[:20], remedy=_("Use csv or xlsx."))
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    for row in (heads, *rows):
        sheet.append([cell if cell is None or isinstance(cell, int) else harmless(str(cell)) for cell in row])
    return Download(f"{name}.xlsx", XLSX, [_content(book)])


def template_file(
    name: str, heads: Sequence[str], notes: Sequence[str], *, sheets: tuple[str, str], form: str
) -> Download:
    """An empty table to fill in; a workbook's second sheet says what each column takes. Raises ``NotFound``.

    ``sheets`` are the names of the two.
    """
    if form == "csv":
        return table_file(name, heads, (), form=form)
    if form != "xlsx":
        raise NotFound(_("There is no such file."), field="form", value=form[:20], remedy=_("Use csv or xlsx."))
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = sheets[0][:31]
    told = book.create_sheet(sheets[1][:31])
    for place, (head, note) in enumerate(zip(heads, notes, strict=True), 1):
        for each in (sheet, told):
            each.cell(1, place, head).font = Font(bold=True)
            each.column_dimensions[get_column_letter(place)].width = WIDTH
        sheet.column_dimensions[get_column_letter(place)].number_format = "@"
        told.cell(2, place, note)
    sheet.freeze_panes = "A2"
    return Download(f"{name}.xlsx", XLSX, [_content(book)])


def _content(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _csv(heads: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterable[bytes]:
    yield f"{MARK}{csv_line(heads)}".encode()
    for row in rows:
        yield csv_line(row).encode()
