"""Civic practice over the API. What is done goes by ``POST /acts/practice.…``; activities are occasions."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.base.canonical import plain
from tianqu.kernel.pack.api import caller_of
from tianqu.kernel.rosters.api import own_rosters_told
from tianqu.packs.practice.hours.queries import exported, hours_of_stations
from tianqu.packs.practice.models import KIND

router = Router(tags=["practice"])
FORBID: Final = ConfigDict(extra="forbid")


class PracticeHours(BaseModel):
    """A station with its minutes, and those of each of its teams by code, as the ledger holds them."""

    station: str
    minutes: int
    teams: dict[str, int]


class PracticeVolunteer(BaseModel):
    """Everything that is kept of oneself as a volunteer; `profile` is null where there is none."""

    profile: dict[str, Any] | None
    teams: list[str]
    participations: list[dict[str, Any]]
    visits: list[dict[str, Any]]
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


@router.get("/practice/volunteer", response=PracticeVolunteer, summary="What is kept of me as a volunteer")
def own_volunteer(request: HttpRequest) -> Any:
    """Read one's own profile, teams, participations with their vouchers, minutes, and what one said to rosters."""
    return plain(exported(caller_of(request)) | {"rosters": own_rosters_told(caller_of(request), kind=KIND)})
