"""Demand: each number is that of its rows, within one's own scope, by the filters of the address, and as a file."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from tests.orders.hotline import MONDAY, Hotline
from tianqu.packs.hotline.tests.people import browser, text

PERIOD = "period=2024-03"
CUTS = ("place", "time", "family", "item", "unit", "hour")


def told(hotline: Hotline) -> None:
    """Five requests: three in Decheng, one of them dispatched, and two in Ningjin."""
    hotline.dispatched()
    hotline.place(item="water.none", at=MONDAY + timedelta(hours=3))
    hotline.place(place_id=hotline.prefecture.places["P1"].id, at=MONDAY + timedelta(days=1))
    for _each in range(2):
        hotline.place(place_id=hotline.prefecture.places["P201001"].id)


def rows(client: Client, address: str) -> list[dict[str, str]]:
    """Read a file of numbers."""
    answer: Any = client.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


@pytest.mark.parametrize("cut", CUTS)
def test_every_number_leads_to_as_many_rows(hotline: Hotline, cut: str) -> None:
    told(hotline)
    client = browser(hotline, "auditor")
    for more in ("", "&place=P.P1"):
        page = text(client.get(f"/oversight/demand?{PERIOD}{more}"))
        section = page.split(f'id="by-{cut}"')[1].split("</section>")[0]
        found = re.findall(r'<td class="figure"><a href="([^"]+)"[^>]*>(\d+)</a>', section)
        assert sum(int(count) for _address, count in found) == (3 if more else 5)
        for address, count in found:
            list_page = text(client.get(unescape(address)))
            assert re.search(r"(\d+) rows?<", list_page).group(1) == count, address  # type: ignore[union-attr]


def test_the_file_holds_what_the_page_shows_and_its_filters(hotline: Hotline) -> None:
    told(hotline)
    client = browser(hotline, "auditor", language="zh-hans")
    found = rows(client, f"/oversight/demand.csv?{PERIOD}&by=place")
    assert [(row["place"], row["name"], row["count"]) for row in found] == [
        ("P.P1", "德城区", "3"), ("P.P2", "宁津县", "2")
    ]  # fmt: skip
    assert found[0]["filter_period"] == "2024-03"
    found = rows(client, f"/oversight/demand.csv?{PERIOD}&by=item&place=P.P1")
    assert {row["item"]: row["count"] for row in found} == {"road.lamp": "2", "water.none": "1"}
    hours = rows(client, f"/oversight/demand.csv?{PERIOD}&by=hour&item=water.none")
    assert [(row["hour"], row["count"]) for row in hours if row["count"] != "0"] == [("12", "1")]
    assert len(hours) == 24
    assert len(rows(client, f"/oversight/demand.csv?{PERIOD}&by=time")) == 31
    text(client.get("/oversight/demand.csv?by=moon"), status=400)


def test_the_map_has_the_places_below_with_their_counts(hotline: Hotline) -> None:
    told(hotline)
    client = browser(hotline, "auditor")
    data = client.get(f"/oversight/demand.geojson?{PERIOD}").json()
    assert data["type"] == "FeatureCollection"
    page = text(client.get(f"/oversight/demand?{PERIOD}"))
    assert "data-map" in page
    assert "step-5" in page


def test_a_county_counts_its_own_alone(hotline: Hotline) -> None:
    told(hotline)
    client = browser(hotline, "supervisor", unit="c2.housing", language="zh-hans")
    page = text(client.get(f"/oversight/demand?{PERIOD}"))
    assert "德城区" not in page
    for cut in CUTS:
        found = rows(client, f"/oversight/demand.csv?{PERIOD}&by={cut}")
        assert sum(int(row["count"]) for row in found) == 2, cut
        theirs = rows(client, f"/oversight/demand.csv?{PERIOD}&by={cut}&place=P.P1")
        assert not sum(int(row["count"]) for row in theirs), cut
    assert client.get(f"/oversight/demand.geojson?{PERIOD}&place=P.P1").json()["features"] == []
    assert browser(hotline, "operator").get("/oversight/demand").status_code == 403


def test_nothing_asked_and_nonsense_are_said_in_words(hotline: Hotline) -> None:
    client = browser(hotline, "auditor")
    assert "Nothing was asked for" in text(client.get("/oversight/demand?period=2023"))
    for address in ("period=x", "unit=x", "place=a..b"):
        text(client.get(f"/oversight/demand?{address}"), status=400)


def test_the_units_of_a_place_are_offered_as_filters(hotline: Hotline) -> None:
    told(hotline)
    page = text(browser(hotline, "supervisor", unit="city").get(f"/oversight/orders?{PERIOD}"))
    assert f'<option value="{hotline.unit_id}"' in page
    page = text(browser(hotline, "supervisor", unit="c2.housing").get(f"/oversight/orders?{PERIOD}"))
    assert f'<option value="{hotline.unit_id}"' not in page
