"""Handing a file out: to whom its holder lets in, with headers that keep it harmless."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import quote
from uuid import UUID

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.files import storage
from tianqu.kernel.files.acts import let_in
from tianqu.kernel.files.models import Kind, StoredFile
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import require

Variant: TypeAlias = Literal["served", "thumbnail", "original"]
MaySee: TypeAlias = Callable[[Actor, StoredFile], None]


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file being handed out: ``chunks`` of bytes, and the ``headers`` that must go with them."""

    name: str
    media_type: str
    size: int
    headers: dict[str, str]
    chunks: Iterator[bytes]


def open_file(actor: Actor, *, file_id: UUID, may_see: MaySee, variant: Variant = "served") -> OpenedFile:
    """Open a file for ``actor``.

    ``may_see`` is the rule of the thing that holds the file: it is called with the actor and the file, and raises
    ``NotPermitted`` or ``NotFound``. A picture's ``original`` with its hidden data needs the permission
    ``files.original`` besides. Raises ``NotFound`` for an unknown, erased or missing file.
    """
    let_in(file_id, for_transaction=False)
    try:
        stored = StoredFile.objects.filter(id=file_id, erased_at=None).first()
    finally:
        let_in(UUID(int=0), for_transaction=False)
    if stored is None:
        raise NotFound(_("There is no such file."), field="file")
    may_see(actor, stored)
    if variant == "original" and stored.original_sha256:
        require(actor, "files.original")
        size = stored.original_size
        assert size is not None, stored.id
        return _opened(
            stored, area="originals", digest=stored.original_sha256, size=size,
            media_type=stored.original_media_type, inline=False,
        )  # fmt: skip
    if variant == "thumbnail":
        return _thumbnail(stored)
    return _opened(
        stored, area="served", digest=stored.sha256, size=stored.size, media_type=stored.media_type,
        inline=stored.kind == Kind.IMAGE,
    )  # fmt: skip


def _thumbnail(stored: StoredFile) -> OpenedFile:
    if not stored.thumbnail_sha256:
        raise InvalidInput(_("Only pictures have a small version."), field="variant", value="thumbnail")
    return _opened(
        stored, area="served", digest=stored.thumbnail_sha256, size=None, media_type="image/jpeg", inline=True
    )


def _opened(
    stored: StoredFile, *, area: storage.Area, digest: str, size: int | None, media_type: str, inline: bool
) -> OpenedFile:
    length = storage.size_of(area, digest) if size is None else size
    chunks = storage.pieces(area, digest, size=length)
    return OpenedFile(
        name=stored.name, media_type=media_type, size=length, chunks=chunks,
        headers=headers_for(stored.name, media_type=media_type, size=length, digest=digest, inline=inline),
    )  # fmt: skip


def headers_for(name: str, *, media_type: str, size: int, digest: str, inline: bool) -> dict[str, str]:
    """Headers that keep a file from being taken for a page: no sniffing, no scripts, saved rather than shown."""
    disposition = "inline" if inline else "attachment"
    return {
        "Content-Type": media_type,
        "Content-Length": str(size),
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
        "ETag": f'"{digest}"',
    }
