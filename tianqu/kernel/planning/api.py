"""The door of planning: everything that other rooms may use."""

from tianqu.kernel.planning.roster_faults import RosterFault, roster_faults
from tianqu.kernel.planning.roster_json import plan_from, plan_json
from tianqu.kernel.planning.roster_process import RosterEnded, compute_roster
from tianqu.kernel.planning.rosters import (
    COSTS,
    Assignment,
    Effort,
    Exclusion,
    Level,
    LevelName,
    Relaxation,
    RosterNeed,
    RosterPerson,
    RosterPlan,
    RosterProblem,
    RosterShift,
    Rule,
    Unfilled,
    Waiver,
    check_problem,
)

__all__ = [
    "COSTS",
    "Assignment",
    "Effort",
    "Exclusion",
    "Level",
    "LevelName",
    "Relaxation",
    "RosterEnded",
    "RosterFault",
    "RosterNeed",
    "RosterPerson",
    "RosterPlan",
    "RosterProblem",
    "RosterShift",
    "Rule",
    "Unfilled",
    "Waiver",
    "check_problem",
    "compute_roster",
    "plan_from",
    "plan_json",
    "roster_faults",
]
