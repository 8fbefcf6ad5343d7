"""What a roster is made from and what comes out: persons, shifts with needs, rules, the plan, why a place stays empty.

Frozen values without tables. The day and the week of a shift are those of its start, by the offset that it carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import gcd
from typing import Final

from tianqu.base.errors import InvalidInput, TooLarge, _

PERSONS_MAX: Final = 400
SHIFTS_MAX: Final = 400
PAIRS_MAX: Final = 40_000
PLACES_MAX: Final = 2_000
LIMIT_MAX: Final = 1_000  # of any number of shifts or days that is given
REST_MINUTES_MAX: Final = 7 * 24 * 60
LASTS_MAX: Final = timedelta(hours=24)
NEUTRAL, UNWISHED = 1, 3  # what a shift costs whom it was given to; one that was wished for costs nothing


class Rule(StrEnum):
    """What may stand between a person and a place. The order is that in which a reason is named."""

    SKILL = "skill"  # the place asks for a skill
    UNABLE = "unable"  # the person is not available
    OVERLAP = "overlap"  # two shifts at one time; nobody can waive it
    REST = "rest"  # minutes between two shifts
    WEEK = "week"  # shifts in a week, Monday to Sunday
    TOTAL = "total"  # shifts in the roster
    DAYS = "days"  # days in a row
    TURN = "turn"  # no place of meeting an (n+1)-th time before each has had its n-th


# What it costs to waive a rule for one person in one shift. Ours: what asks least of somebody comes first.
COSTS: Final[Mapping[Rule, int]] = {
    Rule.WEEK: 2, Rule.TOTAL: 3, Rule.DAYS: 4, Rule.REST: 5, Rule.TURN: 6, Rule.UNABLE: 9, Rule.SKILL: 20,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RosterNeed:
    """So many places of a shift ask for a skill; "" is a place for anybody."""

    skill: str
    places: int


@dataclass(frozen=True, slots=True)
class RosterShift:
    """A shift: when (aware moments), with which needs, and where ("" where it does not matter)."""

    name: str
    starts_at: datetime
    ends_at: datetime
    needs: tuple[RosterNeed, ...]
    place: str = ""

    @property
    def day(self) -> date:
        """The day on which it starts."""
        return self.starts_at.date()

    @property
    def week(self) -> tuple[int, int]:
        """The week of that day: ISO 8601's year and number."""
        year, number, _weekday = self.day.isocalendar()
        return year, number

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """Somebody who takes shifts. ``unable``, ``wished``, ``unwished`` name shifts; ``days_max`` are days in a row."""

    name: str
    skills: frozenset[str] = frozenset()
    unable: frozenset[str] = frozenset()
    wished: frozenset[str] = frozenset()
    unwished: frozenset[str] = frozenset()
    shifts_min: int = 0
    shifts_max: int = LIMIT_MAX
    week_max: int = LIMIT_MAX
    days_max: int = LIMIT_MAX
    rest_minutes: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Assignment:
    """A person in a shift, at a place of a skill."""

    shift: str
    person: str
    skill: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Waiver:
    """A rule that does not count a shift of a person: granted by whoever may."""

    rule: Rule
    person: str
    shift: str


