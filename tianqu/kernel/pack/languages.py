"""What is written in both languages, in the one of the page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language


def said(chinese: str, in_english: str, /) -> str:
    """The one of two texts that the page's language asks for; the Chinese one where nobody wrote the other."""
    return in_english if in_english and (get_language() or "").startswith("en") else chinese


def named(thing: Any) -> str:
    """The ``name`` or ``name_en`` of a thing; nothing for None."""
    return said(thing.name, thing.name_en) if thing is not None else ""
