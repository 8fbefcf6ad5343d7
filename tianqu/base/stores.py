"""What the stores of bytes have in common: a folder or an object store behind one URL, by fsspec."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import fsspec


def store_at(url: str) -> tuple[Any, str]:
    """The file system of a URL or a path, and the root within it, without a slash at its end."""
    filesystem, root = fsspec.core.url_to_fs(url)
    return filesystem, root.rstrip("/")


def is_local(filesystem: Any) -> bool:
    """Whether a file system is this machine's own."""
    protocol = filesystem.protocol
    return "file" in ((protocol,) if isinstance(protocol, str) else protocol)


def written_at(facts: dict[str, Any]) -> datetime:
    """When a content was written, by whichever of the names the file systems give it."""
    at = facts.get("mtime", facts.get("LastModified", facts.get("created")))
    if isinstance(at, datetime):
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    if isinstance(at, int | float):
        return datetime.fromtimestamp(at, tz=UTC)
    return datetime.now(UTC)  # unknown: never old enough to be swept
