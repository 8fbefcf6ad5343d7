"""Pages of a pack's list by keyset: the rows of one, and the mark after which the next begins."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tianqu.base.errors import NotFound


def _(message: str) -> str:
    """Mark a sentence for translation and return it unchanged."""
    return message


@dataclass(frozen=True, slots=True)
class RowsPage:
    """A page of rows, and the mark after which the next begins; "" for the last."""

    rows: list[Any]
    after: str = ""


def page_mark(*parts: object) -> str:
    """The mark of a row by what its list is sorted by, safe to be put into an address."""
    told = json.dumps([str(part) for part in parts], ensure_ascii=False)
    return urlsafe_b64encode(told.encode()).decode().rstrip("=")


def marked(mark: str, *, parts: int) -> list[str]:
    """What a mark of so many parts says. Raises ``NotFound`` for one that no page gave."""
    try:
        told = [str(part) for part in json.loads(urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))]
        together = "".join(told)
        if len(told) != parts or "\0" in together or not together.encode():
            raise ValueError("not the parts of a mark")
    except (ValueError, TypeError, RecursionError) as error:
        raise no_page(mark) from error
    return told


def no_page(mark: str) -> NotFound:
    """The error for a mark that no page gave."""
    return NotFound(
        _("This is not the mark of a page."), field="after", value=mark[:80], remedy=_("Begin at the first page.")
    )


def page_of(found: Sequence[Any], limit: int, *, by: Callable[[Any], Sequence[object]]) -> RowsPage:
    """A page of at most ``limit`` of the rows ``found``, which are one more where there is a next page.

    ``by`` says of a row what the list is sorted by, which no other row has.
    """
    shown = list(found[:limit])
    return RowsPage(shown, page_mark(*by(shown[-1])) if len(found) > limit else "")


def rows_of_pages(page_after: Callable[[str], RowsPage]) -> Iterator[Any]:
    """Every row of a list, page by page."""
    after = ""
    while True:
        page = page_after(after)
        yield from page.rows
        after = page.after
        if not after:
            return
