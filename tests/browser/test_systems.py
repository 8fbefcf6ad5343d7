"""The register of information systems in a browser: list, a system and a dataset that it feeds, at each width."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.kernel.datasets.conftest import store
from tests.kernel.datasets.office import Office, build
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.opendata.acts import Fed, declare_system

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them
PURPOSES = (("业务受理系统", "case handling"), ("统计与报送系统", "statistics and returns"))
__all__ = ["store"]


@pytest.fixture
def office(store: Path, settings: Any) -> Iterator[Office]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    made = build()
    made.published()
    for number in range(60):
        unit = made.prefecture.units[("c1.housing", "c2.housing", "city.housing")[number % 3]]
        name, name_en = PURPOSES[number % 2]
        declare_system(
            SYSTEM, system=f"system-{number + 1:04}", unit_id=unit.id, name=f"{unit.name}{name}",
            name_en=f"Housing bureau: {name_en}", since=date(2012, 3, 1),
            cloud_since=date(2019, 3, 1) if number % 4 else None, domains=["town", "living"][: 1 + number % 2],
            datasets=[Fed("trade.by_county")] if number < 3 else [],
        )  # fmt: skip
    yield made
    forget_actors()


def test_everybody_reads_the_register(
    office: Office, browser_page: MakePage, assert_accessible: Callable[[Page], None]
) -> None:
    for width, language, dark in ((DESKTOP, "zh-CN", False), (PHONE, "zh-CN", False), (DESKTOP, "en", True)):
        page = browser_page(width=width, language=language, dark=dark)
        for name, address in (
            ("list", "/opendata/systems/"), ("narrowed", "/opendata/systems/?on_cloud=no&domains=living"),
            ("system", "/opendata/systems/system-0001/"), ("dataset", "/data/trade.by_county/"),
        ):  # fmt: skip
            page.goto(address)
            assert_accessible(page)
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/systems-{name}-{width}-{language}.png", full_page=name == "dataset")
        page.goto("/opendata/systems/")
        page.click("table a >> nth=0")
        page.click('a[href="/data/trade.by_county/"]')
        expect(page.locator('a[href="/opendata/systems/system-0001/"]')).to_be_visible()
