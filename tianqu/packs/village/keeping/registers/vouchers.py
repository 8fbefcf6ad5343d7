"""What the acts of keeping a book share: accounts that a voucher may name, its papers, and the months of a book.

Plain functions, each called within an act, whose permission was asked for.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.db.models.functions import TruncMonth

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.base.quantities import UNITS, format_quantity
from tianqu.kernel.files.api import hold_file
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.ledgers.api import (
    Account,
    Element,
    KnownBook,
    Leg,
    NewLeg,
    NewTransfer,
    Period,
    PeriodState,
    Transfer,
    account_with,
    booked_between,
    least_balance_since,
)
from tianqu.packs.village.keeping.models import VoucherKind, VoucherPaper
from tianqu.packs.village.registers.contracts import contract_with
from tianqu.packs.village.registers.refusals import check_amount, check_day
from tianqu.packs.village.statements.layouts import CASH_CODES
from tianqu.packs.village.statements.queries import MONEY

PAPERS_MAX: Final = 20  # of one voucher
LINES_MAX: Final = 50  # of a voucher of several accounts
TILL: Final = "101"  # cash on hand, by both charts of village collectives: there is never less than nothing in it
OPENING: Final = "opening"  # the kind of transfer by which a book begins


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """One line of a voucher: an account, and what it is debited or credited with, in fen; one of them is 0."""

    account_id: int
    debit_fen: int = 0
    credit_fen: int = 0


def legs_of(book: KnownBook, lines: Sequence[VoucherLine], *, most: int = LINES_MAX) -> tuple[NewLeg, ...]:
    """Return what the lines of a voucher move. Raises ``InvalidInput`` and ``NotFound`` with the line as the field."""
    if not 2 <= len(lines) <= most:
        raise InvalidInput(
            _("A voucher has from 2 to %(most)s lines."), field="lines", value=len(lines), most=most,
            remedy=_("Give each account a line of its own."),
        )  # fmt: skip
    legs = []
    for number, line in enumerate(lines, start=1):
        account = money_account(book, line.account_id, field=f"lines.{number}.account_id")
        check_amount(line.debit_fen, field=f"lines.{number}.debit_fen")
        check_amount(line.credit_fen, field=f"lines.{number}.credit_fen")
        if (line.debit_fen == 0) == (line.credit_fen == 0):
            raise InvalidInput(
                _("A line is either a debit or a credit."), field=f"lines.{number}.debit_fen", value=number,
                remedy=_("Fill in one of the two amounts."),
            )  # fmt: skip
        legs.append(NewLeg(account.id, line.debit_fen - line.credit_fen))
    more = sum(leg.amount for leg in legs)
    if more:
        raise InvalidInput(
            _("Debits and credits differ by %(yuan)s yuan."), field="lines", value=more,
            yuan=format_quantity(abs(more), UNITS["fen"]),
            remedy=_("Add that much on the credit side.") if more > 0 else _("Add that much on the debit side."),
        )  # fmt: skip
    return tuple(legs)


def opening_of(book_id: UUID) -> UUID | None:
    """Return the first transfer by which a book's money began and that was not taken back, None before it."""
    own = Account.objects.filter(book_id=book_id, ledger__code=MONEY).values("id")
    legs = Leg.objects.filter(transfer_id=OuterRef("id"), held=False, account_id__in=own)
    back = Transfer.objects.filter(reverses=OuterRef("id"))
    standing = Transfer.objects.filter(Exists(legs), ~Exists(back), book_id=book_id, kind=OPENING)
    return standing.order_by("number").values_list("id", flat=True).first()


def refuse_second_opening(book: KnownBook, transfer_id: UUID) -> None:
    """Raise ``Conflict`` where a book's money began by another transfer."""
    if opening_of(book.id) != transfer_id:
        raise Conflict(
            _("This book has its opening balances already."), field="book", value=book.code,
            remedy=_("Take the opening entry back first, if it is wrong."),
        )  # fmt: skip


def is_cash(account: Account) -> bool:
    """Whether an account is cash on hand or a deposit, as the balance sheet counts them."""
    return account.element == Element.ASSETS and account.code.startswith(tuple(CASH_CODES))


