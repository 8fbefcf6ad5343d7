"""Walking around a parcel with a telephone: where it stands, taps on the map, a photo, and what the server measures."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.browser.test_bookkeeping import enter, invoice, village  # noqa: F401  a fixture
from tests.kernel.journal.conftest import own_log  # noqa: F401  a fixture
from tianqu.kernel.journal.api import set_scope
from tianqu.packs.village.measuring.areas import measured, read_corners
from tianqu.packs.village.tests.walls import WallVillage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_log")]
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them
WALKED = ((116.0, 37.0), (116.0012, 37.0002), (116.0011, 37.0011), (116.0004, 37.0013))
NEIGHBOUR = "116.0013, 37.0002\n116.002, 37.0003\n116.002, 37.0011\n116.0012, 37.0011"


def stands(page: Page, at: tuple[float, float], *, accuracy: float) -> None:
    lon, lat = at
    page.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": accuracy})


def walks(page: Page) -> None:
    """Add each corner from where the telephone is."""
    for count, corner in enumerate(WALKED, start=1):
        stands(page, corner, accuracy=3.2)
        page.click("[data-here]")
        expect(page.locator(f"[data-corners='{count}']")).to_be_visible()


@pytest.mark.parametrize(("width", "language", "dark"), [(PHONE, "zh-CN", False), (DESKTOP, "en", True)])
def test_a_walk_around_a_parcel(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], village: WallVillage,  # noqa: F811
    live_server: Any, tmp_path: Path, width: int, language: str, dark: bool,
) -> None:  # fmt: skip
    page = browser_page(width=width, language=language, dark=dark)
    page.context.grant_permissions(["geolocation"], origin=live_server.url)
    set_scope(village.accountant.scope)
    village.villages.parcel("11", boundary=measured(read_corners(NEIGHBOUR)).boundary)
    enter(page, village.accountant, live_server.url)
    page.goto("/villages/land/")
    page.click("a[href='/villages/land/walk']")
    expect(page.locator("[data-walk-map][data-drawn=yes]")).to_be_visible()
    walks(page)
    shown = page.locator("[data-area]").inner_text()
    page.locator("[data-walk-map] canvas").click(position={"x": 40, "y": 60})
    expect(page.locator("[data-corners='5']")).to_be_visible()
    page.click("[data-back]")
    expect(page.locator("[data-corners='4']")).to_be_visible()
    expect(page.locator("[data-area]")).to_have_text(shown)
    told = measured(read_corners(page.input_value("#corners")))
    area = f"{told.area_mu_4 / 10_000:,.4f}"
    assert told.accuracy_mu_4 is not None
    assert shown.startswith(area) and f"{told.accuracy_mu_4 / 10_000:.3f}"[:-1] in shown, (shown, told)  # as the server
    page.set_input_files("#files", invoice(tmp_path / "地头.jpg"))
    page.fill("#number", "12")
    page.select_option("#land_class", "arable")
    assert_accessible(page)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"walk-{language}-{width}.png", full_page=True)
    page.click("main form button[data-send]")
    expect(page.locator("main")).to_contain_text(area)
    expect(page.locator(".attachment img")).to_be_visible()
    expect(page.locator("[data-map][data-drawn=yes]")).to_be_visible()
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"walked-{language}-{width}.png", full_page=True)


def test_a_telephone_that_does_not_say_where_it_is(
    browser_page: MakePage, village: WallVillage, live_server: Any  # noqa: F811
) -> None:  # fmt: skip
    page = browser_page(width=PHONE, language="en")
    enter(page, village.accountant, live_server.url)
    page.goto("/villages/land/walk")
    page.click("[data-here]")
    expect(page.locator("[data-status]")).to_contain_text("does not say where it is")
    page.fill("#corners", "116, 37\n116.001, 37\n116.001, 37.001")
    expect(page.locator("[data-area]")).to_contain_text("7.40")
    page.fill("#corners", "116, 37\n116.001, 37.001\n116.001, 37\n116, 37.001")
    expect(page.locator("[data-area]")).to_contain_text("edges cross")
    page.fill("#corners", "116, 37\nhere")
    expect(page.locator("[data-area]")).to_contain_text("Line 2")
