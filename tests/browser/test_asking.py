"""What askers do beside asking: look first, show a photo, hide, follow from another device, add, object, withdraw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, MakePage
from tests.browser.walks import WAYS, WAYS_AND_NO_SCRIPT, Check, SignIn, checked, enter, form_of, main_button
from tests.orders.conftest import hotline as hotline_fixture
from tests.orders.hotline import Hotline, item, load_items
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders import api

pytestmark = pytest.mark.django_db(transaction=True)
hotline = hotline_fixture


@pytest.fixture(autouse=True)
def _nothing_stays(live_server: object, tmp_path: Path, settings: Any) -> Iterator[None]:
    """Have the server run before the small hotline is built, and keep files where the test ends them."""
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    yield


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture as a telephone takes it."""
    path = tmp_path / "路灯.jpg"
    Image.new("RGB", (640, 480), (40, 60, 90)).save(path)
    return path


def says_what_and_where(page: Page) -> None:
    page.goto("/ask/road.lamp")
    page.fill("#title", "路灯不亮")
    page.fill("#description", "村口的路灯坏了三天。")
    main_button(page)
    page.fill("#place_words", "P102001")
    page.locator("button[name=find]").click()
    page.locator("input[type=radio][name=place]").first.check()
    main_button(page)


def receipt_of(page: Page) -> tuple[str, str]:
    """Code and secret, as somebody copies them from the receipt."""
    page.wait_for_url("**/receipt/*")
    code, secret = page.locator(".receipt .code").all_inner_texts()
    return code, secret


def follows(page: Page, code: str, secret: str) -> None:
    page.goto("/follow/")
    page.fill("#code", code)
    page.fill("#secret", secret)
    page.locator("main form button.btn-primary").click()
    expect(page.locator("h1")).to_have_text("路灯不亮")


@WAYS
def test_what_was_answered_to_others_is_found_before_asking(
    hotline: Hotline, browser_page: MakePage, assert_accessible: Check, width: int, language: str
) -> None:
    hotline.place(title="村口路灯不亮", public=True)
    order_id = hotline.done(title="东街路灯不亮", public=True)
    api.publish_order(
        hotline.dispatcher, order_id=order_id, title="东街路灯不亮", question="何时修好？", answer="两天内更换。"
    )
    page = browser_page(width=width, language=language)
    page.goto("/")
    page.fill("#q", "路灯不亮")
    page.locator("main form.search button").click()
    page.locator("main a[href^='/answers/']").first.click()
    expect(page.locator("main")).to_contain_text("两天内更换。")
    expect(page.locator("main")).not_to_contain_text("李梅")
    assert_accessible(page)
    page.goto("/ask/?q=路灯")
    expect(page.locator(".call-out a[href^='/answers/']").first).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize(("identity", "script"), [("sealed", True), ("anonymous", True), ("sealed", False)])
def test_somebody_asks_unseen_with_a_photo(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    photo: Path,
    identity: str,
    script: bool,
) -> None:
    """The unit sees the matter and the photo; the name that was typed under seal it does not."""
    check = checked(assert_accessible, script)
    page = browser_page(width=PHONE, script=script)
    says_what_and_where(page)
    page.locator(f"input[name=identity][value={identity}]").check()
    if identity == "sealed":
        page.fill("#name", "封存李梅")
        page.fill("#phone", "10000000001")
    page.set_input_files("#photos", photo)
    check(page)
    main_button(page)
    code, secret = receipt_of(page)
    stranger = browser_page(width=PHONE, script=script)
    follows(stranger, code, secret)
    picture = stranger.locator(".attachment img")
    picture.scroll_into_view_if_needed()  # it is fetched when it comes into sight
    expect(picture).not_to_have_js_property("naturalWidth", 0)

    order_id = api.order_id_of(hotline.dispatcher, code=api.read_code(code))
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id)
    desk = browser_page(script=script)
    enter(sign_in, desk, hotline.clerk)
    desk.goto(f"/orders/{api.read_code(code)}")
    expect(desk.locator(".attachment img")).to_be_visible()
    assert "封存李梅" not in desk.content() and "10000000001" not in desk.content()
    check(desk)


