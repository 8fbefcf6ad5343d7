"""One occasion: a place booked and left, the ticket, and checking in by the code of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, TianquError
from tianqu.base.identifiers import identifier_typed, new_identifier
from tianqu.kernel.occasions.api import (
    ADMIT,
    OccasionLine,
    Photo,
    book,
    check,
    leave,
    may_lead,
    occasion_photos,
    occasion_with,
    own_booking,
    own_ticket,
    seats_free,
)
from tianqu.kernel.pack.api import PageRequest, PageResult, Redirect, Rendered, faults, formed, named, said
from tianqu.web.occasions.photos import photo_address
from tianqu.web.occasions.sharing import share_address
from tianqu.web.occasions.words import words

CRUMB: Final = (_("What happens near me"), "occasions")
SCHEMA: Final = "https://schema.org"


def occasion(request: PageRequest, occasion_id: UUID) -> PageResult:
    """One occasion: when, where, how many places; booking one, leaving it."""
    line = occasion_with(occasion_id)
    if request.method != "POST":
        return _shown(request, line, {})
    deed = str(request.POST.get("deed", ""))
    try:
        if deed == "book":
            state = book(request.actor, occasion_id=occasion_id, seat=str(request.POST.get("seat", "")).strip())
            notice = gettext("You are on the waiting list.") if state == "waiting" else gettext("You have a place.")
        elif deed == "leave":
            leave(request.actor, occasion_id=occasion_id)
            notice = gettext("You have left it.")
        else:
            raise InvalidInput(gettext_noop("This cannot be done here."), field="deed", value=deed[:40])
    except TianquError as error:
        joins = line.kind.joins if line.kind is not None and deed == "book" and isinstance(error, NotFound) else ""
        line = occasion_with(occasion_id)
        return _shown(request, line, faults(error), status=error.status, joins=reverse(joins) if joins else "")
    return Redirect(request.path, notice=notice)


def _shown(
    request: PageRequest, line: OccasionLine, errors: dict[str, str], *, status: int = 200, joins: str = ""
) -> PageResult:  # fmt: skip
    own = own_booking(request.actor, occasion_id=line.occasion.id)
    photos = occasion_photos(line.occasion.id)
    choosing = line.occasion.seats and own is None and line.free and line.state in ("planned", "running")
    context = {
        "line": line, "it": line.occasion, "own": own, "standing": _standing(own), "errors": errors,
        "summary": list(errors.items()), "signed_in": request.actor.person_id is not None,
        "leads": may_lead(request.actor, line), "admits": may_lead(request.actor, line, ADMIT),
        "event": schema_event(line, photos),
        "joins": joins, "photos": photos, "share": share_address(line), "address": occasion_address(line),
        "seats": [(seat, seat) for seat in seats_free(line.occasion)] if choosing else [], "where": _where(), **words(),
    }  # fmt: skip
    return Rendered("occasions/occasion.html", context, status=status)


def ticket(request: PageRequest, occasion_id: UUID) -> PageResult:
    """The ticket, to show on a phone or to print: a QR code that names no person."""
    _sign_in(request)
    line = occasion_with(occasion_id)
    token = own_ticket(request.actor, occasion_id=occasion_id)
    own = own_booking(request.actor, occasion_id=occasion_id)
    qr = segno.make(token, error="m", micro=False).svg_data_uri(scale=6, border=3)
    context = {"line": line, "it": line.occasion, "own": own, "token": token, "qr": qr, "where": _where(line)}
    return Rendered("occasions/ticket.html", context | words())


def check_in(request: PageRequest, occasion_id: UUID) -> PageResult:
    """Check in or out by the code that the leader's phone shows; the QR leads here with the code filled in."""
    line = occasion_with(occasion_id)

    def keep(given: Any) -> tuple[str, str]:
        check(
            request.actor, occasion_id=occasion_id, direction=given.get("direction", ""), code=given.get("code", ""),
            client_id=identifier_typed(given.get("client_id", "")),
        )  # fmt: skip
        notice = gettext("You are checked in.") if given["direction"] == "in" else gettext("You are checked out.")
        return reverse("occasion", kwargs={"occasion_id": occasion_id}), notice

    return formed(
        request, "occasions/check.html", begun=lambda: {"code": request.GET.get("code", "")[:20]}, keep=keep, line=line,
        it=line.occasion, own=own_booking(request.actor, occasion_id=occasion_id), client_id=str(new_identifier()),
        signed_in=request.actor.person_id is not None, where=_where(line), **words(),
    )  # fmt: skip


def occasion_address(line: OccasionLine) -> str:
    """Where an occasion lies, with the origin."""
    return f"{settings.TIANQU_ORIGIN}{reverse('occasion', kwargs={'occasion_id': line.occasion.id})}"


def schema_event(line: OccasionLine, photos: Sequence[Photo] = ()) -> dict[str, Any]:
    """An occasion as schema.org's Event, with its photos, else with the picture for sharing."""
    it = line.occasion
    address = occasion_address(line)
    place: dict[str, Any] = {"@type": "Place", "name": said(it.venue, it.venue_en)}
    place["address"] = said(line.holder.under, line.holder.under_en) or place["name"]
    if it.lat is not None and it.lon is not None:
        place["geo"] = {"@type": "GeoCoordinates", "latitude": str(it.lat), "longitude": str(it.lon)}
    offer: dict[str, Any] = {  # of what was called off nothing is offered
        "@type": "Offer", "price": f"{it.price_fen // 100}.{it.price_fen % 100:02}", "priceCurrency": "CNY",
        "availability": f"{SCHEMA}/{'InStock' if line.free else 'SoldOut'}", "url": address,
    }  # fmt: skip
    if it.opens_at is not None:
        offer["validFrom"] = _local(it.opens_at)
    return {
        "@context": SCHEMA, "@type": "Event", "name": said(it.title, it.title_en),
        "description": said(it.words, it.words_en), "startDate": _local(it.starts_at),
        "endDate": _local(it.ends_at), "location": place, "isAccessibleForFree": it.price_fen == 0,
        "eventStatus": f"{SCHEMA}/{'EventCancelled' if line.state == 'cancelled' else 'EventScheduled'}",
        "eventAttendanceMode": f"{SCHEMA}/OfflineEventAttendanceMode",
        **({"offers": offer} if line.state != "cancelled" else {}),
        "organizer": {"@type": "Organization", "name": named(line.holder)}, "maximumAttendeeCapacity": it.places,
        "remainingAttendeeCapacity": line.free, "url": address,
        "image": [photo_address(one) for one in photos] or [share_address(line)],
    }  # fmt: skip


def _local(at: datetime) -> str:
    """A moment with the offset of the place, so that whoever reads its day alone reads the right one."""
    return timezone.localtime(at).isoformat()


def _standing(own: Any) -> str:
    if own is None:
        return ""
    if own.elsewhere:
        return "elsewhere"
    if own.in_at is not None:
        return "out" if own.out_at is not None else "in"
    return str(own.state)


def _sign_in(request: PageRequest) -> None:
    if request.actor.person_id is None:
        raise NotPermitted(gettext_noop("Only somebody who has signed in takes part."))


def _where(line: OccasionLine | None = None) -> list[tuple[Any, str]]:
    crumbs: list[tuple[Any, str]] = [(CRUMB[0], reverse(CRUMB[1]))]
    if line is not None:
        it = line.occasion
        crumbs.append((said(it.title, it.title_en), reverse("occasion", kwargs={"occasion_id": it.id})))
    return crumbs
