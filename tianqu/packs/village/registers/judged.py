"""Judging a registered contract: by the rules, beside its peers of the township, and keeping what was found.

Peers are read behind the wall between villages as bare rents and areas, so that nobody learns whose they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection

from tianqu.base.canonical import plain
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, Scope
from tianqu.packs.village.judging import current_policy, finding_document, number_document
from tianqu.packs.village.models import Contract, ContractParcel, ContractState, Judgement
from tianqu.packs.village.registers.contracts import ContractTerms, particulars_of, record, terms_of
from tianqu.packs.village.registers.matters import resolutions_of
from tianqu.packs.village.registers.received import as_received, receipts_of
from tianqu.packs.village.rules.catalogue import judge
from tianqu.packs.village.rules.facts import ContractFacts, ContractKind, LandClass, Resolution
from tianqu.packs.village.rules.laws import Finding, Severity
from tianqu.packs.village.rules.peers import Peers
from tianqu.packs.village.rules.policy import Policy
from tianqu.packs.village.scanning.registers.scans import scanned_among

OF_PARCEL: Final = "let_twice"  # the rule that is asked of each parcel
NEIGHBOURS_MAX: Final = 1_000
LINKED_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Comparable:
    """How a rent compares: ``verdict`` is comparable, not_comparable (too few peers) or no_rent (none is known)."""

    verdict: str
    peers: int
    median_mu_year_fen: int | str | None
    years: int


def judge_and_record(acting: Acting, contract: Contract) -> Judgement:
    """Judge a contract and record it with what was found."""
    judgement = judge_contract_row(acting, contract)
    found = [[one["rule"], one["verdict"], one["severity"]] for one in judgement.findings]
    record(acting, contract, judged_on=judgement.on, findings=found)
    return judgement


def judge_contracts_of(acting: Acting, matter_id: UUID) -> None:
    """Judge anew the contracts in force that take their resolution from a matter: the first hundred by number.

    Should there be more, those are judged when they are judged next.
    """
    rows = Contract.objects.select_for_update(of=("self",)).filter(matter_id=matter_id, state=ContractState.IN_FORCE)
    for contract in rows.order_by("number", "id")[:LINKED_MAX]:
        judge_and_record(acting, contract)


def judge_contract_row(acting: Acting, contract: Contract) -> Judgement:
    """Judge a contract on the day of the act, keep what was found, and note the counts on the contract."""
    today = acting.today  # of the realm: at night it is another one than UTC's
    policy = current_policy()
    found, comparison = findings_of(acting.actor.scope, contract, today=today, policy=policy)
    judgement = judgement_row(contract, found, comparison, today=today, at=acting.now)
    contract.save(update_fields=["severe", "flags", "notices", "judged_on"])
    judgement.save(force_insert=True)
    return judgement


def judgement_row(
    contract: Contract, found: Sequence[Finding], comparison: Comparable, *, today: date, at: datetime
) -> Judgement:
    """Return the row of a judgement, and note the counts on the contract; neither is written."""
    contract.severe = sum(one.severity is Severity.SEVERE for one in found)
    contract.flags = sum(one.severity is Severity.FLAG for one in found)
    contract.notices = len(found) - contract.severe - contract.flags
    contract.judged_on = today
    return Judgement(
        id=new_identifier(), contract=contract, place_path=contract.place_path, contract_version=contract.version,
        on=today, at=at, findings=[plain(finding_document(one)) for one in found], comparison=plain(comparison),
    )  # fmt: skip


def findings_of(scope: Scope, contract: Contract, *, today: date, policy: Policy) -> tuple[list[Finding], Comparable]:
    """Return what the rules find in a registered contract on a day, and how its rent compares, as ``scope`` sees it."""
    held = contract.held.select_related("parcel").order_by("id")
    numbers = [one.parcel.number for one in held] or [f"contract:{contract.number}"]
    linked = resolutions_of([contract.matter_id] if contract.matter_id is not None else [])
    receipts = receipts_of(scope, [contract], on=today, place_path=str(contract.place_path))[contract.id]
    terms = as_received(terms_of(contract), receipts)
    scanned = contract.id in scanned_among([contract.id])
    facts = facts_of(contract, terms, parcels=numbers, resolutions=linked, scanned=scanned)
    if contract.state == ContractState.STRUCK:  # it never was
        return [], Comparable("no_rent", 0, None, policy.peer_years)
    peers = Peers([*facts, *_neighbours(contract), *_rents(contract, facts[0], policy)])
    return found_in(facts, peers=peers, policy=policy, today=today)


def found_in(
    facts: Sequence[ContractFacts], *, peers: Peers, policy: Policy, today: date
) -> tuple[list[Finding], Comparable]:
    """Return what the rules find in a contract, told once for each of its parcels, and how its rent compares."""
    found = list(judge(facts[0], peers=peers, policy=policy, today=today))
    for other in facts[1:]:
        found += [one for one in judge(other, peers=peers, policy=policy, today=today) if one.rule == OF_PARCEL]
    return found, _compared(facts[0], peers, policy)


def facts_of(
    contract: Contract,
    terms: ContractTerms,
    *,
    parcels: Sequence[str],
    resolutions: Mapping[UUID, Resolution],
    scanned: bool,
) -> list[ContractFacts]:
    """Return a contract as the rules take it: once for each of its parcels, with the rent on the first alone.

    ``parcels`` says how they are called; one at least. ``resolutions`` are those of matters, by their identifiers;
    ``scanned`` whether a scan of it stands.
    """
    told = terms.particulars
    names = {field.name for field in fields(ContractFacts)}
    simple = {field.name: getattr(told, field.name) for field in fields(told) if field.name in names}
    if terms.matter_id is not None:
        simple["resolution"] = resolutions.get(terms.matter_id)  # what the meeting really was
    assert terms.land_class is not None
    whole = ContractFacts(
        id=contract.number, kind=terms.kind, land_class=terms.land_class, parcel=parcels[0],
        peer_place=township_of(contract.place_path), signed_on=terms.signed_on, starts_on=terms.starts_on,
        until=until_of(contract), area_mu_4=terms.area_mu_4, rent_year_fen=terms.rent_year_fen,
        instalments=terms.instalments, scanned=scanned, **simple,
    )  # fmt: skip
    return [whole, *(replace(whole, parcel=number, rent_year_fen=None, instalments=()) for number in parcels[1:])]


def township_of(place_path: str) -> str:
    """Return the path above a village, within which rents are compared."""
    return place_path.rpartition(".")[0] or place_path


def until_of(contract: Contract) -> date | None:
    """The first day on which it no longer holds: what was agreed, or the day on which it ended before that."""
    days = [day for day in (contract.until, contract.ended_on) if day is not None]
    return max(min(days), contract.starts_on) if days else None


def _neighbours(contract: Contract) -> Iterable[ContractFacts]:
    """The other contracts on the same parcels, for what holds twice; their rents are in ``_rents``."""
    rows = (
        ContractParcel.objects.filter(parcel__contracts__contract=contract)
        .exclude(contract=contract)
        .exclude(contract__state=ContractState.STRUCK)
        .select_related("contract", "parcel")
        .order_by("id")[:NEIGHBOURS_MAX]
    )
    for row in rows:
        other = row.contract
        yield ContractFacts(
            id=other.number, kind=ContractKind(other.kind), land_class=LandClass(other.land_class),
            parcel=row.parcel.number, peer_place="", signed_on=other.signed_on, starts_on=other.starts_on,
            until=until_of(other), area_mu_4=other.area_mu_4, renewal=particulars_of(other).renewal,
        )  # fmt: skip


def _rents(contract: Contract, facts: ContractFacts, policy: Policy) -> Iterable[ContractFacts]:
    """The rents of the township around the year of signing, nameless."""
    year = facts.signed_on.year
    since, until = date(year - policy.peer_years, 1, 1), date(year + policy.peer_years + 1, 1, 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT signed_on, rent_year_fen, area_mu_4 FROM village_rents(%s, %s::ltree, %s, %s, %s)",
            [facts.land_class.value, facts.peer_place, since, until, contract.id],
        )
        rows = cursor.fetchall()
    for place, (signed_on, rent, area) in enumerate(rows):
        yield ContractFacts(
            id=f"peer:{place}", kind=facts.kind, land_class=facts.land_class, parcel=f"peer:{place}",
            peer_place=facts.peer_place, signed_on=signed_on, starts_on=signed_on, until=None, area_mu_4=area,
            rent_year_fen=rent,
        )  # fmt: skip


def _compared(facts: ContractFacts, peers: Peers, policy: Policy) -> Comparable:
    compared = peers.comparison(facts, years=policy.peer_years)
    if facts.rent_year_fen is None:
        return Comparable("no_rent", 0, None, policy.peer_years)
    if compared.peers < policy.peers_min or compared.median is None:
        return Comparable("not_comparable", compared.peers, None, policy.peer_years)
    return Comparable("comparable", compared.peers, number_document(compared.median), policy.peer_years)
