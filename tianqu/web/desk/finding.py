"""Turning what somebody typed into a unit, a place or a request: a code, or a name that fits only one."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import order_id_of, read_code
from tianqu.kernel.places.api import Person as PersonRow
from tianqu.kernel.places.api import Place, Post, Unit, find_places, unit_typed

__all__ = ["colleagues", "order_typed", "place_typed", "unit_typed", "units_near"]

NEAR_MAX = 200
COLLEAGUES_MAX = 200


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


def units_near(place_path: str, day: date) -> list[Unit]:
    """Return the units whose jurisdiction holds a place, the nearest first: those that may answer for it."""
    codes = place_path.split(".")
    found = Unit.objects.on(day).filter(place__code__in=codes).select_related("place").order_by("code")[:NEAR_MAX]
    return sorted(found, key=lambda unit: (-len(unit.place.path), unit.code))


def colleagues(unit_id: UUID, day: date) -> list[tuple[str, str]]:
    """Return the posts of a unit on a day, each with its title and, where the walls let it be seen, its holder."""
    posts = list(Post.objects.on(day).filter(unit_id=unit_id).order_by("title", "id")[:COLLEAGUES_MAX])
    names = dict(PersonRow.objects.filter(id__in=[post.person_id for post in posts]).values_list("id", "name"))
    return [(str(post.id), f"{post.title or post.role} {names.get(post.person_id, '')}".strip()) for post in posts]
