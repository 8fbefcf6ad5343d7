"""What civic practice proves, in a browser: hours on paper, at a household, and of a phone that has no line.

The walks: a certificate checked by anybody, visits confirmed by slip and by telephone, check-ins at two places at once,
and those of a phone whose clock is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from typer.testing import CliRunner

from tests.browser.conftest import PHONE, MakePage
from tests.browser.neighbours import enter, laid, main_says, press
from tests.browser.walks import code_of
from tests.kernel.journal.logs import sequence
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.journal.log import _log_at
from tianqu.kernel.occasions.api import Booking, book, code_at
from tianqu.kernel.orders.api import shown_code
from tianqu.packs.practice.services.tests.conftest import Neighbourhood
from tianqu.packs.practice.services.tests.test_certificates import NAME, issued, number_of, served
from tianqu.packs.practice.tests.stage import HOUR, browser
from tianqu.project.cli import app

pytestmark = pytest.mark.django_db(transaction=True)
PHONES_TIME = "2001-01-01T08:00:00+08:00"


@pytest.fixture
def place(live_server: Any, settings: Any, tmp_path: Path) -> Iterator[Neighbourhood]:
    """The stage of ordered services, once the server runs, with a log of its own that is truly published."""
    settings.VAR, settings.TIANQU_LOG_URL = tmp_path, str(tmp_path / "log")
    settings.TIANQU_LOG_ORIGIN = "tianqu.example/log"
    yield from laid(settings, tmp_path)
    _log_at.cache_clear()


@pytest.fixture
def phone(browser_page: MakePage) -> Page:
    return browser_page(width=PHONE, language="en")


def has_happened(page: Page, *told: str) -> None:
    for one in told:
        expect(page.locator(".timeline")).to_contain_text(one)


def paper_of(actor: Actor, address: str) -> str:
    """The words of a certificate's paper, as its owner prints it."""
    answer = browser(actor).get(f"{address}en.pdf")
    pages = PdfReader(BytesIO(b"".join(answer.streaming_content))).pages  # type: ignore[attr-defined]
    return "\n".join(each.extract_text() for each in pages)


def booking_of(occasion_id: UUID) -> Booking:
    with seeing(SYSTEM.scope):
        return Booking.objects.get(occasion=occasion_id)


def test_anybody_checks_a_certificate_by_its_paper(
    place: Neighbourhood, phone: Page, live_server: Any, tmp_path: Path
) -> None:
    """The page that the paper leads to; the proof that it hands out; another number, another entry, another file."""
    goer = served(place)
    address = issued(goer)
    sequence()
    paper = paper_of(goer, address)
    code = address.rstrip("/").rpartition("/")[2]
    assert NAME in paper and shown_code(code) in paper
    enter(phone, None, live_server)
    phone.goto(f"/certificates/{shown_code(code)}/")
    for told in (number_of(goer), "1 hour 45 minutes", "Compare this with the paper"):
        main_says(phone, told)
    expect(phone.locator("main")).not_to_contain_text(NAME)
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Download the certificate's proof").click()
    file, command = tmp_path / "proof.json", phone.locator("pre.proof-data").inner_text()
    genuine = Path(download.value.path()).read_text()

    def verified(text: str) -> str:
        file.write_text(text)
        told = CliRunner().invoke(app, ["verify", str(file), "--key", command.split(" --key ")[1]])
        return f"{told.exit_code} {' '.join(told.output.split())}"

    assert verified(genuine).startswith("0 ") and verified(genuine).endswith("VERIFIED.")
    proof = json.loads(genuine)
    forged = verified(json.dumps(proof | {"body": proof["body"].replace("105", "999")}))
    assert forged.startswith("1 ") and "NOT VERIFIED" in forged
    phone.goto(f"{address}?entry=1&leaf={'0' * 64}")
    main_says(phone, "the code on the paper names another entry of the log. The paper, or this page, was forged.")
    mistyped = code[:-1] + ("2" if code[-1] != "2" else "3")
    for wrong, said in ((mistyped, "holds a mistake"), (code_of(place.order()), "There is no such certificate.")):
        phone.goto(f"/certificates/{wrong}/")
        main_says(phone, said)
        expect(phone.locator("main")).not_to_contain_text("1 hour 45 minutes")


