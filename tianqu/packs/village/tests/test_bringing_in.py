"""Registers brought in whole are what single acts would have made of them, to the row, the judgement and the entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TianquError, TooLarge
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.packs.village import acts
from tianqu.packs.village.demo.edition import read_seats, read_words
from tianqu.packs.village.demo.letting import LAST_DAY
from tianqu.packs.village.demo.planning import VillagePlan, planned_village
from tianqu.packs.village.demo.shares import county_shares
from tianqu.packs.village.models import HoldingKind, Judgement
from tianqu.packs.village.registers.bringing import evening
from tianqu.packs.village.registers.histories import (
    ContractHistory,
    ContractStep,
    Ended,
    HoldingHistory,
    HoldingStep,
    ParcelHistory,
    ParcelStep,
    VillageRegisters,
)
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.registers.land import ParcelFacts
from tianqu.packs.village.tests.villages import ARABLE, DAY, LATER, Villages, terms

pytestmark = pytest.mark.django_db
REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
# Of each table what tells one row from another, and what must differ between two installations.
TABLES = {
    "village_parcel": (), "village_land_change": (), "village_parcel_version": ("id",), "village_contract": (),
    "village_contract_parcel": ("id",), "village_contract_instalment": ("id",), "village_judgement": ("id",),
    "village_contract_version": ("id",),
    "village_holding": (), "village_holding_version": ("id",),
}  # fmt: skip


def plans() -> list[VillagePlan]:
    """Two villages with much wrong in them."""
    words = read_words(REALM)
    assert words is not None
    seats = [seat for seat in read_seats(REALM, words) if seat.county == "371482"]
    shares = sorted(county_shares(words, seats, seed=7), key=lambda one: -sum(bool(slot.fault) for slot in one.slots))
    return [planned_village(words, share, seed=7) for share in shares[:2]]


def registers(villages: Villages, given: Sequence[VillagePlan]) -> list[VillageRegisters]:
    places = (villages.place_id, villages.other_place_id)
    return [
        VillageRegisters(place, plan.parcels, tuple(let.history for let in plan.lets), plan.holdings)
        for place, plan in zip(places, given, strict=True)
    ]


def on_days_of_their_own(told: VillageRegisters) -> VillageRegisters:
    """The same with every contract entered, and told last, on a day on which no other one is.

    What is written on one day is judged beside all of that day; single acts know only those before them.
    """

    def moved(contract: ContractHistory, by: int) -> ContractHistory:
        first, *rest = contract.steps
        last = [replace(step, day=step.day - timedelta(days=by)) for step in rest[-1:] if step.day == LAST_DAY]
        steps = (replace(first, day=first.day + timedelta(days=by)), *rest[: len(rest) - len(last)], *last)
        return replace(contract, steps=steps)

    return replace(told, contracts=tuple(moved(one, by) for by, one in enumerate(told.contracts)))


def one_by_one(told: Sequence[VillageRegisters]) -> None:
    """Do by single acts what the histories tell, in order of time."""
    deeds: list[tuple[date, int, Any, dict[str, Any]]] = []
    for village in told:
        place = {"place_id": village.place_id}
        for parcel in village.parcels:
            for number, step in enumerate(parcel.steps):
                more = {"day": step.day, "facts": step.facts, "reason": step.reason, "parcel_id": parcel.parcel_id}
                deeds.append(
                    (step.day, number, acts.correct_parcel, more | {"change_id": step.change_id})
                    if number
                    else (step.day, 0, acts.register_parcel, more | place | {"number": parcel.number})
                )
        for holding in village.holdings:
            for number, step_ in enumerate(holding.steps):
                more = {"holding_id": holding.holding_id, "day": step_.day, "facts": step_.facts}
                again = {"change_id": step_.change_id, "reason": step_.reason}
                deeds.append(
                    (step_.day, number, acts.correct_holding, more | again)
                    if number
                    else (
                        step_.day,
                        0,
                        acts.register_holding,
                        more | place | {"kind": holding.kind, "number": holding.number},
                    )
                )
            if holding.ended is not None:
                told_of = {
                    "holding_id": holding.holding_id,
                    "change_id": holding.ended.change_id,
                    "day": holding.ended.day,
                    "reason": holding.ended.reason,
                }
                deeds.append((holding.ended.day, 99, acts.end_holding, told_of))
        for contract in village.contracts:
            for number, one in enumerate(contract.steps):
                more = {"contract_id": contract.contract_id, "terms": one.terms}
                deeds.append(
                    (one.day, number, acts.correct_contract, more)
                    if number
                    else (one.day, 1, acts.register_contract, more | place)
                )
            if contract.ended is not None:
                ending = {
                    "contract_id": contract.contract_id,
                    "on": contract.ended.day,
                    "reason": contract.ended.reason,
                }
                deeds.append((contract.ended.day, 99, acts.end_contract, ending))
    for day, _turn, act, arguments in sorted(deeds, key=lambda deed: deed[:2]):
        act(SYSTEM, at=evening(day, timezone.now()), **arguments)  # fmt: skip


def everything() -> dict[str, list[str]]:
    """Every row of the registers, and what the journal says of them: when, of what, and how it was then."""
    found: dict[str, list[str]] = {}
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        for table, without in TABLES.items():
            cursor.execute(f"SELECT to_jsonb(t) FROM {table} t")
            rows = [orjson.loads(row[0]) for row in cursor.fetchall()]
            found[table] = sorted(
                str({name: value for name, value in row.items() if name not in without}) for row in rows
            )
        cursor.execute("SELECT body FROM journal_entry WHERE act LIKE 'village.%'")
        bodies = [orjson.loads(bytes(row[0])) for row in cursor.fetchall()]
    found["journal"] = sorted(str((body["at"], body["subject"], body["after"])) for body in bodies)
    return found


def test_what_is_brought_in_is_what_single_acts_would_have_made(villages: Villages) -> None:
    told = [on_days_of_their_own(one) for one in registers(villages, plans())]
    savepoint = transaction.savepoint()
    one_by_one(told)
    single = everything()
    transaction.savepoint_rollback(savepoint)
    assert not any(everything().values())
    count = acts.bring_in(SYSTEM, villages=told)
    assert count == sum(len(one.parcels) + len(one.contracts) + len(one.holdings) for one in told)
    whole = everything()
    for table, rows in single.items():
        assert rows and whole[table] == rows, table


def test_a_second_time_changes_nothing_and_the_rest_is_added(villages: Villages) -> None:
    first, second = registers(villages, plans())
    acts.bring_in(SYSTEM, villages=[first])
    before = everything()
    assert acts.bring_in(SYSTEM, villages=[first]) == 0
    assert everything() == before
    assert acts.bring_in(SYSTEM, villages=[first, second]) == len(
        [*second.parcels, *second.contracts, *second.holdings]
    )
    with seeing(SYSTEM.scope):
        assert Judgement.objects.filter(contract_id=first.contracts[0].contract_id).count() == len(
            first.contracts[0].steps
        ) + bool(first.contracts[0].ended)
    # A single act sent again knows what was brought in.
    parcel = first.parcels[0]
    acts.register_parcel(
        SYSTEM, place_id=first.place_id, parcel_id=parcel.parcel_id, number=parcel.number, day=parcel.steps[0].day,
        facts=parcel.steps[0].facts,
    )  # fmt: skip
    changed = replace(parcel, steps=(replace(parcel.steps[0], facts=replace(parcel.steps[0].facts, name="别处")),))
    with pytest.raises(Conflict):
        acts.bring_in(SYSTEM, villages=[replace(first, parcels=(changed,), contracts=(), holdings=())])


def test_few_statements_bring_in_many_things(villages: Villages) -> None:
    first, second = registers(villages, plans())
    with CaptureQueriesContext(connection) as one:
        acts.bring_in(SYSTEM, villages=[first])
    with CaptureQueriesContext(connection) as more:
        acts.bring_in(SYSTEM, villages=[second])
    assert max(len(one), len(more)) < 40


def parcel(*steps: ParcelStep, number: str = "1") -> ParcelHistory:
    return ParcelHistory(steps[0].change_id, number, steps)


def test_what_cannot_be_leaves_nothing(villages: Villages) -> None:
    facts = ParcelFacts(10_000, ARABLE)
    given, later = new_identifier(), new_identifier()
    sound = ParcelStep(given, DAY, facts)
    told = VillageRegisters(villages.place_id)
    owed = HoldingFacts("欠款", 5, "某")
    holding = HoldingHistory(later, HoldingKind.DEBT, "1", (HoldingStep(later, DAY, owed),))
    contract = ContractHistory(later, (ContractStep(DAY, terms(signed_on=DAY, starts_on=DAY)),))
    bad: list[tuple[VillageRegisters, type[TianquError]]] = [
        (replace(told, place_id=new_identifier()), NotFound),
        (replace(told, place_id=villages.prefecture.places["P102"].id), InvalidInput),
        (replace(told, parcels=(ParcelHistory(given, "1", ()),)), InvalidInput),
        (replace(told, parcels=(parcel(sound, replace(sound, change_id=later, reason="x")),)), InvalidInput),
        (replace(told, parcels=(parcel(sound, ParcelStep(later, LATER, facts)),)), InvalidInput),  # without a reason
        (replace(told, parcels=(replace(parcel(sound), parcel_id=later),)), InvalidInput),
        (replace(told, parcels=(parcel(sound), parcel(replace(sound, change_id=later)))), Conflict),  # one number twice
        (replace(told, parcels=(parcel(replace(sound, day=date(2099, 1, 1))),)), InvalidInput),
        (replace(told, holdings=(replace(holding, ended=Ended(LATER, "结清")),)), InvalidInput),
        (replace(told, holdings=(replace(holding, kind=HoldingKind.ASSET, steps=(
            replace(holding.steps[0], facts=replace(owed, settled_fen=1)),)),)), InvalidInput),
        (replace(told, contracts=(replace(contract, steps=(
            ContractStep(DAY, terms(signed_on=DAY, starts_on=DAY, parcel_ids=(given,))),)),)), NotFound),
        (replace(told, contracts=(replace(contract, steps=(
            ContractStep(DAY, terms(signed_on=DAY, starts_on=DAY, land_class=None)),)),)), InvalidInput),
    ]  # fmt: skip
    for village, error in bad:
        with pytest.raises(error):
            acts.bring_in(SYSTEM, villages=[village])
    with pytest.raises(TooLarge):
        acts.bring_in(SYSTEM, villages=[])
    with pytest.raises(InvalidInput):
        acts.bring_in(SYSTEM, villages=[replace(told, parcels=(parcel(sound),)), told])
    for actor in (villages.accountant, villages.auditor):
        with pytest.raises(NotPermitted):
            acts.bring_in(actor, villages=[replace(told, parcels=(parcel(sound),))])
    assert not any(everything().values())


def test_the_laws_of_the_database_look_at_what_is_brought_in(
    villages: Villages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parcel of the next village cannot come under a contract, whatever the act is made to believe."""
    given, contract_id = new_identifier(), new_identifier()
    there = VillageRegisters(villages.other_place_id, (parcel(ParcelStep(given, DAY, ParcelFacts(10_000, ARABLE))),))
    acts.bring_in(SYSTEM, villages=[there])
    monkeypatch.setattr("tianqu.packs.village.registers.bringing_contracts._numbers_of", lambda *_all: {given: "1"})
    history = ContractHistory(
        contract_id, (ContractStep(DAY, terms(signed_on=DAY, starts_on=DAY, parcel_ids=(given,))),)
    )
    with pytest.raises((InvalidInput, IntegrityError)):
        acts.bring_in(SYSTEM, villages=[VillageRegisters(villages.place_id, contracts=(history,))])
