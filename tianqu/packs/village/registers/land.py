"""The register of land: what a parcel is between two days, and the changes that make one version follow another.

Plain functions that acts share; each is called within an act, whose permission was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.places.api import Place, place_with, within_scope
from tianqu.packs.village.models import ChangeKind, Contract, ContractState, LandChange, Parcel, ParcelVersion
from tianqu.packs.village.registers.refusals import check_amount, check_day, lawful
from tianqu.packs.village.rules.facts import LandClass

NUMBER_MAX: Final = 40
NAME_MAX: Final = 120
REASON_MAX: Final = 500
PARTS_MAX: Final = 100
BOUNDARY_BYTES_MAX: Final = 200_000
POSITIONS_MAX: Final = 10_000
VILLAGE_KIND: Final = "village"


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """What a parcel is: ``area_mu_4`` in 0.0001 mu, ``boundary`` a GeoJSON Polygon or MultiPolygon in WGS 84."""

    area_mu_4: int
    land_class: LandClass
    name: str = ""
    use: str = ""
    idle: bool = False
    boundary: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part into which a parcel is split. What is left out is as it was in the whole."""

    parcel_id: UUID
    number: str
    area_mu_4: int
    name: str = ""
    use: str = ""
    idle: bool | None = None
    boundary: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it is asked for: its identifier, its day, and why."""

    id: UUID
    day: date
    reason: str
    digest: bytes


def village_with(place_id: UUID, actor: Actor) -> Place:
    """Return a village within the actor's reach. Raises ``NotFound`` beyond it, ``InvalidInput`` for another place."""
    place = place_with(place_id)
    if not within_scope(actor.scope, Located(place.path)):
        raise NotFound(
            _("There is no such place."), field="place_id", value=str(place_id),
            remedy=_("Choose a village within the reach of your post."),
        )  # fmt: skip
    if place.kind != VILLAGE_KIND:
        raise InvalidInput(
            _("%(value)s is no village."), field="place_id", value=place.name,
            remedy=_("Registers are kept by villages; choose one."),
        )  # fmt: skip
    return place


@dataclass(frozen=True, slots=True)
class Located:
    """A thing at a place, as the question of scope takes it."""

    place_path: str


def parcel_with(parcel_id: UUID, actor: Actor, *, field: str = "parcel_id", lock: bool = False) -> Parcel:
    """Return a parcel within the actor's reach. Raises ``NotFound``."""
    rows = Parcel.objects.select_related("place")
    if lock:  # of itself, not of its place
        rows = rows.select_for_update(of=("self",))
    parcel = rows.filter(id=parcel_id).first()
    if parcel is None or not within_scope(actor.scope, parcel):
        raise NotFound(
            _("There is no such parcel."), field=field, value=str(parcel_id),
            remedy=_("Look it up in the register of land."),
        )  # fmt: skip
    return parcel


def checked_facts(facts: ParcelFacts) -> ParcelFacts:
    """Return the facts with clean texts. Raises ``InvalidInput`` for what cannot be."""
    check_amount(facts.area_mu_4, field="area_mu_4", least=1)
    return replace(
        facts, name=clean_text(facts.name, field="name", most=NAME_MAX),
        use=clean_text(facts.use, field="use", most=NAME_MAX), boundary=checked_boundary(facts.boundary),
    )  # fmt: skip


def checked_number(number: str) -> str:
    """Return the village's own number of a parcel or contract."""
    return clean_text(number, field="number", most=NUMBER_MAX, wanted=True)


def register(acting: Acting, *, place: Place, parcel_id: UUID, number: str, facts: ParcelFacts, change: Change) -> None:
    """Enter a parcel that the register did not hold."""
    facts = checked_facts(facts)
    with lawful():
        parcel = Parcel.objects.create(id=parcel_id, place=place, place_path=place.path, number=checked_number(number))
        row = _write_change(acting, place, ChangeKind.REGISTERED, change)
        version = _open(parcel, facts, row)
    _record(acting, [(parcel, version)], row)


def correct(acting: Acting, *, parcel: Parcel, facts: ParcelFacts, change: Change) -> None:
    """Let other facts hold of a parcel from the change's day on; on the first day of a version it is replaced whole."""
    before = _standing([parcel], change.day)[0]
    facts = checked_facts(facts)
    with lawful():
        row = _write_change(acting, parcel.place, ChangeKind.CORRECTED, change)
        _close([before], row)
        version = _open(parcel, facts, row)
    _record(acting, [(parcel, version)], row)


