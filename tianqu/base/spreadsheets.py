"""Lines of CSV that a spreadsheet opens without taking what somebody wrote for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"  # the media type
MARK: Final = "\ufeff"  # before the first line, by which spreadsheets know UTF-8
# A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection"), full-width signs included.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Where a spreadsheet is set to part cells by these, what stands behind one in a text would be a cell of its own.
PARTING: Final = (";", "\t", "|")


def harmless(cell: object) -> object:
    """Return a cell with an apostrophe before it, if it is a text that would be taken for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def unharmed(text: str) -> str:
    """Return the text to which ``harmless`` gave its apostrophe."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def csv_line(cells: Iterable[object]) -> str:
    """Write a line of CSV (RFC 4180): None is empty, and no text is a formula, nor any part of one."""
    made, line = io.StringIO(), ["" if cell is None else harmless(cell) for cell in cells]
    parted = any(isinstance(cell, str) and any(sign in cell for sign in PARTING) for cell in line)
    csv.writer(made, quoting=csv.QUOTE_ALL if parted else csv.QUOTE_MINIMAL).writerow(line)
    return made.getvalue()
