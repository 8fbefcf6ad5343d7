"""The HTTP request as a page's view gets it: with who asks."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import HeldPost, Person


class PageRequest(HttpRequest):
    """What web's middleware adds to each HTTP request. The scope of ``actor`` is set on the database already."""

    actor: Actor  # ANYBODY for who has not signed in
    person: Person | None  # read when first looked at; test its truth, not `is None`
    posts: Sequence[HeldPost]  # today's, read when first looked at
    htmx: HtmxDetails


def caller_of(request: HttpRequest) -> Actor:
    """Who calls an operation of the API: its door has set it."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor
