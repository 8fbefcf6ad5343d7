"""Handing a file in, attaching it to something, erasing it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files import storage
from tianqu.kernel.files.examination import OTHER_BYTES_MAX, PDF, as_utf8, examined
from tianqu.kernel.files.models import Kind, StoredFile
from tianqu.kernel.files.names import safe_name
from tianqu.kernel.files.pdf_pages import pdf_pages
from tianqu.kernel.files.pictures import remade
from tianqu.kernel.journal.api import SYSTEM, Acting, Actor, act, seeing
from tianqu.kernel.places.api import require

UNHELD_KEPT = timedelta(hours=24)  # a draft with a photo may be finished the next morning
SWEPT_MAX = 500  # in one act

Prepared = dict[str, Any]


def store_file(actor: Actor, *, content: bytes | BinaryIO, name: str) -> StoredFile:
    """Check a file, make a picture anew, write its bytes under their hash, then its row.

    ``content`` is the bytes or a stream of them; ``name`` what the file is called where it comes from. The file belongs
    to nothing yet: ``hold_file`` attaches it, and what nobody holds after a day is swept. Raises ``InvalidInput`` and
    ``TooLarge`` with the reason.
    """
    require_storing(actor)
    whole = content if isinstance(content, bytes) else content.read(OTHER_BYTES_MAX + 1)
    prepared, served, aside = _prepared(whole, name=name)
    digests = [prepared[key] for key in ("sha256", "thumbnail_sha256", "original_sha256") if prepared[key]]
    with storage.locked(*digests):
        for piece in served:
            storage.write("served", piece)
        for piece in aside:
            storage.write("originals", piece)
        return StoredFile(**_store_file(actor, prepared=prepared))


def _prepared(content: bytes, *, name: str) -> tuple[Prepared, list[bytes], list[bytes]]:
    """Return the row's values, the contents to be served, and those to be kept aside."""
    found = examined(content, name=name)
    values: Prepared = {
        "kind": found.kind, "media_type": found.media_type, "width": None, "height": None,
        "pages": pdf_pages(content) if found is PDF else None, "thumbnail_sha256": "", "original_sha256": "",
        "original_size": None, "original_media_type": "",
    }  # fmt: skip
    extension, served, aside = found.extension, content, []
    thumbnails: list[bytes] = []
    if found.kind == Kind.IMAGE:
        picture = remade(content)
        served, extension, aside, thumbnails = picture.content, picture.extension, [content], [picture.thumbnail]
        values |= {
            "media_type": picture.media_type, "width": picture.width, "height": picture.height,
            "thumbnail_sha256": storage.sha256_of(picture.thumbnail),
        }  # fmt: skip
    elif found.media_type.startswith("text/"):
        served = as_utf8(content)
        if not served:
            raise InvalidInput(_("The file is empty."), field="file", remedy=_("Choose another file."))
        aside = [content] if served != content else []
    if aside:
        values |= {
            "original_sha256": storage.sha256_of(content), "original_size": len(content),
            "original_media_type": found.media_type,
        }  # fmt: skip
    values |= {"name": safe_name(name, extension=extension), "sha256": storage.sha256_of(served), "size": len(served)}
    return values, [served, *thumbnails], aside


def may_store(acting: Acting, /, **arguments: Any) -> None:
    """See ``require_storing``."""
    require_storing(acting.actor)


def require_storing(actor: Actor) -> None:
    """Require the permission of whoever acts through a post. Who asks for themselves may show what is the matter.

    Who sees a file is for the thing to say that it is attached to.
    """
    if actor.post_id is not None:
        require(actor, "files.store")


def may_discard(acting: Acting, /, **arguments: Any) -> None:
    """Anybody may take back what they handed in themselves."""


@act("files.store", may=may_store)
def _store_file(acting: Acting, *, prepared: Prepared) -> dict[str, Any]:
    """Write a file's row; return its columns, which are kept as the answer where an idempotency key was sent."""
    row = {
        "id": new_identifier(), "person_id": acting.actor.person_id, "post_id": acting.actor.post_id,
        "stored_at": acting.now, "holder": "", **prepared,
    }  # fmt: skip
    stored = StoredFile(**row)
    let_in(stored.id, for_transaction=True)
    stored.save(force_insert=True)
    facts = ("name", "kind", "media_type", "sha256", "size", "original_sha256", "original_size")
    acting.record(f"file:{stored.id}", after={fact: getattr(stored, fact) for fact in facts}, sealed=True)
    return row


def let_in(file_id: UUID, *, for_transaction: bool) -> None:
    """Let this connection see the row of one file, whose identifier nobody can guess."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tianqu.file', %s, %s)", [str(file_id), for_transaction])


def hold_file(acting: Acting, *, file_id: UUID, holder: str) -> StoredFile:
    """Attach a file to ``holder`` (``order:0192…``) within another act.

    Raises ``NotFound`` for an unknown or erased file and ``Conflict`` for one that something else holds: a file is
    attached once, by whoever was given its identifier.
    """
    let_in(file_id, for_transaction=True)
    stored = StoredFile.objects.select_for_update().filter(id=file_id, erased_at=None).first()
    if stored is None:
        raise _no_file()
    if stored.holder not in {"", holder}:
        raise Conflict(
            _("This file is already attached to something else."), field="file",
            remedy=_("Hand the file in again."),
        )  # fmt: skip
    stored.holder, stored.held_at = holder, acting.now
    stored.save(update_fields=["holder", "held_at"])
    return stored


def erase_held(acting: Acting, *, file_id: UUID) -> None:
    """Erase a file within another act: its name and its bytes go for good, its hash stays in the journal."""
    let_in(file_id, for_transaction=True)
    stored = StoredFile.objects.select_for_update().filter(id=file_id).first()
    if stored is None:
        raise _no_file()
    if stored.erased_at is None:
        _erase(acting, stored)


def erase_file_name(file_id: UUID) -> str:
    """Empty the name of a file within another act; its bytes stay. Return the subject whose entry holds the name."""
    let_in(file_id, for_transaction=True)
    StoredFile.objects.filter(id=file_id).update(name="")
    return f"file:{file_id}"


@act("files.discard", may=may_discard)
def discard_file(acting: Acting, *, file_id: UUID) -> None:
    """Take back a file that one handed in and that nothing holds: what it was for did not happen.

    Raises ``NotFound`` for a file of somebody else, and for one that is attached.
    """
    let_in(file_id, for_transaction=True)
    own = StoredFile.objects.filter(person_id=acting.actor.person_id, post_id=acting.actor.post_id)
    stored = own.select_for_update().filter(id=file_id, holder="", erased_at=None).first()
    if stored is None:
        raise _no_file()
    _erase(acting, stored)
    acting.record(f"file:{file_id}", after={"erased_at": acting.now}, sealed=True)


def may_erase(acting: Acting, /, **arguments: Any) -> None:
    """Require the permission to erase files, whoever handed them in."""
    require(acting.actor, "files.erase")


@act("files.erase", may=may_erase)
def erase_file(acting: Acting, *, file_id: UUID) -> None:
    """Erase one file for good. Others that had the same bytes keep them."""
    erase_held(acting, file_id=file_id)
    acting.record(f"file:{file_id}", after={"erased_at": acting.now}, sealed=True)


@act("files.sweep", may=may_erase)
def _sweep_files(acting: Acting, *, stored_before: datetime) -> int:
    """Erase files that were handed in and attached to nothing. At most 500 in one act."""
    unheld = list(
        StoredFile.objects.select_for_update(skip_locked=True)
        .filter(holder="", erased_at=None, stored_at__lt=stored_before)
        .order_by("stored_at")[:SWEPT_MAX]
    )
    for stored in unheld:
        _erase(acting, stored)
    acting.record("files", after={"erased": [stored.id for stored in unheld]})
    return len(unheld)


def _erase(acting: Acting, stored: StoredFile) -> None:
    stored.name, stored.person_id, stored.post_id, stored.erased_at = "", None, None, acting.now
    stored.save(update_fields=["name", "person_id", "post_id", "erased_at"])
    served = {stored.sha256, stored.thumbnail_sha256} - {""}
    transaction.on_commit(lambda: _remove_unneeded(served=served, originals={stored.original_sha256} - {""}))


def _remove_unneeded(*, served: set[str], originals: set[str]) -> None:
    for area, digests in (("served", served), ("originals", originals)):
        for digest in digests:
            _remove_if_unneeded(area, digest)  # type: ignore[arg-type]  # the tuple widens the literal


def _remove_if_unneeded(area: storage.Area, digest: str) -> bool:
    with storage.locked(digest), connection.cursor() as cursor:
        cursor.execute("SELECT files_needed(%s, %s)", [area, digest])
        row = cursor.fetchone()
        if row is None or row[0]:
            return False
        storage.remove(area, digest)
        return True


def sweep_files(*, now: datetime | None = None) -> int:
    """Erase what nobody attached within a day, then bytes that no row names. Returns how many went."""
    before = (now or timezone.now()) - UNHELD_KEPT
    swept = 0
    with seeing(SYSTEM.scope):
        waiting = StoredFile.objects.filter(holder="", erased_at=None, stored_at__lt=before)
        while waiting.exists():
            found = _sweep_files(SYSTEM, stored_before=before)
            swept += found
            if not found:
                break
    for area in storage.AREAS:
        for name in storage.contents(area, written_before=before):
            if name.startswith("."):
                storage.remove_unfinished(area, name)
                swept += 1
            else:
                swept += _remove_if_unneeded(area, name)
    return swept


def _no_file() -> NotFound:
    return NotFound(_("There is no such file."), field="file", remedy=_("Hand the file in again."))
