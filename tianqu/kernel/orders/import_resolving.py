"""Checking orders that come from elsewhere, and finding where each goes: its item's version, its place, its unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson

from tianqu.base import copy_rows
from tianqu.base.errors import InvalidInput, InvalidInputs, NotFound, _
from tianqu.base.texts import clean_text
from tianqu.kernel.orders.catalogue import KnownItem, item_form, known_item, known_place
from tianqu.kernel.orders.form_answers import validate
from tianqu.kernel.orders.import_rows import Destination, ImportedOrder, ResolvedOrder
from tianqu.kernel.orders.placing import ADDRESS_MAX, DESCRIPTION_MAX, TITLE_MAX
from tianqu.kernel.places.api import Place, place_with, unit_for

KEY_MAX: Final = 200
TEXTS_REMEMBERED_MAX: Final = 16_384
ANSWERS_REMEMBERED_MAX: Final = 100_000
YEARS: Final = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class _PlaceThen:
    """A place as it was between two dates, the path of where it is looked after today, and who answers there."""

    place: Place
    path: str
    units: dict[str, UUID | None] = field(default_factory=dict)  # by kind
    destinations: dict[int, Destination] = field(default_factory=dict)  # by version of an item


class Resolver:
    """Finds the version of the item, the place and the unit for each order, remembering what it found."""

    def __init__(self) -> None:
        self._places: dict[str, list[_PlaceThen]] = {}
        self._answers: dict[tuple[int, bytes], tuple[Mapping[str, Any], bytes]] = {}

    def resolve(self, order: ImportedOrder, lines: Mapping[str, int]) -> ResolvedOrder:
        """Check an order, and return it with where it goes. ``lines`` are those of the keys that came before.

        Raises ``InvalidInput`` or ``NotFound`` that names the field at fault.
        """
        if not order.key or len(order.key) > KEY_MAX:
            raise InvalidInput(_("This line has no usable key."), field="key", value=order.key[:40])
        if order.key in lines:
            raise InvalidInput(
                _("The key %(value)s was given on line %(line)s already."), field="key", value=order.key,
                line=lines[order.key], remedy=_("Give each order a key of its own."),
            )  # fmt: skip
        _check_dates(order)
        texts = _address(order.address) + _title(order.title) + _description(order.description)
        day = order.placed_at.date()  # in the time zone of its source
        item = known_item(order.item, on=day)
        then = self._place(order.place, day)
        to = then.destinations.get(item.id)
        if to is None:
            to = then.destinations[item.id] = _destination(item, then)
        form, answers = self._form(item, order.form, day)
        return ResolvedOrder(order, to, texts, form, answers)

    def _place(self, code: str, day: date) -> _PlaceThen:
        if code not in self._places:
            found = Place.objects.filter(code=code).defer("boundary") if len(code) <= KEY_MAX else ()
            self._places[code] = [_PlaceThen(place, known_place(place.id).path) for place in found]
        for then in self._places[code]:
            if then.place.holds_on(day):
                return then
        raise NotFound(_("No place has the code %(value)s on this day."), field="place", value=code[:KEY_MAX])

    def _form(self, item: KnownItem, answers: Mapping[str, Any], day: date) -> tuple[Mapping[str, Any], bytes]:
        key = (item.id, orjson.dumps(answers, option=orjson.OPT_SORT_KEYS))
        checked = self._answers.get(key)
        if checked is None:
            try:
                form = validate(item_form(item), answers, today=day) if answers else answers
            except InvalidInputs as error:
                raise error.errors[0] from error
            if len(self._answers) >= ANSWERS_REMEMBERED_MAX:
                self._answers.clear()
            checked = self._answers[key] = (form, copy_rows.json(orjson.dumps(form)))
        return checked


def _destination(item: KnownItem, then: _PlaceThen) -> Destination:
    place_id, unit_id = then.place.id, _unit(item, then)
    columns = b"".join((
        copy_rows.long(item.id), copy_rows.identifier(place_id), copy_rows.text(then.path),
        copy_rows.identifier(unit_id),
    ))  # fmt: skip
    unit = None if unit_id is None else str(unit_id)
    return Destination(item.code, item.version, item.family, str(place_id), then.path, unit, columns)


def _unit(item: KnownItem, then: _PlaceThen) -> UUID | None:
    """The unit that the item names for this place, today."""
    for each in item.definition.get("answerable", ()):
        kind = each["unit_kind"]
        if kind not in then.units:
            unit = unit_for(kind, place_with(then.place.id))
            then.units[kind] = None if unit is None else unit.id
        if then.units[kind] is not None:
            return then.units[kind]
    return None


def _check_dates(order: ImportedOrder) -> None:
    for name, at in (("placed_at", order.placed_at), ("closed_at", order.closed_at)):
        if at is not None and at.year not in YEARS:
            raise InvalidInput(_("%(value)s is not a believable date."), field=name, value=at.date().isoformat())
    if order.closed_at is not None and order.closed_at < order.placed_at:
        raise InvalidInput(
            _("It was closed on %(value)s, before it was placed on %(placed)s."), field="closed_at",
            value=order.closed_at.date().isoformat(), placed=order.placed_at.date().isoformat(),
        )  # fmt: skip


# A text as it is copied, once it has been checked. Remembered, because the same ones come again and again.
@lru_cache(maxsize=TEXTS_REMEMBERED_MAX)
def _address(text: str) -> bytes:
    clean_text(text, field="address", most=ADDRESS_MAX)
    return copy_rows.text(text)


@lru_cache(maxsize=TEXTS_REMEMBERED_MAX)
def _title(text: str) -> bytes:
    clean_text(text, field="title", most=TITLE_MAX, wanted=True)
    return copy_rows.text(text)


@lru_cache(maxsize=TEXTS_REMEMBERED_MAX)
def _description(text: str) -> bytes:
    clean_text(text, field="description", most=DESCRIPTION_MAX, wanted=True)
    return copy_rows.text(text)
