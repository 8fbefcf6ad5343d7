"""The tables of releases: texts with every revision, what units said to their figures, and editions."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.places.api import PathField


class State(models.TextChoices):
    """Where a release stands."""

    DRAFT = "draft", "draft"
    SIGNING = "signing", "with its units"
    EDITION = "edition", "published, or under embargo until its time"


class Signing(models.TextChoices):
    """What a unit said to the figures that it answers for."""

    ASKED = "asked", "asked"
    SIGNED = "signed", "signed"
    REFUSED = "refused", "refused"


class Release(models.Model):
    """A bulletin. Before its first edition is public, only its office and the units that sign know of it."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    code = models.TextField(unique=True)  # "2021-02-trade"
    unit_id = models.UUIDField()  # the office that publishes it
    place_path = PathField()
    issuer = models.TextField()
    issuer_en = models.TextField()
    periods = models.JSONField(default=list)  # dates in them may stand in the text
    names = models.JSONField(default=list)  # names that hold a number and say none
    state = models.TextField(choices=State.choices)
    revision = models.IntegerField(db_default=0)  # the newest
    edition = models.IntegerField(db_default=0)  # the newest
    public_at = models.DateTimeField(null=True)  # of the first edition; the end of the embargo
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    asked_units = ArrayField(models.UUIDField(), default=list)  # who signs the newest revision, for the wall
    reader_units = ArrayField(models.UUIDField(), default=list)  # who may read it before it is public, for the wall

    class Meta:
        db_table = "releases_release"
        constraints = [models.CheckConstraint(condition=models.Q(state__in=State.values), name="releases_state_known")]
        indexes = [models.Index(fields=["public_at", "id"], name="releases_public")]


class Revision(models.Model):
    """One state of a release's text in both languages, for ever."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="revisions")
    number = models.IntegerField()
    text = models.TextField()
    text_en = models.TextField()
    made_at = models.DateTimeField()
    post_id = models.UUIDField(null=True)

    release_id: Any

    class Meta:
        db_table = "releases_revision"
        constraints = [models.UniqueConstraint(fields=["release", "number"], name="releases_revision_once")]


class Signature(models.Model):
    """What a unit says to its figures in a revision; ``values`` holds them as they were printed when it was asked."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="signatures")
    revision = models.IntegerField()
    unit_id = models.UUIDField()
    values = models.JSONField()  # code → period, number, and the value in both languages
    state = models.TextField(choices=Signing.choices)
    reason = models.TextField(db_default="")
    conflicts = models.JSONField(default=dict)  # in which its figures stood when it was asked; see ``conflicts.py``
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    post_id = models.UUIDField(null=True)

    release_id: Any

    class Meta:
        db_table = "releases_signature"
        constraints = [
            models.UniqueConstraint(fields=["release", "revision", "unit_id"], name="releases_signature_once"),
        ]


class Edition(models.Model):
    """A release as it is published: its pins, from which anybody makes it again, and the hashes of its papers."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="editions")
    number = models.IntegerField()
    revision = models.IntegerField()
    pins = models.JSONField()  # figures by value and version, renderer, moment, site: what ``_papers`` reads
    hashes = models.JSONField()  # "zh.pdf" → SHA-256
    erratum = models.TextField(db_default="")  # why there is another edition
    erratum_en = models.TextField(db_default="")
    changes = models.JSONField(default=list)  # each figure that prints otherwise than in the edition before
    passages = models.JSONField(default=list)  # each sentence, row and chart that does
    made_at = models.DateTimeField()
    public_at = models.DateTimeField()

    release_id: Any

    class Meta:
        db_table = "releases_edition"
        constraints = [models.UniqueConstraint(fields=["release", "number"], name="releases_edition_once")]


class Paper(models.Model):
    """The bytes of an edition's page, PDF or DOCX in one language."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="papers")
    name = models.TextField()  # "zh.pdf"
    sha256 = models.TextField()
    content = models.BinaryField()

    edition_id: Any

    class Meta:
        db_table = "releases_paper"
        constraints = [models.UniqueConstraint(fields=["edition", "name"], name="releases_paper_once")]


class Reading(models.Model):
    """Somebody read a release before it was public: which post, and when. Kept for ever."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="readings")
    revision = models.IntegerField()
    post_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)  # personal data by reference
    at = models.DateTimeField()

    release_id: Any

    class Meta:
        db_table = "releases_reading"
        indexes = [models.Index(fields=["release", "at"], name="releases_reading_at")]
