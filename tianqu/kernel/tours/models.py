"""The tables of tours: plans, which their office alone sees, and the stops of published ones, which everybody does."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import models

from tianqu.kernel.places.api import PathField


class Tour(models.Model):
    """A tour's plan: what it was made from, frozen; its shows with their cost; what fell out, and what that moved.

    ``given`` and ``shows`` are as ``planning`` writes them, ``terms`` as ``gathering`` does.
    """

    id = models.UUIDField(primary_key=True)  # given by the client
    kind = models.TextField()  # as a pack declares it
    unit_id = models.UUIDField()  # the office that plans
    place_path = PathField()
    name = models.TextField()
    stand = models.TextField()  # asked, planned, carrying (out), published, failed
    terms = models.JSONField()
    given = models.JSONField()
    told = models.JSONField()  # what visits and carriers are called: {"visits": …, "carriers": …}
    shows = models.JSONField()
    unserved = models.JSONField()  # visit and why
    cost = models.JSONField()  # in fen: travel, price, wishes, unserved
    bound: models.BigIntegerField[int | None, int | None] = models.BigIntegerField(null=True)  # no plan costs less
    proved = models.BooleanField(db_default=False)
    outs = models.JSONField()  # cause, place or carrier, first and last day
    moved = models.JSONField()  # visits that the last planning anew moved, until they are told
    done = models.IntegerField(db_default=0)  # of the worker, in per cent
    faults = models.JSONField()  # what was refused: code, message, remedy, values, visit; said in its reader's language
    person_id = models.UUIDField(null=True)  # who asked, with which post; the worker has their eyes
    post_id = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    published_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    version = models.IntegerField(db_default=1)

    class Meta:
        db_table = "tours_tour"


class Stop(models.Model):
    """A visit of a tour as it was last published: who comes where and when. Public; it is never deleted."""

    id = models.BigAutoField(primary_key=True)
    tour = models.ForeignKey(Tour, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    unit_id = models.UUIDField()
    visit_id = models.TextField()
    place_path = PathField()
    title = models.TextField()
    title_en = models.TextField()
    carrier = models.TextField()
    carrier_name = models.TextField()
    carrier_name_en = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    confirmed = models.BooleanField(db_default=False)  # its carrier is engaged as it stands here
    dropped_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    version = models.IntegerField(db_default=1)

    tour_id: UUID

    class Meta:
        db_table = "tours_stop"
        constraints = [models.UniqueConstraint(fields=["tour", "visit_id"], name="tours_stop_once")]
