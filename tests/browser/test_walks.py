"""The walks of docs/walks.md in a browser: each person at a desk and on a phone, in both languages, and by axe."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ANSWER_MS_MAX, DESKTOP, PHONE, MakePage
from tests.browser.test_public_pages import PLACES
from tests.browser.walks import WAYS, Check, SignIn, code_of, enter, look
from tests.orders.conftest import hotline as hotline_fixture
from tests.orders.hotline import CALENDAR, Hotline, item, load_items
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders import api
from tianqu.kernel.places.api import load_places

pytestmark = pytest.mark.django_db(transaction=True)
hotline = hotline_fixture
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


@pytest.fixture(autouse=True)
def _nothing_stays(live_server: object) -> Iterator[None]:
    """Have the server run before the small hotline is built."""
    yield


def main_button(page: Page) -> None:
    """Press the page's main act and wait for what it leads to."""
    page.locator("main .actions .btn-primary").click()


def asks(page: Page, check: Check) -> None:
    """Ask in three steps, from one's own words to the receipt."""
    page.goto("/")
    page.locator("main a.btn-primary").first.click()
    check(page)
    page.fill("#q", "路灯")
    page.locator("main form.search button").click()
    page.locator("main a[href='/ask/road.lamp']").click()
    page.fill("#title", "路灯不亮")
    page.fill("#description", "村口的路灯坏了三天。")
    check(page)
    main_button(page)
    page.fill("#place_words", "P102001")
    page.locator("button[name=find]").click()
    page.locator("input[type=radio][name=place]").first.check()
    check(page)
    main_button(page)
    page.fill("#name", "李梅")
    page.fill("#phone", "10000000000")
    check(page)
    main_button(page)
    page.wait_for_url("**/receipt/*")
    check(page)
    expect(page.locator(".receipt .code")).to_have_count(2)
    expect(page.locator(".qr svg")).to_be_visible()


@SCRIPT
@WAYS
def test_a_resident_asks_follows_and_rates(
    hotline: Hotline, browser_page: MakePage, assert_accessible: Check, width: int, language: str, script: bool
) -> None:
    page = browser_page(width=width, language=language, script=script)
    check = assert_accessible if script else _nothing
    asks(page, check)
    code = page.url.rsplit("/", 1)[-1]
    page.locator("main a.btn-primary").click()
    expect(page.locator("h1")).to_have_text("路灯不亮")
    page.locator("details.group summary").first.click()
    page.fill("#comment", "现在全村都黑了。")
    page.locator("form[action$='/comment'] button.btn").click()
    expect(page.locator(".timeline")).to_contain_text("现在全村都黑了。")
    check(page)

    order_id = api.order_id_of(hotline.dispatcher, code=code)
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id)
    api.accept_order(hotline.clerk, order_id=order_id)
    api.ask_back(hotline.clerk, order_id=order_id, question="哪一盏？")
    page.reload()
    page.fill("#answer", "东边第一盏。")
    page.locator("form[action$='/answer'] button.btn").click()
    api.finish_order(hotline.clerk, order_id=order_id, answer_public="已更换灯具。")
    page.reload()
    expect(page.locator(".answer")).to_contain_text("已更换灯具。")
    check(page)
    page.locator("input[name=solved][value=no]").check()
    page.locator("input[name=satisfaction][value=dissatisfied]").check()
    page.locator("form[action$='/rate'] button.btn").click()
    page.locator("details.group", has=page.locator("#again")).locator("summary").click()
    page.fill("#again", "又灭了。")
    page.locator("form[action$='/reopen'] button.btn").click()
    expect(page.locator(".timeline")).to_contain_text("又灭了。")
    assert api.order_detail(hotline.dispatcher, order_id=order_id).order.state == "accepted"


def _nothing(page: Page) -> None:
    """Check nothing: axe itself is a script."""


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_the_place_is_chosen_on_the_map(browser_page: MakePage, assert_accessible: Check, width: int) -> None:
    load_places(SYSTEM, rows=PLACES)
    api.publish_calendar(SYSTEM, content=CALENDAR)
    load_items(SYSTEM, definitions=[item("road.lamp", "路灯")])
    api.forget_catalogue()
    page = browser_page(width=width)
    page.goto("/ask/road.lamp")
    page.fill("#title", "路灯不亮")
    page.fill("#description", "三天了")
    main_button(page)
    drawn = page.locator("[data-map][data-drawn]")
    expect(drawn).to_be_visible(timeout=ANSWER_MS_MAX)
    drawn.click(position={"x": 150, "y": 150})
    expect(page.locator("[data-picked]")).not_to_be_empty(timeout=ANSWER_MS_MAX)
    assert_accessible(page)
    main_button(page)
    expect(page.locator("main .facts")).to_contain_text("德州市")
    api.forget_catalogue()


