"""Counted time by declaration: in steps, within a day's limit, by codes alone; and an occasion that counts none."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.kernel.occasions.counted import confirmed, minutes_of, was_there
from tests.kernel.occasions.stage import DAY, HOUR, Stage, anyone
from tianqu.base.errors import Conflict, NotFound
from tianqu.kernel.journal.api import SYSTEM, erase_person, seeing
from tianqu.kernel.ledgers.api import Account
from tianqu.kernel.occasions.api import Attendance, close, dispute_attendance


def test_what_is_less_than_a_step_is_cut_off(stage: Stage, counting: Any) -> None:
    counting(step=15)
    occasion_id = was_there(stage, stage.account(), minutes=50)
    assert confirmed(stage, occasion_id) == 45
    assert confirmed(stage, occasion_id) == 0  # sent twice
    with seeing(SYSTEM.scope):
        assert Account.objects.get(book__code="hall", code="GIVEN").posted_debit == 45
    short = was_there(stage, stage.account(), minutes=10)
    with pytest.raises(Conflict):
        confirmed(stage, short)


def test_no_more_counts_than_a_day_may_hold(stage: Stage, counting: Any) -> None:
    counting(day_max=60)
    person, noon = stage.account(), timezone.localtime().replace(hour=8, minute=0, second=0, microsecond=0)
    morning = noon - 3 * DAY - timezone.now()
    first = was_there(stage, person, minutes=40, starts=morning)
    second = was_there(stage, person, minutes=40, starts=morning + 4 * HOUR)
    next_day = was_there(stage, person, minutes=40, starts=morning + DAY)
    assert [confirmed(stage, one) for one in (first, second, next_day)] == [40, 20, 40]
    third = was_there(stage, person, minutes=40, starts=morning + 8 * HOUR)
    with pytest.raises(Conflict):
        confirmed(stage, third)


def test_codes_alone_are_enough_where_the_kind_says_so(stage: Stage, counting: Any) -> None:
    counting(by_codes=True)
    occasion_id, person = was_there(stage, stage.account(), minutes=30), stage.account()
    disputed = was_there(stage, person, minutes=30)
    dispute_attendance(person, occasion_id=disputed, words="我多待了十分钟")
    for each in (occasion_id, disputed):
        close(SYSTEM, occasion_id=each)
    assert minutes_of(occasion_id) == 30 and minutes_of(disputed) is None
    counting()
    waiting = was_there(stage, stage.account(), minutes=30)
    close(SYSTEM, occasion_id=waiting)
    assert minutes_of(waiting) is None


def test_a_kind_that_counts_nothing_confirms_nothing(stage: Stage) -> None:
    with pytest.raises(NotFound):
        confirmed(stage, stage.show(places=3))


def test_minutes_stay_when_a_person_is_erased(stage: Stage, counting: Any) -> None:
    counting()
    person = anyone()
    occasion_id = was_there(stage, person, minutes=30)
    dispute_attendance(person, occasion_id=occasion_id, words="我多待了十分钟")
    assert confirmed(stage, occasion_id) == 30
    assert person.person_id is not None
    erase_person(SYSTEM, person_id=person.person_id, reason="本人要求")
    with seeing(SYSTEM.scope):
        kept = Attendance.objects.get(booking__occasion=occasion_id)
    assert (kept.person_id, kept.own_words, kept.minutes) == (None, "", 30)


def test_what_an_erased_person_had_disputed_is_booked_once(stage: Stage, counting: Any) -> None:
    counting()
    person = anyone()
    occasion_id = was_there(stage, person, minutes=30)
    dispute_attendance(person, occasion_id=occasion_id, words="我多待了十分钟")
    assert person.person_id is not None
    erase_person(SYSTEM, person_id=person.person_id, reason="本人要求")
    assert [confirmed(stage, occasion_id) for _again in range(2)] == [30, 0]
    assert minutes_of(occasion_id) == 30
    with seeing(SYSTEM.scope):
        assert Account.objects.get(book__code="hall", code="GIVEN").posted_debit == 30
