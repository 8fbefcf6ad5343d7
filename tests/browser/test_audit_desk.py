"""The auditors' desk in a browser: ratios with their plots, at each width, in both languages, light and dark."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import set_scope
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.desk import acts
from tianqu.packs.village.desk.models import ReviewSubject
from tianqu.packs.village.desk.queries import sample_detail
from tianqu.packs.village.desk.tests.test_trends import book, inspector, rents
from tianqu.packs.village.tests.test_register_pages import browser as signed_in
from tianqu.packs.village.tests.villages import Villages, build

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them


@pytest.fixture
def villages(settings: Any) -> Iterator[Villages]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for forget in (forget_actors, forget_books):
        forget()
    yield build()
    for forget in (forget_actors, forget_books):
        forget()


@pytest.fixture
def addresses(villages: Villages) -> dict[str, str]:
    """The pages with something on them, by a name."""
    villages.parcel("东-12", 125_000, idle=True)
    villages.parcel("东-13", 383_333)
    villages.contract("H1", instalments=rents(100_000, 40_000, 0))
    villages.contract("H2", instalments=rents(100_000, 100_000, 90_000))
    other = {"actor": villages.stranger, "place_id": villages.other_place_id}
    villages.contract("D1", instalments=rents(0, 0, 70_000), **other)
    villages.parcel("9", 70_000, idle=True, **other)
    book(villages, "P102001", (date(2022, 3, 1), 50_000_00), (date(2024, 3, 1), 7_000_00))
    book(villages, "P201001", (date(2023, 12, 31), 90_000_00))
    auditor = villages.auditor
    sample = acts.draw_sample(
        auditor, place_id=villages.prefecture.places["P102"].id, sample_id=new_identifier(),
        subject=ReviewSubject.CONTRACT, first_day=date(2021, 1, 1), last_day=date(2021, 12, 31), count=2, seed="0715",
    )  # fmt: skip
    set_scope(auditor.scope)
    first, _second = sample_detail(auditor, sample_id=sample).reviews
    for act, text, more in (
        (acts.ask_papers, "请提供南洼地块的竞价记录和公示照片。", {"due_on": timezone.localdate() + timedelta(days=9)}),
        (acts.comment_review, "合同面积与台账一致。", {}),
    ):
        act(auditor, review_id=first.id, note_id=new_identifier(), text=text, **more)
    desk = "/villages/desk/"
    asked = "year=2024&figure=arrears"
    return {
        "desk": desk, "samples": f"{desk}samples/", "sample": f"{desk}samples/{sample}/",
        "sample-new": f"{desk}samples/new", "review": f"{desk}reviews/{first.id}/",
        "review-ask": f"{desk}reviews/{first.id}/ask",
        "trends": f"/villages/trends/?{asked}&sort=-arrears", "trends-cash": "/villages/trends/?year=2024&figure=cash",
        "trends-village": f"/villages/trends/?{asked}&place=P102001", "trend-rows": f"/villages/trends/rows?{asked}",
    }  # fmt: skip


def enter(page: Page, villages: Villages, address: str) -> None:
    """Give a page the session of an inspector of the whole prefecture."""
    session = signed_in(inspector(villages, "city.centre")).cookies[django_settings.SESSION_COOKIE_NAME].value
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
        if name.startswith("trends"):
            expect(page.locator("#lines canvas")).to_be_visible()
        assert_accessible(page)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{language}-{width}.png", full_page=True)
