"""Canonical JSON (RFC 8785) for what is hashed.

Only what hashes the same everywhere is taken: objects with string keys, arrays, strings, integers within ±(2^53 − 1),
booleans and null. Floats are refused: an amount is an integer in its smallest unit. Dates, UUIDs and Decimals must be
turned into strings by the caller with ``plain``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Protocol, TypeAlias, cast, runtime_checkable
from uuid import UUID

import orjson

from tianqu.base.errors import InvalidInput, _

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

INTEGER_MAX = 2**53 - 1
PARTS_MAX = 1_000_000  # lists, objects and numbers; more is no entry of a journal


def canonical_bytes(value: Json) -> bytes:
    """Return ``value`` as canonical JSON in UTF-8.

    Raises ``InvalidInput`` for a float, an integer beyond ±(2^53 − 1), a lone surrogate, a key that is not ASCII (whose
    order RFC 8785 takes from UTF-16), nesting beyond 250 levels, or a type that JSON lacks.
    """
    check_canonical(value)
    return known_bytes(value)


def known_bytes(value: object) -> bytes:
    """As ``canonical_bytes``, of what the caller made of canonical parts and UUIDs alone: nothing is walked through.

    A UUID is written as ``plain`` writes it. Raises ``InvalidInput`` for a lone surrogate.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise InvalidInput(_("This cannot be written as canonical JSON: %(reason)s."), reason=str(error)) from error


@runtime_checkable
class SaysItself(Protocol):
    """A thing of the database that an act returns, which says what is kept of it as the act's answer."""

    def as_plain(self) -> Mapping[str, object]:
        """What a caller finds it by."""


def plain(value: object) -> Json:
    """Turn dates, UUIDs, Decimals, enums and dataclasses within ``value`` into what can be made canonical."""
    kind = type(value)
    if kind is str or value is None or kind is int or kind is bool:
        return cast(Json, value)
    if kind is dict:
        return {str(key): plain(item) for key, item in cast(dict[object, object], value).items()}
    if kind is list or kind is tuple:
        return [plain(item) for item in cast(Sequence[object], value)]
    written = _WRITTEN.get(kind)
    return written(value) if written is not None else _plain_other(value)


# How values of exactly these types are written; a subclass goes the long way, to the same.
_WRITTEN: Final[dict[type, Callable[[Any], str]]] = {
    UUID: str, Decimal: str, datetime: datetime.isoformat, date: date.isoformat,
}  # fmt: skip


def _plain_other(value: object) -> Json:
    """As ``plain``, for what is not JSON already."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, SaysItself):
        return plain(value.as_plain())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    raise InvalidInput(
        _("A value of type %(type)s cannot be written as canonical JSON."),
        remedy=_("Give text, whole numbers, lists or objects."),
        type=type(value).__name__,
    )


def check_canonical(value: object) -> None:
    """Raise ``InvalidInput`` for what would not hash the same everywhere.

    Without recursion, because it runs for every journal entry.
    """
    waiting: list[object] = [value]
    count = 0
    for each in waiting:  # grows while it is walked
        kind = type(each)
        if kind is str or each is None or kind is bool:
            continue
        if kind is int:
            if not -INTEGER_MAX <= each <= INTEGER_MAX:  # type: ignore[operator]
                raise InvalidInput(_("The whole number %(value)s is too large to be hashed."), value=each)
        elif kind is dict:
            for key in each:  # type: ignore[attr-defined]
                if not (type(key) is str and key.isascii()):
                    raise InvalidInput(_("The key %(value)s is not plain ASCII text."), value=key)
            waiting.extend(each.values())  # type: ignore[attr-defined]
        elif kind is list or kind is tuple:
            waiting.extend(each)  # type: ignore[arg-type]
        elif not isinstance(each, str):  # a subclass, such as the value of a StrEnum, is written as its text
            raise InvalidInput(_("A value of type %(type)s cannot be written as canonical JSON."), type=kind.__name__)
        count += 1
        if count > PARTS_MAX:
            raise InvalidInput(_("This has more than %(most)s parts, or holds itself."), most=PARTS_MAX)
