"""Reading a register: the rows that somebody may see, narrowed, page by page; and of which kind a column is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Model, Q, QuerySet

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.declarations import EVERYBODY
from tianqu.kernel.pack.paging import RowsPage, marked, no_page, page_mark
from tianqu.kernel.pack.register_fields import SUFFIXES, form_of
from tianqu.kernel.pack.registers import PLACE, Register, RegisterColumn, attribute_of, key_of
from tianqu.kernel.places.api import PathField, place_typed, require, unit_typed

PAGE_MAX: Final = 500
EXPORT_ROWS_MAX: Final = 100_000
WORDS_MAX: Final = 100  # characters of what is looked for
TEXT_MAX: Final = 200  # of what a list is narrowed by
TRUTHS: Final[Mapping[str, bool]] = {"yes": True, "true": True, "no": False, "false": False}
FIELD_KINDS: Final[tuple[tuple[type[models.Field[Any, Any]], str], ...]] = (
    (models.DateTimeField, "moment"), (models.DateField, "date"), (models.BooleanField, "yes_no"),
    (models.IntegerField, "number"), (models.DecimalField, "number"), (PathField, PLACE),
)  # fmt: skip


def all_of(model: type[Model], *related: str) -> Callable[[Actor], QuerySet[Any]]:
    """The rows of a register of which everybody may see each: those of a table, with what they belong to."""
    return lambda _actor: model._default_manager.select_related(*related) if related else model._default_manager.all()


def _(message: str) -> str:
    """Mark a sentence for translation and return it unchanged."""
    return message


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """Which rows of a register: narrowed by parameters, with words in them, after a mark, so many."""

    narrowed: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    after: str = ""
    limit: int = 50


def rows_page(register: Register, actor: Actor, asked: RowsAsked) -> RowsPage:
    """A page of a register. Raises ``NotPermitted``, and ``NotFound`` for a mark or a place that is none."""
    size = max(1, min(asked.limit, PAGE_MAX))
    rows = _behind(register, rows_asked(register, actor, asked), asked.after)
    found = list(rows[: size + 1])
    shown = found[:size]
    mark = _mark(register, shown[-1]) if len(found) > size else ""
    return RowsPage(_completed(register, shown, asked.narrowed), mark)


def every_row(register: Register, actor: Actor, asked: RowsAsked) -> Iterator[Any]:
    """The rows of a register page by page, at most 100,000: for its file."""
    after = ""
    for _page in range(EXPORT_ROWS_MAX // PAGE_MAX):
        page = rows_page(register, actor, RowsAsked(asked.narrowed, asked.words, after, PAGE_MAX))
        yield from page.rows
        after = page.after
        if not after:
            return


def row_called(register: Register, actor: Actor, key: str) -> Any:
    """The row of a key, completed. Raises ``NotFound``, also for one that the actor may not see."""
    permit(register, actor)
    try:
        found = list(register.rows(actor).filter(**{register.key: _storable(key)})[:1])
    except (ValidationError, ValueError):
        found = []  # a key of another kind, such as a word where an identifier is wanted
    if not found:
        raise NotFound(_("There is no such row."), field=register.key, value=key[:60])
    return _completed(register, found, {})[0]


def permit(register: Register, actor: Actor) -> None:
    """Raise ``NotPermitted`` unless the actor may see the register."""
    if register.permission != EVERYBODY:
        require(actor, register.permission)


def rows_asked(register: Register, actor: Actor, asked: RowsAsked) -> QuerySet[Any]:
    """The rows that are asked for, in the register's order."""
    permit(register, actor)
    rows, given = register.rows(actor), dict[str, Any]()
    for column in register.narrowing:
        text = _storable(asked.narrowed.get(column.asked, ""))
        if register.named_columns.get(column.name) is not column:
            given[column.name] = text
        elif text:
            rows = _narrowed(register, rows, column, text, actor)
    if register.narrow is not None:
        rows = register.narrow(rows, given)
    words = " ".join(_storable(asked.words).split())[:WORDS_MAX]
    if words and register.searched:
        found = Q()
        for name in register.searched:
            found |= Q(**{f"{name}__icontains": words})
        rows = rows.filter(found)
    by = register.sort or register.key
    return rows.order_by(by, *([] if by.lstrip("-") == register.key else [register.key]))


