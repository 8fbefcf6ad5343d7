"""Cells: what everybody is told of a dataset whose rows are not open. They are made once for a version, and read alone.

Nothing that is not told is written: the part of the cells holds no number in a suppressed cell, so there is none to be
found in it.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import duckdb

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.datasets import engine, leash, storage
from tianqu.kernel.datasets.disclosure import ALL, CELLS_MAX, Cube, Key, protected_cube, too_many_cells
from tianqu.kernel.datasets.models import Dataset, Version
from tianqu.kernel.datasets.parts import Part
from tianqu.kernel.datasets.questions import Mark, Question, checked, read_mark, written
from tianqu.kernel.datasets.reading import Page, may_know
from tianqu.kernel.datasets.row_files import making_engine
from tianqu.kernel.datasets.schema import Column, Schema
from tianqu.kernel.datasets.statements import Stored, condition_sql, relation
from tianqu.kernel.journal.api import Actor

CASES: Final = "cases"
LEVEL: Final = "level"  # a bit for each column that the cell is broken down by


def make_cells(
    stored: Stored, names: Sequence[str], *, least: int, index: int = 0, beside: int = 0, before: Sequence[Cube] = ()
) -> Part:
    """Write the cells of a relation over open columns to the store. Raises ``TooLarge``.

    ``before`` are the cubes that everybody was told of the same dataset up to its version ``beside``
    (``cells_told.cubes_told``): the new one is protected beside them.
    """
    columns = [stored.schema.open.column(name, field="cells") for name in names]
    cube = protected_cube(
        counted(stored, columns), least=least, names=[each.name_and_type for each in columns], before=before
    )
    lines = [
        [
            *("" if value is ALL or value is None else written(value) for value in key),
            sum(1 << place for place, value in enumerate(key) if value is not ALL),
            "" if key in cube.suppressed else cube.counts[key],
        ]
        for key in cube.counts
    ]
    return replace(_written(columns, lines, index), beside=beside, least=least)


def counted(stored: Stored, columns: Sequence[Column]) -> dict[Key, int]:
    """How many rows of a relation there are of each combination. Raises ``TooLarge``."""
    listed = ", ".join(column.quoted for column in columns)
    with making_engine() as cursor:
        found = engine.fetched(
            cursor, f"SELECT {listed}, count(*) FROM {relation(stored)} GROUP BY {listed} LIMIT {CELLS_MAX + 1}"
        )
    if len(found) > CELLS_MAX:
        raise too_many_cells()
    return {row[:-1]: row[-1] for row in found}


def _written(columns: Sequence[Column], lines: list[list[Any]], index: int) -> Part:
    types = [f"'{column.name}': '{column.sql_type}'" for column in columns]
    types += [f"'{LEVEL}_': 'INTEGER'", f"'{CASES}_': 'BIGINT'"]
    order = ", ".join((f"{LEVEL}_", *(column.quoted for column in columns)))
    with storage.working_file(".cells") as path, storage.working_file() as target, making_engine(path) as cursor:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(lines)
        source = (
            f"read_csv({leash.literal(str(path))}, header = false, delim = ',', quote = '\"', escape = '\"',"
            f" columns = {{{', '.join(types)}}}, nullstr = '', auto_detect = false, new_line = '\\n')"
        )
        cursor.execute(
            f"COPY (SELECT * FROM {source} ORDER BY {order}) TO {leash.literal(str(target))}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
        digest, size = storage.keep(target)
    return Part(digest, len(lines), size, "cells", "open", 0, index)


def cells_schema(dataset: Dataset, version: Version | None) -> Schema | None:
    """The columns over which everybody is told cells of a version, as they were when these were made.

    None where it has none, or where its rows were erased.
    """
    part = None if version is None or version.number < dataset.erased_before else part_of_cells(version)
    if version is None or part is None:
        return None
    return Schema(tuple(version.columns.column(name) for name in _told_over(part.sha256)))


def cells_told_in(part: Part, schema: Schema) -> tuple[list[Column], dict[Key, int | None]]:
    """What a part of cells tells: the columns, and each cell with its count; None where it is not told."""
    columns = [schema.column(name) for name in _told_over(part.sha256)]
    source = leash.literal_list([storage.readable(part.sha256)])
    listed = "".join(f"{column.quoted}, " for column in columns)
    with making_engine() as cursor:
        rows = engine.fetched(cursor, f"SELECT {listed}{LEVEL}_, {CASES}_ FROM read_parquet({source})")
    told = {
        tuple(value if level >> place & 1 else ALL for place, value in enumerate(values)): cases
        for *values, level, cases in rows
    }
    return columns, told


@lru_cache(maxsize=2_000)
def _told_over(digest: str) -> tuple[str, ...]:
    """The columns of a part of cells, in the order of the bits of its levels; a part never changes."""
    with engine.asking() as cursor:
        source = leash.literal_list([storage.readable(digest)])
        names = [row[0] for row in engine.fetched(cursor, f"DESCRIBE SELECT * FROM read_parquet({source})")]
    return tuple(name for name in names if name not in (f"{LEVEL}_", f"{CASES}_"))


def cells_page(actor: Actor, dataset: Dataset, question: Question, *, number: int | None = None) -> Page:
    """A page of cells: ``question.group`` are the columns to break down by, its conditions choose among their values.

    Each row holds the columns of ``group``, those of the conditions, and the count; None where it is not told. A
    combination that does not occur is not listed. Raises ``NotFound`` and ``InvalidInput``.
    """
    version = Version.objects.filter(dataset=dataset, number=number or dataset.version).first()
    part = None if version is None else part_of_cells(version)
    schema = cells_schema(dataset, version) if may_know(actor, dataset) else None
    if version is None or part is None or schema is None:
        raise NotFound(_("The dataset %(value)s has no cells."), field="dataset", value=dataset.code)
    question = checked(question, schema)
    if question.measures or question.sort:
        raise InvalidInput(_("Cells are counts, in the order of their values."), field="measure")
    names = tuple(dict.fromkeys((*question.group, *(each.column for each in question.conditions))))
    for name in names:
        schema.column(name, field="group")
    mark = read_mark(question.after, column=None) if question.after else None
    skip = mark.row if mark is not None and mark.version == version.number else 0
    with engine.asking() as cursor:
        found = _found(cursor, part, schema, names, question, skip)
    shown = found[: question.limit]
    after = Mark(version.number, None, skip + len(shown)).text() if len(found) > len(shown) else ""
    return Page((*names, CASES), tuple(shown), after, version.number)


def _found(
    cursor: duckdb.DuckDBPyConnection, part: Part, schema: Schema, names: Sequence[str], question: Question, skip: int
) -> list[tuple[Any, ...]]:
    where = condition_sql(question.conditions)
    level = sum(1 << place for place, name in enumerate(schema.names) if name in names)
    listed = "".join(f'"{name}", ' for name in names)
    order = ", ".join((*(f'"{name}" NULLS LAST' for name in names), f"{CASES}_"))
    return engine.fetched(
        cursor,
        f"SELECT {listed}{CASES}_ FROM read_parquet({leash.literal_list([storage.readable(part.sha256)])})"
        f" WHERE {LEVEL}_ = {level} AND {where.sql} ORDER BY {order} LIMIT {question.limit + 1} OFFSET {skip}",
        where.values,
    )


def part_of_cells(version: Version) -> Part | None:
    """The part that holds the cells of a version; None where it has none."""
    return next((Part(**part) for part in version.manifest["parts"] if part["holding"] == "cells"), None)
