"""What a supervisor does: the board and its remedies, rulings, rates down to rows, exclusions, flags, maps, files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.browser.walks import WAYS, WAYS_AND_NO_SCRIPT, Check, SignIn, checked, code_of, enter
from tests.orders.conftest import hotline as hotline_fixture
from tests.orders.hotline import MONDAY, Hotline
from tianqu.kernel.orders import api
from tianqu.packs.hotline.tests.test_supervision import called, returned_twice

pytestmark = pytest.mark.django_db(transaction=True)
hotline = hotline_fixture
PERIOD = "period=2024-03"


@pytest.fixture(autouse=True)
def _nothing_stays(live_server: object) -> Iterator[None]:
    """Have the server run before the small hotline is built."""
    yield


@WAYS_AND_NO_SCRIPT
def test_each_row_of_the_board_leads_to_what_can_be_done(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    """A unit is pressed from its row, many at once from the list, and a late call is made."""
    check = checked(assert_accessible, script)
    late, uncalled = code_of(hotline.dispatched(title="一直不亮的灯")), hotline.done(title="没有回访的灯")
    hotline.dispatched(title="另一盏不亮的灯")
    page = browser_page(width=width, language=language, script=script)
    enter(sign_in, page, hotline.post("city", "supervisor"))
    page.goto("/oversight/")
    check(page)
    page.locator(f"section[aria-labelledby=look-late] a[href='/orders/{late}#deed-press']").click()
    form = page.locator("#deed-press")
    expect(form.locator("textarea")).to_be_visible()  # the address itself unfolds it
    form.locator("textarea").fill("请今日办结")
    form.locator("button").click()
    expect(page.locator(".timeline")).to_contain_text("请今日办结")

    page.goto("/oversight/orders?look=late")
    for box in page.locator("tbody input[name=order]").all():
        box.check()
    page.fill("#note", "请今日办结")
    page.locator(".press button").click()
    expect(page.locator(".notice").first).to_contain_text("2")
    check(page)

    page.goto("/oversight/")
    page.locator(f"section[aria-labelledby=look-uncalled] a[href='/calls/?order={uncalled}']").click()
    expect(page.locator("h2 a").first).to_have_text("没有回访的灯")


@WAYS_AND_NO_SCRIPT
def test_a_dispute_is_ruled_on_and_the_ruling_is_a_rule(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    code = returned_twice(hotline).code
    page = browser_page(width=width, language=language, script=script)
    enter(sign_in, page, hotline.post("city", "supervisor"))
    page.goto("/oversight/orders?look=returned")
    page.locator(f"a[href='/oversight/rule/{code}']").click()
    expect(page.locator(".timeline > li")).to_have_count(2)
    check(page)
    page.fill("#unit", "c1.housing")
    page.fill("#reason", "按三定方案")
    page.fill("#legal_basis", "三定方案第五条")
    page.locator("#make_rule").check()
    page.locator("main form button.btn-primary").click()
    expect(page.locator(".call-out")).to_contain_text(f"ruling-{code.lower()}")
    check(page)
    order_id = api.order_id_of(hotline.dispatcher, code=code)
    assert api.order_detail(hotline.dispatcher, order_id=order_id).order.unit_id == hotline.unit_id


@WAYS
def test_rates_lead_down_to_rows_and_out_as_a_file(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int, language: str
) -> None:
    code = called(hotline).code
    called(hotline, solved=False)
    page = browser_page(width=width, language=language)
    enter(sign_in, page, hotline.post("city", "supervisor"))
    page.goto(f"/oversight/rates?{PERIOD}&by=unit")
    expect(page.locator("[data-chart] canvas, [data-chart] svg").first).to_be_visible()
    expect(page.locator("tbody").first).to_contain_text(re.compile(r"\d+\.\d% ?–\d+\.\d%"))
    assert_accessible(page)
    with page.expect_download() as told:
        page.locator("main a[href*='rates.csv']").click()
    assert "satisfaction_low" in Path(told.value.path()).read_text(encoding="utf-8-sig")
    page.locator("tbody a[href*='/oversight/figures'][href*='rate=resolution']").first.click()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert_accessible(page)
    page.locator(f"tbody a[href='/orders/{code}']").click()
    expect(page.locator("h1")).to_have_text("路灯不亮")


@WAYS_AND_NO_SCRIPT
def test_a_request_is_left_out_with_a_reason_and_counted_again(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    code = called(hotline).code
    page = browser_page(width=width, language=language, script=script)
    enter(sign_in, page, hotline.post("city", "supervisor"))
    page.goto("/oversight/exclusions")
    check(page)
    page.fill("#code", code)
    page.locator("#rate").select_option("all")
    page.locator("#reason").select_option("test")
    page.fill("#note", "系统测试单")
    page.locator("button[value=exclude]").click()
    expect(page.locator("tbody")).to_contain_text("系统测试单")
    check(page)
    page.goto(f"/oversight/rates?{PERIOD}")
    expect(page.locator("h2 + table tbody").first).to_contain_text("1")
    check(page)
    page.goto("/oversight/exclusions")
    page.locator("tbody input[name=note]").fill("误判")
    page.locator("button[value=include]").click()
    expect(page.locator("main .list.compact")).to_contain_text("路灯不亮")


@WAYS
def test_a_flag_shows_every_answer_that_it_is_about(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int, language: str
) -> None:
    for number in range(11):
        called(hotline, minutes=number % 3)
    page = browser_page(width=width, language=language)
    enter(sign_in, page, hotline.post("city", "supervisor"))
    page.goto(f"/oversight/rates?{PERIOD}")
    page.locator("main a[href*='/oversight/flags?']").last.click()
    assert_accessible(page)
    page.locator("tbody tr a").first.click()
    expect(page.locator("tbody tr")).to_have_count(11)
    assert_accessible(page)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_demand_is_a_map_plots_and_rows(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int
) -> None:
    for number in range(3):
        hotline.place(title=f"路灯不亮，第{number}盏", at=MONDAY + timedelta(hours=number))
    page = browser_page(width=width, language="en")
    enter(sign_in, page, hotline.post("city", "supervisor"))
    page.goto(f"/oversight/demand?{PERIOD}")
    expect(page.locator("[data-chart] canvas, [data-chart] svg").first).to_be_visible()
    expect(page.locator("#by-place")).to_be_visible()
    assert_accessible(page)
    hours = page.locator("section[aria-labelledby=by-hour]")
    hours.locator("details.group > summary").click()
    hours.locator("tbody td.figure a").first.click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.go_back()
    with page.expect_download() as told:
        page.locator("section[aria-labelledby=by-place] a[href*='.csv']").click()
    assert ",3" in Path(told.value.path()).read_text(encoding="utf-8-sig")


def test_demand_says_the_same_without_a_script(hotline: Hotline, browser_page: MakePage, sign_in: SignIn) -> None:
    hotline.place()
    page = browser_page(language="en", script=False)
    enter(sign_in, page, hotline.post("city", "supervisor"))
    page.goto(f"/oversight/demand?{PERIOD}")
    page.locator("section[aria-labelledby=by-place] tbody td.figure a").first.click()
    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize(
    "address", ["/oversight/", f"/oversight/rates?{PERIOD}", "/oversight/orders", "/oversight/exclusions"]
)
def test_lists_and_figures_fit_on_paper(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, address: str
) -> None:
    """A4 with ordinary margins is 700 px wide; what is pressed, filtered or chosen on a screen is not printed."""
    called(hotline)
    hotline.dispatched(title="一直不亮的灯")
    page = browser_page(width=700, language="zh-CN")
    enter(sign_in, page, hotline.post("city", "supervisor"))
    page.goto(address)
    page.emulate_media(media="print")
    width, content = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollWidth]")
    assert content <= width
    for what in ("main .btn", "main form input", "nav"):
        assert not any(one.is_visible() for one in page.locator(what).all()), what
    expect(page.locator("h1")).to_be_visible()
