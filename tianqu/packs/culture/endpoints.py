"""Culture over the API. What is done goes by ``POST /acts/culture.…``; shows of theatres are at ``/occasions``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field

from tianqu.kernel.pack.api import caller_of
from tianqu.packs.culture import queries
from tianqu.packs.culture.theatre.queries import Year, theatre_called, year_of

router = Router(tags=["culture"])
FORBID: Final = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What is read from the attributes of what a query returns."""

    model_config = ConfigDict(from_attributes=True)


class CultureLiking(BaseModel):
    """How villagers rated it: mean in stars with its 95 % interval; `rank` is null where too few have."""

    count: int
    mean: Decimal | None
    low: Decimal | None
    high: Decimal | None
    rank: int | None


def _liking(found: queries.Liking) -> dict[str, Any]:
    low, high = (found.interval.low, found.interval.high) if found.interval else (None, None)
    return {"count": found.count, "mean": found.mean, "low": low, "high": high, "rank": found.rank}


Liked = Annotated[CultureLiking, BeforeValidator(_liking)]


class CultureOffer(Told):
    """Who gives a work, by which contract, until when, and at which price in fen."""

    troupe: str = Field(validation_alias=AliasPath("contract", "troupe_id"))
    contract: str = Field(validation_alias="contract_id")
    starts_on: date = Field(validation_alias=AliasPath("contract", "starts_on"))
    ends_on: date = Field(validation_alias=AliasPath("contract", "ends_on"))
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
    liking: Liked
    votes: int


class CultureRanked(BaseModel):
    """A work or a troupe with how it was liked."""

    code: str
    name: str
    name_en: str
    liking: Liked


class CultureBudget(Told):
    """An office's budget in fen, as its book holds it."""

    book: str
    granted: int
    paid: int
    committed: int
    free: int


class CultureStatement(Told):
    """What became of a troupe's engagements, in fen; each of them stands in `/culture/shows?troupe=`."""

    troupe: str = Field(validation_alias=AliasPath("troupe", "code"))
    paid: int
    committed: int
    refused: int


class CultureTheatreYear(Told):
    """What a theatre came to in a year: shows that were booked, who came, and fen that were taken in."""

    shows: int
    came: int
    amount_fen: int


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


@router.get("/culture/menu", response=list[CultureMenuLine], summary="The menu")
def menu(request: HttpRequest, wanted: Query[MenuWanted]) -> Any:
    """List the open works, what most wish for first, at most 500."""
    return [
        {name: getattr(line.work, name, None) for name in CultureMenuLine.model_fields}
        | {"votes": line.votes, "liking": line.liking, "offers": line.offers}
        for line in queries.menu(caller_of(request), **dict(wanted))
    ]


@router.get("/culture/ranking", response=list[CultureRanked], summary="Ranking")
def all_ranked(request: HttpRequest, wanted: Query[RankingWanted]) -> Any:
    """List works or troupes by the lower bound of their ratings' interval; few ratings come last, unranked."""
    return [
        {"code": thing.code, "name": thing.name, "name_en": thing.name_en, "liking": liking}
        for thing, liking in queries.ranking(**dict(wanted))
    ]


@router.get("/culture/budgets/{unit_id}", response=CultureBudget, summary="An office's budget")
def one_budget(request: HttpRequest, unit_id: UUID) -> Any:
    """Read the budget of one's own office."""
    return queries.budget_of(caller_of(request), unit_id=unit_id)


@router.get("/culture/troupes/{code}/statement", response=CultureStatement, summary="A troupe's statement")
def one_statement(request: HttpRequest, code: str) -> Any:
    """Read what a troupe's engagements came to, for the troupe and its office."""
    return queries.statement(caller_of(request), troupe=code[:40])


@router.get("/culture/theatres/{code}/year", response=CultureTheatreYear, summary="A year of a theatre")
def theatre_year(request: HttpRequest, code: str, year: Annotated[int, Field(ge=0, le=9999)] = 0) -> Year:
    """What its booked takings come to; `year` 0 is this one."""
    return year_of(theatre_called(code), year or timezone.localdate().year)
