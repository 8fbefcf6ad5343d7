"""Many books at once: what was moved in each year below a place, and transfers drawn by a seed; one query each.

Everything is read from the sums that stand beside the legs, and within the actor's sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.books import check_day
from tianqu.kernel.places.api import reaches, require

ROWS_MAX: Final = 200_000
DRAWN_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class YearMovement:
    """What was moved in a year on accounts of some codes in the books of a place: debits less credits."""

    place_path: str
    book: str  # the code of the book; "" where several were added up
    year: int
    amount: int


@dataclass(frozen=True, slots=True)
class DrawnTransfer:
    """A transfer that was drawn: ``code`` is the book's code, a slash, and its number; ``rank`` decided."""

    id: UUID
    place_id: UUID
    place_path: str
    code: str
    day: date
    rank: str


@dataclass(frozen=True, slots=True)
class DrawnTransfers:
    """Transfers in the order in which they were drawn, and out of how many."""

    population: int
    rows: list[DrawnTransfer]


_MOVED: Final = f"""
SELECT {{place}} AS place, {{book}} AS book, extract(year FROM t.starts_on)::int AS year,
    sum(t.debit - t.credit)::bigint
FROM ledgers_book b JOIN ledgers_ledger g ON g.book_id = b.id AND g.unit = %(unit)s
    JOIN ledgers_account a ON a.ledger_id = g.id
        AND EXISTS (SELECT FROM unnest(%(codes)s::text[]) c WHERE starts_with(a.code, c))
    JOIN ledgers_total t ON t.account_id = a.id AND t.months = 12
WHERE b.place_path <@ %(path)s::ltree
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT {ROWS_MAX + 1}
"""  # noqa: S608  names are constants
_DRAWN: Final = """
SELECT id, place_id, place_path::text, code, day, rank, population FROM (
    SELECT t.id, b.place_id, b.place_path, b.code || '/' || t.number AS code, t.day, count(*) OVER () AS population,
        encode(sha256(convert_to(%(seed)s::text || ':' || b.code || '/' || t.number, 'UTF8')), 'hex') AS rank
    FROM ledgers_transfer t JOIN ledgers_book b ON b.id = t.book_id
    WHERE b.place_path <@ %(path)s::ltree AND t.day BETWEEN %(first_day)s AND %(last_day)s AND NOT t.pending
        AND EXISTS (SELECT FROM ledgers_ledger g WHERE g.book_id = b.id AND g.unit = %(unit)s)
) drawn ORDER BY rank, code LIMIT %(count)s
"""


def yearly_movements(
    actor: Actor, *, place_path: str, codes: Sequence[str], unit: str, depth: int | None
) -> list[YearMovement]:
    """Return what was moved in each year on the accounts whose codes begin with one of ``codes``.

    Added up for the places at ``depth`` steps of the tree below the root; without, book by book. What was there at the
    end of a year is the sum of that year and of all before. One query. Raises ``TooLarge``.
    """
    require(actor, "ledgers.see")
    _within_reach(actor, place_path)
    # Constants of this module alone; what a caller gives is a parameter.
    upper = "subpath(b.place_path, 0, least(nlevel(b.place_path), %(depth)s::int))::text"
    place = "b.place_path::text" if depth is None else upper
    sql = _MOVED.format(place=place, book="b.code" if depth is None else "''")
    with connection.cursor() as cursor:
        cursor.execute(sql, {"path": place_path, "codes": list(codes), "unit": unit, "depth": depth})
        rows = cursor.fetchall()
    if len(rows) > ROWS_MAX:
        raise TooLarge(
            _("The books of this place are too many to be told one by one."), field="place_path",
            value=place_path[:80], most=ROWS_MAX, remedy=_("Choose a smaller place."),
        )  # fmt: skip
    return [YearMovement(*row) for row in rows]


def draw_transfers(
    actor: Actor, *, place_path: str, first_day: date, last_day: date, seed: str, count: int, unit: str
) -> DrawnTransfers:
    """Draw posted transfers dated between two days from all books at or below a place that count in ``unit``.

    The rank of a transfer is SHA-256, in hexadecimal digits, of the seed, a colon and its code; those with the lowest
    ranks are drawn. The same seed draws the same as long as nothing more is posted on these days. One query.
    """
    require(actor, "ledgers.see")
    _within_reach(actor, place_path)
    check_day(first_day, field="first_day")
    check_day(last_day, field="last_day")
    if not 1 <= count <= DRAWN_MAX:
        raise InvalidInput(_("From 1 to %(most)s are drawn."), field="count", value=count, most=DRAWN_MAX)
    with connection.cursor() as cursor:
        cursor.execute(_DRAWN, {
            "path": place_path, "first_day": first_day, "last_day": last_day, "seed": seed, "count": count,
            "unit": unit,
        })  # fmt: skip
        rows = cursor.fetchall()
    return DrawnTransfers(rows[0][6] if rows else 0, [DrawnTransfer(*row[:6]) for row in rows])


def _within_reach(actor: Actor, place_path: str) -> None:
    """Refuse a place beyond the actor's; row-level security is the second wall. Raises ``InvalidInput``."""
    if not reaches(actor.scope, place_path):
        raise InvalidInput(
            _("This place lies outside of what your post reaches."), field="place_path", value=place_path[:80],
            remedy=_("Choose a place within it."),
        )  # fmt: skip
