"""Reading for who keeps a book: a month with its cash, its vouchers, one with its papers, accounts to choose.

Everything within the reader's sight; the books themselves are read through the room of ledgers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.base.quantities import UNITS, read_quantity
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import (
    BookDetail,
    BookPage,
    LegDetail,
    Movement,
    Period,
    TransferDetail,
    accounts_of,
    book_called,
    book_detail,
    book_transfers,
    booked_between,
    books_list,
    movements_of,
    transfer_detail,
    waiting_count,
)
from tianqu.kernel.places.api import Post, can, posts_with
from tianqu.packs.village.findings.models import FindingEffect
from tianqu.packs.village.keeping.models import VoucherKind, VoucherPaper
from tianqu.packs.village.keeping.registers.vouchers import (
    TILL,
    first_unfinished,
    is_cash,
    month_around,
    period_around,
)
from tianqu.packs.village.models import Contract
from tianqu.packs.village.queries import said_party
from tianqu.packs.village.registers.received import BY_FINDING
from tianqu.packs.village.statements.layouts import CASH_CODES
from tianqu.packs.village.statements.queries import MONEY

CONTRACT, FINDING = "contract:", "finding:"  # how a transfer names what it is about
OWN_BOOKS_MAX: Final = 50
CONTRACT_VOUCHERS_MAX: Final = 100  # shown on the page of a contract
# Which accounts are offered first against cash.
FIRST_OFFERED: Final = {
    VoucherKind.RECEIPT: ("income", "liabilities"), VoucherKind.PAYMENT: ("expenses", "costs"),
    VoucherKind.TRANSFER: ("assets", "liabilities"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CashLine:
    """An account of cash or at a bank over a month, in fen."""

    code: str
    name: str
    name_en: str
    opening: int
    received: int
    paid: int
    closing: int

    @property
    def till(self) -> bool:
        """Whether it is cash on hand, which is never less than nothing."""
        return self.code.startswith(TILL)


@dataclass(frozen=True, slots=True)
class Paper:
    """A photo or paper of a voucher."""

    id: UUID
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class ContractNamed:
    """The contract that a voucher is about; ``open``: the reader may see its page. "" for what is out of sight."""

    id: UUID
    number: str
    open: bool


@dataclass(frozen=True, slots=True)
class FindingBooked:
    """The finding that a transfer puts right, or takes back: its code, and the kind of effect; ``open``: as above."""

    id: UUID
    code: str
    kind: str
    open: bool


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """A voucher in a list, with the accounts and the sum of money that it moves, and how many papers it has.

    ``finding`` is what it put right, None for an ordinary voucher.
    """

    detail: TransferDetail
    papers: int
    finding: FindingBooked | None

    @property
    def debits(self) -> list[LegDetail]:
        """What is debited."""
        return [leg for leg in self.detail.legs if leg.amount > 0]

    @property
    def credits(self) -> list[LegDetail]:
        """What is credited."""
        return [leg for leg in self.detail.legs if leg.amount < 0]

    @property
    def amount_fen(self) -> int | None:
        """The money that it moves, None for one that moves none."""
        return money_moved(self.detail)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a book: its cash, how it stands, and what is still to be done before it is finished.

    ``period`` is the one that its days lie in, None where they are open. ``bare`` counts vouchers without any paper,
    ``waiting`` transfers that wait for a decision. ``waits_for`` is the first day of the earlier month that is to be
    finished before this one, None for none.
    """

    book: BookDetail
    first_day: date
    last_day: date
    period: Period | None
    cash: list[CashLine]
    vouchers: int
    bare: int
    waiting: int
    waits_for: date | None

    @property
    def own_period(self) -> bool:
        """Whether the period is just this month."""
        days = (self.first_day, self.last_day)
        return self.period is not None and (self.period.first_day, self.period.last_day) == days


@dataclass(frozen=True, slots=True)
class Voucher:
    """One voucher with its papers and the book that it is in.

    ``contract`` and ``finding`` are what it is about; ``post`` is the one that entered it, None for the system.
    """

    detail: TransferDetail
    book: BookDetail
    papers: list[Paper]
    contract: ContractNamed | None
    finding: FindingBooked | None
    post: Post | None

    @property
    def amount_fen(self) -> int | None:
        """The money that it moves, None for one that moves none."""
        return money_moved(self.detail)


