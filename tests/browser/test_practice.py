"""Civic practice in a browser: each page for who uses it, and its walks, from the profile to the certificate.

The walks: a profile kept and erased, a guardian's consent, an activity from the announcement to the booked hours, a
service from the menu to the thanks, one that is disagreed with, many dates, an order sent by the centre and taken back,
an old register brought in. What is checked and proved is in ``test_practice_proved.py``; rosters, tours and theatres
have walks of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, MakePage
from tests.browser.neighbours import enter, laid, main_says, press
from tests.browser.walks import code_of
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.occasions.api import code_at
from tianqu.kernel.orders import api as orders
from tianqu.packs.practice.models import Volunteer
from tianqu.packs.practice.profiles.acts import join_team
from tianqu.packs.practice.services.tests.conftest import Neighbourhood
from tianqu.packs.practice.tests.stage import HOUR, there

pytestmark = pytest.mark.django_db(transaction=True)
MakeAccessible = Callable[[Page], None]


@pytest.fixture
def place(live_server: Any, settings: Any, tmp_path: Path) -> Iterator[Neighbourhood]:
    """The stage of ordered services, once the server runs."""
    yield from laid(settings, tmp_path)


@pytest.fixture
def phone(browser_page: MakePage) -> Page:
    return browser_page(width=PHONE, language="en")


def says(page: Page, name: str, words: str) -> None:
    """Unfold the form with a field on a request's page, write, and send."""
    field = page.locator(f"#{name}")
    folded = page.locator("details:not([open])", has=field)
    if folded.count():
        folded.locator("summary").first.click()
    field.fill(words)
    page.locator("form", has=field).get_by_role("button").last.click()


@pytest.mark.parametrize(("width", "language", "dark"), [(DESKTOP, "en", True), (PHONE, "zh-CN", False)])
def test_pages_have_no_serious_accessibility_fault(
    place: Neighbourhood, browser_page: MakePage, assert_accessible: MakeAccessible, live_server: Any, *, width: int,
    language: str, dark: bool,
) -> None:  # fmt: skip
    page = browser_page(width=width, language=language, dark=dark)
    member, minor = (
        place.members[0],
        place.stage.volunteer("小明", born_on=timezone.localdate() - timedelta(days=5_000)),
    )
    occasion_id = place.stage.activity()
    there(place.stage.volunteer("赵一"), occasion_id)
    placed, taken, done = place.order(), place.taken(), place.visited()
    for actor, address in (
        (None, "/practice/stations/"), (None, "/practice/stations/zhangli/"), (None, "/practice/teams/zhangli-aid/"),
        (None, "/practice/order/"), (place.resident, "/practice/order/plan"), (place.leader, "/practice/offers/"),
        (place.leader, f"/practice/orders/{taken}/"), (member, f"/practice/orders/{taken}/"),
        (place.centre, f"/practice/orders/{placed}/"), (place.leader, f"/practice/orders/{done}/"),
        (place.centre, "/desk/practice/orders/"), (member, "/practice/me/"), (member, "/practice/me/profile"),
        (place.resident, "/practice/me/profile"), (member, "/practice/me/erase"), (place.centre, "/desk/practice/"),
        (place.centre, "/desk/practice/consents/"), (place.centre, f"/desk/practice/consents/{minor.person_id}"),
        (place.centre, "/desk/practice/volunteers/"), (place.centre, "/desk/practice/volunteers/declare"),
        (place.centre, "/desk/practice/volunteers/bring"), (place.centre, "/desk/practice/stations/declare"),
        (place.leader, f"/desk/occasions/{occasion_id}/attendance"), (place.leader, f"/desk/occasions/{occasion_id}/"),
    ):  # fmt: skip
        enter(page, actor, live_server)
        answer = page.goto(address)
        assert answer is not None and answer.status == 200, (address, answer and answer.status)
        assert_accessible(page)


def test_a_profile_from_its_beginning_to_its_end(place: Neighbourhood, phone: Page, live_server: Any) -> None:
    """Somebody finds their station, fills in the profile, joins a team, takes everything away, and erases it."""
    enter(phone, place.resident, live_server)
    phone.goto("/practice/me/")
    phone.get_by_role("link", name="Fill in my profile").click()
    phone.fill("#find", "没有这个村")
    press(phone, "Find it")
    main_says(phone, "No station is called so")
    phone.fill("#find", "zhangli")
    press(phone, "Find it")
    phone.get_by_role("link", name="zhangli station").click()
    phone.fill("#name", "王大娘")
    phone.fill("#phone", "13911112222")
    press(phone, "Keep my profile")  # without a day of birth
    expect(phone.locator(".errors")).to_be_visible()
    expect(phone.locator("#name")).to_have_value("王大娘")
    phone.fill("#born_on", "1960-05-04")
    phone.get_by_label("cooking").check()
    press(phone, "Keep my profile")
    main_says(phone, "王大娘")
    phone.goto("/practice/teams/zhangli-aid/")
    press(phone, "Join this team")
    main_says(phone, "Leave this team")
    phone.goto("/practice/me/")
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Take away everything (JSON)").click()
    told = json.loads(Path(download.value.path()).read_text())
    assert told["profile"]["skills"] == ["cooking"] and told["teams"] == ["zhangli-aid"]
    phone.get_by_role("link", name="Erase my profile").click()
    press(phone, "Erase it")
    phone.goto("/practice/me/")
    main_says(phone, "You have no profile as a volunteer yet")


