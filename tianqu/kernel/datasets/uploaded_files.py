"""Uploaded files as plain rows: each kind of file is read to one text file whose first cell is the row's own line.

What cannot even be split into cells is refused here, with its line; whether a cell is a number or a day is asked
later. A sheet's hidden rows count like the others, a formula counts by the value that was saved with it, and a hidden
sheet is not taken for the first.
"""

from __future__ import annotations

import codecs
import csv
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import orjson
from openpyxl import load_workbook

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.kernel.datasets.schema import COLUMNS_MAX, DIGITS_MAX
from tianqu.kernel.files.api import UNREADABLE, check_large_workbook, check_lines

FileKind: TypeAlias = Literal["csv", "xlsx", "jsonl", "parquet"]
KINDS: Final[dict[str, FileKind]] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".parquet": "parquet",
}  # fmt: skip
REPORTED_MAX: Final = 1_000  # refused rows that are told one by one; all are counted
CELL_MAX: Final = 1_000_000  # characters
SHEET_BYTES_MAX: Final = 2 * 1024 * 1024 * 1024  # of a workbook, unpacked
SHEET_RATIO_MAX: Final = 200  # unpacked to packed: a bomb is above it
SHEET_LINES_MAX: Final = 1_048_576  # what the format holds
DELIMITERS: Final = ",\t;|"
HEADER_LOOKED_AT: Final = 20  # first rows of a sheet among which the headings stand


@dataclass(slots=True)
class Refused:
    """Rows that could not be taken: how many, and of the first ones the line, the column and why."""

    count: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)

    def add(self, line: int, reason: str, *, column: str = "", value: str = "") -> None:
        """Count a row; ``reason`` is a sentence to be translated when it is shown."""
        self.count += 1
        if len(self.told) < REPORTED_MAX:
            self.told.append({"line": line, "column": column, "value": value[:80], "reason": reason})


TOO_MANY_CELLS: Final = _("This row has more cells than there are columns.")
TOO_FEW_CELLS: Final = _("This row has fewer cells than there are columns.")
NOT_JSON: Final = _("This line is not a JSON object.")
CELL_TOO_LONG: Final = _("This cell is longer than a million characters.")


