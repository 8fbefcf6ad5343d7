"""Booked time taken back: once, by a reversal in the ledger; booked anew; and never against what the ledger holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.kernel.occasions.counted import confirmed, counted_by, minutes_of, was_there
from tests.kernel.occasions.stage import DAY, HOUR, Stage, anyone, booked
from tests.kernel.occasions.test_seats import at_once
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, erase_person, seeing
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.ledgers.api import Account, Leg, Transfer, reverse_transfer, set_period
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.occasions.api import (
    Attendance,
    close,
    confirm_attendance,
    dispute_attendance,
    own_attendance,
    refuse_attendance,
    reverse_attendance,
)

WORDS = "认错了人"


@pytest.fixture
def counting_committed(committed: Stage) -> Iterator[Any]:
    """Lets the theatre's shows count time, for all connections."""
    yield from counted_by(committed)


def kept(occasion_id: UUID) -> Attendance:
    with seeing(SYSTEM.scope):
        return Attendance.objects.get(booking__occasion=occasion_id)


def booking_of(occasion_id: UUID) -> UUID:
    return booked(occasion_id)[0].id


def sum_of_legs(number: str) -> int:
    """What the ledger holds of a number."""
    with seeing(SYSTEM.scope):
        accounts = list(Account.objects.filter(book__code="hall", code=number).values_list("id", flat=True))
        return -(Leg.objects.filter(account_id__in=accounts, held=False).aggregate(sum=Sum("amount"))["sum"] or 0)


def sum_of_minutes(number: str) -> int:
    with seeing(SYSTEM.scope):
        return Attendance.objects.filter(number=number).aggregate(sum=Sum("minutes"))["sum"] or 0


def given_out() -> int:
    with seeing(SYSTEM.scope):
        account = Account.objects.get(book__code="hall", code="GIVEN")
    return account.posted_debit - account.posted_credit


def test_taken_back_once_and_booked_anew(stage: Stage, counting: Any) -> None:
    counting()
    person = stage.account()
    occasion_id = was_there(stage, person, minutes=30)
    assert confirmed(stage, occasion_id) == 30
    first, booking_id = kept(occasion_id), booking_of(occasion_id)
    assert reverse_attendance(stage.door, booking_id=booking_id, words=WORDS) == 30
    one = kept(occasion_id)
    assert (one.minutes, one.transfer_id, one.voucher, one.book, one.leader_words) == (None, None, None, "", WORDS)
    assert one.refused_at is not None and one.reversed_at == one.refused_at
    assert sum_of_legs(one.number) == 0 and given_out() == 0
    with seeing(SYSTEM.scope):
        reversal = Transfer.objects.get(reverses=first.transfer_id)
        entry = Entry.objects.get(act="occasions.reverse_attendance", subject=f"hours:{booking_id}")
    assert reversal.day == timezone.localdate() and WORDS not in reversal.purpose
    assert str(first.transfer_id) in bytes(entry.body or b"").decode()
    with pytest.raises(Conflict) as refused:
        reverse_attendance(stage.door, booking_id=booking_id, words=WORDS)
    assert refused.value.remedy
    with seeing(person.scope):
        own = own_attendance(person, occasion_id=occasion_id)
        assert own is not None and own.standing == "reversed"
        (told,) = [one for one in notices_of(person, language="en") if one.code == "occasions_reversed"]
    assert WORDS in str(told.words)
    dispute_attendance(person, occasion_id=occasion_id, words="我一直在场")
    assert confirmed(stage, occasion_id) == 30
    again = kept(occasion_id)
    assert again.minutes == 30 and again.transfer_id != first.transfer_id
    assert (again.refused_at, again.reversed_at, again.disputed_at) == (None, None, None)
    assert sum_of_legs(one.number) == 30 and given_out() == 30
    assert reverse_attendance(stage.door, booking_id=booking_id, words=WORDS) == 30
    assert sum_of_legs(one.number) == 0


