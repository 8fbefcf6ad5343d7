"""The catalogue, its datasets and its figures as a graph in JSON-LD. Source: DCAT-AP 3.0 (SEMIC), DCAT 3 (W3C)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.urls import reverse

from tianqu.gateways.dcat import terms
from tianqu.gateways.dcat.figures import figure_address, figure_nodes, figure_scheme
from tianqu.gateways.dcat.nodes import (
    Node,
    Units,
    both,
    european_theme,
    home,
    licence,
    office,
    office_address,
    realm,
    realm_name,
    root,
    typed,
)
from tianqu.kernel.datasets.api import DEFAULT_LICENCE, DOMAINS, LICENCES, Opened, OpenFile, open_files
from tianqu.kernel.figures.api import OpenValue, ShownFigure, public_since

PAGE: Final = 100
Series = tuple[ShownFigure, Sequence[OpenValue]]


def catalog_graph(
    versions: Sequence[Opened], figures: Sequence[Series], units: Units, *, page: int, total: int
) -> Node:
    """A page of the catalogue: the catalogue itself, the page, its datasets, its figures, and what belongs to them."""
    address = root()
    publisher = realm()
    catalog: Node = {
        "@id": f"{address}#catalog", "@type": ["dcat:Catalog", "hydra:Collection"],
        "dct:title": both(realm_name("政务数据目录", "catalogue of open data")),
        "dct:description": both(realm_name("开放的数据集和指标", "datasets and figures that everybody may have")),
        "dct:publisher": {"@id": publisher["@id"]}, "foaf:homepage": {"@id": f"{settings.TIANQU_ORIGIN}/"},
        "dct:license": {"@id": LICENCES[DEFAULT_LICENCE][2]},
        "dct:language": [typed(each, "dct:LinguisticSystem") for each in terms.LANGUAGES],
        "dcat:themeTaxonomy": [{"@id": _scheme()["@id"]}, {"@id": figure_scheme()["@id"]}],
        "hydra:totalItems": total,
        "dcat:dataset": [
            {"@id": each}
            for each in [*map(_address, versions), *(figure_address(shown) for shown, _values in figures)]
        ],
        "hydra:view": {"@id": f"{address}?page={page}"},
    }  # fmt: skip
    if changed := _changes(versions, figures):
        catalog["dct:modified"] = {"@type": "xsd:dateTime", "@value": max(changed).isoformat()}
    around = [catalog, _view(address, page=page, total=total), publisher, home(), _scheme(), figure_scheme()]
    told = [node for shown, values in figures for node in figure_nodes(shown, values, units)]
    return {"@context": terms.CONTEXT, "@graph": _once([*around, *_belonging(versions, units), *told])}


def _changes(versions: Sequence[Opened], figures: Sequence[Series]) -> list[datetime]:
    since = [public_since(shown.newest) for shown, _values in figures if shown.newest is not None]
    return [*(version.dataset.changed_at for version in versions), *since]


def dataset_graph(version: Opened, units: Units) -> Node:
    """One dataset with all that belongs to it."""
    return {"@context": terms.CONTEXT, "@graph": _once([_scheme(), *_belonging([version], units)])}


def figure_graph(shown: ShownFigure, values: Sequence[OpenValue], units: Units) -> Node:
    """One figure with all that belongs to it."""
    return {"@context": terms.CONTEXT, "@graph": _once([figure_scheme(), *figure_nodes(shown, values, units)])}


def _once(nodes: Sequence[Node]) -> list[Node]:
    return list({node["@id"]: node for node in nodes}.values())


def _belonging(versions: Sequence[Opened], units: Units) -> list[Node]:
    nodes: list[Node] = []
    for version in versions:
        dataset = version.dataset
        files = open_files(version)
        nodes += [_dataset(version, files), *(_distribution(version, file) for file in files)]
        nodes += [_theme(dataset.domain), european_theme(terms.theme(dataset.domain)), licence(dataset.licence)]
        nodes.append(office(dataset.unit_id, units.get(dataset.unit_id)))
    return nodes


def _view(address: str, *, page: int, total: int) -> Node:
    last = max(1, -(-total // PAGE))
    told: Node = {"@id": f"{address}?page={page}", "@type": "hydra:PartialCollectionView"}
    for name, number in (("first", 1), ("previous", page - 1), ("next", page + 1), ("last", last)):
        if 1 <= number <= last:
            told[f"hydra:{name}"] = {"@id": f"{address}?page={number}"}
    return told


def _dataset(version: Opened, files: Sequence[OpenFile]) -> Node:
    dataset = version.dataset
    description = (dataset.description or dataset.grain, dataset.description_en or dataset.grain_en)
    told: Node = {
        "@id": _address(version), "@type": "dcat:Dataset", "dct:identifier": dataset.code,
        "dct:title": both((dataset.title, dataset.title_en)),
        "dct:description": both(description if any(description) else (dataset.title, dataset.title_en)),
        "dct:publisher": {"@id": office_address(dataset.unit_id)},
        "dcat:theme": [{"@id": _theme_address(dataset.domain)}, {"@id": terms.theme(dataset.domain)}],
        "dct:accrualPeriodicity": typed(terms.frequency(dataset.frequency), "dct:Frequency"),
        "dct:issued": {"@type": "xsd:dateTime", "@value": dataset.created_at.isoformat()},
        "dct:modified": {"@type": "xsd:dateTime", "@value": dataset.changed_at.isoformat()},
        "dcat:version": str(dataset.version),
        "dcat:distribution": [{"@id": _distribution_address(version, file.form)} for file in files],
    }  # fmt: skip
    keywords = [{"@language": "zh", "@value": column.title} for column in version.schema.columns if column.title]
    if keywords:
        told["dcat:keyword"] = keywords[:20]
    period = _period(version)
    return told | ({"dct:temporal": period} if period else {})


def _period(version: Opened) -> Node | None:
    """From the first day to the last of the first open column of days."""
    facts = version.version.sidecar.get("columns", {})
    for column in version.schema.columns:
        known = facts.get(column.name, {})
        if column.type == "date" and known.get("least"):
            return {
                "@type": "dct:PeriodOfTime", "dcat:startDate": {"@type": "xsd:date", "@value": known["least"]},
                "dcat:endDate": {"@type": "xsd:date", "@value": known["greatest"]},
            }  # fmt: skip
    return None


def _distribution(version: Opened, file: OpenFile) -> Node:
    code = version.dataset.code
    download = settings.TIANQU_ORIGIN + reverse("dcat_file", kwargs={"code": code, "form": file.form})
    told: Node = {
        "@id": _distribution_address(version, file.form), "@type": "dcat:Distribution",
        "dct:title": {"@language": "en", "@value": f"{version.dataset.title_en or code} ({file.form.upper()})"},
        "dcat:accessURL": {"@id": _address(version)}, "dcat:downloadURL": {"@id": download},
        "dct:license": {"@id": LICENCES[version.dataset.licence][2]},
        "dct:format": typed(terms.file_type(file.form), "dct:MediaTypeOrExtent"),
        "dcat:mediaType": typed(terms.media_type(file.media_type), "dct:MediaType"),
        "dct:modified": {"@type": "xsd:dateTime", "@value": version.version.made_at.isoformat()},
    }  # fmt: skip
    if file.sha256:
        told["spdx:checksum"] = {
            "@type": "spdx:Checksum", "spdx:algorithm": typed(terms.SHA256, "spdx:ChecksumAlgorithm"),
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file.sha256},
        }  # fmt: skip
    if file.bytes is not None:
        told["dcat:byteSize"] = {"@type": "xsd:nonNegativeInteger", "@value": str(file.bytes)}
    return told


def _address(version: Opened) -> str:
    return settings.TIANQU_ORIGIN + reverse("dcat_dataset", kwargs={"code": version.dataset.code})


def _distribution_address(version: Opened, form: str) -> str:
    return f"{_address(version)}#{form}"


def _theme_address(domain: str) -> str:
    return f"{root()}#theme-{domain}"


def _scheme() -> Node:
    return {
        "@id": f"{root()}#themes", "@type": "skos:ConceptScheme",
        "dct:title": both(("数据开放十九个领域", "The nineteen domains of open data")),
    }  # fmt: skip


def _theme(domain: str) -> Node:
    return {
        "@id": _theme_address(domain), "@type": "skos:Concept", "skos:prefLabel": both(DOMAINS[domain]),
        "skos:inScheme": {"@id": f"{root()}#themes"},
    }  # fmt: skip