@dataclass(frozen=True, slots=True)
class OfferedAccount:
    """An account that a form offers."""

    id: int
    code: str
    name: str
    name_en: str
    cash: bool


def money_moved(detail: TransferDetail) -> int | None:
    """The sum of the debits of money of a transfer, in fen; None where it moves no money."""
    amounts = [leg.amount for leg in detail.legs if leg.ledger == MONEY and leg.amount > 0]
    return sum(amounts) if amounts else None


def own_books(actor: Actor) -> list[str]:
    """The codes of the books that an accountant sees, at most fifty of them. Needs ledgers.see."""
    return [book.code for book in books_list(actor, limit=OWN_BOOKS_MAX).rows]


def month_of(actor: Actor, *, book: str, day: date) -> Month:
    """Return the month around a day of a book. Raises ``NotFound`` for a book out of sight or without money."""
    detail = book_detail(actor, book=book)
    if all(ledger.code != MONEY for ledger in detail.ledgers):
        raise NotFound(
            _("This book keeps no money."), field="book", value=book,
            remedy=_("Choose a book that has a ledger of money."),
        )  # fmt: skip
    first_day, last_day = month_around(day)
    of_month = booked_between(detail.id, first_day=first_day, last_day=last_day)
    papers = Exists(VoucherPaper.objects.filter(transfer_id=OuterRef("id")))
    return Month(
        detail, first_day, last_day, period_around(detail.periods, first_day=first_day, last_day=last_day),
        _cash(movements_of(actor, book=book, ledger=MONEY, first_day=first_day, last_day=last_day)),
        of_month.count(), of_month.exclude(papers).exclude(kind="reversal").count(),
        waiting_count(actor, book=book),
        first_unfinished(detail.id, detail.periods, first_day=detail.first_day, month=first_day),
    )  # fmt: skip


def _cash(movements: Sequence[Movement]) -> list[CashLine]:
    return [
        CashLine(one.code, one.name, one.name_en, one.opening, one.all_debits, one.all_credits, one.closing)
        for one in movements
        if one.element == "assets"
        and one.code.startswith(tuple(CASH_CODES))
        and (one.opening or one.all_debits or one.all_credits or one.code in CASH_CODES)
    ]


def month_vouchers(
    actor: Actor,
    *,
    book: str,
    days: tuple[date, date] | None,
    text: str = "",
    after: str | None = None,
    limit: int = 50,
) -> BookPage[VoucherRow]:
    """List the vouchers of a book by number, first the newest: between two days, and with some words or an amount."""
    page = book_transfers(
        actor, book=book, days=days, text=text, amount=_amount(text), before=_mark(after), limit=limit
    )
    papers = dict(
        VoucherPaper.objects.filter(transfer_id__in=[row.id for row in page.rows])
        .values("transfer_id").annotate(count=Count("id")).values_list("transfer_id", "count")
    )  # fmt: skip
    found = _findings(actor, page.rows)
    return BookPage([VoucherRow(row, papers.get(row.id, 0), found.get(row.id)) for row in page.rows], page.after)


def _findings(actor: Actor, transfers: Sequence[TransferDetail]) -> dict[UUID, FindingBooked]:
    """What findings booked or took back with some transfers, by these."""
    named = {one.id: _named(FINDING, one.reference, one.purpose) for one in transfers}
    about = Q(finding_id__in={found for found in named.values() if found})
    collected = Q(transfer_id__in=[one.id for one in transfers if one.kind == BY_FINDING])  # they name their contract
    effects = {
        transfer_id: effect
        for effect in FindingEffect.objects.filter(about | collected).select_related("finding__order")
        for transfer_id in (effect.transfer_id, effect.reversal_id)
        if transfer_id is not None
    }
    booked = {}
    for transfer_id, finding_id in named.items():
        effect = effects.get(transfer_id)
        if effect is not None:
            open_to = can(actor, "village.see", effect.finding)
            booked[transfer_id] = FindingBooked(effect.finding_id, effect.finding.order.code, effect.kind, open_to)
        elif finding_id is not None:
            booked[transfer_id] = FindingBooked(finding_id, "", "", open=False)
    return booked


