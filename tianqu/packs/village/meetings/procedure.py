"""What is known of a matter when it is judged: its meetings and disclosures, which of them count, and what is next.

A village decides on what matters in six steps: the branch proposes, the two committees discuss, party members
deliberate, villagers or their representatives resolve; the resolution is disclosed, and so is its result. A meeting may
be held again: the latest counts, and those before stay readable.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Final

from tianqu.packs.village.rules.facts import Body, Resolution, months_after
from tianqu.packs.village.rules.policy import Policy


class Step(Enum):
    """The six steps, in their order."""

    PROPOSE = "propose"
    DISCUSS = "discuss"
    DELIBERATE = "deliberate"
    RESOLVE = "resolve"
    DISCLOSE_RESOLUTION = "disclose_resolution"
    DISCLOSE_RESULT = "disclose_result"


class MeetingBody(Enum):
    """Who met. Members and representatives both resolve."""

    BRANCH = "branch"
    COMMITTEES = "committees"
    PARTY_MEMBERS = "party_members"
    MEMBERS = "members"
    REPRESENTATIVES = "representatives"


class Disclosed(Enum):
    """What was disclosed."""

    RESOLUTION = "resolution"
    RESULT = "result"


class MatterKind(Enum):
    """What a matter is about. Collective property is the collective's to resolve on, all else the villagers'."""

    CONTRACT = "contract"
    LAND_CONTRACTING = "land_contracting"  # how land is contracted to households
    HOMESTEAD = "homestead"
    ASSET = "asset"
    PROJECT = "project"
    OTHER = "other"


class Cadence(Enum):
    """How soon a matter is to be disclosed."""

    QUARTERLY = "quarterly"
    MONTHLY = "monthly"  # where transactions are many
    AT_ONCE = "at_once"  # a major matter


class Way(Enum):
    """How a notice was given, or something disclosed."""

    BOARD = "board"
    BROADCAST = "broadcast"
    MESSAGE = "message"  # to a group, or a short message to each
    VISIT = "visit"
    LETTER = "letter"
    WEBSITE = "website"
    OTHER = "other"


STEPS: Final = tuple(Step)
STEP_OF: Final = {
    MeetingBody.BRANCH: Step.PROPOSE, MeetingBody.COMMITTEES: Step.DISCUSS, MeetingBody.PARTY_MEMBERS: Step.DELIBERATE,
    MeetingBody.MEMBERS: Step.RESOLVE, MeetingBody.REPRESENTATIVES: Step.RESOLVE,
}  # fmt: skip
STEP_OF_DISCLOSURE: Final = {
    Disclosed.RESOLUTION: Step.DISCLOSE_RESOLUTION,
    Disclosed.RESULT: Step.DISCLOSE_RESULT,
}
COLLECTIVE: Final = frozenset(
    {MatterKind.CONTRACT, MatterKind.LAND_CONTRACTING, MatterKind.HOMESTEAD, MatterKind.ASSET}
)
SELF_GOVERNED: Final = frozenset(MatterKind) - COLLECTIVE
NOT_DELEGATED: Final = frozenset({MatterKind.LAND_CONTRACTING, MatterKind.HOMESTEAD})
PERIOD_MONTHS: Final = {Cadence.QUARTERLY: 3, Cadence.MONTHLY: 1, Cadence.AT_ONCE: 3}


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as it was held. ``rolled``: the names on the roll in force that day, None where there is none.

    ``attested``: how many persons besides the one who entered it say that it was so.
    """

    body: MeetingBody
    held_on: date
    entitled: int
    present: int
    agreed: int
    notice_on: date | None = None
    rolled: int | None = None
    attested: int = 0

    @property
    def day(self) -> date:
        """The day on which it was."""
        return self.held_on

    @property
    def step(self) -> Step:
        """The step that it is."""
        return STEP_OF[self.body]

    @property
    def resolution(self) -> Resolution:
        """The same as the rules of contracts take it, for a meeting that resolves."""
        return Resolution(Body(self.body.value), self.held_on, self.entitled, self.present, self.agreed, self.notice_on)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Something that was disclosed. ``result_on``: the day of the result that it tells, None: how far it has come."""

    what: Disclosed
    posted_on: date
    result_on: date | None = None

    @property
    def day(self) -> date:
        """The day on which it was."""
        return self.posted_on

    @property
    def step(self) -> Step:
        """The step that it is."""
        return STEP_OF_DISCLOSURE[self.what]


@dataclass(frozen=True, slots=True)
class MatterFacts:
    """A matter with what was held and disclosed, in the order in which it was entered.

    ``signed_on``: when the first contract that takes its resolution from it was signed, which is a result.
    """

    kind: MatterKind
    cadence: Cadence
    meetings: tuple[Meeting, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()
    signed_on: date | None = None

    def meeting(self, step: Step) -> Meeting | None:
        """The meeting that counts for a step: the latest."""
        held = [one for one in reversed(self.meetings) if one.step is step]  # of two on one day the last entered
        return max(held, key=lambda one: one.held_on) if held else None

    def disclosure(self, step: Step) -> Disclosure | None:
        """The disclosure that counts for a step: the first since the resolution, else the last before it."""
        posted = [one for one in self.disclosures if one.step is step]
        resolved = self.meeting(Step.RESOLVE)
        since = [one for one in posted if resolved is None or one.posted_on >= resolved.held_on]
        if since:
            return min(since, key=lambda one: one.posted_on)
        return max(posted, key=lambda one: one.posted_on) if posted else None

    def event(self, step: Step) -> Meeting | Disclosure | None:
        """What counts for a step."""
        return self.meeting(step) or self.disclosure(step)

    def before(self, step: Step) -> Meeting | Disclosure | None:
        """What counts for the nearest earlier step that was taken."""
        return _first(self.event(one) for one in reversed(STEPS[: STEPS.index(step)]))

    def after(self, step: Step) -> Meeting | Disclosure | None:
        """What counts for the nearest later step that was taken."""
        return _first(self.event(one) for one in STEPS[STEPS.index(step) + 1 :])

    @property
    def result_on(self) -> date | None:
        """The day of the result, as far as it is known: the earliest that was told, or the first signature."""
        told = [one.result_on for one in self.disclosures if one.result_on is not None]
        days = told + ([self.signed_on] if self.signed_on is not None else [])
        return min(days) if days else None


def _first(events: Iterable[Meeting | Disclosure | None]) -> Meeting | Disclosure | None:
    return next((one for one in events if one is not None), None)


def due_after(day: date, cadence: Cadence, policy: Policy) -> date:
    """Return the last day on which what happened on ``day`` is disclosed in time."""
    if cadence is Cadence.AT_ONCE:
        return day + timedelta(days=policy.at_once_days)
    return months_after(day, PERIOD_MONTHS[cadence])


def progress_due(day: date, cadence: Cadence) -> date:
    """Return the last day on which it is told how far a matter has come that was disclosed on ``day``."""
    return months_after(day, PERIOD_MONTHS[cadence])


def disclosure_due(matter: MatterFacts, step: Step | None, policy: Policy) -> date | None:
    """Return the last day for a disclosure, None where nothing has happened that is to be disclosed."""
    resolved = matter.meeting(Step.RESOLVE)
    if resolved is None:
        return None
    resolution_due = due_after(resolved.held_on, matter.cadence, policy)
    if step is Step.DISCLOSE_RESOLUTION:
        return resolution_due
    if matter.result_on is not None:
        return due_after(matter.result_on, matter.cadence, policy)
    told = matter.disclosure(Step.DISCLOSE_RESOLUTION)
    return progress_due(told.posted_on if told is not None else resolution_due, matter.cadence)


def next_step(matter: MatterFacts, *, carried: bool) -> Step | None:
    """Return the step that is next, None after the last. A resolution that was not ``carried`` is held again."""
    for step in STEPS:
        if matter.event(step) is None or (step is Step.RESOLVE and not carried):
            return step
    return None
