"""Asking for a tour's plan, and noting how far the worker is with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from procrastinate.contrib.django import app

from tianqu.base.bounds import counted
from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, InvalidInput, _
from tianqu.base.texts import clean_line
from tianqu.kernel.journal.api import Acting, DoneBefore, act, writing
from tianqu.kernel.places.api import may_by_role, unit_with
from tianqu.kernel.planning.api import stored_season
from tianqu.kernel.tours.gathering import Terms, gathered
from tianqu.kernel.tours.keeping import ASKED, CARRYING, FAILED, PLANNED, PUBLISHED, TASK, changed_stop, keep, locked
from tianqu.kernel.tours.kinds import check_leads
from tianqu.kernel.tours.models import Stop, Tour

DAYS_MAX: Final = 200
YEARS: Final = range(2000, 2200)
NAME_MAX: Final = 100
AMOUNT_MAX_FEN: Final = 100_000_000_000


@act("tours.plan", may=may_by_role)
def plan_tour(
    acting: Acting,
    *,
    tour_id: UUID,
    kind: str,
    unit_id: UUID,
    name: str,
    first_on: date,
    last_on: date,
    budget_fen: int = AMOUNT_MAX_FEN,
    fen_a_vote: int = 1_000,
    unserved_fen: int = 1_000_000,
    fen_a_minute: int = 300,
    visits_a_day: int = 2,
    opens: int = 780,
    closes: int = 1_350,
) -> int:
    """Ask the worker for a plan of what is asked of an office between two days; return for how many visits.

    ``fen_a_vote``: what a wish that is not met counts; ``unserved_fen``: what a visit that does not take place counts;
    ``fen_a_minute``: of travel; visits begin and end between the minutes ``opens`` and ``closes`` of a day. Raises
    ``InvalidInput``, ``NotPermitted``, ``NotFound``, and ``Conflict`` for an identifier of another plan.
    """
    office = unit_with(unit_id)
    declared = check_leads(acting.actor, acting.act, kind=kind, unit_id=office.id)
    with writing(acting):
        of = Tour.objects.filter(id=tour_id).values_list("unit_id", "kind").first()
    if of == (office.id, kind):
        raise DoneBefore(0)
    if of is not None:
        raise Conflict(
            _("Something else was sent under this identifier."), field="tour_id",
            remedy=_("Send a fresh identifier."),
        )  # fmt: skip
    lasts = last_on - first_on
    if first_on < acting.today or not timedelta() <= lasts < timedelta(days=DAYS_MAX) or last_on.year not in YEARS:
        raise InvalidInput(
            _("A tour begins today or later, and lasts %(most)s days at most."), field="first_on",
            value=first_on.isoformat(), remedy=_("Choose other days."), most=DAYS_MAX,
        )  # fmt: skip
    terms = Terms(
        first_on, last_on, counted(budget_fen, field="budget_fen", least=0, most=AMOUNT_MAX_FEN),
        counted(fen_a_vote, field="fen_a_vote", least=0, most=1_000_000),
        counted(unserved_fen, field="unserved_fen", least=0, most=AMOUNT_MAX_FEN // 1_000),
        counted(fen_a_minute, field="fen_a_minute", least=0, most=100_000),
        counted(visits_a_day, field="visits_a_day", least=1, most=4),
        counted(opens, field="opens", least=60, most=1_439), counted(closes, field="closes", least=opens, most=1_800),
    )  # fmt: skip
    found = gathered(declared, office, terms)
    one = Tour(
        id=tour_id, kind=kind, unit_id=office.id, place_path=office.place.path, stand=ASKED, asked_at=acting.now,
        name=clean_line(name, field="name", most=NAME_MAX, wanted=True), person_id=acting.actor.person_id,
        post_id=acting.actor.post_id, terms=plain(asdict(terms)), given=stored_season(found.season), told=found.told,
        shows=[], unserved=[[each, "nowhere"] for each in found.nowhere], cost={}, outs=[], moved=[], faults=[],
    )  # fmt: skip
    keep(acting, one, given=one.given, told=one.told)
    app.configure_task(TASK).defer(tour_id=str(tour_id))
    return len(found.season.visits)


@act("tours.note", may=may_by_role)
def note_tour(
    acting: Acting,
    *,
    tour_id: UUID,
    done: int,
    result: dict[str, Any] | None = None,
    faults: Sequence[dict[str, Any]] = (),
    confirmed: Mapping[str, bool] | None = None,
) -> None:
    """Note how far the worker is with a plan in per cent, what it found, or what was refused.

    ``confirmed``: of visits, whether their carriers are engaged as it was published.
    """
    one, _kind = locked(acting, tour_id)
    one.done, one.faults = done, list(faults)
    if result is not None:
        one.shows, one.unserved, one.cost = result["shows"], result["unserved"], result["cost"]
        one.bound, one.proved, one.moved = result["bound"], result["proved"], result["moved"]
    if result is not None or faults:
        carried = one.published_at and not one.moved and (result is not None or one.stand != CARRYING)
        done_with = PUBLISHED if carried else PLANNED  # what broke while it was carried out is published once more
        one.stand = FAILED if result is None and not one.shows else done_with
    known = confirmed or {}
    stops = Stop.objects.select_for_update().filter(tour=one, visit_id__in=known)
    changed = [
        changed_stop(acting, stop, {"confirmed": known[stop.visit_id]})
        for stop in stops if stop.confirmed != known[stop.visit_id]
    ]  # fmt: skip
    Stop.objects.bulk_update(changed, ["confirmed", "changed_at", "version"])
    keep(acting, one)
