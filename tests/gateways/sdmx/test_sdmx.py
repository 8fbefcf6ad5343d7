"""Figures as SDMX: read back by sdmx1 and pysdmx figure by figure, and held to the official schemas."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
import sdmx
from pysdmx.io import read_sdmx
from pysdmx.io.csv.sdmx20.reader import read as read_csv
from pysdmx.io.xml.doc_validation import validate_doc
from sdmx.source import Source

from tests.gateways.calling import ORIGIN, door_client, door_session
from tests.gateways.open_data import OpenData, nothing_hidden
from tianqu.base.errors import InvalidInput
from tianqu.gateways.sdmx import terms
from tianqu.kernel.figures import api as figures

GENERIC = "application/vnd.sdmx.genericdata+xml;version=2.1"
SPECIFIC = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"
CSV = "application/vnd.sdmx.data+csv;version=2.0.0"
DATA = "/sdmx/2.1/data/FIGURES"
# What the datasets add up to, as it is printed, in the figures' own units.
PUBLISHED = {
    ("trade-growth", "2020"): "15.1", ("trade-partly", "2019"): "200.0", ("trade-total", "2019"): "200.0",
    ("trade-total", "2020"): "230.3",
}  # fmt: skip


@pytest.fixture
def http(open_data: OpenData) -> Iterator[httpx.Client]:
    """A client of the door, with open data behind it."""
    with door_client() as client:
        yield client


@pytest.fixture
def source(open_data: OpenData, monkeypatch: pytest.MonkeyPatch) -> sdmx.Client:
    """sdmx1's client of us as a source."""
    told = Source(id="DEZHOU", url=f"{ORIGIN}/sdmx/2.1", name="Dezhou")
    monkeypatch.setitem(sdmx.source.sources, "DEZHOU", told)
    return sdmx.Client("DEZHOU", session=door_session())


def values_of(read: Any) -> dict[tuple[str, str], Decimal]:
    """Each observation of a message that sdmx1 has read, by figure and period; its texts have lost no digit."""
    return {
        (str(each.key.FIGURE.value), str(each.key.TIME_PERIOD.value)): Decimal(str(each.value))
        for each in read.data[0].obs
        if each.key.MEASURE.value == "VALUE"
    }


def published() -> dict[tuple[str, str], Decimal]:
    return {key: Decimal(text) for key, text in PUBLISHED.items()}


def test_every_open_figure_is_read_back_from_generic_data(source: sdmx.Client) -> None:
    assert values_of(source.data("FIGURES")) == published()


def test_every_open_figure_is_read_back_by_its_structure(source: sdmx.Client) -> None:
    structure = source.datastructure("FIGURES", agency_id="DEZHOU").structure["FIGURES"]
    read = source.data("FIGURES", dsd=structure)
    assert "StructureSpecific" in type(read.data[0]).__name__
    assert values_of(read) == published()
    told = {each.key.FIGURE.value: each for each in read.data[0].obs if each.key.TIME_PERIOD.value == "2020"}
    attributes = {name: str(each.value) for name, each in told["trade-total"].attrib.items()}
    assert attributes == {
        "UNIT_MEASURE": "CNY", "UNIT_MULT": "0", "DECIMALS": "1", "OBS_STATUS": "A", "EXACT_VALUE": "921/4"
    }  # fmt: skip


def test_the_same_figures_are_read_from_csv_by_pysdmx(http: httpx.Client) -> None:
    answer = http.get(DATA, headers={"Accept": CSV})
    assert answer.headers["Content-Type"] == CSV
    (read,) = read_csv(answer.text)
    rows = read.data[read.data["MEASURE"] == "VALUE"]
    pairs = zip(rows["FIGURE"], rows["TIME_PERIOD"], strict=True)
    assert dict(zip(pairs, map(Decimal, rows["OBS_VALUE"]), strict=True)) == published()
    assert read.structure == "Dataflow=DEZHOU:FIGURES(1.0)"


def test_pysdmx_reads_structures_and_data_against_the_schemas(http: httpx.Client) -> None:
    structures = read_sdmx(http.get("/sdmx/2.1/structure/all/all?references=all").text, validate=True)
    assert {each.id for each in structures.get_dataflows()} == {"FIGURES", "FIGURES_open-economy"}
    (read,) = read_sdmx(http.get(DATA, headers={"Accept": GENERIC}).text, validate=True).data
    assert len(read.data) == len(PUBLISHED)


def test_structures_say_what_there_is(source: sdmx.Client) -> None:
    read = source.dataflow("FIGURES")
    assert {name: str(flow.name.localizations["en"]) for name, flow in read.dataflow.items()} == {
        "FIGURES": "All figures"
    }
    structure = read.structure["FIGURES"]
    assert [each.id for each in structure.dimensions.components] == ["FREQ", "FIGURE", "MEASURE", "TIME_PERIOD"]
    names = {code.id: code.name.localizations["zh"] for code in read.codelist["CL_FIGURE"]}
    assert names == {"trade-growth": "贸易额增速", "trade-partly": "部分指标", "trade-total": "贸易额"}
    domains = source.categoryscheme("DOMAINS")
    assert [str(each.name.localizations["zh"]) for each in domains.category_scheme["DOMAINS"]] == ["对外开放"]
    (categorised,) = domains.categorisation.values()
    assert categorised.artefact.id == "FIGURES_open-economy"


PATHS = (
    "structure/all/all/latest?references=all", "dataflow", "datastructure/DEZHOU/FIGURES/1.0?references=descendants",
    "codelist/all/CL_FIGURE+CL_FREQ", "conceptscheme", "categoryscheme/all/DOMAINS?references=parentsandsiblings",
    "categorisation?references=children", "data/FIGURES", "data/FIGURES?detail=serieskeysonly",
    "data/FIGURES?detail=dataonly", "data/FIGURES/A.trade-none.", "data/FIGURES/A", "nonsense", "data/FIGURES?x=1",
)  # fmt: skip


