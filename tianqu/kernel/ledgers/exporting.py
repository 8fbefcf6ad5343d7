"""Whole books for other programs: accounts, and everything that was ever posted, in order, a little at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import TooLarge, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.balances import seen_book
from tianqu.kernel.ledgers.books import ACCOUNTS_MAX, check_day, too_many_accounts
from tianqu.kernel.ledgers.known_books import book_log_name
from tianqu.kernel.ledgers.models import Account, Book
from tianqu.kernel.ledgers.reading import LIMIT_MAX, books_list

BLOCK: Final = 5_000  # postings that are fetched at once
EXPORTED_MAX: Final = 50_000  # postings that are made up in memory, for an answer over HTTP
NUMBERS_MAX: Final = 100_000
LAST_DAY: Final = date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class ExportedAccount:
    """An account of a book, with the ledger and the unit that it is counted in."""

    id: int
    ledger: str
    unit: str
    chart: str
    code: str
    name: str
    name_en: str
    element: str
    side: str
    opened_on: date


@dataclass(frozen=True, slots=True)
class Posting:
    """What a transfer moved once it took effect: legs as (account, amount), debits positive, in the smallest units.

    ``day`` and ``number`` are those of the transfer, or of the resolution that posted a pending one. What is pending
    still, or was voided, moved nothing and is not here.
    """

    day: date
    number: int
    transfer_id: UUID
    kind: str
    purpose: str
    reference: str
    voucher: str
    legs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ExportedBook:
    """A book with its accounts, ready to be written down; its postings come from ``book_postings``."""

    id: UUID
    code: str
    name: str
    name_en: str
    first_day: date
    accounts: dict[int, ExportedAccount]


def exported_book(actor: Actor, *, book: str) -> ExportedBook:
    """Return a book with its accounts. Raises ``NotFound`` for one out of sight."""
    return _with_accounts(seen_book(actor, book))


def exported_books(actor: Actor, *, place_path: str) -> Iterator[ExportedBook]:
    """Yield the books at or below a place that are within the actor's sight, by code."""
    after: str | None = None
    while True:
        page = books_list(actor, place_path=place_path, after=after, limit=LIMIT_MAX)
        yield from map(_with_accounts, page.rows)
        if page.after is None:
            return
        after = page.after


def _with_accounts(book: Book) -> ExportedBook:
    rows = list(Account.objects.filter(book=book).select_related("ledger").order_by("id")[: ACCOUNTS_MAX + 1])
    if len(rows) > ACCOUNTS_MAX:
        raise too_many_accounts(book.code, most=ACCOUNTS_MAX)
    accounts = {
        row.id: ExportedAccount(
            row.id, row.ledger.code, row.ledger.unit, row.chart, row.code, row.name, row.name_en, row.element, row.side,
            row.opened_on,
        )
        for row in rows
    }  # fmt: skip
    return ExportedBook(book.id, book.code, book.name, book.name_en, book.first_day, accounts)


_POSTINGS: Final = """
WITH chosen AS MATERIALIZED (
    SELECT t.id, t.day, t.number, t.kind, t.purpose, t.reference, t.voucher FROM ledgers_transfer t
    WHERE t.book_id = %(book)s AND NOT t.pending AND t.number > %(after)s AND t.day <= %(until)s
    UNION ALL
    SELECT t.id, r.day, r.number, t.kind, t.purpose, t.reference, t.voucher
    FROM ledgers_transfer t JOIN ledgers_resolution r ON r.transfer_id = t.id AND r.outcome = 'posted'
    WHERE t.book_id = %(book)s AND t.pending AND r.number > %(after)s AND r.day <= %(until)s
    ORDER BY number LIMIT %(limit)s
)
SELECT c.*, l.account_id, l.amount FROM chosen c JOIN ledgers_leg l ON l.transfer_id = c.id AND NOT l.held
ORDER BY c.number, l.position
"""


def few_postings(book: ExportedBook, *, until: date | None = None) -> list[Posting]:
    """Return what ``book_postings`` yields. Raises ``TooLarge`` for more than ``EXPORTED_MAX``."""
    postings = list(islice(book_postings(book, until=until), EXPORTED_MAX + 1))
    if len(postings) > EXPORTED_MAX:
        raise TooLarge(
            _("This book has more than %(most)s postings."), field="book", value=book.code, most=EXPORTED_MAX,
            remedy=_("Use the command tianqu books export, or an earlier day."),
        )  # fmt: skip
    return postings


