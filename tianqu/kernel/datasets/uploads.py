"""Uploads: from a file to a version in steps that a person takes, and one that the worker takes.

received → described → reading → ready → published, or dropped, or failed. A failed or ready one can be described anew.
The bytes lie beside the parts until the upload is settled, or seven days long. A worker that was killed while reading
leaves the job behind, which reads the file again from its beginning: parts have the same names as before.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, NotFound, NotPermitted, TianquError, TooLarge, _
from tianqu.kernel.datasets import storage
from tianqu.kernel.datasets.declarations import ACCESSES
from tianqu.kernel.datasets.describing import open_dataset
from tianqu.kernel.datasets.guessing import Guess, guess_columns
from tianqu.kernel.datasets.ingesting import ingest
from tianqu.kernel.datasets.loading import told_of
from tianqu.kernel.datasets.models import Dataset, Upload, Version
from tianqu.kernel.datasets.parts import Part
from tianqu.kernel.datasets.publishing import NOTE_MAX, Origin, check_disclosure, published
from tianqu.kernel.datasets.reading import dataset_with
from tianqu.kernel.datasets.schema import Schema, checked_schema
from tianqu.kernel.datasets.uploaded_files import kind_of
from tianqu.kernel.journal.api import SYSTEM, Acting, Actor, act, seeing, set_scope
from tianqu.kernel.places.api import Account, actor_of, require

TASK: Final = "datasets.read_upload"
PERMISSION: Final = "datasets.upload"
UPLOAD_BYTES_MAX: Final = 64 * 1024 * 1024
KEPT_DAYS: Final = 7
NAME_MAX: Final = 200
SHOWN_MAX: Final = 200
CELL_SHOWN_MAX: Final = 200  # characters of a cell of the first rows


def may_upload(acting: Acting, /, **arguments: Any) -> None:
    """Whoever uploads does it for their own office; ``open_dataset`` and ``_locked`` look at the reach."""
    require(acting.actor, PERMISSION)


def upload_file(actor: Actor, *, dataset_id: UUID, file: IO[bytes], name: str, columns: Schema | None = None) -> Upload:
    """Take a file, guess its columns, and keep both until the officer has described it.

    ``columns``, where they fit the file, stand for the guess: those of the version before. Raises ``InvalidInput`` for
    a file that cannot be read at all, ``TooLarge``, ``NotPermitted`` and ``DiskFull``.
    """
    set_scope(actor.scope)
    dataset = dataset_with(dataset_id)
    require(actor, PERMISSION, dataset)
    kind = kind_of(name)
    with storage.working_file(Path(name).suffix.lower()) as path:
        with path.open("wb") as kept:
            shutil.copyfileobj(file, kept, storage.PIECE_BYTES)
        if path.stat().st_size > UPLOAD_BYTES_MAX:
            raise TooLarge(
                _("The file is larger than %(most)s MB."), field="file", value=path.stat().st_size,
                most=UPLOAD_BYTES_MAX // 1024**2, remedy=_("Compress it as Parquet, or load it by the command line."),
            )  # fmt: skip
        guess = guess_columns(path, kind)
        digest, size = storage.sha256_of(path)
        upload_id = UUID(path.stem)
        storage.check_room(size)
        storage.keep_upload(path, name=str(upload_id))
    return receive_upload(
        actor, upload_id=upload_id, dataset_id=dataset_id, name=Path(name).name, sha256=digest, size=size,
        guess=_as_json(_told_before(guess, columns)),
    )  # fmt: skip


def _told_before(guess: Guess, columns: Schema | None) -> Guess:
    """The guess, with the columns of the version before where their number is the same and their titles are."""
    if columns is None or len(columns.columns) != len(guess.columns):
        return guess
    same = all(
        {old.title, old.name, old.title_en} & {new.title, new.name}
        for old, new in zip(columns.columns, guess.columns, strict=True)
    )
    return Guess(guess.headings, columns.columns, guess.sample) if same else guess


def _as_json(guess: Guess) -> dict[str, Any]:
    return {
        "headings": list(guess.headings), "columns": [column.json() for column in guess.columns],
        "sample": [[None if cell is None else str(cell)[:CELL_SHOWN_MAX] for cell in row] for row in guess.sample],
    }  # fmt: skip


@act("datasets.upload", may=may_upload)
def receive_upload(
    acting: Acting, *, upload_id: UUID, dataset_id: UUID, name: str, sha256: str, size: int, guess: dict[str, Any]
) -> Upload:
    """Write down that a file came whose bytes are kept already; what was guessed is not part of the journal."""
    dataset = open_dataset(acting, dataset_id, permission=PERMISSION)
    upload = Upload(
        id=upload_id, dataset=dataset, state="received", name=name[:NAME_MAX], sha256=sha256, bytes=size, guess=guess,
        expected_version=dataset.version, person_id=acting.actor.person_id, post_id=acting.actor.post_id,
        created_at=acting.now, changed_at=acting.now,
    )  # fmt: skip
    upload.save(force_insert=True)
    _record(acting, upload)
    return upload


@act("datasets.describe_upload", may=may_upload)
def describe_upload(acting: Acting, *, upload_id: UUID, schema: Schema, access: str = "", note: str = "") -> Upload:
    """Confirm or change the columns of an uploaded file, and have the worker read it.

    Raises ``InvalidInputs`` naming each column at fault, and ``Conflict`` for one that is settled or being read.
    """
    upload, dataset = _locked(acting, upload_id)
    if upload.state not in ("received", "ready", "failed"):
        raise _not_now(upload)
    schema = checked_schema(schema.columns, schema.key)
    if len(schema.columns) != len(upload.guess["headings"]):
        raise InvalidInput(
            _("The file has %(value)s columns and the dataset %(wanted)s."), field="columns",
            value=len(upload.guess["headings"]), wanted=len(schema.columns),
        )  # fmt: skip
    if access and access not in ACCESSES:
        raise InvalidInput(
            _("%(value)s is not possible here."), field="access", value=access[:40], remedy=_("Possible: %(allowed)s."),
            allowed=", ".join(ACCESSES),
        )  # fmt: skip
    if len(note) > NOTE_MAX:
        raise InvalidInput(_("At most %(most)s characters."), field="note", most=NOTE_MAX)
    dataset.access = access or dataset.access  # looked at here, changed when it is published
    check_disclosure(dataset, schema)
    upload.schema, upload.access, upload.note = schema.json(), access, note.strip()
    upload.state, upload.stage, upload.fault, upload.report = "described", "", [], []
    upload.rows = upload.refused = None
    _save(acting, upload)
    app.configure_task(TASK).defer(upload_id=str(upload.id))
    return upload


@act("datasets.note_upload", may=may_upload)
def note_upload(
    acting: Acting, *, upload_id: UUID, state: str, stage: str = "", found: dict[str, Any] | None = None
) -> bool:
    """Note how far the reading of an upload is, or what came of it. False where it was dropped meanwhile."""
    upload, _dataset = _locked(acting, upload_id)
    if upload.state not in ("described", "reading"):
        return False
    assert state in ("reading", "ready", "failed"), state
    upload.state, upload.stage = state, stage
    for name, value in (found or {}).items():
        assert name in ("rows", "refused", "report", "parts", "sidecar", "fault"), name
        setattr(upload, name, value)
    _save(acting, upload)
    return True


@act("datasets.publish_upload", may=may_upload)
def publish_upload(acting: Acting, *, upload_id: UUID) -> Version:
    """Publish what was read as the newest version of its dataset.

    Raises ``Conflict`` where it is not ready, or somebody published another version since the file came.
    """
    require(acting.actor, "datasets.publish")
    upload, dataset = _locked(acting, upload_id)
    if upload.state != "ready":
        raise _not_now(upload)
    require(acting.actor, "datasets.publish", dataset)
    assert upload.rows is not None
    version = published(
        acting, dataset, schema=upload.columns, parts=[Part(**part) for part in upload.parts], rows=upload.rows,
        sidecar=upload.sidecar, origin=Origin(upload.name, upload.sha256, upload.refused or 0, upload.report),
        note=upload.note, access=upload.access, expected_version=upload.expected_version,
    )  # fmt: skip
    _settle(acting, upload, state="published")
    return version


@act("datasets.accept_newer", may=may_upload)
def accept_newer(acting: Acting, *, upload_id: UUID) -> Upload:
    """Say that an upload is to follow the version that somebody else published meanwhile."""
    upload, dataset = _locked(acting, upload_id)
    if upload.settled:
        raise _not_now(upload)
    upload.expected_version = dataset.version
    _save(acting, upload)
    return upload


@act("datasets.drop_upload", may=may_upload)
def drop_upload(acting: Acting, *, upload_id: UUID) -> Upload:
    """Give an upload up; its bytes and what was shown of them are removed."""
    upload, _dataset = _locked(acting, upload_id, withdrawn=True)
    if upload.settled:
        raise _not_now(upload)
    _settle(acting, upload, state="dropped")
    return upload


def run_upload(upload_id: UUID) -> None:
    """Read an upload that was described, with the eyes of who uploaded it. For the worker; harmless when done again."""
    with seeing(SYSTEM.scope):
        upload = Upload.objects.filter(id=upload_id, state__in=("described", "reading")).first()
        if upload is None:
            return
        actor = _uploader(upload)
        if actor is None:
            gone = InvalidInput(_("Whoever uploaded this file holds no post for it any more."), field="file",
                                remedy=_("Drop it, and upload it anew."))  # fmt: skip
            note_upload(SYSTEM, upload_id=upload_id, state="failed", found={"fault": _faults(gone)})
            return
    with seeing(actor.scope):
        if not note_upload(actor, upload_id=upload_id, state="reading", stage="reading"):
            return
        try:
            found = _read(actor, upload)
        except TianquError as error:
            note_upload(actor, upload_id=upload_id, state="failed", found={"fault": _faults(error)})
            return
        except Exception:
            fault = InvalidInput(_("The file could not be read to its end."), field="file",
                                 remedy=_("Save it anew, or as CSV, and upload that."))  # fmt: skip
            note_upload(actor, upload_id=upload_id, state="failed", found={"fault": _faults(fault)})
            raise  # the job fails and is logged; the officer does not wait for it
        note_upload(actor, upload_id=upload_id, state="ready", found=found)


def _uploader(upload: Upload) -> Actor | None:
    """Who uploaded a file, by the post in which they did; None where they do not hold it today."""
    account = Account.objects.filter(person_id=upload.person_id).first() if upload.person_id else None
    try:
        return actor_of(account, channel="job", post_id=upload.post_id) if account is not None else None
    except NotPermitted:
        return None


def _read(actor: Actor, upload: Upload) -> dict[str, Any]:
    schema = upload.columns
    with storage.uploaded(str(upload.id)) as path:
        taken = ingest(path, kind_of(upload.name), schema, titles=upload.guess["headings"])
    note_upload(actor, upload_id=upload.id, state="reading", stage="describing")
    parts, sidecar = told_of(taken, schema, upload.dataset, access=upload.access or upload.dataset.access)
    return {
        "rows": taken.rows, "refused": taken.refused.count, "report": taken.refused.told,
        "parts": [part.json() for part in parts], "sidecar": sidecar,
    }  # fmt: skip


def _faults(error: TianquError) -> list[dict[str, Any]]:
    """An error as it is kept: its sentences with what fills them, to be translated when they are shown."""
    errors: Sequence[TianquError] = error.errors if isinstance(error, InvalidInputs) else [error]
    return [
        {
            "message": each.message, "remedy": each.remedy, "field": each.field,
            "parameters": {name: str(value) for name, value in each.parameters.items() if value is not None},
        }
        for each in errors
    ]  # fmt: skip


def upload_with(actor: Actor, upload_id: UUID) -> Upload:
    """One upload of a dataset that the actor uploads for, with the dataset. Raises ``NotFound``."""
    set_scope(actor.scope)
    found = Upload.objects.select_related("dataset").filter(id=upload_id).first()
    if found is None:
        raise NotFound(_("There is no such upload."), field="upload_id", value=str(upload_id))
    require(actor, PERMISSION, found.dataset)
    return found


def uploads_of(actor: Actor, *, dataset_id: UUID | None = None, unsettled: bool = False) -> list[Upload]:
    """The uploads in the actor's sight, the newest first, at most 200; without what was read."""
    require(actor, PERMISSION)
    set_scope(actor.scope)
    found = Upload.objects.select_related("dataset").defer("guess", "sidecar", "report", "parts")
    if dataset_id is not None:
        found = found.filter(dataset_id=dataset_id)
    if unsettled:
        found = found.exclude(state__in=("published", "dropped"))
    return list(found.order_by("-created_at")[:SHOWN_MAX])


