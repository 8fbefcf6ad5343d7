"""Datasets and figures as CKAN's packages, with their files as resources.

A name is the code with "-" for ".": codes hold no "-", so that it is read back without loss. A figure's name begins
with ``figure--``, which no dataset's can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from tianqu.base.errors import NotFound, _
from tianqu.kernel.datasets.api import (
    DEFAULT_LICENCE,
    DOMAINS,
    LICENCES,
    Column,
    Dataset,
    Opened,
    Schema,
    open_dataset,
    open_files,
    open_versions,
)
from tianqu.kernel.figures.api import SERIES_FORMS, SERIES_NAMES, ShownFigure, figure_domain, open_figure, public_since
from tianqu.kernel.places.api import Unit, units_with

FIGURE: Final = "figure--"
FIGURES_GROUP: Final = "figures"
FIGURES_TITLE: Final = ("指标", "Figures")
FIGURE_SCHEMA: Final = Schema(
    (
        Column("period", "text", "时期", "Period"),
        Column("value", "decimal", "数值", "Value", decimals=6),
        Column("exact", "text", "未舍入的值", "Value before rounding"),
        Column("printed_zh", "text", "中文表述", "As printed in Chinese"),
        Column("printed_en", "text", "英文表述", "As printed in English"),
        Column("target", "decimal", "目标", "Target", decimals=6),
    )
)
assert FIGURE_SCHEMA.names == SERIES_NAMES
_TABLE_TYPES: Final = {
    "text": "string", "integer": "integer", "decimal": "number", "date": "date", "time": "datetime",
    "boolean": "boolean",
}  # fmt: skip


def name_of(code: str) -> str:
    """The name of a dataset, or of a unit, by its code."""
    return code.replace(".", "-")


def figure_name(code: str) -> str:
    """The name of a figure by its code."""
    return FIGURE + code.replace(".", "-")


def found_called(name: str) -> Opened | ShownFigure:
    """The dataset or figure that a name or an identifier means. Raises ``NotFound``."""
    if name.startswith(FIGURE):
        return open_figure(_code(name.removeprefix(FIGURE)))
    try:
        identifier = UUID(name)
    except ValueError:
        return open_dataset(code=_code(name))
    return open_dataset(dataset_id=identifier)


def _code(name: str) -> str:
    if "." in name:
        raise NotFound(_("There is no dataset %(value)s."), field="id", value=name[:100])
    return name.replace("-", ".")


def packages_of(found: Sequence[Dataset | ShownFigure]) -> list[dict[str, Any]]:
    """Packages of datasets and figures, in their order. Two statements."""
    units = units_with({_unit_id(one) for one in found})
    versions = open_versions([one for one in found if isinstance(one, Dataset)])
    return [
        dataset_package(versions[one.id], units.get(one.unit_id))
        if isinstance(one, Dataset)
        else figure_package(one, units.get(one.figure.unit_id))
        for one in found
        if not isinstance(one, Dataset) or one.id in versions
    ]


def package_of(one: Opened | ShownFigure) -> dict[str, Any]:
    """The package of one dataset or figure."""
    if isinstance(one, ShownFigure):
        return figure_package(one, units_with({one.figure.unit_id}).get(one.figure.unit_id))
    return dataset_package(one, units_with({one.dataset.unit_id}).get(one.dataset.unit_id))


def _unit_id(one: Dataset | ShownFigure) -> UUID:
    return one.unit_id if isinstance(one, Dataset) else one.figure.unit_id


def dataset_package(version: Opened, unit: Unit | None) -> dict[str, Any]:
    """An open dataset as a package. ``title_translated`` and ``notes_translated`` are as ckanext-fluent has them."""
    dataset = version.dataset
    licence = LICENCES[dataset.licence]
    extras = {
        "code": dataset.code, "frequency": dataset.frequency, "rows": version.version.rows, "grain": dataset.grain,
        "grain_en": dataset.grain_en, "journal_index": version.version.journal_index,
    }  # fmt: skip
    package = _package(
        name=name_of(dataset.code), title=(dataset.title, dataset.title_en),
        notes=(dataset.description, dataset.description_en), unit=unit, licence_id=dataset.licence, licence=licence,
        groups=[group_dict(dataset.domain)], tag=DOMAINS[dataset.domain][0], extras=extras,
        created=dataset.created_at, changed=dataset.changed_at,
    )  # fmt: skip
    files = open_files(version)
    resources = [
        resource(
            package, position=position, form=file.form, media_type=file.media_type, schema=version.schema,
            sha256=file.sha256, size=file.bytes, made=version.version.made_at,
        )
        for position, file in enumerate(files)
    ]  # fmt: skip
    return package | {
        "id": str(dataset.id), "version": str(dataset.version), "resources": resources, "num_resources": len(resources)
    }  # fmt: skip


def figure_package(shown: ShownFigure, unit: Unit | None) -> dict[str, Any]:
    """An open figure as a package of the group "figures"."""
    figure, definition, newest = shown.figure, shown.definition, shown.newest
    assert newest is not None, "a figure without an open value is told to nobody"
    extras = {
        "code": figure.code, "domain": figure.domain, "unit": definition.display.unit.code,
        "newest_period": newest.value.period, "newest_zh": newest.zh.whole, "newest_en": newest.en.whole,
    }  # fmt: skip
    licence = LICENCES[DEFAULT_LICENCE]
    package = _package(
        name=figure_name(figure.code), title=(figure.name, figure.name_en),
        notes=(definition.note, definition.note_en), unit=unit, licence_id=DEFAULT_LICENCE, licence=licence,
        groups=[group_dict(FIGURES_GROUP)], tag=figure_tag(shown), extras=extras, created=figure.created_at,
        changed=figure_changed(shown),
    )  # fmt: skip
    resources = [
        resource(
            package, position=position, form=form, media_type=media_type, schema=FIGURE_SCHEMA,
            made=newest.value.computed_at,
        )
        for position, (form, media_type) in enumerate(SERIES_FORMS.items())
    ]  # fmt: skip
    return package | {
        "id": package["name"], "version": str(newest.value.number), "resources": resources,
        "num_resources": len(resources),
    }  # fmt: skip


def figure_changed(shown: ShownFigure) -> datetime:
    """When what everybody may have of a figure last changed: a value under embargo changes it when that ends."""
    assert shown.newest is not None
    return public_since(shown.newest)


def _package(
    *, name: str, title: tuple[str, str], notes: tuple[str, str], unit: Unit | None, licence_id: str,
    licence: tuple[str, str, str], groups: list[dict[str, Any]], tag: str, extras: Mapping[str, object],
    created: datetime, changed: datetime,
) -> dict[str, Any]:  # fmt: skip
    office = None if unit is None else organization_dict(unit)
    return {
        "id": name, "name": name, "title": title[0], "title_translated": _both(title),
        "notes": notes[0], "notes_translated": _both(notes), "type": "dataset", "state": "active", "private": False,
        "isopen": True, "license_id": licence_id, "license_title": licence[1], "license_url": licence[2],
        "organization": office, "owner_org": None if office is None else office["id"],
        "author": "" if unit is None else unit.name, "maintainer": "" if unit is None else unit.name,
        "groups": groups, "tags": [tag_dict(tag)], "num_tags": 1,
        "url": f"{settings.TIANQU_ORIGIN}/ckan/dataset/{name}",
        "extras": [{"key": key, "value": str(value)} for key, value in extras.items() if value not in ("", None)],
        "metadata_created": moment(created), "metadata_modified": moment(changed), "resources": [],
        "relationships_as_subject": [], "relationships_as_object": [], "creator_user_id": None,
    }  # fmt: skip


def _both(texts: tuple[str, str]) -> dict[str, str]:
    return {"zh": texts[0], "en": texts[1] or texts[0]}


def resource(
    package: Mapping[str, Any], *, position: int, form: str, media_type: str, schema: Schema, made: datetime,
    sha256: str = "", size: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A file of a package. Its identifier is the package's name and the form."""
    address = reverse("ckan_download", kwargs={"name": package["name"], "file": f"{package['name']}.{form}"})
    told: dict[str, Any] = {
        "id": f"{package['name']}.{form}", "package_id": package["id"], "name": f"{package['name']}.{form}",
        "description": package["title"], "format": form.upper(), "mimetype": media_type.partition(";")[0],
        "url": settings.TIANQU_ORIGIN + address, "url_type": "upload", "resource_type": "file", "size": size,
        "hash": f"sha256:{sha256}" if sha256 else "", "position": position, "state": "active", "created": moment(made),
        "last_modified": moment(made), "datastore_active": True, "cache_url": None, "cache_last_updated": None,
    }  # fmt: skip
    if form == "csv":
        told |= {"schema": table_schema(schema), "encoding": "utf-8"}
    return told


