"""The body of an act, made from the act's own signature, so that the two cannot differ.

Values are taken strictly: a number is no time and "true" is no truth, as the OpenAPI document says.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, create_model

from tianqu.web.api.choices import CHOICES
from tianqu.web.api.values import INTEGER_MAX, TEXT_MAX, word

LIST_MAX: Final = 5_000


def _text(value: Any) -> Any:
    """Let a text through, and nothing that could be taken for one."""
    if not isinstance(value, str):
        raise ValueError("a text is needed")
    return value


def _whole(value: Any) -> Any:
    """Let 2.0 pass for 2, as JSON Schema does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Texts alone: a number is no time, though Python could make one of it.
Moment = Annotated[datetime, BeforeValidator(_text)]
Day = Annotated[date, BeforeValidator(_text)]
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
        hint = _chosen(hints[parameter.name], CHOICES.get(f"{name}.{parameter.name}") or CHOICES.get(parameter.name))
        fields[parameter.name] = (narrowed(hint, needed=default is ...), Field(default=default))
    return create_model(title_of(name) + "Body", __base__=ActBody, **fields)


def title_of(name: str) -> str:
    """Return the name of an act as a schema's: ``orders.hand_over`` is OrdersHandOver."""
    return "".join(part.capitalize() for part in name.replace(".", "_").split("_"))


def result_of(function: Callable[..., Any]) -> Any:
    """Return the type of what an act returns."""
    return get_type_hints(inspect.unwrap(function)).get("return", None)


def keywords_of(function: Callable[..., Any]) -> Iterator[str]:
    """Yield the names of an act's keywords."""
    for parameter in inspect.signature(inspect.unwrap(function)).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY:
            yield parameter.name


def narrowed(hint: Any, *, needed: bool = False) -> Any:
    """Return a type with its limits: how long a text, how large a number, how many things may be.

    A text that is ``needed`` is not blank.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if hint is str:
        return Annotated[str, word(TEXT_MAX, needed=needed)]
    if hint is int:
        return Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX, strict=True), BeforeValidator(_whole)]
    if hint in EXACT:
        return EXACT[hint]
    if origin in (Union, types.UnionType):
        return Union[tuple(narrowed(each) for each in inner)]  # noqa: UP007  the parts are known only now
    if origin in (list, Sequence):
        return Annotated[list[narrowed(inner[0])], Field(max_length=LIST_MAX)]  # type: ignore[misc]
    if origin in (dict, Mapping):
        return dict[str, Any]
    return hint


def _chosen(hint: Any, choices: Any) -> Any:
    """Put the values that a text may have in the place of ``str``."""
    if choices is None or not (hint in (str, Decimal) or get_args(hint)):
        return hint
    if hint in (str, Decimal):
        return choices
    return Union[tuple(_chosen(each, choices) for each in get_args(hint))]  # noqa: UP007
