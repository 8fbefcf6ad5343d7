"""Datasets over HTTP: the catalogue, versions, rows and groups in the safe language, files and parts."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.datasets.api import (
    DATASETS_MAX,
    SQL_MAX,
    CatalogueAsked,
    Dataset,
    Version,
    ask_sql,
    catalogue,
    catalogue_facets,
    cells_page,
    cells_schema,
    dataset_called,
    groups_page,
    may_read_rows,
    open_version,
    question_of,
    row_numbered,
    row_placed,
    rows_page,
    rows_told,
    version_of,
    versions_of,
)
from tianqu.kernel.journal.api import Actor, kept_entry
from tianqu.kernel.places.api import units_with
from tianqu.web.api.dataset_bodies import (
    DatasetBody,
    DatasetPage,
    DatasetVersionBody,
    DatasetVersionRow,
    GroupsPage,
    OneRow,
    RowsPage,
    dataset_row,
    exact,
    row_body,
    rows_body,
    version_body,
    version_row,
)
from tianqu.web.api.doors import with_token
from tianqu.web.api.paging import Page, cursor_of, number_of
from tianqu.web.api.performing import actor_of_request, check_limits
from tianqu.web.api.values import NO_NUL, AnyCode, Cursor, Flag, Limit, unit_given, word
from tianqu.web.data.sending import exported, opened_as_asked, part_sent, version_asked

router = Router(tags=["datasets"])
FACET_UNITS: Final = 50
DatasetCode = Annotated[str, Path(min_length=1, max_length=100, pattern=NO_NUL, description="Code of the dataset.")]
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version.")]
RowNumber = Annotated[int, Path(ge=0, le=2**53 - 1, description="The row's own number, from `numbers`.")]
_OF_PAGES: Final = frozenset(("format", "lang", "q"))
Domain = Annotated[str, word(40)]
# Every column is a parameter of its own, so the document names them by an object.
COLUMNS: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "columns_asked", "in": "query", "required": False, "style": "form", "explode": True,
            "description": (
                "Conditions: `county=德城区`, `amount.ge=100`, `day.lt=2020-02-01`, `name.contains=水`, `kind.null=1`."
                " Operators: eq, ne, lt, le, gt, ge, in, contains, starts, null, filled. A column given twice means or."
            ),
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        }
    ]
}  # fmt: skip


def _file_of(*media_types: str) -> dict[str, Any]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in media_types}
    return {"responses": {200: {"description": "The file.", "content": content}}}


class CatalogueList(BaseModel):
    """What the catalogue is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    q: Annotated[str, word(200), Field(description="Words that all occur, in Chinese or English.")] = ""
    domain: Annotated[Domain, Field(description="One of the nineteen domains.")] = ""
    unit: Annotated[AnyCode | None, Field(description="Code of the office.")] = None
    access: Annotated[Literal["", "open", "cells", "shared", "closed"], Field(description="Who may read.")] = ""
    sort: Literal["newest", "title", "rows", "code"] = "newest"
    facets: Annotated[Flag, Field(description="true: also count what was found.")] = False
    after: Cursor | None = None
    limit: Limit = 50


@router.get("/datasets", response=DatasetPage, summary="Search the catalogue", exclude_none=False)
def datasets(request: HttpRequest, asked: Query[CatalogueList]) -> Any:
    """List the datasets that the caller may know of."""
    actor, unit = actor_of_request(request), unit_given(asked.unit)
    offset = number_of(asked.after) or 0
    wanted = CatalogueAsked(
        text=asked.q, domains=frozenset((asked.domain,)) if asked.domain else None,
        unit_ids=frozenset((unit.id,)) if unit else None, access=asked.access, sort=asked.sort, offset=offset,
        limit=asked.limit,
    )  # fmt: skip
    facets = catalogue_facets(actor, wanted, units=FACET_UNITS) if asked.facets else None
    page = catalogue(actor, wanted, total=facets.total if facets else None)
    ids = {dataset.unit_id for dataset in page.datasets} | ({one for one, _count in facets.units} if facets else set())
    units = units_with(ids)
    beyond = offset + len(page.datasets)
    told: dict[str, Any] = {
        "rows": [dataset_row(dataset, units) for dataset in page.datasets], "total": page.total,
        "next": cursor_of(beyond) if page.datasets and beyond < page.total else None,
    }  # fmt: skip
    if facets:
        told["facets"] = {
            "domain": _counted(facets.domains), "access": _counted(facets.accesses),
            "unit": _counted([(units[one].code, count) for one, count in facets.units if one in units]),
        }  # fmt: skip
    return told


def _counted(told: Any) -> list[dict[str, Any]]:
    return [{"value": value, "count": count} for value, count in told]


@router.get("/datasets/{code}", response=DatasetBody, summary="One dataset")
def dataset(request: HttpRequest, code: DatasetCode) -> Any:
    """Read a dataset with its newest version: columns with statistics, parts, and where it stands in the log."""
    return dataset_body(actor_of_request(request), code)


