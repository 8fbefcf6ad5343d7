"""Acts on places: add, rename, move, close, merge and split, each on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, _
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.places.checks import (
    checked_code,
    checked_day,
    checked_degrees,
    checked_kind,
    checked_name,
)
from tianqu.kernel.places.models import SUCCESSION_KINDS, Place, Succession, Unit
from tianqu.kernel.places.permissions import require
from tianqu.kernel.places.queries import place_with
from tianqu.kernel.places.tree import (
    Located,
    begin_place,
    children_lasting,
    end_place,
    forget_all,
    hand_over_units,
    lasting,
    lock_tree,
    move_tree,
    move_units,
    must_be_open,
    must_hold,
    record_place,
    take_over,
)

AT_ONCE_MAX = 500


def may_change_place(acting: Acting, /, **arguments: Any) -> None:
    """Every place that an act names must be in the actor's reach; a root belongs to the system alone."""
    named: list[UUID | None] = [
        arguments[name] for name in ("place_id", "parent_id", "into_id", "successor_id") if name in arguments
    ]
    named += list(arguments.get("place_ids", ()))
    require(acting.actor, acting.act)
    for place_id in named:
        if place_id is not None:
            require(acting.actor, acting.act, Located(place_path=place_with(place_id).path))
    if acting.act == "places.add_place" and arguments.get("parent_id") is None:
        require(acting.actor, acting.act, Located())


@act("places.add_place", may=may_change_place)
def add_place(
    acting: Acting,
    *,
    parent_id: UUID | None,
    code: str,
    name: str,
    name_en: str = "",
    kind: str,
    on: date | None = None,
    lon: Decimal | None = None,
    lat: Decimal | None = None,
    position_invented: bool = False,
) -> UUID:
    """Add a place below another from a day on, and return its identifier.

    ``lon`` and ``lat`` are degrees of WGS 84; say with ``position_invented`` if they were made up.
    """
    lock_tree()
    if on is not None:
        checked_day(on, field="on")
    parent = place_with(parent_id) if parent_id is not None else None
    if parent is not None:
        must_be_open(parent)
    like = Place(
        kind=checked_kind(kind), lon=checked_degrees(lon, field="lon", limit=180),
        lat=checked_degrees(lat, field="lat", limit=90), position_invented=position_invented,
    )  # fmt: skip
    place = begin_place(
        acting, like=like, parent=parent, on=on, code=checked_code(code), name=checked_name(name),
        name_en=checked_name(name_en, field="name_en", required=False),
    )  # fmt: skip
    forget_all()
    return place.id


@act("places.place_position", may=may_change_place)
def place_position(
    acting: Acting, *, place_id: UUID, lon: Decimal, lat: Decimal, position_invented: bool = False
) -> None:
    """Say where a place lies, in degrees of WGS 84."""
    place = place_with(place_id)
    place.lon = checked_degrees(lon, field="lon", limit=180)
    place.lat = checked_degrees(lat, field="lat", limit=90)
    place.position_invented = position_invented
    place.save(update_fields=["lon", "lat", "position_invented"])
    record_place(acting, place)


@act("places.rename_place", may=may_change_place)
def rename_place(acting: Acting, *, place_id: UUID, name: str, name_en: str = "", on: date) -> UUID:
    """Give a place another name from a day on, and return the identifier of its new row.

    The code and the path stay; what was recorded before keeps the old name.
    """
    lock_tree()
    place = place_with(place_id)
    must_hold(place, on=checked_day(on, field="on"))
    Place.objects.filter(id=place.id).update(valid_to=on)
    renamed = begin_place(
        acting, like=place, parent=place.parent, on=on, code=place.code, name=checked_name(name),
        name_en=checked_name(name_en, field="name_en", required=False),
    )  # fmt: skip
    take_over(acting, place, by=renamed, on=on)
    end_place(acting, place, on=on, followers=[renamed], kind="rename")
    forget_all()
    return renamed.id


