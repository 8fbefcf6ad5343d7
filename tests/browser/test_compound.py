"""A voucher of several accounts: lines come and go in the browser, and the difference runs along."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.browser.test_bookkeeping import HOME, enter, village  # noqa: F401  a fixture
from tests.kernel.journal.conftest import own_log  # noqa: F401  a fixture
from tianqu.packs.village.tests.walls import WallVillage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_log")]
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them


@pytest.mark.parametrize(("width", "language", "dark"), [(PHONE, "zh-CN", False), (DESKTOP, "en", True)])
def test_lines_come_and_go(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], village: WallVillage,  # noqa: F811
    live_server: Any, width: int, language: str, dark: bool,
) -> None:  # fmt: skip
    page = browser_page(width=width, language=language, dark=dark)
    enter(page, village.accountant, live_server.url)
    page.goto(f"{HOME}new/compound")
    said = page.locator("[data-difference]")
    page.fill("#purpose", "付路灯款，扣税")
    page.select_option("#account_1", str(village.accounts["541"]))
    page.fill("#debit_1", "１，０００．５")
    expect(said).to_contain_text("1,000.50")
    page.click("[data-add]")
    page.select_option("#account_4", str(village.accounts["102"]))
    page.fill("#credit_4", "600.25")
    expect(said).to_contain_text("400.25")
    page.click("[data-remove] >> nth=1")  # the fourth is the third now
    expect(page.locator("#credit_3")).to_have_value("600.25")
    expect(page.locator("[data-line]")).to_have_count(3)
    page.click("main form button[data-send]")
    expect(page.locator("#lines-error")).to_be_visible()
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"compound-{language}-{width}.png", full_page=True)
    page.select_option("#account_2", str(village.accounts["101"]))
    page.fill("#credit_2", "x")
    expect(said).not_to_contain_text("400.25")
    page.fill("#credit_2", "400.25")
    expect(said).to_contain_text("1,000.50")
    assert_accessible(page)
    page.click("main form button[data-send]")
    expect(page.locator("main")).to_contain_text("600.25")
    expect(page.locator("table.rows tbody tr")).to_have_count(3)
