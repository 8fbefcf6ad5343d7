"""Lines of CSV and lists of numbers as people type them."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_BETWEEN: Final = re.compile(r"[,;、；\s]+")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute, once it is opened in one


def csv_line(cells: Sequence[str]) -> bytes:
    """Return one line; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return line.getvalue().encode()


def numbers_typed(text: str) -> list[str]:
    """Return the numbers of a list with commas, blanks or 、 between them, full-width ones as plain, each once."""
    found = _BETWEEN.split(unicodedata.normalize("NFKC", text))
    return list(dict.fromkeys(number for number in found if number))