def dataset_body(actor: Actor, code: str) -> dict[str, Any]:
    """A dataset as ``DatasetBody`` has it."""
    found = dataset_called(actor, code)
    newest = version_of(found, found.version) if found.version else None
    names = ("id", "description", "description_en", "grain", "grain_en", "cells", "cell_least", "withdrawn_reason")
    return dataset_row(found, units_with([found.unit_id])) | {name: getattr(found, name) for name in names} | {
        "rows_open": may_read_rows(actor, found), "newest": _version(actor, found, newest) if newest else None
    }  # fmt: skip


def _version(actor: Actor, found: Dataset, version: Version) -> dict[str, Any]:
    opened = open_version(actor, found, number=version.number) if may_read_rows(actor, found, version) else None
    entry = kept_entry(f"dataset_version:{version.id}")
    schema = opened.schema if opened else version.columns.open
    return version_body(version, schema=schema, opened=opened, entry=entry.index if entry else None)


@router.get("/datasets/{code}/versions", response=Page[DatasetVersionRow], summary="The versions of a dataset")
def versions(request: HttpRequest, code: DatasetCode, after: Cursor | None = None, limit: Limit = 50) -> Any:
    """List the versions, the newest first."""
    actor = actor_of_request(request)
    dataset = dataset_called(actor, code)
    rows = versions_of(dataset, before=number_of(after), limit=limit + 1)
    more = rows[limit - 1].number if len(rows) > limit else None
    told = [version_row(each, rows=rows_told(actor, dataset, each)) for each in rows[:limit]]
    return {"rows": told, "next": cursor_of(more)}


@router.get("/datasets/{code}/versions/{number}", response=DatasetVersionBody, summary="One version of a dataset")
def version(request: HttpRequest, code: DatasetCode, number: VersionNumber) -> Any:
    """Read a version: its columns, its parts, its entry in the log."""
    actor = actor_of_request(request)
    found = dataset_called(actor, code)
    return _version(actor, found, version_of(found, number))


def _whole(value: Any) -> Any:
    return "" if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 10) else value


