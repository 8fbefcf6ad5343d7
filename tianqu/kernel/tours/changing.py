"""A plan changed: by hand, with the cost of each change, and by what falls out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from procrastinate.contrib.django import app

from tianqu.base.bounds import chosen
from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.places.api import may_by_role, place_called
from tianqu.kernel.planning.api import (
    Add,
    Change,
    ChangeCost,
    Drop,
    Fault,
    Move,
    Swap,
    change_cost,
    season_of_stored,
    shows_of_stored,
    stored_season,
    stored_shows,
    without,
)
from tianqu.kernel.tours.asking import DAYS_MAX
from tianqu.kernel.tours.keeping import (
    ASKED,
    PLANNED,
    PUBLISHED,
    TASK,
    asked_now,
    expected,
    keep,
    locked,
    moves_refused,
)
from tianqu.kernel.tours.models import Tour

DEEDS: Final = ("move", "swap", "drop", "add")
OUTS: Final = ("weather", "carrier")
OUTS_MAX: Final = 200


@act("tours.change", may=may_by_role)
def change_tour(
    acting: Acting,
    *,
    tour_id: UUID,
    deed: str,
    visit: str,
    carrier: str = "",
    on: date | None = None,
    starts: int | None = None,
    other: str = "",
    expected_version: int | None = None,
) -> int:
    """Change a plan by hand: move, swap, drop or add a visit; return by how many fen its cost grows.

    ``deed``: one of those; ``carrier``, ``on`` and ``starts`` (of the arrival, in minutes after midnight; None for as
    early as it fits): where a visit comes to; ``other``: with which it is swapped. Raises ``Conflict`` for a change
    that would break a law, with the law's name, and where somebody was quicker.
    """
    one, _kind = locked(acting, tour_id)
    expected(one, expected_version)
    if one.stand != PLANNED:
        raise Conflict(
            _("Only a plan that is there and not published is changed by hand."), field="tour_id",
            remedy=_("Wait until it is computed; of a published one, say what fell out."),
        )  # fmt: skip
    change = change_of(deed, visit=visit, carrier=carrier, on=on, starts=starts, other=other)
    reckoned = reckon(one, change, on=acting.today)
    if reckoned.broken:
        raise Conflict(
            _("This would break a law of the plan (%(value)s)."), field="deed", value=reckoned.broken[0].law,
            remedy=remedy_for(reckoned.broken),
        )  # fmt: skip
    one.shows, one.cost = stored_shows(reckoned.shows), asdict(reckoned.after)
    served = {show.visit_id for show in reckoned.shows}
    left = {each: why for each, why in one.unserved if each not in served}
    names = {each["id"] for each in one.given["visits"]}
    one.unserved = sorted([each, left.get(each, "by_hand")] for each in (names | set(left)) - served)
    one.proved = False
    if one.published_at is not None:  # where it was before may be engaged, and is moved when it is published again
        one.moved = sorted({*one.moved, *filter(None, (visit, other))} & served)
    keep(acting, one, change=[deed, visit, carrier, on, starts])
    return reckoned.difference


@act("tours.fall_out", may=may_by_role)
def fall_out(
    acting: Acting,
    *,
    tour_id: UUID,
    cause: str,
    first_on: date,
    last_on: date,
    carrier: str = "",
    place: str = "",
    expected_version: int | None = None,
) -> None:
    """Say that a place cannot be visited (``weather``) or a ``carrier`` is out for some days; the worker plans anew.

    What is past stays, and as few visits as can be are moved. Raises ``InvalidInput``, ``NotFound``, ``Conflict``.
    """
    one, _kind = locked(acting, tour_id)
    expected(one, expected_version)
    if one.stand not in (PLANNED, PUBLISHED):
        raise Conflict(_("This plan is not there yet."), field="tour_id", remedy=_("Wait until it is."))
    if not timedelta() <= last_on - first_on < timedelta(days=DAYS_MAX) or len(one.outs) >= OUTS_MAX:
        raise InvalidInput(
            _("These days are in the wrong order, or too many."), field="last_on", value=last_on.isoformat(),
            remedy=_("Choose the first and the last day."),
        )  # fmt: skip
    out = chosen(cause, OUTS, field="cause") == "carrier"
    if out and carrier not in one.told["carriers"]:
        raise NotFound(_("Nobody called %(value)s travels here."), field="carrier", value=carrier[:40])
    if not out and not place:
        raise InvalidInput(_("Say which village."), field="place", remedy=_("Choose one."))
    who, where = (carrier, "") if out else ("", place_called(place).code)
    days = frozenset(first_on + timedelta(days=each) for each in range((last_on - first_on).days + 1))
    now = without(season_of_stored(one.given), spot=where, carrier=who, days=days)
    one.moved = sorted({*one.moved, *moves_refused(one)})
    one.given, one.stand, one.done, one.faults = stored_season(now), ASKED, 0, []
    one.outs = [*one.outs, [cause, who or where, first_on.isoformat(), last_on.isoformat()]]
    asked_now(acting, one)
    keep(acting, one)
    app.configure_task(TASK).defer(tour_id=str(tour_id))


def change_of(deed: str, *, visit: str, carrier: str, on: date | None, starts: int | None, other: str) -> Change:
    """A change as the planner takes it. Raises ``InvalidInput``."""
    if chosen(deed, DEEDS, field="deed") == "drop":
        return Drop(visit)
    if deed == "swap":
        if not other:
            raise InvalidInput(_("Say with which visit."), field="other", remedy=_("Choose one."))
        if other == visit:
            raise InvalidInput(
                _("A visit changes places with another one."), field="other", value=other[:80],
                remedy=_("Choose another one."),
            )  # fmt: skip
        return Swap(visit, other)
    if on is None:
        raise InvalidInput(_("Say on which day."), field="on", remedy=_("Choose one."))
    return (Move if deed == "move" else Add)(visit, carrier, on, starts)


def reckon(one: Tour, change: Change, *, on: date) -> ChangeCost:
    """What a change of a plan would cost and break, without making it. Raises ``InvalidInput``, ``Conflict``."""
    return change_cost(season_of_stored(one.given), shows=shows_of_stored(one.shows), change=change, today=on)


def remedy_for(broken: tuple[Fault, ...]) -> str:
    """What to do where a change would break laws, in English."""
    if any(fault.law == "over_budget" for fault in broken):
        return _("Take another visit out first, or plan anew with a larger budget.")
    return _("Choose another day, time or team.")


def laws_broken(faults: tuple[Fault, ...]) -> list[str]:
    """The names of broken laws, each once."""
    return sorted({fault.law for fault in faults})
