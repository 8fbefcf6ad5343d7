"""The catalogue as linked data: read back by rdflib, asked by SPARQL, and held to SEMIC's shapes by pySHACL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.db import OperationalError
from pyshacl import validate
from rdflib import Graph

from tests.gateways.calling import ORIGIN, door_client
from tests.gateways.open_data import OpenData, nothing_hidden
from tianqu.gateways.dcat import graph as graph_module
from tianqu.gateways.dcat import views

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
    assert [row[:2] for row in told] == [("trade.by_county", "Trade by county"), ("trade.years", "Trade of years")]
    assert all(row[2] for row in told)
    assert asked(graph, "SELECT ?n WHERE { ?c a dcat:Catalog; hydra:totalItems ?n }") == [("2",)]
    labels = asked(graph, """SELECT DISTINCT ?l WHERE { ?d dcat:theme ?t . ?t skos:inScheme ?s; skos:prefLabel ?l
        FILTER(lang(?l) = 'zh') }""")  # fmt: skip
    assert labels == [("经贸工商",)]
    days = asked(graph, "SELECT ?a ?b WHERE { ?d dct:temporal ?p . ?p dcat:startDate ?a; dcat:endDate ?b }")
    assert days == [("2020-01-01", "2020-03-01")]


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
    codes = [asked(each, "SELECT ?c WHERE { ?d dct:identifier ?c }") for each in (first, second)]
    assert codes == [[("trade.by_county",)], [("trade.years",)]]
    assert asked(first, "SELECT ?n WHERE { ?v hydra:next ?n }") == [(f"{ORIGIN}/dcat/catalog.jsonld?page=2",)]
    assert asked(second, "SELECT ?n WHERE { ?v hydra:next ?n }") == []
    assert [http.get(f"/dcat/catalog.jsonld?page={page}").status_code for page in ("3", "0", "x")] == [404, 400, 400]


def test_it_conforms_to_dcat_ap(http: httpx.Client) -> None:
    graph = read(http, "/dcat/catalog.jsonld")
    shapes = Graph()
    for name in ("shapes.ttl", "range.ttl"):
        shapes.parse(SHAPES / name)
    conforms, _results, text = validate(graph, shacl_graph=shapes, advanced=True)
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
    assert http.get("/dcat/datasets/trade.years/file.exe").status_code == 404
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