class DatasetRowsAsked(BaseModel):
    """What is told of the rows, and how many; the conditions stand beside it."""

    columns: Annotated[str, word(2_000), Field(description="Names, with commas between them.")] = ""
    sort: Annotated[str, word(100), Field(description="A column or measure, `-` before it for the largest first.")] = ""
    after: Annotated[str, Field(max_length=1_000, pattern=NO_NUL, description="`next` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=1_000, description="Rows of a page."), BeforeValidator(_whole)] = 50
    version: Annotated[
        int | None, Field(ge=1, le=999_999_999, description="A version; without it the newest."),
        BeforeValidator(_whole),
    ] = None  # fmt: skip
    as_of_index: Annotated[str, Field(
        max_length=20, pattern=NO_NUL,
        description="As the dataset was when the public log held so many entries; in the place of a version.",
    )] = ""  # fmt: skip


class GroupsAsked(DatasetRowsAsked):
    """By what the rows are grouped, and what is told of each group."""

    group: Annotated[str, word(500), Field(description="Up to four columns, with commas between them.")] = ""
    measure: Annotated[
        str, word(1_000), Field(description="count, sum:COLUMN, mean:COLUMN, min:, max:, distinct:; with commas.")
    ] = "count"


def _told(request: HttpRequest) -> dict[str, list[str]]:
    """The parameters as they came; what the language keeps for pages is refused like any other unknown one."""
    told = {name: [str(value) for value in values] for name, values in request.GET.lists()}
    for name in _OF_PAGES & set(told):
        raise InvalidInput(_("This address takes no such parameter."), field=name, value=name)
    return told


@router.get("/datasets/{code}/rows", response=RowsPage, summary="Rows of a dataset", openapi_extra=COLUMNS)
def rows(request: HttpRequest, code: DatasetCode, asked: Query[DatasetRowsAsked]) -> Any:
    """Ask for rows by conditions on any of their columns, ordered, page by page."""
    told = _told(request)
    if "group" in told or "measure" in told:
        raise InvalidInput(
            _("Groups are asked for at another address."), field="group",
            remedy=_("Ask /datasets/{code}/groups."),
        )  # fmt: skip
    actor = actor_of_request(request)
    opened = opened_as_asked(actor, dataset_called(actor, code), told)
    return rows_body(rows_page(opened, question_of(told, opened.schema)))


@router.get("/datasets/{code}/groups", response=GroupsPage, summary="Groups of rows", openapi_extra=COLUMNS)
def groups(request: HttpRequest, code: DatasetCode, asked: Query[GroupsAsked]) -> Any:
    """Ask for counts, sums, means, least and greatest values of groups of rows; all sums are exact."""
    told = _told(request)
    told.setdefault("measure", [asked.measure])
    actor = actor_of_request(request)
    opened = opened_as_asked(actor, dataset_called(actor, code), told)
    return rows_body(groups_page(opened, question_of(told, opened.schema)))


class CellsAsked(BaseModel):
    """By what the counts are broken down."""

    group: Annotated[str, word(500), Field(description="Up to four columns, with commas between them.")] = ""
    after: Annotated[str, Field(max_length=1_000, pattern=NO_NUL, description="`next` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=1_000, description="Rows of a page."), BeforeValidator(_whole)] = 50
    version: Annotated[
        int | None, Field(ge=1, le=999_999_999, description="A version; without it the newest."),
        BeforeValidator(_whole),
    ] = None  # fmt: skip


@router.get("/datasets/{code}/cells", response=GroupsPage, summary="Counts without rows", openapi_extra=COLUMNS)
def cells(request: HttpRequest, code: DatasetCode, asked: Query[CellsAsked]) -> Any:
    """Ask for counts of a dataset whose rows are not open. `cases` is null where there are rows and how many is not
    told: fewer than the dataset's `cell_least`, or a count from which such a one could be computed.
    """
    told, actor = _told(request), actor_of_request(request)
    found = dataset_called(actor, code)
    number = version_asked(told)
    schema = cells_schema(found, version_of(found, number or found.version))
    if schema is None:
        raise NotFound(_("The dataset %(value)s has no cells."), field="dataset", value=code)
    return rows_body(cells_page(actor, found, question_of(told, schema), number=number))


class SqlAsked(BaseModel):
    """A statement, and the datasets that it reads."""

    model_config = ConfigDict(extra="forbid")
    sql: Annotated[str, word(SQL_MAX, needed=True), Field(description="One SELECT in the dialect of DuckDB.")]
    datasets: Annotated[
        list[Annotated[str, word(100, needed=True)]], Field(min_length=1, max_length=DATASETS_MAX),
        Field(description="Codes; each is a table by its code with _ for every dot."),
    ]  # fmt: skip


class SqlAnswer(BaseModel):
    """The columns of an answer, at most 10,000 rows, and whether there would be more. Lists are texts of JSON."""

    names: list[str]
    rows: list[list[Any]]
    more: bool


@router.post("/sql", response=SqlAnswer, summary="Ask by SQL", operation_id="datasets_sql", auth=with_token)
def sql(request: HttpRequest, body: SqlAsked) -> Any:
    """Run one SELECT over datasets whose rows the caller reads, with limits on time, memory and rows. It changes
    nothing, and reaches nothing but these datasets.
    """
    actor = actor_of_request(request)
    check_limits(actor, "datasets.sql")
    answer = ask_sql(actor, body.sql, datasets=body.datasets)
    return {
        "names": answer.names,
        "rows": [[exact(value) for value in row] for row in answer.rows],
        "more": answer.more,
    }


@router.get("/datasets/{code}/rows/{number}", response=OneRow, summary="One row of a dataset")
def row(request: HttpRequest, code: DatasetCode, number: RowNumber, version: Annotated[
    int | None, Query(ge=1, le=999_999_999, description="A version; without it the newest.")
] = None) -> Any:  # fmt: skip
    """Read a row with the part that it stands in, by which anybody can check it."""
    actor = actor_of_request(request)
    opened = open_version(actor, dataset_called(actor, code), number=version)
    values = row_numbered(opened, number)
    part, place = row_placed(opened, number)
    entry = kept_entry(f"dataset_version:{opened.version.id}")
    return {
        "version": opened.version.number, "number": number, "row": row_body(opened.schema.names, values),
        "part": part.sha256 if part else None, "place": place if part else None,
        "entry": entry.index if entry else None,
    }  # fmt: skip


@router.get(
    "/datasets/{code}/export.{form}", summary="Rows of a dataset as a file",
    openapi_extra=COLUMNS | _file_of("text/csv", "application/x-ndjson", "application/vnd.apache.parquet",
                                     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
)  # fmt: skip
def export(request: HttpRequest, code: DatasetCode, form: Annotated[str, Path(pattern=r"^(csv|jsonl|parquet|xlsx)$")],
           asked: Query[DatasetRowsAsked]) -> Any:  # fmt: skip
    """Take every row that meets the conditions as CSV, JSON lines, Parquet or a workbook, made while it is sent."""
    told = {name: values for name, values in _told(request).items() if name not in ("limit", "after")}
    return exported(actor_of_request(request), code=code, form=form, told=told)


@router.get(
    "/datasets/{code}/parts/{sha256}", summary="A part of a dataset by its hash",
    openapi_extra=_file_of("application/vnd.apache.parquet"),
)  # fmt: skip
def part(request: HttpRequest, code: DatasetCode, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]) -> Any:
    """Take a part as it was published; `Range` is understood."""
    return part_sent(request, actor_of_request(request), code=code, digest=sha256)
