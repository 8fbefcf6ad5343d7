"""The legs behind a sum over accounts: each with what it counts there, so that they add up to it to the unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django.db import connection

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.balances import seen_book
from tianqu.kernel.ledgers.movements import check_days
from tianqu.kernel.ledgers.posting import CARRIED
from tianqu.kernel.ledgers.reading import bounded, mark_of_leg

Span = Literal["before", "within", "up_to"]


@dataclass(frozen=True, slots=True)
class Counted:
    """How often the legs of an account count: those of most kinds, and those of kinds that are set aside. 0: not."""

    account_id: int
    times: int
    times_aside: int


@dataclass(frozen=True, slots=True)
class LegSum:
    """A sum over legs.

    ``span``: of the days before the first, of those from the first to the last, or of all up to the last. What was
    carried over from another chart on the first day itself counts as before it. ``aside`` are the kinds of transfer
    that are set aside; ``against`` leaves only transfers that touch one of these accounts as well, and ``side`` only
    what was debited or credited ("" for both).
    """

    span: Span
    counted: Sequence[Counted]
    aside: Sequence[str] = ()
    against: Sequence[int] = ()
    side: Literal["", "debit", "credit"] = ""


@dataclass(frozen=True, slots=True)
class AccountShare:
    """An account behind a sum: how many of its legs count, and what they come to."""

    account_id: int
    code: str
    name: str
    name_en: str
    legs: int
    counted: int


@dataclass(frozen=True, slots=True)
class LegBehind:
    """A leg behind a sum: ``amount`` is what was moved (debits positive), ``counted`` what it adds to the sum."""

    day: date
    number: int
    position: int
    transfer_id: UUID
    kind: str
    purpose: str
    reference: str
    voucher: str
    account_id: int
    code: str
    name: str
    name_en: str
    amount: int
    counted: int


@dataclass(frozen=True, slots=True)
class LegsBehind:
    """All accounts behind a sum, and a page of the legs, first the newest; ``after`` as with every page."""

    accounts: list[AccountShare]
    rows: list[LegBehind]
    after: str | None

    @property
    def counted(self) -> int:
        """What all legs, not only those of the page, come to."""
        return sum(one.counted for one in self.accounts)

    @property
    def legs(self) -> int:
        """How many legs there are on all pages."""
        return sum(one.legs for one in self.accounts)


_SPANS: Final[Mapping[Span, str]] = {
    "before": "l.day <= %(first)s AND (l.day < %(first)s OR x.carried)",
    "within": "l.day BETWEEN %(first)s AND %(last)s AND NOT x.carried",
    "up_to": "l.day <= %(last)s",
}
_SIDES: Final = {"": "", "debit": "AND l.amount > 0", "credit": "AND l.amount < 0"}
_AGAINST: Final = """
AND l.account_id <> ALL (%(against)s) AND EXISTS (
    SELECT FROM ledgers_leg o WHERE o.transfer_id = l.transfer_id AND NOT o.held AND o.account_id = ANY (%(against)s)
        AND NOT (o.day = %(first)s AND t.kind = %(carried)s))
"""
_BEHIND: Final = """
FROM unnest(%(ids)s::bigint[], %(times)s::int[], %(times_aside)s::int[]) AS n (id, times, times_aside)
    JOIN ledgers_account a ON a.id = n.id AND a.book_id = %(book)s
    JOIN ledgers_leg l ON l.account_id = a.id AND NOT l.held JOIN ledgers_transfer t ON t.id = l.transfer_id
    CROSS JOIN LATERAL (SELECT l.day = %(first)s AND t.kind = %(carried)s AS carried,
        CASE WHEN t.kind = ANY (%(aside)s) THEN n.times_aside ELSE n.times END AS times) x
WHERE x.times <> 0
"""
_ACCOUNTS: Final = "SELECT a.id, a.code, a.name, a.name_en, count(*), sum(l.amount * x.times)::bigint"
_LEGS: Final = """
SELECT l.day, l.number, l.position, l.transfer_id, t.kind, t.purpose, t.reference, t.voucher, a.id, a.code, a.name,
    a.name_en, l.amount, l.amount * x.times
"""
_PAGE: Final = """
AND (l.day, l.number, l.position) < (%(day)s::date, %(number)s::bigint, %(position)s::smallint)
AND (%(account)s::bigint IS NULL OR a.id = %(account)s)
ORDER BY l.day DESC, l.number DESC, l.position DESC LIMIT %(limit)s
"""


def legs_behind(
    actor: Actor,
    *,
    book: str,
    asked: LegSum,
    first_day: date,
    last_day: date,
    account_id: int | None = None,
    after: str | None = None,
    limit: int = 50,
) -> LegsBehind:
    """Return the accounts and legs behind a sum; with ``account_id`` the legs of this account alone.

    Raises ``NotFound`` for a book out of sight, ``InvalidInput`` for days in the wrong order and for the mark of no
    page.
    """
    found = seen_book(actor, book)
    check_days(first_day=first_day, last_day=last_day)
    limit = bounded(limit)
    day, number, position = mark_of_leg(after) if after else (last_day + timedelta(days=1), 0, 0)
    values: dict[str, Any] = {
        "book": found.id, "first": first_day, "last": last_day, "carried": CARRIED, "aside": list(asked.aside),
        "against": list(asked.against), "ids": [one.account_id for one in asked.counted],
        "times": [one.times for one in asked.counted], "times_aside": [one.times_aside for one in asked.counted],
        "account": account_id, "day": day, "number": number, "position": position, "limit": limit + 1,
    }  # fmt: skip
    behind = f"{_BEHIND} AND {_SPANS[asked.span]} {_SIDES[asked.side]} {_AGAINST if asked.against else ''}"
    with connection.cursor() as cursor:
        cursor.execute(f"{_ACCOUNTS} {behind} GROUP BY a.id ORDER BY a.code, a.id", values)
        accounts = [AccountShare(*row) for row in cursor.fetchall()]
        cursor.execute(f"{_LEGS} {behind} {_PAGE}", values)
        rows = [LegBehind(*row) for row in cursor.fetchall()]
    last = rows[limit - 1] if len(rows) > limit else None
    return LegsBehind(accounts, rows[:limit], f"{last.day}/{last.number}/{last.position}" if last else None)
