"""Rosters: every rule kept, as good as the best by trying all, the same again; and empty places explained truly."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.roster import invented
from tests.kernel.planning.inventing import MONDAY, any_rosters, problems, rosters, shift, worth
from tianqu.base.errors import Conflict, InvalidInput, TooLarge
from tianqu.kernel.planning.api import (
    COSTS,
    Assignment,
    Effort,
    RosterEnded,
    RosterFault,
    RosterNeed,
    RosterPerson,
    RosterProblem,
    RosterShift,
    Rule,
    Waiver,
    check_problem,
    compute_roster,
    plan_from,
    plan_json,
    roster_faults,
)
from tianqu.kernel.planning.roster_json import problem_from, problem_json
from tianqu.kernel.planning.roster_search import solve_roster
from tianqu.kernel.planning.rosters import Relaxation, cost_of_load

QUICK = Effort(seconds=10, work=10, workers=1)
SLOWLY = [HealthCheck.too_slow]


@settings(max_examples=25, deadline=None, suppress_health_check=SLOWLY)
@given(problems())
def test_any_roster_keeps_all_rules_and_explains_what_is_empty(problem: RosterProblem) -> None:
    plan = solve_roster(problem, QUICK)
    assert roster_faults(problem, plan.assignments) == ()
    assert tuple(level.value for level in plan.levels) == worth(problem, plan.assignments)
    assert all(0 <= level.bound <= level.value for level in plan.levels)
    assert plan.levels[0].value == sum(each.places for each in plan.unfilled)
    for each in plan.unfilled:
        there = {one.person for one in plan.assignments if one.shift == each.shift}
        assert {one.person for one in each.excluded} == {one.name for one in problem.persons} - there
        assert sum(each.counts.values()) == len(each.excluded)
        for one in each.excluded:
            assert one.rules, "somebody fits, and the place is empty"
            broken = roster_faults(problem, [*plan.assignments, Assignment(each.shift, one.person, each.skill)])
            assert {fault.rule for fault in broken} == set(one.rules)
        if each.relaxation is not None:
            filled = {*plan.assignments, *each.relaxation.added} - {*each.relaxation.removed}
            granted = replace(problem, waivers=each.relaxation.waivers)
            assert roster_faults(granted, tuple(filled)) == () and len(filled) == len(plan.assignments) + 1
            assert each.relaxation.cost == sum(COSTS[waiver.rule] for waiver in each.relaxation.waivers) > 0


@settings(max_examples=25, deadline=None, suppress_health_check=SLOWLY)
@given(problems(persons_max=3, shifts_max=3, places_max=1))
def test_a_small_roster_is_the_best_of_all(problem: RosterProblem) -> None:
    plan = solve_roster(problem, QUICK)
    assert plan.proved and plan.ended == "proved"
    assert worth(problem, plan.assignments) == min(worth(problem, each) for each in rosters(problem))


@settings(max_examples=20, deadline=None, suppress_health_check=SLOWLY)
@given(problems(persons_max=3, shifts_max=3, places_max=1), st.data())
def test_the_cheapest_relaxation_is_the_cheapest_of_all(problem: RosterProblem, data: st.DataObject) -> None:
    """Of every roster that fills the place, whatever it breaks and whomever it moves; what is granted is free."""
    waivers = st.builds(
        Waiver, st.sampled_from(list(COSTS)), st.sampled_from([one.name for one in problem.persons]),
        st.sampled_from([one.name for one in problem.shifts]),
    )  # fmt: skip
    problem = replace(problem, waivers=tuple(data.draw(st.lists(waivers, max_size=2, unique=True))))
    plan = solve_roster(problem, QUICK)
    for each in plan.unfilled[:1]:
        filled = [made for made in any_rosters(problem)
                  if fills(problem, plan.assignments, made, each.shift, each.skill)]  # fmt: skip
        least = min((cost for made in filled if (cost := cost_of(problem, made)) is not None), default=None)
        assert (each.relaxation.cost if each.relaxation else None) == least
        assert each.relaxation is None or each.relaxation.proved


def cost_of(problem: RosterProblem, made: tuple[Assignment, ...]) -> int | None:
    """The least that must be waived for a roster, by trying all: no rule asks what was waived of another."""
    total = 0
    for rule in {fault.rule for fault in roster_faults(problem, made)}:
        if rule not in COSTS:
            return None
        possible = [Waiver(rule, one.person, one.shift) for one in made]
        total += COSTS[rule] * next(
            size for size in range(len(made) + 1) for some in combinations(possible, size)
            if all(fault.rule != rule
                   for fault in roster_faults(replace(problem, waivers=(*problem.waivers, *some)), made))
        )  # fmt: skip
    return total


def fills(
    problem: RosterProblem, before: tuple[Assignment, ...], made: tuple[Assignment, ...], name: str, skill: str, /
) -> bool:
    """Whether a roster fills one place more there, and none less elsewhere."""
    for each in problem.shifts:
        for need in each.needs:
            count = sum((one.shift, one.skill) == (each.name, need.skill) for one in made)
            known = sum((one.shift, one.skill) == (each.name, need.skill) for one in before)
            if count < known + ((each.name, need.skill) == (name, skill)):
                return False
    return True


@settings(max_examples=20, deadline=None)
@given(problems())
def test_whatever_is_not_a_roster_of_these_rules_is_told(problem: RosterProblem) -> None:
    """Everybody everywhere breaks what one person alone in one shift does not."""
    everywhere = tuple(
        Assignment(each.name, person.name, need.skill)
        for person in problem.persons for each in problem.shifts for need in each.needs
    )  # fmt: skip
    told = {fault.rule for fault in roster_faults(problem, everywhere)}
    for person in problem.persons:
        for each in problem.shifts:
            for need in each.needs:
                if need.skill and need.skill not in person.skills:
                    assert Rule.SKILL in told
                if each.name in person.unable:
                    assert Rule.UNABLE in told
        if len(problem.shifts) > person.shifts_max:
            assert Rule.TOTAL in told


def li(**limits: int) -> RosterPerson:
    return RosterPerson("Li", **limits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("person", "rule", "shifts"),
    [
        (li(week_max=2), Rule.WEEK, (shift("a", day=0), shift("b", day=2), shift("c", day=4))),
        (li(shifts_max=2), Rule.TOTAL, (shift("a", day=0), shift("b", day=8), shift("c", day=16))),
        (li(days_max=2), Rule.DAYS, (shift("a", day=0), shift("b", day=1), shift("c", day=2))),
        (li(rest_minutes=660), Rule.REST, (shift("a", hour=8), shift("b", hour=14), shift("c", day=1, hour=8))),
    ],
)
def test_each_rule_keeps_somebody_away_and_is_waived(
    person: RosterPerson, rule: Rule, shifts: tuple[RosterShift, ...]
) -> None:
    """“Li may come for a third evening that week.”"""
    problem = RosterProblem((person,), shifts)
    plan = solve_roster(problem, QUICK)
    (empty,) = plan.unfilled
    assert empty.counts == {rule: 1} and plan.levels[0].value == 1 and plan.proved
    assert empty.relaxation is not None and empty.relaxation.proved
    assert empty.relaxation.waivers == (Waiver(rule, "Li", empty.shift),)
    after = solve_roster(replace(problem, waivers=empty.relaxation.waivers), QUICK)
    assert after.levels[0].value == 0 and len(after.assignments) == 3
    assert roster_faults(problem, after.assignments) != ()


def test_the_least_relaxation_may_move_somebody_else() -> None:
    """Only Wang may come on Friday, but stands on Monday, where Li may stand if a week's limit is waived."""
    medicine = (RosterNeed("medicine", 1),)
    shifts = (shift("monday", day=0, needs=medicine), shift("tuesday", day=1), shift("friday", day=4, needs=medicine))
    skilled = frozenset({"medicine"})
    wang = RosterPerson("Wang", skilled, week_max=1)
    zhao = RosterPerson("Zhao", skilled, unable=frozenset({"friday", "tuesday"}))
    plan = solve_roster(RosterProblem((wang, zhao, RosterPerson("Li", week_max=1)), shifts), QUICK)
    assert plan.unfilled == () and {(one.shift, one.person) for one in plan.assignments} == {
        ("monday", "Zhao"), ("tuesday", "Li"), ("friday", "Wang"),
    }  # fmt: skip


