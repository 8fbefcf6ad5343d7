"""Open datasets as CSVW: each row read back equal by the csvw package, from the description alone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from csvw import CSVW

from tests.gateways.calling import door_client
from tests.gateways.open_data import OpenData, nothing_hidden
from tianqu.kernel.datasets import api as datasets

KINDS = datasets.Schema(
    (
        datasets.Column("number", "integer", "编号", "Number"),
        datasets.Column("name", "text", "名称", "Name"),
        datasets.Column("area", "decimal", "面积", "Area", decimals=4, unit="亩"),
        datasets.Column("day", "date", "日期", "Day"),
        datasets.Column("seen", "time", "时刻", "Seen"),
        datasets.Column("open", "boolean", "是否公开", "Open"),
    ),
    key=("number",),
)
TEXT = """number,name,area,day,seen,open
1,"德城区, ""东""
第二行",0.1000,2020-02-29,2020-02-29T08:30:00Z,true
-2,#注释,-12345678901234.5678,1999-12-31,,false
3,,,,,
"""


@pytest.fixture
def http(open_data: OpenData) -> Iterator[httpx.Client]:
    """A client of the door, with open data behind it."""
    with door_client() as client:
        yield client


def read(http: httpx.Client, folder: Path, code: str) -> CSVW:
    """What csvw makes of a file and of the description beside it."""
    for name in (f"{code}.csv", f"{code}.csv-metadata.json"):
        answer = http.get(f"/csvw/{name}")
        assert answer.status_code == 200 and nothing_hidden(answer.text)
        (folder / name).write_bytes(answer.content)
    return CSVW(str(folder / f"{code}.csv"), validate=True)


def rows_of(described: CSVW) -> list[dict[str, Any]]:
    (table,) = described.tables
    return [dict(row) for row in table]


def test_every_row_is_read_back_equal(http: httpx.Client, open_data: OpenData, tmp_path: Path) -> None:
    open_data.office.published(TEXT, schema=KINDS, code="land.kinds", title="各种", title_en="All kinds")
    described = read(http, tmp_path, "land.kinds")
    assert described.is_valid, [str(each.message) for each in described.warnings]
    noted = datetime.datetime(2020, 2, 29, 8, 30)
    rows = sorted(rows_of(described), key=lambda row: str(row["number"]))
    for row in rows:
        row["seen"] = row["seen"] and row["seen"].replace(tzinfo=None)
    assert rows == [
        {"number": -2, "name": "#注释", "area": Decimal("-12345678901234.5678"), "day": datetime.datetime(1999, 12, 31),
         "seen": None, "open": False},
        {"number": 1, "name": '德城区, "东"\n第二行', "area": Decimal("0.1000"), "day": datetime.datetime(2020, 2, 29),
         "seen": noted, "open": True},
        {"number": 3, "name": None, "area": None, "day": None, "seen": None, "open": None},
    ]  # fmt: skip


def test_columns_say_what_they_are(http: httpx.Client, open_data: OpenData) -> None:
    open_data.office.published(TEXT, schema=KINDS, code="land.kinds", title="各种", title_en="All kinds")
    told = http.get("/csvw/land.kinds.csv-metadata.json").json()
    assert told["tableSchema"]["primaryKey"] == ["number"]
    columns = {each["name"]: each for each in told["tableSchema"]["columns"]}
    assert columns["area"]["titles"] == {"zh": ["面积", "area"], "en": ["Area", "area"]}
    assert (columns["area"]["datatype"], columns["area"]["schema:unitText"]) == ("decimal", "亩")
    assert told["dc:title"] == [{"@language": "zh", "@value": "各种"}, {"@language": "en", "@value": "All kinds"}]


def test_closed_columns_are_in_neither(http: httpx.Client, tmp_path: Path) -> None:
    described = read(http, tmp_path, "trade.by_county")
    assert described.is_valid
    assert [list(row) for row in rows_of(described)] == [["county", "day", "amount", "firms"]] * 4


def test_a_description_that_does_not_fit_is_found(http: httpx.Client, tmp_path: Path) -> None:
    read(http, tmp_path, "trade.years")
    path = tmp_path / "trade.years.csv-metadata.json"
    path.write_text(path.read_text().replace('"decimal"', '"date"'))
    with pytest.raises(UserWarning, match="Invalid column value"):
        assert CSVW(str(tmp_path / "trade.years.csv"), validate=True).is_valid


def test_the_file_leads_to_its_description(http: httpx.Client) -> None:
    answer = http.head("/csvw/trade.years.csv")
    told = '</csvw/trade.years.csv-metadata.json>; rel="describedby"; type="application/csvm+json"'
    assert answer.headers["Link"] == told
    assert http.get("/csvw/trade.years.csv-metadata.json").headers["Content-Type"] == "application/csvm+json"


def test_what_is_not_open_is_not_there(http: httpx.Client) -> None:
    for code in ("secret_closed", "secret_shared", "secret_cells", "secret_gone", "secret_empty", "none"):
        for rest in (".csv", ".csv-metadata.json"):
            assert http.get(f"/csvw/trade.{code}{rest}").status_code == 404
    assert http.post("/csvw/trade.years.csv").status_code == 405
