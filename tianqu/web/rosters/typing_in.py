"""What is typed into the forms of rosters: how many places ask for which skill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tianqu.kernel.pack.api import count_given

SKILLED: Final = "need-"
SKILLS_MAX: Final = 20


def needs_typed(given: Mapping[str, str]) -> list[tuple[str, int]]:
    """How many places ask for nothing, and how many for each skill (``need-medicine``). Raises ``InvalidInput``."""
    asked = {"needs": "", **{name: name.removeprefix(SKILLED) for name in given if name.startswith(SKILLED)}}
    found = [(skill[:40], count_given(given, name)) for name, skill in asked.items() if given.get(name)]
    return [(skill, places) for skill, places in found if places][:SKILLS_MAX]