@pytest.mark.parametrize("skilled", [True, False])
def test_a_waiver_in_another_shift_may_ask_least(skilled: bool) -> None:
    """Li could come at two with less rest, which costs 5; Wang once more that week in Li's place, which costs 2.

    The same where Li may drive by an exception that is granted already.
    """
    shifts = (
        shift("tuesday", day=1, needs=(RosterNeed("medicine", 1),)), shift("morning", day=2, hour=8),
        shift("afternoon", day=2, hour=14, needs=(RosterNeed("driving", 1),)),
    )  # fmt: skip
    persons = (
        RosterPerson("Li", frozenset({"driving"} if skilled else ()), wished=frozenset({"morning"}),
                     unwished=frozenset({"afternoon"}), rest_minutes=660),
        RosterPerson("Wang", frozenset({"medicine"}), week_max=1),
    )  # fmt: skip
    granted = () if skilled else (Waiver(Rule.SKILL, "Li", "afternoon"),)
    problem = RosterProblem(persons, shifts, kept=(Assignment("tuesday", "Wang", "medicine"),), waivers=granted)
    (empty,) = solve_roster(problem, QUICK).unfilled
    assert empty.shift == "afternoon" and empty.relaxation == Relaxation(
        (Waiver(Rule.WEEK, "Wang", "morning"),),
        added=(Assignment("afternoon", "Li", "driving"), Assignment("morning", "Wang")),
        removed=(Assignment("morning", "Li"),), cost=2, proved=True,
    )  # fmt: skip


