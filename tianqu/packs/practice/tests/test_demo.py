"""The invented town: its stations with teams, three weeks of hours in the ledger, and what the coming week brings."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.orders.hotline import CALENDAR
from tests.web.api.calling import ANYONE, caller
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.occasions.api import Attendance, Booking
from tianqu.kernel.orders.api import forget_catalogue, load_items, publish_calendar, publish_items
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import account_called, actor_of, forget_actors, load_places, load_posts, load_units
from tianqu.kernel.rosters.api import make_due_rosters
from tianqu.packs.practice.demo import stations_of_town
from tianqu.packs.practice.district.demo import district_of_stations
from tianqu.packs.practice.hours.queries import hours_of_stations
from tianqu.packs.practice.models import Station, Team, Visit, Volunteer
from tianqu.packs.practice.tests.stage import browser, page

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
COUNTY, TOWN, STATIONS = "371482", "371482100", 24


def rows_of(name: str) -> list[dict[str, str]]:
    with (REALM / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def realm(db: None, settings: Any) -> Iterator[DemoStage]:
    """The town with its villages and their committees, and three people with accounts."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    forget_catalogue()
    forget_books()  # the test before had books of the same codes
    places = [row for row in rows_of("places.csv") if row["code"] in ("371400", COUNTY) or row["code"].startswith(TOWN)]
    assert not load_places(SYSTEM, rows=[row for row in places if not row["valid_to"]], successions=[]).refusals
    units = [{"code": COUNTY, "name": "禹城市人民政府", "kind": "government", "place": COUNTY}]
    units += [
        {"code": row["code"], "name": row["name"], "kind": "committee", "place": row["code"],
         "parent": "" if row["code"] == TOWN else TOWN}
        for row in places if row["code"].startswith(TOWN) and not row["valid_to"]
    ]  # fmt: skip
    assert not load_units(SYSTEM, rows=units).refusals
    posts = [row for row in rows_of("posts.csv") if row["login"] in ("practice", "leader", "villager")]
    publish_calendar(SYSTEM, content=CALENDAR)
    publish_items(SYSTEM, definitions=[one for one in load_items(REALM / "items") if one.family == "practice"])
    posts = [row | {"unit": TOWN} if row["login"] == "villager" else row for row in posts]
    assert not load_posts(SYSTEM, rows=posts).refusals
    yield DemoStage(REALM, "371400", 7, 0, 0, lambda _done, _total: None)
    forget_actors()
    forget_catalogue()


def test_the_town(realm: DemoStage, tmp_path: Path) -> None:
    assert stations_of_town(realm) == STATIONS
    with seeing(SYSTEM.scope):
        leader, villager = (actor_of(account_called(login), channel="web") for login in ("leader", "villager"))
        booked = sum(Attendance.objects.exclude(minutes=None).values_list("minutes", flat=True))
        visits = list(Visit.objects.exclude(minutes=None).values_list("minutes", flat=True))
        assert visits == [90] * 4  # of what was confirmed
        elsewhere = Booking.objects.filter(elsewhere=True).values("id")
        assert not Attendance.objects.filter(booking_id__in=elsewhere).exclude(minutes=None).exists()
    with seeing(leader.scope):
        totals = hours_of_stations(leader)
    assert len(totals) == STATIONS and sum(each.minutes for each in totals) == booked + sum(visits) > 3_000
    coming = ANYONE.read("/occasions", place=TOWN, kind="practice")
    assert len(coming) == 12 and all(0 < one["going"] <= one["places"] for one in coming)
    mine = browser(villager)
    assert "booked" in page(mine, "/practice/me/")
    mine.post("/account/post/", {"post": "resident"})
    assert "隔周陪陪老人" in page(mine, "/practice/order/plan")
    led = page(browser(leader), "/desk/practice/orders/")
    open_ones = ("水龙头漏水", "换院里的灯", "测测血糖")  # what nobody has taken is the centre's
    assert all(title in led for title in open_ones) and "陪奶奶做顿午饭" not in led
    disputed = re.search(r'href="(/practice/orders/[^"]+)">水龙头漏水', led)
    assert disputed is not None and "disagreed with" in led
    assert "<strong>Served</strong>" in page(browser(leader), disputed[1]), "what happened stands beside when"
    assert "重阳" not in led and "院里唱一场" not in led  # confirmed, and so no longer open
    teams = ANYONE.read("/practice/teams", limit=200)["rows"]
    public = [page(browser(), f"/practice/teams/{one['code']}/thanks") for one in teams]
    assert sum("真周到" in one for one in public) == sum("大爷高兴" in one for one in public) == 1
    assert make_due_rosters() == 1
    (roster,) = ANYONE.read("/rosters")
    told = caller(leader).read(f"/rosters/{roster['id']}/result")
    assert roster["state"] == "drafted" and len(told["duties"]) > 12
    assert all(each["waivers"] for each in told["empty"])
    bare = DemoStage(tmp_path, "371400", 7, 0, 0, lambda _done, _total: None)
    assert stations_of_town(bare) == 0


def test_a_district(realm: DemoStage, tmp_path: Path) -> None:
    """A small one: everything of the register is there once, theme days have passed, and their hours are booked."""
    words = yaml.safe_load((realm.realm / "practice.yaml").read_text(encoding="utf-8"))
    words["district"] |= {"place": TOWN, "stations": 6, "teams": 3, "volunteers": 40, "theme_day_teams": 1}
    (tmp_path / "practice.yaml").write_text(yaml.safe_dump(words, allow_unicode=True), encoding="utf-8")
    assert district_of_stations(replace(realm, realm=tmp_path)) == 40
    last = words["district"]["until"]
    with seeing(SYSTEM.scope):
        for model, count in ((Station, 6), (Team, 3), (Volunteer, 40)):
            assert model.objects.filter(since__lte=last).count() == model.objects.count() == count
        booked = list(Attendance.objects.exclude(minutes=None).values_list("minutes", flat=True))
    assert len(booked) in (11 * 5, 12 * 5) and all(60 <= minutes <= 120 for minutes in booked)
    assert len(ANYONE.read("/practice/stations", place=TOWN)["rows"]) == 6
