"""The scans of a contract, and which of them were taken away. No row is ever changed; words in it may be erased."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from tianqu.kernel.places.api import PathField
from tianqu.packs.village.models import Contract


class ScanKind(models.TextChoices):
    """Which paper a scan shows."""

    CONTRACT = "contract"  # the signed contract itself, which is then in writing
    SUPPLEMENT = "supplement"  # what the parties agreed on later, or an annex
    RESOLUTION = "resolution"
    OTHER = "other"


class ContractScan(models.Model):
    """A scan of a contract, under the identifier of its stored file."""

    id = models.UUIDField(primary_key=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="scans", db_index=False)
    place_path = PathField()
    kind = models.TextField(choices=ScanKind.choices)
    name = models.TextField()  # may be personal data
    media_type = models.TextField()
    size = models.BigIntegerField()  # bytes
    pages = models.IntegerField(null=True)  # None where the file does not tell them
    sha256 = models.TextField()  # hexadecimal, of the bytes that are handed out
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)

    contract_id: UUID

    class Meta:
        db_table = "village_contract_scan"
        indexes = [models.Index(fields=["contract", "at"], name="village_contract_scan_of")]


class ScanTakenAway(models.Model):
    """That a scan was taken away, and why: its bytes are gone. Without a reason it went with the name of a party."""

    scan = models.OneToOneField(ContractScan, on_delete=models.PROTECT, primary_key=True, related_name="taken_away")
    place_path = PathField()
    reason = models.TextField()  # may hold personal data
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)

    scan_id: UUID

    class Meta:
        db_table = "village_scan_taken_away"