def split(acting: Acting, *, parcel: Parcel, parts: Sequence[NewPart], change: Change) -> None:
    """Put two or more parcels in the place of one; their areas sum to its area exactly."""
    if not 2 <= len(parts) <= PARTS_MAX:
        raise InvalidInput(
            _("A parcel is split into from 2 to %(most)s parts."), field="parts", value=len(parts), most=PARTS_MAX
        )
    before = _standing([parcel], change.day)[0]
    _refuse_contracted([parcel])
    facts = [checked_facts(_part_facts(before, part)) for part in parts]
    _check_sum(before=before.area_mu_4, after=sum(part.area_mu_4 for part in parts), field="parts")
    with lawful():
        row = _write_change(acting, parcel.place, ChangeKind.SPLIT, change)
        _close([before], row)
        made = []
        for part, each in zip(parts, facts, strict=True):
            new = Parcel.objects.create(
                id=part.parcel_id, place=parcel.place, place_path=parcel.place_path, number=checked_number(part.number)
            )
            made.append((new, _open(new, each, row)))
    _record(acting, [(parcel, before), *made], row)


def merge(
    acting: Acting, *, parcels: Sequence[Parcel], parcel_id: UUID, number: str, facts: ParcelFacts, change: Change
) -> None:
    """Put one parcel in the place of several of one village and one class; its area is their sum exactly."""
    if not 2 <= len(parcels) <= PARTS_MAX or len({parcel.id for parcel in parcels}) != len(parcels):
        raise InvalidInput(
            _("From 2 to %(most)s different parcels are merged."),
            field="parcel_ids",
            value=len(parcels),
            most=PARTS_MAX,
        )
    if len({parcel.place_id for parcel in parcels}) > 1:
        raise InvalidInput(
            _("Parcels of one village are merged."), field="parcel_ids", remedy=_("Leave out those of another village.")
        )
    before = _standing(parcels, change.day)
    _refuse_contracted(parcels)
    if any(version.land_class != facts.land_class.value for version in before):
        raise InvalidInput(
            _("Parcels of one class are merged."), field="parcel_ids",
            remedy=_("Correct the class of a parcel first, with the reason."),
        )  # fmt: skip
    facts = checked_facts(facts)
    _check_sum(before=sum(version.area_mu_4 for version in before), after=facts.area_mu_4, field="area_mu_4")
    with lawful():
        row = _write_change(acting, parcels[0].place, ChangeKind.MERGED, change)
        _close(before, row)
        new = Parcel.objects.create(
            id=parcel_id, place=parcels[0].place, place_path=parcels[0].place_path, number=checked_number(number)
        )
        version = _open(new, facts, row)
    _record(acting, [*zip(parcels, before, strict=True), (new, version)], row)


def strike(acting: Acting, *, parcel: Parcel, change: Change) -> None:
    """Take out what was entered in error: its newest version never held."""
    before = _standing([parcel], None)[0]
    _refuse_contracted([parcel])
    with lawful():
        row = _write_change(acting, parcel.place, ChangeKind.STRUCK, replace(change, day=before.valid_from))
        _close([before], row)
    _record(acting, [(parcel, before)], row)


def standing_versions(parcel_ids: Iterable[UUID]) -> dict[UUID, ParcelVersion]:
    """Return what each of these parcels is until further notice; one that was split, merged or struck has none."""
    rows = ParcelVersion.objects.filter(parcel_id__in=list(parcel_ids), valid_to__isnull=True)
    return {version.parcel_id: version for version in rows}


def _standing(parcels: Sequence[Parcel], day: date | None) -> list[ParcelVersion]:
    """The versions that a change on a day replaces. ``Conflict`` for a parcel that is no more or an earlier day."""
    versions = standing_versions(parcel.id for parcel in parcels)
    for parcel in parcels:
        version = versions.get(parcel.id)
        if version is None:
            raise Conflict(
                _("The parcel %(value)s is no more: it was split, merged or struck."), field="parcel_id",
                value=parcel.number, remedy=_("Look at what followed it."),
            )  # fmt: skip
        if day is not None and day < version.valid_from:
            raise Conflict(
                _("What parcel %(number)s is holds from %(since)s on, which is later than this day."), field="day",
                value=day.isoformat(), number=parcel.number, since=version.valid_from.isoformat(),
                remedy=_("Choose that day or a later one."),
            )  # fmt: skip
    return [versions[parcel.id] for parcel in parcels]


def _refuse_contracted(parcels: Sequence[Parcel]) -> None:
    """Refuse to take a parcel away under a contract that was not ended, even where its term is over."""
    held = (
        Contract.objects.filter(held__parcel__in=[parcel.id for parcel in parcels], state=ContractState.IN_FORCE)
        .order_by("number")
        .first()
    )
    if held is not None:
        raise Conflict(
            _("The contract %(value)s on this parcel has not been ended."), field="parcel_id", value=held.number,
            remedy=_("End the contract, or correct its parcels, first."),
        )  # fmt: skip


def _check_sum(*, before: int, after: int, field: str) -> None:
    if before != after:
        raise InvalidInput(
            _("The areas sum to %(value)s × 0.0001 mu, and it was %(before)s."), field=field, value=after,
            before=before, remedy=_("Let them sum to it exactly; correct a measured area as such, with its reason."),
        )  # fmt: skip


