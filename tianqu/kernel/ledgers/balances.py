"""Balances: of an account on any day and at any index of the log, of a whole book, and of all books in a place.

A balance on a day is the sum of whole years before, whole months of that year, and the days of that month, so that it
costs the same however old a book is. All are debit-positive and in the ledger's smallest unit; ``on_own_side`` turns
them to where the account grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection, transaction

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.kernel.journal.api import Actor, log_size
from tianqu.kernel.ledgers.books import (
    ACCOUNTS_MAX,
    account_with,
    book_called,
    check_day,
    no_account,
    too_many_accounts,
)
from tianqu.kernel.ledgers.known_books import WITHIN_SCOPE, book_log_name, no_book, scope_values
from tianqu.kernel.ledgers.models import Account, Book, Side
from tianqu.kernel.ledgers.posting import hold_numbers
from tianqu.kernel.places.api import require, within_scope

WIDE_BOOKS: Final = 500
WIDE_PART: Final = 3  # reading all sums takes as long as looking up the accounts of a third of the books
WIDE_MEMORY: Final = "64MB"  # for the sums of half a million accounts


@dataclass(frozen=True, slots=True)
class Balance:
    """What was posted on an account up to the end of a day: all debits, all credits, and what is pending now."""

    account_id: int
    debit: int
    credit: int
    pending_debit: int = 0
    pending_credit: int = 0

    @property
    def amount(self) -> int:
        """Debits less credits."""
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class TrialLine:
    """An account in a trial balance."""

    account_id: int
    ledger: str
    unit: str
    chart: str
    code: str
    name: str
    name_en: str
    element: str
    side: str
    parent_id: int | None
    debit: int
    credit: int

    @property
    def amount(self) -> int:
        """Debits less credits."""
        return self.debit - self.credit

    @property
    def on_own_side(self) -> int:
        """The balance on the side where the account grows."""
        return self.amount if self.side == Side.DEBIT else -self.amount


# A day's balance begins with whole years, then months, of everything before the next day: on the last day of a month no
# leg is read.
_YEAR: Final = "date_trunc('year', %(day)s::timestamp + interval '1 day')::date"
_MONTH: Final = "date_trunc('month', %(day)s::timestamp + interval '1 day')::date"


def _up_to(chosen: str) -> str:
    """Every kept sum and leg that makes up the balances at the end of a day, of the accounts that a join chooses."""
    return f"""
        SELECT t.account_id, t.debit, t.credit FROM ledgers_total t {chosen.format("t")}
            WHERE t.months = 12 AND t.starts_on < {_YEAR}
        UNION ALL
        SELECT t.account_id, t.debit, t.credit FROM ledgers_total t {chosen.format("t")}
            WHERE t.months = 1 AND t.starts_on >= {_YEAR} AND t.starts_on < {_MONTH}
        UNION ALL
        SELECT l.account_id, greatest(l.amount, 0), greatest(-l.amount, 0) FROM ledgers_leg l {chosen.format("l")}
            WHERE NOT l.held AND l.day >= {_MONTH} AND l.day <= %(day)s::date
    """  # noqa: S608  names are constants


# Sums of the legs up to the end of a day, for the accounts that ``chosen`` yields.
UP_TO: Final = f"""
    SELECT s.account_id, sum(s.debit)::bigint AS debit, sum(s.credit)::bigint AS credit
    FROM ({_up_to("JOIN chosen c ON c.id = {}.account_id")}) s GROUP BY s.account_id
"""  # noqa: S608
_BALANCE: Final = f"""
WITH chosen AS MATERIALIZED (SELECT id, pending_debit, pending_credit FROM ledgers_account WHERE id = %(account)s)
SELECT c.id, coalesce(u.debit, 0), coalesce(u.credit, 0), c.pending_debit, c.pending_credit
FROM chosen c LEFT JOIN ({UP_TO}) u ON u.account_id = c.id
"""  # noqa: S608  names are constants
_TRIAL: Final = f"""
WITH chosen AS MATERIALIZED (SELECT id FROM ledgers_account WHERE book_id = %(book)s)
SELECT a.id, g.code, g.unit, a.chart, a.code, a.name, a.name_en, a.element, a.side, a.parent_id,
    coalesce(u.debit, 0), coalesce(u.credit, 0)
FROM ledgers_account a JOIN ledgers_ledger g ON g.id = a.ledger_id
    LEFT JOIN ({UP_TO}) u ON u.account_id = a.id
