"""A contract as an OCDS release: the village's collective buys or lets, the lessee supplies, parcels are the items.

Source: https://standard.open-contracting.org/1.1/en/schema/reference/. The standard knows buying alone; a lease is told
with the collective as the buyer and what the lessee pays as transactions from the supplier. Amounts and areas are
decimals, never floats; days begin and end in the realm's time zone.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from tianqu.kernel.pack.api import (
    ContractDue,
    ContractEvent,
    ContractItem,
    ContractPaper,
    ContractParty,
    ContractPayment,
    ContractRelease,
)

CURRENCY: Final = "CNY"
CLASSES: Final = "TIANQU-LAND"  # the scheme of our own classes of land
WITHHELD: Final = gettext_noop("a person (name not published)")
TAGS: Final = {
    ContractEvent.ENTERED: ("tender", "award", "contract"),
    ContractEvent.CORRECTED: ("contractUpdate",),
    ContractEvent.PAID: ("implementationUpdate",),
    ContractEvent.ENDED: ("contractTermination",),
    ContractEvent.STRUCK: ("tenderCancellation", "awardCancellation", "contractUpdate"),
}


def release_of(told: ContractRelease, *, prefix: str, language: str) -> dict[str, Any]:
    """Return a release; the same one for ever, but for the words that the reader may see."""
    struck = told.standing is ContractEvent.STRUCK
    lessor = told.lessor or told.collective
    return {
        "ocid": ocid_of(told, prefix=prefix),
        "id": release_id(told),
        "date": moment(told.at),
        "tag": _tags(told),
        "initiationType": "tender",
        "language": language,
        "parties": _parties(told),
        "buyer": _reference(told.collective),
        "tender": {
            "id": str(told.contract_id),
            "title": told.title,
            "status": "cancelled" if struck else "complete",
            "procuringEntity": _reference(lessor),
            "items": [_item(item) for item in told.items],
            "contractPeriod": _period(told),
        },
        "awards": [_award(told, struck=struck)],
        "contracts": [_contract(told, struck=struck)],
    }


def ocid_of(told: ContractRelease, *, prefix: str) -> str:
    """The identifier of the contracting process: the publisher's prefix, then the contract's own."""
    return f"{prefix}-{told.contract_id}"


def release_id(told: ContractRelease) -> str:
    """The identifier of a release, which stays; that of a payment of the book bears its voucher's as well."""
    return f"{_written_as(told)}-{told.voucher}" if told.voucher else _written_as(told)


def _written_as(told: ContractRelease) -> str:
    """The release of what was written last in the register."""
    return f"{told.contract_id}-{told.version}"


def moment(at: datetime) -> str:
    """Say a moment in the realm's time zone."""
    return timezone.localtime(at).isoformat()


def _begins(day: date) -> str:
    return datetime.combine(day, time.min, timezone.get_default_timezone()).isoformat()


def _ends(day: date) -> str:
    return datetime.combine(day, time(23, 59, 59), timezone.get_default_timezone()).isoformat()


def _tags(told: ContractRelease) -> list[str]:
    paid = told.event is ContractEvent.ENTERED and told.payments
    return [*TAGS[told.event], *(["implementation"] if paid else [])]


def _parties(told: ContractRelease) -> list[dict[str, Any]]:
    roles = {"buyer": told.collective, "supplier": told.lessee, "procuringEntity": told.lessor or told.collective}
    if told.payments:
        roles |= {"payer": told.lessee, "payee": told.lessor or told.collective}
    parties = {party.id: party for party in roles.values()}
    return [
        _reference(party)
        | _identifier(party)
        | {"roles": [role for role, holder in roles.items() if holder.id == party.id]}
        for party in parties.values()
    ]


def _reference(party: ContractParty) -> dict[str, Any]:
    return {"id": party.id, "name": party.name or gettext(WITHHELD)}


def _identifier(party: ContractParty) -> dict[str, Any]:
    """By what an organisation is known beside its name in this release; nothing for a person."""
    if not party.registered:
        return {}
    return {"identifier": {"scheme": party.scheme, "id": party.registered, "legalName": party.name}}


def _award(told: ContractRelease, *, struck: bool) -> dict[str, Any]:
    return {
        "id": str(told.contract_id),
        "title": told.title,
        "status": "cancelled" if struck else "active",
        "date": _begins(told.resolved_on or told.signed_on),
        **_value(told.value_fen),
        "suppliers": [_reference(told.lessee)],
        "items": [_item(item) for item in told.items],
        "contractPeriod": _period(told),
        **_some("documents", [_document(paper) for paper in told.papers if paper.kind != "contractSigned"]),
    }


