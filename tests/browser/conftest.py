"""What a walk through the pages needs: a live server, a headless Chromium, and the accessibility check.

    def test_asks(live_server, browser_page): ...

``live_server`` is pytest-django's (its tests commit, so the database is emptied after each). ``browser_page`` makes
pages: ``browser_page(width=390, language="en", dark=True, script=False)``. A page that writes an error to its console
fails its test; ``device``, a phone that loses its line, may write what it likes. ``sign_in(page, login, password)``
goes through the sign-in page. ``assert_accessible(page)`` is axe.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

CHROMIUM = os.environ.get("TIANQU_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP, PHONE = 1280, 390  # CSS pixels
ANSWER_MS_MAX = 60_000  # the first page of a cold server, on a machine that does much else
SEEN_MS_MAX = 20_000  # until a page that has come shows what it should
SERIOUS = {"serious", "critical"}

# Playwright's event loop runs in this thread; Django would refuse the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

MakePage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all that is here as a browser test, which `make test-all` runs."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


# The browser's own note that a page answered 4xx; and a request that a newer one replaces (hx-sync), or the next page.
# htmx writes a line of its own beside htmx:afterRequest for whatever else can go wrong.
ORDINARY = (
    "Failed to load resource: the server responded with a status of 4", "htmx:sendAbort", "htmx:afterRequest",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the session."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH; install Debian's package chromium or set TIANQU_CHROMIUM")
    expect.set_options(timeout=SEEN_MS_MAX)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def browser_page(browser: Browser, live_server: Any) -> Iterator[MakePage]:
    """Make pages that begin at the live server; whatever they write to the console as an error fails the test."""
    errors: list[str] = []
    contexts = []

    def make(*, width: int = DESKTOP, language: str = "zh-CN", dark: bool = False, script: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            locale=language,
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        context.set_default_timeout(ANSWER_MS_MAX)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", lambda message: errors.extend(_fault(page, message)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not errors, "\n".join(errors)


@pytest.fixture
def device(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A device that loses its line; what its console says of that is no fault."""
    context = browser.new_context(base_url=live_server.url, locale="en", viewport={"width": PHONE, "height": 900})
    context.set_default_timeout(ANSWER_MS_MAX)
    yield context.new_page()
    context.close()


def _fault(page: Page, message: ConsoleMessage) -> list[str]:
    """An error on the console is a fault, but for what is ordinary."""
    if message.type != "error" or any(said in message.text for said in ORDINARY):
        return []
    return [f"{page.url}: {message.text}"]


@pytest.fixture
def sign_in() -> Callable[[Page, str, str], None]:
    """Sign somebody in by name and password, through the page."""

    def enter(page: Page, login: str, password: str) -> None:
        page.goto("/account/login/")
        page.fill("#id_login", login)
        page.fill("#id_password", password)
        page.click("main form button.btn-primary")
        page.wait_for_url(lambda address: "/account/login/" not in address)

    return enter


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Check a page with axe: nothing serious or critical, and nothing wider than the screen."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run `npm ci`")
    source = AXE.read_text()

    def check(page: Page) -> None:
        # Evaluated by the browser's debugger, so that the pages' own content policy stays as strict as it is.
        page.evaluate(source)
        found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        faults = [
            f"{fault['id']}: {fault['help']} at {node['target']}: {node['html'][:200]}"
            for fault in found
            if fault["impact"] in SERIOUS
            for node in fault["nodes"][:5]
        ]
        assert not faults, page.url + "\n" + "\n".join(faults)
        width, content = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollWidth]")
        assert content <= width, f"{page.url} is {content} px wide on a screen of {width} px"

    return check
