"""The tables of datasets: what each is, and every version of it that was ever published."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat, Lower, Replace

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.datasets.declarations import ACCESSES, FREQUENCIES
from tianqu.kernel.datasets.schema import Schema, schema_of
from tianqu.kernel.places.api import PathField

UPLOAD_STATES = ("received", "described", "reading", "ready", "published", "dropped", "failed")
_TEXT: models.TextField[str, str] = models.TextField()


def _parted(*names: str) -> list[models.F | Value]:
    """Columns with a space between them, so that no word is found across two of them."""
    told: list[models.F | Value] = []
    for name in names:
        told += [models.F(name), Value(" ", output_field=_TEXT)]
    return told[:-1]


class Dataset(models.Model):
    """A dataset as the catalogue describes it.

    Row-level security shows what is open to everybody, and the rest to those who may see its office.

    ``rows``, ``bytes`` and ``version`` tell of the newest version; all are 0 until there is one. Of a dataset that is
    told in cells rows and bytes stay 0: everybody may read the catalogue, and the total may be a cell that is not told.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    code = models.TextField(unique=True)  # "trade.by_county": its permanent name
    title = models.TextField()
    title_en = models.TextField()
    description = models.TextField(db_default="")
    description_en = models.TextField(db_default="")
    grain = models.TextField(db_default="")  # what one row is
    grain_en = models.TextField(db_default="")
    domain = models.TextField()
    unit_id = models.UUIDField()  # the office that answers for it
    place_path = PathField()  # of that office
    licence = models.TextField()
    frequency = models.TextField()
    access = models.TextField()
    cells = models.JSONField(default=list)  # names of the columns over which cells are told
    cell_least = models.IntegerField(db_default=10)
    declared = models.BooleanField(db_default=False)  # by a pack, and read from the journal
    version = models.IntegerField(db_default=0)
    erased_before = models.IntegerField(db_default=0)  # versions below this number have lost their rows
    rows = models.BigIntegerField(db_default=0)
    bytes = models.BigIntegerField(db_default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)  # its newest version
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(db_default="")
    search = models.GeneratedField(  # what the catalogue is searched by
        expression=Lower(
            Concat(*_parted("code", "title", "title_en", "description", "description_en"), output_field=_TEXT),
            output_field=_TEXT,
        ),
        output_field=_TEXT,
        db_persist=True,
    )

    class Meta:
        db_table = "datasets_dataset"
        constraints = [
            models.CheckConstraint(condition=models.Q(access__in=ACCESSES), name="datasets_access_known"),
            models.CheckConstraint(condition=models.Q(frequency__in=FREQUENCIES), name="datasets_frequency_known"),
            # What each is called in SQL (``sql.view_name``).
            models.UniqueConstraint(Replace("code", Value("."), Value("_")), name="datasets_dataset_view"),
        ]
        indexes = [
            models.Index(fields=["domain", "code"], name="datasets_domain"),
            models.Index(fields=["unit_id", "code"], name="datasets_unit"),
            # One for each order of the catalogue; and what its facets are counted from, walls included.
            models.Index(
                models.F("published_at").desc(nulls_last=True), models.F("id").desc(), name="datasets_newest_first"
            ),
            models.Index(fields=["changed_at", "id"], name="datasets_changed"),
            models.Index(fields=["-rows", "code"], name="datasets_rows"),
            models.Index(fields=["title", "id"], name="datasets_title"),
            models.Index(
                fields=["access", "domain", "unit_id", "place_path"],
                name="datasets_facets",
                condition=models.Q(withdrawn_at=None),
            ),
        ]

    def as_plain(self) -> dict[str, object]:
        """What is kept of it as the answer of an act."""
        return {"id": self.id, "code": self.code, "version": self.version}


class Version(models.Model):
    """One state of a dataset, for ever: its schema, its parts by their hashes, and where in the journal it stands.

    ``manifest`` lists the parts; ``sidecar`` is what a page shows without asking the engine: statistics of columns,
    frequent values, histograms and the first rows, of open columns only.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    journal_index = models.BigIntegerField()  # how many entries of the log it takes in
    access = models.TextField(db_default="open")  # the dataset's when it was published; its rows are never wider open
    schema = models.JSONField()
    manifest = models.JSONField()
    sidecar = models.JSONField(default=dict)
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    note = models.TextField(db_default="")  # why this version, in the words of who published it
    source_name = models.TextField(db_default="")  # the uploaded file's
    source_sha256 = models.TextField(db_default="")
    refused = models.BigIntegerField(db_default=0)  # rows that could not be taken
    report = models.JSONField(default=dict)  # the first of them, with line and reason
    made_at = models.DateTimeField()
    post_id = models.UUIDField(null=True)

    dataset_id: Any

    class Meta:
        db_table = "datasets_version"
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="datasets_version_once"),
            models.CheckConstraint(condition=models.Q(access__in=ACCESSES), name="datasets_version_access_known"),
        ]
        indexes = [models.Index(fields=["dataset", "journal_index"], name="datasets_version_index")]

    @property
    def columns(self) -> Schema:
        """The schema of this version, closed columns included."""
        return schema_of(self.schema)


class Upload(models.Model):
    """A file on its way to become a version: received with a guess, described by the officer, read by the worker.

    Row-level security shows it to those who answer for the dataset. ``guess`` holds the file's headings and its first
    rows, which may tell of persons; it is emptied when the upload is published, dropped or swept.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="uploads")
    state = models.TextField()
    name = models.TextField()  # of the file where it comes from
    sha256 = models.TextField()
    bytes = models.BigIntegerField()
    guess = models.JSONField(default=dict)  # personal: the first rows
    schema = models.JSONField(null=True)  # as the officer confirmed it
    access = models.TextField(db_default="")  # whom the version is opened to, "" for as it is
    note = models.TextField(db_default="")
    expected_version = models.IntegerField()  # the newest one when the file came
    stage = models.TextField(db_default="")
    rows = models.BigIntegerField(null=True)
    refused = models.BigIntegerField(null=True)
    report = models.JSONField(default=list)  # personal: refused rows with line, column, value and reason
    parts = models.JSONField(default=list)
    sidecar = models.JSONField(default=dict)
    fault = models.JSONField(default=list)  # why it failed, as sentences with their fields
    person_id = models.UUIDField(null=True)
    post_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    dataset_id: Any

    class Meta:
        db_table = "datasets_upload"
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=UPLOAD_STATES), name="datasets_upload_state_known"),
        ]
        indexes = [
            models.Index(fields=["dataset", "-created_at"], name="datasets_upload_newest"),
            models.Index(fields=["changed_at"], name="datasets_upload_changed"),
        ]

    @property
    def columns(self) -> Schema:
        """The columns as confirmed, else as guessed."""
        return schema_of(self.schema or {"columns": self.guess["columns"], "key": []})

    @property
    def settled(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("published", "dropped")
