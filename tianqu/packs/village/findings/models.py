"""The tables of findings. A finding is an order of its own flow; its state, clocks, words and files are the order's.

What an answer moves is a pending transfer in the village's book. The database lets nothing post it but the closing of
its finding.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tianqu.kernel.orders.api import Order
from tianqu.kernel.places.api import PathField, Place


class SubjectKind(models.TextChoices):
    """What a finding is about."""

    CONTRACT = "contract"
    PARCEL = "parcel"
    HOLDING = "holding"
    TRANSFER = "transfer"  # one of the village's book


class EffectKind(models.TextChoices):
    """What an answer moves: land in 0.0001 mu, everything else in fen."""

    LAND_RECOVERED = "land_recovered"
    CLAIM_SETTLED = "claim_settled"
    DEBT_SETTLED = "debt_settled"
    RENT_COLLECTED = "rent_collected"
    OTHER = "other"  # between accounts that the village names


class ReinspectionResult(models.TextChoices):
    """What a second look at a closed finding came to."""

    CONFIRMED = "confirmed"
    REOPENED = "reopened"


class Finding(models.Model):
    """Something that a village has to put right by a day. Its identifier is its order's.

    ``upheld`` says how it ended: closed as put right, or dismissed; both null while it is open.
    """

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    unit_id = models.UUIDField()  # the village's office, which must answer
    subject = models.TextField(choices=SubjectKind.choices)
    contract = models.ForeignKey("village.Contract", on_delete=models.PROTECT, null=True, related_name="matters")
    parcel = models.ForeignKey("village.Parcel", on_delete=models.PROTECT, null=True, related_name="matters")
    holding = models.ForeignKey("village.Holding", on_delete=models.PROTECT, null=True, related_name="matters")
    transfer_id = models.UUIDField(null=True)
    number = models.TextField()  # what the register, or the book, calls the thing
    rule = models.TextField(db_default="")  # the rule that found it; empty where an auditor did
    severity = models.TextField()
    judgement = models.ForeignKey("village.Judgement", on_delete=models.PROTECT, null=True, related_name="+")
    told: models.JSONField[Any, Any] = models.JSONField()  # as ``judging.finding_document`` says it, or {}
    digest = models.BinaryField()  # SHA-256 of what was asked for, to know it again
    opened_on = models.DateField()
    opened_unit_id = models.UUIDField(null=True)
    rectify_by = models.DateField()
    answered_on = models.DateField(null=True)  # the last answer, and who gave it
    answered_unit_id = models.UUIDField(null=True)
    answered_person_id = models.UUIDField(null=True)  # personal data by reference
    closed_on = models.DateField(null=True)
    closed_unit_id = models.UUIDField(null=True)
    closed_person_id = models.UUIDField(null=True)  # personal data by reference
    upheld = models.BooleanField(null=True)

    order_id: UUID
    place_id: UUID
    contract_id: UUID | None
    parcel_id: UUID | None
    holding_id: UUID | None
    judgement_id: UUID | None

    class Meta:
        db_table = "village_finding"
        indexes = [
            models.Index(fields=["-opened_on", "order"], name="village_finding_newest"),
            models.Index(fields=["rectify_by", "order"], name="village_finding_due"),
            models.Index(
                fields=["closed_on"], name="village_finding_closed", condition=models.Q(closed_on__isnull=False)
            ),
        ]

    @property
    def subject_id(self) -> UUID:
        """The thing that it is about."""
        found = self.contract_id or self.parcel_id or self.holding_id or self.transfer_id
        assert found is not None
        return found


class FindingAnswer(models.Model):
    """What the village gave as evidence; its words and files are those of the order's event ``sequence``."""

    id = models.UUIDField(primary_key=True)  # given by the client
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="answers")
    place_path = PathField()
    sequence = models.IntegerField()
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)
    evidence: models.JSONField[Any, Any] = models.JSONField()  # as ``evidence.told`` lays it out
    digest = models.BinaryField()

    finding_id: UUID

    class Meta:
        db_table = "village_finding_answer"


class FindingComment(models.Model):
    """That something was said under an identifier of its client's; its words are those of the order's event."""

    id = models.UUIDField(primary_key=True)  # given by the client
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="comments")
    place_path = PathField()
    sequence = models.IntegerField()
    digest = models.BinaryField()  # SHA-256 of what was sent; empty once a name was erased from it

    finding_id: UUID

    class Meta:
        db_table = "village_finding_comment"


class FindingEffect(models.Model):
    """A pending transfer that an answer rests on. Posted with its finding, voided where that is not upheld.

    What became of it is its resolution in the ledgers; ``reversal_id`` is the transfer that took it back when the
    finding was opened again.
    """

    transfer_id = models.UUIDField(primary_key=True)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="effects")
    answer = models.ForeignKey(FindingAnswer, on_delete=models.PROTECT, related_name="effects", db_index=False)
    place_path = PathField()
    kind = models.TextField(choices=EffectKind.choices)
    unit = models.TextField()  # mu_4 or fen
    amount = models.BigIntegerField()
    reversal_id = models.UUIDField(null=True)

    finding_id: UUID
    answer_id: UUID

    class Meta:
        db_table = "village_finding_effect"


class Drawing(models.Model):
    """A drawing of closed findings for a second look. The seed is committed to before, and told when it is drawn.

    ``population`` are the codes of all findings among which was drawn, in order.
    """

    id = models.UUIDField(primary_key=True)  # given by the client
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    first_day = models.DateField()
    last_day = models.DateField()
    draw_on = models.DateField()  # the first day on which it may be drawn
    count = models.IntegerField()
    commitment = models.TextField()  # SHA-256, hex, of the seed
    announced_at = models.DateTimeField()
    announced_unit_id = models.UUIDField(null=True)
    digest = models.BinaryField()
    seed = models.TextField(db_default="")  # 64 hexadecimal digits, once it is drawn
    drawn_at = models.DateTimeField(null=True)
    population = ArrayField(models.TextField(), null=True)

    place_id: UUID

    class Meta:
        db_table = "village_drawing"


class DrawingSeed(models.Model):
    """The seed of a drawing until it is told. Nobody reads it but the act that draws."""

    drawing = models.OneToOneField(Drawing, on_delete=models.PROTECT, primary_key=True, related_name="+")
    seed = models.TextField()

    class Meta:
        db_table = "village_drawing_seed"


class DrawnFinding(models.Model):
    """A closed finding that was drawn, and what the second look at it came to."""

    id = models.BigAutoField(primary_key=True)
    drawing = models.ForeignKey(Drawing, on_delete=models.PROTECT, related_name="drawn", db_index=False)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="drawn")
    place_path = PathField()
    position = models.IntegerField()  # 1, 2, … in the order of the drawing
    result = models.TextField(choices=ReinspectionResult.choices, db_default="")
    result_at = models.DateTimeField(null=True)
    result_unit_id = models.UUIDField(null=True)

    drawing_id: UUID
    finding_id: UUID

    class Meta:
        db_table = "village_drawn_finding"
        constraints = [
            models.UniqueConstraint(fields=["drawing", "finding"], name="village_drawn_once"),
            models.UniqueConstraint(fields=["drawing", "position"], name="village_drawn_position"),
        ]
