"""From an uploaded file to a part: each row is taken as the schema says, or refused with its line and the reason.

A CSV that a program wrote is read by the engine alone. At the first cell that does not fit, it is read anew the way
people write, row by row, and every row that still does not fit is told. Both ways give the same part for the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.datasets import engine, leash
from tianqu.kernel.datasets.casting import KEY_TWICE, MISSING_KEY, REASONS, SPACES, cast
from tianqu.kernel.datasets.parts import Part, write_part
from tianqu.kernel.datasets.row_files import file_headings, making_engine, text_rows
from tianqu.kernel.datasets.schema import Column, Schema
from tianqu.kernel.datasets.uploaded_files import (
    CELL_MAX,
    REPORTED_MAX,
    FileKind,
    Refused,
    begins_in_utf8,
    delimiter_of,
)

REFUSED_SHARE_MAX: Final = 1.0  # of the rows; a file of which nothing is left is refused as a whole


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a file gave: its parts, the rows that are in them, and the rows that were refused."""

    parts: tuple[Part, ...]
    rows: int
    refused: Refused = field(default_factory=Refused)


def ingest(path: Path, kind: FileKind, schema: Schema, *, titles: Sequence[str] = ()) -> Ingested:
    """Read a file into parts of the store. ``titles`` are the headings of the columns, the file's own where empty.

    Nothing is published. Raises ``InvalidInput`` where the file has other columns, or where no row can be taken.
    """
    found = file_headings(path, kind)
    if len(found) != len(schema.columns):
        raise InvalidInput(
            _("The file has %(value)s columns and the dataset %(wanted)s."), field="file", value=len(found),
            wanted=len(schema.columns), remedy=_("Give the columns in this order: %(columns)s."),
            columns=", ".join(titles or schema.names),
        )  # fmt: skip
    # An empty line is no row; only where there is one column does the engine take it for one.
    plain = kind == "csv" and not schema.key and len(schema.columns) > 1
    quick = _ingest_quickly(path, schema) if plain else None
    if quick is not None:
        return quick
    return _ingest_carefully(path, kind, schema, found)


def _ingest_quickly(path: Path, schema: Schema) -> Ingested | None:
    """Read a CSV by the engine alone; None where anything does not fit."""
    if not begins_in_utf8(path):
        return None
    with making_engine(path) as cursor:
        try:
            parts = write_part(cursor, _quick_relation(path, schema), schema)
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            return None
    return Ingested(parts, parts[0].rows) if parts[0].rows else None


def _quick_relation(path: Path, schema: Schema) -> str:
    # The engine would round a number and cut a time of day without a word: all are read as texts and looked at.
    numbered = list(enumerate(schema.columns))
    types = ", ".join(f"c{n}: 'VARCHAR'" for n, _column in numbered)
    values = ", ".join(f"c{n}, {_value(column, f'c{n}')} AS v{n}" for n, column in numbered)
    # The whole row is looked at once, where its first cell is told. What is written as it would be written here needs
    # no other look: the engine tries the dearer half of an OR now and then, but never the other arm of a CASE.
    differs = " OR ".join(_differs(column, cell=f"c{n}", value=f"v{n}") for n, column in numbered)
    fits = " AND ".join(f"({_fits(column, cell=f'c{n}', value=f'v{n}')})" for n, column in numbered)
    looked = f"CASE WHEN {differs} THEN CASE WHEN {fits} THEN v0 ELSE error('does not fit') END ELSE v0 END"
    looked += f" AS {schema.columns[0].quoted}"
    cells = ", ".join([looked, *(f"v{n} AS {column.quoted}" for n, column in numbered[1:])])
    return (
        f"(SELECT {cells} FROM (SELECT {values} FROM read_csv({leash.literal(str(path))}, header = true,"
        f" delim = {leash.literal(delimiter_of(path, 'utf-8-sig'))}, quote = '\"', escape = '\"',"
        f" columns = {{{types}}}, nullstr = '', auto_detect = false, max_line_size = {CELL_MAX}, strict_mode = true)))"
    )


def _value(column: Column, cell: str) -> str:
    """What the engine takes a text for; null where it takes it for nothing."""
    if column.numeric or column.type == "date":
        return f"TRY_CAST({cell} AS {column.sql_type})"
    if column.type == "boolean":
        return f"{cell} = 'true'"
    if column.type == "text":  # most texts have nothing to take away: looked at by their order, which is quick
        ahead = " OR ".join(f"{cell} >= '{each}' AND {cell} < '{chr(ord(each) + 1)}'" for each in SPACES)
        behind = " OR ".join(f"ends_with({cell}, '{each}')" for each in SPACES)
        return f"CASE WHEN {ahead} OR {behind} OR contains({cell}, chr(0)) THEN {cast(column, cell)} ELSE {cell} END"
    return cast(column, cell)


