"""Orders over HTTP: placing one, and what the operations on one order share."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, Path, Router
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.orders.api import (
    ADDRESS_MAX,
    CONTACT_MAX,
    DESCRIPTION_MAX,
    EMAIL,
    TITLE_MAX,
    Contact,
    Order,
    Receipt,
    asked_orders,
    place_id_called,
    place_order,
    receipt_actor,
    shown_code,
)
from tianqu.web.api.application import api
from tianqu.web.api.bodies import OwnIdentifier
from tianqu.web.api.choices import Asker, Identity, Urgency
from tianqu.web.api.performing import Key, actor_of_request, check_limits, flag_replayed, happened_at
from tianqu.web.api.values import Latitude, Longitude, Moment, order_code, word

router = Router(tags=["orders"])
MAIL: Final = rf"^(?:{EMAIL.pattern})?$"


class ContactBody(BaseModel):
    """Who asks. Left out for an anonymous request."""

    model_config = ConfigDict(extra="forbid")
    kind: Asker = "resident"
    name: Annotated[str, word(CONTACT_MAX)] = ""
    phone: Annotated[str, word(CONTACT_MAX)] = ""
    email: Annotated[str, Field(max_length=CONTACT_MAX, pattern=MAIL)] = ""
    firm: Annotated[str, word(CONTACT_MAX)] = ""


class OrderBody(BaseModel):
    """A request as it is placed."""

    model_config = ConfigDict(extra="forbid")
    item: Annotated[str, word(100), Field(description="Code of the item, from /items.")]
    place: Annotated[str, word(40), Field(description="Code of the place, from /places.")]
    title: Annotated[str, word(TITLE_MAX, needed=True)]
    description: Annotated[str, word(DESCRIPTION_MAX, needed=True)]
    form: Annotated[
        dict[str, Any],
        # A default of its own would be copied with care for every request.
        Field(
            default_factory=dict, json_schema_extra={"default": {}},
            description="Answers to the item's form, as its JSON Schema says.",
        ),
    ]  # fmt: skip
    contact: ContactBody | None = None
    identity: Annotated[Identity, Field(description="open, sealed (the unit does not see who) or anonymous")] = "open"
    address: Annotated[str, word(ADDRESS_MAX)] = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    urgency: Annotated[Urgency | None, Field(description="May only raise the item's.")] = None
    public: Annotated[StrictBool, Field(description="The asker agrees that everybody may read it.")] = False
    order_id: Annotated[
        OwnIdentifier | None, Field(description="Your own UUIDv7; sending the same again is then one request.")
    ] = None
    at: Annotated[Moment | None, Field(description="When it happened; for tokens with the scope simulate.")] = None
    asked_by: Annotated[
        Literal["web", "app", "open311"] | None,
        Field(description="web, app or open311: placed as if by the asker; for tokens with the scope simulate."),
    ] = None


class ReceiptBody(BaseModel):
    """The asker's receipt. The secret opens the order: keep it out of addresses and logs."""

    order_id: UUID
    code: str
    code_shown: str
    secret: str


@router.post("/orders", response={201: ReceiptBody}, summary="Place a request", operation_id="orders_place")
def place(request: HttpRequest, response: HttpResponse, body: OrderBody, idempotency_key: Key = None) -> Any:
    """Place a request, with a token or as anybody."""
    receipt = placed(actor_of_request(request), body, idempotency_key)
    if receipt.again:
        flag_replayed(request)
    # Written as it is: a model of our own receipt would check it for a tenth of the whole request's processor time.
    response.status_code = 201
    return api.create_response(request, said_of(receipt), temporal_response=response)


def placed(actor: Actor, body: OrderBody, key: str | None) -> Receipt:
    """Place a request for a caller, once for their idempotency key; of one placed before, tell the receipt again."""
    check_limits(actor, "orders.place")
    contact = body.contact
    arguments: dict[str, Any] = {
        "item": body.item, "place_id": place_id_called(body.place), "title": body.title,
        "description": body.description, "form": body.form, "identity": body.identity, "address": body.address,
        "lon": body.lon, "lat": body.lat, "urgency": body.urgency, "public": body.public,
        "order_id": body.order_id or identifier_for(actor, key),
        "contact": Contact(contact.kind, contact.name, contact.phone, contact.email, contact.firm)
        if contact
        else None,
        **happened_at(actor, body.at),
    }  # fmt: skip
    if body.asked_by is not None:
        actor = simulated_asker(actor, body.asked_by)
    receipt = place_order(actor, **arguments)
    if receipt.again:
        refuse_strangers_replay(actor, body.order_id)
    return receipt


def said_of(receipt: Receipt) -> dict[str, object]:
    """Return a receipt as ``ReceiptBody`` has it."""
    return {
        "order_id": receipt.order_id, "code": receipt.code, "code_shown": shown_code(receipt.code),
        "secret": receipt.secret,
    }  # fmt: skip


def identifier_for(actor: Actor, key: str | None) -> UUID | None:
    """The order's identifier that an idempotency key stands for, so that the receipt's secret is kept nowhere."""
    return named_identifier(f"tianqu:{actor.person_id or 'anybody'}:{key}") if key else None


def refuse_strangers_replay(actor: Actor, order_id: UUID | None) -> None:
    """Tell nobody unknown a receipt again by the request's identifier: offices know it, and could take the receipt."""
    if order_id is not None and actor.person_id is None:
        raise Conflict(
            _("This request was placed already, and its receipt was told to whoever placed it."), field="order_id",
            value=str(order_id), remedy=_("To be told a receipt again, send an Idempotency-Key, or a token."),
        )  # fmt: skip


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


def opened_by(request: HttpRequest, code: str, secret: str | None) -> Actor:
    """Return the caller; with the secret of a receipt, the caller as the one who asked."""
    actor = actor_of_request(request)
    if secret:
        actor = receipt_actor(actor, code=order_code(code), secret=secret)
        set_scope(actor.scope)
    return actor


Code = Annotated[str, Path(description="Code of the request, with or without hyphens.", max_length=40)]
Secret = Annotated[
    str | None,
    Header(alias="Receipt-Secret", max_length=200, pattern=r"^[!-~]*$", description="Opens the request to its asker."),
]


class ActDone(BaseModel):
    """What an act left: the order's state and version, where still in sight, and what the act returned."""

    code: str
    state: str | None
    version: int | None
    result: Any = None


def order_row(code: str) -> Order:
    """Return an order within the caller's sight. Raises ``NotFound``."""
    order = asked_orders().filter(code=order_code(code)).first()
    if order is None:
        raise NotFound(_("There is no such request."), field="code", value=code)
    return order
