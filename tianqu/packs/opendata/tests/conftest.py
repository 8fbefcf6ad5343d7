"""The rows of the realm's invented datasets, read by plain DuckDB, and its figures computed from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tianqu.kernel.datasets.api import Measure
from tianqu.kernel.datasets.questions import question_of
from tianqu.kernel.datasets.statements import condition_sql, measure_sql
from tianqu.kernel.figures.api import MeasureOf, evaluate, read_definition
from tianqu.packs.opendata.inventing import invented_csv, read_invented

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
COUNTIES = [f"县{n}" for n in range(13)]

Exact = Callable[..., Fraction]


@pytest.fixture(scope="session")
def told() -> dict[str, dict[str, Any]]:
    """The realm's figures as they are declared, by code."""
    return {each["code"]: each for each in yaml.safe_load((REALM / "figures.yaml").read_text("utf-8"))["figures"]}


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Another reader of the same files: plain DuckDB, without the rooms of the kernel."""
    folder = tmp_path_factory.mktemp("rows")
    connection = duckdb.connect()
    for dataset in read_invented(REALM):
        path = folder / f"{dataset.code}.csv"
        path.write_bytes(invented_csv(dataset, COUNTIES, seed=2020))
        types = ", ".join(f"'{column.name}': '{column.sql_type}'" for column in dataset.schema.columns)
        connection.execute(f"CREATE VIEW \"{dataset.code}\" AS SELECT * FROM read_csv('{path}', columns = {{{types}}})")
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def exact(engine: duckdb.DuckDBPyConnection, told: dict[str, dict[str, Any]]) -> Exact:
    """What a figure is in a period, the newest where none is given, before it is rounded."""
    schemas = {dataset.code: dataset.schema for dataset in read_invented(REALM)}

    def compute(code: str, wanted: str = "") -> Fraction:
        period = wanted or told[code]["periods"][-1]

        def ask(formula: MeasureOf) -> int | Decimal | None:
            asked = formula.for_period(period)
            schema = schemas[asked.dataset]
            where = condition_sql(question_of({key: list(values) for key, values in asked.where}, schema).conditions)
            (measure,) = measure_sql(Measure(asked.function, asked.column), schema)
            row = engine.execute(
                f'SELECT {measure} FROM "{asked.dataset}" WHERE {where.sql}', list(where.values)
            ).fetchone()
            assert row is not None
            return row[0]

        value = evaluate(read_definition(told[code]).formula, ask)
        assert value is not None, code
        return value

    return compute
