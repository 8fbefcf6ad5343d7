"""The operations of GeoReport v2. Errors are its lists of codes and descriptions: 400, 403, 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_from_request, gettext, override
from django.views.decorators.csrf import csrf_exempt

from tianqu.base.errors import InvalidInput, InvalidInputs, NotFound, NotPermitted, TianquError, TooMany, _
from tianqu.base.texts import shortened
from tianqu.gateways.open311 import asked
from tianqu.gateways.open311.catalogue import changeset, definition, public_items, service_row
from tianqu.gateways.open311.documents import FORMS, answered, refused
from tianqu.gateways.open311.limits import check_address_limit, check_key_limit
from tianqu.kernel.journal.api import Actor, Scope, set_scope
from tianqu.kernel.orders.api import (
    PublicOrder,
    act_name,
    comment_on_order,
    order_id_of,
    order_timeline,
    place_order,
    public_order,
    public_orders,
    public_updates,
    read_code,
)
from tianqu.kernel.pack.api import refusal_said
from tianqu.kernel.places.api import token_actor

CHANNEL = "open311"
View = Callable[..., HttpResponse]
AGAIN_SECONDS = "2"  # a database that was killed is back in a second or two
READS = ("GET", "HEAD")
GIVEN_BACK_MAX = 50  # requests by their ids in one address
UNKNOWN_REQUEST = _("service_request_id %(value)s was not found.")


def operation(*methods: str) -> Callable[[View], View]:
    """Check form and jurisdiction, narrow the scope to what is public, and tell errors as GeoReport does.

    Reads may be made by the pages of any site (CORS); a key belongs into no page, so that POST may not.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def run(request: HttpRequest, *, form: str, **arguments: str) -> HttpResponse:
            if request.method == "OPTIONS":
                return _for_any_site(HttpResponse(status=204))
            language = get_language_from_request(request)
            with override(language):
                answer = _answer(view, methods, request, form=form, language=language, **arguments)
            answer["Vary"] = "Accept-Language"
            return _for_any_site(answer) if request.method in READS else answer

        return run

    return decorate


def _answer(
    view: View, methods: tuple[str, ...], request: HttpRequest, *, form: str, language: str, **arguments: str
) -> HttpResponse:
    if form not in FORMS:
        return refused([(404, gettext("Only xml and json are served."))], "xml")
    if request.method not in {*methods, "HEAD"}:
        return refused([(400, gettext("This address does not take %s.") % request.method)], form)
    try:
        if request.method in READS:
            check_address_limit(request)
        set_scope(Scope())
        _check_jurisdiction(request)
        return view(request, form=form, language=language, **arguments)
    except TianquError as error:
        return refused(_told(error), form)
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):  # too many fields, too large, torn off
        return refused([(400, gettext("What was sent cannot be read, or is too much at once."))], form)
    except (OperationalError, InterfaceError):
        answer = refused([(503, gettext("Not available just now. Try again in a few seconds."))], form)
        answer["Retry-After"] = AGAIN_SECONDS
        return answer


def _for_any_site(answer: HttpResponse) -> HttpResponse:
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
    answer["Access-Control-Max-Age"] = "86400"
    return answer


# What GeoReport answers with 404; anything else that cannot be found is a fault of what was sent.
MISSING = {"service_code", "jurisdiction_id", "service_request_id", "token", ""}


def _told(error: TianquError) -> list[tuple[int, str]]:
    errors: list[TianquError] = list(error.errors) if isinstance(error, InvalidInputs) else [error]
    status = 400
    if isinstance(error, TooMany):
        status = error.status
    elif isinstance(error, NotPermitted):
        status = 403
    elif isinstance(error, NotFound) and asked.NAMES.get(error.field, error.field) in MISSING:
        status = 404
    return [(status, _sentence(one)) for one in errors]


