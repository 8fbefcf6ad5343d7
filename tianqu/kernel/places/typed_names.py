"""Turning what somebody typed into a place or a unit: a code, or a name that fits only one."""

from __future__ import annotations

from typing import Final

from django.db.models import Q
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.models import Place, Unit
from tianqu.kernel.places.queries import find_places, full_names, place_called

CANDIDATES_MAX = 6  # of them are named to somebody whose words fit several
PLACES_MAX: Final = 5  # the same of places
TYPED_MAX: Final = 100
LOOKED_AT_MAX: Final = 12  # places that are called alike
REACHES_MAX: Final = 5  # places of one post in which is looked


def place_typed(
    text: str, *, field: str = "place", kind: str | None = None, actor: Actor | None = None, beyond: bool = True
) -> Place:
    """Return the one place of today that a code or a name means; a code may stand behind a name.

    A name is looked for within the reach of the actor's post first, and without ``beyond`` nowhere else; a code is
    taken as it is: the act says that it may not. Raises ``NotFound``, and ``InvalidInput`` with the codes to choose
    from where several places are called so. What is only alike is not taken.
    """
    text = " ".join(text.replace("\0", "\ufffd").split())[:TYPED_MAX]
    if (place := place_of_code(text)) is not None:
        return place
    rows = places_called_like(text, kind=kind, actor=actor)
    if not (meant := _meant(rows, text)) and beyond:
        meant = _meant(find_places(text, kind=kind, limit=LOOKED_AT_MAX), text)
    if len(meant) == 1:
        return meant[0]
    if not meant:
        raise NotFound(
            _("No place is called “%(value)s”.") if beyond else _("No place within your reach is called “%(value)s”."),
            field=field, value=text[:40], remedy=_("Type a part of its name, or its code."),
        )  # fmt: skip
    raise InvalidInput(
        _("Several places are called so: %(names)s."), field=field, value=text[:40], names=_listed(meant, "zh"),
        names_en=_listed(meant, "en"), remedy=_("Choose one, and type its code."),
    )  # fmt: skip


def place_of_code(text: str) -> Place | None:
    """The place of today whose code was typed, alone or behind a name; None where there is none."""
    words = text.replace("\0", "").strip()[:TYPED_MAX].split()
    try:
        return place_called(words[-1]) if words else None
    except NotFound:
        return None


def places_called_like(text: str, *, kind: str | None = None, actor: Actor | None = None) -> list[Place]:
    """The places that are called like this within the reach of a post, or anywhere; exact names come first."""
    text = " ".join(text.replace("\0", "").split())[:TYPED_MAX]
    if actor is None or actor.scope.everything or actor.post_id is None:
        return find_places(text, kind=kind, limit=LOOKED_AT_MAX)
    paths = sorted(actor.scope.place_paths, key=len)[:REACHES_MAX]
    found = [row for path in paths for row in find_places(text, kind=kind, under=path, limit=LOOKED_AT_MAX)]
    return list({row.id: row for row in found}.values())[:LOOKED_AT_MAX]


def _meant(rows: list[Place], text: str) -> list[Place]:
    """Those that are really called like this; those of exactly this name, where there are."""
    words = text.casefold()
    called = [row for row in rows if words in row.name.casefold() or words in row.name_en.casefold()]
    return [row for row in called if words in (row.name.casefold(), row.name_en.casefold())] or called


def _listed(rows: list[Place], language: str) -> str:
    names = full_names([row.id for row in rows[:PLACES_MAX]])
    told = [f"{names[row.id].shown(language)} ({row.code})" for row in rows[:PLACES_MAX]]
    return "; ".join(told) + (" …" if len(rows) > PLACES_MAX else "")


def unit_typed(text: str, *, field: str) -> Unit:
    """Return today's unit with that code or name, or the only one whose name holds it. Raises ``InvalidInput``."""
    text = " ".join(text.split())[:100]
    if not text:
        raise InvalidInput(_("Name a unit."), field=field, remedy=_("Type its name or its code."))
    names = Q(name=text) | Q(name_en__iexact=text) | Q(code=text)
    parts = names | Q(name__contains=text) | Q(name_en__icontains=text)
    found = list(Unit.objects.on(timezone.localdate()).filter(parts).order_by("name", "code")[: CANDIDATES_MAX + 1])
    exact = [unit for unit in found if text in (unit.code, unit.name) or text.lower() == unit.name_en.lower()]
    if len(exact) == 1:
        return exact[0]
    if len(found) == 1:
        return found[0]
    if not found:
        raise InvalidInput(_("No unit is called %(value)s."), field=field, value=text, remedy=_("Type a shorter part."))
    raise InvalidInput(
        _("Several units are called so: %(names)s."), field=field, value=text,
        names="; ".join(f"{unit.name} ({unit.code})" for unit in found[:CANDIDATES_MAX]),
        remedy=_("Type the whole name or the code."),
    )  # fmt: skip