def test_load_is_spread_evenly_and_wishes_decide_what_is_left() -> None:
    shifts = tuple(shift(f"s{day}", day=day) for day in range(6))
    persons = tuple(
        RosterPerson(name, wished=frozenset({wish})) for name, wish in zip("abc", ("s5", "s4", "s3"), strict=True)
    )
    plan = solve_roster(RosterProblem(persons, shifts), QUICK)
    assert sorted(sum(each.person == name for each in plan.assignments) for name in "abc") == [2, 2, 2]
    assert {("s5", "a"), ("s4", "b"), ("s3", "c")} <= {(each.shift, each.person) for each in plan.assignments}
    assert [level.gap for level in plan.levels] == [0, 0, 0, 0]
    assert [cost_of_load(units, step=4) for units in (0, 1, 4, 5, 8)] == [0, 1, 4, 6, 12]


def test_talks_reach_every_village_once_before_any_twice() -> None:
    """Speakers with topics as skills, talks in villages as shifts: nobody speaks in A again before B had its talk."""
    law, health = (RosterNeed("law", 1),), (RosterNeed("health", 1),)
    talks = (
        shift("A1", day=0, needs=law, place="A"), shift("A2", day=7, needs=health, place="A"),
        shift("B1", day=8, needs=law, place="B"), shift("A3", day=14, needs=health, place="A"),
    )  # fmt: skip
    speakers = (RosterPerson("Lü", frozenset({"law"})), RosterPerson("Yi", frozenset({"health"})))
    free = solve_roster(RosterProblem(speakers, talks), QUICK)
    assert len(free.assignments) == 4
    plan = solve_roster(RosterProblem(speakers, talks, in_turn=True), QUICK)
    assert {each.shift for each in plan.assignments} in ({"A1", "B1", "A3"}, {"A2", "B1", "A3"})
    (empty,) = plan.unfilled
    assert empty.counts == {Rule.SKILL: 1, Rule.TURN: 1}
    assert roster_faults(RosterProblem(speakers, talks, in_turn=True), free.assignments) == (
        RosterFault(Rule.TURN, "", "A2"), RosterFault(Rule.TURN, "", "A3"),
    )  # fmt: skip


