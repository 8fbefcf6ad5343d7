"""The door: tickets checked and let in once, now or by a device that kept them; and what such a device has to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import Conflict, NotFound, _
from tianqu.base.texts import clean_line
from tianqu.kernel.journal.api import Acting, Actor, DoneBefore, act, lawful_by, refused_by
from tianqu.kernel.occasions.announcing import no_occasion
from tianqu.kernel.occasions.checking import LIVE, REFUSALS, When, check_time, read_at
from tianqu.kernel.occasions.kinds import ADMIT, led_holder
from tianqu.kernel.occasions.models import Booking, Occasion, Standing
from tianqu.kernel.occasions.queues import record
from tianqu.kernel.occasions.tickets import Ticket, ticket_read, ticket_token, tickets_key
from tianqu.kernel.places.api import may_by_role

DOOR_MAX: Final = 40


class TicketUsed(Conflict):
    """Somebody has come in with this ticket before; it says when and where."""

    code = "ticket_used"


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who was let in: when, at which door, to which seat ("" where one sits anywhere)."""

    at: datetime
    door: str
    seat: str


@act(ADMIT, may=may_by_role)
def admit(
    acting: Acting,
    *,
    occasion_id: UUID,
    ticket: str,
    client_id: UUID,
    door: str = "",
    phone_at: datetime | None = None,
    phone_sent_at: datetime | None = None,
) -> Admitted:
    """Let somebody in by their ticket, once; return when and where they came in. Sent twice it counts once.

    ``door``: what the door is called. A device without a line checks the signature itself, and sends what it scanned
    later with ``phone_at`` and ``phone_sent_at``: only their difference counts. Raises ``TicketRefused`` for what
    is no ticket, ``TicketUsed`` for one with which somebody has come in, saying when and where, and ``Conflict`` for
    one of another occasion, of a place that was given up, or outside the occasion's time.
    """
    occasion = _occasion(occasion_id)
    led_holder(acting.actor, acting.act, kind=occasion.kind, subject=occasion.subject)
    told = ticket_read(ticket)
    if told.occasion_id != occasion.id:
        raise Conflict(
            _("This ticket is for another occasion."), field="ticket", remedy=_("Look at the title on the ticket.")
        )
    where = clean_line(door, field="door", most=DOOR_MAX)
    at = read_at(acting, phone_at=phone_at, phone_sent_at=phone_sent_at)
    one = Booking.objects.select_for_update().filter(id=told.booking_id, occasion=occasion).first()
    if one is None or one.serial != told.serial or one.state != Standing.GOING:
        raise Conflict(
            _("The place of this ticket was given up."), field="ticket", remedy=_("Ask for the ticket in force.")
        )
    if one.in_id == client_id:
        raise DoneBefore(_admitted(one))
    if one.in_at is not None:
        raise _used(one, where=one.in_door)
    check_time(When(occasion.starts_at, occasion.ends_at, occasion.cancelled_at), at)
    one.in_at, one.in_id, one.in_door = at, client_id, where
    one.sent_later = acting.now - at > LIVE
    with lawful_by(lambda error: refused_by(REFUSALS, error)):
        one.save(update_fields=["in_at", "in_id", "in_door", "sent_later"])
    record(acting, one, client_id=client_id, phone_at=phone_at, phone_sent_at=phone_sent_at)
    return _admitted(one)


def _used(one: Booking, *, where: str) -> TicketUsed:
    assert one.in_at is not None, "nobody has come in with it"
    at = f"{timezone.localtime(one.in_at):%Y-%m-%d %H:%M:%S}"
    if where:
        return TicketUsed(
            _("This ticket was used at %(at)s, at the door “%(door)s”."), field="ticket", at=at, door=where,
            remedy=_("Ask whoever shows it to wait for whoever leads here."),
        )  # fmt: skip
    return TicketUsed(
        _("This ticket was used at %(at)s."), field="ticket", at=at,
        remedy=_("Ask whoever shows it to wait for whoever leads here."),
    )  # fmt: skip


def _admitted(one: Booking) -> Admitted:
    assert one.in_at is not None, "nobody has come in with it"
    return Admitted(one.in_at, one.in_door, one.seat or "")


def _occasion(occasion_id: UUID) -> Occasion:
    occasion = Occasion.objects.filter(id=occasion_id).first()
    if occasion is None:
        raise no_occasion(occasion_id)
    return occasion


@dataclass(frozen=True, slots=True)
class DoorTicket:
    """A ticket that a door expects, by its booking; ``in_at`` once somebody has come in with it."""

    booking_id: UUID
    serial: int
    seat: str
    in_at: datetime | None


@dataclass(frozen=True, slots=True)
class DoorList:
    """What a device at the door keeps: the public key, base64url, and the tickets in force. It names nobody."""

    occasion_id: UUID
    key: str
    tickets: list[DoorTicket]


def door_list(actor: Actor, *, occasion_id: UUID) -> DoorList:
    """The list of a door, for whoever may stand there. Raises ``NotFound`` and ``NotPermitted``."""
    occasion = _occasion(occasion_id)
    led_holder(actor, ADMIT, kind=occasion.kind, subject=occasion.subject)
    going = Booking.objects.filter(occasion=occasion, state=Standing.GOING).order_by("turn")[: occasion.places]
    return DoorList(
        occasion.id, tickets_key(), [DoorTicket(one.id, one.serial, one.seat or "", one.in_at) for one in going]
    )


def own_ticket(actor: Actor, *, occasion_id: UUID) -> str:
    """One's own ticket as a token. Raises ``NotFound`` for whoever has no place."""
    own = Booking.objects.filter(person_id=actor.person_id, occasion=occasion_id, state=Standing.GOING)
    one = own.first() if actor.person_id is not None else None
    if one is None:
        raise NotFound(
            _("You have no place here."), field="occasion_id", value=str(occasion_id), remedy=_("Book one first.")
        )
    return ticket_token(Ticket(occasion_id, one.id, one.serial, one.seat or ""))
