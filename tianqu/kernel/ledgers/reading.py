"""Reading books: lists of books, accounts and transfers within one's sight, and the statement of an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.balances import balance_of, seen_account, seen_book
from tianqu.kernel.ledgers.books import YEARS, check_day
from tianqu.kernel.ledgers.models import Account, Book, Ledger, Outcome, Period, Resolution, Transfer, Waiting
from tianqu.kernel.ledgers.movements import check_days
from tianqu.kernel.ledgers.periods import periods_of
from tianqu.kernel.places.api import require, within_scope

LIMIT_MAX: Final = 500
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class BookPage(Generic[Row]):
    """Rows of a list, and the mark after which the next page begins; None where this was the last."""

    rows: Sequence[Row]
    after: str | None


@dataclass(frozen=True, slots=True)
class BookDetail:
    """A book with its ledgers and periods."""

    id: UUID
    code: str
    name: str
    name_en: str
    unit_id: UUID | None
    place_id: UUID
    place_path: str
    first_day: date
    ledgers: list[Ledger]
    periods: list[Period]


def books_list(
    actor: Actor, *, place_path: str | None = None, text: str = "", after: str | None = None, limit: int = 50
) -> BookPage[Book]:
    """List the books within the actor's sight by code, those at or below a place, by a part of their name."""
    require(actor, "ledgers.see")
    limit = bounded(limit)
    rows = Book.objects.order_by("code")
    if not actor.scope.everything:
        seen = Q(unit_id__in=actor.scope.unit_ids)
        for path in actor.scope.place_paths:
            seen |= Q(place_path__under=path)
        rows = rows.filter(seen)
    if place_path is not None:
        rows = rows.filter(place_path__under=place_path)
    if words := text.strip():
        rows = rows.filter(Q(code__startswith=words) | Q(name__contains=words) | Q(name_en__icontains=words))
    if after is not None:
        rows = rows.filter(code__gt=after)
    found = list(rows[: limit + 1])
    return BookPage(found[:limit], found[limit - 1].code if len(found) > limit else None)


def book_detail(actor: Actor, *, book: str) -> BookDetail:
    """Return a book with its ledgers and periods. Raises ``NotFound``."""
    found = seen_book(actor, book)
    return BookDetail(
        found.id, found.code, found.name, found.name_en, found.unit_id, found.place_id, found.place_path,
        found.first_day, list(Ledger.objects.filter(book=found).order_by("code")), periods_of(found),
    )  # fmt: skip


def book_accounts(actor: Actor, *, book: str, after: int | None = None, limit: int = 200) -> BookPage[Account]:
    """List the accounts of a book in the order in which they were opened."""
    found, limit = seen_book(actor, book), bounded(limit)
    rows = Account.objects.filter(book=found, id__gt=after or 0).select_related("ledger").order_by("id")
    accounts = list(rows[: limit + 1])
    return BookPage(accounts[:limit], str(accounts[limit - 1].id) if len(accounts) > limit else None)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What was posted on an account, and what the account held after it (debits less credits)."""

    day: date
    number: int
    position: int
    transfer_id: UUID
    kind: str
    purpose: str
    reference: str
    voucher: str
    amount: int
    balance: int


_STATEMENT: Final = """
SELECT l.day, l.number, l.position, l.transfer_id, t.kind, t.purpose, t.reference, t.voucher, l.amount
FROM ledgers_leg l JOIN ledgers_transfer t ON t.id = l.transfer_id
WHERE l.account_id = %(account)s AND NOT l.held AND l.day BETWEEN %(first)s AND %(last)s
    AND (l.day, l.number, l.position) > (%(day)s::date, %(number)s::bigint, %(position)s::smallint)
