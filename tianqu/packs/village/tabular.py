"""A list as a CSV file, and lists of numbers as people type them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext

from tianqu.base.spreadsheets import MARK, csv_line
from tianqu.kernel.places.api import places_at
from tianqu.packs.village.queries import RegisterPage
from tianqu.packs.village.words import shown

EXPORT_ROWS: Final = 100_000
EXPORT_PAGE: Final = 500
_BETWEEN: Final = re.compile(r"[,;、；\s]+")
Cells = Sequence[object]


def village_names(rows: Iterable[Any]) -> dict[str, str]:
    """What the villages of some rows are called, by path."""
    return {path: shown(place) for path, place in places_at({row.place_path for row in rows}).items()}


def exported(
    heads: Cells,
    page_after: Callable[[str | None], RegisterPage[Any]],
    cells: Callable[[Any, Mapping[str, str]], Cells],
) -> Iterator[bytes]:
    """Return a list as CSV, page by page, with the mark that spreadsheets need. A last line says what is left out.

    ``page_after`` returns the page after a mark; ``cells`` the cells of a row, given the names of villages by path.
    What cannot be listed is refused at once, and not in the midst of a file.
    """
    return _written(heads, page_after(None), page_after, cells)


def _written(
    heads: Cells,
    page: RegisterPage[Any],
    page_after: Callable[[str | None], RegisterPage[Any]],
    cells: Callable[[Any, Mapping[str, str]], Cells],
) -> Iterator[bytes]:
    yield f"{MARK}{csv_line(heads)}".encode()
    for _page in range(EXPORT_ROWS // EXPORT_PAGE):
        names = village_names(page.rows)
        yield "".join(csv_line(cells(row, names)) for row in page.rows).encode()
        if page.after is None:
            return
        page = page_after(page.after)
    said = gettext("There are more than %(most)s; narrow the list by its filters.") % {"most": f"{EXPORT_ROWS:,}"}
    yield csv_line([said]).encode()


def numbers_typed(text: str) -> list[str]:
    """Return the numbers of a list with commas, blanks or 、 between them, full-width ones as plain, each once."""
    found = _BETWEEN.split(unicodedata.normalize("NFKC", text))
    return list(dict.fromkeys(number for number in found if number))
