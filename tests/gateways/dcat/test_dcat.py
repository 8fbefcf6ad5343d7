"""The catalogue as linked data: read back by rdflib, asked by SPARQL, and held to SEMIC's shapes by pySHACL."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from django.db import OperationalError
from django.utils import timezone
from pyshacl import validate
from rdflib import DCTERMS as DCT
from rdflib import Graph, URIRef

from tests.gateways.calling import ORIGIN, door_client
from tests.gateways.open_data import OpenData, nothing_hidden, recorded
from tianqu.gateways.dcat import graph as graph_module
from tianqu.gateways.dcat import views
from tianqu.kernel.figures import api as figures
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, seeing

# rdflib reads JSON-LD by a class that it has deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
SHAPES = Path(__file__).parent / "shapes"
PREFIXES = """
PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX spdx: <http://spdx.org/rdf/terms#>
PREFIX hydra: <http://www.w3.org/ns/hydra/core#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


@pytest.fixture
def http(open_data: OpenData) -> Iterator[httpx.Client]:
    """A client of the door, with open data behind it."""
    with door_client() as client:
        yield client


def read(http: httpx.Client, address: str) -> Graph:
    answer = http.get(address)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/ld+json", answer.text
    assert nothing_hidden(answer.text)
    return Graph().parse(data=answer.text, format="json-ld")


def asked(graph: Graph, query: str) -> list[tuple[str, ...]]:
    return sorted(tuple(str(each) for each in row) for row in graph.query(PREFIXES + query))


def test_every_dataset_is_read_back(http: httpx.Client) -> None:
    graph = read(http, "/dcat/catalog.jsonld")
    told = asked(graph, """SELECT ?code ?title ?office WHERE { ?c a dcat:Catalog; dcat:dataset ?d .
        ?d dct:identifier ?code; dct:title ?title; dct:publisher/foaf:name ?office
        FILTER(lang(?title) = 'en' && lang(?office) = 'zh') }""")  # fmt: skip
    assert [row[:2] for row in told] == [
        ("figure:trade.growth", "Growth of trade"), ("figure:trade.partly", "Partly"), ("figure:trade.total", "Trade"),
        ("trade.by_county", "Trade by county"), ("trade.years", "Trade of years"),
    ]  # fmt: skip
    assert all(row[2] for row in told)
    assert asked(graph, "SELECT ?n WHERE { ?c a dcat:Catalog; hydra:totalItems ?n }") == [("5",)]
    labels = asked(graph, """SELECT DISTINCT ?l WHERE { ?d dcat:theme ?t . ?t skos:inScheme ?s; skos:prefLabel ?l
        FILTER(lang(?l) = 'zh') }""")  # fmt: skip
    assert labels == [("对外开放",), ("经贸工商",)]
    days = asked(graph, """SELECT ?code ?a ?b WHERE { ?d dct:identifier ?code; dct:temporal ?p .
        ?p dcat:startDate ?a; dcat:endDate ?b }""")  # fmt: skip
    assert days == [
        ("figure:trade.growth", "2020-01-01", "2020-12-31"), ("figure:trade.partly", "2019-01-01", "2019-12-31"),
        ("figure:trade.total", "2019-01-01", "2020-12-31"), ("trade.by_county", "2020-01-01", "2020-03-01"),
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["trade.growth", "trade.partly", "trade.total"])
def test_each_figure_is_read_back_with_its_series(http: httpx.Client, code: str) -> None:
    address = f"{ORIGIN}/dcat/figures/{code}.jsonld"
    graph = read(http, address)
    ((iri, page, often, theme),) = asked(graph, """SELECT ?d ?page ?often ?theme WHERE { ?d a dcat:Dataset;
        dcat:landingPage ?page; dct:accrualPeriodicity ?often; dcat:theme ?theme, ?ours . ?ours skos:inScheme ?s
        FILTER(?theme != ?ours) }""")  # fmt: skip
    assert iri == address and page == f"{ORIGIN}/figures/{code}/" and http.get(page).status_code == 200
    assert (often.rpartition("/")[2], theme.rpartition("/")[2]) == ("ANNUAL", "ECON")
    whole = read(http, "/dcat/catalog.jsonld")
    assert all(triple in whole for triple in graph.triples((URIRef(address), DCT.identifier, None)))
    told = asked(graph, "SELECT ?type ?url WHERE { ?f dcat:downloadURL ?url; dcat:mediaType ?type }")
    files = {each.rpartition("/")[2]: http.get(url) for each, url in told}
    assert {kind: file.headers["Content-Type"].partition(";")[0] for kind, file in files.items()} == {
        "csv": "text/csv", "json": "application/json"
    }  # fmt: skip
    assert all(nothing_hidden(file.text) for file in files.values())
    with seeing(ANYBODY.scope):
        series = [(each.period, each.value) for each in figures.open_series(figures.open_figure(code))]
    assert [(row["period"], Decimal(row["value"])) for row in csv.DictReader(files["csv"].text.splitlines())] == series
    assert [(row["period"], Decimal(str(row["value"]))) for row in files["json"].json()] == series


