"""Places: find, rename, close and merge, each on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import Column, PageRequest, Table
from tianqu.kernel.places.api import (
    Place,
    close_place,
    find_places,
    followers_of,
    forerunners_of,
    full_names,
    merge_places,
    place_with,
    places_in,
    rename_place,
    units_of_place,
)
from tianqu.web.administration.finding import WORDS_MAX, place_id_named, shown
from tianqu.web.administration.forms import ActForm, Done, Field, act_page, administrators_page, day_given, page
from tianqu.web.administration.units import PLACE_HINT
from tianqu.web.home.places import KINDS

FOUND_MAX, PARTS_MAX, ROWS_A_PAGE = 100, 500, 25
SUCCESSIONS = {"merge": _("merged"), "split": _("split"), "rename": _("renamed"), "move": _("moved")}
ON_HINT = _("The first day on which this holds.")


@administrators_page
def places(request: PageRequest) -> HttpResponse:
    """Find places by code or name; without words, the largest ones and what lies in them by links."""
    words, closed = request.GET.get("q", "")[:WORDS_MAX], request.GET.get("closed", "") == "on"
    if words.strip():
        rows = find_places(words, with_past=closed, limit=FOUND_MAX)
    else:
        rows = places_in(None, planned=True, limit=FOUND_MAX)
    table = _table(gettext("Places"), rows)
    return page(request, "places", table=table, place_kinds=KINDS, words=words, closed=closed)


def _table(caption: str, rows: list[Place]) -> Table:
    names = full_names(row.id for row in rows)
    return Table(
        caption=caption,
        columns=(
            Column("name", gettext("Place")),
            Column("code", gettext("Code")),
            Column("kind", gettext("Kind")),
            Column("until", gettext("Until")),
        ),
        rows=[(row, names[row.id].shown(get_language() or "")) for row in rows],
    )


@administrators_page
def place(request: PageRequest, place_id: UUID) -> HttpResponse:
    """One place: what it lies in, what lies in it, its units, and what became of it."""
    found = place_with(place_id)
    context: dict[str, Any] = {
        "place": found, "shown": shown, "open": found.valid_to is None,
        "full_name": full_names([found.id])[found.id].shown(get_language() or ""),
        "units": units_of_place(found.code, limit=PARTS_MAX) if found.valid_to is None else [],
        "followers": followers_of([found.id], limit=PARTS_MAX),
        "forerunners": forerunners_of([found.id], limit=PARTS_MAX),
        "kinds": SUCCESSIONS, "place_kinds": KINDS,
        "below": _below(request, found),
    }  # fmt: skip
    return page(request, "place", **context)


def _below(request: PageRequest, found: Place) -> Table:
    """A page of what lies in a place, by code."""
    after = request.GET.get("after", "").replace("\0", "")
    rows = places_in(found.path, planned=True, after=after, limit=ROWS_A_PAGE + 1)
    table = _table(gettext("What lies in it"), rows[:ROWS_A_PAGE])
    return replace(table, next_cursor=rows[ROWS_A_PAGE - 1].code if len(rows) > ROWS_A_PAGE else "")


def address_of(place_id: UUID) -> str:
    """The page of one place."""
    return reverse("administration_place", kwargs={"place_id": place_id})


def crumbs(found: Place) -> list[tuple[str, str]]:
    """Where the pages about a place are."""
    return [(gettext("Places"), reverse("administration_places")), (shown(found), address_of(found.id))]


@administrators_page
def rename(request: PageRequest, place_id: UUID) -> HttpResponse:
    """Give a place another name from a day on."""
    found = place_with(place_id)
    form = ActForm(
        title=_("Rename the place"), button=_("Rename the place"), permission="places.rename_place",
        where=crumbs(found),
        text=_("The code stays, and what was recorded before keeps the old name."),
        fields=(
            Field("name", _("Name")),
            Field("name_en", _("Name in English"), required=False),
            Field("on", _("From"), "date", hint=ON_HINT, width="s"),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        renamed = rename_place(
            request.actor, place_id=place_id, name=given["name"], name_en=given["name_en"], on=day_given(given, "on")
        )
        return Done(address_of(renamed), _("The place was renamed."))

    values = {"name": found.name, "name_en": found.name_en, "on": timezone.localdate().isoformat()}
    return act_page(request, form, perform, values=values)


@administrators_page
def close(request: PageRequest, place_id: UUID) -> HttpResponse:
    """Close a place on a day; its units are handed over to the successor's."""
    found = place_with(place_id)
    form = ActForm(
        title=_("Close the place"), button=_("Close the place"), permission="places.close_place", where=crumbs(found),
        text=_("Nothing may lie in it any more. Without a successor no unit may answer for it either."),
        fields=(
            Field("on", _("Closes on"), "date", hint=_("The first day on which it no longer holds."), width="s"),
            Field("successor_id", _("Successor"), required=False, hint=PLACE_HINT),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        successor = place_id_named(given["successor_id"], field="successor_id") if given["successor_id"] else None
        close_place(request.actor, place_id=place_id, on=day_given(given, "on"), successor_id=successor)
        return Done(address_of(place_id), _("The place closes on that day."))

    return act_page(request, form, perform, values={"on": timezone.localdate().isoformat()})


@administrators_page
def merge(request: PageRequest, place_id: UUID) -> HttpResponse:
    """Merge a place with all that lies in it into another on a day."""
    found = place_with(place_id)
    form = ActForm(
        title=_("Merge the place into another"), button=_("Merge"), permission="places.merge_places",
        where=crumbs(found), text=_("What lies in it moves into the other place, whose units take over."),
        fields=(
            Field("into_id", _("Into"), hint=PLACE_HINT),
            Field("on", _("From"), "date", hint=ON_HINT, width="s"),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        into_id = place_id_named(given["into_id"], field="into_id")
        merge_places(request.actor, place_ids=[place_id], into_id=into_id, on=day_given(given, "on"))
        return Done(address_of(into_id), _("The places were merged."))

    return act_page(request, form, perform, values={"on": timezone.localdate().isoformat()})
