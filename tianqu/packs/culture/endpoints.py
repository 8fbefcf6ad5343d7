"""Culture over the API. What is done goes by ``POST /acts/culture.…``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.journal.api import Actor
from tianqu.packs.culture import queries
from tianqu.packs.culture.theatre.queries import Year, theatre_called, year_of

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


class CultureMenuLine(BaseModel):
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
    """What became of a troupe's engagements, in fen; each of them stands in `/culture/shows?troupe=`."""

    troupe: str
    paid: int
    committed: int
    refused: int


class MenuWanted(BaseModel):
    """Which works: of the county of a place (a code), of which kind."""

    model_config = FORBID
    place: str = Field("", max_length=80)
    kind: str = Field("", max_length=20)


class RankingWanted(BaseModel):
    """A ranking by work or by troupe, of one kind of works or all."""

    model_config = FORBID
    by: str = Field("work", pattern=r"^(work|troupe)$")
    kind: str = Field("", max_length=20)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


def _liking(found: queries.Liking) -> dict[str, Any]:
    bounds = found.interval
    return {
        "count": found.count, "mean": found.mean, "rank": found.rank, "low": bounds.low if bounds else None,
        "high": bounds.high if bounds else None,
    }  # fmt: skip


@router.get("/culture/menu", response=list[CultureMenuLine], summary="The menu")
def menu(request: HttpRequest, wanted: Query[MenuWanted]) -> Any:
    """List the open works, what most wish for first, at most 500."""
    return [
        {name: getattr(line.work, name, None) for name in CultureMenuLine.model_fields} | {
            "votes": line.votes, "liking": _liking(line.liking),
            "offers": [
                {"troupe": one.contract.troupe_id, "contract": one.contract_id, "price_fen": one.price_fen,
                 "starts_on": one.contract.starts_on, "ends_on": one.contract.ends_on}
                for one in line.offers
            ],
        }
        for line in queries.menu(_actor(request), **dict(wanted))
    ]  # fmt: skip


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
def one_statement(request: HttpRequest, code: str) -> Any:
    """Read what a troupe's engagements came to, for the troupe and its office."""
    told = queries.statement(_actor(request), troupe=code[:40])
    return {"troupe": told.troupe.code, "paid": told.paid, "committed": told.committed, "refused": told.refused}


class CultureTheatreYear(BaseModel):
    """What a theatre came to in a year: shows that were booked, who came, and fen that were taken in."""

    model_config = ConfigDict(from_attributes=True)
    shows: int
    came: int
    amount_fen: int


@router.get("/culture/theatres/{code}/year", response=CultureTheatreYear, summary="A year of a theatre")
def theatre_year(request: HttpRequest, code: str, year: Annotated[int, Field(ge=0, le=9999)] = 0) -> Year:
    """What its booked takings come to; `year` 0 is this one."""
    return year_of(theatre_called(code), year or timezone.localdate().year)
