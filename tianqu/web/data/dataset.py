"""One dataset: what it is, its columns, a plot at once, where it comes from, how to take and quote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tianqu.base.errors import NotFound
from tianqu.kernel.datasets.api import (
    Column,
    Dataset,
    Opened,
    Schema,
    Version,
    cells_schema,
    dataset_called,
    feeders,
    may_read_rows,
    open_version,
    rows_access,
    rows_told,
    schema_of,
    version_of,
    versions_of,
)
from tianqu.kernel.journal.api import Actor, kept_entry
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import can, units_with
from tianqu.web.data.examples import api_examples, citation
from tianqu.web.data.plots import first_plot, spark
from tianqu.web.data.words import ACCESS_TELLS, FREQUENCIES, TYPES, WORDS, cell_said, licence_name, said, unit_name
from tianqu.web.layout.formats import number

VERSIONS_SHOWN: Final = 10
FREQUENT_SHOWN: Final = 5
FIRST_COLUMNS: Final = 12  # of the preview; all of them are on the page of rows
REFUSED_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class ColumnShown:
    """A column with its statistics, as the page lists it."""

    column: Column
    facts: dict[str, Any]
    bars: list[tuple[float, float, float, float]]
    frequent: list[tuple[str, int]]

    @property
    def filled(self) -> int | None:
        """How many rows hold something there."""
        return self.facts.get("filled")


@require_safe
def dataset_page(request: PageRequest, code: str, number: int | None = None) -> HttpResponse:
    """A dataset by its newest version, or by an older one that stays under its own address."""
    dataset = dataset_called(request.actor, code)
    version = version_shown(dataset, number)
    reads = may_read_rows(request.actor, dataset, version)
    systems = feeders(dataset)
    units = units_with({dataset.unit_id, *(system.unit_id for system in systems)})
    office = units.get(dataset.unit_id)
    context: dict[str, Any] = {
        **WORDS, "dataset": dataset, "version": version, "office": office, "reads": reads, "old": number is not None,
        "facts": _facts(dataset, version if reads else None, unit_name(office)),
        "tells": ACCESS_TELLS[rows_access(dataset, version)],
        "may_publish": can(request.actor, "datasets.publish", dataset),
        "may_ask_sql": reads and version is not None and can(request.actor, "datasets.sql"),
        "tabs": tabs(dataset, version, number, reads=reads), "systems": systems, "units": units,
    }  # fmt: skip
    if version is not None:
        shown = open_version(request.actor, dataset, number=version.number) if reads else None
        context |= _version_context(request.actor, dataset, version, shown, unit_name(office))
    return render(request, "data/dataset.html", context, using="jinja2")


def version_shown(dataset: Dataset, number: int | None) -> Version | None:
    """The version that an address names, the newest without one; None where there is none yet. Raises ``NotFound``."""
    if number is None and not dataset.version:
        return None
    return version_of(dataset, number or dataset.version)


def tabs(dataset: Dataset, version: Version | None, number: int | None, *, reads: bool) -> list[tuple[str, str, None]]:
    """The pages of one dataset, for those who may read them."""
    code = {"code": dataset.code}
    home = reverse("dataset_version", kwargs=code | {"number": number}) if number else reverse("dataset", kwargs=code)
    told: list[tuple[str, str, None]] = [(gettext("Overview"), home, None)]
    if version is None:
        return told
    if reads:
        told.append((gettext("All rows"), rows_address(dataset, version, pinned=number is not None), None))
    if cells_schema(dataset, version) is not None:
        name = "dataset_version_cells" if number else "dataset_cells"
        told.append((gettext("Counts"), reverse(name, kwargs=code | ({"number": number} if number else {})), None))
    return [*told, (gettext("Versions"), reverse("dataset_versions", kwargs=code), None)]


def rows_address(dataset: Dataset, version: Version, *, pinned: bool) -> str:
    """The address of the table; ``pinned`` keeps it at this version when a newer one is published."""
    kwargs: dict[str, Any] = {"code": dataset.code}
    if pinned:
        return reverse("dataset_version_rows", kwargs=kwargs | {"number": version.number})
    return reverse("dataset_rows", kwargs=kwargs)


def _version_context(
    actor: Actor, dataset: Dataset, version: Version, shown: Opened | None, office: str
) -> dict[str, Any]:
    entry = kept_entry(f"dataset_version:{version.id}")
    schema = shown.schema.open if shown else schema_of(version.schema).open
    versions = versions_of(dataset, limit=VERSIONS_SHOWN)
    context: dict[str, Any] = {
        "index": entry.index if entry else None, "columns": columns_shown(schema, version if shown else None),
        "closed_columns": len(version.schema["columns"]) - len(schema.columns),
        "citation": citation(dataset, version, office), "versions": versions,
        "told": {each.number: rows_told(actor, dataset, each) for each in versions},
        "plot": None, "first": None, "files": [], "refused": [], "examples": [],
    }  # fmt: skip
    if shown is None or not schema.columns:
        return context
    address = rows_address(dataset, version, pinned=version.number != dataset.version)
    first = version.sidecar.get("first", [])
    context |= {
        "plot": first_plot(schema, version.sidecar.get("columns", {}), rows_address=address),
        "first": [
            [cell_said(value, column) for value, column in zip(row, schema.columns[:FIRST_COLUMNS], strict=False)]
            for row in first
        ],
        "first_columns": schema.columns[:FIRST_COLUMNS],
        "refused": refused_shown(version, shown.schema, values=can(actor, "datasets.publish", dataset)),
        "files": shown.stored.parts, "rows_address": address, "downloads": downloads(dataset, version, shown),
        "examples": api_examples(dataset, schema),
    }  # fmt: skip
    return context


def columns_shown(schema: Schema, version: Version | None) -> list[ColumnShown]:
    """The columns with what the sidecar tells of each; without statistics where the rows may not be read."""
    told = version.sidecar.get("columns", {}) if version is not None else {}
    shown = []
    for column in schema.columns:
        facts = told.get(column.name, {})
        frequent = [
            (cell_said(value, column) if value is not None else gettext("(empty)"), int(count))
            for value, count in facts.get("frequent", [])[:FREQUENT_SHOWN]
        ]
        shown.append(ColumnShown(column, facts, spark(facts), frequent))
    return shown


def downloads(dataset: Dataset, version: Version, shown: Opened) -> list[tuple[str, str, int | None]]:
    """The four forms, each with its address and, where it is known, its size in bytes."""
    parts = shown.stored.rows
    size = parts[0].bytes if len(parts) == 1 and not shown.stored.changes else None
    query = f"?version={version.number}"
    return [
        (title, reverse("dataset_export", kwargs={"code": dataset.code, "form": form}) + query,
         size if form == "parquet" else None)
        for form, title in WORDS["forms"].items()
    ]  # fmt: skip


def _facts(dataset: Dataset, version: Version | None, office: str) -> list[tuple[Any, Any]]:
    licence, _address = licence_name(dataset.licence)
    grain = said(dataset.grain, dataset.grain_en)
    return [
        (_("Office"), office), (_("Domain"), WORDS["domain_name"](dataset.domain)), (_("One row is"), grain),
        (_("Rows"), number(version.rows) if version else None), (_("Updated"), FREQUENCIES[dataset.frequency]),
        (_("Licence"), licence), (_("Code"), dataset.code),
    ]  # fmt: skip


def reason_said(reason: str) -> str:
    """Why a row was refused, in the language of the page."""
    return gettext(reason) if reason else ""


def refused_shown(version: Version, schema: Schema, *, values: bool) -> list[dict[str, Any]]:
    """The first refused rows: of columns that the reader may see, and what stood there for whoever publishes."""
    return [
        {
            "line": row["line"], "column": row["column"], "value": row.get("value", "") if values else "",
            "reason": reason_said(row.get("reason", "")),
        }
        for row in version.report.get("rows", [])
        if not row["column"] or set(row["column"].split(", ")) <= set(schema.names)
    ][:REFUSED_SHOWN]  # fmt: skip


@require_safe
def versions_page(request: PageRequest, code: str) -> HttpResponse:
    """All versions of a dataset, and any two of them side by side."""
    dataset = dataset_called(request.actor, code)
    versions = versions_of(dataset)
    if not versions:
        raise NotFound(gettext_noop("This dataset has no version yet."), field="dataset", value=code)
    after = _named(versions, request.GET.get("after", ""), versions[0])
    older = next((each for each in versions if each.number < after.number), after)
    before = _named(versions, request.GET.get("before", ""), older)
    context = {
        **WORDS, "dataset": dataset, "versions": versions, "before": before, "after": after,
        "told": {each.number: rows_told(request.actor, dataset, each) for each in versions},
        "choices": [(str(each.number), str(each.number)) for each in versions],
        "changes": schema_changes(schema_of(before.schema).open, schema_of(after.schema).open),
        "tabs": tabs(dataset, versions[0], None, reads=may_read_rows(request.actor, dataset)),
        "reads": may_read_rows(request.actor, dataset),
    }  # fmt: skip
    return render(request, "data/versions.html", context, using="jinja2")


def _named(versions: list[Version], asked: str, otherwise: Version) -> Version:
    if not asked:
        return otherwise
    found = next((each for each in versions if str(each.number) == asked), None)
    if found is None:
        raise NotFound(gettext_noop("There is no version %(value)s."), field="version", value=asked[:10])
    return found


def schema_changes(before: Schema, after: Schema) -> list[tuple[str, str, str]]:
    """What differs between two schemas: the column, what it was and what it is, "" where it was not there."""
    old = {column.name: column for column in before.columns}
    new = {column.name: column for column in after.columns}
    names = [*new, *(name for name in old if name not in new)]
    told = [(name, _told(old.get(name)), _told(new.get(name))) for name in names]
    return [each for each in told if each[1] != each[2]]


def _told(column: Column | None) -> str:
    if column is None:
        return ""
    unit = f", {column.unit}" if column.unit else ""
    return f"{said(column.title, column.title_en) or column.name} ({TYPES[column.type]}{unit})"
