"""A roster as a problem of ``planning``: its persons by number, its shifts, and the rules of both sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from tianqu.base.errors import Conflict, NotFound, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.planning.api import (
    Assignment,
    RosterNeed,
    RosterPerson,
    RosterProblem,
    RosterShift,
    Rule,
    Waiver,
    roster_faults,
)
from tianqu.kernel.rosters.kinds import known_roster_kinds
from tianqu.kernel.rosters.models import Duty, Roster, Shift, Wish
from tianqu.kernel.rosters.recording import record_duty, record_shift
from tianqu.kernel.rosters.staff import RosterMember

# What the leader's office may waive; the others are everybody's own to say.
LEADERS: Final = frozenset({Rule.WEEK, Rule.DAYS, Rule.REST, Rule.TURN, Rule.SKILL})


def one_at_a_time(persons: Iterable[UUID | None]) -> None:
    """Let nobody else put these persons into a shift, of whichever roster, until the act ends.

    An act locks its roster first, then persons, all at once and in one order, then shifts and duties; what it looks at
    for the rules it reads after that.
    """
    keys = sorted(f"duties:{person_id}" for person_id in {*persons} - {None})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS key", [keys])


def numbers_one_at_a_time(roster: Roster, numbers: Collection[str]) -> None:
    """The same for those whom a roster knows by these numbers."""
    one_at_a_time(Wish.objects.filter(roster=roster, number__in=numbers).values_list("person_id", flat=True))


def problem_of(roster: Roster, *, alone: UUID | None = None) -> RosterProblem:
    """The problem of a roster as it stands: who takes part, or one of them ``alone``.

    What was placed by hand is kept. Whom the kind does not know any more, or who may not serve, is not in it.
    """
    wishes = Wish.objects.filter(roster=roster, takes_part=True)
    if alone is not None:
        wishes = wishes.filter(person_id=alone)
    shifts, said = shifts_of(roster), list(wishes.order_by("number"))
    found = members_of(roster, [wish.person_id for wish in said], on=first_served(shifts))
    elsewhere = _elsewhere(roster, shifts, found.keys())
    persons = tuple(
        _person(roster, wish, found[wish.person_id], {each.id for each in shifts}, elsewhere[wish.person_id])
        for wish in said
        if wish.person_id in found and found[wish.person_id].may_serve
    )
    known = {person.name for person in persons}
    duties = [duty for duty in Duty.objects.filter(shift__roster=roster) if duty.number in known]
    return RosterProblem(
        persons, tuple(map(as_shift, shifts)), kept=tuple(assigned(duty) for duty in duties if duty.by_hand),
        waivers=tuple(Waiver(Rule(rule), duty.number, str(duty.shift_id)) for duty in duties for rule in duty.waived),
        in_turn=roster.in_turn,
    )  # fmt: skip


def shifts_of(roster: Roster) -> list[Shift]:
    """The shifts of a roster by their beginning."""
    return list(Shift.objects.filter(roster=roster).order_by("starts_at", "venue"))


def as_shift(shift: Shift) -> RosterShift:
    """A shift as planning takes it, in the realm's time, which gives its day and its week."""
    needs = tuple(RosterNeed(skill, places) for skill, places in shift.needs)
    starts, ends = timezone.localtime(shift.starts_at), timezone.localtime(shift.ends_at)
    return RosterShift(str(shift.id), starts, ends, needs, shift.venue)


def assigned(duty: Duty) -> Assignment:
    """A duty as planning takes it."""
    return Assignment(str(duty.shift_id), duty.number, duty.skill)


def members_of(roster: Roster, persons: Collection[UUID], *, on: date) -> Mapping[UUID, RosterMember]:
    """Names and skills of some persons of a roster; nobody's where the holder or its pack is gone."""
    kind = known_roster_kinds().get(roster.kind)
    holder = kind.holders([roster.subject]).get(roster.subject) if kind is not None else None
    return kind.members(holder, persons, on) if kind is not None and holder is not None else {}


