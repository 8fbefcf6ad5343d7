"""Rosters as JSON and back: for the process in which they are made, and for what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tianqu.kernel.planning.rosters import (
    Assignment,
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
)

_SETS = ("skills", "unable", "wished", "unwished")
_LIMITS = ("shifts_min", "shifts_max", "week_max", "days_max", "rest_minutes")


def problem_json(problem: RosterProblem) -> dict[str, Any]:
    """What is to be solved, as JSON."""
    return {
        "persons": [
            {"name": one.name}
            | {name: sorted(getattr(one, name)) for name in _SETS}
            | {name: getattr(one, name) for name in _LIMITS}
            for one in problem.persons
        ],
        "shifts": [
            {
                "name": one.name, "starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat(),
                "needs": [[need.skill, need.places] for need in one.needs], "place": one.place,
            }
            for one in problem.shifts
        ],
        "kept": [_assignment(one) for one in problem.kept],
        "waivers": [_waiver(one) for one in problem.waivers],
        "in_turn": problem.in_turn,
    }  # fmt: skip


def problem_from(told: Mapping[str, Any]) -> RosterProblem:
    """The same from JSON."""
    persons = []
    for one in told["persons"]:
        skills, unable, wished, unwished = (frozenset(one[name]) for name in _SETS)
        persons.append(
            RosterPerson(one["name"], skills, unable, wished, unwished, **{name: one[name] for name in _LIMITS})
        )
    shifts = tuple(
        RosterShift(
            one["name"], datetime.fromisoformat(one["starts_at"]), datetime.fromisoformat(one["ends_at"]),
            tuple(RosterNeed(skill, places) for skill, places in one["needs"]), one["place"],
        )
        for one in told["shifts"]
    )  # fmt: skip
    kept, waivers = tuple(map(_assigned, told["kept"])), tuple(map(_waived, told["waivers"]))
    return RosterProblem(tuple(persons), shifts, kept, waivers, told["in_turn"])


def plan_json(plan: RosterPlan) -> dict[str, Any]:
    """A roster as JSON. Whom a rule keeps away is given by rules: the persons of each combination."""
    return {
        "assignments": [_assignment(one) for one in plan.assignments],
        "levels": [[one.name.value, one.value, one.bound] for one in plan.levels],
        "unfilled": [
            {
                "shift": one.shift, "skill": one.skill, "places": one.places,
                "excluded": [[each.person, [rule.value for rule in each.rules]] for each in one.excluded],
                "relaxation": one.relaxation and _relaxation(one.relaxation),
            }
            for one in plan.unfilled
        ],
        "ended": plan.ended,
        "milliseconds": round(plan.seconds * 1_000),
    }  # fmt: skip


def plan_from(told: Mapping[str, Any]) -> RosterPlan:
    """The same from JSON."""
    unfilled = tuple(
        Unfilled(
            one["shift"], one["skill"], one["places"],
            tuple(Exclusion(person, tuple(map(Rule, rules))) for person, rules in one["excluded"]),
            _relaxed(one["relaxation"]) if one["relaxation"] else None,
        )
        for one in told["unfilled"]
    )  # fmt: skip
    levels = tuple(Level(LevelName(name), value, bound) for name, value, bound in told["levels"])
    assignments = tuple(map(_assigned, told["assignments"]))
    return RosterPlan(assignments, levels, unfilled, told["ended"], told["milliseconds"] / 1_000)


def _relaxation(one: Relaxation) -> dict[str, Any]:
    return {
        "waivers": [_waiver(each) for each in one.waivers], "added": [_assignment(each) for each in one.added],
        "removed": [_assignment(each) for each in one.removed], "cost": one.cost, "proved": one.proved,
    }  # fmt: skip


def _relaxed(told: Mapping[str, Any]) -> Relaxation:
    waivers = tuple(map(_waived, told["waivers"]))
    added, removed = tuple(map(_assigned, told["added"])), tuple(map(_assigned, told["removed"]))
    return Relaxation(waivers, added, removed, told["cost"], told["proved"])


def _assignment(one: Assignment) -> list[str]:
    return [one.shift, one.person, one.skill]


def _assigned(told: list[str]) -> Assignment:
    return Assignment(*told)


def _waiver(one: Waiver) -> list[str]:
    return [one.rule.value, one.person, one.shift]


def _waived(told: list[str]) -> Waiver:
    return Waiver(Rule(told[0]), told[1], told[2])
