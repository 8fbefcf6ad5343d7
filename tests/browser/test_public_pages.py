"""The public's pages in a browser: readable by everybody, at each width, in both languages, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.places.api import load_places
from tianqu.project.packs import installed_packs
from tianqu.web.layout.navigation import PUBLIC

pytestmark = pytest.mark.django_db(transaction=True)

PLACES = [
    {"code": code, "name": name, "name_en": name_en, "kind": kind, "parent": parent, "lon": lon, "lat": lat}
    for code, name, name_en, kind, parent, lon, lat in (
        ("3714", "德州市", "Dezhou", "prefecture", "", "116.36", "37.43"),
        ("371402", "德城区", "Decheng", "county", "3714", "116.30", "37.45"),
        ("371403", "陵城区", "Lingcheng", "county", "3714", "116.58", "37.34"),
    )
]
# What has the focus: how it shows that, how far down it is, and whether it is of the page itself.
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  return {
    outline: style.outlineStyle, top: element.getBoundingClientRect().top + window.scrollY,
    main: Boolean(element.closest("main")), what: element.outerHTML.slice(0, 80),
  };
}"""
ALL_LINES = (*PUBLIC, *(entry for pack in installed_packs() for entry in pack.menu if entry.menu == "public"))
PAGES = (
    "/", "/search?q=德城", "/places/371402", "/about", "/help", "/privacy", "/accessibility", "/account/login/",
    "/account/signup/", "/nothing",
)  # fmt: skip


@pytest.fixture
def _places() -> None:
    load_places(SYSTEM, rows=PLACES)


@pytest.mark.usefixtures("_places")
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize(("language", "dark"), [("zh-CN", False), ("en", True)])
def test_pages_have_no_serious_accessibility_fault(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], width: int, language: str, dark: bool
) -> None:
    page = browser_page(width=width, language=language, dark=dark)
    for address in PAGES:
        page.goto(address)
        assert_accessible(page)


@pytest.mark.usefixtures("_places")
@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [DESKTOP, 1024, 700, PHONE])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_each_line_of_the_menu_is_in_its_bar_or_under_more(
    browser_page: MakePage, language: str, width: int, script: bool
) -> None:
    page = browser_page(width=width, language=language, script=script)
    for address in ("/", "/practice/order/", "/help"):
        page.goto(address)
        bar, more = page.locator(".menu > ul"), page.locator(".menu .more")
        assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth"), "nothing of the bar is cut off"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(bar.locator("a[aria-current]")).to_be_visible()
        seen = bar.locator("a:visible").all_inner_texts()
        more.locator("summary").press("Enter")
        under = more.locator("a:visible").all_inner_texts()
        assert under and not set(seen) & set(under) and len(seen) + len(under) == len(ALL_LINES)
        box = more.locator("ul").bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width


@pytest.mark.usefixtures("_places")
def test_map_is_drawn_and_leads_to_a_place(browser_page: MakePage) -> None:
    page = browser_page(language="en")
    page.goto("/")
    expect(page.locator("[data-map][data-drawn]")).to_be_visible()
    page.locator(".map-label", has_text="Lingcheng").click()
    expect(page.locator("h1")).to_have_text("Lingcheng")


@pytest.mark.usefixtures("_places")
def test_without_script_the_table_leads_there(browser_page: MakePage) -> None:
    page = browser_page(script=False)
    page.goto("/")
    expect(page.locator("[data-map]")).to_be_hidden()
    page.get_by_role("link", name="陵城区").click()
    expect(page.locator("h1")).to_have_text("陵城区")


@pytest.mark.usefixtures("_places")
def test_rows_are_walked_by_keyboard(browser_page: MakePage) -> None:
    page = browser_page()
    page.goto("/places/3714")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tr.here")).to_contain_text("陵城区")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("德城区")


def test_language_stays_as_chosen(browser_page: MakePage) -> None:
    page = browser_page(language="zh-CN")
    page.goto("/help")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Help")
    page.goto("/about")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_skip_link_is_the_first_thing_the_keyboard_reaches(browser_page: MakePage) -> None:
    page = browser_page()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()


@pytest.mark.usefixtures("_places")
@pytest.mark.parametrize("address", ["/", "/search?q=德城", "/follow/", "/account/login/"])
def test_whatever_the_keyboard_reaches_shows_that_it_is_there(browser_page: MakePage, address: str) -> None:
    """Everything on the page is reached, in the order in which it is read, and has an outline then."""
    page = browser_page()
    page.goto(address)
    wanted = page.locator("a[href]:visible, button:visible, input:visible:not([type=hidden]), summary:visible").count()
    seen = []
    for _press in range(wanted + 20):
        page.keyboard.press("Tab")
        told = page.evaluate(FOCUSED)
        if told is None:
            break
        seen.append(told)
    assert [one for one in seen if one["outline"] == "none"] == []
    assert len(seen) >= wanted - 5, "the map's own buttons may be passed over"
    inside = [one["top"] for one in seen if one["main"]]
    assert inside, "the page's own content is reached"
    assert all(later >= earlier - 200 for earlier, later in pairwise(inside)), inside


@pytest.mark.usefixtures("_places")
@pytest.mark.parametrize("address", ["/", "/places/371402", "/help"])
def test_a_sheet_of_paper_holds_the_page_and_no_menu(browser_page: MakePage, address: str) -> None:
    page = browser_page(width=700)
    page.goto(address)
    page.emulate_media(media="print")
    width, content = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollWidth]")
    assert content <= width
    expect(page.locator("h1")).to_be_visible()
    for what in ("header.top", "footer", ".demonstration"):
        expect(page.locator(what)).to_be_hidden()


def test_demonstration_is_announced_on_each_page(browser_page: MakePage, settings: Any) -> None:
    page = browser_page()
    for address in ("/", "/account/login/", "/nothing"):
        page.goto(address)
        expect(page.locator(".demonstration")).to_have_text("演示：人物、诉求、账目与台账均为虚构")
