"""The public's pages: places and what became of them, services and what changed, and the one search."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders.api import ItemDefinition, forget_catalogue, load_items, publish_items
from tianqu.kernel.places.api import load_places
from tianqu.project.realms import realm_path

pytestmark = pytest.mark.django_db

PLACES = [
    {"code": "3714", "name": "德州市", "name_en": "Dezhou", "kind": "prefecture", "lon": "116.36", "lat": "37.43"},
    {"code": "c1", "name": "德城区", "name_en": "Decheng", "kind": "county", "parent": "3714"}
    | {"lon": "116.3", "lat": "37.5"},
    {"code": "v1", "name": "李家村", "name_en": "Lijia", "kind": "village", "parent": "c1", "valid_to": "2021-01-01"},
    {"code": "v2", "name": "新李村", "name_en": "Xinli", "kind": "village", "parent": "c1", "valid_from": "2021-01-01"},
]  # fmt: skip
MERGED = [
    {"from_code": "v1", "to_code": "v2", "on": "2021-01-01", "kind": "merge", "derived": "published"},
]


@pytest.fixture(autouse=True)
def _no_item_remembered() -> None:
    """What a process keeps of the catalogue outlives a test's rows."""
    forget_catalogue()


@pytest.fixture
def places() -> None:
    """A county in which a village was merged into another."""
    report = load_places(SYSTEM, rows=PLACES, successions=MERGED)
    assert not report.refused, report.refusals


@pytest.fixture
def allowance() -> list[ItemDefinition]:
    """A service in two versions, the second of which is in force."""
    items = [item for item in load_items(realm_path("dezhou") / "items") if item.code == "dibao"]
    publish_items(SYSTEM, definitions=items)
    return sorted(items, key=lambda item: item.valid_from)


@pytest.mark.usefixtures("places")
class TestPlaces:
    def test_place_shows_what_lies_in_it(self, visitor: Client) -> None:
        page = visitor.get("/places/3714").content.decode()
        assert "<h1>Dezhou</h1>" in page and 'href="/places/c1"' in page

    def test_vanished_village_says_what_became_of_it(self, visitor: Client) -> None:
        page = visitor.get("/places/v1").content.decode()
        assert "no longer exists" in page
        assert 'merged into <a href="/places/v2">Xinli</a>' in page

    def test_todays_village_says_what_went_into_it(self, visitor: Client) -> None:
        page = visitor.get("/places/v2").content.decode()
        assert 'href="/places/v1">Lijia</a>' in page and "no longer exists" not in page

    def test_vanished_village_is_not_listed_below(self, visitor: Client) -> None:
        page = visitor.get("/places/c1").content.decode()
        assert "Xinli" in page and "Lijia" not in page

    def test_map_has_the_places_below(self, visitor: Client) -> None:
        answer = visitor.get("/places/3714.geojson")
        assert answer["Content-Type"] == "application/geo+json"
        (feature,) = answer.json()["features"]
        assert feature["geometry"] == {"type": "Point", "coordinates": [116.3, 37.5]}
        assert feature["properties"]["name"] == "Decheng" and feature["properties"]["address"] == "/places/c1"

    def test_unknown_code_is_not_found(self, visitor: Client) -> None:
        answer = visitor.get("/places/nowhere")
        assert answer.status_code == 404
        assert "No place has the code nowhere." in answer.content.decode()

    def test_search_finds_past_and_present_places(self, visitor: Client) -> None:
        page = visitor.get("/search", {"q": "李"}).content.decode()
        assert "/places/v1" in page and "/places/v2" in page and "until 1 Jan 2021" in page


class TestServices:
    def test_service_shows_the_version_in_force(self, visitor: Client, allowance: list[ItemDefinition]) -> None:
        page = visitor.get("/services/dibao").content.decode()
        assert allowance[1].name.en in page and "5 working days" in page
        assert "not in force today" not in page

    def test_earlier_version_says_that_it_is_over(self, visitor: Client, allowance: list[ItemDefinition]) -> None:
        page = visitor.get("/services/dibao", {"version": "1"}).content.decode()
        assert "not in force today" in page and "28 working days" in page

    def test_changes_count_what_was_cut(self, visitor: Client, allowance: list[ItemDefinition]) -> None:
        page = visitor.get("/services/dibao/changes").content.decode()
        cut = len(allowance[0].steps) - len(allowance[1].steps)
        assert f"<dt>Steps cut</dt><dd>{cut}</dd>" in page
        assert "<del>28 working days</del> <ins>5 working days</ins>" in page

    def test_version_of_tomorrow_is_not_in_force(self, visitor: Client, allowance: list[ItemDefinition]) -> None:
        tomorrow = date.fromordinal(timezone.localdate().toordinal() + 1)
        publish_items(SYSTEM, definitions=[replace(allowance[1], valid_from=tomorrow, valid_to=None, urgency="danger")])
        assert "Version</dt><dd>2" in visitor.get("/services/dibao").content.decode()

    @pytest.mark.parametrize("address", ["/services/nothing", "/services/nothing/changes"])
    def test_unknown_service_is_not_found(self, visitor: Client, address: str) -> None:
        assert visitor.get(address).status_code == 404

    def test_unknown_version_is_refused(self, visitor: Client, allowance: list[ItemDefinition]) -> None:
        assert visitor.get("/services/dibao", {"version": "99"}).status_code == 400

    def test_search_finds_a_service_by_what_people_write(
        self, visitor: Client, allowance: list[ItemDefinition]
    ) -> None:
        assert "/services/dibao" in visitor.get("/search", {"q": "低保"}).content.decode()


@pytest.mark.parametrize("text", ["", " ", "𠀀", "'; DROP TABLE", "x" * 5000, "<script>alert(1)</script>", "\u202e"])
def test_search_takes_anything(visitor: Client, text: str) -> None:
    answer = visitor.get("/search", {"q": text})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_pages_of_a_new_installation_say_how_to_begin(visitor: Client) -> None:
    assert "No service is published yet" in visitor.get("/services/").content.decode()
    assert visitor.get("/").status_code == 200


@pytest.mark.parametrize("address", ["/about", "/help", "/privacy", "/accessibility"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_about_the_site_are_in_both_languages(address: str, language: str) -> None:
    answer = Client(SERVER_NAME="localhost").get(address, headers={"Accept-Language": language})
    heading = answer.content.decode().split("<h1>")[1].split("</h1>")[0]
    assert heading.isascii() == (language == "en")


def test_language_is_kept_and_leads_back_only_here(visitor: Client) -> None:
    answer = visitor.post("/account/language/", {"language": "zh-hans", "next": "/help"})
    assert answer["Location"] == "/help"
    assert "<h1>帮助</h1>" in visitor.get("/help").content.decode()
    assert (
        visitor.post("/account/language/", {"language": "en", "next": "https://elsewhere.example/"})["Location"] == "/"
    )
