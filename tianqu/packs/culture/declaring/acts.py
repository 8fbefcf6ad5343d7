"""What an office of culture declares: troupes, the works of its menu, contracts with their prices, its budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tianqu.base.bounds import all_chosen, chosen, counted
from tianqu.base.errors import Conflict, InvalidInput, _
from tianqu.base.texts import clean_line, clean_lines, clean_text
from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.ledgers.api import (
    Book,
    NewBook,
    NewLedger,
    NewLeg,
    NewTransfer,
    account_called,
    needed_account_within,
    open_account_within,
    open_books_within,
    post_within,
)
from tianqu.kernel.pack.api import check_declarer
from tianqu.kernel.places.api import Unit, may_by_role, unit_with
from tianqu.packs.culture.models import GENRES, KINDS, LEDGER, STAGES, Contract, Offer, Troupe, Work
from tianqu.packs.culture.registers.matters import (
    NAME_MAX,
    TEXT_MAX,
    coded,
    keep,
    office_of,
    troupe_called,
    work_called,
)

MINUTES_MAX: Final = 600
PRICE_MAX_FEN: Final = 1_000_000_00
BUDGET_MAX_FEN: Final = 1_000_000_000_00
OFFERS_MAX: Final = 200
NUMBER_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Priced:
    """A work that a troupe gives by a contract, and its price."""

    work: str
    price_fen: int


def book_of(unit_id: UUID) -> str:
    """The code of an office's book of its budget for culture."""
    return f"culture.{unit_with(unit_id).code}".lower()


@act("culture.declare_troupe", may=may_by_role)
def declare_troupe(
    acting: Acting, *, unit_id: UUID, troupe: str, troupe_unit_id: UUID, name: str, name_en: str, is_open: bool = True
) -> None:
    """Declare who gives works of the office's menu, or what it is from now on; ``troupe_unit_id`` is its own unit.

    Raises ``InvalidInput``, ``NotFound``, and ``Conflict`` for a troupe of another office.
    """
    office, known = office_of(acting, unit_id), Troupe.objects.filter(code=troupe).first()
    check_declarer(known, office.id, field="troupe")
    told = Troupe(
        code=coded(troupe, field="troupe"), unit_id=office.id, place_path=office.place.path, is_open=is_open,
        troupe_unit_id=unit_with(troupe_unit_id).id, changed_at=acting.now,
        **clean_lines(most=NAME_MAX, name=name, name_en=name_en),
    )  # fmt: skip
    keep(acting, told, known, subject=f"troupe:{troupe}")


@act("culture.declare_work", may=may_by_role)
def declare_work(
    acting: Acting,
    *,
    unit_id: UUID,
    work: str,
    kind: str,
    genre: str,
    name: str,
    name_en: str,
    words: str,
    words_en: str,
    length_minutes: int,
    stage: Sequence[str] = (),
    is_open: bool = True,
) -> None:
    """Put a show, a film or a class on the office's menu, or say what it is from now on; ``stage`` is what it needs.

    Raises ``InvalidInput``, ``NotFound``, and ``Conflict`` for a work of another office.
    """
    office, known = office_of(acting, unit_id), Work.objects.filter(code=work).first()
    check_declarer(known, office.id, field="work")
    told = Work(
        code=coded(work, field="work"), unit_id=office.id, place_path=office.place.path, is_open=is_open,
        kind=chosen(kind, KINDS, field="kind"), genre=chosen(genre, GENRES, field="genre"), changed_at=acting.now,
        length_minutes=counted(length_minutes, field="length_minutes", least=1, most=MINUTES_MAX),
        stage=all_chosen(stage, STAGES, field="stage"),
        words=clean_text(words, field="words", most=TEXT_MAX, wanted=True),
        words_en=clean_text(words_en, field="words_en", most=TEXT_MAX),
        **clean_lines(most=NAME_MAX, name=name, name_en=name_en),
    )  # fmt: skip
    keep(acting, told, known, subject=f"work:{work}")


