"""Publishing a quarter at the desk or on a telephone: what everybody will read first, then one button."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.models import Wall
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.walls import BOOK, PLACE, QUARTER, WallVillage, a_quarter

pytestmark = pytest.mark.django_db
ADDRESS = f"/villages/wall/{QUARTER}"


def sent(page: Any) -> str:
    found = re.search(r'name="sent_id" value="([^"]+)"', text(page))
    assert found is not None
    return found[1]


def test_an_accountant_looks_publishes_and_corrects(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    wall_village.finish()
    desk = browser(wall_village.accountant, "en")
    assert "/villages/wall/" in text(desk.get("/desk/"))
    assert "not published" in text(desk.get("/villages/wall/"))
    page = desk.get(ADDRESS)
    assert "11,100.50" in text(page) and "What was put right?" not in text(page)
    form = {"sent_id": sent(page)}
    first, again = desk.post(ADDRESS, form), desk.post(ADDRESS, form)  # sent twice
    assert first.url == again.url == f"/wall/{PLACE}/{QUARTER}/"  # type: ignore[attr-defined]
    assert Wall.objects.count() == 1
    assert "there is nothing to correct" in text(desk.get(ADDRESS))
    wall_village.post(("541", 5_000), ("101", -5_000))
    page = desk.get(ADDRESS)
    assert "is different" in text(page) and "11,050.50" in text(page)
    refused = desk.post(ADDRESS, {"sent_id": sent(page), "reason": " "})
    assert "A correction needs its reason" in text(refused, 400)
    assert desk.post(ADDRESS, {"sent_id": sent(page), "reason": "漏记电费"}).status_code == 302
    assert Wall.objects.get(edition=2).reason == "漏记电费"
    assert "edition 2" in text(desk.get("/villages/wall/"))


def test_a_quarter_with_open_months_is_not_published(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    with seeing(SYSTEM.scope):
        ledgers.set_period(SYSTEM, book=BOOK, first_day=date(2021, 7, 1), last_day=date(2021, 7, 31), state="closing")
    desk = browser(wall_village.accountant, "en")
    page = text(desk.get(ADDRESS))
    assert "Publish for everybody" not in page and "2021-07" not in page
    for month in ("2021-08", "2021-09"):
        assert f'href="/villages/keeping/{BOOK}/?month={month}#closing"' in page
    refused = text(desk.post(ADDRESS, {"sent_id": str(new_identifier())}), 409)
    assert "Months of 2021Q3 are not finished: 2021-08, 2021-09." in refused
    assert not Wall.objects.exists()
    with seeing(SYSTEM.scope):
        ledgers.set_period(SYSTEM, book=BOOK, first_day=date(2021, 8, 1), last_day=date(2021, 9, 30), state="closed")
    assert desk.post(ADDRESS, {"sent_id": sent(desk.get(ADDRESS))}).status_code == 302
    assert Wall.objects.count() == 1


def test_who_may_not_publish_does_not_come_in(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    villages = wall_village.villages
    assert browser(villages.villager).get(ADDRESS).status_code == 403
    assert browser(villages.auditor).post(ADDRESS, {}).status_code == 403
    stranger = browser(villages.stranger, "en")
    assert stranger.get(f"{ADDRESS}?village={PLACE}").status_code == 404  # their own village keeps no book
    assert stranger.post(f"{ADDRESS}?village={PLACE}", {"sent_id": "x"}).status_code == 404
    assert not Wall.objects.exists()


@pytest.mark.parametrize(("quarter", "status"), [("2021Q9", 400), ("2150Q1", 400), ("2019Q1", 404)])
def test_a_quarter_that_cannot_be_published_is_said(wall_village: WallVillage, quarter: str, status: int) -> None:
    assert browser(wall_village.accountant).get(f"/villages/wall/{quarter}").status_code == status