def money_account(book: KnownBook, account_id: int, *, field: str) -> Account:
    """Return an account of money of a book. Raises ``NotFound``."""
    try:
        account = account_with(account_id)
    except NotFound as error:
        error.field = field
        raise
    if account.book_id != book.id or account.ledger.code != MONEY:
        raise NotFound(
            _("This book has no such account of money."), field=field, value=account_id,
            remedy=_("Choose one of the accounts of money of the book."),
        )  # fmt: skip
    return account


def check_sides(kind: VoucherKind, *, debit: Account, credit: Account) -> None:
    """Refuse accounts that do not go with a kind of voucher. Raises ``InvalidInput``."""
    if debit.id == credit.id:
        raise InvalidInput(
            _("The two accounts are the same."), field="credit_account_id", value=credit.id,
            remedy=_("Choose where it comes from and where it goes to."),
        )  # fmt: skip
    if kind is VoucherKind.RECEIPT and (not is_cash(debit) or is_cash(credit)):
        raise InvalidInput(
            _("A receipt comes into cash or a bank account, from another account."), field="debit_account_id",
            value=debit.id, remedy=_("Choose cash or a bank account; between these two it is a transfer."),
        )  # fmt: skip
    if kind is VoucherKind.PAYMENT and (not is_cash(credit) or is_cash(debit)):
        raise InvalidInput(
            _("A payment goes out of cash or a bank account, to another account."), field="credit_account_id",
            value=credit.id, remedy=_("Choose cash or a bank account; between these two it is a transfer."),
        )  # fmt: skip
    if kind is VoucherKind.TRANSFER and is_cash(debit) != is_cash(credit):
        raise InvalidInput(
            _("This moves cash in or out of the village."), field="debit_account_id", value=debit.id,
            remedy=_("Enter it as a receipt or a payment."),
        )  # fmt: skip


def refuse_overdrawn(actor: Actor, given: NewTransfer, *, fields: Sequence[str]) -> None:
    """Refuse a voucher, posted just now, that leaves less than nothing in a till on its day or on a later one.

    ``fields`` say for each leg where it was given. Raises ``Conflict`` with what the till holds without the voucher.
    """
    taken = {leg.account_id: 0 for leg in given.legs}
    for leg in given.legs:
        taken[leg.account_id] -= leg.amount
    paying = [account_id for account_id, amount in taken.items() if amount > 0]
    for till in Account.objects.filter(id__in=paying, element=Element.ASSETS, code__startswith=TILL).order_by("id"):
        on, left = least_balance_since(actor, account_id=till.id, day=given.day)
        if left < 0:
            raise Conflict(
                _("%(account)s holds %(held)s yuan on %(on)s; %(taken)s yuan cannot be paid from it."),
                field=next(
                    field
                    for field, leg in zip(fields, given.legs, strict=True)
                    if leg.account_id == till.id and leg.amount < 0
                ),
                value=taken[till.id], account=f"{till.code} {till.name}",
                account_en=f"{till.code} {till.name_en or till.name}", on=on.isoformat(),
                held=format_quantity(left + taken[till.id], UNITS["fen"]),
                taken=format_quantity(taken[till.id], UNITS["fen"]),
                remedy=_("Enter first what came in or was drawn from the bank, or choose the account that paid it."),
            )  # fmt: skip


def contract_reference(actor: Actor, book: KnownBook, contract_id: UUID | None) -> str:
    """Return what a voucher refers to, "" for nothing. Raises ``NotFound`` for a contract of another village."""
    if contract_id is None:
        return ""
    contract = contract_with(contract_id, actor)
    if str(contract.place_path) != book.place_path:
        raise NotFound(
            _("There is no such contract."), field="contract_id", value=str(contract_id),
            remedy=_("Choose a contract of the village whose book this is."),
        )  # fmt: skip
    return f"contract:{contract.id}"


