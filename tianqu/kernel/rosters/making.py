"""What the worker does for rosters: it has those that are asked for made, in a process of its own, and keeps them."""

from __future__ import annotations

from datetime import datetime

from tianqu.base.errors import TianquError
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.planning.api import compute_roster, plan_json
from tianqu.packs.practice.models import Roster
from tianqu.packs.practice.registers.rosters import problem_of
from tianqu.packs.practice.rosters.acts import note_roster
from tianqu.packs.practice.rosters.queries import queued_rosters


def make_due_rosters(due: datetime) -> int:
    """Make the rosters that are asked for; return how many. Run twice it makes none twice: each is claimed first."""
    with seeing(SYSTEM.scope):
        waiting = queued_rosters()
    return sum(_made(roster) for roster in waiting)


def _made(roster: Roster) -> bool:
    version = note_roster(SYSTEM, roster_id=roster.id, stage="begun")
    if not version:
        return False

    def tell(stage: str) -> None:
        nonlocal version
        version = note_roster(SYSTEM, roster_id=roster.id, version=version, stage=stage) or version

    try:
        with seeing(SYSTEM.scope):
            problem = problem_of(roster)
        plan = compute_roster(problem, tell=tell)
    except TianquError as error:
        note_roster(SYSTEM, roster_id=roster.id, version=version, fault=error.code)
        return False
    return note_roster(SYSTEM, roster_id=roster.id, version=version, plan=plan_json(plan)) > 0
