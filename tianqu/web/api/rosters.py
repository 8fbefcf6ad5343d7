"""Rosters over HTTP: shifts, for everybody; and who is where, for who leads. Done goes by ``POST /acts/rosters.…``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.rosters.api import own_roster, place_view, roster_view, rosters
from tianqu.web.api.performing import actor_of_request

router = Router(tags=["rosters"])
FORBID: Final = ConfigDict(extra="forbid")


class RosterNeedShown(BaseModel):
    """So many places ask for a skill; "" is for anybody."""

    skill: str
    places: int


class RosterShown(BaseModel):
    """Who takes which shift over some days, with the rules: `subject` is the code of whose shifts they are."""

    id: UUID
    version: int
    kind: str
    subject: str
    held_by: str
    held_by_en: str
    title: str
    title_en: str
    first_day: date
    last_day: date
    rest_minutes: int
    week_max: int = Field(description="Shifts of one person in a week")
    days_max: int = Field(description="Days in a row")
    in_turn: bool = Field(description="No venue a second time before each was once")
    state: str = Field(description="open, queued, computing, drafted or published")


class ShiftShown(BaseModel):
    """A shift; `offered` is how many who are in it look for somebody else, `mine` whether one is in it oneself."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    venue: str
    venue_en: str
    needs: list[RosterNeedShown]
    offered: int
    mine: bool


class DutyShown(BaseModel):
    """Somebody in a shift, by number; `waived` names the rules that the leader does not apply to it."""

    shift: UUID
    number: str
    name: str
    skill: str
    waived: list[str]
    by_hand: bool
    offered_at: datetime | None


class RosterLevelShown(BaseModel):
    """What the search made small: `bound` is the least possible while the levels before stay; equal to it is proved."""

    name: str
    value: int
    bound: int


class RosterEmptyShown(BaseModel):
    """An empty place: how many people each rule keeps away, and the least that would fill it."""

    shift: str
    skill: str
    places: int
    counts: dict[str, int]
    waivers: list[list[str]] = Field(description="Rule, number of the person, shift: this one or another")
    proved: bool = Field(description="Nothing asks less, whoever is moved and wherever rules are waived")


class RosterResultShown(BaseModel):
    """Who is where, for the leader, and what the search of a roster gave; `levels` is empty before one was made."""

    duties: list[DutyShown]
    levels: list[RosterLevelShown]
    empty: list[RosterEmptyShown]


class CandidateShown(BaseModel):
    """Somebody who could take a place: the rules that it would break, what they said of the shift, shifts so far."""

    model_config = ConfigDict(from_attributes=True)
    number: str
    name: str
    broken: list[str]
    grantable: bool = Field(description="Every rule in the way is the leader's to waive")
    said: str = Field(description="wished, unwished, unable or nothing")
    shifts: int


class RostersWanted(BaseModel):
    """Of which kind, and whose (the code of a team, a theatre)."""

    model_config = FORBID
    kind: str = Field("", max_length=40)
    subject: str = Field("", max_length=40)


class PlaceWanted(BaseModel):
    """The places of a shift that ask for a skill; "" are those for anybody."""

    model_config = FORBID
    skill: str = Field("", max_length=40)


@router.get("/rosters", response=list[RosterShown], summary="Rosters")
def all_rosters(request: HttpRequest, wanted: Query[RostersWanted]) -> Any:
    """List rosters, the newest first, at most 200."""
    return [
        {name: getattr(line.roster, name, None) for name in RosterShown.model_fields}
        | {"held_by": line.holder.name, "held_by_en": line.holder.name_en}
        for line in rosters(**dict(wanted))
    ]


@router.get("/rosters/{roster_id}/shifts", response=list[ShiftShown], summary="The shifts of a roster")
def all_shifts(request: HttpRequest, roster_id: UUID) -> Any:
    """List the shifts of a roster by their beginning, at most 400, with which of them are one's own."""
    own = own_roster(actor_of_request(request), roster_id=roster_id)
    return [
        {name: getattr(shift, name, None) for name in ShiftShown.model_fields}
        | {"needs": [{"skill": skill, "places": places} for skill, places in shift.needs],
           "mine": shift.id in own.duties}
        for shift in own.shifts
    ]  # fmt: skip


@router.get("/rosters/{roster_id}/result", response=RosterResultShown, summary="Who is where")
def one_result(request: HttpRequest, roster_id: UUID) -> Any:
    """Read who is where in a roster within reach, how good it is, and why places are empty."""
    view = roster_view(actor_of_request(request), roster_id=roster_id)
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


@router.get("/rosters/shifts/{shift_id}/candidates", response=list[CandidateShown], summary="Who could come")
def all_candidates(request: HttpRequest, shift_id: UUID, wanted: Query[PlaceWanted]) -> Any:
    """List who could take an empty place of a shift, for who leads: those whom no rule keeps away first."""
    return place_view(actor_of_request(request), shift_id=shift_id, skill=wanted.skill).candidates
