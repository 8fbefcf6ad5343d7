"""What a client asks for: filters of GeoReport v2, and a new request."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest
from django.http.request import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.orders.api import Contact, PublicFilters, item_form, known_item, page_answers, read_code
from tianqu.kernel.places.api import find_places, place_called, place_near

DAYS_MAX = 90
ROWS_MAX = 1000
PAGE_SIZE = 50
IDS_MAX = 1000
OPEN = ("placed", "dispatched", "accepted", "asked_back", "returned", "merged")
CLOSED = ("done", "rated", "closed", "refused", "withdrawn")
ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,100})\](\[\])?\Z")


def public_filters(given: QueryDict) -> PublicFilters:
    """The filters of GET requests. Ids override all others; the span is at most 90 days, by default the last 90."""
    if given.get("service_request_id"):
        codes = _listed(given, "service_request_id")
        return PublicFilters(codes=tuple(code for code in map(_code, codes) if code))
    placed_from, placed_to = _span(given, "start_date", "end_date", whole=True)
    updated_from, updated_to = _span(given, "updated_after", "updated_before", whole=False)
    return PublicFilters(
        item_codes=tuple(_listed(given, "service_code")) or None,
        states=_states(_listed(given, "status")),
        placed_from=placed_from if updated_from is None and updated_to is None else None,
        placed_to=placed_to if updated_from is None and updated_to is None else None,
        updated_from=updated_from,
        updated_to=updated_to,
    )


def page_of(given: QueryDict) -> tuple[int, int]:
    """The page's first row and its size. Without ``page`` and ``page_size``, the first 1,000 rows."""
    if "page" not in given and "page_size" not in given:
        return 0, ROWS_MAX
    page, size = _whole(given, "page", 1), _whole(given, "page_size", PAGE_SIZE)
    return (page - 1) * min(size, ROWS_MAX), min(size, ROWS_MAX)


def _whole(given: QueryDict, name: str, default: int) -> int:
    text = given.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1_000_000 and len(text) < 9):
        raise InvalidInput(_("%(value)s is not a whole number above 0."), field=name, value=text[:20])
    return int(text)


def _listed(given: QueryDict, name: str) -> list[str]:
    found = [part.strip() for value in given.getlist(name) for part in value.split(",") if part.strip()]
    return found[:IDS_MAX]


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


def _span(given: QueryDict, first: str, last: str, *, whole: bool) -> tuple[datetime | None, datetime | None]:
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
    """The arguments of ``place_order`` from a form-encoded POST."""
    given = request.POST
    code = given.get("service_code", "")
    if not code:
        raise InvalidInput(_("service_code was not given."), field="service_code")
    item = known_item(code, on=timezone.localdate())
    sent: dict[str, list[str]] = {}
    for name in given:
        matched = ATTRIBUTE.match(name)
        if matched:
            sent.setdefault(matched[1], []).extend(given.getlist(name))
    place, lon, lat = _place(given)
    description = given.get("description", "").strip() or item.title
    if given.get("media_url"):
        description = f"{description}\n{given['media_url'][:500]}"
    name = f"{given.get('last_name', '')}{given.get('first_name', '')}".strip()
    contact = Contact(name=name, phone=given.get("phone", ""), email=given.get("email", ""))
    known = bool(name or contact.phone or contact.email)
    return {
        "item": code, "place_id": place, "title": description.split("\n", 1)[0][:120], "description": description,
        "form": page_answers(item_form(item), sent), "contact": contact if known else None,
        "identity": "open" if known or "anonymous" not in item.identities else "anonymous",
        "address": given.get("address_string", ""), "lon": lon, "lat": lat, "public": not item.private,
    }  # fmt: skip


def _place(given: QueryDict) -> tuple[Any, Decimal | None, Decimal | None]:
    """Where it is: by lat and long, by address_id (the code of a place), or by the name of a place in the address."""
    lon, lat = _degrees(given, "long"), _degrees(given, "lat")
    if (lon is None) != (lat is None):
        raise InvalidInput(_("lat and long go together."), field="lat")
    if given.get("address_id"):
        return place_called(str(given["address_id"])).id, lon, lat
    if lon is not None and lat is not None:
        return place_near(lon=lon, lat=lat).id, lon, lat
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
        value = Decimal(text[:30])
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > 180:
        raise InvalidInput(_("%(value)s is not a number of degrees."), field=name, value=text[:30])
    return round(value, 6)
