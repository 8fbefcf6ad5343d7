"""The operations of GeoReport v2. Errors are its lists of codes and descriptions: 400, 403, 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_from_request, gettext, override
from django.views.decorators.csrf import csrf_exempt

from tianqu.base.errors import InvalidInput, InvalidInputs, NotFound, NotPermitted, TianquError, _
from tianqu.gateways.open311 import asked
from tianqu.gateways.open311.catalogue import definition, public_items, service_row
from tianqu.gateways.open311.documents import FORMS, answered, refused
from tianqu.kernel.journal.api import Actor, Scope, set_scope
from tianqu.kernel.orders.api import (
    PublicOrder,
    place_order,
    public_order,
    public_orders,
    public_timeline,
    read_code,
    state_name,
)
from tianqu.kernel.places.api import token_actor

CHANNEL = "open311"
STRANGER = Actor(channel=CHANNEL)
View = Callable[..., HttpResponse]


def operation(*methods: str) -> Callable[[View], View]:
    """Check form and jurisdiction, narrow the scope to what is public, and tell errors as GeoReport does."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def run(request: HttpRequest, *, form: str, **arguments: str) -> HttpResponse:
            language = get_language_from_request(request)
            with override(language):
                if form not in FORMS:
                    return refused([(404, gettext("Only xml and json are served."))], "xml")
                if request.method not in {*methods, "HEAD"}:
                    return refused([(400, gettext("This address does not take %s.") % request.method)], form)
                try:
                    set_scope(Scope())
                    _check_jurisdiction(request)
                    return view(request, form=form, language=language, **arguments)
                except TianquError as error:
                    return refused(_told(error), form)

        return run

    return decorate


def _told(error: TianquError) -> list[tuple[int, str]]:
    errors = error.errors if isinstance(error, InvalidInputs) else [error]
    status = error.status if error.status in (403, 404) else 400
    if isinstance(error, NotFound) and error.field in ("item", "place_id", "code") and error.field != "code":
        status = 400 if error.field == "place_id" else 404
    return [(status, _sentence(one)) for one in errors]


def _sentence(error: TianquError) -> str:
    text = gettext(error.message) % error.parameters
    if error.remedy:
        text = f"{text} {gettext(error.remedy) % error.parameters}"
    return f"{error.field}: {text}" if error.field else text


def _check_jurisdiction(request: HttpRequest) -> None:
    given = request.POST.get("jurisdiction_id") or request.GET.get("jurisdiction_id")
    if given and given != settings.TIANQU_REALM:
        raise NotFound(
            _("jurisdiction_id %(value)s was not found."), field="jurisdiction_id", value=given[:60],
            remedy=_("Ours is %(ours)s."), ours=settings.TIANQU_REALM,
        )  # fmt: skip


