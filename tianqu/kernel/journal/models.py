"""The journal's tables. Only acts and the sequencer write to them."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone

from tianqu.base.identifiers import new_identifier

CHECK_HOURS_MAX = timedelta(hours=6)


class Entry(models.Model):
    """One act as it happened: a public leaf, and a private body that can be erased.

    ``leaf`` is what the public log holds; ``body`` is canonical JSON (RFC 8785) with the after-image, and may hold
    personal data, so ``body`` and ``salt`` are nulled when a person is erased; every proof still verifies.
    """

    id = models.BigAutoField(primary_key=True)
    # xid (xid8, default pg_current_xact_id()) is added by the migration: the sequencer reads settled ones only.
    act = models.TextField()
    subject = models.TextField()  # "order:0192…": what the act was about
    actor_person_id = models.UUIDField(null=True)  # personal data by reference
    actor_post_id = models.UUIDField(null=True)
    channel = models.TextField()
    at = models.DateTimeField()
    book = models.TextField(null=True)  # noqa: DJ001  no book is not an empty book
    book_sequence = models.BigIntegerField(null=True)
    leaf = models.BinaryField()
    salt = models.BinaryField(null=True)
    body = models.BinaryField(null=True)  # personal data
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "journal_entry"


class Sequence(models.Model):
    """The place of an entry in the public log. Written by the sequencer alone, in order, without gaps."""

    index = models.BigIntegerField(primary_key=True)
    # Entries are never deleted, so no foreign key is checked for each of the sequencer's thousands of rows.
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, db_constraint=False)

    entry_id: int

    class Meta:
        db_table = "journal_sequence"


class LogCheck(models.Model):
    """A check of the whole log against the database: asked for, then done by the worker, and kept."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    entries = models.BigIntegerField(db_default=0)  # read
    erased = models.BigIntegerField(db_default=0)
    tiles = models.BigIntegerField(db_default=0)  # compared
    unplaced = models.BigIntegerField(db_default=0)  # entries without an index yet
    published = models.BigIntegerField(db_default=0)  # size of the largest checkpoint
    faults = models.JSONField(default=list)  # sentences

    class Meta:
        db_table = "journal_check"

    @property
    def under_way(self) -> bool:
        """Whether it may still end; one that has not ended after so long has died with its worker."""
        return self.finished_at is None and self.asked_at > timezone.now() - CHECK_HOURS_MAX
