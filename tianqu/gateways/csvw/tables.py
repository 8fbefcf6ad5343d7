"""An open dataset as a table of CSVW. Source: Metadata Vocabulary for Tabular Data (W3C, 2015)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.urls import reverse

from tianqu.kernel.datasets.api import DOMAINS, LICENCES, Column, Opened
from tianqu.kernel.places.api import Unit

METADATA_TYPE: Final = "application/csvm+json"
_DATATYPES: Final[Mapping[str, str]] = {
    "text": "string", "integer": "integer", "decimal": "decimal", "date": "date", "time": "dateTime",
    "boolean": "boolean",
}  # fmt: skip


def metadata(version: Opened, unit: Unit | None) -> dict[str, Any]:
    """The description of a dataset's CSV: its columns with types, titles in both languages, units and key."""
    dataset, schema = version.dataset, version.schema
    told: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "zh"}], "url": f"{dataset.code}.csv",
        "dc:identifier": dataset.code, "dc:title": _both(dataset.title, dataset.title_en),
        "dc:subject": _both(*DOMAINS[dataset.domain]), "dc:license": {"@id": LICENCES[dataset.licence][2]},
        "dc:modified": {"@value": version.version.made_at.isoformat(), "@type": "xsd:dateTime"},
        "dc:source": {"@id": settings.TIANQU_ORIGIN + reverse("dataset", kwargs={"code": dataset.code})},
        "schema:version": str(version.version.number),
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "quoteChar": '"', "doubleQuote": True},
        "tableSchema": {"columns": [_column(each, key=schema.key) for each in schema.columns]},
    }  # fmt: skip
    description = _both(dataset.description or dataset.grain, dataset.description_en or dataset.grain_en)
    if description:
        told["dc:description"] = description
    if unit is not None:
        told["dc:publisher"] = _both(unit.name, unit.name_en)
    if schema.key:
        told["tableSchema"]["primaryKey"] = list(schema.key)
    return told


def _column(column: Column, *, key: tuple[str, ...]) -> dict[str, Any]:
    """A column. The heading of the file is its name, which therefore is among its titles."""
    titles = {
        language: [title, column.name] if title and title != column.name else [column.name]
        for language, title in (("zh", column.title), ("en", column.title_en))
    }
    told: dict[str, Any] = {"name": column.name, "titles": titles, "datatype": _DATATYPES[column.type]}
    if column.name in key:
        told["required"] = True
    if column.unit:
        told["schema:unitText"] = column.unit
    if column.description:
        told["dc:description"] = column.description
    return told


def _both(chinese: str, english: str, /) -> list[dict[str, str]]:
    told = [{"@language": "zh", "@value": chinese}, {"@language": "en", "@value": english}]
    return [each for each in told if each["@value"]]
