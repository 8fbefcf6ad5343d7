"""Whether a book misses an entry, by the leaves as the database gave them their places in the log.

``leaves.check_leaves`` needs nothing but leaves: a villager's own program hands it those of the log's tiles.
"""

from __future__ import annotations

from django.db import connection

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.balances import seen_book
from tianqu.kernel.ledgers.known_books import book_log_name
from tianqu.kernel.ledgers.leaves import Completeness, check_leaves, number_in


def completeness_of(actor: Actor, *, book: str) -> Completeness:
    """Walk the leaves of a book that have their place in the public log, against the book's own count.

    An entry of the last second has no place yet; it is not missed. At most a thousand spans and repeated numbers are
    named. Raises ``NotFound`` for a book out of sight.
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
    waiting = {number for leaf, waits in rows if waits and (number := number_in(leaf, name)) is not None}
    return check_leaves(name, placed, last=told[0][0], waiting=waiting)
