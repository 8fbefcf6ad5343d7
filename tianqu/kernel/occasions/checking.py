"""Checking in and out by the code of the moment, with or without a line, at one place at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting, DoneBefore, Refusals, act, lawful_by, refused_by
from tianqu.kernel.occasions.codes import DIGITS, STEP, shown_at
from tianqu.kernel.occasions.models import Booking, Occasion, Standing
from tianqu.kernel.occasions.queues import record
from tianqu.kernel.places.api import may_own, own_id

SENT_WITHIN: Final = timedelta(hours=24)
LIVE: Final = 2 * STEP  # what comes later was kept by a phone without a line
AROUND: Final = timedelta(hours=1)  # how long before and after an occasion one checks in and out
DIRECTIONS: Final = ("in", "out")
REFUSALS: Final[Refusals] = {
    name: (Conflict, "client_id", _("Another check-in was sent under this identifier."), _("Give each one its own."))
    for name in ("occasions_booking_in_id_key", "occasions_booking_out_id_key")
}


@act("occasions.check", may=may_own)
def check(
    acting: Acting,
    *,
    occasion_id: UUID,
    direction: str,
    code: str,
    client_id: UUID,
    phone_at: datetime | None = None,
    phone_sent_at: datetime | None = None,
) -> datetime:
    """Check in (``in``) or out (``out``) by the code shown at the place; return the moment that counts.

    A phone without a line keeps what it would have sent, and sends it later with ``phone_at``, its own time when the
    code was read, and ``phone_sent_at``, its own time now: only their difference counts. Sent twice, or checked in
    twice, it counts once. Raises ``InvalidInput`` for a code that was not shown then, ``NotFound`` for whoever has not
    booked, ``Conflict`` outside the occasion's time and for who waits.
    """
    one_at_a_time(own_id(acting))
    if direction not in DIRECTIONS:
        raise InvalidInput(_("%(value)s cannot be chosen here."), field="direction", value=direction[:20])
    one = own_locked(acting, occasion_id)
    kept: datetime | None = getattr(one, f"{direction}_at")
    if kept is not None:
        raise DoneBefore(kept)
    at = _counted(one.occasion, code, read_at(acting, phone_at=phone_at, phone_sent_at=phone_sent_at))
    if one.state != Standing.GOING:
        raise Conflict(_("You are waiting for a place here."), field="occasion_id")
    other = one.out_at if direction == "in" else one.in_at
    if direction == "out" and other is None:
        raise Conflict(_("You have not checked in."), field="direction", remedy=_("Send the check-in first."))
    if direction == "out" and other is not None and other > at:
        raise Conflict(_("This lies before your check-in."), field="code", remedy=_("Read the code that is shown now."))
    setattr(one, f"{direction}_at", at)
    setattr(one, f"{direction}_id", client_id)
    one.sent_later = one.sent_later or acting.now - at > LIVE
    with lawful_by(lambda error: refused_by(REFUSALS, error)):
        one.save(update_fields=[f"{direction}_at", f"{direction}_id", "sent_later"])
    flag_elsewhere(acting, one)
    record(acting, one, client_id=client_id, phone_at=phone_at, phone_sent_at=phone_sent_at)
    return at


def one_at_a_time(person_id: UUID) -> None:
    """Let nobody else look at this person's check-ins until the act ends: two places at once are seen, then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"occasions:{person_id}"])


def own_locked(acting: Acting, occasion_id: UUID) -> Booking:
    """The actor's own booking with its occasion; it alone is locked. Raises ``NotFound``."""
    own = Booking.objects.select_for_update(of=("self",)).select_related("occasion")
    one = own.filter(occasion_id=occasion_id, person_id=acting.actor.person_id).exclude(state=Standing.LEFT).first()
    if one is None:
        raise NotFound(_("You have not booked a place here."), field="occasion_id", remedy=_("Book one first."))
    return one


def read_at(acting: Acting, *, phone_at: datetime | None, phone_sent_at: datetime | None) -> datetime:
    """When something was read by the server's clock, whatever the phone's clock says.

    Raises ``InvalidInput`` for one time without the other, and for what was kept for longer than a day.
    """
    if phone_at is None and phone_sent_at is None:
        return acting.now
    if phone_at is None or phone_sent_at is None:
        raise InvalidInput(_("Give both times of the phone, or none."), field="phone_sent_at")
    waited = phone_sent_at - phone_at
    if not timedelta(0) <= waited <= SENT_WITHIN:
        raise InvalidInput(
            _("A check-in is sent within a day."), field="phone_at", value=phone_at.isoformat(),
            remedy=_("Tell whoever holds it."),
        )  # fmt: skip
    return acting.now - waited


def _counted(occasion: Occasion, code: str, near: datetime) -> datetime:
    """When the code began to be shown. ``InvalidInput`` for another's, ``Conflict`` beyond the occasion's time."""
    digits = "".join(code.split())
    at = shown_at(occasion.id, digits, near=near) if len(digits) == DIGITS and digits.isascii() else None
    if at is None:
        raise InvalidInput(
            _("This code was not shown at that time."), field="code", value=digits[:20],
            remedy=_("Read the code that the leader's phone shows now, at the place."),
        )  # fmt: skip
    check_time(occasion, at)
    return at


def check_time(occasion: Occasion, at: datetime) -> None:
    """Raise ``Conflict`` for a moment that lies outside an occasion, or for one that was called off."""
    if occasion.cancelled_at is not None or not occasion.starts_at - AROUND <= at <= occasion.ends_at + AROUND:
        raise Conflict(_("This lies outside the time of the occasion."), field="occasion_id")


def flag_elsewhere(acting: Acting, one: Booking) -> None:
    """Flag what overlaps with a check-in at another occasion, here and there."""
    begun, ended = one.in_at, (one.out_at or one.in_at)
    assert begun is not None and ended is not None, "nothing is checked in"
    others = Booking.objects.select_for_update().filter(
        Q(out_at__gte=begun) | Q(out_at=None, in_at__gte=begun - STEP), person_id=one.person_id,
        in_at__lte=ended + STEP,
    ).exclude(id=one.id)  # fmt: skip
    for other in [*others, one] if others else []:
        if not other.elsewhere:
            other.elsewhere = True
            other.save(update_fields=["elsewhere"])
            if other is not one:
                record(acting, other)
