"""The pages of one dataset: its statistics, plot and lineage; rows by every condition; old versions; scope."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
from typing import Any

import orjson
import pytest
from openpyxl import load_workbook

from tests.kernel.datasets.office import COLUMNS, ROWS, Office
from tests.web.data.browsing import reader, statements, text_of
from tianqu.base.errors import TooLarge
from tianqu.kernel.datasets import api
from tianqu.kernel.datasets.models import Version
from tianqu.kernel.journal.api import Scope, seeing
from tianqu.web.data import sending

HOME = "/data/trade.by_county/"
LATER = ROWS + "夏津县,2020-04-01,3,9,钱七\n坏行,1\n平原县,2020-13-01,3,9,孙八\n"


def test_the_page_tells_what_a_dataset_is(office: Office) -> None:
    office.published()
    page = text_of(reader(), HOME)
    for told in ("Trade by county", "County", "万元", "2020-03-01", "德城区", "BibTeX", "@misc{", "/export.parquet"):
        assert told in page or told == "BibTeX", told
    option = orjson.loads(re.search(r'<script id="plot-option"[^>]*>(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    assert option["xAxis"]["data"] == ["2020-01-01", "2020-02-01", "2020-03-01"]
    assert [point["value"] for point in option["series"][0]["data"]] == [2, 1, 1]
    assert "张三" not in page and "manager" not in page and "1 further column is closed" in page
    assert "<svg" in page and "style=" not in page


def test_the_page_is_whole_in_chinese(office: Office) -> None:
    office.published()
    page = text_of(reader(language="zh-hans"), HOME)
    assert "分县贸易额" in page and "前几行" in page and "First rows" not in page and "Download" not in page


def test_its_office_sees_the_closed_column(office: Office) -> None:
    office.published()
    assert "张三" in text_of(reader(office.officer), HOME + "rows", columns="manager")
    for who in (None, office.other):
        assert reader(who).get(HOME + "rows", {"columns": "manager"}).status_code == 400
        assert reader(who).get(HOME + "rows", {"manager": "张三"}).status_code == 400


@pytest.mark.parametrize(
    ("query", "rows", "missing"),
    [
        ("county=德城区", ["2020-02-01"], ["2020-03-01"]), ("amount.ge=2&amount.le=5", ["2.25"], ["10.00"]),
        ("county.contains=陵&amount.ge=&sort=", ["10.00"], ["2.25"]), ("amount.null=1", ["2020-03-01"], ["10.00"]),
        ("columns=day&columns=county&sort=-day", ["2020-03-01"], ["10.00"]),
        ("group=county&measure=sum:amount&sort=-sum_amount", ["3.75", "10.00"], []),
        ("group=day", ["2020-01-01"], []),
    ],
)  # fmt: skip
def test_rows_by_conditions(office: Office, query: str, rows: list[str], missing: list[str]) -> None:
    office.published()
    page = reader().get(f"{HOME}rows?{query}").content.decode()
    table = page[page.index("data-rows") :]
    assert all(f">{row}<" in table for row in rows)
    assert not any(f">{row}<" in table for row in missing)


def test_a_form_sent_untouched_shows_all_rows(office: Office) -> None:
    office.published()
    page = text_of(reader(), HOME + "rows")
    names = set(re.findall(r'<(?:input|select)[^>]* name="([^"]+)"', page[page.index('class="filters"') :]))
    untouched = "&".join(f"{name}=" for name in names if name != "columns")
    assert ">10.00<" in reader().get(f"{HOME}rows?{untouched}").content.decode()


def test_pages_lead_there_and_back(office: Office) -> None:
    rows = "n\n" + "".join(f"{n}\n" for n in range(130))
    office.published(rows, schema=api.Schema((api.Column("n", "integer"),)))
    client, address, seen = reader(), f"{HOME}rows?sort=-n", []
    back: list[str] = []
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'<td class="figure">(\d+)</td>', page)
        back.append(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = html.unescape(following[1]) if following else ""
    assert seen == [str(n) for n in range(129, -1, -1)]
    for earlier in (1, 0):
        address = html.unescape(re.search(r'rel="prev" href="([^"]+)"', back[earlier + 1])[1])  # type: ignore[index]
        told = re.findall(r'<td class="figure">(\d+)</td>', client.get(address).content.decode())
        assert told == re.findall(r'<td class="figure">(\d+)</td>', back[earlier])


@pytest.mark.parametrize(
    "query",
    [
        "nothing=1", "amount.ge=ten", "amount.like=1", "group=x", "measure=median:amount", "measure=sum:county",
        "limit=0000000019999", "version=" + "1" * 5000,
        "sort=amount;DROP", "limit=100000", "limit=-1", "after=%%%", "after=W10", "day=2020-02-30", "columns=%22x%22",
        "amount=NaN", "amount=1e999999", "county=" + "x" * 2000, "day.ge=%00", "county.contains=x&county.like=y",
    ],
)  # fmt: skip
def test_hostile_questions_are_refused_in_words(office: Office, query: str) -> None:
    office.published()
    for place in ("rows", "export.csv"):
        answer = reader().get(f"{HOME}{place}?{query}")
        without = query.startswith(("limit", "after", "version"))
        assert answer.status_code == 400 or (answer.status_code == 200 and without), query


@pytest.mark.parametrize("text", ["'; DROP TABLE x; --", '"', "<script>alert(1)</script>", "%", "\\", "${1}"])
def test_hostile_values_are_values(office: Office, text: str) -> None:
    office.published()
    answer = reader().get(HOME + "rows", {"county.contains": text})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode() and "No row meets" in answer.content.decode()


def test_one_row_is_proven_by_its_part(office: Office) -> None:
    office.published()
    page = text_of(reader(), HOME + "v1/rows/2")
    digest = re.search(r"parts/([0-9a-f]{64})", page)[1]  # type: ignore[index]
    assert "陵城区" in page and "Row within the part, from 0" in page
    content = b"".join(reader().get(f"{HOME}parts/{digest}").streaming_content)  # type: ignore[attr-defined]
    assert hashlib.sha256(content).hexdigest() == digest
    for beyond in ("4", str(2**63), "99999999999999999999999"):
        assert reader().get(f"{HOME}v1/rows/{beyond}").status_code == 404


def test_a_part_by_ranges(office: Office) -> None:
    dataset = office.published()
    part = next(each for each in api.versions_of(dataset)[0].manifest["parts"] if each["audience"] == "open")
    address = f"{HOME}parts/{part['sha256']}"
    whole = _content(reader().get(address))
    for asked, expected in (("bytes=0-3", whole[:4]), ("bytes=4-", whole[4:]), ("bytes=-4", whole[-4:])):
        answer = reader().get(address, headers={"Range": asked})
        assert answer.status_code == 206 and _content(answer) == expected
    assert reader().get(address, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert reader().get(address, headers={"If-None-Match": f'"{part["sha256"]}"'}).status_code == 304


def _content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_no_part_of_another_audience_or_dataset_is_given(office: Office) -> None:
    dataset = office.published()
    office.published(code="trade.hidden", access="closed")
    whole = next(each for each in api.versions_of(dataset)[0].manifest["parts"] if each["audience"] == "whole")
    for who in (None, office.other):
        assert reader(who).get(f"{HOME}parts/{whole['sha256']}").status_code == 404
        for place in ("", "rows", "v1/", "v1/rows/0", "versions", "export.csv", f"parts/{whole['sha256']}"):
            assert reader(who).get(f"/data/trade.hidden/{place}").status_code == 404, place
    assert reader(office.officer).get(f"{HOME}parts/{whole['sha256']}").status_code == 200
    assert reader().get(f"{HOME}parts/{'0' * 64}").status_code == 404


def test_rows_of_cells_stay_with_the_office(office: Office) -> None:
    office.published(access="cells", cells=("county",))
    page = text_of(reader(), HOME)
    assert "Everybody is told counts" in page and "2.25" not in page and "export.csv" not in page
    for place in ("rows", "v1/rows/0", "export.csv"):
        assert reader().get(HOME + place).status_code in (302, 403)
    assert "2.25" in text_of(reader(office.officer), HOME + "rows")


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_just_what_is_shown_is_exported(office: Office, form: str) -> None:
    office.published()
    answer = reader().get(f"{HOME}export.{form}", {"county": "德城区", "columns": "day,amount"})
    content = _content(answer)
    assert answer.status_code == 200 and content
    if form == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert rows == [["day", "amount"], ["2020-01-01", "1.50"], ["2020-02-01", "2.25"]]
    groups = reader().get(f"{HOME}export.csv", {"group": "county", "measure": "sum:amount"})
    assert "德城区,3.75" in _content(groups).decode()
    assert reader().get(f"{HOME}export.exe").status_code == 400


def test_old_versions_stay_and_are_compared(office: Office) -> None:
    dataset = office.published()
    api.load_version(
        office.officer, dataset_id=dataset.id, path=office.file(LATER), schema=api.Schema(COLUMNS), note="四月补充"
    )
    page = text_of(reader(), HOME)
    assert "四月补充" in page and "Refused rows" in page and "孙八" not in page
    old = text_of(reader(), HOME + "v1/")
    assert "This is an old version" in old
    compared = text_of(reader(), HOME + "versions", before="1", after="2")
    assert "(+1)" in compared
    assert "夏津县" not in text_of(reader(), HOME + "v1/rows") and "夏津县" in text_of(reader(), HOME + "rows")
    assert reader().get(HOME + "v9/").status_code == 404
    assert reader().get(HOME + "versions", {"before": "x"}).status_code == 404


def test_a_file_of_too_many_groups_does_not_seem_whole(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.published()
    monkeypatch.setattr(sending, "PAGE_MAX", 1)
    monkeypatch.setattr(sending, "GROUPS_MAX", 2)
    answer: Any = reader().get(f"{HOME}export.csv", {"group": "county"})
    with pytest.raises(TooLarge):
        b"".join(answer.streaming_content)
    monkeypatch.setattr(sending, "GROUPS_MAX", 3)
    assert _content(reader().get(f"{HOME}export.csv", {"group": "county"})).decode().count("\n") == 4


def test_a_part_that_is_not_for_a_reader_costs_the_same_among_many_versions(office: Office) -> None:
    dataset = office.published()
    with seeing(Scope(everything=True)):
        manifest = Version.objects.get(dataset=dataset).manifest
    (whole,) = [part["sha256"] for part in manifest["parts"] if part["audience"] == "whole"]
    answer, once = statements(reader(), f"{HOME}parts/{whole}")
    assert answer.status_code == 404
    for _more in range(3):
        api.load_version(office.officer, dataset_id=dataset.id, path=office.file(ROWS), schema=api.Schema(COLUMNS))
    assert statements(reader(), f"{HOME}parts/{whole}")[1] == once


def test_a_workbook_is_made_of_rows_with_characters_that_it_cannot_hold(office: Office) -> None:
    office.published(ROWS.replace("德城区,2020-01", "德\x0b城区,2020-01"))
    answer = reader().get(f"{HOME}export.xlsx")
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(_content(answer))).active
    assert sheet is not None and sheet["A2"].value == "德\ufffd城区"
    assert "德\x0b城区" in _content(reader().get(f"{HOME}export.csv")).decode()


def test_the_page_stands_the_last_moment_and_the_smallest_number(office: Office) -> None:
    days = "\n".join(f"19{n}-01-01 00:00:00,0.0000001" for n in range(10, 40))
    schema = api.Schema((api.Column("until", "time"), api.Column("share", "decimal", decimals=7)))
    office.published(f"until,share\n{days}\n9999-12-31 23:59:59.999999,0.0000000\n", schema=schema)
    for page in (text_of(reader(), HOME), text_of(reader(), HOME + "rows"), text_of(reader(), HOME + "v1/rows/0")):
        assert "0.0000001" in page and "E-7" not in page
    statistics = reader().get("/api/v1/datasets/trade.by_county").json()["newest"]["columns"][1]["statistics"]
    assert (statistics["least"], statistics["greatest"]) == ("0.0000000", "0.0000001")
