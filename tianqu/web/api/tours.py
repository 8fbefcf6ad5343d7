"""Tours over HTTP: plans for the office that makes them, and the stops of published ones for everybody.

What is done goes by ``POST /acts/tours.…``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.tours.api import (
    StopsAsked,
    change_of,
    laws_broken,
    reckon,
    stop_places,
    stops,
    tour_read,
    tour_seen,
    tours,
)
from tianqu.web.api.performing import actor_of_request

router = Router(tags=["tours"])
FORBID: Final = ConfigDict(extra="forbid")


class TourStop(BaseModel):
    """A visit of a published tour: who comes where and when.

    `confirmed`: whether who comes is engaged so; `dropped_at`: from when on it is not to be.
    """

    tour_id: UUID
    kind: str
    visit: str
    place: str
    title: str
    title_en: str
    carrier: str
    carrier_name: str
    carrier_name_en: str
    starts_at: datetime
    ends_at: datetime
    confirmed: bool
    dropped_at: datetime | None
    version: int


class TourLine(BaseModel):
    """A tour's plan: its state, and its cost in fen (travel, price, wishes, unserved)."""

    id: UUID
    kind: str
    unit_id: UUID
    name: str
    stand: str
    cost: dict[str, int]
    bound: int | None
    proved: bool
    done: int
    asked_at: datetime
    published_at: datetime | None
    version: int


class TourVisit(BaseModel):
    """A visit of a plan; `why` it does not take place, else by whom and when it begins.

    `extra`: given for wishes; `confirmed`: published so, and who comes is engaged.
    """

    visit: str
    place: str
    title: str
    title_en: str
    carrier: str
    starts_at: datetime | None
    why: str
    moved: bool
    extra: bool
    confirmed: bool


class TourFault(BaseModel):
    """What was refused, as a code with values; `visit` is empty for what concerns all of the plan."""

    visit: str
    message: str
    values: dict[str, Any]


class TourPlan(TourLine):
    """A plan with its visits; `outs`: what fell out, by cause, place or carrier, first and last day."""

    terms: dict[str, int | str]
    outs: list[list[str]]
    faults: list[TourFault]
    visits: list[TourVisit]


class TourChangeCost(BaseModel):
    """What a change of a plan would do: by how many fen its cost grows, its cost then, and the laws it breaks."""

    difference: int
    total: int
    broken: list[str]


class TourStopsWanted(BaseModel):
    """Which stops: of which tour, kind or carrier, below which place, from which day on, how many days."""

    model_config = FORBID
    tour_id: UUID | None = None
    kind: str = Field("", max_length=40)
    carrier: str = Field("", max_length=80)
    place: str = Field("", max_length=80)
    first_day: date | None = None
    days: int = Field(92, ge=1, le=366)
    dropped: bool = False


class ToursWanted(BaseModel):
    """Of which kind, after which plan of the page before."""

    model_config = FORBID
    kind: str = Field("", max_length=40)
    after: UUID | None = None
    limit: int = Field(100, ge=1, le=100)


class TourChangeWanted(BaseModel):
    """Which change: `deed` is move, swap, drop or add; `starts`, of the arrival, are minutes after midnight."""

    model_config = FORBID
    deed: str = Field(max_length=10)
    visit: str = Field(max_length=80)
    carrier: str = Field("", max_length=80)
    on: date | None = None
    starts: int | None = Field(None, ge=0, le=2_000)
    other: str = Field("", max_length=80)


@router.get("/tours/stops", response=list[TourStop], summary="Who comes where and when")
def all_stops(request: HttpRequest, wanted: Query[TourStopsWanted]) -> Any:
    """List the stops of published tours by their beginning, at most 1,000; those to come where no tour is named."""
    found = stops(StopsAsked(**wanted.model_dump()))
    places = stop_places(found)
    return [
        {name: getattr(stop, name, "") for name in TourStop.model_fields}
        | {"visit": stop.visit_id, "place": places[stop.place_path].code if stop.place_path in places else ""}
        for stop in found
    ]


@router.get("/tours", response=list[TourLine], summary="Plans of tours")
def all_tours(request: HttpRequest, wanted: Query[ToursWanted]) -> Any:
    """List the plans of one's office, the newest first, at most 100."""
    found = tours(actor_of_request(request), kind=wanted.kind, after=wanted.after, limit=wanted.limit)
    return [_line(one) for one in found]


@router.get("/tours/{tour_id}", response=TourPlan, summary="One plan of a tour")
def one_tour(request: HttpRequest, tour_id: UUID) -> Any:
    """Read a plan: its visits, what is not served and why, and what was refused."""
    read = tour_read(actor_of_request(request), tour_id)
    visits = [
        {name: getattr(each, name) for name in TourVisit.model_fields}
        | {"place": each.place.code if each.place else "", "carrier": each.carrier.code if each.carrier else ""}
        for each in (*read.shows, *read.unserved)
    ]
    faults = [{name: each[name] for name in TourFault.model_fields} for each in read.plan.faults]
    return _line(read.plan) | {"terms": read.plan.terms, "outs": read.plan.outs, "visits": visits, "faults": faults}


@router.get("/tours/{tour_id}/change", response=TourChangeCost, summary="What a change of a tour would cost")
def cost_of_change(request: HttpRequest, tour_id: UUID, wanted: Query[TourChangeWanted]) -> Any:
    """Reckon a change of a plan without making it."""
    plan = tour_seen(actor_of_request(request), tour_id)
    found = reckon(plan, change_of(**dict(wanted)), on=timezone.localdate())
    return {"difference": found.difference, "total": found.after.total, "broken": laws_broken(found.broken)}


def _line(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in TourLine.model_fields}
