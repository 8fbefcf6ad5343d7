"""Small rosters as hypothesis invents them, and the best of each by trying all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tianqu.kernel.planning.roster_faults import roster_faults
from tianqu.kernel.planning.rosters import (
    Assignment,
    LevelName,
    RosterNeed,
    RosterPerson,
    RosterProblem,
    RosterShift,
    values_of,
)

MONDAY = datetime(2026, 12, 7, tzinfo=ZoneInfo("Asia/Shanghai"))
HOUR = timedelta(hours=1)


def shift(name: str, *, day: int = 0, hour: int = 8, hours: int = 4, places: int = 1, **more: object) -> RosterShift:
    """A shift of some day after Monday."""
    begins = MONDAY + timedelta(days=day, hours=hour)
    needs = more.pop("needs", (RosterNeed("", places),))
    return RosterShift(name, begins, begins + hours * HOUR, needs, **more)  # type: ignore[arg-type]


@st.composite
def problems(draw: st.DrawFn, *, persons_max: int = 6, shifts_max: int = 8, places_max: int = 2) -> RosterProblem:
    """Any roster of few persons and shifts, with every rule now and then."""
    skills = st.frozensets(st.sampled_from(["medicine", "driving"]))
    shifts = tuple(
        shift(
            f"s{number}", day=draw(st.integers(0, 8)), hour=draw(st.sampled_from([8, 10, 14, 22])),
            hours=draw(st.sampled_from([2, 3, 4, 8])), place=draw(st.sampled_from(["", "A", "B"])),
            needs=tuple(
                RosterNeed(skill, draw(st.integers(1, places_max)))
                for skill in draw(st.sampled_from([("",), ("medicine",), ("", "driving")]))
            ),
        )
        for number in range(draw(st.integers(1, shifts_max)))
    )  # fmt: skip
    names = st.frozensets(st.sampled_from([each.name for each in shifts]), max_size=3)
    persons = tuple(
        RosterPerson(
            f"p{number}", skills=draw(skills), unable=draw(names), wished=draw(names), unwished=draw(names),
            shifts_min=draw(st.integers(0, 2)), shifts_max=draw(st.integers(2, 5)), week_max=draw(st.integers(1, 4)),
            days_max=draw(st.integers(1, 3)), rest_minutes=draw(st.sampled_from([0, 60, 660])),
        )
        for number in range(draw(st.integers(1, persons_max)))
    )  # fmt: skip
    return RosterProblem(persons, shifts, in_turn=draw(st.booleans()))


def rosters(problem: RosterProblem) -> Iterator[tuple[Assignment, ...]]:
    """Every roster that keeps the rules."""
    return (made for made in any_rosters(problem) if not roster_faults(problem, made))


def any_rosters(problem: RosterProblem) -> Iterator[tuple[Assignment, ...]]:
    """Every roster, whatever rules it breaks: each place with nobody or anybody."""
    places = [
        (each.name, need.skill) for each in problem.shifts for need in each.needs for _place in range(need.places)
    ]
    names = [None, *(person.name for person in problem.persons)]
    for chosen in product(names, repeat=len(places)):
        made = {
            Assignment(name, person, skill)
            for (name, skill), person in zip(places, chosen, strict=True)
            if person is not None
        }
        if len(made) == len(chosen) - chosen.count(None):
            yield tuple(sorted(made))


def worth(problem: RosterProblem, assignments: tuple[Assignment, ...]) -> tuple[int, ...]:
    """What a roster is worth, level by level."""
    values = values_of(problem, assignments)
    return tuple(values[name] for name in LevelName)
