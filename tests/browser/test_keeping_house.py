"""What an administrator keeps: items, the calendar, rules, templates, persons, tokens, units, places, the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import MakePage
from tests.browser.walks import WAYS_AND_NO_SCRIPT, Check, SignIn, checked, enter, look, main_button
from tests.orders.conftest import hotline as hotline_fixture
from tests.orders.hotline import MONDAY, Hotline
from tests.web.administration.test_items import FIRST, LAMP
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders import api
from tianqu.kernel.orders.api import definition_from, publish_item, realm_calendar
from tianqu.kernel.orders.models import RuleReplay
from tianqu.kernel.orders.rule_proposals import run_replay
from tianqu.kernel.places.api import actor_of, issue_token

pytestmark = pytest.mark.django_db(transaction=True)
hotline = hotline_fixture


@pytest.fixture(autouse=True)
def _nothing_stays(live_server: object) -> Iterator[None]:
    """Have the server run before the small hotline is built."""
    yield


def administrator(hotline: Hotline, page: Page, sign_in: SignIn) -> None:
    enter(sign_in, page, hotline.post("city.centre", "administrator"))


def unfolded(page: Page, field_id: str) -> Locator:
    """A field of a long form, whose parts a phone folds."""
    field = page.locator(f"[id='{field_id}']")
    folded = page.locator("details.block:not([open])", has=field)
    if folded.count():
        folded.locator("summary").click()
    return field


@WAYS_AND_NO_SCRIPT
def test_an_item_gets_a_version_whose_difference_is_seen_first(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    publish_item(SYSTEM, definition=definition_from(LAMP, valid_from=FIRST))
    api.forget_catalogue()
    page = browser_page(width=width, language=language, script=script)
    administrator(hotline, page, sign_in)
    page.goto("/administration/items/?q=lamp.out")
    page.locator("tbody a").first.click()
    page.locator("main a[href$='/lamp.out/change/']").first.click()
    check(page)
    unfolded(page, "valid_from").fill((timezone.localdate() + timedelta(days=3)).isoformat())
    for name in ("code", "name.zh", "name.en"):
        unfolded(page, f"steps-1-{name}").fill("")
    unfolded(page, "clocks.accept.promised.amount").fill("4")
    unfolded(page, "clocks.accept.promised.unit").select_option("working hours")
    main_button(page)
    expect(page.locator("main del").first).to_be_visible()
    check(page)
    page.locator("form[action$='/publish/'] button").click()
    page.wait_for_url("**/administration/items/lamp.out/")
    page.locator("tbody a[href*='/compare/']").first.click()
    expect(page.locator("main del").first).to_be_visible()
    check(page)


@WAYS_AND_NO_SCRIPT
def test_a_day_is_closed_and_opened_again(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    day = timezone.localdate() + timedelta(days=1)
    while not realm_calendar().day(day).hours:
        day += timedelta(days=1)
    page = browser_page(width=width, language=language, script=script)
    administrator(hotline, page, sign_in)
    page.goto(f"/administration/calendar/?year={day.year}")
    check(page)
    page.locator("main a[href$='/calendar/day/']").click()
    page.fill("#day", day.isoformat())
    page.fill("#reason", "大雪封路")
    main_button(page)
    check(page)
    main_button(page)
    page.goto(f"/administration/calendar/?year={day.year}")
    expect(page.locator("main")).to_contain_text("大雪封路")
    assert not realm_calendar().day(day).hours
    page.locator("main a[href*='/withdraw/']").click()
    check(page)
    main_button(page)
    page.goto(f"/administration/calendar/?year={day.year}")
    expect(page.locator("main")).not_to_contain_text("大雪封路")


@WAYS_AND_NO_SCRIPT
def test_a_rule_is_replayed_on_the_past_and_then_published(
    hotline: Hotline,
    browser_page: MakePage,
    sign_in: SignIn,
    assert_accessible: Check,
    width: int,
    language: str,
    script: bool,
) -> None:
    check = checked(assert_accessible, script)
    hotline.done()
    page = browser_page(width=width, language=language, script=script)
    administrator(hotline, page, sign_in)
    page.goto("/administration/rules/new/")
    check(page)
    told = {
        "code": "lamps", "words_any": "路灯，灯杆", "unit_id": "c1.housing", "rank": "20", "note": "试行",
        "valid_from": timezone.localdate().isoformat(), "since": (MONDAY - timedelta(days=10)).date().isoformat(),
        "until": (MONDAY + timedelta(days=10)).date().isoformat(),
    }  # fmt: skip
    for name, value in told.items():
        page.fill(f"#{name}", value)
    main_button(page)
    page.wait_for_url("**/rules/replays/*/")
    check(page)
    run_replay(RuleReplay.objects.latest("asked_at").id)  # the worker's part
    if not script:
        page.reload()
    expect(page.locator("#replay .lead")).to_contain_text("1")
    check(page)
    main_button(page)
    expect(page.locator("main")).to_contain_text("lamps")
    assert [rule.code for rule in api.published_rules()] == ["lamps"]
    page.goto("/administration/rules/")
    page.locator("tbody a").first.click()
    check(page)


@WAYS_AND_NO_SCRIPT
def test_words_are_kept_for_answers(
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
    administrator(hotline, page, sign_in)
    page.goto("/administration/templates/")
    page.locator("main a[href$='/templates/new/']").click()
    main_button(page)
    expect(page.locator(".errors")).to_be_visible()
    check(page)
    page.fill("#title", "路灯已修")
    page.fill("#text", "您反映的路灯已修复。")
    main_button(page)
    expect(page.locator("main .answer")).to_contain_text("您反映的路灯已修复。")
    check(page)


@WAYS_AND_NO_SCRIPT
def test_somebody_new_gets_an_account_and_a_post_and_a_token_is_revoked(
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
    administrator(hotline, page, sign_in)
    page.goto("/administration/persons/new/")
    check(page)
    page.fill("#name", "孙新人")
    page.fill("#unit_id", "c1.housing")
    main_button(page)
    expect(page.locator("h1")).to_have_text("孙新人")
    person = page.url
    page.locator("main a[href$='/account/']").last.click()
    page.fill("#login", "sun.xin")
    main_button(page)
    password = page.locator("main code").inner_text()
    check(page)
    page.goto(f"{person}appoint/")
    page.fill("#unit_id", "c1.housing")
    page.locator("#role").select_option("clerk")
    page.fill("#valid_from", "2024-01-01")
    main_button(page)
    expect(page.locator("tbody").first).to_contain_text("德城区住建局")
    check(page)

    newcomer = browser_page(width=width, language=language, script=script)
    sign_in(newcomer, "sun.xin", password)
    newcomer.wait_for_url("**/account/password/")  # a given password is changed first
    check(newcomer)

    owner = hotline.prefecture.person("c1.housing", "clerk", name="钱持有")
    actor = actor_of(owner, channel="web")
    issue_token(
        actor, account_id=owner.id, name="export", scopes=["orders.see"], post_id=actor.post_id,
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    page.goto(f"/administration/persons/{owner.person_id}/")
    page.locator("main a[href*='/tokens/'][href$='/revoke/']").click()
    check(page)
    page.locator("main form button").last.click()
    page.goto(f"/administration/persons/{owner.person_id}/")
    expect(page.locator("main a[href$='/revoke/']")).to_have_count(0)


@WAYS_AND_NO_SCRIPT
def test_units_and_places_are_kept_and_the_log_is_checked(
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
    administrator(hotline, page, sign_in)
    page.goto("/administration/units/new/")
    check(page)
    told = {"code": "c1.parks", "name": "德城区园林局", "kind": "parks_bureau", "place_id": "P1", "on": "2024-01-01"}
    for name, value in told.items():
        page.fill(f"#{name}", value)
    main_button(page)
    expect(page.locator("h1")).to_have_text("德城区园林局")
    check(page)
    village = hotline.prefecture.places["P102001"].id
    look(page, check, f"/administration/places/{village}/", f"/administration/places/{village}/rename/")
    page.fill("#name", "新王庄村委会")
    page.fill("#name_en", "New Wangzhuang")
    page.fill("#on", timezone.localdate().isoformat())
    main_button(page)
    page.goto("/administration/places/?q=新王庄")
    expect(page.locator("tbody")).to_contain_text("New Wangzhuang" if language == "en" else "新王庄")
    page.goto("/administration/journal/")
    check(page)
    page.locator("#check form button").click()
    expect(page.locator("#check .tone-waiting")).to_be_visible()
    check(page)
