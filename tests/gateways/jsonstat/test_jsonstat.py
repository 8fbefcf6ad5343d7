"""Figures as JSON-stat, read back by pyjstat figure by figure."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from django.db import OperationalError
from pyjstat import pyjstat

from tests.gateways.calling import door_client
from tests.gateways.open_data import OpenData, nothing_hidden
from tianqu.gateways.jsonstat import views

# pyjstat reads by functions that it has deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def http(open_data: OpenData) -> Iterator[httpx.Client]:
    """A client of the door, with open data behind it."""
    with door_client() as client:
        yield client


def test_every_open_figure_is_read_back(http: httpx.Client) -> None:
    listed = http.get("/json-stat/figures.json?lang=en")
    assert nothing_hidden(listed.text)
    items = listed.json()["link"]["item"]
    assert [each["label"] for each in items] == ["Growth of trade", "Partly", "Trade"]
    read = {}
    for item in items:
        answer = http.get(item["href"])
        assert nothing_hidden(answer.text)
        frame = pyjstat.Dataset.read(answer.text).write("dataframe", naming="id")
        rows = frame[frame["measure"] == "value"]
        read[item["label"]] = dict(zip(rows["period"], rows["value"], strict=True))
    assert read == {"Growth of trade": {"2020": 15.1}, "Partly": {"2019": 200}, "Trade": {"2019": 200, "2020": 230.3}}


def test_labels_are_in_the_language_that_was_asked_for(http: httpx.Client) -> None:
    cube = http.get("/json-stat/figures/trade.total.json").json()
    assert (cube["label"], cube["extension"]["printed"]) == ("贸易额", ["200.0元", "230.3元"])
    assert http.get("/json-stat/figures/trade.total.json?lang=en").json()["extension"]["exact"] == ["200", "921/4"]


def test_what_is_not_open_is_not_there(http: httpx.Client) -> None:
    for code in ("trade.embargoed", "trade.none", "trade.years", "%00", "x" * 300):
        assert http.get(f"/json-stat/figures/{code}.json").status_code == 404
    assert http.post("/json-stat/figures.json").status_code == 405


def test_a_database_that_is_away_is_told_as_such(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**asked: str) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(views, "open_figures", away)
    answer = http.get("/json-stat/figures.json", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (503, "2", "unavailable")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