def table_schema(schema: Schema) -> dict[str, Any]:
    """The columns as a Table Schema of Frictionless."""
    fields = []
    for column in schema.columns:
        told = {"name": column.name, "type": _TABLE_TYPES[column.type], "title": column.title or column.name}
        fields.append(told | ({"unit": column.unit} if column.unit else {}))
    return {"fields": fields} | ({"primaryKey": list(schema.key)} if schema.key else {})


def organization_dict(unit: Unit) -> dict[str, Any]:
    """An office as it stands in a package."""
    return {
        "id": str(unit.id), "name": name_of(unit.code), "title": unit.name,
        "title_translated": _both((unit.name, unit.name_en)), "type": "organization", "description": "",
        "image_url": "", "is_organization": True, "approval_status": "approved", "state": "active",
    }  # fmt: skip


def group_dict(domain: str) -> dict[str, Any]:
    """A domain, or the figures, as the group that stands in a package."""
    title = FIGURES_TITLE if domain == FIGURES_GROUP else DOMAINS[domain]
    return {
        "id": domain, "name": domain, "title": title[0], "display_name": title[0], "title_translated": _both(title),
        "description": "", "image_display_url": "",
    }  # fmt: skip


def figure_tag(shown: ShownFigure) -> str:
    """The tag of a figure: its domain, which is one of the programme's and no group here."""
    return figure_domain(shown.figure.domain)[0]


def tag_dict(name: str) -> dict[str, Any]:
    """A tag as it stands in a package: the domain of a dataset or figure in Chinese, as titles are."""
    return {"id": name, "name": name, "display_name": name, "state": "active", "vocabulary_id": None}


def moment(when: datetime) -> str:
    """A moment as CKAN writes it: UTC without saying so."""
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
