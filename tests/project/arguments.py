"""Arguments for any act, by name and type from a stage of things that exist, so that new acts need no words here."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

DAY = date(2024, 3, 5)
MOMENT = datetime(2024, 3, 5, 2, tzinfo=UTC)
PLAIN: dict[Any, Any] = {
    str: "文字", int: 1, bool: True, UUID: UUID(int=0), date: DAY, datetime: MOMENT, Decimal: Decimal("116.3"),
    bytes: b"x", float: 1.0, Fraction: Fraction(1),
}  # fmt: skip


def arguments_for(function: Callable[..., Any], stage: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that an act cannot do without, from ``stage`` where it has a thing of that name."""
    wrapped = inspect.unwrap(function)
    hints = get_type_hints(wrapped)
    return {
        parameter.name: stage[parameter.name] if parameter.name in stage else made(hints[parameter.name])
        for parameter in inspect.signature(wrapped).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
        and (parameter.default is parameter.empty or parameter.name in stage)
    }


def made(hint: Any) -> Any:
    """A value of a type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return None if type(None) in inner else made(inner[0])
    if origin is typing.Literal:
        return inner[0]
    kind = origin or hint
    if kind in PLAIN:
        return uuid4() if kind is UUID else PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        needed = [one for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
        return kind(**{one.name: made(hints[one.name]) for one in needed})
    if isinstance(kind, type) and issubclass(kind, Mapping):
        return {}
    if isinstance(kind, type) and issubclass(kind, Sequence):
        return [made(inner[0])] if inner and inner[0] is UUID else []
    raise AssertionError(f"say in tests/project/arguments.py how to make a {hint!r}")
