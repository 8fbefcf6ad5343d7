"""How a contract stands follows from its term and today: in list, filter, page, file and API, as posters count it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.places.models import Place
from tianqu.packs.village import acts
from tianqu.packs.village.models import Contract, ContractStanding, ContractState
from tianqu.packs.village.queries import ContractFilters, contract_list
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import Villages
from tianqu.packs.village.wall.queries import contracts_part

ONE = timedelta(days=1)


@pytest.fixture
def terms(villages: Villages) -> Villages:
    """Contracts on both sides of today by their term, one that ended and one that was struck out."""
    today = timezone.localdate()
    begun: dict[str, Any] = {"starts_on": date(2021, 6, 1)}
    for number, told in {
        "E1": begun | {"until": today}, "E2": begun | {"until": date(2022, 6, 1)},
        "F1": begun | {"until": today + ONE}, "F2": begun | {"until": None}, "F3": {"starts_on": today, "until": None},
        "N1": {"starts_on": today + ONE, "until": None}, "X1": begun, "X2": begun | {"until": today}, "Y1": begun,
    }.items():  # fmt: skip
        contract_id = villages.contract(number, **told)
        if number[0] in "XY":
            acts.end_contract(
                villages.accountant, contract_id=contract_id, on=today, reason="x", in_error=number[0] == "Y"
            )
    return villages


WANTED = {"not_begun": ["N1"], "in_force": ["F1", "F2", "F3"], "expired": ["E1", "E2"], "ended": ["X1", "X2"],
          "struck": ["Y1"]}  # fmt: skip


def test_each_stands_as_its_term_says_and_is_found_by_it(terms: Villages) -> None:
    keeper = caller(terms.accountant)
    for state, numbers in WANTED.items():
        page = contract_list(terms.accountant, filters=ContractFilters(state=ContractStanding(state)))
        assert [(row.number, row.state) for row in page.rows] == [(number, state) for number in numbers]
        told = keeper.read("/village/contracts", state=state)["rows"]
        assert [(row["number"], row["state"]) for row in told] == [(number, state) for number in numbers]
        assert keeper.read(f"/village/contracts/{page.rows[0].id}")["state"] == state
    with seeing(SYSTEM.scope):  # nothing is rewritten
        assert set(Contract.objects.filter(number__in=["E1", "E2", "N1"]).values_list("state", flat=True)) == {
            ContractState.IN_FORCE.value
        }


def test_a_poster_counts_those_in_force(terms: Villages) -> None:
    with seeing(SYSTEM.scope):
        part = contracts_part(Place.objects.get(id=terms.place_id), on=timezone.localdate())
    assert sorted(row["number"] for row in part["rows"]) == WANTED["in_force"]


def test_the_pages_say_it_in_both_languages(terms: Villages) -> None:
    ids = {row.number: row.id for row in contract_list(terms.accountant, filters=ContractFilters()).rows}
    desk, chinese = browser(terms.accountant), browser(terms.accountant, "zh-hans")
    for number, words, said in (
        ("E2", "Expired", "已到期"),
        ("N1", "Not yet begun", "未开始"),
        ("F1", "In force", "履行中"),
    ):
        page = text(desk.get(f"/villages/contracts/{ids[number]}/"))
        head = page[page.index("<h1>") : page.index("</h1>")]
        assert words in head and f"/villages/contracts/{ids[number]}/end" in page  # what is not ended yet can be ended
        assert said in text(chinese.get(f"/villages/contracts/{ids[number]}/"))
    listed = text(desk.get("/villages/contracts/?state=expired"))
    assert ">E1<" in listed and ">F1<" not in listed and ">N1<" not in listed
    lines = text(chinese.get("/villages/contracts.csv")).splitlines()
    assert sum("已到期" in line for line in lines) == 2 and sum("未开始" in line for line in lines) == 1
