"""What is invented of villages adds up: to the reported sums exactly, within each book, and from register to book.

Nothing here touches the database: the whole county of the clean-up is planned and judged in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tianqu.base.wording import SLOT
from tianqu.packs.village.demo.clearing import CLEARED, RECTIFY_DAYS, RULE_OF, planned_findings
from tianqu.packs.village.demo.edition import Seat, Words, read_seats, read_words
from tianqu.packs.village.demo.land import WHOLE, account_of
from tianqu.packs.village.demo.letting import LAST_DAY, REPLACED, Let
from tianqu.packs.village.demo.owning import SETTLED, WRITTEN_OFF
from tianqu.packs.village.demo.planning import VillagePlan, digest_of_plans, planned_village, planned_villages
from tianqu.packs.village.demo.posting import LAND, MONEY
from tianqu.packs.village.demo.shares import allot, county_shares
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.contracts import ContractTerms
from tianqu.packs.village.rules.catalogue import judge
from tianqu.packs.village.rules.facts import ContractFacts
from tianqu.packs.village.rules.laws import Severity
from tianqu.packs.village.rules.peers import Peers
from tianqu.packs.village.rules.policy import Policy

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
SEED = 20_200_101
COUNTY = "371482"
TODAY = date(2026, 11, 28)
QUARTER_ENDS = [date(year, month, day) for year in (2019, 2020) for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))]


@pytest.fixture(scope="module")
def words() -> Words:
    found = read_words(REALM)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def seats(words: Words) -> list[Seat]:
    return read_seats(REALM, words)


@pytest.fixture(scope="module")
def county(words: Words, seats: list[Seat]) -> list[VillagePlan]:
    """The whole county of the clean-up."""
    return list(planned_villages(words, [seat for seat in seats if seat.county == COUNTY], seed=SEED))


def test_every_village_of_the_edition_has_a_place_in_the_plan(words: Words, seats: list[Seat]) -> None:
    assert len(seats) == len({seat.code for seat in seats}) == 8_096
    contracts = 0
    for _county, of_county in groupby(seats, key=lambda seat: seat.county):
        shares = county_shares(words, list(of_county), seed=SEED)
        contracts += sum(len(share.slots) for share in shares)
    assert abs(contracts - 2_614 * 8_096 / 902) < 10  # as many for each village as in the real clean-up


def test_the_county_adds_up_to_what_was_reported(county: list[VillagePlan]) -> None:
    """village.idle_land, village.contracts and village.claims_debts of the figures, from the county's own rows."""
    recovered = settled = 0
    for plan in county:
        for parcel in plan.parcels:
            for before, step in zip(parcel.steps, parcel.steps[1:], strict=False):
                if before.facts.idle and not step.facts.idle and step.day.year == 2020:
                    recovered += step.facts.area_mu_4
        for holding in plan.holdings:
            for before_, step_ in zip(holding.steps, holding.steps[1:], strict=False):
                if step_.day.year == 2020:
                    settled += step_.facts.settled_fen - before_.facts.settled_fen
    assert recovered == 165_170_000  # 16,517 mu
    assert sum(let.put_right_on is not None for plan in county for let in plan.lets) == 452
    assert settled == 758_000_000  # 7,580,000 yuan


def test_the_books_say_the_same_of_the_clean_up(county: list[VillagePlan]) -> None:
    land = money = 0
    for plan in county:
        for transfer in plan.transfers:
            moved = sum(amount for _code, amount in transfer.legs if amount > 0)
            land += moved if transfer.kind == "recovered" else 0
            money += moved if transfer.kind in (SETTLED, WRITTEN_OFF) else 0
    assert (land, money) == (165_170_000, 758_000_000)


def facts_of(let: Let, terms: ContractTerms, *, ended: bool) -> ContractFacts:
    told = terms.particulars
    names = {field.name for field in fields(ContractFacts)}
    simple = {field.name: getattr(told, field.name) for field in fields(told) if field.name in names}
    days = [terms.until, let.history.ended.day if ended and let.history.ended else None]
    assert terms.land_class is not None
    return ContractFacts(
        id=str(let.id), kind=terms.kind, land_class=terms.land_class, parcel=str(let.parcel_id),
        peer_place=let.slot.seat.township, signed_on=terms.signed_on, starts_on=terms.starts_on,
        until=min(day for day in days if day is not None), area_mu_4=terms.area_mu_4,
        rent_year_fen=terms.rent_year_fen, instalments=terms.instalments, **simple,
    )  # fmt: skip


