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
WAIVERS_MAX: Final = 25_000  # booleans of waivers in the model of a search: what two seconds can look through
NEVER: Final = 10**9  # more than any relaxation costs
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
    least = min((_least(asked, person, shift=shift, skill=skill) for person in asked.problem.persons), default=0)
    found, until = direct, min(asked.until, time.monotonic() + SECONDS_A_PLACE)
    for share, anywhere in ((0.5, False), (1.0, True)):  # what one shift allows is found soon, and is a bound for more
        if found is not None and found.cost <= least:
            return replace(found, proved=True)
        seconds = (until - time.monotonic()) * share
        if seconds > 0:
            found = _searched(asked, found, place=(shift, skill), anywhere=anywhere, solver=parameters(seconds))
    return found


def _added(one: Exclusion, *, shift: str, skill: str) -> Relaxation:
    waivers = tuple(Waiver(rule, one.person, shift) for rule in one.rules)
    cost = sum(COSTS[rule] for rule in one.rules)
    return Relaxation(waivers, (Assignment(shift, one.person, skill),), (), cost, proved=False)


def _cost(one: Relaxation) -> int:
    return one.cost


def _least(asked: Explained, person: RosterPerson, *, shift: str, skill: str) -> int:
    """What it costs at least to have a person there, however everybody else is moved about."""
    barred = ((Rule.SKILL, bool(skill and skill not in person.skills)), (Rule.UNABLE, shift in person.unable))
    granted = asked.problem.waivers
    fixed = sum(COSTS[rule] for rule, holds in barred if holds and Waiver(rule, person.name, shift) not in granted)
    return fixed or min(COSTS.values()) * asked.least_proved


def _everywhere(problem: RosterProblem, known: Relaxation | None) -> tuple[list[Rule], int]:
    """The rules that a search may waive in any shift, and what each waiver that it leaves out costs at least.

    What costs no less than what is known already is not looked for, nor what would make the model too large.
    """
    pairs, size, rules = len(problem.persons) * len(problem.shifts), 0, list[Rule]()
    for rule, cost in sorted(COSTS.items(), key=lambda each: each[1]):
        size += 0 if rule in (Rule.WEEK, Rule.TOTAL, Rule.TURN) else pairs
        if size > WAIVERS_MAX or (known is not None and cost >= known.cost):
            return rules, cost
        rules.append(rule)
    return rules, NEVER


def _searched(
    asked: Explained,
    known: Relaxation | None,
    *,
    place: tuple[str, str],
    anywhere: bool,
    solver: cp_model.CpSolver,
) -> Relaxation | None:
    """The roster that fills the place at the least cost, and among those the one that changes least.

    Rules are waived in the shift of the place alone, or ``anywhere``. What was ``known`` where nothing better is found.
    """
    everywhere, beyond = _everywhere(asked.problem, known) if anywhere else ([], min(COSTS.values()))
    made = RosterModel(asked.problem, relaxed=place[0], everywhere=everywhere)
    empty = empty_places(asked.problem, asked.assignments)
    for each, variable in made.empty.items():
        made.model.add(variable <= empty.get(each, 0) - (each == place))
    dearer = 2 * len(asked.assignments) + sum(empty.values()) + 1  # one unit of cost is dearer than all changes
    made.model.minimize(dearer * made.cost_of_waivers() + made.changes_from(asked.assignments))
    if known is not None:
        made.model.add(made.cost_of_waivers() <= known.cost)
        there = {(one.person, one.shift, one.skill) for one in (*asked.assignments, *known.added)}
        made.hint(
            [
                *((one, int(key in there)) for key, one in made.taken.items()),
                *((one, _granted(known, *key)) for key, one in made.waived.items()),
            ]
        )
    status = solver.status_name(solver.solve(made.model))
    if status not in ("OPTIMAL", "FEASIBLE"):
        return known
    after = made.assignments(solver.value)
    waivers = made.waivers(solver.value, before=asked.assignments)
    cost = sum(COSTS[waiver.rule] for waiver in waivers)
    if known is not None and known.cost < cost:
        return known
    granted = replace(asked.problem, waivers=(*asked.problem.waivers, *waivers))
    assert not roster_faults(granted, after), "the waivers do not allow what the model made of them"
    searched = status == "OPTIMAL" or solver.best_objective_bound > dearer * cost - 1
    return Relaxation(
        waivers, tuple(sorted({*after} - {*asked.assignments})), tuple(sorted({*asked.assignments} - {*after})),
        cost, proved=searched and cost <= beyond,
    )  # fmt: skip


def _granted(known: Relaxation, rule: Rule, person: str, shifts: Sequence[str]) -> int:
    """How many waivers of a relaxation a variable of the model stands for."""
    return sum(
        each.rule == rule and each.shift in shifts and person in ("", each.person) for each in known.waivers
    )  # fmt: skip