@act("places.move_place", may=may_change_place)
def move_place(acting: Acting, *, place_id: UUID, parent_id: UUID, on: date, code: str | None = None) -> UUID:
    """Move a place with everything in it below another from a day on; return the identifier of its new row.

    Raises ``NotFound``, ``InvalidInput`` for a place within itself, and ``Conflict`` where one of them has closed.
    """
    lock_tree()
    place, parent = place_with(place_id), place_with(parent_id)
    must_hold(place, on=checked_day(on, field="on"))
    if parent.path == place.path or parent.path.startswith(place.path + "."):
        raise InvalidInput(
            _("The place %(value)s cannot move into itself."), field="parent_id", value=place.code,
            remedy=_("Choose a place outside it."),
        )  # fmt: skip
    must_be_open(parent)
    moved = move_tree(acting, place, parent=parent, on=on, code=checked_code(code) if code is not None else None)
    forget_all()
    return moved.id


@act("places.close_place", may=may_change_place)
def close_place(acting: Acting, *, place_id: UUID, on: date, successor_id: UUID | None = None) -> None:
    """Close a place on a day.

    With a successor, its units are handed over; without one it must have none left. Raises ``NotFound``,
    ``InvalidInput`` for a successor that leads back to it, and ``Conflict`` where places or units are left in it or it
    has closed.
    """
    lock_tree()
    place = place_with(place_id)
    must_hold(place, on=checked_day(on, field="on"))
    _must_be_empty(place, on=on)
    if successor_id is None:
        count = Unit.objects.filter(lasting(on), place=place).count()
        if count:
            raise Conflict(
                _("%(count)s units still answer for the place %(value)s."), value=place.code, count=count,
                remedy=_("Close them first, or name the place that follows this one."),
            )  # fmt: skip
        end_place(acting, place, on=on, followers=[], kind="merge")
    else:
        _merge_one(acting, place, into=place_with(successor_id), on=on)
    forget_all()


@act("places.merge_places", may=may_change_place)
def merge_places(acting: Acting, *, place_ids: Sequence[UUID], into_id: UUID, on: date) -> None:
    """Merge places into another on a day: what lay in them moves into it, and its units take over from theirs.

    Raises ``NotFound``, ``InvalidInput`` for none, too many, or a place that lies in one of them, and ``Conflict``
    where one of them has closed.
    """
    lock_tree()
    checked_day(on, field="on")
    into = place_with(into_id)
    if not 1 <= len(place_ids) <= AT_ONCE_MAX or into_id in place_ids:
        raise InvalidInput(
            _("Name 1 to %(limit)s places that are merged into another one."), field="place_ids",
            limit=AT_ONCE_MAX,
        )  # fmt: skip
    for place_id in dict.fromkeys(place_ids):
        place = place_with(place_id)
        must_hold(place, on=on)
        for child in children_lasting(place, on=on):
            if child.id == into_id:
                raise InvalidInput(_("A place cannot be merged into one that lies in it."), field="into_id")
            move_tree(acting, child, parent=into, on=on)
        _merge_one(acting, place, into=into, on=on)
    forget_all()


@dataclass(frozen=True, slots=True)
class PlacePart:
    """One of the places that a place is split into, with those of the old place's children that come to lie
    in it.
    """

    code: str
    name: str
    name_en: str = ""
    children: tuple[str, ...] = ()


@act("places.split_place", may=may_change_place)
def split_place(acting: Acting, *, place_id: UUID, parts: Sequence[PlacePart], on: date) -> list[UUID]:
    """Split a place into at least two on a day; return their identifiers in the order given.

    Every place that lay in it must be named in one of the parts. One part may keep the old code: its units
    go on there; else its units must be closed or moved first. Raises ``NotFound``, ``InvalidInput`` for parts that
    do not hold each place once, and ``Conflict`` where units are left or the place has closed.
    """
    lock_tree()
    place = place_with(place_id)
    must_hold(place, on=checked_day(on, field="on"))
    if not 2 <= len(parts) <= AT_ONCE_MAX:
        raise InvalidInput(_("A place is split into 2 to %(limit)s parts."), field="parts", limit=AT_ONCE_MAX)
    children = {child.code: child for child in children_lasting(place, on=on)}
    allotted = [code for part in parts for code in part.children]
    if sorted(allotted) != sorted(children):
        wrong = sorted(set(children) ^ set(allotted)) or sorted(allotted)
        raise InvalidInput(
            _("Each place in %(value)s must lie in one part; look at %(wrong)s."), field="parts",
            value=place.code, wrong=", ".join(wrong[:10]),
        )  # fmt: skip
    Place.objects.filter(id=place.id).update(valid_to=on)
    followers = [
        begin_place(
            acting, like=place, parent=place.parent, on=on, code=checked_code(part.code),
            name=checked_name(part.name), name_en=checked_name(part.name_en, field="name_en",
            required=False),
        )
        for part in parts
    ]  # fmt: skip
    for part, follower in zip(parts, followers, strict=True):
        for code in part.children:
            move_tree(acting, children[code], parent=follower, on=on)
    _keep_units(acting, place, followers, on=on)
    end_place(acting, place, on=on, followers=followers, kind="split")
    forget_all()
    return [follower.id for follower in followers]


