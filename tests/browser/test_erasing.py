"""An inspector erases a name: what is found is chosen, and what is gone is said."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.browser.test_bookkeeping import enter, village  # noqa: F401  a fixture
from tests.kernel.journal.conftest import own_log  # noqa: F401  a fixture
from tianqu.kernel.journal.api import set_scope
from tianqu.packs.village.acts import end_contract
from tianqu.packs.village.tests.walls import WallVillage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_log")]
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them


@pytest.mark.parametrize(("width", "language", "dark"), [(PHONE, "zh-CN", False), (DESKTOP, "en", True)])
def test_a_name_is_erased(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], village: WallVillage,  # noqa: F811
    live_server: Any, width: int, language: str, dark: bool,
) -> None:  # fmt: skip
    villages = village.villages
    inspector = villages.post("c1.housing", "county_inspector")
    set_scope(village.accountant.scope)
    contract_id = villages.contract("2019-07", lessee="李承租")
    end_contract(village.accountant, contract_id=contract_id, on=date(2022, 6, 1), reason="到期")
    villages.contract("2021-03", lessee="李承租")  # still in force
    page = browser_page(width=width, language=language, dark=dark)
    enter(page, inspector, live_server.url)
    page.goto("/villages/erasing/")
    page.fill("#village", villages.prefecture.places["P102001"].code)
    page.fill("#name", "李承租")
    page.click("main form[method=get] button")
    expect(page.locator("input[name=contract_ids]")).to_have_count(2)
    page.click("main form[method=post] button.btn-danger")
    expect(page.locator("#sure-error")).to_be_visible()  # nothing was chosen
    page.check(f"input[value='{contract_id}']")
    page.fill("#reason", "本人申请")
    page.check("#sure")
    assert_accessible(page)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"erasing-{language}-{width}.png", full_page=True)
    page.click("main form[method=post] button.btn-danger")
    expect(page.locator(".notice").first).to_be_visible()
    page.goto(f"/villages/contracts/{contract_id}/")
    expect(page.locator("main")).to_contain_text("erased" if language == "en" else "已删除")
