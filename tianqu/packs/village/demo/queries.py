"""What the database has of the villages whose books are invented, how far each book is, and who audits them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Count, F, Q

from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers.api import Account, Book, KnownBook, PeriodState, Transfer
from tianqu.kernel.places.api import Place, Post, Unit
from tianqu.packs.village.demo.edition import Seat
from tianqu.packs.village.demo.planning import book_code
from tianqu.packs.village.demo.posting import YEARS
from tianqu.packs.village.models import Contract, ContractState
from tianqu.packs.village.scanning.models import ContractScan

QUARTERS: Final = [
    (date(year, first, 1), date(year, first + 2, 30 if first in (4, 7) else 31))
    for year in YEARS
    for first in (1, 4, 7, 10)
]


@dataclass(slots=True)
class Village:
    """A village as the database has it, and how far its book is: closed quarters, and transfers beyond them."""

    seat: Seat
    place_id: UUID
    name_en: str
    unit_id: UUID | None
    book: KnownBook | None = None
    accounts: Mapping[tuple[str, str], int] | None = None
    closed: int = 0
    posted: frozenset[UUID] = frozenset()


def villages_at(seats: Sequence[Seat]) -> list[Village]:
    """Whatever of these villages the database has, each with how far its book is."""
    with seeing(SYSTEM.scope):
        codes = [seat.code for seat in seats]
        # A village that was renamed has a row for each name: the last one is where its people work on.
        rows = Place.objects.filter(code__in=codes).order_by(F("valid_from").asc(nulls_first=True))
        places = {row[0]: row[1:] for row in rows.values_list("code", "id", "name_en")}
        units = dict(Unit.objects.filter(code__in=codes).values_list("code", "id"))
        villages = [Village(seat, *places[seat.code], units.get(seat.code)) for seat in seats if seat.code in places]
    look_at_books(villages)
    return villages


def look_at_books(villages: Iterable[Village]) -> None:
    """Say again of each village what its book holds."""
    with seeing(SYSTEM.scope):
        _look_at_books(villages)


def _look_at_books(villages: Iterable[Village]) -> None:
    by_book = {book_code(village.seat.code): village for village in villages}
    books = Book.objects.filter(code__in=list(by_book)).annotate(
        closed=Count("periods", filter=Q(periods__state=PeriodState.CLOSED))
    )
    open_still = []
    for book in books:
        village = by_book[book.code]
        village.book = KnownBook(book.id, book.code, book.unit_id, str(book.place_path))
        village.closed = book.closed
        if village.closed < len(QUARTERS):
            open_still.append(village)
    accounts: dict[UUID, dict[tuple[str, str], int]] = {}
    ids = [village.book.id for village in open_still if village.book is not None]
    for book_id, ledger, code, account_id in Account.objects.filter(book_id__in=ids).values_list(
        "book_id", "ledger__code", "code", "id"
    ):
        accounts.setdefault(book_id, {})[ledger, code] = account_id
    posted: dict[UUID, set[UUID]] = {}
    for book_id, transfer_id in Transfer.objects.filter(book_id__in=ids).values_list("book_id", "id"):
        posted.setdefault(book_id, set()).add(transfer_id)
    for village in open_still:
        if village.book is not None:
            village.accounts = accounts[village.book.id]
            village.posted = frozenset(posted.get(village.book.id, ()))


def post_holders(roles: Sequence[str]) -> dict[tuple[str, str], Actor]:
    """Return who holds these roles until further notice, by role and the code of the unit; the longest of several."""
    with seeing(SYSTEM.scope):
        posts = Post.objects.filter(role__in=roles, valid_to__isnull=True, deputy_of__isnull=True)
        rows = posts.order_by("-id").values_list("role", "unit__code", "person_id", "id", "unit_id")
        return {
            (role, unit): Actor(channel="import", person_id=person_id, post_id=post_id, unit_id=unit_id)
            for role, unit, person_id, post_id, unit_id in rows
        }


def written_contracts(place_path: str, *, limit: int) -> list[Contract]:
    """The first contracts of a village that are in force and in writing."""
    with seeing(SYSTEM.scope):
        rows = Contract.objects.filter(
            place_path=place_path, state=ContractState.IN_FORCE, particulars__written=True
        ).select_related("place")
        return list(rows.order_by("number", "id")[:limit])


def has_scans(contract: Contract) -> bool:
    """Whether scans were kept with a contract."""
    with seeing(SYSTEM.scope):
        return ContractScan.objects.filter(contract=contract).exists()


def staffed_places() -> set[str]:
    """The paths of the villages whose accountant has an account."""
    with seeing(SYSTEM.scope):
        posts = Post.objects.filter(role="village_accountant", person__account__isnull=False)
        return {str(path) for path in posts.values_list("unit__place__path", flat=True)}
