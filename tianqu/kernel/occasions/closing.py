"""Afterwards: who had a place, and neither came nor left, is a no-show; whoever held it may take that back."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import Conflict, NotFound, NotPermitted, _
from tianqu.kernel.journal.api import SYSTEM, Acting, DoneBefore, act, seeing
from tianqu.kernel.occasions.announcing import locked_occasion
from tianqu.kernel.occasions.attending import book_by_codes
from tianqu.kernel.occasions.checking import AROUND, SENT_WITHIN
from tianqu.kernel.occasions.kinds import known_kinds, led_holder
from tianqu.kernel.occasions.models import Booking, Occasion, Standing
from tianqu.kernel.occasions.queues import record, record_occasion, tell
from tianqu.kernel.places.api import may_by_role

logger = logging.getLogger(__name__)
CLOSED_AFTER: Final = AROUND + SENT_WITHIN + timedelta(minutes=5)  # what phones kept has come in by then
CLOSED_AT_ONCE_MAX: Final = 500


def _may_close(acting: Acting, /, **arguments: Any) -> None:
    if not acting.actor.scope.everything:
        raise NotPermitted(_("Only the system closes occasions."), remedy=_("Wait: it is closed a day after its end."))


@act("occasions.close", may=_may_close)
def close(acting: Acting, *, occasion_id: UUID) -> int:
    """Mark who had a place at an occasion that is over, and neither came nor left; return how many there were.

    Time that is counted by codes alone is booked now. Raises ``Conflict`` before what phones have kept could come in.
    """
    occasion = locked_occasion(occasion_id)
    if occasion.closed_at is not None:
        raise DoneBefore(0)
    if occasion.ends_at + CLOSED_AFTER > acting.now:
        raise Conflict(_("This is not long enough over."), field="occasion_id", remedy=_("Try again a day later."))
    booked = Booking.objects.filter(occasion=occasion, state=Standing.GOING, in_at=None)
    missed = list(booked) if occasion.cancelled_at is None else []
    for one in missed:
        one.state = Standing.NO_SHOW
        record(acting, one)
    Booking.objects.bulk_update(missed, ["state"], batch_size=500)
    occasion.going -= len(missed)
    occasion.closed_at = acting.now
    book_by_codes(acting, occasion)
    occasion.save(update_fields=["going", "closed_at"])
    record_occasion(acting, occasion)
    kind = known_kinds().get(occasion.kind)
    if kind is not None and kind.missing is not None:
        tell(acting, occasion, missed, code="occasions_missed")
    return len(missed)


@act("occasions.excuse", may=may_by_role)
def excuse(acting: Acting, *, booking_id: UUID) -> None:
    """Take back that somebody did not come, as whoever held it knows better: it counts against them no more.

    Raises ``NotFound`` for a booking that is none, ``Conflict`` for one that is no no-show.
    """
    found = Booking.objects.select_for_update(of=("self",)).select_related("occasion").filter(id=booking_id)
    one = found.first()
    if one is None:
        raise NotFound(
            _("Nobody has booked here under this identifier."),
            field="booking_id",
            value=str(booking_id),
            remedy=_("Choose among those who booked."),
        )
    led_holder(acting.actor, acting.act, kind=one.occasion.kind, subject=one.occasion.subject)
    if one.state != Standing.NO_SHOW:
        raise Conflict(
            _("This is no booking of somebody who did not come."),
            field="booking_id",
            remedy=_("Choose one that is marked so."),
        )
    one.state, one.seat = Standing.LEFT, None
    one.save(update_fields=["state", "seat"])
    record(acting, one)


def close_past() -> int:
    """Close what is over, some hundreds at once; return how many were closed. The worker does it hourly.

    One that cannot be closed holds up no other: it stands in the log of the program, and is tried again.
    """
    with seeing(SYSTEM.scope):
        over = Occasion.objects.filter(closed_at=None, ends_at__lt=timezone.now() - CLOSED_AFTER).order_by("ends_at")
        due = list(over.values_list("id", flat=True)[:CLOSED_AT_ONCE_MAX])
    closed = 0
    for occasion_id in due:
        try:
            close(SYSTEM, occasion_id=occasion_id)
            closed += 1
        except Exception:
            logger.exception("The occasion %s could not be closed.", occasion_id)
    return closed