def kind_of(name: str) -> FileKind:
    """What kind of file a name promises. Raises ``InvalidInput`` for another."""
    kind = KINDS.get(Path(name).suffix.lower())
    if kind is None:
        raise InvalidInput(
            _("The file %(value)s is of no kind that is read here."), field="file", value=Path(name).name[:80],
            remedy=_("Give one that ends in %(allowed)s."), allowed=", ".join(KINDS),
        )  # fmt: skip
    return kind


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without a mark), or GB 18030 as older offices write it. Raises ``InvalidInput`` for neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while piece := file.read(4 * 1024 * 1024):
                    decoder.decode(piece)
                decoder.decode(b"", True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise InvalidInput(
        _("The text of the file is neither UTF-8 nor GB 18030."), field="file",
        remedy=_("Save it as “CSV UTF-8” and upload it again."),
    )  # fmt: skip


def begins_in_utf8(path: Path) -> bool:
    """Whether the first line of a file can be read as UTF-8; the engine finds out about the rest of it."""
    with path.open("rb") as file:
        try:
            file.readline(CELL_MAX).decode("utf-8-sig")
        except UnicodeDecodeError:
            return False
    return True


def delimiter_of(path: Path, encoding: str) -> str:
    """What parts the cells of a CSV: the character of ``DELIMITERS`` that its first line has most often."""
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(CELL_MAX)
    return max(DELIMITERS, key=first.count)


def headings(path: Path, kind: FileKind) -> list[str]:
    """The headings of a file in order. Raises ``InvalidInput`` where there are none."""
    if kind == "xlsx":
        with _sheet(path) as (found, _rows):
            pass
    elif kind == "csv":
        encoding = encoding_of(path)
        with path.open(encoding=encoding, newline="") as file:
            _line, found = next(_csv_rows(file, delimiter_of(path, encoding)), (1, []))
    else:
        found = list(_json_fields(path))
    if not any(found):
        raise InvalidInput(
            _("The file is empty."), field="file", remedy=_("Its first row must hold the names of the columns.")
        )
    return [_heading(each) for each in found]


def _heading(told: Any) -> str:
    return str(told).replace("\x00", "").strip()


def write_rows(
    path: Path, kind: FileKind, *, names: Sequence[str], to: Path, refused: Refused, limit: int | None = None
) -> int:
    """Write the rows of a file as CSV: the line, then a cell for each of the headings ``names``. Return how many.

    What is refused before the ``limit`` is reached is counted in ``refused``.
    """
    count = 0
    with to.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for line, cells in islice(_rows(path, kind, names), limit):
            fault = _fault(cells, len(names))
            if fault:
                refused.add(line, fault)
                continue
            assert cells is not None, "a line without cells has a fault"
            writer.writerow([line, *cells])
            count += 1
    return count


def _fault(cells: Sequence[str] | None, width: int) -> str:
    if cells is None:
        return NOT_JSON
    if len(cells) != width:
        return TOO_MANY_CELLS if len(cells) > width else TOO_FEW_CELLS
    return CELL_TOO_LONG if any(len(cell) > CELL_MAX for cell in cells) else ""


def _rows(path: Path, kind: FileKind, names: Sequence[str]) -> Iterator[tuple[int, list[str] | None]]:
    if kind == "xlsx":
        yield from _sheet_rows(path, len(names))
    elif kind == "jsonl":
        yield from _json_rows(path, names)
    else:
        yield from _csv_lines(path, len(names))


def _csv_lines(path: Path, width: int) -> Iterator[tuple[int, list[str] | None]]:
    encoding = encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        rows = _csv_rows(file, delimiter_of(path, encoding))
        next(rows, None)
        for line, cells in rows:
            while len(cells) > width and not cells[-1]:  # commas behind the last cell tell nothing
                cells.pop()
            if cells:  # an empty line is no row
                yield line, cells


def _csv_rows(file: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its line. Raises ``InvalidInput`` for a quotation mark that is not closed, which takes the rest of
    the file into one cell."""
    csv.field_size_limit(CELL_MAX * 4)
    raw: list[str] = []
    reader = csv.reader(_noted(file, raw), delimiter=delimiter)
    line, before, last = 1, 1, list[str]()
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise _never_closed(line) from error
        yield line, cells
        line, before, last = reader.line_num + 1, line, raw[:]
        raw.clear()
    try:
        list(csv.reader(last, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise _never_closed(before) from error


def _noted(file: Iterable[str], raw: list[str]) -> Iterator[str]:
    for line in file:
        plain = line.replace("\x00", "")
        raw.append(plain)
        yield plain


def _never_closed(line: int) -> InvalidInput:
    return InvalidInput(
        _("The row in line %(value)s has no end: a quotation mark in it is not closed."), field="file", value=line,
        remedy=_("Close it, or write each quotation mark within a cell twice."),
    )  # fmt: skip


def _json_fields(path: Path) -> dict[str, None]:
    """The names in all objects, in the order in which they come, as far as there may be columns, and one more."""
    found: dict[str, None] = {}
    with path.open("rb") as file:
        for content in file:
            try:
                told = orjson.loads(content) if content.strip() else None
            except (ValueError, RecursionError):
                continue  # refused where rows are read
            if isinstance(told, dict) and not told.keys() <= found.keys():
                found |= dict.fromkeys(told)
                if len(found) > COLUMNS_MAX:
                    break
    return found


def _json_rows(path: Path, names: Sequence[str]) -> Iterator[tuple[int, list[str] | None]]:
    for line, told in _json_lines(path):
        if not isinstance(told, dict):
            yield line, None
            continue
        cells = {_heading(name): value for name, value in told.items()}
        yield line, [_text(cells.get(name)) for name in names]


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open("rb") as file:
        for line, content in enumerate(file, start=1):
            if content.strip():
                try:
                    yield line, _exactly(orjson.loads(content), content)
                except (ValueError, RecursionError):
                    yield line, None


def _exactly(told: Any, content: bytes) -> Any:
    """What a line tells, with all the digits of its numbers, of which a binary one holds fifteen."""
    if not isinstance(told, dict) or not any(isinstance(value, float) for value in told.values()):
        return told
    exact = json.loads(content, parse_float=Decimal)
    return {name: exact[name] if isinstance(value, float) else value for name, value in told.items()}


def _sheet_rows(path: Path, width: int) -> Iterator[tuple[int, list[str] | None]]:
    with _sheet(path) as (_headings, rows):
        for line, cells in rows:
            beside = cells[width:]  # mostly empty: looked at one by one only where they are not
            told = cells if beside.count(None) < len(beside) else cells[:width]
            texts = [_text(cell) for cell in told]
            while len(texts) > width and not texts[-1]:
                texts.pop()
            if any(texts):
                yield line, texts + [""] * (width - len(texts))


@contextmanager
def _sheet(path: Path) -> Iterator[tuple[list[str], Iterator[tuple[int, Sequence[Any]]]]]:
    """The headings of the first visible sheet, and its rows below them with their numbers."""
    _check_workbook(path)
    try:
        workbook = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except UNREADABLE as error:
        raise _no_workbook() from error
    try:
        sheet = next((each for each in workbook.worksheets if each.sheet_state == "visible"), None)
        if sheet is None:
            raise _no_workbook()
        check_lines(path, str(getattr(sheet, "_worksheet_path", "")).lstrip("/"))
        rows = _sheet_lines(sheet)
        top = list(islice(rows, HEADER_LOOKED_AT))
        found, below = _headings_of(top)
        yield found, chain(top[below:], rows)
    finally:
        workbook.close()


def _sheet_lines(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    sheet.reset_dimensions()  # what a file says of its own size is not always true, and costs as much as it says
    rows = enumerate(sheet.iter_rows(max_col=COLUMNS_MAX + 1, values_only=True), start=1)
    while True:
        try:
            line, cells = next(rows)
        except StopIteration:
            return
        except UNREADABLE as error:
            raise _no_workbook() from error
        if line > SHEET_LINES_MAX:
            raise _no_workbook()
        yield line, cells


def _headings_of(top: Sequence[tuple[int, Sequence[Any]]]) -> tuple[list[str], int]:
    """The first row with two filled cells or more and none empty between them: what stands above it is a title.

    Two rows of texts that only together name every column are the headings together. Where no row is so, as in a sheet
    of one column, the first filled one. With it, the place from which rows follow.
    """
    first: tuple[list[str], int] = ([], len(top))
    told = [_filled(cells) for _line, cells in top]
    for below, texts in enumerate(told, start=1):
        both = _both_lines(upper=top[below - 1][1], lower=top[below][1]) if below < len(top) else None
        if both:
            return both, below + 1
        if len(texts) > 1 and all(texts):
            return texts, below
        if texts and not first[0]:
            first = texts, below
    return first


def _filled(cells: Sequence[Any]) -> list[str]:
    texts = [_text(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _both_lines(*, upper: Sequence[Any], lower: Sequence[Any]) -> list[str] | None:
    """The headings that two rows are together: what the upper one says stands before what the lower one says below it
    and to its right, where cells were merged. None where one of them is enough, or says more than texts.
    """
    above, below = _filled(upper), _filled(lower)
    width = max(len(above), len(below))
    above, below = [each + [""] * (width - len(each)) for each in (above, below)]
    whole = [up or low for up, low in zip(above, below, strict=True)]
    enough = all(above) or all(below)
    texts = all(cell is None or isinstance(cell, str) for cell in (*upper[:width], *lower[:width]))
    if enough or not texts or not all(whole) or not all(above[:1]) or sum(map(bool, above)) < 2:
        return None
    found, gathering = [], ""
    for up, low in zip(above, below, strict=True):
        gathering = up or gathering
        found.append(f"{gathering} {low}" if low else up)
    return found


def _check_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            whole = sum(each.file_size for each in packed.infolist())
    except zipfile.BadZipFile as error:
        raise _no_workbook() from error
    if whole > SHEET_BYTES_MAX or whole > SHEET_RATIO_MAX * max(path.stat().st_size, 1024 * 1024):
        raise TooLarge(
            _("The workbook holds too much when it is unpacked."), field="file",
            remedy=_("Save the sheet as CSV and upload that."),
        )  # fmt: skip
    check_large_workbook(path)


def _no_workbook() -> InvalidInput:
    return InvalidInput(
        _("The file is not a workbook that can be read, or has no visible sheet."), field="file",
        remedy=_("Open it, save it anew as .xlsx or as CSV, and upload that."),
    )  # fmt: skip


def _text(value: Any) -> str:
    """A cell's value as text from which the same value is read again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _text(Decimal(repr(value)))
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < DIGITS_MAX else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return _heading(value)
