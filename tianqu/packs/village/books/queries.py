"""Reading for who begins a book: villages without one, the accounts it begins with, what goes to a new chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from tianqu.base.errors import NotFound, TianquError, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import (
    CARRIED,
    Account,
    Book,
    BookDetail,
    BookPage,
    CarryPlan,
    Chart,
    LegDetail,
    TransferDetail,
    accounts_of,
    book_called,
    book_detail,
    book_transfers,
    carry_day,
    carry_plan,
    charts,
    transfer_detail,
)
from tianqu.kernel.places.api import Place, Unit, can, place_called, reaches, require, units_of_place
from tianqu.packs.village.accounts.queries import open_accounts
from tianqu.packs.village.keeping.models import VoucherKind
from tianqu.packs.village.keeping.queries import OfferedAccount, offered_accounts
from tianqu.packs.village.keeping.registers.vouchers import opening_of
from tianqu.packs.village.registers.land import VILLAGE_KIND
from tianqu.packs.village.statements.layouts import LAYOUTS
from tianqu.packs.village.statements.queries import MONEY

LAND_CHART: Final = "village.land"


@dataclass(frozen=True, slots=True)
class Owner:
    """A village for which a book may be opened, its offices, and the charts that are published."""

    place: Place
    units: list[Unit]
    charts: list[Chart]
    land: bool  # whether a chart of land is published


@dataclass(frozen=True, slots=True)
class Opening:
    """A book and its accounts, to enter what it begins with; ``standing``: the entry by which it began.

    ``open_accounts`` are those of ``accounts`` and those that gather them: others may be opened below each.
    """

    book: BookDetail
    accounts: list[OfferedAccount]
    open_accounts: list[Account]
    standing: TransferDetail | None


@dataclass(frozen=True, slots=True)
class Carrying:
    """A book that may go over from one chart to the next on a day; ``done``: the transfer by which it went.

    Its legs are those that ``emptied`` the old accounts, and those that ``filled`` the new.
    """

    book: BookDetail
    from_chart: str
    to_chart: str
    on: date
    plan: CarryPlan | None = None
    fault: TianquError | None = None  # why there is no plan: nothing follows the old chart on this day
    done: TransferDetail | None = None
    emptied: Sequence[LegDetail] = ()
    filled: Sequence[LegDetail] = ()

    @property
    def hindrances(self) -> list[TianquError]:
        """What stands in the way."""
        return [self.fault] if self.fault is not None else self.plan.hindrances if self.plan is not None else []


def bookless_villages(actor: Actor, *, text: str = "", after: str | None = None, limit: int = 50) -> BookPage[Place]:
    """List the villages in reach that have no book, by code. Needs the permission ledgers.open_book."""
    require(actor, "ledgers.open_book")
    limit = max(1, min(limit, 500))
    rows = Place.objects.on(timezone.localdate()).filter(
        ~Exists(Book.objects.filter(place__code=OuterRef("code"))), kind=VILLAGE_KIND
    )
    if not actor.scope.everything:
        reached = Q(pk__in=[])
        for path in actor.scope.place_paths:
            reached |= Q(path__under=path)
        rows = rows.filter(reached)
    if words := text.strip():
        rows = rows.filter(Q(code__startswith=words) | Q(name__contains=words) | Q(name_en__icontains=words))
    if after is not None:
        rows = rows.filter(code__gt=after)
    found = list(rows.defer("boundary").order_by("code")[: limit + 1])
    return BookPage(found[:limit], found[limit - 1].code if len(found) > limit else None)


def owner_called(actor: Actor, code: str) -> Owner:
    """Return a village for which the actor may open a book. Raises ``NotFound`` at the field ``village``."""
    require(actor, "ledgers.open_book")
    place = place_called(code, field="village")
    if place.kind != VILLAGE_KIND or not reaches(actor.scope, str(place.path)):
        raise NotFound(
            _("You open no book for this village."), field="village", value=code[:40],
            remedy=_("Choose a village of the list."),
        )  # fmt: skip
    published = charts()
    return Owner(
        place, units_of_place(place.code), [one for one in published if one.code in LAYOUTS],
        any(one.code == LAND_CHART for one in published),
    )  # fmt: skip


def opening_told(actor: Actor, *, book: str) -> Opening:
    """Return a book with the accounts that may hold something when it begins. Raises ``NotFound``."""
    cash, others = offered_accounts(actor, book=book, kind=VoucherKind.TRANSFER)
    detail = book_detail(actor, book=book)
    standing = opening_of(detail.id)
    return Opening(
        detail, sorted([*cash, *others], key=lambda one: one.code), open_accounts(actor, book=book),
        transfer_detail(actor, transfer_id=standing) if standing is not None else None,
    )  # fmt: skip


def still_to_do(actor: Actor, *, book: str) -> set[str]:
    """Say what the actor may begin in a book: ``opening`` balances, or to ``carry`` it over."""
    found = book_called(book)
    may = set()
    if can(actor, "village.enter_opening") and opening_of(found.id) is None:
        may.add("opening")
    if can(actor, "ledgers.carry_over") and _old_chart(found) is not None:
        may.add("carry")
    return may


def carrying_told(actor: Actor, *, book: str, on: date | None = None) -> Carrying:
    """Return what carrying a book over to the newest chart would move, or what it moved.

    Without a day, on the first 1 January that is possible. Raises ``NotFound`` where nothing follows.
    """
    detail = book_detail(actor, book=book)
    found = book_called(book)
    newest, old = max(LAYOUTS), _old_chart(found)
    if old is None:
        rows = book_transfers(actor, book=book, reference=f"chart:{newest}", limit=1).rows
        done = next((one for one in rows if one.kind == CARRIED), None)
        if done is None:
            raise NotFound(
                _("This book has no accounts of an older chart."), field="book", value=book,
                remedy=_("There is nothing to carry over."),
            )  # fmt: skip
        chart_of = {one.id: one.chart for one in accounts_of(found)}
        old = next(chart_of[leg.account_id] for leg in done.legs if chart_of[leg.account_id] != newest)
        emptied = [leg for leg in done.legs if chart_of[leg.account_id] != newest]
        filled = [leg for leg in done.legs if chart_of[leg.account_id] == newest]
        return Carrying(detail, old, newest, done.day, done=done, emptied=emptied, filled=filled)
    of_book = {"book": book, "ledger": MONEY, "from_chart": old, "to_chart": newest}
    day = on or carry_day(actor, **of_book)
    try:
        plan = carry_plan(actor, **of_book, on=day)
    except NotFound as error:
        return Carrying(detail, old, newest, day, fault=error)
    return Carrying(detail, old, newest, day, plan=plan)


def _old_chart(book: Book) -> str | None:
    """The oldest chart of which a book's money has open accounts, where a newer one follows it."""
    open_now = {one.chart for one in accounts_of(book) if one.ledger.code == MONEY and one.closed_on is None}
    return min((chart for chart in open_now if chart in LAYOUTS and chart != max(LAYOUTS)), default=None)
