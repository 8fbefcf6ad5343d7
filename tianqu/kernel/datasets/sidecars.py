"""What a page shows of a version before anybody asks the engine: statistics of columns, frequent values, first rows.

Made once, when the version is; it tells of open columns only, and nothing of a dataset whose rows are not open.
"""

from __future__ import annotations

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
COLUMNS_TOLD: Final = 200


def make_sidecar(stored: Stored, *, rows_open: bool) -> dict[str, Any]:
    """The sidecar of what everybody may see of a version. ``rows_open``: its rows are open, not only its cells."""
    schema = stored.schema.open
    if not rows_open or not schema.columns:
        return {"columns": {}, "first": []}
    with making_engine() as cursor:
        source = relation(stored)
        columns = schema.columns[:COLUMNS_TOLD]
        told = _facts(cursor, source, columns)
        for column in columns:
            facts = told[column.name]
            few = facts["different"] <= FREQUENT_OF
            if few:
                cursor.execute(
                    f"CREATE OR REPLACE TEMP TABLE counted AS SELECT {column.quoted}, count(*) AS rows FROM {source}"
                    " GROUP BY 1"
                )
                facts["frequent"] = _frequent(cursor, column)
            if column.type != "text" and facts["least"] is not None and column.type != "boolean":
                counted = (
                    {"source": "counted", "count": "sum(rows)"} if few else {"source": source, "count": "count(*)"}
                )
                facts["bars"] = _bars(cursor, column, **counted)
        names = ", ".join(column.quoted for column in columns)
        first = engine.fetched(cursor, f"SELECT {names} FROM {source} LIMIT {FIRST_ROWS}")
    return {"columns": told, "first": [[_plain(value) for value in row] for row in first]}


def _facts(cursor: duckdb.DuckDBPyConnection, source: str, columns: tuple[Column, ...]) -> dict[str, dict[str, Any]]:
    """Filled and different values, the least and the greatest: one reading for all columns."""
    pieces = []
    for column in columns:
        name = column.quoted
        pieces += [f"count({name})", f"approx_count_distinct({name})"]
        pieces += [f"min({name})", f"max({name})"] if column.type != "text" else ["NULL", f"max(length({name}))"]
    row = engine.fetched(cursor, f"SELECT {', '.join(pieces)} FROM {source}")[0]
    told = {}
    for place, column in enumerate(columns):
        filled, different, least, greatest = row[4 * place : 4 * place + 4]
        told[column.name] = {
            "filled": filled, "different": different, "least": _plain(least), "greatest": _plain(greatest)
        }  # fmt: skip
    return told


def _frequent(cursor: duckdb.DuckDBPyConnection, column: Column) -> list[list[Any]]:
    """The values that occur most, of a column that was ``counted``."""
    rows = engine.fetched(
        cursor, f"SELECT {column.quoted}, rows FROM counted ORDER BY rows DESC, {column.quoted} LIMIT {FREQUENT}"
    )
    return [[_plain(value), count] for value, count in rows]


def _bars(cursor: duckdb.DuckDBPyConnection, column: Column, *, source: str, count: str) -> list[list[Any]]:
    """How the values are spread: for each of up to forty equal spans its beginning and how many lie in it."""
    value = f"epoch({column.quoted})" if column.type in ("date", "time") else f"CAST({column.quoted} AS DOUBLE)"
    least, greatest = engine.fetched(cursor, f"SELECT min({value}), max({value}) FROM {source}")[0]
    if least == greatest:
        return []
    width = (greatest - least) / BARS
    rows = engine.fetched(
        cursor,
        f"SELECT least(CAST(floor(({value} - ?) / ?) AS INTEGER), {BARS - 1}), CAST({count} AS BIGINT) FROM {source}"
        f" WHERE {column.quoted} IS NOT NULL GROUP BY 1 ORDER BY 1",
        [least, width],
    )
    counts = dict(rows)
    return [[least + width * place, counts.get(place, 0)] for place in range(BARS)]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else written(value)
