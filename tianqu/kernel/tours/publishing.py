"""A plan put into force: its stops are public from then on, villages are told, and the worker carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from procrastinate.contrib.django import app

from tianqu.base.errors import Conflict, _
from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.notices.api import prepare_notice, queue_notices
from tianqu.kernel.places.api import may_by_role, places_at, units_of_places
from tianqu.kernel.planning.api import shows_of_stored
from tianqu.kernel.tours.gathering import engagement, titled
from tianqu.kernel.tours.keeping import (
    CARRYING,
    PLANNED,
    PUBLISHED,
    TASK,
    asked_now,
    changed_stop,
    expected,
    keep,
    locked,
    moves_refused,
)
from tianqu.kernel.tours.kinds import Engagement, TourKind
from tianqu.kernel.tours.models import Stop, Tour
from tianqu.kernel.tours.reading import stops_ahead

UNITS_TOLD_MAX: Final = 3  # of a village
CHANGING: Final = (
    "title", "title_en", "carrier", "carrier_name", "carrier_name_en", "starts_at", "ends_at", "dropped_at",
    "confirmed",
)  # fmt: skip


@act("tours.publish", may=may_by_role)
def publish_tour(acting: Acting, *, tour_id: UUID, expected_version: int | None = None) -> int:
    """Publish a plan: everybody sees its stops, villages are told, and the worker engages by the pack's acts.

    Returns how many visits lie ahead; of one that was published before there may be none left, and all are called off.
    Raises ``Conflict`` for a plan that is not there, or has none ahead.
    """
    one, kind = locked(acting, tour_id)
    expected(one, expected_version)
    if one.stand != PLANNED:
        raise Conflict(
            _("Only a plan that is there and not published is published."), field="tour_id",
            remedy=_("Wait until it is computed, or look whether it is published already."),
        )  # fmt: skip
    shows = shows_of_stored(one.shows)
    ahead = [engagement(kind, one, show) for show in shows if show.on > acting.today]
    if not ahead and one.published_at is None:
        raise Conflict(_("No visit of this plan lies ahead."), field="tour_id", remedy=_("Plan other days."))
    moved = set(one.moved)
    _tell(acting, kind, one, [each for each in ahead if not one.published_at or each.visit_id in moved])
    _keep_stops(acting, one, [engagement(kind, one, show) for show in shows])
    one.stand, one.published_at, one.done, one.faults = CARRYING, acting.now, 0, []
    asked_now(acting, one)
    keep(acting, one)
    app.configure_task(TASK).defer(tour_id=str(tour_id))
    return len(ahead)


@act("tours.retry", may=may_by_role)
def retry_tour(acting: Acting, *, tour_id: UUID, expected_version: int | None = None) -> int:
    """Let the worker engage what a published plan did not, once the reason is gone; return how many are tried.

    Nobody is told again, and what is engaged stays. Sent again while the worker is at it, or where nothing is left,
    it does nothing. Raises ``Conflict`` for a plan that is not published.
    """
    one, _kind = locked(acting, tour_id)
    if one.stand == CARRYING:
        raise DoneBefore(0)
    expected(one, expected_version)
    if one.stand != PUBLISHED:
        raise Conflict(
            _("This plan is not published: nobody is to be engaged."), field="tour_id", remedy=_("Publish it first."),
        )  # fmt: skip
    left = {stop.visit_id for stop in stops_ahead(one, on=acting.today) if not stop.confirmed}
    left |= {each["visit"] for each in one.faults if each["visit"]}
    if not left:
        raise DoneBefore(0)
    one.moved = sorted(moves_refused(one))
    one.stand, one.done, one.faults = CARRYING, 0, []
    asked_now(acting, one)
    keep(acting, one)
    app.configure_task(TASK).defer(tour_id=str(tour_id))
    return len(left)


def _tell(acting: Acting, kind: TourKind, one: Tour, news: Sequence[Engagement]) -> None:
    places = places_at({each.place_path for each in news})
    units = units_of_places({place.code for place in places.values()})
    notices = [
        prepare_notice(
            acting, key=f"tour:{one.id}:{one.version}:{each.visit_id}", code=kind.notice,
            subject=f"{kind.subject}:{each.visit_id}", unit_id=unit.id,
            parameters={"title": titled(one, each.visit_id, each.works)[0], "at": each.starts_at.isoformat()},
        )
        for each in news if each.place_path in places
        for unit in units[places[each.place_path].code][:UNITS_TOLD_MAX]
    ]  # fmt: skip
    queue_notices(acting, notices)


def _keep_stops(acting: Acting, one: Tour, news: Sequence[Engagement]) -> None:
    """Make what everybody sees what the plan says; what is no longer in it stays, to say that it was dropped.

    What is new or changed is confirmed by the worker, once its carrier is engaged so.
    """
    known = {stop.visit_id: stop for stop in Stop.objects.select_for_update().filter(tour=one)}
    added, changed = [], []
    for each in news:
        stop = known.pop(each.visit_id, None)
        carrier, (title, title_en) = one.told["carriers"][each.carrier], titled(one, each.visit_id, each.works)
        told = {
            "title": title, "title_en": title_en, "carrier": each.carrier,
            "carrier_name": carrier["name"], "carrier_name_en": carrier["name_en"], "starts_at": each.starts_at,
            "ends_at": each.ends_at, "dropped_at": None,
        }  # fmt: skip
        if stop is None:
            added.append(Stop(
                tour=one, kind=one.kind, unit_id=one.unit_id, visit_id=each.visit_id, place_path=each.place_path,
                changed_at=acting.now, **told,
            ))  # fmt: skip
        elif any(getattr(stop, name) != value for name, value in told.items()):
            changed.append(changed_stop(acting, stop, {**told, "confirmed": False}))
    dropped = [stop for stop in known.values() if stop.dropped_at is None]
    changed += [changed_stop(acting, stop, {"dropped_at": acting.now}) for stop in dropped]
    Stop.objects.bulk_create(added)
    Stop.objects.bulk_update(changed, [*CHANGING, "changed_at", "version"])
