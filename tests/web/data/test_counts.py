"""Counts without rows, by page, file and program: what is not told is told nowhere."""

from __future__ import annotations

import csv
import io

import orjson

from tests.kernel.datasets.office import Office
from tests.kernel.datasets.test_disclosure import ROWS, SCHEMA
from tests.web.data.browsing import reader, text_of
from tianqu.kernel.datasets import api
from tianqu.kernel.journal.api import kept_entry

PAGE = "/data/trade.by_county/counts"
API = "/api/v1/datasets/trade.by_county/cells"


def published(office: Office) -> None:
    office.published(ROWS, schema=SCHEMA, access="cells", cells=("county", "kind"), cell_least=10)


def test_everybody_breaks_counts_down(office: Office) -> None:
    published(office)
    home = text_of(reader(), "/data/trade.by_county/")
    assert PAGE in home and "/rows" not in home
    first = text_of(reader(), PAGE)
    assert "德城区" in first and ">35<" in first and "All together" in first and ">50<" in first
    both = text_of(reader(), PAGE, group=["", "county", "kind"])
    assert both.count("not told</span>") == 4 and "Counts below 10 are not told" in both
    assert "张三" not in both and "name" not in [line for line in both.splitlines() if "form-check" in line]
    one = text_of(reader(), PAGE, group="kind", county="陵城区")
    assert "County" not in one or "陵城区" in one
    assert "kind.null" not in one and "Take away" in one
    assert ">50<" in text_of(reader(), PAGE, group="")
    assert "计数" in text_of(reader(language="zh-hans"), PAGE) and "All together" not in text_of(
        reader(language="zh-hans"), PAGE
    )


def test_an_old_version_keeps_its_counts(office: Office) -> None:
    published(office)
    assert ">50<" in text_of(reader(), "/data/trade.by_county/v1/counts")
    assert reader().get("/data/trade.by_county/v2/counts").status_code == 404


def test_the_file_and_the_program_say_the_same(office: Office) -> None:
    published(office)
    answer = reader().get(PAGE + ".csv", {"group": "county,kind"})
    assert answer.status_code == 200 and "counts.csv" in answer["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["county", "kind", "cases"] and len(rows) == 5 and {row[2] for row in rows[1:]} == {"…"}
    told = reader().get(API, {"group": "county,kind"}).json()
    assert [[row["county"], row["kind"], row["cases"]] for row in told["rows"]] == [
        [*row[:2], None] for row in rows[1:]
    ]
    assert reader().get(API, {"group": "county"}).json()["rows"] == [
        {"county": "德城区", "cases": 15}, {"county": "陵城区", "cases": 35}
    ]  # fmt: skip
    assert reader().get(API, {"group": "kind", "county": "德城区"}).json()["rows"][0]["cases"] is None
    for query in ({"group": "name"}, {"name": "张三"}, {"measure": "sum:kind"}, {"sort": "cases"}):
        assert reader().get(API, query).status_code == 400, query
        assert reader().get(PAGE, query).status_code == 400, query


def test_a_dataset_without_counts_has_no_such_page(office: Office) -> None:
    office.published()
    for address in (PAGE, PAGE + ".csv", API):
        assert reader().get(address).status_code == 404
    assert PAGE not in text_of(reader(), "/data/trade.by_county/")


def test_counts_stay_those_of_the_columns_they_were_made_over(office: Office) -> None:
    published(office)
    dataset = api.dataset_called(office.officer, "trade.by_county")
    for cells in (("kind", "county"), ("kind",)):
        api.change_dataset(
            office.officer, dataset_id=dataset.id,
            description=office.described(access="cells", cells=cells, cell_least=10),
        )  # fmt: skip
        told = reader().get(API, {"group": "county"}).json()["rows"]
        assert told == [{"county": "德城区", "cases": 15}, {"county": "陵城区", "cases": 35}], cells


def test_a_dataset_without_rows_says_so(office: Office) -> None:
    office.dataset()
    for address in ("rows", "cells"):
        answer = reader().get(f"/api/v1/datasets/trade.by_county/{address}")
        assert answer.status_code == 404 and "no version yet" in answer.content.decode()


def test_how_many_rows_there_are_is_a_count_like_others(office: Office) -> None:
    """Of eight rows in cells from ten on no number is told, wherever one would look; its office knows it."""
    few = "\n".join(ROWS.splitlines()[:9]) + "\n"
    dataset = office.published(few, schema=SCHEMA, access="cells", cells=("county", "kind"), cell_least=10)
    address = "/api/v1/datasets/trade.by_county"
    assert reader().get(API, {"group": ""}).json()["rows"] == [{"cases": None}]
    for page in ("/data/", "/data/trade.by_county/", "/data/trade.by_county/versions"):
        assert "8 rows" not in text_of(reader(), page) and ">8<" not in text_of(reader(), page), page
    told = reader().get(address).json()
    listed = reader().get("/api/v1/datasets").json()["rows"][0]
    version = reader().get(f"{address}/versions").json()["rows"][0]
    for each in (told, told["newest"], listed, version, reader().get(f"{address}/versions/1").json()):
        assert each["rows"] is None and each["bytes"] is None
    recorded = kept_entry(f"dataset_version:{api.version_of(dataset, 1).id}")
    assert recorded is not None and recorded.body is not None
    after = orjson.loads(recorded.body)["after"]
    assert after["rows"] is None and {part["holding"]: part["rows"] for part in after["parts"]}["rows"] is None
    assert "8 rows" in text_of(reader(office.officer), "/data/trade.by_county/")


def test_of_what_file_rows_came_is_told_to_whoever_reads_them(office: Office) -> None:
    """A file's hash can be tried out, its name may say who is in it, and refused rows are rows."""
    dataset = office.published(ROWS + "x\n", schema=SCHEMA, access="cells", cells=("county", "kind"), cell_least=10)
    version = api.version_of(dataset, 1)
    assert version.refused == 1 and version.source_sha256 and version.source_name == "rows.csv"
    address, told = "/api/v1/datasets/trade.by_county", ("refused", "source_name", "source_sha256")
    for who, wanted in ((None, [None] * 3), (office.officer, [1, "rows.csv", version.source_sha256])):
        client = reader(who)
        pages = [text_of(client, page) for page in ("/data/trade.by_county/", "/data/trade.by_county/versions")]
        assert any(version.source_sha256 in page for page in pages) is bool(who)
        assert any("rows.csv" in page for page in pages) is bool(who)
        assert ("Rows refused</th><td>" in pages[1] or ">1</td>" in pages[1]) is bool(who)
        if who is None:
            bodies = [
                client.get(f"{address}/versions/1").json(), client.get(address).json()["newest"],
                client.get(f"{address}/versions").json()["rows"][0],
            ]  # fmt: skip
            assert [[body[name] for name in told] for body in bodies] == [wanted] * 3
    recorded = kept_entry(f"dataset_version:{version.id}")
    assert recorded is not None and recorded.body is not None
    assert {name: orjson.loads(recorded.body)["after"][name] for name in ("rows", "source", "refused")} == {
        "rows": None, "source": None, "refused": None
    }  # fmt: skip
