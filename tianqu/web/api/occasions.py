"""Occasions over HTTP: what takes place, for everybody; one's ticket; and codes, doors and bookings for who leads."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.occasions.api import (
    OccasionLine,
    OccasionsAsked,
    attendances,
    bookings,
    code_at,
    door_list,
    led_holder,
    occasion_photos,
    occasion_with,
    occasions,
    own_booking,
    own_bookings,
    own_ticket,
    seats_free,
    seconds_left,
)
from tianqu.web.api.performing import actor_of_request

router = Router(tags=["occasions"])
FORBID: Final = ConfigDict(extra="forbid")
SHOW: Final = "occasions.show_code"


class OccasionShown(BaseModel):
    """Something that takes place: `going` of `places` are taken, `waiting` are on the waiting list."""

    id: UUID
    version: int
    kind: str
    subject: str = Field(description="The code of who holds it, as the kind's pack calls it")
    held_by: str
    held_by_en: str
    place_path: str
    title: str
    title_en: str
    words: str
    words_en: str
    venue: str
    venue_en: str
    lon: Decimal | None
    lat: Decimal | None
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None = Field(description="From when on places are given away")
    places: int
    numbered: bool = Field(description="Whether its seats have numbers")
    price_fen: int
    tags: list[str]
    going: int
    waiting: int
    state: str = Field(description="announced, planned, full, running, over or cancelled")
    cause: str = Field(description="weather or other, where it was called off")
    reason: str
    reason_en: str


class BookingShown(BaseModel):
    """A place, or one in the queue, under a number that names nobody."""

    id: UUID
    occasion_id: UUID
    number: str
    state: str = Field(description="going, waiting or no_show")
    turn: int
    seat: str | None
    in_at: datetime | None
    in_door: str
    out_at: datetime | None
    sent_later: bool = Field(description="Kept by a phone or a door without a line and sent later")
    elsewhere: bool = Field(description="Checked in at another place at the same time")


class AttendanceShown(BaseModel):
    """Somebody who booked where time is counted, for whoever leads; `standing` tells how far their time is."""

    id: UUID
    number: str
    name: str = Field(description="A dash where the kind tells no names")
    phone: str
    standing: str
    in_at: datetime | None
    out_at: datetime | None
    sent_later: bool = Field(description="Kept by a phone without a line and sent later")
    elsewhere: bool = Field(description="Checked in at another place at the same time")
    minutes: int | None
    leader_words: str
    own_words: str


class OccasionCode(BaseModel):
    """The code of this moment, and for how many seconds it is shown."""

    code: str
    seconds_left: int


class TicketShown(BaseModel):
    """One's own ticket: the token that its QR code holds."""

    ticket: str
    seat: str


class DoorTicketShown(BaseModel):
    """A ticket that a door expects, by its booking."""

    booking_id: UUID
    serial: int
    seat: str
    in_at: datetime | None


class DoorListShown(BaseModel):
    """What a device at the door keeps to check tickets without a line: an Ed25519 key, base64url, and no name."""

    occasion_id: UUID
    key: str
    tickets: list[DoorTicketShown]


class OccasionPhotoShown(BaseModel):
    """A photo of what took place, with what is to be seen on it; `address` leads to the picture, for everybody."""

    id: UUID
    words: str
    words_en: str
    address: str = Field(description="A path of this site; with `?size=small` at most 320 pixels large")


class OccasionsWanted(BaseModel):
    """Which occasions: from which day on, how many days, below which place, of which kind, whose, marked how."""

    model_config = FORBID
    first_day: date | None = None
    days: int = Field(7, ge=1, le=92)
    place: str = Field("", max_length=80)
    kind: str = Field("", max_length=40)
    subject: str = Field("", max_length=80)
    tag: str = Field("", max_length=40)


class OwnBookingsWanted(BaseModel):
    """Of which kind."""

    model_config = FORBID
    kind: str = Field("", max_length=40)


def _told(line: OccasionLine) -> dict[str, Any]:
    given = {name: getattr(line.occasion, name, None) for name in OccasionShown.model_fields}
    return given | {
        "held_by": line.holder.name, "held_by_en": line.holder.name_en, "state": line.state,
        "numbered": bool(line.occasion.seats),
    }  # fmt: skip


def _shown(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in BookingShown.model_fields}


