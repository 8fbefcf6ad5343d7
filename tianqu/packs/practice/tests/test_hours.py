"""Hours that cannot be typed in: checked in and out by code, confirmed, booked in the ledger, and disagreed with."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers.api import Account, Transfer
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.occasions.api import Attendance, Booking, book, check, code_at
from tianqu.packs.practice.hours.queries import own_hours
from tianqu.packs.practice.tests.stage import HOUR, Stage, browser, page, sent, there

CHECK, CONFIRM = "/acts/occasions.check", "/acts/occasions.confirm_attendance"
MINUTE = timedelta(minutes=1)


def of(occasion_id: UUID, actor: Actor | None = None) -> Booking:
    with seeing(SYSTEM.scope):
        rows = Booking.objects.filter(occasion=occasion_id)
        return (rows.filter(person_id=actor.person_id) if actor else rows).get()


def hours_of(one: Booking) -> Attendance:
    with seeing(SYSTEM.scope):
        return Attendance.objects.get(booking_id=one.id)


def confirmed(actor: Actor, occasion_id: UUID, *ones: Booking, words: str = "我看见他们在场") -> Any:
    body = {"occasion_id": str(occasion_id), "booking_ids": [str(one.id) for one in ones], "words": words}
    return caller(actor).post(CONFIRM, body)


def test_the_whole_walk(stage: Stage) -> None:
    occasion_id, volunteer = stage.activity(), stage.volunteer()
    book(volunteer, occasion_id=occasion_id)
    shown = page(browser(stage.leader), f"/desk/occasions/{occasion_id}/code")
    digits = code_at(occasion_id, timezone.now())
    assert f"{digits[:4]} {digits[4:]}" in shown and "data:image/svg+xml" in shown and 'http-equiv="refresh"' in shown
    mine, address = browser(volunteer), f"/occasions/{occasion_id}/check"
    assert f'value="{digits}"' in page(mine, f"{address}?code={digits}")
    wrong = mine.post(address, {"code": "00000000", "direction": "in"})
    assert wrong.status_code == 400 and "was not shown" in wrong.content.decode()
    given = {"code": digits, "direction": "in", "client_id": str(new_identifier())}
    for _again in range(2):
        assert mine.post(address, given).status_code == 302
    assert "Check out" in page(mine, address)
    with seeing(SYSTEM.scope):  # an hour went by
        before = of(occasion_id)
    other = stage.volunteer("王芳")
    there(other, occasion_id, first=100, last=40)
    desk, led = browser(stage.leader), f"/desk/occasions/{occasion_id}/attendance"
    assert "王芳" in page(desk, led)
    assert desk.post(led, {"booking": [str(before.id)]}).status_code == 409  # has not checked out
    chosen = {"booking": [str(of(occasion_id, other).id)]}
    assert desk.post(led, chosen).status_code == 400  # sent later: the leader says that they were seen
    assert desk.post(led, chosen | {"seen": "王芳全程在场"}).status_code == 302
    seen = page(browser(other), "/practice/me/")
    assert "voucher" in seen and "practice.zhangli" in seen
    assert "60" in page(desk, "/desk/practice/") and "booked" in page(desk, led)


def test_sums_of_hours_are_the_ledgers(stage: Stage) -> None:
    occasion_id = stage.activity()
    first, second = stage.volunteer("赵一"), stage.volunteer("钱二")
    there(first, occasion_id, first=119, last=14)
    there(second, occasion_id, first=60, last=20)
    ones = [of(occasion_id, actor) for actor in (first, second)]
    for _again in range(2):
        answer = confirmed(stage.leader, occasion_id, *ones)
        assert answer.status_code == 200
    booked = [hours_of(one) for one in ones]
    with seeing(SYSTEM.scope):
        team = Account.objects.get(code="T-zhangli-1")
        given = Account.objects.filter(code__in=[one.number for one in booked])
        assert team.posted_debit - team.posted_credit == sum(one.minutes or 0 for one in booked)
        assert given.aggregate(sum=Sum("posted_credit"))["sum"] == team.posted_debit
        assert {one.transfer_id for one in booked} == set(Transfer.objects.values_list("id", flat=True))
    assert [one.minutes for one in booked] == [
        int((one.out_at - one.in_at).total_seconds()) // 60 for one in ones if one.in_at and one.out_at
    ]
    totals = caller(stage.leader).read("/practice/hours")
    assert totals == [{"station": "zhangli", "minutes": team.posted_debit, "teams": {"zhangli-1": team.posted_debit}}]
    assert caller(first).read("/practice/volunteer")["minutes"] == booked[0].minutes
    assert own_hours(first, limit=0).minutes == booked[0].minutes  # however few of them are listed
    assert caller(stage.leader).read("/practice/hours", after="zhangli") == []
    assert caller(stage.stranger).read("/practice/hours")[0]["minutes"] == 0


def test_only_the_time_of_the_activity_counts(stage: Stage) -> None:
    occasion_id, volunteer = stage.activity(), stage.volunteer()
    there(volunteer, occasion_id, first=150, last=60)  # half an hour before it began
    assert confirmed(stage.leader, occasion_id, of(occasion_id)).json()["result"] in (59, 60)


def test_sent_twice_counts_once_and_a_wrong_clock_does_not_matter(stage: Stage) -> None:
    occasion_id, volunteer = stage.activity(), stage.volunteer()
    phone = caller(volunteer)
    phone.done("/acts/occasions.book", {"occasion_id": str(occasion_id)})
    burst = [sent(occasion_id, "in", ago=90 * MINUTE), sent(occasion_id, "out", ago=30 * MINUTE)]
    answers = [phone.done(CHECK, one)["result"] for one in (*burst, *burst)]
    assert answers[:2] == answers[2:]
    again = phone.done(CHECK, sent(occasion_id, "in", ago=MINUTE))["result"]  # a second check-in
    assert again == answers[0]
    one = of(occasion_id)
    assert one.in_at is not None and abs(timezone.now() - 90 * MINUTE - one.in_at) < MINUTE


def test_what_is_not_from_the_place_and_the_time_fails(stage: Stage) -> None:
    occasion_id, volunteer = stage.activity(), stage.volunteer()
    phone = caller(volunteer)
    code = code_at(occasion_id, timezone.now())
    live = {"occasion_id": str(occasion_id), "direction": "in", "code": code, "client_id": str(new_identifier())}
    assert phone.post(CHECK, live).status_code == 404  # not signed up
    phone.done("/acts/occasions.book", {"occasion_id": str(occasion_id)})
    photographed = live | {"code": code_at(occasion_id, timezone.now() - 5 * MINUTE)}
    assert phone.post(CHECK, photographed).status_code == 400
    elsewhere = stage.activity(team="zhaozhuang-1")
    assert phone.post(CHECK, live | {"code": code_at(elsewhere, timezone.now())}).status_code == 400
    assert phone.post(CHECK, live | {"code": "１２３４５６７８"}).status_code == 400
    half = sent(occasion_id, "in", ago=MINUTE)
    assert phone.post(CHECK, half | {"phone_sent_at": None}).status_code == 400
    old = sent(occasion_id, "in", ago=10 * MINUTE)  # read ten minutes ago, and said to have been read just now
    assert phone.post(CHECK, old | {"phone_at": old["phone_sent_at"]}).status_code == 400
    assert phone.post(CHECK, sent(occasion_id, "in", ago=timedelta(hours=25))).status_code == 400
    assert phone.post(CHECK, sent(occasion_id, "out", ago=MINUTE)).status_code == 409  # never checked in
    early = stage.activity(starts=2 * HOUR)
    phone.done("/acts/occasions.book", {"occasion_id": str(early)})
    assert phone.post(CHECK, sent(early, "in", ago=timedelta(0))).status_code == 409
    assert caller(stage.stranger).get(f"/occasions/{occasion_id}/code").status_code == 403
    assert phone.get(f"/occasions/{occasion_id}/code").status_code == 403


def test_a_photographed_code_that_is_sent_later_needs_the_leaders_word(stage: Stage) -> None:
    """A friend photographs the code and sends the picture; whoever never came sends it as a phone without a line."""
    occasion_id, volunteer, live = stage.activity(), stage.volunteer(), stage.volunteer("王芳")
    there(volunteer, occasion_id, first=100, last=40)
    book(live, occasion_id=occasion_id)
    for direction, ago in (("in", 20), ("out", 0)):
        at = timezone.now() - ago * MINUTE
        check(
            live, occasion_id=occasion_id, direction=direction, code=code_at(occasion_id, at),
            client_id=new_identifier(), at=at,
        )  # type: ignore[call-arg]  # fmt: skip
    late, prompt = of(occasion_id, volunteer), of(occasion_id, live)
    assert late.sent_later and not prompt.sent_later
    seen = page(browser(stage.leader), f"/desk/occasions/{occasion_id}/attendance")
    assert "sent later" in seen and "You saw them there" in seen
    assert re.findall(r'value="([^"]+)" checked', seen) == [str(prompt.id)]
    refused = confirmed(stage.leader, occasion_id, late, prompt, words="")
    assert refused.status_code == 400 and "saw them there" in refused.content.decode()
    assert confirmed(stage.leader, occasion_id, prompt, words="").status_code == 200
    assert confirmed(stage.leader, occasion_id, late).status_code == 200
    assert hours_of(late).leader_words == "我看见他们在场" and hours_of(prompt).leader_words == ""


def test_an_identifier_of_another_check_in_is_refused(stage: Stage) -> None:
    occasion_id = stage.activity()
    given = sent(occasion_id, "in", ago=MINUTE)
    for actor, status in ((stage.volunteer("赵一"), 200), (stage.volunteer("钱二"), 409)):
        book(actor, occasion_id=occasion_id)
        assert caller(actor).post(CHECK, given).status_code == status


def test_two_places_at_once_are_flagged_and_not_booked(stage: Stage) -> None:
    here, elsewhere, volunteer = stage.activity(), stage.activity(team="zhaozhuang-1"), stage.volunteer()
    there(volunteer, here, first=90, last=30)
    there(volunteer, elsewhere, first=60, last=20)
    assert of(here).elsewhere and of(elsewhere).elsewhere
    assert confirmed(stage.leader, here, of(here)).status_code == 409
    assert confirmed(stage.stranger, elsewhere, of(elsewhere)).status_code == 409
    assert "at two places at once" in page(browser(stage.leader), f"/desk/occasions/{here}/attendance")
    third = stage.activity()
    there(volunteer, third, first=15, last=5)  # afterwards is no fault
    assert not of(third).elsewhere


def test_nobody_confirms_their_own_hours_or_those_of_another_station(stage: Stage) -> None:
    occasion_id, volunteer = stage.activity(), stage.volunteer()
    there(volunteer, occasion_id)
    one = of(occasion_id)
    assert confirmed(stage.stranger, occasion_id, one).status_code == 403
    assert confirmed(volunteer, occasion_id, one).status_code == 403
    phone = caller(stage.leader)
    phone.done("/acts/practice.keep_profile", {
        "station": "zhangli", "name": "何某", "phone": "13800000001", "born_on": "1970-01-01",
    })  # fmt: skip
    there(stage.leader, occasion_id)
    assert confirmed(stage.leader, occasion_id, of(occasion_id, stage.leader)).status_code == 403
    assert confirmed(stage.centre, occasion_id, of(occasion_id, stage.leader), one).json()["result"] >= 118


def test_both_words_stand_and_the_leader_may_still_confirm(stage: Stage) -> None:
    occasion_id, volunteer = stage.activity(), stage.volunteer()
    there(volunteer, occasion_id)
    desk, led = browser(stage.leader), f"/desk/occasions/{occasion_id}/attendance"
    refusal = {"deed": "refuse", "booking": str(of(occasion_id).id), "words": "提前离开"}
    assert browser(stage.stranger).post(led, refusal).status_code in (403, 404)
    assert desk.post(led, refusal | {"words": ""}).status_code == 400
    assert desk.post(led, refusal).status_code == 302
    mine, address = browser(volunteer), f"/occasions/{occasion_id}/attendance"
    assert "提前离开" in page(mine, address) and "not confirmed" in page(mine, address)
    assert mine.post(address, {"words": ""}).status_code == 400
    assert mine.post(address, {"words": "我一直在场"}).status_code == 302
    for client, where in ((mine, address), (desk, led)):
        seen = page(client, where)
        assert "提前离开" in seen and "我一直在场" in seen
    with seeing(stage.leader.scope):
        assert "occasions_disputed" in [one.code for one in notices_of(stage.leader, language="en")]
    with seeing(volunteer.scope):
        assert "occasions_refused" in [one.code for one in notices_of(volunteer, language="en")]
    assert confirmed(stage.leader, occasion_id, of(occasion_id)).status_code == 200
    assert desk.post(led, refusal).status_code == 409  # booked


def test_hours_cannot_be_typed_into_the_database_either(stage: Stage) -> None:
    occasion_id = stage.activity()
    there(stage.volunteer("赵一"), occasion_id)
    there(stage.volunteer("钱二"), occasion_id)
    with seeing(SYSTEM.scope):
        first, second = Booking.objects.filter(occasion=occasion_id).order_by("id")
    confirmed(stage.leader, occasion_id, first)
    caller(stage.leader).done("/acts/occasions.refuse_attendance", {"booking_id": str(second.id), "words": "提前离开"})
    typed = {"minutes": 60, "transfer_id": new_identifier(), "voucher": 1}
    for one, values in ((second, typed), (first, {"minutes": 600}), (first, typed)):
        with seeing(SYSTEM.scope), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT journal_open()")
            Attendance.objects.filter(booking_id=one.id).update(**values)
    for one, when in (
        (first, {"in_at": None}),
        (first, {"out_at": timezone.now()}),
        (second, {"in_at": timezone.now()}),
    ):
        with seeing(SYSTEM.scope), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT journal_open()")
            Booking.objects.filter(id=one.id).update(**when)
