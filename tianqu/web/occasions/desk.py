"""The pages of who holds occasions: what they hold, announcing and changing, calling off, the code, the door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import NotPermitted
from tianqu.base.identifiers import identifier_typed, new_identifier
from tianqu.kernel.occasions.api import (
    ADD_PHOTO,
    ADMIT,
    AROUND,
    Holder,
    OccasionKind,
    OccasionLine,
    announce,
    bookings,
    cancel,
    code_at,
    excuse,
    kind_called,
    led_holder,
    led_kinds,
    led_occasions,
    may_lead,
    occasion_with,
    rows_of_seats,
    seats_of_rows,
    seconds_left,
)
from tianqu.kernel.pack.api import PageRequest, PageResult, Rendered, fen_given, formed, moment_given, named, said
from tianqu.web.occasions.words import causes, words

SHOW: Final = "occasions.show_code"
TOLD: Final = ("title", "title_en", "words", "words_en", "venue", "venue_en")


def desk(request: PageRequest) -> PageResult:
    """What is held within reach, the newest first."""
    kind = request.GET.get("kind", "")[:40]
    context = {
        "lines": led_occasions(request.actor, kind=kind), "kinds": led_kinds(request.actor), "kind": kind, **words(),
    }  # fmt: skip
    return Rendered("occasions/desk.html", context)


def announcing(request: PageRequest) -> PageResult:
    """Announce an occasion of a kind (``?kind=``), or change one that has not begun (``?of=``)."""
    of = occasion_with(identifier_typed(request.GET["of"])) if request.GET.get("of") else None
    kind = _kind(request, of)

    held = kind.led(request.actor)

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        occasion_id, version = identifier_typed(given.get("sent_id", "")), given.get("version", "")
        holder = kind.holders([given.get("subject", "")]).get(given.get("subject", ""))
        seats, times = _seats(given, holder, of), _count(given.get("times") or "1")
        announce(
            request.actor, occasion_id=occasion_id, kind=kind.code, subject=given.get("subject", ""), seats=seats,
            starts_at=moment_given(given, time="starts"), ends_at=moment_given(given, time="ends"),
            places=len(seats) or _count(given.get("places", "")), opens_at=_opening(given),
            price_fen=_fen(given, holder),
            tags=[tag for tag in kind.tags or {} if given.get(tag) == "on"], times=times,
            every=given.get("every") or "week",
            expected_version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else None,
            **{name: given.get(name, "") for name in TOLD},
        )  # fmt: skip
        if times > 1:
            told = gettext("It is announced %(count)s times, each as an occasion of its own; this is the first.")
            return led_address(occasion_id), told % {"count": times}
        return led_address(occasion_id), gettext("It is announced.")

    return formed(
        request, "occasions/announce.html", begun=lambda: _begun(of) | _hall(request, kind), keep=keep, kind=kind,
        where=_where(), holders=[(one.subject, _holder_said(one)) for one in held],
        halls=any(one.seats for one in held), priced=any(one.price_fen for one in held),
        rhythms=[("week", gettext("every week")), ("month", gettext("on the same day of every month"))],
        marks=[(tag, str(name)) for tag, name in (kind.tags or {}).items()],
        renamed={"starts_at": "day", "ends_at": "ends", "opens_at": "opens_day", "price_fen": "price"},
    )  # fmt: skip


def _kind(request: PageRequest, of: OccasionLine | None) -> OccasionKind:
    """The kind that is asked for, or the only one that the actor works on."""
    led = led_kinds(request.actor)
    asked = of.occasion.kind if of is not None else request.GET.get("kind", "")[:40] or (led[0].code if led else "")
    kind = kind_called(asked)
    if kind not in led:
        raise NotPermitted(gettext_noop("Your post does not work on occasions of this kind."), field="kind")
    return kind


def _begun(of: OccasionLine | None) -> dict[str, str]:
    if of is None:
        return {"sent_id": str(new_identifier()), "starts": "09:00", "ends": "11:00", "places": "20", "times": "1"}
    it = of.occasion
    starts, ends = timezone.localtime(it.starts_at), timezone.localtime(it.ends_at)
    opens = timezone.localtime(it.opens_at) if it.opens_at is not None else None
    return {name: getattr(it, name) for name in TOLD} | dict.fromkeys(it.tags, "on") | {
        "sent_id": str(it.id), "version": str(it.version), "subject": it.subject, "day": f"{starts:%Y-%m-%d}",
        "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}", "places": str(it.places),
        "seats": rows_of_seats(it.seats), "anywhere": "" if it.seats else "on",
        "price": f"{it.price_fen // 100}.{it.price_fen % 100:02}" if it.price_fen or of.holder.price_fen else "",
        "opens_day": f"{opens:%Y-%m-%d}" if opens else "", "opens_time": f"{opens:%H:%M}" if opens else "",
    }  # fmt: skip


def _hall(request: PageRequest, kind: OccasionKind) -> dict[str, str]:
    """What a new occasion of a holder (``?subject=``) begins with: the hall's seats, its price and where it is."""
    subject = request.GET.get("subject", "")[:40]
    holder = kind.holders([subject]).get(subject) if subject and not request.GET.get("of") else None
    if holder is None:
        return {}
    fen = holder.price_fen
    told = {"seats": rows_of_seats(holder.seats), "price": f"{fen // 100}.{fen % 100:02}" if fen else ""}
    told |= {"venue": holder.venue, "venue_en": holder.venue_en}
    return {"subject": subject} | {name: value for name, value in told.items() if value}


