"""What an answer moves in the village's book: reserved as pending, posted with the finding, else voided.

Which accounts move is known from what was done: a claim that is paid makes cash of a receivable. A village that keeps
other accounts names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.ledgers.api import (
    VOUCHER_MAX,
    Account,
    Book,
    Leg,
    NewLeg,
    NewTransfer,
    Outcome,
    Resolution,
    post_within,
    resolve_within,
    reverse_within,
)
from tianqu.packs.village.findings.models import EffectKind, Finding, FindingAnswer, FindingEffect, SubjectKind
from tianqu.packs.village.keeping.registers.vouchers import refuse_overdrawn
from tianqu.packs.village.models import Contract, ParcelVersion
from tianqu.packs.village.registers.received import BY_FINDING, CONTRACT
from tianqu.packs.village.registers.refusals import AREA_MAX, check_day, taken

EFFECTS_MAX: Final = 50
TRANSFER_KIND: Final = BY_FINDING
LAND, MONEY = "mu_4", "fen"
# Receivables, payables: the charts of village collectives of 2004 and 2023 (realms/*/ledgers) call
# payables 202 and 211. Land is counted by class, in use and idle (the chart of land beside them): "arable" and
# "arable.idle"; what is recovered goes from the one that lies idle to the one in use.
IDLE: Final = ".idle"
DEBITS: Final = {
    EffectKind.LAND_RECOVERED: (), EffectKind.CLAIM_SETTLED: (), EffectKind.RENT_COLLECTED: (),
    EffectKind.DEBT_SETTLED: ("202", "211"), EffectKind.OTHER: (),
}  # fmt: skip
CREDITS: Final = {
    EffectKind.LAND_RECOVERED: (), EffectKind.CLAIM_SETTLED: ("112",), EffectKind.RENT_COLLECTED: ("112",),
    EffectKind.DEBT_SETTLED: (), EffectKind.OTHER: (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewEffect:
    """What an answer moves, under the client's own UUID. ``amount`` is in 0.0001 mu for land, in fen for money.

    ``debit`` and ``credit`` are codes of accounts in the village's book; left empty, they are those that the kind
    usually moves, receivables or payables; for land the class of the parcel that the finding is about or the answer
    names, in use against idle. How money was paid is never guessed: bank ("102") or cash ("101") is named, as what is
    debited where money came in and credited where it was paid out. ``book`` is needed where the village keeps several;
    ``day`` is when it was done, else today.
    """

    transfer_id: UUID
    kind: EffectKind
    amount: int
    day: date | None = None
    book: str = ""
    debit: str = ""
    credit: str = ""
    voucher: str = ""


def check_paid(kind: EffectKind, *, debit: str, credit: str) -> None:
    """Refuse an amount of money of which nobody says how it was paid. Raises ``InvalidInput``."""
    paid = credit if kind is EffectKind.DEBT_SETTLED else debit
    if unit_of_kind(kind) == MONEY and not paid.strip():
        raise InvalidInput(
            _("Of an amount of money it must be said how it was paid."), field="effects", value=kind.value,
            remedy=_("Say whether by bank or in cash, or name the account."),
        )  # fmt: skip


def check_shown(kind: EffectKind, *, voucher: str, files: Sequence[object]) -> None:
    """Refuse an amount of money that no paper shows. Raises ``InvalidInput``."""
    if unit_of_kind(kind) == MONEY and not (voucher.strip() or files):
        raise InvalidInput(
            _("An amount of money needs a paper that shows it."), field="effects", value=kind.value,
            remedy=_("Give the number of its voucher, or attach the receipt or a photo of it."),
        )  # fmt: skip


def unit_of_kind(kind: EffectKind) -> str:
    """The unit in which an effect counts."""
    return LAND if kind is EffectKind.LAND_RECOVERED else MONEY


def reserve(acting: Acting, finding: Finding, answer: FindingAnswer, effects: Sequence[NewEffect]) -> None:
    """Reserve what an answer moves as pending transfers of the village's book.

    Raises ``InvalidInput`` for accounts that cannot be found, ``Conflict`` for a limit or a closed account.
    """
    if len(effects) > EFFECTS_MAX:
        raise InvalidInput(
            _("An answer moves at most %(most)s amounts."), field="effects", value=len(effects), most=EFFECTS_MAX
        )
    land_class = _land_class(finding, answer)
    for each in effects:
        _reserve_one(acting, finding, answer, each, land_class=land_class)


def _land_class(finding: Finding, answer: FindingAnswer) -> str:
    """The class of the land that is recovered: of the parcel that the finding is about, else of the first one named."""
    named = [one["id"] for one in answer.evidence if one["kind"] == SubjectKind.PARCEL]
    parcel_id = finding.parcel_id or (UUID(named[0]) if named else None)
    if parcel_id is None:
        return ""
    newest = ParcelVersion.objects.filter(parcel_id=parcel_id).order_by("-valid_from", "-id").first()
    return newest.land_class if newest is not None else ""


def _reserve_one(
    acting: Acting, finding: Finding, answer: FindingAnswer, given: NewEffect, *, land_class: str
) -> None:  # fmt: skip
    kind, unit = EffectKind(given.kind), unit_of_kind(EffectKind(given.kind))
    if not 1 <= given.amount <= AREA_MAX:
        raise InvalidInput(
            _("%(value)s is too little or too much here."), field="effects", value=given.amount,
            remedy=_("Give a number from %(least)s to %(most)s, in the smallest unit."), least=1, most=AREA_MAX,
        )  # fmt: skip
    today = acting.today
    day = given.day or today
    check_day(day, field="effects")
    if day > today:
        raise InvalidInput(
            _("%(value)s is yet to come."), field="effects", value=day.isoformat(),
            remedy=_("Enter what has happened; give today or an earlier day."),
        )  # fmt: skip
    book = book_of(finding, unit=unit, code=given.book)
    land = kind is EffectKind.LAND_RECOVERED and land_class
    debits, credits = ((land_class,), (land_class + IDLE,)) if land else (DEBITS[kind], CREDITS[kind])
    debit = _account(book, unit, named=given.debit, usual=debits, side="debit")
    credit = _account(book, unit, named=given.credit, usual=credits, side="credit")
    if debit.id == credit.id:
        raise InvalidInput(
            _("The two accounts are the same."), field="effects", value=debit.code,
            remedy=_("Choose where it comes from and where it goes to."),
        )  # fmt: skip
    transfer = NewTransfer(
        given.transfer_id, day, (NewLeg(debit.id, given.amount), NewLeg(credit.id, -given.amount)), TRANSFER_KIND,
        reference=_about(finding, answer, kind), pending=True,
        voucher=clean_text(given.voucher, field="effects", most=VOUCHER_MAX),
    )  # fmt: skip
    (posted,) = post_within(acting, book=book.code, transfers=[transfer])
    if posted.again:
        raise taken("effects", given.transfer_id)
    FindingEffect.objects.create(
        transfer_id=given.transfer_id, finding=finding, answer=answer, place_path=finding.place_path, kind=kind,
        unit=unit, amount=given.amount,
    )  # fmt: skip


def _about(finding: Finding, answer: FindingAnswer, kind: EffectKind) -> str:
    """What a transfer is about: the contract whose rent was collected, so that it pays the rent; else the finding.

    The contract is the one that the finding is about, else the only one that the answer names. Raises ``InvalidInput``
    where it names several.
    """
    if kind is not EffectKind.RENT_COLLECTED:
        return f"finding:{finding.order_id}"
    named = [UUID(one["id"]) for one in answer.evidence if one["kind"] == SubjectKind.CONTRACT]
    ids = [finding.contract_id] if finding.contract_id is not None else named
    found = list(Contract.objects.filter(id__in=ids, place_path=finding.place_path).order_by("number")[:2])
    if len(found) > 1:
        raise InvalidInput(
            _("The answer names several contracts, and not whose rent was collected."), field="effects",
            value=", ".join(contract.number for contract in found),
            remedy=_("Name the one whose rent it is, and no other."),
        )  # fmt: skip
    return f"{CONTRACT}:{found[0].id}" if found else f"finding:{finding.order_id}"


def book_of(finding: Finding, *, unit: str, code: str = "") -> Book:
    """Return the village's book that counts in a unit. Raises ``InvalidInput`` where none or several do."""
    books = list(
        Book.objects.filter(place_path=finding.place_path, ledgers__unit=unit).distinct().order_by("code")[:10]
    )
    if code:
        books = [book for book in books if book.code == code]
    if len(books) != 1:
        codes = ", ".join(book.code for book in books)
        raise InvalidInput(
            _("The village keeps several books that count in %(unit)s: %(codes)s.") if books
            else _("The village keeps no such book that counts in %(unit)s."),
            field="effects", value=code[:80], unit=unit, codes=codes, remedy=_("Name the book that it moves in."),
        )  # fmt: skip
    return books[0]


