"""What the walks of the browser share: signing in as somebody of the small hotline, and looking at a page closely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Locator, Page

from tests.browser.conftest import DESKTOP, PHONE
from tianqu.kernel.journal.api import Actor, Scope, seeing
from tianqu.kernel.orders.models import Order
from tianqu.kernel.places.api import Account

PASSWORD = "lotus-under-nine-roads"  # of invented persons

# Each walk is walked at a desk in English and on a phone in Chinese, so that both widths and both languages are seen.
WAYS = pytest.mark.parametrize(("width", "language"), [(DESKTOP, "en"), (PHONE, "zh-CN")])

# Every page but maps, charts and passkeys works without a script; a walk without one is walked on a phone.
WAYS_AND_NO_SCRIPT = pytest.mark.parametrize(
    ("width", "language", "script"),
    [(DESKTOP, "en", True), (PHONE, "zh-CN", True), (PHONE, "zh-CN", False)],
    ids=["desk", "phone", "phone without script"],
)

SignIn = Callable[[Page, str, str], None]
Check = Callable[[Page], None]


def enter(sign_in: SignIn, page: Page, actor: Actor) -> None:
    """Sign somebody in through the page."""
    account = Account.objects.get(person_id=actor.person_id)
    # Django and allauth write a password outside acts too; that they have chosen their own is the test's premise.
    Account.objects.filter(id=account.id).update(password=make_password(PASSWORD), must_change_password=False)
    sign_in(page, account.login, PASSWORD)


def look(page: Page, check: Check, *addresses: str) -> None:
    """Open pages one after the other, and check that everybody can use each."""
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None and answer.ok, f"{address}: {answer and answer.status}"
        check(page)


def checked(check: Check, script: bool) -> Check:
    """The check of a page, or none: axe itself is a script."""
    return check if script else lambda page: None


def main_button(page: Page) -> None:
    """Press the page's main act and wait for what it leads to."""
    page.locator("main .actions .btn-primary").click()


def form_of(page: Page, verb: str) -> Locator:
    """The form of an act on a request's page, unfolded."""
    form = page.locator(f"#deed-{verb}")
    folded = page.locator("details.group:not([open])", has=form)
    if folded.count():
        folded.locator("summary").first.click()
    return form


def code_of(order_id: Any) -> str:
    """The code of an order, as addresses have it."""
    with seeing(Scope(everything=True)):
        return Order.objects.get(id=order_id).code
