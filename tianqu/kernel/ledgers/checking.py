"""The nightly proof that every sum that is kept beside the legs is the sum of the legs.

It reads one snapshot of the database, so that what is posted meanwhile is in all of it or in none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from django.db import connection, transaction
from django.utils import timezone

from tianqu.base.canonical import plain
from tianqu.base.errors import NotPermitted, _
from tianqu.kernel.journal.api import SYSTEM, Acting, act, seeing
from tianqu.kernel.ledgers.models import BalanceCheck

DIFFERENCES_MAX: Final = 100
Kept: TypeAlias = Literal["posted_debit", "posted_credit", "pending_debit", "pending_credit", "debit", "credit"]


@dataclass(frozen=True, slots=True)
class BalanceDifference:
    """A sum that is not the sum of its legs.

    ``months`` and ``starts_on`` name the span of a kept total (1 a month, 12 a year); both are empty for a sum on the
    account itself.
    """

    account_id: int
    kept_as: Kept
    months: int | None
    starts_on: str | None
    kept: int
    legs: int


@dataclass(frozen=True, slots=True)
class BalanceProof:
    """What was compared, how many sums differed, and the first hundred that did."""

    accounts: int
    legs: int
    difference_count: int
    differences: tuple[BalanceDifference, ...]


# Every kept sum beside the sum of the legs; those that differ.
_DIFFERENCES: Final = """
WITH legs AS MATERIALIZED (
    SELECT account_id, date_trunc('month', day::timestamp)::date AS month,
        coalesce(sum(amount) FILTER (WHERE amount > 0), 0)::bigint AS debit,
        coalesce(sum(-amount) FILTER (WHERE amount < 0), 0)::bigint AS credit, count(*) AS lines
    FROM ledgers_leg WHERE NOT held GROUP BY 1, 2
), spans AS (
    SELECT account_id, 1 AS months, month AS starts_on, debit, credit FROM legs
    UNION ALL
    SELECT account_id, 12, date_trunc('year', month::timestamp)::date, sum(debit)::bigint, sum(credit)::bigint
    FROM legs GROUP BY 1, 3
), posted AS (
    SELECT account_id, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit FROM legs GROUP BY 1
), pending AS (
    SELECT l.account_id, coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0)::bigint AS debit,
        coalesce(sum(-l.amount) FILTER (WHERE l.amount < 0), 0)::bigint AS credit
    FROM ledgers_waiting w JOIN ledgers_leg l ON l.transfer_id = w.transfer_id AND l.held GROUP BY 1
), compared AS (
    SELECT a.id AS account_id, kept_as, NULL::int AS months, NULL::date AS starts_on, kept, told
    FROM ledgers_account a
        LEFT JOIN posted p ON p.account_id = a.id
        LEFT JOIN pending q ON q.account_id = a.id
        CROSS JOIN LATERAL (VALUES
            ('posted_debit', a.posted_debit, coalesce(p.debit, 0)),
            ('posted_credit', a.posted_credit, coalesce(p.credit, 0)),
            ('pending_debit', a.pending_debit, coalesce(q.debit, 0)),
            ('pending_credit', a.pending_credit, coalesce(q.credit, 0))) v (kept_as, kept, told)
    UNION ALL
    SELECT coalesce(t.account_id, s.account_id), kept_as, coalesce(t.months, s.months),
        coalesce(t.starts_on, s.starts_on), kept, told
    FROM ledgers_total t
        FULL JOIN spans s ON s.account_id = t.account_id AND s.months = t.months AND s.starts_on = t.starts_on
        CROSS JOIN LATERAL (VALUES
            ('debit', coalesce(t.debit, 0), coalesce(s.debit, 0)),
            ('credit', coalesce(t.credit, 0), coalesce(s.credit, 0))) v (kept_as, kept, told)
), counted AS (SELECT (SELECT count(*) FROM ledgers_account) AS accounts, (SELECT sum(lines) FROM legs) AS lines)
SELECT accounts, coalesce(lines, 0)::bigint, count(d.account_id) OVER (), d.account_id, d.kept_as, d.months,
    d.starts_on::text, d.kept, d.told
FROM counted LEFT JOIN (SELECT * FROM compared WHERE kept <> told) d ON true
ORDER BY d.account_id, d.months NULLS FIRST, d.starts_on, d.kept_as LIMIT %(limit)s
"""


def prove_balances() -> BalanceProof:
    """Compare every kept sum with the legs, within the connection's sight."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES, {"limit": DIFFERENCES_MAX})
        rows = cursor.fetchall()
    accounts, legs, count = rows[0][:3]
    differences = tuple(BalanceDifference(*row[3:]) for row in rows if row[3] is not None)
    return BalanceProof(accounts, legs, count, differences)


def _may_note(acting: Acting, /, **arguments: Any) -> None:
    if not acting.actor.scope.everything:
        raise NotPermitted(_("Only the system notes what a check found."))


@act("ledgers.note_check", may=_may_note)
def note_check(acting: Acting, *, begun_at: datetime, proof: BalanceProof) -> BalanceCheck:
    """Keep what a check of the balances found."""
    told: dict[str, Any] = {
        "begun_at": begun_at, "finished_at": acting.now, "accounts": proof.accounts, "legs": proof.legs,
        "difference_count": proof.difference_count,
        "differences": [asdict(difference) for difference in proof.differences],
    }  # fmt: skip
    check = BalanceCheck.objects.create(**told)
    acting.record(f"ledgers_check:{check.id}", after=plain(told))
    return check


def check_balances() -> BalanceCheck:
    """Prove the balances of all books, and keep what was found. For the worker."""
    begun_at = timezone.now()
    with seeing(SYSTEM.scope):
        proof = prove_balances()
    return note_check(SYSTEM, begun_at=begun_at, proof=proof)


def last_balance_checks(limit: int = 10) -> list[BalanceCheck]:
    """The newest checks of the balances, first the newest."""
    return list(BalanceCheck.objects.order_by("-finished_at")[:limit])
