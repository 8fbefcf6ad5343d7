"""Reading rosters: what everybody sees of them, what is one's own, and what the leader's office sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import require, rows_in_reach
from tianqu.kernel.planning.api import RosterPlan, Unfilled, plan_from
from tianqu.packs.practice.models import Duty, Membership, Roster, RosterResult, RosterState, Shift, Volunteer, Wish
from tianqu.packs.practice.queries import SEE, led_teams
from tianqu.packs.practice.registers.rosters import duties_of, shifts_of

LIST_MAX: Final = 200
WORK: Final = (RosterState.QUEUED, RosterState.COMPUTING)


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """The places of a shift that ask for one skill: who has them, and how many are empty."""

    skill: str
    duties: tuple[tuple[Duty, str], ...]  # with the volunteer's name
    empty: int


@dataclass(frozen=True, slots=True)
class ShiftLine:
    """A shift with its places."""

    shift: Shift
    places: tuple[PlaceLine, ...]

    @property
    def empty(self) -> int:
        """How many places are empty."""
        return sum(place.empty for place in self.places)


@dataclass(frozen=True, slots=True)
class Week:
    """A week as a table: its seven days, and for each time of day the shifts of each day."""

    days: tuple[date, ...]
    rows: tuple[tuple[ShiftLine, tuple[tuple[ShiftLine, ...], ...]], ...]  # one shift that gives the times


@dataclass(frozen=True, slots=True)
class RosterView:
    """A roster as the leader sees it. ``load``: each volunteer with the minutes and shifts they have."""

    roster: Roster
    lines: tuple[ShiftLine, ...]
    weeks: tuple[Week, ...]
    load: tuple[tuple[Wish, str, int, int], ...]
    plan: RosterPlan | None
    names: dict[str, str]

    @property
    def unfilled(self) -> tuple[tuple[Unfilled, Shift], ...]:
        """The empty places that the search explained, as far as they are still empty, with their shifts."""
        still = {
            (str(line.shift.id), place.skill): line.shift for line in self.lines for place in line.places if place.empty
        }
        told = self.plan.unfilled if self.plan is not None else ()
        return tuple((one, still[one.shift, one.skill]) for one in told if (one.shift, one.skill) in still)


def roster_with(roster_id: UUID) -> Roster:
    """A roster with its team. Raises ``NotFound``."""
    found = Roster.objects.select_related("team__station").filter(id=roster_id).first()
    if found is None:
        raise NotFound(_("There is no such roster."), field="roster_id", value=str(roster_id))
    return found


def rosters(*, team: str = "") -> list[Roster]:
    """The rosters of a team or of all, the newest first, at most 200."""
    rows = Roster.objects.select_related("team__station")
    return list((rows.filter(team=team) if team else rows).order_by("-first_day", "id")[:LIST_MAX])


def led_rosters(actor: Actor) -> list[Roster]:
    """The rosters of the teams that the actor leads, the newest first."""
    teams = [team.subject for team in led_teams(actor)]
    rows = rows_in_reach(actor, Roster.objects.select_related("team__station"))
    return list(rows.filter(team__in=teams).order_by("-first_day", "id")[:LIST_MAX])


def roster_view(actor: Actor, *, roster_id: UUID) -> RosterView:
    """A roster within reach with who is where, and what the search found. Five statements."""
    roster = roster_with(roster_id)
    require(actor, SEE, roster)
    wishes = list(Wish.objects.filter(roster=roster).order_by("number"))
    duties, shifts = duties_of(roster), shifts_of(roster)
    numbers = {wish.number for wish in wishes} | {duty.number for duty in duties}
    known = dict(Volunteer.objects.filter(number__in=numbers).values_list("number", "name"))
    names = {number: known.get(number, number) for number in numbers}
    lines = tuple(_line(shift, duties, names) for shift in shifts)
    result = RosterResult.objects.filter(roster=roster).first()
    load = tuple(
        (wish, names[wish.number], sum(_minutes(duty.shift) for duty in own), len(own))
        for wish in wishes
        if wish.takes_part
        for own in [[duty for duty in duties if duty.number == wish.number]]
    )
    return RosterView(roster, lines, tuple(_weeks(lines)), load, plan_from(result.plan) if result else None, names)


def _line(shift: Shift, duties: Sequence[Duty], names: dict[str, str]) -> ShiftLine:
    places = []
    for skill, count in shift.needs:
        there = tuple(
            (duty, names[duty.number]) for duty in duties if duty.shift_id == shift.id and duty.skill == skill
        )  # fmt: skip
        places.append(PlaceLine(skill, there, count - len(there)))
    return ShiftLine(shift, tuple(places))


def _weeks(lines: Sequence[ShiftLine]) -> list[Week]:
    found = []
    for monday, of_week in groupby(lines, key=lambda line: _monday(line.shift)):
        week = list(of_week)
        days = tuple(monday + timedelta(days=count) for count in range(7))
        rows = []
        for _times, same in groupby(sorted(week, key=_times_of), key=_times_of):
            at = list(same)
            rows.append((at[0], tuple(tuple(each for each in at if _day(each.shift) == day) for day in days)))
        found.append(Week(days, tuple(rows)))
    return found


def _day(shift: Shift) -> date:
    return timezone.localdate(shift.starts_at)


def _monday(shift: Shift) -> date:
    day = _day(shift)
    return day - timedelta(days=day.weekday())


def _times_of(line: ShiftLine) -> tuple[time, time]:
    return timezone.localtime(line.shift.starts_at).time(), timezone.localtime(line.shift.ends_at).time()


def _minutes(shift: Shift) -> int:
    return int((shift.ends_at - shift.starts_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class OwnRoster:
    """A roster as a volunteer sees it: its shifts, what they said to it, and their own duties by shift."""

    roster: Roster
    shifts: tuple[Shift, ...]
    wish: Wish | None
    duties: dict[UUID, Duty]
    member: bool

    def said_of(self, shift: Shift) -> str:
        """What the volunteer said of a shift: unable, wished, unwished or nothing."""
        lists = ("unable", "wished", "unwished")
        return next((name for name in lists if self.wish and shift.id in getattr(self.wish, name)), "")


def own_roster(actor: Actor, *, roster_id: UUID) -> OwnRoster:
    """A roster with what is the actor's own of it; duties only once it is published."""
    roster = roster_with(roster_id)
    shifts = tuple(shifts_of(roster))
    if actor.person_id is None:
        return OwnRoster(roster, shifts, None, {}, member=False)
    wish = Wish.objects.filter(roster=roster, person_id=actor.person_id).first()
    published = roster.state == RosterState.PUBLISHED
    mine = Duty.objects.filter(shift__roster=roster, person_id=actor.person_id) if published else ()
    member = Membership.objects.filter(team=roster.team_id, person_id=actor.person_id).exists()
    return OwnRoster(roster, shifts, wish, {duty.shift_id: duty for duty in mine}, member)


