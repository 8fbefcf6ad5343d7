"""The operations of a pack's registers: a list and one row each, with a schema of its own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal, get_type_hints
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest
from django.utils.translation import override
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field, create_model

from tianqu.kernel.pack.api import (
    PLACE,
    Pack,
    Register,
    RegisterColumn,
    RowsAsked,
    attribute_of,
    caller_of,
    form_of,
    kind_of,
    model_field,
    row_called,
    rows_page,
    value_in,
)
from tianqu.web.api.paging import Page
from tianqu.web.api.values import AnyCode, Cursor, Flag, Limit, Words

ROWS: Final = 50
TYPES: Final[dict[str, Any]] = {
    "number": int, "money": int, "time": int, "date": date, "moment": datetime, "yes_no": bool, "choices": list[str],
}  # fmt: skip
FIELD_TYPES: Final[tuple[tuple[type[models.Field[Any, Any]], Any], ...]] = (
    (models.UUIDField, UUID), (models.DateTimeField, datetime), (models.DateField, date), (models.BooleanField, bool),
    (models.IntegerField, int), (models.DecimalField, Decimal),
)  # fmt: skip


def register_router(pack: Pack) -> Router:
    """The part of the API that a pack's registers make."""
    router = Router(tags=[pack.code])
    for register in pack.registers:
        _add(router, register, pack.code)
    return router


def _add(router: Router, register: Register, pack: str) -> None:
    schema, wanted = row_schema(register, pack), _wanted(register, pack)
    with override("en"):
        title = str(register.title)
        told = f"{str(register.lead) or title} By pages.".strip()
    address = f"/{register.plain_address}"

    def rows(request: HttpRequest, wanted: Any) -> Any:
        given = {name: _asked(value) for name, value in dict(wanted).items() if value is not None}
        after, limit, words = given.pop("after", ""), wanted.limit, given.pop("q", "")
        given.pop("limit")
        page = rows_page(register, caller_of(request), RowsAsked(given, words, after, limit))
        return {"rows": [told_of(register, row) for row in page.rows], "next": page.after or None}

    rows.__annotations__ = {**rows.__annotations__, "wanted": Query[wanted]}  # type: ignore[valid-type, misc]
    rows.__doc__ = told
    page: Any = Page
    router.get(address, response=page[schema], summary=title)(rows)

    def row(request: HttpRequest, key: Any) -> Any:
        return told_of(register, row_called(register, caller_of(request), str(key)))

    key = _kept_type(register, register.key)
    row.__annotations__ = {**row.__annotations__, "key": key if key is UUID else AnyCode}
    row.__doc__ = f"Read one row of: {title}."
    router.get(f"{address}/{{key}}", response=schema, summary=f"{title}: one")(row)


def row_schema(register: Register, pack: str) -> type[BaseModel]:
    """The schema of a row: its columns and what else is told of it, typed as the table keeps them."""
    members: dict[str, Any] = {}
    with override("en"):
        for column in register.columns:
            if column.told:
                described = Field(description=_described(register, column))
                members[column.name] = (_type_of(register, column, pack), described)
        for name in register.tells:
            members[name] = (_kept_type(register, name), ...)
        return create_model(_schema_name(register, pack), __doc__=f"A row of: {register.title}.", **members)


def _schema_name(register: Register, pack: str) -> str:
    """What a row's schema is called: as its table is, or as the register, whose rows are made of something else."""
    name = register.model.__name__ if register.completed is None else register.code.capitalize()
    return f"{pack.capitalize()}{name}"


def told_of(register: Register, row: Any) -> dict[str, Any]:
    """What the API tells of a row."""
    told = {column.name: _told(column, value_in(column, row)) for column in register.columns if column.told}
    return told | {name: getattr(row, name) for name in register.tells}


def _told(column: RegisterColumn, value: Any) -> Any:
    if column.parts and value is not None:
        names = [part.name for part in column.parts]
        return [dict(zip(names, line, strict=True)) for line in value]
    return value


def _described(register: Register, column: RegisterColumn) -> str | None:
    kind = kind_of(register, column)
    unit = str(column.unit) or ("fen" if kind == "money" else f"0.{'1':0>{column.decimals}}" if column.decimals else "")
    told = f"{column.title}{f', in {unit}' if unit else ''}" if column.title else None
    return f"{told}: one of {', '.join(column.choices)}" if column.choices else told


def _type_of(register: Register, column: RegisterColumn, pack: str) -> Any:
    """The type of a column: as the table keeps it, else by its kind."""
    kind = kind_of(register, column)
    if kind == "lines":
        return list[_line_schema(register, column, pack)]  # type: ignore[misc]
    if not callable(column.at):
        try:
            return _kept_type(register, attribute_of(column))
        except FieldDoesNotExist:
            pass  # the rows of a page bring it with them
    plain = TYPES.get(kind, str)
    return plain | None if kind != "choices" else plain


def _line_schema(register: Register, column: RegisterColumn, pack: str) -> type[BaseModel]:
    kinds = next((field.parts for field in form_of(register) if field.column is column), ())
    members: dict[str, Any] = {
        part.name: (TYPES.get(kinds[place].kind if kinds else part.kind, str), Field(description=str(part.title)))
        for place, part in enumerate(column.parts)
    }
    name = f"{_schema_name(register, pack)}{column.name.capitalize()}"
    return create_model(name, __doc__=f"{column.title}.", **members)


def _kept_type(register: Register, name: str) -> Any:
    """The type of an attribute: of the field of the table, or as a property of the model says. Raises when neither."""
    found = getattr(register.model, name, None)
    if isinstance(found, property) and found.fget is not None:
        return get_type_hints(found.fget)["return"]
    field = next(
        (each for each in register.model._meta.concrete_fields if name in (each.name, each.attname)),
        None,
    )
    if field is None:
        raise FieldDoesNotExist(name)
    kept = model_field(register, name)
    if isinstance(kept, ArrayField):
        return list[_plain(kept.base_field)]  # type: ignore[misc]
    return _plain(kept) | None if field.null else _plain(kept)


def _plain(field: models.Field[Any, Any]) -> Any:
    return next((kind for kept, kind in FIELD_TYPES if isinstance(field, kept)), str)


def _wanted(register: Register, pack: str) -> type[BaseModel]:
    """What narrows a list: its filters, words to look for, where it begins and how many rows."""
    members: dict[str, Any] = {}
    with override("en"):
        for column in register.narrowing:
            described = f"{column.title}: the code of a place" if column.asked == PLACE else str(column.title)
            members[column.asked] = (_parameter(register, column), Field(None, description=described))
        if register.searched:
            members["q"] = (Words | None, Field(None, description="Words to look for."))
        return create_model(
            f"{_schema_name(register, pack)}Asked", __config__=ConfigDict(extra="forbid"),
            __doc__=f"Which rows of: {register.title}.", **members, after=(Cursor | None, None), limit=(Limit, ROWS),
        )  # fmt: skip


def _parameter(register: Register, column: RegisterColumn) -> Any:
    if column.choices:
        return Literal[column.choices] | None
    return Flag | None if kind_of(register, column) == "yes_no" else AnyCode | None


def _asked(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
