"""Matters of a village with their steps and who attested them, and the rolls of who is entitled to meet.

Every row carries the path of its village, which row-level security compares.
"""

from __future__ import annotations

from enum import Enum
from uuid import UUID

from django.db import models

from tianqu.kernel.places.api import PathField, Place
from tianqu.packs.village.meetings.procedure import Cadence, MatterKind, MeetingBody, Step, Way


def _choices(enumeration: type[Enum]) -> list[tuple[str, str]]:
    return [(each.value, each.value) for each in enumeration]


class Matter(models.Model):
    """A matter that a village decides on under its own number. ``next_step`` and ``due_on`` follow from its steps."""

    id = models.UUIDField(primary_key=True)  # given by the client
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    version = models.IntegerField(default=1)
    digest = models.BinaryField()  # SHA-256 of what was entered first, to know it again
    number = models.TextField()
    title = models.TextField()
    kind = models.TextField(choices=_choices(MatterKind))
    cadence = models.TextField(choices=_choices(Cadence))
    text = models.TextField()
    next_step = models.TextField(default="")  # "" when all six were taken
    due_on = models.DateField(null=True)  # the last day for a disclosure that is next
    flags = models.IntegerField(default=0)  # findings when a step was last entered, attested or struck
    withdrawn_at = models.DateTimeField(null=True)
    withdraw_reason = models.TextField(default="")
    entered_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # who opened it; personal data by reference
    post_id = models.UUIDField(null=True)

    place_id: UUID

    class Meta:
        db_table = "village_matter"
        constraints = [models.UniqueConstraint(fields=["place", "number"], name="village_matter_number")]


class MatterStep(models.Model):
    """A meeting that was held on a matter, or a disclosure of it. It stays as it was entered, and may be struck out.

    ``person_id`` and ``post_id`` attest it by entering it; others do so by ``StepAttestation``.
    """

    id = models.UUIDField(primary_key=True)  # given by the client
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="steps")
    place_path = PathField()
    digest = models.BinaryField()
    step = models.TextField(choices=_choices(Step))
    body = models.TextField(choices=_choices(MeetingBody), default="")  # "" for a disclosure
    day = models.DateField()
    entitled = models.IntegerField(null=True)
    present = models.IntegerField(null=True)
    agreed = models.IntegerField(null=True)
    notice_on = models.DateField(null=True)
    way = models.TextField(choices=_choices(Way), default="")  # of the notice, or of the disclosure; "" not known
    location = models.TextField()
    text = models.TextField()  # what was proposed, resolved or disclosed
    result_on = models.DateField(null=True)
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)
    struck_at = models.DateTimeField(null=True)
    struck_by = models.UUIDField(null=True)  # personal data by reference
    strike_reason = models.TextField(default="")

    matter_id: UUID

    class Meta:
        db_table = "village_step"


class StepAttestation(models.Model):
    """That somebody else than who entered a step says that it was so."""

    id = models.BigAutoField(primary_key=True)
    step = models.ForeignKey(MatterStep, on_delete=models.PROTECT, related_name="attestations", db_index=False)
    place_path = PathField()
    at = models.DateTimeField()
    person_id = models.UUIDField()  # personal data by reference
    post_id = models.UUIDField(null=True)

    step_id: UUID

    class Meta:
        db_table = "village_attestation"
        constraints = [models.UniqueConstraint(fields=["step", "person_id"], name="village_attestation_once")]


class Roll(models.Model):
    """Who is entitled to meet in a body of a village from a day on, until the next roll of that body."""

    id = models.UUIDField(primary_key=True)  # given by the client
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    digest = models.BinaryField()
    body = models.TextField(choices=_choices(MeetingBody))
    since = models.DateField()
    count = models.IntegerField()
    names = models.TextField()  # one a line; personal data
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)

    place_id: UUID

    class Meta:
        db_table = "village_roll"
        indexes = [models.Index(fields=["place", "body", "-since", "-at"], name="village_roll_on")]
