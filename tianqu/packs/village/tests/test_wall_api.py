"""The wall over the API: anybody lists posters, reads one as it was frozen, and takes what proves it."""

from __future__ import annotations

import pytest

from tests.web.api.calling import ANYONE, caller
from tianqu.base.identifiers import new_identifier
from tianqu.packs.village.tests.test_wall_pages import place_in_log
from tianqu.packs.village.tests.walls import CREDITOR, LESSEE, PLACE, QUARTER, WallVillage, a_quarter

pytestmark = pytest.mark.django_db
WALLS = "/village/walls"


def test_anybody_reads_posters(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    for quarter in ("2021Q1", "2021Q2"):
        wall_village.publish(quarter)
    told = {"place_id": str(wall_village.villages.place_id), "wall_id": str(new_identifier()), "quarter": QUARTER}
    accountant = caller(wall_village.accountant)
    open_months = accountant.post("/acts/village.publish_wall", told)
    assert open_months.status_code == 409 and "2021-07, 2021-08, 2021-09" in open_months.json()["detail"]
    wall_village.finish()
    assert accountant.done("/acts/village.publish_wall", told)["result"] == 1
    assert accountant.done("/acts/village.publish_wall", told)["result"] == 1  # sent twice
    place_in_log()
    first = ANYONE.get(WALLS, place="P1", limit=2).json()
    rest = ANYONE.get(WALLS, place="P1", limit=2, after=first["next"]).json()
    assert [row["quarter"] for row in first["rows"] + rest["rows"]] == ["2021Q1", "2021Q2", QUARTER]
    assert rest["next"] is None
    assert not ANYONE.get(WALLS, place="P2").json()["rows"]
    poster = ANYONE.get(f"{WALLS}/{PLACE}/{QUARTER}")
    assert poster.json()["content"]["money"]["closing_fen"] == 1_110_050
    assert all(name not in poster.content.decode() for name in (LESSEE, CREDITOR))
    assert ANYONE.get(f"{WALLS}/{PLACE}/{QUARTER}", edition=2).status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [(f"{WALLS}/{PLACE}/2021Q9", 422), (f"{WALLS}/{PLACE}/{QUARTER}?edition=0", 422), (f"{WALLS}?quarter=x", 422),
     (f"{WALLS}/{PLACE}/2001Q1", 404), (f"{WALLS}?after=eA", 404), (f"{WALLS}?after=UAAvMjAyMFExLzE", 404),
     (f"{WALLS}?place=nowhere", 404),
     (f"{WALLS}?more=1", 422), (f"{WALLS}/{PLACE}/{QUARTER}/proof", 404)],
)  # fmt: skip
def test_what_cannot_be_answered_is_said(wall_village: WallVillage, address: str, status: int) -> None:
    assert ANYONE.get(address).status_code == status


def test_a_quarter_that_is_none_is_foretold(wall_village: WallVillage) -> None:
    told = {"place_id": str(wall_village.villages.place_id), "wall_id": str(new_identifier()), "quarter": "2021Q7"}
    answer = caller(wall_village.accountant).post("/acts/village.publish_wall", told)
    assert answer.status_code == 422 and answer.json()["field"] == "body.quarter"