ORDER BY l.day, l.number, l.position LIMIT %(limit)s
"""
_BEFORE: Final = """
SELECT coalesce(sum(amount), 0)::bigint FROM ledgers_leg
WHERE account_id = %(account)s AND NOT held AND day = %(day)s AND (number, position) <= (%(number)s, %(position)s)
"""


def statement_of_account(
    actor: Actor, *, account_id: int, first_day: date, last_day: date, after: str | None = None, limit: int = 100
) -> BookPage[StatementLine]:
    """List what was posted on an account between two days, both included, with the balance after each line.

    Raises ``NotFound`` for an account out of sight, ``InvalidInput`` for days in the wrong order and for the mark of no
    page.
    """
    seen_account(actor, account_id)
    check_days(first_day=first_day, last_day=last_day)
    limit = bounded(limit)
    day, number, position = mark_of_leg(after) if after else (first_day - timedelta(days=1), 2**62, 0)
    # What the account held where the page begins: the days before, and of the day itself what the last page told.
    held_on = day - timedelta(days=1 if after else 0)
    balance = balance_of(actor, account_id=account_id, on=held_on).amount if held_on.year in YEARS else 0
    parameters: dict[str, Any] = {
        "account": account_id, "first": first_day, "last": last_day, "day": day, "number": number,
        "position": position, "limit": limit + 1,
    }  # fmt: skip
    with connection.cursor() as cursor:
        if after:
            cursor.execute(_BEFORE, parameters)
            balance += cursor.fetchone()[0]
        cursor.execute(_STATEMENT, parameters)
        rows = cursor.fetchall()
    lines: list[StatementLine] = []
    for row in rows[:limit]:
        balance += row[-1]
        lines.append(StatementLine(*(*row, balance)))
    last = lines[-1] if len(rows) > limit else None
    return BookPage(lines, f"{last.day}/{last.number}/{last.position}" if last else None)


def mark_of_leg(after: str) -> tuple[date, int, int]:
    """Return the day, number and position after which a page of legs begins. Raises ``InvalidInput``."""
    try:
        day, number, position = after.split("/")
        mark = date.fromisoformat(day), int(number[:18]), int(position[:4])
        check_day(mark[0], field="after")
        return mark
    except ValueError as error:
        raise InvalidInput(
            _("This is not the mark of a page."), field="after", value=after[:80],
            remedy=_("Use what the page before gave, or none."),
        ) from error  # fmt: skip


@dataclass(frozen=True, slots=True)
class LegDetail:
    """What a transfer moves on an account."""

    account_id: int
    ledger: str
    code: str
    name: str
    name_en: str
    amount: int


@dataclass(frozen=True, slots=True)
class TransferDetail:
    """A transfer with its legs and what became of it: ``state`` is posted, pending or voided.

    ``resolved_on`` is the business day on which a pending one took effect, or was voided.
    """

    id: UUID
    book: str
    number: int
    day: date
    kind: str
    purpose: str
    reference: str
    voucher: str
    state: str
    expires_at: datetime | None
    reverses: UUID | None
    reversed_by: UUID | None
    resolved_on: date | None
    resolution_number: int | None
    reason: str
    at: datetime
    person_id: UUID | None
    post_id: UUID | None
    legs: list[LegDetail]

    @property
    def booked_on(self) -> date:
        """The day on which it counts: its own, or that on which it was posted; while it is pending, its own."""
        return self.resolved_on if self.state == "posted" and self.resolved_on is not None else self.day


_TRANSFERS: Final = """
SELECT t.id, b.code, t.number, t.day, t.kind, t.purpose, t.reference, t.voucher,
    CASE WHEN NOT t.pending THEN 'posted' ELSE coalesce(r.outcome, 'pending') END, t.expires_at, t.reverses,
    (SELECT v.id FROM ledgers_transfer v WHERE v.reverses = t.id), r.day, r.number, coalesce(r.reason, ''), t.at,
    t.person_id, t.post_id
FROM ledgers_transfer t JOIN ledgers_book b ON b.id = t.book_id
    LEFT JOIN ledgers_resolution r ON r.transfer_id = t.id
"""
_BOOKED: Final = "coalesce(CASE WHEN r.outcome = 'posted' THEN r.day END, t.day)"
_SAID: Final = "t.voucher = %(words)s OR position(lower(%(words)s) IN lower(t.purpose)) > 0"
_MOVED: Final = (
    " OR EXISTS (SELECT FROM ledgers_leg l WHERE l.transfer_id = t.id AND l.amount IN (%(amount)s, -%(amount)s))"
)
_LEGS: Final = """
SELECT l.transfer_id, l.account_id, g.code, a.code, a.name, a.name_en, l.amount
FROM ledgers_leg l JOIN ledgers_transfer t ON t.id = l.transfer_id AND t.pending = l.held
    JOIN ledgers_account a ON a.id = l.account_id JOIN ledgers_ledger g ON g.id = a.ledger_id
