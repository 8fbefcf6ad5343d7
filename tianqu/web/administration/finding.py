"""Finding a unit, a place or a person by what is typed: a code, a login name, or a name that only one has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.utils.translation import get_language

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import (
    Account,
    Person,
    Place,
    Unit,
    find_places,
    full_names,
    officials,
    places_at,
    unit_called,
    units_by_kind,
    units_found,
)
from tianqu.web.layout.formats import in_chinese

NAMED_MAX = 5  # of those that a name could mean, in the sentence that asks which
WORDS_MAX = 100


def unit_id_named(text: str, *, field: str) -> UUID:
    """Return the one unit that ``text`` means: its code, or words that only its name holds."""
    try:
        return unit_called(text).id
    except NotFound:
        found = units_found(text, limit=NAMED_MAX + 1)
    return _only([(unit.id, shown(unit), unit.code) for unit in found], text, field=field)


def kind_titles() -> dict[str, str]:
    """Return what the kinds of unit are called, by code: the name of the first unit of a kind without its place's."""
    return {
        kind: shown(unit).removeprefix(shown(unit.place)).strip() or shown(unit)
        for kind, unit in units_by_kind().items()
    }


def kind_said(kind: str, titles: Mapping[str, str]) -> str:
    """Return a kind of unit as an administrator meets it: what it is called, and the code that is typed."""
    return f"{titles[kind]} ({kind})" if kind in titles else kind


def place_id_named(text: str, *, field: str) -> UUID:
    """Return the one place of today that ``text`` means: its code, or its name."""
    found = find_places(text, limit=NAMED_MAX + 1)
    exact = [place for place in found if text in (place.code, place.name, place.name_en)]
    return _only([(place.id, shown(place), place.code) for place in exact or found], text, field=field)


def person_id_named(actor: Actor, text: str, *, field: str) -> UUID:
    """Return the one official that ``text`` means: their login name, or words that only their name holds."""
    found = officials(actor, words=text, limit=NAMED_MAX + 1)
    return _only([(person.id, person.name, login_of(person)) for person in found], text, field=field)


def place_names(paths: Iterable[str]) -> dict[str, str]:
    """The full names of the places at some paths, by path; where none is today, of the last that was."""
    ids = {path: place.id for path, place in places_at({path for path in paths if path}).items()}
    names = full_names(ids.values())
    return {path: names[place_id].shown(get_language() or "") for path, place_id in ids.items()}


def place_code_at(path: str) -> str:
    """The code of the place at a path, "" for none."""
    return path.rpartition(".")[2]


def login_of(person: Person) -> str:
    """The login name of a person, "" without an account."""
    try:
        return person.account.login
    except Account.DoesNotExist:
        return ""


def shown(thing: Unit | Place) -> str:
    """The name in the language of the page."""
    return thing.name if in_chinese() or not thing.name_en else thing.name_en


def _only(found: Sequence[tuple[UUID, str, str]], text: str, *, field: str) -> UUID:
    if not found:
        raise InvalidInput(
            _("Nothing is called %(value)s."), field=field, value=text[:WORDS_MAX],
            remedy=_("Give the code, or a part of the name."),
        )  # fmt: skip
    if len(found) > 1:
        raise InvalidInput(
            _("%(value)s could be several: %(several)s."), field=field, value=text[:WORDS_MAX],
            several=", ".join(f"{name} ({code})" if code else name for _id, name, code in found[:NAMED_MAX]),
            remedy=_("Give the code in brackets."),
        )  # fmt: skip
    return found[0][0]
