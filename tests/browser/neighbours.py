"""What the walks of civic practice share: the stage once the server runs, somebody's session, and words on a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import forget_books
from tianqu.kernel.orders import api as orders
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.practice.services.tests.conftest import Neighbourhood, build_neighbourhood
from tianqu.packs.practice.tests.stage import browser


def laid(settings: Any, tmp_path: Path) -> Iterator[Neighbourhood]:
    """Lay the stage of ordered services, and forget it afterwards."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    _forget()
    yield build_neighbourhood()
    _forget()


def _forget() -> None:
    """Forget what is kept in mind of a database that is emptied."""
    for forget in (forget_actors, forget_books, orders.forget_catalogue):
        forget()


def enter(page: Page, actor: Actor | None, server: Any) -> None:
    """Give a page somebody's session, or none."""
    page.context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)
    if actor is not None:
        session = browser(actor).cookies[django_settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}])


def main_says(page: Page, text: str) -> None:
    """Wait until a page says something."""
    expect(page.locator("main")).to_contain_text(text)


def press(page: Page, name: str) -> None:
    """Press the first button that is called so."""
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()
