"""The form of a voucher of several accounts: lines are added and taken away with a script and without."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from tianqu.base.errors import InvalidInput, NotFound, TianquError, at_field
from tianqu.kernel.ledgers.api import PURPOSE_MAX, VOUCHER_MAX
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import require
from tianqu.packs.village.forms import SENT, TEXT_MAX, day_given, said_yuan, sent_id_of, yuan_given
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.form_pages import LABELS
from tianqu.packs.village.keeping.models import VoucherKind
from tianqu.packs.village.keeping.pages import address_of, month_address
from tianqu.packs.village.keeping.queries import contract_numbered, month_of, offered_accounts, voucher_detail
from tianqu.packs.village.keeping.registers.vouchers import LINES_MAX, PAPERS_MAX, VoucherLine
from tianqu.packs.village.sent_files import stored_files
from tianqu.packs.village.words import shown

LINES_FIRST: Final = 3
NEEDED: Final = ("day", "purpose")
NAMES: Final = {
    "account": gettext_noop("Account of line %(n)s"), "debit": gettext_noop("Debit of line %(n)s"),
    "credit": gettext_noop("Credit of line %(n)s"),
}  # fmt: skip
PARTS: Final = tuple(NAMES)
_IN_LINE: Final = re.compile(r"lines\.([0-9]+)\.(account|debit|credit)_(?:id|fen)")


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line as it was typed, by its number on the page."""

    number: int
    account: str = ""
    debit: str = ""
    credit: str = ""

    @property
    def empty(self) -> bool:
        return not (self.account or self.debit or self.credit)


def enter(request: PageRequest, *, code: str) -> PageResult:
    """Enter a voucher of several accounts. A button that adds or takes away a line shows the form again, unsent."""
    require(request.actor, "village.enter_compound_voucher")
    page = _CompoundPage(request, code)
    if request.method != "POST":
        values, lines = _copied(request, code)
        return page.shown(values | {"day": timezone.localdate().isoformat()}, lines, Faults(), sent_id_of(""))
    given = {name: str(value).strip()[:TEXT_MAX] for name, value in request.POST.items()}
    lines, sent_id = _typed(given), sent_id_of(given.get(SENT, ""))
    if changed := given.get("change"):
        return page.shown(given, _changed(lines, changed), Faults(), sent_id)
    try:
        _enter(request, code, given, lines, sent_id)
    except TianquError as error:
        return page.shown(given, lines, faults(_at_line(error, lines)), sent_id, status=error.status)
    return Redirect(address_of(sent_id), notice=gettext("It was entered in the book."))


def _enter(request: PageRequest, code: str, given: Mapping[str, str], lines: list[TypedLine], sent_id: UUID) -> None:
    for name in NEEDED:
        if not given.get(name):
            raise InvalidInput(gettext_noop("This is needed."), field=name, remedy=gettext_noop("Fill it in."))
    told: dict[str, Any] = {"day": day_given(given, "day"), "lines": [_line(one) for one in lines if not one.empty]}
    if number := given.get("contract", ""):
        told["contract_id"] = contract_numbered(request.actor, book=code, number=number)
    with stored_files(request, "files", most=PAPERS_MAX) as files:
        acts.enter_compound_voucher(
            request.actor, book=code, transfer_id=sent_id, purpose=given["purpose"], voucher=given.get("voucher", ""),
            files=files, **told,
        )  # fmt: skip


def _typed(given: Mapping[str, str]) -> list[TypedLine]:
    """The lines of a form, in their order."""
    numbers = [n for n in range(1, LINES_MAX + 1) if any(f"{part}_{n}" in given for part in PARTS)]
    return [TypedLine(n, *(given.get(f"{part}_{n}", "") for part in PARTS)) for n in numbers]


def _changed(lines: list[TypedLine], change: str) -> list[TypedLine]:
    """The lines with one added, or without the one whose number was pressed; counted anew."""
    if change == "add" and len(lines) < LINES_MAX:
        lines = [*lines, TypedLine(0)]
    kept = [one for one in lines if change != f"remove_{one.number}"]
    return [TypedLine(n, one.account, one.debit, one.credit) for n, one in enumerate(kept, start=1)]


