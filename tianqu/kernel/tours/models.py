"""The table of seasons' plans."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from tianqu.packs.culture.models import Held


class SeasonPlan(Held):
    """A season's plan: what it was made from, frozen; its shows with their cost; what fell out, and what that moved.

    ``given``, ``shows`` and ``terms`` are as ``season.frozen`` and ``registers.season_orders`` write them.
    """

    id = models.UUIDField(primary_key=True)  # given by the client
    name = models.TextField()
    stand = models.TextField()  # asked, planned, carrying (out), published, failed
    terms = models.JSONField()
    given = models.JSONField()
    contracts = models.JSONField()  # by which each troupe plays
    shows = models.JSONField()
    unserved = models.JSONField()  # performance and why
    cost = models.JSONField()  # in fen: travel, price, wishes, unserved
    bound: models.BigIntegerField[int | None, int | None] = models.BigIntegerField(null=True)  # no plan costs less
    proved = models.BooleanField(db_default=False)
    outs = models.JSONField()  # cause, place or troupe, first and last day
    moved = models.JSONField()  # performances that the last planning anew moved, until they are told
    done = models.IntegerField(db_default=0)  # of the worker, in per cent
    failed = models.TextField(db_default="")
    person_id = models.UUIDField(null=True)  # who asked, with which post; the worker has their eyes
    post_id = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    published_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    version = models.IntegerField(db_default=1)

    class Meta:
        db_table = "culture_season"
