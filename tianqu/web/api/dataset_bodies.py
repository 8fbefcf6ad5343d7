"""Datasets as the API writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from pydantic import BaseModel, Field

from tianqu.kernel.datasets.api import Column, Dataset, Opened, Page, Schema, Value, Version
from tianqu.kernel.places.api import Unit


class DatasetRow(BaseModel):
    """A dataset as the catalogue lists it; ``version`` 0 has no rows yet."""

    code: str
    title: str
    title_en: str
    domain: str
    unit: Annotated[str, Field(description="Code of the office that answers for it.")]
    access: str
    licence: str
    frequency: str
    version: int
    rows: Annotated[int | None, Field(description="Null where only cells are told.")]
    bytes: int | None
    published_at: datetime | None
    changed_at: datetime
    withdrawn: bool


class FacetRow(BaseModel):
    """How many of what was found hold a value."""

    value: str
    count: int


class Facets(BaseModel):
    """What was found, counted by domain, office and access, the most first."""

    domain: list[FacetRow]
    unit: list[FacetRow]
    access: list[FacetRow]


class DatasetPage(BaseModel):
    """A page of the catalogue; ``facets`` only where they were asked for."""

    rows: list[DatasetRow]
    next: Annotated[str | None, Field(description="Send it as `after` for the next page; null: this was the last.")]
    total: int
    facets: Facets | None = None


class ColumnBody(BaseModel):
    """A column; ``statistics`` tells of open columns of the version."""

    name: str
    type: str
    title: str
    title_en: str
    unit: str
    decimals: int
    personal: bool
    closed: bool
    description: str
    statistics: dict[str, Any] | None = None


class DatasetPartBody(BaseModel):
    """A file of a version: Parquet, known by its SHA-256; `GET /datasets/{code}/parts/{sha256}`."""

    sha256: str
    rows: int
    bytes: int
    holding: str


class DatasetVersionRow(BaseModel):
    """A version of a dataset."""

    number: int
    rows: Annotated[int | None, Field(description="Null, like the next four, for a caller who may not read the rows.")]
    bytes: int | None
    refused: int | None
    source_name: str | None
    source_sha256: str | None
    note: str
    journal_index: int
    made_at: datetime


class DatasetVersionBody(DatasetVersionRow):
    """A version with its columns, its key and the parts that the caller may read."""

    columns: list[ColumnBody]
    key: list[str]
    parts: list[DatasetPartBody]
    entry: Annotated[int | None, Field(description="Index of its entry in the public log; null for a moment.")]


class DatasetBody(DatasetRow):
    """A dataset in full, with its newest version; ``newest`` is null where there is none."""

    id: UUID
    description: str
    description_en: str
    grain: str
    grain_en: str
    cells: list[str]
    cell_least: int
    withdrawn_reason: str
    rows_open: Annotated[bool, Field(description="Whether the caller may read its rows.")]
    newest: DatasetVersionBody | None


class RowsPage(BaseModel):
    """A page of rows; ``numbers`` are the rows' own, by which one is found again in this version."""

    version: int
    rows: list[dict[str, Any]]
    numbers: list[int]
    next: Annotated[str | None, Field(description="Send it as `after` for the next page; null: this was the last.")]


class GroupsPage(BaseModel):
    """A page of groups with their measures."""

    version: int
    rows: list[dict[str, Any]]
    next: Annotated[str | None, Field(description="Send it as `after` for the next page; null: this was the last.")]


class OneRow(BaseModel):
    """One row, and where it stands: the part by its hash, and the entry of the log that published it."""

    version: int
    number: int
    row: dict[str, Any]
    part: Annotated[str | None, Field(description="SHA-256 of the part; null for a row that a later change brought.")]
    place: Annotated[int | None, Field(description="Place of the row within the part, from 0.")]
    entry: int | None


def dataset_row(dataset: Dataset, units: Mapping[UUID, Unit]) -> dict[str, Any]:
    """A dataset as ``DatasetRow`` has it."""
    unit = units.get(dataset.unit_id)
    names = ("code", "title", "title_en", "domain", "access", "licence", "frequency", "version", "rows", "bytes",
             "published_at", "changed_at")  # fmt: skip
    told = {name: getattr(dataset, name) for name in names}
    if dataset.access == "cells":
        told |= {"rows": None, "bytes": None}
    return told | {"unit": unit.code if unit else "", "withdrawn": dataset.withdrawn_at is not None}


_OF_ROWS: Final = ("rows", "bytes", "refused", "source_name", "source_sha256")  # of a version; they tell of its rows


def version_row(version: Version, *, rows: int | None) -> dict[str, Any]:
    """A version as ``DatasetVersionRow`` has it. ``rows`` as the caller is told them."""
    told = {name: getattr(version, name) for name in DatasetVersionRow.model_fields}
    return told | (dict.fromkeys(_OF_ROWS) if rows is None else {"rows": rows})


def version_body(version: Version, *, schema: Schema, opened: Opened | None, entry: int | None) -> dict[str, Any]:
    """A version as ``DatasetVersionBody`` has it: statistics and parts only for whoever reads its rows."""
    facts = version.sidecar.get("columns", {}) if opened is not None else {}
    parts = opened.stored.parts if opened is not None else ()
    return version_row(version, rows=version.rows if opened is not None else None) | {
        "columns": [column_body(column) | {"statistics": facts.get(column.name)} for column in schema.columns],
        "key": list(schema.key), "entry": entry,
        "parts": [{name: getattr(part, name) for name in DatasetPartBody.model_fields} for part in parts],
    }  # fmt: skip


def column_body(column: Column) -> dict[str, Any]:
    """A column as ``ColumnBody`` has it."""
    return {name: value for name, value in asdict(column).items() if name in ColumnBody.model_fields}


def rows_body(page: Page) -> dict[str, Any]:
    """A page as ``RowsPage`` or ``GroupsPage`` has it."""
    rows = [row_body(page.names, row) for row in page.rows]
    return {"version": page.version, "rows": rows, "numbers": list(page.numbers), "next": page.after or None}


def row_body(names: tuple[str, ...], row: tuple[Value, ...]) -> dict[str, Any]:
    """A row by its columns' names; decimals are numbers of JSON with all their digits."""
    return {name: exact(value) for name, value in zip(names, row, strict=True)}


def exact(value: Value) -> Any:
    """A value as JSON holds it: a decimal, and a whole number beyond 64 bits, with all its digits."""
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f")) if value.is_finite() else None
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return orjson.Fragment(str(value))
    return value
