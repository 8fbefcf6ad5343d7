"""A show found, booked and shown at the door; the door and the check-in while there is no line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakePage
from tests.browser.walks import Check, SignIn, enter
from tests.kernel.occasions.conftest import laid
from tests.kernel.occasions.stage import DAY, HOUR, Stage, anyone, booked
from tianqu.kernel.journal.api import Actor, seeing
from tianqu.kernel.occasions.api import book, code_at, own_ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def theatre(live_server: Any, settings: Any, tmp_path: Any) -> Iterator[Stage]:
    """The theatre, once the server runs."""
    yield from laid(settings, tmp_path)


def ticket_of(person: Actor, occasion_id: UUID) -> str:
    with seeing(person.scope):
        return own_ticket(person, occasion_id=occasion_id)


def test_a_seat_is_booked_by_tap(
    theatre: Stage, browser_page: MakePage, sign_in: SignIn, assert_accessible: Check
) -> None:
    occasion_id = theatre.show(starts=HOUR / 2, seats=["A-1", "A-2"])
    page = browser_page(width=390, language="en")
    enter(sign_in, page, theatre.account())
    page.goto("/occasions/?kind=test_show")
    assert_accessible(page)
    page.get_by_role("link", name="The Peony Pavilion").click()
    page.get_by_label("Seat").select_option("A-2")
    assert_accessible(page)
    page.get_by_role("button", name="Book a place").click()
    page.get_by_role("link", name="Show my ticket").click()
    expect(page.get_by_role("img", name="QR code of the ticket")).to_be_visible()
    assert_accessible(page)
    desk = browser_page(language="en")
    enter(sign_in, desk, theatre.door)
    for address in ("", "door", "cancel"):
        desk.goto(f"/desk/occasions/{occasion_id}/{address}")
        assert_accessible(desk)
    desk.goto("/desk/occasions/announce?kind=test_show")
    assert_accessible(desk)


def test_the_door_without_a_line(theatre: Stage, device: Page, sign_in: SignIn) -> None:
    occasion_id = theatre.show(starts=HOUR / 2, seats=["A-1", "A-2"])
    persons = [anyone(), anyone()]
    for person in persons:
        book(person, occasion_id=occasion_id)
    first, second = (ticket_of(person, occasion_id) for person in persons)
    other = theatre.show(starts=HOUR / 2)
    stranger = anyone()
    book(stranger, occasion_id=other)
    enter(sign_in, device, theatre.door)
    device.goto(f"/desk/occasions/{occasion_id}/door")
    expect(device.locator("[data-counts]")).to_contain_text("Tickets known to this device: 2")
    device.get_by_label("What this door is called").fill("东门")
    status = device.locator("[data-status]")

    def scan(ticket: str, *, says: str) -> None:
        device.get_by_label("Ticket", exact=True).fill(ticket)
        device.get_by_role("button", name="Let in").click()
        expect(status).to_contain_text(says)

    scan(first, says="Let in. Seat A-1")
    scan(first, says="at the door “东门”")
    device.context.set_offline(True)
    scan(second, says="Let in; no line.")
    scan(second, says="This device has let this ticket in before.")
    scan(ticket_of(stranger, other), says="This ticket is none of this door’s")
    scan(second[:-2] + ("AA" if second[-2:] != "AA" else "BB"), says="This is no ticket of ours.")
    expect(device.locator("[data-counts]")).to_contain_text("not sent yet: 1")
    assert [one.in_at is not None for one in booked(occasion_id)] == [True, False]
    device.context.set_offline(False)
    expect(device.locator("[data-counts]")).to_contain_text("not sent yet: 0")
    assert [one.in_door for one in booked(occasion_id)] == ["东门", "东门"]


def test_a_ticket_of_another_day_is_refused_without_a_line_too(theatre: Stage, device: Page, sign_in: SignIn) -> None:
    occasion_id, person = theatre.show(starts=12 * DAY), anyone()
    book(person, occasion_id=occasion_id)
    enter(sign_in, device, theatre.door)
    device.goto(f"/desk/occasions/{occasion_id}/door")
    expect(device.locator("[data-counts]")).to_contain_text("Tickets known to this device: 1")
    for offline in (False, True):
        device.context.set_offline(offline)
        device.get_by_label("Ticket", exact=True).fill(ticket_of(person, occasion_id))
        device.get_by_role("button", name="Let in").click()
        expect(device.locator("[data-status]")).to_contain_text("outside the time of the occasion")
    expect(device.locator("[data-counts]")).to_contain_text("not sent yet: 0")
    assert booked(occasion_id)[0].in_at is None


def test_checking_in_without_a_line(theatre: Stage, device: Page, sign_in: SignIn) -> None:
    occasion_id, person = theatre.show(starts=-HOUR / 2), theatre.account()
    book(person, occasion_id=occasion_id)
    enter(sign_in, device, person)
    device.goto(f"/occasions/{occasion_id}/check")
    device.context.set_offline(True)
    device.get_by_label("Code of the moment").fill(code_at(occasion_id, timezone.now()))
    device.get_by_role("button", name="Check in").click()
    expect(device.locator("[data-status]")).to_contain_text("kept on this phone")
    assert booked(occasion_id)[0].in_at is None
    device.context.set_offline(False)
    expect(device.locator("[data-status]")).to_contain_text("What was kept has been sent.")
    in_at = booked(occasion_id)[0].in_at
    assert in_at is not None and timezone.now() - in_at < timedelta(minutes=10)
