"""By night the rules are asked again: as one contract alone would be, and only where something became of it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.packs.village.judging import current_policy
from tianqu.packs.village.models import Contract, Judgement
from tianqu.packs.village.registers.judged import findings_of
from tianqu.packs.village.registers.matters import resolutions_of
from tianqu.packs.village.registers.nightly import _answers, answered_otherwise, judge_by_night
from tianqu.packs.village.rules.facts import Instalment
from tianqu.packs.village.tests.matters import whole
from tianqu.packs.village.tests.villages import Villages

RENT = Instalment(date(2030, 6, 1), 500_000, date(2030, 6, 1), date(2031, 6, 1))
NIGHT = datetime(2030, 8, 1, 18, 17, tzinfo=UTC)  # in Dezhou the second of August


@pytest.fixture
def two(villages: Villages) -> Villages:
    """The same number in two villages, one parcel let twice, and a rent that will be due."""
    parcel = villages.parcel("7", area_mu_4=100_000)
    villages.contract("C1", parcel_ids=(parcel,), instalments=(RENT,))
    villages.contract("C2", parcel_ids=(parcel,), rent_year_fen=100_000)
    for number in range(5):
        villages.contract(f"P{number}")
    villages.contract("M1", matter_id=whole(villages))
    villages.contract("C1", actor=villages.stranger, place_id=villages.other_place_id)
    return villages


def count(villages: Villages) -> int:
    with seeing(SYSTEM.scope):
        return Judgement.objects.count()


def test_only_what_became_different_is_judged_again(two: Villages, monkeypatch: Any) -> None:
    assert judge_by_night(timezone.now())  # the first of them were entered when there were no peers yet
    before = count(two)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NIGHT)
    assert judge_by_night(NIGHT) == 1  # the rent became overdue
    with seeing(SYSTEM.scope):
        newest = Judgement.objects.order_by("-at")[0]
        assert newest.on == date(2030, 8, 2) and "overdue" in {one["rule"] for one in newest.findings}
    assert judge_by_night(NIGHT) == 0
    assert count(two) == before + 1


@pytest.mark.parametrize("day", [date(2021, 7, 1), date(2030, 8, 2), date(2034, 1, 1)])
def test_all_at_once_find_what_each_alone_does(two: Villages, day: date) -> None:
    with seeing(SYSTEM.scope):
        contracts = list(Contract.objects.filter(place_path__under=two.prefecture.places["P102"].path))
        linked = resolutions_of({one.matter_id for one in contracts if one.matter_id is not None})
        together = _answers(contracts, linked, {}, set(), today=day)
        assert len(linked) == 1
        for contract in contracts:
            alone, _compared = findings_of(SYSTEM.scope, contract, today=day, policy=current_policy())
            told = Counter(
                (one.rule, one.verdict, one.severity.value, dict(one.numbers).get("overdue_fen")) for one in alone
            )
            assert together[contract.id] == told
            assert told or day.year == 2021


def test_more_contracts_take_no_more_queries(two: Villages) -> None:
    township = two.prefecture.places["P102"].path
    answered_otherwise(township, today=date(2030, 8, 2))
    with CaptureQueriesContext(connection) as few:
        answered_otherwise(township, today=date(2030, 8, 2))
    for number in range(10):
        two.contract(f"Q{number}")
    with CaptureQueriesContext(connection) as many:
        answered_otherwise(township, today=date(2030, 8, 2))
    assert len(many) == len(few)
