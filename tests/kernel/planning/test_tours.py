"""Plans of seasons: every law kept, none cheaper, the same each time, changed by hand and planned anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.kernel.planning.seasons import (
    NOBODY,
    WORKS,
    carrier,
    cheapest,
    day,
    first_round_kept,
    season,
    seasons,
    spot,
    visit,
)
from tianqu.base.errors import Conflict, InvalidInput
from tianqu.kernel.planning.api import (
    Add,
    Drop,
    Limits,
    Move,
    Season,
    Show,
    Swap,
    TourEnded,
    Window,
    bound_to_own,
    change_cost,
    compute_tour,
    plan_cost,
    replanned,
    season_of_stored,
    season_plan,
    stored_season,
    tour_faults,
    without,
)

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(seasons(visits_most=7, days=4))
def test_a_plan_keeps_every_law_and_costs_what_it_says(made: Season) -> None:
    plan = season_plan(made)
    assert tour_faults(made, plan.shows, cost=plan.cost) == ()
    named = sorted([show.visit_id for show in plan.shows] + [one.visit_id for one in plan.unserved])
    assert named == sorted(each.id for each in made.visits)
    assert plan.bound <= plan.cost.total and (plan.bound == plan.cost.total or not plan.proved)
    assert not made.once_first or first_round_kept(made, plan.shows)


@quick
@given(seasons(), st.data())
def test_the_checker_finds_every_second_show_before_all_had_a_first(made: Season, data: st.DataObject) -> None:
    """Also of plans that nobody would make, and also where the first was before this plan."""
    made = replace(made, once_first=True)
    some = data.draw(st.sets(st.sampled_from([each.id for each in made.visits])))
    who = made.carriers[0]
    shows = [Show(name, who.id, data.draw(st.sampled_from(sorted(who.days))), 600) for name in sorted(some)]
    found = {fault.law for fault in tour_faults(made, shows)}
    assert ("once_first" in found) is not first_round_kept(made, shows)


@quick
@given(seasons())
def test_no_plan_of_a_tiny_season_is_cheaper(made: Season) -> None:
    plan = season_plan(made)
    assert plan.complete and plan.proved
    assert plan.cost.total == cheapest(made)[1]


@quick
@given(seasons(visits_most=3), st.integers(0, 2), st.integers(0, 2), st.booleans(), st.data())
def test_planned_anew_the_past_stays_and_the_fewest_shows_move(
    made: Season, first: int, out: int, ill: bool, data: st.DataObject
) -> None:
    plan = season_plan(made)
    today, falls_out = day(first), day(max(first, out))
    if ill:
        who = data.draw(st.sampled_from(made.carriers))
        now = replace(made, carriers=tuple(
            replace(one, days=one.days - {falls_out}) if one == who else one for one in made.carriers
        ))  # fmt: skip
    else:
        where = data.draw(st.sampled_from(made.visits)).spot
        now = replace(made, visits=tuple(
            replace(one, closed=frozenset({falls_out})) if one.spot == where else one for one in made.visits
        ))  # fmt: skip
    anew = replanned(now, plan=plan.shows, today=today)
    past = [show for show in plan.shows if show.on < today]
    before = {show.visit_id: show for show in plan.shows if show.on >= today}
    assert [show for show in anew.plan.shows if show.on < today] == past
    assert tour_faults(now, anew.plan.shows, cost=anew.plan.cost, past_until=today) == ()
    assert not made.once_first or first_round_kept(now, anew.plan.shows, today=today)
    assert set(anew.moved) == {name for name, show in before.items() if show not in anew.plan.shows}
    assert (len(anew.moved), anew.plan.cost.total) == cheapest(now, before=before, past=past, today=today)


@quick
@given(seasons(), st.data())
def test_a_change_costs_what_the_plan_after_it_costs(made: Season, data: st.DataObject) -> None:
    plan = season_plan(made)
    assume(plan.shows)
    show = data.draw(st.sampled_from(plan.shows))
    dropped = change_cost(made, shows=plan.shows, change=Drop(show.visit_id))
    assert dropped.after == plan_cost(made, dropped.shows) and dropped.before == plan.cost
    back = change_cost(made, shows=dropped.shows, change=Add(show.visit_id, show.carrier_id, show.on, show.starts))
    assert back.shows == plan.shows and back.difference == -dropped.difference
    to = data.draw(st.sampled_from(made.carriers))
    on = data.draw(st.sampled_from(sorted(to.days)))
    moved = change_cost(made, shows=plan.shows, change=Move(show.visit_id, to.id, on))
    assert set(moved.broken) == set(tour_faults(made, moved.shows))
    cost = next(fault.amount for fault in tour_faults(made, moved.shows, cost=NOBODY) if fault.law == "cost")
    assert moved.after.total == cost and moved.difference == cost - plan.cost.total
    if not moved.broken and plan.proved:
        assert moved.difference >= 0, "no lawful change makes the cheapest plan cheaper"


@quick
@given(seasons(), st.dictionaries(st.tuples(st.just("s0"), st.just("s1")), st.integers(0, 90)))
def test_a_season_comes_back_from_json(made: Season, minutes: dict[tuple[str, str], int]) -> None:
    made = replace(made, minutes=minutes)
    assert season_of_stored(json.loads(json.dumps(stored_season(made)))) == made


def test_a_process_of_its_own_plans_the_same_again() -> None:
    made, shares = season([visit(1), visit(2, prices={"b": 5})], [carrier(), carrier("b")]), list[int]()
    plan = season_plan(made)
    found = compute_tour(made, today=day(0), tell=shares.append)
    assert found.plan == plan and found.moved == () and shares == sorted(shares) and shares[-1] == 100
    spot_of_first = plan.shows[0].visit_id.replace("v", "s")
    now = without(made, spot=spot_of_first, carrier="", days=frozenset({plan.shows[0].on}))
    anew = compute_tour(now, plan=plan.shows, today=day(0))
    assert anew == replanned(now, plan=plan.shows, today=day(0)) and anew.moved


def test_a_process_that_wants_too_much_ends_and_says_so() -> None:
    made = season([visit(1)], [carrier()])
    with pytest.raises(TourEnded):
        compute_tour(made, today=day(0), limits=Limits(seconds=20, memory_mb=-2_400))
    stranger = Show("nobody", "a", day(0), 1_080)
    with pytest.raises(InvalidInput):
        compute_tour(made, plan=[stranger], today=day(0))


def test_two_places_on_the_way_are_one_outing() -> None:
    late = (Window(day(0), day(0), 780, 1_320),)
    made = season([visit(1, windows=late), visit(2, windows=late)], [carrier(), carrier("b")])
    plan = season_plan(made)
    assert {(show.carrier_id, show.on) for show in plan.shows} == {("b", day(0))}
    apart = plan_cost(made, [replace(show, carrier_id="ab"[n]) for n, show in enumerate(plan.shows)])
    assert plan.cost.travel < apart.travel


def test_a_plan_that_costs_nothing_is_planned() -> None:
    free = visit(1, at=spot(90), prices={"a": 0}, wishes={})
    nobody_can = visit(2, prices={"b": 0}, wishes={})
    plan = season_plan(season([free, nobody_can], [carrier()]))
    assert [show.visit_id for show in plan.shows] == ["v1"] and plan.cost.total == 1_000_000


def test_no_place_is_served_twice_before_all_were_once() -> None:
    near, far = spot(1, 5), spot(2, 180)
    asked = [visit(1, at=near), visit(2, at=near), visit(3, at=far, prices={"a": 300_000})]
    alone = [carrier(visits_most=1, days=frozenset({day(0), day(1)}))]
    assert {show.visit_id for show in season_plan(season(asked, alone)).shows} >= {"v3"}
    greedy = season_plan(season(asked, alone, unserved_fen=400_000, once_first=False, budget_fen=320_000))
    assert {show.visit_id for show in greedy.shows} == {"v1", "v2"}
    lawful = season_plan(season(asked, alone, unserved_fen=400_000, budget_fen=320_000))
    assert len(lawful.shows) == 1
    assert {one.why for one in lawful.unserved} == {"once_first", "budget"}


def test_a_place_that_had_a_show_before_this_plan_waits_for_the_others() -> None:
    near, far = spot(1, 5), spot(2, 180)
    asked = [visit(1, at=near), visit(2, at=far, prices={"a": 300_000})]
    one_day = [carrier(visits_most=1, days=frozenset({day(0)}))]
    fresh = season_plan(season(asked, one_day))
    assert [show.visit_id for show in fresh.shows] == ["v1"]
    had = season(asked, one_day, served={"s1": 1, "elsewhere": 3})
    plan = season_plan(had)
    assert [show.visit_id for show in plan.shows] == ["v2"] and tour_faults(had, plan.shows, cost=plan.cost) == ()
    assert [(one.visit_id, one.why) for one in plan.unserved] == [("v1", "full")]
    assert {fault.law for fault in tour_faults(had, fresh.shows)} == {"once_first"}
    assert len(season_plan(replace(had, served={"s1": 1, "s2": 1})).shows) == 1, "nobody waits for a first"
    anew = replanned(without(had, spot="", carrier="a", days=frozenset({day(0)})), plan=plan.shows, today=day(0))
    assert anew.plan.shows == ()
    with pytest.raises(InvalidInput):
        season_plan(replace(had, served={"s1": -1}))


def overlapping(made: Season, shows: Sequence[Show]) -> list[tuple[str, str]]:
    """Pairs of shows of two carriers at one place that overlap."""
    visits = {each.id: each for each in made.visits}
    return [
        (one.visit_id, other.visit_id) for one, other in combinations(shows, 2)
        if one.on == other.on and one.carrier_id != other.carrier_id
        and visits[one.visit_id].spot == visits[other.visit_id].spot
        and one.starts < other.starts + visits[other.visit_id].minutes
        and other.starts < one.starts + visits[one.visit_id].minutes
    ]  # fmt: skip


def test_two_carriers_are_not_at_one_place_at_once_where_another_day_will_do() -> None:
    """Each village wishes for two works, each of which one carrier alone has, in the same hours of three days."""
    wanted = []
    for number in range(3):
        at = spot(number, 20 * number, 10 * number)
        hours = {"windows": (Window(day(0), day(2), 1_080, 1_200),), "at": at}
        wanted += [visit(2 * number, prices={"a": 100_000}, **hours), visit(2 * number + 1, prices={"b": 1}, **hours)]
    made = season(wanted, [carrier(visits_most=1), carrier("b", visits_most=1)])
    plan = season_plan(made)
    assert len(plan.shows) == 6 and overlapping(made, plan.shows) == []
    assert tour_faults(made, plan.shows, cost=plan.cost) == ()


def test_what_is_engaged_is_bound_to_its_carrier_unless_that_one_is_out() -> None:
    late = (Window(day(0), day(0), 780, 1_320),)
    made = season([visit(1, windows=late), visit(2, windows=late)], [carrier(), carrier("b")])
    shows = season_plan(made).shows
    assert {(show.carrier_id, show.on) for show in shows} == {("b", day(0))}
    out = without(made, spot="", carrier="b", days=frozenset({day(0)}))
    bound = bound_to_own(made, shows=shows, engaged=frozenset({"v1"}))
    assert [set(each.prices) for each in bound.visits] == [{"b"}, {"a", "b"}]
    assert bound_to_own(out, shows=shows, engaged=frozenset({"v1", "v2"})) == out
    anew = replanned(out, plan=shows, today=day(0))
    assert [(show.visit_id, show.carrier_id) for show in anew.plan.shows] == [("v1", "a"), ("v2", "a")]


def test_days_that_are_too_few_are_found_out() -> None:
    """Five visits on two days for one carrier that does two a day: four take place, and one says why not."""
    windows = (Window(day(0), day(1), 600, 1_320),)
    made = season([visit(number, windows=windows) for number in range(5)], [carrier()])
    plan = season_plan(made)
    assert len(plan.shows) == 4 and [one.why for one in plan.unserved] == ["full"]
    assert plan.proved


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"prices": {}}, "no_carrier"),
        ({"windows": (Window(day(7), day(9), 0, 1_440),)}, "no_day"),
        ({"windows": (Window(day(0), day(2), 1_080, 1_100),)}, "no_day"),
        ({"prices": {"a": 9_900_000}}, "dearer"),
        ({"prices": {"a": 900_000}}, "budget"),
    ],
)
def test_what_is_not_served_says_why(more: dict[str, object], why: str) -> None:
    plan = season_plan(season([visit(1, **more)], [carrier()], budget_fen=500_000))
    assert [(one.visit_id, one.why) for one in plan.unserved] == [("v1", why)]


def test_the_same_season_gives_the_same_plan() -> None:
    made = season([visit(number) for number in range(6)], [carrier(), carrier("b")])
    assert season_plan(made) == season_plan(made)


@pytest.mark.parametrize(
    ("change", "law"),
    [
        ({"on": day(9)}, "carrier_away"),
        ({"starts": 600}, "outside_windows"),
        ({"carrier_id": "c"}, "not_for_sale"),
        ({"works": (WORKS[2],)}, "works"),
        ({"carrier_id": "z"}, "unknown"),
    ],
)
def test_the_checker_finds_what_is_broken(change: dict[str, object], law: str) -> None:
    made = season([visit(1)], [carrier(), carrier("c")], budget_fen=1_000_000)
    (show,) = season_plan(made).shows
    assert law in {fault.law for fault in tour_faults(made, [replace(show, **change)])}
    assert tour_faults(made, [show]) == ()


def test_the_checker_finds_what_is_broken_between_shows() -> None:
    late = (Window(day(0), day(2), 600, 1_400),)
    made = season([visit(1, windows=late), visit(2, windows=late), visit(3, windows=late)], [carrier()])
    at = [Show(f"v{number}", "a", day(0), 600 + 121 * number) for number in (1, 2, 3)]
    laws = {fault.law for fault in tour_faults(made, at)}
    assert laws == {"too_early", "too_many"}
    assert {fault.law for fault in tour_faults(made, [*at[:1], at[0]])} >= {"twice"}
    assert "back_late" in {fault.law for fault in tour_faults(replace(made, carriers=(carrier(back=720),)), at)}
    assert "over_budget" in {fault.law for fault in tour_faults(replace(made, budget_fen=5), at)}
    shut = replace(made, visits=tuple(replace(each, closed=frozenset({day(0)})) for each in made.visits))
    assert "place_closed" in {fault.law for fault in tour_faults(shut, at[:1])}


def test_a_change_says_which_laws_it_breaks() -> None:
    made = season([visit(1), visit(2)], [carrier(), carrier("b", days=frozenset({day(0)}))])
    shows = season_plan(made).shows
    broken = change_cost(made, shows=shows, change=Move("v1", "b", day(1))).broken
    assert ("carrier_away", "v1") in {(fault.law, fault.visit_id) for fault in broken}
    swapped = change_cost(made, shows=shows, change=Swap("v1", "v2"))
    assert len(swapped.shows) == 2


@quick
@given(seasons(), st.data())
def test_a_swap_is_the_same_from_either_side(made: Season, data: st.DataObject) -> None:
    shows = season_plan(made).shows
    assume(len(shows) > 1)
    one, other = data.draw(st.sampled_from([(a, b) for a in shows for b in shows if a != b]))
    there, back = (change_cost(made, shows=shows, change=Swap(*names)) for names in (
        (one.visit_id, other.visit_id), (other.visit_id, one.visit_id)
    ))  # fmt: skip
    changed = {show.visit_id: show for show in there.shows}
    for here, away in ((one, other), (other, one)):
        assert (changed[here.visit_id].carrier_id, changed[here.visit_id].on) == (away.carrier_id, away.on)
    assert {show for show in there.shows if show.visit_id not in (one.visit_id, other.visit_id)} == set(shows) - {
        one, other,
    }  # fmt: skip
    if not there.broken or not back.broken:
        assert {show.visit_id: show.on for show in there.shows} == {show.visit_id: show.on for show in back.shows}
        if (one.carrier_id, one.on) == (other.carrier_id, other.on):
            assert (one.starts < other.starts) is (changed[one.visit_id].starts > changed[other.visit_id].starts)
            assert there.shows == back.shows


def test_who_swap_a_day_of_one_carrier_change_their_turns_and_the_others_stay() -> None:
    """The long one is not over when the short one would begin: both go as early as they can, in their new turns."""
    long_day, late = (Window(day(0), day(2), 600, 1_320),), (Window(day(0), day(2), 1_200, 1_320),)
    made = season(
        [visit(number, minutes=minutes, windows=windows, wishes={})
         for number, minutes, windows in ((1, 60, long_day), (2, 180, long_day), (3, 60, late))],
        [carrier(visits_most=3)],
    )  # fmt: skip
    shows = [Show("v1", "a", day(0), 700), Show("v2", "a", day(0), 800), Show("v3", "a", day(0), 1_200)]
    assert tour_faults(made, shows) == ()
    for names in (("v1", "v2"), ("v2", "v1")):
        swapped = change_cost(made, shows=shows, change=Swap(*names))
        assert swapped.broken == ()
        assert [show.visit_id for show in swapped.shows] == ["v2", "v1", "v3"]
        assert swapped.shows[0].starts == 600 and swapped.shows[1].starts > 780 and swapped.shows[2] == shows[2]


def test_a_change_that_cannot_be_meant_is_refused() -> None:
    made = season([visit(1), visit(2, prices={})], [carrier()])
    shows = season_plan(made).shows
    with pytest.raises(Conflict):
        change_cost(made, shows=shows, change=Drop("v2"))
    with pytest.raises(Conflict):
        change_cost(made, shows=shows, change=Add("v1", "a", day(0)))
    with pytest.raises(Conflict):
        change_cost(made, shows=shows, change=Drop("v1"), today=day(5))
    for change in (Drop("v9"), Add("v2", "z", day(0)), Move("v1", "a", day(0), 5_000)):
        with pytest.raises(InvalidInput):
            change_cost(made, shows=shows, change=change)


@pytest.mark.parametrize(
    "faulty",
    [
        season([visit(1), visit(1)], [carrier()]),
        season([visit(1, minutes=0)], [carrier()]),
        season([visit(1, windows=(Window(day(1), day(0), 600, 900),))], [carrier()]),
        season([visit(1)], [carrier(visits_most=9)]),
        season([visit(1)], [carrier(days=frozenset({day(0), day(500)}))]),
        season([visit(1, at=spot(90, 7))], [carrier()]),
        season([visit(1)], [carrier()], budget_fen=-1),
    ],
)
def test_what_cannot_be_planned_is_refused(faulty: Season) -> None:
    with pytest.raises(InvalidInput) as refused:
        season_plan(faulty)
    assert refused.value.field and refused.value.remedy


@pytest.mark.slow
def test_a_whole_season_is_planned_close_to_the_bound() -> None:
    from benchmarks.season import invented

    made = invented(shows=300, carriers=12, days=90)
    plan = season_plan(made)
    assert tour_faults(made, plan.shows, cost=plan.cost) == ()
    assert plan.cost.total <= plan.bound * 103 // 100
    sick = replace(made.carriers[0], days=frozenset(each for each in made.carriers[0].days if each < day(10)))
    now = replace(made, carriers=(sick, *made.carriers[1:]))
    anew = replanned(now, plan=plan.shows, today=day(5))
    lost = {show.visit_id for show in plan.shows if show.carrier_id == sick.id and show.on >= day(10)}
    assert lost <= set(anew.moved) and tour_faults(now, anew.plan.shows, cost=anew.plan.cost, past_until=day(5)) == ()
