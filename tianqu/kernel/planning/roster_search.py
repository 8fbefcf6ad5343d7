"""Making a roster: level after level, with a bound for each; then every empty place is explained.

The search is repeatable: fixed seed, the solver's workers in step with each other, and a limit counted in the solver's
own work. The clock is a second limit, for machines that are slow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ortools.sat.python import cp_model

from tianqu.base.errors import Conflict, _
from tianqu.kernel.planning.roster_faults import roster_faults
from tianqu.kernel.planning.roster_model import RosterModel
from tianqu.kernel.planning.roster_reasons import Explained, explained, filled_up
from tianqu.kernel.planning.rosters import (
    FULL_EFFORT,
    Assignment,
    Effort,
    Level,
    LevelName,
    RosterPlan,
    RosterProblem,
    Rule,
    check_problem,
    values_of,
)

# Of what is left, how much each level may take; the last takes all.
SHARES: Final = {LevelName.UNFILLED: 0.5, LevelName.SHORT: 0.4, LevelName.FAIRNESS: 0.7, LevelName.WISHES: 1.0}
ALONE: Final = 0.6  # of a level's share, for one worker
Tell = Callable[[str], None]


@dataclass(slots=True)
class _Left:
    """What is left of an effort, and what ended a search that proved nothing."""

    effort: Effort
    work: float
    until: float
    ended: str = "proved"


def solve_roster(
    problem: RosterProblem, effort: Effort = FULL_EFFORT, *, tell: Tell = lambda stage: None
) -> RosterPlan:
    """Make a roster. ``tell`` is told which level is worked on, then ``explaining``.

    It may take all of the effort in this process: pages have it done by ``compute_roster``, in a process of its own.
    Raises ``InvalidInput`` and ``TooLarge`` as ``check_problem`` does, ``Conflict`` where what is kept breaks a rule.
    """
    check_problem(problem)
    _check_kept(problem)
    begun = time.monotonic()
    left = _Left(effort, effort.work, begun + effort.seconds)
    assignments, levels = _levels(problem, left, tell)
    if left.ended != "proved":  # then somebody may still fit
        assignments, levels = _improved(problem, assignments, levels)
    seconds = time.monotonic() - begun
    tell("explaining")
    proved = levels[0].gap == 0
    asked = Explained(problem, assignments, least_proved=proved, until=time.monotonic() + effort.explain_seconds)
    unfilled = explained(
        asked, parameters=lambda seconds: _parameters(effort, workers=1, work=seconds, seconds=seconds)
    )
    return RosterPlan(assignments, levels, unfilled, left.ended, seconds)


def _levels(problem: RosterProblem, left: _Left, tell: Tell) -> tuple[tuple[Assignment, ...], tuple[Level, ...]]:
    """Make each level small while those above stay where they are."""
    made = RosterModel(problem)
    assignments = tuple(sorted(problem.kept))
    levels: list[Level] = []
    for name in LevelName:
        tell(name.value)
        if name == LevelName.SHORT and not any(person.shifts_min for person in problem.persons):
            levels.append(Level(name, 0, 0))
            continue
        if levels and time.monotonic() >= left.until:
            levels.append(Level(name, values_of(problem, assignments)[name], 0))
            left.ended = "clock"
            continue
        wanted = made.level(name)
        made.model.minimize(wanted)
        found = _solved(made, left, share=SHARES[name])
        if found.solution:  # else what was found before stands
            made.hint(found.solution)
            values = {variable.index: value for variable, value in found.solution}
            assignments = made.assignments(lambda one: values[one.index])  # noqa: B023  used at once
        value = values_of(problem, assignments)[name]
        bound = value if found.proved else min(value, found.bound)
        levels.append(Level(name, value, bound))
        if bound < value:
            left.ended = "clock" if "clock" in (found.ended, left.ended) else "work"
        made.model.add(wanted <= value)
    return assignments, tuple(levels)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a level's search gave: every variable with its value (none for nothing), and the bound."""

    solution: list[tuple[cp_model.IntVar, int]]
    bound: int
    proved: bool
    ended: str


def _solved(made: RosterModel, left: _Left, *, share: float) -> _Found:
    """Search by one worker, which proves most rosters in seconds; then by all, in step, from what it has found.

    Raises ``Conflict`` where there is no roster at all.
    """
    work, until = left.work * share, time.monotonic() + max(0.2, (left.until - time.monotonic()) * share)
    solution: list[tuple[cp_model.IntVar, int]] = []
    bound = 0
    for workers, part in ((1, ALONE), (left.effort.workers, 1.0)):
        seconds, allowed = max(0.1, (until - time.monotonic()) * part), max(0.1, work * part)
        solver = _parameters(left.effort, workers=workers, work=allowed, seconds=seconds)
        status = solver.status_name(solver.solve(made.model))
        spent = solver.response_proto.deterministic_time
        work, left.work = work - spent, left.work - spent
        if status == "INFEASIBLE":
            raise Conflict(_("What is kept cannot stand together."), field="kept", remedy=_("Keep fewer of them."))
        assert status in ("OPTIMAL", "FEASIBLE", "UNKNOWN"), status
        bound = max(bound, -int(-(solver.best_objective_bound - 1e-6) // 1))  # the least whole number not below it
        if status != "UNKNOWN":
            values = enumerate(solver.response_proto.solution)
            solution = [(made.model.get_int_var_from_proto_index(place), value) for place, value in values]
        if status == "OPTIMAL" or left.effort.workers == 1:
            break
        made.hint(solution)
    ended = "work" if spent >= allowed * 0.99 else "clock"
    return _Found(solution, bound, status == "OPTIMAL", ended)


def _parameters(effort: Effort, *, workers: int, work: float, seconds: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    given = solver.parameters
    given.random_seed = effort.seed
    given.num_workers = workers
    given.interleave_search = workers > 1  # they wait for each other, so that the same comes out each time
    given.max_deterministic_time = work
    given.max_time_in_seconds = seconds
    given.max_memory_in_mb = effort.memory_mb
    return solver


def _improved(
    problem: RosterProblem, assignments: Sequence[Assignment], levels: Sequence[Level]
) -> tuple[tuple[Assignment, ...], tuple[Level, ...]]:
    """Add whoever still fits an empty place; the bounds stay what they are."""
    more = filled_up(problem, assignments)
    values = values_of(problem, more)
    found, above = list[Level](), True
    for level in levels:
        value = values[level.name]
        # A bound was found while the levels above were held at values that may have become better.
        bound = min(level.bound, value) if above else 0
        above = above and value == level.value
        found.append(replace(level, value=value, bound=bound))
    return more, tuple(found)


def _check_kept(problem: RosterProblem) -> None:
    faults = roster_faults(problem, problem.kept)
    for fault in faults:
        if fault.rule != Rule.TURN:  # what is not kept may yet fill the turns before it
            raise Conflict(
                _("What is kept breaks a rule: %(value)s."), field="kept", value=f"{fault.rule}: {fault.shift}",
                remedy=_("Waive the rule for it, or keep it no longer."),
            )  # fmt: skip
