"""Where the log's files lie: a folder, or an object store named by an fsspec URL.

A file appears whole or not at all. What ``write`` returned from is on disk.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

WRITERS = 8  # files flushed at once


class LogStorage(Protocol):
    """What the journal asks of a place to keep files."""

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at ``path``, or None where there is none."""

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write files, each whole; all are durable on return."""

    def remove_folder(self, path: str) -> None:
        """Remove a folder of partial tiles, if it is there."""


class FolderStorage:
    """Files below a folder of this machine: written aside, flushed, renamed, the folder flushed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        folders: dict[Path, None] = {}
        pending: list[Future[None]] = []
        with ThreadPoolExecutor(WRITERS) as pool:  # flushing waits for the disk, not for the processor
            for path, data in files:
                target = self.root / path
                if target.parent not in folders:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    folders[target.parent] = None
                pending.append(pool.submit(self._write_one, target, data))
            for written in pending:
                written.result()
        for folder in folders:
            _flush_folder(folder)

    def remove_folder(self, path: str) -> None:
        shutil.rmtree(self.root / path, ignore_errors=True)

    @staticmethod
    def _write_one(target: Path, data: bytes) -> None:
        aside = target.parent / f".{target.name}.{os.getpid()}"
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.replace(aside, target)


class ObjectStorage:
    """Files below an fsspec URL (``s3://bucket/log``); an object store puts each whole by itself."""

    def __init__(self, url: str) -> None:
        import fsspec

        self._files: Any
        self._files, root = fsspec.core.url_to_fs(url)
        self._root = root.rstrip("/")
        self._in_folders = self._files.protocol in ("memory", ("file", "local"))

    def read(self, path: str) -> bytes | None:
        try:
            data = self._files.cat_file(f"{self._root}/{path}")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        return bytes(data)

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        for path, data in files:
            if self._in_folders:
                self._files.makedirs(f"{self._root}/{path}".rsplit("/", 1)[0], exist_ok=True)
            self._files.pipe_file(f"{self._root}/{path}", data)

    def remove_folder(self, path: str) -> None:
        if self._files.exists(f"{self._root}/{path}"):
            self._files.rm(f"{self._root}/{path}", recursive=True)


def open_storage(url: str) -> LogStorage:
    """The storage at ``url``: a path, a ``file://`` URL, or an fsspec URL."""
    parts = urlsplit(url)
    if len(parts.scheme) < 2:  # a path, or a drive letter of Windows
        return FolderStorage(Path(url))
    return FolderStorage(Path(parts.path)) if parts.scheme == "file" else ObjectStorage(url)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder to flush it
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
