"""Lists of places: what lies in one and what it lies in, its rows of before, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from tianqu.base.errors import TooLarge, _
from tianqu.kernel.places.models import Place, Succession

LISTED_MAX: Final = 2_001  # a page of 2,000, and the row that says there are more
VERSIONS_MAX: Final = 50
PATHS_MAX: Final = 5_000


def places_in(
    path: str | None,
    *,
    on: date | None = None,
    planned: bool = False,
    boundaries: bool = False,
    after: str = "",
    limit: int = LISTED_MAX,
) -> list[Place]:
    """Return the places that lie right in the one at ``path``, by code; those that lie in no other for None.

    They are those of a day, today's without; ``planned`` also takes those that are still to begin. Their boundaries
    are read only where asked for. ``after`` is the last code of the page before. Ask for one more than a page holds
    to know whether there is another; at most ``LISTED_MAX`` come.
    """
    day = on or timezone.localdate()
    rows = Place.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day)) if planned else Place.objects.on(day)
    rows = rows.filter(parent=None) if path is None else rows.filter(parent__path=path)
    if not boundaries:
        rows = rows.defer("boundary")
    if after:
        rows = rows.filter(code__gt=after)
    return list(rows.order_by("code")[: max(1, min(limit, LISTED_MAX))])


def place_rows(code: str) -> list[Place]:
    """Return every row that a code has had, the newest first, at most 50, each with the place it lies in."""
    return list(Place.objects.filter(code=code).select_related("parent").order_by("-valid_from")[:VERSIONS_MAX])


def places_above(path: str) -> list[Place]:
    """Return the places in which the one at ``path`` lies, the largest first, each as it was last called."""
    codes = path.split(".")[:-1]
    found = {row.code: row for row in Place.objects.filter(code__in=codes).order_by("valid_from").defer("boundary")}
    return [found[code] for code in codes if code in found]


def places_at(paths: Collection[str], *, on: date | None = None) -> dict[str, Place]:
    """Return the places at some paths on a day, by path; without a day, those that go on or were the last there.

    Only those of a day bring their boundaries. Raises ``TooLarge`` for more than 5,000 paths.
    """
    if len(paths) > PATHS_MAX:
        raise TooLarge(_("At most %(limit)s places are named at once."), limit=PATHS_MAX)
    rows = Place.objects.filter(path__in=list(paths)).defer("boundary") if on is None else Place.objects.on(on)
    if on is not None:
        rows = rows.filter(path__in=list(paths))
    return {str(row.path): row for row in rows.order_by(F("valid_to").asc(nulls_last=True))}


def followers_of(place_ids: Collection[UUID], *, limit: int = LISTED_MAX) -> list[Succession]:
    """Return what followed some places, the newest first, with both places."""
    return _successions(Q(from_place__in=place_ids), limit)


def forerunners_of(place_ids: Collection[UUID], *, limit: int = LISTED_MAX) -> list[Succession]:
    """Return what came before some places, the newest first, with both places."""
    return _successions(Q(to_place__in=place_ids), limit)


def _successions(which: Q, limit: int) -> list[Succession]:
    rows = Succession.objects.filter(which).select_related("from_place", "to_place")
    rows = rows.defer("from_place__boundary", "to_place__boundary").order_by("-happened_on", "-id")
    return list(rows[: max(1, min(limit, LISTED_MAX))])
