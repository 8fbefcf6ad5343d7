"""The outbox: what somebody must be told, and how each telling fared."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import Q

from tianqu.base.identifiers import new_identifier


class Channel(models.TextChoices):
    """By which way a notice leaves the house; the page shows every notice besides."""

    MAIL = "mail"
    APPRISE = "apprise"


class Notice(models.Model):
    """Something that one person, one unit or one bare address must be told, once: ``key`` is unique.

    The row is written in the transaction of the act that it tells of. It is at once the entry in the person's own
    list. Row-level security shows it to its person, to its unit, and to the worker that delivers it.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    key = models.TextField()  # "order:0192…:done:asker": the same thing is told once
    code = models.TextField()  # of its template
    parameters = models.JSONField()  # may hold personal data
    subject = models.TextField(db_default="")  # "order:0192…": what it is about
    person_id = models.UUIDField(null=True)  # personal data by reference
    unit_id = models.UUIDField(null=True)
    address = models.TextField(db_default="")  # personal data: mail of somebody without account, emptied when sent
    language = models.TextField(db_default="")
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()  # not to be told before
    spread_at = models.DateTimeField(null=True)  # when its deliveries were laid out
    read_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notices_notice"
        constraints = [
            models.UniqueConstraint(fields=["key"], name="notices_once"),
            models.CheckConstraint(
                condition=Q(person_id__isnull=False) | Q(unit_id__isnull=False) | ~Q(address="")
                | Q(spread_at__isnull=False),
                name="notices_addressee",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["person_id", "-id"], name="notices_person"),
            models.Index(fields=["unit_id", "-id"], name="notices_unit"),
            models.Index(fields=["due_at", "id"], name="notices_waiting", condition=Q(spread_at__isnull=True)),
            models.Index(fields=["subject"], name="notices_subject"),
        ]

    pk: UUID


class Delivery(models.Model):
    """One notice on its way by one channel. Only the worker sees these rows: addresses are personal data."""

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.TextField(choices=Channel.choices)
    address = models.TextField()  # personal data or a secret; emptied when sent or given up
    attempts = models.IntegerField(db_default=0)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)  # a worker is at it; past it, another may take over
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    error = models.TextField(db_default="")  # the kind of failure; never an address

    class Meta:
        db_table = "notices_delivery"
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="notices_delivery_once"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="notices_channel_known"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="notices_due",
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True),
            )
        ]

    notice_id: UUID


class Address(models.Model):
    """Where a person or a unit wants to be told besides the page: a mail address, or an Apprise URL."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    person_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)
    channel = models.TextField(choices=Channel.choices)
    address = models.TextField()  # personal data or a secret

    class Meta:
        db_table = "notices_address"
        constraints = [
            models.UniqueConstraint(
                fields=["person_id", "channel"], name="notices_address_person", condition=Q(person_id__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["unit_id", "channel"], name="notices_address_unit", condition=Q(unit_id__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(person_id__isnull=False) ^ Q(unit_id__isnull=False), name="notices_address_owner"
            ),
        ]


class Preference(models.Model):
    """Whether a person wants notices of one code, or of all (``*``), by one channel."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    person_id = models.UUIDField()
    code = models.TextField()
    channel = models.TextField(choices=Channel.choices)
    wanted = models.BooleanField()

    class Meta:
        db_table = "notices_preference"
        constraints = [models.UniqueConstraint(fields=["person_id", "code", "channel"], name="notices_preference_once")]


class DigestHour(models.Model):
    """At which full hour of the realm's clock a person wants the morning's digest."""

    person_id = models.UUIDField(primary_key=True)
    hour = models.SmallIntegerField()

    class Meta:
        db_table = "notices_digest_hour"
        constraints = [
            models.CheckConstraint(condition=Q(hour__gte=0, hour__lte=23), name="notices_digest_hour_of_day")
        ]