def test_who_may_not_and_what_is_wanted(stage: Stage, counting: Any) -> None:
    counting()
    occasion_id = was_there(stage, stage.account(), minutes=30)
    booking_id = booking_of(occasion_id)
    with pytest.raises(Conflict):  # nothing is booked yet
        reverse_attendance(stage.door, booking_id=booking_id, words=WORDS)
    confirmed(stage, occasion_id)
    for words in ("", "  ", "\n\t"):
        with pytest.raises(InvalidInput):
            reverse_attendance(stage.door, booking_id=booking_id, words=words)
    for actor in (stage.stranger, stage.other, anyone()):
        with pytest.raises((NotPermitted, NotFound)):
            reverse_attendance(actor, booking_id=booking_id, words=WORDS)
    with pytest.raises(NotFound):
        reverse_attendance(stage.door, booking_id=new_identifier(), words=WORDS)
    assert minutes_of(occasion_id) == 30
    own = was_there(stage, stage.door, minutes=30)
    confirm_attendance(SYSTEM, occasion_id=own, booking_ids=[booking_of(own)])
    with pytest.raises(NotPermitted):
        reverse_attendance(stage.door, booking_id=booking_of(own), words=WORDS)
    assert minutes_of(own) == 30


def test_a_disagreement_is_answered_by_it(stage: Stage, counting: Any) -> None:
    counting()
    person = stage.account()
    occasion_id = was_there(stage, person, minutes=30)
    confirmed(stage, occasion_id)
    dispute_attendance(person, occasion_id=occasion_id, words="这不是我的时长")
    reverse_attendance(stage.door, booking_id=booking_of(occasion_id), words=WORDS)
    one = kept(occasion_id)
    assert (one.disputed_at, one.own_words, one.minutes) == (None, "这不是我的时长", None)
    refuse_attendance(stage.door, booking_id=one.booking_id, words="仍不确认")
    assert kept(occasion_id).leader_words == "仍不确认" and sum_of_legs(one.number) == 0


def test_closing_by_codes_does_not_book_it_again(stage: Stage, counting: Any) -> None:
    counting(by_codes=True)
    occasion_id, other = was_there(stage, stage.account(), minutes=30), was_there(stage, stage.account(), minutes=30)
    confirmed(stage, occasion_id)
    reverse_attendance(stage.door, booking_id=booking_of(occasion_id), words=WORDS)
    for each in (occasion_id, other):
        close(SYSTEM, occasion_id=each)
    assert minutes_of(occasion_id) is None and minutes_of(other) == 30
    assert sum_of_legs(kept(occasion_id).number) == 0 and given_out() == 30


def test_of_somebody_who_was_erased(stage: Stage, counting: Any) -> None:
    counting()
    person = anyone()
    occasion_id = was_there(stage, person, minutes=30)
    confirmed(stage, occasion_id)
    assert person.person_id is not None
    erase_person(SYSTEM, person_id=person.person_id, reason="本人要求")
    assert reverse_attendance(stage.door, booking_id=booking_of(occasion_id), words=WORDS) == 30
    assert sum_of_legs(kept(occasion_id).number) == 0


def test_what_its_book_reversed_before_is_reversed_once(stage: Stage, counting: Any) -> None:
    counting()
    occasion_id = was_there(stage, stage.account(), minutes=30)
    confirmed(stage, occasion_id)
    one = kept(occasion_id)
    assert one.transfer_id is not None
    reverse_transfer(
        SYSTEM, transfer_id=one.transfer_id, reversal_id=new_identifier(), day=timezone.localdate(), purpose="记错"
    )
    assert reverse_attendance(stage.door, booking_id=one.booking_id, words=WORDS) == 30
    assert sum_of_legs(one.number) == 0 and minutes_of(occasion_id) is None


def test_a_closed_period_is_left_alone(stage: Stage, counting: Any) -> None:
    """The day on which it was booked is closed: the reversal is today's."""
    counting()
    occasion_id, today = was_there(stage, stage.account(), minutes=30), timezone.localdate()
    confirmed(stage, occasion_id)
    set_period(SYSTEM, book="hall", first_day=today - 20 * DAY, last_day=today - DAY, state="closed")
    assert reverse_attendance(stage.door, booking_id=booking_of(occasion_id), words=WORDS) == 30
    assert sum_of_legs(kept(occasion_id).number) == 0
    with pytest.raises(Conflict) as refused:
        confirmed(stage, occasion_id)
    assert refused.value.remedy and minutes_of(occasion_id) is None