def _part_facts(whole: ParcelVersion, part: NewPart) -> ParcelFacts:
    return ParcelFacts(
        part.area_mu_4, LandClass(whole.land_class), part.name or whole.name, part.use or whole.use,
        whole.idle if part.idle is None else part.idle, part.boundary,
    )  # fmt: skip


def _write_change(acting: Acting, place: Place, kind: ChangeKind, change: Change) -> LandChange:
    check_day(change.day, field="day", future=False)
    return LandChange.objects.create(
        id=change.id, place=place, place_path=place.path, kind=kind, day=change.day, digest=change.digest,
        reason=clean_text(change.reason, field="reason", most=REASON_MAX, wanted=kind is not ChangeKind.REGISTERED),
        at=acting.now, person_id=acting.actor.person_id, post_id=acting.actor.post_id,
    )  # fmt: skip


def facts_of(version: ParcelVersion) -> ParcelFacts:
    """What a version says of its parcel, as it can be said again."""
    return ParcelFacts(
        version.area_mu_4, LandClass(version.land_class), version.name, version.use, version.idle, version.boundary
    )


def _open(parcel: Parcel, facts: ParcelFacts, row: LandChange) -> ParcelVersion:
    return ParcelVersion.objects.create(
        parcel=parcel, place_path=parcel.place_path, valid_from=row.day, opened_by=row, name=facts.name,
        land_class=facts.land_class.value, use=facts.use, idle=facts.idle, area_mu_4=facts.area_mu_4,
        boundary=facts.boundary,
    )  # fmt: skip


def _close(versions: Sequence[ParcelVersion], row: LandChange) -> None:
    for version in versions:
        version.valid_to, version.closed_by = row.day, row
        version.save(update_fields=["valid_to", "closed_by"])


def _record(acting: Acting, parcels: Sequence[tuple[Parcel, ParcelVersion]], row: LandChange) -> None:
    """Record what each parcel that was touched is after the change."""
    for parcel, version in parcels:
        acting.record(f"parcel:{parcel.id}", after=after_image(parcel, version, row))


def after_image(parcel: Parcel, version: ParcelVersion, row: LandChange) -> dict[str, object]:
    """Return what the journal keeps of a parcel. A boundary is told by its hash: its numbers are no integers."""
    return {
        "place": parcel.place_id, "number": parcel.number, "change": row.id, "kind": row.kind, "day": row.day,
        "reason": row.reason, "valid_from": version.valid_from, "valid_to": version.valid_to, "name": version.name,
        "land_class": version.land_class, "use": version.use, "idle": version.idle, "area_mu_4": version.area_mu_4,
        "boundary": boundary_text(version.boundary),
    }  # fmt: skip


def boundary_text(boundary: Mapping[str, Any] | None) -> str:
    """Return a boundary as one text that is always the same: JSON with sorted keys; "" for none."""
    return json.dumps(boundary, sort_keys=True, separators=(",", ":")) if boundary is not None else ""


def facts_digest(facts: ParcelFacts) -> dict[str, object]:
    """Return the facts as they are hashed."""
    simple: dict[str, object] = {name: value for name, value in asdict(facts).items() if name != "boundary"}
    return simple | {"boundary": boundary_text(facts.boundary)}


def checked_boundary(boundary: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a boundary that is a closed Polygon or MultiPolygon of RFC 7946. Raises ``InvalidInput``, ``TooLarge``."""
    if boundary is None:
        return None
    kind, coordinates = boundary.get("type"), boundary.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else None
    if set(boundary) != {"type", "coordinates"} or not _are_polygons(polygons):  # first: what it is made of is flat
        raise InvalidInput(
            _("This is not the boundary of a parcel."), field="boundary",
            remedy=_("Give a GeoJSON Polygon or MultiPolygon, each ring closed, in degrees of longitude and latitude."),
        )  # fmt: skip
    if len(boundary_text(boundary)) > BOUNDARY_BYTES_MAX:
        raise TooLarge(_("This boundary has more than %(most)s bytes."), field="boundary", most=BOUNDARY_BYTES_MAX)
    return {"type": kind, "coordinates": coordinates}


def _are_polygons(polygons: object) -> bool:
    if not isinstance(polygons, list) or not polygons:
        return False
    rings = [ring for polygon in polygons if isinstance(polygon, list) for ring in polygon]
    if not all(isinstance(polygon, list) and polygon for polygon in polygons):
        return False
    if sum(len(ring) for ring in rings if isinstance(ring, list)) > POSITIONS_MAX:
        return False
    return all(
        isinstance(ring, list) and len(ring) >= 4 and all(_is_position(at) for at in ring) and ring[0] == ring[-1]
        for ring in rings
    )


def _is_position(at: object) -> bool:
    """A pair of degrees: longitude, then latitude."""
    return (
        isinstance(at, list) and len(at) == 2
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in at)
        and -180 <= at[0] <= 180 and -90 <= at[1] <= 90
    )  # fmt: skip
