"""What the worker does for rosters: it has those that are asked for made, in a process of its own, and keeps them."""

from __future__ import annotations

from tianqu.base.errors import TianquError
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.planning.api import compute_roster, plan_json
from tianqu.kernel.rosters.leading import note
from tianqu.kernel.rosters.models import Roster
from tianqu.kernel.rosters.problems import problem_of
from tianqu.kernel.rosters.reading import queued_rosters


def make_due_rosters() -> int:
    """Make the rosters that are asked for; return how many. Run twice it makes none twice: each is claimed first."""
    with seeing(SYSTEM.scope):
        waiting = queued_rosters()
    return sum(_made(roster) for roster in waiting)


def _made(roster: Roster) -> bool:
    version = note(SYSTEM, roster_id=roster.id, stage="begun")
    if not version:
        return False

    def tell(stage: str) -> None:
        nonlocal version
        version = note(SYSTEM, roster_id=roster.id, version=version, stage=stage) or version

    try:
        with seeing(SYSTEM.scope):
            problem = problem_of(roster)
        plan = compute_roster(problem, tell=tell)
        return note(SYSTEM, roster_id=roster.id, version=version, plan=plan_json(plan)) > 0
    except TianquError as error:
        note(SYSTEM, roster_id=roster.id, version=version, fault=error.code)
        return False
