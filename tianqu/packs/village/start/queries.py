"""How many things of each kind wait for a post, and the first day of them: a query a kind, within its sight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import book_detail
from tianqu.kernel.orders.api import OrderFilters, State, desk_counts, open_orders
from tianqu.packs.village.desk.models import Review, ReviewState
from tianqu.packs.village.findings.models import DrawnFinding, Finding
from tianqu.packs.village.findings.queries import UNANSWERED
from tianqu.packs.village.judging import current_policy
from tianqu.packs.village.keeping.queries import own_books
from tianqu.packs.village.keeping.registers.vouchers import month_around, waiting_months
from tianqu.packs.village.meetings.models import Matter, MatterStep, StepAttestation
from tianqu.packs.village.meetings.procedure import Step
from tianqu.packs.village.queries import seen
from tianqu.packs.village.statements.queries import MONEY

BOOKS_MAX: Final = 3  # of one post that are looked through for months
AHEAD_DAYS: Final = 30  # a disclosure that is due later does not wait yet


@dataclass(frozen=True, slots=True)
class Waited:
    """So many things, the first day on which one is due or since when it waits, and how many are past their day."""

    count: int = 0
    first: date | None = None
    late: int = 0


def _told(rows: QuerySet[Any], day: str, *, late: Q | None = None) -> Waited:
    counts = {"n": Count("pk"), "first": Min(day)} | ({"late": Count("pk", filter=late)} if late is not None else {})
    found = rows.aggregate(**counts)
    first = found["first"]
    return Waited(
        found["n"], timezone.localdate(first) if isinstance(first, datetime) else first, found.get("late", 0)
    )  # fmt: skip


def findings_to_answer(actor: Actor) -> Waited:
    """Findings that the villages have not answered, by the day until which they are put right."""
    rows = seen(actor, Finding.objects.filter(order__state__in=UNANSWERED))
    return _told(rows, "rectify_by", late=Q(rectify_by__lt=timezone.localdate()))


def findings_to_decide(actor: Actor) -> Waited:
    """Findings that were answered and wait for an inspector, since the first answer."""
    return _told(seen(actor, Finding.objects.filter(order__state=State.DONE)), "answered_on")


def findings_past_their_day(actor: Actor) -> Waited:
    """Findings that no village has answered though their day is over."""
    rows = Finding.objects.filter(order__state__in=UNANSWERED, rectify_by__lt=timezone.localdate())
    return _told(seen(actor, rows), "rectify_by")


def second_looks(actor: Actor) -> Waited:
    """Closed findings that were drawn for a second look, which nobody has taken yet."""
    return _told(seen(actor, DrawnFinding.objects.filter(result="")), "drawing__drawn_at")


def reviews_in(actor: Actor, state: ReviewState) -> Waited:
    """Contracts and vouchers that are looked at: by the day until which papers are asked for, else since when."""
    rows = seen(actor, Review.objects.filter(state=state))
    if state is ReviewState.ASKED:
        return _told(rows, "due_on", late=Q(due_on__lt=timezone.localdate()))
    return _told(rows, "changed_at")


def matters_due(actor: Actor) -> Waited:
    """Matters whose next step is a disclosure that is due within a month, or was."""
    today = timezone.localdate()
    rows = Matter.objects.filter(withdrawn_at__isnull=True, due_on__lte=today + timedelta(days=AHEAD_DAYS))
    return _told(seen(actor, rows.exclude(next_step="")), "due_on", late=Q(due_on__lt=today))


def votes_to_attest(actor: Actor) -> Waited:
    """Resolutions that no second person has attested, by the day until which one should."""
    today, days = timezone.localdate(), current_policy().attest_days
    rows = MatterStep.objects.filter(
        ~Exists(StepAttestation.objects.filter(step_id=OuterRef("pk"))), step=Step.RESOLVE.value,
        struck_at__isnull=True, matter__withdrawn_at__isnull=True,
    ).exclude(person_id=actor.person_id)  # fmt: skip
    told = _told(seen(actor, rows), "day", late=Q(day__lt=today - timedelta(days=days)))
    return Waited(told.count, told.first + timedelta(days=days) if told.first else None, told.late)


def requests_open(actor: Actor) -> Waited:
    """Questions and requests that the post's unit answers for, by the day until which the first is answered."""
    now, states = timezone.now(), (State.DISPATCHED.value, State.ACCEPTED.value)
    counts = desk_counts(actor, now=now, day_ends_at=now)
    count = sum(counts.by_state.get(state, 0) for state in states)
    if not count:
        return Waited()
    first = open_orders(actor, filters=OrderFilters(states=states), limit=1).rows
    due = first[0].due_next_at if first else None
    return Waited(count, timezone.localdate(due) if due is not None else None, counts.late)


@dataclass(frozen=True, slots=True)
class Months:
    """The months of a book that hold vouchers, are over, and are not finished: how many, and the first of them."""

    book: str
    count: int
    first: date


def months_to_finish(actor: Actor) -> list[Months]:
    """The own books in which months are to be finished. A month without a voucher keeps nobody waiting."""
    told = []
    last_day = month_around(timezone.localdate())[0] - timedelta(days=1)
    for code in own_books(actor)[:BOOKS_MAX]:
        book = book_detail(actor, book=code)
        if all(ledger.code != MONEY for ledger in book.ledgers):
            continue
        months = waiting_months(book.id, book.periods, first_day=book.first_day, last_day=last_day)
        if months:
            told.append(Months(code, len(months), months[0]))
    return told
