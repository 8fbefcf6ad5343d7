"""What can be asked about places and units: today's place, who answers for it, finding by name."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import cos, radians
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.kernel.places.fields import Depth, Likeness
from tianqu.kernel.places.models import Place, Succession, Unit

CHAIN_LENGTH_MAX = 100
FOUND_MAX = 100
NAMES_MAX = 5_000
UNIT_KEPT_SECONDS = 5.0
UNITS_KEPT_MAX = 20_000
SIMILAR_ENOUGH = 0.3


def place_called(code: str, *, on: date | None = None, field: str = "code") -> Place:
    """Return the place with a code on a day. Raises ``NotFound`` at ``field``, the argument that named it."""
    place = Place.objects.on(on or timezone.localdate()).filter(code=code).first()
    if place is None:
        raise NotFound(
            _("No place has the code %(value)s on this day."), field=field, value=code[:80],
            remedy=_("Look the code up in the list of places; the place may have closed, or not exist yet."),
        )  # fmt: skip
    return place


def place_with(place_id: UUID) -> Place:
    """Return a place by its identifier, whatever its dates. Raises ``NotFound``."""
    # Plain SQL, without the boundary: this is asked for every order that is placed.
    for place in Place.objects.raw(_PLACE, [place_id]):
        return place
    raise NotFound(
        _("There is no such place."), field="place_id", value=str(place_id),
        remedy=_("Look it up in the list of places."),
    )  # fmt: skip


_PLACE = """
SELECT id, code, name, name_en, kind, parent_id, path, valid_from, valid_to, lon, lat, position_invented
FROM places_place WHERE id = %s
"""


def place_today(place_id: UUID, *, on: date | None = None) -> Place:
    """Return what a place is on a day, by following its successions.

    A place that was split resolves to the successor that kept its code, else to the nearest place in which
    all its successors lie. A place that vanished without a known successor resolves to the place it lay in.
    A place that does not exist yet on the day is returned as it is. Raises ``NotFound``, also for a place that nothing
    followed and that lay in none, and ``Conflict`` where successions lead in a circle.
    """
    day = on or timezone.localdate()
    place = place_with(place_id)
    seen: set[UUID] = set()
    while place.valid_to is not None and place.valid_to <= day:
        if place.id in seen or len(seen) >= CHAIN_LENGTH_MAX:
            raise Conflict(
                _("The successions of the place %(value)s lead in a circle."), value=place.code,
                remedy=_("Correct them in the administration of places."),
            )  # fmt: skip
        seen.add(place.id)
        place = _next(place, day)
    return place


def _next(place: Place, day: date) -> Place:
    followers = [
        succession.to_place
        for succession in Succession.objects.filter(from_place=place, happened_on__lte=day)
        .select_related("to_place").order_by("to_place__code")[:CHAIN_LENGTH_MAX]
    ]  # fmt: skip
    if not followers:
        if place.parent_id is None:
            raise NotFound(
                _("The place %(value)s has closed, and nothing followed it."), field="place", value=place.code,
                remedy=_("Name its successor in the administration of places."),
            )  # fmt: skip
        return place_with(place.parent_id)
    if len(followers) == 1:
        return followers[0]
    kept = [follower for follower in followers if follower.code == place.code]
    return kept[0] if kept else _place_holding(followers, day)


def _place_holding(places: list[Place], day: date) -> Place:
    """The nearest place in which all of ``places`` lie."""
    common: list[str] = []
    for labels in zip(*(place.path.split(".") for place in places), strict=False):
        if len(set(labels)) > 1:
            break
        common.append(labels[0])
    if not common:
        raise NotFound(
            _("The successors of this place lie in no place together."), field="place",
            value=", ".join(place.code for place in places)[:80],
            remedy=_("Correct them in the administration of places."),
        )  # fmt: skip
    return place_called(common[-1], on=day)


def places_under(path: str, *, on: date | None = None) -> QuerySet[Place]:
    """Return the places at or below ``path`` on a day, in the order of the tree."""
    return Place.objects.on(on or timezone.localdate()).filter(path__under=check_path(path)).order_by("path")


def find_places(
    text: str,
    *,
    kind: str | None = None,
    under: str | None = None,
    on: date | None = None,
    with_past: bool = False,
    limit: int = 20,
) -> list[Place]:
    """Find places by a part of their Chinese or English name, or by the beginning of their code.

    ``under`` is the path of a place to look in. ``with_past`` also finds places that have closed: resolve
    them with ``place_today``. Exact names come first, then beginnings, then parts, then, if there is
    nothing else, similar ones.
    """
    text = " ".join(text.split())
    if not text:
        return []
    if len(text) > 100:
        raise TooLarge(_("A place's name has at most 100 characters."), field="text")
    rows = Place.objects.all() if with_past else Place.objects.on(on or timezone.localdate())
    if kind is not None:
        rows = rows.filter(kind=kind)
    if under is not None:
        rows = rows.filter(path__under=check_path(under))
    limit = max(1, min(limit, FOUND_MAX))
    found = list(_by_name(rows.defer("boundary"), text)[:limit])
    return found or list(_by_likeness(rows.defer("boundary"), text)[:limit])


def place_near(*, lon: Decimal, lat: Decimal, within_km: int = 30, on: date | None = None) -> Place:
    """Return the place without parts (a village, a district) whose point lies nearest to a position.

    ``lon`` and ``lat`` are degrees of WGS 84; distances are on a plane about ``lat``, which is exact enough for telling
    neighbours apart. Raises ``NotFound`` if none lies within ``within_km``.
    """
    day = on or timezone.localdate()
    narrowing = cos(radians(float(lat)))
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, {"lon": lon, "lat": lat, "narrowing": narrowing, "day": day})
        row = cursor.fetchone()
    if row is None or row[1] > within_km / KM_A_DEGREE:
        raise NotFound(
            _("No place of ours lies near %(value)s."), field="position", value=f"{lat}, {lon}",
            remedy=_("Give latitude and longitude within the area, or the name of a place."),
        )  # fmt: skip
    return place_with(row[0])


KM_A_DEGREE: Final = 111.2  # of latitude
_NEAREST: Final = """
SELECT id, sqrt(((lon - %(lon)s) * %(narrowing)s) ^ 2 + (lat - %(lat)s) ^ 2)::float8 AS degrees
FROM places_place place
WHERE lon IS NOT NULL AND daterange(valid_from, valid_to) @> %(day)s::date
  AND NOT EXISTS (
    SELECT FROM places_place part
    WHERE part.parent_id = place.id AND daterange(part.valid_from, part.valid_to) @> %(day)s::date
  )
