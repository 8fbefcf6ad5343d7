"""Every figure that was reported comes out of invented rows, as it was printed; what cannot is quoted, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
import yaml

from tianqu.kernel.datasets.api import Measure
from tianqu.kernel.datasets.questions import question_of
from tianqu.kernel.datasets.statements import condition_sql, measure_sql
from tianqu.kernel.figures.api import MeasureOf, evaluate, printed, quoted_in, read_definition
from tianqu.kernel.figures.offline import Figure as PrintedFigure
from tianqu.kernel.figures.offline import read_file, read_printed
from tianqu.packs.opendata.inventing import invented_csv, read_invented

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"
COUNTIES = [f"县{n}" for n in range(13)]
# Whose rows the realm does not have: published by others, and declared so.
QUOTED = {"science.platforms.share", "rural.grain.province_share", "rural.grain.nation_share"}
ONLY_PRINTED = {"talent.loans.limit"}  # what a loan may be at most, and no figure of the year


@pytest.fixture(scope="module")
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


def exact(engine: duckdb.DuckDBPyConnection, told: dict[str, object], period: str) -> Fraction:
    schemas = {dataset.code: dataset.schema for dataset in read_invented(REALM)}

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

    value = evaluate(read_definition(told).formula, ask)
    assert value is not None, told["code"]
    return value


def definitions() -> dict[str, dict[str, object]]:
    told = yaml.safe_load((REALM / "figures.yaml").read_text(encoding="utf-8"))["figures"]
    return {each["code"]: each for each in told}


def test_every_definition_can_be_read_and_every_figure_computed(engine: duckdb.DuckDBPyConnection) -> None:
    for code, told in definitions().items():
        for period in told["periods"]:  # type: ignore[attr-defined]
            assert exact(engine, told, period) is not None, code


def test_only_what_others_publish_is_quoted() -> None:
    quoted = {code for code, told in definitions().items() if any(quoted_in(read_definition(told).formula))}
    assert quoted == QUOTED


def reported() -> dict[str, PrintedFigure]:
    """What was printed of the year, and checked by ``tianqu check``."""
    bulletin = read_file(REALM / "figures-2020.yaml")
    return {figure.id: figure for figure in bulletin.figures if figure.printed is not None}


def test_the_reported_figures_come_out_of_the_rows(engine: duckdb.DuckDBPyConnection) -> None:
    known, wrong = definitions(), []
    for code, figure in reported().items():
        if code in ONLY_PRINTED:
            continue
        told, wanted = known[code], figure.printed
        assert wanted is not None
        definition = read_definition(told)
        value = exact(engine, told, definition.periods[-1])
        for chinese in (True, False):
            text = printed(value, definition.display, chinese=chinese).whole
            read = read_printed(text, unit=figure.unit)
            if (read.number, read.unit, read.word) != (wanted.number, wanted.unit, wanted.word):
                wrong.append((code, wanted.text, text))
    assert wrong == []


def test_what_is_declared_is_called_as_it_was_reported() -> None:
    figures = reported()
    assert set(figures) - set(definitions()) == ONLY_PRINTED
    for code, told in definitions().items():
        definition, figure = read_definition(told), figures[code]
        assert (definition.name, definition.name_en) == (figure.name.zh, figure.name.en), code
        assert definition.display.unit.code == figure.unit.code, code
        assert figure.as_of.startswith(definition.periods[-1]) or not figure.as_of, code


def test_the_same_seed_makes_the_same_files() -> None:
    for dataset in read_invented(REALM)[:5]:
        assert invented_csv(dataset, COUNTIES, seed=1) == invented_csv(dataset, COUNTIES, seed=1)
        assert invented_csv(dataset, COUNTIES, seed=1) != invented_csv(dataset, COUNTIES, seed=2)
