"""The rules of the six steps, each with its dated versions; and the judge. Every step is judged by the law of its day.

The laws and what a rule is are those of the contracts (``rules/laws.py``); the record of a resolution is judged by the
same test as that of a contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from tianqu.packs.village.meetings.procedure import (
    COLLECTIVE,
    NOT_DELEGATED,
    SELF_GOVERNED,
    STEPS,
    Disclosure,
    MatterFacts,
    MatterKind,
    Meeting,
    MeetingBody,
    Step,
    disclosure_due,
    due_after,
)
from tianqu.packs.village.rules import laws
from tianqu.packs.village.rules.catalogue import RULES
from tianqu.packs.village.rules.laws import Found, Number, Rule, Severity, Version, _, policy, statute
from tianqu.packs.village.rules.policy import Policy
from tianqu.packs.village.rules.resolving import notice_faults, reaches, record_faults

PROPOSALS: Final = frozenset(STEPS[:4])
DISCLOSURES: Final = frozenset(STEPS[4:])


@dataclass(frozen=True, slots=True)
class StepCase:
    """A step of a matter before its judge; ``event`` is what counts for it, None where it was not taken."""

    matter: MatterFacts
    step: Step
    event: Meeting | Disclosure | None
    policy: Policy
    today: date

    @property
    def day(self) -> date:
        """The day by whose law it is judged: its own, else that of what followed it or had to go before it."""
        known = self.event or self.matter.after(self.step) or self.matter.before(self.step)
        return known.day if known is not None else self.today


@dataclass(frozen=True)
class StepRule(Rule[StepCase]):
    """A rule of some steps, for matters of some kinds. Two rules may have one code, where the kinds differ by law."""

    steps: frozenset[Step] = PROPOSALS
    matters: frozenset[MatterKind] = frozenset(MatterKind)


@dataclass(frozen=True, slots=True)
class StepFinding:
    """What a rule found in a step: by which version of it, how grave, in a sentence with its computed numbers."""

    step: Step
    rule: str
    verdict: str
    severity: Severity
    version: Version
    sentence: str
    numbers: tuple[tuple[str, Number], ...]


def _taken(case: StepCase, version: Version) -> Iterator[Found]:
    """Nothing is left out that goes before what was done."""
    followed = case.matter.after(case.step)
    if case.event is None and followed is not None:
        sentence = _("There is no record of this step, and the matter went on on %(next_on)s.")
        yield "missing", Severity.FLAG, sentence, {"next_on": followed.day}


def _in_order(case: StepCase, version: Version) -> Iterator[Found]:
    """No step is taken before the one that goes before it."""
    before = case.matter.before(case.step)
    if case.event is not None and before is not None and case.event.day < before.day:
        sentence = _("It was on %(on)s, %(early_days)s days before the step that goes before it (%(before_on)s).")
        yield "early", Severity.FLAG, sentence, {
            "on": case.event.day, "early_days": (before.day - case.event.day).days, "before_on": before.day,
        }  # fmt: skip


def _branch_quorum(case: StepCase, version: Version) -> Iterator[Found]:
    """At least half of the committee of the branch came."""
    if isinstance(case.event, Meeting) and not _at_least_half(case.event.present, whole=case.event.entitled):
        sentence = _("%(present)s of %(entitled)s came; at least half of them must.")
        yield "quorum", Severity.FLAG, sentence, _votes(case.event)


def _party_vote(case: StepCase, version: Version) -> Iterator[Found]:
    """At least half of the party members came, and more than half of all of them agreed."""
    yield from _branch_quorum(case, version)
    if isinstance(case.event, Meeting) and case.event.agreed * 2 <= case.event.entitled:
        sentence = _("%(agreed)s of all %(entitled)s party members agreed; more than half of all must.")
        yield "majority", Severity.FLAG, sentence, _votes(case.event)


def _committees_vote(case: StepCase, version: Version) -> Iterator[Found]:
    """More than half came, and more than half of those agreed. For the branch the law sets the quorum itself."""
    if not isinstance(case.event, Meeting):
        return
    if case.step is Step.DISCUSS and case.event.present * 2 <= case.event.entitled:
        sentence = _("%(present)s of %(entitled)s came; more than half of them must.")
        yield "quorum", Severity.FLAG, sentence, _votes(case.event)
    if case.event.agreed * 2 <= case.event.present:
        sentence = _("%(agreed)s of the %(present)s who came agreed; more than half of them must.")
        yield "majority", Severity.FLAG, sentence, _votes(case.event)


def _record(case: StepCase, version: Version) -> Iterator[Found]:
    """Quorum and majority of the resolution, and by the law of 2025 its notice."""
    if isinstance(case.event, Meeting):
        delegable = case.matter.kind not in NOT_DELEGATED
        yield from record_faults(case.event.resolution, version, delegable=delegable)


def _villagers_notice(case: StepCase, version: Version) -> Iterator[Found]:
    """A meeting of all villagers is announced ten days before."""
    if isinstance(case.event, Meeting) and case.event.body is MeetingBody.MEMBERS:
        yield from notice_faults(case.event.resolution, version.limits["notice_days"])


def _disclosed(case: StepCase, version: Version) -> Iterator[Found]:
    """In time, and at all: each quarter, each month where transactions are many, a major matter at once."""
    if isinstance(case.event, Disclosure):
        yield from _late(case, case.event)
        return
    due_on = disclosure_due(case.matter, case.step, case.policy)
    if due_on is None or due_on >= case.today:
        return
    sentence = {
        Step.DISCLOSE_RESOLUTION: _("The resolution has not been disclosed; it was due on %(due_on)s, %(late_days)s "
                                    "days ago."),
        Step.DISCLOSE_RESULT: _("It has not been disclosed how the resolution was carried out; it was due on "
                                "%(due_on)s, %(late_days)s days ago."),
    }[case.step]  # fmt: skip
    yield "missing", Severity.FLAG, sentence, {"due_on": due_on, "late_days": (case.today - due_on).days}


def _late(case: StepCase, posted: Disclosure) -> Iterator[Found]:
    happened = case.matter.result_on
    if case.step is Step.DISCLOSE_RESOLUTION:
        resolved = case.matter.meeting(Step.RESOLVE)
        happened = resolved.held_on if resolved is not None else None
    if happened is None:
        return
    due_on = due_after(happened, case.matter.cadence, case.policy)
    if posted.posted_on > due_on:
        sentence = _("Disclosed on %(posted_on)s, %(late_days)s days after it was due on %(due_on)s.")
        yield "late", Severity.FLAG, sentence, {
            "happened_on": happened, "posted_on": posted.posted_on, "due_on": due_on,
            "late_days": (posted.posted_on - due_on).days,
        }  # fmt: skip


def _attested(case: StepCase, version: Version) -> Iterator[Found]:
    """A second person says that the resolution was so."""
    if not isinstance(case.event, Meeting) or case.event.attested:
        return
    waited = (case.today - case.event.held_on).days
    severity = Severity.FLAG if waited > case.policy.attest_days else Severity.NOTICE
    sentence = _("No second person has attested it, %(waited_days)s days after the meeting.")
    yield "unattested", severity, sentence, {"waited_days": max(0, waited)}


def _rolled(case: StepCase, version: Version) -> Iterator[Found]:
    """As many are entitled as stand on the roll of the day."""
    if isinstance(case.event, Meeting) and case.event.rolled not in (None, case.event.entitled):
        sentence = _("%(entitled)s are told to be entitled, and %(rolled)s stood on the roll of that day.")
        assert case.event.rolled is not None
        yield "differs", Severity.FLAG, sentence, {"entitled": case.event.entitled, "rolled": case.event.rolled}


def _at_least_half(part: int, *, whole: int) -> bool:
    return reaches(part, whole=whole, numerator=1, denominator=2)


def _votes(meeting: Meeting) -> Mapping[str, Number]:
    return {
        "held_on": meeting.held_on, "entitled": meeting.entitled, "present": meeting.present,
        "agreed": meeting.agreed,
    }  # fmt: skip


_OF_CONTRACTS: Final = {rule.code: rule for rule in RULES}["democratic_record"]
_PROCEDURE: Final = (
    policy(until=laws.PARTY_IN_VILLAGES_2018),
    statute((laws.PARTY_IN_VILLAGES, "19"), since=laws.PARTY_IN_VILLAGES_2018),
)
RECORD: Final = "resolution_record"
_RECORD_NAME: Final = _("Quorum and majority of the resolution")
_NOTICE_NAME: Final = _("Notice of the villagers' meeting")
_NOTICE_ASKS: Final = _("A meeting of all villagers is announced ten days before.")
_TEN_DAYS: Final = {"notice_days": 10}

STEP_RULES: Final = (
    StepRule(
        "step_missing", _("No step left out"),
        _("The branch proposes, the two committees discuss, party members deliberate, villagers or representatives "
          "resolve."),
        _PROCEDURE, _taken, steps=PROPOSALS,
    ),
    StepRule(
        "step_order", _("Steps in their order"), _("No step is taken before the one that goes before it."),
        _PROCEDURE, _in_order, steps=frozenset(STEPS[1:]),
    ),
    StepRule(
        "branch_quorum", _("Quorum of the branch"), _("At least half of the committee of the branch come."),
        (
            policy(until=laws.BRANCH_REGULATIONS_2018),
            statute((laws.BRANCH_REGULATIONS, "12"), since=laws.BRANCH_REGULATIONS_2018),
        ),
        _branch_quorum, steps=frozenset({Step.PROPOSE}),
    ),
    StepRule(
        "committees_vote", _("Majority of the branch and the two committees"),
        _("More than half of the two committees come, and more than half of those who come agree."),
        (policy(),), _committees_vote, steps=frozenset({Step.PROPOSE, Step.DISCUSS}),
    ),
    StepRule(
        "party_vote", _("Vote of the party members"),
        _("At least half of the party members come, and more than half of all of them agree."),
        (
            policy(until=laws.BRANCH_REGULATIONS_2018),
            statute((laws.BRANCH_REGULATIONS, "11"), since=laws.BRANCH_REGULATIONS_2018),
        ),
        _party_vote, steps=frozenset({Step.DELIBERATE}),
    ),
    StepRule(
        RECORD, _RECORD_NAME,
        _("On collective property: two thirds of all since May 2025, a majority of those who came before."),
        _OF_CONTRACTS.versions, _record, steps=frozenset({Step.RESOLVE}), matters=COLLECTIVE,
    ),
    StepRule(
        RECORD, _RECORD_NAME,
        _("On other matters: two thirds of the representatives or more than half of all villagers come, and more than "
          "half of those agree."),
        (
            statute((laws.COMMITTEES_LAW, "22, 26"), since=laws.COMMITTEES_2010, until=laws.COMMITTEES_2026),
            statute((laws.COMMITTEES_LAW_RENUMBERED, "22, 26"), since=laws.COMMITTEES_2026),
        ),
        _record, steps=frozenset({Step.RESOLVE}), matters=SELF_GOVERNED,
    ),
    StepRule(
        "villagers_notice", _NOTICE_NAME, _NOTICE_ASKS,
        (
            statute(
                (laws.COMMITTEES_LAW, "21"), since=laws.COMMITTEES_2010, until=laws.COLLECTIVES_2025, limits=_TEN_DAYS
            ),
        ),
        _villagers_notice, steps=frozenset({Step.RESOLVE}), matters=COLLECTIVE,
    ),
    StepRule(
        "villagers_notice", _NOTICE_NAME, _NOTICE_ASKS,
        (
            statute(
                (laws.COMMITTEES_LAW, "21"), since=laws.COMMITTEES_2010, until=laws.COMMITTEES_2026, limits=_TEN_DAYS
            ),
            statute((laws.COMMITTEES_LAW_RENUMBERED, "21"), since=laws.COMMITTEES_2026, limits=_TEN_DAYS),
        ),
        _villagers_notice, steps=frozenset({Step.RESOLVE}), matters=SELF_GOVERNED,
    ),
    StepRule(
        "attested", _("Attested by a second person"), _("Somebody else than who entered a resolution attests it."),
        (policy(),), _attested, steps=frozenset({Step.RESOLVE}),
    ),
    StepRule(
        "roll", _("Entitled as on the roll"), _("As many are entitled as stand on the roll of the day."),
        (policy(),), _rolled, steps=PROPOSALS,
    ),
    StepRule(
        "disclosure", _("Disclosed in time"),
        _("Each quarter, each month where transactions are many, a major matter at once."),
        (
            statute((laws.COMMITTEES_LAW, "30"), since=laws.COMMITTEES_2010, until=laws.COMMITTEES_2026),
            statute((laws.COMMITTEES_LAW_RENUMBERED, "30"), since=laws.COMMITTEES_2026),
        ),
        _disclosed, steps=DISCLOSURES,
    ),
)  # fmt: skip


def judge_matter(matter: MatterFacts, *, policy: Policy, today: date) -> Iterator[StepFinding]:
    """Yield what the rules find, step by step, each by its version in force on the day of the step."""
    for step in STEPS:
        case = StepCase(matter, step, matter.event(step), policy, today)
        for rule in STEP_RULES:
            version = rule.version_on(case.day)
            if step in rule.steps and matter.kind in rule.matters and version is not None:
                for verdict, severity, sentence, numbers in rule.test(case, version):
                    yield StepFinding(step, rule.code, verdict, severity, version, sentence, tuple(numbers.items()))


def carried(matter: MatterFacts, *, policy: Policy, today: date) -> bool:
    """Say whether a resolution stands: it was held, and by the law of its day enough came and agreed."""
    if matter.meeting(Step.RESOLVE) is None:
        return False
    return not any(
        one.rule == RECORD and one.verdict in ("quorum", "majority")
        for one in judge_matter(matter, policy=policy, today=today)
    )
