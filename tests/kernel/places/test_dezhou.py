"""Dezhou as it is loaded: the numbers of both editions, what became of the vanished villages, and the time it takes."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker, Settings

from tests.kernel.places.prefecture import declare
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.places import api
from tianqu.project.realms import RealmReport, load_realm, read_realm, read_rows, realm_path

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[3]
EDITIONS = next(
    (folder for above in (ROOT.parent, ROOT.parent.parent) if (folder := above / "shared/data/divisions").is_dir()),
    ROOT.parent / "shared",
)
CHANGE = "2023-06-30"


@pytest.fixture(scope="module")
def dezhou(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[RealmReport]]:
    """The whole prefecture, loaded twice, and undone after the tests of this file."""
    with django_db_blocker.unblock():
        undone = transaction.atomic()
        undone._from_testcase = True  # type: ignore[attr-defined]  # as Django marks its own, so that acts run in it
        with undone:
            yield [load_realm("dezhou"), load_realm("dezhou")]
            transaction.set_rollback(True)
        api.forget_actors()


def rows(file: str) -> list[dict[str, str]]:
    return read_rows(realm_path("dezhou") / file)


def test_the_editions_are_merged_whole() -> None:
    """8,109 villages in 2020 and 5,307 in 2023: 4,082 codes stay (669 of them renamed), 4,027 vanish, 1,225 are new."""
    villages = [row for row in rows("places.csv") if row["kind"] == "village"]
    old = {row["code"]: row["name"] for row in villages if row["valid_from"] == ""}
    new = {row["code"]: row["name"] for row in villages if row["valid_to"] == ""}
    assert (len(old), len(new)) == (8109, 5307)
    stayed = old.keys() & new.keys()
    assert (len(stayed), len(old.keys() - new.keys()), len(new.keys() - old.keys())) == (4082, 4027, 1225)
    assert sum(old[code] != new[code] for code in stayed) == 669
    kinds = Counter(row["kind"] for row in rows("places.csv") if row["valid_to"] == "")
    assert kinds == {"prefecture": 1, "county": 12, "township": 135, "village": 5307}


@pytest.mark.skipif(not (EDITIONS / "dezhou2020_areas.csv").is_file(), reason="../shared is not here")
@pytest.mark.parametrize(("year", "end"), [(2020, "valid_from"), (2023, "valid_to")])
def test_each_edition_is_there_name_by_name(year: int, end: str) -> None:
    published = set()
    for part in ("areas", "streets", "villages"):
        with (EDITIONS / f"dezhou{year}_{part}.csv").open(encoding="utf-8", newline="") as file:
            published |= {(row["code"], row["name"]) for row in csv.DictReader(file)}
    ours = {(row["code"], row["name"]) for row in rows("places.csv") if row[end] == ""}
    assert ours - published == {("371400", "德州市")} and published <= ours


def test_everything_has_an_english_name_and_an_honest_position() -> None:
    for row in rows("places.csv"):
        assert row["name_en"].isascii() and row["name_en"], row
        assert row["lon"] and row["lat"], row
    real = {row["code"] for row in rows("places.csv") if row["position_invented"] == ""}
    assert len(real) == 10 and "371402" in real
    assert all(row["position_invented"] == "1" for row in rows("places.csv") if row["kind"] in ("township", "village"))


def test_every_closed_row_has_one_follower_and_says_how_we_know() -> None:
    closed = Counter(row["code"] for row in rows("places.csv") if row["valid_to"])
    followed = Counter(row["from_code"] for row in rows("successions.csv"))
    assert closed == followed
    assert {row["derived"] for row in rows("successions.csv")} == {
        "published",
        "same-name",
        "similar-name",
        "contents",
        "township",
    }


@pytest.mark.usefixtures("dezhou")
class TestLoaded:
    def test_twice_is_once(self, dezhou: list[RealmReport]) -> None:
        first, second = dezhou
        assert first.refused == second.refused == 0
        assert first.accepted == 10156 + 4701 + 9928 and second.accepted == 0

    def test_every_vanished_village_has_a_place_and_a_government_today(self) -> None:
        vanished = api.Place.objects.filter(kind="village").exclude(valid_to=None)
        today_codes = set(api.Place.objects.filter(valid_to=None).values_list("code", flat=True))
        for place in vanished.order_by("code")[::40]:
            today = api.place_today(place.id)
            assert today.code in today_codes
            government = api.unit_for("township_government", place)
            assert government is not None and government.valid_to is None
            committee = api.unit_called(place.code)
            if committee.valid_to is not None and today.kind == "village":
                assert api.unit_today(committee.id).code == today.code

    def test_an_old_village_shows_its_old_name(self) -> None:
        old = api.place_called("371402001007", on=date(2021, 5, 1))
        assert old.valid_to == date.fromisoformat(CHANGE)
        assert api.full_names([old.id])[old.id].shown("zh-hans") == "德州市德城区新湖街道桥口社区居委会"
        assert api.full_names([old.id])[old.id].shown("en").endswith("Xinhu Subdistrict, Decheng District, Dezhou")

    def test_the_new_area_and_the_township_that_changed_county(self) -> None:
        zone = api.place_called("371471", on=date(2021, 5, 1))
        assert zone.name == "德州经济技术开发区" and api.place_today(zone.id).name == "德州天衢新区"
        moved = api.place_called("371472005", on=date(2021, 5, 1))
        assert api.place_today(moved.id).path == "371400.371402.371402009"

    def test_every_kind_of_unit_that_items_name_answers_somewhere(self) -> None:
        village = api.place_called("371422108251")
        for kind in ("housing_bureau", "heating_company", "traffic_police", "commerce_bureau", "postal_bureau"):
            unit = api.unit_for(kind, village)
            assert unit is not None and unit.name_en.isascii()

    def test_counties_have_boundaries_and_finding_is_quick(self) -> None:
        counties = api.Place.objects.filter(kind="county", valid_to=None)
        assert all(county.boundary is not None for county in counties)
        assert api.find_places("宁津")[0].code == "371422"
        assert {place.kind for place in api.find_places("ningjin", limit=50)} >= {"county"}
        assert api.find_places("桥口社区居委会", with_past=True)

    def test_the_demo_has_somebody_in_every_role(self, settings: Settings) -> None:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        declare(*(api.Role(row["role"], row["role"], ()) for row in rows("posts.csv")))
        report = load_realm("dezhou", with_posts=True, password="a-demo-password-7").parts["posts"]
        assert report.refused == 0 and report.accepted == len(rows("posts.csv"))
        roles = {api.actor_of(account, channel="web").roles for account in api.Account.objects.all()}
        wanted = ["operator", "dispatcher", "clerk", "unit_head", "supervisor", "auditor", "administrator"]
        wanted += ["village_accountant", "village_head", "village_supervisor", "township_auditor", "county_inspector"]
        wanted += ["villager", "return_officer", "return_statistician", "press_officer", "data_officer"]
        wanted += ["practice_centre", "practice_leader", "culture_officer", "culture_post", "culture_troupe"]
        wanted += ["culture_usher"]
        assert roles == {frozenset({role}) for role in wanted}
        clerk = api.actor_of(api.Account.objects.get(login="clerk"), channel="web")
        assert clerk.unit_id == api.unit_called("371402.housing_bureau").id and clerk.scope.place_paths == ()

    def test_the_journal_holds_each_place_and_unit(self) -> None:
        from django.db import connection

        with seeing(SYSTEM.scope), connection.cursor() as cursor:
            cursor.execute("SELECT split_part(subject, ':', 1), count(*) FROM journal_entry GROUP BY 1")
            counts = dict(cursor.fetchall())
        assert counts["place"] == 10156 and counts["unit"] == 9928


def test_the_realm_says_what_it_is() -> None:
    realm = read_realm("dezhou")
    assert (realm.root, realm.name_en, realm.time_zone) == ("371400", "Dezhou", "Asia/Shanghai")
    assert "SOURCE.md" in realm.origin
