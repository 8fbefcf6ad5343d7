"""The invented returns: their rows add up to the reported figures, exactly, and so do the growths that were told."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.orders.hotline import CALENDAR
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders import api as orders
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import forget_actors, load_places, load_posts, load_units
from tianqu.packs.returns.demo import returns_of_2020
from tianqu.packs.returns.figures.queries import accepted_rows
from tianqu.packs.returns.inventing import split
from tianqu.packs.returns.listing.queries import all_campaigns
from tianqu.packs.returns.queries import campaign_called, campaign_detail

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
UNIT = Decimal(10_000)  # yuan
# What was reported: the sum in yuan (or what it counts), and its growth in per cent as it was printed.
REPORTED = {
    ("trade", "total"): ("38690000000", "11.9"), ("trade", "asean"): ("5630000000", "30.7"),
    ("trade", "belt_road"): ("12000000000", "31.4"), ("investment", "in_place"): ("69870000000", "26.7"),
    ("investment", "projects"): ("344", ""), ("relief", "total"): ("4358000000", ""),
    ("relief", "tax"): ("2030000000", ""), ("relief", "social"): ("1994000000", ""),
    ("relief", "medical"): ("334000000", ""), ("loans", "at_end"): ("253393000000", "14.45"),
    ("enterprises", "assets"): ("253842000000", "15.52"), ("enterprises", "revenue"): ("23921000000", "5.09"),
    ("enterprises", "rent_waived"): ("41000000", ""), ("grain", "total"): ("7587700", "1.1"),
}  # fmt: skip
CITY = {"assets": ("121988000000", "8.48"), "revenue": ("16464000000", "4.89"), "profit": ("", "34.8"),
        "net_profit": ("", "15.77")}  # fmt: skip


def rows_of(name: str) -> list[dict[str, str]]:
    with (REALM / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def realm(db: None, settings: Any) -> Iterator[DemoStage]:
    """The counties with their governments, and the office's two officers."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    places = [row for row in rows_of("places.csv") if row["kind"] in ("prefecture", "county")]
    assert not load_places(SYSTEM, rows=[{**row, "lon": "", "lat": ""} for row in places], successions=[]).refusals
    units = [row for row in rows_of("units.csv") if row["kind"] in ("government", "statistics_bureau",
                                                                     "state_assets_commission")]  # fmt: skip
    assert not load_units(SYSTEM, rows=units).refusals
    posts = [row for row in rows_of("posts.csv") if row["role"] == "return_officer"]
    assert not load_posts(SYSTEM, rows=posts).refusals
    orders.publish_calendar(SYSTEM, content=CALENDAR)
    items = (REALM / "items" / "returns.yaml").read_bytes()
    orders.publish_items(SYSTEM, definitions=orders.items_in(items, name="returns.yaml"))
    orders.forget_catalogue()
    yield DemoStage(REALM, "371400", 7, 0, 0, lambda _done, _total: None)
    forget_actors()
    orders.forget_catalogue()


def sums(code: str, period: str, owner: str = "") -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in accepted_rows(SYSTEM, form_code=code, period=period):
        assert not row.estimated
        for name, value in row.values.items():
            if name != "owner" and (not owner or row.values["owner"] == owner):
                found[name] = found.get(name, Decimal(0)) + Decimal(value)
    return found


def grown(now: Decimal, before: Decimal, printed: str) -> bool:
    """Whether a growth comes out as it was printed, to its last digit."""
    growth = (now - before) * 100 / before
    return growth.quantize(Decimal(printed), ROUND_HALF_UP) == Decimal(printed)


def test_the_rows_add_up_to_what_was_reported(realm: DemoStage) -> None:
    filed = returns_of_2020(realm)
    assert filed > 150 and returns_of_2020(realm) == 0  # a second run adds nothing
    with seeing(SYSTEM.scope):
        for (code, name), (told, growth) in REPORTED.items():
            unit = UNIT if code in ("trade", "relief", "loans", "enterprises") or name == "in_place" else 1
            now = sums(code, "2020")[name]
            assert now * unit == Decimal(told), (code, name)
            assert not growth or grown(now, sums(code, "2019")[name], growth), (code, name)
        loans, before = sums("loans", "2020"), sums("loans", "2019")
        assert loans["rise"] * UNIT == Decimal(31_990_000_000)
        assert (loans["rise"] - before["rise"]) * UNIT == Decimal(8_615_000_000)
        assert loans["at_start"] == before["at_end"]
        city, city_before = sums("enterprises", "2020", "city"), sums("enterprises", "2019", "city")
        for name, (told, growth) in CITY.items():
            assert not told or city[name] * UNIT == Decimal(told)
            assert grown(city[name], city_before[name], growth), name
        ratio, ratio_before = (one["debts"] * 100 / one["assets"] for one in (city, city_before))
        assert (ratio, ratio - ratio_before) == (Decimal(60), Decimal("-2.5"))
        check_now()


def check_now() -> None:
    """The quarter that is asked for now: some accepted, some filed, one sent back, one estimated, some late."""
    lines = [line for line in all_campaigns(SYSTEM) if line.code == "investment_quarter"]
    assert [line.closed_at is None for line in lines] == [True, False]
    campaign_id = campaign_called(SYSTEM, form_code="investment_quarter", period=lines[0].period)
    filings = campaign_detail(SYSTEM, campaign_id=campaign_id).filings
    states = [(one.state, one.kind, one.late) for one in filings]
    assert states.count(("closed", "filed", False)) == 5 and states.count(("done", "", False)) == 2
    assert states.count(("accepted", "", False)) == 1 and states.count(("dispatched", "estimated", True)) == 1
    assert states.count(("dispatched", "", True)) == 3


def test_a_split_is_exact() -> None:
    assert split("1.00", [1, 1, 1], places=2) == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    parts = split("3869000", [7, 11, 13, 500], places=2)
    assert sum(parts) == 3_869_000 and all(part == round(part, 2) for part in parts)
