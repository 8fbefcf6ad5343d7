"""Files as offices have them: both ways of reading give the same part, and what is wrong is told by line."""

from __future__ import annotations

import time
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tianqu.base.errors import InvalidInput, TooLarge
from tianqu.kernel.datasets import api, ingesting, row_files, storage, uploaded_files
from tianqu.kernel.datasets.schema import Column, Schema

SCHEMA = Schema(
    (
        Column("name", "text"), Column("count", "integer"), Column("area", "decimal", decimals=2),
        Column("day", "date"), Column("at", "time"), Column("kept", "boolean"),
    )
)  # fmt: skip
CELLS = st.tuples(
    st.sampled_from(["", "德城区", "a,b", 'say "x"', "two\nlines", "'x", " a ", "\u3000", "a\x00b", "\u00a0x", "“q”",
                     "y\u2003"]),
    st.one_of(st.just(""), st.integers(-(2**63), 2**63 - 1).map(str)),
    st.one_of(st.just(""), st.decimals(-(10**12), 10**12, places=2).map(str)),
    st.one_of(st.just(""), st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(str)),
    st.one_of(st.just(""), st.datetimes(datetime(1990, 1, 1)).map(lambda at: f"{at:%Y-%m-%d %H:%M:%S}")),
    st.sampled_from(["", "true", "false"]),
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(CELLS, min_size=1, max_size=12))
def test_both_ways_give_the_same_part(store: Path, tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    import csv

    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(SCHEMA.names)
        writer.writerows(rows)
    quick = ingesting._ingest_quickly(path, SCHEMA)
    careful = ingesting._ingest_carefully(path, "csv", SCHEMA, SCHEMA.names)
    assert quick is not None and quick.parts == careful.parts and quick.rows == careful.rows == len(rows)


ODD_DAYS = ("infinity", "epoch", "0044-03-15 (BC)", "2020-1-1", "20-01-01", "2020-01-01 00:00:00", " 2020-01-01",
            "2020 01 01", "2020-02-30", "9999-12-31")  # fmt: skip
ODD_NUMBERS = ("1e1", "1_000", "1.555", " 1", "+1", ".5", "5.", "-0.00", "007", "1.5", "nan", "99999999999999999.99")
ODD_WHOLES = (*ODD_NUMBERS, "0x10", "1.0", "9223372036854775808", "1\x002")
ODD_TIMES = ("0000-01-01 00:00", "2020-01-01 10:00+08", "2020-01-01T10:00:00Z", "2020-01-01", "2020-01-01 24:00:00")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("date", text) for text in ODD_DAYS),
        *(("decimal", text) for text in ODD_NUMBERS),
        *(("integer", text) for text in ODD_WHOLES),
        *(("time", text) for text in ODD_TIMES),
        *(("boolean", text) for text in ("TRUE", "1", "true", "on")),
    ],
)
def test_the_quick_way_takes_nothing_that_the_careful_one_refuses(
    store: Path, tmp_path: Path, kind: Any, text: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f'value,n\n"{text}",1\n', encoding="utf-8")
    decimals = 2 if kind == "decimal" else 0
    schema = Schema((api.Column("value", kind, decimals=decimals), api.Column("n", "integer")))
    quick = ingesting._ingest_quickly(path, schema)
    if quick is not None:
        assert quick.parts == ingesting._ingest_carefully(path, "csv", schema, schema.names).parts


ODD_FILES = (
    "a,b\n1,2,\n3,4,,\n", 'a,b\n1,2,""\n', "a,b\n1,2, \n3,4\n", "a,b\n\n1,2\n\n", "a,b\r1,2\r", "a,b\n1\n2,3\n",
    'a,b\r\n"x\r\ny",2\r\n', 'a,b\nx"y,2\n', 'a,b\n"x" ,2\n', 'a,b\n1,2\n"x"y,2\n', "a\n1\n\n2\n", 'a\n""\n1\n',
    "a,b\n1,2\r\n3,4\r5,6\n",
)  # fmt: skip


