"""Where the bytes lie: a folder or an object store (``TIANQU_FILES_URL``), each content under its SHA-256.

``served/`` holds what may be handed out, ``originals/`` what was handed in and is kept aside: a folder with mode 0700,
or a prefix that an object store can close to everybody but the server. Bytes are written before the row that names
them, and removed after it has gone, both under a lock of the hash, so that a crash leaves at most bytes without a row,
which the sweeper finds.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal, TypeAlias

from django.conf import settings
from django.db import connection

from tianqu.base.errors import NotFound, TianquError, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.stores import is_local, store_at, written_at

Area: TypeAlias = Literal["served", "originals"]
AREAS: tuple[Area, ...] = ("served", "originals")
PIECE_BYTES = 256 * 1024
logger = logging.getLogger(__name__)


class StoreFull(TianquError):
    """No more files are taken, so that the disk keeps room for what must be written."""

    code = "store_full"
    status = 507


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of ``content`` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def locked(*digests: str) -> Iterator[None]:
    """Hold the locks of some contents. Locks of the session, so that no transaction waits for a disk."""
    keys = sorted({int(digest[:15], 16) for digest in digests})
    with connection.cursor() as cursor:
        taken = []
        try:
            for key in keys:
                cursor.execute("SELECT pg_advisory_lock(%s::bigint)", [key])
                taken.append(key)
            yield
        finally:
            for key in reversed(taken):
                cursor.execute("SELECT pg_advisory_unlock(%s::bigint)", [key])


def write(area: Area, content: bytes) -> str:
    """Write ``content`` under its hash, which is returned. The whole content appears at once or not at all."""
    digest = sha256_of(content)
    filesystem, root = _place()
    path = _path(root, area, digest=digest)
    if filesystem.exists(path) and filesystem.size(path) == len(content):
        return digest
    if is_local(filesystem):
        _check_room(root)
        _write_local(path, content)
    else:
        filesystem.pipe_file(path, content)
    return digest


def _check_room(root: str) -> None:
    """Raise ``StoreFull`` before the disk is full: the database may write to the same one, and must never stop."""
    there = root
    while not os.path.exists(there):
        there = os.path.dirname(there)
    if shutil.disk_usage(there).free < settings.TIANQU_FILES_FREE_MB_MIN * 1024**2:
        logger.error("No files are taken: the disk has less than %s MB left.", settings.TIANQU_FILES_FREE_MB_MIN)
        raise StoreFull(
            _("There is no room for files just now."), field="file",
            remedy=_("Send it without the file, and add the file later."),
        )  # fmt: skip


def _write_local(path: str, content: bytes) -> None:
    folder = os.path.dirname(path)
    for private in (os.path.dirname(os.path.dirname(folder)), os.path.dirname(folder), folder):
        os.makedirs(private, mode=0o700, exist_ok=True)
    fresh = os.path.join(folder, f".{new_identifier()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except BaseException:
        os.unlink(fresh)
        raise
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)  # the name is as durable as the bytes
    finally:
        os.close(held)


def size_of(area: Area, digest: str) -> int:
    """Return how many bytes a content has; -1 if it is not there."""
    filesystem, root = _place()
    path = _path(root, area, digest=digest)
    return int(filesystem.size(path)) if filesystem.exists(path) else -1


def pieces(area: Area, digest: str, *, size: int) -> Iterator[bytes]:
    """Read a content in pieces of 256 KB. Raises ``NotFound`` at once if its bytes are not there or not whole."""
    filesystem, root = _place()
    path = _path(root, area, digest=digest)
    if not filesystem.exists(path) or filesystem.size(path) != size:
        raise NotFound(
            _("The bytes of this file are missing from the store."), field="file",
            remedy=_("Tell the administrator; a backup of the store may hold them."),
        )  # fmt: skip
    return _read(filesystem, path)


def _read(filesystem: Any, path: str) -> Iterator[bytes]:
    with filesystem.open(path, "rb") as stream:
        while piece := stream.read(PIECE_BYTES):
            yield piece


def remove(area: Area, digest: str) -> None:
    """Remove a content, if it is there. The caller holds its lock and knows that no row names it."""
    filesystem, root = _place()
    path = _path(root, area, digest=digest)
    if filesystem.exists(path):
        filesystem.rm_file(path)


def contents(area: Area, *, written_before: datetime) -> Iterator[str]:
    """Every hash in the store whose bytes were written before a time, half-written ones left by a crash included."""
    filesystem, root = _place()
    top = f"{root}/{area}"
    if not filesystem.exists(top):
        return
    for _folder, _folders, files in filesystem.walk(top, detail=True):
        for path, facts in files.items():
            if written_at(facts) < written_before:
                yield path.rsplit("/", 1)[-1]


def remove_unfinished(area: Area, name: str) -> None:
    """Remove what a crash left half written: ``contents`` gives its name, which begins with a dot."""
    assert name.startswith("."), name
    filesystem, root = _place()
    for path in filesystem.glob(f"{root}/{area}/*/*/{name}"):
        filesystem.rm_file(path)


def _place() -> tuple[Any, str]:
    return store_at(str(settings.TIANQU_FILES_URL))


def _path(root: str, area: Area, *, digest: str) -> str:
    assert len(digest) == 64, digest
    return f"{root}/{area}/{digest[:2]}/{digest[2:4]}/{digest}"
