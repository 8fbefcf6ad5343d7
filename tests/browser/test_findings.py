"""Findings in a browser: each page for who uses it, at each width, and a village that answers on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, SubjectKind
from tianqu.packs.village.findings.tests.stage import Stage, build
from tianqu.packs.village.tests.test_register_pages import browser as signed_in

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them
HERE = "/villages/findings/"


@pytest.fixture
def stage(settings: Any, tmp_path: Path) -> Iterator[Stage]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    for forget in (forget_actors, forget_catalogue, forget_books):
        forget()
    yield build()
    for forget in (forget_actors, forget_catalogue, forget_books):
        forget()


@pytest.fixture
def pages(stage: Stage) -> list[tuple[str, Actor | None, str]]:
    """Each page with something on it: its name, who looks at it, its address."""
    past, today = timezone.now() - timedelta(days=60), timezone.localdate()
    late = stage.open(
        rule="lease_too_long", text="请于农忙前整改。", at=past, rectify_by=(past + timedelta(days=20)).date()
    )
    answered = stage.open(subject=SubjectKind.PARCEL, subject_id=stage.parcel_id, text="村东地块闲置两年，长满杂草。")
    stage.answer(
        answered, (EffectKind.LAND_RECOVERED, 125_000), (EffectKind.CLAIM_SETTLED, 350_000),
        text="已收回并对外发包，收回欠缴承包费3,500元。",
    )  # fmt: skip
    closed = [stage.answered((EffectKind.DEBT_SETTLED, 1_000_000)) for _n in range(3)]
    for finding_id in closed:
        stage.close(finding_id)
    drawing_id, place_id = new_identifier(), stage.villages.prefecture.places["P1"].id
    acts.announce_drawing(
        stage.inspector, place_id=place_id, drawing_id=drawing_id, first_day=today, last_day=today,
        draw_on=today + timedelta(days=1), count=2,
    )  # fmt: skip
    acts.draw_findings(stage.inspector, drawing_id=drawing_id, at=timezone.now() + timedelta(days=1))  # type: ignore[call-arg]
    return [
        ("findings", stage.auditor, HERE), ("finding", stage.inspector, f"{HERE}{answered}/"),
        ("finding-late", stage.accountant, f"{HERE}{late}/"),
        ("finding-villager", stage.villages.villager, f"{HERE}{late}/"),
        ("finding-answer", stage.accountant, f"{HERE}{late}/answer"),
        ("finding-new", stage.auditor, f"{HERE}new?contract={stage.contract_id}&rule=lease_too_long"),
        ("finding-close", stage.inspector, f"{HERE}{answered}/close"),
        ("finding-send-back", stage.inspector, f"{HERE}{answered}/send_back"),
        ("finding-drawn", stage.colleague, f"{HERE}{closed[0]}/"),
        ("put-right", stage.auditor, "/villages/put-right"), ("drawings", stage.inspector, "/villages/drawings/"),
        ("drawing", None, f"/villages/drawings/{drawing_id}/"), ("overdue", None, "/villages/overdue/P102"),
        ("contract-judged", stage.auditor, f"/villages/contracts/{stage.contract_id}/"),
    ]  # fmt: skip


def enter(page: Page, actor: Actor | None, address: str) -> None:
    """Give a page somebody's session, or none."""
    page.context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)
    if actor is not None:
        session = signed_in(actor).cookies[django_settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": address}])


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize(("language", "dark"), [("zh-CN", False), ("en", True)])
def test_pages_have_no_serious_accessibility_fault(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], pages: list[tuple[str, Actor | None, str]],
    live_server: Any, width: int, language: str, dark: bool,
) -> None:  # fmt: skip
    page = browser_page(width=width, language=language, dark=dark)
    for name, actor, address in pages:
        enter(page, actor, live_server.url)
        page.goto(address)
        assert_accessible(page)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{language}-{width}.png", full_page=True)


def test_a_village_answers_with_a_photo_on_a_phone(
    browser_page: MakePage, stage: Stage, live_server: Any, tmp_path: Path
) -> None:
    finding_id = stage.open()
    photo = tmp_path / "地块.jpg"
    Image.new("RGB", (640, 480), "green").save(photo)
    page = browser_page(width=PHONE, language="en")
    enter(page, stage.accountant, live_server.url)
    page.goto(HERE)
    page.click(f"a[href='{HERE}{finding_id}/']")
    page.click("text=Answer with evidence")
    page.click("main form button.btn-primary")
    expect(page.locator(".errors")).to_be_visible()  # nothing was said
    page.fill("#text", "已收回地块并重新发包")
    page.set_input_files("#files", photo)
    page.select_option("#kind_0", "claim_settled")
    page.fill("#amount_0", "3,500")
    page.select_option("#way_0", "102")
    page.fill("#voucher_0", "收-8")
    page.click("main form button.btn-primary")
    expect(page.locator("main")).to_contain_text("to be inspected")
    expect(page.locator("main")).to_contain_text("3,500")
    expect(page.locator(".attachment img")).to_be_visible()