def test_a_minor_comes_once_a_guardian_consents(place: Neighbourhood, phone: Page, live_server: Any) -> None:
    occasion_id = place.stage.activity(starts=HOUR * 30)
    minor = place.stage.volunteer("小明", born_on=timezone.localdate() - timedelta(days=5_000))
    enter(phone, minor, live_server)
    phone.goto(f"/occasions/{occasion_id}/")
    press(phone, "Book a place")
    main_says(phone, "no guardian's consent is written down yet")
    enter(phone, place.leader, live_server)
    phone.goto("/desk/practice/consents/")
    main_says(phone, "no consent yet")
    phone.get_by_role("link", name="小明").click()
    phone.fill("#guardian", "大明")
    phone.fill("#relation", "父亲")
    press(phone, "The guardian consents")
    main_says(phone, "consent given")
    enter(phone, minor, live_server)
    phone.goto(f"/occasions/{occasion_id}/")
    press(phone, "Book a place")
    main_says(phone, "you have a place")


def test_an_activity_from_its_announcement_to_the_certificate(
    place: Neighbourhood, phone: Page, browser_page: MakePage, live_server: Any
) -> None:
    """A leader announces, two come first and one waits; the code, the hours, the voucher, the paper and its check."""
    starts = timezone.localtime() + timedelta(minutes=20)
    desk = browser_page(language="en")
    enter(desk, place.leader, live_server)
    desk.goto("/desk/occasions/announce?kind=practice")
    for name, value in {
        "title": "清扫村道", "title_en": "Sweeping the road", "words": "带手套。", "words_en": "Bring gloves.",
        "venue": "村口", "venue_en": "At the gate", "places": "1", "day": f"{starts:%Y-%m-%d}",
        "starts": f"{starts:%H:%M}", "ends": f"{starts + HOUR:%H:%M}",
    }.items():  # fmt: skip
        desk.locator(f"[name='{name}']").fill(value)
    desk.locator("select[name='subject']").select_option("zhangli-aid")
    desk.locator("main form .btn-primary").click()
    main_says(desk, "Sweeping the road")
    occasion_id = UUID(re.findall(r"[0-9a-f-]{36}", desk.url)[0])
    first, second = place.members
    for actor, said in ((first, "you have a place"), (second, "waiting")):
        enter(phone, actor, live_server)
        phone.goto("/occasions/?kind=practice")
        phone.get_by_role("link", name="Sweeping the road").first.click()
        phone.locator("main form .btn-primary").first.click()
        main_says(phone, said)
    enter(phone, first, live_server)
    phone.goto(f"/occasions/{occasion_id}/check")
    phone.get_by_label("Code of the moment").fill("00000000")
    press(phone, "Check in")
    main_says(phone, "This code was not shown at that time")
    phone.get_by_label("Code of the moment").fill(code_at(occasion_id, timezone.now()))
    press(phone, "Check in")
    main_says(phone, "You are checked in.")


def test_hours_are_confirmed_and_become_a_certificate(place: Neighbourhood, phone: Page, live_server: Any) -> None:
    occasion_id, volunteer = place.stage.activity(), place.stage.volunteer("赵一")
    join_team(volunteer, team="zhangli-1")
    there(volunteer, occasion_id)
    enter(phone, volunteer, live_server)
    phone.goto("/practice/me/")
    main_says(phone, "waiting for the leader")
    enter(phone, place.leader, live_server)
    phone.goto(f"/desk/occasions/{occasion_id}/attendance")
    main_says(phone, "赵一")
    phone.get_by_label("赵一").first.check()  # sent later: not chosen before the leader says that they were seen
    phone.get_by_label("You saw them there").fill("我看见了")
    phone.locator("main form .btn-primary").first.click()
    main_says(phone, "booked")
    enter(phone, volunteer, live_server)
    phone.goto("/practice/me/")
    main_says(phone, "1 hour")
    phone.get_by_role("link", name="Certificate of my hours").click()
    phone.locator("main form .btn-primary").first.click()
    main_says(phone, "1 hour")


