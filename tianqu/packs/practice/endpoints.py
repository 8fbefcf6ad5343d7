"""Civic practice over the API. What is done goes by ``POST /acts/practice.…``; activities are occasions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.base.canonical import plain
from tianqu.kernel.orders.api import offers_to
from tianqu.kernel.pack.api import caller_of
from tianqu.kernel.rosters.api import own_rosters_told
from tianqu.packs.practice.hours.queries import exported, hours_of_stations
from tianqu.packs.practice.models import KIND
from tianqu.packs.practice.services.matching import reasons
from tianqu.packs.practice.services.queries import candidates_for

router = Router(tags=["practice"])
FORBID: Final = ConfigDict(extra="forbid")


class PracticeHours(BaseModel):
    """A station with its minutes, and those of each of its teams by code, as the ledger holds them."""

    station: str
    minutes: int
    teams: dict[str, int]


class PracticeOwnVolunteer(BaseModel):
    """Everything that is kept of oneself as a volunteer; `profile` is null where there is none."""

    profile: dict[str, Any] | None
    teams: list[str]
    participations: list[dict[str, Any]]
    left: list[dict[str, Any]] = Field(description="the places that were given up again")
    visits: list[dict[str, Any]] = Field(description="at households, booked or not")
    offers: list[dict[str, Any]] = Field(description="the orders that were offered to oneself, and what one answered")
    certificates: list[dict[str, Any]]
    minutes: int
    rosters: list[dict[str, Any]]


class HoursWanted(BaseModel):
    """After which code of a station."""

    model_config = FORBID
    after: str = Field("", max_length=31)


@router.get("/practice/hours", response=list[PracticeHours], summary="Hours of stations and teams")
def all_hours(request: HttpRequest, wanted: Query[HoursWanted]) -> Any:
    """Read the minutes of the stations and teams within reach by code, at most 500 stations."""
    return [
        {"station": each.station.code, "minutes": each.minutes,
         "teams": {team.code: count for team, count in each.teams}}
        for each in hours_of_stations(caller_of(request), after=wanted.after)
    ]  # fmt: skip


@router.get("/practice/volunteer", response=PracticeOwnVolunteer, summary="What is kept of me as a volunteer")
def own_volunteer(request: HttpRequest) -> Any:
    """Read one's own profile, teams, participations and visits with vouchers, offers, certificates and rosters."""
    return plain(exported(caller_of(request)) | {"rosters": own_rosters_told(caller_of(request), kind=KIND)})


class PracticeOffer(BaseModel):
    """An order that is offered: what, in which village, on which day, and why to this taker."""

    order_id: UUID
    taker: str
    title: str
    place: str
    day: str
    window: str
    reasons: list[str]
    lapses_at: datetime | None


class PracticeCandidate(BaseModel):
    """A team or a volunteer who fits an order."""

    taker: str
    name: str
    score: int
    reasons: list[str]


class PracticeMatching(BaseModel):
    """Who fits an order, best first, and how many were left out for what (`team:service`, `volunteer:far`)."""

    candidates: list[PracticeCandidate]
    left_out: dict[str, int] = Field(description="how many, by kind and reason")


@router.get("/practice/offers", response=list[PracticeOffer], summary="What is offered to me")
def my_offers(request: HttpRequest) -> Any:
    """List the orders that are offered to oneself and to the teams one leads, at most 200."""
    return [
        {"order_id": one.order_id, "taker": one.taker, "reasons": reasons(one.grounds), "lapses_at": one.lapses_at}
        | {name: one.told[name] for name in ("title", "place", "day", "window")}
        for one in offers_to(caller_of(request))
    ]


@router.get("/practice/orders/{order_id}/candidates", response=PracticeMatching, summary="Who fits an order")
def candidates(request: HttpRequest, order_id: UUID) -> Any:
    """List whom the centre may send an order to, with reasons, and how many were left out."""
    found, names = candidates_for(caller_of(request), order_id)
    return {
        "candidates": [
            {"taker": one.taker, "name": names.get(one.taker, ""), "score": one.score, "reasons": reasons(one.grounds)}
            for one in found.found
        ],
        "left_out": {f"{kind}:{why}": count for (kind, why), count in found.left_out.items()},
    }