@dataclass(frozen=True, slots=True)
class RosterProblem:
    """What is to be solved. ``kept`` are assignments that stand; ``in_turn`` switches the rule of turns on."""

    persons: tuple[RosterPerson, ...]
    shifts: tuple[RosterShift, ...]
    kept: tuple[Assignment, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    in_turn: bool = False


@dataclass(frozen=True, slots=True)
class Effort:
    """How much may be spent. ``work`` is counted by the solver and the same on every machine; ``seconds`` is the clock.

    A search that ends with a proof or by ``work`` gives the same roster again; one that the clock ends may not.
    ``explain_seconds`` are for all empty places together.
    """

    seconds: float = 19.0
    work: float = 60.0
    workers: int = 2
    memory_mb: int = 1_500
    seed: int = 20_261_129
    explain_seconds: float = 10.0


FULL_EFFORT: Final = Effort()


class LevelName(StrEnum):
    """What is made small, one after the other: what stands above is never given up for what stands below."""

    UNFILLED = "unfilled"  # empty places
    SHORT = "short"  # shifts that persons have fewer than the least they asked for
    FAIRNESS = "fairness"  # the sum over persons of load; its n-th step costs n
    WISHES = "wishes"  # shifts: 0 wished for, 1 neutral, 3 unwished


@dataclass(frozen=True, slots=True)
class Level:
    """What was reached at a level, and below which nobody can come while the levels above stay as they are."""

    name: LevelName
    value: int
    bound: int

    @property
    def gap(self) -> int:
        """What is not proved; 0 is a proof."""
        return self.value - self.bound


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why somebody cannot take an empty place in this roster: every rule in the way."""

    person: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The least that fills an empty place: what is waived, who is added and removed. ``proved``: nothing costs less."""

    waivers: tuple[Waiver, ...]
    added: tuple[Assignment, ...]
    removed: tuple[Assignment, ...]
    cost: int
    proved: bool


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Empty places of one skill in a shift, why each person is not there, and the cheapest way to fill one of them.

    ``relaxation`` is None where no waiver fills it, or none was found in time.
    """

    shift: str
    skill: str
    places: int
    excluded: tuple[Exclusion, ...]
    relaxation: Relaxation | None

    @property
    def counts(self) -> dict[Rule, int]:
        """How many persons each rule keeps away; each person counts once, under the first rule in the way."""
        firsts = [each.rules[0] for each in self.excluded if each.rules]
        return {rule: firsts.count(rule) for rule in Rule if rule in firsts}


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """A roster: who is where, how good it is and how good it could be at best, and why places are empty.

    ``ended``: ``proved``, ``work`` or ``clock``, whichever ended the search. ``seconds`` are those of the search.
    """

    assignments: tuple[Assignment, ...]
    levels: tuple[Level, ...]
    unfilled: tuple[Unfilled, ...]
    ended: str
    seconds: float

    @property
    def proved(self) -> bool:
        """Whether nothing better exists at any level."""
        return all(level.gap == 0 for level in self.levels)

    @property
    def open_level(self) -> Level | None:
        """The first level that is not proved."""
        return next((level for level in self.levels if level.gap), None)


def check_problem(problem: RosterProblem) -> None:
    """Look whether a roster can be asked for. Raises ``InvalidInput`` and ``TooLarge``, naming field and value."""
    _check_size(problem)
    shifts = _named((shift.name for shift in problem.shifts), field="shifts")
    persons = _named((person.name for person in problem.persons), field="persons")
    for shift in problem.shifts:
        _check_shift(shift)
    for person in problem.persons:
        _check_person(person, shifts)
    named: tuple[Assignment | Waiver, ...] = (*problem.kept, *problem.waivers)
    for each in named:
        field = "kept" if isinstance(each, Assignment) else "waivers"
        _known({each.shift}, shifts, field=field)
        _known({each.person}, persons, field=field)
    for waiver in problem.waivers:
        if waiver.rule not in COSTS:
            raise InvalidInput(_("Nobody can waive this rule."), field="waivers", value=waiver.rule.value)


def step_of_load(shifts: Sequence[RosterShift]) -> tuple[int, int]:
    """The unit of load in minutes, and how many units are one step of it: the length of the middle shift."""
    lengths = sorted(shift.minutes for shift in shifts)
    unit = gcd(*lengths) if lengths else 1
    return unit, (lengths[len(lengths) // 2] // unit if lengths else 1)


def cost_of_load(units: int, *, step: int) -> int:
    """What a load costs: each unit of its n-th step costs n, so that evenly spread load costs least."""
    whole, rest = divmod(units, step)
    return step * whole * (whole + 1) // 2 + rest * (whole + 1)


def values_of(problem: RosterProblem, assignments: Sequence[Assignment]) -> dict[LevelName, int]:
    """What a roster is worth at each level."""
    shifts = {shift.name: shift for shift in problem.shifts}
    unit, step = step_of_load(problem.shifts)
    places = sum(need.places for shift in problem.shifts for need in shift.needs)
    found = {LevelName.UNFILLED: places - len(assignments)} | dict.fromkeys(list(LevelName)[1:], 0)
    for person in problem.persons:
        own = [shifts[each.shift] for each in assignments if each.person == person.name]
        found[LevelName.SHORT] += max(0, person.shifts_min - len(own))
        found[LevelName.FAIRNESS] += cost_of_load(sum(shift.minutes for shift in own) // unit, step=step)
        found[LevelName.WISHES] += sum(wish_cost(person, shift.name) for shift in own)
    return found


def wish_cost(person: RosterPerson, shift: str) -> int:
    """What a shift costs whom it is given to."""
    if shift in person.wished:
        return 0
    return UNWISHED if shift in person.unwished else NEUTRAL


def in_order(shifts: Iterable[RosterShift]) -> list[RosterShift]:
    """Shifts by their start, and by name where two start at once."""
    return sorted(shifts, key=lambda shift: (shift.starts_at, shift.name))


def _check_size(problem: RosterProblem) -> None:
    places = sum(need.places for shift in problem.shifts for need in shift.needs)
    for field, count, most in (
        ("persons", len(problem.persons), PERSONS_MAX), ("shifts", len(problem.shifts), SHIFTS_MAX),
        ("shifts", places, PLACES_MAX), ("persons", len(problem.persons) * len(problem.shifts), PAIRS_MAX),
    ):  # fmt: skip
        if count > most:
            raise TooLarge(
                _("This roster is too large: %(value)s, and at most %(most)s."), field=field, value=count, most=most,
                remedy=_("Plan fewer days at once, or one team for itself."),
            )  # fmt: skip


def _check_shift(shift: RosterShift) -> None:
    if shift.starts_at.utcoffset() is None or shift.ends_at.utcoffset() is None:
        raise InvalidInput(_("A shift's times carry their offset."), field="starts_at", value=str(shift.starts_at))
    if not timedelta(minutes=1) <= shift.ends_at - shift.starts_at <= LASTS_MAX:
        raise InvalidInput(
            _("A shift ends after it begins, within 24 hours."), field="ends_at", value=shift.ends_at.isoformat()
        )
    skills = [need.skill for need in shift.needs]
    if not skills or len(set(skills)) < len(skills):
        raise InvalidInput(_("A shift names each skill that it needs once."), field="needs", value=", ".join(skills))
    for need in shift.needs:
        if not 1 <= need.places <= LIMIT_MAX:
            raise InvalidInput(
                _("There are from 1 to %(most)s places."), field="needs", value=need.places, most=LIMIT_MAX
            )


def _check_person(person: RosterPerson, shifts: set[str]) -> None:
    for field in ("unable", "wished", "unwished"):
        _known(getattr(person, field), shifts, field=field)
    limits = ("shifts_min", "shifts_max", "week_max", "days_max")
    for field, most in (*((name, LIMIT_MAX) for name in limits), ("rest_minutes", REST_MINUTES_MAX)):
        if not 0 <= getattr(person, field) <= most:
            raise InvalidInput(
                _("This number is from 0 to %(most)s."), field=field, value=getattr(person, field), most=most
            )
    if person.shifts_min > person.shifts_max:
        raise InvalidInput(
            _("The least number of shifts is above the greatest."), field="shifts_min", value=person.shifts_min
        )


def _named(names: Iterator[str], *, field: str) -> set[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidInput(_("Two have the same name."), field=field, value=name[:40])
        seen.add(name)
    return seen


def _known(names: Iterable[str], known: set[str], *, field: str) -> None:
    for name in sorted(set(names) - known):
        raise InvalidInput(_("There is nothing of this name."), field=field, value=name[:40])