def test_the_rules_find_what_was_planted_and_nothing_else(county: list[VillagePlan]) -> None:
    """On the day on which each was entered: 2,614 contracts, 570 in arrears with 6.83 million yuan, and so on."""
    lets = [let for plan in county for let in plan.lets if let.follows is None]
    facts = [facts_of(let, let.history.steps[0].terms, ended=False) for let in lets]
    peers, counts, owed = Peers(facts), Counter[str](), 0
    for let, one in zip(lets, facts, strict=True):
        today = let.history.steps[0].day
        found = {each.rule: each for each in judge(one, peers=peers, policy=Policy(), today=today)
                 if each.severity is not Severity.NOTICE}  # fmt: skip
        planted = {RULE_OF[let.slot.fault]} if let.slot.fault else set()
        planted |= {"overdue"} if let.slot.arrears_fen else set()
        planted |= {"let_twice"} if let.slot.taken else set()
        assert set(found) == planted, (let.number, let.slot)
        counts.update(list(found))
        numbers = dict(found["overdue"].numbers) if "overdue" in found else {}
        owed += int(str(numbers.get("overdue_fen", 0)))
    assert len(lets) == 2_614
    assert (counts["overdue"], owed, counts["lease_too_long"]) == (570, 683_000_000, 107 + 18)


def test_what_was_put_right_is_right(county: list[VillagePlan]) -> None:
    lets = [let for plan in county for let in plan.lets]
    facts = [facts_of(let, let.history.steps[-1].terms, ended=True) for let in lets]
    peers = Peers(facts)
    followed = {let.follows for let in lets if let.follows}
    for let, one in zip(lets, facts, strict=True):
        found = {each.rule for each in judge(one, peers=peers, policy=Policy(), today=LAST_DAY)
                 if each.severity is not Severity.NOTICE}  # fmt: skip
        if let.put_right_on is not None:
            assert let.put_right_on.year == 2020
            replaced = let.slot.fault in REPLACED
            assert (let.id in followed) == replaced == (let.history.ended is not None)
            assert replaced or RULE_OF[let.slot.fault] not in found, let.slot
        if let.follows is not None:
            assert not found
        assert not let.slot.collected or "overdue" not in found


def test_the_clean_up_went_round_as_findings(words: Words, county: list[VillagePlan]) -> None:
    """Everything that was recovered, settled or put right was found before, answered, and closed on its day."""
    moved, contracts = 0, 0
    for plan in county:
        findings = [one for one in planned_findings(words, plan, seed=SEED, today=TODAY) if one.days.closed_on]
        assert {one.moves.id for one in findings if one.moves} == {
            transfer.id for transfer in plan.transfers if transfer.kind in CLEARED
        }
        for one in findings:
            told = one.days
            days = [day for day in (told.opened_on, told.accepted_on, told.answered_on, told.closed_on) if day]
            assert len(days) == 4 and days == sorted(days) and days[-1] <= LAST_DAY
            assert one.text and one.answer and one.note
            if one.moves is not None:
                assert one.moves.day == days[-1] and len(one.moves.legs) == 2
                assert (days[2].month - 1) // 3 == (days[3].month - 1) // 3  # a closed quarter takes nothing
            moved += one.moves is not None
            contracts += one.subject == "contract"
    assert contracts == 452 and moved > 1_000


def test_what_is_open_still_was_found_in_the_weeks_before(words: Words, county: list[VillagePlan]) -> None:
    """Few are past their day, nothing has waited for years, and what is closed does not depend on the day."""
    states = Counter[str]()
    for plan in county:
        findings = planned_findings(words, plan, seed=SEED, today=TODAY)
        later = planned_findings(words, plan, seed=SEED, today=TODAY + timedelta(days=100))
        assert [one.id for one in findings] == [one.id for one in later]
        assert [one for one in findings if one.days.closed_on] == [one for one in later if one.days.closed_on]
        for one in findings:
            told = one.days
            if told.closed_on is None:
                days = [day for day in (told.opened_on, told.accepted_on, told.answered_on) if day is not None]
                assert days == sorted(days) and TODAY - timedelta(days=90) < days[0] and days[-1] < TODAY
                assert (one.moves is not None) == (one.subject == "parcel" and told.answered_on is not None)
                waits = told.accepted_on is None  # nobody has let a new one lie for longer than the village may
                assert not waits or told.opened_on >= TODAY - timedelta(days=2)
                late = told.answered_on is None and told.opened_on + timedelta(days=RECTIFY_DAYS) < TODAY
                states["late" if late else "new" if waits else "answered" if told.answered_on else "accepted"] += 1
    assert 40 < states.total() < 120 and min(states.values()) >= 5 and states["late"] < states.total() / 4


def balances(plan: VillagePlan, ledger: str, day: date) -> Counter[str]:
    sums = Counter[str]()
    for transfer in plan.transfers:
        if transfer.ledger == ledger and transfer.day <= day:
            for code, amount in transfer.legs:
                sums[code] += amount
    return sums


def held(plan: VillagePlan, kind: HoldingKind, day: date) -> int:
    """What the register says of a kind on a day: what assets cost and funds hold, what is owed still."""
    whole = 0
    for holding in plan.holdings:
        ended = holding.ended is not None and holding.ended.day <= day
        steps = [step.facts for step in holding.steps if step.day <= day]
        if holding.kind is kind and steps and not ended:
            whole += steps[-1].amount_fen - steps[-1].settled_fen
    return whole


def land_held(plan: VillagePlan, day: date) -> Counter[str]:
    sums = Counter[str]()
    for parcel in plan.parcels:
        now = [step.facts for step in parcel.steps if step.day <= day][-1]
        sums[account_of(now)] += now.area_mu_4
    return sums


