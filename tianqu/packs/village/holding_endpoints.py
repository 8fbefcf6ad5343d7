"""Fixed assets, funds, claims and debts over the API. What is done goes by ``POST /acts/village.…_holding``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.pack.api import caller_of
from tianqu.packs.village.holding.queries import HoldingFilters, holding_detail, holding_list, holding_sums
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.register_endpoints import (
    LIMIT_MAX,
    Cursor,
    Day,
    PlaceCode,
    RegisterPage,
    Words,
    mark_of,
    page_of,
    path_of,
)

router = Router(tags=["village"])


class HoldingBody(BaseModel):
    """A fixed asset, fund, claim or debt as it is on a day; amounts in fen. Names are masked as lessees are."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    place_id: UUID
    place_path: str
    kind: str
    number: str
    name: str
    party: str
    amount_fen: int
    settled_fen: int
    due_on: date | None
    location: str
    note: str
    valid_from: date
    valid_to: date | None


class HoldingsAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    kind: HoldingKind | None = None
    place: PlaceCode | None = Field(None, description="Code of a place: what villages in it have and owe.")
    text: Words = Field("", description="The beginning of the number, or a part of name, place or other party.")
    on: Day | None = Field(None, description="As it was on this day; without: today.")
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50


@router.get("/village/holdings", response=RegisterPage[HoldingBody], summary="What villages have and owe")
def holdings(request: HttpRequest, asked: Query[HoldingsAsked]) -> Any:
    """List fixed assets, funds, claims and debts by number. Needs the permission village.see."""
    filters = HoldingFilters(asked.kind, path_of(asked.place), asked.text, asked.on)
    return page_of(holding_list(caller_of(request), filters=filters, after=mark_of(asked.after), limit=asked.limit))


class HoldingSumBody(BaseModel):
    """The holdings of one kind together, in fen."""

    model_config = ConfigDict(from_attributes=True)
    kind: str
    holdings: int
    amount_fen: int
    settled_fen: int


class HoldingSumsAsked(BaseModel):
    """What is summed."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place: what villages in it have and owe.")
    on: Day | None = Field(None, description="As it was on this day; without: today.")


@router.get("/village/holding-sums", response=list[HoldingSumBody], summary="What villages have and owe, summed")
def sums(request: HttpRequest, asked: Query[HoldingSumsAsked]) -> Any:
    """Sum fixed assets, funds, claims and debts by kind. Needs the permission village.see."""
    return holding_sums(caller_of(request), filters=HoldingFilters(place_path=path_of(asked.place), on=asked.on))


class HoldingVersionBody(BaseModel):
    """What a holding was between two days."""

    model_config = ConfigDict(from_attributes=True)
    valid_from: date
    valid_to: date | None
    change_id: UUID
    reason: str
    closed_by: UUID | None
    close_reason: str
    at: datetime
    name: str
    party: str
    amount_fen: int
    settled_fen: int
    due_on: date | None
    location: str
    note: str


class OneHolding(BaseModel):
    """A holding with its history, newest first."""

    id: UUID
    place_id: UUID
    place_path: str
    kind: str
    number: str
    standing: bool
    versions: list[HoldingVersionBody]


@router.get("/village/holdings/{holding_id}", response=OneHolding, summary="One holding")
def holding(request: HttpRequest, holding_id: UUID) -> Any:
    """Read a fixed asset, fund, claim or debt with every version of it."""
    found = holding_detail(caller_of(request), holding_id=holding_id)
    return {
        "id": found.id, "place_id": found.place_id, "place_path": found.place_path, "kind": found.kind,
        "number": found.number, "standing": found.now is not None, "versions": found.versions,
    }  # fmt: skip
