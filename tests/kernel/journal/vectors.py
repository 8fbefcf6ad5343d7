"""Other people's test vectors, which lie beside the repository in ``shared`` and are absent elsewhere."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def vector_files(name: str) -> dict[str, bytes]:
    """The files of the archive ``name`` by their paths; skips the test where the archive is absent."""
    for shared in (ROOT.parent / "shared", ROOT.parent.parent / "shared"):
        archive = shared / "vectors" / name
        if archive.exists():
            with tarfile.open(archive) as tar:
                return {
                    member.name: file.read()
                    for member in tar.getmembers()
                    if member.isfile() and (file := tar.extractfile(member))
                }
    pytest.skip(f"../shared/vectors/{name} is not here: vectors of other projects are not part of this one")
