"""Reading what an action is asked: from the address, from a form or from JSON, always as one mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import orjson
from django.http import HttpRequest

from tianqu.base.errors import InvalidInput, _

Told: TypeAlias = Mapping[str, Any]
BODY_BYTES_MAX: Final = 64 * 1024
NUMBER_MAX: Final = 1_000_000
TEXT_MAX: Final = 1_000
_YES: Final = frozenset(("true", "t", "yes", "y", "on", "1"))


class BadBody(Exception):
    """What was sent is no JSON object: CKAN answers 400 with a bare sentence."""


def read_told(request: HttpRequest) -> dict[str, Any]:
    """Everything that an action is told. Raises ``BadBody``."""
    told: dict[str, Any] = {key: values[-1] for key, values in request.GET.lists()}
    if request.method != "POST":
        return told
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data") and request.POST:
        return told | {key: values[-1] for key, values in request.POST.lists()}
    if len(request.body) > BODY_BYTES_MAX:
        raise BadBody
    if not request.body.strip():
        return told
    try:
        sent = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise BadBody from error
    if not isinstance(sent, dict):
        raise BadBody
    return told | sent


def text(told: Told, name: str, otherwise: str = "", /) -> str:
    """A text. Raises ``InvalidInput`` for anything else, and for too long a one."""
    value = told.get(name)
    if value is None:
        return otherwise
    if isinstance(value, bool | list | dict) or len(str(value)) > TEXT_MAX:
        raise InvalidInput(_("Give a text of 1 to %(most)s characters."), field=name, most=TEXT_MAX)
    return str(value).replace("\x00", "")


def needed(told: Told, *names: str) -> str:
    """The first of some texts that is given. Raises ``InvalidInput`` where none is."""
    for name in names:
        if value := text(told, name).strip():
            return value
    raise InvalidInput(_("This value is missing."), field=names[0])


def number(told: Told, name: str, otherwise: int, *, most: int = NUMBER_MAX) -> int:
    """A whole number from 0 on; one above ``most`` is read as ``most``, as CKAN does. Raises ``InvalidInput``."""
    value = told.get(name)
    if value is None or value == "":
        return otherwise
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _no_number(name, value)
    written = str(value).strip()
    if not (written.isascii() and written.isdigit() and len(written) <= 18):
        raise _no_number(name, value)
    return min(int(written), most)


def _no_number(name: str, value: object) -> InvalidInput:
    return InvalidInput(_("Give a whole number from 0 on."), field=name, value=str(value)[:40])


def flag(told: Told, name: str, otherwise: bool) -> bool:
    """Yes or no, in any of the words that CKAN takes."""
    value = told.get(name)
    if value is None or value == "":
        return otherwise
    return value if isinstance(value, bool) else str(value).strip().lower() in _YES


def listed(told: Told, name: str) -> list[str]:
    """Some texts: a list, JSON of one, or parted by commas. Raises ``InvalidInput``."""
    value = told.get(name)
    if value is None or value == "":
        return []
    if isinstance(value, str):
        value = _json(value, name) if value.lstrip().startswith("[") else value.split(",")
    if not isinstance(value, list) or len(value) > 100 or not all(isinstance(one, str) for one in value):
        raise InvalidInput(_("Give a list of texts."), field=name)
    return [one.strip()[:TEXT_MAX] for one in value if one.strip()]


def mapping(told: Told, name: str) -> dict[str, Any]:
    """A mapping, or JSON of one. Raises ``InvalidInput``."""
    value = told.get(name)
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        value = _json(value, name)
    if not isinstance(value, dict):
        raise InvalidInput(_("Give a JSON object."), field=name)
    return value


def _json(value: str, name: str, /) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(_("This is not JSON."), field=name, value=value[:80]) from error
