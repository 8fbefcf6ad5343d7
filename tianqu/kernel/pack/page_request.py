"""The HTTP request as a page's view gets it: with who asks."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.places.api import HeldPost, Person, can, resident_actor


class PageRequest(HttpRequest):
    """What web's middleware adds to each HTTP request. The scope of ``actor`` is set on the database already."""

    actor: Actor  # ANYBODY for who has not signed in
    person: Person | None  # read when first looked at; test its truth, not `is None`
    posts: Sequence[HeldPost]  # today's, read when first looked at
    htmx: HtmxDetails


def act_as_oneself(request: PageRequest, permission: str) -> None:
    """Let whoever's post does not let them do this do it for themselves, as every resident may.

    For pages of what people do in their own lives, whatever post they have chosen for the day.
    """
    if request.user.is_authenticated and not can(request.actor, permission):
        request.actor = resident_actor(request.user, channel=request.actor.channel)
        set_scope(request.actor.scope)


def caller_of(request: HttpRequest) -> Actor:
    """Who calls an operation of the API: its door has set it."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor
