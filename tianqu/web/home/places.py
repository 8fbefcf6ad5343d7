"""Places as anybody may see them: their names of today and before, what lies in them, and who answers there."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from tianqu.base.errors import NotFound
from tianqu.kernel.orders.api import PublicFilters, public_orders
from tianqu.kernel.pack.api import Column, PageRequest, Table
from tianqu.kernel.places.api import (
    Place,
    Succession,
    followers_of,
    forerunners_of,
    full_names,
    place_called,
    place_of_code,
    place_rows,
    places_above,
    places_called_like,
    places_in,
    units_of_place,
)
from tianqu.web.layout.differences import language
from tianqu.web.layout.formats import in_chinese

ROOTS_MAX, CHILDREN_MAX, UNITS_MAX, LINKS_MAX = 10, 2_000, 200, 100
ASKED_SHOWN = 5  # of what was asked in a place
TYPED_MAX = 100  # characters of a name
KINDS = {
    "prefecture": _("Prefecture"),
    "county": _("County"),
    "township": _("Township"),
    "village": _("Village"),
    "city": _("City"),
    "borough": _("Borough"),
    "district": _("District"),
}
BECAME = {
    "merge": _("merged into"),
    "split": _("split; a part became"),
    "rename": _("renamed"),
    "move": _("moved to"),
}


def named(place: Place) -> str:
    """Return a place's name in the language of the page."""
    return place.name if in_chinese() or not place.name_en else place.name_en


def roots() -> list[Place]:
    """Return the realm's places that lie in no other, today."""
    return places_in(None, limit=ROOTS_MAX)


def children(place: Place, *, boundaries: bool = False) -> list[Place]:
    """Return the places right below ``place`` today, in the order of their codes."""
    return places_in(place.path, boundaries=boundaries, limit=CHILDREN_MAX)


def table_of(places: list[Place], caption: Any) -> Table:
    """Return the table that stands beside a map."""
    columns = (Column("name", _("Name")), Column("kind", _("Kind")))
    return Table(caption=caption, columns=columns, rows=places)


@require_safe
def place(request: PageRequest, code: str) -> HttpResponse:
    """A place: today's if it still holds, else the last that had this code, and what became of it."""
    rows = _rows_of(code)
    today = timezone.localdate()
    shown = next((row for row in rows if row.holds_on(today)), rows[0])
    below = children(shown) if shown.holds_on(today) else []
    ids = [row.id for row in rows]
    here = PublicFilters(place_path=str(shown.path))
    context = {
        "place": shown,
        "asked": public_orders(filters=here, limit=ASKED_SHOWN).rows,
        "language_code": language(),
        "name": named(shown),
        "full_name": full_names([shown.id])[shown.id].shown("zh" if in_chinese() else "en"),
        "kind": KINDS.get(shown.kind, shown.kind),
        "kinds": KINDS,
        "named": named,
        "holds": shown.holds_on(today),
        "past": [row for row in rows if row.id != shown.id],
        "became": BECAME,
        "followers": _links(followers_of(ids, limit=LINKS_MAX)),
        "followed": _links(forerunners_of(ids, limit=LINKS_MAX)),
        "units": units_of_place(code, limit=UNITS_MAX),
        "table": table_of(below, _("Places below")),
        "above": [(named(row), reverse("place", kwargs={"code": row.code})) for row in places_above(shown.path)],
        "mapped": any(row.lon is not None or row.boundary for row in below),
    }
    return render(request, "home/place.html", context, using="jinja2")


def _rows_of(code: str) -> list[Place]:
    rows = place_rows(code)
    if not rows:
        raise NotFound(
            gettext_noop("No place has the code %(value)s."), field="code", value=code[:40],
            remedy=gettext_noop("Look the code up in the list of places."),
        )  # fmt: skip
    return rows


def _links(rows: list[Succession]) -> list[Succession]:
    return [row for row in rows if row.from_place.code != row.to_place.code]


@require_safe
def places_named(request: PageRequest) -> HttpResponse:
    """The places that are called as what stands in a field, as options of its list; nothing for a code.

    Whoever acts by a post is offered those within its reach. ``kind`` narrows them.
    """
    text = next((found for name in ("place", "village") if (found := request.GET.get(name, ""))), "")[:TYPED_MAX]
    kind = request.GET.get("kind", "")
    known = not text.strip() or place_of_code(text) is not None
    rows = [] if known else places_called_like(text, kind=kind if kind in KINDS else None, actor=request.actor)
    names = full_names([row.id for row in rows])
    spoken = "zh" if in_chinese() else "en"
    options = [(f"{named(row)} {row.code}", names[row.id].shown(spoken)) for row in rows]
    return render(request, "home/places_named.html", {"options": options}, using="jinja2")


@require_safe
def places_below(request: PageRequest, code: str) -> JsonResponse:
    """Return the places below one as GeoJSON, for its map. No personal data, so that it may be cached."""
    features = [_feature(row) for row in children(place_called(code), boundaries=True)]
    response = JsonResponse(
        {"type": "FeatureCollection", "features": [feature for feature in features if feature is not None]},
        json_dumps_params={"ensure_ascii": False},
        content_type="application/geo+json",
    )
    response["Cache-Control"] = "public, max-age=3600"
    response["Vary"] = "Accept-Language, Cookie"
    return response


def _feature(row: Place) -> dict[str, Any] | None:
    geometry: dict[str, Any] | None = row.boundary
    if geometry is None and row.lon is not None and row.lat is not None:
        geometry = {"type": "Point", "coordinates": [float(row.lon), float(row.lat)]}
    if geometry is None:
        return None
    properties = {
        "name": named(row), "address": reverse("place", kwargs={"code": row.code}),
        "below": reverse("places_below", kwargs={"code": row.code}),
    }  # fmt: skip
    if row.lon is not None and row.lat is not None:
        properties |= {"lon": float(row.lon), "lat": float(row.lat)}  # type: ignore[dict-item]
    return {"type": "Feature", "geometry": geometry, "properties": properties}
