"""Where the parts lie: a folder or an object store (``TIANQU_DATASETS_URL``), each under the SHA-256 of its bytes.

A part is written aside, flushed, and only then given its name, so that one that is half written is never read. It is in
its place before the row that names it is written; a crash between the two leaves a part that nobody names, which is
swept (``sweeping``).
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from tianqu.base.errors import NotFound, TianquError, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.stores import is_local, store_at, written_at

PIECE_BYTES: Final = 4 * 1024 * 1024
SUFFIX: Final = ".parquet"


class DiskFull(TianquError):
    """No room for what was to be written; nothing was published, and what was there before is untouched."""

    code = "disk_full"
    status = 507


@contextmanager
def working_file(suffix: str = SUFFIX) -> Iterator[Path]:
    """A path for a file that is being made, gone again at the end. Raises ``DiskFull``."""
    folder = working_folder()
    path = folder / f"{new_identifier()}{suffix}"
    try:
        yield path
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full() from error
        raise
    finally:
        path.unlink(missing_ok=True)


def working_folder() -> Path:
    """The folder of this machine for what is being made, on the disk of the parts where these lie in a folder."""
    filesystem, root = _place()
    folder = Path(root) / "making" if is_local(filesystem) else Path(settings.VAR) / "making"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def disk_full() -> DiskFull:
    """The error that tells of a full disk."""
    return DiskFull(
        _("The disk is full: nothing was published, and the version before it stands."),
        remedy=_("Make room on the disk of TIANQU_DATASETS_URL, then do it again."),
    )


def check_room(needed: int) -> None:
    """Raise ``DiskFull`` where the disk has not ``needed`` bytes beside what must stay free for the database."""
    free = shutil.disk_usage(working_folder()).free
    if free < needed + settings.TIANQU_FILES_FREE_MB_MIN * 1024 * 1024:
        raise disk_full()


def keep(path: Path) -> tuple[str, int]:
    """Give a finished file its name by its hash; return the hash and its size in bytes. It is moved where it can be."""
    digest, size = sha256_of(path)
    filesystem, root = _place()
    target = part_path(root, digest=digest)
    # One that is there already is wanted again: it is made young, so that the sweep lets it live.
    if is_local(filesystem) and filesystem.exists(target) and filesystem.size(target) == size:
        os.utime(target)
        return digest, size
    if is_local(filesystem):
        _move(path, to=Path(target))
    else:
        filesystem.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        filesystem.put_file(str(path), target)
    return digest, size


def sha256_of(path: Path) -> tuple[str, int]:
    """The SHA-256 of a file, in hexadecimal, and its size in bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def readable(digest: str) -> str:
    """What the engine is told to read for a part: a path, or an address of the object store."""
    filesystem, root = _place()
    path = part_path(root, digest=digest)
    return path if is_local(filesystem) else str(filesystem.unstrip_protocol(path))


def digest_in(address: str) -> str:
    """The hash of the part at a path or an address of the store."""
    return address.rsplit("/", 1)[-1].removesuffix(SUFFIX)


def size_of(digest: str) -> int:
    """The bytes of a part, -1 where it is not there."""
    filesystem, root = _place()
    path = part_path(root, digest=digest)
    return int(filesystem.size(path)) if filesystem.exists(path) else -1


def pieces(digest: str, *, first: int = 0, count: int | None = None) -> Iterator[bytes]:
    """Read a part in pieces of 4 MB: ``count`` bytes from ``first`` on, all of it without.

    Raises ``NotFound`` at once where it is not there.
    """
    filesystem, root = _place()
    path = part_path(root, digest=digest)
    if not filesystem.exists(path):
        raise NotFound(
            _("A part of this dataset is missing from the store."), field="sha256", value=digest,
            remedy=_("Tell the administrator; a backup of the store may hold it."),
        )  # fmt: skip
    return _read(filesystem, path, first=first, count=count)


def _read(filesystem: Any, path: str, *, first: int, count: int | None) -> Iterator[bytes]:
    left = count
    with filesystem.open(path, "rb") as stream:
        stream.seek(first)
        while piece := stream.read(PIECE_BYTES if left is None else min(PIECE_BYTES, left)):
            yield piece
            left = None if left is None else left - len(piece)


def parts_written(*, before: datetime) -> Iterator[str]:
    """The hash of each part in the store that was written before a time."""
    filesystem, root = _place()
    if not filesystem.exists(f"{root}/parts"):
        return
    for _folder, _folders, files in filesystem.walk(f"{root}/parts", detail=True):
        for path, facts in files.items():
            if path.endswith(SUFFIX) and written_at(facts) < before:
                yield digest_in(path)


def remove(digest: str) -> None:
    """Remove a part that no version names, if it is there."""
    filesystem, root = _place()
    path = part_path(root, digest=digest)
    if filesystem.exists(path):
        filesystem.rm_file(path)


def sweep_working(*, before: datetime) -> int:
    """Remove what a crash left half made before a time; return how many files that were."""
    count = 0
    for path in working_folder().iterdir():
        if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
            path.unlink(missing_ok=True)
            count += 1
    return count


def keep_upload(path: Path, *, name: str) -> None:
    """Keep a file that somebody uploaded beside the parts, until it is read; the worker may be on another machine."""
    filesystem, root = _place()
    target = f"{root}/uploads/{name}"
    if is_local(filesystem):
        _move(path, to=Path(target))
    else:
        filesystem.makedirs(f"{root}/uploads", exist_ok=True)
        filesystem.put_file(str(path), target)


@contextmanager
def uploaded(name: str) -> Iterator[Path]:
    """A path at which an uploaded file can be read. Raises ``NotFound`` once it was swept."""
    filesystem, root = _place()
    source = f"{root}/uploads/{name}"
    if not filesystem.exists(source):
        raise NotFound(_("The uploaded file is not kept any more."), field="file", remedy=_("Upload it again."))
    if is_local(filesystem):
        yield Path(source)
        return
    with working_file(".upload") as path:
        filesystem.get_file(source, str(path))
        yield path


def remove_upload(name: str) -> None:
    """Remove an uploaded file, if it is there."""
    filesystem, root = _place()
    if filesystem.exists(f"{root}/uploads/{name}"):
        filesystem.rm_file(f"{root}/uploads/{name}")


def uploads_written(*, before: datetime) -> Iterator[str]:
    """The name of each uploaded file that was written before a time."""
    filesystem, root = _place()
    if not filesystem.exists(f"{root}/uploads"):
        return
    for facts in filesystem.ls(f"{root}/uploads", detail=True):
        if written_at(facts) < before:
            yield str(facts["name"]).rsplit("/", 1)[-1]


def part_path(root: str, *, digest: str) -> str:
    """Where a part lies below the root of the store."""
    assert len(digest) == 64, digest
    return f"{root}/parts/{digest[:2]}/{digest}{SUFFIX}"


def filesystem() -> Any:
    """The file system of the store, for an engine that is to read from it."""
    return _place()[0]


def store_folder() -> str | None:
    """The folder of this machine in which the parts lie; None where they lie in an object store."""
    found, root = _place()
    return root if is_local(found) else None


def _place() -> tuple[Any, str]:
    return store_at(str(settings.TIANQU_DATASETS_URL))


def _move(path: Path, *, to: Path) -> None:
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(path, to)
    if os.name != "nt":
        folder = os.open(to.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name is as durable as the bytes
        finally:
            os.close(folder)
