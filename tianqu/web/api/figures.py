"""Rates with their intervals, timeliness, flags, and demand, of what the caller may see."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.base.periods import Period, parse_period
from tianqu.kernel.orders.api import (
    Demand,
    LeftOut,
    Population,
    RateRow,
    RatingFlag,
    Share,
    demand,
    rates,
    rating_flags,
    realm_calendar,
    timeliness,
)
from tianqu.kernel.places.api import require
from tianqu.web.api.doors import with_token
from tianqu.web.api.performing import actor_of_request
from tianqu.web.api.values import AnyCode, Level, place_given, unit_id_given

router = Router(tags=["figures"], auth=with_token)

PERIOD = r"^(19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})(-(Q[1-4]|0[1-9]|1[0-2]))?$"


class Counted(BaseModel):
    """Which orders are counted, and in which time."""

    model_config = ConfigDict(extra="forbid")
    period: Annotated[str, Field(pattern=PERIOD, description="2026, 2026-Q4 or 2026-11")]
    place: AnyCode | None = Field(None, description="Code of a place; what lies below it counts too.")
    place_level: Level = 2
    unit: AnyCode | None = None
    item: AnyCode | None = None
    family: AnyCode | None = None
    channel: AnyCode | None = None

    @property
    def span(self) -> Period:
        """The period in the realm's time zone."""
        return parse_period(self.period, realm_calendar().zone)

    @property
    def population(self) -> Population:
        """The orders that are counted. Raises ``NotFound`` for an unknown place or unit."""
        place = place_given(self.place)
        return Population(
            place_path=place.path if place else None, unit_id=unit_id_given(self.unit), item_code=self.item,
            family=self.family, channel=self.channel,
        )  # fmt: skip


class CountedBy(Counted):
    """The same, grouped."""

    by: Literal["unit", "place", "item", "family", "channel", "month"] = "unit"


class Rates(BaseModel):
    """The rates of a period: the whole, and by key, best score first; few opinions are not ranked."""

    first: date
    last: date
    by: str
    whole: RateRow
    rows: list[RateRow]


class Kept(BaseModel):
    """How many clocks that fell due were kept."""

    model_config = ConfigDict(from_attributes=True)
    key: str
    accept: Share
    finish: Share
    left_out: list[LeftOut]


@router.get("/rates", response=Rates, summary="The three rates with their intervals")
def three_rates(request: HttpRequest, asked: Query[CountedBy]) -> Any:
    """Count response, resolution and satisfaction by unit, place, item, family, channel or month.

    Each share says of how many opinions it is, its 95 % interval, and what it leaves out. Needs orders.rates.
    """
    actor = actor_of_request(request)
    require(actor, "orders.rates")
    table = rates(
        actor, asked.span, by=asked.by, place_level=asked.place_level, population=asked.population,
    )  # fmt: skip
    return {
        "first": table.period.first, "last": table.period.last, "by": table.by, "whole": table.whole,
        "rows": table.rows,
    }  # fmt: skip


@router.get("/timeliness", response=list[Kept], summary="Accepted and finished in time")
def in_time(request: HttpRequest, asked: Query[CountedBy]) -> Any:
    """Count the clocks that fell due in a period and were kept. Needs orders.rates."""
    actor = actor_of_request(request)
    require(actor, "orders.rates")
    return timeliness(
        actor, asked.span, now=timezone.now(), by=asked.by, place_level=asked.place_level,
        population=asked.population,
    )  # fmt: skip


@router.get("/rating-flags", response=list[RatingFlag], summary="Ratings that deserve a second look")
def flags(request: HttpRequest, asked: Query[Counted]) -> Any:
    """List ratings that are all alike, came all at once, or in the last minutes. Needs orders.rates."""
    actor = actor_of_request(request)
    require(actor, "orders.rates")
    return rating_flags(actor, asked.span, population=asked.population)


Dimension = Literal["unit", "place", "item", "family", "channel", "state", "month", "day", "weekday", "hour"]


class DemandBy(Counted):
    """Demand, grouped by up to three things."""

    by: Annotated[list[Dimension], Field(min_length=1, max_length=3)]


@router.get("/demand", response=list[Demand], summary="How many requests were placed")
def placed(request: HttpRequest, asked: Query[DemandBy]) -> Any:
    """Count the requests placed in a period by one to three of place, item, day and the like. Needs orders.see."""
    actor = actor_of_request(request)
    require(actor, "orders.see")
    return demand(actor, asked.span, by=tuple(asked.by), place_level=asked.place_level, population=asked.population)
