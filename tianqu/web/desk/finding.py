"""Turning what somebody typed into a unit, a place or a request: a code, or a name that fits only one."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import order_id_of, read_code
from tianqu.kernel.places.api import Place, colleagues, find_places, unit_typed

__all__ = ["colleague_choices", "order_typed", "place_typed", "unit_typed"]


def place_typed(text: str) -> Place:
    """Return today's place with that code or name. Raises ``InvalidInput``."""
    found = find_places(text, limit=1)
    if not found:
        raise InvalidInput(_("No place is called %(value)s."), field="place", value=text[:40])
    return found[0]


def order_typed(actor: Actor, text: str, *, field: str) -> UUID:
    """Return the request with the code that somebody typed, within their sight."""
    if not text.strip():
        raise InvalidInput(_("Give the code of a request."), field=field)
    try:
        return order_id_of(actor, code=read_code(text))
    except InvalidInput as error:
        raise InvalidInput(error.message, remedy=error.remedy, **{**error.parameters, "field": field}) from error  # type: ignore[arg-type]


def colleague_choices(actor: Actor, *, unit_id: UUID, on: date) -> list[tuple[str, str]]:
    """Return the posts of a unit on a day, each with its title and, where the actor may see it, its holder's name."""
    posts = colleagues(actor, unit_id=unit_id, on=on)
    return [(str(post.id), f"{post.title or post.role} {name}".strip()) for post, name in posts]