WHERE l.transfer_id = ANY (%s) ORDER BY l.transfer_id, l.position
"""


def transfer_detail(actor: Actor, *, transfer_id: UUID) -> TransferDetail:
    """Return a transfer with its legs and what became of it. Raises ``NotFound``."""
    require(actor, "ledgers.see")
    found = _details(f"{_TRANSFERS} WHERE t.id = %(id)s", {"id": transfer_id})
    if not found or not within_scope(actor.scope, Book.objects.get(code=found[0].book)):
        raise NotFound(
            _("There is no such transfer."), field="transfer_id", value=str(transfer_id),
            remedy=_("Look it up among the transfers of its book."),
        )  # fmt: skip
    return found[0]


def booked_between(book_id: UUID, *, first_day: date, last_day: date) -> QuerySet[Transfer]:
    """The transfers of a book that were booked between two days, those that are pending by their own day."""
    posted = Resolution.objects.filter(transfer_id=OuterRef("id"), outcome=Outcome.POSTED).values("day")
    rows = Transfer.objects.filter(book_id=book_id).alias(booked_on=Coalesce(Subquery(posted), F("day")))
    return rows.filter(booked_on__range=(first_day, last_day))


def waiting_count(actor: Actor, *, book: str) -> int:
    """Say how many transfers of a book are pending still. Raises ``NotFound`` for a book out of sight."""
    waiting = Exists(Waiting.objects.filter(transfer_id=OuterRef("id")))
    return Transfer.objects.filter(waiting, book_id=seen_book(actor, book).id, pending=True).count()


def book_transfers(
    actor: Actor,
    *,
    book: str,
    reference: str = "",
    waiting: bool = False,
    days: tuple[date, date] | None = None,
    text: str = "",
    amount: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> BookPage[TransferDetail]:
    """List the transfers of a book by number, first the newest; those about a thing, those that are pending still.

    ``days`` are the first and the last day on which it was booked (``booked_on``). ``text`` is a part of the purpose or
    the number on the paper; with ``amount`` also those that move just so much on some account, in its smallest unit.
    """
    found, limit = seen_book(actor, book), bounded(limit)
    narrowed = "WHERE t.book_id = %(book)s AND t.number < %(before)s"
    if reference:
        narrowed += " AND t.reference = %(reference)s"
    if waiting:
        narrowed += " AND EXISTS (SELECT FROM ledgers_waiting w WHERE w.transfer_id = t.id)"
    if days is not None:
        check_day(days[0], field="first_day")
        check_day(days[1], field="last_day")
        narrowed += f" AND {_BOOKED} BETWEEN %(first)s AND %(last)s"
    if words := text.strip():
        narrowed += f" AND ({_SAID}{_MOVED if amount is not None else ''})"
    first, last = days or (None, None)
    rows = _details(
        f"{_TRANSFERS} {narrowed} ORDER BY t.number DESC LIMIT %(limit)s",
        {
            "book": found.id, "before": before or 2**62, "reference": reference, "first": first, "last": last,
            "words": words, "amount": amount, "limit": limit + 1,
        },
    )  # fmt: skip
    return BookPage(rows[:limit], str(rows[limit - 1].number) if len(rows) > limit else None)


def _details(sql: str, values: dict[str, Any]) -> list[TransferDetail]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
        cursor.execute(_LEGS, [[row[0] for row in found]])
        legs: dict[UUID, list[LegDetail]] = {}
        for transfer_id, *leg in cursor.fetchall():
            legs.setdefault(transfer_id, []).append(LegDetail(*leg))
    return [TransferDetail(*(*row, legs.get(row[0], []))) for row in found]


def bounded(limit: int) -> int:
    """Return how many rows a page may have."""
    return max(1, min(limit, LIMIT_MAX))
