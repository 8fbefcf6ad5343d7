"""SQL for the engine: the relation that a version is, and the statement that a question becomes.

The relation's column ``row_number`` tells rows apart and gives them their order. For rows that lie in one order in
immutable files it is their place, which the engine finds without reading what comes before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tianqu.kernel.datasets import leash, storage
from tianqu.kernel.datasets.parts import Part
from tianqu.kernel.datasets.questions import Condition, Measure, Question, measures_of
from tianqu.kernel.datasets.schema import Schema

ROW: Final = "row_number"  # no column is called so: it would be quoted where it is
CHANGES_FROM: Final = 1 << 48  # row numbers of changed rows begin here
_COMPARED: Final = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


@dataclass(frozen=True, slots=True)
class Stored:
    """What a version is made of, for one audience: its schema and parts, rows first, then changes in order."""

    schema: Schema
    parts: tuple[Part, ...]
    index: int  # of the log: later changes are not in it

    @property
    def rows(self) -> list[Part]:
        """The parts that hold rows."""
        return [part for part in self.parts if part.holding == "rows"]

    @property
    def changes(self) -> list[Part]:
        """The parts that hold changes which happened before the index."""
        changes = [part for part in self.parts if part.holding == "changes"]
        before = [part for part in changes if part.first < self.index]
        return before if before or self.rows else changes[:1]  # of which then no row is early enough


def relation(stored: Stored, *, numbered: bool = False, beyond: int = -1) -> str:
    """The relation of all rows. ``numbered`` adds their numbers; rows up to number ``beyond`` may be left out."""
    if not stored.changes:
        return f"({_rows(stored, numbered=numbered, beyond=beyond)})"
    key = ", ".join(f'"{name}"' for name in stored.schema.key)
    names = ", ".join(column.quoted for column in stored.schema.columns)
    row = f", {ROW}" if numbered else ""
    newest = (
        f"SELECT *, {CHANGES_FROM} + file_index * {1 << 32} + file_row_number AS {ROW} FROM ({_changes(stored)})"
        f" WHERE log_index < {stored.index}"
        f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY log_index DESC, file_index DESC,"
        " file_row_number DESC) = 1"
    )
    kept = f"SELECT {names}{row} FROM changed WHERE NOT gone"
    if not stored.rows:
        return f"(WITH changed AS ({newest}) {kept})"
    same = " AND ".join(f'changed."{name}" = old."{name}"' for name in stored.schema.key)
    return (
        f"(WITH changed AS MATERIALIZED ({newest})"
        f" SELECT {names}{row} FROM ({_rows(stored, numbered=numbered, beyond=beyond)}) old"
        f" WHERE NOT EXISTS (SELECT 1 FROM changed WHERE {same}) UNION ALL {kept})"
    )


def _rows(stored: Stored, *, numbered: bool, beyond: int) -> str:
    names = ", ".join(column.quoted for column in stored.schema.columns)
    if not numbered:
        return f"SELECT {names} FROM read_parquet({_files(stored.rows)})"
    pieces, before = [], 0
    for part in stored.rows:
        if before + part.rows > beyond:
            row = f"file_row_number + {before}" if before else "file_row_number"
            # Said of the file's own number, so that the engine skips to it.
            where = f" WHERE file_row_number > {beyond - before}" if beyond >= before else ""
            pieces.append(
                f"SELECT {names}, {row} AS {ROW} FROM read_parquet({_files([part])}, file_row_number = true){where}"
            )
        before += part.rows
    if not pieces:  # nothing lies behind: a relation of the same columns without a row
        first = _files(stored.rows[:1])
        return f"SELECT {names}, file_row_number AS {ROW} FROM read_parquet({first}, file_row_number = true) LIMIT 0"
    return " UNION ALL ".join(pieces)


def _changes(stored: Stored) -> str:
    return " UNION ALL ".join(
        f"SELECT *, {place} AS file_index FROM read_parquet({_files([part])}, file_row_number = true)"
        for place, part in enumerate(stored.changes)
    )


def _files(parts: Sequence[Part]) -> str:
    return leash.literal_list([storage.readable(part.sha256) for part in parts])


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its values, in order."""

    sql: str
    values: tuple[Any, ...] = ()