@act("culture.declare_contract", may=may_by_role)
def declare_contract(
    acting: Acting,
    *,
    number: str,
    troupe: str,
    starts_on: date,
    ends_on: date,
    rating_floor: int,
    raters_least: int,
    offers: Sequence[Priced],
) -> None:
    """Write down a contract with a troupe: its days, from which mean rating it is paid, and its works with prices.

    ``rating_floor`` in hundredths of a star (350: three stars and a half) of at least ``raters_least`` villagers. What
    was set aside by it before keeps its price and its floor; a work that is left out is no longer offered by it.
    Raises ``InvalidInput``, ``NotFound``, and ``Conflict`` for a contract with another troupe.
    """
    by = troupe_called(troupe)
    office = office_of(acting, by.unit_id)
    number = clean_line(number, field="number", most=NUMBER_MAX, wanted=True)
    known = Contract.objects.filter(number=number).first()
    if known is not None and known.troupe_id != by.code:
        raise Conflict(
            _("The contract of this number is with another troupe."), field="number", value=number,
            remedy=_("Give the number that stands on the paper."),
        )  # fmt: skip
    if not (starts_on <= ends_on and starts_on.year in range(2000, 2200) and ends_on.year in range(2000, 2200)):
        raise InvalidInput(
            _("A contract begins before it ends."), field="ends_on", value=ends_on.isoformat(),
            remedy=_("Give its first and its last day."),
        )  # fmt: skip
    prices = _prices(offers, office)
    told = Contract(
        number=number, troupe=by, unit_id=office.id, place_path=office.place.path, starts_on=starts_on,
        ends_on=ends_on, changed_at=acting.now,
        rating_floor=counted(rating_floor, field="rating_floor", least=100, most=500),
        raters_least=counted(raters_least, field="raters_least", least=1, most=1_000),
    )  # fmt: skip
    before = dict(Offer.objects.filter(contract_id=number).values_list("work_id", "price_fen"))
    keep(acting, told, known, subject=f"culture-contract:{number}", **({"offers": prices} if prices != before else {}))
    Offer.objects.filter(contract_id=number).exclude(work_id__in=prices).delete()
    for work, price_fen in prices.items():
        Offer.objects.update_or_create(
            contract_id=number, work_id=work,
            defaults={"price_fen": price_fen, "unit_id": office.id, "place_path": office.place.path},
        )  # fmt: skip


def _prices(offers: Sequence[Priced], office: Unit) -> dict[str, int]:
    if len(offers) > OFFERS_MAX:
        raise InvalidInput(
            _("A contract has at most %(most)s works."), field="offers", most=OFFERS_MAX,
            remedy=_("Write the others into a second contract."),
        )  # fmt: skip
    prices: dict[str, int] = {}
    for one in offers:
        check_declarer(work_called(one.work), office.id, field="offers")
        prices[one.work] = counted(one.price_fen, field="offers", least=1, most=PRICE_MAX_FEN)
    return prices


@act("culture.grant_budget", may=may_by_role)
def grant_budget(
    acting: Acting, *, unit_id: UUID, transfer_id: UUID, amount_fen: int, day: date | None = None, purpose: str = ""
) -> int:
    """Grant an office money for culture, in fen; return its number in the book. The first grant opens the book.

    What is set aside and paid can never be more than what was granted: the least balance of the account is 0. The same
    ``transfer_id`` sent again is the same grant. Raises ``InvalidInput``, ``NotPermitted``.
    """
    office = office_of(acting, unit_id)
    counted(amount_fen, field="amount_fen", least=1, most=BUDGET_MAX_FEN)
    book = opened_book(acting, office)
    legs = (
        NewLeg(account_called(book, ledger=LEDGER, code="budget").id, amount_fen),
        NewLeg(account_called(book, ledger=LEDGER, code="granted").id, -amount_fen),
    )  # fmt: skip
    given = NewTransfer(
        transfer_id, day or acting.today, legs, kind="grant", reference=f"culture_office:{office.code}",
        purpose=clean_text(purpose, field="purpose", most=NAME_MAX),
    )  # fmt: skip
    posted = post_within(acting, book=book, transfers=[given])[0]
    if posted.again:
        raise DoneBefore(posted.number)
    told = {"office": office.code, "granted": amount_fen, "day": given.day, "purpose": given.purpose}
    acting.record(f"culture-grant:{transfer_id}", after=told)
    return posted.number


def opened_book(acting: Acting, office: Unit) -> str:
    """The code of an office's book of its budget, which is opened when it is first needed."""
    book = book_of(office.id)
    if not Book.objects.filter(code=book).exists():
        _open(acting, office, book)
    return book


def _open(acting: Acting, office: Unit, book: str) -> None:
    first = date(2015, 5, 5)  # since when governments buy culture from society: 国办发〔2015〕37号
    new = NewBook(
        book, f"{office.name}文化惠民经费", (NewLedger(LEDGER, "fen"),), first,
        f"{office.name_en}: culture budget",
        unit_id=office.id,
    )  # fmt: skip
    open_books_within(acting, books=[new])
    for code, name, name_en, side in (
        ("budget", "可用经费", "Budget not yet paid", "debit"), ("granted", "拨入经费", "Granted", "credit"),
    ):  # fmt: skip
        open_account_within(
            acting, book=book, ledger=LEDGER, code=code, name=name, name_en=name_en, side=side, opened_on=first,
            element="assets" if side == "debit" else "income", balance_min=0,
        )  # fmt: skip


def account_for(acting: Acting, troupe: Troupe, *, book: str) -> int:
    """The troupe's account in an office's book, opened when it is first needed."""
    Troupe.objects.select_for_update().get(code=troupe.code)  # accounts are opened by one at a time
    return needed_account_within(
        acting, book=book, ledger=LEDGER, code=troupe.account, name=troupe.name, name_en=troupe.name_en, side="debit",
        element="expenses", opened_on=account_called(book, ledger=LEDGER, code="budget").opened_on,
    )  # fmt: skip
