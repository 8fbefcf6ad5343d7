"""A view parses, calls one act or one query, renders: it asks the database nothing itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

TIANQU = Path(__file__).parents[2] / "tianqu"
DOORS = ("web", "gateways", "packs")
# A pack's own tables are read in its queries.py and written in its acts.py; the rest are no code that runs.
OUTSIDE = {"acts.py", "queries.py", "models.py"}
# Tests, migrations, and what a pack's acts share where that is more than fits their file.
NO_VIEWS = {"tests", "migrations", "registers"}
OF_A_QUERYSET = {
    "annotate",
    "defer",
    "exclude",
    "only",
    "order_by",
    "prefetch_related",
    "select_related",
    "values_list",
}
FAULTS_OF_THE_DATABASE = {"DataError", "IntegrityError", "InterfaceError", "OperationalError"}
# What is still to be mended, with how many lines; nothing may be added.
STILL: dict[str, int] = {}


def views() -> list[Path]:
    """Every module of the doors that is no test and no migration."""
    found = [path for door in DOORS for path in sorted((TIANQU / door).rglob("*.py"))]
    return [
        path for path in found
        if path.name not in OUTSIDE and not NO_VIEWS & set(path.relative_to(TIANQU).parts)
    ]  # fmt: skip


def questions(source: str) -> Iterator[tuple[int, str]]:
    """Where a module asks the database by itself: the line, and by what."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager"):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OF_A_QUERYSET:
            yield node.lineno, node.func.attr
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[:2] == ["django", "db"]:
            for name in node.names:
                if name.name not in FAULTS_OF_THE_DATABASE:
                    yield node.lineno, f"import {name.name}"
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name.split(".")[:2] == ["django", "db"] or name.name.split(".")[0] == "psycopg":
                    yield node.lineno, f"import {name.name}"


def test_no_view_asks_the_database_itself() -> None:
    found = views()
    assert len(found) > 100
    asked = {str(path.relative_to(TIANQU)): list(questions(path.read_text())) for path in found}
    added = {name: lines for name, lines in asked.items() if len({line for line, _what in lines}) > STILL.get(name, 0)}
    assert not added


@pytest.mark.parametrize(
    "source",
    [
        "Person.objects.get(id=1)",
        "rows.select_related('unit')",
        "accesses_of(person).order_by('id')",
        "from django.db import connection",
        "from django.db.models import Q",
        "import django.db",
        "import psycopg",
    ],
)
def test_what_the_check_finds(source: str) -> None:
    assert list(questions(dedent(source)))


def test_what_the_check_lets_through() -> None:
    assert not list(questions("from django.db import OperationalError\nperson = person_with(person_id)"))
