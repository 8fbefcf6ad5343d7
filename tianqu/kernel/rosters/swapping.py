"""What those who share shifts do: they say when they can come, offer a shift, and take one that is offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.kernel.journal.api import Acting, DoneBefore, act, writing
from tianqu.kernel.places.api import may_own, own_id
from tianqu.kernel.planning.api import Assignment
from tianqu.kernel.rosters.kinds import roster_kind_called
from tianqu.kernel.rosters.models import Duty, Roster, RosterState, Shift, Wish
from tianqu.kernel.rosters.problems import (
    assigned,
    check_rules,
    count_offers,
    duties_of,
    first_served,
    one_at_a_time,
    problem_of,
    shifts_of,
)
from tianqu.kernel.rosters.recording import record_duty, record_wish, tell_leader, tell_persons

WISHED_SHIFTS_MAX: Final = 92


@act("rosters.say_wishes", may=may_own)
def say_wishes(
    acting: Acting,
    *,
    roster_id: UUID,
    takes_part: bool = True,
    shifts_min: int = 0,
    shifts_max: int = 6,
    unable: Sequence[UUID] = (),
    wished: Sequence[UUID] = (),
    unwished: Sequence[UUID] = (),
) -> None:
    """Say whether one takes part in a roster, how often, and which shifts one cannot or would like to have.

    Raises ``NotFound`` for a shift that is none of the roster's, ``NotPermitted`` for who does not share its shifts or
    may not serve, ``Conflict`` once the roster is published.
    """
    person_id, roster = own_id(acting), _roster(roster_id)
    kind = roster_kind_called(roster.kind)
    if not kind.joined(person_id).holds(subject=roster.subject, unit_id=roster.unit_id):
        raise NotPermitted(
            _("You are not one of those who share these shifts."), field="roster_id", remedy=_("Join them first.")
        )
    if roster.state == RosterState.PUBLISHED:
        raise Conflict(
            _("This roster is published."), field="roster_id", remedy=_("Offer a shift that you cannot keep.")
        )
    shifts = shifts_of(roster)
    number = kind.booker(person_id, first_served(shifts))
    if not 0 <= shifts_min <= shifts_max <= WISHED_SHIFTS_MAX or shifts_max == 0:
        raise InvalidInput(
            _("At least and at most are numbers up to %(most)s, the least first."), field="shifts_max",
            value=shifts_max, most=WISHED_SHIFTS_MAX,
        )  # fmt: skip
    known = {shift.id for shift in shifts}
    told = {
        "takes_part": takes_part, "shifts_min": shifts_min, "shifts_max": shifts_max,
        "unable": _listed(unable, known, field="unable"), "wished": _listed(wished, known, field="wished"),
        "unwished": _listed(unwished, known, field="unwished"),
    }  # fmt: skip
    wish = Wish.objects.select_for_update().filter(roster=roster, person_id=person_id).first()
    if wish is not None and all(getattr(wish, name) == value for name, value in told.items()):
        raise DoneBefore(None)
    if wish is None:
        wish = Wish(
            roster=roster, person_id=person_id, number=number, unit_id=roster.unit_id,
            place_path=roster.place_path,
        )  # fmt: skip
    for name, value in told.items():
        setattr(wish, name, value)
    wish.changed_at = acting.now
    wish.save()
    record_wish(acting, wish)


@act("rosters.offer_duty", may=may_own)
def offer_duty(acting: Acting, *, shift_id: UUID, offered: bool = True) -> None:
    """Offer one's place in a shift to the others, or take the offer back; one keeps the place until somebody takes it.

    Raises ``NotFound`` for who is not in it, ``Conflict`` before it is published and after it began.
    """
    with writing(acting):
        shift, roster = _published(acting, shift_id)
        duty = Duty.objects.select_for_update().filter(shift=shift, person_id=own_id(acting)).first()
        if duty is None:
            raise NotFound(_("You are not in this shift."), field="shift_id", value=str(shift_id))
        if (duty.offered_at is not None) == offered:
            raise DoneBefore(None)
        duty.offered_at = acting.now if offered else None
        duty.save(update_fields=["offered_at"])
        record_duty(acting, duty)
        count_offers(acting, shift, by=1 if offered else -1)
        if offered:
            takers = Wish.objects.filter(roster=roster, takes_part=True).exclude(person_id=own_id(acting))
            persons = takers.values_list("person_id", flat=True)
            tell_persons(acting, roster, persons, code="rosters_offered", at=shift.starts_at.isoformat())


@act("rosters.take_duty", may=may_own)
def take_duty(acting: Acting, *, shift_id: UUID) -> None:
    """Take a place in a shift that somebody offers; of two who take it at once the first has it.

    The offer is the one side's word and this the other's; every rule of the roster is looked at again, and both and the
    leader are told. Raises ``Conflict`` where nothing is offered any more or a rule is broken.
    """
    person_id = own_id(acting)
    with writing(acting):
        shift, roster = _published(acting, shift_id, taker=person_id)
        offers = Duty.objects.select_for_update().filter(shift=shift, offered_at__isnull=False)
        problem = problem_of(roster, alone=person_id)
        if not problem.persons:
            raise NotPermitted(
                _("You do not take part in this roster."), field="shift_id", remedy=_("Ask whoever makes it.")
            )
        (me,) = problem.persons
        own = [assigned(duty) for duty in duties_of(roster) if duty.number == me.name]
        if any(one.shift == str(shift.id) for one in own):
            raise Conflict(_("You are in this shift already."), field="shift_id")
        skills = {"", *me.skills}
        duty = next((each for each in offers.order_by("offered_at", "id") if each.skill in skills), None)
        if duty is None:
            raise Conflict(
                _("Nobody offers a place in this shift any more that you could take."), field="shift_id",
                remedy=_("Look at the roster again."),
            )  # fmt: skip
        new = Assignment(str(shift.id), me.name, duty.skill)
        check_rules(replace(problem, in_turn=False), own, [*own, new], field="shift_id")
        giver = duty.person_id
        duty.person_id, duty.number = person_id, me.name
        duty.offered_at, duty.waived, duty.by_hand, duty.changed_at = None, [], True, acting.now
        duty.save()
        record_duty(acting, duty)
        count_offers(acting, shift, by=-1)
        at = shift.starts_at.isoformat()
        tell_persons(acting, roster, [giver, person_id], code="rosters_taken", at=at)
        tell_leader(acting, roster, code="rosters_swapped", at=at, number=me.name)


def _roster(roster_id: UUID) -> Roster:
    roster = Roster.objects.filter(id=roster_id).first()
    if roster is None:
        raise NotFound(_("There is no such roster."), field="roster_id", value=str(roster_id))
    return roster


def _published(acting: Acting, shift_id: UUID, *, taker: UUID | None = None) -> tuple[Shift, Roster]:
    """A shift that is to come of a published roster, locked after its roster and who takes a place in it.

    Raises ``NotFound`` and ``Conflict``.
    """
    of = Shift.objects.filter(id=shift_id).values_list("roster_id", flat=True).first()
    roster = Roster.objects.select_for_update().filter(id=of).first() if of is not None else None
    one_at_a_time([taker])
    shift = Shift.objects.select_for_update().filter(id=shift_id, roster=roster).first() if roster is not None else None
    if roster is None or shift is None:
        raise NotFound(_("There is no such shift."), field="shift_id", value=str(shift_id))
    if roster.state != RosterState.PUBLISHED or shift.starts_at <= acting.now:
        raise Conflict(_("Places change hands once the roster is published, before the shift."), field="shift_id")
    return shift, roster


def _listed(shifts: Sequence[UUID], known: set[UUID], *, field: str) -> list[UUID]:
    for each in shifts:
        if each not in known:
            raise NotFound(_("There is no such shift."), field=field, value=str(each))
    return sorted(set(shifts))