def _line(typed: TypedLine) -> VoucherLine:
    """Read a line. Raises ``InvalidInput`` at its field."""
    given = {f"{part}_{typed.number}": getattr(typed, part) for part in PARTS}
    account, debit, credit = given
    if not given[account]:
        raise InvalidInput(
            gettext_noop("This is needed."), field=account, remedy=gettext_noop("Choose one of the list.")
        )
    if not (given[account].isascii() and given[account].isdigit() and len(given[account]) < 16):
        raise InvalidInput(
            gettext_noop("“%(value)s” is none of the list."), field=account, value=given[account][:40],
            remedy=gettext_noop("Choose one of the list."),
        )  # fmt: skip
    return VoucherLine(int(given[account]), yuan_given(given, debit) or 0, yuan_given(given, credit) or 0)


def _at_line(error: TianquError, lines: list[TypedLine]) -> TianquError:
    """Put what was wrong with a line at its field on the page; empty lines between are none to the act."""
    found = _IN_LINE.fullmatch(error.field or "")
    if found is None:
        return error
    number = [one.number for one in lines if not one.empty][int(found[1]) - 1]
    return at_field(error, f"{found[2]}_{number}")


def _copied(request: PageRequest, code: str) -> tuple[dict[str, str], list[TypedLine]]:
    """What a new form takes over from the voucher that the address names, once that was taken back."""
    try:
        told = voucher_detail(request.actor, transfer_id=UUID(request.GET.get("from", "")))
    except (ValueError, NotFound):
        return {}, [TypedLine(n) for n in range(1, LINES_FIRST + 1)]
    lines = [
        TypedLine(
            n, str(leg.account_id), said_yuan(leg.amount).replace(",", "") if leg.amount > 0 else "",
            said_yuan(-leg.amount).replace(",", "") if leg.amount < 0 else "",
        )
        for n, leg in enumerate(told.detail.legs[:LINES_MAX], start=1)
    ]  # fmt: skip
    return {"purpose": told.detail.purpose, "voucher": told.detail.voucher}, lines


class _CompoundPage:
    """The page with the form of a voucher of several accounts in one book."""

    def __init__(self, request: PageRequest, code: str) -> None:
        self.month = month_of(request.actor, book=code, day=timezone.localdate())
        cash, others = offered_accounts(request.actor, book=code, kind=VoucherKind.TRANSFER)
        self.options = [(str(one.id), f"{one.code} {shown(one)}") for one in (*cash, *others)]

    def shown(
        self, values: Mapping[str, str], lines: list[TypedLine], errors: Faults, sent_id: UUID, *, status: int = 200
    ) -> PageResult:
        """The form with what was typed, what was wrong, and by how much debits and credits differ."""
        labels = LABELS | {"lines": gettext("Lines")}
        for one in lines:
            labels |= {f"{part}_{one.number}": gettext(said) % {"n": one.number} for part, said in NAMES.items()}
        debits, credits = (sum(fen_as_typed(getattr(one, part)) for one in lines) for part in ("debit", "credit"))
        context = {
            "told": self.month, "options": self.options, "lines": lines, "lines_max": LINES_MAX, "values": values,
            "errors": errors, "labels": labels, "sent_id": sent_id, "purpose_max": PURPOSE_MAX,
            "voucher_max": VOUCHER_MAX, "debits": said_yuan(debits),
            "difference": said_yuan(abs(debits - credits)), "even": debits == credits, "more_debits": debits > credits,
            "summary": [(name if name in labels else "", sentence) for name, sentence in errors.items()],
            "where": [(shown(self.month.book), month_address(self.month.book.code))],
        }  # fmt: skip
        return Rendered("village_keeping/compound.html", context, status=status)


def fen_as_typed(text: str) -> int:
    """An amount as far as it can be read; what cannot counts nothing until the form is sent."""
    try:
        return yuan_given({"amount": text}, "amount") or 0
    except InvalidInput:
        return 0