ORDER BY degrees LIMIT 1
"""


def _by_name(rows: QuerySet[Place], text: str) -> QuerySet[Place]:
    if text.isascii() and text.replace("_", "").isalnum() and any(letter.isdigit() for letter in text):
        return rows.filter(code__startswith=text).order_by("code")
    exact = Q(name=text) | Q(name_en__iexact=text)
    begins = Q(name__startswith=text) | Q(name_en__istartswith=text)
    rank = Case(When(exact, then=Value(0)), When(begins, then=Value(1)), default=Value(2), output_field=IntegerField())
    matches = rows.filter(Q(name__contains=text) | Q(name_en__icontains=text))
    return matches.annotate(rank=rank).order_by("rank", Depth("path"), "code")


def _by_likeness(rows: QuerySet[Place], text: str) -> QuerySet[Place]:
    """Misspelt names, by pg_trgm. It finds nothing in a database whose locale knows no Chinese letters."""
    likeness = Greatest(Likeness("name", Value(text)), Likeness("name_en", Value(text)))
    return rows.annotate(likeness=likeness).filter(likeness__gte=SIMILAR_ENOUGH).order_by("-likeness", "code")


@dataclass(frozen=True, slots=True)
class FullName:
    """A place's name with the places it lies in, the largest first, in Chinese and in English."""

    names: tuple[str, ...]
    names_en: tuple[str, ...]

    def shown(self, language: str) -> str:
        """Return the name as a reader of ``language`` writes it."""
        if language.startswith("zh"):
            return "".join(self.names)
        pairs = zip(reversed(self.names), reversed(self.names_en), strict=True)
        return ", ".join(english or name for name, english in pairs)


