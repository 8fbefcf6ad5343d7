"""A data officer's file from a telephone to a version that everybody sees; and every page of data, looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.kernel.datasets.conftest import office, store
from tests.kernel.datasets.office import COLUMNS, Office
from tests.web.desk.browsing import browser as signed_in
from tianqu.kernel.datasets import api, uploads
from tianqu.kernel.datasets.models import Upload
from tianqu.kernel.journal.api import Actor, Scope, seeing

__all__ = ["office", "store"]
pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them
COUNTIES = (
    "德城区",
    "陵城区",
    "宁津县",
    "庆云县",
    "临邑县",
    "齐河县",
    "平原县",
    "夏津县",
    "武城县",
    "乐陵市",
    "禹城市",
)


def rows() -> str:
    lines = ["县市区,日期,金额,企业数,负责人姓名"]
    for n in range(330):
        lines.append(f"{COUNTIES[n * 7 % 11]},2020-{n % 12 + 1:02}-01,{n * 37 % 9000 / 100:.2f},{n % 90},张{n}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def filled(office: Office) -> Iterator[Office]:
    """A dataset in two versions and a few beside it."""
    dataset = office.published(
        rows(), grain="一县一月", grain_en="one county and month",
        description="各县市区每月进出口贸易额，来自海关月报。",
        description_en="Imports and exports of each county by month, from the customs' monthly report.",
    )  # fmt: skip
    api.load_version(
        office.officer, dataset_id=dataset.id, schema=api.Schema(COLUMNS), note="补报十二月", name="trade-2020.csv",
        path=office.file(rows() + "夏津县,2020-13-01,3,9,钱七\n坏行,1\n夏津县,2020-12-02,3,9,钱八\n"),
    )  # fmt: skip
    for n, (title, title_en, domain) in enumerate(
        (("供水用户数", "Water customers", "living"), ("定点医院名录", "Listed hospitals", "health"))
    ):
        office.dataset(code=f"other.d{n}", title=title, title_en=title_en, domain=domain)
    yield office


def as_official(page: Page, actor: Actor, address: str) -> None:
    """Carry an official's session into the browser."""
    cookie = signed_in(actor).cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


def shot(page: Page, name: str, width: int, language: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}-{width}-{language[:2]}.png", full_page=True)


def no_wider(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


PAGES = {
    "catalogue": "/data/", "nothing": "/data/?q=冰川", "dataset": "/data/trade.by_county/",
    "rows": "/data/trade.by_county/rows?amount.ge=20",
    "groups": "/data/trade.by_county/rows?group=county&measure=sum:amount",
    "row": "/data/trade.by_county/v2/rows/2", "versions": "/data/trade.by_county/versions",
    "old": "/data/trade.by_county/v1/",
}  # fmt: skip


def test_every_page_is_drawn(filled: Office, live_server: Any, browser_page: MakePage) -> None:
    for width in (PHONE, DESKTOP):
        for language in ("zh-CN", "en"):
            page = browser_page(width=width, language=language)
            for name, address in PAGES.items():
                page.goto(address)
                no_wider(page)
                if name in ("dataset", "groups", "old"):
                    expect(page.locator("[data-chart] canvas")).to_be_visible()
                shot(page, name, width, language)


def test_a_file_from_a_telephone(office: Office, live_server: Any, browser_page: MakePage, tmp_path: Path) -> None:
    office.dataset()
    page = browser_page(width=PHONE)
    as_official(page, office.officer, live_server.url)
    page.goto("/desk/data/trade.by_county/")
    shot(page, "desk-dataset", PHONE, "zh")
    page.get_by_role("link", name="上传第一份文件").click()
    shot(page, "desk-upload", PHONE, "zh")
    page.get_by_label("文件").set_input_files(office.file(rows() + "坏行,1\n", "贸易.csv"))
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("heading", name="前几行")).to_be_visible()
    no_wider(page)
    shot(page, "desk-columns", PHONE, "zh")
    page.get_by_label("“金额”的计量单位").fill("万元")
    page.get_by_role("button", name="列已核对，读取文件").click()
    expect(page.locator("#progress progress")).to_be_visible()
    shot(page, "desk-progress", PHONE, "zh")
    with seeing(Scope(everything=True)):
        upload_id = Upload.objects.get().id
    uploads.run_upload(upload_id)
    expect(page.get_by_text("未收行数")).to_be_visible()  # the page has loaded itself anew
    no_wider(page)
    shot(page, "desk-report", PHONE, "zh")
    page.get_by_role("button", name="发布为第 1 版").click()
    expect(page).to_have_url(re.compile(r"/data/trade\.by_county/$"))
    expect(page.locator("[data-chart] canvas")).to_be_visible()
    wide = browser_page(width=DESKTOP, language="en")
    as_official(wide, office.officer, live_server.url)
    for name, address in (
        ("desk", "/desk/data/"),
        ("desk-form", "/desk/data/new"),
        ("desk-dataset", "/desk/data/trade.by_county/"),
    ):
        wide.goto(address)
        no_wider(wide)
        shot(wide, name, DESKTOP, "en")
