"""What is done to the registers of a village: each an act, safe to send twice under the identifier its client gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.places.api import require
from tianqu.packs.village.models import Contract, HoldingKind, Wall
from tianqu.packs.village.registers import bringing, contracts, holdings, importing, land, walls
from tianqu.packs.village.registers.bringing_contracts import bring_contracts
from tianqu.packs.village.registers.contract_versions import keep_versions
from tianqu.packs.village.registers.contracts import ContractTerms, contract_with
from tianqu.packs.village.registers.histories import VillageRegisters
from tianqu.packs.village.registers.holdings import HoldingFacts, holding_with
from tianqu.packs.village.registers.importing import ContractLine, LineOutcome, LineResult, ParcelLine
from tianqu.packs.village.registers.importing_holdings import HoldingLine, import_holding_lines
from tianqu.packs.village.registers.judged import judge_and_record
from tianqu.packs.village.registers.land import (
    Change,
    NewPart,
    ParcelFacts,
    checked_facts,
    facts_digest,
    parcel_with,
    village_with,
)
from tianqu.packs.village.registers.refusals import check_amount, digest_of, sent_before, taken
from tianqu.packs.village.wall.quarters import parse_quarter


def _may_in_village(acting: Acting, /, **arguments: Any) -> None:
    """Require the act's permission in the village that it names."""
    require(acting.actor, acting.act)
    village_with(arguments["place_id"], acting.actor)


def _may_on_parcel(acting: Acting, /, **arguments: Any) -> None:
    """Require the act's permission on the parcel that it names; one out of sight is not there."""
    require(acting.actor, acting.act)
    parcel_with(arguments["parcel_id"], acting.actor)


