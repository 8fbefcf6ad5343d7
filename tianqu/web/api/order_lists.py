"""Orders as they are read: lists within one's sight, counts, one order with its timeline, how it was, its files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from tianqu.base.errors import NotFound, NotPermitted, _
from tianqu.kernel.files.api import StoredFile, open_file
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import (
    OPEN_STATES,
    DueCall,
    OrderFilters,
    OrderRow,
    TimelineEvent,
    due_calls,
    order_as_of,
    order_counts,
    order_detail,
    order_document_called,
    order_id_of,
    order_timeline,
    orders_list,
    orders_of_caller,
    orders_of_person,
)
from tianqu.web.api.bodies import Body, Few
from tianqu.web.api.choices import Asker, StateName, Urgency
from tianqu.web.api.doors import with_token
from tianqu.web.api.order_document import OrderDocument
from tianqu.web.api.orders import Code, Secret, opened_by, router
from tianqu.web.api.paging import Page, cursor_of, mark_of, number_of
from tianqu.web.api.performing import actor_of_request, check_limits
from tianqu.web.api.values import (
    AnyCode,
    Cursor,
    Flag,
    Index,
    Limit,
    Moment,
    Words,
    order_code,
    place_given,
    unit_id_given,
    word,
)


class ListedOrders(BaseModel):
    """What a list is narrowed to; what is left out narrows nothing."""

    model_config = ConfigDict(extra="forbid")
    state: list[StateName] = Field(default_factory=list, max_length=20, description="Any of these states.")
    open: Flag = Field(True, description="Without a state: those that are still open (true), or all (false).")
    unit: AnyCode | None = Field(None, description="Code of the unit that answers.")
    item: AnyCode | None = None
    family: AnyCode | None = None
    place: AnyCode | None = Field(None, description="Code of a place; what lies below it counts too.")
    asker_kind: Asker | None = None
    channel: AnyCode | None = None
    urgency: Urgency | None = None
    placed_from: Moment | None = None
    placed_to: Moment | None = None
    due_before: Moment | None = None
    silent_since: Moment | None = Field(None, description="Nothing has happened since then.")
    mine: Flag | None = Field(None, description="true: those that lie with the caller's own post.")
    late: Flag | None = None
    urgent: Flag | None = None
    disputed: Flag | None = Field(None, description="Returned at least twice.")
    unhappy: Flag | None = Field(None, description="The last rating was a bad one.")
    objected: Flag | None = None
    pressed: Flag | None = None
    escalated: Flag | None = None
    reopened: Flag | None = None
    text: Words | None = Field(None, description="A code, or a part of the title.")


SAME = (
    "family", "asker_kind", "channel", "urgency", "placed_from", "placed_to", "due_before", "silent_since", "late",
    "urgent", "disputed", "unhappy", "objected", "pressed", "escalated", "reopened", "text",
)  # fmt: skip


def filters_of(actor: Actor, given: ListedOrders) -> OrderFilters:
    """Return the filters that an address asks for. Raises ``NotFound`` for an unknown place or unit."""
    place = place_given(given.place)
    states = tuple(given.state) or (tuple(OPEN_STATES) if given.open else None)
    if given.mine and actor.post_id is None:
        raise NotPermitted(_("Only a post has requests of its own."), field="mine")
    return OrderFilters(
        states=states, unit_id=unit_id_given(given.unit), item_code=given.item,
        place_path=place.path if place else None, handler_post_id=actor.post_id if given.mine else None,
        **{name: getattr(given, name) for name in SAME},
    )  # fmt: skip


class OrderList(ListedOrders):
    """A page of a list of orders."""

    sort: Literal["due", "newest", "oldest"] = "due"
    after: Cursor | None = None
    limit: Limit = 50


@router.get("/orders", response=Page[OrderRow], summary="Requests within one's sight", auth=with_token)
def orders(request: HttpRequest, asked: Query[OrderList]) -> Any:
    """List the requests within the caller's sight, the most urgent first. Needs the permission orders.see."""
    actor = actor_of_request(request)
    page = orders_list(
        actor, filters=filters_of(actor, asked), sort=asked.sort, after=mark_of(asked.after), limit=asked.limit,
        now=timezone.now(),
    )  # fmt: skip
    return {"rows": page.rows, "next": cursor_of(page.after)}


class Counts(BaseModel):
    """How many requests stand in each state."""

    by_state: dict[str, int]
    total: int


@router.get("/counts", response=Counts, summary="How many requests", auth=with_token)
def counts(request: HttpRequest, asked: Query[ListedOrders]) -> Any:
    """Count the requests within the caller's sight by state, narrowed like the list: the numbers of oversight."""
    actor = actor_of_request(request)
    found = order_counts(actor, filters=filters_of(actor, asked), now=timezone.now())
    return {"by_state": found, "total": sum(found.values())}


class CallerBody(Body):
    """Who calls. It is posted, so that no number stands in an address, which servers on the way write down."""

    phone: Annotated[str, word(200, needed=True)]
    after: Cursor | None = None
    limit: Few = 20


