"""The check finds what the official schema lets pass, says where, and lets pass what is sound."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.gateways.ocds.standard import SCHEMA, faults
from tianqu.base.errors import InvalidInput
from tianqu.gateways.ocds.check import check_bytes, check_package
from tianqu.gateways.ocds.shape import CODES, NEEDED, SAID_IN_LANGUAGES, SHAPES
from tianqu.project.cli import app

MONEY = {"amount": Decimal("5000.50"), "currency": "CNY"}
TERM = {"startDate": "2021-06-01T00:00:00+08:00", "endDate": "2031-05-31T23:59:59+08:00"}
PLOT = {"id": "p1", "description": "耕地", "quantity": Decimal("12.3456"), "unit": {"name": "亩"}}
BUYER, LESSEE = {"id": "v1", "name": "王庄村"}, {"id": "l1", "name": "李某"}
SOUND: dict[str, Any] = {
    "uri": "https://example.org/ocds/1", "version": "1.1", "publishedDate": "2022-01-02T00:00:00+08:00",
    "publisher": {"name": "德州市"}, "license": "https://creativecommons.org/licenses/by/4.0/",
    "links": {"next": "https://example.org/ocds/2"},
    "releases": [
        {
            "ocid": "ocds-tianqu-7", "id": "7-1", "date": "2022-01-01T00:00:00+08:00",
            "tag": ["tender", "award", "contract", "implementation"], "initiationType": "tender", "language": "zh",
            "parties": [
                BUYER | {"roles": ["buyer", "procuringEntity", "payee"]}, LESSEE | {"roles": ["supplier", "payer"]},
            ],
            "buyer": BUYER,
            "tender": {"id": "t", "title": "出租", "title_en": "Lease", "procuringEntity": BUYER, "items": [PLOT]},
            "awards": [{"id": "a", "status": "active", "suppliers": [LESSEE], "value": MONEY, "items": [PLOT]}],
            "contracts": [
                {
                    "id": "c", "awardID": "a", "status": "active", "period": TERM, "value": MONEY, "items": [PLOT],
                    "dateSigned": "2021-05-30T00:00:00+08:00",
                    "documents": [{"id": "d", "datePublished": "2021-06-01T00:00:00Z", "url": "https://example.org/d"}],
                    "milestones": [{"id": "m", "status": "met", "dateMet": "2021-06-01T00:00:00+08:00"}],
                    "amendments": [{"id": "x", "releaseID": "7-1", "amendsReleaseID": "7-0"}],
                    "implementation": {
                        "transactions": [
                            {"id": "1", "value": MONEY, "payer": LESSEE, "payee": BUYER, "date": "2021-06-01T00:00:00Z"}
                        ]
                    },
                }
            ],
        }
    ],
}  # fmt: skip
RELEASE, CONTRACT = "/releases/0", "/releases/0/contracts/0"
PAID = f"{CONTRACT}/implementation/transactions/0"
ANOTHER_PLOT = {"id": "p2"}
LATE = "2023-01-01T00:00:00Z"
# Each: where something else is put, what, and where the check finds the fault. ("": at the same place.)
BREAKS: list[tuple[str, Any, str]] = [
    ("/releases/0/buyer/id", "v2", ""),
    ("/releases/0/tender/procuringEntity/id", "nobody", ""),
    ("/releases/0/awards/0/suppliers/0/id", "l2", ""),
    (f"{PAID}/payer/id", "l2", ""),
    (f"{PAID}/payee/name", "别的村", ""),
    ("/releases/0/parties/1/roles", ["payer"], "/releases/0/awards/0/suppliers/0"),
    (f"{CONTRACT}/awardID", "b", ""),
    (f"{CONTRACT}/items", [ANOTHER_PLOT], f"{CONTRACT}/items/0/id"),
    ("/releases/0/awards/0/items", [ANOTHER_PLOT], "/releases/0/awards/0/items/0/id"),
    (f"{CONTRACT}/value/amount", -1, ""),
    (f"{CONTRACT}/value/amount", Decimal("0.30000000000000004"), ""),
    (f"{CONTRACT}/value/amount", True, ""),
    (f"{CONTRACT}/value/amount", "5000", ""),
    (f"{CONTRACT}/value/amount", 10**30, ""),
    (f"{CONTRACT}/value/amount", Decimal("5000.49"), f"{PAID}/value/amount"),  # less than was paid
    (f"{CONTRACT}/value/currency", "RMB", ""),
    (f"{CONTRACT}/value/currency", None, ""),
    (f"{CONTRACT}/items/0/quantity", Decimal("-0.0001"), ""),
    (f"{CONTRACT}/period/endDate", "2020-01-01T00:00:00+08:00", ""),
    (f"{CONTRACT}/period/maxExtentDate", "2030-01-01T00:00:00+08:00", ""),
    (f"{CONTRACT}/period/durationInDays", 30, ""),
    (f"{CONTRACT}/period/durationInDays", -1, ""),
    (f"{CONTRACT}/period/startDate", "2021-02-30T00:00:00+08:00", ""),
    (f"{CONTRACT}/period/startDate", "2021-06-01T24:00:00+08:00", ""),
    (f"{CONTRACT}/period/startDate", "2021-06-01T00:00:00", ""),  # of no time zone
    (f"{CONTRACT}/period/startDate", "2021-06-01", ""),
    (f"{CONTRACT}/period/startDate", 20210601, ""),
    (f"{CONTRACT}/dateSigned", LATE, ""),
    (f"{PAID}/date", LATE, ""),
    (f"{CONTRACT}/milestones/0/dateMet", LATE, ""),
    (f"{CONTRACT}/milestones/0/status", "scheduled", f"{CONTRACT}/milestones/0/dateMet"),
    (f"{CONTRACT}/documents/0/dateModified", "2021-05-01T00:00:00Z", ""),
    (f"{CONTRACT}/documents/0/url", "example.org/d", ""),
    (f"{CONTRACT}/documents/0/url", "https:///d", ""),
    (f"{CONTRACT}/amendments/0/amendsReleaseID", "7-1", ""),
    (f"{CONTRACT}/status", "cancelled", f"{CONTRACT}/dateSigned"),
    ("/releases/0/awards/0/status", "cancelled", f"{CONTRACT}/status"),
    (f"{CONTRACT}/status", "laufend", ""),
    (f"{CONTRACT}/documents", [{"id": "d"}, {"id": "d"}], f"{CONTRACT}/documents/1/id"),
    (f"{CONTRACT}/documents", [{"id": 7}, {"id": "7"}], f"{CONTRACT}/documents/1/id"),
    (f"{CONTRACT}/items", [], ""),
    (f"{CONTRACT}/a~0b~1c", 1, ""),  # a field that there is not, whose name needs escaping
    (f"{CONTRACT}/titel", "出租", ""),
    ("/releases/0/tender/title_en", 7, ""),
    ("/releases/0/tender/id", None, ""),
    ("/releases/0/tender", [], ""),
    ("/releases/0/awards", {}, ""),
    ("/releases/0/ocid", "ocds-others-7", ""),
    ("/releases/0/ocid", "7", ""),
    ("/releases/0/id", "7#1", ""),
    ("/releases/0/date", "2022-01-03T00:00:00+08:00", ""),
    ("/releases/0/tag", ["planning", "planning"], "/releases/0/tag/1"),
    ("/releases/0/tag", ["compiled"], ""),
    ("/releases/0/contracts", [], "/releases/0/tag/2"),
    ("/releases/0/parties/1/id", "v1", ""),
    ("/links/next", "https://example.org/ocds/1", ""),
    ("/version", "1.0", ""),
    ("/publisher/name", "", ""),
    ("/releases", [], ""),
]


def copied(value: Any) -> Any:
    """A copy of which no part is another part, too."""
    if isinstance(value, dict):
        return {name: copied(each) for name, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


def broken(pointer: str, value: Any) -> dict[str, Any]:
    """The sound package with something else at one place."""
    package = copied(SOUND)
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("/").split("/")]
    owner: Any = package
    for part in path:
        owner = owner[int(part)] if isinstance(owner, list) else owner[part]
    owner[int(last) if isinstance(owner, list) else last] = value
    return package


def written(package: Any) -> bytes:
    return json.dumps(package, default=lambda value: float(value), ensure_ascii=False).encode()


def test_what_is_sound_passes() -> None:
    assert check_package(SOUND, prefix="ocds-tianqu") == []
    assert faults(json.loads(written(SOUND))) == []


@pytest.mark.parametrize(("pointer", "value", "found"), BREAKS, ids=[f"{at}={value}" for at, value, _found in BREAKS])
def test_each_fault_is_found_at_its_place(pointer: str, value: Any, found: str) -> None:
    told = check_package(broken(pointer, value), prefix="ocds-tianqu")
    assert (found or pointer) in {one.field for one in told}
    assert all(str(one) and one.remedy for one in told)


def test_many_of_them_pass_the_official_schema() -> None:
    passed = [pointer for pointer, value, _found in BREAKS if faults(json.loads(written(broken(pointer, value)))) == []]
    assert len(passed) > 25


def test_whatever_the_schema_refuses_is_found_here_too() -> None:
    for pointer, value, _found in BREAKS:
        package = broken(pointer, value)
        if faults(json.loads(written(package))):
            assert check_package(package)


def test_releases_of_one_process_have_ids_of_their_own() -> None:
    package = copied(SOUND)
    package["releases"].append(copied(package["releases"][0]) | {"language": "en"})
    assert [one.field for one in check_package(package)] == ["/releases/1/id"]
    package["releases"][1]["ocid"] = "ocds-tianqu-8"
    assert check_package(package) == []


def test_an_award_of_another_release_of_the_process_counts() -> None:
    package = copied(SOUND)
    later = copied(package["releases"][0]) | {"id": "7-2", "tag": ["contractUpdate"]}
    del later["awards"]
    package["releases"].append(later)
    assert check_package(package) == []
    later["ocid"] = "ocds-tianqu-8"
    assert [one.field for one in check_package(package)] == ["/releases/1/contracts/0/awardID"]


def test_a_field_of_a_declared_extension_passes() -> None:
    package = broken(f"{CONTRACT}/surveillanceMechanisms", ["x"])
    assert check_package(package)
    assert (
        check_package(package | {"extensions": ["https://example.org/ocds_contract_surveillance/extension.json"]}) == []
    )


def test_records_hold_their_own_releases() -> None:
    head = {name: value for name, value in SOUND.items() if name not in ("releases", "links")}
    release = SOUND["releases"][0]
    compiled = release | {"id": "7-compiled", "tag": ["compiled"]}
    record = {"ocid": "ocds-tianqu-7", "releases": [release], "compiledRelease": compiled}
    assert check_package(head | {"records": [record]}) == []
    linked = [{"url": "https://example.org/r#7-1", "date": release["date"], "tag": ["contract"]}]
    assert check_package(head | {"records": [record | {"releases": linked}]}) == []
    wrong = record | {"ocid": "ocds-tianqu-8", "compiledRelease": release}
    pointers = {one.field for one in check_package(head | {"records": [wrong, wrong]})}
    assert pointers >= {"/records/0/releases/0/ocid", "/records/0/compiledRelease/tag", "/records/1/ocid"}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\xfe", b"null", b"7", b'"x"', b"[]", b"[" * 100_000, b'{"a":1,"a":2}', b'{"uri":NaN}',
        b'{"n":' + b"9" * 5000 + b"}", b'{"releases":[1,null,"x",[]]}', b'{"records":{"a":1}}', b'{"releases":[{}]}',
        b'{"releases":[{"parties":[[]],"awards":[7],"contracts":[{"implementation":{"transactions":[0]}}],"tag":[{}]}]}',
        b'{"releases":[{"ocid":1e999999999,"date":1e999999999,"contracts":[{"value":{"amount":1e999999999}}]}]}',
        b'{"uri":["\\ud800"]}', b'{"\\udc00\\ud800":1}',
    ],
    ids=range(18),
)  # fmt: skip
def test_whatever_is_sent_is_refused_and_never_breaks_it(content: bytes) -> None:
    found = check_bytes(content)
    assert found
    assert all(isinstance(one, InvalidInput) and one.field.startswith("/") for one in found)
    assert all(f"{one.field} {one} {one.value}".encode() for one in found)  # and can be told


NAMES = sorted({name for shape in SHAPES.values() for name in shape})
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=8) | st.sampled_from(["CNY", LATE]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=30,
)


@given(anything, st.sampled_from([pointer for pointer, _value, _found in BREAKS if "~" not in pointer]))
def test_anything_anywhere_is_looked_at(value: Any, pointer: str) -> None:
    for one in check_package(broken(pointer, value)):
        assert str(one) and one.field.startswith("/")
    check_package(value)


def test_so_many_faults_are_told_and_no_more() -> None:
    package = broken("/releases", [{} for _each in range(5000)])
    assert len(check_package(package)) == 1000


def official(name: str) -> dict[str, Any]:
    schema = json.loads((SCHEMA / "release-schema.json").read_text())
    if name == "Unit":
        return schema["definitions"]["Item"]["properties"]["unit"]  # type: ignore[no-any-return]
    named = "OrganizationReference" if name == "Reference" else name
    return schema if name == "Release" else schema["definitions"][named]  # type: ignore[no-any-return]


OURS = {"ReleasePackage", "RecordPackage", "Record", "LinkedRelease", "Publisher", "Links"}


@pytest.mark.parametrize("name", sorted(set(SHAPES) - OURS))
def test_the_fields_are_those_of_the_standard(name: str) -> None:
    schema = official(name)
    assert set(schema["properties"]) == set(SHAPES[name])
    assert set(schema.get("required", ())) <= set(NEEDED.get(name, ()))
    for field, told in schema["properties"].items():
        codes = told.get("enum") or told.get("items", {}).get("enum")
        if codes:
            assert CODES[SHAPES[name][field].strip("[]").partition(":")[2]] == {code for code in codes if code}
        if told.get("format") in ("date-time", "uri"):
            assert SHAPES[name][field] == {"date-time": "moment", "uri": "uri"}[told["format"]]
    said = {pattern.removeprefix("^(").partition("_(")[0] for pattern in schema.get("patternProperties", {})}
    assert said <= SAID_IN_LANGUAGES


@pytest.mark.django_db
def test_the_check_over_the_api_speaks_both_languages() -> None:
    package = written(broken(f"{CONTRACT}/awardID", "b"))
    for language, sentence in (("en", "No award has the id “b”."), ("zh-hans", "没有编号为“b”的授标。")):
        client = Client(headers={"Accept-Language": language})
        answer = client.post("/api/v1/ocds/check", package, content_type="application/json")
        assert answer.status_code == 200, answer.content
        told = answer.json()
        assert told["sound"] is False
        assert told["faults"][0]["pointer"] == f"{CONTRACT}/awardID"
        assert told["faults"][0]["message"] == sentence
    answer = client.post("/api/v1/ocds/check?prefix=ocds-others", written(SOUND), content_type="application/json")
    assert [one["pointer"] for one in answer.json()["faults"]] == ["/releases/0/ocid"]
    nothing = client.post("/api/v1/ocds/check", b"", content_type="application/json")
    assert (nothing.status_code, nothing.json()["field"]) == (400, "body")
    large = b" " * (4 * 1024 * 1024 + 1)
    assert client.post("/api/v1/ocds/check", large, content_type="application/json").status_code == 413


def test_the_command_names_each_fault(tmp_path: Path) -> None:
    file = tmp_path / "package.json"
    file.write_bytes(written(SOUND))
    assert CliRunner().invoke(app, ["ocds", "check", str(file), "--prefix", "ocds-tianqu"]).exit_code == 0
    file.write_bytes(written(broken(f"{CONTRACT}/value/currency", "RMB")))
    told = CliRunner().invoke(app, ["ocds", "check", str(file)])
    assert told.exit_code == 1
    assert f"{CONTRACT}/value/currency  " in told.output