def book_postings(book: ExportedBook, *, until: date | None = None) -> Iterator[Posting]:
    """Yield everything that took effect up to the end of a day, in the order of the book's own numbers.

    What is posted meanwhile has a higher number than what was there, and is yielded too where it comes in time; whoever
    must not see it gives a day that is over, or holds one snapshot around this.
    """
    if until is not None:
        check_day(until, field="until")
    after = 0
    while True:
        parameters: dict[str, Any] = {"book": book.id, "after": after, "until": until or LAST_DAY, "limit": BLOCK}
        with connection.cursor() as cursor:
            cursor.execute(_POSTINGS, parameters)
            rows = cursor.fetchall()
        count = 0
        for (transfer_id, day, number, *words), legs in groupby(rows, key=itemgetter(slice(0, 7))):
            kind, purpose, reference, voucher = words
            moved = tuple((leg[7], leg[8]) for leg in legs)
            yield Posting(day, number, transfer_id, kind, purpose, reference, voucher, moved)
            after, count = number, count + 1
        if count < BLOCK:
            return


_BETWEEN: Final = """
SELECT l.day, l.number, l.transfer_id, t.kind, t.purpose, t.reference, t.voucher, l.account_id, l.amount
FROM ledgers_account a JOIN ledgers_leg l ON l.account_id = a.id AND NOT l.held
    AND l.day BETWEEN %(first)s AND %(last)s
    JOIN ledgers_transfer t ON t.id = l.transfer_id
WHERE a.book_id = %(book)s ORDER BY l.number, l.position LIMIT %(limit)s
"""


def postings_between(actor: Actor, *, book: str, first_day: date, last_day: date) -> list[Posting]:
    """Return everything that took effect between two days, both included, by the book's own numbers.

    Raises ``NotFound`` for a book out of sight, ``TooLarge`` for more than ``EXPORTED_MAX`` legs.
    """
    found = seen_book(actor, book)
    check_day(first_day, field="first_day")
    check_day(last_day, field="last_day")
    parameters: dict[str, Any] = {"book": found.id, "first": first_day, "last": last_day, "limit": EXPORTED_MAX + 1}
    with connection.cursor() as cursor:
        cursor.execute(_BETWEEN, parameters)
        rows = cursor.fetchall()
    if len(rows) > EXPORTED_MAX:
        raise TooLarge(
            _("This book has more than %(most)s postings."), field="book", value=book, most=EXPORTED_MAX,
            remedy=_("Ask for fewer days."),
        )  # fmt: skip
    postings = []
    for (day, number, transfer_id, *words), legs in groupby(rows, key=itemgetter(slice(0, 7))):
        kind, purpose, reference, voucher = words
        moved = tuple((leg[7], leg[8]) for leg in legs)
        postings.append(Posting(day, number, transfer_id, kind, purpose, reference, voucher, moved))
    return postings


@dataclass(frozen=True, slots=True)
class NumberUse:
    """What a number of a book stands for.

    ``posted`` and ``pending`` are transfers, ``settled`` and ``voided`` what became of a pending one; ``kept`` is
    anything else: an account that was opened, a period that was closed. ``day`` is the business day, None for ``kept``.
    """

    number: int
    what: str
    day: date | None
    kind: str


_NUMBERS: Final = """
SELECT n.number, coalesce(u.what, 'kept'), u.day, coalesce(u.kind, '')
FROM generate_series(1, (SELECT last FROM journal_book WHERE book = %(name)s)) AS n (number) LEFT JOIN (
    SELECT t.number, CASE WHEN t.pending THEN 'pending' ELSE 'posted' END AS what, t.day, t.kind
    FROM ledgers_transfer t WHERE t.book_id = %(book)s
    UNION ALL
    SELECT r.number, CASE r.outcome WHEN 'posted' THEN 'settled' ELSE 'voided' END, r.day, t.kind
    FROM ledgers_transfer t JOIN ledgers_resolution r ON r.transfer_id = t.id
    WHERE t.book_id = %(book)s AND t.pending
) u ON u.number = n.number ORDER BY n.number LIMIT %(limit)s
"""


def number_uses(actor: Actor, *, book: str) -> list[NumberUse]:
    """Return what each number of a book stands for, from 1 to its newest.

    Raises ``NotFound`` for a book out of sight, ``TooLarge`` for one with more than ``NUMBERS_MAX``.
    """
    found = seen_book(actor, book)
    parameters: dict[str, Any] = {"book": found.id, "name": book_log_name(found.code), "limit": NUMBERS_MAX + 1}
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, parameters)
        rows = cursor.fetchall()
    if len(rows) > NUMBERS_MAX:
        raise TooLarge(
            _("A book of more than %(most)s entries is not told number by number."), field="book", value=book,
            most=NUMBERS_MAX,
        )  # fmt: skip
    return [NumberUse(*row) for row in rows]
