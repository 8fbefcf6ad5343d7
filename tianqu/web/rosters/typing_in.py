"""What is typed into the forms of rosters: days, numbers, and how many places ask for which skill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils.dateparse import parse_date
from django.utils.translation import gettext_noop

from tianqu.base.errors import InvalidInput

SKILLED: Final = "need-"
SKILLS_MAX: Final = 20


def count_typed(given: Mapping[str, str], name: str) -> int:
    """A number from nothing up. Raises ``InvalidInput``."""
    text = given.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InvalidInput(gettext_noop("This is no number."), field=name, value=text[:20])
    return int(text)


def day_typed(given: Mapping[str, str], name: str) -> date:
    """A day. Raises ``InvalidInput``."""
    try:
        day = parse_date(given.get(name, ""))
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput(gettext_noop("This is no day."), field=name, value=given.get(name, "")[:20])
    return day


def needs_typed(given: Mapping[str, str]) -> list[tuple[str, int]]:
    """How many places ask for nothing, and how many for each skill (``need-medicine``). Raises ``InvalidInput``."""
    asked = {"needs": "", **{name: name.removeprefix(SKILLED) for name in given if name.startswith(SKILLED)}}
    found = [(skill[:40], count_typed(given, name)) for name, skill in asked.items() if given.get(name)]
    return [(skill, places) for skill, places in found if places][:SKILLS_MAX]
