"""Culture over the API. What is done goes by ``POST /acts/culture.…``."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.journal.api import Actor
from tianqu.packs.culture import queries
from tianqu.packs.culture.models import Performance

router = Router(tags=["culture"])
FORBID: Final = ConfigDict(extra="forbid")


class CultureLiking(BaseModel):
    """How villagers rated it: mean in stars with its 95 % interval; `rank` is null where too few have."""

    count: int
    mean: Decimal | None
    low: Decimal | None
    high: Decimal | None
    rank: int | None


class CultureOffer(BaseModel):
    """Who gives a work, by which contract, until when, and at which price in fen."""

    troupe: str
    contract: str
    starts_on: date
    ends_on: date
    price_fen: int


class CultureWork(BaseModel):
    """A show, film or class of a county's menu; `votes` are this season's at or below the place that was asked for."""

    code: str
    kind: str
    genre: str
    name: str
    name_en: str
    words: str
    words_en: str
    length_minutes: int
    stage: list[str]
    unit_id: UUID
    place_path: str
    offers: list[CultureOffer]
    liking: CultureLiking
    votes: int


class CultureWish(BaseModel):
    """How many wish for a work in a village in a season."""

    work: str
    place_id: UUID
    place_path: str
    season: str
    votes: int


class CultureShow(BaseModel):
    """What a village ordered, as it stands; `attendance` is what both sides say, or as a dispute was settled."""

    id: UUID
    work: str
    troupe: str | None
    contract: str | None
    place_id: UUID
    place_path: str
    unit_id: UUID
    season: str
    stand: str = Field(
        description="ordered, committed, accepted, given, confirmed, disputed, paid, refused or cancelled"
    )
    first_day: date
    last_day: date
    starts_at: datetime | None
    price_fen: int | None
    given_at: datetime | None
    attendance_troupe: int | None
    attendance_village: int | None
    attendance: int | None
    confirmed_at: datetime | None
    rating_count: int
    rating_sum: int
    decided_on: date | None
    cause: str
    reason: str


class CultureCovered(BaseModel):
    """A village: how much was given there in a season, when last, how many came, how much is to come."""

    place_id: UUID
    code: str
    name: str
    name_en: str
    given: int
    attendance: int
    last: datetime | None
    coming: int
    next: datetime | None


class CultureRanked(BaseModel):
    """A work or a troupe with how it was liked."""

    code: str
    name: str
    name_en: str
    liking: CultureLiking


class CultureBudget(BaseModel):
    """An office's budget in fen, as its book holds it."""

    book: str
    granted: int
    paid: int
    committed: int
    free: int


class CultureStatement(BaseModel):
    """A troupe's engagements, the newest first, and sums in fen."""

    troupe: str
    paid: int
    committed: int
    refused: int
    shows: list[CultureShow]


class MenuWanted(BaseModel):
    """Which works: of the county of a place (a code), of which kind."""

    model_config = FORBID
    place: str = Field("", max_length=80)
    kind: str = Field("", max_length=20)


class WishesWanted(BaseModel):
    """Which wishes: at or below a place (a code), in which season."""

    model_config = FORBID
    place: str = Field("", max_length=80)
    season: str = Field("", pattern=r"^([0-9]{4})?$")


class ShowsWanted(WishesWanted):
    """Which performances: also of which work or troupe, standing how, after which identifier."""

    work: str = Field("", max_length=31)
    troupe: str = Field("", max_length=31)
    stand: str = Field("", max_length=20)
    after: UUID | None = None
    limit: int = Field(100, ge=1, le=500)


class CoverageWanted(BaseModel):
    """Which villages: at or below a place (a code), in which season, after which code."""

    model_config = FORBID
    place: str = Field(max_length=80)
    season: str = Field("", pattern=r"^([0-9]{4})?$")
    after: str = Field("", max_length=80)


class RankingWanted(BaseModel):
    """A ranking by work or by troupe, of one kind of works or all."""

    model_config = FORBID
    by: str = Field("work", pattern=r"^(work|troupe)$")
    kind: str = Field("", max_length=20)


class StatementWanted(BaseModel):
    """After which performance."""

    model_config = FORBID
    after: UUID | None = None


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


