"""The register of contracts: entered as they are, judged at once, compared with their peers, ended once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.packs.village import acts
from tianqu.packs.village.models import Contract, ContractState, Judgement
from tianqu.packs.village.queries import ContractFilters, contract_detail, contract_list
from tianqu.packs.village.registers.contracts import Particulars
from tianqu.packs.village.rules.facts import Body, ContractKind, Instalment, LandClass, Resolution
from tianqu.packs.village.tests.villages import LATER, Villages, terms

RESOLUTION = Resolution(Body.MEMBERS, date(2021, 5, 20), entitled=300, present=210, agreed=205)


def verdicts(villages: Villages, contract_id: Any) -> dict[str, str]:
    judgement = contract_detail(villages.accountant, contract_id=contract_id).judgement
    assert judgement is not None
    return {one["rule"]: one["verdict"] for one in judgement.findings}


def rules_found(villages: Villages, contract_id: Any) -> set[str]:
    return set(verdicts(villages, contract_id))


def test_a_contract_is_kept_as_it_was_entered_and_judged_at_once(villages: Villages) -> None:
    parcel_id = villages.parcel(area_mu_4=100_000)
    rent = Instalment(date(2021, 6, 1), 500_000, date(2021, 6, 1), date(2022, 6, 1), paid_fen=500_000)
    told = terms(
        parcel_ids=(parcel_id,), land_class=None, until=date(2051, 6, 1), instalments=(rent,),
        particulars=Particulars(resolution=RESOLUTION, resolution_reference="村决〔2021〕3号", use_agreed="小麦"),
    )  # fmt: skip
    contract_id = acts.register_contract(
        villages.accountant, place_id=villages.place_id, contract_id=new_identifier(), terms=told
    )
    detail = contract_detail(villages.accountant, contract_id=contract_id)
    assert detail.terms.parcel_ids == (parcel_id,) and detail.terms.instalments == (rent,)
    assert detail.terms.land_class is LandClass.ARABLE and detail.terms.lessor == "王庄村委会"
    assert detail.terms.particulars == told.particulars
    assert detail.judgement is not None
    lease = next(one for one in detail.judgement.findings if one["rule"] == "lease_too_long")
    assert lease["numbers"]["void_from"] == "2041-06-01" and "民法典" in lease["version"]["basis"]["zh"]
    assert detail.row.severe + detail.row.flags + detail.row.notices == len(detail.judgement.findings)
    assert [row.number for row in contract_list(villages.accountant, filters=ContractFilters(found="clean")).rows] == []


def test_the_same_sent_twice_changes_nothing(villages: Villages) -> None:
    contract_id = new_identifier()
    first = villages.contract("C1", contract_id=contract_id)
    assert villages.contract("C1", contract_id=contract_id) == first == contract_id
    assert Judgement.objects.count() == 1
    with pytest.raises(Conflict, match="identifier"):
        villages.contract("C1", contract_id=contract_id, lessee="别人")
    with pytest.raises(Conflict) as refused:
        villages.contract("C1")
    assert refused.value.field == "number"


def test_two_contracts_on_one_parcel_are_entered_and_found(villages: Villages) -> None:
    one, other = villages.parcel("1"), villages.parcel("2")
    first = villages.contract("C1", parcel_ids=(one,))
    assert "let_twice" not in rules_found(villages, first)
    second = villages.contract("C2", parcel_ids=(other, one))  # found by its second parcel, too
    judgement = contract_detail(villages.accountant, contract_id=second).judgement
    assert judgement is not None
    twice = [found for found in judgement.findings if found["rule"] == "let_twice"]
    assert [(found["numbers"]["parcel"], found["numbers"]["other_contract"]) for found in twice] == [("1", "C1")]
    acts.judge_contract(villages.accountant, contract_id=first)
    assert "let_twice" in rules_found(villages, first)
    acts.end_contract(villages.accountant, contract_id=first, on=date(2021, 6, 1), reason="录错", in_error=True)
    acts.judge_contract(villages.accountant, contract_id=second)
    assert "let_twice" not in rules_found(villages, second)
    assert Judgement.objects.filter(contract_id=first).count() == 3


def test_rents_are_compared_across_the_township_and_name_nobody(villages: Villages) -> None:
    """The peers lie in the village itself here; what the wall lets through is a number and no more."""
    for number in range(4):
        villages.contract(f"P{number}", rent_year_fen=600_000)
    low = villages.contract("L", rent_year_fen=200_000)
    judgement = contract_detail(villages.accountant, contract_id=low).judgement
    assert judgement is not None
    assert judgement.comparison | {"years": 2} == {
        "verdict": "not_comparable", "peers": 4, "median_mu_year_fen": None, "years": 2
    }  # fmt: skip
    assert verdicts(villages, low)["low_price"] == "not_comparable"
    villages.contract("P4", rent_year_fen=600_000)
    acts.judge_contract(villages.accountant, contract_id=low)
    judgement = contract_detail(villages.accountant, contract_id=low).judgement
    assert judgement is not None and judgement.comparison["verdict"] == "comparable"
    assert judgement.comparison["median_mu_year_fen"] == 60_000  # 6,000 yuan for ten mu
    assert verdicts(villages, low)["low_price"] == "severely_low"


@pytest.mark.parametrize(
    ("error", "field", "changed"),
    [
        (InvalidInput, "until", {"until": date(2021, 6, 1)}),
        (InvalidInput, "signed_on", {"signed_on": date(2199, 1, 1)}),
        (InvalidInput, "starts_on", {"starts_on": date(1900, 1, 1)}),
        (InvalidInput, "area_mu_4", {"area_mu_4": 0}),
        (InvalidInput, "rent_year_fen", {"rent_year_fen": -1}),
        (InvalidInput, "lessee", {"lessee": ""}),
        (InvalidInput, "land_class", {"land_class": None}),
        (NotFound, "parcel_ids", {"parcel_ids": (new_identifier(),)}),
        (InvalidInput, "resolution", {"particulars": Particulars(
            resolution=Resolution(Body.MEMBERS, date(2021, 5, 20), entitled=3, present=2, agreed=3))}),
        (InvalidInput, "household_until", {"particulars": Particulars(household_until=date(1, 1, 1))}),
        (InvalidInput, "instalments", {"instalments": (
            Instalment(date(2021, 6, 1), 1, date(2021, 6, 1), date(2021, 6, 1)),)}),
        (InvalidInput, "instalments", {"instalments": (
            Instalment(date(2021, 6, 1), -1, date(2021, 6, 1), date(2022, 6, 1)),)}),
    ],
)  # fmt: skip
def test_a_contract_that_cannot_be_is_refused(villages: Villages, error: Any, field: str, changed: Any) -> None:
    with pytest.raises(error) as refused:
        villages.contract(**changed)
    assert refused.value.field == field
    assert Contract.objects.count() == 0
    assert villages.contract()


def test_a_contract_is_corrected_by_who_saw_it_last_and_ended_once(villages: Villages) -> None:
    contract_id = villages.contract()
    correct = {"contract_id": contract_id, "terms": terms(lessee="王承租", until=date(2030, 6, 1))}
    assert acts.correct_contract(villages.accountant, **correct, expected_version=1) == 2
    with pytest.raises(Conflict, match="meanwhile"):
        acts.correct_contract(villages.accountant, **correct, expected_version=1)
    with pytest.raises(InvalidInput, match="before it was signed"):
        acts.end_contract(villages.accountant, contract_id=contract_id, on=date(2020, 1, 1), reason="x")
    with pytest.raises(InvalidInput) as refused:
        acts.end_contract(villages.accountant, contract_id=contract_id, on=LATER, reason="")
    assert refused.value.field == "reason"
    acts.end_contract(villages.accountant, contract_id=contract_id, on=LATER, reason="协商解除")
    for attempt in (
        lambda: acts.end_contract(villages.accountant, contract_id=contract_id, on=LATER, reason="x"),
        lambda: acts.correct_contract(villages.accountant, **correct),
    ):
        with pytest.raises(Conflict, match="ended"):
            attempt()
    detail = contract_detail(villages.accountant, contract_id=contract_id)
    assert (detail.row.state, detail.row.ended_on, detail.end_reason) == ("ended", LATER, "协商解除")
    assert detail.row.lessee == "王承租"


def test_lists_are_narrowed(villages: Villages) -> None:
    parcel_id = villages.parcel("南1")
    villages.contract("C1", parcel_ids=(parcel_id,))
    villages.contract("C2", kind=ContractKind.OTHER_MEANS, lessee="刘某")
    ended = villages.contract("C3")
    acts.end_contract(villages.accountant, contract_id=ended, on=LATER, reason="x")

    def numbers(**filters: Any) -> list[str]:
        return [row.number for row in contract_list(villages.accountant, filters=ContractFilters(**filters)).rows]

    assert numbers() == ["C1", "C2", "C3"]
    assert numbers(kind=ContractKind.OTHER_MEANS) == numbers(text="刘") == ["C2"]
    assert numbers(text="南1") == ["C1"]
    assert numbers(state=ContractState.ENDED) == ["C3"]
    with pytest.raises(InvalidInput):
        numbers(found="bad")


def test_a_villager_reads_contracts_without_the_names(villages: Villages) -> None:
    contract_id = villages.contract()
    set_scope(villages.villager.scope)
    detail = contract_detail(villages.villager, contract_id=contract_id)
    assert detail.row.lessee == detail.terms.lessee == "李**"
    found = contract_list(villages.villager, filters=ContractFilters(text="李承租"))
    assert found.rows == []
    assert contract_list(villages.villager, filters=ContractFilters()).rows[0].lessee == "李**"
    with pytest.raises(NotPermitted):
        acts.judge_contract(villages.villager, contract_id=contract_id)


def test_the_next_village_sees_and_touches_nothing(villages: Villages) -> None:
    contract_id = villages.contract()
    stranger = villages.stranger
    assert contract_list(stranger, filters=ContractFilters()).rows == []
    for attempt in (
        lambda: contract_detail(stranger, contract_id=contract_id),
        lambda: acts.judge_contract(stranger, contract_id=contract_id),
        lambda: acts.end_contract(stranger, contract_id=contract_id, on=LATER, reason="x"),
        lambda: acts.correct_contract(stranger, contract_id=contract_id, terms=terms()),
        lambda: villages.contract("C2", actor=stranger),
    ):
        with pytest.raises(NotFound):
            attempt()
    set_scope(villages.auditor.scope)
    assert contract_detail(villages.auditor, contract_id=contract_id).row.lessee == "李承租"
    with pytest.raises(NotPermitted):
        acts.end_contract(villages.auditor, contract_id=contract_id, on=LATER, reason="x")
    with seeing(SYSTEM.scope):
        assert Contract.objects.get().version == 1


def test_a_contract_is_judged_on_the_day_of_the_realm(villages: Villages) -> None:
    """At one in the morning of Shandong it is still the day before in UTC."""
    contract_id = villages.contract()
    acts.judge_contract(villages.accountant, contract_id=contract_id, at=datetime(2026, 11, 27, 17, tzinfo=UTC))  # type: ignore[call-arg]
    with seeing(SYSTEM.scope):
        days = set(Judgement.objects.filter(contract_id=contract_id).values_list("on", flat=True))
    assert date(2026, 11, 28) in days
