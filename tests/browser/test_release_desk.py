"""A press officer writes a release and binds a digit, a data officer signs it, and everybody reads it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.browser.test_data import as_official, no_wider, shot
from tests.kernel.datasets.conftest import office, store
from tests.kernel.releases.test_releases import EN, Press, press

__all__ = ["office", "press", "store"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_release_from_a_loose_digit_to_the_public(press: Press, live_server: Any, browser_page: MakePage) -> None:
    press.drafted()
    page = browser_page(width=DESKTOP, language="zh-CN")
    as_official(page, press.writer, live_server.url)
    page.goto("/desk/releases/2021-trade/text")
    text = page.locator("#text")
    text.fill("# 外贸情况\n\n2020年，全县贸易额230.3元，{{ figure trade.total change }}。\n")
    expect(page.locator(".faults mark").first).to_have_text("230.3")
    shot(page, "release-text", DESKTOP, "zh")
    page.locator("a[data-at]").first.click()
    page.locator("#text").evaluate("field => field.setSelectionRange(field.selectionStart, field.selectionStart + 6)")
    page.fill("#q", "贸易")
    page.locator("#q").press("Enter")
    page.locator("[data-insert='{{ figure trade.total }}']").click()
    expect(text).to_have_value(
        "# 外贸情况\n\n2020年，全县贸易额{{ figure trade.total }}，{{ figure trade.total change }}。\n"
    )
    expect(page.locator(".faults")).to_have_count(0)
    page.get_by_role("button", name="保存为第 2 稿").click()
    shot(page, "release-kept", DESKTOP, "zh")
    page.goto("/desk/releases/2021-trade/")
    page.get_by_role("button", name="请各单位就第 2 稿签认").click()
    shot(page, "release-asked", DESKTOP, "zh")
    second = browser_page(width=PHONE, language="zh-CN")
    as_official(second, press.office.officer, live_server.url)
    second.goto("/desk/releases/2021-trade/")
    second.get_by_role("link", name="代表").click()
    no_wider(second)
    shot(second, "release-sign", PHONE, "zh")
    second.get_by_role("button", name="签认这些数据").click()
    page.goto("/desk/releases/2021-trade/")
    shot(page, "release-publish", DESKTOP, "zh")
    page.get_by_role("button", name="制成这一版").click()
    expect(page.get_by_text("第 1 版已制成")).to_be_visible()
    public = browser_page(width=PHONE, language="en")
    public.goto("/releases/2021-trade/")
    expect(public.get_by_text("230.3 yuan").first).to_be_visible()
    assert EN.split("\n", 1)[0][2:] in public.title()
    for width, language in ((PHONE, "zh-CN"), (DESKTOP, "en"), (PHONE, "en")):
        looked = browser_page(width=width, language=language)
        as_official(looked, press.writer, live_server.url)
        for name in ("", "text", "history", "erratum"):
            looked.goto(f"/desk/releases/2021-trade/{name}")
            no_wider(looked)
            shot(looked, f"release-{name or 'one'}", width, language)
        for name, address in (("desk", "/desk/releases/"), ("begin", "/desk/releases/new")):
            looked.goto(address)
            no_wider(looked)
            shot(looked, f"release-{name}", width, language)
