"""Pages of a list, by keyset: each page says where the next begins, so that nothing is told twice or left out."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field

from tianqu.base.errors import NotFound, _

Row = TypeVar("Row")
Next = Annotated[str | None, Field(description="Send it as `after` for the next page; null: this was the last.")]


class Page(BaseModel, Generic[Row]):
    """A page of a list."""

    rows: list[Row]
    next: Next = None


def cursor_of(mark: object) -> str | None:
    """Return the cursor that stands for a mark, safe to be put into an address."""
    return None if mark is None else urlsafe_b64encode(str(mark).encode()).decode().rstrip("=")


def mark_of(cursor: str | None) -> str | None:
    """Return the mark that a cursor stands for. Raises ``NotFound`` for one that no page gave."""
    if not cursor:
        return None
    try:
        mark = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        if "\0" in mark:  # no text of the database holds one
            raise ValueError("not the mark of a page")
    except ValueError as error:
        raise no_page(cursor) from error
    return mark


def identifier_of(cursor: str | None) -> UUID | None:
    """Return the identifier that a cursor stands for. Raises ``NotFound``."""
    mark = mark_of(cursor)
    try:
        return UUID(mark) if mark else None
    except ValueError as error:
        raise no_page(cursor) from error


def number_of(cursor: str | None) -> int | None:
    """Return the number that a cursor stands for. Raises ``NotFound``."""
    mark = mark_of(cursor)
    if mark is None:
        return None
    if not (mark.isascii() and mark.isdigit() and len(mark) < 19):
        raise no_page(cursor)
    return int(mark)


def no_page(cursor: object) -> NotFound:
    """Return the error for a cursor that no page gave."""
    return NotFound(
        _("This is not the mark of a page."), field="after", value=str(cursor)[:80],
        remedy=_("Use the `next` that the page before gave, or none."),
    )  # fmt: skip


def page_of(found: Iterable[Any], limit: int, *, key: str) -> dict[str, Any]:
    """Make a page of at most ``limit`` of the rows ``found``, which are one more where there is a next page."""
    rows: Sequence[Any] = list(found)
    more = len(rows) > limit
    rows = rows[:limit]
    return {"rows": rows, "next": cursor_of(getattr(rows[-1], key)) if more else None}
