"""A roster made in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from math import ceil
from typing import Final

from tianqu.base.errors import TianquError, _
from tianqu.kernel.planning.child import Limits
from tianqu.kernel.planning.process import Ended, in_child
from tianqu.kernel.planning.roster_json import plan_from, problem_json
from tianqu.kernel.planning.rosters import FULL_EFFORT, Effort, RosterPlan, RosterProblem, check_problem

SPARE_SECONDS: Final = 20  # beside search and explanation: to begin, to build models


class RosterEnded(TianquError):
    """A roster whose process was ended from outside, used its memory or time up, or broke."""

    code = "roster_ended"
    status = 503


def compute_roster(
    problem: RosterProblem, effort: Effort = FULL_EFFORT, *, tell: Callable[[str], None] = lambda stage: None
) -> RosterPlan:
    """Make a roster in a process of its own, within memory and time; for jobs, since it takes half a minute.

    ``tell`` is told which level is worked on. Raises what ``solve_roster`` does, and ``RosterEnded``.
    """
    check_problem(problem)
    seconds = ceil(effort.seconds + effort.explain_seconds) + SPARE_SECONDS
    asked = {"problem": problem_json(problem), "effort": asdict(effort)}
    try:
        return plan_from(in_child("roster", asked, Limits(seconds, effort.memory_mb, effort.workers), tell=tell))
    except Ended as ended:
        raise RosterEnded(
            _("The process in which the roster was made was ended (%(value)s)."), value=ended.how,
            remedy=_("Plan fewer days at once, or ask again in a moment."),
        ) from ended  # fmt: skip
