"""The table of files: what was handed in, under which hash its bytes lie, and what holds it."""

from __future__ import annotations

from django.db import models

from tianqu.base.identifiers import new_identifier


class Kind(models.TextChoices):
    """What a file is, as its own bytes say."""

    IMAGE = "image"
    DOCUMENT = "document"
    SHEET = "sheet"
    TEXT = "text"
    SOUND = "sound"


class StoredFile(models.Model):
    """One file as somebody handed it in. Its bytes lie under their SHA-256 and are shared with equal files.

    ``sha256`` names the bytes that are served. For an image these are a re-encoded copy without its hidden data
    (place, camera, time), and ``original_sha256`` names the bytes as handed in, kept aside. Row-level security
    shows a row only to the system and to a connection that was let into this one file.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    name = models.TextField()  # personal data where the asker named it so
    kind = models.TextField(choices=Kind.choices)
    media_type = models.TextField()
    sha256 = models.TextField()  # hexadecimal
    size = models.BigIntegerField()  # bytes
    width = models.IntegerField(null=True)  # pixels
    height = models.IntegerField(null=True)  # pixels
    pages = models.IntegerField(null=True)  # of a PDF that tells it
    thumbnail_sha256 = models.TextField(db_default="")
    original_sha256 = models.TextField(db_default="")
    original_size = models.BigIntegerField(null=True)  # bytes
    original_media_type = models.TextField(db_default="")
    person_id = models.UUIDField(null=True)  # who handed it in; personal data by reference
    post_id = models.UUIDField(null=True)
    stored_at = models.DateTimeField()
    holder = models.TextField(db_default="")  # "order:0192…": what it is attached to; empty until then
    held_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "files_file"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="files_kind_known"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="files_not_empty"),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="files_sha256"),
            models.Index(
                fields=["thumbnail_sha256"],
                name="files_thumbnail",
                condition=~models.Q(thumbnail_sha256=""),
            ),
            models.Index(
                fields=["original_sha256"],
                name="files_original",
                condition=~models.Q(original_sha256=""),
            ),
            models.Index(fields=["holder"], name="files_holder", condition=~models.Q(holder="")),
            models.Index(
                fields=["stored_at"],
                name="files_unheld",
                condition=models.Q(holder="", erased_at__isnull=True),
            ),
        ]
