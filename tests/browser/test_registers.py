"""A village's registers in a browser: the pages of the accountant at each width, in both languages, light and dark."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tianqu.kernel.files.api import store_file
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.keeping.tests.bookkeeping import picture
from tianqu.packs.village.meetings import acts as meeting_acts
from tianqu.packs.village.meetings.procedure import MatterKind, MeetingBody
from tianqu.packs.village.registers.contracts import Particulars
from tianqu.packs.village.rules.facts import Body, Instalment, LandClass, Resolution
from tianqu.packs.village.scanning.acts import attach_scans, take_scan_away
from tianqu.packs.village.tests.matters import held, opened, rolled, whole
from tianqu.packs.village.tests.test_register_pages import browser as signed_in
from tianqu.packs.village.tests.test_sheets import workbook
from tianqu.packs.village.tests.test_upload import LINES
from tianqu.packs.village.tests.villages import Villages, build

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[116.30, 37.40], [116.31, 37.40], [116.31, 37.41], [116.30, 37.41], [116.30, 37.40]]],
}


@pytest.fixture
def villages(settings: Any, tmp_path: Path) -> Iterator[Villages]:
    settings.TIANQU_FILES_URL = str(tmp_path)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    yield build()
    forget_actors()


@pytest.fixture
def addresses(villages: Villages) -> dict[str, str]:
    """The pages with something on them, by a name."""
    one = villages.parcel("东-12", 125_000, name="南洼", use="小麦", boundary=SQUARE)
    villages.parcel("东-13", 83_333, name="北坡", idle=True, land_class=LandClass.FOREST)
    told = Particulars(
        resolution=Resolution(Body.MEMBERS, date(2021, 5, 20), 300, 150, 120), resolution_reference="村决〔2021〕3号",
        use_agreed="小麦", use_found="养殖",
    )  # fmt: skip
    rents = tuple(
        Instalment(date(year, 6, 1), 500_000, date(year, 6, 1), date(year + 1, 6, 1), 500_000 if year < 2023 else 0)
        for year in (2021, 2022, 2023)
    )
    contract = villages.contract(
        "2021-03", parcel_ids=(one,), until=date(2051, 6, 1), particulars=told, instalments=rents
    )
    photo, wrong = (
        store_file(villages.accountant, content=picture(colour), name=f"第{place}页.jpg").id
        for place, colour in ((1, "white"), (2, "grey"))
    )
    attach_scans(villages.accountant, contract_id=contract, files=[photo, wrong])
    take_scan_away(villages.accountant, scan_id=wrong, reason="扫错合同")
    scans = f"/villages/contracts/{contract}/scans/"
    land, contracts = "/villages/land/", "/villages/contracts/"
    matter = whole(villages, "议2025-3", text="南洼12.5亩公开竞价发包，承包期五年。")
    again = held(villages, matter, MeetingBody.MEMBERS, held_on=date(2025, 6, 20), present=190, agreed=150)
    meeting_acts.strike_step(villages.accountant, step_id=again, reason="人数录错")
    opened(villages, "议2025-4", title="修村西路", kind=MatterKind.PROJECT)
    roll = rolled(villages, ("赵一", "钱二", "孙三", "李四", "周五"))
    meetings = "/villages/meetings/"
    return {
        "land": land, "parcel": f"{land}{one}/", "parcel-new": f"{land}new", "parcel-split": f"{land}{one}/split",
        "parcel-correct": f"{land}{one}/correct", "contracts": contracts, "contract": f"{contracts}{contract}/",
        "contract-new": f"{contracts}new", "contract-end": f"{contracts}{contract}/end",
        "scans": scans, "scan-take-away": f"{scans}{photo}/take-away", "upload-contracts": "/villages/upload/contracts",
        "upload": "/villages/upload/land", "upload-holdings": "/villages/upload/holdings",
        "open-contracts": "/villages/open-contracts", "holdings": "/villages/holdings/",
        "holding": f"/villages/holdings/{villages.holding()}/", "holding-new": "/villages/holdings/new/debt",
        "matters": meetings, "matter": f"{meetings}{matter}/", "meeting-new": f"{meetings}{matter}/meeting",
        "disclosure-new": f"{meetings}{matter}/disclosure", "rolls": f"{meetings}rolls/",
        "roll": f"{meetings}rolls/{roll}/", "sheet": f"{meetings}{matter}/sheet?body=representatives&on=2025-06-28",
    }  # fmt: skip


def enter(page: Page, villages: Villages, address: str) -> None:
    """Give a page the session of the accountant."""
    session = signed_in(villages.accountant).cookies[django_settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": address}])


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize(("language", "dark"), [("zh-CN", False), ("en", True)])
def test_pages_have_no_serious_accessibility_fault(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], villages: Villages, addresses: dict[str, str],
    live_server: Any, width: int, language: str, dark: bool,
) -> None:  # fmt: skip
    page = browser_page(width=width, language=language, dark=dark)
    enter(page, villages, live_server.url)
    for name, address in addresses.items():
        page.goto(address)
        assert_accessible(page)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{language}-{width}.png", full_page=True)


def test_a_file_is_sent_and_a_contract_ended_on_a_phone(
    browser_page: MakePage, villages: Villages, addresses: dict[str, str], live_server: Any, tmp_path: Path
) -> None:
    page = browser_page(width=PHONE, language="en")
    enter(page, villages, live_server.url)
    file = tmp_path / "land.xlsx"
    file.write_bytes(workbook(LINES))
    page.goto(addresses["upload"])
    page.set_input_files("#file", file)
    page.click("main form button.btn-primary")
    expect(page.locator("main")).to_contain_text("2 lines entered")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "report-en-390.png", full_page=True)
    page.goto(addresses["contract-end"])
    page.click("main form button.btn-danger")
    expect(page.locator(".errors")).to_be_visible()  # the reason is missing
    page.fill("#reason", "协商解除")
    page.click("main form button.btn-danger")
    expect(page.locator("h1")).to_contain_text("Ended")
    assert re.search(r"/villages/contracts/[0-9a-f-]+/$", page.url)
