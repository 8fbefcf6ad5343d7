"""Periods of a book: which days take everything, which only adjustments, which nothing any more, and who said so."""

from __future__ import annotations

from datetime import date
from typing import Final

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.ledgers.books import book_called, check_day, may_on_book
from tianqu.kernel.ledgers.known_books import book_log_name
from tianqu.kernel.ledgers.models import Book, Period, PeriodState
from tianqu.kernel.ledgers.refusals import lawful

PERIODS_MAX: Final = 2_000  # the months of 166 years


@act("ledgers.set_period", may=may_on_book)
def set_period(acting: Acting, *, book: str, first_day: date, last_day: date, state: str) -> None:
    """Open, begin to close, or close the days of a book from one to another, both included.

    A period begins by being named. While ``closing`` it takes only adjustments; once ``closed`` it takes nothing and
    stays closed: what was wrong in it is reversed on a later day. Days of no period are open. Raises ``Conflict`` for
    days that cross another period's, and for a closed period.
    """
    if state not in PeriodState.values:
        raise InvalidInput(
            _("%(value)s is no state of a period."), field="state", value=state[:40],
            remedy=_("Use open, closing or closed."),
        )  # fmt: skip
    check_day(first_day, field="first_day")
    check_day(last_day, field="last_day")
    if last_day < first_day:
        raise InvalidInput(
            _("A period ends after it begins."), field="last_day", value=last_day.isoformat(),
            remedy=_("Choose a later day."),
        )  # fmt: skip
    found = book_called(book)
    after = {"book": book, "first_day": first_day, "last_day": last_day, "state": state}
    # Taking the book's number first makes whoever posts wait until the period has its new state.
    acting.record(f"period:{found.id}:{first_day.isoformat()}", after=after, book=book_log_name(book))
    said = {
        "state": state, "changed_at": acting.now, "person_id": acting.actor.person_id,
        "post_id": acting.actor.post_id,
    }  # fmt: skip
    with lawful():
        there = Period.objects.filter(book=found, first_day=first_day, last_day=last_day).first()
        if there is None:
            _refuse_one_more(found)
            Period.objects.create(book=found, first_day=first_day, last_day=last_day, **said)
        else:
            for name, value in said.items():
                setattr(there, name, value)
            there.save(update_fields=list(said))


def _refuse_one_more(book: Book) -> None:
    if Period.objects.filter(book=book).count() >= PERIODS_MAX:
        raise TooLarge(
            _("A book has at most %(most)s periods."), field="first_day", most=PERIODS_MAX,
            remedy=_("Open a new book for what follows."),
        )  # fmt: skip


def periods_of(book: Book) -> list[Period]:
    """All periods of a book, first the earliest: no more than ``PERIODS_MAX`` can be named."""
    return list(Period.objects.filter(book=book).order_by("first_day")[:PERIODS_MAX])
