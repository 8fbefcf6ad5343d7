"""What the worker does for tours: it computes plans that were asked for, and carries published ones out by acts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import TianquError, _
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.planning.api import (
    Plan,
    Show,
    bound_to_own,
    compute_tour,
    season_of_stored,
    shows_of_stored,
    stored_shows,
)
from tianqu.kernel.tours.asking import note_tour
from tianqu.kernel.tours.gathering import engagement
from tianqu.kernel.tours.keeping import ASKED, CARRYING, fault_kept
from tianqu.kernel.tours.kinds import Standing, TourKind, tour_kind
from tianqu.kernel.tours.models import Tour
from tianqu.kernel.tours.reading import asker_of, tour_for_worker

CARRIED_SAID: Final = 20  # of so many visits it is said how far the carrying out is
FAULTS_MAX: Final = 50


class Broken(TianquError):
    """Something that nobody can put right but us."""

    code = "broken"
    status = 500


def do_tour(tour_id: UUID) -> None:
    """Do what a plan waits for, with the eyes of who asked; what went wrong is kept with it. Safe to run twice."""
    with seeing(SYSTEM.scope):
        one = tour_for_worker(tour_id)
        actor = asker_of(one) if one is not None else None
    if one is None or actor is None:
        return
    with seeing(actor.scope):
        try:
            if one.stand == ASKED:
                _compute(actor, one)
            elif one.stand == CARRYING:
                _carry_out(actor, one)
        except TianquError as error:
            note_tour(actor, tour_id=tour_id, done=one.done, faults=[fault_kept(error)])
        except Exception:  # the plan does not wait for ever for what broke; the worker's log has the rest
            broken = Broken(_("Something broke on our side."), remedy=_("Ask for the plan once more."))
            note_tour(actor, tour_id=tour_id, done=one.done, faults=[fault_kept(broken)])
            raise


def _compute(actor: Actor, one: Tour) -> None:
    season, shows = season_of_stored(one.given), shows_of_stored(one.shows)
    nowhere = [pair for pair in one.unserved if pair[1] == "nowhere"]
    if one.outs:  # what is engaged stays with its own carrier
        standings = tour_kind(one.kind).standings([show.visit_id for show in shows])
        engaged = frozenset(name for name, stand in standings.items() if stand is Standing.ENGAGED)
        season = bound_to_own(season, shows=shows, engaged=engaged)

    def tell(share: int) -> None:
        if 0 < share < 100:
            note_tour(actor, tour_id=one.id, done=share)

    made = compute_tour(season, plan=shows if one.outs else None, today=timezone.localdate(), tell=tell)
    moved: list[str] = []
    if one.outs:
        new = {show.visit_id for show in made.plan.shows} - {show.visit_id for show in shows}
        moved = sorted({*made.moved, *new, *(one.moved if one.published_at else ())})
    note_tour(actor, tour_id=one.id, done=100, result=_result(made.plan, nowhere, moved=moved))


def _result(plan: Plan, nowhere: list[Any], *, moved: list[str]) -> dict[str, Any]:
    return {
        "shows": stored_shows(plan.shows),
        "unserved": [*([each.visit_id, each.why] for each in plan.unserved), *nowhere],
        "cost": asdict(plan.cost), "bound": plan.bound, "proved": plan.proved, "moved": moved,
    }  # fmt: skip


def _carry_out(actor: Actor, one: Tour) -> None:
    """Engage, move and call off until what there is is what the plan says; each by its own act of the pack."""
    kind, shows = tour_kind(one.kind), {show.visit_id: show for show in shows_of_stored(one.shows)}
    names = [visit["id"] for visit in one.given["visits"]]
    standings = kind.standings(names)
    faults: list[dict[str, Any]] = []
    for count, name in enumerate(names):
        try:
            _carry(actor, kind, one, name, show=shows.get(name), stand=standings.get(name, Standing.WAITING))
        except TianquError as error:
            faults.append(fault_kept(error, visit=name))
        if count % CARRIED_SAID == 0:
            note_tour(actor, tour_id=one.id, done=100 * count // max(len(names), 1))
    result = {name: getattr(one, name) for name in ("shows", "unserved", "cost", "bound", "proved")} | {"moved": []}
    note_tour(actor, tour_id=one.id, done=100, result=result, faults=faults[:FAULTS_MAX])


def _carry(actor: Actor, kind: TourKind, one: Tour, name: str, *, show: Show | None, stand: Standing) -> None:
    """Bring one visit to what the plan says of it."""
    if show is not None and show.on > timezone.localdate():
        if stand is Standing.WAITING:
            kind.engage(actor, engagement(kind, one, show))
        elif stand is Standing.ENGAGED and name in one.moved:
            kind.move(actor, engagement(kind, one, show))
    elif show is None and stand is Standing.ENGAGED and one.outs:
        cause, _what, first, last = one.outs[-1]
        kind.call_off(actor, name, cause, f"{first} – {last}")
