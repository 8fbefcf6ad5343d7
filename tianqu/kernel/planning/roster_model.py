"""A roster as a model of OR-Tools' CP-SAT: a boolean for each person, shift and skill that could be, and its rules.

All that a person's rules say over time (overlap, rest, weeks, days) is written over sets of shifts that follow each
other, and fairness as a convex cost of load in steps, so that the model is near to a flow in a network and its linear
relaxation near to the best roster: that is what makes proofs quick.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Any, TypeAlias

from ortools.sat.python import cp_model

from tianqu.kernel.planning.rosters import (
    COSTS,
    Assignment,
    LevelName,
    RosterPerson,
    RosterProblem,
    RosterShift,
    Rule,
    Waiver,
    in_order,
    step_of_load,
    wish_cost,
)

Sum: TypeAlias = Any  # a linear expression of CP-SAT, or a number
Key: TypeAlias = tuple[str, str, str]  # person, shift, skill
# A rule, for whom ("" for whoever is there), in which shifts: how many of them it does not count.
Waived: TypeAlias = tuple[Rule, str, tuple[str, ...]]


class RosterModel:
    """The model of a roster. Rules may be waived at their costs: any in the shift ``relaxed``, some ``everywhere``."""

    def __init__(self, problem: RosterProblem, *, relaxed: str = "", everywhere: Collection[Rule] = ()) -> None:
        self.problem = problem
        self.model = cp_model.CpModel()
        self.relaxed, self.everywhere = relaxed, everywhere
        self.shifts = in_order(problem.shifts)
        self.granted = set(problem.waivers)
        self.taken: dict[Key, Any] = {}
        self.waived: dict[Waived, Any] = {}
        self.empty: dict[tuple[str, str], Any] = {}
        self._of: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._relaxable: dict[tuple[Rule, str, str], Any] = {}  # whether a rule counts a person's shift
        for person in problem.persons:
            self._add_person(person)
        self._add_places()
        for person in problem.persons:
            self._add_rules(person)
        if problem.in_turn:
            self._add_turns()
        for each in problem.kept:
            self.model.add(self.taken[each.person, each.shift, each.skill] == 1)

    def level(self, name: LevelName) -> Sum:
        """What is made small at a level."""
        if name == LevelName.UNFILLED:
            return cp_model.LinearExpr.sum(list(self.empty.values()))
        if name == LevelName.SHORT:
            return cp_model.LinearExpr.sum([self._short(one) for one in self.problem.persons if one.shifts_min])
        if name == LevelName.FAIRNESS:
            return cp_model.LinearExpr.sum([self._load(person) for person in self.problem.persons])
        costs = {person.name: person for person in self.problem.persons}
        return cp_model.LinearExpr.weighted_sum(
            list(self.taken.values()), [wish_cost(costs[person], shift) for person, shift, _skill in self.taken]
        )

    def assignments(self, value: Callable[[Any], int]) -> tuple[Assignment, ...]:
        """The assignments of a solution, whose values ``value`` gives."""
        found = (Assignment(shift, person, skill) for (person, shift, skill), one in self.taken.items() if value(one))
        return tuple(sorted(found))

    def _add_person(self, person: RosterPerson) -> None:
        """The booleans of a person: none where skill or availability speaks against it and nobody waived them."""
        kept = {(each.shift, each.skill) for each in self.problem.kept if each.person == person.name}
        for shift in self.shifts:
            for need in shift.needs:
                barred = [
                    rule
                    for rule, holds in ((Rule.SKILL, need.skill and need.skill not in person.skills),
                                        (Rule.UNABLE, shift.name in person.unable))
                    if holds and not self._is_granted(rule, person.name, shift.name)
                ]  # fmt: skip
                waivable = all(self._is_waivable(rule, shift.name) for rule in barred)
                if not waivable and (shift.name, need.skill) not in kept:
                    continue
                one = self.model.new_bool_var("")
                self.taken[person.name, shift.name, need.skill] = one
                self._of[person.name, shift.name].append(one)
                for rule in barred if waivable else ():
                    self.model.add_implication(one, self._waiver(rule, person.name, shift.name))
            if len(self._of[person.name, shift.name]) > 1:
                self.model.add_at_most_one(self._of[person.name, shift.name])

    def _add_places(self) -> None:
        by_place: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for (_person, shift_name, skill), one in self.taken.items():
            by_place[shift_name, skill].append(one)
        for shift in self.shifts:
            for need in shift.needs:
                place = (shift.name, need.skill)
                self.empty[place] = self.model.new_int_var(0, need.places, "")
                self.model.add(cp_model.LinearExpr.sum([*by_place[place], self.empty[place]]) == need.places)

    def _is_granted(self, rule: Rule, person: str, shift: str, /) -> bool:
        return bool(self.granted) and Waiver(rule, person, shift) in self.granted

    def _is_waivable(self, rule: Rule, shift: str, /) -> bool:
        return shift == self.relaxed or rule in self.everywhere

    def _waiver(self, rule: Rule, person: str, shift: str, /) -> Any:
        """The boolean that waives a rule for a person in a shift."""
        asked = (rule, person, (shift,))
        if asked not in self.waived:
            self.waived[asked] = self.model.new_bool_var("")
        return self.waived[asked]

    def _counted(self, rule: Rule, person: str, shift: str, /) -> list[Any]:
        """The booleans of a person in a shift, of which one at most is true; none where the rule does not count it."""
        if self._is_granted(rule, person, shift):
            return []
        if not self._is_waivable(rule, shift) or not self._of[person, shift]:
            return self._of[person, shift]
        if (rule, person, shift) not in self._relaxable:
            waived, counted = self._waiver(rule, person, shift), self.model.new_bool_var("")
            self.model.add(cp_model.LinearExpr.sum(self._of[person, shift]) == counted + waived)
            self._relaxable[rule, person, shift] = counted
        return [self._relaxable[rule, person, shift]]

    def _add_rules(self, person: RosterPerson) -> None:
        own = [shift for shift in self.shifts if self._of[person.name, shift.name]]
        if person.rest_minutes:
            self._add_apart(own, rest=person.rest_minutes, counted=self._counting(Rule.REST, person, own))
        if not person.rest_minutes or self._may_waive(Rule.REST, person, own):  # what is waived must still not overlap
            inside = {shift.name: self._of[person.name, shift.name] for shift in own}
            self._add_apart(own, rest=0, counted=inside)
        by_week: dict[tuple[int, int], list[RosterShift]] = defaultdict(list)
        for shift in own:
            by_week[shift.week].append(shift)
        for shifts in by_week.values():
            self._add_limit(Rule.WEEK, person, shifts, most=person.week_max)
        self._add_limit(Rule.TOTAL, person, own, most=person.shifts_max)
        self._add_days(person, own)

    def _add_limit(self, rule: Rule, person: RosterPerson, shifts: Sequence[RosterShift], *, most: int) -> None:
        """At most so many of these shifts; which of them a waiver does not count is all the same to the rule."""
        names = [shift.name for shift in shifts if not self._is_granted(rule, person.name, shift.name)]
        waivable = tuple(name for name in names if self._is_waivable(rule, name))
        if not waivable or len(names) <= most:
            self._at_most(most, [self._of[person.name, name] for name in names])
            return
        over = self.model.new_int_var(0, min(len(waivable), len(names) - most), "")
        self.waived[rule, person.name, waivable] = over
        inside, worked = (
            cp_model.LinearExpr.sum([one for name in some for one in self._of[person.name, name]])
            for some in (names, waivable)
        )
        self.model.add(inside <= most + over)
        self.model.add(over <= worked)

    def _counting(self, rule: Rule, person: RosterPerson, shifts: Sequence[RosterShift]) -> dict[str, list[Any]]:
        return {shift.name: self._counted(rule, person.name, shift.name) for shift in shifts}

    def _may_waive(self, rule: Rule, person: RosterPerson, own: Sequence[RosterShift]) -> bool:
        return any(
            self._is_waivable(rule, shift.name) or self._is_granted(rule, person.name, shift.name) for shift in own
        )

    def _at_most(self, most: int, shifts: Iterable[Sequence[Any]]) -> None:
        """At most so many of these shifts, each by its booleans."""
        counted = [each for each in shifts if each]
        if len(counted) <= most:
            return
        flat = [one for each in counted for one in each]
        if most == 1:
            self.model.add_at_most_one(flat)
        else:
            self.model.add(cp_model.LinearExpr.sum(flat) <= most)

    def _add_apart(self, own: Sequence[RosterShift], *, rest: int, counted: dict[str, list[Any]]) -> None:
        """At each start of a shift a person is in at most one of those under way or rested from.

        Shifts with their rest are intervals; of intervals that meet in pairs all meet in one point (Helly). What is
        said by a later start of more shifts is not said by an earlier one.
        """
        pause, under_way = timedelta(minutes=rest), list[RosterShift]()
        said: list[list[RosterShift]] = []
        for shift in own:
            under_way = [each for each in under_way if shift.starts_at < each.ends_at + pause] + [shift]
            if said and under_way[: len(said[-1])] == said[-1]:
                said[-1] = under_way
            else:
                said.append(under_way)
        for together in said:
            self._at_most(1, [counted[each.name] for each in together])

    def _add_days(self, person: RosterPerson, own: Sequence[RosterShift]) -> None:
        """In any window of one day more than the most days in a row, one day is free."""
        by_day: dict[date, list[RosterShift]] = defaultdict(list)
        for shift in own:
            by_day[shift.day].append(shift)
        if len(by_day) <= person.days_max:
            return
        days = sorted(by_day)
        windows = [[first + timedelta(days=count) for count in range(person.days_max + 1)] for first in days]
        windows = [window for window in windows if all(day in by_day for day in window)]
        worked = {
            day: self._worked(person, by_day[day]) for day in sorted({day for window in windows for day in window})
        }
        for window in windows:
            self._at_most(person.days_max, [worked[day] for day in window])

    def _worked(self, person: RosterPerson, shifts: Sequence[RosterShift]) -> list[Any]:
        """Whether a day is worked; a boolean of its own only where two shifts of a day are possible."""
        counted = [one for each in self._counting(Rule.DAYS, person, shifts).values() for one in each]
        pause = timedelta(minutes=person.rest_minutes)
        waivable = person.rest_minutes and self._may_waive(Rule.REST, person, shifts)
        if not waivable and all(later.starts_at < sooner.ends_at + pause for sooner, later in combinations(shifts, 2)):
            return counted
        day = self.model.new_bool_var("")
        for each in counted:
            self.model.add_implication(each, day)
        return [day]

    def _add_turns(self) -> None:
        """A shift at a place is filled only if every other place was filled as often as this one before it."""
        counted: dict[str, list[Sum]] = {shift.place: [] for shift in self.shifts if shift.place}
        waived = {waiver.shift for waiver in self.granted if waiver.rule == Rule.TURN}
        for shift in self.shifts:
            if not shift.place or shift.name in waived:
                continue
            filled = self._filled(shift)
            before = counted[shift.place]
            for place, others in counted.items():
                if place != shift.place and before:
                    least = cp_model.LinearExpr.sum(before) - cp_model.LinearExpr.sum(others)
                    self.model.add(least <= len(before) * (1 - filled))
            before.append(filled)

    def _filled(self, shift: RosterShift) -> Sum:
        """Whether anybody is in a shift, as far as the rule of turns counts it."""
        inside = [one for (_person, name, _skill), one in self.taken.items() if name == shift.name]
        filled = self.model.new_bool_var("")
        self.model.add_max_equality(filled, [*inside, 0])
        if not self._is_waivable(Rule.TURN, shift.name):
            return filled
        waived = self._waiver(Rule.TURN, "", shift.name)
        self.model.add(waived <= filled)
        return filled - waived

    def _short(self, person: RosterPerson) -> Any:
        own = [one for key, one in self.taken.items() if key[0] == person.name]
        short = self.model.new_int_var(0, person.shifts_min, "")
        self.model.add(short >= person.shifts_min - cp_model.LinearExpr.sum(own))
        return short

    def _load(self, person: RosterPerson) -> Sum:
        """What a person's load costs: steps of load, each dearer than the one before, so that they fill in order."""
        unit, step = step_of_load(self.problem.shifts)
        own = {shift.name: shift.minutes // unit for shift in self.shifts}
        keys = [key for key in self.taken if key[0] == person.name]
        longest = sorted({key[1]: own[key[1]] for key in keys}.values(), reverse=True)
        most = sum(longest[: person.shifts_max + len(self.granted)])
        steps = [self.model.new_int_var(0, step, "") for _count in range(-(-most // step))]
        load = cp_model.LinearExpr.weighted_sum([self.taken[key] for key in keys], [own[key[1]] for key in keys])
        self.model.add(cp_model.LinearExpr.sum(steps) == load)
        return cp_model.LinearExpr.weighted_sum(steps, list(range(1, len(steps) + 1)))

    def cost_of_waivers(self) -> Sum:
        """What all waivers cost together."""
        return cp_model.LinearExpr.weighted_sum(list(self.waived.values()), [COSTS[key[0]] for key in self.waived])

    def waivers(self, value: Callable[[Any], int], *, before: Collection[Assignment]) -> tuple[Waiver, ...]:
        """The waivers of a solution: where a rule leaves the choice, in the relaxed shift, then in what is new."""
        made = sorted(
            self.assignments(value), key=lambda each: (each.shift != self.relaxed, each in before, each)
        )  # fmt: skip
        found = set[Waiver]()
        for (rule, person, shifts), one in self.waived.items():
            there = [each for each in made if each.shift in shifts and person in ("", each.person)]
            found |= {Waiver(rule, each.person, each.shift) for each in there[: value(one)]}
        return tuple(sorted(found))

    def changes_from(self, assignments: Sequence[Assignment]) -> Sum:
        """How many assignments differ from those of a roster."""
        there = {(each.person, each.shift, each.skill) for each in assignments}
        return cp_model.LinearExpr.sum([1 - one if key in there else one + 0 for key, one in self.taken.items()])

    def hint(self, values: Iterable[tuple[Any, int]]) -> None:
        """Tell the solver of a solution to begin with."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for one, value in values:
            self.model.add_hint(one, value)