def test_every_answer_conforms_to_the_official_schemas(http: httpx.Client) -> None:
    for path in PATHS:
        for accept in ("*/*", f"{SPECIFIC}, application/xml;q=0.1"):
            text = http.get(f"/sdmx/2.1/{path}", headers={"Accept": accept}).text
            validate_doc(text)
            assert nothing_hidden(text)


def test_the_schemas_can_fail(http: httpx.Client) -> None:
    text = http.get("/sdmx/2.1/dataflow").text
    with pytest.raises(Exception, match="Validation"):
        validate_doc(
            text.replace("<str:Structure>", "<str:Structures>").replace("</str:Structure>", "</str:Structures>")
        )


ALL_2020 = {("trade-total", "2020"), ("trade-growth", "2020")}
ASKED: dict[str, set[tuple[str, str]]] = {
    "/A.trade-total.VALUE": {("trade-total", "2019"), ("trade-total", "2020")},
    "/.trade-total+trade-growth.?startPeriod=2020": ALL_2020,
    "/all?endPeriod=2019-Q4": {("trade-total", "2019"), ("trade-partly", "2019")},
    "/..VALUE/all?startPeriod=2020-01-01&endPeriod=2020-12-31": ALL_2020,
    "?lastNObservations=1": {*ALL_2020, ("trade-partly", "2019")},
    "?firstNObservations=1": {("trade-total", "2019"), ("trade-growth", "2020"), ("trade-partly", "2019")},
}


def test_keys_and_periods_choose(http: httpx.Client) -> None:
    for asked, told in ASKED.items():
        (read,) = read_csv(http.get(DATA + asked, headers={"Accept": CSV}).text)
        assert set(zip(read.data["FIGURE"], read.data["TIME_PERIOD"], strict=True)) == told, asked


def test_a_target_is_a_series_of_its_own(open_data: OpenData, http: httpx.Client) -> None:
    told = {
        "code": "trade.aimed", "domain": "open-economy", "name": "有目标", "name_en": "Aimed", "unit": "c1.housing",
        "counts": "%", "step": "0.01", "formula": {"constant": "3.14159"}, "periods": ["2020"],
        "targets": {"2020": "3.5"},
    }  # fmt: skip
    figure = figures.define_figure(open_data.office.officer, definition=figures.read_definition(told))
    figures.compute_figures(open_data.office.officer, [figure])
    (read,) = read_csv(http.get(f"{DATA}/A.trade-aimed.", headers={"Accept": CSV}).text)
    assert dict(zip(read.data["MEASURE"], read.data["OBS_VALUE"], strict=True)) == {"VALUE": "3.14", "TARGET": "3.5"}
    assert set(read.data["UNIT_MEASURE"]) == {"PT"}


REFUSED = (
    ("data/FIGURES/A.trade-embargoed.VALUE", 404, "100"),
    ("data/FIGURES_health", 404, "100"),
    ("data/FIGURES/A.trade-total", 400, "140"),
    ("data/FIGURES?startPeriod=2020-13", 400, "140"),
    ("data/FIGURES?startPeriod=2020-02-30", 400, "140"),
    ("data/FIGURES?detail=much", 400, "140"),
    ("data/FIGURES?lastNObservations=-1", 400, "140"),
    ("data/FIGURES?updatedAfter=2020", 501, "501"),
    ("data/FIGURES?dimensionAtObservation=AllDimensions", 501, "501"),
    ("data/FIGURES?nonsense=1", 400, "140"),
    ("data/OTHER,FIGURES", 404, "100"),
    ("data/FIGURES/all/other", 404, "100"),
    ("codelist/all/CL_NONE", 404, "100"),
    ("codelist/OTHER", 404, "100"),
    ("codelist/all/all/2.0", 404, "100"),
    ("dataflow?references=much", 400, "140"),
    ("dataflow?detail=allstubs", 501, "501"),
)


def test_what_cannot_be_answered_is_an_error_of_sdmx(http: httpx.Client) -> None:
    for path, status, code in REFUSED:
        answer = http.get(f"/sdmx/2.1/{path}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/xml"), path
        assert f'code="{code}"' in answer.text, path
        validate_doc(answer.text)


def test_forms_that_are_not_there_are_not_acceptable(http: httpx.Client) -> None:
    for accept in ("application/vnd.sdmx.data+json", "application/vnd.sdmx.data+csv;version=1.0.0", "image/png"):
        answer = http.get(DATA, headers={"Accept": accept})
        assert (answer.status_code, 'code="1406"' in answer.text) == (406, True)
    assert http.get(DATA, headers={"Accept": f"image/png, {SPECIFIC}"}).headers["Content-Type"] == SPECIFIC
    assert http.post(DATA).status_code == 405


def test_nothing_under_embargo_shows(http: httpx.Client) -> None:
    for accept in (GENERIC, SPECIFIC, CSV):
        assert nothing_hidden(http.get(DATA, headers={"Accept": accept}).text)


def test_all_figures_are_asked_for_at_once(http: httpx.Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(8):
        assert http.get(DATA).status_code == 200


def test_how_often_is_said_of_every_kind_of_period_and_of_nothing_else() -> None:
    assert [terms.frequency(each) for each in ("2020", "2020-12", "2020-12-31")] == ["A", "M", "D"]
    assert {terms.frequency(each) for each in ("2020", "2020-12", "2020-12-31")} == set(terms.FREQUENCIES)
    with pytest.raises(InvalidInput, match="2020-Q4"):
        terms.frequency("2020-Q4")
