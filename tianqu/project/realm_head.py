"""What settings need to know of the realm before anything else is loaded: its name, language and time zone."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# In a checkout, and in the wheel.
FOLDERS = (Path(__file__).resolve().parents[2] / "realms", Path(__file__).resolve().parents[1] / "realms")


@dataclass(frozen=True, slots=True)
class RealmHead:
    """The head of ``realm.toml``. ``language`` is that of whoever asks for none."""

    name: str
    name_en: str
    language: str
    time_zone: str


def realm_head(code: str) -> RealmHead:
    """Read the head of a realm's ``realm.toml``; stops the start-up when there is no such realm."""
    for folder in FOLDERS:
        path = folder / code / "realm.toml"
        if path.is_file():
            said = tomllib.loads(path.read_text(encoding="utf-8"))
            return RealmHead(
                name=said["name"], name_en=said["name_en"], language=said["language"], time_zone=said["time_zone"]
            )
    known = sorted(path.parent.name for folder in FOLDERS for path in folder.glob("*/realm.toml"))
    raise ImproperlyConfigured(f"There is no realm {code!r}. Set TIANQU_REALM to one of: {', '.join(known)}.")
