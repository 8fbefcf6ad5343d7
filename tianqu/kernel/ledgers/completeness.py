"""Whether a book misses an entry. Every leaf of a book says its number, so whoever has the public log can tell.

``check_leaves`` needs nothing but leaves: a villager's own program hands it those of the log's tiles. The query here
walks the leaves as the database gave them their places in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.db import connection

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.balances import seen_book
from tianqu.kernel.ledgers.known_books import book_log_name

SPANS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Completeness:
    """What a walk over a book's leaves found. ``missing`` are spans of numbers, from and to, both included.

    ``last`` is the highest number that ought to be there: the book's own count where it is known, else the highest
    that was found. At most a thousand spans and repeated numbers are named.
    """

    book: str
    last: int
    found: int
    missing: tuple[tuple[int, int], ...]
    repeated: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Whether every number stands there once."""
        return not self.missing and not self.repeated


def check_leaves(book: str, leaves: Iterable[bytes], *, last: int | None = None) -> Completeness:
    """Check that the leaves of a log hold every number of a book once, from 1 to ``last``; other leaves are passed by.

    ``book`` is what the leaves carry: "book:" and its code. A leaf that cannot be read is none of the book.
    """
    numbers: dict[int, int] = {}
    mark = orjson.dumps(book)
    for leaf in leaves:
        if mark not in leaf:
            continue
        number = _number_in(leaf, book)
        if number is not None:
            numbers[number] = numbers.get(number, 0) + 1
    top = max(numbers, default=0) if last is None else last
    repeated = tuple(sorted(number for number, count in numbers.items() if count > 1 or not 1 <= number <= top))
    return Completeness(book, top, len(numbers), tuple(_gaps(sorted(numbers), top))[:SPANS_MAX], repeated[:SPANS_MAX])


def _number_in(leaf: bytes, book: str) -> int | None:
    try:
        told: Any = orjson.loads(leaf)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict) or told.get("book") != book:
        return None
    number = told.get("book_sequence")
    return number if type(number) is int else None


def _gaps(numbers: list[int], last: int) -> Iterator[tuple[int, int]]:
    expected = 1
    for number in numbers:
        if number > expected:
            yield expected, min(number - 1, last)
        expected = max(expected, number + 1)
    if expected <= last:
        yield expected, last


def completeness_of(actor: Actor, *, book: str) -> Completeness:
    """Walk the leaves of a book that have their place in the public log, against the book's own count.

    An entry of the last second has no place yet; it is not missed. Raises ``NotFound`` for a book out of sight.
    """
    name = book_log_name(seen_book(actor, book).code)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.leaf, s.index IS NULL FROM journal_entry e LEFT JOIN journal_sequence s ON s.entry_id = e.id"
            " WHERE e.book = %s ORDER BY e.book_sequence", [name],
        )  # fmt: skip
        rows = [(bytes(leaf), waits) for leaf, waits in cursor.fetchall()]
        cursor.execute("SELECT last FROM journal_book WHERE book = %s", [name])
        count = cursor.fetchone()
    placed = [leaf for leaf, waits in rows if not waits]
    unplaced = {_number_in(leaf, name) for leaf, waits in rows if waits}
    found = check_leaves(name, placed, last=count[0] if count else None)
    missing = tuple(span for span in _without(found.missing, unplaced))
    return Completeness(name, found.last, found.found, missing, found.repeated)


def _without(spans: Iterable[tuple[int, int]], numbers: set[int | None]) -> Iterator[tuple[int, int]]:
    """Spans without the numbers that are known to be on their way."""
    for first, last in spans:
        yield from _gaps_between(first, last=last, numbers=numbers)


def _gaps_between(first: int, *, last: int, numbers: set[int | None]) -> Iterator[tuple[int, int]]:
    begin = first
    for number in sorted(number for number in numbers if number is not None and first <= number <= last):
        if number > begin:
            yield begin, number - 1
        begin = number + 1
    if begin <= last:
        yield begin, last