def _sentence(error: TianquError) -> str:
    text = refusal_said(error)
    name = asked.NAMES.get(error.field, error.field)
    return f"{name}: {text}" if name else text


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
    changed = changeset()
    data = {
        "changeset": changed,
        "contact": f"{settings.TIANQU_ORIGIN}{reverse('help')}",
        "key_service": f"{settings.TIANQU_ORIGIN}{reverse('account_tokens')}",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": address,
                "changeset": changed,
                "type": "production" if not settings.TIANQU_DEMO else "test",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return answered("discovery", data, form=form)


@operation("GET")
def services(request: HttpRequest, *, form: str, language: str) -> HttpResponse:
    """GET services."""
    return answered("services", [service_row(item, language) for item in public_items()], form=form)


@operation("GET")
def service_definition(request: HttpRequest, *, form: str, language: str, code: str) -> HttpResponse:
    """GET service definition."""
    for item in public_items():
        if item.code == code:
            return answered("service_definition", definition(item, language), form=form)
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
    return answered("service_requests", rows, form=form)


@operation("GET")
def request_one(request: HttpRequest, *, form: str, language: str, code: str) -> HttpResponse:
    """GET service request; several ids are parted by commas."""
    extended = request.GET.get("extensions") == "true"
    codes = [one for one in code.split(",") if one]
    if len(codes) > GIVEN_BACK_MAX:
        raise InvalidInput(
            _("%(name)s takes at most %(most)s values."), field="service_request_id", name="service_request_id",
            most=GIVEN_BACK_MAX, remedy=_("Ask for the others apart, or by requests with service_request_id."),
        )  # fmt: skip
    orders = [_public_order(one) for one in codes]
    return answered("service_requests", [request_row(one, language, extended=extended) for one in orders], form=form)


def _public_order(text: str, *, field: str = "service_request_id") -> PublicOrder:
    try:
        return public_order(code=read_code(text))
    except (InvalidInput, NotFound):
        message = _("token %(value)s was not found.") if field == "token" else UNKNOWN_REQUEST
        raise NotFound(message, field=field, value=text[:40]) from None


@operation("GET")
def token(request: HttpRequest, *, form: str, language: str, token: str) -> HttpResponse:
    """GET service_request_id from a token. Ours are given at once, so the token is the id."""
    order = _public_order(token, field="token")
    return answered("service_requests", [{"service_request_id": order.code, "token": token}], form=form)


@operation("GET", "POST")
def updates(request: HttpRequest, *, form: str, language: str) -> HttpResponse:
    """Service request updates (an extension in wide use): GET the public steps, POST a word to a request of one's own.

    ``start_date`` and ``end_date`` bound the time of the step.
    """
    if request.method == "POST":
        return _update(request, form)
    wanted, (offset, size) = asked.wanted_updates(request.GET), asked.page_of(request.GET)
    steps = public_updates(codes=wanted.codes, since=wanted.since, until=wanted.until, limit=size, offset=offset)
    rows = [
        {
            "update_id": f"{step.code}-{step.sequence}", "service_request_id": step.code,
            "status": "closed" if step.to_state in asked.CLOSED else "open",
            "updated_datetime": _time(step.at), "description": act_name(step.act), "media_url": None,
        }
        for step in steps
    ]  # fmt: skip
    return answered("service_request_updates", rows, form=form)


@csrf_exempt
def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer an address that GeoReport does not have, in the form that it asks for."""
    with override(get_language_from_request(request)):
        form = "json" if rest.endswith(".json") else "xml"
        return _for_any_site(refused([(404, gettext("There is nothing at this address."))], form))


def _update(request: HttpRequest, form: str) -> HttpResponse:
    """Add what a client says to a request that its key's holder may speak to."""
    actor = _holder(request)
    asked.check_form_encoded(request)
    text = request.POST.get("service_request_id", "").strip()
    if not text:
        raise InvalidInput(_("service_request_id was not given."), field="service_request_id")
    try:
        order_id = order_id_of(actor, code=read_code(text))
    except (InvalidInput, NotFound):
        raise NotFound(UNKNOWN_REQUEST, field="service_request_id", value=text[:40]) from None
    words = asked.with_media(
        request.POST.get("description", "").strip(), address=request.POST.get("media_url", "").strip()
    )
    if not words:
        raise InvalidInput(_("description was not given."), field="description")
    comment_on_order(actor, order_id=order_id, text=words, audience="asker")
    last = order_timeline(actor, order_id=order_id)[-1]
    row = {"update_id": f"{read_code(text)}-{last.sequence}", "account_id": None}
    return answered("service_request_updates", [row], form=form, status=201)


def _holder(request: HttpRequest) -> Actor:
    """Return who an api_key stands for. Raises ``NotPermitted`` without one, and for one that does not hold."""
    key = request.POST.get("api_key") or request.GET.get("api_key", "")
    if not key:
        check_address_limit(request)
        raise NotPermitted(_("api_key was not given."), field="api_key")
    set_scope(Scope(everything=True))
    actor = token_actor(key, channel=CHANNEL) if key.isascii() and "\0" not in key else None
    set_scope(actor.scope if actor else Scope())
    if actor is None:
        check_address_limit(request)
        raise NotPermitted(_("api_key is unknown, expired or revoked."), field="api_key")
    check_key_limit(key)
    return actor


def _check_encoding(request: HttpRequest) -> None:
    """Refuse a form in another encoding than UTF-8; Django would read it as Latin-1 and keep what nobody wrote."""
    if request.content_type != "application/x-www-form-urlencoded":
        return
    try:
        request.body.decode()
    except UnicodeDecodeError:
        raise InvalidInput(
            _("This text came in an encoding that cannot be read."), remedy=_("Send it in UTF-8.")
        ) from None


def _place(request: HttpRequest, form: str) -> HttpResponse:
    actor = _holder(request)
    _check_encoding(request)
    receipt = place_order(actor, **asked.new_request(request))
    row = {
        "service_request_id": receipt.code,
        "service_notice": gettext("Keep the id. What you wrote is public; who asked is not."),
        "account_id": None,
    }
    return answered("service_requests", [row], form=form, status=201)


def request_row(order: PublicOrder, language: str, *, extended: bool = False) -> dict[str, Any]:
    """One public order as a service request."""
    chinese = language.startswith("zh")
    description, media_url = asked.media_in(order.question)
    row: dict[str, Any] = {
        "service_request_id": order.code,
        "status": "closed" if order.state in asked.CLOSED else "open",
        "status_notes": order.answer or None,
        "service_name": order.item_title if chinese or not order.item_title_en else order.item_title_en,
        "service_code": order.item_code,
        "description": shortened(description, most=asked.DESCRIPTION_MAX),
        "agency_responsible": (order.unit_name if chinese else order.unit_name_en or order.unit_name) or None,
        "service_notice": None,
        "requested_datetime": _time(order.placed_at),
        "updated_datetime": _time(order.updated_at),
        "expected_datetime": _time(order.due_done_at) if order.due_done_at else None,
        "address": _address(order, language),
        "address_id": None,
        "zipcode": None,
        "lat": float(order.lat) if order.lat is not None else None,
        "long": float(order.lon) if order.lon is not None else None,
        "media_url": media_url,
    }
    if extended:
        row["extended_attributes"] = {
            "title": order.title, "state": order.state, "group": order.family,
            "address": f"{settings.TIANQU_ORIGIN}{reverse('answer', kwargs={'code': order.code})}",
        }  # fmt: skip
    return row


def _address(order: PublicOrder, language: str) -> str:
    """From the most to the least specific, but in Chinese as it is written: from the largest place to the door."""
    place = order.place.shown(language)
    if not order.address:
        return place
    return f"{place}{order.address}" if language.startswith("zh") else f"{order.address}, {place}"


def _time(moment: Any) -> str:
    return str(timezone.localtime(moment).isoformat(timespec="seconds"))
