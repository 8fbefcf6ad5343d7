"""Reading tours: plans with their shows by day and by carrier, what is not served and why; and public stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, TianquError, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import Account, Place, actor_of, place_called, places_at, require
from tianqu.kernel.planning.api import shows_of_stored
from tianqu.kernel.tours.asking import YEARS
from tianqu.kernel.tours.gathering import engagement, moment_of, titled
from tianqu.kernel.tours.keeping import fault_again
from tianqu.kernel.tours.kinds import TourKind, acts_for, check_leads, known_tour_kinds, led_tour_kinds, tour_kind
from tianqu.kernel.tours.models import Stop, Tour

SEE: Final = "tours.see"
LIST_MAX: Final = 100
STOPS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Called:
    """A carrier, by its code, as it is called."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class PlannedShow:
    """A visit of a plan, or what is not served (``why``), with its place, what is given, and who comes.

    ``address``: its own page, once there is one. ``extra``: nobody ordered it; the plan gives it for wishes.
    ``confirmed``: it was published so, and its carrier is engaged.
    """

    visit: str
    title: str
    title_en: str
    place: Place | None
    carrier: Called | None = None
    on: date | None = None
    starts_at: datetime | None = None
    why: str = ""
    moved: bool = False
    address: str = ""
    extra: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class TourRead:
    """A plan as it is read: its shows by day, what is not served, and what was refused."""

    plan: Tour
    kind: TourKind
    shows: tuple[PlannedShow, ...]
    unserved: tuple[PlannedShow, ...]
    carriers: tuple[Called, ...]
    faults: tuple[tuple[str, TianquError], ...]  # visit ("" for all of it) and refusal


def tours(actor: Actor, *, kind: str = "", after: UUID | None = None, limit: int = LIST_MAX) -> list[Tour]:
    """The plans of one's office of the kinds that one plans, the newest first, without what they were made from.

    Raises ``NotPermitted``, ``InvalidInput`` for a kind that is none.
    """
    require(actor, SEE)
    codes = {one.code for one in led_tour_kinds(actor)} & ({tour_kind(kind).code} if kind else {*known_tour_kinds()})
    rows = Tour.objects.defer("given").filter(kind__in=codes)
    if not actor.scope.everything:
        rows = rows.filter(unit_id__in=actor.scope.unit_ids)
    rows = rows.filter(id__lt=after) if after else rows
    return list(rows.order_by("-id")[: max(1, min(limit, LIST_MAX))])


def tour_seen(actor: Actor, tour_id: UUID) -> Tour:
    """A plan of one's own office. Raises ``NotFound``, ``NotPermitted``."""
    require(actor, SEE)
    one = Tour.objects.filter(id=tour_id).first()
    if one is None or not acts_for(actor, one.unit_id):
        raise NotFound(
            _("There is no such plan."), field="tour_id", value=str(tour_id),
            remedy=_("Choose one of your office's plans."),
        )  # fmt: skip
    check_leads(actor, SEE, kind=one.kind, unit_id=one.unit_id)
    return one


def tour_read(actor: Actor, tour_id: UUID) -> TourRead:
    """A plan with names. Raises ``NotFound``, ``NotPermitted``."""
    plan = tour_seen(actor, tour_id)
    kind, visits = tour_kind(plan.kind), plan.told["visits"]
    places = places_at({one["place"] for one in visits.values()})
    carriers = {name: Called(name, one["name"], one["name_en"]) for name, one in plan.told["carriers"].items()}
    moved, there = set(plan.moved), kind.standings(list(visits))

    def told(name: str, works: tuple[str, ...] = (), **more: Any) -> PlannedShow:
        one = visits[name]
        return PlannedShow(
            name, *titled(plan, name, works), places.get(one["place"]), moved=name in moved, extra=one["extra"],
            address=kind.address(name) if name in there else "", **more,
        )  # fmt: skip

    sure = set(Stop.objects.filter(tour=plan, confirmed=True, dropped_at=None).values_list(
        "visit_id", "carrier", "starts_at"
    ))  # fmt: skip
    shows = tuple(
        told(
            show.visit_id, show.works, carrier=carriers[show.carrier_id], on=show.on, starts_at=begins,
            confirmed=(show.visit_id, show.carrier_id, begins) in sure,
        )
        for show in shows_of_stored(plan.shows)
        for begins in (engagement(kind, plan, show).starts_at,)
    )  # fmt: skip
    travels = {one["id"] for one in plan.given["carriers"]}
    return TourRead(
        plan, kind, shows, tuple(told(name, why=why) for name, why in plan.unserved),
        tuple(carriers[name] for name in sorted(carriers) if name in travels),
        tuple((each["visit"], fault_again(each)) for each in plan.faults),
    )  # fmt: skip


def tour_for_worker(tour_id: UUID) -> Tour | None:
    """A plan as the worker finds it; it has the eyes of nobody, and sees everything."""
    return Tour.objects.filter(id=tour_id).first()


def asker_of(one: Tour) -> Actor | None:
    """Who asked for a plan, with the post they asked by; None where they or that post are gone."""
    account = Account.objects.filter(person_id=one.person_id).first() if one.person_id else None
    try:
        return actor_of(account, channel="job", post_id=one.post_id) if account is not None else None
    except NotPermitted:  # the account is disabled, or the post has ended
        return None


@dataclass(frozen=True, slots=True)
class StopsAsked:
    """Which public stops: of which tour, kind or carrier, below which place, from which day on, how many days."""

    tour_id: UUID | None = None
    kind: str = ""
    carrier: str = ""
    place: str = ""
    first_day: date | None = None
    days: int = 92
    dropped: bool = False


def stops(asked: StopsAsked) -> list[Stop]:
    """What tours were published to bring, by their beginning, at most 1,000.

    Raises ``InvalidInput`` for a day that is none, ``NotFound`` for no such place.
    """
    rows = Stop.objects.all() if asked.dropped else Stop.objects.filter(dropped_at=None)
    if asked.tour_id is not None:
        rows = rows.filter(tour_id=asked.tour_id)
    else:
        first = asked.first_day or timezone.localdate()
        if first.year not in YEARS:
            raise InvalidInput(_("%(value)s is not a believable day."), field="first_day", value=first.isoformat())
        begins = moment_of(first, 0)
        rows = rows.filter(starts_at__gte=begins, starts_at__lt=begins + timedelta(days=asked.days))
    for name in ("kind", "carrier"):
        if getattr(asked, name):
            rows = rows.filter(**{name: getattr(asked, name)})
    if asked.place:
        rows = rows.filter(place_path__under=place_called(asked.place).path)
    return list(rows.order_by("starts_at", "id")[:STOPS_MAX])


def stops_ahead(one: Tour, *, on: date) -> list[Stop]:
    """The stops of a plan after a day that are still to be."""
    begins = moment_of(on + timedelta(days=1), 0)
    return list(Stop.objects.filter(tour=one, dropped_at=None, starts_at__gte=begins))


def stop_places(found: Sequence[Stop]) -> dict[str, Place]:
    """The places of stops by their paths."""
    return places_at({stop.place_path for stop in found})
