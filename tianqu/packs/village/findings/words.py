"""Findings in words: what they are about, where they stand, what was moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop, ngettext

from tianqu.kernel.orders.api import State
from tianqu.packs.village.findings.models import EffectKind, ReinspectionResult, SubjectKind
from tianqu.packs.village.words import RULE_OF, english, rule_name

MARK: Final = "\0"  # stands for a number in a title that is taken apart
SUBJECTS: Final = {
    SubjectKind.CONTRACT: gettext_noop("Contract"), SubjectKind.PARCEL: gettext_noop("Parcel"),
    SubjectKind.HOLDING: gettext_noop("Asset or debt"), SubjectKind.TRANSFER: gettext_noop("Booking"),
}  # fmt: skip
EFFECTS: Final = {
    EffectKind.LAND_RECOVERED: gettext_noop("Idle land recovered"),
    EffectKind.CLAIM_SETTLED: gettext_noop("Claim collected"), EffectKind.DEBT_SETTLED: gettext_noop("Debt paid"),
    EffectKind.RENT_COLLECTED: gettext_noop("Rent collected"), EffectKind.OTHER: gettext_noop("Other booking"),
}  # fmt: skip
# What the states of the order are called here.
STATES: Final = {
    State.DISPATCHED: gettext_noop("to be put right"), State.ACCEPTED: gettext_noop("being put right"),
    State.DONE: gettext_noop("to be inspected"), State.CLOSED: gettext_noop("put right"),
    State.REFUSED: gettext_noop("unfounded"),
}  # fmt: skip
TONES: Final = {
    State.DISPATCHED: "open", State.ACCEPTED: "open", State.DONE: "waiting", State.CLOSED: "done",
    State.REFUSED: "quiet",
}  # fmt: skip
OUTCOMES: Final = {
    "waiting": gettext_noop("reserved"), "posted": gettext_noop("booked"), "voided": gettext_noop("cancelled"),
    "taken_back": gettext_noop("taken back"),
}  # fmt: skip
RESULTS: Final = {
    "": gettext_noop("to be looked at"), ReinspectionResult.CONFIRMED: gettext_noop("found put right"),
    ReinspectionResult.REOPENED: gettext_noop("opened again"),
}  # fmt: skip


def subject_said(kind: str, *, number: str) -> str:
    """Name what a finding is about: "Contract C-12"."""
    return gettext("%(kind)s %(number)s") % {"kind": gettext(SUBJECTS[SubjectKind(kind)]), "number": number}


def state_said(state: str) -> str:
    """Say where a finding stands, in the language of the page."""
    return gettext(STATES[State(state)])


def rule_said(rule: str) -> str:
    """Name the rule that found it; an auditor's own finding says so."""
    return rule_name(rule) if rule in RULE_OF else gettext("Found by an auditor")


def days_left_said(day: date) -> str:
    """Say how many days there are until a day, or since it: "in 12 days", "3 days over"."""
    left = (day - timezone.localdate()).days
    if left < 0:
        return ngettext("%(num)s day over", "%(num)s days over", -left) % {"num": -left}
    if left == 0:
        return gettext("today")
    return ngettext("in %(num)s day", "in %(num)s days", left) % {"num": left}


CLOCKS: Final = {
    "dispatch": gettext_noop("Sent to the village"), "accept": gettext_noop("Received by the village"),
    "finish": gettext_noop("Put right by the village"), "inspect": gettext_noop("Decided by an inspector"),
}  # fmt: skip


def clock_said(kind: str) -> str:
    """What a clock of a finding is called."""
    return gettext(CLOCKS[kind])


def headline(kind: str, *, number: str, rule: str) -> str:
    """What a finding is called on top of its page."""
    subject = subject_said(kind, number=number)
    return gettext("%(subject)s: %(rule)s") % {"subject": subject, "rule": rule_said(rule)}


def title_said(title: str) -> str:
    """Say a title that is kept in the realm's language in the language of the reader; another one as it stands."""
    for kind, rule, before, behind in _kept_titles():
        if title.startswith(before) and title.endswith(behind) and len(title) > len(before) + len(behind):
            number = title[len(before) : len(title) - len(behind)]
            return headline(kind, number=number, rule=rule) if rule else subject_said(kind, number=number)
    return title


@cache
def _kept_titles() -> tuple[tuple[str, str, str, str], ...]:
    """What stands before and behind the number in the title of each kind of finding, those with a rule first."""
    found = []
    with translation.override(settings.LANGUAGE_CODE):
        for rule in (*RULE_OF, ""):
            for kind in SubjectKind:
                title = headline(kind, number=MARK, rule=rule) if rule else subject_said(kind, number=MARK)
                before, _mark, behind = title.partition(MARK)
                found.append((kind.value, rule, before, behind))
    return tuple(found)


def told_sentence(kind: SubjectKind, number: str, told: Mapping[str, Any]) -> tuple[str, str]:
    """Return the title of a finding, and what the rule computed, in the language of the page."""
    subject = subject_said(kind, number=number)
    if not told:
        return subject, ""
    return headline(kind, number=number, rule=told["rule"]), str(told["sentence"]["en" if english() else "zh"])
