"""What was walked of a parcel, and its photos. The area itself stands in the parcel's version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models

from tianqu.kernel.places.api import PathField
from tianqu.packs.village.models import LandChange, Parcel


class Measurement(models.Model):
    """The corners of one walk, under the change that took its area into the register. Never changed."""

    change = models.OneToOneField(LandChange, on_delete=models.PROTECT, primary_key=True, related_name="+")
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="measurements")
    place_path = PathField()
    # [lon_7, lat_7, accuracy_cm or null] for each, in the order in which they were walked.
    corners: models.JSONField[Any, Any] = models.JSONField()
    area_mu_4 = models.BigIntegerField()
    accuracy_mu_4 = models.BigIntegerField(null=True)  # at 95 in 100

    change_id: UUID
    parcel_id: UUID

    class Meta:
        db_table = "village_measurement"


class ParcelPhoto(models.Model):
    """A photo of a parcel, under the identifier of its stored file. Never changed; its name may be erased."""

    id = models.UUIDField(primary_key=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="photos")
    place_path = PathField()
    name = models.TextField()  # may be personal data
    media_type = models.TextField()
    size = models.BigIntegerField()  # bytes
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)

    parcel_id: UUID

    class Meta:
        db_table = "village_parcel_photo"
