"""Performing an act for a request: once for its key, within what its token may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from django.conf import settings
from django.http import HttpRequest
from ninja import Header

from tianqu.base.errors import InvalidInput, NotPermitted, _
from tianqu.kernel.journal.api import Actor, perform_request
from tianqu.kernel.places.api import can, within_limits
from tianqu.web.api.limits import SIMULATE

REPLAYED: Final = "Idempotent-Replayed"
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[!-~]+$",
        description="Your own name for this request, for instance a UUID: sent again, it is done once.",
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """An act as it is asked for: its registered name, its function, and whether its result may be kept for a key."""

    name: str
    function: Callable[..., Any]
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """What an act returned. ``again``: it was done before, and this is the answer of that time."""

    result: Any
    again: bool


def actor_of_request(request: HttpRequest) -> Actor:
    """Return who calls: the door has set it."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


def perform(request: HttpRequest, deed: Deed, actor: Actor, key: str | None, arguments: dict[str, Any]) -> Any:
    """Perform an act, once for its idempotency key where one was sent; the answer of before is flagged.

    Raises ``NotPermitted`` for a token whose scopes do not hold the act, also where the act asks for no permission.
    """
    done = performed(deed, actor, key, arguments)
    if done.again:
        flag_replayed(request)
    return done.result


def performed(deed: Deed, actor: Actor, key: str | None, arguments: dict[str, Any]) -> Done:
    """Perform an act as ``perform`` does; say what it returned, and whether that was before."""
    check_limits(actor, deed.name)
    if not key:
        return Done(deed.function(actor, **arguments), again=False)
    before = perform_request(deed.function, actor, key=key, arguments=arguments, kept=deed.kept)
    return Done(before.result, before.again)


def check_limits(actor: Actor, permission: str) -> None:
    """Raise ``NotPermitted`` if the caller's token was not made for this."""
    if not within_limits(actor, permission):
        raise NotPermitted(
            _("This token does not let you do this (%(permission)s)."), permission=permission,
            remedy=_("Use a token with a scope that holds it."),
        )  # fmt: skip


def flag_replayed(request: HttpRequest) -> None:
    """Remember that this request was answered before."""
    request.META["tianqu.replayed"] = True


def was_replayed(request: HttpRequest) -> bool:
    """Say whether this request was answered before."""
    return bool(request.META.get("tianqu.replayed"))


def happened_at(actor: Actor, at: datetime | None) -> dict[str, datetime]:
    """Return the time of the act as the caller gives it, if they may: simulated days bring their own times."""
    if at is None:
        return {}
    if not (settings.TIANQU_DEMO and can(actor, SIMULATE)):
        raise NotPermitted(
            _("Only a simulation may say when an act happened."), field="at", remedy=_("Leave at out."),
        )  # fmt: skip
    if at.tzinfo is None:
        raise InvalidInput(_("A time needs its offset from UTC."), field="at", remedy=_("Write +08:00 behind it."))
    return {"at": at}
