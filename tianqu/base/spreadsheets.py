"""Lines of CSV that a spreadsheet opens without taking what somebody wrote for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"  # the media type
MARK: Final = "\ufeff"  # before the first line, by which spreadsheets know UTF-8
# A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection").
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: object) -> object:
    """Return a cell with an apostrophe before it, if it is a text that would be taken for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def csv_line(cells: Iterable[object]) -> str:
    """Write a line of CSV (RFC 4180): None is empty, and no text is a formula."""
    made = io.StringIO()
    csv.writer(made).writerow(["" if cell is None else harmless(cell) for cell in cells])
    return made.getvalue()
