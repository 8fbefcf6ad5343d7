"""Sentences in many wordings: ``[a/b]`` means one of them, and ``{slot}`` is filled from a list."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Final

CHOICE: Final = re.compile(r"\[([^\[\]]+)\]")
SLOT: Final = re.compile(r"\{(\w+)\}")


def filled(
    text: str, slots: Mapping[str, Sequence[object]], chance: random.Random, known: Mapping[str, str] | None = None
) -> str:
    """Choose among each ``[a/b]`` and fill every ``{slot}``: with what is ``known``, else with one of its list."""
    text = CHOICE.sub(lambda match: chance.choice(match[1].split("/")), text)

    def value(match: re.Match[str]) -> str:
        if known and match[1] in known:
            return known[match[1]]
        return str(chance.choice(slots[match[1]]))

    return SLOT.sub(value, text)