def test_a_visit_is_confirmed_by_the_code_on_the_slip(place: Neighbourhood, phone: Page, live_server: Any) -> None:
    order_id = place.visited(minutes=45)
    enter(phone, place.resident, live_server)
    phone.goto(f"/follow/{code_of(order_id)}")
    phone.get_by_role("link", name="Print a slip for whoever comes").click()
    _visit, once = phone.locator("main .lead strong").all_inner_texts()
    enter(phone, place.members[0], live_server)
    phone.goto("/practice/me/")
    expect(phone.locator("main")).not_to_contain_text("45 minutes")
    phone.goto(f"/practice/orders/{order_id}/")
    phone.fill("#code", "12345678")
    press(phone, "Confirm with this code")
    expect(phone.locator(".errors")).to_be_visible()
    phone.fill("#code", once)
    press(phone, "Confirm with this code")
    has_happened(phone, "Confirmed")
    phone.goto("/practice/me/")
    main_says(phone, "45 minutes")
    enter(phone, place.resident, live_server)
    phone.goto(f"/follow/{code_of(order_id)}")
    has_happened(phone, "Confirmed")


def test_what_was_said_on_the_telephone_is_written_down(place: Neighbourhood, phone: Page, live_server: Any) -> None:
    """The centre calls whoever ordered twice: once it was done, and the hours are booked; once it was not so."""
    confirmed, disputed = place.visited(minutes=45, left=60), place.visited(minutes=30)
    enter(phone, place.centre, live_server)
    phone.goto("/desk/practice/orders/")
    main_says(phone, "陪陪老人")
    phone.goto(f"/practice/orders/{confirmed}/")
    main_says(phone, "13911112222")
    press(phone, "Yes, confirm it")  # without what they said
    expect(phone.locator(".errors")).to_be_visible()
    phone.fill("#note", "王大娘说：来过，饭也做了。")
    press(phone, "Yes, confirm it")
    has_happened(phone, "Confirmed", "王大娘说：来过，饭也做了。")
    phone.goto(f"/practice/orders/{disputed}/")
    phone.fill("#note", "王大娘说：第二次没有人来。")
    press(phone, "No, or not so")
    has_happened(phone, "王大娘说：第二次没有人来。")
    main_says(phone, "disagreed with")
    enter(phone, place.members[0], live_server)
    phone.goto("/practice/me/")
    main_says(phone, "45 minutes")
    expect(phone.locator("main")).not_to_contain_text("30 minutes")


def test_who_is_at_two_places_at_once_is_flagged_to_both_leaders(
    place: Neighbourhood, phone: Page, live_server: Any
) -> None:
    volunteer = place.stage.volunteer("赵一")
    both = [place.stage.activity(team=team, starts=-HOUR) for team in ("zhangli-1", "zhangli-aid")]
    enter(phone, volunteer, live_server)
    for occasion_id in both:
        book(volunteer, occasion_id=occasion_id)
        phone.goto(f"/occasions/{occasion_id}/check")
        phone.get_by_label("Code of the moment").fill(code_at(occasion_id, timezone.now()))
        press(phone, "Check in")
        main_says(phone, "You are checked in.")
    enter(phone, place.leader, live_server)
    for occasion_id in both:
        phone.goto(f"/desk/occasions/{occasion_id}/attendance")
        main_says(phone, "at two places at once")
        expect(phone.locator("main")).to_contain_text("赵一")
        expect(phone.locator("input[type='checkbox'][name='booking']")).to_have_count(0)


def test_a_phone_with_a_wrong_clock_checks_in_and_out_without_a_line(
    place: Neighbourhood, device: Page, phone: Page, live_server: Any
) -> None:
    """Its clock stands in the year 2001. The leader is told that it came later, saw them, and books what is true."""
    occasion_id, volunteer = place.stage.activity(), place.stage.volunteer("赵一")
    book(volunteer, occasion_id=occasion_id)
    device.clock.install(time=PHONES_TIME)
    enter(device, volunteer, live_server)
    device.goto(f"/occasions/{occasion_id}/check")
    begun = timezone.now()
    for name, minutes in (("Check in", 100), ("Check out", 40)):
        device.context.set_offline(True)
        device.get_by_label("Code of the moment").fill(code_at(occasion_id, begun - timedelta(minutes=minutes)))
        press(device, name)
        main_says(device, "kept on this phone")
        device.clock.fast_forward(timedelta(minutes=minutes).total_seconds() * 1000)
        device.context.set_offline(False)
        main_says(device, "What was kept has been sent.")
        device.reload()
    main_says(device, "You are checked in and out.")
    one = booking_of(occasion_id)
    assert one.in_at is not None and abs(begun - timedelta(minutes=100) - one.in_at) < timedelta(minutes=3)
    enter(phone, place.leader, live_server)
    phone.goto(f"/desk/occasions/{occasion_id}/attendance")
    main_says(phone, "sent later")
    phone.get_by_label("赵一").first.check()
    phone.fill("#seen", "我看见她了。")
    phone.locator("main form .btn-primary").first.click()
    main_says(phone, "booked")
    main_says(phone, "1 hour")