@router.post("/orders-of-caller", response=Page[OrderRow], summary="What a caller asked before", auth=with_token)
def of_caller(request: HttpRequest, body: CallerBody) -> Any:
    """List what was asked under a telephone number. Needs the permission orders.see_caller."""
    actor = actor_of_request(request)
    page = orders_of_caller(actor, phone=body.phone, after=mark_of(body.after), limit=body.limit)
    return {"rows": page.rows, "next": cursor_of(page.after)}


@router.get("/call-backs", response=list[DueCall], summary="Call-backs that are due", auth=with_token)
def call_backs(request: HttpRequest, limit: Limit = 50) -> Any:
    """List the calls to those who asked that are due, the least tried first. Needs orders.call_back."""
    return due_calls(actor_of_request(request), now=timezone.now(), limit=limit)


@router.get("/own/orders", response=Page[OrderRow], summary="One's own requests", auth=with_token, tags=["own"])
def own_orders(request: HttpRequest, after: Cursor | None = None, limit: Limit = 50) -> Any:
    """List what the caller asked for themselves, the newest first."""
    actor = actor_of_request(request)
    check_limits(actor, "own.orders")
    page = orders_of_person(actor, after=mark_of(after), limit=limit)
    return {"rows": page.rows, "next": cursor_of(page.after)}


@router.get("/orders/{code}", response=OrderDocument, summary="One request with its timeline")
def order(request: HttpRequest, code: Code, receipt_secret: Secret = None) -> Any:
    """Read one request: its clocks with their proofs, its ratings, and the events that the caller may read."""
    actor = opened_by(request, code, receipt_secret)
    check_limits(actor, "orders.see")
    # The database has made the JSON; nothing here reads it again.
    return HttpResponse(order_document_called(actor, code=order_code(code)), content_type="application/json")


@dataclass(frozen=True, slots=True)
class OpenActs:
    """What the caller may do with a request now, and in which part: asker, unit, oversight."""

    part: str
    acts: tuple[str, ...]


@router.get("/orders/{code}/acts", response=OpenActs, summary="What may be done with a request now")
def open_acts(request: HttpRequest, code: Code, receipt_secret: Secret = None) -> Any:
    """List the acts that the caller may do to a request as it stands."""
    actor = opened_by(request, code, receipt_secret)
    check_limits(actor, "orders.see")
    found = order_detail(actor, order_id=order_id_of(actor, code=order_code(code)))
    return OpenActs(found.part.value, found.acts)


@router.get("/orders/{code}/timeline", response=Page[TimelineEvent], summary="The steps of a request")
def timeline(
    request: HttpRequest, code: Code, receipt_secret: Secret = None, after: Cursor | None = None, limit: Limit = 200
) -> Any:
    """List the steps that the caller may see, oldest first, each with its place in the public log."""
    actor = opened_by(request, code, receipt_secret)
    check_limits(actor, "orders.see")
    order_id = order_id_of(actor, code=order_code(code))
    rows = order_timeline(actor, order_id=order_id, after=number_of(after) or 0, limit=limit)
    return {"rows": rows, "next": cursor_of(rows[-1].sequence) if len(rows) == limit else None}


class ThenOrder(BaseModel):
    """A request as the journal says it was."""

    model_config = ConfigDict(from_attributes=True)
    act: str
    at: datetime
    log_index: int
    image: dict[str, Any]


@router.get("/orders/{code}/as-of/{index}", response=ThenOrder, summary="A request as it was", auth=with_token)
def as_of(request: HttpRequest, code: Code, index: Index) -> Any:
    """Read a request as it was when the log held the entries up to an index. For offices."""
    actor = actor_of_request(request)
    check_limits(actor, "orders.see")
    return order_as_of(actor, order_id=order_id_of(actor, code=order_code(code)), index=index)


@router.get(
    "/orders/{code}/files/{file_id}", summary="A file of a request", tags=["files"],
    openapi_extra={"responses": {200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}},
)  # fmt: skip
def order_file(
    request: HttpRequest,
    code: Code,
    file_id: UUID,
    variant: Literal["served", "thumbnail", "original"] = "served",
    receipt_secret: Secret = None,
) -> Any:
    """Hand out a file of a request. A picture's original with its hidden data needs the permission files.original."""
    actor = opened_by(request, code, receipt_secret)
    check_limits(actor, "orders.see")
    order_id = order_id_of(actor, code=order_code(code))

    def may_see(reader: Actor, stored: StoredFile) -> None:
        attached = {one.id for one in order_detail(reader, order_id=order_id).attachments}
        if stored.holder != f"order:{order_id}" or stored.id not in attached:
            raise NotFound(_("There is no such file."), field="file")

    opened = open_file(actor, file_id=file_id, may_see=may_see, variant=variant)
    return StreamingHttpResponse(opened.chunks, headers=opened.headers)
