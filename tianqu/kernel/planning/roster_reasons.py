"""Why a place of a roster is empty: what keeps each person away from it, and the least that would fill it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ortools.sat.python import cp_model

from tianqu.kernel.planning.roster_faults import roster_faults, rules_against
from tianqu.kernel.planning.roster_model import RosterModel
from tianqu.kernel.planning.rosters import (
    COSTS,
    Assignment,
    Exclusion,
    Relaxation,
    RosterPerson,
    RosterProblem,
    Rule,
    Unfilled,
    Waiver,
    in_order,
)

SECONDS_A_PLACE: Final = 2.0
Parameters = Callable[[float], cp_model.CpSolver]


@dataclass(frozen=True, slots=True)
class Explained:
    """A roster whose empty places are explained, until the clock says so (``time.monotonic``).

    ``least_proved``: it is proved that no roster without waivers has fewer empty places.
    """

    problem: RosterProblem
    assignments: tuple[Assignment, ...]
    least_proved: bool
    until: float


def empty_places(problem: RosterProblem, assignments: Sequence[Assignment]) -> dict[tuple[str, str], int]:
    """How many places of each shift and skill are empty, those that are, by the start of their shifts."""
    taken = Counter((each.shift, each.skill) for each in assignments)
    places = {
        (shift.name, need.skill): need.places - taken[shift.name, need.skill]
        for shift in in_order(problem.shifts)
        for need in shift.needs
    }
    return {place: count for place, count in places.items() if count > 0}


def filled_up(problem: RosterProblem, assignments: Sequence[Assignment]) -> tuple[Assignment, ...]:
    """A roster with everybody added whom no rule keeps from an empty place, those with the fewest shifts first."""
    made = list(assignments)
    for (shift, skill), count in empty_places(problem, assignments).items():
        for _place in range(count):
            shifts = Counter(each.person for each in made)
            there = {each.person for each in made if each.shift == shift}
            waiting = sorted({one.name for one in problem.persons} - there, key=lambda name: (shifts[name], name))
            fitting = (
                new
                for name in waiting
                for new in [Assignment(shift, name, skill)]
                if not rules_against(problem, made, new)
            )
            made.extend([new] if (new := next(fitting, None)) else [])
    return tuple(sorted(made))


def explained(asked: Explained, *, parameters: Parameters) -> tuple[Unfilled, ...]:
    """Explain each empty place of a roster; ``parameters`` gives a solver that takes at most so many seconds."""
    found = []
    for (shift, skill), count in empty_places(asked.problem, asked.assignments).items():
        there = {each.person for each in asked.assignments if each.shift == shift}
        excluded = tuple(
            Exclusion(
                person.name, rules_against(asked.problem, asked.assignments, Assignment(shift, person.name, skill))
            )
            for person in asked.problem.persons
            if person.name not in there
        )
        relaxation = _cheapest(asked, excluded, shift=shift, skill=skill, parameters=parameters)
        found.append(Unfilled(shift, skill, count, excluded, relaxation))
    return tuple(found)


def _cheapest(
    asked: Explained, excluded: Sequence[Exclusion], *, shift: str, skill: str, parameters: Parameters
) -> Relaxation | None:
    """The least that fills one of the places: somebody added where that is proved to be least, else what is found."""
    waivable = [each for each in excluded if all(rule in COSTS for rule in each.rules)]
    direct = min((_added(each, shift=shift, skill=skill) for each in waivable), key=_cost, default=None)
    least = min(
        (_least(person, shift=shift, skill=skill, proved=asked.least_proved) for person in asked.problem.persons),
        default=0,
    )
    if direct is not None and direct.cost <= least:
        return replace(direct, proved=True)
    seconds = min(SECONDS_A_PLACE, asked.until - time.monotonic())
    if seconds <= 0:
        return direct
    return _searched(asked, direct, place=(shift, skill), solver=parameters(seconds))


def _added(one: Exclusion, *, shift: str, skill: str) -> Relaxation:
    waivers = tuple(Waiver(rule, one.person, shift) for rule in one.rules)
    cost = sum(COSTS[rule] for rule in one.rules)
    return Relaxation(waivers, (Assignment(shift, one.person, skill),), (), cost, proved=False)


def _cost(one: Relaxation) -> int:
    return one.cost


def _least(person: RosterPerson, *, shift: str, skill: str, proved: bool) -> int:
    """What it costs at least to have a person there, however everybody else is moved about."""
    fixed = COSTS[Rule.SKILL] * bool(skill and skill not in person.skills)
    fixed += COSTS[Rule.UNABLE] * (shift in person.unable)
    return fixed or min(COSTS.values()) * proved


def _searched(
    asked: Explained, direct: Relaxation | None, *, place: tuple[str, str], solver: cp_model.CpSolver
) -> Relaxation | None:
    """The roster that fills the place at the least cost, and among those the one that changes least."""
    made = RosterModel(asked.problem, relaxed=place)
    empty = empty_places(asked.problem, asked.assignments)
    for each, variable in made.empty.items():
        made.model.add(variable <= empty.get(each, 0) - (each == place))
    dearer = 2 * len(asked.assignments) + 2 + len(made.waived)
    made.model.minimize(dearer * made.cost_of_waivers() + made.changes_from(asked.assignments))
    if direct is not None:
        there = {(one.person, one.shift, one.skill) for one in (*asked.assignments, *direct.added)}
        made.hint(
            [
                *((one, int(key in there)) for key, one in made.taken.items()),
                *((one, int(waiver in direct.waivers)) for waiver, one in made.waived.items()),
            ]
        )
    status = solver.status_name(solver.solve(made.model))
    if status not in ("OPTIMAL", "FEASIBLE"):
        return direct
    after = made.assignments(solver.value)
    waivers = tuple(sorted(waiver for waiver, one in made.waived.items() if solver.value(one)))
    cost = sum(COSTS[waiver.rule] for waiver in waivers)
    if direct is not None and direct.cost < cost:
        return direct
    granted = replace(asked.problem, waivers=(*asked.problem.waivers, *waivers))
    assert not roster_faults(granted, after), "the waivers do not allow what the model made of them"
    return Relaxation(
        waivers, tuple(sorted({*after} - {*asked.assignments})), tuple(sorted({*asked.assignments} - {*after})),
        cost, proved=status == "OPTIMAL" or solver.best_objective_bound > dearer * (cost - 1) + dearer - 1,
    )  # fmt: skip
