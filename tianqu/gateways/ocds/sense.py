"""What must hold within one object of a package, by its shape."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

from babel.core import get_global
from babel.numbers import get_currency_precision

from tianqu.base.errors import _
from tianqu.gateways.ocds.fields import Faults, Pointer, Rule, below, fault, is_number, read_moment

DAY_SECONDS: Final = 86_400


def _value(value: Mapping[str, Any], pointer: Pointer) -> Faults:
    amount, currency = value.get("amount"), value.get("currency")
    if not is_number(amount):
        return
    if currency is None:
        yield fault(
            below(pointer, "currency"), _("An amount without a currency is no money."), value=amount,
            remedy=_("Give the currency by its three letters: CNY."),
        )  # fmt: skip
    elif isinstance(currency, str) and isinstance(amount, Decimal):
        exponent = amount.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > decimals_of(currency):
            yield fault(
                below(pointer, "amount"), _("%(value)s has more decimals than %(currency)s."), value=amount,
                currency=currency[:3], remedy=_("Write the amount to the smallest coin: 1234.50."),
            )  # fmt: skip


@cache
def _known_currencies() -> frozenset[str]:
    return frozenset(get_global("all_currencies"))


def decimals_of(currency: str) -> int:
    """How many decimals a currency has; where nothing is known of it, four."""
    return get_currency_precision(currency) if currency in _known_currencies() else 4


def _period(period: Mapping[str, Any], pointer: Pointer) -> Faults:
    start, end, most = (read_moment(period.get(name)) for name in ("startDate", "endDate", "maxExtentDate"))
    for name, later, earlier in (("endDate", end, start), ("maxExtentDate", most, start), ("maxExtentDate", most, end)):
        if later and earlier and later < earlier:
            yield fault(
                below(pointer, name), _("A period does not end before it starts."), value=period[name],
                remedy=_("Look at the dates again."),
            )  # fmt: skip
            return
    days = period.get("durationInDays")
    if start and end and is_number(days) and abs((end - start).total_seconds() - days * DAY_SECONDS) > DAY_SECONDS:  # type: ignore[operator]
        yield fault(
            below(pointer, "durationInDays"), _("The period does not last that many days."), value=days,
            remedy=_("From the start to the end it lasts %(days)s."), days=(end - start).days,
        )  # fmt: skip


def _milestone(milestone: Mapping[str, Any], pointer: Pointer) -> Faults:
    if milestone.get("status") in ("scheduled", "notMet") and milestone.get("dateMet") is not None:
        yield fault(
            below(pointer, "dateMet"), _("A milestone that is not met has no day on which it was."),
            value=milestone["dateMet"], remedy=_("Leave the day out, or say that it is met."),
        )  # fmt: skip


def _document(document: Mapping[str, Any], pointer: Pointer) -> Faults:
    published, changed = read_moment(document.get("datePublished")), read_moment(document.get("dateModified"))
    if published and changed and changed < published:
        yield fault(
            below(pointer, "dateModified"), _("A document is not changed before it is published."),
            value=document["dateModified"], remedy=_("Look at the dates again."),
        )  # fmt: skip


def _amendment(amendment: Mapping[str, Any], pointer: Pointer) -> Faults:
    made, changed = amendment.get("releaseID"), amendment.get("amendsReleaseID")
    if made is not None and made == changed:
        yield fault(
            below(pointer, "amendsReleaseID"), _("A release does not amend itself."), value=changed,
            remedy=_("Name the release that was there before."),
        )  # fmt: skip


def _release(release: Mapping[str, Any], pointer: Pointer) -> Faults:
    if "#" in str(release.get("id", "")):
        yield fault(
            below(pointer, "id"), _("The id of a release holds no #."), value=release["id"],
            remedy=_("In addresses # begins a part of a package; write - instead."),
        )  # fmt: skip


def _contract(contract: Mapping[str, Any], pointer: Pointer) -> Faults:
    if contract.get("status") == "cancelled" and contract.get("dateSigned") is not None:
        yield fault(
            below(pointer, "dateSigned"), _("What was cancelled was never signed."), value=contract["dateSigned"],
            remedy=_("A contract that ends after it was signed is terminated."),
        )  # fmt: skip


RULES: Final[dict[str, Rule]] = {
    "Value": _value, "Period": _period, "Milestone": _milestone, "Document": _document, "Amendment": _amendment,
    "Release": _release, "Contract": _contract,
}  # fmt: skip
