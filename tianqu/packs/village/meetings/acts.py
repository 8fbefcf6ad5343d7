"""What is done with matters: each an act, safe to send twice under the identifier that its client gives."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.places.api import require
from tianqu.packs.village.meetings.models import Matter, MatterStep
from tianqu.packs.village.registers import matters
from tianqu.packs.village.registers.judged import judge_contracts_of
from tianqu.packs.village.registers.land import village_with
from tianqu.packs.village.registers.matters import (
    DisclosureFacts,
    MatterTerms,
    MeetingFacts,
    RollFacts,
    matter_with,
    step_with,
)
from tianqu.packs.village.registers.refusals import KNOWN_OF_MEETINGS, digest_of, sent_before


def _may_in_village(acting: Acting, /, **arguments: Any) -> None:
    """Require the act's permission in the village that it names."""
    require(acting.actor, acting.act)
    village_with(arguments["place_id"], acting.actor)


def _may_on_matter(acting: Acting, /, **arguments: Any) -> None:
    """Require the act's permission on the matter that it names; one out of sight is not there."""
    require(acting.actor, acting.act)
    matter_with(arguments["matter_id"], acting.actor)


def _may_on_step(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    step_with(arguments["step_id"], acting.actor)


def _new(given: UUID, *content: object, place_id: UUID, field: str) -> bytes:
    """Return the digest of what is asked for. Raises ``DoneBefore`` where it was done, ``Conflict`` for another."""
    digest = digest_of(*content)
    if sent_before(given, digest, place_id=place_id, field=field, known=KNOWN_OF_MEETINGS):
        raise DoneBefore(given)
    return digest


@act("village.open_matter", may=_may_in_village)
def open_matter(acting: Acting, *, place_id: UUID, matter_id: UUID, matter: MatterTerms) -> UUID:
    """Open a matter that a village is to decide on; return its identifier.

    ``matter_id`` is given by the client: the same sent again changes nothing. Raises ``Conflict`` for a number that the
    village has.
    """
    place = village_with(place_id, acting.actor)
    digest = _new(matter_id, "matter", place_id, matter, place_id=place_id, field="matter_id")
    row = matters.open_matter(acting, place=place, matter_id=matter_id, terms=matter, digest=digest)
    matters.record(acting, row)
    return matter_id


@act("village.correct_matter", may=_may_on_matter)
def correct_matter(acting: Acting, *, matter_id: UUID, matter: MatterTerms, expected_version: int | None = None) -> int:
    """Put right the number, title, kind or cadence of a matter; return its version.

    Raises ``Conflict`` for one that was withdrawn, or where ``expected_version`` is no longer the one that stands.
    """
    row = matter_with(matter_id, acting.actor, lock=True)
    matters.correct_matter(acting, matter=row, terms=matter, expected_version=expected_version)
    _settled(acting, row)
    return row.version


@act("village.withdraw_matter", may=_may_on_matter)
def withdraw_matter(acting: Acting, *, matter_id: UUID, reason: str) -> None:
    """Take a matter off the table, with the reason; what was held on it stays readable.

    Raises ``Conflict`` for one that was withdrawn.
    """
    row = matter_with(matter_id, acting.actor, lock=True)
    matters.withdraw(acting, matter=row, reason=reason)
    _settled(acting, row)


@act("village.enter_meeting", may=_may_on_matter)
def enter_meeting(acting: Acting, *, matter_id: UUID, step_id: UUID, meeting: MeetingFacts) -> UUID:
    """Enter a meeting that was held on a matter, and attest it by one's post; return its identifier.

    Who met says which of the four proposals it is. It is entered as it was, also where a rule finds fault with it; a
    meeting held again counts instead of the one before. Contracts that take their resolution from the matter are judged
    anew. The same ``step_id`` sent again changes nothing.
    """
    row = matter_with(matter_id, acting.actor, lock=True)
    digest = _new(step_id, "meeting", matter_id, meeting, place_id=row.place_id, field="step_id")
    step = matters.enter_meeting(acting, matter=row, step_id=step_id, facts=meeting, digest=digest)
    _settled(acting, row, step)
    return step_id


@act("village.enter_disclosure", may=_may_on_matter)
def enter_disclosure(acting: Acting, *, matter_id: UUID, step_id: UUID, disclosure: DisclosureFacts) -> UUID:
    """Enter that a resolution or its result was disclosed, and attest it by one's post; return its identifier.

    The same ``step_id`` sent again changes nothing.
    """
    row = matter_with(matter_id, acting.actor, lock=True)
    digest = _new(step_id, "disclosure", matter_id, disclosure, place_id=row.place_id, field="step_id")
    step = matters.enter_disclosure(acting, matter=row, step_id=step_id, facts=disclosure, digest=digest)
    _settled(acting, row, step)
    return step_id


@act("village.attest_step", may=_may_on_step)
def attest_step(acting: Acting, *, step_id: UUID) -> None:
    """Attest that a step was as it was entered, as somebody else than who entered it. Twice is once.

    Raises ``Conflict`` for the person who entered it, and for a step that was struck out.
    """
    step, row = _locked(acting, step_id)
    if not matters.attest(acting, step=step):
        raise DoneBefore(None)
    _settled(acting, row, step, judge=False)


@act("village.strike_step", may=_may_on_step)
def strike_step(acting: Acting, *, step_id: UUID, reason: str) -> None:
    """Strike out a step that was entered in error, with the reason; what was written stays readable as struck out.

    Contracts that take their resolution from the matter are judged anew. Raises ``Conflict`` for one struck out before.
    """
    step, row = _locked(acting, step_id)
    matters.strike(acting, step=step, reason=reason)
    _settled(acting, row, step)


@act("village.enter_roll", may=_may_in_village)
def enter_roll(acting: Acting, *, place_id: UUID, roll_id: UUID, roll: RollFacts) -> UUID:
    """Enter who is entitled to meet in a body of a village from a day on; return its identifier.

    It holds until the next roll of the body. The same ``roll_id`` sent again changes nothing.
    """
    place = village_with(place_id, acting.actor)
    digest = _new(roll_id, "roll", place_id, roll, place_id=place_id, field="roll_id")
    row = matters.enter_roll(acting, place=place, roll_id=roll_id, facts=roll, digest=digest)
    matters.record_roll(acting, row)
    return roll_id


def _locked(acting: Acting, step_id: UUID) -> tuple[MatterStep, Matter]:
    """A step and its matter, of which nobody else enters a step meanwhile."""
    row = matter_with(step_with(step_id, acting.actor).matter_id, acting.actor, lock=True)
    return step_with(step_id, acting.actor), row


def _settled(acting: Acting, row: Matter, step: MatterStep | None = None, *, judge: bool = True) -> None:
    """Write what follows from the steps of a matter, record it, and judge the contracts that rest on it."""
    matters.settle(acting, row)
    matters.record(acting, row, step=step)
    if judge and step is not None and step.step == "resolve":
        judge_contracts_of(acting, row.id)
