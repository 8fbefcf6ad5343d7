"""What books received for the things that their transfers name, as rents are received for a contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import TooLarge, _
from tianqu.kernel.journal.api import Scope
from tianqu.kernel.ledgers.books import check_day
from tianqu.kernel.ledgers.known_books import WITHIN_SCOPE, scope_values

RECEIVED_MAX: Final = 200_000


@dataclass(frozen=True, slots=True)
class Received:
    """A transfer about ``reference`` that brought ``amount`` into the accounts that were asked for."""

    transfer_id: UUID
    reference: str
    place_path: str  # of the book
    number: int
    day: date
    purpose: str
    voucher: str
    amount: int


# One that was taken back counts until the day on which it was.
_RECEIVED: Final = """
SELECT t.id, t.reference, b.place_path::text, t.number, l.day, t.purpose, t.voucher, sum(l.amount)::bigint
FROM ledgers_transfer t JOIN ledgers_book b ON b.id = t.book_id
    JOIN ledgers_leg l ON l.transfer_id = t.id AND NOT l.held JOIN ledgers_account a ON a.id = l.account_id
    JOIN ledgers_ledger g ON g.id = a.ledger_id
WHERE {narrowed} AND t.reference <> '' AND t.kind = ANY(%(kinds)s) AND b.place_path <@ %(path)s::ltree
    AND {within} AND l.day <= %(on)s AND g.unit = %(unit)s AND a.element = 'assets' AND a.code ^@ ANY(%(codes)s)
    AND NOT EXISTS (SELECT FROM ledgers_transfer r WHERE r.reverses = t.id AND r.day <= %(on)s)
GROUP BY t.id, b.place_path, l.day HAVING sum(l.amount) > 0
ORDER BY l.day, t.number, t.id LIMIT %(most)s
"""


def received_for(
    scope: Scope, *, place_path: str, kinds: Sequence[str], codes: Sequence[str], unit: str, on: date,
    references: Sequence[str] | None = None, about: str = "",
) -> list[Received]:  # fmt: skip
    """Return what the books at or below a place received up to a day, the oldest first.

    Transfers of these ``kinds`` that brought more than they took into asset accounts of ``unit`` whose codes begin with
    one of ``codes``; for these ``references``, or without them for everything of the kind ``about`` ("contract").
    Of books within ``scope``; the caller has asked for permission. One query. Raises ``TooLarge``.
    """
    check_day(on, field="on")
    narrowed = "t.reference = ANY(%(references)s)" if references is not None else "t.reference ^@ %(about)s"
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVED.format(narrowed=narrowed, within=WITHIN_SCOPE), {
            **scope_values(scope),
            "references": list(references or ()), "about": f"{about}:", "kinds": list(kinds), "path": place_path,
            "on": on, "codes": list(codes), "unit": unit, "most": RECEIVED_MAX + 1,
        })  # fmt: skip
        rows = cursor.fetchall()
    if len(rows) > RECEIVED_MAX:
        raise TooLarge(
            _("The books of this place received more than %(most)s sums."), field="place_path", value=place_path[:80],
            most=RECEIVED_MAX, remedy=_("Choose a smaller place."),
        )  # fmt: skip
    return [Received(*row) for row in rows]
