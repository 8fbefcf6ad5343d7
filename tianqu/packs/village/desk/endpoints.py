"""Ratios and trends over the API, and the rows behind them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.pack.api import caller_of
from tianqu.kernel.places.api import Place, place_called
from tianqu.packs.village.desk.figures import YEARS, YEARS_MAX, Figure, Share
from tianqu.packs.village.desk.queries import ROWS_MAX, behind, trends
from tianqu.packs.village.register_endpoints import PlaceCode

router = Router(tags=["village"])
YEAR_MIN: Final = 1980
Year = Annotated[int, Field(ge=YEAR_MIN, le=2199)]


class ShareBody(BaseModel):
    """A part of a whole in the smallest unit: fen, 0.0001 mu, contracts. ``percent`` has one decimal."""

    part: int
    whole: int | None = Field(description="null for cash, which is part of nothing")
    percent: str | None


class TrendLine(BaseModel):
    """A place in the year, with each figure that is known of it."""

    place: str
    place_path: str
    name: str
    name_en: str
    kind: str
    figures: dict[str, ShareBody]


class TrendYear(BaseModel):
    """All of the place together in a year."""

    year: int
    figures: dict[str, ShareBody]


class TrendList(BaseModel):
    """The places right below one in a year, and all of it over the years."""

    place: str
    year: int
    lines: list[TrendLine]
    years: list[TrendYear]


class TrendsAsked(BaseModel):
    """Of which place and year."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place within reach; without: the caller's own.")
    year: Year | None = Field(None, description="Without: this year.")
    years: Annotated[int, Field(ge=1, le=YEARS_MAX, description="How many years up to that one.")] = YEARS
    sort: Annotated[
        str, Field(pattern=r"^-?(?:place|arrears|idle|unresolved|cash)$", description="- for the largest first.")
    ] = "place"


def _place(code: str | None) -> Place | None:
    return None if code is None else place_called(code, field="place")


def _share(figure: Figure, share: Share) -> dict[str, Any]:
    percent = share.percent
    return {
        "part": share.part, "whole": None if figure is Figure.CASH else share.whole,
        "percent": None if percent is None or figure is Figure.CASH else str(percent),
    }  # fmt: skip


@router.get("/village/trends", response=TrendList, summary="Ratios and trends over villages")
def trend_list(request: HttpRequest, asked: Query[TrendsAsked]) -> Any:
    """Read arrears, idle land, missing resolutions and cash by place and year. Needs village.see_trends."""
    told = trends(caller_of(request), place=_place(asked.place), year=asked.year, years=asked.years, sort=asked.sort)
    return {
        "place": told.place.code, "year": told.year,
        "lines": [
            {
                "place": line.code, "place_path": line.place_path, "name": line.name, "name_en": line.name_en,
                "kind": line.kind, "figures": {key.value: _share(key, share) for key, share in line.figures.items()},
            }
            for line in told.lines
        ],
        "years": [
            {"year": line.year, "figures": {key.value: _share(key, share) for key, share in line.figures.items()}}
            for line in told.years
        ],
    }  # fmt: skip


class TrendRow(BaseModel):
    """A contract, parcel or book behind a figure; ``part`` in the figure's smallest unit."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID | None
    kind: str
    number: str
    place_path: str
    name: str
    day: date | None
    part: int


class TrendRows(BaseModel):
    """The rows behind a figure, the largest first; ``more``: others are beyond them."""

    place: str
    year: int
    figure: str
    rows: list[TrendRow]
    more: bool


class RowsAsked(BaseModel):
    """Behind which figure."""

    model_config = ConfigDict(extra="forbid")
    figure: Figure
    place: PlaceCode | None = Field(None, description="Code of a place within reach; without: the caller's own.")
    year: Year | None = Field(None, description="Without: this year.")
    limit: Annotated[int, Field(ge=1, le=ROWS_MAX)] = 100


@router.get("/village/trends/rows", response=TrendRows, summary="The rows behind a ratio")
def rows(request: HttpRequest, asked: Query[RowsAsked]) -> Any:
    """Read the contracts, parcels or books that a figure is made of. Needs village.see_trends."""
    told = behind(
        caller_of(request), figure=asked.figure, place=_place(asked.place), year=asked.year, limit=asked.limit
    )
    return {
        "place": told.place.code, "year": told.year, "figure": told.figure.value, "rows": told.rows, "more": told.more,
    }  # fmt: skip
