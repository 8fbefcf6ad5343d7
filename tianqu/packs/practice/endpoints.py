"""Civic practice over the API. What is done goes by ``POST /acts/practice.…``; activities are occasions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.base.canonical import plain
from tianqu.kernel.journal.api import Actor
from tianqu.packs.practice.hours.queries import exported, hours_of_stations, participants
from tianqu.packs.practice.rosters.queries import own_rosters_told

router = Router(tags=["practice"])
FORBID: Final = ConfigDict(extra="forbid")
HOURS_TOLD: Final = (("minutes", None), ("leader_words", ""), ("volunteer_words", ""))


class PracticeParticipant(BaseModel):
    """Somebody who signed up, for the leader; `standing` tells how far their hours are."""

    id: UUID
    number: str
    name: str
    phone: str
    standing: str
    in_at: datetime | None
    out_at: datetime | None
    sent_later: bool = Field(description="Kept by a phone without a line and sent later")
    elsewhere: bool = Field(description="Checked in at another place at the same time")
    minutes: int | None
    leader_words: str
    volunteer_words: str


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


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


@router.get(
    "/practice/activities/{occasion_id}/participants", response=list[PracticeParticipant], summary="Who signed up"
)
def all_participants(request: HttpRequest, occasion_id: UUID) -> Any:
    """List who signed up for an activity, for its leader."""
    own = ("id", "number", "in_at", "out_at", "sent_later", "elsewhere")
    return [
        {"name": each.name, "phone": each.phone, "standing": each.standing}
        | {name: getattr(each.one, name) for name in own}
        | {name: getattr(each.hours, name, empty) for name, empty in HOURS_TOLD}
        for each in participants(_actor(request), occasion_id=occasion_id)
    ]


@router.get("/practice/hours", response=list[PracticeHours], summary="Hours of stations and teams")
def all_hours(request: HttpRequest, wanted: Query[HoursWanted]) -> Any:
    """Read the minutes of the stations and teams within reach by code, at most 500 stations."""
    return [
        {"station": each.station.code, "minutes": each.minutes,
         "teams": {team.code: count for team, count in each.teams}}
        for each in hours_of_stations(_actor(request), after=wanted.after)
    ]  # fmt: skip


@router.get("/practice/volunteer", response=PracticeVolunteer, summary="What is kept of me as a volunteer")
def own_volunteer(request: HttpRequest) -> Any:
    """Read one's own profile, teams, participations with their vouchers, minutes, and what one said to rosters."""
    return plain(exported(_actor(request)) | {"rosters": own_rosters_told(_actor(request))})