def _contract(told: ContractRelease, *, struck: bool) -> dict[str, Any]:
    paid = [_transaction(told, payment) for payment in told.payments]
    beyond = told.value_fen is not None and sum(one.amount_fen for one in told.payments) > told.value_fen
    return {
        "id": str(told.contract_id),
        "awardID": str(told.contract_id),
        "title": told.title,
        **_some("description", told.description),
        "status": _status(told),
        "period": _period(told),
        **_value(None if beyond else told.value_fen),  # the award says what it was to be
        "items": [_item(item) for item in told.items],
        **({} if struck else {"dateSigned": _begins(told.signed_on)}),
        **_some("documents", [_document(paper) for paper in told.papers if paper.kind == "contractSigned"]),
        **_some("milestones", [_milestone(told, due) for due in told.dues]),
        **({"implementation": {"transactions": paid}} if paid else {}),
        **_some("amendments", _endings(told, struck=struck)),
    }


def _status(told: ContractRelease) -> str:
    if told.standing is ContractEvent.STRUCK:
        return "cancelled"
    if told.standing is ContractEvent.ENDED:
        return "terminated"
    return "pending" if told.starts_on > timezone.localdate(told.at) else "active"


def _period(told: ContractRelease) -> dict[str, Any]:
    """The term by the contract's own words: OCDS names its last day, the register the first day after it."""
    last = {} if told.until is None else {"endDate": _ends(told.until - timedelta(days=1))}
    return {"startDate": _begins(told.starts_on), **last}


def _value(fen: int | None) -> dict[str, Any]:
    return {} if fen is None else {"value": _amount(fen)}


def _amount(fen: int) -> dict[str, Any]:
    return {"amount": Decimal(fen).scaleb(-2), "currency": CURRENCY}


def _item(item: ContractItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "description": item.description,
        "classification": {"scheme": CLASSES, "id": item.class_code, "description": item.class_name},
        "quantity": item.quantity,
        "unit": {"name": item.unit},
    }


def _document(paper: ContractPaper) -> dict[str, Any]:
    title = f"{paper.title} ({paper.dated.isoformat()})" if paper.dated else paper.title
    return {"id": paper.id, "documentType": paper.kind, "title": title, **_some("description", paper.description)}


def _milestone(told: ContractRelease, due: ContractDue) -> dict[str, Any]:
    """What falls due, and how far it was paid when this was written."""
    words = gettext("Rent of %(amount)s CNY for %(first)s to %(last)s; paid: %(paid)s CNY") % {
        "amount": _amount(due.amount_fen)["amount"], "first": due.covers_from.isoformat(),
        "last": (due.covers_until - timedelta(days=1)).isoformat(), "paid": _amount(due.paid_fen)["amount"],
    }  # fmt: skip
    return {
        "id": due.id,
        "title": words,
        "type": "financing",
        "dueDate": _ends(due.due_on),
        "dateModified": moment(told.at),
        "status": _progress(due, today=timezone.localdate(told.at)),
    }


def _progress(due: ContractDue, *, today: date) -> str:
    if due.paid_fen >= due.amount_fen:
        return "met"
    if due.paid_fen:
        return "partiallyMet"
    return "notMet" if due.due_on < today else "scheduled"


def _transaction(told: ContractRelease, payment: ContractPayment) -> dict[str, Any]:
    """What was paid. Of what was typed with a rent, the register does not know on which days."""
    day = payment.day if payment.day is not None and payment.day <= timezone.localdate(told.at) else None
    return {
        "id": payment.id,
        **_some("date", day and _begins(day)),
        "value": _amount(payment.amount_fen),
        "payer": _reference(told.lessee),
        "payee": _reference(told.lessor or told.collective),
    }


def _endings(told: ContractRelease, *, struck: bool) -> list[dict[str, Any]]:
    if told.ended_on is None:
        return []
    said = gettext("Struck out: it had been entered in error") if struck else gettext("Ended")
    return [{"id": "end", "date": _begins(told.ended_on), "description": said, "releaseID": _written_as(told)}]


def _some(name: str, value: Any) -> dict[str, Any]:
    """A field with its value, or no field where there is none."""
    return {name: value} if value else {}
