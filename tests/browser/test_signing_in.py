"""Everybody's own account in a browser: password and code, a passkey, sessions, the access log, languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.browser.walks import PASSWORD, WAYS, Check, SignIn, checked
from tests.orders.conftest import hotline as hotline_fixture
from tests.orders.hotline import Hotline

pytestmark = pytest.mark.django_db(transaction=True)
hotline = hotline_fixture
LOGIN = "li.mei"


@pytest.fixture(autouse=True)
def _sign_ins_counted_anew(live_server: object) -> Iterator[None]:
    """Each walk signs in several times; together they would pass the limit of sign-ins a minute, kept in the cache."""
    cache.clear()
    yield


def signs_up(page: Page, check: Check) -> None:
    page.goto("/account/signup/")
    check(page)
    for name, value in (("login", LOGIN), ("name", "李梅"), ("password", PASSWORD), ("again", PASSWORD)):
        page.fill(f"#{name}", value)
    page.locator("main .actions button.btn-primary").click()
    expect(page.locator("header .drop summary")).to_contain_text(LOGIN)


def signs_out(page: Page) -> None:
    page.locator("header details.drop:not(.held) > summary").click()
    page.locator("form[action$='/logout/'] button").click()
    expect(page.locator("header a[href^='/account/login/']")).to_be_visible()


def opens_keys(page: Page, address: str) -> None:
    """Go to a page that first asks for the password again, or for the passkey by which one came."""
    page.goto(address)
    if "/reauthenticate/" in page.url:
        if page.locator("input[type=password]").count():
            page.fill("input[type=password]", PASSWORD)
        page.locator("main form button.btn-primary").click()
        page.wait_for_url(f"**{address}")


def code_of(secret: str) -> str:
    """What an authenticator shows now for a secret."""
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def sets_up_codes(page: Page, check: Check) -> str:
    """Set up an authenticator and return its secret."""
    opens_keys(page, "/account/keys/totp/activate/")
    check(page)
    secret = page.locator("main code").inner_text()
    page.fill("#id_code", code_of(secret))
    page.locator("main .actions .btn-primary").click()
    page.wait_for_url(lambda address: "/activate/" not in address)
    page.goto("/account/keys/")
    expect(page.locator("main .tone-done")).to_be_visible()
    check(page)
    return secret


def passes_second_step(page: Page, sign_in: SignIn, check: Check, *, secret: str = "", recovery: str = "") -> None:
    """By the code that is shown when it is typed, or by a recovery code."""
    sign_in(page, LOGIN, PASSWORD)
    page.wait_for_url("**/keys/authenticate/**")
    page.fill("#id_code", "000000")
    page.locator("main .actions .btn-primary").click()
    expect(page.locator(".errors")).to_be_visible()
    check(page)
    page.fill("#id_code", recovery or code_of(secret))
    page.locator("main .actions .btn-primary").click()
    expect(page.locator("header .drop summary")).to_contain_text(LOGIN)


@WAYS
def test_a_password_and_a_code_open_the_account(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int, language: str
) -> None:
    """And another session is seen and ended, and each coming stands in one's own log."""
    page = browser_page(width=width, language=language)
    signs_up(page, assert_accessible)
    secret = sets_up_codes(page, assert_accessible)
    opens_keys(page, "/account/keys/recovery-codes/generate/")
    page.locator("main form button.btn-primary").click()
    page.goto("/account/keys/recovery-codes/")
    assert_accessible(page)
    recovery = page.locator("main .codes").inner_text().split()[0]
    signs_out(page)
    passes_second_step(page, sign_in, assert_accessible, secret=secret)

    other = browser_page(width=width, language=language)
    passes_second_step(other, sign_in, assert_accessible, recovery=recovery)
    page.goto("/account/sessions/")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert_accessible(page)
    page.locator("main form.actions button").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    other.goto("/account/")
    expect(other).to_have_url(re.compile("/account/login/"))

    page.goto("/account/accesses/")
    assert page.locator("tbody tr").count() >= 3, "each sign-in and sign-out has a line"
    assert_accessible(page)
    page.goto("/account/")
    assert_accessible(page)


@WAYS
def test_a_passkey_opens_the_account_without_a_password(
    hotline: Hotline, browser_page: MakePage, assert_accessible: Check, width: int, language: str
) -> None:
    page = browser_page(width=width, language=language)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    signs_up(page, assert_accessible)
    opens_keys(page, "/account/keys/webauthn/add/")
    assert_accessible(page)
    page.fill("#id_name", "我的手机")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda address: not address.endswith("/webauthn/add/"))
    page.goto("/account/keys/webauthn/")
    expect(page.locator("main .list")).to_contain_text("我的手机")
    assert_accessible(page)
    signs_out(page)
    page.goto("/account/login/")
    page.locator("#passkey_login").click()
    expect(page.locator("header .drop summary")).to_contain_text(LOGIN)
    page.goto("/account/keys/webauthn/")
    opens_keys(page, page.locator("main .list a[href$='/remove/']").get_attribute("href") or "")
    page.locator("main form button.btn-danger").click()
    page.goto("/account/keys/webauthn/")
    expect(page.locator("main")).not_to_contain_text("我的手机")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_all_of_it_but_the_passkey_works_without_script(
    hotline: Hotline, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check, width: int
) -> None:
    page, unchecked = browser_page(width=width, script=False), checked(assert_accessible, False)
    signs_up(page, unchecked)
    secret = sets_up_codes(page, unchecked)
    page.locator("form.languages button").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_text("Second step and passkeys")
    signs_out(page)
    passes_second_step(page, sign_in, unchecked, secret=secret)
    page.goto("/account/accesses/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("tbody")).to_contain_text("signed in")