def test_a_figure_changes_when_its_embargo_ends(http: httpx.Client, open_data: OpenData) -> None:
    """Who takes what changed since yesterday must not pass over a value that was computed a month ago."""
    ended = timezone.now() - timedelta(days=1)
    with seeing(SYSTEM.scope), pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: ended - timedelta(days=30))
        figure = figures.open_figure("trade.partly").figure
        recorded(open_data.office, figure, period="2020", embargoed_until=ended)
    told = http.get("/dcat/figures/trade.partly.jsonld").text
    graph = Graph().parse(data=told, format="json-ld")
    ((modified,),) = asked(graph, "SELECT ?at WHERE { ?d a dcat:Dataset; dct:modified ?at }")
    assert datetime.fromisoformat(modified) == ended
    assert asked(graph, "SELECT ?b WHERE { ?p dcat:endDate ?b }") == [("2020-12-31",)]


def test_files_are_what_their_checksums_say(http: httpx.Client) -> None:
    graph = read(http, "/dcat/datasets/trade.years.jsonld")
    told = asked(graph, """SELECT ?url ?size ?sum WHERE { ?d dcat:downloadURL ?url .
        OPTIONAL { ?d dcat:byteSize ?size; spdx:checksum/spdx:checksumValue ?sum } }""")  # fmt: skip
    assert len(told) == 3
    summed = [(url, size, digest) for url, size, digest in told if digest != "None"]
    for url, size, digest in summed:
        content = http.get(url).content
        assert (str(len(content)), hashlib.sha256(content).hexdigest()) == (size, digest)
    assert [url.rpartition(".")[2] for url, _size, _digest in summed] == ["parquet"]
    assert "150.25" in http.get("/dcat/datasets/trade.years/file.csv").text
    assert nothing_hidden(http.get("/dcat/datasets/trade.by_county/file.csv").text)


def test_pages_lead_to_each_other(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (views, graph_module):
        monkeypatch.setattr(module, "PAGE", 1)
    first, second = (read(http, f"/dcat/catalog.jsonld?page={page}") for page in (1, 2))
    pages = [first, second, *(read(http, f"/dcat/catalog.jsonld?page={page}") for page in (3, 4, 5))]
    codes = [asked(each, "SELECT ?c WHERE { ?d dct:identifier ?c }") for each in pages]
    assert codes == [
        [("trade.by_county",)], [("trade.years",)],
        [("figure:trade.growth",)], [("figure:trade.partly",)], [("figure:trade.total",)],
    ]  # fmt: skip
    assert asked(first, "SELECT ?n WHERE { ?v hydra:next ?n }") == [(f"{ORIGIN}/dcat/catalog.jsonld?page=2",)]
    assert asked(pages[-1], "SELECT ?n WHERE { ?v hydra:next ?n }") == []
    assert [http.get(f"/dcat/catalog.jsonld?page={page}").status_code for page in ("6", "0", "x")] == [404, 400, 400]


def test_a_page_may_hold_datasets_and_figures(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (views, graph_module):
        monkeypatch.setattr(module, "PAGE", 3)
    codes = [
        asked(read(http, f"/dcat/catalog.jsonld?page={page}"), "SELECT ?c WHERE { ?d dct:identifier ?c }")
        for page in (1, 2)
    ]
    assert codes == [
        [("figure:trade.growth",), ("trade.by_county",), ("trade.years",)],
        [("figure:trade.partly",), ("figure:trade.total",)],
    ]


def test_it_conforms_to_dcat_ap(http: httpx.Client) -> None:
    graph = read(http, "/dcat/catalog.jsonld")
    shapes = Graph()
    for name in ("shapes.ttl", "range.ttl"):
        shapes.parse(SHAPES / name)
    conforms, _results, text = validate(graph, shacl_graph=shapes, advanced=True)
    assert conforms, text
    for code in ("trade.growth", "trade.partly", "trade.total"):
        figure = read(http, f"/dcat/figures/{code}.jsonld")
        conforms, _results, text = validate(figure, shacl_graph=shapes, advanced=True)
        assert conforms, text


def test_the_check_can_fail(http: httpx.Client) -> None:
    graph = read(http, "/dcat/catalog.jsonld")
    graph.update(PREFIXES + "DELETE WHERE { ?d dct:title ?t }")
    conforms, _results, _text = validate(graph, shacl_graph=Graph().parse(SHAPES / "shapes.ttl"))
    assert not conforms


def test_what_is_not_open_is_not_there(http: httpx.Client) -> None:
    for code in ("secret_closed", "secret_shared", "secret_cells", "secret_gone", "secret_empty", "none"):
        for rest in (".jsonld", "/file.csv", "/file.parquet"):
            assert http.get(f"/dcat/datasets/trade.{code}{rest}").status_code == 404
    for code in ("trade.embargoed", "trade.none", "trade.years", "%00", "x" * 300):
        for rest in (".jsonld", "/file.csv", "/file.json"):
            assert http.get(f"/dcat/figures/{code}{rest}").status_code == 404
    assert http.get("/dcat/datasets/trade.years/file.exe").status_code == 404
    assert http.get("/dcat/figures/trade.total/file.parquet").status_code == 404
    assert http.post("/dcat/catalog.jsonld").status_code == 405


def test_a_database_that_is_away_is_told_as_such(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**asked: str) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(views, "open_dataset", away)
    answer = http.get("/dcat/datasets/trade.years.jsonld", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (503, "2", "unavailable")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_code_that_cannot_be_one_finds_nothing(http: httpx.Client) -> None:
    for code in ("%00", "x" * 300):
        assert http.get(f"/dcat/datasets/{code}.jsonld").status_code == 404
        assert http.get(f"/dcat/datasets/{code}/file.csv").status_code == 404