def _account(book: Book, unit: str, *, named: str, usual: Sequence[str], side: str) -> Account:
    """The account with a code that was named, else the first of the usual ones that the book has open."""
    wanted = [named[:40]] if named else list(usual)
    found = {
        account.code: account
        for account in Account.objects.filter(
            book=book, ledger__unit=unit, code__in=wanted, closed_on__isnull=True
        ).order_by("chart")
    }
    for code in wanted:
        if code in found:
            return found[code]
    raise NotFound(
        _("The book %(book)s has no open account %(value)s."), field="effects", value=", ".join(wanted) or side,
        book=book.code, remedy=_("Name the accounts to debit and to credit by their codes."),
    )  # fmt: skip


def waiting_effects(finding: Finding) -> list[FindingEffect]:
    """What waits for the finding to be decided, in the order in which it was reserved."""
    resolved = Resolution.objects.filter(transfer_id__in=finding.effects.values("transfer_id"))
    rows = finding.effects.select_related("answer").exclude(transfer_id__in=resolved.values("transfer_id"))
    return list(rows.order_by("transfer_id"))


def resolve_all(acting: Acting, finding: Finding, *, outcome: str, reason: str) -> list[FindingEffect]:
    """Post or void everything that waits for a finding, on the day of the act; return what that was.

    Raises ``Conflict`` where less than nothing would be left in a till.
    """
    today, waiting = acting.today, waiting_effects(finding)
    for effect in waiting:
        resolve_within(acting, transfer_id=effect.transfer_id, outcome=outcome, day=today, reason=reason)
        if outcome == Outcome.POSTED:
            _refuse_overdrawn(acting, effect, day=today)
    return waiting


def _refuse_overdrawn(acting: Acting, effect: FindingEffect, *, day: date) -> None:
    """Refuse to post an effect that a till cannot pay. Raises ``Conflict``."""
    legs = Leg.objects.filter(transfer_id=effect.transfer_id, held=False).order_by("position")
    posted = NewTransfer(effect.transfer_id, day, tuple(NewLeg(leg.account_id, leg.amount) for leg in legs))
    refuse_overdrawn(acting.actor, posted, fields=["effects"] * len(posted.legs))


def take_back(acting: Acting, finding: Finding, *, purpose: str) -> list[FindingEffect]:
    """Reverse everything that was posted with a finding, on the day of the act; return what that was."""
    posted = Resolution.objects.filter(outcome="posted").values("transfer_id")
    standing = list(finding.effects.filter(reversal_id__isnull=True, transfer_id__in=posted).order_by("transfer_id"))
    for effect in standing:
        reversal = reverse_within(
            acting, transfer_id=effect.transfer_id, reversal_id=new_identifier(),
            day=acting.today, purpose=purpose,
        )  # fmt: skip
        effect.reversal_id = reversal.id
        effect.save(update_fields=["reversal_id"])
    return standing
