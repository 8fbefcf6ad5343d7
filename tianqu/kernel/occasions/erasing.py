"""Erasing a person: they leave what is to come, and what was stays under a number that names nobody."""

from __future__ import annotations

from uuid import UUID

from tianqu.kernel.journal.api import Acting, writing
from tianqu.kernel.occasions.booking import give_up
from tianqu.kernel.occasions.models import Attendance, Booking, Occasion, Standing
from tianqu.kernel.occasions.queues import record_counts


def personal_subjects(person_id: UUID) -> list[str]:
    """What the journal holds of a person who booked."""
    return booking_subjects(person_id)


def erase_rows(acting: Acting, person_id: UUID) -> None:
    """Leave what is to come, and take the person from what was."""
    forget_bookings_within(acting, person_id)


def booking_subjects(person_id: UUID, kind: str = "") -> list[str]:
    """The subjects of a person's bookings, of one kind or of all, and of what stands of their time."""
    taken = Booking.objects.filter(person_id=person_id)
    counted = Attendance.objects.filter(person_id=person_id)
    if kind:
        taken, counted = taken.filter(occasion__kind=kind), counted.filter(booking__occasion__kind=kind)
    hours = [f"hours:{one}" for one in counted.values_list("booking_id", flat=True)]
    return [*(f"booking:{one}" for one in taken.values_list("id", flat=True)), *hours]


def forget_bookings_within(acting: Acting, person_id: UUID, kind: str = "") -> None:
    """Within another act: give up a person's places to come, of one kind or of all, and take the person from the rest.

    Their bodies in the journal are erased by the act before it (``booking_subjects``).
    """
    give_up_coming_within(acting, person_id, kind)
    with writing(acting):
        mine = Booking.objects.filter(person_id=person_id)
        ids = list((mine.filter(occasion__kind=kind) if kind else mine).values_list("id", flat=True))
        Booking.objects.filter(id__in=ids).update(person_id=None)
        Attendance.objects.filter(booking_id__in=ids).update(person_id=None, leader_words="", own_words="")


def give_up_coming_within(acting: Acting, person_id: UUID, kind: str = "") -> None:
    """Within another act: give up a person's places to come, of one kind or of all, where they are not yet."""
    with writing(acting):
        coming = Booking.objects.filter(
            person_id=person_id,
            state__in=(Standing.GOING, Standing.WAITING),
            occasion__ends_at__gt=acting.now,
            in_at=None,
        )
        if kind:
            coming = coming.filter(occasion__kind=kind)
        coming_ids = sorted(coming.values_list("occasion_id", flat=True))
        for occasion in Occasion.objects.select_for_update().filter(id__in=coming_ids).order_by("id"):
            one = coming.filter(occasion=occasion).first()
            if one is not None:
                give_up(acting, occasion, one)
                record_counts(acting, occasion)