def test_hours_that_are_disagreed_with_are_answered(place: Neighbourhood, phone: Page, live_server: Any) -> None:
    """The leader refuses the hours, the volunteer disagrees, the desk tells of it, and the leader confirms them."""
    occasion_id, volunteer = place.stage.activity(), place.stage.volunteer("赵一")
    there(volunteer, occasion_id)
    attendance = f"/desk/occasions/{occasion_id}/attendance"
    enter(phone, volunteer, live_server)
    phone.goto(f"/occasions/{occasion_id}/attendance")
    phone.locator("summary", has_text="I disagree").click()
    press(phone, "Say so")  # without a word
    expect(phone.locator(".errors")).to_be_visible()
    phone.fill("#words", "我到得更早。")
    press(phone, "Say so")
    main_says(phone, "我到得更早。")
    enter(phone, place.leader, live_server)
    phone.goto("/desk/practice/")
    main_says(phone, "Sweeping the road")
    phone.goto(attendance)
    main_says(phone, "我到得更早。")
    phone.locator("input[type='checkbox'][name='booking']").first.check()
    phone.fill("#seen", "我在门口见到了她。")  # the code was sent later
    phone.locator("main form .btn-primary").first.click()
    main_says(phone, "booked")


def test_hours_that_were_booked_wrongly_are_taken_back(
    place: Neighbourhood, phone: Page, assert_accessible: MakeAccessible, live_server: Any
) -> None:
    """The leader books, thinks better of it and takes the hours back in words; the volunteer reads why."""
    occasion_id, volunteer = place.stage.activity(), place.stage.volunteer("赵一")
    there(volunteer, occasion_id)
    enter(phone, place.leader, live_server)
    phone.goto(f"/desk/occasions/{occasion_id}/attendance")
    phone.get_by_label("赵一").first.check()
    phone.get_by_label("You saw them there").fill("我看见了")
    phone.locator("main form .btn-primary").first.click()
    phone.get_by_role("link", name="Take back hours 赵一").click()
    main_says(phone, "1 hour")
    assert_accessible(phone)
    press(phone, "Take back hours")  # without a word
    expect(phone.locator(".errors")).to_be_visible()
    phone.fill("#words", "来的是她的姐姐。")
    press(phone, "Take back hours")
    main_says(phone, "What was booked was taken back on")
    expect(phone.get_by_role("link", name="Take back hours")).to_have_count(0)
    enter(phone, volunteer, live_server)
    phone.goto("/practice/me/")
    main_says(phone, "taken back")
    phone.get_by_role("link", name="Sweeping the road").first.click()
    main_says(phone, "来的是她的姐姐。")
    main_says(phone, "were taken back on")
    assert_accessible(phone)


def test_a_service_from_the_menu_to_the_thanks(place: Neighbourhood, phone: Page, live_server: Any) -> None:
    enter(phone, place.resident, live_server)
    phone.goto("/practice/order/")
    phone.get_by_role("link", name="Company for somebody").click()
    phone.fill("#title", "陪陪老人")
    phone.fill("#description", "俺娘一个人在家。")
    phone.locator("#form-for_whom").select_option("elder")
    phone.locator("#form-skills-2").check()
    phone.locator("main .actions .btn-primary").click()
    phone.fill("#place_words", "P101009")
    phone.locator("button[name=find]").click()
    phone.locator("input[type=radio][name=place]").first.check()
    phone.locator("main .actions .btn-primary").click()
    phone.fill("#name", "王大娘")
    phone.fill("#phone", "13911112222")
    phone.locator("main .actions .btn-primary").click()
    phone.wait_for_url("**/receipt/*")
    with seeing(SYSTEM.scope):
        order = orders.Order.objects.get(title="陪陪老人")
    orders.due_work(timezone.now())
    enter(phone, place.leader, live_server)
    phone.goto("/practice/offers/")
    main_says(phone, "Company for somebody")
    expect(phone.locator("main")).not_to_contain_text("俺娘")
    press(phone, "Take it")
    main_says(phone, "俺娘一个人在家。")
    for box in phone.locator("input[name='goers']").all():
        box.check()
    press(phone, "These go")
    main_says(phone, "Who goes")
    address, goer = f"/practice/orders/{order.id}/", place.members[0]
    enter(phone, goer, live_server)
    phone.goto(address)
    digits = orders.slip_code(order.id, orders.VISIT, digits=6)
    for name in ("I am here", "I leave"):
        phone.fill("#visit", digits)
        press(phone, name)
    enter(phone, place.leader, live_server)
    phone.goto(address)
    phone.fill("#words", "陪老人聊天，做了午饭。")
    press(phone, "It is done")
    enter(phone, place.resident, live_server)
    phone.goto(f"/follow/{order.code}")
    main_says(phone, "做了午饭")
    phone.locator("form[action$='/confirm'] .btn-primary").click()
    main_says(phone, "Confirmed")
    phone.locator("form[action$='/rate'] input[name='satisfaction']").first.check()
    phone.locator("form[action$='/rate'] input[name='solved']").first.check()
    phone.locator("form[action$='/rate'] .btn-primary").click()
    says(phone, "thanks", "谢谢钱小二。")
    main_says(phone, "谢谢")
    enter(phone, place.leader, live_server)
    phone.goto(address)
    phone.locator("input[name='shown'][value='yes']").check()
    press(phone, "Keep")
    enter(phone, None, live_server)
    phone.goto("/practice/teams/zhangli-aid/")
    main_says(phone, "谢谢钱**")


