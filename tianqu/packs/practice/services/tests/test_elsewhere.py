"""One minute counts once: at two households, and at a household during an activity, whoever confirms first."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers.api import Account
from tianqu.kernel.occasions.api import Booking, confirm_attendance
from tianqu.kernel.orders import api
from tianqu.packs.practice.models import Visit, Volunteer
from tianqu.packs.practice.services.acts import serve_order, visit_household
from tianqu.packs.practice.services.tests.conftest import Neighbourhood
from tianqu.packs.practice.tests.stage import browser, page, there

MINUTE = timedelta(minutes=1)


def minutes_of(actor: Actor) -> int:
    with seeing(SYSTEM.scope):
        number = Volunteer.objects.get(person_id=actor.person_id).number
        return sum(one.posted_credit - one.posted_debit for one in Account.objects.filter(code=number))


def visited(place: Neighbourhood, first: int, last: int, now: datetime) -> UUID:
    """An order to which the first member came and which they left so many minutes ago, said to be done."""
    order_id = place.taken()
    code = api.slip_code(order_id, api.VISIT, digits=6)
    for direction, ago in (("in", first), ("out", last)):
        visit_household(
            place.members[0], order_id=order_id, direction=direction, code=code, at=now - ago * MINUTE
        )  # type: ignore[call-arg]  # fmt: skip
    serve_order(place.leader, order_id=order_id, words="做完了")
    return order_id


def flags(*order_ids: UUID) -> list[bool]:
    with seeing(SYSTEM.scope):
        return [Visit.objects.get(order_id=one).elsewhere for one in order_ids]


def test_two_households_at_once_are_marked_and_booked_once(neighbourhood: Neighbourhood) -> None:
    now = timezone.now()
    first, second = visited(neighbourhood, 90, 20, now), visited(neighbourhood, 80, 10, now)
    third = visited(neighbourhood, 8, 2, now)  # afterwards is no fault
    assert flags(first, second, third) == [True, True, False]
    for one in (first, second, third):
        api.confirm_order(neighbourhood.resident, order_id=one)
    assert minutes_of(neighbourhood.members[0]) == 80 + 6
    assert "at two places at once" in page(browser(neighbourhood.centre), f"/practice/orders/{second}/")


@pytest.mark.parametrize("visit_first", (True, False))
def test_a_household_during_an_activity_counts_once(neighbourhood: Neighbourhood, *, visit_first: bool) -> None:
    volunteer, now = neighbourhood.members[0], timezone.now()
    occasion_id = neighbourhood.stage.activity()  # began two hours ago
    there(volunteer, occasion_id, first=100, last=10)
    order_id = visited(neighbourhood, 80, 0, now)
    assert flags(order_id) == [True]
    with seeing(SYSTEM.scope):
        booking_id = Booking.objects.get(occasion=occasion_id).id

    def confirm() -> None:
        confirm_attendance(neighbourhood.leader, occasion_id=occasion_id, booking_ids=[booking_id])

    if visit_first:
        api.confirm_order(neighbourhood.resident, order_id=order_id)
        confirm()
    else:
        confirm()
        api.confirm_order(neighbourhood.resident, order_id=order_id)
    assert minutes_of(volunteer) in (99, 100)  # codes change every half minute
