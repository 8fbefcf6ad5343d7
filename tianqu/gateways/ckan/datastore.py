"""``datastore_search``: rows of a resource by filters, fields, order and place, exact and at most 1,000 at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.gateways.ckan.asked import Told, flag, listed, mapping, needed, number, text
from tianqu.gateways.ckan.packages import FIGURE_SCHEMA, found_called
from tianqu.kernel.datasets.api import (
    Condition,
    Measure,
    Opened,
    Question,
    Schema,
    measured,
    open_files,
    question_of,
    rows_from,
    written,
)
from tianqu.kernel.figures.api import SERIES_FORMS, ShownFigure, open_series, series_row

LIMIT: Final = 100
LIMIT_MAX: Final = 1_000
_TYPES: Final = {
    "text": "text", "integer": "int8", "decimal": "numeric", "date": "date", "time": "timestamp", "boolean": "bool",
}  # fmt: skip
_REFUSED: Final = ("q", "plain", "language", "distinct")


def resource_called(identifier: str) -> tuple[Opened | ShownFigure, str]:
    """The dataset or figure of a resource, and its form. Raises ``NotFound``."""
    name, _dot, form = identifier.rpartition(".")
    one = found_called(name)
    forms = tuple(SERIES_FORMS) if isinstance(one, ShownFigure) else tuple(file.form for file in open_files(one))
    if form not in forms:
        raise NotFound(_("There is no file %(value)s."), field="id", value=identifier[:100])
    return one, form


def datastore_search(told: Told) -> dict[str, Any]:
    """Answer CKAN's ``datastore_search``. Raises ``InvalidInput`` and ``NotFound``."""
    identifier = needed(told, "resource_id", "id")
    one, _form = resource_called(identifier)
    for name in _REFUSED:
        if told.get(name) not in (None, "", False, "false", {}):
            raise InvalidInput(
                _("This cannot be asked here."), field=name, remedy=_("Narrow the rows by filters: column and value.")
            )
    records_format = text(told, "records_format", "objects")
    if records_format not in ("objects", "lists"):
        raise InvalidInput(
            _("%(value)s is not possible here."), field="records_format", value=records_format[:40],
            remedy=_("Possible: %(allowed)s."), allowed="objects, lists",
        )  # fmt: skip
    limit, offset = number(told, "limit", LIMIT, most=LIMIT_MAX), number(told, "offset", 0)
    if isinstance(one, ShownFigure):
        schema, rows, total = _of_figure(one, told, limit=limit, offset=offset)
    else:
        schema, rows, total = _of_dataset(one, told, limit=limit, offset=offset)
    names = listed(told, "fields") or ["_id", *schema.names]
    kept = [["_id", *schema.names].index(name) for name in names]
    records: list[Any] = [[row[place] for place in kept] for row in rows]
    if records_format == "objects":
        records = [dict(zip(names, record, strict=True)) for record in records]
    answer = {
        "resource_id": identifier, "fields": [each for each in _fields(schema) if each["id"] in names],
        "records": records, "records_format": records_format, "limit": limit, "offset": offset,
        "include_total": flag(told, "include_total", True), "filters": mapping(told, "filters"),
    }  # fmt: skip
    return answer | ({"total": total, "total_was_estimated": False} if answer["include_total"] else {})


Rows = tuple[Schema, Iterable[tuple[Any, ...]], int]


def _of_dataset(version: Opened, told: Told, *, limit: int, offset: int) -> Rows:
    schema = version.schema
    _check_fields(schema, told)
    asked: dict[str, list[str]] = {}
    for name, value in mapping(told, "filters").items():
        values = value if isinstance(value, list) else [value]
        schema.column(name, field="filters")
        asked[f"{name}.null" if values == [None] else name] = [_written(each) for each in values]
    conditions = _conditions(schema, asked)
    total = version.version.rows
    if conditions:
        (counted,) = measured(version, (Measure("count"),), conditions)
        total = int(str(counted))
    rows: list[tuple[Any, ...]] = []
    if limit:
        question = Question(conditions=conditions, sort=_sort(schema, told), limit=limit)
        rows = [(place + 1, *row) for row, place in rows_from(version, question, skip=offset)]
    return schema, rows, total


def _conditions(schema: Schema, asked: Mapping[str, list[str]]) -> tuple[Condition, ...]:
    return question_of(asked, schema).conditions if asked else ()


def _of_figure(shown: ShownFigure, told: Told, *, limit: int, offset: int) -> Rows:
    _check_fields(FIGURE_SCHEMA, told)
    rows = [(place, *series_row(value)) for place, value in enumerate(open_series(shown), start=1)]
    for name, value in mapping(told, "filters").items():
        FIGURE_SCHEMA.column(name, field="filters")
        place = FIGURE_SCHEMA.names.index(name) + 1
        wanted = {_written(each) for each in (value if isinstance(value, list) else [value])}
        rows = [row for row in rows if _written(row[place]) in wanted]
    if sort := _sort(FIGURE_SCHEMA, told):
        place = FIGURE_SCHEMA.names.index(sort.removeprefix("-")) + 1
        filled = [row for row in rows if row[place] is not None]
        filled.sort(key=lambda row: cast(Any, row[place]), reverse=sort.startswith("-"))
        rows = filled + [row for row in rows if row[place] is None]
    return FIGURE_SCHEMA, rows[offset : offset + limit], len(rows)


def _check_fields(schema: Schema, told: Told) -> None:
    for name in listed(told, "fields"):
        if name != "_id":
            schema.column(name, field="fields")


def _sort(schema: Schema, told: Told) -> str:
    """The order as a question has it: one column, "asc" or "desc" behind it. "" for the rows' own."""
    pieces = listed(told, "sort")
    if not pieces or pieces in (["_id"], ["_id asc"]):
        return ""
    name, _space, direction = pieces[0].partition(" ")
    direction = direction.strip().lower().removesuffix("nulls last").strip()
    if len(pieces) > 1 or direction not in ("", "asc", "desc"):
        raise InvalidInput(
            _("%(value)s is not possible here."), field="sort", value=", ".join(pieces)[:80],
            remedy=_("Give one column, with asc or desc behind it."),
        )  # fmt: skip
    schema.column(name.strip('"'), field="sort")
    return ("-" if direction == "desc" else "") + name.strip('"')


def _written(value: Any) -> str:
    if isinstance(value, dict | list):
        raise InvalidInput(_("Give a value, or a list of values."), field="filters")
    if isinstance(value, float):
        return repr(value)
    return written(value)


def _fields(schema: Schema) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [{"id": "_id", "type": "int"}]
    for column in schema.columns:
        info = {
            "label": column.title or column.name, "label_en": column.title_en, "notes": column.description,
            "unit": column.unit,
        }  # fmt: skip
        told.append({"id": column.name, "type": _TYPES[column.type], "info": info})
    return told
