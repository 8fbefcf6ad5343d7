"""The tables of occasions. What takes place is public; who books is not, and is known to others by a number alone."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tianqu.kernel.places.api import PathField


class Held(models.Model):
    """What a unit answers for in a place; row-level security reads both."""

    unit_id = models.UUIDField()
    place_path = PathField()

    class Meta:
        abstract = True


class Occasion(Held):
    """Something that takes place. ``kind`` is what a pack declares, ``subject`` its code of who holds it.

    ``going``, ``waiting`` and ``asked`` are counted by acts; ``asked`` is how many have ever asked for a place.
    """

    id = models.UUIDField(primary_key=True)  # given by the client
    kind = models.TextField()  # the code of an OccasionKind: "practice"
    subject = models.TextField()  # who holds it, as the kind's pack calls it: a team, a theatre
    title = models.TextField()
    title_en = models.TextField()
    words = models.TextField()
    words_en = models.TextField()
    venue = models.TextField()
    venue_en = models.TextField()
    lon = models.DecimalField(max_digits=9, decimal_places=6, null=True)  # degrees of WGS 84
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    opens_at = models.DateTimeField(null=True)  # from when on places are given away; at once without it
    places = models.IntegerField()
    seats = ArrayField(models.TextField(), db_default=[])  # numbered ones, the best first; none: one sits anywhere
    price_fen = models.IntegerField(db_default=0)
    tags = ArrayField(models.TextField(), db_default=[])  # "theme_day"
    going = models.IntegerField(db_default=0)
    waiting = models.IntegerField(db_default=0)
    asked = models.IntegerField(db_default=0)
    cancelled_at = models.DateTimeField(null=True)
    cause = models.TextField(db_default="")  # weather, other
    reason = models.TextField(db_default="")
    reason_en = models.TextField(db_default="")
    closed_at = models.DateTimeField(null=True)  # when it was looked at who had not come
    changed_at = models.DateTimeField()
    version = models.IntegerField(db_default=1)

    class Meta:
        db_table = "occasions_occasion"
        indexes = [
            models.Index(fields=["starts_at", "id"], name="occasions_occasion_time"),
            models.Index(fields=["kind", "subject", "starts_at"], name="occasions_occasion_subject"),
            models.Index(fields=["ends_at"], condition=models.Q(closed_at=None), name="occasions_occasion_open"),
        ]


class Standing(models.TextChoices):
    """How somebody stands to an occasion."""

    GOING = "going"
    WAITING = "waiting"
    LEFT = "left"
    NO_SHOW = "no_show"  # had a place, neither came nor left


class Booking(Held):
    """Somebody's place at an occasion, or their place in its queue; when they came and went.

    ``person_id`` is personal data and goes when they are erased; ``number`` stays, which names nobody.
    """

    id = models.UUIDField(primary_key=True)
    occasion = models.ForeignKey(Occasion, on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField(null=True)
    number = models.TextField()
    state = models.TextField(choices=Standing.choices)
    queued_at = models.DateTimeField()
    turn = models.IntegerField()  # the how manieth to ask: the queue's order, in which nobody is beside another
    seat = models.TextField(null=True)  # noqa: DJ001  a free one has no number, and numbers are unique
    serial = models.IntegerField(db_default=0)  # of the ticket in force; a place that was left voids what was issued
    in_at = models.DateTimeField(null=True)
    in_id = models.UUIDField(null=True, unique=True)  # given by the phone, or by the device at the door
    in_door = models.TextField(db_default="")  # where they came in, as the device at the door is called
    out_at = models.DateTimeField(null=True)
    out_id = models.UUIDField(null=True, unique=True)
    sent_later = models.BooleanField(db_default=False)  # kept by a phone or a device without a line
    elsewhere = models.BooleanField(db_default=False)  # checked in at another place at the same time

    occasion_id: UUID

    class Meta:
        db_table = "occasions_booking"
        constraints = [
            models.UniqueConstraint(fields=["occasion", "person_id"], name="occasions_booking_once"),
            models.UniqueConstraint(fields=["occasion", "turn"], name="occasions_booking_turn"),
            models.UniqueConstraint(fields=["occasion", "seat"], name="occasions_booking_seat"),
        ]
        indexes = [
            models.Index(fields=["person_id", "-id"], name="occasions_booking_person"),
            models.Index(fields=["occasion", "turn"], condition=models.Q(state="waiting"), name="occasions_queue"),
        ]


class Attendance(Held):
    """What stands of the time that somebody was there, by their booking: minutes that were booked, or words.

    Whoever has checked in and out and of whom nothing stands here waits for who leads. ``person_id`` goes when they are
    erased; ``number`` stays, as it stands in the ledger.
    """

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, primary_key=True, related_name="+")
    person_id = models.UUIDField(null=True)
    number = models.TextField()
    minutes = models.IntegerField(null=True)  # as booked
    transfer_id = models.UUIDField(null=True, unique=True)
    book = models.TextField(db_default="")  # of ledgers, in which they were booked
    voucher = models.BigIntegerField(null=True)  # the transfer's number there
    refused_at = models.DateTimeField(null=True)
    reversed_at = models.DateTimeField(null=True)  # since when what was booked is taken back
    leader_words = models.TextField(db_default="")  # may name somebody; emptied when the person is erased
    own_words = models.TextField(db_default="")  # personal data
    disputed_at = models.DateTimeField(null=True)  # since when the person disagrees and waits for an answer

    booking_id: UUID

    class Meta:
        db_table = "occasions_attendance"
        indexes = [models.Index(fields=["person_id", "-booking"], name="occasions_attendance_person")]


class Photo(Held):
    """A photo of an occasion, shown to everybody. ``id`` is that of its file; ``words`` say what is to be seen.

    A photo may show people, and its words may speak of them: both are personal data, and go when it is removed.
    """

    id = models.UUIDField(primary_key=True)  # of the file
    occasion = models.ForeignKey(Occasion, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()  # personal data where it speaks of somebody
    words_en = models.TextField()  # personal data where it speaks of somebody
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    occasion_id: UUID

    class Meta:
        db_table = "occasions_photo"
        indexes = [
            models.Index(fields=["occasion", "added_at"], condition=models.Q(removed_at=None), name="occasions_photos"),
        ]
