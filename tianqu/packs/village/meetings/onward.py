"""What may be done with a matter that does not go on by itself: one that failed, was withdrawn, or has gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from tianqu.packs.village.meetings.procedure import STEP_OF, STEPS, MatterKind, MeetingBody, Step
from tianqu.packs.village.meetings.queries import MatterDetail, StepLine
from tianqu.packs.village.meetings.rules import PROPOSALS, RECORD, STEP_RULES
from tianqu.packs.village.meetings.words import step_said
from tianqu.packs.village.words import day_said

AGAIN: Final = frozenset({"missing", "quorum", "majority"})  # what holding a meeting once more puts right


@dataclass(frozen=True, slots=True)
class Onward:
    """A sentence that says what may be done, and where; ``permission`` is what it takes to do it there."""

    sentence: str
    button: str
    address: str
    permission: str


def onward(detail: MatterDetail, *, today: date) -> list[Onward]:
    """Return what may be done with a matter that has failed, or in which a step is missing; nothing for the others."""
    row = detail.row
    if row.withdrawn_on is not None:
        sentence = gettext("It was withdrawn: nothing more is entered here. Who wants to decide on it after all opens a"
                           " new matter; what this one says is filled in.")  # fmt: skip
        return [Onward(sentence, gettext("Open a new matter like this"), _new(detail), "village.open_matter")]
    found = [*_steps_again(detail)]
    if row.resolved_on is not None and not row.carried:
        return [_vote_again(detail, today), *found, *_disclosure(detail), _in_other_words(detail)]
    if row.late:
        found += _disclosure(detail)
    return found


def _vote_again(detail: MatterDetail, today: date) -> Onward:
    """The vote that failed is held again: the earlier steps stand."""
    line = _line(detail, Step.RESOLVE)
    body = MeetingBody(next(one.body for one in line.rows if one.counts))
    sentence = gettext("The vote was not carried, and no contract can rest on it. It may be held again on the same"
                       " proposal; the first three steps stand. Whoever meets again is entered here, and the last vote"
                       " counts.")  # fmt: skip
    days = _notice_days(MatterKind(detail.row.kind), body, today)
    if days:
        sentence += " " + gettext("Announced today, %(days)s days before, it may meet from %(day)s on.") % {
            "days": days, "day": day_said(today + timedelta(days=days)),
        }  # fmt: skip
    return Onward(sentence, gettext("Enter the new vote"), _meeting(detail, body), "village.enter_meeting")


def _notice_days(kind: MatterKind, body: MeetingBody, today: date) -> int:
    """How many days before a meeting the law of today asks for its notice; 0 where it asks for none."""
    for rule in STEP_RULES:
        version = rule.version_on(today)
        asks = rule.code == RECORD or body is MeetingBody.MEMBERS
        if kind in rule.matters and version is not None and asks and "notice_days" in version.limits:
            return version.limits["notice_days"]
    return 0


def _steps_again(detail: MatterDetail) -> Iterator[Onward]:
    """The steps before the vote that are missing though the matter went on, or whose own vote was not enough."""
    for line in detail.lines:
        if line.step not in PROPOSALS or line.step is Step.RESOLVE or line.step.value == detail.row.next_step:
            continue
        verdicts = {one.verdict for one in line.findings}
        if not verdicts & AGAIN:
            continue
        told = {"number": STEPS.index(line.step) + 1, "step": step_said(line.step.value)}
        if "missing" in verdicts:
            sentence = gettext("Step %(number)s was left out: %(step)s. If it was held, enter it with its day.")
        else:
            sentence = gettext("Step %(number)s did not reach its quorum or majority: %(step)s. It may be held again;"
                               " the last meeting counts.")  # fmt: skip
        body = next(body for body, step in STEP_OF.items() if step is line.step)
        yield Onward(sentence % told, gettext("Enter this meeting"), _meeting(detail, body), "village.enter_meeting")


def _disclosure(detail: MatterDetail) -> list[Onward]:
    """What was voted is disclosed, however it ended."""
    for step in (Step.DISCLOSE_RESOLUTION, Step.DISCLOSE_RESULT):
        line = _line(detail, step)
        if line.rows or line.due_on is None:
            continue
        if step is Step.DISCLOSE_RESOLUTION and not detail.row.carried:
            sentence = gettext("That it was not carried is disclosed, too, by %(day)s.")
        else:
            sentence = gettext("It was to be disclosed by %(day)s: disclose it now, and enter the day.")
        address = reverse("village:disclosure_new", kwargs={"matter_id": detail.row.id})
        said = sentence % {"day": day_said(line.due_on)}
        return [Onward(said, gettext("Enter a disclosure"), address, "village.enter_disclosure")]
    return []


def _in_other_words(detail: MatterDetail) -> Onward:
    sentence = gettext(
        "A proposal that is changed goes through all four steps as a new matter; withdraw this one then."
    )
    return Onward(sentence, gettext("Open a new matter like this"), _new(detail), "village.open_matter")


def _line(detail: MatterDetail, step: Step) -> StepLine:
    return next(line for line in detail.lines if line.step is step)


def _meeting(detail: MatterDetail, body: MeetingBody) -> str:
    return f"{reverse('village:meeting_new', kwargs={'matter_id': detail.row.id})}?{urlencode({'body': body.value})}"


def _new(detail: MatterDetail) -> str:
    return f"{reverse('village:matter_new')}?{urlencode({'like': detail.row.id})}"
