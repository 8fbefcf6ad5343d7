"""The tables of the programme. Conferences are public from the day on which they are planned; what they present is not.

Speakers are posts of units and never persons. The code of the release that a conference presents stands in a table of
its own, behind a wall, so that nothing tells of a release before its time.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models

from tianqu.kernel.orders.api import Order
from tianqu.kernel.places.api import PathField


class Domain(models.Model):
    """A domain of the reform programme: its tasks, each with measures (``acts.Task`` as plain values)."""

    code = models.TextField(primary_key=True)  # "open-economy"
    position = models.IntegerField()
    unit_id = models.UUIDField()  # the office that keeps the programme
    place_path = PathField()
    name = models.TextField()
    name_en = models.TextField()
    tasks: models.JSONField[Any, Any] = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "programme_domain"


class Conference(models.Model):
    """A press conference. Its address is its code, for ever."""

    id = models.UUIDField(primary_key=True)  # given by the client
    code = models.TextField(unique=True)  # "2021-02-trade"
    unit_id = models.UUIDField()  # the office that holds it
    place_path = PathField()
    domain = models.TextField()
    title = models.TextField()
    title_en = models.TextField()
    venue = models.TextField()
    venue_en = models.TextField()
    starts_at = models.DateTimeField()
    reason = models.TextField(db_default="")  # why it was moved, changed or cancelled
    reason_en = models.TextField(db_default="")
    cancelled_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.IntegerField(db_default=1)

    class Meta:
        db_table = "programme_conference"
        indexes = [models.Index(fields=["-starts_at", "id"], name="programme_conference_newest")]


class Speaker(models.Model):
    """A post of a unit that speaks at a conference."""

    id = models.BigAutoField(primary_key=True)
    conference = models.ForeignKey(Conference, on_delete=models.PROTECT, related_name="speakers")
    position = models.IntegerField()
    unit_id = models.UUIDField()
    post = models.TextField()
    post_en = models.TextField()

    conference_id: UUID

    class Meta:
        db_table = "programme_speaker"
        indexes = [models.Index(fields=["unit_id"], name="programme_speaker_unit")]


class Presented(models.Model):
    """The code of the release that a conference presents, which may not be written yet."""

    conference = models.OneToOneField(Conference, on_delete=models.PROTECT, primary_key=True, related_name="presented")
    release_code = models.TextField()

    conference_id: UUID

    class Meta:
        db_table = "programme_presented"


class Question(models.Model):
    """A question that a medium asked at a conference, and what a post answered."""

    id = models.UUIDField(primary_key=True)  # given by the client
    conference = models.ForeignKey(Conference, on_delete=models.PROTECT, related_name="questions")
    number = models.IntegerField()
    medium = models.TextField()
    medium_en = models.TextField()
    question = models.TextField()
    question_en = models.TextField()
    unit_id = models.UUIDField()  # who answered
    post = models.TextField()
    post_en = models.TextField()
    answer = models.TextField()
    answer_en = models.TextField()
    kept_at = models.DateTimeField()

    conference_id: UUID

    class Meta:
        db_table = "programme_question"
        constraints = [models.UniqueConstraint(fields=["conference", "number"], name="programme_question_number")]


class SigningOrder(models.Model):
    """The order by which a unit signs its figures in a revision of a release; its clock and its end are the order's."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="+")
    release_id = models.UUIDField()
    revision = models.IntegerField()
    unit_id = models.UUIDField()

    order_id: UUID

    class Meta:
        db_table = "programme_signing"
        constraints = [
            models.UniqueConstraint(fields=["release_id", "revision", "unit_id"], name="programme_signing_once")
        ]


class Subscriber(models.Model):
    """Somebody who asked for releases by mail. Its identifier is made from the address by a key of the installation."""

    id = models.UUIDField(primary_key=True)
    address = models.TextField()  # personal data; the row is deleted when the mail is ended, or never confirmed
    language = models.TextField()
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "programme_subscriber"


class Mailed(models.Model):
    """An edition of a release that was mailed, and to how many."""

    edition_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    count = models.IntegerField()

    class Meta:
        db_table = "programme_mailed"
