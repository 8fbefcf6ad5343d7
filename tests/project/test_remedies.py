"""Who asks for something that is not there is told which field, which value, and what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TIANQU = Path(__file__).parents[2] / "tianqu"
ROOMS = ("kernel/ledgers", "kernel/occasions", "kernel/places", "packs/village")
WHOLLY = ("kernel/occasions",)  # where every refusal says what to do, whatever it is for
# What is refused because nothing was given has no value to tell.
NOTHING_GIVEN = {
    "Your post looks after no place.", "A review is about something.", "A finding is about something.",
    "Choose the village first.",
}  # fmt: skip


REFUSALS = {"NotFound", "NotPermitted", "InvalidInput", "Conflict"}


def refusals(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Every ``NotFound`` that a module makes: where, and what it lacks."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "NotFound":
            lacks = {"field", "value", "remedy"} - {str(one.arg) for one in node.keywords}
            if any(isinstance(one, ast.Constant) and one.value in NOTHING_GIVEN for one in ast.walk(node)):
                lacks -= {"value"}
            yield f"{path.relative_to(TIANQU)}:{node.lineno}", lacks


@pytest.mark.parametrize("room", ROOMS)
def test_what_is_not_there_is_refused_with_a_remedy(room: str) -> None:
    paths = [path for path in sorted((TIANQU / room).rglob("*.py")) if not {"tests", "migrations"} & set(path.parts)]
    found = dict(one for path in paths for one in refusals(path))
    assert len(found) >= 10, "the rooms moved, and nothing was looked at"
    assert {where: sorted(lacks) for where, lacks in found.items() if lacks} == {}


@pytest.mark.parametrize("room", WHOLLY)
def test_every_refusal_says_what_to_do(room: str) -> None:
    calls = [
        (f"{path.name}:{node.lineno}", {one.arg for one in node.keywords})
        for path in sorted((TIANQU / room).glob("*.py")) for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS
    ]  # fmt: skip
    assert len(calls) >= 30, "the rooms moved, and nothing was looked at"
    assert [where for where, given in calls if "remedy" not in given] == []
