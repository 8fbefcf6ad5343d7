"""The rows behind the reported figures, read by plain DuckDB: returns as filed, findings put right, invented ones."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
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
from tianqu.kernel.figures.api import MeasureOf, evaluate, read_definition
from tianqu.kernel.places.api import Place, Unit
from tianqu.packs.culture.datasets import GRANTS
from tianqu.packs.opendata.datasets import SYSTEMS
from tianqu.packs.opendata.inventing import invented_csv, read_invented
from tianqu.packs.opendata.system_demo import planned_systems, read_systems
from tianqu.packs.practice.datasets import DATASETS as PRACTICE
from tianqu.packs.practice.district.demo import District, register
from tianqu.packs.returns.datasets import DATASETS
from tianqu.packs.returns.inventing import Inventor
from tianqu.packs.village.datasets import PUT_RIGHT
from tianqu.packs.village.demo.clearing import planned_findings
from tianqu.packs.village.demo.edition import read_seats, read_words
from tianqu.packs.village.demo.planning import planned_village
from tianqu.packs.village.demo.shares import county_shares

REALM = Path(__file__).resolve().parents[2] / "realms" / "dezhou"
COUNTIES = [f"县{n}" for n in range(13)]
Told = dict[str, dict[str, Any]]
Exact = Callable[..., Fraction]


@pytest.fixture(scope="session")
def told() -> Told:
    """The realm's figures as they are declared, by code."""
    return {each["code"]: each for each in yaml.safe_load((REALM / "figures.yaml").read_text("utf-8"))["figures"]}


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def exact(engine: duckdb.DuckDBPyConnection, told: Told) -> Exact:
    """What a figure is in a period, the newest where none is given, before it is rounded."""

    def compute(code: str, wanted: str = "") -> Fraction:
        period = wanted or told[code]["periods"][-1]

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

        value = evaluate(read_definition(told[code]).formula, ask)
        assert value is not None, code
        return value

    return compute


@cache
def files() -> dict[str, bytes]:
    """The rows of each dataset as CSV."""
    invented = {dataset.code: invented_csv(dataset, COUNTIES, seed=2020) for dataset in read_invented(REALM)}
    filed = {declared.code: as_csv(declared, accepted(declared.code.removeprefix("returns."))) for declared in DATASETS}
    practice = {each.code: as_csv(each, district()[each.code]) for each in PRACTICE}
    put, systems = as_csv(PUT_RIGHT, put_right()), as_csv(SYSTEMS, registered())
    return invented | filed | practice | {PUT_RIGHT.code: put, GRANTS.code: granted(), SYSTEMS.code: systems}


@cache
def schemas() -> dict[str, Schema]:
    """The columns of each dataset."""
    return {
        each.code: each.schema for each in [*read_invented(REALM), *DATASETS, *PRACTICE, PUT_RIGHT, GRANTS, SYSTEMS]
    }


def accepted(code: str) -> Iterator[dict[str, Any]]:
    """What the journal holds of each row of a return that was accepted for 2019 and 2020."""
    told = yaml.safe_load((REALM / "returns.yaml").read_text(encoding="utf-8"))
    inventor = Inventor(told, {str(unit): f"县{unit}" for unit in told["weights"]}, seed=2020)
    (one,) = [each for each in [*told["returns"], told["enterprises"]] if each["code"] == code]
    whole = {column["name"] for column in one["columns"] if column["kind"] == "integer"}
    counted = [column for column in one["columns"] if column["kind"] in ("integer", "decimal")]
    units = {column["name"]: column.get("unit_zh", "") for column in counted}
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


def district() -> dict[str, list[dict[str, Any]]]:
    """What the journal holds of the stations, teams and volunteers of the district."""
    planned = District(yaml.safe_load((REALM / "practice.yaml").read_text(encoding="utf-8")), seed=2020)
    path, lines = f"371400.{planned.told['place']}.1.1", register(planned, ["team"])
    days = {"stations": planned.stations, "teams": planned.teams, "volunteers": [line["since"] for line in lines]}
    return {
        f"practice.{name}": [{"place_path": path, "since": since.isoformat()} for since in found]
        for name, found in days.items()
    }


def registered() -> Iterator[dict[str, Any]]:
    """What the journal holds of the information systems of the realm's units."""
    with (REALM / "units.csv").open(encoding="utf-8") as file:
        units = [
            Unit(code=row["code"], kind=row["kind"], name=row["name"], name_en=row["name_en"],
                 place=Place(path="371400" if row["place"] == "371400" else f"371400.{row['place']}"))
            for row in csv.DictReader(file)
        ]  # fmt: skip
    for one in planned_systems(read_systems(REALM), units, seed=2020):
        yield {
            "name": one.name, "name_en": one.name_en, "unit": one.unit, "domains": [one.domain], "until": None,
            "since": one.since.isoformat(), "cloud_since": one.cloud_since.isoformat(),
        }  # fmt: skip


def granted() -> bytes:
    """What the journal holds of the grants of the theatre."""
    told = yaml.safe_load((REALM / "culture.yaml").read_text(encoding="utf-8"))["theatre"]
    return as_csv(GRANTS, [
        {"granted": told["yearly_yuan"] * 100, "day": f"{year}-01-01", "purpose": told["purpose"]}
        for year in range(told["since"], 2027)
    ])  # fmt: skip


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
