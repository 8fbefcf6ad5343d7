"""Books as a process knows them, so that posting reads nothing: what they are called in the log, and whose they are."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Scope
from tianqu.kernel.places.api import within_scope

KEPT_SECONDS: Final = 5.0  # a place that moved takes its books with it within this time in each process
KEPT_MAX: Final = 50_000
_kept: dict[str, tuple[float, KnownBook]] = {}


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
    now = time.monotonic()
    kept = _kept.get(code)
    if kept is None or kept[0] < now:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, code, unit_id, place_path::text FROM ledgers_known(%s)", [code[:200]])
            row = cursor.fetchone()
        if row is None:
            raise _no_book(code)
        if len(_kept) >= KEPT_MAX:
            _kept.clear()
        kept = _kept[code] = (now + KEPT_SECONDS, KnownBook(*row))
    if not within_scope(scope, kept[1]):
        raise _no_book(code)
    return kept[1]


def forget_books() -> None:
    """Forget what this process knows of books."""
    _kept.clear()


def _no_book(code: str) -> NotFound:
    return NotFound(_("There is no book %(value)s."), field="book", value=code[:80])