def sweep_uploads() -> int:
    """Drop what nobody settled within seven days, and remove bytes without a row; return how many were removed."""
    count, before = 0, timezone.now() - timedelta(days=KEPT_DAYS)
    with seeing(SYSTEM.scope):
        old = Upload.objects.filter(changed_at__lt=before).exclude(state__in=("published", "dropped"))
        for upload_id in list(old.values_list("id", flat=True)[:1_000]):
            drop_upload(SYSTEM, upload_id=upload_id)
            count += 1
    for name in storage.uploads_written(before=before):
        storage.remove_upload(name)
        count += 1
    return count


def _locked(acting: Acting, upload_id: UUID, *, withdrawn: bool = False) -> tuple[Upload, Dataset]:
    """Lock an upload, after its dataset, so that two never wait on each other."""
    known = Upload.objects.select_related("dataset").filter(id=upload_id).first()
    if known is None:
        raise NotFound(_("There is no such upload."), field="upload_id", value=str(upload_id))
    if withdrawn:
        require(acting.actor, PERMISSION, known.dataset)
        dataset = known.dataset
    else:
        dataset = open_dataset(acting, known.dataset_id, permission=PERMISSION)
    upload = Upload.objects.select_for_update().get(id=upload_id)
    return upload, dataset


def _settle(acting: Acting, upload: Upload, *, state: str) -> None:
    upload.state, upload.stage, upload.guess, upload.report, upload.sidecar = state, "", {}, [], {}
    _save(acting, upload)
    transaction.on_commit(lambda: storage.remove_upload(str(upload.id)))


def _save(acting: Acting, upload: Upload) -> None:
    upload.changed_at = acting.now
    upload.save()
    _record(acting, upload)


def _record(acting: Acting, upload: Upload) -> None:
    """What the journal keeps of an upload: everything but rows of it."""
    after = {
        "dataset": str(upload.dataset_id), "state": upload.state, "name": upload.name, "sha256": upload.sha256,
        "bytes": upload.bytes, "schema": upload.schema, "access": upload.access, "note": upload.note,
        "stage": upload.stage, "rows": upload.rows, "refused": upload.refused,
        "expected_version": upload.expected_version, "parts": upload.parts,
    }  # fmt: skip
    acting.record(f"dataset_upload:{upload.id}", after=after)


def _not_now(upload: Upload) -> Conflict:
    return Conflict(
        _("This cannot be done with the upload as it stands now."), field="state", value=upload.state,
        remedy=_("Look at it again."),
    )  # fmt: skip
