"""Conflicts of a release's figures, as pages show them: with their names, relations in words, and the proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tianqu.web.layout.formats import in_chinese
from tianqu.web.releases.words import said


def conflicts_context(conflicts: Mapping[str, Any]) -> dict[str, Any]:
    """What ``releases/conflicts.html`` needs of what ``conflicts_of`` returned, or a signature keeps."""
    known, relations = conflicts.get("known", {}), conflicts.get("said", {})

    def name(code: str) -> str:
        told = known.get(code)
        return said(told["zh"], english=told["en"]) if told else code

    def relation_words(code: str) -> str:
        told = relations.get(code)
        return str(told["zh" if in_chinese() else "en"]) if told else code

    return {
        "conflicts": conflicts.get("conflicts", []), "known": known, "name": name, "relation_words": relation_words,
        "relations": relations,
    }  # fmt: skip