@WAYS_AND_NO_SCRIPT
def test_an_asker_follows_adds_and_withdraws(
    hotline: Hotline,
    browser_page: MakePage,
    assert_accessible: Check,
    photo: Path,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    page = browser_page(width=width, language=language, script=script)
    says_what_and_where(page)
    page.fill("#name", "李梅")
    main_button(page)
    told = receipt_of(page)
    page = browser_page(width=width, language=language, script=script)  # another device, with nothing but the receipt
    follows(page, *told)
    clock = page.locator("details", has=page.locator(".counted")).first
    clock.locator("summary").first.click()
    assert clock.locator(".counted li").count() >= 2, "how the time was counted stands there in sentences"
    check(page)
    page.locator("details.group", has=page.locator("#file")).locator("summary").click()
    page.set_input_files("#file", photo)
    page.locator("form[action$='/attach'] button.btn").click()
    expect(page.locator(".attachment")).to_have_count(1)
    page.locator("details.group", has=page.locator("#why")).locator("summary").click()
    page.fill("#why", "已经好了")
    page.locator("form[action$='/withdraw'] button.btn").click()
    expect(page.locator(".timeline")).to_contain_text("已经好了")
    expect(page.locator("form[action$='/withdraw']")).to_have_count(0)
    check(page)


@WAYS
def test_an_objection_reaches_the_supervisor_and_is_answered(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int, language: str
) -> None:
    receipt = hotline.place()
    api.dispatch_order(hotline.dispatcher, order_id=receipt.order_id, unit_id=hotline.unit_id)
    api.accept_order(hotline.clerk, order_id=receipt.order_id)
    api.finish_order(hotline.clerk, order_id=receipt.order_id, answer_public="已更换灯具。")
    page = browser_page(width=width, language=language)
    follows(page, receipt.code, receipt.secret)
    page.locator("details.group", has=page.locator("#objection")).locator("summary").click()
    page.fill("#objection", "灯还是不亮")
    page.locator("form[action$='/object'] button.btn").click()
    expect(page.locator(".timeline")).to_contain_text("灯还是不亮")

    board = browser_page(width=width, language=language)
    enter(sign_in, board, hotline.post("city", "supervisor"))
    board.goto("/oversight/orders?look=objected")
    assert_accessible(board)
    board.locator(f"tbody a[href='/orders/{receipt.code}']").last.click()
    expect(board.locator("main")).to_contain_text("灯还是不亮")
    form = form_of(board, "comment")
    form.locator("textarea").fill("已请单位今晚再查")
    form.locator("input[value=asker]").check()
    form.locator("button").click()
    board.goto("/oversight/orders?look=objected")
    expect(board.locator("main")).not_to_contain_text(receipt.code)
    page.reload()
    expect(page.locator(".timeline")).to_contain_text("已请单位今晚再查")


@WAYS
def test_a_firm_appeals_and_its_appeals_are_overseen_on_their_own(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int, language: str
) -> None:
    load_items(SYSTEM, definitions=[item("firm.loan", "企业融资", family="enterprise", askers=["firm"])])
    api.forget_catalogue()
    page = browser_page(width=width, language=language)
    page.goto("/ask/?q=企业融资")
    page.locator("main a[href='/ask/firm.loan']").click()
    page.fill("#title", "贷款办理慢")
    page.fill("#description", "申请贷款两个月没有结果。")
    main_button(page)
    page.fill("#place_words", "P102001")
    page.locator("button[name=find]").click()
    page.locator("input[type=radio][name=place]").first.check()
    main_button(page)
    page.fill("#firm", "德州某某公司")
    assert_accessible(page)
    main_button(page)
    page.wait_for_url("**/receipt/*")

    board = browser_page(width=width, language=language)
    enter(sign_in, board, hotline.post("city", "supervisor"))
    board.goto("/oversight/enterprise")
    assert_accessible(board)
    board.locator("main p a[href*='family=enterprise'][href*='state=placed']").click()
    expect(board.locator("tbody")).to_contain_text("贷款办理慢")