def _differs(column: Column, *, cell: str, value: str) -> str:
    """Whether a cell is not written as the engine would write what it took it for; false for an empty one."""
    if column.type == "text":
        return "false"
    if column.type == "time":
        return f"{cell} IS NOT NULL AND {value} IS NULL"
    if column.type == "boolean":
        return f"{cell} NOT IN ('true', 'false')"
    differs = f"{cell} IS DISTINCT FROM CAST({value} AS VARCHAR)"
    return f"{differs} OR strlen({cell}) <> 10" if column.type == "date" else differs


def _fits(column: Column, *, cell: str, value: str) -> str:
    """Whether a cell is empty, or the careful way would take it for the same value."""
    if not column.numeric:
        return f"NOT coalesce({_differs(column, cell=cell, value=value)}, false)"
    behind = f"([.][0-9]{{0,{column.decimals}}})?" if column.type == "decimal" else ""
    plain = f"regexp_full_match({cell}, {leash.literal(f'-?[0-9]+{behind}')})"
    return f"{cell} IS NULL OR {value} IS NOT NULL AND {plain}"


def _ingest_carefully(path: Path, kind: FileKind, schema: Schema, found: Sequence[str]) -> Ingested:
    refused = Refused()
    with text_rows(path, kind, names=found, refused=refused) as (cursor, source):
        cursor.execute(_read_carefully(schema, source))
        _tell_refused(cursor, schema, refused)
        order = "ORDER BY " + ", ".join((*(f'"{name}"' for name in schema.key), "line"))
        names = ", ".join(column.quoted for column in schema.columns)
        good = f"(SELECT {names} FROM told WHERE fault IS NULL {order})"
        rows = int(engine.fetched(cursor, "SELECT count(*) FROM told WHERE fault IS NULL")[0][0])
        if not rows:
            raise _nothing_left(refused)
        return Ingested(write_part(cursor, good, schema), rows, refused)


def _read_carefully(schema: Schema, source: str) -> str:
    """The statement that makes ``told``: each row with its values, and the number of the column that does not fit."""
    values = ", ".join(
        f"{cast(column, f'c{n}')} AS {column.quoted}" for n, column in enumerate(schema.columns, start=1)
    )
    misfits = " ".join(
        f"WHEN {column.quoted} IS NULL AND trim(c{n}) <> '' THEN {n}"
        for n, column in enumerate(schema.columns, start=1)
    )
    fault = f"CASE {misfits} END"
    if not schema.key:
        return f"CREATE TEMP TABLE told AS SELECT *, {fault} AS fault FROM (SELECT *, {values} FROM {source})"
    key = ", ".join(f'"{name}"' for name in schema.key)
    empty = " OR ".join(f'"{name}" IS NULL' for name in schema.key)
    return (
        f"CREATE TEMP TABLE told AS SELECT *, CASE WHEN fault0 IS NOT NULL THEN fault0 WHEN {empty} THEN 0"
        f" WHEN row_number() OVER (PARTITION BY {key}, fault0 IS NULL ORDER BY line) > 1 THEN -1 END AS fault"
        f" FROM (SELECT *, {fault} AS fault0 FROM (SELECT *, {values} FROM {source}))"
    )


def _tell_refused(cursor: duckdb.DuckDBPyConnection, schema: Schema, refused: Refused) -> None:
    count = int(engine.fetched(cursor, "SELECT count(*) FROM told WHERE fault IS NOT NULL")[0][0])
    room = REPORTED_MAX - len(refused.told)
    cells = ", ".join(f"c{n}" for n in range(1, len(schema.columns) + 1))
    worst = f"SELECT line, fault, {cells} FROM told WHERE fault IS NOT NULL ORDER BY line LIMIT {room}"
    told = engine.fetched(cursor, worst)
    for line, fault, *texts in told:
        if fault > 0:
            column = schema.columns[fault - 1]
            value = "" if column.personal else str(texts[fault - 1])
            refused.add(int(line), REASONS[column.type], column=column.name, value=value)
        else:
            refused.add(int(line), MISSING_KEY if fault == 0 else KEY_TWICE, column=", ".join(schema.key))
    refused.count += count - len(told)
    refused.told.sort(key=lambda each: each["line"])


def _nothing_left(refused: Refused) -> InvalidInput:
    first: dict[str, Any] = refused.told[0] if refused.told else {"line": 1, "column": "", "reason": ""}
    if not refused.count:
        return InvalidInput(
            _("The file holds no row below its headings."), field="file", remedy=_("Give at least one row.")
        )
    return InvalidInput(
        _("No row of the file can be taken; the first refused one is line %(line)s (%(column)s)."), field="file",
        value=first["line"], line=first["line"], column=first["column"], remedy=first["reason"],
    )  # fmt: skip
