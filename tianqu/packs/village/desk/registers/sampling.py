"""Drawing contracts and vouchers by a stated seed, so that anybody who sees them draws the same.

    rank(code) = SHA-256(seed + ":" + code)      in hexadecimal digits, all text in UTF-8
    drawn      = the codes with the lowest ranks, as many as were asked for

The code of a contract is its village's code, a slash and its number; that of a voucher its book's code, a slash and its
number in the book. The database ranks them all in one query.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import draw_transfers
from tianqu.packs.village.desk.models import ReviewSubject

COUNT_MAX: Final = 200
MONEY: Final = "fen"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A thing that was drawn."""

    id: UUID
    place_id: UUID
    place_path: str
    code: str
    rank: str


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn, in its order, and out of how many."""

    population: int
    rows: list[Drawn]


_CONTRACTS: Final = """
SELECT id, place_id, place_path::text, code, rank, population FROM (
    SELECT c.id, c.place_id, c.place_path, p.code || '/' || c.number AS code, count(*) OVER () AS population,
        encode(sha256(convert_to(%(seed)s::text || ':' || p.code || '/' || c.number, 'UTF8')), 'hex') AS rank
    FROM village_contract c JOIN places_place p ON p.id = c.place_id
    WHERE c.place_path <@ %(path)s::ltree AND c.state <> 'struck'
        AND c.signed_on BETWEEN %(first_day)s AND %(last_day)s
) drawn ORDER BY rank, code LIMIT %(count)s
"""


def draw(
    actor: Actor,
    *,
    subject: ReviewSubject,
    place_path: str,
    first_day: date,
    last_day: date,
    seed: str,
    count: int,
) -> Draw:
    """Draw contracts signed, or vouchers dated, between two days, from all villages at or below a place."""
    days = {"first_day": first_day, "last_day": last_day}
    if subject is ReviewSubject.VOUCHER:
        found = draw_transfers(actor, place_path=place_path, seed=seed, count=count, unit=MONEY, **days)
        rows = [Drawn(one.id, one.place_id, one.place_path, one.code, one.rank) for one in found.rows]
        return Draw(found.population, rows)
    with connection.cursor() as cursor:
        cursor.execute(_CONTRACTS, {"path": place_path, "seed": seed, "count": count, **days})
        told = cursor.fetchall()
    return Draw(told[0][5] if told else 0, [Drawn(*row[:5]) for row in told])