def _narrowed(
    register: Register, rows: QuerySet[Any], column: RegisterColumn, text: str, actor: Actor, /
) -> QuerySet[Any]:  # fmt: skip
    name, kind = attribute_of(column), kind_of(register, column)
    if kind == PLACE:
        place = place_typed(text, field=column.asked, actor=actor)
        return rows.filter(**({f"{name}__under": place.path} if name.endswith("path") else {name: place.id}))
    if kind == "unit":
        return rows.filter(**{name: unit_typed(text, field=column.asked).id})
    if kind == "yes_no":
        if text not in TRUTHS:
            raise InvalidInput(_("Write yes or no."), field=column.asked, value=text[:20])
        return rows.filter(**{name: TRUTHS[text]})
    if kind in ("choice", "choices") and text not in column.choices:
        raise InvalidInput(
            _("%(value)s cannot be chosen here."), field=column.asked, value=text[:40],
            remedy=_("Use one of: %(known)s."), known=", ".join(column.choices),
        )  # fmt: skip
    if kind == "choices":
        return rows.filter(**{f"{name}__contains": [text]})
    try:
        return rows.filter(**{name: model_field(register, name).to_python(text[:TEXT_MAX])})
    except (ValidationError, ValueError) as error:
        raise InvalidInput(
            _("%(value)s cannot be chosen here."), field=column.asked, value=text[:40]
        ) from error  # fmt: skip


def _storable(text: str) -> str:
    """A text as the database takes one, which holds no NUL."""
    return text.replace("\0", "\ufffd").strip()


def _behind(register: Register, rows: QuerySet[Any], mark: str) -> QuerySet[Any]:
    """What stands behind a mark in the order of the register."""
    if not mark:
        return rows
    by = register.sort or register.key
    name, beyond = by.lstrip("-"), "lt" if by.startswith("-") else "gt"
    parts = zip((name, register.key), marked(mark, parts=2), strict=True)
    try:
        value, key = (model_field(register, each).to_python(part) for each, part in parts)
    except (ValueError, TypeError, ValidationError) as error:
        raise no_page(mark) from error
    if name == register.key:
        return rows.filter(**{f"{name}__{beyond}": value})
    return rows.filter(Q(**{f"{name}__{beyond}": value}) | Q(**{name: value, f"{register.key}__gt": key}))


def _mark(register: Register, row: Any) -> str:
    return page_mark(getattr(row, (register.sort or register.key).lstrip("-")), key_of(register, row))


def _completed(register: Register, rows: list[Any], narrowed: Mapping[str, str]) -> list[Any]:
    return register.completed(rows, narrowed) if register.completed is not None and rows else rows


def model_field(register: Register, name: str) -> models.Field[Any, Any]:
    """The field of the register's model by its name or that of its column."""
    for each in register.model._meta.concrete_fields:
        if name in (each.name, each.attname):
            return each.target_field if isinstance(each, models.ForeignKey) else each
    raise FieldDoesNotExist(f"{register.model.__name__} has no field {name}")


def kind_of(register: Register, column: RegisterColumn) -> str:
    """Of which kind a column is: as declared, as the form types it, or as the table keeps it."""
    if column.kind:
        return column.kind
    formed = next((each.kind for each in form_of(register) if each.column is column), "")
    if formed or column.of is not None or column.choices or callable(column.at):
        return formed or ("row" if column.of is not None else "choice" if column.choices else "text")
    try:
        found = model_field(register, attribute_of(column))
    except FieldDoesNotExist:
        return "text"
    if isinstance(found, models.UUIDField):
        return next((kind for suffix, kind in SUFFIXES if found.attname.endswith(suffix)), "text")
    kind = next((kind for kept, kind in FIELD_KINDS if isinstance(found, kept)), "text")
    return "money" if kind == "number" and found.attname.endswith("_fen") else kind
