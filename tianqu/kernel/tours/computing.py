"""What the worker does for tours: it computes plans that were asked for, and carries published ones out by acts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from itertools import combinations
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext

from tianqu.base.errors import Conflict, TianquError, _
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
from tianqu.kernel.tours.kinds import Stage, Standing, TourKind, tour_kind
from tianqu.kernel.tours.models import Stop, Tour
from tianqu.kernel.tours.reading import asker_of, tour_for_worker

CARRIED_SAID: Final = 20  # of so many visits it is said how far the carrying out is
FAULTS_MAX: Final = 50
ROUNDS_MAX: Final = 5  # in which what was in the way moves, one behind the other


class Broken(TianquError):
    """Something that nobody can put right but us."""

    code = "broken"
    status = 500


def do_tour(tour_id: UUID) -> None:
    """Do what a plan waits for, with the eyes of who asked; what went wrong is kept with it. Safe to run twice."""
    with seeing(SYSTEM.scope):
        one = tour_for_worker(tour_id)
        if one is None or one.stand not in (ASKED, CARRYING):
            return
        actor = asker_of(one)
        if actor is None:
            _refused(one, Conflict(
                _("Whoever asked for this has no post any more with which it could be done."),
                remedy=_("Somebody whose post plans tours asks for it once more."),
            ))  # fmt: skip
            return
    with seeing(actor.scope):
        try:
            if one.stand == ASKED:
                _compute(actor, one)
            elif one.stand == CARRYING:
                _carry_out(actor, one)
        except TianquError as error:
            _refused(one, error)
        except Exception:  # the plan does not wait for ever for what broke; the worker's log has the rest
            _refused(one, Broken(_("Something broke on our side."), remedy=_("Ask for the plan once more.")))
            raise


def _refused(one: Tour, error: TianquError) -> None:
    """Keep what went wrong with a plan, whoever may or may not do anything with it by now."""
    with seeing(SYSTEM.scope):
        note_tour(SYSTEM, tour_id=one.id, done=one.done, faults=[fault_kept(error)])


def _compute(actor: Actor, one: Tour) -> None:
    season, shows = season_of_stored(one.given), shows_of_stored(one.shows)
    nowhere = [pair for pair in one.unserved if pair[1] == "nowhere"]
    if one.outs:  # what is engaged stays with its own carrier
        standings = tour_kind(one.kind).standings([show.visit_id for show in shows])
        engaged = frozenset(name for name, standing in standings.items() if standing.stage is Stage.ENGAGED)
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
    """Engage, move, hand over and call off until what there is is what the plan says; each by an act of the pack.

    What was refused because another visit stood in its way is tried again once that was moved, or both at once.
    """
    kind, shows = tour_kind(one.kind), {show.visit_id: show for show in shows_of_stored(one.shows)}
    names = [visit["id"] for visit in one.given["visits"]]
    standings = kind.standings(names)
    refused: dict[str, TianquError] = {}
    confirmed: dict[str, bool] = {}

    def carry(name: str) -> None:
        try:
            standing = standings.get(name, Standing(Stage.WAITING))
            if _carried(actor, kind, one, name, show=shows.get(name), standing=standing):
                confirmed[name] = True
            refused.pop(name, None)
        except TianquError as error:
            confirmed[name], refused[name] = False, error

    for count, name in enumerate(names):
        carry(name)
        if count % CARRIED_SAID == 0:
            note_tour(actor, tour_id=one.id, done=100 * count // max(len(names), 1), confirmed=confirmed)
    moved = {name for name in one.moved if confirmed.get(name)}
    for _round in range(ROUNDS_MAX if refused and moved else 0):
        before = set(refused)
        for name in sorted(before):
            carry(name)
        if set(refused) == before:
            break
    for name, other in _in_each_others_way(one, refused, shows=shows, standings=standings):
        if kind.swap is not None and {name, other} <= set(refused):
            try:
                kind.swap(actor, *(engagement(kind, one, shows[each]) for each in (name, other)))
            except TianquError as error:
                refused |= {name: error, other: error}
            else:
                del refused[name], refused[other]
                confirmed |= {name: True, other: True}
    faults = [fault_kept(refused[name], visit=name, moved=name in one.moved) for name in names if name in refused]
    result = {name: getattr(one, name) for name in ("shows", "unserved", "cost", "bound", "proved")} | {"moved": []}
    note_tour(actor, tour_id=one.id, done=100, result=result, faults=faults[:FAULTS_MAX], confirmed=confirmed)


def _in_each_others_way(
    one: Tour, refused: Collection[str], *, shows: Mapping[str, Show], standings: Mapping[str, Standing]
) -> list[tuple[str, str]]:
    """Pairs of engaged visits whose move was refused, each to be where and when the other still is."""
    still = [name for name in refused
             if name in one.moved and name in shows and standings[name].stage is Stage.ENGAGED]  # fmt: skip

    def comes(name: str, *, instead_of: str) -> bool:
        there, begins = standings[instead_of], standings[instead_of].starts_at
        day = shows[name].on if begins is None else timezone.localdate(begins)
        return (shows[name].carrier_id, shows[name].on) == (there.carrier, day)

    return [
        (name, other) for name, other in combinations(sorted(still), 2)
        if comes(name, instead_of=other) and comes(other, instead_of=name)
    ]  # fmt: skip


def _carried(actor: Actor, kind: TourKind, one: Tour, name: str, *, show: Show | None, standing: Standing) -> bool:
    """Bring one visit to what the plan says of it; return whether its carrier is engaged for it then."""
    if show is None:
        if standing.stage is Stage.ENGAGED:
            _call_off(actor, kind, one, name, standing=standing)
        return False
    if show.on <= timezone.localdate():
        return False
    arranged, moved = engagement(kind, one, show), name in one.moved
    if standing.stage is Stage.OVER:
        raise Conflict(_("It was called off, or took place already."), remedy=_("Plan it anew."))
    same = standing.carrier == show.carrier_id
    if standing.stage is Stage.WAITING:
        kind.engage(actor, arranged)
    elif moved:
        (kind.move if same else kind.hand_over)(actor, arranged)
    elif not same or standing.starts_at not in (None, arranged.starts_at):
        raise Conflict(
            _("Somebody engaged another team for it meanwhile, or for another time."),
            remedy=_("Look whom and when, and plan it anew."),
        )  # fmt: skip
    return True


def _call_off(actor: Actor, kind: TourKind, one: Tour, name: str, *, standing: Standing) -> None:
    """Call off what this plan engaged and does not bring any more; what somebody engaged otherwise is theirs."""
    stop = Stop.objects.filter(tour=one, visit_id=name).first()
    if stop is None:
        return
    if standing.carrier not in ("", stop.carrier):
        raise Conflict(
            _("It is not in the plan any more, and another team is engaged for it."),
            remedy=_("Call it off by itself, or leave it."),
        )  # fmt: skip
    if dict(one.unserved).get(name) == "by_hand":
        with translation.override(settings.LANGUAGE_CODE):  # what is kept is written in the realm's language
            cause, why = "other", gettext("taken out of the plan by hand")
    elif one.outs:
        cause, _what, first, last = one.outs[-1]
        why = f"{first} – {last}"
    else:
        return
    kind.call_off(actor, name, cause, why)
