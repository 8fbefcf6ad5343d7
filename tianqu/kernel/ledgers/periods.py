"""Periods of a book: which days take everything, which only adjustments, which nothing any more, and who said so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count
from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, TooLarge, _
from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.ledgers.books import book_called, check_books_count, check_day, may_on_book
from tianqu.kernel.ledgers.known_books import book_log_name, no_book
from tianqu.kernel.ledgers.models import Book, Period, PeriodState
from tianqu.kernel.ledgers.refusals import lawful
from tianqu.kernel.places.api import require, within_scope

PERIODS_MAX: Final = 2_000  # the months of 166 years


@act("ledgers.set_period", may=may_on_book)
def set_period(acting: Acting, *, book: str, first_day: date, last_day: date, state: str) -> None:
    """Open, begin to close, or close the days of a book from one to another, both included.

    A period begins by being named. While ``closing`` it takes only adjustments; once ``closed`` it takes nothing and
    stays closed: what was wrong in it is reversed on a later day. Days of no period are open. Raises ``Conflict`` for
    days that cross another period's, for a closed period, and for closing days that are not over.
    """
    set_period_within(acting, book=book, first_day=first_day, last_day=last_day, state=state)


def set_period_within(acting: Acting, *, book: str, first_day: date, last_day: date, state: str) -> None:
    """Do what ``set_period`` does within another act, in its transaction; that act has asked for its own permission."""
    _check_period(first_day, last_day=last_day, state=state, now=acting.now)
    _set(acting, [book_called(book)], first_day, last_day=last_day, state=state)


def _may_on_books(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    check_books_count(len(arguments["books"]))
    for book in _books_called(arguments["books"]):
        if not within_scope(acting.actor.scope, book):
            raise no_book(book.code, field="books")


@act("ledgers.set_periods", may=_may_on_books)
def set_periods(acting: Acting, *, books: Sequence[str], first_day: date, last_day: date, state: str) -> int:
    """Do what ``set_period`` does in up to 500 books, all or none; return in how many.

    Those whose period is in this state already are left as they are. Raises as ``set_period`` does.
    """
    _check_period(first_day, last_day=last_day, state=state, now=acting.now)
    days = {"first_day": first_day, "last_day": last_day, "state": state}
    found = _books_called(books)
    done = set(Period.objects.filter(book__in=found, **days).values_list("book_id", flat=True))
    rest = [book for book in found if book.id not in done]
    if not rest:
        raise DoneBefore(0)
    _set(acting, rest, first_day, last_day=last_day, state=state)
    return len(rest)


def _books_called(codes: Sequence[str]) -> list[Book]:
    """Books by their codes, in the order of these. Raises ``NotFound``."""
    found = list(Book.objects.filter(code__in=[code[:200] for code in codes]).order_by("code"))
    missing = sorted(set(codes) - {book.code for book in found})
    if missing:
        raise no_book(missing[0], field="books")
    return found


def _check_period(first_day: date, *, last_day: date, state: str, now: datetime) -> None:
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
    if state != PeriodState.OPEN and last_day >= timezone.localdate(now):
        raise Conflict(
            _("The days up to %(value)s are not over yet."), field="last_day", value=last_day.isoformat(),
            remedy=_("Close them from %(day)s on."), day=(last_day + timedelta(days=1)).isoformat(),
        )  # fmt: skip


def _set(acting: Acting, books: Sequence[Book], first_day: date, *, last_day: date, state: str) -> None:
    """Give these days their state in each of the books."""
    days = {"first_day": first_day, "last_day": last_day}
    # Taking the books' numbers first makes whoever posts wait until the periods have their new state.
    acting.record_in_books([
        (
            f"period:{book.id}:{first_day.isoformat()}", {"book": book.code, **days, "state": state},
            book_log_name(book.code),
        )
        for book in books
    ])  # fmt: skip
    said = {
        "state": state, "changed_at": acting.now, "person_id": acting.actor.person_id,
        "post_id": acting.actor.post_id,
    }  # fmt: skip
    with lawful():
        there = list(Period.objects.filter(book__in=books, **days))
        for period in there:
            for name, value in said.items():
                setattr(period, name, value)
            period.save(update_fields=list(said))
        known = {period.book_id for period in there}
        fresh = [book for book in books if book.id not in known]
        _refuse_one_more(fresh)
        Period.objects.bulk_create([Period(book=book, **days, **said) for book in fresh])


def _refuse_one_more(books: Sequence[Book]) -> None:
    counts = (
        Period.objects.filter(book__in=books).values("book").annotate(count=Count("id")).values_list("count", flat=True)
    )
    if max(counts, default=0) >= PERIODS_MAX:
        raise TooLarge(
            _("A book has at most %(most)s periods."), field="first_day", most=PERIODS_MAX,
            remedy=_("Open a new book for what follows."),
        )  # fmt: skip


def periods_of(book: Book) -> list[Period]:
    """All periods of a book, first the earliest: no more than ``PERIODS_MAX`` can be named."""
    return list(Period.objects.filter(book=book).order_by("first_day")[:PERIODS_MAX])
