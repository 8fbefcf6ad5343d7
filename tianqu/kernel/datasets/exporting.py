"""Rows as files, made while they are sent: CSV, JSON lines, Parquet, and a workbook up to the rows that it can hold."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from django.conf import settings
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.writer.excel import ExcelWriter

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.base.spreadsheets import csv_line, harmless
from tianqu.kernel.datasets import engine, leash, storage
from tianqu.kernel.datasets.questions import Question, checked
from tianqu.kernel.datasets.reading import Opened, row_stream
from tianqu.kernel.datasets.row_files import making_engine
from tianqu.kernel.datasets.schema import Column, Value
from tianqu.kernel.datasets.statements import rows_statement

CELL_TEXT_MAX: Final = 32_767  # characters; what a cell of the format holds
SHEET_ROWS_MAX: Final = 1_048_575  # below the headings; what the format holds
EXPORTS: Final[dict[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is made while it is sent. ``size`` is None where it is not known before."""

    name: str
    media_type: str
    chunks: Iterable[bytes]
    size: int | None = None


def export_rows(opened: Opened, question: Question, form: str) -> Export:
    """Every row that meets the question's conditions as a file. Raises ``InvalidInput`` and ``TooLarge``.

    A whole dataset that lies in one part is given as that part, byte by byte, so that its hash is the published one.
    """
    if form not in EXPORTS:
        raise InvalidInput(
            _("%(value)s is not possible here."), field="format", value=form[:40], remedy=_("Possible: %(allowed)s."),
            allowed=", ".join(EXPORTS),
        )  # fmt: skip
    question = checked(question, opened.schema)
    name = f"{opened.dataset.code}-{opened.called}.{form}"
    if form == "parquet":
        return _parquet(opened, question, name)
    if form == "xlsx" and opened.version.rows > SHEET_ROWS_MAX and not question.conditions:
        raise TooLarge(
            _("A workbook holds %(most)s rows, and there are %(value)s."), field="format", value=opened.version.rows,
            most=SHEET_ROWS_MAX, remedy=_("Choose CSV or Parquet, or ask for less."),
        )  # fmt: skip
    make: Callable[..., Iterator[bytes]] = {"csv": _csv, "jsonl": _jsonl, "xlsx": _xlsx}[form]
    columns = [opened.schema.column(each) for each in question.columns or opened.schema.names]
    rows = row_stream(opened, question, seconds=settings.TIANQU_EXPORT_SECONDS_MAX)
    return Export(name, EXPORTS[form], make(columns, rows))


def _csv(columns: list[Column], rows: Iterator[list[tuple[Value, ...]]]) -> Iterator[bytes]:
    head = "\ufeff" + csv_line([column.name for column in columns])
    for batch in rows:  # the headings come with the first rows, so that what goes wrong with these is told before
        yield (head + "".join(csv_line([_cell(value) for value in row]) for row in batch)).encode()
        head = ""
    if head:
        yield head.encode()


def _jsonl(columns: list[Column], rows: Iterator[list[tuple[Value, ...]]]) -> Iterator[bytes]:
    names = [column.name for column in columns]
    for batch in rows:
        yield b"".join(
            orjson.dumps(dict(zip(names, row, strict=True)), default=_exact, option=orjson.OPT_APPEND_NEWLINE)
            for row in batch
        )


def _xlsx(columns: list[Column], rows: Iterator[list[tuple[Value, ...]]]) -> Iterator[bytes]:
    """A workbook is packed as a whole, so it is made in a file beside and sent from there."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("data")
    try:
        _fill(sheet, columns, rows)
    except BaseException:
        sheet.close()  # or its writer is left to whoever finds it
        raise
    with storage.working_file(".xlsx") as path:
        _save(workbook, path)
        with path.open("rb") as file:
            while piece := file.read(io.DEFAULT_BUFFER_SIZE * 32):
                yield piece


def _fill(sheet: Any, columns: list[Column], rows: Iterator[list[tuple[Value, ...]]]) -> None:
    sheet.append([_bold(sheet, column.title or column.name) for column in columns])
    count = 0
    for batch in rows:
        for row in batch:
            sheet.append([_in_sheet(value) for value in row])
        count += len(batch)
        if count > SHEET_ROWS_MAX:
            raise TooLarge(
                _("A workbook holds %(most)s rows, and there are %(value)s."), field="format", value=count,
                most=SHEET_ROWS_MAX, remedy=_("Choose CSV or Parquet, or ask for less."),
            )  # fmt: skip


def _save(workbook: Workbook, path: Path) -> None:
    """As ``workbook.save`` does it, but on a full disk the archive is closed here, and not by whoever forgets it."""
    archive = ZipFile(path, "w", ZIP_DEFLATED, allowZip64=True)
    try:
        ExcelWriter(workbook, archive).save()
    except OSError:
        with suppress(OSError):  # its end has no room either
            archive.close()
        raise


def _in_sheet(value: Any) -> Any:
    """A value as a cell; a character that XML cannot hold, and so no workbook, is written as U+FFFD."""
    if not isinstance(value, str):
        return value
    text = str(harmless(ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)))
    if len(text) > CELL_TEXT_MAX:
        raise TooLarge(
            _("A cell of a workbook holds %(most)s characters, and one here has %(value)s."), field="format",
            value=len(text), most=CELL_TEXT_MAX, remedy=_("Choose CSV or Parquet, or ask for other columns."),
        )  # fmt: skip
    return text


def _bold(sheet: Any, text: str) -> Any:
    return WriteOnlyCell(sheet, value=_in_sheet(text))


def _parquet(opened: Opened, question: Question, name: str) -> Export:
    stored = opened.stored
    whole = not question.conditions and not question.columns and not question.sort
    if whole and len(stored.rows) == 1 and not stored.changes:
        part = stored.rows[0]
        return Export(name, EXPORTS["parquet"], storage.pieces(part.sha256), part.bytes)
    return Export(name, EXPORTS["parquet"], _made_parquet(opened, question))


def _made_parquet(opened: Opened, question: Question) -> Iterator[bytes]:
    whole = Question(question.columns, question.conditions, sort=question.sort, limit=1 << 60)
    statement = rows_statement(opened.stored, whole, after=None)
    names = ", ".join(f'"{each}"' for each in question.columns or opened.schema.names)
    with storage.working_file() as path:
        with engine.slot("file"), making_engine(seconds=settings.TIANQU_EXPORT_SECONDS_MAX) as cursor:
            rows = leash.bound(statement.sql, statement.values)
            cursor.execute(
                f"COPY (SELECT {names} FROM ({rows})) TO {leash.literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
            )
        with path.open("rb") as file:
            while piece := file.read(storage.PIECE_BYTES):
                yield piece


class _Number:
    """A decimal that is written with all its digits and without an exponent, and is no text to a spreadsheet."""

    def __init__(self, value: Decimal) -> None:
        self._value = value

    def __str__(self) -> str:
        return format(self._value, "f")


def _cell(value: Value) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _Number(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _exact(value: object) -> object:
    """A decimal as a number of JSON with all its digits."""
    assert isinstance(value, Decimal), type(value)
    return orjson.Fragment(format(value, "f"))
