"""Walking a package field by field: is each known, of its kind, and possible by itself?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, NewType, TypeGuard
from urllib.parse import urlsplit

from tianqu.base.errors import InvalidInput, _
from tianqu.gateways.ocds.shape import CODES, NEEDED, NEVER_EMPTY, SAID_IN_LANGUAGES, SHAPES

NUMBER_MAX: Final = 10**18  # of anything; beyond it somebody leant on a key
VALUE_MAX: Final = 80  # characters of a value that is told
MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE
)
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\Z")
Faults = Iterator[InvalidInput]
Pointer = NewType("Pointer", str)  # of JSON (RFC 6901)
Rule = Callable[[Mapping[str, Any], Pointer], Faults]
ROOT: Final = Pointer("")


def fault(pointer: Pointer, message: str, *, value: object = None, remedy: str, **more: object) -> InvalidInput:
    """Return a fault at a JSON pointer (RFC 6901), with the value that is at fault as far as it can be shown."""
    return InvalidInput(message, field=pointer or "/", value=shown(value), remedy=remedy, **more)


def shown(value: object) -> str | None:
    """Say a value so that it fits a line."""
    if value is None or isinstance(value, str):
        return value if value is None else value[:VALUE_MAX]
    if isinstance(value, list | dict):
        return "[…]" if isinstance(value, list) else "{…}"
    return str(value)[:VALUE_MAX]


def below(pointer: Pointer, name: object) -> Pointer:
    """The pointer of a field or an entry of what a pointer points to."""
    return Pointer(f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")


def read_moment(value: object) -> datetime | None:
    """Read a date-time of RFC 3339; None for anything else, and for days and hours that do not exist."""
    if not (isinstance(value, str) and MOMENT.fullmatch(value)):
        return None
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_number(value: object) -> TypeGuard[int | Decimal]:
    """Say whether a value is a number, and one that can be counted with."""
    if isinstance(value, Decimal) and not value.is_finite():
        return False
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return -NUMBER_MAX <= value <= NUMBER_MAX


def object_faults(value: Any, shape: str, pointer: Pointer, *, rules: Mapping[str, Rule], strict: bool) -> Faults:
    """Yield what is wrong with an object and what it holds. ``rules`` look at whole objects, by their shape.

    Unless ``strict``, fields that the standard does not know are let pass: an extension may.
    """
    if not isinstance(value, dict):
        yield fault(
            pointer, _("An object is needed here."), value=value, remedy=_("Give {…} with the fields of %(shape)s."),
            shape=shape,
        )  # fmt: skip
        return
    for name in NEEDED.get(shape, ()):
        if value.get(name) in (None, ""):
            yield fault(
                below(pointer, name), _("%(shape)s needs the field %(name)s."), remedy=_("Fill it in."), shape=shape,
                name=name,
            )  # fmt: skip
    for name, held in value.items():
        kind = _kind_of(name, shape=shape)
        if kind is None:
            if strict:
                yield _unknown(below(pointer, name), name=name, shape=shape)
        elif held is not None or kind[0] == "[" or kind[0].isupper():
            yield from _held_faults(held, below(pointer, name), rules, strict, name=name, kind=kind)
    if shape in rules:
        yield from rules[shape](value, pointer)


def _kind_of(name: str, *, shape: str) -> str | None:
    """What a field of an object holds; None for a field that it does not have."""
    known = SHAPES[shape]
    if name in known:
        return known[name]
    said, _bar, language = name.partition("_")
    return "text" if said in SAID_IN_LANGUAGES and said in known and LANGUAGE.match(language) else None


def _unknown(pointer: Pointer, *, name: str, shape: str) -> InvalidInput:
    return fault(
        pointer, _("%(shape)s has no field of this name in OCDS 1.1."), value=name, shape=shape,
        remedy=_("Look at the spelling; a field of an extension needs the extension to be declared."),
    )  # fmt: skip


def _held_faults(
    held: Any, pointer: Pointer, rules: Mapping[str, Rule], strict: bool, *, name: str, kind: str
) -> Faults:
    if kind == "AnyRelease":
        kind = "LinkedRelease" if isinstance(held, dict) and "url" in held else "Release"
    if kind in SHAPES:
        yield from object_faults(held, kind, pointer, rules=rules, strict=strict)
    elif kind.startswith("["):
        yield from _list_faults(held, pointer, rules, strict, name=name, kind=kind[1:-1])
    else:
        yield from _plain_faults(held, kind, pointer)


def _list_faults(
    held: Any, pointer: Pointer, rules: Mapping[str, Rule], strict: bool, *, name: str, kind: str
) -> Faults:
    if held is None and kind.startswith("text"):
        return
    if not isinstance(held, list):
        yield fault(pointer, _("A list is needed here."), value=held, remedy=_("Give […], also for one alone."))
        return
    if not held and name in NEVER_EMPTY:
        yield fault(pointer, _("This list is empty."), value=held, remedy=_("Put in what there is, or leave it out."))
    for position, entry in enumerate(held):
        yield from _held_faults(entry, below(pointer, position), rules, strict, name=name, kind=kind)
    yield from _twice(held, kind, pointer)


def _twice(held: Sequence[Any], kind: str, pointer: Pointer) -> Faults:
    """Entries of one id, or texts, that stand in a list twice; 7 and "7" are one id."""
    seen: set[tuple[str, str]] = set()
    for position, entry in enumerate(held):
        key = _key_of(entry, kind)
        if key is not None and key in seen:
            at = below(pointer, position)
            yield fault(
                at if isinstance(entry, str) else below(at, "id"), _("“%(value)s” stands in this list twice."),
                value=key[1], remedy=_("Give each its own, or leave the second out."),
            )  # fmt: skip
        if key is not None:
            seen.add(key)


def _key_of(entry: Any, kind: str) -> tuple[str, str] | None:
    """What an entry is known by; releases are looked at elsewhere, for theirs holds within one process alone."""
    if isinstance(entry, str):
        return "", entry
    if not isinstance(entry, dict) or kind.endswith("Release"):
        return None
    scheme = str(entry.get("scheme")) if kind in ("Classification", "Identifier") else ""
    told = entry.get("id")
    return (scheme, str(told)) if isinstance(told, str | int) else None


def _plain_faults(held: Any, kind: str, pointer: Pointer) -> Faults:
    kind, _colon, codes = kind.partition(":")
    if kind == "moment":
        yield from _moment_faults(held, pointer)
    elif kind in ("number", "whole"):
        yield from _number_faults(held, kind, pointer)
    elif kind == "flag":
        if not isinstance(held, bool):
            yield fault(pointer, _("true or false is needed here."), value=held, remedy=_("Write it without quotes."))
    elif kind != "anything" and not (isinstance(held, str) or (kind == "id" and type(held) is int)):
        yield fault(pointer, _("A text is needed here."), value=held, remedy=_("Put it in quotes."))
    elif kind == "uri" and not _is_uri(held):
        yield fault(
            pointer, _("“%(value)s” is no whole address."), value=held,
            remedy=_("Begin with its scheme: https://example.org/…"),
        )  # fmt: skip
    elif codes and held not in CODES[codes]:
        yield fault(
            pointer, _("“%(value)s” is not in the codelist %(codes)s."), value=held, codes=codes,
            remedy=_("Use a code of https://standard.open-contracting.org/1.1/en/schema/codelists/."),
        )  # fmt: skip


def _moment_faults(held: Any, pointer: Pointer) -> Faults:
    if read_moment(held) is None:
        yield fault(
            pointer, _("“%(value)s” is no moment that there is."), value=held,
            remedy=_("Write the day, the hour and the time zone: 2026-03-01T00:00:00+08:00."),
        )  # fmt: skip


def _number_faults(held: Any, kind: str, pointer: Pointer) -> Faults:
    if not is_number(held) or (kind == "whole" and held != int(held)):
        yield fault(
            pointer, _("“%(value)s” is no number that can be counted with."), value=held,
            remedy=_("Write it in digits, without quotes, and no larger than %(most)s."), most=NUMBER_MAX,
        )  # fmt: skip
    elif held < 0:
        yield fault(
            pointer, _("%(value)s is negative."), value=held,
            remedy=_("Nothing here can be less than nothing; tell a repayment as a transaction the other way."),
        )  # fmt: skip


def _is_uri(held: str) -> bool:
    try:
        parts = urlsplit(held)
        return bool(parts.scheme) and not re.search(r"[\s<>\"{}|\\^`]", held) and bool(
            parts.hostname if parts.scheme in ("http", "https") else parts.path or parts.netloc
        )  # fmt: skip
    except ValueError:
        return False
