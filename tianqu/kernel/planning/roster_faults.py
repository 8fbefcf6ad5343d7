"""Whether a roster keeps its rules, looked at pair by pair: it shares nothing with the model that makes rosters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations

from tianqu.kernel.planning.rosters import Assignment, RosterPerson, RosterProblem, RosterShift, Rule


@dataclass(frozen=True, slots=True, order=True)
class RosterFault:
    """A rule that a roster breaks: for whom ("" for what concerns the shift alone), in which shift."""

    rule: Rule
    person: str
    shift: str


def roster_faults(problem: RosterProblem, assignments: Sequence[Assignment]) -> tuple[RosterFault, ...]:
    """Every rule that a roster breaks where nobody waived it, none twice; nothing for a roster that keeps all.

    More in a shift than it has places is a fault of ``OVERLAP`` of the shift.
    """
    shifts = {shift.name: shift for shift in problem.shifts}
    waived = {(waiver.rule, waiver.person, waiver.shift) for waiver in problem.waivers}
    found = {RosterFault(Rule.OVERLAP, "", shift) for shift in _too_full(problem, assignments)}
    for person in problem.persons:
        own = [each for each in assignments if each.person == person.name]
        counted = {
            rule: [shifts[each.shift] for each in own if (rule, person.name, each.shift) not in waived] for rule in Rule
        }
        pairs = (*_at_places(person, own, counted), *_over_time(person, [shifts[each.shift] for each in own], counted))
        found |= {RosterFault(rule, person.name, shift.name) for rule, shift in pairs}
    if problem.in_turn:
        granted = {waiver.shift for waiver in problem.waivers if waiver.rule == Rule.TURN}
        there = [shifts[name] for name in {each.shift for each in assignments} - granted]
        found |= {RosterFault(Rule.TURN, "", shift.name) for shift in _out_of_turn(problem, there)}
    return tuple(sorted(found))


def rules_against(problem: RosterProblem, assignments: Sequence[Assignment], new: Assignment) -> tuple[Rule, ...]:
    """The rules that one more assignment breaks, whatever the roster broke before."""
    (person,) = (one for one in problem.persons if one.name == new.person)
    alone = replace(problem, persons=(person,), kept=(), in_turn=False)
    own = [each for each in assignments if each.person == new.person]
    broken = _broken_by(alone, own, new)
    if problem.in_turn and all(each.shift != new.shift for each in assignments):
        broken |= _broken_by(replace(problem, persons=(), kept=()), assignments, new)
    return tuple(rule for rule in Rule if rule in broken)


def _broken_by(problem: RosterProblem, assignments: Sequence[Assignment], new: Assignment) -> set[Rule]:
    after = roster_faults(problem, [*assignments, new])
    before = set(roster_faults(problem, assignments)) if after else set()
    return {fault.rule for fault in after if fault not in before}


def _too_full(problem: RosterProblem, assignments: Sequence[Assignment]) -> Iterator[str]:
    places = {(shift.name, need.skill): need.places for shift in problem.shifts for need in shift.needs}
    for place, count in Counter((each.shift, each.skill) for each in assignments).items():
        if count > places.get(place, 0):
            yield place[0]


def _at_places(
    person: RosterPerson, own: Sequence[Assignment], counted: dict[Rule, list[RosterShift]]
) -> Iterator[tuple[Rule, RosterShift]]:
    skilled = {shift.name: shift for shift in counted[Rule.SKILL]}
    for each in own:
        if each.skill and each.skill not in person.skills and each.shift in skilled:
            yield Rule.SKILL, skilled[each.shift]
    for shift in counted[Rule.UNABLE]:
        if shift.name in person.unable:
            yield Rule.UNABLE, shift


def _over_time(
    person: RosterPerson, own: Sequence[RosterShift], counted: dict[Rule, list[RosterShift]]
) -> Iterator[tuple[Rule, RosterShift]]:
    overlapping = set()
    for one, other in combinations(own, 2):
        if one.starts_at < other.ends_at and other.starts_at < one.ends_at:
            overlapping.add((one.name, other.name))
            yield Rule.OVERLAP, other
    pause = timedelta(minutes=person.rest_minutes)
    for one, other in combinations(counted[Rule.REST], 2):
        near = one.starts_at < other.ends_at + pause and other.starts_at < one.ends_at + pause
        if near and (one.name, other.name) not in overlapping:
            yield Rule.REST, other
    weeks = Counter(shift.week for shift in counted[Rule.WEEK])
    for shift in counted[Rule.WEEK]:
        if weeks[shift.week] > person.week_max:
            yield Rule.WEEK, shift
    if len(counted[Rule.TOTAL]) > person.shifts_max:
        yield Rule.TOTAL, counted[Rule.TOTAL][-1]
    worked = {shift.day for shift in counted[Rule.DAYS]}
    for shift in counted[Rule.DAYS]:
        if all(shift.day - timedelta(days=count) in worked for count in range(person.days_max + 1)):
            yield Rule.DAYS, shift


def _out_of_turn(problem: RosterProblem, there: Sequence[RosterShift]) -> Iterator[RosterShift]:
    """The filled shifts at a place that another place was filled less often before."""
    places = {shift.place for shift in problem.shifts if shift.place}
    for shift in there:
        if shift.place:
            before = Counter(
                one.place for one in there if (one.starts_at, one.name) < (shift.starts_at, shift.name)
            )  # fmt: skip
            if any(before[place] < before[shift.place] for place in places):
                yield shift
