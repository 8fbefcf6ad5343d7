"""The safe language: what it asks is what a plain loop over the rows finds, page by page, and nothing else gets in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from tests.kernel.datasets.office import Office
from tests.kernel.datasets.office import build as build_office
from tests.scenes import scene
from tianqu.base.errors import InvalidInput
from tianqu.kernel.datasets import api, reading
from tianqu.kernel.journal.api import ANYBODY

SCHEMA = api.Schema(
    (
        api.Column("kind", "text"),
        api.Column("amount", "integer"),
        api.Column("area", "decimal", decimals=2),
        api.Column("day", "date"),
    )
)
KINDS = ["a", "b", "c", ""]
ROWS = [
    (kind or None, None if n % 7 == 0 else n * n % 91 - 20, Decimal(n * 37 % 1000) / 100, f"2020-01-{n % 28 + 1:02}")
    for n, kind in enumerate(KINDS * 62)
]


def build() -> Office:
    """Publish the rows."""
    office = build_office()
    lines = [f"{kind or ''},{'' if amount is None else amount},{area},{day}" for kind, amount, area, day in ROWS]
    office.published("kind,amount,area,day\n" + "\n".join(lines) + "\n", schema=SCHEMA)
    return office


@pytest.fixture
def office(db: None, store: Path, tmp_path: Path) -> Office:
    """The office that has published them."""
    return replace(scene(build, files=store), folder=tmp_path)


@pytest.fixture
def data(office: Office) -> api.Opened:
    return api.open_version(ANYBODY, api.dataset_called(ANYBODY, "trade.by_county"))


def asked(data: api.Opened, **told: Any) -> api.Question:
    return api.question_of(
        {key.replace("__", "."): value if isinstance(value, list) else [str(value)] for key, value in told.items()},
        data.schema,
    )


def every_page(data: api.Opened, **told: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    after = ""
    for _turn in range(100):
        question = asked(data, **told, **({"after": after} if after else {}))
        page = api.groups_page(data, question) if question.groups else api.rows_page(data, question)
        rows += page.rows
        after = page.after
        if not after:
            return rows
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("sort", ["", "amount", "-amount", "kind", "-area", "day"])
def test_pages_hold_every_row_once_in_order(data: api.Opened, sort: str) -> None:
    rows = every_page(data, limit=17, **({"sort": sort} if sort else {}))
    assert len(rows) == len(ROWS)
    assert sorted(map(str, rows)) == sorted(map(str, every_page(data, limit=1000)))
    if sort:
        place = data.schema.names.index(sort.removeprefix("-"))
        filled = [row[place] for row in rows if row[place] is not None]
        assert filled == sorted(filled, reverse=sort.startswith("-"))
        assert all(row[place] is None for row in rows[len(filled) :])  # what is empty comes last


def test_groups_are_exact(data: api.Opened) -> None:
    told = every_page(data, group="kind", measure=["count", "sum:amount", "mean:area", "distinct:day"], limit=2)
    expected: dict[Any, list[Any]] = defaultdict(list)
    for row in ROWS:
        expected[row[0]].append(row)
    assert {row[0] for row in told} == set(expected)
    for kind, count, total, mean, days in told:
        rows = expected[kind]
        assert count == len(rows) and days == len({row[3] for row in rows})
        assert total == sum(row[1] for row in rows if row[1] is not None)
        assert mean == round(sum(row[2] for row in rows) / Decimal(len(rows)), 6)


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ({"kind": "a"}, lambda row: row[0] == "a"),
        ({"kind": ["a", "b"]}, lambda row: row[0] in ("a", "b")),
        ({"kind__null": ""}, lambda row: row[0] is None),
        ({"amount__ge": 10, "area__lt": "5.5"}, lambda row: (row[1] or 0) >= 10 and row[2] < Decimal("5.5")),
        ({"area__lt": "1e2"}, lambda row: True),
        ({"area__in": ["0.5E1", "1E+1", "9.25"]}, lambda row: row[2] in (5, 10, Decimal("9.25"))),
        ({"day__gt": "2020-01-20"}, lambda row: row[3] > "2020-01-20"),
        ({"kind__contains": "A"}, lambda row: row[0] == "a"),
        ({"amount__filled": ""}, lambda row: row[1] is not None),
    ],
)  # fmt: skip
def test_conditions_keep_what_they_say(data: api.Opened, told: dict[str, Any], holds: Any) -> None:
    assert len(every_page(data, limit=50, **told)) == sum(1 for row in ROWS if holds(row))


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"nothing": "1"}, "nothing"), ({"amount__ge": "ten"}, "amount"), ({"amount__like": "1"}, "amount"),
        ({"group": "x"}, "group"), ({"measure": "median:amount"}, "measure"), ({"measure": "sum:kind"}, "measure"),
        ({"sort": "area; DROP"}, "sort"), ({"limit": "100000"}, "limit"), ({"limit": "-1"}, "limit"),
        ({"after": "%%%"}, "after"), ({"after": "W10"}, "after"), ({"day": "2020-02-30"}, "day"),
        ({"columns": "kind,\"x\""}, "columns"), ({"area__ge": "NaN"}, "area"), ({"area__ge": "1e999999"}, "area"),
        ({"kind": ["x"] * 300}, "kind"), ({"amount": "99999999999999999999"}, "amount"),
    ],
)  # fmt: skip
def test_what_is_no_question_names_its_part(data: api.Opened, told: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        every_page(data, **told)
    assert refused.value.field == field


@settings(max_examples=40)
@given(text=st.text(max_size=40))
def test_no_text_is_ever_part_of_a_statement(text: str) -> None:
    from tianqu.kernel.datasets.questions import Condition
    from tianqu.kernel.datasets.statements import condition_sql

    for operator in ("eq", "ne", "contains", "starts", "in"):
        statement = condition_sql([Condition("kind", operator, (text,))])
        assert statement == condition_sql([Condition("kind", operator, ("other",))]).__class__(
            condition_sql([Condition("kind", operator, ("other",))]).sql, (text,)
        )


def test_a_mark_of_another_version_is_refused(office: Office, data: api.Opened) -> None:
    after = api.rows_page(data, asked(data, limit=10)).after
    api.load_version(
        office.officer, dataset_id=data.dataset.id, path=office.file("kind,amount,area,day\na,1,1,2020-01-01\n"),
        schema=SCHEMA,
    )  # fmt: skip
    newer = api.open_version(ANYBODY, api.dataset_called(ANYBODY, "trade.by_county"))
    with pytest.raises(InvalidInput) as refused:
        api.rows_page(newer, asked(newer, after=after))
    assert refused.value.field == "after"
    assert api.rows_page(data, asked(data, after=after)).rows


def test_a_row_is_found_by_its_number(data: api.Opened) -> None:
    page = api.rows_page(data, asked(data, sort="-amount", limit=5))
    for number, row in zip(page.numbers, page.rows, strict=True):
        assert api.row_numbered(data, number) == row


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_an_export_holds_every_row(data: api.Opened, form: str, tmp_path: Any) -> None:
    export = api.export_rows(data, asked(data, kind="a"), form)
    path = tmp_path / export.name
    path.write_bytes(b"".join(export.chunks))
    guess = api.guess_columns(path, api.kind_of(path.name))
    assert [column.type for column in guess.columns] == ["text", "integer", "decimal", "date"]
    from tianqu.kernel.datasets.ingesting import ingest

    assert ingest(path, api.kind_of(path.name), SCHEMA).rows == sum(1 for row in ROWS if row[0] == "a")


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_files_that_are_taken_slowly_hold_up_nobody(
    data: api.Opened, settings: Settings, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SENT_AT_ONCE", 10)
    settings.TIANQU_QUERIES_AT_ONCE, settings.TIANQU_QUERY_SECONDS_MAX = 1, 5
    api.forget_engine()
    slow = [iter(api.export_rows(data, asked(data, kind="a"), form).chunks) for _n in range(3)]
    begun = [next(chunks) for chunks in slow]
    assert api.rows_page(data, asked(data)).rows
    whole = b"".join(api.export_rows(data, asked(data, kind="a"), form).chunks)
    for first, chunks in zip(begun, slow, strict=True):
        assert first + b"".join(chunks) == whole
    abandoned = iter(api.export_rows(data, asked(data, kind="a"), form).chunks)
    assert next(abandoned)
    del abandoned
    assert b"".join(api.export_rows(data, asked(data, kind="a"), form).chunks) == whole


def test_no_page_is_longer_for_zeros_before_its_limit(data: api.Opened) -> None:
    with pytest.raises(InvalidInput):
        api.question_of({"limit": ["0000000019999"]}, data.schema)
