"""What a unit's clerk does beside accepting and answering: return, ask, extend, hand over, deputise, be told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import MakePage
from tests.browser.walks import WAYS, WAYS_AND_NO_SCRIPT, Check, SignIn, checked, code_of, enter, form_of, look
from tests.orders.conftest import hotline as hotline_fixture
from tests.orders.hotline import Hotline
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders import api

pytestmark = pytest.mark.django_db(transaction=True)
hotline = hotline_fixture


@pytest.fixture(autouse=True)
def _nothing_stays(live_server: object, tmp_path: Path, settings: Any) -> Iterator[None]:
    """Have the server run before the small hotline is built, and keep files where the test ends them."""
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    yield


@WAYS_AND_NO_SCRIPT
def test_what_is_not_theirs_goes_back_with_basis_and_nominee(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    order_id = hotline.place(at=timezone.now()).order_id
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id)
    code = code_of(order_id)
    page = browser_page(width=width, language=language, script=script)
    enter(sign_in, page, hotline.post("c1.housing", "clerk"))
    page.goto(f"/orders/{code}")
    form = form_of(page, "return")
    form.locator("button").click()
    expect(page.locator(".errors")).to_be_visible()
    check(page)
    form = form_of(page, "return")
    form.locator("#return-legal_basis").fill("城市照明管理规定 第二十条")
    form.locator("#return-reason").fill("路灯归城管局管理")
    form.locator("#return-nominee_unit_id").fill("t102")
    form.locator("button").click()
    expect(page.locator(".timeline")).to_contain_text("城市照明管理规定 第二十条")
    detail = api.order_detail(hotline.dispatcher, order_id=api.order_id_of(hotline.dispatcher, code=code))
    assert detail.order.state == "returned"
    assert detail.nominee is not None and detail.nominee.code == "t102"


@WAYS_AND_NO_SCRIPT
def test_a_request_is_asked_about_extended_and_closed_with_evidence(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    tmp_path: Path,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    order_id = hotline.place(at=timezone.now()).order_id
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id)
    api.accept_order(hotline.clerk, order_id=order_id)
    page = browser_page(width=width, language=language, script=script)
    enter(sign_in, page, hotline.post("c1.housing", "clerk"))
    page.goto(f"/orders/{code_of(order_id)}")
    form = form_of(page, "ask-back")
    form.locator("textarea").fill("哪一盏？")
    form.locator("button").click()
    expect(page.locator(".timeline")).to_contain_text("哪一盏？")
    check(page)
    api.answer_question(hotline.resident, order_id=order_id, answer="东边第一盏")
    page.reload()
    expect(page.locator(".timeline")).to_contain_text("东边第一盏")
    form = form_of(page, "extend")
    form.locator("#extend-working_days").fill("3")
    form.locator("#extend-reason").fill("等配件")
    form.locator("button").click()
    expect(page.locator(".timeline")).to_contain_text("等配件")
    evidence = tmp_path / "验收单.pdf"
    evidence.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    page.locator("#finish-answer_public").fill("已更换灯具。")
    page.set_input_files("#finish-evidence", evidence)
    page.locator("#main-act button.btn-primary").click()
    expect(page.locator(".answer")).to_contain_text("已更换灯具。")
    expect(page.locator(".attachment")).to_contain_text("验收单.pdf")
    check(page)


@WAYS
def test_a_template_fills_the_answer_without_leaving_the_page_and_with_a_page_of_its_own(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int, language: str
) -> None:
    api.save_template(SYSTEM, title="路灯", text="您好，{编号}号诉求已办结。")
    code = code_of(hotline.accepted())
    filled = re.compile(r"^您好，[0-9A-Z-]{13}号诉求已办结。$")
    for script in (True, False):
        page = browser_page(width=width, language=language, script=script)
        enter(sign_in, page, hotline.clerk)
        page.goto(f"/orders/{code}")
        if not script:
            page.locator(f"a[href='/orders/{code}/likes']").click()
        page.locator("a[data-fill]").first.click()
        expect(page.locator("#finish-answer_public")).to_have_value(filled)
        checked(assert_accessible, script)(page)


@WAYS_AND_NO_SCRIPT
def test_work_goes_to_a_colleague_and_to_a_deputy(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    order_id = hotline.accepted()
    page = browser_page(width=width, language=language, script=script)
    enter(sign_in, page, hotline.clerk)
    page.goto(f"/orders/{code_of(order_id)}")
    form = form_of(page, "hand-over")
    form.locator("select").select_option(str(hotline.colleague.post_id))
    form.locator("textarea").fill("请接着办")
    form.locator("button").click()
    expect(page.locator(".timeline")).to_contain_text("请接着办")
    handled = api.order_detail(hotline.dispatcher, order_id=order_id).order.handler_post_id
    assert handled == hotline.colleague.post_id
    page.goto("/desk/deputy")
    check(page)
    page.locator("#person_id").select_option(str(hotline.colleague.person_id))
    first = timezone.localdate()
    page.fill("#valid_from", first.isoformat())
    page.fill("#valid_to", (first + timedelta(days=5)).isoformat())
    page.locator("main form button.btn-primary").click()
    expect(page.locator("main table")).to_contain_text("孙同事")
    check(page)


@WAYS
def test_the_inbox_is_narrowed_kept_and_exported(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int, language: str
) -> None:
    for number in range(3):
        hotline.dispatched(title=f"路灯不亮，第{number}盏")
    page = browser_page(width=width, language=language)
    enter(sign_in, page, hotline.clerk)
    page.goto("/inbox/?q=第1盏")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator(".views-kept > summary").click()
    form = page.locator(".views-kept form").last
    form.locator("input[name=name]").fill("第一盏")
    with page.expect_navigation():  # to the same address, which now tells that the view is kept
        form.locator("button").last.click()
    page.locator(".views-kept > summary").click()  # the list is fetched when it is unfolded
    expect(page.locator(".views-kept ul a")).to_have_text("第一盏")
    assert_accessible(page)
    page.goto("/inbox/?q=第1盏")
    with page.expect_download() as told:
        page.locator(".inbox-tools a[href*='.csv'], .inbox-tools a[href*='export']").first.click()
    text = Path(told.value.path()).read_text(encoding="utf-8-sig")
    assert "第1盏" in text and "第2盏" not in text


@WAYS_AND_NO_SCRIPT
def test_the_digest_comes_at_the_hour_that_is_chosen(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    page = browser_page(width=width, language=language, script=script)
    enter(sign_in, page, hotline.clerk)
    look(page, check, "/account/notices/", "/notices/preferences/")
    page.locator("#hour").select_option("7")
    page.locator("main .actions .btn-primary").click()
    page.goto("/notices/preferences/")
    expect(page.locator("#hour")).to_have_value("7")
