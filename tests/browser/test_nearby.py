"""The map of what happens, its marks, and sorting by distance, which tells nobody where one is; photos beside."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.browser.walks import Check, SignIn, enter
from tests.kernel.occasions.conftest import laid
from tests.kernel.occasions.stage import HALLS, HOUR, Stage
from tianqu.kernel.files.api import store_file
from tianqu.kernel.occasions.api import add_photo

pytestmark = pytest.mark.django_db(transaction=True)
NEAR, FAR = ("116.300000", "37.450000"), ("116.600000", "37.300000")


@pytest.fixture
def theatre(live_server: Any, settings: Any, tmp_path: Any) -> Iterator[Stage]:
    """The theatre, once the server runs."""
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    yield from laid(settings, tmp_path)


def at(position: tuple[str, str]) -> None:
    """Let the hall stand somewhere; what is announced from then on is there."""
    HALLS["hall"] = replace(HALLS["hall"], lon=Decimal(position[0]), lat=Decimal(position[1]))


def drawn(page: Page) -> Page:
    page.goto("/occasions/?kind=test_show")
    expect(page.locator("[data-near-map][data-drawn]")).to_be_visible()
    return page


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_map_leads_to_what_happens(
    theatre: Stage, browser_page: MakePage, assert_accessible: Check, width: int
) -> None:
    at(NEAR)
    for number in range(3):
        theatre.show(starts=HOUR * (number + 1))
    at(FAR)
    far = theatre.show(starts=HOUR / 2, title="长生殿", title_en="The Palace of Eternal Life")
    page = drawn(browser_page(width=width, language="en"))
    assert_accessible(page)
    page.get_by_role("button", name="3 things happen here").click()
    expect(page.locator(".near-list li")).to_have_count(3)
    page.locator(".near-one").click()
    page.wait_for_url(f"**/occasions/{far}/")


def test_where_one_is_stays_in_the_browser(theatre: Stage, browser_page: MakePage) -> None:
    at(FAR)
    theatre.show(starts=HOUR, title="长生殿", title_en="The Palace of Eternal Life")
    at(NEAR)
    theatre.show(starts=2 * HOUR)
    page = drawn(browser_page(language="en"))
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 116.30123, "latitude": 37.46789})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data or ''}"))
    page.get_by_role("button", name="Nearest to me first").click()
    nearest = page.locator("[data-nearest] li")
    expect(nearest).to_have_count(2)
    expect(nearest.first).to_contain_text("The Peony Pavilion 2.0 km away")
    expect(nearest.last).to_contain_text("The Palace of Eternal Life")
    expect(page.locator("[data-by-day]")).to_be_hidden()
    assert not [one for one in asked if "116.30" in one or "37.46" in one]
    page.get_by_role("button", name="By day again").click()
    expect(page.locator("[data-by-day] li").first).to_contain_text("The Palace of Eternal Life")


def test_photos_stand_on_the_page(
    theatre: Stage, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check
) -> None:
    occasion_id = theatre.show(starts=-HOUR)
    for number in range(3):
        kept = io.BytesIO()
        Image.new("RGB", (800, 600), (40 * number, 90, 120)).save(kept, "JPEG")
        photo = store_file(theatre.door, content=kept.getvalue(), name="a.jpg").id
        add_photo(theatre.door, occasion_id=occasion_id, file_id=photo, words="台上", words_en=f"On the stage {number}")
    for width in (PHONE, DESKTOP):
        page = browser_page(width=width, language="en")
        page.goto(f"/occasions/{occasion_id}/")
        expect(page.get_by_role("img", name="On the stage 0")).to_be_visible()
        assert_accessible(page)
    desk = browser_page(language="en")
    enter(sign_in, desk, theatre.door)
    desk.goto(f"/desk/occasions/{occasion_id}/photos")
    assert_accessible(desk)
    desk.get_by_role("button", name="Remove: On the stage 1").click()
    expect(desk.get_by_text("The photo is removed; nobody sees it again.")).to_be_visible()
    expect(desk.get_by_role("img")).to_have_count(2)
