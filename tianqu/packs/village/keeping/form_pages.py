"""The forms of who keeps a book: a receipt, a payment, a transfer; more papers; taking back; finishing a month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound, TianquError, at_field
from tianqu.kernel.ledgers.api import PURPOSE_MAX, VOUCHER_MAX, PeriodState, reverse_transfer, set_period
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import require
from tianqu.packs.village.forms import (
    SENT,
    TEXT_MAX,
    Done,
    Field,
    Form,
    act_page,
    day_given,
    said_yuan,
    sent_id_of,
    yuan_given,
)
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.models import VoucherKind
from tianqu.packs.village.keeping.pages import address_of, crumbs, month_address, month_asked
from tianqu.packs.village.keeping.queries import (
    Month,
    OfferedAccount,
    Voucher,
    contract_numbered,
    month_of,
    offered_accounts,
    voucher_detail,
)
from tianqu.packs.village.keeping.registers.vouchers import PAPERS_MAX, month_around
from tianqu.packs.village.keeping.words import month_said
from tianqu.packs.village.sent_files import stored_files
from tianqu.packs.village.words import shown

TITLES: Final = {
    VoucherKind.RECEIPT: _("Enter a receipt"), VoucherKind.PAYMENT: _("Enter a payment"),
    VoucherKind.TRANSFER: _("Enter a transfer"),
}  # fmt: skip
# What the two accounts are called: first the one that is asked for first.
SIDES: Final = {
    VoucherKind.RECEIPT: (("debit_account_id", _("Received in")), ("credit_account_id", _("From which account"))),
    VoucherKind.PAYMENT: (("credit_account_id", _("Paid from")), ("debit_account_id", _("For which account"))),
    VoucherKind.TRANSFER: (
        ("credit_account_id", _("From account (credit)")), ("debit_account_id", _("To account (debit)")),
    ),
}  # fmt: skip
LABELS: Final = {
    "day": _("Date"), "amount": _("Amount in yuan"), "purpose": _("Purpose"), "voucher": _("Number on the paper"),
    "files": _("Photos of the voucher"), "contract": _("Number of the contract"),
}  # fmt: skip
NEEDED: Final = ("day", "amount", "debit_account_id", "credit_account_id", "purpose")


def enter(request: PageRequest, *, code: str, kind: str) -> PageResult:
    """Enter a voucher: photos are stored first, and taken back where it is refused."""
    require(request.actor, "village.enter_voucher")
    if kind not in VoucherKind.values:
        raise NotFound(
            gettext_noop("“%(value)s” is none of the list."), field="kind", value=kind[:40],
            remedy=gettext_noop("Use one of: %(allowed)s."), allowed=", ".join(VoucherKind.values),
        )  # fmt: skip
    shown = _EnterPage(request, code, VoucherKind(kind))
    if request.method != "POST":
        return shown.page(_copied(request) | {"day": timezone.localdate().isoformat()}, Faults(), sent_id_of(""))
    given = {name: str(value).strip()[:TEXT_MAX] for name, value in request.POST.items()}
    sent_id = sent_id_of(given.get(SENT, ""))
    try:
        for name in NEEDED:
            if not given.get(name):
                raise InvalidInput(gettext_noop("This is needed."), field=name, remedy=gettext_noop("Fill it in."))
        told: dict[str, Any] = {
            "day": day_given(given, "day"), "amount_fen": yuan_given(given, "amount") or 0,
            "debit_account_id": _account(given, "debit_account_id"),
            "credit_account_id": _account(given, "credit_account_id"),
        }  # fmt: skip
        if number := given.get("contract", ""):
            told["contract_id"] = contract_numbered(request.actor, book=code, number=number)
        with stored_files(request, "files", most=PAPERS_MAX) as files:
            acts.enter_voucher(
                request.actor, book=code, transfer_id=sent_id, kind=VoucherKind(kind), purpose=given["purpose"],
                voucher=given.get("voucher", ""), files=files, **told,
            )  # fmt: skip
    except TianquError as error:
        return shown.page(given, faults(_named(error)), sent_id, status=error.status)
    return Redirect(address_of(sent_id), notice=gettext("It was entered in the book."))


def _named(error: TianquError) -> TianquError:
    return at_field(error, "amount") if error.field == "amount_fen" else error


class _EnterPage:
    """The page with the form of one kind of voucher in one book."""

    def __init__(self, request: PageRequest, code: str, kind: VoucherKind) -> None:
        self.kind = kind
        self.month = month_of(request.actor, book=code, day=timezone.localdate())
        self.cash, self.others = offered_accounts(request.actor, book=code, kind=kind)

    def page(self, values: Mapping[str, str], errors: Faults, sent_id: UUID, *, status: int = 200) -> PageResult:
        """The form with what was typed and what was wrong."""
        cash, others = _options(self.cash), _options(self.others)
        everything = [*cash, *others]
        transfer = self.kind is VoucherKind.TRANSFER
        offered = (everything, everything) if transfer else (cash, others)
        sides = [
            (name, label, options, values.get(name) or (options[0][0] if options and not transfer and n == 0 else ""))
            for n, ((name, label), options) in enumerate(zip(SIDES[self.kind], offered, strict=True))
        ]
        labels = LABELS | dict(SIDES[self.kind])
        context = {
            "title": TITLES[self.kind], "told": self.month, "sides": sides, "values": values, "errors": errors,
            "labels": labels, "sent_id": sent_id, "purpose_max": PURPOSE_MAX, "voucher_max": VOUCHER_MAX,
            "summary": [(name if name in labels else "", sentence) for name, sentence in errors.items()],
            "where": [(shown(self.month.book), month_address(self.month.book.code))],
        }  # fmt: skip
        return Rendered("village_keeping/enter.html", context, status=status)


def _options(accounts: list[OfferedAccount]) -> list[tuple[str, str]]:
    return [(str(one.id), f"{one.code} {shown(one)}") for one in accounts]


def _account(given: Mapping[str, str], name: str) -> int:
    text = given[name]
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise InvalidInput(
            gettext_noop("“%(value)s” is none of the list."), field=name, value=text[:40],
            remedy=gettext_noop("Choose one of the list."),
        )  # fmt: skip
    return int(text)


def _copied(request: PageRequest) -> dict[str, str]:
    """What a new form takes over from the voucher that the address names, once that was taken back."""
    try:
        told = voucher_detail(request.actor, transfer_id=UUID(request.GET.get("from", "")))
    except (ValueError, NotFound):
        return {"contract": request.GET.get("contract", "")[:40]}
    values = {
        "purpose": told.detail.purpose, "voucher": told.detail.voucher,
        "amount": said_yuan(told.amount_fen).replace(",", ""),
    }  # fmt: skip
    for leg in told.detail.legs:
        values["debit_account_id" if leg.amount > 0 else "credit_account_id"] = str(leg.account_id)
    return values


def papers(request: PageRequest, transfer_id: UUID) -> PageResult:
    """Attach photos to a voucher that stands in the book."""
    require(request.actor, "village.add_papers")
    told = voucher_detail(request.actor, transfer_id=transfer_id)
    if request.method != "POST":
        return _papers_shown(told, Faults())
    try:
        with stored_files(request, "files", most=PAPERS_MAX) as files:
            if not files:
                raise InvalidInput(
                    gettext_noop("This is needed."), field="files", remedy=gettext_noop("Choose or take a photo.")
                )
            acts.add_papers(request.actor, transfer_id=transfer_id, files=files)
    except TianquError as error:
        return _papers_shown(told, faults(error), status=error.status)
    return Redirect(address_of(transfer_id), notice=gettext("The photos were kept with the voucher."))


def _papers_shown(told: Voucher, errors: Faults, *, status: int = 200) -> PageResult:
    context: dict[str, Any] = {
        "told": told, "errors": errors, "labels": LABELS, "yuan": said_yuan,
        "where": [*crumbs(told), (_("Voucher"), address_of(told.detail.id))],
    }  # fmt: skip
    return Rendered("village_keeping/papers.html", context, status=status)


def take_back(request: PageRequest, transfer_id: UUID) -> PageResult:
    """Take a voucher back by its reverse on a day of its own, and go on to enter what is right."""
    told = voucher_detail(request.actor, transfer_id=transfer_id)
    detail = told.detail
    form = Form(
        title=_("Reverse: %(purpose)s") % {"purpose": detail.purpose or detail.voucher or detail.number},
        button=_("Reverse the voucher"), permission="ledgers.reverse", dangerous=True,
        where=[*crumbs(told), (_("Voucher"), address_of(transfer_id))],
        text=_("Nothing is rubbed out: the voucher stays, and its reverse stands beside it. Then enter what is right."),
        fields=(
            Field("day", _("Date"), "date", hint=_("The day of the correction, in a month that is not closed."),
                  width="s"),
            Field("purpose", _("Why"), hint=_("For example: wrong account, entered twice.")),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        reverse_transfer(
            request.actor, transfer_id=transfer_id, reversal_id=sent_id, day=day_given(given, "day"),
            purpose=given["purpose"],
        )  # fmt: skip
        return Done(address_of(transfer_id), _("It was taken back. You may enter what is right now."))

    return act_page(request, form, perform, values={"day": timezone.localdate().isoformat()})


def finish(request: PageRequest, code: str) -> PageResult:
    """Say that a month is entered whole."""
    told = _month(request, code)
    form = Form(
        title=_("Finish %(month)s") % {"month": month_said(told.first_day)}, button=_("Finish the month"),
        permission="village.finish_month", fields=(), where=_of_month(told), text=_before_finishing(told),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.finish_month(request.actor, book=code, month=told.first_day)
        return Done(month_address(code, told.first_day), _("The month is finished; your township closes it."))

    return act_page(request, form, perform)


def _before_finishing(told: Month) -> Any:
    """What there is to know before a month is finished; where an earlier one is to be finished first, the way there."""
    if told.waits_for is not None:
        return format_html(
            '{} <a href="{}#closing">{}</a>',
            _("Months are finished one after the other; the first that is not finished:"),
            month_address(told.book.code, told.waits_for), month_said(told.waits_for),
        )  # fmt: skip
    return _(
        "%(count)s vouchers, of which %(bare)s have no photo; %(waiting)s entries wait for a decision. After "
        "this the month takes only adjustments and reversals, until your township closes it or opens it again."
    ) % {"count": told.vouchers, "bare": told.bare, "waiting": told.waiting}


def close(request: PageRequest, code: str) -> PageResult:
    """Close a month for good, or open it again: for the office above."""
    told = _month(request, code)
    form = Form(
        title=_("Close %(month)s") % {"month": month_said(told.first_day)}, button=_("Save"),
        permission="ledgers.set_period", where=_of_month(told),
        text=_("%(count)s vouchers, of which %(bare)s have no photo; %(waiting)s entries wait for a decision.")
        % {"count": told.vouchers, "bare": told.bare, "waiting": told.waiting},
        fields=(Field("state", _("The month"), "radios", options=[
            (PeriodState.CLOSED.value, _("is closed for good; what is wrong is put right in a later month")),
            (PeriodState.OPEN.value, _("is open again; the village goes on entering")),
        ]),),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        days = {"first_day": told.first_day, "last_day": told.last_day}
        set_period(request.actor, book=code, state=given["state"], **days)
        return Done(month_address(code, told.first_day), _("The month was changed."))

    return act_page(request, form, perform)


def _month(request: PageRequest, code: str) -> Month:
    day = month_asked(request.GET) or timezone.localdate()
    return month_of(request.actor, book=code, day=month_around(day)[0])


def _of_month(told: Month) -> list[tuple[Any, str]]:
    code, day = told.book.code, told.first_day
    return [(shown(told.book), month_address(code)), (month_said(day), month_address(code, day))]
