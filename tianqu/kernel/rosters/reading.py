"""Reading rosters: what everybody sees of them, what is one's own, and what the leader's office sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.occasions.api import Holder
from tianqu.kernel.places.api import role_holds, rows_in_reach
from tianqu.kernel.planning.api import RosterPlan, Unfilled, plan_from
from tianqu.kernel.rosters.kinds import RosterKind, known_roster_kinds, roster_holder
from tianqu.kernel.rosters.models import Duty, Roster, RosterResult, RosterState, Shift, Wish
from tianqu.kernel.rosters.problems import duties_of, first_served, members_of, shifts_of

SEE: Final = "rosters.see"
LIST_MAX: Final = 200
WORK: Final = (RosterState.QUEUED, RosterState.COMPUTING)


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A roster as everybody sees it, with whose shifts they are."""

    roster: Roster
    holder: Holder

    @property
    def kind(self) -> RosterKind | None:
        """Its kind; None where its pack is not installed any more."""
        return known_roster_kinds().get(self.roster.kind)


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """The places of a shift that ask for one skill: who has them, and how many are empty."""

    skill: str
    duties: tuple[tuple[Duty, str], ...]  # with the person's name
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
class DayLine:
    """A day of a week with its shifts by their beginning; most days of some rosters have none."""

    day: date
    lines: tuple[ShiftLine, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from Monday."""

    days: tuple[DayLine, ...]

    @property
    def is_past(self) -> bool:
        """Whether its last day is over."""
        return self.days[-1].day < timezone.localdate()


@dataclass(frozen=True, slots=True)
class RosterView:
    """A roster as the leader sees it. ``load``: everybody who takes part, with the minutes and shifts they have."""

    line: RosterLine
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


def roster_with(roster_id: UUID) -> RosterLine:
    """A roster with whose shifts they are. Raises ``NotFound``."""
    found = roster_lines(Roster.objects.filter(id=roster_id))
    if not found:
        raise NotFound(_("There is no such roster."), field="roster_id", value=str(roster_id))
    return found[0]


def roster_lines(rows: Iterable[Roster]) -> list[RosterLine]:
    """Rosters with their holders. One statement, and one for each kind among them."""
    found, holders = list(rows), dict[str, Mapping[str, Holder]]()
    for code in {row.kind for row in found}:
        kind = known_roster_kinds().get(code)
        subjects = {row.subject for row in found if row.kind == code}
        holders[code] = kind.holders(subjects) if kind is not None else {}
    return [RosterLine(row, holders[row.kind].get(row.subject) or _gone(row)) for row in found]


def _gone(row: Roster) -> Holder:
    """The holder of a roster whose pack knows it no more."""
    return Holder(row.subject, row.unit_id, row.place_path, row.subject, row.subject, is_open=False)


def rosters(*, kind: str = "", subject: str = "") -> list[RosterLine]:
    """The rosters of a kind, of a holder or of all, the newest first, at most 200."""
    asked = {name: value for name, value in (("kind", kind), ("subject", subject)) if value}
    return roster_lines(Roster.objects.filter(**asked).order_by("-first_day", "id")[:LIST_MAX])


def led_roster_kinds(actor: Actor) -> list[RosterKind]:
    """The kinds that the actor's post works on."""
    return [kind for kind in known_roster_kinds().values() if role_holds(actor, kind.permission)]


def led_rosters(actor: Actor, *, kind: str = "") -> list[RosterLine]:
    """The rosters within the actor's reach of the kinds that they work on, and of holders whom they lead."""
    led = Q(pk=None)
    for one in led_roster_kinds(actor):
        if kind in ("", one.code):
            led |= Q(kind=one.code, subject__in=[holder.subject for holder in one.led(actor)])
    rows = rows_in_reach(actor, Roster.objects.filter(led))
    return roster_lines(rows.order_by("-first_day", "id")[:LIST_MAX])


def may_lead_roster(actor: Actor, line: RosterLine, act: str = SEE) -> bool:
    """Say whether the actor may do an act on a roster, or see who is in it."""
    try:
        roster_holder(actor, act, kind=line.roster.kind, subject=line.roster.subject)
    except (InvalidInput, NotFound, NotPermitted):
        return False
    return True


def roster_view(actor: Actor, *, roster_id: UUID) -> RosterView:
    """A roster whose holder the actor leads, with who is where, and what the search found. Seven statements."""
    line = roster_with(roster_id)
    roster = line.roster
    roster_holder(actor, SEE, kind=roster.kind, subject=roster.subject)
    wishes = list(Wish.objects.filter(roster=roster).order_by("number"))
    duties, shifts = duties_of(roster), shifts_of(roster)
    persons = {wish.person_id: wish.number for wish in wishes}
    known = members_of(roster, persons.keys(), on=first_served(shifts))
    names = {number: number for number in [*persons.values(), *(duty.number for duty in duties)]}
    names |= {persons[person_id]: member.name for person_id, member in known.items()}
    lines = tuple(_line(shift, duties, names) for shift in shifts)
    result = RosterResult.objects.filter(roster=roster).first()
    load = tuple(
        (wish, names[wish.number], sum(_minutes(duty.shift) for duty in own), len(own))
        for wish in wishes
        if wish.takes_part
        for own in [[duty for duty in duties if duty.number == wish.number]]
    )
    return RosterView(line, lines, tuple(_weeks(lines)), load, plan_from(result.plan) if result else None, names)


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
        days: dict[date, list[ShiftLine]] = {monday + timedelta(days=count): [] for count in range(7)}
        for line in of_week:
            days[day_of(line.shift)].append(line)
        found.append(Week(tuple(DayLine(day, tuple(there)) for day, there in days.items())))
    return found


def day_of(shift: Shift) -> date:
    """The day on which a shift begins."""
    return timezone.localdate(shift.starts_at)


def _monday(shift: Shift) -> date:
    day = day_of(shift)
    return day - timedelta(days=day.weekday())


def _minutes(shift: Shift) -> int:
    return int((shift.ends_at - shift.starts_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class OwnRoster:
    """A roster as those see it who share its shifts: what they said to it, and their own duties by shift."""

    line: RosterLine
    shifts: tuple[Shift, ...]
    wish: Wish | None
    duties: dict[UUID, Duty]
    member: bool

    @property
    def days(self) -> tuple[tuple[date, tuple[Shift, ...]], ...]:
        """The shifts by the day on which they begin."""
        return tuple((day, tuple(shifts)) for day, shifts in groupby(self.shifts, key=day_of))

    @property
    def days_left(self) -> tuple[tuple[date, tuple[Shift, ...]], ...]:
        """The days that are not over."""
        return tuple(each for each in self.days if each[0] >= timezone.localdate())

    @property
    def days_past(self) -> tuple[tuple[date, tuple[Shift, ...]], ...]:
        """The days that are over."""
        return tuple(each for each in self.days if each[0] < timezone.localdate())

    def said_of(self, shift: Shift) -> str:
        """What one said of a shift: unable, wished, unwished or nothing."""
        lists = ("unable", "wished", "unwished")
        return next((name for name in lists if self.wish and shift.id in getattr(self.wish, name)), "")


def own_roster(actor: Actor, *, roster_id: UUID) -> OwnRoster:
    """A roster with what is the actor's own of it; duties only once it is published."""
    line = roster_with(roster_id)
    roster, kind, shifts = line.roster, line.kind, tuple(shifts_of(line.roster))
    if actor.person_id is None:
        return OwnRoster(line, shifts, None, {}, member=False)
    wish = Wish.objects.filter(roster=roster, person_id=actor.person_id).first()
    published = roster.state == RosterState.PUBLISHED
    mine = Duty.objects.filter(shift__roster=roster, person_id=actor.person_id) if published else ()
    member = kind is not None and kind.joined(actor.person_id).holds(subject=roster.subject, unit_id=roster.unit_id)
    return OwnRoster(line, shifts, wish, {duty.shift_id: duty for duty in mine}, member)


def own_rosters(actor: Actor, *, kind: str = "") -> list[RosterLine]:
    """The rosters that are not over of those whose shifts the actor shares, the newest first."""
    if actor.person_id is None:
        return []
    mine = Q(pk=None)
    for one in known_roster_kinds().values():
        if kind in ("", one.code):
            joined = one.joined(actor.person_id)
            shared = Q(subject__in=list(joined.subjects)) | Q(unit_id__in=list(joined.unit_ids))
            mine |= Q(kind=one.code) & shared
    rows = Roster.objects.filter(mine, last_day__gte=timezone.localdate())
    return roster_lines(rows.order_by("-first_day", "id")[:LIST_MAX])


def own_duties(actor: Actor) -> list[Duty]:
    """The actor's duties that are not over, of published rosters, by their beginning, with shifts; at most 200."""
    if actor.person_id is None:
        return []
    mine = Duty.objects.filter(person_id=actor.person_id, shift__ends_at__gt=timezone.now())
    mine = mine.filter(shift__roster__state=RosterState.PUBLISHED).select_related("shift__roster")
    return list(mine.order_by("shift__starts_at", "id")[:LIST_MAX])


def own_rosters_told(actor: Actor, *, kind: str = "") -> list[dict[str, Any]]:
    """Everything that is kept of the actor in rosters, of one kind or of all."""
    if actor.person_id is None:
        return []
    wishes = Wish.objects.filter(person_id=actor.person_id).select_related("roster").order_by("id")
    if kind:
        wishes = wishes.filter(roster__kind=kind)
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
