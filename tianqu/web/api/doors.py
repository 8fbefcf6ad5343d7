"""Who calls: a bearer of a token, or anybody. The door also tells the database whose eyes the connection has."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja.security import HttpBearer

from tianqu.base.errors import TianquError, _
from tianqu.kernel.journal.api import Actor, Scope, set_scope
from tianqu.kernel.places.api import token_actor
from tianqu.web.api.limits import check_limit

CHANNEL = "api"
ACTOR_KEPT_S = 5.0  # a revoked token stops working within this time in each worker
ACTORS_KEPT_MAX = 5_000
STRANGER = Actor(channel=CHANNEL)

_kept: dict[str, tuple[float, Actor]] = {}


class Unauthorized(TianquError):
    """The token is missing, unknown, expired or revoked."""

    code = "unauthorized"
    status = 401


class ApiRequest(HttpRequest):
    """A request after the door: ninja sets ``auth`` to the actor."""

    auth: Actor


def _actor_with(secret: str) -> Actor:
    kept = _kept.get(secret)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    set_scope(Scope(everything=True))  # the token's own account is looked up, nothing of it is shown
    actor = token_actor(secret, channel=CHANNEL)
    if actor is None:
        set_scope(Scope())
        raise Unauthorized(
            _("This token is unknown, expired or revoked."), field="Authorization",
            remedy=_("Ask for a new token on your account page."),
        )  # fmt: skip
    if len(_kept) >= ACTORS_KEPT_MAX:
        _kept.clear()
    _kept[secret] = (time.monotonic() + ACTOR_KEPT_S, actor)
    return actor


def _enter(request: HttpRequest, actor: Actor) -> Actor:
    check_limit(request, actor)
    set_scope(actor.scope)
    return actor


class TokenDoor(HttpBearer):
    """Lets in who brings a token."""

    openapi_description = "An API token of your account, with the scopes it was given."

    def __call__(self, request: HttpRequest) -> Any:
        header = request.headers.get("Authorization", "")
        kind, _space, secret = header.partition(" ")
        if kind.lower() != "bearer" or not secret:
            raise Unauthorized(
                _("This address needs a token."), field="Authorization",
                remedy=_("Send the header Authorization: Bearer, followed by your token."),
            )  # fmt: skip
        return self.authenticate(request, secret.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        return _enter(request, _actor_with(token))


def anybody(request: HttpRequest) -> Actor:
    """Let in everybody; a token that is sent along must be good."""
    header = request.headers.get("Authorization", "")
    if header:
        kind, _space, secret = header.partition(" ")
        if kind.lower() == "bearer":
            return _enter(request, _actor_with(secret.strip()))
    return _enter(request, STRANGER)


def post_of(actor: Actor) -> UUID | None:
    """The post through which the caller acts, if any."""
    return actor.post_id


with_token = TokenDoor()
