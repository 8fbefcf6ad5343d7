"""A month's roster of a large team, made by the kernel's search on two cores: proved, or with the gap that is left.

    python -m benchmarks.roster PERSONS DAYS

Runs in a process of its own, without Django and without a database. Three shifts a day, each for two of any kind, one
who knows medicine and one who drives; everybody is away for a third of the shifts, wishes for some and would rather not
have others, comes at most twice a week and six times in all, with eleven hours between, three days in a row at most.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from benchmarks.table import Measure
from tianqu.kernel.planning.api import (
    RosterNeed,
    RosterPerson,
    RosterPlan,
    RosterProblem,
    RosterShift,
    compute_roster,
    roster_faults,
)

SEED: Final = 20_261_129
SECONDS_MAX: Final = 20.0
FIRST: Final = datetime(2026, 12, 7, tzinfo=ZoneInfo("Asia/Shanghai"))
BEGINS: Final = (8, 13, 18)
NEEDS: Final = (RosterNeed("", 2), RosterNeed("medicine", 1), RosterNeed("driving", 1))


def invented(*, persons: int, days: int, seed: int = SEED) -> RosterProblem:
    """A team and its shifts; a tenth know medicine, a fifth drive."""
    chance = random.Random(seed)
    shifts = tuple(
        RosterShift(
            f"{day:02}-{hour:02}", FIRST + timedelta(days=day, hours=hour), FIRST + timedelta(days=day, hours=hour + 4),
            NEEDS,
        )
        for day in range(days)
        for hour in BEGINS
    )  # fmt: skip
    names = [shift.name for shift in shifts]

    def some(share: float) -> frozenset[str]:
        return frozenset(name for name in names if chance.random() < share)

    return RosterProblem(
        tuple(
            RosterPerson(
                f"V{number:03}",
                frozenset(skill for skill, one_in in (("medicine", 10), ("driving", 5)) if number % one_in == 0),
                unable=some(0.33), wished=some(0.1), unwished=some(0.15), shifts_max=6, week_max=2, days_max=3,
                rest_minutes=660,
            )
            for number in range(persons)
        ),
        shifts,
    )  # fmt: skip


def told(plan: RosterPlan) -> str:
    """How good a roster is: each level with what bounds it."""
    levels = ", ".join(
        f"{level.name} {level.value:,}" + ("" if level.gap == 0 else f" (at best {level.bound:,})")
        for level in plan.levels
    )
    relaxed = sum(each.relaxation is not None for each in plan.unfilled)
    return f"{levels}; {len(plan.unfilled)} empty needs explained, {relaxed} with a relaxation; ended by {plan.ended}"


def measures(*, persons: int, days: int) -> list[Measure]:
    """Make the roster."""
    problem = invented(persons=persons, days=days)
    plan = compute_roster(problem)
    right = not roster_faults(problem, plan.assignments)
    level = plan.open_level
    gap = "proved at every level" if level is None else f"{level.name} open by {level.gap} of {level.value}"
    return [
        Measure(
            f"a roster of {persons} volunteers, {days} days, 3 shifts", told(plan), gap if right else "NOT RIGHT",
            plan.seconds if right else float("inf"), " s", "at most", SECONDS_MAX,
        )
    ]  # fmt: skip


if __name__ == "__main__":
    print(json.dumps([asdict(measure) for measure in measures(persons=int(sys.argv[1]), days=int(sys.argv[2]))]))
