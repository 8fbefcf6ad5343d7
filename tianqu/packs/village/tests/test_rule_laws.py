"""What holds of the rules whatever contracts they are given."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.errors import InvalidInput
from tianqu.packs.village.rules.catalogue import RULES, judge_all
from tianqu.packs.village.rules.facts import (
    MU,
    ContractFacts,
    ContractKind,
    Instalment,
    LandClass,
    months_after,
    whole_years,
    years_after,
)
from tianqu.packs.village.rules.peers import Peers, rent_of
from tianqu.packs.village.rules.policy import Policy, policy_of
from tianqu.packs.village.tests.contracts import TODAY, contract
from tianqu.packs.village.words import finding_said

DAYS = st.dates(date(1998, 1, 1), date(2030, 12, 31))


@st.composite
def any_contract(draw: st.DrawFn) -> ContractFacts:
    signed_on, starts_on = draw(DAYS), draw(DAYS)
    until = draw(st.one_of(st.none(), st.integers(1, 40_000).map(lambda days: starts_on + timedelta(days=days))))
    instalments = draw(st.lists(
        st.builds(
            lambda due, days, amount, paid: Instalment(due, amount, due, due + timedelta(days=days), paid),
            DAYS, st.integers(1, 4_000), st.integers(0, 10**7), st.integers(0, 10**7),
        ), max_size=4,
    ))  # fmt: skip
    return contract(
        kind=draw(st.sampled_from(ContractKind)), land_class=draw(st.sampled_from(LandClass)),
        parcel=draw(st.sampled_from("ab")), peer_place=draw(st.sampled_from("xy")), signed_on=signed_on,
        starts_on=starts_on, until=until, area_mu_4=draw(st.integers(1, 100 * MU)),
        rent_year_fen=draw(st.one_of(st.none(), st.integers(0, 10**6))), instalments=tuple(instalments),
        written=draw(st.booleans()), occupied=draw(st.sampled_from([None, True, False])),
        sublet=draw(st.booleans()), lessee_outside=draw(st.booleans()),
        measured_mu_4=draw(st.one_of(st.none(), st.integers(1, 100 * MU))),
    )  # fmt: skip


@st.composite
def some_contracts(draw: st.DrawFn) -> list[ContractFacts]:
    from dataclasses import replace

    return [replace(one, id=f"c{n}") for n, one in enumerate(draw(st.lists(any_contract(), max_size=12)))]


def judged(contracts: list[ContractFacts]) -> set[tuple[str, str, str]]:
    found = judge_all(contracts, peers=Peers(contracts), policy=Policy(), today=TODAY)
    return {(finding.contract_id, finding.rule, finding.verdict) for finding in found}


@given(some_contracts(), st.randoms())
def test_the_order_of_contracts_changes_nothing(contracts: list[ContractFacts], chance: object) -> None:
    shuffled = list(contracts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judged(shuffled) == judged(contracts)


@given(some_contracts())
def test_a_finding_quotes_the_law_of_the_day_and_can_be_said(contracts: list[ContractFacts]) -> None:
    by_id = {one.id: one for one in contracts}
    for finding in judge_all(contracts, peers=Peers(contracts), policy=Policy(), today=TODAY):
        assert finding.version.holds_on(by_id[finding.contract_id].signed_on)
        assert "%(" not in finding_said(finding)


@given(some_contracts())
def test_peers_are_who_a_plain_count_finds(contracts: list[ContractFacts]) -> None:
    peers = Peers(contracts)
    for one in contracts:
        if rent_of(one) is None:
            continue
        rents: list[Fraction] = []
        for other in contracts:
            rent = rent_of(other)
            alike = (other.land_class, other.peer_place) == (one.land_class, one.peer_place)
            near = abs(other.signed_on.year - one.signed_on.year) <= 2
            if other.id != one.id and rent is not None and alike and near:
                rents.append(rent)
        compared = peers.comparison(one, years=2)
        assert compared.peers == len(rents)
        assert compared.median == (median(rents) if rents else None)


@given(some_contracts())
def test_overlaps_are_what_a_plain_count_finds(contracts: list[ContractFacts]) -> None:
    peers = Peers(contracts)
    for one in contracts:
        others = {
            other.id for other in contracts
            if other.id != one.id and other.parcel == one.parcel
            and (other.kind is ContractKind.FLOW) == (one.kind is ContractKind.FLOW)
            and other.starts_on < (one.until or date.max) and one.starts_on < (other.until or date.max)
        }  # fmt: skip
        overlap = peers.overlap(one)
        assert overlap.others == len(others)
        assert overlap.example in others or (not others and overlap.example == "")


@given(DAYS, st.integers(0, 100))
def test_years_and_months_agree(day: date, years: int) -> None:
    assert months_after(day, years * 12) == years_after(day, years)
    assert whole_years(day, until=years_after(day, years)) == (years, 0)


def test_every_rule_of_the_list_is_declared_once() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES) == 21


@pytest.mark.parametrize("given_policy", [
    {"unknown": 1}, {"peers_min": "5"}, {"peers_min": -1}, {"peers_min": True}, {"severe_rent_percent": 71},
])  # fmt: skip
def test_a_policy_that_is_none_is_refused(given_policy: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        policy_of(given_policy)
    assert policy_of({"peers_min": 7}) == Policy(peers_min=7)
