"""Whether a book misses an entry, by the leaves as the database gave them their places in the log.

``leaves.check_leaves`` needs nothing but leaves: a villager's own program hands it those of the log's tiles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import connection

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.balances import seen_book
from tianqu.kernel.ledgers.known_books import book_log_name
from tianqu.kernel.ledgers.leaves import Completeness, check_leaves, number_in


def completeness_of(actor: Actor, *, book: str) -> Completeness:
    """Walk the leaves of a book that have their place in the public log, against the book's own count.

    An entry of the last second has no place yet; it is not missed. Raises ``NotFound`` for a book out of sight.
    """
    name = book_log_name(seen_book(actor, book).code)
    with connection.cursor() as cursor:
        # One statement: whoever posts between two would be counted by the second and not be among the leaves.
        cursor.execute(
            "SELECT (SELECT last FROM journal_book WHERE book = %(name)s), e.leaf, s.index IS NULL"
            " FROM (SELECT) one LEFT JOIN journal_entry e ON e.book = %(name)s"
            " LEFT JOIN journal_sequence s ON s.entry_id = e.id ORDER BY e.book_sequence", {"name": name},
        )  # fmt: skip
        told = cursor.fetchall()
    rows = [(bytes(leaf), waits) for _last, leaf, waits in told if leaf is not None]
    placed = [leaf for leaf, waits in rows if not waits]
    unplaced = {number_in(leaf, name) for leaf, waits in rows if waits}
    found = check_leaves(name, placed, last=told[0][0])
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