@act("places.name_successors", may=may_change_place)
def name_successors(acting: Acting, *, place_id: UUID, place_ids: Sequence[UUID], kind: str) -> None:
    """Say which places (``place_ids``) followed a closed one, in the stead of what was known or derived before.

    Each of them must hold on the day on which the place closed. Raises ``NotFound``, ``InvalidInput`` for one that
    does not, and ``Conflict`` for a place that has not closed.
    """
    lock_tree()
    place = place_with(place_id)
    if place.valid_to is None:
        raise Conflict(_("The place %(value)s has not closed."), value=place.code)
    if kind not in SUCCESSION_KINDS or not 1 <= len(set(place_ids)) <= AT_ONCE_MAX:
        raise InvalidInput(
            _("Name 1 to %(limit)s places and how they followed: %(allowed)s."), field="kind", value=kind[:40],
            limit=AT_ONCE_MAX, allowed=", ".join(SUCCESSION_KINDS),
        )  # fmt: skip
    followers = [place_with(follower_id) for follower_id in dict.fromkeys(place_ids)]
    for follower in followers:
        if not follower.holds_on(place.valid_to):
            raise InvalidInput(
                _("The place %(value)s does not hold on %(day)s."), field="place_ids", value=follower.code,
                day=place.valid_to, remedy=_("Choose places that were there when this one closed."),
            )  # fmt: skip
    Succession.objects.filter(from_place=place).delete()
    end_place(acting, place, on=place.valid_to, followers=followers, kind=kind)
    forget_all()


def _keep_units(acting: Acting, place: Place, followers: list[Place], *, on: date) -> None:
    units = Unit.objects.filter(lasting(on), place=place)
    kept = [follower for follower in followers if follower.code == place.code]
    if kept:
        move_units(acting, place, to=kept[0], on=on)
    elif units.exists():
        raise Conflict(
            _("%(count)s units still answer for the place %(value)s."), value=place.code,
            count=units.count(), remedy=_("Close or move them first, or let one part keep the code."),
        )  # fmt: skip


def _merge_one(acting: Acting, place: Place, *, into: Place, on: date) -> None:
    must_be_open(into)
    if into.id == place.id or _leads_to(into, place):
        raise InvalidInput(
            _("The place %(value)s would follow itself."), field="successor_id", value=place.code,
            remedy=_("Choose a place that does not lead back to it."),
        )  # fmt: skip
    hand_over_units(acting, place, to=into, on=on)
    end_place(acting, place, on=on, followers=[into], kind="merge")


def _leads_to(place: Place, goal: Place) -> bool:
    """Say whether the successions of ``place`` lead to ``goal``."""
    edge, seen = {place.id}, {place.id}
    while edge:
        rows = Succession.objects.filter(from_place_id__in=edge)
        followers = set(rows.values_list("to_place_id", flat=True))
        if goal.id in followers:
            return True
        edge = followers - seen
        seen |= edge
    return False


def _must_be_empty(place: Place, *, on: date) -> None:
    children = children_lasting(place, on=on)
    if children:
        raise Conflict(
            _("%(count)s places still lie in %(value)s."), value=place.code, count=len(children),
            remedy=_("Move, merge or close them first."),
        )  # fmt: skip
