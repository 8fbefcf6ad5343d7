"""Places: the tree, finding them, one of them, what became of it; and the units that answer for them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.places.api import (
    FullName,
    Place,
    Succession,
    find_places,
    followers_of,
    forerunners_of,
    full_names,
    place_called,
    place_today,
    place_with,
    places_in,
    unit_called,
    unit_today,
    units_found,
)
from tianqu.web.api.paging import Page, mark_of, page_of
from tianqu.web.api.values import AnyCode, Cursor, Day, Flag, Limit, Words, place_given

router = Router(tags=["places"])
PlaceCode = Annotated[str, Path(max_length=40, description="Code of the place.")]
UnitCode = Annotated[str, Path(max_length=100, description="Code of the unit.")]
SUCCESSIONS_MAX = 2_000


class PlaceRow(BaseModel):
    """A place as it is called between two dates; ``path`` holds the codes from the root."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    code: str
    name: str
    name_en: str
    kind: str
    parent_id: UUID | None
    path: str
    valid_from: date | None
    valid_to: date | None
    lon: Decimal | None
    lat: Decimal | None
    position_invented: bool


class OnePlace(PlaceRow):
    """A place with its full name and, where it has one, its boundary as GeoJSON."""

    full_name: FullName
    boundary: dict[str, Any] | None


class Became(BaseModel):
    """What followed a place, or came before it."""

    place: PlaceRow
    happened_on: date
    kind: str
    derived: str


class Successions(BaseModel):
    """What a place is today, what followed it, and what came before it."""

    today: PlaceRow | None
    followers: list[Became]
    forerunners: list[Became]


class PlaceList(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    below: AnyCode | None = Field(None, description="Code of a place: those directly in it. Without: the roots.")
    on: Day | None = Field(None, description="The day; today without.")
    after: Cursor | None = None
    limit: Limit = 200


@router.get("/places", response=Page[PlaceRow], summary="The tree of places")
def places(request: HttpRequest, asked: Query[PlaceList]) -> Any:
    """List the places that lie directly in one, by code, on a day."""
    above = place_called(asked.below, on=asked.on, field="below").path if asked.below else None
    rows = places_in(above, on=asked.on, after=mark_of(asked.after) or "", limit=asked.limit + 1)
    return page_of(rows, asked.limit, key="code")


class PlaceSearch(BaseModel):
    """Whom to look for."""

    model_config = ConfigDict(extra="forbid")
    text: Words
    kind: AnyCode | None = None
    below: AnyCode | None = None
    past: Flag = Field(False, description="Also places that have closed.")
    limit: Annotated[int, Field(ge=1, le=100)] = 20


@router.get("/places-found", response=list[PlaceRow], summary="Find places by name or code")
def found(request: HttpRequest, asked: Query[PlaceSearch]) -> Any:
    """Find places by a part of their name in either language, or by the beginning of their code."""
    above = place_given(asked.below)
    return find_places(
        asked.text, kind=asked.kind, under=above.path if above else None, with_past=asked.past, limit=asked.limit
    )


@router.get("/places/{code}", response=OnePlace, summary="One place")
def place(request: HttpRequest, code: PlaceCode, on: Day | None = None) -> Any:
    """Read a place as it was on a day, today without."""
    row = place_called(code, on=on)
    told = PlaceRow.model_validate(row).model_dump()
    return {**told, "full_name": full_names([row.id])[row.id], "boundary": row.boundary}


@router.get("/places/by-id/{place_id}/successions", response=Successions, summary="What became of a place")
def successions(request: HttpRequest, place_id: UUID) -> Any:
    """Read what followed a place and what came before it, with how that is known."""
    row = place_with(place_id)
    followers = followers_of([row.id], limit=SUCCESSIONS_MAX)
    forerunners = forerunners_of([row.id], limit=SUCCESSIONS_MAX)
    return {
        "today": place_today(row.id),
        "followers": [_became(one.to_place, one) for one in reversed(followers)],
        "forerunners": [_became(one.from_place, one) for one in reversed(forerunners)],
    }


def _became(place: Place, succession: Succession) -> dict[str, Any]:
    return {
        "place": place, "happened_on": succession.happened_on, "kind": succession.kind,
        "derived": succession.derived,
    }  # fmt: skip


class UnitRow(BaseModel):
    """A unit, and the place that it answers for."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    code: str
    name: str
    name_en: str
    kind: str
    place_id: UUID
    parent_id: UUID | None
    successor_id: UUID | None
    phone: str
    valid_from: date | None
    valid_to: date | None


class UnitList(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    text: Words = Field("", description="The beginning of the code, or a part of the name.")
    kind: AnyCode | None = None
    place: AnyCode | None = Field(None, description="Code of a place: units that answer for it or below it.")
    past: Flag = Field(False, description="Also units that have closed.")
    after: Cursor | None = None
    limit: Limit = 50


@router.get("/units", response=Page[UnitRow], summary="Units")
def units(request: HttpRequest, asked: Query[UnitList]) -> Any:
    """List units by code."""
    place = place_given(asked.place)
    rows = units_found(
        asked.text, kind=asked.kind, under=place.path if place else None, with_closed=asked.past,
        after=mark_of(asked.after) or "", limit=asked.limit + 1,
    )  # fmt: skip
    return page_of(rows, asked.limit, key="code")


@router.get("/units/{code}", response=UnitRow, summary="One unit")
def unit(request: HttpRequest, code: UnitCode) -> Any:
    """Read a unit, whatever its dates."""
    return unit_called(code)


@router.get("/units/{code}/today", response=UnitRow, summary="Who does a unit's work today")
def today(request: HttpRequest, code: UnitCode) -> Any:
    """Read the unit that does a unit's work today: itself, its successor, or who answers for its place."""
    return unit_today(unit_called(code).id)
