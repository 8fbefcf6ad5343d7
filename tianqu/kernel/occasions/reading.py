"""Reading occasions: what everybody may see, what is one's own, and what whoever leads sees."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.occasions.announcing import no_occasion
from tianqu.kernel.occasions.booking import barred_until
from tianqu.kernel.occasions.kinds import Holder, OccasionKind, kind_called, known_kinds, led_holder
from tianqu.kernel.occasions.models import Booking, Occasion, Standing
from tianqu.kernel.places.api import Place, place_called, places_at, role_holds, rows_in_reach

LIST_MAX: Final = 500
OWN_MAX: Final = 200
DAYS_MAX: Final = 92
YEARS: Final = range(2000, 2200)
SEE: Final = "occasions.see"


@dataclass(frozen=True, slots=True)
class OccasionLine:
    """An occasion as everybody sees it. ``state``: announced, planned, full, running, over or cancelled."""

    occasion: Occasion
    holder: Holder
    state: str

    @property
    def kind(self) -> OccasionKind | None:
        """Its kind; None where its pack is not installed any more."""
        return known_kinds().get(self.occasion.kind)

    @property
    def free(self) -> int:
        """How many places are free."""
        return self.occasion.places - self.occasion.going


@dataclass(frozen=True, slots=True)
class OccasionsAsked:
    """Which occasions: from which day on (today), for how many days, below which place, of which kind, whose."""

    first_day: date | None = None
    days: int = 7
    place: str = ""
    kind: str = ""
    subjects: Collection[str] | None = None  # None: of every holder
    tag: str = ""


def occasions(asked: OccasionsAsked = OccasionsAsked()) -> list[OccasionLine]:
    """The occasions of some days by their beginning, at most 500.

    Raises ``InvalidInput`` for a day or a kind that is none, and ``NotFound`` for such a place.
    """
    if not 1 <= asked.days <= DAYS_MAX:
        raise InvalidInput(
            _("Ask for 1 to %(most)s days."),
            field="days",
            value=asked.days,
            most=DAYS_MAX,
            remedy=_("Ask for fewer at once."),
        )
    first = asked.first_day or timezone.localdate()
    if first.year not in YEARS:
        raise InvalidInput(
            _("%(value)s is not a believable day."),
            field="first_day",
            value=first.isoformat(),
            remedy=_("Choose a day of this century."),
        )
    begin = timezone.make_aware(datetime.combine(first, time()))
    rows = Occasion.objects.filter(ends_at__gt=begin, starts_at__lt=begin + timedelta(days=asked.days))
    if asked.place:
        rows = rows.filter(place_path__under=place_called(asked.place).path)
    if asked.kind:
        rows = rows.filter(kind=kind_called(asked.kind).code)
    if asked.subjects is not None:
        rows = rows.filter(subject__in=list(asked.subjects))
    if asked.tag:
        rows = rows.filter(tags__contains=[asked.tag])
    return occasion_lines(rows.order_by("starts_at", "id")[:LIST_MAX])


def occasion_with(occasion_id: UUID) -> OccasionLine:
    """One occasion. Raises ``NotFound``."""
    found = occasion_lines(Occasion.objects.filter(id=occasion_id))
    if not found:
        raise no_occasion(occasion_id)
    return found[0]


def occasion_lines(rows: Iterable[Occasion]) -> list[OccasionLine]:
    """Occasions with their holders. One statement, and one for each kind among them."""
    now, found, holders = timezone.now(), list(rows), dict[str, dict[str, Holder]]()
    for code in {row.kind for row in found}:
        kind = known_kinds().get(code)
        subjects = {row.subject for row in found if row.kind == code}
        holders[code] = dict(kind.holders(subjects)) if kind is not None else {}
    return [
        OccasionLine(row, holders[row.kind].get(row.subject) or _gone(row), _state(row, now)) for row in found
    ]  # fmt: skip


def _gone(row: Occasion) -> Holder:
    """The holder of an occasion whose pack knows it no more."""
    return Holder(row.subject, row.unit_id, row.place_path, row.subject, row.subject, is_open=False)


def _state(row: Occasion, now: datetime) -> str:
    if row.cancelled_at is not None:
        return "cancelled"
    if row.ends_at <= now:
        return "over"
    if row.starts_at <= now:
        return "running"
    if row.opens_at is not None and now < row.opens_at:
        return "announced"
    return "full" if row.going >= row.places else "planned"


def occasion_places() -> list[Place]:
    """The places in which occasions have been, each one level above the holder's own, by code."""
    held = Occasion.objects.order_by().values_list("place_path", flat=True).distinct()[: LIST_MAX * 20]
    paths = {path.rpartition(".")[0] for path in held}
    return sorted(places_at(paths - {""}).values(), key=lambda place: place.code)


