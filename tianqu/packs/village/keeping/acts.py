"""What an accountant does in a village's book, each safe to send twice. What is wrong is taken back by a reversal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.ledgers.api import (
    LEGS_MAX,
    PURPOSE_MAX,
    KnownBook,
    NewLeg,
    NewTransfer,
    PeriodState,
    book_called,
    known_book,
    periods_of,
    post_within,
    set_period_within,
    transfer_with,
)
from tianqu.kernel.places.api import require
from tianqu.packs.village.keeping.models import COMPOUND, VoucherKind
from tianqu.packs.village.keeping.registers.vouchers import (
    OPENING,
    VoucherLine,
    check_month,
    check_sides,
    contract_reference,
    keep_papers,
    legs_of,
    money_account,
    refuse_gap,
    refuse_overdrawn,
    refuse_second_opening,
)
from tianqu.packs.village.registers.refusals import check_amount, check_day


def _may_in_book(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    known_book(arguments["book"], acting.actor.scope)


def _may_on_voucher(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    known_book(transfer_with(arguments["transfer_id"]).book.code, acting.actor.scope)


@act("village.enter_voucher", may=_may_in_book)
def enter_voucher(
    acting: Acting,
    *,
    book: str,
    transfer_id: UUID,
    day: date,
    kind: VoucherKind,
    debit_account_id: int,
    credit_account_id: int,
    amount_fen: int,
    purpose: str,
    voucher: str = "",
    contract_id: UUID | None = None,
    files: Sequence[UUID] = (),
) -> int:
    """Post a receipt, a payment or a transfer of money with the photos of its papers; return its number in the book.

    ``contract_id`` names the contract of the village that it is about: it then stands on that contract's page.
    ``files`` were stored before and are attached. The same ``transfer_id`` with the same content changes nothing.
    Raises ``InvalidInput`` for a day to come and for accounts that do not go with the kind, ``Conflict`` for a month
    that is finished or closed, for a limit, and where less than nothing would be left in a till.
    """
    check_day(day, field="day", future=False)
    check_amount(amount_fen, field="amount_fen", least=1)
    purpose = clean_text(purpose, field="purpose", most=PURPOSE_MAX, wanted=True)
    known = known_book(book, acting.actor.scope)
    debit = money_account(known, debit_account_id, field="debit_account_id")
    credit = money_account(known, credit_account_id, field="credit_account_id")
    check_sides(kind, debit=debit, credit=credit)
    legs = (NewLeg(debit.id, amount_fen), NewLeg(credit.id, -amount_fen))
    reference = contract_reference(acting.actor, known, contract_id)
    given = NewTransfer(
        transfer_id, day, legs, kind=kind.value, purpose=purpose, reference=reference, voucher=voucher.strip()
    )
    return _posted(acting, known, given, files, fields=("amount_fen", "amount_fen"))


@act("village.enter_compound_voucher", may=_may_in_book)
def enter_compound_voucher(
    acting: Acting,
    *,
    book: str,
    transfer_id: UUID,
    day: date,
    lines: Sequence[VoucherLine],
    purpose: str,
    voucher: str = "",
    contract_id: UUID | None = None,
    files: Sequence[UUID] = (),
) -> int:
    """Post a voucher of two or more accounts with the photos of its papers; return its number in the book.

    Each line is a debit or a credit; debits and credits are equal to the fen. Everything else is as with
    ``enter_voucher``. Raises ``InvalidInput`` with the line (``lines.2.credit_fen``) where one is wrong.
    """
    check_day(day, field="day", future=False)
    purpose = clean_text(purpose, field="purpose", most=PURPOSE_MAX, wanted=True)
    known = known_book(book, acting.actor.scope)
    legs = legs_of(known, lines)
    reference = contract_reference(acting.actor, known, contract_id)
    given = NewTransfer(
        transfer_id, day, legs, kind=COMPOUND, purpose=purpose, reference=reference, voucher=voucher.strip()
    )
    return _posted(acting, known, given, files, fields=_credits(lines))


@act("village.enter_opening", may=_may_in_book)
def enter_opening(acting: Acting, *, book: str, transfer_id: UUID, lines: Sequence[VoucherLine]) -> int:
    """Post what a book begins with, as one transfer of the kind ``opening`` on its first day; return its number.

    Each line is what an account holds, as a debit or a credit; debits and credits are equal to the fen. A book begins
    once: a wrong entry is taken back, and then entered anew. Raises ``InvalidInput`` with the line
    (``lines.2.credit_fen``) where one is wrong, ``Conflict`` where the book has its opening balances already.
    """
    known = known_book(book, acting.actor.scope)
    legs = legs_of(known, lines, most=LEGS_MAX)
    day = book_called(book).first_day
    given = NewTransfer(transfer_id, day, legs, kind=OPENING)
    posted = post_within(acting, book=book, transfers=[given])[0]
    if posted.again:
        raise DoneBefore(posted.number)
    refuse_overdrawn(acting.actor, given, fields=_credits(lines))
    refuse_second_opening(known, transfer_id)  # posting took the book's number, so that no other comes between
    acting.record(f"voucher:{transfer_id}", after={"book": book, "number": posted.number})
    return posted.number


def _credits(lines: Sequence[VoucherLine]) -> list[str]:
    """The fields in which the lines of a voucher credit their accounts."""
    return [f"lines.{number}.credit_fen" for number in range(1, len(lines) + 1)]


def _posted(
    acting: Acting, known: KnownBook, given: NewTransfer, files: Sequence[UUID], *, fields: Sequence[str]
) -> int:
    """Post a voucher with its papers; ``fields`` say where each leg was given. Raises ``DoneBefore`` for a repeat."""
    posted = post_within(acting, book=known.code, transfers=[given])[0]
    if posted.again:
        raise DoneBefore(posted.number)
    refuse_overdrawn(acting.actor, given, fields=fields)  # posting took the book's number: no other comes between
    papers = keep_papers(acting, known, given.id, files)
    acting.record(f"voucher:{given.id}", after={"book": known.code, "number": posted.number, "papers": papers})
    return posted.number


@act("village.add_papers", may=_may_on_voucher)
def add_papers(acting: Acting, *, transfer_id: UUID, files: Sequence[UUID]) -> int:
    """Attach photos or papers to a voucher that was posted before; return how many came to it.

    Those that it has already are passed over.
    """
    known = known_book(transfer_with(transfer_id).book.code, acting.actor.scope)
    papers = keep_papers(acting, known, transfer_id, files)
    if not papers:
        raise DoneBefore(0)
    acting.record(f"voucher:{transfer_id}", after={"book": known.code, "papers": papers})
    return len(papers)


@act("village.finish_month", may=_may_in_book)
def finish_month(acting: Acting, *, book: str, month: date) -> None:
    """Say that a month, named by its first day, is entered whole: it then takes only adjustments and reversals.

    Closing it for good, or opening it again, is for the office above. Raises ``Conflict`` for a month that is closed
    or is not over yet, and while an earlier month of the book that holds vouchers is not finished.
    """
    first_day, last_day = check_month(month, today=acting.today)
    state, kept = PeriodState.CLOSING.value, book_called(book)
    periods = periods_of(kept)
    for period in periods:
        if (period.first_day, period.last_day, period.state) == (first_day, last_day, state):
            raise DoneBefore(None)
    refuse_gap(kept.id, periods, first_day=kept.first_day, month=first_day)
    set_period_within(acting, book=book, first_day=first_day, last_day=last_day, state=state)
