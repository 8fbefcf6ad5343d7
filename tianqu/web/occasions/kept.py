"""What a phone or a device at the door has kept without a line: sent in bursts, each answered by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.utils.translation import gettext_noop

from tianqu.base.canonical import plain
from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.identifiers import identifier_typed
from tianqu.kernel.occasions.api import admit, check, door_list
from tianqu.kernel.pack.api import Data, PageRequest, PageResult, refusal_said

AT_ONCE_MAX: Final = 50
TEXT_MAX: Final = 300


def kept_checks(request: PageRequest) -> PageResult:
    """Check in or out by codes that a phone read without a line."""

    def one(given: Mapping[str, str]) -> object:
        return check(
            request.actor, occasion_id=identifier_typed(given["occasion_id"]), direction=given["direction"],
            code=given["code"], client_id=identifier_typed(given["client_id"]), **_times(given),
        )  # fmt: skip

    return _each(request, one, ("occasion_id", "direction", "code", "client_id"))


def admissions(request: PageRequest, occasion_id: UUID) -> PageResult:
    """Let in whoever a device at the door has scanned, now or without a line."""

    def one(given: Mapping[str, str]) -> object:
        return admit(
            request.actor, occasion_id=occasion_id, ticket=given["ticket"], door=given.get("door", ""),
            client_id=identifier_typed(given["client_id"]), **_times(given),
        )  # fmt: skip

    return _each(request, one, ("ticket", "client_id"))


def door_tickets(request: PageRequest, occasion_id: UUID) -> PageResult:
    """The list that a device at the door keeps: the public key and the tickets in force, and no name."""
    found = door_list(request.actor, occasion_id=occasion_id)
    tickets = [
        [str(one.booking_id), one.serial, one.seat, one.in_at.isoformat() if one.in_at else None]
        for one in found.tickets
    ]
    return Data({"occasion": str(found.occasion_id), "key": found.key, "tickets": tickets})


def _each(request: PageRequest, act: Callable[[Mapping[str, str]], object], wanted: tuple[str, ...]) -> PageResult:
    """Do an act for each line of a burst; what one is refused does not hold up the others."""
    answers: list[Any] = []
    for given in _lines(request, wanted):
        answer: dict[str, Any] = {"client_id": given["client_id"]}
        try:
            answer |= {"status": 200, "result": plain(act(given))}
        except TianquError as error:
            answer |= {"status": error.status, "code": error.code, "words": refusal_said(error)}
        answers.append(answer)
    return Data(answers)


def _lines(request: PageRequest, wanted: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        sent = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        sent = None
    if not isinstance(sent, list) or len(sent) > AT_ONCE_MAX:
        raise InvalidInput(
            gettext_noop("Send a list of at most %(most)s lines."), field="body", most=AT_ONCE_MAX,
            remedy=gettext_noop("Send what is more in the next burst."),
        )  # fmt: skip
    lines = []
    for one in sent:
        line = {str(name): str(value)[:TEXT_MAX].replace("\0", "\ufffd") for name, value in one.items()} if isinstance(
            one, dict) else {}  # fmt: skip
        missing = [name for name in wanted if name not in line]
        if missing:
            raise InvalidInput(gettext_noop("A line says no %(value)s."), field="body", value=", ".join(missing))
        lines.append(line)
    return lines


def _times(given: Mapping[str, str]) -> dict[str, datetime | None]:
    return {name: _moment(given.get(name, ""), field=name) for name in ("phone_at", "phone_sent_at")}


def _moment(typed: str, *, field: str) -> datetime | None:
    if typed in ("", "None"):
        return None
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidInput(
            gettext_noop("This is no moment."), field=field, value=typed[:40],
            remedy=gettext_noop("Write it as 2026-12-05T09:02:11+08:00."),
        )  # fmt: skip
    return at
