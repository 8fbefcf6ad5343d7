"""Parts in an object store, for the process that runs one statement: it has no keys to the store and asks for bytes.

What it reads it asks of the process that started it, by a line on its standard output, and gets on its standard input.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import fsspec
from fsspec.spec import AbstractBufferedFile

READ_AHEAD: Final = 1 << 20  # bytes


class HandedFiles(fsspec.AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """The files that it is told of, by their addresses, with the bytes of each; there are no others."""

    cachable = False

    def __init__(self, sizes: Mapping[str, int]) -> None:
        super().__init__()
        self.addresses = {_path(address): address for address in sizes}
        self.sizes = {_path(address): size for address, size in sizes.items()}
        self.protocol = tuple({address.split("://", 1)[0] for address in sizes})

    def info(self, path: str, **_options: Any) -> dict[str, Any]:
        """The name and the size of a file. Raises ``FileNotFoundError`` for one that it was not told of."""
        name = _path(path)
        if name not in self.sizes:
            raise FileNotFoundError(path)
        return {"name": name, "size": self.sizes[name], "type": "file"}

    def glob(self, path: str, **_options: Any) -> list[str]:
        """The path itself: no name here is a pattern."""
        return [_path(path)] if _path(path) in self.sizes else []

    def modified(self, _path: str) -> datetime:
        """Parts never change, so that any time would do."""
        return datetime.fromtimestamp(0, tz=UTC)

    def open(self, path: str, mode: Literal["rb"] = "rb", **_options: Any) -> Any:
        """A file for reading."""
        if mode != "rb":
            raise PermissionError(path)
        return _HandedFile(self, _path(path), mode="rb", block_size=READ_AHEAD, size=self.info(path)["size"])


class _HandedFile(AbstractBufferedFile):  # type: ignore[misc]
    def _fetch_range(self, start: int, end: int, /) -> bytes:
        line = json.dumps({"read": self.fs.addresses[self.path], "first": start, "count": end - start})
        sys.stdout.buffer.write(line.encode() + b"\n")
        sys.stdout.buffer.flush()
        content = sys.stdin.buffer.read(end - start)
        if len(content) < end - start:
            raise EOFError(self.path)
        return content


def _path(address: str) -> str:
    return address.split("://", 1)[-1]
