"""Vouchers and months in words."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from tianqu.kernel.ledgers.api import Period, PeriodState, TransferDetail
from tianqu.kernel.orders.api import shown_code
from tianqu.kernel.places.api import Post, known_roles
from tianqu.packs.village.findings.models import EffectKind
from tianqu.packs.village.findings.words import EFFECTS
from tianqu.packs.village.keeping.models import COMPOUND, VoucherKind
from tianqu.packs.village.keeping.queries import FindingBooked
from tianqu.packs.village.words import english

VOUCHERS: Final = {
    VoucherKind.RECEIPT: gettext_noop("Receipt"),
    VoucherKind.PAYMENT: gettext_noop("Payment"),
    VoucherKind.TRANSFER: gettext_noop("Transfer"),
}
# Kinds that other acts give their transfers.
OTHERS: Final = {
    COMPOUND: gettext_noop("Voucher of several accounts"),
    "finding": gettext_noop("Booking of a finding"), "carry_over": gettext_noop("Going over to another chart"),
    "reversal": gettext_noop("Reversal"), "adjustment": gettext_noop("Adjustment"),
    "closing": gettext_noop("Closing of the year"), "opening": gettext_noop("Opening entry"),
}  # fmt: skip


def kind_said(kind: str) -> str:
    """What a transfer is called; one of a kind of somebody's own is a voucher."""
    titles = {each.value: title for each, title in VOUCHERS.items()} | OTHERS
    return gettext(titles.get(kind, gettext_noop("Voucher")))


def purpose_said(purpose: str, finding: FindingBooked | None) -> str:
    """What a transfer is for: as it was entered, or the finding that it puts right; "" where nothing tells."""
    if purpose and not (finding is not None and purpose.startswith("finding:")):
        return purpose
    return finding_said(finding) if finding is not None else ""


def finding_said(finding: FindingBooked) -> str:
    """Name a finding by its code and by what was booked with it."""
    if not finding.code:
        return gettext("Finding")
    return gettext("Finding %(code)s: %(effect)s") % {
        "code": shown_code(finding.code), "effect": gettext(EFFECTS[EffectKind(finding.kind)]),
    }  # fmt: skip


def post_said(post: Post | None) -> str:
    """The post that entered something: its title, in English its role; no name."""
    if post is None:
        return gettext("the system")
    role = known_roles().get(post.role)
    return post.title if role is None or (post.title and not english()) else gettext(role.name)


def state_said(detail: TransferDetail) -> tuple[str, str]:
    """What became of a transfer and the tone in which a page says it; "" for one that simply stands."""
    if detail.reversed_by is not None:
        return gettext("taken back"), "late"
    if detail.state == "pending":
        return gettext("reserved, waits for a decision"), "waiting"
    if detail.state == "voided":
        return gettext("void"), "quiet"
    return "", ""


def period_said(period: Period | None) -> tuple[str, str]:
    """How a month stands, and the tone in which a page says it."""
    state = period.state if period is not None else PeriodState.OPEN
    if state == PeriodState.CLOSED:
        return gettext("closed for good"), "done"
    if state == PeriodState.CLOSING:
        return gettext("finished, not closed yet"), "waiting"
    return gettext("open for entries"), "open"


def month_said(day: date) -> str:
    """A month as people write it."""
    return date_format(day, "YEAR_MONTH_FORMAT")
