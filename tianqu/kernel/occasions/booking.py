"""The acts of who comes: a place booked, or one in the queue, and left.

One lock orders everybody: that of the occasion's row. PostgreSQL gives it in the order in which it was asked for, an
act holds it for a few statements, and ``turn`` is counted under it: nobody overtakes, and no seat is given twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from tianqu.base.errors import Conflict, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, DoneBefore, act, writing
from tianqu.kernel.occasions.announcing import locked_occasion, no_occasion
from tianqu.kernel.occasions.kinds import OccasionKind, kind_called
from tianqu.kernel.occasions.models import Booking, Occasion, Standing
from tianqu.kernel.occasions.queues import free_seats, move_up, record, record_counts
from tianqu.kernel.occasions.seats import checked_seat, seat_taken
from tianqu.kernel.places.api import may_own, own_id

BARRED_COUNTED_MAX: Final = 1_000


@act("occasions.book", may=may_own)
def book(acting: Acting, *, occasion_id: UUID, seat: str = "") -> str:
    """Book a place, or a place in the queue where all are taken; return ``going`` or ``waiting``. Twice counts once.

    ``seat``: the one chosen of numbered ones; without it the best that is free. Raises ``NotPermitted`` or ``NotFound``
    for whoever may not book by what the kind needs, or has stayed away too often; ``Conflict`` for an occasion that is
    over, was called off or does not give places away yet, and for a seat that somebody else has.
    """
    person_id = own_id(acting)
    asked = Occasion.objects.filter(id=occasion_id).only("kind").first()
    if asked is None:
        raise no_occasion(occasion_id)
    kind = kind_called(asked.kind)
    number = kind.booker(person_id, acting.today)
    with writing(acting):
        _check_came(acting, kind, person_id)
        occasion = locked_occasion(occasion_id)
        _check_open(acting, occasion)
        known = Booking.objects.filter(occasion=occasion, person_id=person_id).first()
        if known is not None and known.state != Standing.LEFT:
            raise DoneBefore(known.state)
        one = known or Booking(
            id=new_identifier(), occasion=occasion, person_id=person_id, number=number, serial=0,
            unit_id=occasion.unit_id, place_path=occasion.place_path,
        )  # fmt: skip
        occasion.asked += 1
        one.queued_at, one.turn = acting.now, occasion.asked
        _place(occasion, one, seat)
        one.save(force_insert=known is None)
        occasion.going += one.state == Standing.GOING
        occasion.waiting += one.state == Standing.WAITING
        occasion.save(update_fields=["going", "waiting", "asked"])
        record(acting, one)
        record_counts(acting, occasion)
    return str(one.state)


def _place(occasion: Occasion, one: Booking, seat: str) -> None:
    """Give a place of a locked occasion, or one in its queue where there is none."""
    if occasion.going >= occasion.places:
        one.state, one.seat = Standing.WAITING, None
        return
    one.state, one.serial = Standing.GOING, one.serial + 1
    if not occasion.seats:
        one.seat = None
    elif not seat:
        one.seat = free_seats(occasion, limit=1)[0]
    else:
        chosen = checked_seat(seat, seats=occasion.seats)
        if Booking.objects.filter(occasion=occasion, seat=chosen).exists():
            raise seat_taken(chosen)
        one.seat = chosen


def _check_open(acting: Acting, occasion: Occasion) -> None:
    if occasion.cancelled_at is not None or occasion.ends_at <= acting.now:
        raise Conflict(_("This is over or was called off."), field="occasion_id", remedy=_("Choose another one."))
    if occasion.opens_at is not None and acting.now < occasion.opens_at:
        raise Conflict(
            _("Places are given away from %(value)s on."), field="occasion_id",
            value=f"{timezone.localtime(occasion.opens_at):%Y-%m-%d %H:%M}", remedy=_("Come back then."),
        )  # fmt: skip


def _check_came(acting: Acting, kind: OccasionKind, person_id: UUID) -> None:
    """Refuse whoever has booked and not come too often, until a day that is told."""
    until = barred_until(kind, person_id, now=acting.now)
    if until is not None:
        assert kind.missing is not None, "nobody is barred by what is not declared"
        raise NotPermitted(
            _("You had a place %(times)s times or more and did not come."), field="occasion_id",
            times=kind.missing.times, until=f"{timezone.localtime(until):%Y-%m-%d}",
            remedy=_("You can book again from %(until)s on. If you were there, tell whoever held it."),
        )  # fmt: skip


def barred_until(kind: OccasionKind, person_id: UUID, *, now: datetime) -> datetime | None:
    """Until when a person books nothing of a kind, because they have stayed away too often; None for who may book."""
    if kind.missing is None:
        return None
    missed = Booking.objects.filter(
        person_id=person_id, state=Standing.NO_SHOW, occasion__kind=kind.code,
        occasion__ends_at__gt=now - kind.missing.within,
    ).order_by()[:BARRED_COUNTED_MAX]  # fmt: skip
    if len(missed) < kind.missing.times:
        return None
    last = Occasion.objects.filter(id__in=[one.occasion_id for one in missed]).aggregate(last=Max("ends_at"))["last"]
    until: datetime = last + kind.missing.barred
    return until if until > now else None


@act("occasions.leave", may=may_own)
def leave(acting: Acting, *, occasion_id: UUID) -> None:
    """Leave an occasion, or its queue; whoever waits longest moves up and is told. ``Conflict`` when it is too late."""
    with writing(acting):
        occasion = locked_occasion(occasion_id)
        one = Booking.objects.filter(occasion=occasion, person_id=acting.actor.person_id).first()
        if one is None:
            raise NotFound(
                _("You have not booked a place here."),
                field="occasion_id",
                value=str(occasion_id),
                remedy=_("Look among what you have booked."),
            )
        if one.state == Standing.LEFT:
            raise DoneBefore(None)
        if one.in_at is not None or one.state == Standing.NO_SHOW or occasion.ends_at <= acting.now:
            raise Conflict(
                _("You have checked in already, or it is over."),
                field="occasion_id",
                remedy=_("Check out instead, or tell whoever held it."),
            )
        before = kind_called(occasion.kind).leaves_before
        if one.state == Standing.GOING and before is not None and acting.now > occasion.starts_at - before:
            raise Conflict(
                _("It is too late to leave: it begins soon, or has begun."), field="occasion_id",
                remedy=_("Tell whoever holds it that you cannot come."),
            )  # fmt: skip
        give_up(acting, occasion, one)
        record_counts(acting, occasion)


def give_up(acting: Acting, occasion: Occasion, one: Booking) -> None:
    """Take a place of a locked occasion back, and let who waits longest have it. What was a ticket is none any more."""
    one.state, one.seat, one.serial = Standing.LEFT, None, one.serial + 1
    one.save(update_fields=["state", "seat", "serial"])
    record(acting, one)
    move_up(acting, occasion)