def own_rosters(actor: Actor) -> list[Roster]:
    """The rosters of the actor's teams that are not over, the newest first."""
    if actor.person_id is None:
        return []
    teams = Membership.objects.filter(person_id=actor.person_id).values("team")
    rows = Roster.objects.select_related("team").filter(team__in=teams, last_day__gte=timezone.localdate())
    return list(rows.order_by("-first_day", "id")[:LIST_MAX])


def own_rosters_told(actor: Actor) -> list[dict[str, Any]]:
    """Everything that is kept of the actor in rosters."""
    if actor.person_id is None:
        return []
    wishes = Wish.objects.filter(person_id=actor.person_id).select_related("roster").order_by("id")
    duties = Duty.objects.filter(person_id=actor.person_id).select_related("shift").order_by("shift__starts_at", "id")
    said = ("takes_part", "shifts_min", "shifts_max", "unable", "wished", "unwished", "changed_at")
    return [
        {
            "roster": wish.roster_id, "title": wish.roster.title, **{name: getattr(wish, name) for name in said},
            "shifts": [
                {"shift": duty.shift_id, "starts_at": duty.shift.starts_at, "ends_at": duty.shift.ends_at,
                 "venue": duty.shift.venue, "skill": duty.skill, "offered_at": duty.offered_at}
                for duty in duties if duty.shift.roster_id == wish.roster_id
            ],
        }
        for wish in wishes
    ]  # fmt: skip


def queued_rosters() -> list[Roster]:
    """The rosters that the worker is asked for, or was left in the middle of; the longest waiting first, at most 20."""
    return list(Roster.objects.filter(state__in=WORK).order_by("changed_at", "id")[:20])