def full_names(place_ids: Iterable[UUID]) -> dict[UUID, FullName]:
    """Return the full names of at most 5,000 places in one query, those of closed places as they were.

    Raises ``TooLarge``.
    """
    wanted = list(dict.fromkeys(place_ids))
    if len(wanted) > NAMES_MAX:
        raise TooLarge(_("At most %(limit)s places are named at once."), limit=NAMES_MAX)
    names: dict[UUID, list[tuple[str, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE chain (start, parent_id, name, name_en, depth) AS ("
            " SELECT id, parent_id, name, name_en, 0 FROM places_place WHERE id = ANY(%s)"
            " UNION ALL SELECT chain.start, p.parent_id, p.name, p.name_en, depth + 1"
            " FROM chain JOIN places_place p ON p.id = chain.parent_id WHERE depth < 20)"
            " SELECT start, name, name_en FROM chain ORDER BY start, depth DESC",
            [wanted],
        )
        for start, name, name_en in cursor.fetchall():
            names.setdefault(start, []).append((name, name_en))
    return {
        start: FullName(tuple(name for name, _en in chain), tuple(english for _zh, english in chain))
        for start, chain in names.items()
    }


def unit_called(code: str) -> Unit:
    """Return the unit with a code, whatever its dates. Raises ``NotFound``."""
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise NotFound(
            _("No unit has the code %(value)s."), field="unit", value=code,
            remedy=_("Look the code up in the list of units."),
        )  # fmt: skip
    return unit


def unit_with(unit_id: UUID) -> Unit:
    """Return a unit by its identifier, whatever its dates. Raises ``NotFound``."""
    unit = Unit.objects.filter(id=unit_id).first()
    if unit is None:
        raise NotFound(
            _("There is no such unit."), field="unit_id", value=str(unit_id),
            remedy=_("Look it up in the list of units."),
        )  # fmt: skip
    return unit


def unit_for(kind: str, place: Place, *, on: date | None = None) -> Unit | None:
    """Return the unit of a kind that answers for a place on a day, or None if there is none up to the root.

    The nearest one counts: the township's before the county's. A closed place resolves to today's first.
    """
    day = on or timezone.localdate()
    place = place_today(place.id, on=day)
    for unit in Unit.objects.raw(_ANSWERING, [kind, place.path.split("."), place.path, day]):
        return unit
    return None


# The codes of the places above lead to few rows by index; the path then makes sure of the branch.
_ANSWERING = """
SELECT unit.* FROM places_place place JOIN places_unit unit ON unit.place_id = place.id AND unit.kind = %s
WHERE place.code = ANY (%s) AND place.path @> %s::ltree
  AND daterange(unit.valid_from, unit.valid_to) @> %s::date
ORDER BY nlevel(place.path) DESC, unit.code LIMIT 1
"""


def unit_id_for(kind: str, *, place_id: UUID, on: date | None = None) -> UUID | None:
    """Return the identifier of ``unit_for``, remembered for a few seconds in this process: for the placing
    of orders.
    """
    key = (kind, place_id, on or timezone.localdate())
    kept = _units_kept.get(key)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    unit = unit_for(kind, place_with(place_id), on=key[2])
    if len(_units_kept) >= UNITS_KEPT_MAX:
        _units_kept.clear()
    _units_kept[key] = (time.monotonic() + UNIT_KEPT_SECONDS, unit.id if unit is not None else None)
    return _units_kept[key][1]


_units_kept: dict[tuple[str, UUID, date], tuple[float, UUID | None]] = {}


def forget_units() -> None:
    """Forget which unit answers for what, because a place or a unit has changed."""
    _units_kept.clear()


def unit_today(unit_id: UUID, *, on: date | None = None) -> Unit:
    """Return the unit that does a unit's work on a day.

    A closed unit resolves to its successor, or else to the unit of its kind that answers for today's place.
    Raises ``NotFound``, also where there is none, and ``Conflict`` where successors lead in a circle.
    """
    day = on or timezone.localdate()
    unit = unit_with(unit_id)
    seen: set[UUID] = set()
    while unit.valid_to is not None and unit.valid_to <= day:
        if unit.id in seen or len(seen) >= CHAIN_LENGTH_MAX:
            raise Conflict(_("The successors of the unit %(value)s lead in a circle."), value=unit.code)
        seen.add(unit.id)
        follower = (
            unit_with(unit.successor_id) if unit.successor_id is not None else unit_for(unit.kind, unit.place, on=day)
        )
        if follower is None:
            raise NotFound(
                _("The unit %(value)s has closed, and no unit of its kind answers for its place."), field="unit",
                value=unit.code, remedy=_("Name its successor in the administration of units."),
            )  # fmt: skip
        unit = follower
    return unit


def check_path(path: str) -> str:
    """Return a path of codes, or raise ``InvalidInput`` for one that is none."""
    labels = path.split(".")
    if any(not (label.isascii() and label.replace("_", "").isalnum()) for label in labels):
        raise InvalidInput(
            _("%(value)s is not the path of a place."), field="under", value=path[:200],
            remedy=_("Give codes joined by dots, the largest place first."),
        )  # fmt: skip
    return path
