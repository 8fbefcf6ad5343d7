"""Units: find, create, change, close."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import Column, PageRequest, Table
from tianqu.kernel.places.api import Unit, change_unit, close_unit, create_unit, place_with, unit_with, units_found
from tianqu.web.administration.finding import kind_said, kind_titles, place_id_named, shown, unit_id_named
from tianqu.web.administration.forms import (
    ActForm,
    Done,
    Field,
    act_page,
    administrators_page,
    day_given,
    day_given_or_none,
    page,
)
from tianqu.web.administration.persons import UNIT_HINT

ROWS_A_PAGE = 25
PLACE_HINT = _("Its code, or its name.")


@administrators_page
def units(request: PageRequest) -> HttpResponse:
    """Find units by code or name, the closed ones too if asked for."""
    words, closed = request.GET.get("q", ""), request.GET.get("closed", "") == "on"
    after = request.GET.get("after", "").replace("\0", "")
    rows = units_found(words, with_closed=closed, after=after, limit=ROWS_A_PAGE + 1)
    table = Table(
        caption=gettext("Units"),
        columns=(
            Column("name", gettext("Unit")),
            Column("code", gettext("Code")),
            Column("kind", gettext("Kind")),
            Column("place", gettext("Place")),
            Column("until", gettext("Until")),
        ),
        rows=rows[:ROWS_A_PAGE],
        next_cursor=rows[ROWS_A_PAGE - 1].code if len(rows) > ROWS_A_PAGE else "",
    )
    return page(request, "units", table=table, words=words, closed=closed, shown=shown, kinds=kind_titles())


@administrators_page
def unit(request: PageRequest, unit_id: UUID) -> HttpResponse:
    """One unit: where it answers, what it is a part of, and what became of it."""
    found = unit_with(unit_id)
    context: dict[str, Any] = {
        "unit": found,
        "shown": shown,
        "open": found.valid_to is None,
        "kind_said": kind_said,
        "kinds": kind_titles(),
    }
    return page(request, "unit", **context)


def _address(unit_id: UUID) -> str:
    return reverse("administration_unit", kwargs={"unit_id": unit_id})


def _crumbs(found: Unit | None = None) -> list[tuple[str, str]]:
    first = (gettext("Units"), reverse("administration_units"))
    return [first, (shown(found), _address(found.id))] if found else [first]


def _parent(given: Mapping[str, str]) -> UUID | None:
    return unit_id_named(given["parent_id"], field="parent_id") if given["parent_id"] else None


@administrators_page
def create(request: PageRequest) -> HttpResponse:
    """Create a unit that answers for a place."""
    form = ActForm(
        title=_("New unit"), button=_("Create the unit"), permission="places.create_unit", where=_crumbs(),
        fields=(
            Field("code", _("Code"), hint=_("Letters, digits, dots and hyphens. It stays as it is.")),
            Field("name", _("Name")),
            Field("name_en", _("Name in English"), required=False),
            Field("kind", _("Kind"), hint=_("One word in small letters, as in the items: water, housing.")),
            Field("place_id", _("Place that it answers for"), hint=PLACE_HINT),
            Field("parent_id", _("Part of the unit"), required=False, hint=UNIT_HINT),
            Field("phone", _("Telephone"), "tel", required=False),
            Field("on", _("From"), "date", required=False, width="s"),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        told = {name: given[name] for name in ("code", "name", "name_en", "kind", "phone")}
        unit_id = create_unit(
            request.actor, place_id=place_id_named(given["place_id"], field="place_id"), parent_id=_parent(given),
            on=day_given_or_none(given, "on"), **told,
        )  # fmt: skip
        return Done(_address(unit_id), _("The unit was created."))

    return act_page(request, form, perform)


@administrators_page
def change(request: PageRequest, unit_id: UUID) -> HttpResponse:
    """Change a unit's names, telephone, place, and what it is a part of."""
    found = unit_with(unit_id)
    form = ActForm(
        title=_("Change the unit"), button=_("Save"), permission="places.change_unit", where=_crumbs(found),
        fields=(
            Field("name", _("Name")),
            Field("name_en", _("Name in English"), required=False),
            Field("place_id", _("Place that it answers for"), hint=PLACE_HINT),
            Field("parent_id", _("Part of the unit"), required=False, hint=UNIT_HINT),
            Field("phone", _("Telephone"), "tel", required=False),
        ),
    )  # fmt: skip
    values = {
        "name": found.name, "name_en": found.name_en, "phone": found.phone, "place_id": place_with(found.place_id).code,
        "parent_id": found.parent.code if found.parent else "",
    }  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        moved = given["place_id"] != values["place_id"]
        change_unit(
            request.actor, unit_id=unit_id, name=given["name"], name_en=given["name_en"], phone=given["phone"],
            place_id=place_id_named(given["place_id"], field="place_id") if moved else None,
            parent_id=_parent(given), part_of_none=not given["parent_id"],
        )  # fmt: skip
        return Done(_address(unit_id), _("The unit was changed."))

    return act_page(request, form, perform, values=values)


@administrators_page
def close(request: PageRequest, unit_id: UUID) -> HttpResponse:
    """Close a unit on a day; the successor takes over its open work."""
    found = unit_with(unit_id)
    form = ActForm(
        title=_("Close the unit"), button=_("Close the unit"), permission="places.close_unit", where=_crumbs(found),
        text=_("Its posts end on that day. The successor takes over its open work and its parts."),
        fields=(
            Field("on", _("Closes on"), "date", hint=_("The first day on which it no longer holds."), width="s"),
            Field("successor_id", _("Successor"), required=False, hint=UNIT_HINT),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        successor = unit_id_named(given["successor_id"], field="successor_id") if given["successor_id"] else None
        close_unit(request.actor, unit_id=unit_id, on=day_given(given, "on"), successor_id=successor)
        return Done(_address(unit_id), _("The unit closes on that day."))

    return act_page(request, form, perform, values={"on": timezone.localdate().isoformat()})
