"""Datasets over HTTP: the catalogue, rows and groups, one row with its part, files both ways, and what stays closed."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.kernel.datasets.conftest import office, store
from tests.kernel.datasets.office import COLUMNS, ROWS, Office
from tests.web.api.calling import ANYONE, BASE, Caller, caller
from tianqu.kernel.datasets import api

__all__ = ["office", "store"]
TRADE = "/datasets/trade.by_county"
NEW = {"code": "trade.new", "title": "新表", "title_en": "New table", "domain": "industry", "unit": "c1.housing"}


def test_the_catalogue_with_facets(office: Office) -> None:
    office.published()
    told = ANYONE.read("/datasets", q="贸易", facets="true")
    assert told["total"] == 1 and told["next"] is None
    assert told["rows"][0]["code"] == "trade.by_county" and told["rows"][0]["unit"] == "c1.housing"
    assert told["facets"]["domain"] == [{"value": "industry", "count": 1}]
    assert ANYONE.read("/datasets", q="nothing")["rows"] == []


def test_the_catalogue_page_by_page(office: Office) -> None:
    for n in range(5):
        office.dataset(code=f"trade.d{n}", title_en=f"T{n}")
    seen, after = [], None
    while True:
        page = ANYONE.read("/datasets", sort="code", limit=2, **({"after": after} if after else {}))
        seen += [row["code"] for row in page["rows"]]
        after = page["next"]
        if not after:
            break
    assert seen == [f"trade.d{n}" for n in range(5)]


def test_what_was_never_published_comes_last(office: Office) -> None:
    office.published(code="trade.first")
    office.published(code="trade.second")
    for code in ("trade.never", "trade.later"):  # described last of all, and without a version
        office.dataset(code=code)
    expected = ["trade.second", "trade.first", "trade.later", "trade.never"]
    assert [row["code"] for row in ANYONE.read("/datasets", sort="newest")["rows"]] == expected
    assert [row["code"] for row in ANYONE.read("/datasets")["rows"]] == expected
    first = ANYONE.read("/datasets", sort="newest", limit=3)
    second = ANYONE.read("/datasets", sort="newest", limit=3, after=first["next"])
    assert [row["code"] for row in (*first["rows"], *second["rows"])] == expected


def test_a_taken_code_tells_of_a_hidden_dataset_that_it_exists_and_no_more(office: Office) -> None:
    hidden = office.dataset(code="secret.list", access="closed", title="机密名录", title_en="Hidden list")
    other = caller(office.other)
    assert other.get("/datasets/secret.list").status_code == 404
    new = NEW | {"code": "secret.list", "unit": "c2.housing"}
    for code, said in (("secret.list", "has this code"), ("secret_list", "has this code but for")):
        answer = other.post("/datasets", new | {"code": code})
        assert answer.status_code == 409
        fault = answer.json()
        assert (fault["field"], fault["value"]) == ("code", None) and said in fault["detail"] and fault["remedy"]
        told = answer.content.decode()
        for secret in (str(hidden.id), "机密", "Hidden", "c1.housing", "德城区住建局", "closed", "duplicate"):
            assert secret not in told, secret
    assert ANYONE.post("/datasets", new).status_code == 401  # and only officials who describe datasets are told


def test_one_dataset_with_its_newest_version(office: Office) -> None:
    office.published()
    told = ANYONE.read(TRADE)
    assert told["rows_open"] and told["newest"]["number"] == 1
    assert [column["name"] for column in told["newest"]["columns"]] == ["county", "day", "amount", "firms"]
    assert told["newest"]["columns"][2]["statistics"]["greatest"] == "10.00"
    assert ANYONE.read(f"{TRADE}/versions")["rows"][0]["rows"] == 4
    assert ANYONE.read(f"{TRADE}/versions/1")["parts"] == told["newest"]["parts"]


def test_rows_and_groups_are_exact(office: Office) -> None:
    office.published()
    answer = ANYONE.get(f"{TRADE}/rows", **{"county": "德城区", "amount.ge": "2"})
    assert answer.status_code == 200 and b'"amount":2.25' in answer.content
    assert answer.json()["rows"] == [{"county": "德城区", "day": "2020-02-01", "amount": 2.25, "firms": 4}]
    groups = ANYONE.read(f"{TRADE}/groups", group="county", measure="count,sum:amount", sort="-count")
    assert groups["rows"][0] == {"county": "德城区", "count": 2, "sum_amount": 3.75}
    either = Client().get(f"{BASE}{TRADE}/rows?county=德城区&county=乐陵市&columns=firms").json()
    assert [row["firms"] for row in either["rows"]] == [3, 4, 2]


def test_one_row_and_its_part(office: Office) -> None:
    office.published()
    told = ANYONE.read(f"{TRADE}/rows/2")
    assert told["row"]["county"] == "陵城区" and told["place"] == 2
    answer = ANYONE.get(f"{TRADE}/parts/{told['part']}")
    assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == told["part"]


@pytest.mark.parametrize(
    ("place", "query", "status"),
    [
        ("rows", {"nothing": "1"}, 400), ("rows", {"amount.ge": "x"}, 400), ("rows", {"limit": "0"}, 422),
        ("rows", {"group": "county"}, 400), ("rows", {"q": "x"}, 400), ("rows", {"after": "%%"}, 400),
        ("groups", {"measure": "median:amount"}, 400), ("groups", {"group": "manager"}, 400),
        ("rows", {"version": "9"}, 404), ("export.exe", {}, 404), ("rows/99", {}, 404), ("parts/" + "0" * 64, {}, 404),
        ("versions/9", {}, 404), ("rows", {"manager": "张三"}, 400), ("export.csv", {"columns": "manager"}, 400),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_a_problem(office: Office, place: str, query: dict[str, str], status: int) -> None:
    office.published()
    answer = ANYONE.get(f"{TRADE}/{place}", **query)
    assert answer.status_code in ((status, 422) if place == "export.exe" else (status,)), answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert "张三" not in answer.content.decode() or "张三" in query.values()


def test_a_closed_dataset_is_nowhere(office: Office) -> None:
    dataset = office.published(access="closed")
    part = api.versions_of(dataset)[0].manifest["parts"][0]["sha256"]
    for who in (ANYONE, caller(office.other)):
        assert who.read("/datasets", facets="true") == {
            "rows": [], "next": None, "total": 0, "facets": {"domain": [], "unit": [], "access": []}
        }  # fmt: skip
        for place in ("", "/versions", "/versions/1", "/rows", "/groups", "/rows/0", "/export.csv", f"/parts/{part}"):
            assert who.get(f"{TRADE}{place}").status_code == 404, place
    assert caller(office.officer).read(f"{TRADE}/rows")["rows"][0]["manager"] == "张三"


def test_describe_change_and_take_back(office: Office) -> None:
    who = caller(office.officer)
    first = who.post("/datasets", NEW, **{"Idempotency-Key": "one"})
    again = who.post("/datasets", NEW, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code) == (201, 201), first.content
    assert again["Idempotent-Replayed"] == "true"
    seen = first.json()["changed_at"]
    body = {name: value for name, value in NEW.items() if name != "code"} | {"title_en": "Newer"}
    assert put(who, "/datasets/trade.new", body | {"seen": seen}).json()["title_en"] == "Newer"
    assert put(who, "/datasets/trade.new", body | {"seen": seen}).status_code == 409
    assert put(caller(office.other), "/datasets/trade.new", body).status_code == 404
    assert who.done("/datasets/trade.new/withdraw", {"reason": "另有新表"})["withdrawn"]
    assert ANYONE.post("/datasets", NEW).status_code == 401
    assert caller(office.other).post("/datasets", NEW | {"code": "trade.x"}).status_code == 403
    assert who.post("/datasets", NEW | {"code": "Bad Code"}).status_code == 400


def put(who: Caller, address: str, body: dict[str, Any]) -> Any:
    return Client(headers=who.headers).put(f"{BASE}{address}", orjson.dumps(body), content_type="application/json")


def send(who: Caller, text: str, **more: str) -> Any:
    file = SimpleUploadedFile("rows.csv", text.encode(), "text/csv")
    return Client(headers=who.headers).post(f"{BASE}{TRADE}/files", {"file": file, **more})


def test_a_file_is_guessed_then_published_once(office: Office) -> None:
    office.dataset()
    who = caller(office.officer)
    guessed = send(who, ROWS)
    assert guessed.status_code == 200 and guessed.json()["version"] is None
    columns = guessed.json()["columns"]
    assert [column["type"] for column in columns] == ["text", "date", "decimal", "integer", "text"]
    assert columns[4]["personal"] and columns[4]["closed"]
    schema = orjson.dumps(
        {"columns": [{n: c[n] for n in ("name", "type", "decimals", "personal", "closed")} for c in columns]}
    )
    told = send(who, ROWS + "坏行,1\n夏津县,2020-13-01,3,9,钱七\n", schema=schema.decode(), expected_version="0")
    assert told.status_code == 201, told.content
    assert told.json()["version"]["number"] == 1 and told.json()["refused"] == 2
    assert [row["line"] for row in told.json()["report"]] == [6, 7]
    assert send(who, ROWS, schema=schema.decode(), expected_version="0").status_code == 409


@pytest.mark.parametrize(
    "schema", ["x", "[]", "{}", '{"columns": [{"name": "a"}]}', '{"columns": [{"name":"A","type":"text"}]}']
)
def test_a_schema_that_is_none(office: Office, schema: str) -> None:
    office.dataset()
    answer = send(caller(office.officer), ROWS, schema=schema)
    assert answer.status_code == 400 and answer.json()["code"], answer.content
    assert len(COLUMNS) == 5


def test_nobody_else_loads_a_file(office: Office) -> None:
    office.dataset()
    assert send(ANYONE, ROWS).status_code == 401
    assert send(caller(office.other), ROWS).status_code == 403


def test_a_statement_is_answered_to_who_may_ask(office: Office) -> None:
    office.published()
    body = {"datasets": ["trade.by_county"], "sql": "SELECT county, sum(amount) AS a FROM trade_by_county GROUP BY 1"}
    who = caller(office.officer)
    told = who.done("/sql", body | {"sql": body["sql"] + " ORDER BY 2"})
    assert told == {
        "names": ["county", "a"], "more": False, "rows": [["德城区", 3.75], ["陵城区", 10.0], ["乐陵市", None]]
    }  # fmt: skip
    odd = "SELECT 170141183460469231731687303715884105727, INTERVAL 1 DAY, uuid()::TEXT IS NULL, 'nan'::DOUBLE"
    assert who.post("/sql", body | {"sql": odd}).json()["rows"][0][2:] == [False, None]
    assert who.done("/sql", body | {"sql": "SELECT [1, 2]"})["rows"] == [["[1, 2]"]]
    assert ANYONE.post("/sql", body).status_code == 401
    assert caller(office.officer, "datasets.upload").post("/sql", body).status_code == 403
    for sql, datasets, status in (
        ("SELECT * FROM read_text('/etc/passwd')", body["datasets"], 400), ("SELECT 1", ["no.such"], 404),
        ("SELECT 1", [], 422), ("", body["datasets"], 422), ("DROP VIEW trade_by_county", body["datasets"], 400),
    ):  # fmt: skip
        answer = who.post("/sql", {"sql": sql, "datasets": datasets})
        assert answer.status_code == status, answer.content
    assert who.done("/sql", body | {"sql": "SELECT count(*) FROM trade_by_county"})["rows"] == [[4]]
