"""Changing the tree of places: add one, move it, split it, and say what followed a closed one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.base.errors import InvalidInput
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import (
    PlacePart,
    add_place,
    move_place,
    name_successors,
    place_called,
    place_with,
    places_in,
    split_place,
)
from tianqu.web.administration.finding import place_id_named
from tianqu.web.administration.forms import ActForm, Done, Field, act_page, administrators_page, day_given
from tianqu.web.administration.places import ON_HINT, address_of, crumbs
from tianqu.web.administration.units import PLACE_HINT

KINDS = (("merge", _("merged into")), ("split", _("split into")), ("rename", _("renamed to")), ("move", _("moved to")))
CHILDREN_MAX = 500


@administrators_page
def add(request: PageRequest, place_id: UUID) -> HttpResponse:
    """Add a place that lies in this one."""
    above = place_with(place_id)
    form = ActForm(
        title=_("Add a place in it"), button=_("Add the place"), permission="places.add_place", where=crumbs(above),
        fields=(
            Field("code", _("Code"), hint=_("Letters, digits, dots and hyphens. It stays as it is.")),
            Field("name", _("Name")),
            Field("name_en", _("Name in English"), required=False),
            Field("kind", _("Kind"), hint=_("As its neighbours: county, township, village.")),
            Field("on", _("From"), "date", hint=ON_HINT, width="s"),
            Field("lon", _("Longitude"), required=False, hint=_("Degrees, as 116.3074."), width="s"),
            Field("lat", _("Latitude"), required=False, hint=_("Degrees, as 37.4513."), width="s"),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        added = add_place(
            request.actor, parent_id=place_id, code=given["code"], name=given["name"], name_en=given["name_en"],
            kind=given["kind"], on=day_given(given, "on"), lon=_degrees(given, "lon"), lat=_degrees(given, "lat"),
        )  # fmt: skip
        return Done(address_of(added), _("The place was added."))

    beside = places_in(above.path, planned=True, limit=1)
    return act_page(request, form, perform, values={"on": _today(), "kind": beside[0].kind if beside else ""})


def _degrees(given: Mapping[str, str], name: str) -> Decimal | None:
    if not given[name]:
        return None
    try:
        return Decimal(given[name])
    except InvalidOperation as error:
        raise InvalidInput(gettext_noop("%(value)s is not a number."), field=name, value=given[name][:20]) from error


def _today() -> str:
    return timezone.localdate().isoformat()


@administrators_page
def move(request: PageRequest, place_id: UUID) -> HttpResponse:
    """Move a place with all that lies in it below another from a day on."""
    found = place_with(place_id)
    form = ActForm(
        title=_("Move the place"), button=_("Move the place"), permission="places.move_place", where=crumbs(found),
        text=_("All that lies in it moves with it. What was recorded before keeps the old place."),
        fields=(
            Field("parent_id", _("Below"), hint=PLACE_HINT),
            Field("code", _("New code"), required=False, hint=_("Empty: it keeps its code.")),
            Field("on", _("From"), "date", hint=ON_HINT, width="s"),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        moved = move_place(
            request.actor, place_id=place_id, parent_id=place_id_named(given["parent_id"], field="parent_id"),
            on=day_given(given, "on"), code=given["code"] or None,
        )  # fmt: skip
        return Done(address_of(moved), _("The place was moved."))

    return act_page(request, form, perform, values={"on": _today()})


@administrators_page
def split(request: PageRequest, place_id: UUID) -> HttpResponse:
    """Split a place into several on a day."""
    found = place_with(place_id)
    inside = places_in(found.path, planned=True, limit=CHILDREN_MAX)
    form = ActForm(
        title=_("Split the place"), button=_("Split the place"), permission="places.split_place", where=crumbs(found),
        dangerous=True,
        text=_(
            "The place closes on that day and its parts follow it. One part may keep the code; the units stay with it."
        ),
        fields=(
            Field(
                "parts", _("Parts"), "area",
                hint=_(
                    "One a line: code; name; name in English; the codes of what comes to lie in it, parted by blanks."
                ),
            ),
            Field("on", _("From"), "date", hint=ON_HINT, width="s"),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        split_place(request.actor, place_id=place_id, parts=_parts(given["parts"]), on=day_given(given, "on"))
        return Done(address_of(place_id), _("The place was split."))

    codes = " ".join(one.code for one in inside)
    return act_page(
        request,
        form,
        perform,
        values={"parts": f"{found.code}; {found.name}; {found.name_en}; {codes}", "on": _today()},
    )


def _parts(text: str) -> list[PlacePart]:
    parts = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.replace("；", ";").split(";")]
        if not 2 <= len(cells) <= 4:
            raise InvalidInput(
                gettext_noop("Line %(line)s does not give code; name; name in English; codes."), field="parts",
                line=number,
                remedy=gettext_noop("Part them by semicolons."),
            )  # fmt: skip
        cells += [""] * (4 - len(cells))
        parts.append(PlacePart(code=cells[0], name=cells[1], name_en=cells[2], children=tuple(cells[3].split())))
    return parts


@administrators_page
def successors(request: PageRequest, place_id: UUID) -> HttpResponse:
    """Say which places followed a closed one, in the stead of what was derived."""
    found = place_with(place_id)
    form = ActForm(
        title=_("Name what followed it"), button=_("Save"), permission="places.name_successors", where=crumbs(found),
        text=_(
            "It counts in the stead of what was known or derived before. Each must have been there when this one "
            "closed."
        ),
        fields=(
            Field("place_ids", _("Codes of the places"), hint=_("Parted by blanks.")),
            Field("kind", _("How"), "select", options=KINDS),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        ids = [_closed_or_open(code, found.valid_to) for code in given["place_ids"].replace(",", " ").split()]
        name_successors(request.actor, place_id=place_id, place_ids=ids, kind=given["kind"])
        return Done(address_of(place_id), _("What followed it was saved."))

    return act_page(request, form, perform)


def _closed_or_open(code: str, on: date | None) -> UUID:
    return place_called(code, on=on).id
