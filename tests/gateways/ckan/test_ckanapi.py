"""CKAN's own client reads every package, file and figure, and its command line dumps them for Frictionless."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from ckanapi import CKANAPIError, NotFound, RemoteCKAN, SearchQueryError, ValidationError

from tests.gateways.calling import ORIGIN, door_client, door_session
from tests.gateways.open_data import OpenData, nothing_hidden

NAMES = ["trade-by_county", "trade-years", "figure--trade-growth", "figure--trade-partly", "figure--trade-total"]
EMPTY = {"trade-secret_closed", "trade-secret_shared", "trade-secret_cells", "trade-secret_gone", "trade-secret_empty"}


@pytest.fixture(params=["POST", "GET"])
def ckan(request: pytest.FixtureRequest, open_data: OpenData) -> Any:
    """The client, as it asks by either method."""
    told = {"get_only": request.param == "GET", "user_agent": "tests", "session": door_session()}
    with RemoteCKAN(f"{ORIGIN}/ckan", **told) as client:
        yield client


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A client for files, and for what CKAN's never asks."""
    with door_client() as client:
        yield client


def test_packages_are_listed_searched_and_shown(ckan: Any) -> None:
    act = ckan.action
    assert act.site_read() is True and act.status_show()["ckan_version"].startswith("2.")
    assert act.package_list() == NAMES and act.package_list(limit=2, offset=1) == NAMES[1:3]
    found = act.package_search(q="*:*", rows=1, start=1, sort="name asc")
    assert (found["count"], [each["name"] for each in found["results"]]) == (5, NAMES[1:2])
    assert [each["name"] for each in act.package_search(q="增速")["results"]] == ["figure--trade-growth"]
    assert [each["name"] for each in act.package_search(q="title:历年")["results"]] == ["trade-years"]
    shown = act.package_show(id="trade-by_county")
    assert act.package_show(id=shown["id"]) == shown == act.current_package_list_with_resources()[1]
    assert shown["title_translated"] == {"zh": "分县贸易额", "en": "Trade by county"}
    assert (shown["license_id"], shown["isopen"], shown["private"]) == ("CC-BY-4.0", True, False)
    assert [each["name"] for each in shown["resources"][0]["schema"]["fields"]] == ["county", "day", "amount", "firms"]
    assert [each["id"] for each in act.license_list()] == ["CC-BY-4.0", "CC0-1.0", "ODC-By-1.0"]


def test_tags_are_the_domains_of_datasets_and_figures(ckan: Any) -> None:
    act = ckan.action
    assert act.tag_list() == ["对外开放", "经贸工商"] == [each["name"] for each in act.tag_list(all_fields=True)]
    assert act.tag_list(query="经贸") == ["经贸工商"] and act.vocabulary_list() == []
    told = {
        name: [each["name"] for each in act.package_show(id=name)["tags"]] for name in act.package_list()
    }  # fmt: skip
    assert told == {name: ["对外开放" if name.startswith("figure--") else "经贸工商"] for name in NAMES}
    found = act.package_search(fq="tags:对外开放", rows=10, **{"facet.field": '["tags", "groups"]'})
    assert {each["name"] for each in found["results"]} == set(NAMES[2:])
    assert found["facets"] == {"tags": {"对外开放": 3}, "groups": {"figures": 3}}
    everything = act.package_search(rows=0, **{"facet.field": '["tags"]'})
    assert everything["facets"]["tags"] == {"对外开放": 3, "经贸工商": 2}
    shown = act.tag_show(id="经贸工商", include_datasets=True)
    assert (shown["name"], {each["name"] for each in shown["packages"]}) == ("经贸工商", set(NAMES[:2]))
    for name in ("医疗卫生", "保密", "none"):  # the first is the domain of what is not open
        with pytest.raises(NotFound):
            act.tag_show(id=name)
        assert act.package_search(fq=f'tags:"{name}"')["count"] == 0
    with pytest.raises(NotFound):
        act.tag_list(vocabulary_id="none")


def matching(ckan: Any, fq: str, **more: Any) -> set[str]:
    found = ckan.action.package_search(fq=fq, rows=100, **{"facet.field": '["organization"]'}, **more)
    names = {each["name"] for each in found["results"]}
    assert found["count"] == len(names) == sum(found["facets"]["organization"].values())
    return names


