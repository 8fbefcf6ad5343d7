"""One minute counts once: what is booked of a number already is taken off what is booked next, here or by a pack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q

from tianqu.kernel.journal.api import Acting, writing
from tianqu.kernel.occasions.kinds import Span
from tianqu.kernel.occasions.models import Attendance, Booking


def time_left(begin: datetime, end: datetime, taken: Iterable[Span]) -> timedelta:
    """What is left of a span when others, which may overlap, are taken off; nothing for one that ends before it begins.

    Sums of spans booked one after the other, each with those before it as ``taken``, are never longer than the time
    that they cover together.
    """
    left = timedelta(0)
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


def booked_spans(
    acting: Acting, numbers: Collection[str], *, begin: datetime, end: datetime
) -> Mapping[str, list[Span]]:
    """By number, what was booked at occasions between two moments; the numbers are locked (``lock_numbers``)."""
    found: dict[str, list[Span]] = defaultdict(list)
    with writing(acting):
        booked = Attendance.objects.filter(
            number__in=list(numbers), minutes__isnull=False, booking__in_at__lt=end, booking__out_at__gt=begin
        )
        for one in booked.select_related("booking__occasion"):
            came, left, of = one.booking.in_at, one.booking.out_at, one.booking.occasion
            assert came is not None and left is not None, one.booking_id
            found[one.number].append((max(came, of.starts_at), min(left, of.ends_at)))
    return found


def checked_in_between(acting: Acting, person_id: UUID, *, begin: datetime, end: datetime) -> bool:
    """Say whether somebody was checked in at an occasion; who has not checked out is there until it ends."""
    there = Q(out_at__gte=begin) | Q(out_at=None, occasion__ends_at__gte=begin)
    with writing(acting):
        return Booking.objects.filter(there, person_id=person_id, in_at__lte=end).exists()
