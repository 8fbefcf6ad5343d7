"""One place of a shift for whoever leads: who has it, and who could, with what stands in the way of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.planning.api import Assignment, Rule, rules_against
from tianqu.kernel.rosters.kinds import roster_holder
from tianqu.kernel.rosters.models import Duty, Roster, Shift, Wish
from tianqu.kernel.rosters.problems import LEADERS, assigned, duties_of, first_served, members_of, problem_of, shifts_of
from tianqu.kernel.rosters.reading import SEE

SAYINGS: Final = ("wished", "", "unwished", "unable")  # the most willing first


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who is not in a shift: the rules that it would break, what they said of it, their shifts so far."""

    number: str
    name: str
    broken: tuple[Rule, ...]
    said: str
    shifts: int

    @property
    def grantable(self) -> bool:
        """Whether every rule in the way is the leader's to waive."""
        return LEADERS.issuperset(self.broken)


@dataclass(frozen=True, slots=True)
class PlaceView:
    """The places of a shift that ask for one skill. ``candidates``: who could come without more ado first."""

    roster: Roster
    shift: Shift
    skill: str
    there: tuple[tuple[Duty, str], ...]
    empty: int
    candidates: tuple[Candidate, ...]


def place_view(actor: Actor, *, shift_id: UUID, skill: str = "") -> PlaceView:
    """A place of a roster whose holder the actor leads. Raises ``NotFound`` and ``NotPermitted``."""
    shift = Shift.objects.select_related("roster").filter(id=shift_id).first()
    places = dict(shift.needs).get(skill) if shift is not None else None
    if shift is None or places is None:
        raise NotFound(_("There is no such shift."), field="shift_id", value=str(shift_id))
    roster = shift.roster
    roster_holder(actor, SEE, kind=roster.kind, subject=roster.subject)
    duties, problem = duties_of(roster), problem_of(roster)
    wishes = {wish.number: wish for wish in Wish.objects.filter(roster=roster)}
    found = members_of(roster, [wish.person_id for wish in wishes.values()], on=first_served(shifts_of(roster)))
    names = {wish.number: found[wish.person_id].name for wish in wishes.values() if wish.person_id in found}
    here = {duty.number for duty in duties if duty.shift_id == shift.id}
    there = tuple(
        (duty, names.get(duty.number, duty.number))
        for duty in duties if duty.shift_id == shift.id and duty.skill == skill
    )  # fmt: skip
    empty, taken = places - len(there), [assigned(duty) for duty in duties]
    candidates = [
        Candidate(
            one.name, names[one.name], rules_against(problem, taken, Assignment(str(shift.id), one.name, skill)),
            _said(wishes[one.name], shift), sum(each.person == one.name for each in taken),
        )
        for one in problem.persons if empty > 0 and one.name not in here
    ]  # fmt: skip
    candidates.sort(key=lambda one: (len(one.broken), SAYINGS.index(one.said), one.shifts, one.number))
    return PlaceView(roster, shift, skill, there, empty, tuple(candidates))


def _said(wish: Wish, shift: Shift) -> str:
    return next((name for name in SAYINGS if name and shift.id in getattr(wish, name)), "")
