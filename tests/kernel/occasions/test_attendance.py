"""Counted time by declaration: in steps, within a day's limit, by codes alone; and an occasion that counts none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tests.kernel.occasions.stage import DAY, HALLS, HOUR, SHOW, Stage, anyone, booked
from tianqu.base.errors import Conflict, NotFound
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, erase_person, seeing
from tianqu.kernel.ledgers.api import Account, NewLedger, forget_books, open_account, open_book
from tianqu.kernel.occasions import kinds
from tianqu.kernel.occasions.api import (
    Attendance,
    CountedTime,
    book,
    check,
    close,
    code_at,
    confirm_attendance,
    dispute_attendance,
)

MINUTE = timedelta(minutes=1)
SINCE = date(2020, 1, 1)


def number_of(person_id: UUID, _on: date) -> str:
    return f"N{person_id.hex[-8:]}"


@pytest.fixture
def counting(stage: Stage) -> Iterator[Any]:
    """Lets the theatre's shows count time, and gives them a book for it."""
    forget_books()
    with seeing(SYSTEM.scope):
        open_book(
            SYSTEM, code="hall", name="课时", ledgers=[NewLedger("hours", "minute")],
            unit_id=stage.prefecture.units["v101009"].id, first_day=SINCE,
        )  # fmt: skip
        open_account(
            SYSTEM, book="hall", ledger="hours", code="GIVEN", name="课时", element="other", side="debit",
            opened_on=SINCE,
        )  # fmt: skip
    HALLS["hall"] = replace(HALLS["hall"], book="hall", account="GIVEN")

    def declared(**how: Any) -> None:
        counted = CountedTime("hours", SINCE, **how)
        kinds._KINDS["test_show"] = replace(SHOW, ticketed=False, counted=counted, booker=number_of)

    yield declared
    kinds._KINDS["test_show"] = SHOW
    forget_books()


def was_there(stage: Stage, person: Actor, *, minutes: int, starts: timedelta = -DAY * 3) -> UUID:
    """A show in which somebody was so long, from its beginning on."""
    then = timezone.now() + starts
    occasion_id = stage.show(starts=starts, places=3, at=then - 5 * DAY)
    book(person, occasion_id=occasion_id, at=then - DAY)  # type: ignore[call-arg]
    for direction, after in (("in", 0), ("out", minutes + 1)):
        at = then + after * MINUTE
        check(
            person, occasion_id=occasion_id, direction=direction, code=code_at(occasion_id, at),
            client_id=new_identifier(), at=at,
        )  # type: ignore[call-arg]  # fmt: skip
    return occasion_id


def minutes_of(occasion_id: UUID) -> int | None:
    with seeing(SYSTEM.scope):
        one = Attendance.objects.filter(booking__occasion=occasion_id).first()
    return one.minutes if one is not None else None


def confirmed(stage: Stage, occasion_id: UUID) -> int:
    return confirm_attendance(
        stage.door, occasion_id=occasion_id, booking_ids=[one.id for one in booked(occasion_id)]
    )  # fmt: skip


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
