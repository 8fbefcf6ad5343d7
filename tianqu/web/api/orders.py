"""Orders over HTTP: placing one, and one operation for each act of the flow.

An act's body is made from the act's own signature, so that the two cannot differ: what the function takes by keyword
is what the body holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Header, Path, Router, Schema, Status
from pydantic import ConfigDict, Field

from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, _
from tianqu.kernel.journal.api import Actor, perform_once, set_scope
from tianqu.kernel.orders.api import Contact, place_id_called, place_order, read_code, receipt_actor, shown_code
from tianqu.kernel.orders.models import Order
from tianqu.kernel.places.api import can
from tianqu.web.api.limits import SIMULATE
from tianqu.web.api.problems import Problem

router = Router(tags=["orders"])

Problems = {
    400: Problem,
    401: Problem,
    403: Problem,
    404: Problem,
    409: Problem,
    413: Problem,
    422: Problem,
    429: Problem,
}


class ContactBody(Schema):
    """Who asks. Left out for an anonymous request."""

    model_config = ConfigDict(extra="forbid")
    kind: Annotated[str, Field(description="resident or enterprise")] = "resident"
    name: Annotated[str, Field(max_length=400)] = ""
    phone: Annotated[str, Field(max_length=400)] = ""
    email: Annotated[str, Field(max_length=400)] = ""
    firm: Annotated[str, Field(max_length=400)] = ""


class OrderBody(Schema):
    """A request as it is placed."""

    model_config = ConfigDict(extra="forbid")
    item: Annotated[str, Field(description="Code of the item, from /items.", max_length=100)]
    place: Annotated[str, Field(description="Code of the place, from /places.", max_length=40)]
    title: Annotated[str, Field(max_length=1_000)]
    description: Annotated[str, Field(max_length=100_000)]
    form: Annotated[dict[str, Any], Field(description="Answers to the item's form, as its JSON Schema says.")] = {}
    contact: ContactBody | None = None
    identity: Annotated[str, Field(description="open, sealed or anonymous")] = "open"
    address: Annotated[str, Field(max_length=1_000)] = ""
    lon: Annotated[Decimal | None, Field(description="degrees, WGS 84")] = None
    lat: Annotated[Decimal | None, Field(description="degrees, WGS 84")] = None
    urgency: Annotated[str | None, Field(description="none, utilities or danger; may only raise the item's")] = None
    public: Annotated[bool, Field(description="The asker agrees that everybody may read it.")] = False
    order_id: Annotated[
        UUID | None, Field(description="Your own UUIDv7; sending the same again is then one request.")
    ] = None
    at: Annotated[datetime | None, Field(description="When it happened; for tokens with the scope simulate.")] = None
    asked_by: Annotated[
        str | None,
        Field(description="web, app or open311: placed as if by the asker; for tokens with the scope simulate."),
    ] = None


class ReceiptBody(Schema):
    """The asker's receipt. The secret opens the order: keep it out of addresses and logs."""

    order_id: UUID
    code: str
    code_shown: str
    secret: str


@router.post("/orders", response={201: ReceiptBody, **Problems}, summary="Place a request")
def place(
    request: HttpRequest,
    body: OrderBody,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)] = None,
) -> Any:
    """Place a request, with a token or as anybody."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    contact = body.contact
    arguments: dict[str, Any] = {
        "item": body.item, "place_id": place_id_called(body.place), "title": body.title,
        "description": body.description, "form": body.form, "identity": body.identity, "address": body.address,
        "lon": body.lon, "lat": body.lat, "urgency": body.urgency, "public": body.public,
        "order_id": body.order_id or identifier_for(actor, idempotency_key),
        "contact": Contact(contact.kind, contact.name, contact.phone, contact.email, contact.firm)
        if contact
        else None,
        **happened_at(actor, body.at),
    }  # fmt: skip
    if body.asked_by is not None:
        actor = simulated_asker(actor, body.asked_by)
    receipt = place_order(actor, **arguments)
    given = asdict(receipt)
    return Status(201, {**given, "code_shown": shown_code(given["code"])})


def identifier_for(actor: Actor, key: str | None) -> UUID | None:
    """The order's identifier that an idempotency key stands for, so that the receipt's secret is kept nowhere."""
    return uuid5(NAMESPACE_URL, f"tianqu:{actor.person_id or 'anybody'}:{key}") if key else None


def happened_at(actor: Actor, at: datetime | None) -> dict[str, datetime]:
    """Return the time of the act as the caller gives it, if they may: simulated days bring their own times."""
    if at is None:
        return {}
    if not (settings.TIANQU_DEMO and can(actor, SIMULATE)):
        raise NotPermitted(
            _("Only a simulation may say when an act happened."), field="at", remedy=_("Leave at out."),
        )  # fmt: skip
    if at.tzinfo is None:
        raise InvalidInput(_("A time needs its offset from UTC."), field="at", remedy=_("Write +08:00 behind it."))
    return {"at": at}


def simulated_asker(actor: Actor, channel: str) -> Actor:
    """Return an unknown asker who comes in by a channel, for simulated days."""
    happened_at(actor, timezone.now())
    if channel not in ("web", "app", "open311"):
        raise InvalidInput(
            _("%(value)s is no way in."), field="asked_by", value=channel, remedy=_("Use web, app or open311.")
        )
    asker = Actor(channel=channel)
    set_scope(asker.scope)
    return asker


def perform(function: Callable[..., Any], actor: Actor, key: str | None, arguments: dict[str, Any]) -> Any:
    """Perform an act, once for its idempotency key where one was sent."""
    if key:
        return perform_once(function, actor, key=key, **arguments)
    return function(actor, **arguments)


def opened_by(request: HttpRequest, code: str, secret: str | None) -> Actor:
    """Return the caller; with the secret of a receipt, the caller as the one who asked."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    if secret:
        actor = receipt_actor(actor, code=code, secret=secret)
        set_scope(actor.scope)
    return actor


Code = Annotated[str, Path(description="Code of the order.", max_length=40)]
Secret = Annotated[str | None, Header(alias="Receipt-Secret", max_length=200)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


class ActDone(Schema):
    """What an act left: the order's state and version, where still in sight, and what the act returned."""

    code: str
    state: str | None
    version: int | None
    result: Any = None


def order_row(code: str) -> Order:
    """Return an order within the caller's sight. Raises ``NotFound``."""
    order = Order.objects.filter(code=read_code(code)).only("id", "code", "state", "version").first()
    if order is None:
        raise NotFound(_("There is no such request."), field="code", value=code)
    return order