WHERE a.book_id = %(book)s AND a.opened_on <= %(day)s ORDER BY g.code, a.chart, a.code LIMIT {ACCOUNTS_MAX + 1}
"""  # noqa: S608
_AT_INDEX: Final = """
SELECT coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0)::bigint,
    coalesce(sum(-l.amount) FILTER (WHERE l.amount < 0), 0)::bigint
FROM ledgers_leg l
    JOIN journal_entry e ON e.book = %(book)s AND e.book_sequence = l.number
    JOIN journal_sequence s ON s.entry_id = e.id
WHERE l.account_id = %(account)s AND NOT l.held AND s.index <= %(index)s
    AND (%(day)s::date IS NULL OR l.day <= %(day)s::date)
"""


def balance_of(actor: Actor, *, account_id: int, on: date | None = None) -> Balance:
    """Return the balance of an account at the end of a day; without a day, of everything that was ever posted.

    What is pending is told as it stands now. Raises ``NotFound`` for an account out of sight.
    """
    account = seen_account(actor, account_id)
    if on is None:
        return Balance(
            account.id, account.posted_debit, account.posted_credit, account.pending_debit, account.pending_credit
        )
    check_day(on, field="on")
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE, {"account": account_id, "day": on})
        return Balance(*cursor.fetchone())


# By how much an account stands below a day's balance on the day after it on which it is lowest.
_LEAST: Final = """
SELECT day, (sum(sum(amount)) OVER (ORDER BY day))::bigint FROM ledgers_leg
WHERE account_id = %s AND NOT held AND day > %s GROUP BY day ORDER BY 2, 1 LIMIT 1
"""


def least_balance_since(actor: Actor, *, account_id: int, day: date) -> tuple[date, int]:
    """Return the least that an account held at the end of a day, from ``day`` on, and when that was first.

    Debits less credits, of what is posted. Raises ``NotFound`` for an account out of sight.
    """
    held = balance_of(actor, account_id=account_id, on=day).amount
    with connection.cursor() as cursor:
        cursor.execute(_LEAST, [account_id, day])
        row = cursor.fetchone()
    return (row[0], held + row[1]) if row is not None and row[1] < 0 else (day, held)


def balance_at_index(actor: Actor, *, account_id: int, index: int, on: date | None = None) -> Balance:
    """Return the balance of an account as it was when the log held the entries up to ``index``, included.

    With a day, of the legs up to that day as they were known then: what was posted later, though dated earlier, is
    not in it.
    Raises ``InvalidInput`` for an index that the log has not reached, and for a day that cannot be meant.
    """
    if index < 0:
        raise InvalidInput(_("An index begins at 0."), field="index", value=index)
    if on is not None:
        check_day(on, field="on")
    account = seen_account(actor, account_id)
    size = log_size()
    if index >= size:
        raise InvalidInput(
            _("The log has no entry %(value)s yet."), field="index", value=index,
            remedy=_("Give an index below %(size)s."), size=size,
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            _AT_INDEX, {"book": f"book:{account.book.code}", "account": account_id, "index": index, "day": on}
        )
        return Balance(account_id, *cursor.fetchone())


def trial_balance(actor: Actor, *, book: str, on: date) -> list[TrialLine]:
    """Return every account of a book that had been opened by a day, with its sums at the end of that day.

    One that was closed by then is among them: what it moved is part of the sums. In each ledger the debits of all lines
    equal the credits. Raises ``NotFound`` for a book out of sight, ``TooLarge`` beyond 20,000 accounts: a list that was
    cut would not balance.
    """
    found = seen_book(actor, book)
    check_day(on, field="on")
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL, {"book": found.id, "day": on})
        rows = cursor.fetchall()
    if len(rows) > ACCOUNTS_MAX:
        raise too_many_accounts(found.code, most=ACCOUNTS_MAX)
    return [TrialLine(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """Accounts of one code, in all books below a place together."""

    unit: str
    chart: str
    code: str
    name: str
    name_en: str
    element: str
    side: str
    books: int
    debit: int
    credit: int


# How many books a place has within a scope, and about how many there are in all.
_BOOKS: Final = f"""
SELECT count(*), (SELECT reltuples FROM pg_class WHERE oid = 'ledgers_book'::regclass)
FROM ledgers_book b WHERE b.place_path <@ %(path)s::ltree AND {WITHIN_SCOPE}
"""  # noqa: S608  names are constants
# Few books: each account's sums are looked up.
_PLACE: Final = f"""
WITH chosen AS MATERIALIZED (
    SELECT a.id, a.book_id, g.unit, a.chart, a.code, a.name, a.name_en, a.element, a.side
    FROM ledgers_book b JOIN ledgers_account a ON a.book_id = b.id JOIN ledgers_ledger g ON g.id = a.ledger_id
    WHERE b.place_path <@ %(path)s::ltree AND {WITHIN_SCOPE}
), u AS ({UP_TO})
SELECT c.unit, c.chart, c.code, min(c.name), min(c.name_en), c.element, c.side, count(DISTINCT c.book_id),
    sum(u.debit)::bigint, sum(u.credit)::bigint
