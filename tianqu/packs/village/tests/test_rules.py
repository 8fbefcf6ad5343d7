"""Each rule on both sides of each of its limits, by the law of the day of signing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tianqu.packs.village.rules.catalogue import RULES
from tianqu.packs.village.rules.facts import MU, Body, ContractKind, LandClass, Resolution
from tianqu.packs.village.rules.laws import Source
from tianqu.packs.village.rules.policy import Policy
from tianqu.packs.village.tests.contracts import SOUND_RESOLUTION, TODAY, contract, findings, rent, verdicts

K, L = ContractKind, LandClass
DAY = timedelta(days=1)


def signed(day: date, **more: Any) -> dict[str, Any]:
    return {"signed_on": day, "starts_on": day, **more}


def test_a_sound_contract_is_only_said_to_be_incomparable() -> None:
    assert [(finding.rule, finding.verdict) for finding in findings(contract())] == [("low_price", "not_comparable")]


@pytest.mark.parametrize(
    ("rule", "right", "wrong", "verdict"),
    [
        ("lease_too_long", {"until": date(2045, 6, 1)}, {"until": date(2045, 6, 2)}, "too_long"),
        ("lease_too_long", {"renewal": True, "until": date(2045, 6, 1)}, {"renewal": True, "until": date(2045, 6, 2)},
         "too_long"),
        ("household_term", {"until": date(2055, 6, 1)}, {"until": date(2055, 6, 2)}, "too_long"),
        ("household_term", {"until": date(2055, 6, 1)}, {"until": date(2055, 5, 31)}, "too_short"),
        ("household_term", {"until": date(2055, 6, 1)}, {"until": None}, "no_term"),
        ("household_term", {"land_class": L.GRASSLAND, "until": date(2055, 6, 1)},
         {"land_class": L.GRASSLAND, "until": date(2055, 5, 31)}, "too_short"),
        ("household_term", {"land_class": L.GRASSLAND, "until": date(2075, 6, 1)},
         {"land_class": L.GRASSLAND, "until": date(2075, 6, 2)}, "too_long"),
        ("household_term", {"land_class": L.FOREST, "until": date(2055, 6, 1)},
         {"land_class": L.FOREST, "until": date(2055, 5, 31)}, "too_short"),
        ("household_term", {"land_class": L.FOREST, "until": date(2095, 6, 1)},
         {"land_class": L.FOREST, "until": date(2095, 6, 2)}, "too_long"),
        ("flow_beyond", {"household_until": date(2030, 6, 1)}, {"household_until": date(2030, 5, 31)}, "beyond"),
        ("flow_beyond", {"household_until": None, "until": None}, {"household_until": date(2030, 5, 31), "until": None},
         "no_end"),
        ("oral", {"written": False, "until": date(2025, 11, 30)},
         {"written": False, "until": date(2025, 12, 1)}, "oral"),
        ("oral", {"written": True, "until": None}, {"written": False, "until": None}, "oral"),
        ("use_changed", {"use_found": "wheat"}, {"use_found": "brickworks"}, "changed"),
        ("sublet", {"sublet": True, "sublet_consent": True}, {"sublet": True}, "no_consent"),
        ("receipts_differ", {"receipts_fen": 7, "posted_fen": 7}, {"receipts_fen": 7, "posted_fen": 6}, "differ"),
        ("private_account", {}, {"private_account": True}, "private"),
        ("signed_before", {"signed_on": date(2025, 5, 20)}, {"signed_on": date(2025, 5, 19)}, "early"),
        ("outside_lessee", {"lessee_outside": True, "township_approved_on": date(2025, 6, 1)},
         {"lessee_outside": True}, "no_approval"),
        ("outside_lessee", {"lessee_outside": True, "township_approved_on": date(2025, 6, 1)},
         {"lessee_outside": True, "township_approved_on": date(2025, 6, 2)}, "late_approval"),
        ("outside_lessee", {"lessee_outside": False, "resolution": None},
         {"lessee_outside": True, "resolution": None, "township_approved_on": date(2025, 6, 1)}, "no_resolution"),
        ("construction_land", {"bounds_written": True}, {"bounds_written": False}, "not_written"),
        ("construction_land", {"written": True}, {"written": False}, "not_written"),
        ("construction_land", {}, {"resolution": None}, "no_resolution"),
    ],
)  # fmt: skip
def test_both_sides_of_a_limit(rule: str, right: dict[str, Any], wrong: dict[str, Any], verdict: str) -> None:
    kinds = {"household_term": K.HOUSEHOLD, "flow_beyond": K.FLOW, "construction_land": K.CONSTRUCTION}
    kind = kinds.get(rule, K.LEASE)
    assert verdicts(rule, contract(kind=kind, **right)) == []
    assert verdicts(rule, contract(kind=kind, **wrong)) == [verdict]


def voted(body: Body, entitled: int, present: int, agreed: int, **more: Any) -> Resolution:
    return replace(SOUND_RESOLUTION, body=body, entitled=entitled, present=present, agreed=agreed, **more)


M, R = Body.MEMBERS, Body.REPRESENTATIVES


@pytest.mark.parametrize(
    ("resolution", "expected"),
    [
        (voted(M, 300, 200, 200), []),
        (voted(M, 300, 199, 199), ["quorum", "majority"]),
        (voted(M, 300, 300, 200), []),
        (voted(M, 300, 300, 199), ["majority"]),
        (voted(M, 300, 300, 300, notice_on=date(2025, 5, 11)), ["short_notice"]),
        (voted(M, 300, 300, 300, notice_on=None), ["no_notice"]),
        (voted(R, 30, 20, 20, notice_on=None), []),
        (voted(R, 30, 30, 19), ["majority"]),
        (None, ["missing"]),
    ],
)
def test_the_record_since_may_2025(resolution: Resolution | None, expected: list[str]) -> None:
    assert verdicts("democratic_record", contract(signed_on=date(2025, 5, 1), resolution=resolution)) == expected


@pytest.mark.parametrize("kind", [K.HOUSEHOLD, K.OTHER_MEANS, K.HOMESTEAD])
def test_contracting_and_homesteads_are_not_delegated(kind: ContractKind) -> None:
    assert verdicts("democratic_record", contract(kind=kind, resolution=voted(R, 30, 30, 30))) == ["delegated"]
    assert verdicts("democratic_record", contract(kind=kind, resolution=voted(M, 300, 300, 300))) == []


@pytest.mark.parametrize(
    ("resolution", "expected"),
    [
        (voted(R, 30, 20, 11), []),
        (voted(R, 30, 19, 19), ["quorum"]),
        (voted(R, 30, 20, 10), ["majority"]),
        (voted(M, 300, 151, 76, notice_on=None), []),
        (voted(M, 300, 150, 76, notice_on=None), ["quorum"]),
        (None, ["missing"]),
    ],
)
def test_the_record_before_may_2025(resolution: Resolution | None, expected: list[str]) -> None:
    assert verdicts("democratic_record", contract(signed_on=date(2025, 4, 30), resolution=resolution)) == expected


def test_two_thirds_for_outsiders_and_construction_land() -> None:
    for rule, more in (
        ("outside_lessee", {"lessee_outside": True, "township_approved_on": date(2025, 6, 1)}),
        ("construction_land", {"kind": K.CONSTRUCTION}),
    ):
        assert verdicts(rule, contract(resolution=voted(M, 300, 300, 200), **more)) == []
        assert verdicts(rule, contract(resolution=voted(M, 300, 300, 199), **more)) == ["majority"]


@pytest.mark.parametrize(
    ("rent_year_fen", "expected"),
    [(70_000, []), (69_999, ["low"]), (50_000, ["low"]), (49_999, ["severely_low"])],
)
def test_a_low_rent_is_held_against_the_median(rent_year_fen: int, expected: list[str]) -> None:
    one = contract(rent_year_fen=rent_year_fen)
    peers = [contract(id=f"p{n}", parcel=f"p{n}", rent_year_fen=rent) for n, rent in enumerate(
        (100_000, 90_000, 110_000, 80_000, 120_000)
    )]  # fmt: skip
    assert verdicts("low_price", one, peers) == expected
    assert verdicts("low_price", one, peers[:4]) == ["not_comparable"]


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({"signed_on": date(2023, 1, 1)}, True),
        ({"signed_on": date(2022, 12, 31)}, False),
        ({"signed_on": date(2027, 12, 31)}, True),
        ({"signed_on": date(2028, 1, 1)}, False),
        ({"land_class": L.WATER}, False),
        ({"peer_place": "P.P1.P102"}, False),
        ({"rent_year_fen": None}, False),
    ],
)
def test_who_is_a_peer(changed: dict[str, Any], counts: bool) -> None:
    peers = [contract(id=f"p{n}", parcel=f"p{n}") for n in range(4)]
    last = contract(id="last", parcel="last", **changed)
    assert verdicts("low_price", contract(), [*peers, last]) == ([] if counts else ["not_comparable"])


def test_paid_ahead_for_years() -> None:
    due = date(2025, 6, 1)
    assert verdicts("prepaid", contract(instalments=(rent(due, date(2028, 6, 1)),))) == []
    assert verdicts("prepaid", contract(instalments=(rent(due, date(2028, 6, 2)),))) == ["years"]


def test_paid_past_the_term_of_the_board() -> None:
    two_years = (rent(date(2025, 6, 1), date(2027, 6, 1)),)
    assert verdicts("prepaid", contract(board_elected_on=date(2022, 6, 1), instalments=two_years)) == []
    assert verdicts("prepaid", contract(board_elected_on=date(2022, 5, 31), instalments=two_years)) == ["board"]
    a_year = (rent(date(2025, 6, 1), date(2026, 6, 1)),)
    assert verdicts("prepaid", contract(board_elected_on=date(2021, 3, 1), instalments=a_year)) == []


def test_a_rent_that_never_rises() -> None:
    flat = tuple(rent(date(year, 6, 1), date(year + 1, 6, 1)) for year in range(2025, 2031))
    rising = (*flat[:-1], replace(flat[-1], amount_fen=500_001))
    assert verdicts("no_escalation", contract(until=date(2030, 6, 1), instalments=flat)) == []
    assert verdicts("no_escalation", contract(until=date(2030, 6, 2), instalments=flat)) == ["flat"]
    assert verdicts("no_escalation", contract(until=date(2031, 6, 1), instalments=rising)) == []


def test_in_arrears_after_thirty_days() -> None:
    unpaid = contract(instalments=(rent(date(2025, 6, 1), date(2026, 6, 1), paid=False),))
    assert verdicts("overdue", unpaid, today=date(2025, 7, 1)) == []
    assert verdicts("overdue", unpaid, today=date(2025, 7, 2)) == ["overdue"]
    assert verdicts("overdue", contract(instalments=(rent(date(2025, 6, 1), date(2026, 6, 1)),))) == []


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2028, 11, 30), []),
        (date(2028, 12, 1), ["near"]),
        (date(2029, 5, 31), ["near"]),
        (date(2029, 6, 1), ["barred"]),
    ],
)
def test_limitation_runs_from_the_last_instalment(today: date, expected: list[str]) -> None:
    instalments = (
        rent(date(2025, 6, 1), date(2026, 6, 1), paid=False), rent(date(2026, 6, 1), date(2027, 6, 1)),
    )  # fmt: skip
    assert verdicts("limitation", contract(instalments=instalments), today=today) == expected


@pytest.mark.parametrize(("kind", "years"), [(ContractKind.LEASE, 1), (ContractKind.OTHER_MEANS, 2)])
def test_what_was_barred_before_october_2017_stays_barred(kind: ContractKind, years: int) -> None:
    old, due = signed(date(2013, 9, 29)), date(2017 - years, 10, 1)
    over = contract(kind=kind, **old, instalments=(rent(due - timedelta(days=1), due, paid=False),))
    running = contract(kind=kind, **old, instalments=(rent(due, due + timedelta(days=365), paid=False),))
    assert verdicts("limitation", over, today=date(2017, 9, 30)) == ["barred"]
    assert verdicts("limitation", running, today=due + timedelta(days=3 * 365 - 10)) == ["near"]


@pytest.mark.parametrize(
    ("changed", "today", "expected"),
    [
        ({}, date(2030, 3, 2), []),
        ({}, date(2030, 3, 3), ["ending"]),
        ({}, date(2030, 5, 31), ["ending"]),
        ({}, date(2030, 6, 1), ["ended"]),
        ({}, date(2030, 6, 2), ["unknown"]),
        ({"occupied": True}, date(2030, 6, 30), ["held"]),
        ({"occupied": True}, date(2030, 7, 1), ["indefinite"]),
        ({"occupied": True, "objected_on": date(2030, 6, 5)}, date(2030, 7, 1), ["held"]),
        ({"occupied": False}, date(2030, 7, 1), []),
    ],
)
def test_ended_and_still_held(changed: dict[str, Any], today: date, expected: list[str]) -> None:
    assert verdicts("expired", contract(**changed), today=today) == expected


@pytest.mark.parametrize(
    ("contracted", "measured", "expected"),
    [
        (10 * MU, 10 * MU + 5_000, []),
        (10 * MU, 10 * MU + 5_001, ["more"]),
        (100 * MU, 103 * MU, []),
        (100 * MU, 103 * MU + 1, ["more"]),
    ],
)
def test_more_land_than_contracted(contracted: int, measured: int, expected: list[str]) -> None:
    assert verdicts("area_under_reported", contract(area_mu_4=contracted, measured_mu_4=measured)) == expected


def test_one_parcel_is_not_let_twice_at_a_time() -> None:
    after = contract(id="c2", **signed(date(2030, 6, 1)), until=date(2035, 6, 1))
    before = replace(after, starts_on=date(2030, 5, 31))
    assert verdicts("let_twice", contract(), [after]) == []
    assert verdicts("let_twice", contract(), [before]) == ["twice"]
    assert verdicts("let_twice", before, [contract()]) == ["twice"]
    household = replace(before, kind=K.HOUSEHOLD, until=date(2060, 5, 31))
    assert verdicts("let_twice", replace(before, id="c3", kind=K.FLOW), [household]) == []


@pytest.mark.parametrize(
    ("rule", "kind", "day", "law"),
    [
        ("lease_too_long", K.LEASE, date(1999, 9, 30), None),
        ("lease_too_long", K.LEASE, date(1999, 10, 1), "Contract Law"),
        ("lease_too_long", K.LEASE, date(2020, 12, 31), "Contract Law"),
        ("lease_too_long", K.LEASE, date(2021, 1, 1), "Civil Code"),
        ("household_term", K.HOUSEHOLD, date(1998, 12, 31), None),
        ("household_term", K.HOUSEHOLD, date(2003, 2, 28), "Land Administration Law"),
        ("household_term", K.HOUSEHOLD, date(2003, 3, 1), "Rural Land Contracting Law"),
        ("construction_land", K.CONSTRUCTION, date(2019, 12, 31), None),
        ("construction_land", K.CONSTRUCTION, date(2020, 1, 1), "Land Administration Law"),
    ],
)
def test_the_law_of_the_day_of_signing(rule: str, kind: ContractKind, day: date, law: str | None) -> None:
    one = contract(kind=kind, **signed(day), until=day.replace(year=day.year + 80), written=False)
    found = [finding for finding in findings(one) if finding.rule == rule]
    assert [finding.version.bases[0].law for finding in found] == ([law] if law else [])


def test_versions_of_a_rule_follow_each_other_without_gap_or_overlap() -> None:
    for rule in RULES:
        for earlier, later in zip(rule.versions, rule.versions[1:], strict=False):
            assert earlier.until == later.since, rule.code
        assert rule.versions[-1].until is None, rule.code
        for version in rule.versions:
            assert bool(version.bases) == (version.source is Source.STATUTE), rule.code


def test_a_changed_policy_changes_the_finding() -> None:
    unpaid = contract(instalments=(rent(TODAY - 20 * DAY, TODAY + 345 * DAY, paid=False),))
    assert "overdue" not in [finding.rule for finding in findings(unpaid)]
    assert "overdue" in [finding.rule for finding in findings(unpaid, policy=Policy(overdue_days=19))]
