"""Rosters over the API. What is done goes by ``POST /acts/practice.…``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.journal.api import Actor
from tianqu.packs.practice.rosters.queries import own_roster, roster_view, rosters

router = Router(tags=["practice"])
FORBID: Final = ConfigDict(extra="forbid")


class PracticeNeed(BaseModel):
    """So many places ask for a skill; "" is for anybody."""

    skill: str
    places: int


class PracticeRoster(BaseModel):
    """A roster of a team over some days, with its rules."""

    id: UUID
    version: int
    team: str
    title: str
    title_en: str
    first_day: date
    last_day: date
    rest_minutes: int
    week_max: int = Field(description="Shifts of one volunteer in a week")
    days_max: int = Field(description="Days in a row")
    in_turn: bool = Field(description="No venue a second time before each was once")
    state: str = Field(description="open, queued, computing, drafted or published")


class PracticeShift(BaseModel):
    """A shift; `offered` is how many who are in it look for somebody else, `mine` whether one is in it oneself."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    venue: str
    venue_en: str
    needs: list[PracticeNeed]
    offered: int
    mine: bool


class PracticeDuty(BaseModel):
    """A volunteer in a shift, by number; `waived` names the rules that the leader does not apply to it."""

    shift: UUID
    number: str
    name: str
    skill: str
    waived: list[str]
    by_hand: bool
    offered_at: datetime | None


class PracticeLevel(BaseModel):
    """What the search made small: `bound` is the least possible while the levels before stay; equal to it is proved."""

    name: str
    value: int
    bound: int


class PracticeEmpty(BaseModel):
    """An empty place: how many volunteers each rule keeps away, and the least that would fill it."""

    shift: str
    skill: str
    places: int
    counts: dict[str, int]
    waivers: list[list[str]] = Field(description="Rule, volunteer's number, shift")
    proved: bool = Field(description="Nothing asks less")


class PracticeRosterResult(BaseModel):
    """Who is where, for the leader, and what the search of a roster gave; `levels` is empty before one was made."""

    duties: list[PracticeDuty]
    levels: list[PracticeLevel]
    empty: list[PracticeEmpty]


class RostersWanted(BaseModel):
    """Of which team (a code)."""

    model_config = FORBID
    team: str = Field("", max_length=31)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


@router.get("/practice/rosters", response=list[PracticeRoster], summary="Rosters")
def all_rosters(request: HttpRequest, wanted: Query[RostersWanted]) -> Any:
    """List rosters, the newest first, at most 200."""
    found = rosters(**dict(wanted))
    return [{name: getattr(one, name, None) for name in PracticeRoster.model_fields} | {"team": one.team_id}
            for one in found]  # fmt: skip


@router.get("/practice/rosters/{roster_id}/shifts", response=list[PracticeShift], summary="The shifts of a roster")
def all_shifts(request: HttpRequest, roster_id: UUID) -> Any:
    """List the shifts of a roster by their beginning, at most 400, with which of them are one's own."""
    own = own_roster(_actor(request), roster_id=roster_id)
    return [
        {name: getattr(shift, name, None) for name in PracticeShift.model_fields}
        | {"needs": [{"skill": skill, "places": places} for skill, places in shift.needs],
           "mine": shift.id in own.duties}
        for shift in own.shifts
    ]  # fmt: skip


@router.get("/practice/rosters/{roster_id}/result", response=PracticeRosterResult, summary="Who is where")
def one_result(request: HttpRequest, roster_id: UUID) -> Any:
    """Read who is where in a roster within reach, how good it is, and why places are empty."""
    view = roster_view(_actor(request), roster_id=roster_id)
    duties = [
        {"shift": line.shift.id, "name": name, "skill": place.skill, "number": duty.number, "waived": duty.waived,
         "by_hand": duty.by_hand, "offered_at": duty.offered_at}
        for line in view.lines for place in line.places for duty, name in place.duties
    ]  # fmt: skip
    levels = view.plan.levels if view.plan is not None else ()
    empty = [
        {"shift": one.shift, "skill": one.skill, "places": one.places,
         "counts": {rule.value: count for rule, count in one.counts.items()},
         "waivers": [[each.rule.value, each.person, each.shift] for each in one.relaxation.waivers]
         if one.relaxation else [],
         "proved": one.relaxation is not None and one.relaxation.proved}
        for one, _shift in view.unfilled
    ]  # fmt: skip
    return {
        "duties": duties, "empty": empty,
        "levels": [{"name": one.name.value, "value": one.value, "bound": one.bound} for one in levels],
    }  # fmt: skip