def _may_on_parcels(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    for parcel_id in arguments["parcel_ids"][: land.PARTS_MAX]:
        parcel_with(parcel_id, acting.actor, field="parcel_ids")


def _may_on_contract(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    contract_with(arguments["contract_id"], acting.actor)


def _change(*content: object, place_id: UUID, change_id: UUID, day: date, reason: str, result: object = None) -> Change:
    """Return the change as it is asked for. Raises ``DoneBefore`` where the same was done, ``Conflict`` for another."""
    digest = digest_of(day, reason, *content)
    if sent_before(change_id, digest, place_id=place_id, field="change_id"):
        raise DoneBefore(result)
    return Change(change_id, day, reason, digest)


@act("village.register_parcel", may=_may_in_village)
def register_parcel(
    acting: Acting, *, place_id: UUID, parcel_id: UUID, number: str, day: date, facts: ParcelFacts, reason: str = ""
) -> UUID:
    """Enter a parcel of a village, which is what ``facts`` say from ``day`` on; return its identifier.

    ``parcel_id`` is given by the client and is the change's own, too: the same sent again changes nothing. Raises
    ``InvalidInput`` for what cannot be, ``Conflict`` for a number that the village has or an identifier that is taken.
    """
    place, facts = village_with(place_id, acting.actor), checked_facts(facts)
    change = _change(
        "register", number, facts_digest(facts), place_id=place_id, change_id=parcel_id, day=day, reason=reason,
        result=parcel_id,
    )  # fmt: skip
    land.register(acting, place=place, parcel_id=parcel_id, number=number, facts=facts, change=change)
    return parcel_id


@act("village.correct_parcel", may=_may_on_parcel)
def correct_parcel(
    acting: Acting, *, parcel_id: UUID, change_id: UUID, day: date, facts: ParcelFacts, reason: str
) -> None:
    """Let a parcel be what ``facts`` say from ``day`` on: measured anew, used otherwise, idle or no longer.

    Raises ``Conflict`` for a parcel that was split, merged or struck, or a day before its newest entry.
    """
    parcel, facts = parcel_with(parcel_id, acting.actor, lock=True), checked_facts(facts)
    change = _change(
        "correct", parcel_id, facts_digest(facts), place_id=parcel.place_id, change_id=change_id, day=day,
        reason=reason,
    )  # fmt: skip
    land.correct(acting, parcel=parcel, facts=facts, change=change)


@act("village.split_parcel", may=_may_on_parcel)
def split_parcel(
    acting: Acting, *, parcel_id: UUID, change_id: UUID, day: date, parts: Sequence[NewPart], reason: str
) -> list[UUID]:
    """Split a parcel into two or more, whose areas sum to its area to 0.0001 mu exactly; return their identifiers.

    Raises ``InvalidInput`` for other sums, ``Conflict`` while a contract is in force on it.
    """
    parcel = parcel_with(parcel_id, acting.actor, lock=True)
    for part in parts:
        check_amount(part.area_mu_4, field="parts", least=1)
    made = [part.parcel_id for part in parts]
    told = [[part.parcel_id, part.number, part.name, part.use, part.idle, part.area_mu_4,
             land.boundary_text(part.boundary)] for part in parts]  # fmt: skip
    change = _change(
        "split", parcel_id, told, place_id=parcel.place_id, change_id=change_id, day=day, reason=reason, result=made
    )
    land.split(acting, parcel=parcel, parts=parts, change=change)
    return made


@act("village.merge_parcels", may=_may_on_parcels)
def merge_parcels(
    acting: Acting,
    *,
    parcel_ids: Sequence[UUID],
    into_id: UUID,
    number: str,
    change_id: UUID,
    day: date,
    facts: ParcelFacts,
    reason: str,
) -> UUID:
    """Merge parcels of one village and one class into a new one, whose area is their sum to 0.0001 mu exactly.

    Raises ``InvalidInput`` for another sum, class or village, ``Conflict`` while a contract is in force on one.
    """
    facts = checked_facts(facts)
    parcels = [
        parcel_with(parcel_id, acting.actor, field="parcel_ids", lock=True)
        for parcel_id in sorted(parcel_ids[: land.PARTS_MAX + 1])
    ]
    if parcels:
        change = _change(
            "merge", sorted(map(str, parcel_ids)), into_id, number, facts_digest(facts),
            place_id=parcels[0].place_id, change_id=change_id, day=day, reason=reason, result=into_id,
        )  # fmt: skip
    else:
        change = Change(change_id, day, reason, b"")  # refused below, in words
    land.merge(acting, parcels=parcels, parcel_id=into_id, number=number, facts=facts, change=change)
    return into_id


@act("village.strike_parcel", may=_may_on_parcel)
def strike_parcel(acting: Acting, *, parcel_id: UUID, change_id: UUID, reason: str) -> None:
    """Take a parcel out of the register that was entered in error; what was written stays readable as struck out."""
    parcel = parcel_with(parcel_id, acting.actor, lock=True)
    digest = digest_of("strike", parcel_id, reason)
    if sent_before(change_id, digest, place_id=parcel.place_id, field="change_id"):
        raise DoneBefore(None)
    land.strike(acting, parcel=parcel, change=Change(change_id, acting.today, reason, digest))


@act("village.register_contract", may=_may_in_village)
def register_contract(acting: Acting, *, place_id: UUID, contract_id: UUID, terms: ContractTerms) -> UUID:
    """Enter a contract of a village and judge it by the rules at once; return its identifier.

    ``contract_id`` is given by the client: the same sent again changes nothing. What was signed is entered as it is,
    also where a rule finds fault with it. Raises ``InvalidInput``, ``NotFound`` for an unknown parcel, ``Conflict``
    for a number that the village has.
    """
    place = village_with(place_id, acting.actor)
    contracts.check_numbers(terms)
    digest = contracts.terms_digest(place_id, terms)
    if sent_before(contract_id, digest, place_id=place_id, field="contract_id"):
        raise DoneBefore(contract_id)
    _judged(acting, contracts.enter(acting, place=place, contract_id=contract_id, terms=terms))
    return contract_id


@act("village.import_parcels", may=_may_in_village)
def import_parcels(acting: Acting, *, place_id: UUID, lines: Sequence[ParcelLine]) -> list[LineOutcome]:
    """Enter up to 500 parcels of a list; each is entered, is there already, or is refused, and none stops another.

    A line is known by its number: the same list again changes nothing. Raises ``InvalidInput`` for too many lines.
    """
    place = village_with(place_id, acting.actor)
    importing.hold_lists(place)
    results = importing.import_parcel_lines(acting, place=place, lines=lines)
    return _told(acting, results)


@act("village.import_contracts", may=_may_in_village)
def import_contracts(acting: Acting, *, place_id: UUID, lines: Sequence[ContractLine]) -> list[LineOutcome]:
    """Enter up to 50 contracts of a list, as ``import_parcels`` does, and judge each."""
    place = village_with(place_id, acting.actor)
    importing.hold_lists(place)
    importing.check_count(len(lines), most=importing.CONTRACTS_MAX)
    results = []
    for position, line in enumerate(lines):
        result, contract = importing.enter_contract_line(acting, place=place, position=position, line=line)
        if contract is not None:
            _judged(acting, contract)
        results.append(result)
    return _told(acting, results)


@act("village.import_holdings", may=_may_in_village)
def import_holdings(acting: Acting, *, place_id: UUID, lines: Sequence[HoldingLine]) -> list[LineOutcome]:
    """Enter up to 500 fixed assets, funds, claims and debts of a list, as ``import_parcels`` does."""
    place = village_with(place_id, acting.actor)
    importing.hold_lists(place)
    return _told(acting, import_holding_lines(acting, place=place, lines=lines))


def _told(acting: Acting, results: Sequence[LineResult]) -> list[LineOutcome]:
    """Return what became of each line. Raises ``DoneBefore`` where nothing was entered."""
    told = [result.told() for result in results]
    if not acting.entries:
        raise DoneBefore(told)
    return told


@act("village.correct_contract", may=_may_on_contract)
def correct_contract(
    acting: Acting, *, contract_id: UUID, terms: ContractTerms, expected_version: int | None = None
) -> int:
    """Put right what was entered of a contract, and judge it anew; return its version.

    Raises ``Conflict`` for a contract that has ended, or where ``expected_version`` is no longer the one that stands.
    """
    contract = contract_with(contract_id, acting.actor, lock=True)
    contracts.change(acting, contract=contract, terms=terms, expected_version=expected_version)
    _judged(acting, contract)
    return contract.version


@act("village.end_contract", may=_may_on_contract)
def end_contract(acting: Acting, *, contract_id: UUID, on: date, reason: str, in_error: bool = False) -> None:
    """End a contract on a day, with the reason; with ``in_error`` strike out what should never have been entered.

    Raises ``Conflict`` for a contract that has ended.
    """
    contract = contract_with(contract_id, acting.actor, lock=True)
    contracts.end(acting, contract=contract, on=on, reason=reason, in_error=in_error)
    _judged(acting, contract)


@act("village.judge_contract", may=_may_on_contract)
def judge_contract(acting: Acting, *, contract_id: UUID) -> UUID:
    """Judge a contract by the rules today and keep what was found; return the judgement's identifier."""
    contract = contract_with(contract_id, acting.actor, lock=True)
    return _judged(acting, contract)


def _judged(acting: Acting, contract: Contract) -> UUID:
    return judge_and_record(acting, contract).id


def _may_on_holding(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    holding_with(arguments["holding_id"], acting.actor)


@act("village.register_holding", may=_may_in_village)
def register_holding(
    acting: Acting, *, place_id: UUID, holding_id: UUID, kind: HoldingKind, number: str, day: date, facts: HoldingFacts
) -> UUID:
    """Enter a fixed asset, a fund, a claim or a debt, which is what ``facts`` say from ``day`` on; return its id.

    ``holding_id`` is given by the client and is the change's own, too: the same sent again changes nothing.
    """
    place, facts = village_with(place_id, acting.actor), holdings.checked_facts(kind, facts)
    change = _change(
        "holding", kind, number, facts, place_id=place_id, change_id=holding_id, day=day, reason="", result=holding_id
    )
    holdings.register(acting, place=place, holding_id=holding_id, kind=kind, number=number, facts=facts, change=change)
    return holding_id


@act("village.correct_holding", may=_may_on_holding)
def correct_holding(
    acting: Acting, *, holding_id: UUID, change_id: UUID, day: date, facts: HoldingFacts, reason: str
) -> None:
    """Let a holding be what ``facts`` say from ``day`` on: paid in part, counted anew, moved.

    Raises ``Conflict`` for one that has ended, or a day before its newest entry.
    """
    holding = holding_with(holding_id, acting.actor, lock=True)
    facts = holdings.checked_facts(HoldingKind(holding.kind), facts)
    change = _change(
        "correct", holding_id, facts, place_id=holding.place_id, change_id=change_id, day=day, reason=reason
    )
    holdings.correct(acting, holding=holding, facts=facts, change=change)


@act("village.end_holding", may=_may_on_holding)
def end_holding(acting: Acting, *, holding_id: UUID, change_id: UUID, day: date, reason: str) -> None:
    """End a holding on a day: sold, scrapped, closed, settled or written off; the reason says which."""
    holding = holding_with(holding_id, acting.actor, lock=True)
    change = _change("end", holding_id, place_id=holding.place_id, change_id=change_id, day=day, reason=reason)
    holdings.end(acting, holding=holding, change=change)


@act("village.publish_wall", may=_may_in_village)
def publish_wall(acting: Acting, *, place_id: UUID, wall_id: UUID, quarter: str, reason: str = "") -> int:
    """Publish a village's poster of a quarter ("2020Q3") for everybody, and return the number of its edition.

    What it says is frozen in the journal. A later edition is a correction: it names the one before, and needs its
    ``reason``. ``wall_id`` is given by the client: the same sent again changes nothing. Raises ``Conflict`` where
    nothing has changed, ``NotFound`` for a village without a book.
    """
    place, wanted = village_with(place_id, acting.actor), parse_quarter(quarter)
    walls.hold_walls(place)
    known = Wall.objects.filter(id=wall_id).first()
    if known is not None:
        if (known.place_id, known.quarter, known.reason) != (place_id, str(wanted), reason.strip()):
            raise taken("wall_id", wall_id)
        raise DoneBefore(known.edition)
    return walls.publish(acting, place=place, quarter=wanted, wall_id=wall_id, reason=reason).edition


def _may_bring_in(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    bringing.places_of(arguments["villages"], acting.actor)


@act("village.bring_in", may=_may_bring_in)
def bring_in(acting: Acting, *, villages: Sequence[VillageRegisters]) -> int:
    """Bring in the registers of up to 500 villages, each thing with its history; return how many things were new.

    For imports: what single acts would have written is written, with an entry for each change. What is there already
    is left as it is. Raises as the single acts do, and then nothing is written.
    """
    places, known = bringing.places_of(villages, acting.actor), bringing.known_before(villages)
    rows = bringing.Rows()
    numbers = {
        one.place_id: bringing.bring_parcels(acting, places[one.place_id], one.parcels, known, rows) for one in villages
    }
    for one in villages:
        bringing.bring_holdings(acting, places[one.place_id], one.holdings, known, rows)
    told = [(places[one.place_id], one.contracts, numbers[one.place_id]) for one in villages]
    kept = bring_contracts(acting, told, known, rows)
    if not rows.told:
        raise DoneBefore(0)
    rows.write(acting)
    keep_versions(kept)
    return sum(len(one.parcels) + len(one.contracts) + len(one.holdings) for one in villages) - len(known)
