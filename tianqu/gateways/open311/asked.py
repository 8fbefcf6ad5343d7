"""What a client asks for: filters of GeoReport v2, and a new request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest
from django.http.request import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from tianqu.base.errors import InvalidInput, InvalidInputs, NotFound, _, at_field
from tianqu.base.texts import shortened
from tianqu.gateways.open311.catalogue import is_offered
from tianqu.kernel.orders.api import (
    TITLE_MAX,
    Contact,
    KnownItem,
    PublicFilters,
    item_form,
    known_item,
    page_answers,
    read_code,
    validate_answers,
)
from tianqu.kernel.places.api import find_places, place_called, place_near

DAYS_MAX = 90
ROWS_MAX = 1000
PAGE_SIZE = 50
IDS_MAX = 1000
DEGREES_CHARACTERS_MAX = 30
OPEN = ("placed", "dispatched", "accepted", "asked_back", "returned", "merged")
CLOSED = ("done", "rated", "closed", "refused", "withdrawn")
DESCRIPTION_MAX = 4_000  # characters, by the specification
ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,100})\](\[\])?\Z")
MEDIA_URL = re.compile(r"https?://[^\s<>\"]{3,490}\Z")
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
# What our act calls a field, and what GeoReport calls it.
NAMES = {
    "item": "service_code", "place_id": "address_id", "position": "lat", "lon": "long", "address": "address_string",
    "title": "description", "name": "last_name",
}  # fmt: skip


def public_filters(given: QueryDict) -> PublicFilters:
    """The filters of GET requests. Ids override all others; the span is at most 90 days, by default the last 90."""
    if given.get("service_request_id"):
        codes = _listed(given, "service_request_id")
        return PublicFilters(codes=tuple(code for code in map(_code, codes) if code))
    placed_from, placed_to = _span(given, "start_date", last="end_date", whole=True)
    updated_from, updated_to = _span(given, "updated_after", last="updated_before", whole=False)
    return PublicFilters(
        item_codes=tuple(_listed(given, "service_code")) or None,
        states=_states(_listed(given, "status")),
        placed_from=placed_from if updated_from is None and updated_to is None else None,
        placed_to=placed_to if updated_from is None and updated_to is None else None,
        updated_from=updated_from,
        updated_to=updated_to,
    )


@dataclass(frozen=True, slots=True)
class WantedUpdates:
    """What GET service request updates is narrowed to: some requests, or a span of time."""

    codes: tuple[str, ...] | None
    since: datetime | None
    until: datetime | None


def wanted_updates(given: QueryDict) -> WantedUpdates:
    """Ids override the span, which is at most 90 days, by default the last 90."""
    if given.get("service_request_id"):
        codes = [_code(text) for text in _listed(given, "service_request_id")]
        return WantedUpdates(tuple(code for code in codes if code), None, None)
    return WantedUpdates(None, *_span(given, "start_date", last="end_date", whole=True))


def page_of(given: QueryDict) -> tuple[int, int]:
    """The page's first row and its size. Without ``page`` and ``page_size``, the first 1,000 rows."""
    if "page" not in given and "page_size" not in given:
        return 0, ROWS_MAX
    page, size = _whole(given, "page", 1), _whole(given, "page_size", PAGE_SIZE)
    if size > ROWS_MAX:
        raise InvalidInput(
            _("A page has at most %(most)s rows."), field="page_size", value=size, most=ROWS_MAX,
            remedy=_("Ask for the next by page."),
        )  # fmt: skip
    return (page - 1) * size, size


def _whole(given: QueryDict, name: str, default: int) -> int:
    text = given.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1_000_000 and len(text) < 9):
        raise InvalidInput(_("%(value)s is not a whole number above 0."), field=name, value=text[:20])
    return int(text)


def _listed(given: QueryDict, name: str) -> list[str]:
    found = [part.strip() for value in given.getlist(name) for part in value.split(",") if part.strip()]
    if any("\0" in part for part in found):
        raise InvalidInput(_("This text holds characters that cannot be shown."), field=name)
    if len(found) > IDS_MAX:
        raise InvalidInput(_("%(name)s takes at most %(most)s values."), field=name, name=name, most=IDS_MAX)
    return found


def _code(text: str) -> str | None:
    try:
        return read_code(text)
    except InvalidInput:
        return None


def _states(wanted: list[str]) -> tuple[str, ...] | None:
    for value in wanted:
        if value not in ("open", "closed"):
            raise InvalidInput(
                _("There is no status %(value)s."), field="status", value=value[:20], remedy=_("Use open or closed.")
            )
    states = (OPEN if "open" in wanted else ()) + (CLOSED if "closed" in wanted else ())
    return states or None


def _span(given: QueryDict, first: str, *, last: str, whole: bool) -> tuple[datetime | None, datetime | None]:
    begin, end = _moment(given, first), _moment(given, last)
    if begin is None and end is None and not whole:
        return None, None
    if begin is None:
        end = end or timezone.now()
        begin = end - timedelta(days=DAYS_MAX)
    elif end is None:
        end = begin + timedelta(days=DAYS_MAX)
    if end < begin or end - begin > timedelta(days=DAYS_MAX):
        raise InvalidInput(
            _("%(first)s and %(last)s must be in order and at most %(days)s days apart."), field=first,
            first=first, last=last, days=DAYS_MAX,
        )  # fmt: skip
    return begin, end


def _moment(given: QueryDict, name: str) -> datetime | None:
    text = given.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1900 < found.year < 2200:
        raise InvalidInput(
            _("%(value)s is not a time."), field=name, value=text[:40],
            remedy=_("Write it as 2026-11-22T08:00:00Z."),
        )  # fmt: skip
    return found


