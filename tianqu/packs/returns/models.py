"""The tables of returns. A filing is an order of its own flow; its state, clocks, words and files are the order's.

Every row carries the unit that files and the office that asks: row-level security compares them, so that a unit sees
its own returns and an office those that it asked for. Revisions, their rows and what was decided about them stay.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models

from tianqu.kernel.orders.api import Order


class RevisionKind(models.TextChoices):
    """How the figures of a revision came to be."""

    FILED = "filed"
    REVISED = "revised"  # by the unit, after others of it had been accepted
    ESTIMATED = "estimated"  # by the office, while the unit has filed nothing


class Form(models.Model):
    """A return that an office asks for again and again. What it looks like stands in its versions."""

    id = models.UUIDField(primary_key=True)  # given by the client
    code = models.TextField(unique=True)
    office_unit_id = models.UUIDField()

    class Meta:
        db_table = "returns_form"


class FormVersion(models.Model):
    """What a return looks like from a moment on; a campaign keeps the version that it began with."""

    id = models.BigAutoField(primary_key=True)
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="versions", db_index=False)
    office_unit_id = models.UUIDField()
    number = models.IntegerField()
    at = models.DateTimeField()
    design: models.JSONField[Any, Any] = models.JSONField()  # as ``designing.Design`` lays it out

    form_id: UUID

    class Meta:
        db_table = "returns_form_version"
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="returns_version_number")]


class Campaign(models.Model):
    """A return asked for one period of chosen units, by a day."""

    id = models.UUIDField(primary_key=True)  # given by the client
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="campaigns", db_index=False)
    version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    office_unit_id = models.UUIDField()
    period = models.TextField()
    due_on = models.DateField()
    note = models.TextField(db_default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    digest = models.BinaryField()  # SHA-256 of what was asked for, to know it again

    form_id: UUID
    version_id: int

    class Meta:
        db_table = "returns_campaign"
        constraints = [models.UniqueConstraint(fields=["form", "period"], name="returns_campaign_period")]
        indexes = [models.Index(fields=["-opened_at", "id"], name="returns_campaign_newest")]


class Filing(models.Model):
    """One unit's return in a campaign. Its identifier is its order's. ``accepted`` are the figures that stand."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="filings", db_index=False)
    unit_id = models.UUIDField()
    office_unit_id = models.UUIDField()
    due_on = models.DateField()
    first_filed_at = models.DateTimeField(null=True)
    reminded_on = models.DateField(null=True)
    accepted: models.ForeignKey[Revision | None, Revision | None] = models.ForeignKey(
        "returns.Revision", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    order_id: UUID
    campaign_id: UUID
    accepted_id: UUID | None

    class Meta:
        db_table = "returns_filing"
        constraints = [models.UniqueConstraint(fields=["campaign", "unit_id"], name="returns_filing_once")]
        indexes = [models.Index(fields=["unit_id", "due_on"], name="returns_filing_unit")]


class Revision(models.Model):
    """What was filed, or estimated, at one time: all of it, with its rows. Never changed."""

    id = models.UUIDField(primary_key=True)  # given by the client
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="revisions", db_index=False)
    unit_id = models.UUIDField()
    office_unit_id = models.UUIDField()
    number = models.IntegerField()
    kind = models.TextField(choices=RevisionKind.choices)
    method = models.TextField(db_default="")  # of an estimate
    reason = models.TextField(db_default="")  # may hold personal data
    explanations: models.JSONField[Any, Any] = models.JSONField()  # of soft checks; may hold personal data
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)
    digest = models.BinaryField()

    filing_id: UUID

    class Meta:
        db_table = "returns_revision"
        constraints = [models.UniqueConstraint(fields=["filing", "number"], name="returns_revision_number")]


class Row(models.Model):
    """A row of a revision: integers are numbers, decimals texts with all their decimals, nothing is null."""

    id = models.BigAutoField(primary_key=True)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="rows", db_index=False)
    unit_id = models.UUIDField()
    office_unit_id = models.UUIDField()
    position = models.IntegerField()
    key = models.TextField(db_default="")  # may hold personal data
    values: models.JSONField[Any, Any] = models.JSONField()  # columns marked so hold personal data

    revision_id: UUID

    class Meta:
        db_table = "returns_row"
        constraints = [models.UniqueConstraint(fields=["revision", "position"], name="returns_row_position")]


class Decision(models.Model):
    """What an office decided about a revision, and when: as of a time, the newest accepted one stands."""

    id = models.BigAutoField(primary_key=True)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="decisions")
    unit_id = models.UUIDField()
    office_unit_id = models.UUIDField()
    accepted = models.BooleanField()
    reason = models.TextField(db_default="")  # may hold personal data
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)

    revision_id: UUID

    class Meta:
        db_table = "returns_decision"


class Draft(models.Model):
    """What a unit has begun to fill in, as it was typed. The office does not see it."""

    filing = models.OneToOneField(Filing, on_delete=models.PROTECT, primary_key=True, related_name="draft")
    unit_id = models.UUIDField()
    rows: models.JSONField[Any, Any] = models.JSONField()  # columns marked so hold personal data
    explanations: models.JSONField[Any, Any] = models.JSONField()
    reason = models.TextField(db_default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "returns_draft"
