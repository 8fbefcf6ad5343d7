"""Books as a process knows them, so that posting reads nothing: what they are called in the log, and whose they are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Scope
from tianqu.kernel.places.api import within_scope

KEPT_SECONDS: Final = 5.0  # a place that moved takes its books with it within this time in each process
KEPT_MAX: Final = 50_000
_kept: dict[str, tuple[float, KnownBook]] = {}


# Of a book ``b``: what ``within_scope`` says of one, for queries over many. Row-level security is the second wall.
WITHIN_SCOPE: Final = (
    "(%(everything)s OR b.unit_id = ANY (%(scope_units)s::uuid[]) OR %(scope_places)s::ltree[] @> b.place_path)"
)


def scope_values(scope: Scope) -> dict[str, Any]:
    """Return what ``WITHIN_SCOPE`` asks for."""
    return {
        "everything": scope.everything, "scope_units": list(scope.unit_ids), "scope_places": list(scope.place_paths)
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnownBook:
    """A book with what decides who may work on it."""

    id: UUID
    code: str
    unit_id: UUID | None
    place_path: str

    @property
    def log_name(self) -> str:
        """What the book's entries in the public log carry."""
        return book_log_name(self.code)


def book_log_name(code: str) -> str:
    """Return what the entries of the book with this code carry in the public log."""
    return f"book:{code}"


def known_book(code: str, scope: Scope) -> KnownBook:
    """Return a book within ``scope``. Raises ``NotFound``; what lies beyond the scope is not told apart."""
    return known_books((code,), scope)[0]


def known_books(codes: Sequence[str], scope: Scope) -> list[KnownBook]:
    """Return books within ``scope`` in the order of ``codes``, read by one statement. Raises as ``known_book`` does."""
    now = time.monotonic()
    known = {code: kept[1] for code in codes if (kept := _kept.get(code)) and kept[0] >= now}
    unknown = [code for code in codes if code not in known]
    if unknown:
        known |= _look_up(unknown, until=now + KEPT_SECONDS)
    for code in codes:
        if code not in known or not within_scope(scope, known[code]):
            raise no_book(code)
    return [known[code] for code in codes]


def _look_up(codes: list[str], *, until: float) -> dict[str, KnownBook]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.id, k.code, k.unit_id, k.place_path::text FROM unnest(%s::text[]) asked, ledgers_known(asked) k",
            [[code[:200] for code in codes]],
        )
        found = {book.code: book for book in (KnownBook(*row) for row in cursor.fetchall())}
    if len(_kept) + len(found) > KEPT_MAX:
        _kept.clear()
    for code, book in found.items():
        _kept[code] = (until, book)
    return found


def forget_books() -> None:
    """Forget what this process knows of books."""
    _kept.clear()


def no_book(code: str, *, field: str = "book") -> NotFound:
    """Return the error for a book that is not there, or not within sight: the two are not told apart."""
    return NotFound(
        _("There is no book %(value)s."), field=field, value=code[:80],
        remedy=_("Look its code up in the list of the books that you may see."),
    )  # fmt: skip