FROM u JOIN chosen c ON c.id = u.account_id
GROUP BY c.unit, c.chart, c.code, c.element, c.side ORDER BY c.unit, c.chart, c.code LIMIT {ACCOUNTS_MAX + 1}
"""  # noqa: S608  names are constants
# Many books: the sums of all accounts are read in one go, and only then asked whose they are. Each book is one line of
# a code before all of them are, so that books are counted once, by keys that are compared byte by byte.
_WIDE: Final = f"""
SELECT o.unit, o.chart, o.code, min(o.name), min(o.name_en), o.element, o.side, count(*), sum(o.debit)::bigint,
    sum(o.credit)::bigint
FROM (
    SELECT a.book_id, g.unit COLLATE "C" AS unit, a.chart COLLATE "C" AS chart, a.code COLLATE "C" AS code,
        a.element COLLATE "C" AS element, a.side COLLATE "C" AS side, min(a.name) AS name, min(a.name_en) AS name_en,
        sum(u.debit) AS debit, sum(u.credit) AS credit
    FROM (
        SELECT s.account_id, sum(s.debit)::bigint AS debit, sum(s.credit)::bigint AS credit
        FROM ({_up_to("")}) s GROUP BY s.account_id
    ) u JOIN ledgers_account a ON a.id = u.account_id JOIN ledgers_ledger g ON g.id = a.ledger_id
    WHERE a.book_id IN (
        SELECT b.id FROM ledgers_book b WHERE b.place_path <@ %(path)s::ltree AND {WITHIN_SCOPE})
    GROUP BY 1, 2, 3, 4, 5, 6
) o
GROUP BY o.unit, o.chart, o.code, o.element, o.side ORDER BY o.unit, o.chart, o.code LIMIT {ACCOUNTS_MAX + 1}
"""  # noqa: S608


def place_trial_balance(actor: Actor, *, place_path: str, on: date) -> list[PlaceLine]:
    """Return the sums of all books at or below a place within the actor's sight, by chart and code.

    Raises ``TooLarge`` beyond 20,000 codes: a list that was cut would not balance.
    """
    require(actor, "ledgers.see")
    check_day(on, field="on")
    rows = _place_lines({"path": place_path, "day": on, **scope_values(actor.scope)})
    if len(rows) > ACCOUNTS_MAX:
        raise TooLarge(
            _("The books of this place have more than %(most)s accounts of different codes."), field="place_path",
            value=place_path[:80], most=ACCOUNTS_MAX, remedy=_("Choose a smaller place."),
        )  # fmt: skip
    return [PlaceLine(*row) for row in rows]


def _place_lines(values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BOOKS, values)
        books, of_all = cursor.fetchone()
        wide = books >= WIDE_BOOKS and books * WIDE_PART >= of_all
        if wide:  # the planner knows nothing of how many books a path has; without these it would look each up
            cursor.execute(
                "SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', %s, true)", [WIDE_MEMORY]
            )
        cursor.execute(_WIDE if wide else _PLACE, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        if wide:
            cursor.execute("RESET enable_nestloop; RESET work_mem")
        return rows


def seen_account(actor: Actor, account_id: int) -> Account:
    """Return an account that the actor may read. Raises ``NotFound``, and ``NotPermitted`` without ledgers.see."""
    require(actor, "ledgers.see")
    account = account_with(account_id)
    if not within_scope(actor.scope, account.book):
        raise no_account(account_id)
    return account


def seen_book(actor: Actor, code: str) -> Book:
    """Return a book that the actor may read. Raises ``NotFound``, and ``NotPermitted`` without ledgers.see."""
    require(actor, "ledgers.see")
    book = book_called(code)
    if not within_scope(actor.scope, book):
        raise no_book(code)
    return book


def hold_books(actor: Actor, *, codes: Sequence[str]) -> None:
    """Let nobody post in these books until the transaction ends, so that several questions are about one moment.

    Whoever is posting is waited for. Raises as ``seen_book`` does; books are held in one order, so that two who hold
    several do not wait for each other.
    """
    assert connection.in_atomic_block, "nothing is held outside a transaction"
    for name in sorted(book_log_name(seen_book(actor, code).code) for code in codes):
        hold_numbers(name)