def test_the_database_lets_nothing_go_without_its_reversal(stage: Stage, counting: Any) -> None:
    counting()
    occasion_id = was_there(stage, stage.account(), minutes=30)
    confirmed(stage, occasion_id)
    one = kept(occasion_id)
    booked_before = {name: getattr(one, name) for name in ("minutes", "transfer_id", "voucher", "book")}
    nothing: dict[str, Any] = {"minutes": None, "transfer_id": None, "voucher": None, "book": ""}

    def typed(values: dict[str, Any]) -> None:
        with seeing(SYSTEM.scope), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT journal_open()")
            Attendance.objects.filter(booking_id=one.booking_id).update(**values)

    typed(nothing)
    typed({"reversed_at": timezone.now()})
    reverse_attendance(stage.door, booking_id=one.booking_id, words=WORDS)
    typed(booked_before | {"reversed_at": None, "refused_at": None})  # what was taken back is theirs no more


@pytest.mark.django_db(transaction=True)
def test_two_reversals_at_once_reverse_once(committed: Stage, counting_committed: Any) -> None:
    counting_committed()
    occasion_id = was_there(committed, anyone(), minutes=30)
    confirmed(committed, occasion_id)
    back = (reverse_attendance, committed.door, {"booking_id": booking_of(occasion_id), "words": WORDS})
    assert sorted(map(str, at_once([back, back]))) == sorted(["30", str(Conflict)])
    assert sum_of_legs(kept(occasion_id).number) == 0 and given_out() == 0


@pytest.mark.django_db(transaction=True)
def test_a_reversal_and_a_confirmation_at_once_agree_with_the_ledger(committed: Stage, counting_committed: Any) -> None:
    counting_committed()
    occasion_id = was_there(committed, anyone(), minutes=30)
    confirmed(committed, occasion_id)
    booking_id = booking_of(occasion_id)
    back = (reverse_attendance, committed.door, {"booking_id": booking_id, "words": WORDS})
    anew = (confirm_attendance, committed.door, {"occasion_id": occasion_id, "booking_ids": [booking_id]})
    for _again in range(3):
        at_once([back, anew, back, anew])
        number = kept(occasion_id).number
        assert sum_of_legs(number) == (minutes_of(occasion_id) or 0) == given_out()
        confirmed(committed, occasion_id)


DEEDS = st.lists(
    st.tuples(st.sampled_from(("confirm", "reverse", "refuse", "dispute", "close")), st.integers(0, 1)), max_size=12
)


@given(deeds=DEEDS)
@bounds(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_deeds_the_ledger_holds_what_stands(
    stage: Stage, counting: Any, deeds: list[tuple[str, int]]
) -> None:
    counting(by_codes=True, day_max=60)
    person = anyone()
    shows = [was_there(stage, person, minutes=40, starts=-3 * DAY + after) for after in (0 * HOUR, 3 * HOUR)]
    for deed, which in deeds:
        with suppress(TianquError):
            do(stage, person, shows[which], deed)
        number = booked(shows[which])[0].number
        assert sum_of_legs(number) == sum_of_minutes(number)


def do(stage: Stage, person: Actor, occasion_id: UUID, deed: str) -> None:
    booking_id = booking_of(occasion_id)
    if deed == "confirm":
        confirm_attendance(stage.door, occasion_id=occasion_id, booking_ids=[booking_id])
    elif deed == "reverse":
        reverse_attendance(stage.door, booking_id=booking_id, words=WORDS)
    elif deed == "refuse":
        refuse_attendance(stage.door, booking_id=booking_id, words="没有来")
    elif deed == "dispute":
        dispute_attendance(person, occasion_id=occasion_id, words="我在场")
    else:
        close(SYSTEM, occasion_id=occasion_id)
