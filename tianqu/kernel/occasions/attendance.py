"""Reading the time that people were there: one's own, and that of those who booked, for whoever leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.occasions.kinds import CountedTime, known_kinds
from tianqu.kernel.occasions.models import Attendance, Booking
from tianqu.kernel.occasions.reading import OWN_MAX, OccasionLine, bookings, occasion_with, own_booking, own_bookings

NAMELESS = "–"  # whoever is known by their number alone


@dataclass(frozen=True, slots=True)
class Attended:
    """Somebody's part in an occasion: the booking, what stands of their time, and how far that is.

    ``name`` and ``phone`` are what whoever leads sees, a dash where the kind tells none.
    """

    one: Booking
    kept: Attendance | None
    name: str = ""
    phone: str = ""

    @property
    def standing(self) -> str:
        """How far it is: disputed, booked, reversed, refused, elsewhere, unconfirmed, in, or as the booking stands."""
        kept, one = self.kept, self.one
        if kept is not None and kept.disputed_at is not None:
            return "disputed"
        if kept is not None and kept.minutes is not None:
            return "booked"
        if kept is not None and kept.reversed_at is not None:
            return "reversed"
        if kept is not None and kept.refused_at is not None:
            return "refused"
        if one.elsewhere:
            return "elsewhere"
        if one.in_at is not None:
            return "unconfirmed" if one.out_at is not None else "in"
        return one.state


def counted_of(kind: str) -> CountedTime:
    """How a kind counts time. Raises ``NotFound`` for one that counts none."""
    declared = known_kinds().get(kind)
    if declared is None or declared.counted is None:
        raise NotFound(
            _("No time is counted here."),
            field="occasion_id",
            value=kind,
            remedy=_("Look at the page of the occasion."),
        )
    return declared.counted


def counted_occasion(occasion_id: UUID) -> OccasionLine:
    """An occasion at which time is counted. Raises ``NotFound``, also for one of another kind."""
    line = occasion_with(occasion_id)
    counted_of(line.occasion.kind)
    return line


def _attended(found: Sequence[Booking]) -> list[Attended]:
    known = Attendance.objects.in_bulk([one.id for one in found])
    return [Attended(one, known.get(one.id)) for one in found]


def own_attendance(actor: Actor, *, occasion_id: UUID) -> Attended | None:
    """One's own part in an occasion, None for whoever has none."""
    one = own_booking(actor, occasion_id=occasion_id)
    return _attended([one])[0] if one is not None else None


def own_attendances(actor: Actor, *, kind: str, limit: int | None = OWN_MAX) -> list[Attended]:
    """One's own part in the occasions of a kind, the newest first; ``limit`` None gives all."""
    return _attended(own_bookings(actor, kind=kind, limit=limit))


def own_minutes(actor: Actor, *, kind: str) -> dict[str, int]:
    """All of one's own minutes that were booked at the occasions of a kind, by the subject of who held them."""
    booked = Attendance.objects.filter(person_id=actor.person_id, minutes__isnull=False, booking__occasion__kind=kind)
    return dict(booked.values_list("booking__occasion__subject").annotate(Sum("minutes")).order_by())


def attendances(actor: Actor, *, occasion_id: UUID) -> list[Attended]:
    """Who booked an occasion that the actor leads, in the order in which they did; those who wait last.

    Raises ``NotFound`` and ``NotPermitted``.
    """
    comers = counted_of(counted_occasion(occasion_id).occasion.kind).comers
    found = bookings(actor, occasion_id=occasion_id)
    known = comers([one.person_id for one in found if one.person_id]) if comers is not None else {}
    return [
        Attended(each.one, each.kept, who.name if who else NAMELESS, who.phone if who else "")
        for each in _attended(found)
        for who in [known.get(each.one.person_id) if each.one.person_id else None]
    ]
