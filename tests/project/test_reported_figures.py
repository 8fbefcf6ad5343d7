"""Every figure that was reported comes out of invented rows, as it was printed; what cannot is quoted, and says so.

The rows are those of returns as units file them, and of the realm's datasets; nothing here needs a database.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tianqu.kernel.datasets.api import DatasetDeclaration, Measure, Schema
from tianqu.kernel.datasets.extracting import Extractor
from tianqu.kernel.datasets.questions import question_of
from tianqu.kernel.datasets.statements import condition_sql, measure_sql
from tianqu.kernel.figures.api import MeasureOf, evaluate, printed, quoted_in, read_definition
from tianqu.kernel.figures.offline import Figure as PrintedFigure
from tianqu.kernel.figures.offline import read_file, read_printed
from tianqu.packs.opendata.inventing import invented_csv, read_invented
from tianqu.packs.returns.datasets import DATASETS
from tianqu.packs.returns.inventing import Inventor
from tianqu.packs.village.datasets import PUT_RIGHT
from tianqu.packs.village.demo.clearing import planned_findings
from tianqu.packs.village.demo.edition import read_seats, read_words
from tianqu.packs.village.demo.planning import planned_village
from tianqu.packs.village.demo.shares import county_shares

REALM = Path(__file__).resolve().parents[2] / "realms" / "dezhou"
COUNTIES = [f"县{n}" for n in range(13)]
# Whose rows the realm does not have: published by others, and declared so.
QUOTED = {"science.platforms.share", "rural.grain.province_share", "rural.grain.nation_share"}
ONLY_PRINTED = {"talent.loans.limit"}  # what a loan may be at most, and no figure of the year


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Another reader of the same files: plain DuckDB, without the rooms of the kernel."""
    folder = tmp_path_factory.mktemp("rows")
    connection = duckdb.connect()
    for code, schema in schemas().items():
        path = folder / f"{code}.csv"
        path.write_bytes(files()[code])
        types = ", ".join(f"'{column.name}': '{column.sql_type}'" for column in schema.columns)
        connection.execute(f"CREATE VIEW \"{code}\" AS SELECT * FROM read_csv('{path}', columns = {{{types}}})")
    yield connection
    connection.close()


@cache
def files() -> dict[str, bytes]:
    """The rows of each dataset as CSV."""
    invented = {dataset.code: invented_csv(dataset, COUNTIES, seed=2020) for dataset in read_invented(REALM)}
    filed = {declared.code: as_csv(declared, accepted(declared.code.removeprefix("returns."))) for declared in DATASETS}
    return invented | filed | {PUT_RIGHT.code: as_csv(PUT_RIGHT, put_right())}


@cache
def schemas() -> dict[str, Schema]:
    """The columns of each dataset."""
    return {each.code: each.schema for each in [*read_invented(REALM), *DATASETS, PUT_RIGHT]}


def accepted(code: str) -> Iterator[dict[str, Any]]:
    """What the journal holds of each row of a return that was accepted for 2019 and 2020."""
    told = yaml.safe_load((REALM / "returns.yaml").read_text(encoding="utf-8"))
    inventor = Inventor(told, {str(unit): f"县{unit}" for unit in told["weights"]}, seed=2020)
    (one,) = [each for each in [*told["returns"], told["enterprises"]] if each["code"] == code]
    whole = {column["name"] for column in one["columns"] if column["kind"] == "integer"}
    units = {column["name"]: column.get("unit_zh", "") for column in one["columns"]}
    for period in one["periods"]:
        for unit, rows in inventor.rows(one, period).items():
            for row in rows:
                values = {name: int(str(value)) if name in whole else value for name, value in row.values.items()}
                yield {"county": unit, "year": int(period), "key": row.key, "units": units, "values": values}


def put_right() -> Iterator[dict[str, Any]]:
    """What the journal holds of each finding of the county of the clean-up, shared by a village of each township."""
    words = read_words(REALM)
    assert words is not None
    words.told["found"] |= {"contracts": 1_200, "arrears": 200, "arrears_fen": 240_000_000}  # fewer that are sound
    county = words.told["clean_up"]["county"]
    seats = {seat.township: seat for seat in read_seats(REALM, words) if seat.county == county and not seat.urban}
    for share in county_shares(words, list(seats.values()), seed=2020):
        plan = planned_village(words, share, seed=2020, expenses=0)
        for one in planned_findings(words, plan, seed=2020, today=date(2021, 3, 1)):
            closed, moved = one.days.closed_on, one.moves
            amount = max(amount for _account, amount in moved.legs) if moved else 0
            kind = "land_recovered" if moved and moved.ledger == "land" else "claim_settled"
            yield {
                "county": "禹城市", "subject": one.subject, "subject_id": str(one.subject_id),
                "closed_on": closed.isoformat() if closed else None, "upheld": True if closed else None,
                "put_right": {kind: amount} if closed and moved else {},
            }  # fmt: skip


def as_csv(declared: DatasetDeclaration, afters: Iterable[dict[str, Any]]) -> bytes:
    """The rows that a declared dataset reads from after-images."""
    extractor, made = Extractor(declared.source, declared.schema), io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(declared.schema.names)
    for number, after in enumerate(afters):
        row = extractor.row(str(number), after)
        if row is not None:
            writer.writerow(row)
    assert not extractor.misfits
    return made.getvalue().encode()


def exact(engine: duckdb.DuckDBPyConnection, told: dict[str, object], period: str) -> Fraction:
    def ask(formula: MeasureOf) -> int | Decimal | None:
        asked = formula.for_period(period)
        schema = schemas()[asked.dataset]
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


def test_no_dataset_is_both_invented_and_read_from_the_journal() -> None:
    assert not {each.code for each in read_invented(REALM)} & {each.code for each in [*DATASETS, PUT_RIGHT]}


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
