"""The folders of templates and catalogues: each kernel room, web area and pack has its own."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOMS = ("base", "kernel", "packs", "gateways", "web", "project")


def folders_named(name: str) -> list[Path]:
    """Return every folder called ``name`` in the package, the lowest room first, sorted within a room."""
    found = []
    for room in ROOMS:
        found += sorted(path for path in (PACKAGE / room).glob(f"**/{name}") if path.is_dir())
    return found
