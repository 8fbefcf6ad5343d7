"""Canonical JSON (RFC 8785) for what is hashed.

Only what hashes the same everywhere is taken: objects with string keys, arrays, strings, integers within ±(2^53 − 1),
booleans and null. Floats are refused: an amount is an integer in its smallest unit. Dates, UUIDs and Decimals must be
turned into strings by the caller with ``plain``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias
from uuid import UUID

import orjson

from tianqu.base.errors import InvalidInput, _

Json: TypeAlias = "None | bool | int | str | Sequence[Json] | Mapping[str, Json]"

INTEGER_MAX = 2**53 - 1


def canonical_bytes(value: Json) -> bytes:
    """Return ``value`` as canonical JSON in UTF-8.

    Raises ``InvalidInput`` for a float, an integer beyond ±(2^53 − 1), a lone surrogate, or a type that JSON lacks.
    """
    _check(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def plain(value: object) -> Json:
    """Turn dates, UUIDs, Decimals and enums within ``value`` into strings, so that it can be made canonical."""
    if value is None or isinstance(value, bool | int | str) and not isinstance(value, Enum):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    raise InvalidInput(
        _("A value of type %(type)s cannot be written as canonical JSON."),
        remedy=_("Give text, whole numbers, lists or objects."),
        type=type(value).__name__,
    )


def _check(value: object) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) > INTEGER_MAX:
            raise InvalidInput(_("The whole number %(value)s is too large to be hashed."), value=value)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise InvalidInput(_("The key %(value)s is not plain ASCII text."), value=key)
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    else:
        raise InvalidInput(
            _("A value of type %(type)s cannot be written as canonical JSON."), type=type(value).__name__
        )
