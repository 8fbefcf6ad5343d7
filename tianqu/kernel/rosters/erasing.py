"""Erasing a person: what they said goes, they leave what is to come, and what was stays under a number."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from tianqu.kernel.journal.api import Acting, writing
from tianqu.kernel.rosters.models import Duty, Roster, Wish
from tianqu.kernel.rosters.problems import one_at_a_time
from tianqu.kernel.rosters.recording import record_duty, record_shift, tell_leader


def personal_subjects(person_id: UUID) -> list[str]:
    """What the journal holds of a person in rosters."""
    return roster_subjects(person_id)


def erase_rows(acting: Acting, person_id: UUID) -> None:
    """Delete the wishes, empty the places that are to come, and take the person from what was."""
    forget_duties_within(acting, person_id)


def roster_subjects(person_id: UUID, kind: str = "") -> list[str]:
    """The subjects of a person's wishes and duties, of one kind or of all."""
    wishes, duties = Wish.objects.filter(person_id=person_id), Duty.objects.filter(person_id=person_id)
    if kind:
        wishes, duties = wishes.filter(roster__kind=kind), duties.filter(shift__roster__kind=kind)
    said, there = wishes.values_list("id", flat=True), duties.values_list("id", flat=True)
    return [*(f"wish:{one}" for one in said), *(f"duty:{one}" for one in there)]


def forget_duties_within(acting: Acting, person_id: UUID, kind: str = "") -> None:
    """Within another act: delete a person's wishes, of one kind or of all, empty their places, and tell who leads.

    Their bodies in the journal are erased by the act before it (``roster_subjects``).
    """
    wishes = Wish.objects.filter(person_id=person_id)
    with writing(acting):
        _given_up(acting, person_id, kind)
        _duties(person_id, kind).update(person_id=None, offered_at=None)
        (wishes.filter(roster__kind=kind) if kind else wishes).delete()


def give_up_duties_within(acting: Acting, person_id: UUID, kind: str = "") -> None:
    """Within another act: empty a person's places to come, of one kind or of all, and tell who leads.

    What they wished for stays, and what was.
    """
    with writing(acting):
        for duty in _given_up(acting, person_id, kind):
            record_duty(acting, duty, dropped=True)


def _duties(person_id: UUID, kind: str) -> QuerySet[Duty]:
    mine = Duty.objects.filter(person_id=person_id)
    return mine.filter(shift__roster__kind=kind) if kind else mine


def _given_up(acting: Acting, person_id: UUID, kind: str) -> list[Duty]:
    """The duties to come that somebody leaves, with their shifts set right and the leaders told; gone then."""
    mine = _duties(person_id, kind)
    rosters = Roster.objects.filter(id__in=mine.values("shift__roster_id"))
    list(rosters.select_for_update().order_by("id").values_list("id", flat=True))  # nobody takes a place meanwhile
    one_at_a_time([person_id])
    coming = list(mine.filter(shift__ends_at__gt=acting.now).select_related("shift__roster"))
    for duty in coming:
        if duty.offered_at is not None:
            duty.shift.offered -= 1
            duty.shift.save(update_fields=["offered"])
            record_shift(acting, duty.shift)
    for roster in {duty.shift.roster for duty in coming}:
        tell_leader(acting, roster, code="rosters_place_empty")
    Duty.objects.filter(id__in=[duty.id for duty in coming]).delete()
    return coming