def test_registers_and_books_agree_at_every_quarter(county: list[VillagePlan]) -> None:
    for plan in county[::6]:
        for day in QUARTER_ENDS:
            money, land = balances(plan, MONEY, day), balances(plan, LAND, day)
            assert sum(money.values()) == sum(land.values()) == 0
            assert held(plan, HoldingKind.ASSET, day) == money["151"]
            assert held(plan, HoldingKind.CLAIM, day) == money["112"]
            assert held(plan, HoldingKind.DEBT, day) == -money["202"] - money["221"]
            assert {code: area for code, area in land.items() if area and code != WHOLE} == dict(land_held(plan, day))
            assert money["101"] >= 0 and money["102"] >= 0 and money["212"] <= 0 and money["152"] <= 0
            if day.month == 12:
                assert held(plan, HoldingKind.FUND, day) == money["101"] + money["102"]
                assert not any(money[code] for code in ("501", "511", "522", "531", "502", "541", "551", "321"))


def test_what_contracts_were_paid_is_what_the_book_received(county: list[VillagePlan]) -> None:
    for plan in county:
        received = Counter[str]()
        for transfer in plan.transfers:
            received[transfer.reference] += sum(amount for code, amount in transfer.legs if code in ("101", "102"))
        for let in plan.lets:
            terms = let.history.steps[-1].terms
            paid = sum(one.paid_fen for one in terms.instalments)
            collected = received[f"holding:{let.claim_id}"]  # what was owed at the end of 2019 is a claim
            assert paid == received[f"contract:{let.id}"] + collected == terms.particulars.posted_fen


def test_every_history_goes_forward_and_every_thing_has_its_own_identifier(county: list[VillagePlan]) -> None:
    seen: set[object] = set()
    for plan in county:
        given = [step.change_id for parcel in plan.parcels for step in parcel.steps]
        given += [step.change_id for holding in plan.holdings for step in holding.steps]
        given += [let.id for let in plan.lets]
        transfers = [transfer.id for transfer in plan.transfers]
        assert len(set(given)) == len(given) and len(set(transfers)) == len(transfers)
        assert not seen & set(given) and not seen & set(transfers)
        seen |= {*given, *transfers}
        histories: list[Any] = [*plan.parcels, *plan.holdings, *(let.history for let in plan.lets)]
        for history in histories:
            days = [step.day for step in history.steps]
            assert days == sorted(set(days)) and date(2019, 1, 1) <= days[0] and days[-1] <= LAST_DAY
        for numbers in ([p.number for p in plan.parcels], [let.number for let in plan.lets],
                        [(h.kind, h.number) for h in plan.holdings]):  # fmt: skip
            assert len(set(numbers)) == len(numbers)


def test_vouchers_are_numbered_by_month_and_worded_in_many_ways(county: list[VillagePlan]) -> None:
    purposes = Counter[str]()
    for plan in county[:120]:
        for ledger in (MONEY, LAND):
            vouchers = [each.voucher for each in plan.transfers if each.ledger == ledger]
            assert len(set(vouchers)) == len(vouchers)
            assert vouchers[0].startswith("2019年1月")
        for transfer in plan.transfers:
            purposes[transfer.purpose] += 1
            assert transfer.purpose and "[" not in transfer.purpose and not SLOT.search(transfer.purpose)
            assert len(transfer.legs) >= 2 and all(amount for _code, amount in transfer.legs)
    assert len(purposes) > 1_000
    assert any("虚构" in purpose for purpose in purposes)


def test_the_same_seed_plans_the_same_bytes(words: Words, seats: list[Seat]) -> None:
    of_county = [seat for seat in seats if seat.county == "371472"]

    def some(seed: int) -> Iterator[VillagePlan]:
        return (planned_village(words, share, seed=seed) for share in county_shares(words, of_county, seed=seed)[:6])

    assert digest_of_plans(some(SEED)) == digest_of_plans(some(SEED)) != digest_of_plans(some(SEED + 1))


def test_more_expenses_leave_the_rest_as_it_is(words: Words, seats: list[Seat]) -> None:
    """A denser book has more vouchers, and the same registers."""
    share = county_shares(words, [seat for seat in seats if seat.county == "371472"], seed=SEED)[3]
    usual, dense = (planned_village(words, share, seed=SEED, expenses=expenses) for expenses in (3, 40))
    assert dense.lets == usual.lets and dense.parcels == usual.parcels
    assert len(dense.transfers) - len(usual.transfers) == 8 * 37
    assert balances(dense, MONEY, LAST_DAY - timedelta(days=1))["101"] >= 0


def test_a_whole_is_shared_out_to_the_last_unit() -> None:
    assert allot(10, [1, 1, 1]) == [4, 3, 3]
    assert allot(7, [5, 0.1], least=2) == [5, 2]
    assert sum(allot(16_517, [0.3, 1.7, 2.9, 0.001], least=30)) == 16_517
    assert allot(0, []) == [] and sum(allot(5, [1, 1, 1], least=3)) == 5