def _liking(found: queries.Liking) -> dict[str, Any]:
    bounds = found.interval
    return {
        "count": found.count, "mean": found.mean, "rank": found.rank, "low": bounds.low if bounds else None,
        "high": bounds.high if bounds else None,
    }  # fmt: skip


def _show(one: Performance) -> dict[str, Any]:
    told = {name: getattr(one, name, None) for name in CultureShow.model_fields}
    return told | {"id": one.order_id, "work": one.work_id, "troupe": one.troupe_id, "contract": one.contract_id}


@router.get("/culture/works", response=list[CultureWork], summary="The menu")
def all_works(request: HttpRequest, wanted: Query[MenuWanted]) -> Any:
    """List the open works, what most wish for first, at most 500."""
    return [
        {name: getattr(line.work, name, None) for name in CultureWork.model_fields} | {
            "votes": line.votes, "liking": _liking(line.liking),
            "offers": [
                {"troupe": one.contract.troupe_id, "contract": one.contract_id, "price_fen": one.price_fen,
                 "starts_on": one.contract.starts_on, "ends_on": one.contract.ends_on}
                for one in line.offers
            ],
        }
        for line in queries.menu(_actor(request), **dict(wanted))
    ]  # fmt: skip


@router.get("/culture/wishes", response=list[CultureWish], summary="Wishes")
def all_wishes(request: HttpRequest, wanted: Query[WishesWanted]) -> Any:
    """List what villages wish for, the most wished for first, at most 500."""
    return [
        {name: getattr(one, name, None) for name in CultureWish.model_fields} | {"work": one.work_id}
        for one in queries.wishes(**dict(wanted))
    ]


@router.get("/culture/shows", response=list[CultureShow], summary="Performances")
def all_shows(request: HttpRequest, wanted: Query[ShowsWanted]) -> Any:
    """List what villages ordered, the newest first."""
    return [_show(one) for one in queries.performances(queries.ShowsAsked(**dict(wanted)))]


@router.get("/culture/shows/{show_id}", response=CultureShow, summary="One performance")
def one_show(request: HttpRequest, show_id: UUID) -> Any:
    """Read a performance."""
    return _show(queries.show_detail(_actor(request), show_id).one)


@router.get("/culture/coverage", response=list[CultureCovered], summary="Coverage of villages")
def all_coverage(request: HttpRequest, wanted: Query[CoverageWanted]) -> Any:
    """List the villages of a place by code with how much each was given, at most 500."""
    names = ("given", "attendance", "last", "coming", "next")
    return [
        {name: getattr(row, name) for name in names}
        | {"place_id": row.place.id, "code": row.place.code, "name": row.place.name, "name_en": row.place.name_en}
        for row in queries.coverage(**dict(wanted))
    ]


@router.get("/culture/ranking", response=list[CultureRanked], summary="Ranking")
def all_ranked(request: HttpRequest, wanted: Query[RankingWanted]) -> Any:
    """List works or troupes by the lower bound of their ratings' interval; few ratings come last, unranked."""
    return [
        {"code": thing.code, "name": thing.name, "name_en": thing.name_en, "liking": _liking(liking)}
        for thing, liking in queries.ranking(**dict(wanted))
    ]


@router.get("/culture/budgets/{unit_id}", response=CultureBudget, summary="An office's budget")
def one_budget(request: HttpRequest, unit_id: UUID) -> Any:
    """Read the budget of one's own office."""
    found = queries.budget_of(_actor(request), unit_id=unit_id)
    return {name: getattr(found, name) for name in CultureBudget.model_fields}


@router.get("/culture/troupes/{code}/statement", response=CultureStatement, summary="A troupe's statement")
def one_statement(request: HttpRequest, code: str, wanted: Query[StatementWanted]) -> Any:
    """Read what became of a troupe's engagements, for the troupe and its office."""
    told = queries.statement(_actor(request), troupe=code[:40], after=wanted.after)
    return {
        "troupe": told.troupe.code, "paid": told.paid, "committed": told.committed, "refused": told.refused,
        "shows": [_show(one) for one in told.rows],
    }  # fmt: skip
