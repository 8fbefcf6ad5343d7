"""The fields of a register's form, typed by the signature of the act that declares a row; and what they hold.

Kinds that the forms of items have are read by the rules of these forms (``orders.validate_answers``); so a number, a
day or an amount is refused in the same words everywhere.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import NotFound
from tianqu.base.quantities import Unit
from tianqu.kernel.journal.api import registered_acts
from tianqu.kernel.pack.registers import PLACE, Register, RegisterColumn, value_in
from tianqu.kernel.pack.typed_values import plain_number
from tianqu.kernel.places.api import account_of, unit_with

DECIMALS_OF_DEGREES: Final = 6
OWN_UNIT: Final = "unit_id"
MAY_BE_EMPTY: Final = ("yes_no", "choices", "lines")  # how few there may be is for the act to say
SUFFIXES: Final = (("place_id", PLACE), ("unit_id", "unit"), ("person_id", "person"))


@dataclass(frozen=True, slots=True)
class RegisterField:
    """A field of a form: its column, the keyword of the act that it fills, of which kind and type.

    ``scaled`` says that the act counts in the last of its decimals. ``made`` is the type of one of several ``lines``.
    """

    column: RegisterColumn
    keyword: str
    kind: str
    hint: Any
    required: bool
    default: Any = None
    scaled: bool = False
    decimals: int = 0
    made: type[Any] | None = None
    parts: tuple[RegisterField, ...] = ()

    @property
    def unit(self) -> Unit:
        """What the number is a quantity of."""
        return Unit("", self.decimals, "", "")


def act_named_of(perform: Callable[..., Any]) -> str:
    """The name of an act by its function; "" for what is none."""
    return next((name for name, act in registered_acts().items() if act.perform is perform), "")


@cache
def form_of(register: Register) -> tuple[RegisterField, ...]:
    """The fields of a register's form, in the order of its columns; none where no act declares a row."""
    return _fields(register, register.declares) if register.declares is not None else ()


@cache
def ending_of(register: Register) -> tuple[RegisterField, ...]:
    """The fields that the act takes which ends a row."""
    return _fields(register, register.ends) if register.ends is not None else ()


def keywords_of(perform: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """The keywords of an act."""
    signature = inspect.signature(inspect.unwrap(perform))
    return {name: each for name, each in signature.parameters.items() if each.kind is each.KEYWORD_ONLY}


def _fields(register: Register, perform: Callable[..., Any]) -> tuple[RegisterField, ...]:
    hints, known = get_type_hints(inspect.unwrap(perform)), keywords_of(perform)
    return tuple(
        _field(column, keyword=keyword, hint=hints[keyword], default=known[keyword].default)
        for column in register.columns
        if (keyword := column.keyword or column.name) in known and keyword != register.sent
    )


def _field(column: RegisterColumn, *, keyword: str, hint: Any, default: Any) -> RegisterField:
    plain = without_none(hint)
    kind = column.kind or _kind_of(column, keyword=keyword, hint=plain)
    decimals = column.decimals or (DECIMALS_OF_DEGREES if plain is Decimal else 0)
    inner = get_args(plain)[0] if get_origin(plain) in (Sequence, list, tuple) else None
    made = inner if isinstance(inner, type) and is_dataclass(inner) else None
    hints = get_type_hints(made) if made is not None else {}
    return RegisterField(
        column, keyword, kind, plain, default=None if default is inspect.Parameter.empty else default,
        required=default is inspect.Parameter.empty and not column.optional and kind not in MAY_BE_EMPTY,
        scaled=kind == "number" and bool(decimals) and plain is int, decimals=decimals, made=made,
        parts=tuple(
            _field(part, keyword=part.name, hint=hints[part.name], default=inspect.Parameter.empty)
            for part in column.parts if part.name in hints
        ),
    )  # fmt: skip


def without_none(hint: Any) -> Any:
    """A type without that nothing may be given for it."""
    if get_origin(hint) in (Union, types.UnionType):
        left = [each for each in get_args(hint) if each is not type(None)]
        return left[0] if len(left) == 1 else hint
    return hint


def _kind_of(column: RegisterColumn, *, keyword: str, hint: Any) -> str:
    if column.of is not None:
        return "row"
    if column.parts:
        return "lines"
    if hint is int:
        return "money" if keyword.endswith("_fen") else "number"
    if hint is UUID:
        return next((kind for suffix, kind in SUFFIXES if keyword.endswith(suffix)), "")
    if get_origin(hint) in (Sequence, list, tuple):
        return "choices" if column.choices else ""
    if hint is str:
        return "choice" if column.choices else "text"
    return {bool: "yes_no", datetime: "moment", date: "date", Decimal: "number"}.get(hint, "")


# What a field holds when a form begins.


def begun(register: Register, row: Any | None, asked: Mapping[str, str]) -> dict[str, Any]:
    """What the fields hold: of a row that is known, else what they begin with, or what the address gave them."""
    if row is not None:
        return {field.keyword: typed_from(field, value_in(field.column, row)) for field in form_of(register)}
    return {
        field.keyword: (field.kind != "choices" and asked.get(field.keyword)) or typed_from(field, field.column.begins)
        for field in form_of(register)
    }


def typed_from(field: RegisterField, value: Any) -> Any:
    """A value as it would have been typed into a field; a list where many are chosen."""
    if value is None or value == "":
        return [] if field.kind == "choices" else ""
    made = _TYPED.get(field.kind)
    return made(field, value) if made is not None else str(value)


def _number(field: RegisterField, value: Any) -> str:
    if field.scaled and isinstance(value, int):
        return plain_number(value, field.unit)
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def _place(_field: RegisterField, value: Any) -> str:
    return str(value).rpartition(".")[2]


def _unit(_field: RegisterField, value: Any) -> str:
    return unit_with(value).code if isinstance(value, UUID) else str(value)


def _person(_field: RegisterField, value: Any) -> str:
    try:
        return account_of(value).login
    except NotFound:
        return ""  # who led it has no account any more; the field is left empty


def _moment(_field: RegisterField, value: Any) -> str:
    return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else str(value)


def _time(_field: RegisterField, value: Any) -> str:
    return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else str(value)


def _lines(field: RegisterField, value: Any) -> str:
    """Lines of parts with blanks between them; ``value`` are tuples of parts, or a text that is typed so."""
    if isinstance(value, str):
        return value
    return "\n".join(
        " ".join(str(typed_from(part, each)) for part, each in zip(field.parts, line, strict=True)) for line in value
    )


_TYPED: Final[Mapping[str, Callable[[RegisterField, Any], Any]]] = {
    "choices": lambda _field, value: list(value),
    "yes_no": lambda _field, value: "on" if value else "",
    "money": lambda _field, value: plain_number(value) if isinstance(value, int) else str(value),
    "date": lambda _field, value: value.isoformat() if isinstance(value, date) else str(value),
    "number": _number, "place": _place, "unit": _unit, "person": _person, "moment": _moment, "time": _time,
    "lines": _lines,
}  # fmt: skip
