"""One minute counts once: what is booked of a number already is taken off what is booked next, here or by a pack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from tianqu.kernel.occasions.kinds import Span
from tianqu.kernel.occasions.models import Attendance, Booking


def time_left(span: Span, taken: Iterable[Span]) -> timedelta:
    """What is left of a span when others, which may overlap, are taken off; nothing for one that ends before it begins.

    Sums of spans booked one after the other, each with those before it as ``taken``, are never longer than the time
    that they cover together.
    """
    left, (begin, end) = timedelta(0), span
    for since, until in sorted(taken):
        left += max(min(since, end) - begin, timedelta(0))
        begin = max(begin, until)
    return left + max(end - begin, timedelta(0))


def lock_numbers(numbers: Collection[str]) -> None:
    """Let nobody else book time for these numbers until the act ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('attendance:' || key, 0)) FROM unnest(%s::text[]) AS key",
            [sorted(numbers)],
        )


def spans_by_number(rows: Iterable[tuple[str, datetime | None, datetime | None]]) -> dict[str, list[Span]]:
    """Rows of a number, from when and until when, as spans by number; who has not left has none."""
    found: dict[str, list[Span]] = defaultdict(list)
    for number, begin, end in rows:
        if begin is not None and end is not None:
            found[number].append((begin, end))
    return found


def booked_spans(numbers: Collection[str], within: Span) -> dict[str, list[Span]]:
    """By number, what was booked at occasions between two moments. Read with open eyes, the numbers locked."""
    begin, end = within
    booked = Attendance.objects.filter(
        number__in=list(numbers), minutes__isnull=False, booking__in_at__lt=end, booking__out_at__gt=begin
    )
    came, left = F("booking__in_at"), F("booking__out_at")
    since, until = Greatest(came, "booking__occasion__starts_at"), Least(left, "booking__occasion__ends_at")
    return spans_by_number(booked.annotate(since=since, until=until).values_list("number", "since", "until"))


def minutes_free(number: str, span: Span, *, also: Mapping[str, list[Span]]) -> int:
    """The whole minutes of a span in which nothing is booked of a number, at occasions and as ``also`` tells."""
    taken = [*booked_spans([number], span).get(number, ()), *also.get(number, ())]
    return int(time_left(span, taken).total_seconds()) // 60


def checked_in_between(person_id: UUID | None, *, begin: datetime, end: datetime) -> bool:
    """Say whether somebody was checked in at an occasion; who has not checked out is there until it ends. Open eyes."""
    there = Q(out_at__gte=begin) | Q(out_at=None, occasion__ends_at__gte=begin)
    return person_id is not None and Booking.objects.filter(there, person_id=person_id, in_at__lte=end).exists()
