"""The door of plans: everything that other rooms may use."""

from tianqu.kernel.planning.tour_changes import Add, Change, ChangeCost, Drop, Move, Swap, change_cost
from tianqu.kernel.planning.tour_faults import Fault, tour_faults
from tianqu.kernel.planning.tour_terms import (
    Carrier,
    Cost,
    Plan,
    Season,
    Show,
    Spot,
    Unserved,
    Visit,
    Window,
    check_season,
    season_days,
    works_given,
)
from tianqu.kernel.planning.tours import Replan, plan_cost, replanned, season_plan

__all__ = [
    "Add",
    "Carrier",
    "Change",
    "ChangeCost",
    "Cost",
    "Drop",
    "Fault",
    "Move",
    "Plan",
    "Replan",
    "Season",
    "Show",
    "Spot",
    "Swap",
    "Unserved",
    "Visit",
    "Window",
    "change_cost",
    "check_season",
    "plan_cost",
    "replanned",
    "season_days",
    "season_plan",
    "tour_faults",
    "works_given",
]
