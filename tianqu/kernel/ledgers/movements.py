"""What moved on every account of a book between two days, and against which accounts money came in and went out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.balances import UP_TO, seen_book
from tianqu.kernel.ledgers.books import ACCOUNTS_MAX, check_day, too_many_accounts
from tianqu.kernel.ledgers.posting import CARRIED


@dataclass(frozen=True, slots=True)
class Movement:
    """An account between two days: what it held before (debits less credits), all debits and all credits within.

    What was carried over to it from another chart on the first day itself counts as what it held before.
    """

    account_id: int
    parent_id: int | None
    ledger: str
    unit: str
    chart: str
    code: str
    name: str
    name_en: str
    element: str
    side: str
    opening: int
    debit: int
    credit: int
    debit_aside: int  # of the kinds of transfer that were set aside
    credit_aside: int

    @property
    def closing(self) -> int:
        """What it held at the end, debits less credits."""
        return self.opening + self.all_debits - self.all_credits

    @property
    def all_debits(self) -> int:
        """All debits, whatever was set aside."""
        return self.debit + self.debit_aside

    @property
    def all_credits(self) -> int:
        """All credits, whatever was set aside."""
        return self.credit + self.credit_aside


_MOVEMENTS: Final = f"""
WITH chosen AS MATERIALIZED (
    SELECT a.id FROM ledgers_account a JOIN ledgers_ledger g ON g.id = a.ledger_id
    WHERE a.book_id = %(book)s AND a.opened_on <= %(last)s AND g.code = %(ledger)s
), before AS ({UP_TO}), moved AS (
    SELECT l.account_id,
        coalesce(sum(l.amount) FILTER (WHERE x.carried), 0)::bigint AS carried,
        coalesce(sum(l.amount) FILTER (WHERE l.amount > 0 AND NOT x.carried AND NOT x.apart), 0)::bigint AS debit,
        coalesce(sum(-l.amount) FILTER (WHERE l.amount < 0 AND NOT x.carried AND NOT x.apart), 0)::bigint AS credit,
        coalesce(sum(l.amount) FILTER (WHERE l.amount > 0 AND NOT x.carried AND x.apart), 0)::bigint AS debit_aside,
        coalesce(sum(-l.amount) FILTER (WHERE l.amount < 0 AND NOT x.carried AND x.apart), 0)::bigint AS credit_aside
    FROM ledgers_leg l JOIN chosen c ON c.id = l.account_id JOIN ledgers_transfer t ON t.id = l.transfer_id
        CROSS JOIN LATERAL (SELECT t.kind = ANY (%(without)s) AS apart,
            l.day = %(first)s AND t.kind = %(carried)s AS carried) x
    WHERE NOT l.held AND l.day BETWEEN %(first)s AND %(last)s GROUP BY l.account_id
)
SELECT a.id, a.parent_id, g.code, g.unit, a.chart, a.code, a.name, a.name_en, a.element, a.side,
    coalesce(b.debit, 0) - coalesce(b.credit, 0) + coalesce(m.carried, 0), coalesce(m.debit, 0), coalesce(m.credit, 0),
    coalesce(m.debit_aside, 0), coalesce(m.credit_aside, 0)
FROM chosen c JOIN ledgers_account a ON a.id = c.id JOIN ledgers_ledger g ON g.id = a.ledger_id
    LEFT JOIN before b ON b.account_id = a.id LEFT JOIN moved m ON m.account_id = a.id
ORDER BY a.chart, a.code LIMIT {ACCOUNTS_MAX + 1}
"""  # noqa: S608  names are constants
_AGAINST: Final = """
SELECT l.account_id, coalesce(sum(-l.amount) FILTER (WHERE l.amount < 0), 0)::bigint,
    coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0)::bigint
FROM ledgers_leg l JOIN ledgers_account a ON a.id = l.account_id
WHERE a.book_id = %(book)s AND NOT l.held AND l.day BETWEEN %(first)s AND %(last)s AND l.account_id <> ALL (%(own)s)
    AND a.ledger_id IN (SELECT o.ledger_id FROM ledgers_account o WHERE o.id = ANY (%(own)s))
    AND EXISTS (
        SELECT FROM ledgers_leg o JOIN ledgers_transfer t ON t.id = o.transfer_id
        WHERE o.transfer_id = l.transfer_id AND NOT o.held AND o.account_id = ANY (%(own)s)
            AND NOT (o.day = %(first)s AND t.kind = %(carried)s))
GROUP BY l.account_id ORDER BY l.account_id
"""


def movements_of(
    actor: Actor, *, book: str, ledger: str, first_day: date, last_day: date, without: Sequence[str] = ()
) -> list[Movement]:
    """Return every account of a ledger with what it held before ``first_day`` and what moved up to ``last_day``.

    Kinds of transfer in ``without`` are set aside: the ``closing`` of a year would leave nothing of its income. Raises
    ``NotFound``, and ``InvalidInput`` for days in the wrong order.
    """
    found = seen_book(actor, book)
    check_days(first_day=first_day, last_day=last_day)
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVEMENTS,
            {
                "book": found.id,
                "ledger": ledger,
                "first": first_day,
                "last": last_day,
                "without": list(without),
                "carried": CARRIED,
                "day": first_day - timedelta(days=1),
            },
        )
        rows = cursor.fetchall()
    if len(rows) > ACCOUNTS_MAX:
        raise too_many_accounts(book, most=ACCOUNTS_MAX)
    return [Movement(*row) for row in rows]


def moved_against(
    actor: Actor, *, book: str, account_ids: Sequence[int], first_day: date, last_day: date
) -> dict[int, tuple[int, int]]:
    """Return, by account, what came in from it and what went out to it, over all transfers that touch some accounts.

    Of the same ledger alone: with the accounts of cash these are receipts and payments, and their difference is what
    the cash changed by. What was carried over on the first day itself is neither.
    """
    found = seen_book(actor, book)
    check_days(first_day=first_day, last_day=last_day)
    with connection.cursor() as cursor:
        cursor.execute(
            _AGAINST,
            {
                "book": found.id, "own": list(account_ids), "first": first_day, "last": last_day, "carried": CARRIED,
            },
        )  # fmt: skip
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def check_days(*, first_day: date, last_day: date) -> None:
    """Raise ``InvalidInput`` for days that are none of a period, or in the wrong order."""
    check_day(first_day, field="first_day")
    check_day(last_day, field="last_day")
    if last_day < first_day:
        raise InvalidInput(
            _("A period ends after it begins."), field="last_day", value=last_day.isoformat(),
            remedy=_("Choose a later day."),
        )  # fmt: skip
