"""What is new in data and figures as Atom, read by feedparser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import feedparser
import httpx
import pytest

from tests.gateways.calling import ORIGIN, door_client
from tests.gateways.open_data import OpenData, nothing_hidden

# feedparser's parser of HTML uses what Python has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def http(open_data: OpenData) -> Iterator[httpx.Client]:
    """A client of everything, with open data behind it."""
    with door_client() as client:
        yield client


def read(http: httpx.Client, path: str, language: str = "en") -> dict[str, str]:
    """The entries of a feed, their titles by their links, in no order."""
    answer = http.get(path, headers={"Accept-Language": language})
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert nothing_hidden(answer.text)
    told = feedparser.parse(answer.content)
    assert not told.bozo and told.version == "atom10"
    dates = [entry.published_parsed for entry in told.entries]
    assert dates == sorted(dates, reverse=True)
    assert len({entry.id for entry in told.entries}) == len(told.entries)
    return {entry.link.removeprefix(ORIGIN): entry.title for entry in told.entries}


def test_new_versions_of_open_datasets_are_told(http: httpx.Client, open_data: OpenData) -> None:
    assert read(http, "/data/feed.atom") == {
        "/data/trade.by_county/v1/": "Trade by county, version 1",
        "/data/trade.years/v1/": "Trade of years, version 1",
    }
    assert set(read(http, "/data/feed.atom", "zh-hans").values()) == {"分县贸易额，第1版", "历年贸易额，第1版"}


def test_new_values_of_figures_are_told_but_not_those_under_embargo(http: httpx.Client) -> None:
    assert read(http, "/figures/feed.atom") == {
        "/figures/trade.growth/?period=2020&number=1": "Growth of trade, 2020: 15.1%",
        "/figures/trade.partly/?period=2019&number=1": "Partly, 2019: 200.0 yuan",
        "/figures/trade.total/?period=2019&number=1": "Trade, 2019: 200.0 yuan",
        "/figures/trade.total/?period=2020&number=1": "Trade, 2020: 230.3 yuan",
    }


def test_entries_lead_to_pages_and_pages_to_feeds(http: httpx.Client) -> None:
    for path in [*read(http, "/figures/feed.atom"), *read(http, "/data/feed.atom")]:
        assert http.get(path).status_code == 200
    for page, feed in (
        ("/data/", "/data/feed.atom"),
        ("/figures/", "/figures/feed.atom"),
        ("/releases/", "/releases/feed.atom"),
    ):
        found = re.search(
            r'<link rel="alternate" type="application/atom\+xml" [^>]*href="([^"]+)"', http.get(page).text
        )
        assert found is not None and found[1] == feed


def test_pages_lead_programs_to_every_door(http: httpx.Client) -> None:
    for page in ("/data/", "/figures/", "/figures/trade.total/", "/data/trade.years/"):
        doors = re.findall(r'(?:/ckan|/dcat|/json-stat|/sdmx|/csvw)/[^"\'& <]+', http.get(page).text)
        assert doors
        assert {http.get(door).status_code for door in doors} == {200}, doors