def test_conditions_are_met_and_their_contraries_not(ckan: Any) -> None:
    (office,) = ckan.action.organization_list()
    datasets, figures = set(NAMES[:2]), set(NAMES[2:])
    for fq, names in {
        "groups:(industry OR figures)": {*NAMES}, "groups:(figures)": figures,
        'groups:("health" OR "figures")': figures,
        "groups:(health OR credit)": set(), "-groups:figures": datasets, "NOT groups:figures": datasets,
        "!groups:industry": figures, "-groups:(industry OR figures)": set(), "+groups:figures -tags:对外开放": set(),
        "groups:figures AND NOT groups:figures": set(), "tags:(对外开放 OR 经贸工商)": {*NAMES},
        "-tags:经贸工商": figures,
        "tags:* AND groups:*": {*NAMES}, "-tags:*": set(), "groups:figures groups:industry": set(),
        "res_format:(PARQUET OR json)": {*NAMES}, "-res_format:PARQUET": figures, "-res_format:CSV": set(),
        "res_format:CSV res_format:PARQUET": datasets, "-res_format:JSON +res_format:csv": datasets,
        f"organization:({office} OR nobody)": {*NAMES}, f"-organization:{office}": set(), "-owner_org:nobody": {*NAMES},
        f'organization:"{office}" AND -groups:(figures OR health)': datasets,
        "state:active -type:harvest +private:false": {*NAMES}, "type:harvest": set(), "-state:active": set(),
        "*:* -groups:industry": figures, "dataset_type:(dataset OR showcase)": {*NAMES},
    }.items():  # fmt: skip
        assert matching(ckan, fq) == names, fq
    assert matching(ckan, "-groups:health", q="groups:(figures OR credit) 增速") == {"figure--trade-growth"}
    with pytest.raises(SearchQueryError, match="50"):
        ckan.action.package_search(fq_list=json.dumps(["groups:(health OR credit)"] * 51))
    listed = ckan.action.package_search(fq_list='["-groups:figures", "tags:(经贸工商 OR 文化)"]')
    assert {each["name"] for each in listed["results"]} == datasets


UNLAWFUL = (
    "groups:a OR tags:b", "groups:a OR groups:b", "(groups:a OR groups:b)", "groups:(a AND b)", "groups:(a b)",
    "groups:(a OR)", "groups:(OR a)", "groups:(a OR NOT b)", "groups:(a OR -b)", "groups:()",
    "groups:(a OR (b OR c))",
    "groups:(a", "groups:", 'groups:"a', "groups:fig*", "groups:f?gures", "groups:(a OR *)", "tags:[a TO b]",
    "groups:a~", "groups:a^2", "-figures", "NOT figures", "figures", "--groups:a", "- -groups:a",
    "NOT NOT groups:a",
    "-*:*", "metadata_modified:[2020-01-01T00:00:00Z TO *]", "spam:*", "-spam:1", "-title:a",
    "groups:a AND OR tags:b",
    "-", "NOT", "{!func}x", "&&&", " ".join(["groups:a"] * 51),
)  # fmt: skip


def test_conditions_that_cannot_be_kept_are_refused_and_named(ckan: Any) -> None:
    for fq in UNLAWFUL:
        with pytest.raises(SearchQueryError) as told:
            ckan.action.package_search(fq=fq)
            pytest.fail(f"was answered: {fq}")
        assert any(word in str(told.value) for word in ("“", "50", "spam", "metadata_modified")), fq


def test_groups_offices_and_facets_count_what_is_open(ckan: Any) -> None:
    act = ckan.action
    counts = {each["name"]: each["package_count"] for each in act.group_list(all_fields=True)}
    assert counts["industry"] == 2 and counts["figures"] == 3 and sum(counts.values()) == 5
    (office,) = act.organization_list(all_fields=True)
    assert office["package_count"] == 5 and act.organization_list() == [office["name"]]
    assert act.organization_show(id=office["name"], include_datasets=True)["package_count"] == 5
    assert {each["name"] for each in act.group_show(id="figures", include_datasets=True)["packages"]} == set(NAMES[2:])
    found = act.package_search(fq=f'organization:{office["name"]} +groups:"figures"', rows=0, **{
        "facet.field": '["groups", "organization", "res_format"]'
    })  # fmt: skip
    assert found["count"] == 3 and found["results"] == []
    assert found["facets"]["groups"] == {"figures": 3} and found["facets"]["organization"] == {office["name"]: 3}
    assert found["facets"]["res_format"] == {"CSV": 3, "JSON": 3}
    assert act.package_search(fq="res_format:PARQUET")["count"] == 2
    assert act.package_search(fq="organization:nobody")["count"] == 0


def test_rows_are_read_by_filters_fields_order_and_place(ckan: Any) -> None:
    search = ckan.action.datastore_search
    told = search(resource_id="trade-years.csv")
    assert told["total"] == 4 and [each["id"] for each in told["fields"]] == ["_id", "county", "year", "amount"]
    assert [each["type"] for each in told["fields"]] == ["int", "text", "int8", "numeric"]
    assert sum(Decimal(str(each["amount"])) for each in told["records"]) == Decimal("430.25")
    told = search(
        resource_id="trade-years.csv", filters='{"year": [2019, 2020], "county": "德城区"}', fields="_id,amount",
        sort="amount desc", limit=1, offset=1,
    )  # fmt: skip
    assert told["total"] == 2 and told["records"] == [{"_id": 1, "amount": 100.5}]
    assert search(resource_id="trade-by_county.csv", filters='{"amount": null}')["total"] == 1
    assert search(resource_id="trade-years.csv", offset=4)["records"] == []
    figure = search(resource_id="figure--trade-total.csv", sort="period desc")
    assert [(each["period"], each["exact"]) for each in figure["records"]] == [("2020", "921/4"), ("2019", "200")]


