"""Culture in a browser: each page for who uses it at each width, and a performance from the wish to its payment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.occasions.api import admit, announce, book, close, own_ticket
from tianqu.packs.culture.shows import acts
from tianqu.packs.culture.tests.conftest import forget
from tianqu.packs.culture.tests.stage import Stage, browser, build, picture
from tianqu.packs.culture.theatre.acts import declare_theatre

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them
DAY = timedelta(days=1)


@pytest.fixture
def stage(settings: Any, tmp_path: Path) -> Iterator[Stage]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    forget()
    yield build()
    forget()


@pytest.fixture
def pages(stage: Stage) -> list[tuple[str, Actor | None, str]]:
    """Each page with something on it: its name, who looks at it, its address."""
    villager, paid = stage.villager(), stage.confirmed(5, 4)
    acts.pay_show(stage.officer, show_id=paid)
    given, ordered, committed = stage.given(), stage.ordered(), stage.committed()
    show = "/culture/shows/{}/"
    return [
        ("menu", None, "/culture/"), ("work", villager, "/culture/works/opera/"), ("mine", villager, "/culture/me/"),
        ("mine-new", stage.resident(), "/culture/me/"), ("shows", None, "/culture/shows/?place=P1"),
        ("empty", None, "/culture/shows/?place=P2"), ("paid", None, show.format(paid)),
        ("rate", villager, show.format(given)), ("confirm", stage.post, show.format(given)),
        ("engage", stage.officer, show.format(ordered)),
        ("say", stage.troupe, f"{show.format(committed)}?deed=culture.say_given"),
        ("cancel", stage.officer, f"{show.format(committed)}?deed=culture.cancel_show"),
        ("ranking", None, "/culture/ranking/"), ("coverage", None, "/culture/coverage/?place=P1"),
        ("desk", stage.officer, "/desk/culture/"), ("desk-troupe", stage.troupe, "/desk/culture/"),
        ("office", stage.officer, "/desk/culture/office"), ("order", stage.post, "/desk/culture/order"),
        ("works", None, "/culture/works/"), ("works-office", stage.officer, "/culture/works/?kind=show"),
        ("troupes", stage.officer, "/desk/culture/troupes/"), ("wishes", None, "/culture/wishes/"),
        ("contracts", stage.officer, "/desk/culture/contracts/"), ("halls", stage.officer, "/desk/culture/theatres/"),
        ("form-work", stage.officer, "/desk/culture/works/declare?of=opera"),
        ("form-contract", stage.officer, "/desk/culture/contracts/declare"),
        ("form-troupe", stage.officer, "/desk/culture/troupes/declare"),
        ("form-hall", stage.officer, "/desk/culture/theatres/declare"),
        ("sheet", stage.officer, "/desk/culture/works/bring"),
        ("statement", stage.troupe, "/desk/culture/troupes/meihua/"),
    ]  # fmt: skip


def enter(page: Page, actor: Actor | None, address: str) -> None:
    """Give a page somebody's session, or none."""
    page.context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)
    if actor is not None:
        session = browser(actor).cookies[django_settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": address}])


@pytest.mark.parametrize(("width", "language", "dark"), [(DESKTOP, "en", True), (PHONE, "zh-CN", False)])
def test_pages_have_no_serious_accessibility_fault(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], pages: list[tuple[str, Actor | None, str]],
    live_server: Any, width: int, language: str, dark: bool,
) -> None:  # fmt: skip
    page = browser_page(width=width, language=language, dark=dark)
    for name, actor, address in pages:
        enter(page, actor, live_server.url)
        answer = page.goto(address)
        assert answer is not None and answer.ok, (address, answer and answer.status)
        assert_accessible(page)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{language}-{width}.png", full_page=True)


def wished(page: Page, villager: Actor, server: str) -> None:
    """A villager says where they live, and wishes."""
    enter(page, villager, server)
    page.goto("/culture/me/")
    page.fill("#place", "P101009")
    page.click("text=This is my village")
    page.goto("/culture/works/opera/")
    page.click("text=I wish for it in Zhangli")
    expect(page.locator("main")).to_contain_text("Take my vote back")


