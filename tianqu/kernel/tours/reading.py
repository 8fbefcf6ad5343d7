"""Reading seasons: plans with their shows by day and by troupe, what is not served and why, the map's points."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import Account, Place, actor_of, places_at, require
from tianqu.packs.culture.models import Performance, Troupe
from tianqu.packs.culture.season.acts import moment_of, plan_seen
from tianqu.packs.culture.season.frozen import shows_of_stored
from tianqu.packs.culture.season.models import SeasonPlan

SEE: Final = "culture.see_seasons"
LIST_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class PlannedShow:
    """A show of a plan, or what is not served (``why``), with its village, work and troupe."""

    show_id: str
    performance: Performance | None
    place: Place | None
    troupe: Troupe | None = None
    on: date | None = None
    starts: int = 0
    starts_at: datetime | None = None
    why: str = ""
    moved: bool = False


@dataclass(frozen=True, slots=True)
class SeasonRead:
    """A plan as it is read: its shows by day, and what is not served."""

    plan: SeasonPlan
    shows: tuple[PlannedShow, ...]
    unserved: tuple[PlannedShow, ...]
    troupes: tuple[Troupe, ...]


def seasons(actor: Actor, *, after: UUID | None = None, limit: int = LIST_MAX) -> list[SeasonPlan]:
    """The plans of one's office, the newest first, without what they were made from. Raises ``NotPermitted``."""
    require(actor, SEE)
    rows = SeasonPlan.objects.defer("given")
    if not actor.scope.everything:
        rows = rows.filter(unit_id__in=actor.scope.unit_ids)
    rows = rows.filter(id__lt=after) if after else rows
    return list(rows.order_by("-id")[: max(1, min(limit, LIST_MAX))])


def season_read(actor: Actor, plan_id: UUID) -> SeasonRead:
    """A plan with names. Raises ``NotFound``, ``NotPermitted``."""
    plan = plan_seen(actor, plan_id)
    names = {row[0] for row in [*plan.shows, *plan.unserved]}
    rows = {str(one.order_id): one for one in Performance.objects.select_related("work").filter(order_id__in=names)}
    places = places_at({one.place_path for one in rows.values()})
    troupes = Troupe.objects.in_bulk([one["id"] for one in plan.given["carriers"]])
    moved = set(plan.moved)

    def told(name: str, **more: Any) -> PlannedShow:
        one = rows.get(name)
        return PlannedShow(name, one, places.get(one.place_path) if one else None, moved=name in moved, **more)

    shows = tuple(
        told(
            show.visit_id, troupe=troupes.get(show.carrier_id), on=show.on, starts=show.starts,
            starts_at=moment_of(show.on, show.starts),
        )
        for show in shows_of_stored(plan.shows)
    )  # fmt: skip
    left = tuple(told(name, why=why) for name, why in plan.unserved)
    return SeasonRead(plan, shows, left, tuple(troupes[name] for name in sorted(troupes)))


def plan_for_worker(plan_id: UUID) -> SeasonPlan | None:
    """A plan as the worker finds it; it has the eyes of nobody, and sees everything."""
    return SeasonPlan.objects.filter(id=plan_id).first()


def asker_of(one: SeasonPlan) -> Actor | None:
    """Who asked for a plan, with the post they asked by; None where they are gone."""
    account = Account.objects.filter(person_id=one.person_id).first() if one.person_id else None
    return actor_of(account, channel="job", post_id=one.post_id) if account is not None else None


def stands_of(names: Collection[str]) -> dict[str, str]:
    """Where each of some performances stands, by its identifier."""
    rows = Performance.objects.filter(order_id__in=list(names)).order_by("order_id").values_list("order_id", "stand")
    return {str(name): stand for name, stand in rows}
