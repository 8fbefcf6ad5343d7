"""Lists of units: found by words, those of a place, those that may answer for one, and their kinds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Length
from django.utils import timezone

from tianqu.base.errors import TooLarge, _
from tianqu.kernel.places.models import Unit

LISTED_MAX: Final = 1_001  # a page of 1,000, and the row that says there are more
NAMED_MAX: Final = 5_000
NEAR_MAX: Final = 200
KINDS_MAX: Final = 500
WORDS_MAX: Final = 100


def units_found(
    words: str = "",
    *,
    kind: str | None = None,
    under: str | None = None,
    with_closed: bool = False,
    after: str = "",
    limit: int = 50,
) -> list[Unit]:
    """Return the units whose code begins with ``words`` or whose name holds them, by code; all of them without words.

    ``under`` is the path of a place: units that answer for it or for something in it. ``with_closed`` takes those of
    before, too. ``after`` is the last code of the page before; ask for one more than a page holds to know whether
    there is another.
    """
    words = words.strip()[:WORDS_MAX]
    rows = Unit.objects.all()
    if not with_closed:
        rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=timezone.localdate()))
    if words:
        rows = rows.filter(Q(code__istartswith=words) | Q(name__contains=words) | Q(name_en__icontains=words))
    if kind is not None:
        rows = rows.filter(kind=kind)
    if under is not None:
        rows = rows.filter(place__path__under=under)
    if after:
        rows = rows.filter(code__gt=after)
    rows = rows.select_related("place").defer("place__boundary").order_by("code")
    return list(rows[: max(1, min(limit, LISTED_MAX))])


def units_of_place(code: str, *, limit: int = LISTED_MAX) -> list[Unit]:
    """Return the units that answer for the place with a code itself, today or from a later day on, by code."""
    rows = Unit.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=timezone.localdate()), place__code=code)
    return list(rows.order_by("code")[: max(1, min(limit, LISTED_MAX))])


def units_of_places(codes: Collection[str]) -> dict[str, list[Unit]]:
    """Return the units that answer for each of some places, as ``units_of_place`` does. Raises ``TooLarge``."""
    if len(codes) > NAMED_MAX:
        raise TooLarge(_("At most %(limit)s units are named at once."), limit=NAMED_MAX)
    rows = Unit.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=timezone.localdate()), place__code__in=codes)
    found: dict[str, list[Unit]] = {code: [] for code in codes}
    for unit in rows.select_related("place").defer("place__boundary").order_by("code"):
        found[unit.place.code].append(unit)
    return found


def units_near(place_path: str, *, on: date) -> list[Unit]:
    """Return the units whose jurisdiction holds a place, the nearest first: those that may answer for it."""
    found = Unit.objects.on(on).filter(place__code__in=place_path.split(".")).select_related("place")
    rows = list(found.defer("place__boundary").order_by("code")[:NEAR_MAX])
    return sorted(rows, key=lambda unit: (-len(unit.place.path), unit.code))


def units_with(unit_ids: Collection[UUID]) -> dict[UUID, Unit]:
    """Return units by their identifiers, whatever their dates. Raises ``TooLarge`` for more than 5,000."""
    if len(unit_ids) > NAMED_MAX:
        raise TooLarge(_("At most %(limit)s units are named at once."), limit=NAMED_MAX)
    return {unit.id: unit for unit in Unit.objects.filter(id__in=unit_ids)}


def units_by_kind() -> dict[str, Unit]:
    """Return, for each kind of unit that still works, the one with the shortest code, with its place; at most 500."""
    rows = Unit.objects.filter(valid_to=None).order_by("kind", Length("code"), "code").distinct("kind")
    return {unit.kind: unit for unit in rows.select_related("place").defer("place__boundary")[:KINDS_MAX]}