def test_files_have_the_rows_and_the_published_hash(ckan: Any, http: httpx.Client) -> None:
    resources = {each["format"]: each for each in ckan.action.package_show(id="trade-years")["resources"]}
    parquet = http.get(resources["PARQUET"]["url"]).content
    assert resources["PARQUET"]["hash"] == f"sha256:{hashlib.sha256(parquet).hexdigest()}"
    assert resources["PARQUET"]["size"] == len(parquet)
    lines = http.get(resources["JSONL"]["url"]).text.splitlines()
    assert [json.loads(line)["year"] for line in lines] == [2019, 2019, 2020, 2020]
    assert ckan.action.resource_show(id=resources["CSV"]["id"]) == resources["CSV"]
    figure = ckan.action.package_show(id="figure--trade-total")["resources"][1]
    assert [(each["period"], each["value"]) for each in http.get(figure["url"]).json()] == [
        ("2019", 200.0), ("2020", 230.3),
    ]  # fmt: skip


def test_what_is_not_open_is_nowhere(ckan: Any, http: httpx.Client) -> None:
    act = ckan.action
    for name in [*EMPTY, "figure--trade-embargoed", "no-such", "trade.years", "x" * 300]:
        with pytest.raises(NotFound):
            act.package_show(id=name)
        with pytest.raises(NotFound):
            act.datastore_search(resource_id=f"{name}.csv")
        assert http.get(f"/ckan/dataset/{name}/download/{name}.csv").status_code == 404
    told = [
        act.package_search(q="", rows=1000), act.current_package_list_with_resources(), act.package_list(),
        act.group_list(all_fields=True), act.organization_list(all_fields=True),
        *(act.datastore_search(resource_id=f"{name}.csv") for name in NAMES),
    ]  # fmt: skip
    assert nothing_hidden(json.dumps(told, ensure_ascii=False))
    for name in NAMES:
        for resource in act.package_show(id=name)["resources"]:
            content = http.get(resource["url"]).content
            assert "张三".encode() not in content and b"777.77" not in content
    for word in ("保密", "secret", "禁发"):
        assert act.package_search(q=word)["count"] == 0
    assert [each["period"] for each in act.datastore_search(resource_id="figure--trade-partly.csv")["records"]] == [
        "2019"
    ]


def test_what_cannot_be_answered_is_refused_in_ckans_words(ckan: Any, http: httpx.Client) -> None:
    act = ckan.action
    for refused in ({"sort": "views_recent desc"}, {"fq": "spam:1"}, {"q": "a OR b"}, {"q": "-a"},
                    {"q": "(a)"}, {"q": "NOT a"}, {"q": "a~2"}, {"q": "a NOT"}):  # fmt: skip
        with pytest.raises(SearchQueryError):
            act.package_search(**refused)
    for refused in (
        {}, {"resource_id": "trade-years.csv", "limit": "-1"}, {"resource_id": "trade-years.csv", "fields": "none"},
        {"resource_id": "trade-years.csv", "filters": '{"manager": "张三"}'},
        {"resource_id": "trade-by_county.csv", "filters": '{"manager": "张三"}'},
        {"resource_id": "trade-years.csv", "q": "x"}, {"resource_id": "trade-years.csv", "filters": "{"},
        {"resource_id": "trade-years.csv", "offset": 1_000_001, "filters": '{"year": "no"}'},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            act.datastore_search(**refused)
    with pytest.raises(ValidationError):
        act.package_show()
    with pytest.raises(CKANAPIError):
        act.package_create(name="mine")
    address = "/ckan/api/3/action/package_search"
    assert http.post(address, content=b"[1", headers={"Content-Type": "application/json"}).status_code == 400
    assert http.get("/ckan/api/3/action/package_show?id=no").json()["success"] is False
    assert http.delete(address).status_code == 405 and http.get("/ckan/none").status_code == 404


def test_one_address_calls_so_often_and_no_more(http: httpx.Client, open_data: OpenData, settings: Any) -> None:
    settings.TIANQU_OPEN_DATA_ADDRESS_PER_MINUTE = 2
    answers = [http.get("/ckan/api/3/action/site_read") for _time in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429] and answers[-1].headers["Retry-After"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_command_line_dumps_everything_and_frictionless_validates_it(served: str, tmp_path: Path) -> None:
    """ckanapi starts itself once more for its workers, so it must be on the path."""
    folder = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    remote = ["-r", f"{served}/ckan"]

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [folder / arguments[0], *arguments[1:]], env=environment, cwd=tmp_path, capture_output=True, text=True,
            check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    dumped = [json.loads(line) for line in run("ckanapi", "dump", "datasets", "--all", *remote).splitlines()]
    assert [each["name"] for each in dumped] == NAMES
    assert nothing_hidden(json.dumps(dumped, ensure_ascii=False))
    assert len(run("ckanapi", "dump", "groups", "--all", *remote).splitlines()) == 20
    assert len(run("ckanapi", "dump", "organizations", "--all", *remote).splitlines()) == 1
    run("ckanapi", "dump", "datasets", "--all", "--datapackages=packages", *remote)
    packages = sorted((tmp_path / "packages").glob("*/datapackage.json"))
    assert len(packages) == len(NAMES)
    for path in packages:
        run("frictionless", "validate", str(path))