@pytest.mark.parametrize("text", ODD_FILES)
def test_whatever_way_a_file_is_read_its_rows_are_the_same(store: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(text.encode())
    schema = Schema(tuple(Column(name, "text") for name in text.splitlines()[0].split(",")))
    taken, careful = (
        ingesting.ingest(path, "csv", schema),
        ingesting._ingest_carefully(path, "csv", schema, schema.names),
    )
    assert (taken.parts, taken.refused.told) == (careful.parts, careful.refused.told)


def values(taken: ingesting.Ingested) -> list[Any]:
    """The first column of what was taken."""
    with row_files.making_engine() as cursor:
        return [
            row[0]
            for row in cursor.execute(f"FROM read_parquet('{storage.readable(taken.parts[0].sha256)}')").fetchall()
        ]


def test_a_whole_number_is_not_rounded_from_another(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("n,a\n1.5,x\n2,x\n1e3,x\n", encoding="utf-8")
    taken = ingesting.ingest(path, "csv", Schema((Column("n", "integer"), Column("a", "text"))))
    assert values(taken) == [2] and [each["line"] for each in taken.refused.told] == [2, 4]


def test_an_offset_behind_a_time_counts_and_the_year_0_is_none(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("at,a\n2020-01-01 10:00:00+08:00,x\n2020-01-01T10:00:00Z,x\n0000-01-01,x\n", encoding="utf-8")
    schema = Schema((Column("at", "time"), Column("a", "text")))
    taken = ingesting.ingest(path, "csv", schema)
    assert values(taken) == [datetime(2020, 1, 1, 2), datetime(2020, 1, 1, 10)] and taken.refused.count == 1


@pytest.mark.parametrize(
    "text", ['a,b\n1,x\n2,"y\n3,z\n', 'a,b\n1,x\n2,"y', 'a,b\n1,x\n2,"' + "y" * 4_100_000 + '"\n', '"a,b\n1,2']
)
def test_a_quotation_mark_that_is_not_closed_takes_no_rows_along(store: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        api.guess_columns(path, "csv")
        ingesting.ingest(path, "csv", Schema((Column("a", "integer"), Column("b", "text"))))
    assert refused.value.parameters["value"] == (3 if text.startswith("a") else 1)


def test_moments_of_a_parquet_are_kept_in_utc(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    made = f"COPY (SELECT TIMESTAMPTZ '2020-01-01 10:00:00+08' AS at, 'x' || chr(0) AS a) TO '{path}' (FORMAT parquet)"
    duckdb.execute(made)
    taken = ingesting.ingest(path, "parquet", Schema((Column("at", "time"), Column("a", "text"))))
    assert values(taken) == [datetime(2020, 1, 1, 2)] and api.guess_columns(path, "parquet").sample[0][1] == "x"


def test_json_lines_keep_every_digit_and_every_name(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    deep = '{"a": 1.5, " b ": ' + "[" * 1010 + "]" * 1010 + "}"
    path.write_text(
        '{"a": 1234567890123456.78, " b ": "x\\u0000y"}\n{"a": 1e400, " b ": 1}\n{"a": 0.5, " b ": {"c": [1.5]}}\n'
        + deep + "\n", encoding="utf-8",
    )  # fmt: skip
    guess = api.guess_columns(path, "jsonl")
    assert guess.headings == ("a", "b") and guess.sample[0] == ("1234567890123456.78", "xy")
    taken = ingesting.ingest(path, "jsonl", Schema((Column("a", "decimal", decimals=2), Column("b", "text"))))
    assert values(taken) == [Decimal("1234567890123456.78"), Decimal("0.50")]
    assert [each["line"] for each in taken.refused.told] == [2, 4]


def workbook(path: Path, rows: list[list[Any]], *, hidden_first: bool = False, title: str = "") -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    if hidden_first:
        sheet.append(["secret", "x"])
        sheet.sheet_state = "hidden"
        sheet = book.create_sheet("数据")
    if title:
        sheet.append([title])
        sheet.merge_cells("A1:D1")
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_a_sheet_with_a_title_line_full_width_digits_and_typed_cells(store: Path, tmp_path: Path) -> None:
    rows = [
        ["县市区", "数量", "面积（亩）", "日期"],
        ["德城区", "１，２３４", 1.5, date(2020, 3, 1)],
        ["陵城区", 7, "２．２５", "2020年3月2日"],
        ["=1+1", 8, 3, datetime(2020, 3, 3)],
    ]
    path = workbook(tmp_path / "a.xlsx", rows, hidden_first=True, title="2020年各县市区情况")
    guess = api.guess_columns(path, "xlsx")
    assert [(column.type, column.unit) for column in guess.columns] == [
        ("text", ""), ("integer", ""), ("decimal", "亩"), ("date", ""),
    ]  # fmt: skip
    taken = ingesting.ingest(path, "xlsx", Schema(guess.columns))
    assert (taken.rows, taken.refused.count) == (3, 0)


def rewritten(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """The same workbook with other bytes in one of its parts."""
    with zipfile.ZipFile(path) as packed:
        bodies = {name: packed.read(name) for name in packed.namelist()}
    assert old in bodies[part]
    with zipfile.ZipFile(path, "w") as packed:
        for name, body in bodies.items():
            packed.writestr(name, body.replace(old, new) if name == part else body)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_a_hundred_thousand_rows_of_a_sheet_are_read(store: Path, tmp_path: Path) -> None:
    path = workbook(tmp_path / "big.xlsx", [["code", "n"]])
    row = '<row><c t="inlineStr"><is><t>c{0}</t></is></c><c><v>{0}</v></c></row>'
    more = "".join(row.format(n) for n in range(100_000))
    rewritten(path, SHEET, b"</sheetData>", f"{more}</sheetData>".encode())
    schema = Schema((Column("code", "text"), Column("n", "integer")))
    assert ingesting.ingest(path, "xlsx", schema).rows == 100_000


def test_a_sheet_costs_what_it_holds_and_not_what_it_says(store: Path, tmp_path: Path) -> None:
    path = workbook(tmp_path / "wide.xlsx", [["code", "n"], ["a", 1]])
    rewritten(path, SHEET, b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    rewritten(path, SHEET, b"</sheetData>", b'<row r="1000000"><c r="A1000000"><v>7</v></c></row></sheetData>')
    schema = Schema((Column("code", "text"), Column("n", "integer")))
    begun = time.monotonic()
    assert ingesting.ingest(path, "xlsx", schema).rows == 2
    assert time.monotonic() - begun < 60  # it would be hours
    rewritten(path, SHEET, b'r="1000000"', b'r="1000000000000"')
    with pytest.raises(InvalidInput, match="workbook"):
        api.guess_columns(path, "xlsx")


@pytest.mark.parametrize(
    "endless", [b"<!--" + b"x" * 2**19 + b"-->", b"<!-- a > b -->" * 4, b"<row" + b" " * 2**21 + b"/>"],
    ids=["a comment", "comments", "a tag"],
)  # fmt: skip
def test_a_tag_or_comment_without_end_is_refused(store: Path, tmp_path: Path, endless: bytes) -> None:
    """Expat before 2.6 looks through them anew whenever more has come."""
    path = workbook(tmp_path / "endless.xlsx", [["code", "n"], ["a", 1]])
    path = rewritten(path, SHEET, b"</sheetData>", endless + b"</sheetData>")
    with pytest.raises((InvalidInput, TooLarge), match="workbook"):
        api.guess_columns(path, "xlsx")


def test_a_workbook_that_breaks_off_is_refused(store: Path, tmp_path: Path) -> None:
    path = rewritten(workbook(tmp_path / "cut.xlsx", [["code", "n"], ["a", 1]]), SHEET, b"</sheetData>", b"<")
    with pytest.raises(InvalidInput, match="workbook"):
        api.guess_columns(path, "xlsx")


def test_no_row_is_lost_below_headings_with_a_gap(store: Path, tmp_path: Path) -> None:
    path = workbook(tmp_path / "gap.xlsx", [["code", None, "n"], ["a", None, 1], ["b", None, 2]])
    assert api.guess_columns(path, "xlsx").sample == (("a", None, "1"), ("b", None, "2"))
    assert api.guess_columns(workbook(tmp_path / "one.xlsx", [["code"], ["a"]]), "xlsx").sample == (("a",),)


def test_headings_of_two_lines_are_read_together(store: Path, tmp_path: Path) -> None:
    rows = [
        ["2020年", None, None, None],
        ["县市区", "进出口", None, "备注"],
        [None, "出口", "进口", None],
        ["德城区", 3, 4, "x"],
    ]
    path = workbook(tmp_path / "two.xlsx", rows)
    guess = api.guess_columns(path, "xlsx")
    assert guess.headings == ("县市区", "进出口 出口", "进出口 进口", "备注")
    taken = ingesting.ingest(path, "xlsx", Schema(guess.columns))
    assert (taken.rows, taken.refused.count) == (1, 0)


@pytest.mark.parametrize(
    "rows",
    [
        [["县市区", "备注"], [None, "x"], ["德城区", "y"]],  # the first row of data has an empty cell
        [["表1", None, "单位：万元"], ["县市区", "出口", "进口"], ["德城区", "3", "4"]],  # a title of two cells
    ],
)
def test_one_line_of_headings_stays_one(store: Path, tmp_path: Path, rows: list[list[Any]]) -> None:
    headings = next(tuple(row) for row in rows if all(row))
    assert api.guess_columns(workbook(tmp_path / "one.xlsx", rows), "xlsx").headings == headings


def test_a_cell_beside_the_columns_is_not_lost_in_silence(store: Path, tmp_path: Path) -> None:
    path = workbook(tmp_path / "more.xlsx", [["code", "n"], ["a", 1, 9], ["b", 2]])
    taken = ingesting.ingest(path, "xlsx", Schema((Column("code", "text"), Column("n", "integer"))))
    assert (taken.rows, [each["line"] for each in taken.refused.told]) == (1, [2])


def with_many_formulas(path: Path) -> Path:
    """A workbook that some program wrote the order of its formulas into, as Excel does."""
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("xl/calcChain.xml", b"<calcChain>" + b'<c r="A1" i="1"/>' * 20_000 + b"</calcChain>")
        packed.writestr("xl/pivotCache/pivotCacheRecords1.xml", b"<r><n/></r>" * 250_000)
    return path


def test_a_workbook_of_many_formulas_is_read(store: Path, tmp_path: Path) -> None:
    path = with_many_formulas(workbook(tmp_path / "formulas.xlsx", [["code", "n"], ["a", 1]]))
    assert api.guess_columns(path, "xlsx").sample == (("a", "1"),)


BOMBS: dict[str, tuple[str, bytes, bytes]] = {
    "a line without end": (SHEET, b"</sheetData>", b"<row>" + b"<c/>" * 9_000_000 + b"</row></sheetData>"),
    "something else without end": (SHEET, b"</sheetData>", b"</sheetData>" + b"<x/>" * 9_000_000),
    "formats without end": ("xl/styles.xml", b"</styleSheet>", b"<x/>" * 300_000 + b"</styleSheet>"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_workbook_that_would_fill_the_memory_is_refused(store: Path, tmp_path: Path, bomb: str) -> None:
    path = rewritten(workbook(tmp_path / "bomb.xlsx", [["code", "n"], ["a", 1]]), *BOMBS[bomb])
    with pytest.raises(TooLarge):
        api.guess_columns(path, "xlsx")


def test_a_workbook_with_texts_without_end_is_refused(store: Path, tmp_path: Path) -> None:
    path = workbook(tmp_path / "texts.xlsx", [["code", "n"], ["a", 1]])
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    rewritten(
        path, "[Content_Types].xml", b"</Types>",
        b'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="%b"/></Types>' % kind,
    )  # fmt: skip
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet2.xml", b"<sst>" + b"<si/>" * 10_000_000 + b"</sst>")
    with pytest.raises(TooLarge):
        api.guess_columns(path, "xlsx")


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04nonsense", b"<html></html>"])
def test_what_is_no_workbook_is_refused(store: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.xlsx"
    path.write_bytes(content)
    with pytest.raises((InvalidInput, TooLarge)) as refused:
        api.guess_columns(path, "xlsx")
    assert refused.value.field == "file"


def test_an_older_encoding_is_read(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("县市区,数量\n德城区,3\n", encoding="gb18030")
    assert api.guess_columns(path, "csv").sample == (("德城区", "3"),)
    schema = Schema((Column("county", "text"), Column("n", "integer")))
    assert ingesting.ingest(path, "csv", schema).rows == 1


def test_codes_with_leading_zeros_stay_texts(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("code,n\n0012,1\n0340,2\n")
    assert [column.type for column in api.guess_columns(path, "csv").columns] == ["text", "integer"]


def test_headings_that_tell_of_persons_are_closed_by_the_guess(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("户主姓名,联系电话,面积\n张三,139,1.5\n")
    guess = api.guess_columns(path, "csv")
    assert [(column.personal, column.closed) for column in guess.columns] == [
        (True, True),
        (True, True),
        (False, False),
    ]


def test_json_lines(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1, "b": "x"}\nnot json\n{"a": 2.5, "b": null}\n{"b": "y", "a": 1e2}\n[1]\n')
    schema = Schema((Column("a", "decimal", decimals=1), Column("b", "text")))
    taken = ingesting.ingest(path, "jsonl", schema)
    assert taken.rows == 3
    assert [each["line"] for each in taken.refused.told] == [2, 5]


def test_a_file_without_rows_or_with_none_that_fits(store: Path, tmp_path: Path) -> None:
    schema = Schema((Column("a", "integer"), Column("b", "integer")))
    for text in ("", "a,b\n", "a,b\nx,y\nx,z\n"):
        path = tmp_path / "empty.csv"
        path.write_text(text)
        with pytest.raises(InvalidInput) as refused:
            ingesting.ingest(path, "csv", schema)
        assert refused.value.field == "file"


def test_nothing_is_rounded(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "fine.csv"
    path.write_text("a\n1.25\n1.255\n1.2500\n")
    taken = ingesting.ingest(path, "csv", Schema((Column("a", "decimal", decimals=2),)))
    assert (taken.rows, [each["line"] for each in taken.refused.told]) == (2, [3])


DAYS = ("infinity", "epoch", "2020-03-01 12:00", "2020-03-01T00:00", "0044-03-01 (BC)", "2020-02-30", "20-03-01")


@pytest.mark.parametrize("kind", ["date", "time"])
@pytest.mark.parametrize("text", [*DAYS, "2020-03-01", "2020/3/1"])
def test_only_days_are_days_and_nothing_behind_them_is_cut(store: Path, tmp_path: Path, kind: str, text: str) -> None:
    path = tmp_path / "days.csv"
    path.write_text(f"day,n\n{text},1\n2020-03-02,2\n")
    taken = ingesting.ingest(path, "csv", Schema((Column("day", kind), Column("n", "integer"))))  # type: ignore[arg-type]
    fits = text not in DAYS or (kind == "time" and text.startswith("2020-03-01"))
    assert (taken.rows, taken.refused.count) == ((2, 0) if fits else (1, 1))


def test_a_name_that_comes_late_in_json_lines_is_a_column(store: Path, tmp_path: Path) -> None:
    """What stands first in line 1,501 is shown before anything is confirmed, and is not passed over."""
    lines = [f'{{"n": {number}}}' for number in range(1_500)] + ['{"n": 1500, "late": "here"}']
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    guess = api.guess_columns(path, "jsonl")
    assert guess.headings == ("n", "late")
    schema = Schema((Column("n", "integer"), Column("late", "text")))
    taken = api.ingest(path, "jsonl", schema)
    assert taken.rows == 1_501 and not taken.refused.count
    part = storage.readable(taken.parts[0].sha256)
    with row_files.making_engine() as cursor:
        assert cursor.execute(f"FROM read_parquet('{part}') ORDER BY n DESC LIMIT 1").fetchall() == [(1500, "here")]
    with pytest.raises(InvalidInput, match="2 columns and the dataset 1"):
        api.ingest(path, "jsonl", Schema((Column("n", "integer"),)))


def test_more_names_than_columns_are_refused_whole(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f'{{"n{number}": 1}}\n' for number in range(2_000)), encoding="utf-8")
    schema = Schema(tuple(Column(f"n{number}", "integer") for number in range(500)))
    with pytest.raises(InvalidInput, match="501 columns and the dataset 500"):
        api.ingest(path, "jsonl", schema)


@pytest.mark.parametrize(("length", "refused"), [(1_000_000, 0), (1_000_001, 1), (1_900_000, 1)])
def test_both_ways_have_one_limit_for_a_cell(store: Path, tmp_path: Path, length: int, refused: int) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "x" * length + ",1\nshort,2\n", encoding="utf-8")
    taken = api.ingest(path, "csv", Schema((Column("a", "text"), Column("b", "integer"))))
    assert (taken.rows, taken.refused.count) == (2 - refused, refused)
    assert [each["reason"] for each in taken.refused.told] == [uploaded_files.CELL_TOO_LONG] * refused
