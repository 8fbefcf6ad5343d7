"""Who calls: a bearer of a token, or anybody. The door also tells the database whose eyes the connection has."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from tianqu.base.errors import TianquError, _
from tianqu.kernel.journal.api import Actor, Scope, set_scope
from tianqu.kernel.places.api import token_actor
from tianqu.web.api.limits import COUNTED, check_address_limit, check_token_limit

CHANNEL = "api"
ACTOR_KEPT_SECONDS = 5.0  # a revoked token, or that of a post that ended, stops working within this time
ACTORS_KEPT_MAX = 5_000
STRANGER = Actor(channel=CHANNEL)

_kept: dict[str, tuple[float, Actor]] = {}


class Unauthorized(TianquError):
    """The token is missing, unknown, expired or revoked."""

    code = "unauthorized"
    status = 401


def _actor_with(secret: str, request: HttpRequest) -> Actor:
    kept = _kept.get(secret)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    actor = _looked_up(secret)
    if actor is None:
        set_scope(Scope())
        check_address_limit(request)
        raise Unauthorized(
            _("This token is unknown, expired or revoked."), field="Authorization",
            remedy=_("Ask for a new token on your account page."),
        )  # fmt: skip
    return actor


def _looked_up(secret: str) -> Actor | None:
    """Who a token stands for, kept for a few seconds. Tokens lie behind no wall, so nobody's eyes are needed."""
    actor = token_actor(secret, channel=CHANNEL) if secret.isascii() and "\0" not in secret else None
    if actor is not None:
        if len(_kept) >= ACTORS_KEPT_MAX:
            _kept.clear()
        _kept[secret] = (time.monotonic() + ACTOR_KEPT_SECONDS, actor)
    return actor


def known_caller(secret: str) -> Actor | None:
    """Who brings a good token, counted and with their eyes on the connection; None for one that is not good.

    Raises ``TooManyCalls`` for a token over its limit.
    """
    kept = _kept.get(secret)
    actor = kept[1] if kept is not None and kept[0] > time.monotonic() else _looked_up(secret)
    if actor is None:
        return None
    check_token_limit(actor, secret)
    set_scope(actor.scope)
    return actor


class TokenDoor(HttpBearer):
    """Lets in who brings a token."""

    openapi_description = "An API token of your account, with the scopes it was given."

    def __call__(self, request: HttpRequest) -> Any:
        secret = _secret_in(request)
        if secret is None:
            check_address_limit(request)
            raise Unauthorized(
                _("This address needs a token."), field="Authorization",
                remedy=_("Send the header Authorization: Bearer, followed by your token."),
            )  # fmt: skip
        return self.authenticate(request, secret)

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        actor = _actor_with(token, request)
        if COUNTED not in request.META:
            check_token_limit(actor, token)
        set_scope(actor.scope)
        return actor


class OpenDoor(TokenDoor):
    """Lets in everybody; a token that is sent along must be good."""

    def __call__(self, request: HttpRequest) -> Any:
        secret = _secret_in(request)
        if secret is not None:
            return self.authenticate(request, secret)
        check_address_limit(request)
        set_scope(STRANGER.scope)
        return STRANGER


def _secret_in(request: HttpRequest) -> str | None:
    """The token that a request brings; None for one that brings none."""
    header = request.headers.get("Authorization", "")
    kind, _space, secret = header.partition(" ")
    return secret.strip() or None if kind.lower() == "bearer" else None


anybody = OpenDoor()
with_token = TokenDoor()