def test_what_is_kept_stands_and_what_it_breaks_is_refused() -> None:
    shifts = (shift("a", day=0), shift("b", day=1))
    persons = (li(week_max=1), RosterPerson("Wang", unwished=frozenset({"b"})))
    kept = Assignment("b", "Wang")
    plan = solve_roster(RosterProblem(persons, shifts, kept=(kept,)), QUICK)
    assert kept in plan.assignments and len(plan.assignments) == 2
    with pytest.raises(Conflict, match="week"):
        solve_roster(RosterProblem(persons, shifts, kept=(Assignment("a", "Li"), Assignment("b", "Li"))), QUICK)


@pytest.mark.parametrize(
    ("problem", "field"),
    [
        (RosterProblem((li(), li()), ()), "persons"),
        (RosterProblem((li(shifts_min=3, shifts_max=1),), ()), "shifts_min"),
        (RosterProblem((li(rest_minutes=-1),), ()), "rest_minutes"),
        (RosterProblem((RosterPerson("Li", unable=frozenset({"x"})),), ()), "unable"),
        (RosterProblem((), (shift("a", hours=0),)), "ends_at"),
        (RosterProblem((), (shift("a", places=0),)), "needs"),
        (RosterProblem((), (shift("a", needs=()),)), "needs"),
        (RosterProblem((), (replace(shift("a"), starts_at=MONDAY.replace(tzinfo=None)),)), "starts_at"),
        (RosterProblem((li(),), (shift("a"),), kept=(Assignment("a", "Wang"),)), "kept"),
        (RosterProblem((li(),), (shift("a"),), waivers=(Waiver(Rule.OVERLAP, "Li", "a"),)), "waivers"),
        (RosterProblem(tuple(RosterPerson(f"{one}") for one in range(500)), ()), "persons"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(problem: RosterProblem, field: str) -> None:
    with pytest.raises((InvalidInput, TooLarge)) as refused:
        check_problem(problem)
    assert refused.value.field == field


@settings(max_examples=20, deadline=None)
@given(problems())
def test_a_problem_comes_back_from_json(problem: RosterProblem) -> None:
    assert problem_from(problem_json(problem)) == problem


def test_a_process_of_its_own_makes_the_same_roster_again() -> None:
    problem, stages = invented(persons=12, days=7), list[str]()
    effort = Effort(seconds=10, work=5)
    plans = [compute_roster(problem, effort, tell=stages.append) for _again in range(2)]
    assert stages == ["unfilled", "short", "fairness", "wishes", "explaining"] * 2
    assert plans[0].assignments == plans[1].assignments and plans[0].levels == plans[1].levels
    assert roster_faults(problem, plans[0].assignments) == ()
    assert plan_from(plan_json(plans[0])) == plans[0]


def test_a_process_that_wants_too_much_ends_and_says_so() -> None:
    with pytest.raises(RosterEnded):
        compute_roster(invented(persons=12, days=7), Effort(memory_mb=-2_400))
    with pytest.raises(Conflict):
        persons, shifts = (li(week_max=0),), (shift("a"),)
        compute_roster(RosterProblem(persons, shifts, kept=(Assignment("a", "Li"),)))


@pytest.mark.slow
def test_a_large_teams_month_is_proved_or_its_gap_is_shown() -> None:
    problem = invented(persons=120, days=28)
    plan = compute_roster(problem)
    assert roster_faults(problem, plan.assignments) == ()
    assert plan.seconds < 21 and plan.levels[0].gap == 0
    assert plan.open_level is None or plan.open_level.gap * 50 <= plan.open_level.value