def _named(kind: str, *texts: str) -> UUID | None:
    """The identifier in the first text that names a thing of a kind: "contract:0192…"."""
    for text in texts:
        if text.startswith(kind):
            try:
                return UUID(text.removeprefix(kind))
            except ValueError:
                continue
    return None


def _contract_named(actor: Actor, detail: TransferDetail) -> ContractNamed | None:
    contract_id = _named(CONTRACT, detail.reference)
    if contract_id is None:
        return None
    contract = Contract.objects.filter(id=contract_id).first()
    if contract is None:
        return ContractNamed(contract_id, "", open=False)
    return ContractNamed(contract_id, contract.number, can(actor, "village.see", contract))


def _amount(text: str) -> int | None:
    """What was looked for as an amount in yuan, in fen; None for other words."""
    try:
        return read_quantity(text, UNITS["fen"]) if text else None
    except InvalidInput:
        return None


def _mark(after: str | None) -> int | None:
    if after is None:
        return None
    if not (after.isascii() and after.isdigit() and len(after) < 18):
        raise InvalidInput(
            _("This is not the mark of a page."), field="after", value=after[:80],
            remedy=_("Use what the page before gave, or none."),
        )  # fmt: skip
    return int(after)


def voucher_detail(actor: Actor, *, transfer_id: UUID) -> Voucher:
    """Return a voucher with its papers. Raises ``NotFound``, and ``NotPermitted`` without ledgers.see."""
    detail = transfer_detail(actor, transfer_id=transfer_id)
    papers = VoucherPaper.objects.filter(transfer_id=transfer_id).order_by("at", "id")
    return Voucher(
        detail, book_detail(actor, book=detail.book),
        [Paper(one.id, said_party(one.name), one.media_type, one.size) for one in papers],
        _contract_named(actor, detail), _findings(actor, [detail]).get(detail.id),
        posts_with({detail.post_id}).get(detail.post_id) if detail.post_id is not None else None,
    )  # fmt: skip


def contract_vouchers(actor: Actor, *, contract_id: UUID, place_path: str) -> list[TransferDetail]:
    """The vouchers of a village's books that are about a contract, first the newest; none without ledgers.see."""
    if not can(actor, "ledgers.see"):
        return []
    reference = f"{CONTRACT}{contract_id}"
    books = books_list(actor, place_path=place_path, limit=OWN_BOOKS_MAX).rows
    pages = [book_transfers(actor, book=one.code, reference=reference, limit=CONTRACT_VOUCHERS_MAX) for one in books]
    return [row for page in pages for row in page.rows]


def contract_numbered(actor: Actor, *, book: str, number: str) -> UUID:
    """Return the contract of a book's village with a number. Raises ``NotFound`` at the field ``contract``."""
    detail = book_detail(actor, book=book)
    found = Contract.objects.filter(place_path=detail.place_path, number=number).values_list("id", flat=True).first()
    if found is None:
        raise NotFound(
            _("The village has nothing of this kind with the number %(value)s."), field="contract", value=number[:40],
            remedy=_("Look the number up in the register."),
        )  # fmt: skip
    return found


def offered_accounts(
    actor: Actor, *, book: str, kind: VoucherKind
) -> tuple[list[OfferedAccount], list[OfferedAccount]]:
    """Return the accounts of cash of a book, and the others, first those that mostly go with this kind of voucher.

    Those that are closed, and those that gather others, are left out; one that gathers others and still holds
    something itself is offered, so that it can be moved down.
    """
    book_detail(actor, book=book)  # within sight
    accounts = [one for one in accounts_of(book_called(book)) if one.ledger.code == MONEY]
    today = timezone.localdate()
    open_now = [one for one in accounts if one.closed_on is None or one.closed_on > today]
    above = {one.parent_id for one in open_now}
    open_now = [one for one in open_now if one.id not in above or one.posted_debit != one.posted_credit]
    first = FIRST_OFFERED[kind]
    open_now.sort(key=lambda one: (first.index(one.element) if one.element in first else len(first), one.code))
    offered = [OfferedAccount(one.id, one.code, one.name, one.name_en, is_cash(one)) for one in open_now]
    return [one for one in offered if one.cash], [one for one in offered if not one.cash]
