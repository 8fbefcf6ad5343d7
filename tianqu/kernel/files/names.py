"""Names of files made harmless: no path, no hidden or direction-turning characters, an ending that tells the truth."""

from __future__ import annotations

import unicodedata

NAME_CHARACTERS_MAX = 120

# Unicode categories: Cc control, Cf format (bidirectional overrides, zero width), Cs surrogates, Co private use,
# Cn unassigned, Zl and Zp line and paragraph separators.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_REFUSED_CHARACTERS = frozenset('<>:"|?*')  # not allowed in names on Windows


def extension_of(name: str) -> str:
    """Return the ending of a name in lower case without its dot; empty if it has none."""
    base = _harmless(name)
    stem, dot, ending = base.rpartition(".")
    return ending.lower() if dot and stem and ending.isascii() and ending.isalnum() and len(ending) <= 5 else ""


def safe_name(name: str, *, extension: str) -> str:
    """Return ``name`` without path and hidden characters, ending in ``extension``, at most 120 characters."""
    base = _harmless(name)
    given = extension_of(name)
    if given:
        base = base[: -len(given) - 1]
    base = base.strip(" .") or "file"
    return f"{base[: NAME_CHARACTERS_MAX - len(extension) - 1].rstrip(' .')}.{extension}"


def _harmless(name: str) -> str:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = (
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", last)
        if character.isspace()
        or not (character in _REFUSED_CHARACTERS or unicodedata.category(character) in _REFUSED_CATEGORIES)
    )
    return " ".join("".join(kept).split()).strip(" .")
