"""The wall in a browser: at each width, in both languages; the check runs, and names what was forged on its way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.kernel.journal.conftest import own_log  # noqa: F401  a fixture
from tests.kernel.journal.logs import sequence
from tianqu.kernel.journal.api import Scope, our_key, set_scope
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.tests import forging
from tianqu.packs.village.tests.forging import Published
from tianqu.packs.village.tests.walls import PLACE, QUARTER, WallVillage, a_quarter, build_walls

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_log")]
BASE = f"/wall/{PLACE}/{QUARTER}/1/"
PAGES = (
    "/wall/",
    "/wall/?q=王",
    BASE,
    f"{BASE}vouchers/cash",
    f"{BASE}numbers",
    f"{BASE}list/contracts",
    f"{BASE}check",
)


@pytest.fixture
def rent() -> list[int]:
    """The number of the rent in the book, once the village is there."""
    return []


@pytest.fixture
def village(settings: Any, rent: list[int]) -> Iterator[WallVillage]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    made = build_walls()
    set_scope(made.accountant.scope)
    rent.append(a_quarter(made)["rent"])
    made.publish("2021Q2")
    made.publish()
    sequence()
    yield made
    set_scope(Scope())
    forget_actors()


def checked(page: Page, *, whole: bool = False) -> list[str]:
    """Run the check and return the names of the faults that it found."""
    page.goto(f"{BASE}check")
    page.click("[data-wall-whole]" if whole else "[data-wall-run]")
    page.wait_for_selector("[data-wall-done]")
    return page.eval_on_selector_all(".wall-checks .is-bad", "lines => lines.map(line => line.dataset.fault)")


@pytest.mark.parametrize(("width", "language", "dark"), [(PHONE, "zh-CN", False), (DESKTOP, "en", True)])
def test_pages_can_be_used_by_everybody(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], village: WallVillage, width: int, language: str,
    dark: bool,
) -> None:  # fmt: skip
    page = browser_page(width=width, language=language, dark=dark)
    for address in PAGES:
        answer = page.goto(address)
        assert answer is not None and answer.ok, address
        assert_accessible(page)
    assert checked(page) == checked(page, whole=True) == []
    expect(page.locator("[data-wall-verdict]")).to_have_class(re.compile("tone-done"))
    assert_accessible(page)


def test_what_is_forged_on_its_way_is_named(browser_page: MakePage, village: WallVillage) -> None:
    def altered(pattern: str, old: bytes, new: bytes) -> list[str]:
        page = browser_page(language="en")

        def forge(route: Route) -> None:
            answer = route.fetch()
            assert old in answer.body(), pattern
            route.fulfill(response=answer, body=answer.body().replace(old, new, 1))

        page.route(re.compile(pattern), forge)
        return checked(page)

    assert altered(r"/1/$", b"4,800.50", b"48,800.50") == ["page_differs"]
    faults = altered(r"poster\.json$", b'\\"received_fen\\":480050', b'\\"received_fen\\":980050')
    assert "poster_altered" in faults and "sum_wrong" in faults
    page = browser_page(language="en")
    page.route(
        re.compile(r"/log/tile/0/"),
        lambda route: route.fulfill(response=(answer := route.fetch()), body=bytes(32) + answer.body()[32:]),
    )
    assert checked(page) == ["tile_altered"]
    assert "tile/0/000" in page.inner_text(".wall-checks")


@pytest.mark.parametrize(
    ("forge", "fault", "said"),
    [
        (forging.dropped_entry, "entry_missing", "AN ENTRY IS MISSING"),
        (forging.reordered, "entry_moved", "THE LOG WAS REORDERED"),
    ],
)
def test_a_log_that_its_keeper_signed_anew_is_named(
    browser_page: MakePage, village: WallVillage, own_log: Path, rent: list[int],  # noqa: F811
    forge: Callable[[Published], Published], fault: str, said: str,
) -> None:  # fmt: skip
    page = browser_page(language="en")
    bundle = json.loads(page.request.get(f"{BASE}poster.json").body())
    honest = Published(bundle, forging.files_in(own_log), our_key(), rent[0])
    files = forge(honest).files

    def answer(route: Route) -> None:
        data = files.get(route.request.url.partition("/log/")[2])
        route.fulfill(status=200 if data is not None else 404, body=data or b"")

    page.route(re.compile(r"/log/(tile/|checkpoint)"), answer)
    found = checked(page, whole=True)
    assert fault in found and "log_rewritten" in found
    assert said in page.inner_text(".wall-checks") and f"number {rent[0]}" in page.inner_text(".wall-checks")


def test_without_a_script_the_program_is_offered(browser_page: MakePage, village: WallVillage) -> None:
    page = browser_page(script=False, language="en")
    page.goto(f"{BASE}check")
    assert "tianqu verify" in page.inner_text("main")
    assert not page.locator("[data-wall-run]").is_visible()
    with page.expect_download() as download:
        page.click("a.btn-outline-primary")
    assert "c2sp.org/tlog-proof" in Path(download.value.path()).read_text()
