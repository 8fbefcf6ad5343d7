"""Acts on units: create, change and close."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.places.checks import (
    checked_day,
    checked_kind,
    checked_name,
    checked_phone,
    checked_unit_code,
)
from tianqu.kernel.places.images import unit_image
from tianqu.kernel.places.models import Place, Unit
from tianqu.kernel.places.permissions import require
from tianqu.kernel.places.queries import CHAIN_LENGTH_MAX, place_with, unit_with
from tianqu.kernel.places.tree import Located, end_unit, forget_all, lock_tree, must_be_open


def located(unit: Unit) -> Located:
    """Where a unit is, for the permission check."""
    return Located(place_path=unit.place.path, unit_id=unit.id)


def may_change_unit(acting: Acting, /, **arguments: Any) -> None:
    """Every unit and every place that an act names must be in the actor's reach."""
    require(acting.actor, acting.act)
    for name in ("unit_id", "parent_id", "successor_id"):
        if arguments.get(name) is not None:
            require(acting.actor, acting.act, located(unit_with(arguments[name])))
    if arguments.get("place_id") is not None:
        place = place_with(arguments["place_id"])
        require(acting.actor, acting.act, Located(place_path=place.path))


@act("places.create_unit", may=may_change_unit)
def create_unit(
    acting: Acting,
    *,
    code: str,
    name: str,
    name_en: str = "",
    kind: str,
    place_id: UUID,
    parent_id: UUID | None = None,
    phone: str = "",
    on: date | None = None,
) -> UUID:
    """Create a unit that answers for a place from a day on, and return its identifier.

    Raises ``NotFound``, ``InvalidInput`` for what cannot be taken, and ``Conflict`` where the code is taken, or the
    place or the unit above has closed.
    """
    lock_tree()
    if on is not None:
        checked_day(on, field="on")
    checked_unit_code(code)
    if Unit.objects.filter(code=code).exists():
        raise Conflict(_("A unit with the code %(value)s exists already."), field="code", value=code)
    unit = Unit(
        id=new_identifier(), code=code, name=checked_name(name),
        name_en=checked_name(name_en, field="name_en", required=False), kind=checked_kind(kind),
        place=_open_place(place_id), parent=_open_unit(parent_id), phone=checked_phone(phone), valid_from=on,
    )  # fmt: skip
    unit.save(force_insert=True)
    acting.record(f"unit:{unit.id}", after=unit_image(unit))
    forget_all()
    return unit.id


@act("places.change_unit", may=may_change_unit)
def change_unit(
    acting: Acting,
    *,
    unit_id: UUID,
    name: str | None = None,
    name_en: str | None = None,
    phone: str | None = None,
    place_id: UUID | None = None,
    parent_id: UUID | None = None,
    part_of_none: bool = False,
) -> None:
    """Change what is given of a unit. ``part_of_none`` takes it out of the unit that it was a part of."""
    lock_tree()
    unit = unit_with(unit_id)
    if name is not None:
        unit.name = checked_name(name)
    if name_en is not None:
        unit.name_en = checked_name(name_en, field="name_en", required=False)
    if phone is not None:
        unit.phone = checked_phone(phone)
    if place_id is not None:
        unit.place = _open_place(place_id)
    if parent_id is not None or part_of_none:
        unit.parent = _open_unit(parent_id)
        _refuse_circle(unit)
    unit.save()
    acting.record(f"unit:{unit.id}", after=unit_image(unit))
    forget_all()


@act("places.close_unit", may=may_change_unit)
def close_unit(acting: Acting, *, unit_id: UUID, on: date, successor_id: UUID | None = None) -> None:
    """Close a unit on a day; its posts end. The successor takes over its open work and its parts.

    Raises ``NotFound``, ``InvalidInput`` for a unit that follows itself, and ``Conflict`` where one of them has closed.
    """
    lock_tree()
    unit = unit_with(unit_id)
    checked_day(on, field="on")
    if unit.valid_to is not None:
        raise Conflict(_("The unit %(value)s closes on %(day)s."), value=unit.code, day=unit.valid_to)
    if successor_id == unit_id:
        raise InvalidInput(_("The unit %(value)s would follow itself."), field="successor_id", value=unit.code)
    end_unit(acting, unit, on=on, successor=_open_unit(successor_id))
    forget_all()


def _open_place(place_id: UUID) -> Place:
    place = place_with(place_id)
    must_be_open(place)
    return place


def _open_unit(unit_id: UUID | None) -> Unit | None:
    if unit_id is None:
        return None
    unit = unit_with(unit_id)
    if unit.valid_to is not None:
        raise Conflict(_("The unit %(value)s closes on %(day)s."), value=unit.code, day=unit.valid_to)
    return unit


def _refuse_circle(unit: Unit) -> None:
    above, steps = unit.parent, 0
    while above is not None:
        steps += 1
        if above.id == unit.id or steps > CHAIN_LENGTH_MAX:
            raise InvalidInput(
                _("The unit %(value)s would be a part of itself."), field="parent_id", value=unit.code,
                remedy=_("Choose a unit that is not below it."),
            )  # fmt: skip
        above = above.parent