def led(request: PageRequest, occasion_id: UUID) -> PageResult:
    """An occasion as who leads it sees it: who booked, by number; and taking back that somebody did not come."""
    line = occasion_with(occasion_id)

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        excuse(request.actor, booking_id=identifier_typed(given.get("booking", "")))
        return request.path, gettext("It counts against them no more.")

    return formed(
        request, "occasions/led.html", begun=dict, keep=keep, line=line, it=line.occasion,
        found=bookings(request.actor, occasion_id=occasion_id), where=_where(),
        may_admit=may_lead(request.actor, line, ADMIT), may_show=may_lead(request.actor, line, SHOW),
        may_photograph=may_lead(request.actor, line, ADD_PHOTO),
        may_cancel=may_lead(request.actor, line, "occasions.cancel"), **words(),
    )  # fmt: skip


def cancelling(request: PageRequest, occasion_id: UUID) -> PageResult:
    """Call an occasion off, for the weather or for another cause, and say why."""
    line = _led(request, occasion_id, "occasions.cancel")

    def keep(given: Mapping[str, str]) -> tuple[str, str]:
        told = cancel(
            request.actor, occasion_id=occasion_id, cause=given.get("cause", ""), reason=given.get("reason", ""),
            reason_en=given.get("reason_en", ""),
        )  # fmt: skip
        return led_address(occasion_id), gettext("It is called off; %(count)s people were told.") % {"count": told}

    begun = {"cause": "weather"}
    return formed(
        request, "occasions/cancel.html", begun=lambda: begun, keep=keep, line=line, it=line.occasion, causes=causes(),
        where=_where(line),
    )  # fmt: skip


def code(request: PageRequest, occasion_id: UUID) -> PageResult:
    """The code of this moment, in digits and as QR; the page asks for the next one by itself."""
    line = _led(request, occasion_id, SHOW)
    now = timezone.now()
    digits = code_at(occasion_id, now)
    address = settings.TIANQU_ORIGIN + reverse("occasion_check", kwargs={"occasion_id": occasion_id})
    qr = segno.make(f"{address}?code={digits}", error="m", micro=False).svg_data_uri(scale=8, border=2)
    context = {
        "it": line.occasion, "digits": f"{digits[:4]} {digits[4:]}", "qr": qr, "left": seconds_left(now),
        "where": _where(line),
    }  # fmt: skip
    return Rendered("occasions/code.html", context)


def door(request: PageRequest, occasion_id: UUID) -> PageResult:
    """The door: tickets scanned or typed, let in once each; what is scanned without a line is kept and sent later."""
    line = _led(request, occasion_id, ADMIT)
    it = line.occasion
    context = {"it": it, "opens": it.starts_at - AROUND, "closes": it.ends_at + AROUND, "where": _where(line)}
    return Rendered("occasions/door.html", context)


def _led(request: PageRequest, occasion_id: UUID, act: str) -> OccasionLine:
    """An occasion on which the actor may do an act. Raises ``NotFound`` and ``NotPermitted``."""
    line = occasion_with(occasion_id)
    led_holder(request.actor, act, kind=line.occasion.kind, subject=line.occasion.subject)
    return line


def _holder_said(holder: Any) -> str:
    under = said(holder.under, holder.under_en)
    return f"{under} · {named(holder)}" if under else named(holder)


def _seats(given: Mapping[str, str], holder: Holder | None, of: OccasionLine | None) -> list[str]:
    """The numbered seats: as typed, else those of the holder's hall; none where one sits anywhere."""
    if given.get("anywhere") == "on":
        return []
    if not given.get("seats", "").strip():
        return list(holder.seats) if holder is not None else []
    seats = seats_of_rows(given["seats"])
    if of is not None and seats == seats_of_rows(rows_of_seats(of.occasion.seats)):
        return list(of.occasion.seats)
    return seats


def _opening(given: Mapping[str, str]) -> datetime | None:
    return moment_given(given, day="opens_day", time="opens_time") if given.get("opens_day") else None


def _count(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0


def _fen(given: Mapping[str, str], holder: Holder | None) -> int:
    """A price in fen; nothing typed is what the holder asks. Raises ``InvalidInput``."""
    if given.get("price", "").strip():
        return fen_given(given, "price")
    return holder.price_fen if holder is not None else 0


def led_address(occasion_id: UUID) -> str:
    """Where an occasion is led."""
    return reverse("occasion_led", kwargs={"occasion_id": occasion_id})


def _where(line: OccasionLine | None = None) -> list[tuple[Any, str]]:
    crumbs: list[tuple[Any, str]] = [(_("What is held"), reverse("occasions_desk"))]
    if line is not None:
        crumbs.append((said(line.occasion.title, line.occasion.title_en), led_address(line.occasion.id)))
    return crumbs