def new_request(request: HttpRequest) -> dict[str, Any]:
    """The arguments of ``place_order`` from a form-encoded POST. Raises errors whose fields are GeoReport's."""
    check_form_encoded(request)
    given = request.POST
    item = _item(given.get("service_code", "").strip())
    answers = _answers(item, given)
    place, lon, lat = _place(given)
    description = given.get("description", "").strip()
    if len(description) > DESCRIPTION_MAX:
        raise InvalidInput(_("This text has more than %(most)s characters."), field="description", most=DESCRIPTION_MAX)
    description = description or item.title
    name = " ".join(part for part in (given.get("first_name", "").strip(), given.get("last_name", "").strip()) if part)
    contact = Contact(name=name, phone=given.get("phone", "").strip(), email=given.get("email", "").strip())
    known = bool(name or contact.phone or contact.email)
    return {
        "item": item.code, "place_id": place, "title": shortened(description.split("\n", 1)[0], most=TITLE_MAX),
        "description": with_media(description, address=given.get("media_url", "").strip()), "form": answers,
        "contact": contact if known else None,
        "identity": "open" if known or "anonymous" not in item.identities else "anonymous",
        "address": given.get("address_string", "").strip(), "lon": lon, "lat": lat, "public": True,
    }  # fmt: skip


def check_form_encoded(request: HttpRequest) -> None:
    """Raise ``InvalidInput`` for a body that is no form: GeoReport takes no other."""
    if request.content_type not in FORM_TYPES:
        raise InvalidInput(
            _("A body of the type %(value)s is not taken."), field="Content-Type", value=str(request.content_type)[:60],
            remedy=_("Send application/x-www-form-urlencoded in UTF-8."),
        )  # fmt: skip


def with_media(description: str, *, address: str) -> str:
    """Put the address of a picture under a description, where ``media_in`` finds it again."""
    if not address:
        return description
    if not MEDIA_URL.match(address):
        raise InvalidInput(_("media_url must be an address of the web."), field="media_url", value=address[:40])
    return f"{description}\n{address}"


def media_in(description: str) -> tuple[str, str | None]:
    """Part a description from the address of a picture in its last line, if there is one."""
    text, _line, last = description.rpartition("\n")
    return (text, last) if text and MEDIA_URL.match(last) else (description, None)


def _item(code: str) -> KnownItem:
    if not code:
        raise InvalidInput(_("service_code was not given."), field="service_code")
    item = known_item(code, on=timezone.localdate())
    if not is_offered(item.private):
        raise NotFound(_("service_code %(value)s was not found."), field="service_code", value=code[:60])
    return item


def _answers(item: KnownItem, given: QueryDict) -> dict[str, Any]:
    """The answers to the item's questions; every fault is told at once, by the attribute's name."""
    form = item_form(item)
    dates = {field.code for field in form.fields if field.kind == "date"}
    sent: dict[str, list[str]] = {}
    for name in given:
        if matched := ATTRIBUTE.match(name):
            values = given.getlist(name)
            code = matched[1]
            sent.setdefault(code, []).extend([_day(one) for one in values] if code in dates else values)
    known = {field.code for field in form.fields}
    unknown = [InvalidInput(_("This service has no such attribute."), field=code) for code in sent if code not in known]
    try:
        answers = validate_answers(form, page_answers(form, sent), today=timezone.localdate())
    except InvalidInputs as refused:
        raise InvalidInputs([at_field(one, f"attribute[{one.field}]") for one in [*refused.errors, *unknown]]) from None
    if unknown:
        raise InvalidInputs([at_field(one, f"attribute[{one.field}]") for one in unknown])
    return answers


def _day(text: str) -> str:
    """The day, in the realm, of a datetime attribute: ISO 8601, with or without a time."""
    try:
        moment = parse_datetime(text.strip().replace(" ", "+")) if "T" in text else None
        if moment is not None:
            local = timezone.localtime(moment) if moment.tzinfo else moment
            return local.date().isoformat()
        day = parse_date(text.strip())
    except (ValueError, OverflowError):
        return text
    return day.isoformat() if day else text


def _place(given: QueryDict) -> tuple[Any, Decimal | None, Decimal | None]:
    """Where it is: by lat and long, by address_id (the code of a place), or by the name of a place in the address."""
    lon, lat = _degrees(given, "long"), _degrees(given, "lat")
    if (lon is None) != (lat is None):
        raise InvalidInput(_("lat and long go together."), field="lat")
    try:
        if given.get("address_id"):
            return place_called(str(given["address_id"])).id, lon, lat
        if lon is not None and lat is not None:
            return place_near(lon=lon, lat=lat).id, lon, lat
    except NotFound as error:  # GeoReport keeps 404 for services, requests, tokens and jurisdictions
        field = "address_id" if given.get("address_id") else "lat"
        raise InvalidInput(error.message, field=field, value=error.value, remedy=error.remedy) from error
    address = given.get("address_string", "").strip()
    if not address:
        raise InvalidInput(
            _("No location was given."), field="lat", remedy=_("Send lat and long, address_id or address_string.")
        )
    found = find_places(address[:100], limit=1) or _named_in(address)
    if not found:
        raise InvalidInput(_("No place of ours is named in this address."), field="address_string")
    return found[0].id, None, None


def _named_in(address: str) -> list[Any]:
    for end in range(min(len(address), 30), 1, -1):
        found = find_places(address[:end], limit=1)
        if found and found[0].name in address:
            return found
    return []


def _degrees(given: QueryDict, name: str) -> Decimal | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        value = Decimal(text) if len(text) <= DEGREES_CHARACTERS_MAX else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > (90 if name == "lat" else 180):
        raise InvalidInput(_("%(value)s is not a number of degrees."), field=name, value=text[:30])
    return round(value, 6)