def condition_sql(conditions: Sequence[Condition]) -> Statement:
    """What all the conditions together ask of a row."""
    pieces: list[str] = ["true"]
    values: list[Any] = []
    for condition in conditions:
        column = f'"{condition.column}"'
        if condition.operator in _COMPARED:
            pieces.append(f"{column} {_COMPARED[condition.operator]} ?")
        elif condition.operator == "in":
            pieces.append(f"{column} IN ({', '.join('?' * len(condition.values))})")
        elif condition.operator == "contains":
            pieces.append(f"contains(lower({column}), lower(?))")
        elif condition.operator == "starts":
            pieces.append(f"starts_with({column}, ?)")
        else:
            pieces.append(f"{column} IS {'NOT ' if condition.operator == 'filled' else ''}NULL")
        values += map(_plain, condition.values)
    return Statement(" AND ".join(pieces), tuple(values))


def _plain(value: Any) -> Any:
    """A value without an exponent: the engine takes the decimal 1E+5 for 1.00000."""
    return Decimal(format(value, "f")) if isinstance(value, Decimal) else value


def rows_statement(stored: Stored, question: Question, *, after: tuple[Any, int] | None) -> Statement:
    """The statement for a page of rows: its columns, then the value that it is ordered by and the row's number.

    ``after`` is that value and number of the last row of the page before.
    """
    where = condition_sql(question.conditions)
    wanted = ", ".join(f'"{name}"' for name in question.columns or stored.schema.names)
    sort, descending = question.sort.removeprefix("-"), question.sort.startswith("-")
    pieces, values = [where.sql], list(where.values)
    beyond = after[1] if after and not sort else -1
    if after:
        piece, more = _behind(sort, descending, after)
        pieces.append(piece)
        values += more
    order = f'"{sort}" {"DESC" if descending else "ASC"} NULLS LAST, {ROW}' if sort else ROW
    by = f'"{sort}"' if sort else "NULL"
    source = relation(stored, numbered=True, beyond=beyond)
    sql = (
        f"SELECT {wanted}, {by}, {ROW} FROM {source} WHERE {' AND '.join(pieces)}"
        f" ORDER BY {order} LIMIT {question.limit + 1}"
    )
    return Statement(sql, tuple(values))


def _behind(sort: str, descending: bool, after: tuple[Any, int]) -> tuple[str, list[Any]]:
    value, row = after
    if not sort:
        return f"{ROW} > ?", [row]
    if value is None:
        return f'"{sort}" IS NULL AND {ROW} > ?', [row]
    beyond = "<" if descending else ">"
    return f'("{sort}" {beyond} ? OR ("{sort}" = ? AND {ROW} > ?) OR "{sort}" IS NULL)', [value, value, row]


def groups_statement(stored: Stored, question: Question, *, skip: int, source: str = "") -> Statement:
    """The statement for groups: their columns, then for each measure its exact values (see ``measure_sql``).

    ``source`` is the name of the relation, where it is not read from the parts by the statement itself.
    """
    where = condition_sql(question.conditions)
    group = [f'"{name}"' for name in question.group]
    measures = measures_of(question)
    told = [*group, *(piece for measure in measures for piece in measure_sql(measure, stored.schema))]
    sql = f"SELECT {', '.join(told)} FROM {source or relation(stored)} WHERE {where.sql}"
    if group:
        sort, descending = question.sort.removeprefix("-"), question.sort.startswith("-")
        by = {measure.name: _ordered_by(measure, stored.schema) for measure in measures} | {
            name: f'"{name}"' for name in question.group
        }
        first = f"{by[sort]} {'DESC' if descending else 'ASC'} NULLS LAST, " if sort else ""
        order = ", ".join(f"{name} NULLS LAST" for name in group)
        sql += f" GROUP BY {', '.join(group)} ORDER BY {first}{order} LIMIT {question.limit + 1} OFFSET {skip}"
    return Statement(sql, where.values)


def _ordered_by(measure: Measure, schema: Schema) -> str:
    pieces = measure_sql(measure, schema)
    return pieces[0] if len(pieces) == 1 else f"CAST({pieces[0]} AS DOUBLE) / {pieces[1]}"


def measure_sql(measure: Measure, schema: Schema) -> list[str]:
    """What the engine is asked for a measure: counts, sums, least and greatest only; a mean is divided in Python."""
    if not measure.column:
        return ["count(*)"]
    column = schema.column(measure.column)
    if measure.function == "count":
        return [f"count({column.quoted})"]
    if measure.function == "distinct":
        return [f"count(DISTINCT {column.quoted})"]
    total = f"sum({column.quoted})" if column.type == "decimal" else f"CAST(sum({column.quoted}) AS DECIMAL(38, 0))"
    if measure.function == "sum":
        return [total]
    if measure.function == "mean":
        return [total, f"count({column.quoted})"]
    return [f"{measure.function}({column.quoted})"]