@WAYS
def test_a_firm_asks_and_pages_of_the_public_are_for_everybody(
    hotline: Hotline, browser_page: MakePage, assert_accessible: Check, width: int, language: str
) -> None:
    receipt = hotline.place(public=True)
    page = browser_page(width=width, language=language)
    look(
        page, assert_accessible, "/", "/services/", "/services/road.lamp", "/answers/", f"/answers/{receipt.code}",
        "/follow/", "/search?q=路灯", "/ask/", "/ask/water.none", "/help",
    )  # fmt: skip
    page.goto("/ask/road.lamp")
    page.fill("#title", "厂门口路灯不亮")
    page.fill("#description", "影响夜班。")
    main_button(page)
    page.fill("#place_words", "P102001")
    page.locator("button[name=find]").click()
    page.locator("input[type=radio][name=place]").first.check()
    main_button(page)
    page.locator("input[name=kind][value=firm]").check()
    page.fill("#firm", "德州某某公司")
    main_button(page)
    page.wait_for_url("**/receipt/*")


@SCRIPT
@WAYS
def test_a_clerk_works_the_inbox(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    codes = [code_of(hotline.dispatched(title=f"路灯不亮，第{number}盏")) for number in range(3)]
    check = assert_accessible if script else _nothing
    page = browser_page(width=width, language=language, script=script)
    enter(sign_in, page, hotline.clerk)
    look(page, check, "/desk/", "/inbox/", "/inbox/views", "/desk/deputy", "/account/notices/", f"/orders/{codes[0]}")
    page.goto("/inbox/")
    if script and width == DESKTOP:
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("x")
    else:
        for box in page.locator("tbody input[name=order]").all()[:2]:
            box.check()
    page.locator("button[name=do][value=accept]").click()
    expect(page.locator(".notice.success")).to_be_visible()
    page.goto(f"/orders/{codes[0]}")
    if page.locator("form[action$='/accept']").count():
        page.locator("form[action$='/accept'] button.btn").click()
    page.locator("#main-act #finish-answer_public").fill("已更换灯具。")
    page.locator("#main-act button.btn-primary").click()
    expect(page.locator(".answer")).to_contain_text("已更换灯具。")
    check(page)
    page.goto(f"/orders/{codes[1]}/likes")
    check(page)
    expect(page.locator("h1")).to_be_visible()


def test_words_offered_beside_a_request_go_into_the_answer(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn
) -> None:
    api.save_template(SYSTEM, title="路灯", text="您好，{编号}号诉求已办结。")
    code = code_of(hotline.accepted())
    page = browser_page(language="zh-CN")
    enter(sign_in, page, hotline.clerk)
    page.goto(f"/orders/{code}")
    page.locator("a[data-fill]").first.click()
    expect(page.locator("#finish-answer_public")).to_have_value(re.compile(r"^您好，[0-9A-Z-]{13}号诉求已办结。$"))


@WAYS
def test_a_dispatcher_sends_and_a_supervisor_looks(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int, language: str
) -> None:
    code = code_of(hotline.place().order_id)
    page = browser_page(width=width, language=language)
    enter(sign_in, page, hotline.dispatcher)
    look(page, assert_accessible, "/inbox/?state=placed", f"/orders/{code}")
    page.fill("#dispatch-unit_id", "c1.housing")
    page.locator("form[action$='/dispatch'] button.btn").click()
    expect(page.locator(".notice.success")).to_be_visible()

    page = browser_page(width=width, language=language)
    enter(sign_in, page, hotline.post("c1.housing", "supervisor"))
    look(
        page,
        assert_accessible,
        "/desk/",
        "/oversight/",
        "/oversight/rates",
        "/oversight/demand",
        "/calls/",
        f"/orders/{code}",
    )


@WAYS
def test_an_administrator_keeps_the_house(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int, language: str
) -> None:
    page = browser_page(width=width, language=language)
    enter(sign_in, page, hotline.post("city.centre", "administrator"))
    look(
        page, assert_accessible, "/administration/", "/administration/persons/", "/administration/units/",
        "/administration/places/", "/administration/items/", "/administration/items/road.lamp/",
        "/administration/journal/",
    )  # fmt: skip


@WAYS
def test_an_operator_answers_the_phone(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int, language: str
) -> None:
    page = browser_page(width=width, language=language)
    enter(sign_in, page, hotline.post("city.centre", "operator"))
    look(page, assert_accessible, "/desk/", "/phone/", "/calls/")


def test_a_call_is_taken_by_keyboard_alone(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check
) -> None:
    page = browser_page()
    enter(sign_in, page, hotline.post("city.centre", "operator"))
    page.goto("/phone/")
    expect(page.locator("#phone")).to_be_focused()
    page.keyboard.type("10012345678")
    page.keyboard.press("Alt+m")
    page.keyboard.type("村口的路灯不亮三天了")
    expect(page.locator("button[accesskey=j]")).to_be_visible()
    page.keyboard.press("Alt+j")
    expect(page.locator("#item")).to_have_value("road.lamp")
    expect(page.locator("#place_words")).to_be_focused()
    page.keyboard.type("P102001")
    expect(page.locator("#places input[type=radio]")).to_be_checked()
    page.keyboard.press("Alt+h")
    assert_accessible(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/phone/sent/*")
    page.keyboard.press("n")
    page.wait_for_url("**/phone/")