def own_booking(actor: Actor, *, occasion_id: UUID) -> Booking | None:
    """How the actor stands to an occasion, None where not at all."""
    if actor.person_id is None:
        return None
    own = Booking.objects.filter(person_id=actor.person_id, occasion=occasion_id)
    return own.exclude(state=Standing.LEFT).first()


def own_bookings(actor: Actor, *, kind: str = "", limit: int | None = OWN_MAX, left: bool = False) -> list[Booking]:
    """The actor's own bookings with their occasions, the newest first; ``limit`` None gives all.

    ``left``: those that they left, in their place.
    """
    if actor.person_id is None:
        return []
    rows = Booking.objects.filter(person_id=actor.person_id)
    rows = rows.filter(state=Standing.LEFT) if left else rows.exclude(state=Standing.LEFT)
    if kind:
        rows = rows.filter(occasion__kind=kind)
    return list(rows.select_related("occasion").order_by("-occasion__starts_at", "id")[:limit])


def bookings_with(ids: Collection[UUID], *, locked: bool = False) -> list[Booking]:
    """The bookings of some identifiers with their occasions, as far as the connection's eyes see them.

    ``locked``: for another act, which writes beside them.
    """
    rows = Booking.objects.select_for_update(of=("self",)) if locked else Booking.objects.all()
    return list(rows.select_related("occasion").filter(id__in=list(ids)).order_by("id"))


def own_bar(actor: Actor, *, kind: str) -> datetime | None:
    """Until when the actor books nothing of a kind, None for whoever may book."""
    if actor.person_id is None:
        return None
    return barred_until(kind_called(kind), actor.person_id, now=timezone.now())


def may_lead(actor: Actor, line: OccasionLine, act: str = SEE) -> bool:
    """Say whether the actor may do an act on an occasion, or see who booked."""
    try:
        led_holder(actor, act, kind=line.occasion.kind, subject=line.occasion.subject)
    except (InvalidInput, NotFound, NotPermitted):
        return False
    return True


def led_kinds(actor: Actor) -> list[OccasionKind]:
    """The kinds that the actor's post works on."""
    return [kind for kind in known_kinds().values() if role_holds(actor, kind.permission)]


def led_occasions(actor: Actor, *, kind: str = "", limit: int = 100) -> list[OccasionLine]:
    """The occasions within the actor's reach of the kinds that they work on: what comes next first, then what was."""
    kinds, now = [one.code for one in led_kinds(actor) if kind in ("", one.code)], timezone.now()
    rows = rows_in_reach(actor, Occasion.objects.filter(kind__in=kinds))
    coming = rows.filter(ends_at__gt=now).order_by("starts_at", "id")[: min(limit, LIST_MAX)]
    found = list(coming)
    left = min(limit, LIST_MAX) - len(found)
    return occasion_lines([*found, *rows.filter(ends_at__lte=now).order_by("-starts_at", "id")[:left]])


def bookings(actor: Actor, *, occasion_id: UUID) -> list[Booking]:
    """Who booked an occasion, for whoever leads it, in the order of asking; those who wait last, and not all of them.

    Raises ``NotFound`` and ``NotPermitted``.
    """
    occasion = occasion_with(occasion_id).occasion
    led_holder(actor, SEE, kind=occasion.kind, subject=occasion.subject)
    rows: QuerySet[Booking] = Booking.objects.filter(occasion=occasion_id).exclude(state=Standing.LEFT)
    return list(rows.order_by("state", "turn")[: occasion.places + LIST_MAX])


def seats_free(occasion: Occasion) -> list[str]:
    """The free seats of an occasion, the best first. Everybody may ask; a function of the database tells no more."""
    if not occasion.seats:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT occasions_seats_taken(%s)", [occasion.id])
        taken = set(cursor.fetchall()[0][0])
    return [seat for seat in occasion.seats if seat not in taken]
