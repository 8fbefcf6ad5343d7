"""What a leader does about rosters: planned with its shifts, made by the worker, changed by hand, published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_line
from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.places.api import may_by_role
from tianqu.kernel.planning.api import Assignment, RosterPlan, Rule, check_problem, plan_from
from tianqu.kernel.rosters.kinds import roster_holder, roster_kind_called
from tianqu.kernel.rosters.models import Duty, Roster, RosterResult, RosterState, Shift
from tianqu.kernel.rosters.problems import (
    LEADERS,
    assigned,
    check_rules,
    drop,
    duties_of,
    numbers_one_at_a_time,
    place,
    problem_of,
    shifts_of,
)
from tianqu.kernel.rosters.recording import record_roster, record_shift, tell_persons

TITLE_MAX: Final = 100
DAYS_MAX: Final = 92
SHIFT_PLACES_MAX: Final = 50
AT_WORK: Final = timedelta(minutes=5)  # after which a search that said nothing is taken for dead
LIMITS: Final = {"rest_minutes": (0, 10_080), "week_max": (1, 50), "days_max": (1, 92)}
YEARS: Final = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class ShiftNeed:
    """How many places of a shift ask for a skill; "" is for anybody."""

    places: int
    skill: str = ""


@act("rosters.plan", may=may_by_role)
def plan(
    acting: Acting,
    *,
    roster_id: UUID,
    kind: str,
    subject: str,
    title: str,
    title_en: str,
    first_day: date,
    last_day: date,
    rest_minutes: int = 660,
    week_max: int = 3,
    days_max: int = 5,
    in_turn: bool = False,
) -> None:
    """Plan a roster of a holder's shifts for some days, or change the rules of one that is not published.

    ``in_turn``: no venue gets an (n+1)-th shift filled before each has its n-th. Raises ``InvalidInput``, ``NotFound``
    for a holder that is none, and ``Conflict`` for a roster of another one.
    """
    of = roster_holder(acting.actor, acting.act, kind=kind, subject=subject)
    known = Roster.objects.select_for_update().filter(id=roster_id).first()
    told: dict[str, Any] = {
        "title": clean_line(title, field="title", most=TITLE_MAX, wanted=True),
        "title_en": clean_line(title_en, field="title_en", most=TITLE_MAX, wanted=True),
        "first_day": first_day, "last_day": last_day, "rest_minutes": rest_minutes, "week_max": week_max,
        "days_max": days_max, "in_turn": in_turn,
    }  # fmt: skip
    if first_day.year not in YEARS or not timedelta() <= last_day - first_day < timedelta(days=DAYS_MAX):
        raise InvalidInput(
            _("A roster is for 1 to %(most)s days."), field="last_day", value=last_day.isoformat(), most=DAYS_MAX
        )
    for name, (least, most) in LIMITS.items():
        if not least <= told[name] <= most:
            raise InvalidInput(
                _("This number is from %(least)s to %(most)s."), field=name, value=told[name], least=least, most=most
            )
    if known is None and Roster.objects.filter(id=roster_id).exists():  # it is seen, but of another office
        raise Conflict(
            _("Something else was sent under this identifier."), field="roster_id",
            remedy=_("Send a fresh identifier."),
        )  # fmt: skip
    if known is None:
        known = Roster(
            id=roster_id, kind=kind, subject=subject, unit_id=of.unit_id, place_path=of.place_path,
            state=RosterState.OPEN, changed_at=acting.now, **told,
        )  # fmt: skip
        known.save(force_insert=True)
        record_roster(acting, known)
        return
    if (known.kind, known.subject) != (kind, subject):
        raise Conflict(
            _("Something else was sent under this identifier."), field="roster_id",
            remedy=_("Send a fresh identifier."),
        )  # fmt: skip
    if all(getattr(known, name) == value for name, value in told.items()):
        raise DoneBefore(None)
    _keep(acting, _still_open(known), **told)


@act("rosters.add_shifts", may=may_by_role)
def add_shifts(
    acting: Acting,
    *,
    roster_id: UUID,
    first_day: date,
    last_day: date,
    weekdays: Sequence[int],
    starts: str,
    ends: str,
    venue: str,
    venue_en: str,
    needs: Sequence[ShiftNeed],
) -> int:
    """Add a shift on each chosen weekday (1 is Monday) between two days, from one time to another ("19:00").

    Those that are there already (by beginning and venue) are left as they are; return how many were added. An end that
    is not after the start is on the next day. Raises ``InvalidInput``, ``Conflict`` once it is published.
    """
    roster = _still_open(_locked(acting, roster_id))
    begins, lasts = _times(starts=starts, ends=ends)
    if not roster.first_day <= first_day <= last_day <= roster.last_day:
        raise InvalidInput(_("These days are not in the roster."), field="first_day", value=first_day.isoformat())
    told = {
        "venue": clean_line(venue, field="venue", most=TITLE_MAX, wanted=True),
        "venue_en": clean_line(venue_en, field="venue_en", most=TITLE_MAX, wanted=True),
        "needs": _checked(roster, needs),
    }  # fmt: skip
    there = {(shift.starts_at, shift.venue) for shift in shifts_of(roster)}
    days = [first_day + timedelta(days=count) for count in range((last_day - first_day).days + 1)]
    moments = [_moment(day, begins) for day in days if day.isoweekday() in weekdays]
    added = [
        Shift(id=new_identifier(), roster=roster, starts_at=at, ends_at=at + lasts, unit_id=roster.unit_id,
              place_path=roster.place_path, **told)
        for at in moments if (at, told["venue"]) not in there
    ]  # fmt: skip
    if not moments:
        raise InvalidInput(_("No such weekday lies between these days."), field="weekdays")
    if not added:
        raise DoneBefore(0)
    for shift in added:
        shift.save(force_insert=True)
        record_shift(acting, shift)
    check_problem(problem_of(roster))
    _keep(acting, roster)
    return len(added)


@act("rosters.drop_shift", may=may_by_role)
def drop_shift(acting: Acting, *, shift_id: UUID) -> None:
    """Take a shift out of a roster that is not published, and whoever was in it with it."""
    shift, roster = _shift(acting, shift_id)
    _still_open(roster)
    for duty in duties_of(roster):
        if duty.shift_id == shift.id:
            drop(acting, duty)
    record_shift(acting, shift, dropped=True)
    shift.delete()
    _keep(acting, roster)


@act("rosters.make", may=may_by_role)
def make(acting: Acting, *, roster_id: UUID) -> None:
    """Have the worker make a roster; what was placed by hand stays. Raises ``Conflict`` where there is none to make."""
    roster = _still_open(_locked(acting, roster_id))
    problem = problem_of(roster)
    if not problem.shifts or not problem.persons:
        raise Conflict(
            _("Nobody takes part yet, or there is no shift."), field="roster_id",
            remedy=_("Add shifts, and ask everybody to say when they can come."),
        )  # fmt: skip
    _keep(acting, roster, state=RosterState.QUEUED)


@act("rosters.note", may=may_by_role)
def note(
    acting: Acting,
    *,
    roster_id: UUID,
    version: int = 0,
    stage: str = "",
    plan: Mapping[str, Any] | None = None,
    fault: str = "",
) -> int:
    """Note how far the search of a roster is, or keep what came of it; return the roster's version, 0 to give up.

    For the worker: it begins with the stage "begun", and goes on while the roster is at the ``version`` that it left.
    """
    roster = _locked(acting, roster_id)
    lost = roster.state == RosterState.COMPUTING and roster.changed_at < acting.now - AT_WORK
    begins = stage == "begun" and (roster.state == RosterState.QUEUED or lost)
    if not begins and (roster.state != RosterState.COMPUTING or roster.version != version):
        raise DoneBefore(0)
    if plan is not None:
        _replace(acting, roster, plan_from(plan))
        RosterResult.objects.update_or_create(
            roster=roster, defaults={"plan": plan, "unit_id": roster.unit_id, "place_path": roster.place_path}
        )
    ended = RosterState.DRAFTED if plan is not None else RosterState.OPEN if fault else RosterState.COMPUTING
    _keep(acting, roster, state=ended, stage=stage, fault=fault[:100])
    return roster.version


def _replace(acting: Acting, roster: Roster, plan: RosterPlan) -> None:
    """Put the search's assignments in the place of those that were not placed by hand.

    Where somebody cannot come any more, because another roster has them by now or they take no part any more, the
    place stays empty.
    """
    numbers_one_at_a_time(roster, {one.person for one in plan.assignments})
    persons = problem_of(roster).persons
    comes, unable = {one.name for one in persons}, {(one.name, shift) for one in persons for shift in one.unable}
    known = {assigned(duty): duty for duty in duties_of(roster)}
    for one, duty in known.items():
        if one not in plan.assignments and not duty.by_hand:
            drop(acting, duty)
    for one in plan.assignments:
        if one not in known and one.person in comes and (one.person, one.shift) not in unable:
            place(acting, roster, one, by_hand=False)


@act("rosters.change_duty", may=may_by_role)
def change_duty(
    acting: Acting, *, shift_id: UUID, number: str, skill: str = "", present: bool = True, waived: Sequence[str] = ()
) -> None:
    """Put somebody into a shift by hand, or take them out; they are told once the roster is published.

    ``number`` is theirs; ``waived`` names rules of the leader's that do not count this shift. Raises ``Conflict``,
    naming the rules that it would break, and ``NotPermitted`` for a rule that is the person's own.
    """
    shift, roster = _shift(acting, shift_id)
    _not_at_work(roster)
    known = next((each for each in duties_of(roster) if each.shift_id == shift.id and each.number == number), None)
    if not present:
        if known is None:
            raise NotFound(_("Nobody of this number is in this shift."), field="number", value=number[:40])
        drop(acting, known)
        person_id = known.person_id
    else:
        _check_waived(waived)
        if skill not in [asked for asked, _places in shift.needs]:
            raise InvalidInput(_("This shift has no place for it."), field="skill", value=skill[:40])
        one = Assignment(str(shift.id), number, skill)
        numbers_one_at_a_time(roster, {number})
        before = [assigned(duty) for duty in duties_of(roster) if duty != known]
        if number not in {person.name for person in problem_of(roster).persons}:
            raise NotFound(_("Nobody of this number takes part in the roster."), field="number", value=number[:40])
        person_id = place(acting, roster, one, by_hand=True, waived=waived).person_id
        check_rules(problem_of(roster), before, [*before, one], field="number")
    _told_of_change(acting, roster, {person_id})


@act("rosters.relax", may=may_by_role)
def relax(acting: Acting, *, shift_id: UUID, skill: str = "") -> None:
    """Fill an empty place as the search proposes: waive the rules that it names, and move whom it moves.

    Raises ``NotPermitted`` where a rule is somebody's own, ``Conflict`` where the roster has changed since.
    """
    shift, roster = _shift(acting, shift_id)
    _not_at_work(roster)
    result = RosterResult.objects.filter(roster=roster).first()
    empty = plan_from(result.plan).unfilled if result is not None else ()
    found = next((each for each in empty if (each.shift, each.skill) == (str(shift.id), skill)), None)
    if found is None or found.relaxation is None:
        raise NotFound(_("There is no proposal for this place."), field="shift_id", value=str(shift_id))
    proposal = found.relaxation
    _check_waived([waiver.rule.value for waiver in proposal.waivers])
    numbers_one_at_a_time(roster, {one.person for one in proposal.added})
    duties = {assigned(duty): duty for duty in duties_of(roster)}
    comes = {person.name for person in problem_of(roster).persons}
    stands = duties.keys() >= {*proposal.removed} and not duties.keys() & {*proposal.added}
    if not stands or not all(one.person in comes for one in proposal.added):
        raise Conflict(
            _("The roster has changed since."), field="shift_id", remedy=_("Have it made again for a new proposal.")
        )
    waived = {(one.person, one.shift): {*duty.waived} for one, duty in duties.items()}
    for each in proposal.waivers:
        waived.setdefault((each.person, each.shift), set()).add(each.rule.value)
    for one in proposal.removed:
        drop(acting, duties[one])
    excepted = {(each.person, each.shift) for each in proposal.waivers}
    stay = [one for one in duties if one not in proposal.removed and (one.person, one.shift) in excepted]
    for one in (*proposal.added, *stay):
        place(acting, roster, one, by_hand=True, waived=sorted(waived.get((one.person, one.shift), ())))
    check_rules(problem_of(roster), list(duties), [assigned(duty) for duty in duties_of(roster)], field="shift_id")
    _told_of_change(acting, roster, _persons(roster, {one.person for one in (*proposal.removed, *proposal.added)}))


@act("rosters.ask_wishes", may=may_by_role)
def ask_wishes(acting: Acting, *, roster_id: UUID, by: date) -> int:
    """Ask everybody who shares the shifts to say by a day which suit them; return how many were told.

    Asked again with another day, they are told of it; what they said stays. Raises ``InvalidInput`` for a day that is
    over or not before the roster, ``Conflict`` for a roster without shifts or published.
    """
    roster = _still_open(_locked(acting, roster_id))
    _not_at_work(roster)
    today = acting.today
    if roster.wishes_by == by:
        raise DoneBefore(0)
    if not today <= by <= roster.first_day:
        raise InvalidInput(
            _("Wishes are asked for from today until the roster begins on %(first)s."), field="by",
            value=by.isoformat(), first=roster.first_day.isoformat(), remedy=_("Choose a day in between."),
        )  # fmt: skip
    if not shifts_of(roster):
        raise Conflict(_("This roster has no shifts yet."), field="roster_id", remedy=_("Add them first."))
    roster.wishes_by, roster.changed_at, roster.version = by, acting.now, roster.version + 1
    roster.save(update_fields=["wishes_by", "changed_at", "version"])
    record_roster(acting, roster)
    kind = roster_kind_called(roster.kind)
    persons = kind.sharing(kind.holders([roster.subject])[roster.subject], today)
    tell_persons(acting, roster, persons, code="rosters_wishes_wanted", by=by.isoformat())
    return len(persons)


@act("rosters.publish", may=may_by_role)
def publish(acting: Acting, *, roster_id: UUID) -> int:
    """Publish a roster: everybody in it is told; return how many. Later changes are told one by one."""
    roster = _locked(acting, roster_id)
    if roster.state == RosterState.PUBLISHED:
        raise DoneBefore(0)
    _not_at_work(roster)
    duties = duties_of(roster)
    if not duties:
        raise Conflict(_("Nobody is in this roster yet."), field="roster_id", remedy=_("Have it made first."))
    _keep(acting, roster, state=RosterState.PUBLISHED)
    persons = {duty.person_id for duty in duties if duty.person_id is not None}
    tell_persons(acting, roster, persons, code="rosters_published")
    return len(persons)


def _locked(acting: Acting, roster_id: UUID) -> Roster:
    """A roster of a holder whom the actor leads, locked. Raises ``NotFound``."""
    roster = Roster.objects.select_for_update().filter(id=roster_id).first()
    if roster is None:
        raise NotFound(_("There is no such roster."), field="roster_id", value=str(roster_id))
    roster_holder(acting.actor, acting.act, kind=roster.kind, subject=roster.subject)
    return roster


def _shift(acting: Acting, shift_id: UUID) -> tuple[Shift, Roster]:
    found = Shift.objects.filter(id=shift_id).first()
    if found is None:
        raise NotFound(_("There is no such shift."), field="shift_id", value=str(shift_id))
    roster = _locked(acting, found.roster_id)
    return found, roster


def _keep(acting: Acting, roster: Roster, **told: Any) -> None:
    """Write what a roster is from now on. What changes its rules or shifts makes a search under way void."""
    told = {"stage": "", "state": RosterState.OPEN} | told
    for name, value in told.items():
        setattr(roster, name, value)
    roster.changed_at, roster.version = acting.now, roster.version + 1
    roster.save()
    record_roster(acting, roster)


def _still_open(roster: Roster) -> Roster:
    if roster.state == RosterState.PUBLISHED:
        raise Conflict(
            _("This roster is published."), field="roster_id", remedy=_("Change who is in it by hand, shift by shift.")
        )
    return roster


def _not_at_work(roster: Roster) -> None:
    if roster.state in (RosterState.QUEUED, RosterState.COMPUTING):
        raise Conflict(_("The roster is being made."), field="roster_id", remedy=_("Wait until it is there."))


def _check_waived(rules: Sequence[str]) -> None:
    for rule in rules:
        if rule not in list(Rule):
            raise InvalidInput(_("%(value)s is no rule of a roster."), field="waived", value=rule[:40])
        if rule not in LEADERS:
            raise NotPermitted(
                _("This rule is that person's own."), field="waived", value=rule,
                remedy=_("Ask them to change what they said to the roster."),
            )  # fmt: skip


def _told_of_change(acting: Acting, roster: Roster, persons: set[UUID | None]) -> None:
    record_roster(acting, roster)
    if roster.state == RosterState.PUBLISHED:
        tell_persons(acting, roster, persons, code="rosters_changed")


def _persons(roster: Roster, numbers: set[str]) -> set[UUID | None]:
    rows = Duty.objects.filter(shift__roster=roster, number__in=numbers)
    return set(rows.values_list("person_id", flat=True))


def _checked(roster: Roster, needs: Sequence[ShiftNeed]) -> list[list[Any]]:
    skills = roster_kind_called(roster.kind).skills
    if not needs:
        raise InvalidInput(_("A shift has a place for somebody."), field="needs", remedy=_("Write how many places."))
    if len({need.skill for need in needs}) < len(needs):
        raise InvalidInput(_("A shift names each skill that it needs once."), field="needs")
    for need in needs:
        if need.skill and need.skill not in skills:
            raise InvalidInput(
                _("%(value)s cannot be chosen here."), field="needs", value=need.skill[:40],
                remedy=_("Use one of: %(known)s."), known=", ".join(skills),
            )  # fmt: skip
        if not 1 <= need.places <= SHIFT_PLACES_MAX:
            raise InvalidInput(
                _("There are from 1 to %(most)s places."), field="needs", value=need.places, most=SHIFT_PLACES_MAX
            )
    return [[need.skill, need.places] for need in needs]


def _times(*, starts: str, ends: str) -> tuple[time, timedelta]:
    """The time of day and the length of a shift. Raises ``InvalidInput``."""
    read: list[time] = []
    for field, typed in (("starts", starts), ("ends", ends)):
        try:
            read.append(datetime.strptime(typed, "%H:%M").time())  # noqa: DTZ007  a time of day
        except ValueError as error:
            raise InvalidInput(
                _("This is no time of day."), field=field, value=typed[:20], remedy=_("Write it as 19:00.")
            ) from error
    first, last = (timedelta(hours=each.hour, minutes=each.minute) for each in read)
    return read[0], last - first if last > first else last - first + timedelta(days=1)


def _moment(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))
