"""The queue of an occasion: who waits moves up in the order of asking when there is room; what the log says of it."""

from __future__ import annotations

from typing import Final

from django.db import connection

from tianqu.kernel.journal.api import Acting
from tianqu.kernel.notices.api import prepare_notice, queue_notices
from tianqu.kernel.occasions.models import Booking, Occasion, Standing

# What the journal keeps of a booking.
TOLD: Final = (
    "occasion_id", "number", "state", "queued_at", "turn", "seat", "serial", "in_at", "in_door", "out_at", "sent_later",
    "elsewhere",
)  # fmt: skip
_FREE_SEATS = """
SELECT seat FROM unnest(%s::text[]) WITH ORDINALITY AS layout (seat, rank)
WHERE NOT EXISTS (SELECT FROM occasions_booking taken WHERE taken.occasion_id = %s AND taken.seat = layout.seat)
ORDER BY rank LIMIT %s
"""


def free_seats(occasion: Occasion, *, limit: int) -> list[str]:
    """The best free seats of a locked occasion, the best first; none where one sits anywhere. One statement."""
    if not occasion.seats or limit < 1:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_FREE_SEATS, [list(occasion.seats), occasion.id, limit])
        return [row[0] for row in cursor.fetchall()]


def move_up(acting: Acting, occasion: Occasion) -> list[Booking]:
    """Let those who wait longest into the free places of a locked occasion, tell them, and keep its counts.

    The act has its eyes open (``writing``), and records the counts itself; those who moved are recorded here.
    """
    booked = Booking.objects.filter(occasion=occasion)
    free = occasion.places - booked.filter(state=Standing.GOING).count()
    moved: list[Booking] = []
    if free > 0 and occasion.cancelled_at is None and occasion.ends_at > acting.now:
        waiting = booked.select_for_update().filter(state=Standing.WAITING).order_by("turn")
        moved = list(waiting[:free])
    seats = free_seats(occasion, limit=len(moved))
    for number, one in enumerate(moved):
        one.state, one.serial = Standing.GOING, one.serial + 1
        one.seat = seats[number] if occasion.seats else None
        one.save(update_fields=["state", "seat", "serial"])
        record(acting, one)
    tell(acting, occasion, moved, code="occasions_moved_up")
    occasion.going = booked.filter(state=Standing.GOING).count()
    occasion.waiting = booked.filter(state=Standing.WAITING).count()
    occasion.save(update_fields=["going", "waiting"])
    return moved


def tell(acting: Acting, occasion: Occasion, bookings: list[Booking], *, code: str, **more: str) -> None:
    """Tell those who booked what has happened with an occasion."""
    queue_notices(acting, [
        prepare_notice(
            acting, key=f"{code}:{one.id}:{acting.now.timestamp()}", code=code, subject=f"occasion:{occasion.id}",
            parameters={"title": occasion.title, "at": occasion.starts_at.isoformat(), **more},
            person_id=one.person_id,
        )
        for one in bookings if one.person_id is not None
    ])  # fmt: skip


def record(acting: Acting, one: Booking, **more: object) -> None:
    """Record how somebody stands to an occasion. The log does not show which act it was."""
    acting.record_row(f"booking:{one.id}", one, TOLD, sealed=True, more=more)


def record_counts(acting: Acting, occasion: Occasion) -> None:
    """Record how many take part, wait and have asked: what a booking changes of an occasion, and no more."""
    counts = {name: getattr(occasion, name) for name in ("going", "waiting", "asked")}
    acting.record(f"occasion_counts:{occasion.id}", after=counts)


def record_occasion(acting: Acting, occasion: Occasion) -> None:
    """Record what an occasion is after the act."""
    names = ("kind", "subject", "title", "title_en", "words", "words_en", "venue", "venue_en", "lon", "lat",
             "starts_at", "ends_at", "opens_at", "places", "seats", "price_fen", "tags", "going", "waiting", "asked",
             "cancelled_at", "cause", "reason", "reason_en", "closed_at", "version")  # fmt: skip
    acting.record_row(f"occasion:{occasion.id}", occasion, names)