def keep_papers(acting: Acting, book: KnownBook, transfer_id: UUID, files: Sequence[UUID]) -> list[dict[str, object]]:
    """Attach files to a voucher and return what is shown of each. Those that it has already are passed over."""
    held = set(VoucherPaper.objects.filter(transfer_id=transfer_id).values_list("id", flat=True))
    fresh = [file_id for file_id in dict.fromkeys(files) if file_id not in held]
    if len(held) + len(fresh) > PAPERS_MAX:
        raise TooLarge(
            _("A voucher has at most %(most)s photos and papers."), field="files", value=len(held) + len(fresh),
            most=PAPERS_MAX,
        )  # fmt: skip
    actor, papers = acting.actor, []
    for file_id in fresh:
        stored = hold_file(acting, file_id=file_id, holder=f"voucher:{transfer_id}")
        papers.append(VoucherPaper(
            id=stored.id, transfer_id=transfer_id, place_path=book.place_path, name=stored.name,
            media_type=stored.media_type, size=stored.size, at=acting.now, person_id=actor.person_id,
            post_id=actor.post_id, unit_id=actor.unit_id,
        ))  # fmt: skip
    VoucherPaper.objects.bulk_create(papers)
    return [{"id": one.id, "name": one.name, "media_type": one.media_type, "size": one.size} for one in papers]


def month_around(day: date) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def period_around(periods: Sequence[Period], *, first_day: date, last_day: date) -> Period | None:
    """Return the period that has to do with these days, None where they are simply open."""
    return next((one for one in periods if one.first_day <= last_day and first_day <= one.last_day), None)


def unfinished_months(periods: Sequence[Period], *, first_day: date, last_day: date) -> list[date]:
    """Return the first days of the months between two days of which some day is in no period that is finished."""
    finished = sorted(
        (one.first_day, one.last_day) for one in periods if one.state in (PeriodState.CLOSING, PeriodState.CLOSED)
    )
    months, day = [], first_day
    while day <= last_day:
        end = min(month_around(day)[1], last_day)
        free = day
        for begins, ends in finished:  # they lie apart, in their order
            if begins <= free <= ends:
                free = ends + timedelta(days=1)
        if free <= end:
            months.append(day.replace(day=1))
        day = end + timedelta(days=1)
    return months


def waiting_months(book_id: UUID, periods: Sequence[Period], *, first_day: date, last_day: date) -> list[date]:
    """Return the first days of months between two days that hold vouchers of a book and are not finished.

    A month without a voucher keeps nobody waiting.
    """
    months = unfinished_months(periods, first_day=first_day, last_day=last_day)
    if not months:
        return []
    booked = booked_between(book_id, first_day=months[0], last_day=last_day)
    busy = set(booked.annotate(month=TruncMonth("booked_on")).values_list("month", flat=True))
    return [one for one in months if one in busy]


def first_unfinished(book_id: UUID, periods: Sequence[Period], *, first_day: date, month: date) -> date | None:
    """Return the first of the waiting months before ``month``, None for none; the book begins on ``first_day``."""
    return next(iter(waiting_months(book_id, periods, first_day=first_day, last_day=month - timedelta(days=1))), None)


def refuse_gap(book_id: UUID, periods: Sequence[Period], *, first_day: date, month: date) -> None:
    """Refuse to finish a month of a book that begins on ``first_day`` before those before it. Raises ``Conflict``."""
    first = first_unfinished(book_id, periods, first_day=first_day, month=month)
    if first is not None:
        raise Conflict(
            _("%(first)s is not finished yet: months are finished one after the other."), field="month",
            value=month.isoformat(), first=f"{first:%Y-%m}", remedy=_("Finish %(first)s first."),
        )  # fmt: skip


def check_month(month: date, *, today: date) -> tuple[date, date]:
    """Return the days of a month that may be finished. Raises ``InvalidInput`` and ``Conflict``."""
    check_day(month, field="month")
    if month.day != 1:
        raise InvalidInput(
            _("A month is named by its first day."), field="month", value=month.isoformat(),
            remedy=_("Give the first of the month."),
        )  # fmt: skip
    first_day, last_day = month_around(month)
    if last_day >= today:
        raise Conflict(
            _("This month is not over yet."), field="month", value=month.isoformat(),
            remedy=_("Finish it from %(day)s on."), day=(last_day + timedelta(days=1)).isoformat(),
        )  # fmt: skip
    return first_day, last_day
