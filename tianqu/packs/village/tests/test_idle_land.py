"""Land that is idle in the register while a contract covers it is told as such wherever it is told as idle."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.packs.village import acts
from tianqu.packs.village.queries import ParcelFilters, land_sums, parcel_detail, parcel_list
from tianqu.packs.village.registers.land import ParcelFacts
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import ARABLE, Villages

LEASED = date(2021, 6, 1)


def let(villages: Villages, **filters: object) -> list[str]:
    told = ParcelFilters(idle=True, let=True, **filters)  # type: ignore[arg-type]
    rows = parcel_list(villages.accountant, filters=told).rows
    assert sum(one.parcels for one in land_sums(villages.accountant, filters=told)) == len(rows)
    return [row.number for row in rows]


def test_idle_land_that_is_let_is_found_and_says_so_everywhere(villages: Villages) -> None:
    idle, free = villages.parcel("1", idle=True), villages.parcel("2", idle=True)
    used = villages.parcel("3")
    contract_id = villages.contract("C1", parcel_ids=(idle, used))
    assert let(villages) == ["1"]
    assert let(villages, on=LEASED) == ["1"] and let(villages, on=LEASED - timedelta(days=1)) == []
    free_rows = parcel_list(villages.accountant, filters=ParcelFilters(idle=True, let=False)).rows
    assert [(row.number, row.letting) for row in free_rows] == [("2", None)]
    keeper = caller(villages.accountant)
    (row,) = keeper.read("/village/parcels", idle="true", let="true")["rows"]
    told = {"contract_id": str(contract_id), "number": "C1", "since": "2021-06-01"}
    assert row["letting"] == keeper.read(f"/village/parcels/{idle}")["letting"] == told
    desk, chinese = browser(villages.accountant), browser(villages.accountant, "zh-hans")
    page = text(desk.get(f"/villages/land/{idle}/"))
    assert "Idle in the register, though under contract C1 since" in page
    assert f'href="/villages/land/{idle}/correct">Correct the register' in page
    assert "台账记为闲置" in text(chinese.get(f"/villages/land/{idle}/"))
    assert "though under contract" not in text(desk.get(f"/villages/land/{free}/"))
    listed = text(desk.get("/villages/land/?idle=let"))
    assert f'/villages/land/{idle}/"' in listed and f'/villages/land/{free}/"' not in listed
    assert f"/villages/contracts/{contract_id}/" in listed and "under contract" in listed
    assert "yes, though under contract C1 since 2021-06-01" in text(desk.get("/villages/land.csv"))
    assert f'href="/villages/land/{idle}/correct"' in text(desk.get(f"/villages/contracts/{contract_id}/"))
    acts.correct_parcel(
        villages.accountant, parcel_id=idle, change_id=new_identifier(), day=timezone.localdate(), reason="已复耕",
        facts=ParcelFacts(123_456, ARABLE),
    )  # fmt: skip
    assert let(villages) == [] and parcel_detail(villages.accountant, parcel_id=idle).letting is None
    assert "lies idle" not in text(desk.get(f"/villages/contracts/{contract_id}/"))


@pytest.mark.parametrize("more", [
    {"until": date(2022, 6, 1)}, {"starts_on": date(2199, 1, 1), "until": None},
])  # fmt: skip
def test_a_contract_that_is_not_in_force_covers_nothing(villages: Villages, more: dict[str, date | None]) -> None:
    parcel_id = villages.parcel("1", idle=True)
    contract_id = villages.contract("C1", parcel_ids=(parcel_id,), **more)
    assert let(villages) == []
    assert "lies idle" not in text(browser(villages.accountant).get(f"/villages/contracts/{contract_id}/"))


def test_a_contract_that_was_ended_covers_what_it_did_until_then(villages: Villages) -> None:
    parcel_id = villages.parcel("1", idle=True)
    contract_id, ended = villages.contract("C1", parcel_ids=(parcel_id,)), date(2023, 1, 1)
    acts.end_contract(villages.accountant, contract_id=contract_id, on=ended, reason="解除")
    assert let(villages) == let(villages, on=ended) == []
    assert let(villages, on=ended - timedelta(days=1)) == ["1"]