@router.get("/occasions", response=list[OccasionShown], summary="What takes place")
def all_occasions(request: HttpRequest, wanted: Query[OccasionsWanted]) -> Any:
    """List occasions by their beginning, at most 500; this week's without filters."""
    given = wanted.model_dump()
    subject = given.pop("subject")
    return [_told(line) for line in occasions(OccasionsAsked(**given, subjects=[subject] if subject else None))]


@router.get("/occasions/bookings", response=list[BookingShown], summary="What I have booked")
def all_own_bookings(request: HttpRequest, wanted: Query[OwnBookingsWanted]) -> Any:
    """List one's own bookings, the newest first, at most 200."""
    return [_shown(one) for one in own_bookings(actor_of_request(request), kind=wanted.kind)]


@router.get("/occasions/{occasion_id}", response=OccasionShown, summary="One occasion")
def one_occasion(request: HttpRequest, occasion_id: UUID) -> Any:
    """Read an occasion."""
    return _told(occasion_with(occasion_id))


@router.get("/occasions/{occasion_id}/seats", response=list[str], summary="Free seats")
def free_seats(request: HttpRequest, occasion_id: UUID) -> Any:
    """List the free seats of an occasion, the best first; none where one sits anywhere."""
    return seats_free(occasion_with(occasion_id).occasion)


@router.get("/occasions/{occasion_id}/photos", response=list[OccasionPhotoShown], summary="Photos of what took place")
def all_photos(request: HttpRequest, occasion_id: UUID) -> Any:
    """List the photos of an occasion that everybody sees, at most twelve."""
    it = occasion_with(occasion_id).occasion
    return [
        {"id": one.id, "words": one.words, "words_en": one.words_en,
         "address": reverse("occasion_photo", kwargs={"occasion_id": it.id, "file_id": one.id})}
        for one in occasion_photos(it.id)
    ]  # fmt: skip


@router.get("/occasions/{occasion_id}/bookings", response=list[BookingShown], summary="Who booked")
def all_bookings(request: HttpRequest, occasion_id: UUID) -> Any:
    """List who booked an occasion by number, for whoever leads it."""
    return [_shown(one) for one in bookings(actor_of_request(request), occasion_id=occasion_id)]


@router.get(
    "/occasions/{occasion_id}/attendance", response=list[AttendanceShown], summary="Who was there, and for how long"
)
def all_attendances(request: HttpRequest, occasion_id: UUID) -> Any:
    """List who booked an occasion at which time is counted, for whoever leads it."""
    own = ("id", "number", "in_at", "out_at", "sent_later", "elsewhere")
    told = (("minutes", None), ("leader_words", ""), ("own_words", ""))
    return [
        {"name": each.name, "phone": each.phone, "standing": each.standing}
        | {name: getattr(each.one, name) for name in own}
        | {name: getattr(each.kept, name, empty) for name, empty in told}
        for each in attendances(actor_of_request(request), occasion_id=occasion_id)
    ]


@router.get("/occasions/{occasion_id}/ticket", response=TicketShown, summary="My ticket")
def one_ticket(request: HttpRequest, occasion_id: UUID) -> Any:
    """Read one's own ticket for an occasion."""
    actor = actor_of_request(request)
    token, own = own_ticket(actor, occasion_id=occasion_id), own_booking(actor, occasion_id=occasion_id)
    return {"ticket": token, "seat": (own.seat if own is not None else None) or ""}


@router.get("/occasions/{occasion_id}/code", response=OccasionCode, summary="The code of this moment")
def code_now(request: HttpRequest, occasion_id: UUID) -> Any:
    """Read the code that one checks in with, for the leader's phone at the place."""
    it = occasion_with(occasion_id).occasion
    led_holder(actor_of_request(request), SHOW, kind=it.kind, subject=it.subject)
    now = timezone.now()
    return {"code": code_at(occasion_id, now), "seconds_left": seconds_left(now)}


@router.get("/occasions/{occasion_id}/door", response=DoorListShown, summary="The list of a door")
def one_door(request: HttpRequest, occasion_id: UUID) -> Any:
    """Read what a device at the door keeps to check tickets without a line."""
    found = door_list(actor_of_request(request), occasion_id=occasion_id)
    tickets = [{name: getattr(one, name) for name in DoorTicketShown.model_fields} for one in found.tickets]
    return {"occasion_id": found.occasion_id, "key": found.key, "tickets": tickets}
