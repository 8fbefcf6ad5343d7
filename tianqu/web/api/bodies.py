"""The body of an act, made from the act's own signature, so that the two cannot differ.

Values are taken strictly: a number is no time and "true" is no truth, as the OpenAPI document says.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, is_dataclass
from dataclasses import fields as fields_of
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, create_model
from pydantic_core import PydanticCustomError

from tianqu.web.api.choices import CHOICES, COUNTS, DIFFERENT, LENGTHS, asked_of
from tianqu.web.api.values import INTEGER_MAX, TEXT_MAX, Day, Moment, word

LIST_MAX: Final = 5_000


def _text(value: Any) -> Any:
    """Let a text through, and nothing that could be taken for one."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "a text is needed")
    return value


def whole(value: Any) -> Any:
    """Let 2.0 pass for 2, as JSON Schema does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Few = Annotated[int, Field(ge=1, le=20, strict=True), BeforeValidator(whole)]
OwnIdentifier = Annotated[UUID, BeforeValidator(_text)]
EXACT: Final[dict[Any, Any]] = {datetime: Moment, date: Day, UUID: OwnIdentifier, bool: StrictBool}


class Body(BaseModel):
    """A body of JSON, with no fields but its own."""

    model_config = ConfigDict(extra="forbid")


class ActBody(Body):
    """What every act's body allows besides its own fields."""

    at: Moment | None = Field(None, description="When it happened; for tokens with the scope simulate.")


def body_of(name: str, function: Callable[..., Any], *, without: frozenset[str] = frozenset()) -> type[ActBody]:
    """Make the schema of an act's body from the act's keywords, leaving out those that the address holds."""
    wrapped = inspect.unwrap(function)
    hints = get_type_hints(wrapped)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(wrapped).parameters.values():
        if parameter.kind is not parameter.KEYWORD_ONLY or parameter.name in without:
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        hint = narrowed(hints[parameter.name], of=f"{name}.{parameter.name}", needed=default is ...)
        fields[parameter.name] = (hint, Field(default=default))
    return create_model(title_of(name) + "Body", __base__=ActBody, **fields)


@cache
def made_from(kind: type[Any]) -> Any:
    """Return the type of bodies that a frozen dataclass is made from, with the limits of its fields."""
    hints = get_type_hints(kind)
    given: dict[str, Any] = {}
    for each in fields_of(kind):
        hint = narrowed(hints[each.name], of=f"{kind.__name__}.{each.name}", needed=each.default is MISSING)
        given[each.name] = (hint, ... if each.default is MISSING else each.default)
    body: Any = create_model(f"{kind.__name__}Body", __base__=Body, __doc__=inspect.getdoc(kind), **given)

    def made(value: Any) -> Any:
        return kind(**{name: _unlisted(getattr(value, name), hints[name]) for name in given})

    return Annotated[body, AfterValidator(made)]


def _unlisted(value: Any, hint: Any) -> Any:
    """Return a list as the tuple that a frozen dataclass holds."""
    return tuple(value) if get_origin(hint) is tuple and isinstance(value, list) else value


def title_of(name: str) -> str:
    """Return the name of an act as a schema's: ``orders.hand_over`` is OrdersHandOver."""
    return "".join(part.capitalize() for part in name.replace(".", "_").split("_"))


def result_of(function: Callable[..., Any]) -> Any:
    """Return the type of what an act returns."""
    return get_type_hints(inspect.unwrap(function)).get("return", None)


def narrowed(hint: Any, *, of: str, needed: bool = False) -> Any:
    """Return a type with its limits: how long a text, how large a number, how many things may be.

    ``of`` says what it is the type of, as "act.keyword" or "Dataclass.field". A text that is ``needed`` is not blank.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if hint in (str, int, Decimal) and (chosen := asked_of(CHOICES, of, None)) is not None:
        return Annotated[chosen, Field(strict=True), BeforeValidator(whole)] if hint is int else chosen
    if hint is str:
        return Annotated[str, word(asked_of(LENGTHS, of, TEXT_MAX), needed=needed)]
    if hint is int:
        return Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX, strict=True), BeforeValidator(whole)]
    if hint in EXACT:
        return EXACT[hint]
    if origin in (Union, types.UnionType):
        return Union[tuple(narrowed(each, of=of) for each in inner)]  # noqa: UP007  the parts are known only now
    if origin in (list, Sequence, tuple):
        least, most = asked_of(COUNTS, of, (0, LIST_MAX))
        told: dict[str, Any] | None = {"uniqueItems": True} if of.rpartition(".")[2] in DIFFERENT else None
        listed = Field(min_length=least, max_length=most, json_schema_extra=told)
        return Annotated[list[narrowed(inner[0], of=of)], listed]  # type: ignore[misc]
    if origin in (dict, Mapping):
        return asked_of(CHOICES, of, dict[str, Any])
    return made_from(hint) if isinstance(hint, type) and is_dataclass(hint) else hint
