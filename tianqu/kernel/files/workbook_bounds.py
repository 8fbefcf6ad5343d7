"""What a workbook may hold before a library reads it: its parts are unpacked once, counted by element, and kept plain.

A workbook is an archive of XML, and says of itself what it likes: two kilobytes can unpack to gigabytes, or name cells
without end. What comes out of here has true sizes and no more elements than a large table has.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.parsers import expat

from tianqu.base.errors import InvalidInput, TooLarge, _

UNPACKED_MAX: Final = 64 * 2**20  # bytes of XML; 20,000 lines of 30 columns are about half of it
PARTS_MAX: Final = 1_000  # sheets and what belongs to them
CELL_ELEMENTS_MAX: Final = 1_500_000  # of lines, cells and their texts: a cell has two or three
OTHER_ELEMENTS_MAX: Final = 200_000  # of formats and whatever else, which cost more; Excel keeps at most 64,000 formats
CELLS_MAX: Final = 16_384  # in one line, as in Excel
DEPTH_MAX: Final = 64
PIECE_BYTES: Final = 64 * 1024
# Of one tag or comment: Expat before 2.6 looks through it anew whenever more of it has come (CVE-2023-52425).
TOKEN_BYTES_MAX: Final = 256 * 1024
PACKINGS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # the others are unpacked in one piece
READ: Final = (".xml", ".rels")  # pictures and programs are left out
NOT_NEEDED: Final = "calcChain.xml"  # an element for each formula, in no line; nobody reads it
# Lines, cells, values, formulas and texts with their runs (ISO/IEC 29500-1, 18.3 and 18.4).
OF_CELLS: Final = frozenset({"row", "c", "v", "f", "is", "si", "t", "r", "rPr", "rFont", "charset", "family", "scheme",
                             "sz", "color", "b", "i", "u", "vertAlign", "rPh", "phoneticPr", "mergeCell"})  # fmt: skip

# Of a workbook that is read line by line, because it is too large to be unpacked at once.
STRINGS_BYTES_MAX: Final = 256 * 2**20
STRINGS_TAGS_MAX: Final = 10_000_000  # a text has four: two million texts, twice as many as there are lines
LINE_BYTES_MAX: Final = 32 * 2**20  # from the end of a line to that of the next, and behind the last one
_READ_WHOLE: Final = frozenset({"[Content_Types].xml", "xl/workbook.xml", "xl/styles.xml", "xl/theme/theme1.xml",
                                "docProps/core.xml", "docProps/custom.xml"})  # fmt: skip
_KINDS_WHOLE: Final = (".main+xml", ".chartsheet+xml")
_LINE_ENDS: Final = re.compile(rb"</(?:\w+:)?row\s*>|<(?:\w+:)?row\s[^<>]*/>")
_FAULTY: Final = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, EOFError, RuntimeError, OSError, ValueError,
)  # fmt: skip


def plain_workbook(content: bytes) -> bytes:
    """Return the workbook with its XML alone, unpacked. Raises ``InvalidInput`` and ``TooLarge``."""
    kept, left, budget = io.BytesIO(), UNPACKED_MAX, _Budget()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(kept, "w") as plain:
            parts = [part for part in packed.infolist() if part.filename.lower().endswith(READ)]
            parts = [part for part in parts if not part.filename.endswith(NOT_NEEDED)]
            if len(parts) > PARTS_MAX:
                raise _too_large()
            for part in parts:
                if part.compress_type not in PACKINGS or part.filename in plain.namelist():
                    raise no_workbook()
                body = _unpacked(packed, part, left, budget)
                left -= len(body)
                plain.writestr(part.filename, body)
    except _FAULTY as error:
        raise no_workbook() from error
    return kept.getvalue()


def check_large_workbook(path: Path) -> None:
    """Look at everything of a workbook that a library takes into memory whole: all that it reads but its sheets.

    Raises ``InvalidInput`` and ``TooLarge``. The sheet that is read is for ``check_lines``.
    """
    budget, left, charts, largest = _Budget(), UNPACKED_MAX, False, 0
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            if len(parts) > PARTS_MAX or len({part.filename for part in parts}) < len(parts):
                raise no_workbook()
            types = _types(packed)
            for part in parts:
                kind = types.get(part.filename, "")
                if kind.endswith("sharedStrings+xml"):
                    _check_strings(packed, part)
                elif part.filename in _READ_WHOLE or part.filename.endswith(".rels") or kind.endswith(_KINDS_WHOLE):
                    body = _unpacked(packed, part, left, budget)
                    left, charts = left - len(body), charts or b"/chartsheet" in body
                elif not kind.endswith(".worksheet+xml"):
                    largest = max(largest, part.file_size)
    except (*_FAULTY, KeyError) as error:
        raise no_workbook() from error
    if charts and largest > UNPACKED_MAX:  # any part may be said to be a sheet with a chart, which is read whole
        raise _too_large()


def check_lines(path: Path, sheet: str) -> None:
    """Look at the part of a workbook that is read line by line: a line is kept until its end, which has to come.

    So has that of a tag; comments stand in no sheet that a program for tables wrote. Raises ``InvalidInput`` and
    ``TooLarge``.
    """
    since, tag, kept = 0, 0, b""
    try:
        with zipfile.ZipFile(path) as packed, packed.open(sheet) as stream:
            while piece := stream.read(2**20):
                ends = [found.end() for found in _LINE_ENDS.finditer(kept + piece)]
                since = len(kept + piece) - ends[-1] if ends else since + len(piece)
                begun, ended = piece.rfind(b"<"), piece.rfind(b">")
                tag = len(piece) - begun if begun > ended else tag + len(piece) if tag and ended < 0 else 0
                if since > LINE_BYTES_MAX or tag > TOKEN_BYTES_MAX:
                    raise _too_large()
                if b"<!" in kept[-1:] + piece:
                    raise no_workbook()
                kept = piece[-64:]  # an end may lie across two pieces
    except (*_FAULTY, KeyError) as error:
        raise no_workbook() from error


def _types(packed: zipfile.ZipFile) -> dict[str, str]:
    """What each part is said to be; a part that is said to be two things is refused."""
    found: dict[str, str] = {}
    body = _unpacked(packed, packed.getinfo("[Content_Types].xml"), 2**20, _Budget())
    for each in ElementTree.fromstring(body):  # noqa: S314  bounded, and without entities
        name = each.get("PartName", "")[1:]
        if name and found.setdefault(name, each.get("ContentType", "")) != each.get("ContentType", ""):
            raise no_workbook()
    return found


def _check_strings(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """A text costs a hundred bytes at least, however little it says."""
    tags = 0
    if part.file_size > STRINGS_BYTES_MAX:
        raise _too_large()
    with packed.open(part) as stream:  # ends at the size that was said
        while piece := stream.read(2**20):
            tags += piece.count(b"<")
            if tags > STRINGS_TAGS_MAX or b"<!DOCTYPE" in piece:
                raise _too_large()


def no_workbook() -> InvalidInput:
    """Return the error for a file that is no workbook."""
    return InvalidInput(
        _("This file is no workbook that can be read."), field="file", remedy=_("Save it as .xlsx or CSV again.")
    )


def _too_large() -> TooLarge:
    return TooLarge(
        _("This workbook holds more than a table of %(most)s lines does."), field="file", most=20_000,
        remedy=_("Copy the table alone into a new workbook, or send it in several parts."),
    )  # fmt: skip


def _unpacked(packed: zipfile.ZipFile, part: zipfile.ZipInfo, most: int, budget: _Budget) -> bytes:
    body, counter = bytearray(), _Counter(budget)
    with packed.open(part) as stream:
        while piece := stream.read(PIECE_BYTES):
            body += piece
            if len(body) > most:
                raise _too_large()
            counter.parser.Parse(piece, False)
            if len(body) - counter.parser.CurrentByteIndex > TOKEN_BYTES_MAX:  # where what has not ended began
                raise _too_large()
    counter.parser.Parse(b"", True)
    return bytes(body)


@dataclass(slots=True)
class _Budget:
    """How many elements may still come."""

    of_cells: int = CELL_ELEMENTS_MAX
    others: int = OTHER_ELEMENTS_MAX


class _Counter:
    """Counts the elements of one part while it comes, and stops at what no table has."""

    def __init__(self, budget: _Budget) -> None:
        self._budget = budget
        self._depth = self._cells = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _begin(self, name: str, _attributes: Mapping[str, str]) -> None:
        kind, budget = name.rpartition(":")[2], self._budget
        self._depth += 1
        if kind in OF_CELLS:
            budget.of_cells -= 1
            self._cells = self._cells + 1 if kind == "c" else 0 if kind == "row" else self._cells
        else:
            budget.others -= 1
        if min(budget.of_cells, budget.others) < 0 or self._cells > CELLS_MAX or self._depth > DEPTH_MAX:
            raise _too_large()

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _doctype(self, *_declared: object) -> None:
        """Refuse entities: no program writes them into a workbook."""
        raise no_workbook()