@operation("GET")
def discovery(request: HttpRequest, *, form: str, language: str) -> HttpResponse:
    """Where the service is, and in which forms (GeoReport discovery)."""
    address = settings.TIANQU_ORIGIN + reverse("open311_services", kwargs={"form": "xml"}).removesuffix("/services.xml")
    data = {
        "changeset": "2026-11-22T00:00:00Z",
        "contact": f"{settings.TIANQU_ORIGIN}{reverse('help')}",
        "key_service": f"{settings.TIANQU_ORIGIN}{reverse('account_tokens')}",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": address,
                "changeset": "2026-11-22T00:00:00Z",
                "type": "production" if not settings.TIANQU_DEMO else "test",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return answered("discovery", data, form)


@operation("GET")
def services(request: HttpRequest, *, form: str, language: str) -> HttpResponse:
    """GET services."""
    return answered("services", [service_row(item, language) for item in public_items()], form)


@operation("GET")
def service_definition(request: HttpRequest, *, form: str, language: str, code: str) -> HttpResponse:
    """GET service definition."""
    for item in public_items():
        if item.code == code:
            return answered("service_definition", definition(item, language), form)
    raise NotFound(_("service_code %(value)s was not found."), field="service_code", value=code[:60])


@operation("GET", "POST")
def requests(request: HttpRequest, *, form: str, language: str) -> HttpResponse:
    """GET service requests, or POST a new one."""
    if request.method == "POST":
        return _place(request, form)
    offset, size = asked.page_of(request.GET)
    page = public_orders(filters=asked.public_filters(request.GET), limit=size, offset=offset)
    extended = request.GET.get("extensions") == "true"
    rows = [request_row(order, language, extended=extended) for order in page.rows]
    return answered("service_requests", rows, form)


@operation("GET")
def request_one(request: HttpRequest, *, form: str, language: str, code: str) -> HttpResponse:
    """GET service request; several ids are parted by commas."""
    extended = request.GET.get("extensions") == "true"
    orders = [public_order(code=_code(one)) for one in code.split(",")[:50] if one]
    return answered("service_requests", [request_row(one, language, extended=extended) for one in orders], form)


@operation("GET")
def token(request: HttpRequest, *, form: str, language: str, token: str) -> HttpResponse:
    """GET service_request_id from a token. Ours are given at once, so the token is the id."""
    order = public_order(code=_code(token))
    return answered("service_requests", [{"service_request_id": order.code, "token": token}], form)


@operation("GET")
def updates(request: HttpRequest, *, form: str, language: str) -> HttpResponse:
    """GET service request updates (an extension in wide use): the public steps of public requests."""
    filters = asked.public_filters(request.GET)
    rows: list[dict[str, Any]] = []
    for order in public_orders(filters=filters, limit=100).rows:
        for number, event in enumerate(public_timeline(STRANGER, code=order.code), 1):
            rows.append({
                "update_id": f"{order.code}-{number}", "service_request_id": order.code,
                "status": "closed" if event.to_state in asked.CLOSED else "open",
                "updated_datetime": _time(event.at), "description": state_name(event.to_state),
                "media_url": "",
            })  # fmt: skip
    return answered("service_request_updates", rows, form)


def _place(request: HttpRequest, form: str) -> HttpResponse:
    key = request.POST.get("api_key") or request.GET.get("api_key", "")
    if not key:
        raise NotPermitted(_("api_key was not given."), field="api_key")
    set_scope(Scope(everything=True))
    actor = token_actor(key, channel=CHANNEL)
    set_scope(actor.scope if actor else Scope())
    if actor is None:
        raise NotPermitted(_("api_key is unknown, expired or revoked."), field="api_key")
    receipt = place_order(actor, **asked.new_request(request))
    row = {
        "service_request_id": receipt.code,
        "service_notice": gettext("Keep the id. What you wrote is public; who asked is not."),
        "account_id": "",
    }
    return answered("service_requests", [row], form, status=201)


def request_row(order: PublicOrder, language: str, *, extended: bool = False) -> dict[str, Any]:
    """One public order as a service request."""
    chinese = language.startswith("zh")
    row: dict[str, Any] = {
        "service_request_id": order.code,
        "status": "closed" if order.state in asked.CLOSED else "open",
        "status_notes": order.answer,
        "service_name": order.item_title if chinese or not order.item_title_en else order.item_title_en,
        "service_code": order.item_code,
        "description": order.question,
        "agency_responsible": (order.unit_name if chinese else order.unit_name_en or order.unit_name) or "",
        "service_notice": "",
        "requested_datetime": _time(order.placed_at),
        "updated_datetime": _time(order.updated_at),
        "expected_datetime": _time(order.due_done_at) if order.due_done_at else "",
        "address": " ".join(part for part in (order.place.shown(language), order.address) if part),
        "address_id": "",
        "zipcode": "",
        "lat": float(order.lat) if order.lat is not None else None,
        "long": float(order.lon) if order.lon is not None else None,
        "media_url": "",
    }
    if extended:
        row["extended_attributes"] = {
            "title": order.title, "state": order.state, "group": order.family,
            "address": f"{settings.TIANQU_ORIGIN}{reverse('answer', kwargs={'code': order.code})}",
        }  # fmt: skip
    return row


def _code(text: str) -> str:
    try:
        return read_code(text)
    except InvalidInput:
        raise NotFound(
            _("service_request_id %(value)s was not found."), field="service_request_id", value=text[:40]
        ) from None


def _time(moment: Any) -> str:
    return str(timezone.localtime(moment).isoformat(timespec="seconds"))
