"""The phone desk and the call-back queue, by keyboard alone at a desk, by tap on a phone, and without a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakePage
from tests.browser.walks import WAYS_AND_NO_SCRIPT, Check, SignIn, checked, code_of, enter
from tests.orders.conftest import hotline as hotline_fixture
from tests.orders.hotline import Hotline
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders import api

pytestmark = pytest.mark.django_db(transaction=True)
hotline = hotline_fixture
CALLER = "10012345678"


@pytest.fixture(autouse=True)
def _nothing_stays(live_server: object) -> Iterator[None]:
    """Have the server run before the small hotline is built."""
    yield


@pytest.fixture
def before(hotline: Hotline) -> str:
    """The code of what the caller asked before; beside it stand a sealed request and words for an answer."""
    contact = api.Contact(name="李梅", phone=CALLER)
    hotline.place(title="封存的诉求", identity="sealed", contact=contact, at=timezone.now())
    api.save_template(SYSTEM, title="路灯", text="您好，路灯将在两天内修好。")
    told = {"title": "村口路灯不亮", "description": "村口的路灯不亮三天了", "contact": contact}
    return hotline.place(at=timezone.now(), **told).code


def takes_the_call(page: Page) -> None:
    """From the first ring to the place, without touching the mouse."""
    page.goto("/phone/")
    expect(page.locator("#phone")).to_be_focused()
    page.keyboard.type(CALLER)
    page.keyboard.press("Alt+m")
    page.keyboard.type("村口的路灯不亮三天了")
    expect(page.locator("button[accesskey=j]")).to_be_visible()
    page.keyboard.press("Alt+j")
    expect(page.locator("#place_words")).to_be_focused()
    page.keyboard.type("P102001")
    expect(page.locator("#places input[type=radio]")).to_be_checked()


def test_the_caller_is_known_and_attached_to_the_same_cause(
    hotline: Hotline, before: str, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check
) -> None:
    page = browser_page(language="en")
    enter(sign_in, page, hotline.post("city.centre", "operator"))
    takes_the_call(page)
    expect(page.locator("#help")).to_contain_text("This caller before")
    expect(page.locator("#help")).to_contain_text("村口路灯不亮")
    expect(page.locator("#help")).not_to_contain_text("封存的诉求")
    expect(page.locator("button[accesskey=k]")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Alt+k")
    expect(page.locator("#into")).to_have_value(before)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/phone/sent/*")
    expect(page.locator("main .lead")).to_contain_text("Attached to 村口路灯不亮")
    assert_accessible(page)


def test_an_answer_that_fits_is_read_out_on_the_spot(
    hotline: Hotline, before: str, browser_page: MakePage, sign_in: SignIn
) -> None:
    page = browser_page(language="en")
    enter(sign_in, page, hotline.post("city.centre", "operator"))
    takes_the_call(page)
    expect(page.locator("button[accesskey=l]")).to_be_visible()
    page.keyboard.press("Alt+l")
    expect(page.locator("#answer")).to_have_value("您好，路灯将在两天内修好。")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/phone/sent/*")
    expect(page.locator("main .lead")).to_have_text("Answered on the spot.")


def test_an_urgent_line_is_sent_to_a_unit_with_the_reason(
    hotline: Hotline, before: str, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check
) -> None:
    page = browser_page(language="en")
    enter(sign_in, page, hotline.post("city.centre", "operator"))
    takes_the_call(page)
    page.keyboard.press("Alt+g")
    expect(page.locator("#urgency-danger")).to_be_checked()
    page.keyboard.press("Alt+u")
    page.keyboard.type("c1.housing")
    page.keyboard.press("Tab")
    page.keyboard.type("电线垂地，有触电危险")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/phone/sent/*")
    expect(page.locator("main .lead")).to_contain_text("德城区住建局")
    page.keyboard.press("o")
    page.wait_for_url("**/orders/*")
    expect(page.locator(".timeline")).to_contain_text("电线垂地，有触电危险")
    expect(page.locator(".order-head .tone-late").first).to_be_visible()
    assert_accessible(page)


@WAYS_AND_NO_SCRIPT
def test_a_call_is_taken_by_tapping(
    hotline: Hotline,
    before: str,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    page = browser_page(width=width, language=language, script=script)
    enter(sign_in, page, hotline.post("city.centre", "operator"))
    page.goto("/phone/")
    page.fill("#phone", CALLER)
    page.fill("#description", "村口的路灯不亮三天了")
    if not script:
        page.locator(".phone-send button[value=look]").click()
    page.locator("#help button[value='item:road.lamp']").first.click()
    page.fill("#place_words", "P102001")
    if not script:
        page.locator(".phone-send button[value=look]").click()
    page.locator("#places input[type=radio]").first.check()
    expect(page.locator("#help")).to_contain_text("村口路灯不亮")
    check(page)
    page.locator("button[data-send]").click()
    page.wait_for_url("**/phone/sent/*")
    expect(page.locator(".read-aloud")).to_be_visible()
    check(page)


def test_the_queue_is_called_through_by_keys(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check
) -> None:
    content, absent = code_of(hotline.done(title="已修好的灯")), code_of(hotline.done(title="无人接听的灯"))
    page = browser_page(language="en")
    enter(sign_in, page, hotline.post("city.centre", "operator"))
    page.goto("/calls/")
    expect(page.locator("h2 a").first).to_have_text("已修好的灯")
    assert_accessible(page)
    for key in ("1", "y", "s", "6"):
        page.keyboard.press(key)
    for name in ("outcome-answered", "contacted-yes", "solved-yes", "satisfaction-very"):
        expect(page.locator(f"#{name}")).to_be_checked()
    page.keyboard.press("w")
    expect(page.locator("h2 a").first).to_have_text("无人接听的灯")
    page.keyboard.press("2")
    page.keyboard.press("w")
    expect(page.locator("main")).to_contain_text("1 wait for their time")
    detail = api.order_detail(hotline.dispatcher, order_id=api.order_id_of(hotline.dispatcher, code=content))
    assert [(rating.satisfaction, rating.solved) for rating in detail.ratings] == [("very", True)]
    again = api.order_detail(hotline.dispatcher, order_id=api.order_id_of(hotline.dispatcher, code=absent))
    assert [(call.attempts, call.done_at) for call in again.call_backs] == [(1, None)]


@WAYS_AND_NO_SCRIPT
def test_a_call_is_written_down_by_tapping(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    hotline.done()
    check = checked(assert_accessible, script)
    page = browser_page(width=width, language=language, script=script)
    enter(sign_in, page, hotline.post("city.centre", "operator"))
    page.goto("/calls/")
    page.locator("main .actions .btn-primary").click()
    expect(page.locator(".errors")).to_be_visible()
    check(page)
    page.locator("#outcome-busy").check()
    page.fill("#note", "占线")
    page.locator("main .actions .btn-primary").click()
    expect(page.locator(".notice.success")).to_be_visible()
    check(page)