def test_a_disagreement_is_ruled_on(place: Neighbourhood, phone: Page, live_server: Any) -> None:
    order_id = place.visited(minutes=30)
    enter(phone, place.resident, live_server)
    phone.goto(f"/follow/{code_of(order_id)}")
    says(phone, "dispute", "只来了十分钟。")
    main_says(phone, "只来了十分钟。")
    enter(phone, place.centre, live_server)
    phone.goto("/desk/practice/orders/")
    main_says(phone, "disagreed with")
    phone.get_by_role("link", name="陪陪老人").click()
    phone.locator("input[name='counts'][value='no']").check()
    press(phone, "Decide it so")  # without a word
    expect(phone.locator(".errors")).to_be_visible()
    phone.locator("input[name='counts'][value='no']").check()
    phone.fill("#ruling", "双方都说了，不算。")
    press(phone, "Decide it so")
    main_says(phone, "双方都说了，不算。")
    with seeing(SYSTEM.scope):
        assert orders.Order.objects.get(id=order_id).state == "closed"


def test_many_dates_are_planned_one_is_left_out_and_the_plan_ends(
    place: Neighbourhood, phone: Page, live_server: Any
) -> None:
    enter(phone, place.resident, live_server)
    phone.goto("/practice/order/plan")
    first = timezone.localdate() + timedelta(days=3)
    phone.locator("#item").select_option("practice.aid-visit")
    for name, value in {
        "place": "P101009", "title": "陪陪老人", "description": "每两周来一次。", "name": "王大娘",
        "phone": "13911112222", "first_day": first.isoformat(),
        "last_day": (first + timedelta(days=60)).isoformat(),
    }.items():  # fmt: skip
        phone.fill(f"#{name}", value)
    press(phone, "Keep the plan")
    main_says(phone, "My plans")
    before = phone.locator("select[name='day'] option").count()
    press(phone, "Leave it out")
    expect(phone.locator("select[name='day'] option")).to_have_count(before - 1)
    press(phone, "End the plan")
    main_says(phone, "ended")


def test_the_centre_sends_an_order_and_takes_it_back(place: Neighbourhood, phone: Page, live_server: Any) -> None:
    order_id = place.order()
    enter(phone, place.centre, live_server)
    phone.goto(f"/practice/orders/{order_id}/")
    main_says(phone, "members fit")
    press(phone, "Send it to them")
    main_says(phone, "Sent to whom the centre chose")
    phone.locator("summary", has_text="Take it back").click()
    press(phone, "Take it back")  # without saying why
    expect(phone.locator(".errors")).to_be_visible()
    phone.fill("#why", "路上积水，改天再去。")
    press(phone, "Take it back")
    main_says(phone, "Taken back from whom it was sent to")
    with seeing(SYSTEM.scope):
        assert orders.Order.objects.get(id=order_id).state == "placed"


def test_an_old_register_is_brought_in_by_spreadsheet(
    place: Neighbourhood, browser_page: MakePage, live_server: Any, tmp_path: Path
) -> None:
    desk, sheet = browser_page(language="en"), tmp_path / "志愿者.csv"
    enter(desk, place.centre, live_server)
    desk.goto("/desk/practice/")
    desk.get_by_role("link", name="Volunteers of old registers").click()
    desk.get_by_role("link", name="From a spreadsheet").click()
    with desk.expect_download() as download:
        desk.get_by_role("link", name="CSV").click()
    heads = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()[0]
    good = "李梅,zhangli-1,1,13800000000,1980-05-04,2019-03-05,cooking,,,"
    sheet.write_text(f"{heads}\n{good}\n王强,nowhere,2,13900000000,1970-01-01,2019-03-05,,,,\n", encoding="utf-8")
    for _time in range(2):
        desk.set_input_files("#file", sheet)
        press(desk, "Send")
        main_says(desk, "1 line taken")
        main_says(desk, "There is no team nowhere.")
    desk.get_by_role("link", name="Volunteers of old registers").click()
    desk.locator("main table").get_by_role("link", name="李梅").click()
    press(desk, "Erase them, as they ask")
    main_says(desk, "No old register was brought in yet")
    with seeing(SYSTEM.scope):
        assert not Volunteer.objects.filter(name="李梅", born_on=date(1980, 5, 4)).exists()
