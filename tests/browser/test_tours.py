"""Tours in a browser: each page of a season and of a round of talks, for who uses it, at each width."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.browser.test_culture import enter
from tests.web.api.calling import ANYONE, caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.tours.api import do_tour
from tianqu.packs.culture.declaring.acts import grant_budget
from tianqu.packs.culture.tests.conftest import forget
from tianqu.packs.culture.tests.season.conftest import build as build_season
from tianqu.packs.culture.tests.season.test_season import done, in_days, planned, voted
from tianqu.packs.practice.talks.tests.test_talks import build as build_round

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("TIANQU_SHOTS")  # a folder for pictures of the pages, to look at them


@pytest.fixture(autouse=True)
def forgetful(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    forget()
    yield
    forget()


Seen = list[tuple[str, Actor | None, str]]


def season() -> tuple[Actor, UUID, Seen]:
    """A season in which one order is refused its money; published and planned anew; and a draft."""
    stage = build_season()
    show_id = stage.ordered(first_day=in_days(2), last_day=in_days(20))
    stage.ordered(place="P102001", first_day=in_days(2), last_day=in_days(20))
    for _again in range(3):
        stage.ordered()
    voted(stage, film=3)
    plan_id = planned(stage, budget_fen=5_000_000, fen_a_vote=200_000)
    done(stage.officer, "publish", plan_id)
    do_tour(plan_id)
    draft, led = planned(stage, fen_a_vote=0), f"/desk/tours/{plan_id}/"
    stops = [one["visit"] for one in _visits(stage.officer, draft)]
    return stage.officer, plan_id, [
        ("season", stage.officer, led), ("season-by-team", stage.officer, f"{led}?by=team"),
        ("season-draft", stage.officer, f"/desk/tours/{draft}/"), ("season-public", None, f"/tours/{plan_id}/"),
        ("season-change", stage.officer, f"/desk/tours/{draft}/visits/{(stops or [str(show_id)])[0]}"),
        ("season-out", stage.officer, f"{led}out"), ("season-new", stage.officer, "/desk/tours/new?kind=culture"),
        ("season-list", stage.officer, "/desk/tours/"),
    ]  # fmt: skip


def _plan(actor: Actor, tour_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = caller(actor).read(f"/tours/{tour_id}")
    return found


def _visits(actor: Actor, tour_id: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _plan(actor, tour_id)["visits"]
    return found


def talks() -> tuple[Actor, UUID, Seen]:
    """A round of talks, published, and a draft of the next."""
    tour = build_round()
    for place in ("P101009", "P102001"):
        tour.asked(place)
    tour_id = tour.planned()
    tour.published(tour_id)
    tour.asked()
    draft, led = tour.planned(), f"/desk/tours/{tour_id}/"
    (visit,) = (one["visit"] for one in _visits(tour.centre, draft))
    return tour.centre, tour_id, [
        ("talks", tour.centre, led), ("talks-draft", tour.centre, f"/desk/tours/{draft}/"),
        ("talks-public", None, f"/tours/{tour_id}/"), ("talks-rota", None, f"/tours/{tour_id}/?by=team"),
        ("talks-change", tour.centre, f"/desk/tours/{draft}/visits/{visit}"),
        ("talks-new", tour.centre, "/desk/tours/new"),
    ]  # fmt: skip


@pytest.mark.parametrize("stage", [season, talks], ids=["season", "talks"])
def test_pages_have_no_serious_accessibility_fault(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], stage: Callable[[], tuple[Actor, UUID, Seen]],
    live_server: Any,
) -> None:  # fmt: skip
    _who, _tour_id, seen = stage()
    for width, language, dark in ((DESKTOP, "en", True), (PHONE, "zh-CN", False)):
        page = browser_page(width=width, language=language, dark=dark)
        for name, actor, address in seen:
            enter(page, actor, live_server.url)
            answer = page.goto(address)
            assert answer is not None and answer.ok, (address, answer and answer.status)
            assert_accessible(page)
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"{name}-{language}-{width}.png", full_page=True)


def test_a_change_is_reckoned_and_made_on_a_phone(browser_page: MakePage, live_server: Any) -> None:
    tour = build_round()
    tour.asked()
    tour_id = tour.planned(days=3)
    page = browser_page(width=PHONE, language="en")
    enter(page, tour.centre, live_server.url)
    page.goto(f"/desk/tours/{tour_id}/")
    page.get_by_role("link", name="change: Zhangli").click()
    page.fill("#on", in_days(2).isoformat())
    page.click("text=What would it cost?")
    expect(page.locator("main")).to_contain_text("as long on the road as before")
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("main")).to_contain_text("The plan is changed.")
    page.get_by_role("button", name="Publish it").click()
    expect(page.locator("main")).to_contain_text("teams are being engaged")


def test_a_round_from_its_beginning_to_the_weather(browser_page: MakePage, live_server: Any) -> None:
    """Planned by form, published, a day falls out, planned anew and published again; everybody reads the new day."""
    tour = build_round()
    tour.asked()
    page = browser_page(language="en")
    enter(page, tour.centre, live_server.url)
    page.goto("/desk/tours/new?kind=talks")
    for name, value in {
        "name": "冬闲宣讲", "first_on": in_days(1).isoformat(), "last_on": in_days(3).isoformat(),
    }.items():  # fmt: skip
        page.fill(f"#{name}", value)
    page.locator("main form .btn-primary").click()
    expect(page.locator("main")).to_contain_text("being planned")
    led = page.url
    tour_id = UUID(led.rstrip("/").rpartition("/")[2])
    do_tour(tour_id)
    published(page, led, tour_id)
    first = stops(tour_id)[0]["starts_at"][:10]
    page.goto(f"{led}out")
    page.locator("input[name='cause'][value='weather']").check()
    page.locator("#place").select_option("P101009")
    page.fill("#first_on", first)
    page.fill("#last_on", first)
    page.get_by_role("button", name="Plan anew").click()
    do_tour(tour_id)
    published(page, led, tour_id)
    (stop,) = stops(tour_id)
    assert stop["starts_at"][:10] != first and stop["confirmed"]
    enter(page, None, live_server.url)
    page.goto(f"/tours/{tour_id}/")
    expect(page.locator("main")).to_contain_text("Zhangli")


def test_two_stops_of_one_team_swap_their_times(browser_page: MakePage, live_server: Any) -> None:
    """The cost is reckoned first; then each comes when the other would have."""
    stage = build_season()
    stage.ordered()
    stage.ordered(place="P102001")
    plan_id = planned(stage)
    was = {one["place"]: one["starts_at"] for one in _visits(stage.officer, plan_id)}
    page, phone = browser_page(language="en"), browser_page(width=PHONE)
    for each in (page, phone):
        enter(each, stage.officer, live_server.url)
    page.goto(f"/desk/tours/{plan_id}/")
    page.get_by_role("link", name="change: Zhangli").click()
    page.get_by_label("Change places with another visit").check()
    page.locator("#other").select_option(index=1)
    page.click("text=What would it cost?")
    expect(page.locator("main")).to_contain_text("What the change costs")
    shot(page, "swap-en")
    phone.goto(page.url)
    phone.locator("input[name='deed'][value='swap']").check()
    phone.locator("#other").select_option(index=1)
    phone.locator("main form .btn-outline-primary").click()
    expect(phone.locator("main")).to_contain_text("对调")
    shot(phone, "swap-zh")
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("main")).to_contain_text("The plan is changed.")
    now = {one["place"]: one["starts_at"] for one in _visits(stage.officer, plan_id)}
    assert now == dict(zip(was, reversed(was.values()), strict=True))


def test_what_the_budget_refuses_says_what_to_do_and_is_engaged_later(
    browser_page: MakePage, assert_accessible: Callable[[Page], None], live_server: Any
) -> None:
    """Published above what the office has, refused line by line, tried again after more was granted."""
    stage = build_season()
    for place in ("P101009", "P102001") * 3:
        stage.ordered(place=place)
    plan_id = planned(stage, budget_fen=5_000_000)
    page, phone = browser_page(language="en"), browser_page(width=PHONE)
    for each in (page, phone):
        enter(each, stage.officer, live_server.url)
    led = f"/desk/tours/{plan_id}/"
    published(page, led, plan_id)
    again, main = page.get_by_role("button", name="Engage what is not engaged yet"), page.locator("main")
    for each, name in ((page, "refused-en"), (phone, "refused-zh")):
        each.goto(led)
        assert_accessible(each)
        shot(each, name)
    expect(main).to_contain_text("4 of 6 visits that lie ahead are engaged.")
    refused = _plan(stage.officer, plan_id)["faults"]
    assert len(refused) == 2 and all(one["visit"] for one in refused)
    expect(main.get_by_text("Grant money for culture first")).to_have_count(2)
    grant_budget(
        stage.officer, unit_id=stage.unit_id, transfer_id=new_identifier(), amount_fen=1_000_000,
        day=timezone.localdate(),
    )  # fmt: skip
    again.click()
    expect(main).to_contain_text("2 visits are tried once more.")
    expect(main).to_contain_text("teams are being engaged")
    do_tour(plan_id)
    page.goto(led)
    expect(main).to_contain_text("6 of 6 visits that lie ahead are engaged.")
    expect(again).to_have_count(0)
    phone.goto(led)
    shot(page, "engaged-en")
    shot(phone, "engaged-zh")
    assert _plan(stage.officer, plan_id)["faults"] == []


def test_a_plan_above_its_budget_is_refused_and_says_what_to_do(browser_page: MakePage, live_server: Any) -> None:
    stage = build_season()
    stage.ordered()
    stage.ordered(place="P102001")
    plan_id = planned(stage, budget_fen=300_000)
    page, phone = browser_page(language="en"), browser_page(width=PHONE)
    (left,) = (one for one in _visits(stage.officer, plan_id) if one["why"])
    for each, name, law, remedy in (
        (page, "over-budget-en", "It would cost more than the budget.", "Take another visit out first"),
        (phone, "over-budget-zh", "预算", "请先去掉另一场，或者提高预算后重新编排。"),
    ):
        enter(each, stage.officer, live_server.url)
        each.goto(f"/desk/tours/{plan_id}/visits/{left['visit']}")
        each.locator("#carrier").select_option("luyun")
        each.fill("#on", in_days(3).isoformat())
        each.locator("main form .btn-outline-primary").click()
        expect(each.locator("main")).to_contain_text(law)
        expect(each.locator("main")).to_contain_text(remedy)
        expect(each.locator("button[name='sure']")).to_have_count(0)
        shot(each, name)
    assert left in _visits(stage.officer, plan_id), "nothing has changed"


def shot(page: Page, name: str) -> None:
    """Pictures of a page at both widths, where somebody wants to look at it."""
    was = page.viewport_size
    for width in (DESKTOP, PHONE) if SHOTS and was else ():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(str(SHOTS)) / f"{name}-{width}.png", full_page=True)
    if was:
        page.set_viewport_size(was)


def published(page: Page, led: str, tour_id: UUID) -> None:
    page.goto(led)
    page.get_by_role("button", name="Publish it").click()
    expect(page.locator("main")).to_contain_text("teams are being engaged")
    do_tour(tour_id)


def stops(tour_id: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ANYONE.read("/tours/stops", tour_id=str(tour_id))
    return found
