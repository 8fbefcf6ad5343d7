"""Choosing a place by its name: what is typed, what a list offers while one types, and which place is meant.

A field holds a name, a code, or what the list offers: the name with the code behind it. Without a script the list is
that of what was sent last, so that a name that several places bear is chosen from at the second sending.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from tianqu.base.errors import InvalidInput, NotFound, _, at_field
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import PageRequest, PageResult, Partial
from tianqu.kernel.places.api import Place, full_names, place_of_code, place_typed, places_at, places_called_like
from tianqu.packs.village.registers.land import VILLAGE_KIND
from tianqu.packs.village.words import english, shown


@dataclass(frozen=True, slots=True)
class Offered:
    """A place as a list offers it: what goes into the field, and where the place lies."""

    value: str
    where: str


def typed_as(place: Place | None) -> str:
    """What stands in a field for a place: its name and code; "" for none."""
    return f"{shown(place)} {place.code}" if place is not None else ""


def own_place(actor: Actor) -> Place | None:
    """The largest place of a post; None for one that looks after everything or nothing."""
    paths = sorted(actor.scope.place_paths, key=len)[:1]
    return places_at(set(paths)).get(paths[0]) if paths else None


def found_places(actor: Actor, text: str, *, kind: str | None = None) -> list[Place]:
    """The places that are called like this within a post's reach, exact names first."""
    return places_called_like(text, kind=kind, actor=actor)


def offered(actor: Actor, text: str, *, kind: str | None = None) -> list[Offered]:
    """What a list offers for what was typed; nothing for what a list has offered already."""
    if not text.strip() or place_of_code(text) is not None:
        return []
    rows = found_places(actor, text, kind=kind)
    names = full_names([row.id for row in rows])
    return [Offered(typed_as(row), names[row.id].shown("en" if english() else "zh")) for row in rows]


def place_meant(actor: Actor, text: str, *, field: str, kind: str | None = None) -> Place:
    """Return the one place that is meant by a name or a code. Raises ``InvalidInput`` where none or several are.

    A code is taken as it is, also beyond the post's reach: the act says that it may not.
    """
    try:
        return place_typed(text, field=field, kind=kind, actor=actor, beyond=False)
    except NotFound as error:
        raise at_field(error, field) from error


def place_narrowing(actor: Actor, text: str) -> Place | None:
    """The place to which a list is narrowed: of several that are called so the first, which the field then names."""
    if not text.strip():
        return None
    place = place_of_code(text) or next(iter(found_places(actor, text)), None)
    if place is None:
        raise InvalidInput(
            _("No place within your reach is called “%(value)s”."), field="place", value=text[:40],
            remedy=_("Type a part of its name and choose from the list, or type its code."),
        )  # fmt: skip
    return place


def narrowed_to(request: PageRequest) -> dict[str, Any]:
    """What the field of a filter needs: the place as it is meant, and the others that are called so."""
    text = request.GET.get("place", "")
    return {
        "place_typed": typed_as(place_narrowing(request.actor, text)), "places_offered": offered(request.actor, text),
        "places_source": source(),
    }  # fmt: skip


def source(kind: str = "") -> str:
    """The address that offers places while one types."""
    return reverse("village:places_named") + (f"?kind={kind}" if kind else "")


def places_named(request: PageRequest) -> PageResult:
    """The places that are called as what stands in the field, as options of its list."""
    kind = VILLAGE_KIND if request.GET.get("kind") == VILLAGE_KIND else None
    return Partial("village/places_named.html", {"options": offered(request.actor, _typed(request.GET), kind=kind)})


def _typed(query: QueryDict) -> str:
    return next((text for name in ("place", "village") if (text := query.get(name, ""))), "")


def fields_offered(actor: Actor, values: Mapping[str, str], kinds: Mapping[str, str]) -> dict[str, list[Offered]]:
    """For each field of a place, by the kind of place that it takes: what its list offers as the form is shown."""
    return {name: offered(actor, values.get(name, ""), kind=kind or None) for name, kind in kinds.items()}