def first_served(shifts: Sequence[Shift]) -> date:
    """The day on which whoever is in these shifts must be allowed to serve: the first one's."""
    return timezone.localdate(shifts[0].starts_at) if shifts else timezone.localdate()


def _person(
    roster: Roster, wish: Wish, member: RosterMember, known: Collection[UUID], elsewhere: Iterable[UUID]
) -> RosterPerson:
    def named(shifts: Iterable[UUID]) -> frozenset[str]:
        return frozenset(str(each) for each in shifts if each in known)

    return RosterPerson(
        wish.number, frozenset(member.skills), unable=named([*wish.unable, *elsewhere]),
        wished=named(wish.wished), unwished=named(wish.unwished), shifts_min=wish.shifts_min,
        shifts_max=wish.shifts_max, week_max=roster.week_max, days_max=roster.days_max,
        rest_minutes=roster.rest_minutes,
    )  # fmt: skip


def _elsewhere(roster: Roster, shifts: Sequence[Shift], persons: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The shifts at whose time a person is in the shift of another roster."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    if not shifts:
        return found
    last = max(shift.ends_at for shift in shifts)
    others = Duty.objects.exclude(shift__roster=roster).filter(
        person_id__in=list(persons), shift__starts_at__lt=last, shift__ends_at__gt=shifts[0].starts_at
    )
    for person_id, begins, ends in others.values_list("person_id", "shift__starts_at", "shift__ends_at"):
        assert person_id is not None, "they were found by their persons"
        found[person_id] += [shift.id for shift in shifts if shift.starts_at < ends and begins < shift.ends_at]
    return found


def check_rules(
    problem: RosterProblem, before: Sequence[Assignment], after: Sequence[Assignment], *, field: str
) -> None:
    """Look whether a change breaks a rule that was kept before. Raises ``Conflict``, naming the rules."""
    known = set(roster_faults(problem, before))
    broken = sorted({fault.rule for fault in roster_faults(problem, after) if fault not in known})
    if broken:
        raise Conflict(
            _("This breaks rules of the roster: %(value)s."), field=field,
            value=", ".join(rule.value for rule in broken), remedy=_("Waive them if they are yours to waive."),
        )  # fmt: skip


def place(acting: Acting, roster: Roster, one: Assignment, *, by_hand: bool, waived: Sequence[str] = ()) -> Duty:
    """Put somebody into a shift, or keep them there with what is waived from now on."""
    wish = Wish.objects.filter(roster=roster, number=one.person).first()
    if wish is None:
        raise NotFound(_("Nobody of this number takes part in the roster."), field="number", value=one.person)
    known = Duty.objects.filter(shift_id=one.shift, number=one.person).first()
    duty = known or Duty(
        id=new_identifier(), shift_id=UUID(one.shift), person_id=wish.person_id, number=one.person,
        unit_id=roster.unit_id, place_path=roster.place_path,
    )  # fmt: skip
    told = (one.skill, sorted(waived), by_hand)
    if known is None or (known.skill, known.waived, known.by_hand) != told:
        duty.skill, duty.waived, duty.by_hand = told
        duty.changed_at = acting.now
        duty.save(force_insert=known is None)
        record_duty(acting, duty)
    return duty


def drop(acting: Acting, duty: Duty) -> None:
    """Take somebody out of a shift."""
    if duty.offered_at is not None:
        count_offers(acting, duty.shift, by=-1)
    record_duty(acting, duty, dropped=True)
    duty.delete()


def count_offers(acting: Acting, shift: Shift, *, by: int) -> None:
    """One more or one less of a shift's duties looks for somebody else."""
    shift.offered += by
    shift.save(update_fields=["offered"])
    record_shift(acting, shift)


def duties_of(roster: Roster) -> list[Duty]:
    """The duties of a roster, by the beginning of their shifts."""
    rows = Duty.objects.filter(shift__roster=roster).select_related("shift")
    return list(rows.order_by("shift__starts_at", "shift__venue", "skill", "number"))
