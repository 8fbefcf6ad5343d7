"""Hours taken back over HTTP: by who leads, in words; the sums, the certificate and both sides' pages tell it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.occasions.api import Booking
from tianqu.packs.practice.hours.queries import own_hours
from tianqu.packs.practice.tests.stage import Stage, browser, page, there
from tianqu.packs.practice.tests.test_disputes import answer, disagree, disputes, hours_of

REVERSE, ASK = "/acts/occasions.reverse_attendance", "/certificates/of/practice"
WORDS = "把两个人弄混了"


def booked(stage: Stage, volunteer: Actor) -> tuple[UUID, UUID]:
    """An activity at which somebody's hours are booked, with their booking."""
    occasion_id = stage.activity()
    there(volunteer, occasion_id)
    with seeing(SYSTEM.scope):
        booking_id = Booking.objects.get(occasion=occasion_id).id
    assert answer(stage.leader, occasion_id, booking_id, deed="confirm") == 302
    return occasion_id, booking_id


def reversed_by(actor: Actor, booking_id: UUID, *, words: str = WORDS) -> Any:
    return caller(actor).post(REVERSE, {"booking_id": str(booking_id), "words": words})


def certified(volunteer: Actor) -> str:
    """The page of a new certificate of the last days."""
    today = timezone.localdate()
    given = {
        "certificate_id": str(new_identifier()), "first_day": str(today - timedelta(days=2)), "last_day": str(today),
        "shown": ["minutes"], "deed": "issue",
    }  # fmt: skip
    answered = browser(volunteer).post(ASK, given)
    assert answered.status_code == 302, answered.content.decode()
    return str(answered["Location"])


def test_the_leader_takes_them_back_on_a_page_and_the_volunteer_reads_why(stage: Stage) -> None:
    volunteer = stage.volunteer()
    occasion_id, booking_id = booked(stage, volunteer)
    desk, led = browser(stage.leader), f"/desk/occasions/{occasion_id}/attendance"
    address = f"{led}/{booking_id}/take-back"
    assert address in page(desk, led) and "Leave it as it is" in page(desk, address)
    page(browser(stage.stranger), address, 403)
    page(desk, f"{led}/{new_identifier()}/take-back", 404)
    assert desk.post(address, {"words": " "}).status_code == 400
    assert hours_of(occasion_id).minutes is not None
    assert desk.post(address, {"words": WORDS}).status_code == 302
    assert desk.post(address, {"words": WORDS}).status_code == 409
    seen = page(desk, led)
    assert "taken back" in seen and WORDS in seen and address not in seen
    assert "Nothing is booked" in page(desk, address)
    mine = page(browser(volunteer), f"/occasions/{occasion_id}/attendance")
    assert "were taken back on" in mine and WORDS in mine and "I disagree" in mine
    assert "taken back" in page(browser(volunteer), "/practice/me/")
    assert "已冲回" in page(browser(volunteer, "zh-hans"), "/practice/me/")
    with seeing(volunteer.scope):
        (told,) = [one for one in notices_of(volunteer, language="zh-hans") if one.code == "occasions_reversed"]
    assert WORDS in str(told.words) and "冲回" in str(told.words)


def test_every_sum_is_without_them(stage: Stage) -> None:
    volunteer = stage.volunteer()
    (occasion_id, booking_id), (other, _kept) = booked(stage, volunteer), booked(stage, stage.volunteer("王芳"))
    left = hours_of(other).minutes
    assert reversed_by(stage.leader, booking_id).json()["result"] > 0
    assert caller(stage.leader).read("/practice/hours")[0]["teams"] == {"zhangli-1": left}
    own = own_hours(volunteer)
    assert (own.minutes, own.by_team, own.by_station) == (0, [], [])
    assert caller(volunteer).read("/practice/volunteer")["minutes"] == 0
    (told,) = caller(stage.leader).read(f"/occasions/{occasion_id}/attendance")
    assert (told["standing"], told["minutes"], told["leader_words"]) == ("reversed", None, WORDS)
    assert answer(stage.leader, occasion_id, booking_id, deed="confirm") == 302
    assert own_hours(volunteer).minutes == hours_of(occasion_id).minutes
    assert caller(stage.leader).read("/practice/hours")[0]["minutes"] == (left or 0) + own_hours(volunteer).minutes


def test_who_may_not(stage: Stage) -> None:
    occasion_id, booking_id = booked(stage, stage.volunteer())
    assert reversed_by(stage.leader, booking_id, words=" ").status_code == 422
    for actor in (stage.stranger, stage.volunteer("王芳")):
        assert reversed_by(actor, booking_id).status_code in (403, 404)
    caller(stage.leader).done("/acts/practice.keep_profile", {
        "station": "zhangli", "name": "何某", "phone": "13800000001", "born_on": "1970-01-01",
    })  # fmt: skip
    own = stage.activity()
    there(stage.leader, own)
    with seeing(SYSTEM.scope):
        mine = Booking.objects.get(occasion=own).id
    assert answer(stage.centre, own, mine, deed="confirm") == 302
    assert reversed_by(stage.leader, mine).status_code == 403
    assert f"{mine}/take-back" not in page(browser(stage.leader), f"/desk/occasions/{own}/attendance")
    assert hours_of(own).minutes is not None and hours_of(occasion_id).minutes is not None
    assert reversed_by(stage.centre, mine).status_code == 200
    refused = reversed_by(stage.centre, mine)
    assert refused.status_code == 409 and "why they are not confirmed" in refused.content.decode()


def test_a_disagreement_is_answered_and_the_next_goes_up(stage: Stage) -> None:
    volunteer = stage.volunteer()
    occasion_id, booking_id = booked(stage, volunteer)
    disagree(volunteer, occasion_id, "这不是我的时长")
    assert reversed_by(stage.leader, booking_id).status_code == 200
    assert [one.state for one in disputes()] == ["closed"] and hours_of(occasion_id).disputed_at is None
    disagree(volunteer, occasion_id, "一部分是我的")
    assert [one.state for one in disputes()] == ["closed", "dispatched"]
    assert answer(stage.leader, occasion_id, booking_id, deed="confirm") == 403
    assert answer(stage.centre, occasion_id, booking_id, deed="confirm") == 302
    assert (hours_of(occasion_id).minutes or 0) > 0 and hours_of(occasion_id).reversed_at is None


def test_a_certificate_says_that_some_of_it_was_taken_back(stage: Stage) -> None:
    volunteer = stage.volunteer()
    occasion_id, booking_id = booked(stage, volunteer)
    address = certified(volunteer)
    assert "taken back since" not in page(browser(), address)
    assert reversed_by(stage.leader, booking_id).status_code == 200
    assert "taken back since" in page(browser(), address)
    assert "已被冲回" in page(browser(language="zh-hans"), address)
    today = str(timezone.localdate())
    given = {"kind": "practice", "certificate_id": str(new_identifier()), "first_day": "2020-01-01", "last_day": today}
    assert caller(volunteer).post("/acts/certificates.issue", given).status_code == 409  # nothing is booked
    assert answer(stage.leader, occasion_id, booking_id, deed="confirm") == 302
    assert "taken back since" in page(browser(), address)  # its voucher holds no more
    anew = page(browser(), certified(volunteer))
    assert "taken back since" not in anew and "booked for this period since" not in anew
