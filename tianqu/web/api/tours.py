"""Seasons over the API. What is done goes by ``POST /acts/culture.…``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.journal.api import Actor
from tianqu.packs.culture.season.acts import change_of, faults_said, plan_seen, reckon
from tianqu.packs.culture.season.queries import season_read, seasons

router = Router(tags=["culture"])
FORBID: Final = ConfigDict(extra="forbid")


class CultureSeasonLine(BaseModel):
    """A season's plan: its state, and its cost in fen (travel, price, wishes, unserved)."""

    id: UUID
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


class CultureSeasonShow(BaseModel):
    """A show of a plan; ``why`` it does not take place, else by which troupe and when it begins."""

    show_id: UUID
    place: str
    work: str
    troupe: str
    starts_at: datetime | None
    why: str
    moved: bool


class CultureSeason(CultureSeasonLine):
    """A plan with its shows; ``outs``: what fell out, by cause, place or troupe, first and last day."""

    terms: dict[str, int | str]
    outs: list[list[str]]
    shows: list[CultureSeasonShow]


class CultureChangeCost(BaseModel):
    """What a change of a plan would do: by how many fen its cost grows, its cost then, and the laws it breaks."""

    difference: int
    total: int
    broken: list[str]


class SeasonsWanted(BaseModel):
    """After which plan of the page before."""

    model_config = FORBID
    after: UUID | None = None
    limit: int = Field(100, ge=1, le=100)


class ChangeWanted(BaseModel):
    """Which change: ``deed`` is move, swap, drop or add; ``starts`` are minutes after midnight."""

    model_config = FORBID
    deed: str = Field(max_length=10)
    show_id: UUID
    troupe: str = Field("", max_length=40)
    on: date | None = None
    starts: int | None = Field(None, ge=0, le=2_000)
    other_id: UUID | None = None


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


@router.get("/culture/seasons", response=list[CultureSeasonLine], summary="Plans of seasons")
def all_seasons(request: HttpRequest, wanted: Query[SeasonsWanted]) -> Any:
    """List the plans of one's office, the newest first, at most 100."""
    return [_line(one) for one in seasons(_actor(request), after=wanted.after, limit=wanted.limit)]


@router.get("/culture/seasons/{plan_id}", response=CultureSeason, summary="One plan of a season")
def one_season(request: HttpRequest, plan_id: UUID) -> Any:
    """Read a plan: its shows, and what is not served and why."""
    read = season_read(_actor(request), plan_id)
    shows = [
        {
            "show_id": each.show_id, "place": each.place.code if each.place else "", "why": each.why,
            "work": each.performance.work_id if each.performance else "", "starts_at": each.starts_at,
            "troupe": each.troupe.code if each.troupe else "", "moved": each.moved,
        }
        for each in (*read.shows, *read.unserved)
    ]  # fmt: skip
    return _line(read.plan) | {"terms": read.plan.terms, "outs": read.plan.outs, "shows": shows}


@router.get("/culture/seasons/{plan_id}/change", response=CultureChangeCost, summary="What a change would cost")
def cost_of_change(request: HttpRequest, plan_id: UUID, wanted: Query[ChangeWanted]) -> Any:
    """Reckon a change of a plan without making it."""
    change = change_of(**dict(wanted))
    found = reckon(plan_seen(_actor(request), plan_id), change, on=timezone.localdate())
    return {"difference": found.difference, "total": found.after.total, "broken": faults_said(found.broken)}


def _line(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in CultureSeasonLine.model_fields}
