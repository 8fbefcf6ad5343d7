"""Matters, steps and what the rules find in them, in words and for programs."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext, gettext_noop

from tianqu.kernel.places.api import known_roles
from tianqu.packs.village.judging import in_both, number_document, version_document
from tianqu.packs.village.meetings.procedure import Cadence, Disclosed, MatterKind, MeetingBody, Step, Way
from tianqu.packs.village.meetings.queries import MatterRow, Witness
from tianqu.packs.village.meetings.rules import STEP_RULES, StepFinding, StepRule
from tianqu.packs.village.words import english, finding_said

STEP_NAMES: Final = {
    Step.PROPOSE: gettext_noop("The branch proposes"),
    Step.DISCUSS: gettext_noop("The two committees discuss"),
    Step.DELIBERATE: gettext_noop("Party members deliberate"),
    Step.RESOLVE: gettext_noop("Villagers or representatives resolve"),
    Step.DISCLOSE_RESOLUTION: gettext_noop("The resolution is disclosed"),
    Step.DISCLOSE_RESULT: gettext_noop("The result is disclosed"),
}
BODY_NAMES: Final = {
    MeetingBody.BRANCH: gettext_noop("Committee of the branch"),
    MeetingBody.COMMITTEES: gettext_noop("The two committees"),
    MeetingBody.PARTY_MEMBERS: gettext_noop("Party members"),
    MeetingBody.MEMBERS: gettext_noop("All members or villagers"),
    MeetingBody.REPRESENTATIVES: gettext_noop("Representatives"),
}
KIND_NAMES: Final = {
    MatterKind.CONTRACT: gettext_noop("Contract"),
    MatterKind.LAND_CONTRACTING: gettext_noop("Land contracted to households"),
    MatterKind.HOMESTEAD: gettext_noop("Homesteads"),
    MatterKind.ASSET: gettext_noop("Asset of the collective"),
    MatterKind.PROJECT: gettext_noop("Project"),
    MatterKind.OTHER: gettext_noop("Other matter"),
}
CADENCE_NAMES: Final = {
    Cadence.QUARTERLY: gettext_noop("Each quarter"),
    Cadence.MONTHLY: gettext_noop("Each month: transactions are many"),
    Cadence.AT_ONCE: gettext_noop("At once: a major matter"),
}
WAY_NAMES: Final = {
    Way.BOARD: gettext_noop("On the notice board"),
    Way.BROADCAST: gettext_noop("By loudspeaker"),
    Way.MESSAGE: gettext_noop("By message"),
    Way.VISIT: gettext_noop("From door to door"),
    Way.LETTER: gettext_noop("In writing to each"),
    Way.WEBSITE: gettext_noop("On a website"),
    Way.OTHER: gettext_noop("Otherwise"),
}
DISCLOSED_NAMES: Final = {
    Disclosed.RESOLUTION: gettext_noop("The resolution"),
    Disclosed.RESULT: gettext_noop("The result, or how far it has come"),
}
RULE_OF: Final = {rule.code: rule for rule in STEP_RULES}


def step_said(value: str) -> str:
    """What a step is called."""
    return gettext(STEP_NAMES[Step(value)])


def body_said(value: str) -> str:
    """What a body that meets is called."""
    return gettext(BODY_NAMES[MeetingBody(value)])


def matter_kind_said(value: str) -> str:
    """What a matter is about."""
    return gettext(KIND_NAMES[MatterKind(value)])


def cadence_said(value: str) -> str:
    """How soon a matter is to be disclosed."""
    return gettext(CADENCE_NAMES[Cadence(value)])


def way_said(value: str) -> str:
    """How a notice was given, "" where it is not known."""
    return gettext(WAY_NAMES[Way(value)]) if value else ""


def step_rule_name(code: str) -> str:
    """Return the name of a rule of steps."""
    return gettext(RULE_OF[code].name)


def witness_said(witness: Witness) -> str:
    """Say who entered or attested a step: the post, and the name where the reader may see it."""
    role = known_roles().get(witness.role)
    post = witness.title if witness.title and not english() else gettext(role.name) if role else witness.title
    return f"{post} {witness.name}".strip() or gettext("the system")


def standing_of(row: MatterRow) -> tuple[str, str]:
    """Return the state of a matter and the tone of its mark."""
    if row.withdrawn_on is not None:
        return gettext("Withdrawn"), "quiet"
    if not row.next_step:
        return gettext("All six steps taken"), "done"
    if row.late:
        return gettext("Disclosure overdue"), "late"
    if row.resolved_on is not None and not row.carried:
        return gettext("Not carried"), "late"
    return gettext("Under way"), "open"


def step_finding_document(finding: StepFinding) -> dict[str, object]:
    """A finding for programs, with its exact numbers."""
    return {
        "step": finding.step.value, "rule": finding.rule, "verdict": finding.verdict,
        "severity": finding.severity.value, "version": version_document(finding.version),
        "sentence": in_both(finding_said, finding),
        "numbers": {name: number_document(value) for name, value in finding.numbers},
    }  # fmt: skip


def step_rule_document(rule: StepRule) -> dict[str, object]:
    """A rule of steps for programs."""
    return {
        "code": rule.code, "name": in_both(gettext, rule.name), "asks": in_both(gettext, rule.asks),
        "steps": [step.value for step in Step if step in rule.steps],
        "kinds": sorted(kind.value for kind in rule.matters),
        "versions": [version_document(version) for version in rule.versions],
    }  # fmt: skip
