"""Shows of the theatre at which time is counted, and people who were there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from tests.kernel.occasions.stage import DAY, HALLS, SHOW, Stage, booked
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers.api import NewLedger, forget_books, open_account, open_book
from tianqu.kernel.occasions import kinds
from tianqu.kernel.occasions.api import Attendance, CountedTime, book, check, code_at, confirm_attendance

MINUTE = timedelta(minutes=1)
SINCE = date(2020, 1, 1)


def number_of(person_id: UUID, _on: date) -> str:
    return f"N{person_id.hex[-8:]}"


def counted_by(stage: Stage) -> Iterator[Any]:
    """Let the theatre's shows count time, and give them a book for it."""
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
