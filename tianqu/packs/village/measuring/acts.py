"""Entering land as it was walked: the server measures the corners, whatever a telephone showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.kernel.files.api import hold_file
from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.places.api import require
from tianqu.packs.village.measuring.areas import Corner, Measured, measured
from tianqu.packs.village.measuring.models import Measurement, ParcelPhoto
from tianqu.packs.village.models import Parcel
from tianqu.packs.village.registers import land
from tianqu.packs.village.registers.land import Change, ParcelFacts, parcel_with, standing_versions, village_with
from tianqu.packs.village.registers.refusals import digest_of, lawful, sent_before
from tianqu.packs.village.rules.facts import LandClass

PHOTOS_MAX: Final = 50  # of one parcel, over all its walks


def _may_in_village(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    village_with(arguments["place_id"], acting.actor)


def _may_on_parcel(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    parcel_with(arguments["parcel_id"], acting.actor)


@act("village.walk_parcel", may=_may_in_village)
def walk_parcel(
    acting: Acting,
    *,
    place_id: UUID,
    parcel_id: UUID,
    number: str,
    day: date,
    corners: Sequence[Corner],
    land_class: LandClass,
    name: str = "",
    use: str = "",
    idle: bool = False,
    files: Sequence[UUID] = (),
) -> int:
    """Enter a parcel whose corners were walked, with photos; return its area in 0.0001 mu, measured on the ellipsoid.

    ``files`` were stored before and are attached. The same ``parcel_id`` with the same content changes nothing. Raises
    ``InvalidInput`` for corners that enclose nothing or whose edges cross, ``Conflict`` for a number that there is.
    """
    place, found = village_with(place_id, acting.actor), measured(corners)
    facts = ParcelFacts(found.area_mu_4, land_class, name, use, idle, found.boundary)
    digest = digest_of("walk", number, day, land.facts_digest(facts), _walked(corners))
    if sent_before(parcel_id, digest, place_id=place_id, field="parcel_id"):
        raise DoneBefore(found.area_mu_4)
    change = Change(parcel_id, day, "", digest)
    land.register(acting, place=place, parcel_id=parcel_id, number=number, facts=facts, change=change)
    _keep(acting, parcel_with(parcel_id, acting.actor), change, found, corners, files)
    return found.area_mu_4


@act("village.measure_parcel", may=_may_on_parcel)
def measure_parcel(
    acting: Acting,
    *,
    parcel_id: UUID,
    change_id: UUID,
    day: date,
    corners: Sequence[Corner],
    reason: str,
    files: Sequence[UUID] = (),
) -> int:
    """Let a parcel have the area and boundary that were walked from ``day`` on; return the area in 0.0001 mu.

    Everything else of it stays. Raises as ``walk_parcel`` does, and ``Conflict`` for a parcel that is no more.
    """
    parcel, found = parcel_with(parcel_id, acting.actor, lock=True), measured(corners)
    digest = digest_of("measure", parcel_id, day, reason, _walked(corners))
    if sent_before(change_id, digest, place_id=parcel.place_id, field="change_id"):
        raise DoneBefore(found.area_mu_4)
    change = Change(change_id, day, reason, digest)
    now = standing_versions([parcel_id]).get(parcel_id)
    facts = ParcelFacts(found.area_mu_4, LandClass.ARABLE, boundary=found.boundary)
    if now is not None:  # without it the register refuses below, in words
        facts = replace(facts, land_class=LandClass(now.land_class), name=now.name, use=now.use, idle=now.idle)
    land.correct(acting, parcel=parcel, facts=facts, change=change)
    _keep(acting, parcel, change, found, corners, files)
    return found.area_mu_4


def _walked(corners: Sequence[Corner]) -> list[list[int | None]]:
    return [[one.lon_7, one.lat_7, one.accuracy_cm] for one in corners]


def _keep(
    acting: Acting, parcel: Parcel, change: Change, found: Measured, corners: Sequence[Corner], files: Sequence[UUID]
) -> None:
    """Keep what was walked and the photos."""
    with lawful():
        Measurement.objects.create(
            change_id=change.id, parcel=parcel, place_path=parcel.place_path, corners=_walked(corners),
            area_mu_4=found.area_mu_4, accuracy_mu_4=found.accuracy_mu_4,
        )  # fmt: skip
    photos = _keep_photos(acting, parcel, list(dict.fromkeys(files)))
    acting.record(
        f"measurement:{change.id}",
        after={
            "parcel": parcel.id, "corners": _walked(corners), "area_mu_4": found.area_mu_4,
            "accuracy_mu_4": found.accuracy_mu_4, "photos": photos,
        },
    )  # fmt: skip


def _keep_photos(acting: Acting, parcel: Parcel, files: Sequence[UUID]) -> list[dict[str, object]]:
    held = ParcelPhoto.objects.filter(parcel=parcel).count()
    if held + len(files) > PHOTOS_MAX:
        raise TooLarge(
            _("A parcel has at most %(most)s photos."), field="files", value=held + len(files), most=PHOTOS_MAX
        )
    actor, photos = acting.actor, []
    for file_id in files:
        stored = hold_file(acting, file_id=file_id, holder=f"parcel:{parcel.id}")
        if not stored.media_type.startswith("image/"):
            raise InvalidInput(
                _("“%(value)s” is no photo."), field="files", value=stored.name[:60],
                remedy=_("Take a photo, or choose a picture."),
            )  # fmt: skip
        photos.append(ParcelPhoto(
            id=stored.id, parcel=parcel, place_path=parcel.place_path, name=stored.name, media_type=stored.media_type,
            size=stored.size, at=acting.now, person_id=actor.person_id, post_id=actor.post_id, unit_id=actor.unit_id,
        ))  # fmt: skip
    ParcelPhoto.objects.bulk_create(photos)
    return [{"id": one.id, "name": one.name, "media_type": one.media_type, "size": one.size} for one in photos]
