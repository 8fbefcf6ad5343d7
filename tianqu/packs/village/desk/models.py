"""Samples that were drawn, the things that auditors look at, and what is said about each.

A sample carries the path of the place that it was drawn from, which its villages do not see; a review and its notes
that of the village whose thing it is.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models

from tianqu.kernel.places.api import PathField, Place


class ReviewSubject(models.TextChoices):
    """What is looked at."""

    CONTRACT = "contract"
    VOUCHER = "voucher"  # a transfer of the village's book


class ReviewState(models.TextChoices):
    """Whose turn it is: the auditor's; the village's, asked for papers; the auditor's, who has them; nobody's."""

    OPEN = "open"
    ASKED = "asked"
    GIVEN = "given"
    CLOSED = "closed"


class Conclusion(models.TextChoices):
    """What looking came to."""

    IN_ORDER = "in_order"
    FINDING = "finding"  # one was opened about it


class NoteKind(models.TextChoices):
    """What was done with a note."""

    COMMENT = "comment"
    ASK = "ask"
    PAPERS = "papers"
    CLOSE = "close"
    REOPEN = "reopen"


class Sample(models.Model):
    """Contracts or vouchers drawn from a place by a stated seed; never changed, so that anybody may draw again."""

    id = models.UUIDField(primary_key=True)  # given by the client
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    subject = models.TextField(choices=ReviewSubject.choices)
    first_day = models.DateField()
    last_day = models.DateField()
    count = models.IntegerField()  # asked for
    seed = models.TextField()
    population = models.BigIntegerField()  # out of so many, when it was drawn
    digest = models.BinaryField()  # SHA-256 of what was asked for, to know it again
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)

    place_id: UUID

    class Meta:
        db_table = "village_sample"
        indexes = [models.Index(fields=["-at", "id"], name="village_sample_newest")]


class Review(models.Model):
    """A contract or voucher that auditors look at: drawn in a sample, or chosen by one of them."""

    id = models.UUIDField(primary_key=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, null=True, related_name="reviews")
    position = models.IntegerField(null=True)  # 1, 2, … in the order in which it was drawn
    rank = models.TextField(db_default="")  # by which it was drawn, in hexadecimal digits
    subject = models.TextField(choices=ReviewSubject.choices)
    contract = models.ForeignKey("village.Contract", on_delete=models.PROTECT, null=True, related_name="reviews")
    transfer_id = models.UUIDField(null=True)
    number = models.TextField()  # the code by which it was drawn
    state = models.TextField(choices=ReviewState.choices, default=ReviewState.OPEN)
    due_on = models.DateField(null=True)  # by when the village gives papers
    conclusion = models.TextField(choices=Conclusion.choices, db_default="")
    digest = models.BinaryField()
    version = models.IntegerField(default=1)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    post_id = models.UUIDField(null=True)  # who drew or chose it

    place_id: UUID
    sample_id: UUID | None
    contract_id: UUID | None

    class Meta:
        db_table = "village_review"
        indexes = [
            models.Index(fields=["-opened_at", "id"], name="village_review_newest"),
            models.Index(fields=["transfer_id"], name="village_review_transfer"),
        ]


class ReviewNote(models.Model):
    """Something said about a thing that is looked at, with the papers that were handed in. Never changed."""

    id = models.UUIDField(primary_key=True)  # given by the client
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="notes")
    place_path = PathField()
    kind = models.TextField(choices=NoteKind.choices)
    text = models.TextField()  # may hold personal data
    # Each: id, name, media_type, size. A name may be personal data.
    files: models.JSONField[Any, Any] = models.JSONField(default=list)
    digest = models.BinaryField()
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)

    review_id: UUID

    class Meta:
        db_table = "village_note"
