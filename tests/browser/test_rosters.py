"""Rosters in a browser, on a desk and on a phone: each page for who uses it, and a place filled by touch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import forget_actors
from tianqu.kernel.rosters.api import make_due_rosters
from tianqu.packs.practice.profiles.acts import join_team
from tianqu.packs.practice.tests.roster_stage import Rostered
from tianqu.packs.practice.tests.stage import Stage, browser, build

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them


@pytest.fixture
def stage(settings: Any) -> Iterator[Stage]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    yield build()
    forget_actors()


def enter(page: Page, actor: Actor | None, address: str) -> None:
    """Give a page somebody's session, or none."""
    page.context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)
    if actor is not None:
        session = browser(actor).cookies[django_settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": address}])


def rosters(stage: Stage) -> list[tuple[str, Actor | None, str]]:
    """A published roster with an offer and an empty place, and one in which wishes are entered; who looks where."""
    done, asked = Rostered(stage).planned(), Rostered(stage).planned(title="周末值守", title_en="Weekends")
    shifts = done.shifts(days=10, needs="1 medicine:1")
    asked.shifts(days=21, weekdays="67")
    names = ("李梅", "王芳", "赵一", "钱二", "孙三")
    team = [done.member(name, skills=("medicine",) * (number < 2)) for number, name in enumerate(names)]
    done.made().published()
    mine = browser(team[0])
    for shift in shifts:
        if mine.post(done.address, {"deed": "offer", "shift": str(shift.id)}).status_code == 302:
            break
    stranger = stage.volunteer("外人")
    return [
        ("desk", stage.leader, "/desk/rosters/"), ("led", stage.leader, done.desk),
        ("place", stage.leader, f"{done.desk}?place={shifts[-1].id}:medicine"), ("led-open", stage.leader, asked.desk),
        ("shared", team[0], done.address), ("offered", team[1], done.address), ("wishes", team[2], asked.address),
        ("own", team[0], "/rosters/mine"), ("stranger", stranger, asked.address), ("nobody", None, done.address),
    ]  # fmt: skip


@pytest.mark.parametrize(("width", "language", "dark"), [(DESKTOP, "en", True), (PHONE, "zh-CN", False)])
def test_pages_have_no_serious_accessibility_fault(
    stage: Stage, browser_page: MakePage, assert_accessible: Callable[[Page], None], live_server: Any, *, width: int,
    language: str, dark: bool,
) -> None:  # fmt: skip
    page = browser_page(width=width, language=language, dark=dark)
    for name, actor, address in rosters(stage):
        enter(page, actor, live_server.url)
        answer = page.goto(address)
        assert answer is not None and answer.status == 200, (name, answer)
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
        assert_accessible(page)


def test_a_place_is_filled_on_a_phone(stage: Stage, browser_page: MakePage, live_server: Any) -> None:
    """A volunteer says by touch when they can come; the leader touches an empty place and puts them in."""
    roster = Rostered(stage).planned()
    first, second = roster.shifts(days=2)
    li = stage.volunteer("李梅")
    join_team(li, team="zhangli-1")
    phone = browser_page(width=PHONE, language="en")
    enter(phone, li, live_server.url)
    phone.goto(roster.address)
    phone.click(f"label[for='shift-{first.id}-4']")  # I cannot
    phone.click(f"label[for='shift-{second.id}-2']")  # I would like it
    phone.get_by_role("button", name="Send my wishes").click()
    expect(phone.locator(f"#shift-{first.id}-4")).to_be_checked()
    enter(phone, stage.leader, live_server.url)
    phone.goto(roster.desk)
    phone.click(f"#shift-{first.id} a")
    expect(phone.locator("#place")).to_contain_text("cannot come then")
    expect(phone.get_by_role("button", name="Put in")).to_have_count(0)
    phone.goto(roster.desk)
    phone.click(f"#shift-{second.id} a")
    expect(phone.locator("#place")).to_contain_text("would like it")
    phone.get_by_role("button", name="Put in").click()
    expect(phone.locator(f"#shift-{second.id}")).to_contain_text("李梅")
    assert roster.who() == ["李梅"]


def test_a_roster_is_made_published_and_a_shift_changes_hands(
    stage: Stage, browser_page: MakePage, live_server: Any
) -> None:
    roster = Rostered(stage).planned()
    roster.shifts(days=2)
    first, second = (roster.member(name) for name in ("李梅", "王芳"))
    page = browser_page(language="en")
    enter(page, stage.leader, live_server.url)
    page.goto(roster.desk)
    page.locator("button[value='make']").click()
    assert make_due_rosters() == 1
    page.goto(roster.desk)
    page.locator("button[value='publish']").click()
    held = roster.who()
    giver, taker = (first, second) if held[0] == "李梅" else (second, first)
    enter(page, giver, live_server.url)
    page.goto(roster.address)
    page.locator("button[value='offer']").first.click()
    enter(page, taker, live_server.url)
    page.goto(roster.address)
    page.locator("button[value='take']").first.click()
    expect(page.locator("button[value='take']")).to_have_count(0)
    assert sorted(roster.who()) != sorted(held)
