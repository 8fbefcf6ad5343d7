"""The catalogue and its datasets as a graph in JSON-LD. Source: DCAT-AP 3.0 (SEMIC), DCAT 3 (W3C)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from tianqu.gateways.dcat import terms
from tianqu.kernel.datasets.api import DEFAULT_LICENCE, DOMAINS, LICENCES, Opened, OpenFile, open_files
from tianqu.kernel.places.api import Unit

PAGE: Final = 100
Node = dict[str, Any]
Units = Mapping[UUID, Unit]


def catalog_graph(versions: Sequence[Opened], units: Units, *, page: int, total: int) -> Node:
    """A page of the catalogue: the catalogue itself, the page, and its datasets with all that belongs to them."""
    address = settings.TIANQU_ORIGIN + reverse("dcat_catalog")
    publisher = _realm()
    catalog: Node = {
        "@id": f"{address}#catalog", "@type": ["dcat:Catalog", "hydra:Collection"],
        "dct:title": _both(_realm_name("政务数据目录", "catalogue of open data")),
        "dct:description": _both(_realm_name("开放的数据集", "datasets that everybody may have")),
        "dct:publisher": {"@id": publisher["@id"]}, "foaf:homepage": {"@id": f"{settings.TIANQU_ORIGIN}/"},
        "dct:license": {"@id": LICENCES[DEFAULT_LICENCE][2]},
        "dct:language": [_typed(each, "dct:LinguisticSystem") for each in terms.LANGUAGES],
        "dcat:themeTaxonomy": {"@id": _scheme()["@id"]}, "hydra:totalItems": total,
        "dcat:dataset": [{"@id": _address(version)} for version in versions],
        "hydra:view": {"@id": f"{address}?page={page}"},
    }  # fmt: skip
    if versions:
        newest = max(version.dataset.changed_at for version in versions)
        catalog["dct:modified"] = {"@type": "xsd:dateTime", "@value": newest.isoformat()}
    around = [
        catalog,
        _view(address, page=page, total=total),
        publisher,
        _home(),
        _scheme(),
    ]
    return {"@context": terms.CONTEXT, "@graph": _once([*around, *_belonging(versions, units)])}


def dataset_graph(version: Opened, units: Units) -> Node:
    """One dataset with all that belongs to it."""
    return {"@context": terms.CONTEXT, "@graph": _once([_scheme(), *_belonging([version], units)])}


def _once(nodes: Sequence[Node]) -> list[Node]:
    return list({node["@id"]: node for node in nodes}.values())


def _belonging(versions: Sequence[Opened], units: Units) -> list[Node]:
    nodes: list[Node] = []
    for version in versions:
        dataset = version.dataset
        files = open_files(version)
        nodes += [_dataset(version, files), *(_distribution(version, file) for file in files)]
        nodes += [_theme(dataset.domain), _european_theme(dataset.domain), _licence(dataset.licence)]
        nodes.append(_office(dataset.unit_id, units.get(dataset.unit_id)))
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
        "dct:title": _both((dataset.title, dataset.title_en)),
        "dct:description": _both(description if any(description) else (dataset.title, dataset.title_en)),
        "dct:publisher": {"@id": _office_address(dataset.unit_id)},
        "dcat:theme": [{"@id": _theme_address(dataset.domain)}, {"@id": terms.theme(dataset.domain)}],
        "dct:accrualPeriodicity": _typed(terms.frequency(dataset.frequency), "dct:Frequency"),
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
        "dct:format": _typed(terms.file_type(file.form), "dct:MediaTypeOrExtent"),
        "dcat:mediaType": _typed(terms.media_type(file.media_type), "dct:MediaType"),
        "dct:modified": {"@type": "xsd:dateTime", "@value": version.version.made_at.isoformat()},
    }  # fmt: skip
    if file.sha256:
        told["spdx:checksum"] = {
            "@type": "spdx:Checksum", "spdx:algorithm": _typed(terms.SHA256, "spdx:ChecksumAlgorithm"),
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file.sha256},
        }  # fmt: skip
    if file.bytes is not None:
        told["dcat:byteSize"] = {"@type": "xsd:nonNegativeInteger", "@value": str(file.bytes)}
    return told


def _both(texts: tuple[str, str]) -> list[Node]:
    told = [{"@language": "zh", "@value": texts[0]}, {"@language": "en", "@value": texts[1]}]
    return [each for each in told if each["@value"]]


def _typed(address: str, kind: str, /) -> Node:
    """Somebody else's term with what it is, which the shapes of DCAT-AP ask of the graph itself."""
    return {"@id": address, "@type": kind}


def _address(version: Opened) -> str:
    return settings.TIANQU_ORIGIN + reverse("dcat_dataset", kwargs={"code": version.dataset.code})


def _distribution_address(version: Opened, form: str) -> str:
    return f"{_address(version)}#{form}"


def _root() -> str:
    return f"{settings.TIANQU_ORIGIN}{reverse('dcat_catalog')}"


def _office_address(unit_id: UUID) -> str:
    return f"{_root()}#office-{unit_id}"


def _theme_address(domain: str) -> str:
    return f"{_root()}#theme-{domain}"


def _realm_name(chinese: str, english: str, /) -> tuple[str, str]:
    names = settings.TIANQU_REALM_NAMES
    return f"{names['zh']}{chinese}", f"{names['en']}: {english}"


def _realm() -> Node:
    names = settings.TIANQU_REALM_NAMES
    return {"@id": f"{_root()}#publisher", "@type": "foaf:Agent", "foaf:name": _both((names["zh"], names["en"]))}


def _home() -> Node:
    return {"@id": f"{settings.TIANQU_ORIGIN}/", "@type": "foaf:Document"}


def _office(unit_id: UUID, unit: Unit | None) -> Node:
    names = ("", "") if unit is None else (unit.name, unit.name_en)
    return {"@id": _office_address(unit_id), "@type": "foaf:Agent", "foaf:name": _both(names)}


def _scheme() -> Node:
    return {
        "@id": f"{_root()}#themes", "@type": "skos:ConceptScheme",
        "dct:title": _both(("数据开放十九个领域", "The nineteen domains of open data")),
    }  # fmt: skip


def _theme(domain: str) -> Node:
    return {
        "@id": _theme_address(domain), "@type": "skos:Concept", "skos:prefLabel": _both(DOMAINS[domain]),
        "skos:inScheme": {"@id": f"{_root()}#themes"},
    }  # fmt: skip


def _european_theme(domain: str) -> Node:
    address = terms.theme(domain)
    label = {"@language": "en", "@value": address.rpartition("/")[2]}
    return {"@id": address, "@type": "skos:Concept", "skos:prefLabel": label}


def _licence(name: str) -> Node:
    return {"@id": LICENCES[name][2], "@type": "dct:LicenseDocument", "dct:title": _both(LICENCES[name][:2])}
