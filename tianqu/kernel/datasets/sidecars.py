"""What a page shows of a version before anybody asks the engine: statistics of columns, frequent values, first rows.

Made once, when the version is; it tells of open columns only, and nothing of a dataset whose rows are not open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import duckdb

from tianqu.kernel.datasets import engine
from tianqu.kernel.datasets.questions import written
from tianqu.kernel.datasets.row_files import making_engine
from tianqu.kernel.datasets.schema import Column
from tianqu.kernel.datasets.statements import Stored, relation

FREQUENT: Final = 20  # values told with their counts
FREQUENT_OF: Final = 1_000  # a column with more different values has no frequent ones
BARS: Final = 40
FIRST_ROWS: Final = 20
GUESSED_BY: Final = 100_000  # rows, by which it is guessed whether a column has few different values
SEEMING_FEW: Final = 2 * FREQUENT_OF  # in so many rows, not told exactly
COLUMNS_TOLD: Final = 200


def make_sidecar(stored: Stored, *, rows_open: bool) -> dict[str, Any]:
    """The sidecar of what everybody may see of a version. ``rows_open``: its rows are open, not only its cells."""
    schema = stored.schema.open
    if not rows_open or not schema.columns:
        return {"columns": {}, "first": []}
    with making_engine() as cursor:
        source = relation(stored)
        columns = schema.columns[:COLUMNS_TOLD]
        few = _seeming_few(cursor, source, columns)
        told = _facts(cursor, source, [column for column in columns if column.name not in few])
        for column in columns:
            values = source
            if column.name in few:  # all else is told by its values and how often each occurs
                cursor.execute(
                    f"CREATE OR REPLACE TEMP TABLE counted AS SELECT {column.quoted}, count(*) AS rows FROM {source}"
                    " GROUP BY 1"
                )
                values = "counted"
                told |= _facts(cursor, values, [column])
            facts = told[column.name]
            if values == "counted" and facts["different"] <= FREQUENT_OF:
                facts["frequent"] = _frequent(cursor, column)
            if column.type not in ("text", "boolean") and facts["least"] is not None:
                count = "sum(rows)" if values == "counted" else "count(*)"
                facts["bars"] = _bars(cursor, column, facts, source=values, count=count)
        names = ", ".join(column.quoted for column in columns)
        first = engine.fetched(cursor, f"SELECT {names} FROM {source} LIMIT {FIRST_ROWS}")
    plain = {
        name: facts | {"least": _plain(facts["least"]), "greatest": _plain(facts["greatest"])}
        for name, facts in ((column.name, told[column.name]) for column in columns)
    }
    return {"columns": plain, "first": [[_plain(value) for value in row] for row in first]}


def _seeming_few(cursor: duckdb.DuckDBPyConnection, source: str, columns: Sequence[Column]) -> set[str]:
    """The columns whose first rows hold few different values: counting each value of these is quick, and exact."""
    pieces = ", ".join(f"approx_count_distinct({column.quoted})" for column in columns)
    row = engine.fetched(cursor, f"SELECT {pieces} FROM (SELECT * FROM {source} LIMIT {GUESSED_BY})")[0]
    return {column.name for column, different in zip(columns, row, strict=True) if different <= SEEMING_FEW}


def _facts(cursor: duckdb.DuckDBPyConnection, source: str, columns: Sequence[Column]) -> dict[str, dict[str, Any]]:
    """Filled and different values, the least and the greatest: one reading for all columns."""
    if not columns:
        return {}
    counted = source == "counted"
    pieces = []
    for column in columns:
        name = column.quoted
        if counted:
            pieces += [f"CAST(coalesce(sum(rows) FILTER (WHERE {name} IS NOT NULL), 0) AS BIGINT)", f"count({name})"]
        else:
            pieces += [f"count({name})", f"approx_count_distinct({name})"]
        pieces += [f"min({name})", f"max({name})"] if column.type != "text" else ["NULL", f"max(length({name}))"]
    row = engine.fetched(cursor, f"SELECT {', '.join(pieces)} FROM {source}")[0]
    names = ("filled", "different", "least", "greatest")
    return {
        column.name: dict(zip(names, row[4 * place : 4 * place + 4], strict=True))
        for place, column in enumerate(columns)
    }


def _frequent(cursor: duckdb.DuckDBPyConnection, column: Column) -> list[list[Any]]:
    """The values that occur most, of a column that was ``counted``."""
    rows = engine.fetched(
        cursor, f"SELECT {column.quoted}, rows FROM counted ORDER BY rows DESC, {column.quoted} LIMIT {FREQUENT}"
    )
    return [[_plain(value), count] for value, count in rows]


def _bars(
    cursor: duckdb.DuckDBPyConnection, column: Column, facts: dict[str, Any], *, source: str, count: str
) -> list[list[Any]]:
    """How the values are spread: for each of up to forty equal spans its beginning and how many lie in it."""
    number = f"epoch({column.quoted})" if column.type in ("date", "time") else f"CAST({column.quoted} AS DOUBLE)"
    least, greatest = _as_number(facts["least"]), _as_number(facts["greatest"])
    if least == greatest:
        return []
    width = (greatest - least) / BARS
    span = f"floor(({number} - CAST('{least!r}' AS DOUBLE)) / CAST('{width!r}' AS DOUBLE))"
    rows = engine.fetched(
        cursor,
        f"SELECT greatest(0, least({BARS - 1}, CAST({span} AS INTEGER))), CAST({count} AS BIGINT) FROM {source}"
        f" WHERE {column.quoted} IS NOT NULL GROUP BY 1 ORDER BY 1",
    )
    counts = dict(rows)
    return [[least + width * place, counts.get(place, 0)] for place in range(BARS)]


def _as_number(value: Any) -> float:
    """A value as the engine's numbers are: a day or a time in seconds since 1970."""
    if isinstance(value, date):
        return datetime.fromisoformat(value.isoformat()).replace(tzinfo=UTC).timestamp()
    return float(value)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else written(value)
