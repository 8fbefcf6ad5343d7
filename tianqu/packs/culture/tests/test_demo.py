"""The invented year of a county: played through acts, quickly, with a dispute, a refusal and a storm in it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.orders.hotline import CALENDAR
from tests.web.api.calling import ANYONE, caller
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders import api as orders
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import account_called, actor_of, load_places, load_posts, load_units
from tianqu.kernel.tours.models import Tour
from tianqu.packs.culture.demo import culture_of_county
from tianqu.packs.culture.models import Performance
from tianqu.packs.culture.season_demo import season_of_county
from tianqu.packs.culture.shows.acts import dispute_of
from tianqu.packs.culture.tests.conftest import forget
from tianqu.packs.culture.tests.stage import browser, page
from tianqu.packs.culture.theatre.demo import weekends_of_theatre

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
COUNTY, TOWN, SHOWS = "371482", "371482100", 90
YEARS = (timezone.localdate().year - 1, timezone.localdate().year)


def rows_of(name: str) -> list[dict[str, str]]:
    with (REALM / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def realm(db: None, settings: Any, tmp_path: Path) -> Iterator[DemoStage]:
    """The town with its villages and committees, the office and the troupes, and those with accounts."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    forget()
    places = [row for row in rows_of("places.csv") if row["code"] in ("371400", COUNTY) or row["code"].startswith(TOWN)]
    assert not load_places(SYSTEM, rows=[row for row in places if not row["valid_to"]], successions=[]).refusals
    units = [
        row for row in rows_of("units.csv")
        if row["code"] in (COUNTY, f"{COUNTY}.culture_bureau") or row["kind"] == "art_troupe"
    ]  # fmt: skip
    units += [
        {"code": row["code"], "name": row["name"], "kind": "committee", "place": row["code"]}
        for row in places if row["code"].startswith(TOWN) and not row["valid_to"]
    ]  # fmt: skip
    assert not load_units(SYSTEM, rows=units).refusals
    wanted = ("culture", "culturepost", "troupe", "villager", "usher", "usher2", "usher3", "usher4")
    posts = [row for row in rows_of("posts.csv") if row["login"] in wanted]
    assert not load_posts(SYSTEM, rows=posts).refusals
    orders.publish_calendar(SYSTEM, content=CALENDAR)
    item = (REALM / "items" / "culture-orders.yaml").read_bytes()
    orders.publish_items(SYSTEM, definitions=orders.items_in(item, name="culture-orders.yaml"))
    orders.forget_catalogue()
    yield DemoStage(REALM, "371400", 7, 0, 0, lambda _done, _total: None)
    forget()


def test_the_season(realm: DemoStage) -> None:
    """What villages order is planned, published and engaged, and everybody sees it."""
    culture_of_county(realm)
    count = season_of_county(realm)
    assert count >= 4
    with seeing(SYSTEM.scope):
        (tour,) = Tour.objects.all()
        stands = Counter(Performance.objects.filter(first_day__gt=timezone.localdate()).values_list("stand", flat=True))
        officer = actor_of(account_called("culture"), channel="web")
    assert (tour.stand, tour.faults) == ("published", []) and stands["committed"] >= count
    assert len(ANYONE.read("/tours/stops", kind="culture")) >= count
    assert "冬季文化下乡演出季" in page(browser(officer, language="zh-hans"), f"/desk/tours/{tour.id}/")


def test_the_county(realm: DemoStage, tmp_path: Path) -> None:
    assert culture_of_county(realm) == SHOWS
    with seeing(SYSTEM.scope):
        officer = actor_of(account_called("culture"), channel="web")
        stands = Counter(Performance.objects.values_list("stand", flat=True))
        disputes = [one for one in Performance.objects.values_list("order_id", flat=True)
                    if orders.Order.objects.filter(id=dispute_of(one)).exists()]  # fmt: skip
        causes = set(Performance.objects.values_list("cause", flat=True))
    assert sum(stands.values()) == SHOWS and stands["paid"] > 60
    assert stands["refused"] >= 1 and "weather" in causes and len(disputes) >= 2
    assert {"ordered", "accepted", "given"} <= set(stands)
    budget = caller(officer).read(f"/culture/budgets/{officer.unit_id}")
    assert budget["granted"] == budget["paid"] + budget["committed"] + budget["free"] and budget["free"] > 0
    ranked = ANYONE.read("/culture/ranking", by="troupe")
    assert [one["liking"]["rank"] for one in ranked][:3] == [1, 2, 3]
    assert any(one["liking"]["rank"] is None for one in ANYONE.read("/culture/ranking"))
    assert "rank" in page(browser(), "/culture/") and "Coverage" in page(browser(), "/culture/coverage/")
    bare = DemoStage(tmp_path, "371400", 7, 0, 0, lambda _done, _total: None)
    assert culture_of_county(bare) == 0


def test_the_theatre(realm: DemoStage, tmp_path: Path) -> None:
    assert weekends_of_theatre(realm) == 10
    told = [ANYONE.read("/culture/theatres/yucheng/year", year=year) for year in YEARS]
    shows = sum(one["shows"] for one in told)
    assert shows in (7, 8) and sum(one["came"] for one in told) > 8 * shows
    assert sum(one["amount_fen"] for one in told) == 100 * sum(one["came"] for one in told)
    coming = ANYONE.read("/occasions", kind="theatre", days=21)
    assert coming and all(0 < one["going"] < one["places"] == 150 for one in coming)
    assert weekends_of_theatre(DemoStage(tmp_path, "371400", 7, 0, 0, lambda _done, _total: None)) == 0
