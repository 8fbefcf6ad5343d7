"""Contracts as they were after each act, for publication: the numbers for everybody, words and names by permission.

So is every sum that a book received for a contract, or took back, told when it was booked. What was paid is told as of
the moment of each release, so that a release stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from django.db import connection
from django.utils.translation import get_language, gettext

from tianqu.base.errors import NotFound, _
from tianqu.base.quantities import quantity_said, unit_of
from tianqu.kernel.journal.api import SYSTEM, Actor, set_scope
from tianqu.kernel.ledgers.api import Received
from tianqu.kernel.pack.api import (
    ContractDue,
    ContractEvent,
    ContractItem,
    ContractPaper,
    ContractParty,
    ContractPayment,
    ContractRelease,
    ContractsAsked,
    ContractsPage,
)
from tianqu.kernel.places.api import FullName, can, full_names, require
from tianqu.packs.village.models import Contract, ContractState, ContractVersion
from tianqu.packs.village.parties import is_organisation
from tianqu.packs.village.queries import (
    LIMIT_MAX,
    SEE,
    SEE_PARTIES,
    ContractFilters,
    ContractRow,
    RegisterPage,
    contract_list,
    said_party,
)
from tianqu.packs.village.registers.contracts import terms_of
from tianqu.packs.village.registers.importing import ContractLine
from tianqu.packs.village.registers.received import RECEIPTS, settled
from tianqu.packs.village.rules.facts import Body, ContractKind, Instalment, LandClass, whole_years
from tianqu.packs.village.statements.layouts import CASH_CODES
from tianqu.packs.village.words import BODIES, CLASSES, KINDS, english, listed

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
END: Final = datetime(2300, 1, 1, tzinfo=UTC)
KEY_DIGITS: Final = 32
ROLES: Final = ("lessor", "lessee")
# Lists of identifiers of our own: the codes of places, and names as they stand in the registers. These have no credit
# codes of organisations.
PLACES: Final = "TIANQU-PLACE"
NAMES: Final = "TIANQU-NAME"
TOLD: Final = (
    "SELECT id, key, contract_id, place_id, place_path, version, event, at, facts, receipt, taken_back, first"
    " FROM village_contracts_told(%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
RECEIVED: Final = (
    "SELECT contract_id, transfer_id, day, amount, told_at, back_at, back_on FROM village_received_told(%s, %s, %s)"
)


class _Told(NamedTuple):
    """A row of what everybody may read: what a contract was when the register, or the book of a receipt, was written.

    ``id``, ``version``, ``event`` and ``facts`` are of what stood in the register then; ``first``: nothing before it.
    """

    id: int
    key: str
    contract_id: UUID
    place_id: UUID
    place_path: str
    version: int
    event: str
    at: datetime
    facts: Mapping[str, Any]
    receipt: UUID | None
    taken_back: bool
    first: bool


class _Receipt(NamedTuple):
    """What a book received for a contract, when that was told, and when and as of which day it was taken back."""

    contract_id: UUID
    transfer_id: UUID
    day: date
    amount_fen: int
    told_at: datetime
    back_at: datetime | None
    back_on: date | None

    def stood_at(self, moment: datetime) -> bool:
        """Say whether it was booked by then, and not taken back."""
        return self.told_at <= moment and (self.back_at is None or self.back_at > moment)

    @property
    def received(self) -> Received:
        """The same, as what pays a rent."""
        return Received(self.transfer_id, "", "", 0, self.day, "", "", self.amount_fen)


@dataclass(frozen=True, slots=True)
class _Words:
    """What the reader may see beside it: the typed texts by row, the names by contract, the villages by place.

    ``organisations`` are for everybody: by contract and role, the parties that are certainly no persons.
    """

    texts: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    parties: Mapping[UUID, Contract] = field(default_factory=dict)
    villages: Mapping[UUID, FullName] = field(default_factory=dict)
    organisations: Mapping[tuple[UUID, str], str] = field(default_factory=dict)


def contract_releases(actor: Actor, asked: ContractsAsked) -> ContractsPage:
    """List what was written about contracts in the order in which it was, with words in the active language."""
    (after_at, after_key), limit = _place_of(asked.after), max(1, min(asked.limit, LIMIT_MAX))
    with connection.cursor() as cursor:
        cursor.execute(
            TOLD,
            [asked.place_path, asked.first or BEGINNING, asked.end or END, asked.contract_id, after_at, after_key,
             limit + 1, list(RECEIPTS), CASH_CODES],
        )  # fmt: skip
        rows = [_Told._make(row)._replace(facts=orjson.loads(row[8])) for row in cursor.fetchall()]
    more, rows = len(rows) > limit, rows[:limit]
    words, receipts = _words(actor, rows), _receipts(rows)
    told = [_release(row, words, receipts.get(row.contract_id, [])) for row in rows]
    return ContractsPage(told, _mark(rows[-1]) if more else None)


def _receipts(rows: Sequence[_Told]) -> dict[UUID, list[_Receipt]]:
    """What the books received for the contracts of some rows, the oldest first."""
    found: dict[UUID, list[_Receipt]] = {}
    with connection.cursor() as cursor:
        cursor.execute(RECEIVED, [list({row.contract_id for row in rows}), list(RECEIPTS), CASH_CODES])
        for row in map(_Receipt._make, cursor.fetchall()):
            found.setdefault(row.contract_id, []).append(row)
    return found


def _mark(row: _Told) -> str:
    """The mark of the page that follows a row: when it was written, in microseconds, and its key."""
    return f"{(row.at - BEGINNING) // timedelta(microseconds=1)}-{row.key.lstrip('0') or '0'}"


def _place_of(mark: str | None) -> tuple[datetime, str]:
    """When the row of a mark was written, and its key. Raises ``NotFound`` for one that no page gave."""
    if mark is None:
        return BEGINNING, ""
    at, _dash, key = mark.partition("-")
    if not (mark.isascii() and at.isdigit() and len(at) < 18 and re.fullmatch(r"[0-9a-f]{1,32}", key)):
        raise NotFound(
            _("This is not the mark of a page."), field="after", value=mark[:80],
            remedy=_("Use the `next` that the page before gave, or none."),
        )  # fmt: skip
    return BEGINNING + timedelta(microseconds=min(int(at), 10**16)), key.zfill(KEY_DIGITS)


def _words(actor: Actor, rows: Sequence[_Told]) -> _Words:
    villages, organisations = full_names(row.place_id for row in rows), _organisations(actor, rows)
    if not can(actor, SEE):
        return _Words(villages=villages, organisations=organisations)
    typed = ContractVersion.objects.filter(id__in=[row.id for row in rows])
    named = Contract.objects.filter(id__in={row.contract_id for row in rows})
    return _Words(
        {one.id: one.texts for one in typed if can(actor, SEE, one)},
        {one.id: one for one in named if can(actor, SEE_PARTIES, one)}, villages, organisations,
    )  # fmt: skip


def _organisations(actor: Actor, rows: Sequence[_Told]) -> dict[tuple[UUID, str], str]:
    """The parties of some contracts that are certainly organisations, by contract and role, whoever reads.

    Contracts are seen by few; nothing of them but these names leaves this function.
    """
    ids = {row.contract_id for row in rows}
    try:
        set_scope(SYSTEM.scope)
        named = list(Contract.objects.filter(id__in=ids).values_list("id", *ROLES))
    finally:
        set_scope(actor.scope)  # the reader goes on with their own eyes
    return {
        (contract_id, role): name
        for contract_id, *names in named for role, name in zip(ROLES, names, strict=True) if is_organisation(name)
    }  # fmt: skip


def _party(row: _Told, role: str, words: _Words) -> ContractParty:
    """A party: an organisation by its name, a person by name only for who may see it."""
    party_id, name = f"{role}-{row.contract_id}", words.organisations.get((row.contract_id, role), "")
    if name:
        return ContractParty(party_id, name, NAMES, name)
    known = words.parties.get(row.contract_id)
    return ContractParty(party_id, said_party(getattr(known, role)) if known is not None else "")


def _release(row: _Told, words: _Words, receipts: Sequence[_Receipt]) -> ContractRelease:
    facts, texts, village_code = row.facts, words.texts.get(row.id, {}), row.place_path.rpartition(".")[2]
    resolved = facts["resolution"]
    village, standing = words.villages[row.place_id].shown(get_language() or "zh"), ContractEvent(row.event)
    return ContractRelease(
        contract_id=row.contract_id, version=row.version, at=row.at,
        event=standing if row.receipt is None else ContractEvent.PAID, standing=standing,
        voucher="" if row.receipt is None else row.key,
        title=_title(facts, texts), description=texts.get("use", ""),
        collective=ContractParty(village_code, village, PLACES, village_code),
        lessor=None if facts["own"] else _party(row, "lessor", words), lessee=_party(row, "lessee", words),
        signed_on=date.fromisoformat(facts["signed_on"]), resolved_on=_day(resolved[0]) if resolved else None,
        starts_on=date.fromisoformat(facts["starts_on"]), until=_day(facts["until"]), ended_on=_day(facts["ended_on"]),
        value_fen=_value(facts), items=_items(facts, texts), dues=_dues(facts, row.at, receipts),
        payments=_payments(row, receipts), papers=_papers(facts, texts),
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _title(facts: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    area = quantity_said(facts["area_mu_4"], unit_of("mu_4"), english=english())
    kind, land = gettext(KINDS[ContractKind(facts["kind"])]), gettext(CLASSES[LandClass(facts["land_class"])])
    return listed(word for word in (texts.get("number", ""), kind, land, area) if word)


def _value(facts: Mapping[str, Any]) -> int | None:
    """What falls due in all; else the rent of a term of whole years. What is neither is not known exactly."""
    dues: list[int] = [one["amount_fen"] for one in facts["instalments"]]
    if dues:
        return sum(dues)
    if facts["rent_year_fen"] is None or facts["until"] is None:
        return None
    start, until = date.fromisoformat(facts["starts_on"]), date.fromisoformat(facts["until"])
    years, days = whole_years(start, until=until)
    rent: int = facts["rent_year_fen"]
    return None if days else rent * years


def _items(facts: Mapping[str, Any], texts: Mapping[str, Any]) -> tuple[ContractItem, ...]:
    """The parcels with their areas on that day; of a contract that names none, its area as one."""
    parcels = facts["parcels"] or [["land", facts["land_class"], facts["area_mu_4"]]]
    numbers = texts.get("parcels") or [""] * len(parcels)
    return tuple(
        _item(parcel, number=number, use=texts.get("use", "")) for parcel, number in zip(parcels, numbers, strict=True)
    )  # fmt: skip


def _item(parcel: Sequence[Any], *, number: str, use: str) -> ContractItem:
    item_id, land_class, area = parcel
    name, unit = gettext(CLASSES[LandClass(land_class)]), unit_of("mu_4")
    return ContractItem(
        item_id, listed(word for word in (number, name, use) if word), land_class, name,
        Decimal(area).scaleb(-unit.decimals), unit.symbol_en if english() else unit.symbol,
    )  # fmt: skip


def _dues(facts: Mapping[str, Any], at: datetime, receipts: Sequence[_Receipt]) -> tuple[ContractDue, ...]:
    """What falls due, with what was typed as paid of it and what the book had received."""
    rents = [
        Instalment(
            date.fromisoformat(one["due_on"]), one["amount_fen"], date.fromisoformat(one["covers_from"]),
            date.fromisoformat(one["covers_until"]), one["paid_fen"],
        )
        for one in facts["instalments"]
    ]  # fmt: skip
    standing = [receipt.received for receipt in receipts if receipt.stood_at(at)]
    paid = [one.instalment for one in settled(rents, standing)[0]]
    return tuple(
        ContractDue(f"rent-{place}", one.due_on, one.covers_from, one.covers_until, one.amount_fen, one.paid_fen)
        for place, one in enumerate(paid, 1)
    )


def _payments(row: _Told, receipts: Sequence[_Receipt]) -> tuple[ContractPayment, ...]:
    """What a row tells as paid: the voucher that was booked or taken back; or what was typed with each rent.

    What the book had received before the register knew of the contract is told with the first row of it.
    """
    if row.receipt is not None:
        one = next(each for each in receipts if each.transfer_id == row.receipt)
        amount, day = (0, one.back_on) if row.taken_back else (one.amount_fen, one.day)
        return (ContractPayment(str(one.transfer_id), amount, day),)
    typed = [
        ContractPayment(f"rent-{place}", one["paid_fen"])
        for place, one in enumerate(row.facts["instalments"], 1) if one["paid_fen"]
    ]  # fmt: skip
    early = [
        ContractPayment(str(one.transfer_id), one.amount_fen, one.day)
        for one in receipts if row.first and one.told_at < row.at and one.stood_at(row.at)
    ]  # fmt: skip
    return (*typed, *early)


def _papers(facts: Mapping[str, Any], texts: Mapping[str, Any]) -> tuple[ContractPaper, ...]:
    """The papers that are known to exist."""
    papers = []
    if facts["resolution"]:
        held_on, body = facts["resolution"]
        papers.append(
            ContractPaper(
                "resolution", "resolution", gettext(BODIES[Body(body)]), _day(held_on), texts.get("reference", "")
            )
        )
    if facts["township_approved_on"]:
        approved = _day(facts["township_approved_on"])
        papers.append(ContractPaper("approval", "approval", gettext("Approval by the township"), approved))
    if facts["written"]:
        signed = date.fromisoformat(facts["signed_on"])
        papers.append(ContractPaper("contract", "contractSigned", gettext("The signed contract"), signed))
    return tuple(papers)


@dataclass(frozen=True, slots=True)
class WholeRow:
    """A contract of a list with everything that its table tells."""

    place_path: str
    line: ContractLine


def whole_contracts(
    actor: Actor, *, filters: ContractFilters, after: str | None = None, limit: int = LIMIT_MAX
) -> RegisterPage[WholeRow]:
    """List what ``contract_list`` does but for what was struck out, whole; needs village.see_parties."""
    require(actor, SEE_PARTIES)
    page = contract_list(actor, filters=filters, after=after, limit=limit)
    rows = {row.id: row for row in page.rows if row.state != ContractState.STRUCK}
    found = Contract.objects.select_related("place", "matter").prefetch_related("instalments", "held__parcel")
    contracts = {one.id: one for one in found.filter(id__in=list(rows))}
    return RegisterPage([_whole(contracts[row.id], row) for row in rows.values()], page.after)


def _whole(contract: Contract, row: ContractRow) -> WholeRow:
    """The parties as the reader may see them; the village itself is left out, as it may be in the table."""
    lessor = "" if contract.lessor == contract.place.name else row.lessor
    numbers = [one.parcel.number for one in sorted(contract.held.all(), key=lambda one: one.id)]
    terms = replace(terms_of(contract), lessor=lessor, lessee=row.lessee, parcel_ids=(), matter_id=None)
    return WholeRow(row.place_path, ContractLine(
        terms, tuple(numbers), contract.matter.number if contract.matter is not None else "", contract.ended_on,
        contract.end_reason,
    ))  # fmt: skip
