"""What the worker does for seasons: it computes plans that were asked for, and carries published ones out by acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_noop

from tianqu.base.errors import TianquError
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.planning.api import Plan, replanned, season_plan
from tianqu.packs.culture.models import Stand
from tianqu.packs.culture.season.acts import ASKED, CARRYING, moment_of, move_show, note_season
from tianqu.packs.culture.season.frozen import bound_to_own, season_of_stored, shows_of_stored, stored_shows
from tianqu.packs.culture.season.models import SeasonPlan
from tianqu.packs.culture.season.queries import asker_of, plan_for_worker, stands_of
from tianqu.packs.culture.shows.acts import cancel_show, commit_show

BROKEN: Final = gettext_noop("Something broke on our side. Ask for the plan once more.")
CARRIED_SAID: Final = 20  # of so many shows it is said how far the carrying out is


def do_season(plan_id: UUID) -> None:
    """Do what a plan waits for, with the eyes of who asked; what went wrong is kept with it. Safe to run twice."""
    with seeing(SYSTEM.scope):
        one = plan_for_worker(plan_id)
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
            note_season(actor, plan_id=plan_id, done=one.done, failed=str(error))
        except Exception:  # the plan does not wait for ever for what broke; the worker's log has the rest
            note_season(actor, plan_id=plan_id, done=one.done, failed=str(BROKEN))
            raise


def _compute(actor: Actor, one: SeasonPlan) -> None:
    told = _telling(actor, one)
    season, shows = season_of_stored(one.given), shows_of_stored(one.shows)
    nowhere = [pair for pair in one.unserved if pair[1] == "nowhere"]
    if not one.outs:
        note_season(actor, plan_id=one.id, done=100, result=_result(season_plan(season, told=told), nowhere, moved=[]))
        return
    stands = stands_of([show.visit_id for show in shows])
    engaged = frozenset(name for name, stand in stands.items() if stand in (Stand.COMMITTED, Stand.ACCEPTED))
    own = bound_to_own(season, shows=shows, engaged=engaged)
    anew = replanned(own, plan=shows, today=timezone.localdate(), told=told)
    new = {show.visit_id for show in anew.plan.shows} - {show.visit_id for show in shows}
    moved = sorted({*anew.moved, *new, *(one.moved if one.published_at else ())})
    result = _result(anew.plan, nowhere, moved=moved)
    note_season(actor, plan_id=one.id, done=100, result=result)


def _telling(actor: Actor, one: SeasonPlan) -> Callable[[str, float], None]:
    def told(_step: str, share: float) -> None:
        if 0 < share < 1:
            note_season(actor, plan_id=one.id, done=round(100 * share))

    return told


def _result(plan: Plan, nowhere: list[Any], *, moved: list[str]) -> dict[str, Any]:
    return {
        "shows": stored_shows(plan.shows),
        "unserved": [*([each.visit_id, each.why] for each in plan.unserved), *nowhere],
        "cost": asdict(plan.cost), "bound": plan.bound, "proved": plan.proved, "moved": moved,
    }  # fmt: skip


def _carry_out(actor: Actor, one: SeasonPlan) -> None:
    """Engage, move and call off until the performances are what the plan says; each by its own act."""
    shows = {show.visit_id: show for show in shows_of_stored(one.shows)}
    stands = stands_of([visit["id"] for visit in one.given["visits"]])
    refused: list[str] = []
    for count, (name, stand) in enumerate(stands.items()):
        show, engaged = shows.get(name), stand in (Stand.COMMITTED, Stand.ACCEPTED)
        try:
            if show is not None and stand == Stand.ORDERED and show.on > timezone.localdate():
                starts_at = moment_of(show.on, show.starts)
                commit_show(actor, show_id=UUID(name), contract=one.contracts[show.carrier_id], starts_at=starts_at)
            elif show is not None and engaged and show.on > timezone.localdate() and name in one.moved:
                move_show(actor, show_id=UUID(name), starts_at=moment_of(show.on, show.starts))
            elif show is None and engaged and one.outs:
                cause, _what, first, last = one.outs[-1]
                cancel_show(actor, show_id=UUID(name), cause=cause, reason=f"{first} – {last}")
        except TianquError as error:
            refused.append(f"{name}: {error}")
        if count % CARRIED_SAID == 0:
            note_season(actor, plan_id=one.id, done=100 * count // max(len(stands), 1))
    result = {
        "shows": one.shows, "unserved": one.unserved, "cost": one.cost, "bound": one.bound, "proved": one.proved,
        "moved": [],
    }  # fmt: skip
    note_season(actor, plan_id=one.id, done=100, result=result, failed="\n".join(refused)[:2_000])
