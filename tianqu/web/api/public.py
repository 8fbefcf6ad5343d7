"""What everybody may read: published requests and their steps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.orders.api import (
    PublicEvent,
    PublicFilters,
    PublicOrder,
    count_public_orders,
    public_order,
    public_orders,
    public_timeline,
)
from tianqu.web.api.choices import StateName
from tianqu.web.api.orders import Code
from tianqu.web.api.paging import Page, cursor_of, mark_of
from tianqu.web.api.performing import actor_of_request
from tianqu.web.api.values import AnyCode, Cursor, Flag, Limit, Moment, Words, order_code, place_given, unit_id_given

router = Router(tags=["public"])


class PublicNarrowed(BaseModel):
    """What a public list is narrowed to; what is left out narrows nothing."""

    model_config = ConfigDict(extra="forbid")
    text: Words | None = Field(None, description="In the title, the question or the answer.")
    place: AnyCode | None = Field(None, description="Code of a place; what lies below it counts too.")
    item: AnyCode | None = None
    family: AnyCode | None = None
    unit: AnyCode | None = None
    state: list[StateName] = Field(default_factory=list, max_length=20)
    answered: Flag | None = None
    placed_from: Moment | None = None
    placed_to: Moment | None = None


class PublicList(PublicNarrowed):
    """A page of it."""

    after: Cursor | None = None
    limit: Limit = 50


class PublicCount(BaseModel):
    """How many there are; counted to 10,000."""

    count: int


def _filters(asked: PublicNarrowed) -> PublicFilters:
    place = place_given(asked.place)
    return PublicFilters(
        text=asked.text, place_path=place.path if place else None, item_codes=(asked.item,) if asked.item else None,
        family=asked.family, unit_id=unit_id_given(asked.unit), states=tuple(asked.state) or None,
        answered=asked.answered, placed_from=asked.placed_from, placed_to=asked.placed_to,
    )  # fmt: skip


@router.get("/public/orders", response=Page[PublicOrder], summary="Published requests")
def published(request: HttpRequest, asked: Query[PublicList]) -> Any:
    """Search what others asked and what they were answered, the newest first."""
    page = public_orders(filters=_filters(asked), after=mark_of(asked.after), limit=asked.limit)
    return {"rows": page.rows, "next": cursor_of(page.after)}


@router.get("/public/count", response=PublicCount, summary="How many published requests")
def count(request: HttpRequest, asked: Query[PublicNarrowed]) -> Any:
    """Count published requests, to 10,000."""
    return {"count": count_public_orders(filters=_filters(asked))}


@router.get("/public/orders/{code}", response=PublicOrder, summary="One published request")
def published_one(request: HttpRequest, code: Code) -> Any:
    """Read one published request with its answer."""
    return public_order(code=order_code(code))


@router.get("/public/orders/{code}/timeline", response=list[PublicEvent], summary="The public steps of a request")
def published_steps(request: HttpRequest, code: Code) -> Any:
    """List what was done and by which unit, without words, which may hold personal data."""
    steps = public_timeline(actor_of_request(request), code=order_code(code))
    return list(steps)  # a tuple of two would be taken for a status and its answer
