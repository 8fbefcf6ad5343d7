"""Matters for the tests: a sound one, with something changed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from tianqu.base.identifiers import new_identifier
from tianqu.packs.village.meetings import acts
from tianqu.packs.village.meetings.procedure import Cadence, Disclosed, MatterKind, MeetingBody, Way
from tianqu.packs.village.registers.matters import DisclosureFacts, MatterTerms, MeetingFacts, RollFacts
from tianqu.packs.village.tests.villages import Villages

# When each body met, how many were entitled, came and agreed.
HELD: dict[MeetingBody, tuple[date, int, int, int]] = {
    MeetingBody.BRANCH: (date(2025, 6, 1), 5, 5, 5), MeetingBody.COMMITTEES: (date(2025, 6, 3), 9, 8, 8),
    MeetingBody.PARTY_MEMBERS: (date(2025, 6, 8), 40, 30, 28), MeetingBody.MEMBERS: (date(2025, 6, 28), 300, 210, 205),
    MeetingBody.REPRESENTATIVES: (date(2025, 6, 28), 45, 40, 38),
}  # fmt: skip
FOUR = (MeetingBody.BRANCH, MeetingBody.COMMITTEES, MeetingBody.PARTY_MEMBERS, MeetingBody.MEMBERS)
NOTICE_DAY = date(2025, 6, 15)


def opened(villages: Villages, number: str = "议1", **more: Any) -> UUID:
    """Open a matter and return its identifier."""
    actor, matter_id = more.pop("actor", villages.accountant), more.pop("matter_id", new_identifier())
    place_id = more.pop("place_id", villages.place_id)
    told: dict[str, Any] = {"title": "南洼土地发包", "kind": MatterKind.CONTRACT, "cadence": Cadence.QUARTERLY}
    return acts.open_matter(actor, place_id=place_id, matter_id=matter_id, matter=MatterTerms(number, **(told | more)))


def held(villages: Villages, matter_id: UUID, body: MeetingBody, **more: Any) -> UUID:
    """Enter a sound meeting and return the identifier of the step."""
    day, entitled, present, agreed = HELD[body]
    notice_on = NOTICE_DAY if body is MeetingBody.MEMBERS else None
    told: dict[str, Any] = {
        "held_on": day, "entitled": entitled, "present": present, "agreed": agreed, "notice_on": notice_on,
        "notice_way": Way.BOARD,
    }  # fmt: skip
    actor, step_id = more.pop("actor", villages.accountant), more.pop("step_id", new_identifier())
    return acts.enter_meeting(actor, matter_id=matter_id, step_id=step_id, meeting=MeetingFacts(body, **(told | more)))


def disclosed(villages: Villages, matter_id: UUID, what: Disclosed, posted_on: date, **more: Any) -> UUID:
    """Enter a disclosure on the board and return the identifier of the step."""
    actor, step_id = more.pop("actor", villages.accountant), more.pop("step_id", new_identifier())
    facts = DisclosureFacts(what, posted_on, **({"way": Way.BOARD} | more))
    return acts.enter_disclosure(actor, matter_id=matter_id, step_id=step_id, disclosure=facts)


def whole(villages: Villages, number: str = "议1", **more: Any) -> UUID:
    """Open a matter, take all six steps in good order, and let the head attest the resolution."""
    matter_id = opened(villages, number, **more)
    step_ids = [held(villages, matter_id, body) for body in FOUR]
    acts.attest_step(villages.post("v102001", "village_head"), step_id=step_ids[-1])
    disclosed(villages, matter_id, Disclosed.RESOLUTION, date(2025, 6, 29))
    disclosed(villages, matter_id, Disclosed.RESULT, date(2025, 9, 1), result_on=date(2025, 8, 1))
    return matter_id


def rolled(villages: Villages, names: tuple[str, ...], **more: Any) -> UUID:
    """Enter a roll and return its identifier."""
    actor, roll_id = more.pop("actor", villages.accountant), more.pop("roll_id", new_identifier())
    told: dict[str, Any] = {"body": MeetingBody.REPRESENTATIVES, "since": date(2021, 1, 1), "names": names}
    return acts.enter_roll(actor, place_id=villages.place_id, roll_id=roll_id, roll=RollFacts(**(told | more)))
