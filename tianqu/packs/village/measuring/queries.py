"""What is known of walks and photos, within a reader's sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import require
from tianqu.packs.village.measuring.areas import Corner
from tianqu.packs.village.measuring.models import Measurement, ParcelPhoto
from tianqu.packs.village.models import ParcelVersion
from tianqu.packs.village.queries import SEE, seen
from tianqu.packs.village.registers.land import parcel_with

SHOWN_MAX: Final = 500  # parcels around on the map of a walk, photos of a parcel


@dataclass(frozen=True, slots=True)
class Walk:
    """What was walked under one change: areas in 0.0001 mu, the accuracy at 95 in 100 where each corner has one.

    ``day`` is the one from which the register holds it.
    """

    change_id: UUID
    day: date
    corners: list[Corner]
    area_mu_4: int
    accuracy_mu_4: int | None


@dataclass(frozen=True, slots=True)
class Walks:
    """What was walked of a parcel, newest first, and its photos."""

    walks: list[Walk]
    photos: list[ParcelPhoto]


def walks_of(actor: Actor, *, parcel_id: UUID) -> Walks:
    """Return what was walked of a parcel, with its photos. Raises ``NotFound``."""
    require(actor, SEE)
    parcel = parcel_with(parcel_id, actor)
    rows = (
        Measurement.objects.filter(parcel=parcel)
        .select_related("change")
        .order_by("-change__day", "-change__at")[:SHOWN_MAX]
    )
    walks = [
        Walk(row.change_id, row.change.day, [Corner(*one) for one in row.corners], row.area_mu_4, row.accuracy_mu_4)
        for row in rows
    ]
    return Walks(walks, list(ParcelPhoto.objects.filter(parcel=parcel).order_by("at", "id")[:SHOWN_MAX]))


def boundaries_around(actor: Actor, *, place_path: str) -> list[Mapping[str, Any]]:
    """Return the boundaries of a village's parcels as GeoJSON features, for who walks beside them."""
    require(actor, SEE)
    versions = seen(actor, ParcelVersion.objects.filter(valid_to=None, boundary__isnull=False, place_path=place_path))
    return [
        {"type": "Feature", "geometry": one.boundary, "properties": {"name": one.parcel.number}}
        for one in versions.select_related("parcel").order_by("id")[:SHOWN_MAX]
    ]
