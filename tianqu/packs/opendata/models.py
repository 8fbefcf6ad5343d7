"""The tables of the register of information systems. Systems are public; that one feeds a hidden dataset is not.

Nothing in them is personal.
"""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from tianqu.kernel.places.api import PathField


class System(models.Model):
    """An information system, and the unit that runs it; row-level security reads ``unit_id`` and ``place_path``."""

    code = models.TextField(primary_key=True)  # "population-health"
    unit_id = models.UUIDField()
    place_path = PathField()  # of that unit
    name = models.TextField()
    name_en = models.TextField()
    since = models.DateField()  # its first day in service
    cloud_since = models.DateField(null=True)  # its first day on the government cloud; None: it is not there
    until = models.DateField(null=True)  # its last day in service; None: no end is known
    domains = ArrayField(models.TextField())  # of the catalogue, in its order
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "opendata_system"
        indexes = [models.Index(fields=["unit_id"], name="opendata_system_unit")]

    @property
    def on_cloud(self) -> bool:
        """Whether it is on the government cloud today."""
        today = timezone.localdate()
        return self.cloud_since is not None and self.cloud_since <= today <= (self.until or date.max)


class Feed(models.Model):
    """That a system feeds a dataset: seen by whoever may see the dataset."""

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="feeds")
    dataset_id = models.UUIDField()

    system_id: str

    class Meta:
        db_table = "opendata_feed"
        constraints = [models.UniqueConstraint(fields=["system", "dataset_id"], name="opendata_feed_once")]
        indexes = [models.Index(fields=["dataset_id"], name="opendata_feed_dataset")]
