"""A disagreement about hours is a request of the loop: asked, late when nobody answers, and never ended by one side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.occasions.api import Attendance, Booking
from tianqu.kernel.orders import api
from tianqu.packs.practice.hours.flow import ITEM
from tianqu.packs.practice.profiles.acts import erase_profile
from tianqu.packs.practice.tests.stage import Stage, browser, page, there

DAY = timedelta(days=1)


def disputes() -> list[api.Order]:
    with seeing(SYSTEM.scope):
        return list(api.Order.objects.filter(item__code=ITEM).order_by("placed_at"))


def hours_of(occasion_id: UUID) -> Attendance:
    with seeing(SYSTEM.scope):
        return Attendance.objects.get(booking__occasion=occasion_id)


def was_there(stage: Stage, volunteer: Actor) -> tuple[UUID, UUID]:
    """An activity at which somebody was, with their booking."""
    occasion_id = stage.activity()
    there(volunteer, occasion_id)
    with seeing(SYSTEM.scope):
        return occasion_id, Booking.objects.get(occasion=occasion_id).id


def disagree(volunteer: Actor, occasion_id: UUID, words: str = "我一直在场") -> None:
    answer = browser(volunteer).post(f"/occasions/{occasion_id}/attendance", {"words": words})
    assert answer.status_code == 302


def answer(actor: Actor, occasion_id: UUID, booking_id: UUID, *, deed: str = "refuse") -> int:
    given: dict[str, Any] = {"booking": str(booking_id), "deed": deed, "words": "名单上没有"}
    return browser(actor).post(f"/desk/occasions/{occasion_id}/attendance", given).status_code


def codes_of(actor: Actor) -> list[str]:
    with seeing(actor.scope):
        return [one.code for one in notices_of(actor, language="en")]


def test_it_is_an_order_at_the_unit_that_leads_and_closed_by_its_answer(stage: Stage) -> None:
    volunteer = stage.volunteer()
    occasion_id, booking_id = was_there(stage, volunteer)
    disagree(volunteer, occasion_id)
    (one,) = disputes()
    assert one.state == "dispatched" and one.unit_id == stage.prefecture.units["v101009"].id
    assert one.due_next_at is not None and "李梅" not in f"{one.title}{one.description}"
    disagree(volunteer, occasion_id, "我真的一直在场")  # other words, no other order
    assert len(disputes()) == 1 and "occasions_disputed" in codes_of(stage.leader)
    for desk in (stage.leader, stage.centre):
        assert "Hours disagreed with" in page(browser(desk), "/desk/practice/")
        moved = browser(desk).get(f"/desk/practice/disputes/{one.id}/")
        assert moved.status_code == 302 and moved["Location"] == f"/desk/occasions/{occasion_id}/attendance"
    assert "Hours disagreed with" not in page(browser(stage.stranger), "/desk/practice/")
    page(browser(stage.stranger), f"/desk/practice/disputes/{one.id}/", 404)
    assert "To be answered by whoever leads the team" in page(browser(volunteer), "/practice/me/")
    assert answer(stage.leader, occasion_id, booking_id, deed="confirm") == 302
    assert disputes()[0].state == "closed" and hours_of(occasion_id).disputed_at is None
    assert "To be answered" not in page(browser(volunteer), "/practice/me/")
    assert "Hours disagreed with" not in page(browser(stage.leader), "/desk/practice/")
    assert (hours_of(occasion_id).minutes or 0) > 0


def test_what_is_late_goes_up_and_the_centre_alone_answers(stage: Stage) -> None:
    volunteer = stage.volunteer()
    occasion_id, booking_id = was_there(stage, volunteer)
    disagree(volunteer, occasion_id)
    api.due_work(timezone.now() + 20 * DAY)
    assert disputes()[0].escalation == 1
    assert "gone up" in page(browser(stage.centre), "/desk/practice/")
    assert "the centre answers it" in page(browser(volunteer), "/practice/me/")
    for deed in ("confirm", "refuse"):
        assert answer(stage.leader, occasion_id, booking_id, deed=deed) == 403
    assert hours_of(occasion_id).minutes is None
    assert answer(stage.centre, occasion_id, booking_id, deed="confirm") == 302
    assert disputes()[0].state == "closed" and hours_of(occasion_id).minutes is not None


def test_the_leader_is_not_the_last_word(stage: Stage) -> None:
    volunteer = stage.volunteer()
    occasion_id, booking_id = was_there(stage, volunteer)
    disagree(volunteer, occasion_id)
    assert answer(stage.leader, occasion_id, booking_id) == 302
    assert [one.state for one in disputes()] == ["closed"]
    assert "not confirmed" in page(browser(volunteer), "/practice/me/")
    disagree(volunteer, occasion_id, "还是不对")
    assert [one.state for one in disputes()] == ["closed", "dispatched"]
    assert disputes()[1].unit_id == stage.prefecture.units["t101"].id
    assert "occasions_disputed" in codes_of(stage.centre)
    assert answer(stage.leader, occasion_id, booking_id) == 403
    assert answer(stage.stranger, occasion_id, booking_id) == 403
    assert answer(stage.centre, occasion_id, booking_id) == 302
    assert [one.state for one in disputes()] == ["closed", "closed"]


def test_booked_hours_are_answered_in_words_and_stay(stage: Stage) -> None:
    volunteer = stage.volunteer()
    occasion_id, booking_id = was_there(stage, volunteer)
    assert answer(stage.leader, occasion_id, booking_id, deed="confirm") == 302
    minutes = hours_of(occasion_id).minutes
    disagree(volunteer, occasion_id, "少算了一小时")
    body = {"occasion_id": str(occasion_id), "booking_ids": [str(booking_id)]}
    caller(stage.leader).done("/acts/occasions.confirm_attendance", body)  # booked before: changes nothing
    assert disputes()[0].state == "dispatched"
    assert answer(stage.leader, occasion_id, booking_id) == 302
    kept = hours_of(occasion_id)
    assert (kept.minutes, kept.refused_at, kept.leader_words) == (minutes, None, "名单上没有")
    assert disputes()[0].state == "closed" and answer(stage.leader, occasion_id, booking_id) == 409


def test_who_is_erased_leaves_an_order_that_names_nobody(stage: Stage) -> None:
    volunteer = stage.volunteer()
    occasion_id, booking_id = was_there(stage, volunteer)
    disagree(volunteer, occasion_id)
    with seeing(volunteer.scope):
        assert not api.Order.objects.exists()
    erase_profile(volunteer)
    assert hours_of(occasion_id).own_words == ""
    assert answer(stage.leader, occasion_id, booking_id) == 302
    assert disputes()[0].state == "closed"
