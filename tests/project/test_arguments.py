"""Two arguments of one type are keyword-only: nobody can pass them the wrong way round."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

TIANQU = Path(__file__).parents[2] / "tianqu"
MIXED_UP = {"str", "int", "bool", "float", "bytes", "UUID", "date", "datetime", "time", "timedelta", "Decimal", "Path"}
# What is left, by folder; it may only go down, and a folder that has none any more goes from here.
STILL = {
    "kernel/orders": 3,
    "web/api": 1,
}


def modules() -> list[Path]:
    return [path for path in sorted(TIANQU.rglob("*.py")) if not {"tests", "migrations"} & set(path.parts)]


def _kind(annotation: ast.expr | None) -> str:
    """The simple type of an annotation, with or without None; "" for any other."""
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        sides = {_kind(annotation.left), _kind(annotation.right)} - {"None"}
        return sides.pop() if len(sides) == 1 else ""
    said = ast.unparse(annotation) if annotation is not None else ""
    return said if said in MIXED_UP or said == "None" else ""


def mixable(source: str) -> Iterator[tuple[int, str, str]]:
    """Functions with two positional arguments of one simple type: the line, the name, the type.

    Not those that somebody else calls by position: special methods, overridden ones, and arguments that are
    positional-only by a ``/``, which says so on purpose.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        decorated = {ast.unparse(one).rpartition(".")[2] for one in node.decorator_list}
        if (node.name.startswith("__") and node.name != "__init__") or "override" in decorated:
            continue
        kinds = Counter(kind for one in node.args.args if (kind := _kind(one.annotation)))
        for kind, count in kinds.items():
            if count > 1 and kind != "None":
                yield node.lineno, node.name, kind


def test_no_arguments_can_be_mixed_up() -> None:
    found = modules()
    assert len(found) > 300
    lines: dict[str, list[str]] = {}
    for path in found:
        name = path.relative_to(TIANQU)
        folder = "/".join(name.parts[:-1])
        lines.setdefault(folder, []).extend(
            f"{name}:{line} {said} ({kind})" for line, said, kind in mixable(path.read_text())
        )
    added = {folder: told for folder, told in lines.items() if len(told) > STILL.get(folder, 0)}
    assert not added, "\n".join(line for told in added.values() for line in told)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("def f(a: str, b: str) -> None: ...", 1),
        ("def f(a: UUID, b: UUID | None = None) -> None: ...", 1),
        ("class C:\n    def __init__(self, a: int, b: int) -> None: ...", 1),
        ("def f(a: str, *, b: str) -> None: ...", 0),
        ("def f(a: str, b: int) -> None: ...", 0),
        ("def f(a: str, b: str, /) -> None: ...", 0),
        ("class C:\n    def __exit__(self, a: int, b: int) -> None: ...", 0),
    ],
)
def test_what_the_check_finds(source: str, count: int) -> None:
    assert len(list(mixable(source))) == count