@pytest.mark.parametrize(("width", "language"), [(DESKTOP, "en"), (PHONE, "zh-CN")])
def test_a_villager_takes_a_vote_back(
    browser_page: MakePage, stage: Stage, live_server: Any, width: int, language: str
) -> None:
    page = browser_page(width=width, language=language)
    wish, back = "[name=wished][value=yes]", "[name=wished][value=no]"
    enter(page, stage.villager(), live_server.url)
    page.goto("/culture/works/opera/")
    page.click(f"main {wish}")
    page.click(f"main {back}")
    expect(page.locator(f"main {wish}")).to_be_visible()
    expect(page.locator(f"main {back}")).to_have_count(0)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"vote-back-{language}-{width}.png", full_page=True)
    enter(page, stage.post, live_server.url)
    page.goto("/desk/culture/order")
    expect(page.locator("#work")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("1 wish for it" if language == "en" else "1 人想看")
    enter(page, None, live_server.url)
    page.goto("/culture/works/opera/")
    expect(page.locator("main")).to_contain_text("Nobody has wished for it" if language == "en" else "今年还没有人想看")


def ordered(page: Page) -> str:
    """The village orders what is wished for; the address of it."""
    today = timezone.localdate()
    page.goto("/desk/culture/order")
    expect(page.locator("main")).to_contain_text("1 wish for it")
    page.select_option("#work", "opera")
    page.fill("#first_day", today.isoformat())
    page.fill("#last_day", (today + 9 * DAY).isoformat())
    page.click("main form .btn-primary")
    expect(page.locator("h1")).to_contain_text("The opera for Zhangli")
    return page.url


def engaged(page: Page) -> None:
    """The office engages a troupe for the next minutes."""
    starts = timezone.localtime() + timedelta(minutes=2)
    page.fill("#day", f"{starts:%Y-%m-%d}")
    page.fill("#time", f"{starts:%H:%M}")
    page.click("main section form .btn-primary")
    expect(page.locator("main")).to_contain_text("a troupe is engaged")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_from_the_wish_to_the_payment_on_a_phone(
    browser_page: MakePage, stage: Stage, live_server: Any, tmp_path: Path, script: bool
) -> None:
    page = browser_page(width=PHONE, language="en", script=script)
    photo = tmp_path / "现场.jpg"
    photo.write_bytes(picture())
    villager = stage.resident()
    wished(page, villager, live_server.url)
    enter(page, stage.post, live_server.url)
    address = ordered(page)
    enter(page, stage.officer, live_server.url)
    page.goto(address)
    engaged(page)

    enter(page, stage.troupe, live_server.url)
    page.goto("/desk/culture/")
    page.click("main ul.list a >> nth=0")
    page.click("main section form .btn-primary")  # we will come
    expect(page.locator("main")).to_contain_text("the troupe will come")
    page.fill("#attendance", "120")
    page.fill("#day", f"{timezone.localdate():%Y-%m-%d}")
    page.set_input_files("#files", photo)
    page.click("main section form .btn-primary")
    expect(page.locator("main")).to_contain_text("given, as the troupe says")
    expect(page.locator(".attachment img")).to_be_visible()

    enter(page, stage.post, live_server.url)
    page.goto(address)
    page.check("#agrees")
    page.click("main section form .btn-primary")
    expect(page.locator("main")).to_contain_text("given, as both say")
    enter(page, villager, live_server.url)
    page.goto(address)
    page.check("input[name=stars][value='5']")
    page.click("text=Rate it")
    expect(page.locator("main")).to_contain_text("You gave it 5 of 5 stars")

    enter(page, stage.officer, live_server.url)
    page.goto(address)
    page.click("main section form .btn-primary")  # only one has rated it
    expect(page.locator(".errors")).to_be_visible()
    page.fill("#reason", "电话核实")
    page.click("main section form .btn-primary")
    expect(page.locator("main")).to_contain_text("电话核实")
    page.goto("/desk/culture/office")
    expect(page.locator("main")).to_contain_text("3,000.00")


def test_counted_differently_is_settled_and_paid(browser_page: MakePage, stage: Stage, live_server: Any) -> None:
    page, show_id = browser_page(width=PHONE, language="en"), stage.given(attendance=100)
    enter(page, stage.post, live_server.url)
    page.goto(f"/culture/shows/{show_id}/")
    page.fill("#attendance", "40")
    page.fill("#note", "只来了四十人。")
    page.click("main section form .btn-primary")
    expect(page.locator("main")).to_contain_text("disputed")
    enter(page, stage.officer, live_server.url)
    page.goto("/desk/culture/")
    page.click("main ul.list a >> nth=0")
    expect(page.locator("main")).to_contain_text("只来了四十人。")
    page.fill("#attendance", "60")
    page.fill("#reason", "听了双方，看了照片。")
    page.click("main section form .btn-primary")
    expect(page.locator("main")).to_contain_text("given, as both say")
    page.fill("#reason", "人少，电话核实。")
    page.click("main section form .btn-primary")
    expect(page.locator("main")).to_contain_text("人少，电话核实。")


def test_called_off_and_not_paid_free_the_budget(browser_page: MakePage, stage: Stage, live_server: Any) -> None:
    page, off, bad = browser_page(language="en"), stage.committed(), stage.given()
    before = stage.budget()["committed"]
    enter(page, stage.officer, live_server.url)
    for show_id, deed, fields in (
        (off, "culture.cancel_show", {"cause": "weather", "reason": "大雨。"}),
        (bad, "culture.refuse_payment", {"reason": "没有演完。"}),
    ):
        page.goto(f"/culture/shows/{show_id}/?deed={deed}")
        for name, value in fields.items():
            field = page.locator(f"main section form [name='{name}']")
            field.select_option(value) if field.evaluate("one => one.tagName") == "SELECT" else field.fill(value)
        page.click("main section form .btn-danger")
        expect(page.locator("main")).to_contain_text(fields["reason"])
    page.goto("/desk/culture/office")
    assert before > 0 and stage.budget()["committed"] == 0


def test_what_a_show_of_the_theatre_took_in_is_booked(browser_page: MakePage, stage: Stage, live_server: Any) -> None:
    """Announced with the hall's seats and price, a seat booked, let in, closed, and booked as the door has counted."""
    page = browser_page(language="en")
    declare_theatre(
        stage.officer, unit_id=stage.unit_id, theatre="hall", name="剧院", name_en="The hall", venue="路",
        venue_en="Road", rows="A 3", price_fen=100,
    )  # fmt: skip
    begins, occasion_id = timezone.now() - 3 * DAY, new_identifier()
    announce(
        SYSTEM, occasion_id=occasion_id, kind="theatre", subject="hall", title="吕剧", title_en="An opera", words="。",
        words_en=".", venue="路", venue_en="Road", starts_at=begins, ends_at=begins + DAY / 12, places=3,
        seats=["A-1", "A-2", "A-3"], price_fen=100, at=begins - 3 * DAY,
    )  # fmt: skip
    for _person in range(2):
        person = stage.resident()
        book(person, occasion_id=occasion_id, at=begins - DAY)  # type: ignore[call-arg]
        with seeing(person.scope):
            ticket = own_ticket(person, occasion_id=occasion_id)
        admit(SYSTEM, occasion_id=occasion_id, ticket=ticket, client_id=new_identifier(), door="东门", at=begins)
    close(SYSTEM, occasion_id=occasion_id, at=begins + 2 * DAY)  # type: ignore[call-arg]
    enter(page, stage.officer, live_server.url)
    page.goto("/desk/culture/theatres/hall/")
    expect(page.locator("main")).to_contain_text("An opera")
    page.locator("main form .btn").first.click()
    expect(page.locator("main")).to_contain_text("2.00")
    enter(page, None, live_server.url)
    page.goto("/culture/theatres/hall/")
    expect(page.locator("main")).to_contain_text("2.00")
