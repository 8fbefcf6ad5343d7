"""Matters with their steps and rolls: what the acts share, and the resolution that a contract takes from a matter.

Plain functions; those that write are called within an act, whose permission was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Min

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.places.api import Place, within_scope
from tianqu.packs.village.judging import current_policy
from tianqu.packs.village.meetings.models import Matter, MatterStep, Roll, StepAttestation
from tianqu.packs.village.meetings.procedure import (
    STEP_OF,
    STEP_OF_DISCLOSURE,
    Cadence,
    Disclosed,
    Disclosure,
    MatterFacts,
    MatterKind,
    Meeting,
    MeetingBody,
    Step,
    Way,
    disclosure_due,
    next_step,
)
from tianqu.packs.village.meetings.rules import DISCLOSURES, carried, judge_matter
from tianqu.packs.village.models import Contract, ContractState
from tianqu.packs.village.registers.land import REASON_MAX, checked_number
from tianqu.packs.village.registers.refusals import check_day, lawful
from tianqu.packs.village.rules.facts import Resolution
from tianqu.packs.village.rules.laws import Severity

TITLE_MAX: Final = 120
TEXT_MAX: Final = 2_000
LOCATION_MAX: Final = 120
NAMES_MAX: Final = 5_000
NAME_MAX: Final = 60
COUNT_MAX: Final = 10_000_000
STEPS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class MatterTerms:
    """A matter as it is opened. ``title`` and ``text`` are read by everybody in the village; name nobody in them."""

    number: str
    title: str
    kind: MatterKind
    cadence: Cadence = Cadence.QUARTERLY
    text: str = ""


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """A meeting as it was held: who met, how many were entitled, came and agreed, and how it was announced."""

    body: MeetingBody
    held_on: date
    entitled: int
    present: int
    agreed: int
    notice_on: date | None = None
    notice_way: Way | None = None
    location: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class DisclosureFacts:
    """A disclosure. ``result_on``: the day of the result that it tells, None: how far the matter has come."""

    what: Disclosed
    posted_on: date
    way: Way
    location: str = ""
    text: str = ""
    result_on: date | None = None


@dataclass(frozen=True, slots=True)
class RollFacts:
    """Who is entitled to meet in a body from ``since`` on, each by a name."""

    body: MeetingBody
    since: date
    names: tuple[str, ...]


def matter_with(matter_id: UUID, actor: Actor, *, lock: bool = False) -> Matter:
    """Return a matter within the actor's reach. Raises ``NotFound``."""
    rows = Matter.objects.select_related("place")
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)  # a contract may name it meanwhile
    matter = rows.filter(id=matter_id).first()
    if matter is None or not within_scope(actor.scope, matter):
        raise NotFound(
            _("There is no such matter."), field="matter_id", value=str(matter_id),
            remedy=_("Look it up among the matters of the village."),
        )  # fmt: skip
    return matter


def step_with(step_id: UUID, actor: Actor) -> MatterStep:
    """Return a step within the actor's reach. Raises ``NotFound``."""
    step = MatterStep.objects.filter(id=step_id).first()
    if step is None or not within_scope(actor.scope, step):
        raise NotFound(
            _("There is no such step."), field="step_id", value=str(step_id),
            remedy=_("Look it up in the file of its matter."),
        )  # fmt: skip
    return step


def checked_terms(terms: MatterTerms) -> MatterTerms:
    """Return the terms with clean texts. Raises ``InvalidInput``."""
    return replace(
        terms, number=checked_number(terms.number), text=clean_text(terms.text, field="text", most=TEXT_MAX),
        title=clean_text(terms.title, field="title", most=TITLE_MAX, wanted=True),
    )  # fmt: skip


def open_matter(acting: Acting, *, place: Place, matter_id: UUID, terms: MatterTerms, digest: bytes) -> Matter:
    """Open a matter that the village has not."""
    terms = checked_terms(terms)
    with lawful():
        return Matter.objects.create(
            id=matter_id, place=place, place_path=place.path, digest=digest, entered_at=acting.now,
            changed_at=acting.now, next_step=Step.PROPOSE.value, person_id=acting.actor.person_id,
            post_id=acting.actor.post_id, **_columns(terms),
        )  # fmt: skip


def correct_matter(acting: Acting, *, matter: Matter, terms: MatterTerms, expected_version: int | None) -> None:
    """Put another title, kind or cadence in the place of what was entered."""
    if expected_version is not None and expected_version != matter.version:
        raise Conflict(
            _("Somebody changed this matter meanwhile."), field="expected_version", value=expected_version,
            remedy=_("Look at what it is now, then send again."),
        )  # fmt: skip
    refuse_withdrawn(matter)
    columns = _columns(checked_terms(terms))
    for name, value in columns.items():
        setattr(matter, name, value)
    with lawful():
        matter.save(update_fields=[*columns])


def withdraw(acting: Acting, *, matter: Matter, reason: str) -> None:
    """Take a matter off the table; what was held stays readable."""
    refuse_withdrawn(matter)
    matter.withdraw_reason = clean_text(reason, field="reason", most=REASON_MAX, wanted=True)
    matter.withdrawn_at = acting.now
    matter.save(update_fields=["withdraw_reason", "withdrawn_at"])


def refuse_withdrawn(matter: Matter) -> None:
    """Raise ``Conflict`` for a matter that was withdrawn."""
    if matter.withdrawn_at is not None:
        raise Conflict(
            _("This matter was withdrawn."), field="matter_id", value=matter.number,
            remedy=_("Open another matter; what was withdrawn stays as it was."),
        )  # fmt: skip


def _columns(terms: MatterTerms) -> dict[str, Any]:
    return {
        "number": terms.number, "title": terms.title, "kind": terms.kind.value, "cadence": terms.cadence.value,
        "text": terms.text,
    }  # fmt: skip


def enter_meeting(acting: Acting, *, matter: Matter, step_id: UUID, facts: MeetingFacts, digest: bytes) -> MatterStep:
    """Enter a meeting that was held on a matter. Raises ``InvalidInput``."""
    check_day(facts.held_on, field="held_on", future=False)
    check_votes(facts.entitled, present=facts.present, agreed=facts.agreed)
    if facts.notice_on is not None:
        check_day(facts.notice_on, field="notice_on", future=False)
        if facts.notice_on > facts.held_on:
            raise InvalidInput(
                _("A meeting is announced before it is held."), field="notice_on", value=facts.notice_on.isoformat(),
                remedy=_("Give the day on which people were told, or leave it empty."),
            )  # fmt: skip
    return _create(
        acting, matter, step_id, digest, step=STEP_OF[facts.body].value, body=facts.body.value, day=facts.held_on,
        entitled=facts.entitled, present=facts.present, agreed=facts.agreed, notice_on=facts.notice_on,
        way=facts.notice_way.value if facts.notice_way else "", location=facts.location, text=facts.text,
    )  # fmt: skip


def check_votes(entitled: int, *, present: int, agreed: int) -> None:
    """Refuse counts that cannot be. Raises ``InvalidInput``."""
    if not 1 <= entitled <= COUNT_MAX:
        raise InvalidInput(
            _("%(value)s is too little or too much here."), field="entitled", value=entitled,
            remedy=_("Give how many were entitled to come, from 1 to %(most)s."), most=COUNT_MAX,
        )  # fmt: skip
    for name, count, most in (("present", present, entitled), ("agreed", agreed, present)):
        if not 0 <= count <= most:
            raise InvalidInput(
                _("Nobody agrees who was not there, and nobody is there who may not be."), field=name, value=count,
                remedy=_("Give who were entitled, of them who were present, and of them who agreed."),
            )  # fmt: skip


def enter_disclosure(
    acting: Acting, *, matter: Matter, step_id: UUID, facts: DisclosureFacts, digest: bytes
) -> MatterStep:
    """Enter a disclosure. Raises ``InvalidInput``."""
    check_day(facts.posted_on, field="posted_on", future=False)
    if facts.result_on is not None:
        check_day(facts.result_on, field="result_on", future=False)
        if facts.what is not Disclosed.RESULT or facts.result_on > facts.posted_on:
            raise InvalidInput(
                _("A result is there before it is disclosed, and a resolution has none yet."), field="result_on",
                value=facts.result_on.isoformat(), remedy=_("Give the day of the result that was disclosed, or none."),
            )  # fmt: skip
    return _create(
        acting, matter, step_id, digest, step=STEP_OF_DISCLOSURE[facts.what].value, day=facts.posted_on,
        way=facts.way.value, location=facts.location, text=facts.text, result_on=facts.result_on,
    )  # fmt: skip


def _create(acting: Acting, matter: Matter, step_id: UUID, digest: bytes, **columns: Any) -> MatterStep:
    refuse_withdrawn(matter)
    if MatterStep.objects.filter(matter=matter).count() >= STEPS_MAX:
        raise TooLarge(_("A matter has at most %(most)s steps."), field="matter_id", most=STEPS_MAX)
    columns["location"] = clean_text(columns["location"], field="location", most=LOCATION_MAX)
    columns["text"] = clean_text(columns["text"], field="text", most=TEXT_MAX)
    with lawful():
        return MatterStep.objects.create(
            id=step_id, matter=matter, place_path=matter.place_path, digest=digest, at=acting.now,
            person_id=acting.actor.person_id, post_id=acting.actor.post_id, **columns,
        )  # fmt: skip


def strike(acting: Acting, *, step: MatterStep, reason: str) -> None:
    """Strike out a step that was entered in error. Raises ``Conflict`` for one that is struck out already."""
    refuse_struck(step)
    step.struck_at, step.struck_by = acting.now, acting.actor.person_id
    step.strike_reason = clean_text(reason, field="reason", most=REASON_MAX, wanted=True)
    step.save(update_fields=["struck_at", "struck_by", "strike_reason"])


def refuse_struck(step: MatterStep) -> None:
    """Raise ``Conflict`` for a step that was struck out."""
    if step.struck_at is not None:
        raise Conflict(
            _("This step was struck out."), field="step_id", value=str(step.id),
            remedy=_("Enter it anew as it was; what was struck out stays so."),
        )  # fmt: skip


def attest(acting: Acting, *, step: MatterStep) -> bool:
    """Attest a step as somebody else than who entered it; False where the actor has done so before.

    Raises ``Conflict`` for the one who entered it, and for who is not known by name.
    """
    refuse_struck(step)
    person_id = acting.actor.person_id
    if person_id is None or person_id == step.person_id:
        raise Conflict(
            _("Who entered a step cannot attest it as well."), field="step_id", value=str(step.id),
            remedy=_("Let another person of the village attest it."),
        )  # fmt: skip
    if StepAttestation.objects.filter(step=step, person_id=person_id).exists():
        return False
    with lawful():
        StepAttestation.objects.create(
            step=step, place_path=step.place_path, at=acting.now, person_id=person_id, post_id=acting.actor.post_id
        )
    return True


def enter_roll(acting: Acting, *, place: Place, roll_id: UUID, facts: RollFacts, digest: bytes) -> Roll:
    """Enter who is entitled to meet in a body from a day on. Raises ``InvalidInput``."""
    check_day(facts.since, field="since", future=False)
    names = checked_names(facts.names)
    with lawful():
        return Roll.objects.create(
            id=roll_id, place=place, place_path=place.path, digest=digest, body=facts.body.value, since=facts.since,
            count=len(names), names="\n".join(names), at=acting.now, person_id=acting.actor.person_id,
            post_id=acting.actor.post_id,
        )  # fmt: skip


def checked_names(names: Sequence[str]) -> list[str]:
    """Return names without blanks around them. Raises ``InvalidInput`` for none, too many, and for one with a line end.

    Two people may have one name.
    """
    if not 1 <= len(names) <= NAMES_MAX:
        raise InvalidInput(
            _("A roll has from 1 to %(most)s names."), field="names", value=len(names), most=NAMES_MAX,
            remedy=_("Write one name a line."),
        )  # fmt: skip
    found = [clean_text(name, field="names", most=NAME_MAX, wanted=True) for name in names]
    if any("\n" in name for name in found):
        raise InvalidInput(_("A name has one line."), field="names", remedy=_("Write one name a line."))
    return found


def facts_of(matter: Matter) -> MatterFacts:
    """Return a matter as its rules take it."""
    (facts,) = all_facts([matter]).values()
    return facts


def all_facts(matters: Sequence[Matter]) -> dict[UUID, MatterFacts]:
    """Return matters as their rules take them, by four queries however many they are."""
    ids = [matter.id for matter in matters]
    steps = list(MatterStep.objects.filter(matter_id__in=ids, struck_at__isnull=True).order_by("at", "id"))
    attested = _attested(steps)
    rolls = _rolls({matter.place_id for matter in matters})
    signed = dict(
        Contract.objects.filter(matter_id__in=ids).exclude(state=ContractState.STRUCK).order_by()
        .values_list("matter_id").annotate(first=Min("signed_on"))
    )  # fmt: skip
    return {
        matter.id: _facts(
            matter, [step for step in steps if step.matter_id == matter.id], attested, rolls, signed.get(matter.id)
        )
        for matter in matters
    }  # fmt: skip


def _facts(
    matter: Matter,
    steps: Iterable[MatterStep],
    attested: Mapping[UUID, int],
    rolls: Sequence[tuple[UUID, str, date, datetime, int]],
    signed_on: date | None,
) -> MatterFacts:
    meetings, disclosures = [], []
    for step in steps:
        if step.body:
            assert step.entitled is not None and step.present is not None and step.agreed is not None
            meetings.append(
                Meeting(
                    MeetingBody(step.body), step.day, step.entitled, step.present, step.agreed, step.notice_on,
                    _rolled(rolls, matter.place_id, step), attested.get(step.id, 0),
                )
            )  # fmt: skip
        else:
            what = Disclosed.RESOLUTION if step.step == Step.DISCLOSE_RESOLUTION.value else Disclosed.RESULT
            disclosures.append(Disclosure(what, step.day, step.result_on))
    return MatterFacts(MatterKind(matter.kind), Cadence(matter.cadence), tuple(meetings), tuple(disclosures), signed_on)


def _attested(steps: Sequence[MatterStep]) -> dict[UUID, int]:
    """How many others attested each step."""
    counts: dict[UUID, int] = {}
    rows = StepAttestation.objects.filter(step_id__in=[step.id for step in steps])
    for step_id in rows.values_list("step_id", flat=True):
        counts[step_id] = counts.get(step_id, 0) + 1
    return counts


def _rolls(place_ids: Iterable[UUID]) -> list[tuple[UUID, str, date, datetime, int]]:
    """The rolls of villages without their names, the newest first."""
    rows = Roll.objects.filter(place_id__in=list(place_ids)).order_by("-since", "-at")
    return list(rows.values_list("place_id", "body", "since", "at", "count"))


def _rolled(rolls: Sequence[tuple[UUID, str, date, datetime, int]], place_id: UUID, step: MatterStep) -> int | None:
    """How many names stood on the roll of a body on the day of a meeting."""
    return next(
        (
            count for place, body, since, _at, count in rolls
            if place == place_id and body == step.body and since <= step.day
        ),
        None,
    )  # fmt: skip


def settle(acting: Acting, matter: Matter) -> None:
    """Write what follows from the steps of a matter: what is next, when it is due, and how much is found."""
    today, policy, facts = acting.today, current_policy(), facts_of(matter)
    found = list(judge_matter(facts, policy=policy, today=today))
    step = next_step(facts, carried=carried(facts, policy=policy, today=today))
    if matter.withdrawn_at is not None:
        step = None
    matter.next_step = step.value if step is not None else ""
    matter.due_on = disclosure_due(facts, step, policy) if step in DISCLOSURES else None
    matter.flags = sum(one.severity is not Severity.NOTICE for one in found)
    matter.version, matter.changed_at = matter.version + 1, acting.now
    matter.save(update_fields=["next_step", "due_on", "flags", "version", "changed_at"])


def record(acting: Acting, matter: Matter, *, step: MatterStep | None = None) -> None:
    """Record what a matter is after the act, with the step that was entered, attested or struck out."""
    after: dict[str, object] = {
        "place": matter.place_id, "version": matter.version, "number": matter.number, "title": matter.title,
        "kind": matter.kind, "cadence": matter.cadence, "text": matter.text, "next_step": matter.next_step,
        "due_on": matter.due_on, "flags": matter.flags, "withdrawn_at": matter.withdrawn_at,
        "withdraw_reason": matter.withdraw_reason,
    }  # fmt: skip
    if step is not None:
        names = (
            "id", "step", "body", "day", "entitled", "present", "agreed", "notice_on", "way", "location", "text",
            "result_on", "at", "person_id", "post_id", "struck_at", "struck_by", "strike_reason",
        )  # fmt: skip
        others = step.attestations.order_by("id").values("person_id", "post_id", "at")[:STEPS_MAX]
        after["step"] = {name: getattr(step, name) for name in names} | {"attested": list(others)}
    acting.record(f"matter:{matter.id}", after=after)


def record_roll(acting: Acting, roll: Roll) -> None:
    """Record a roll."""
    acting.record(
        f"roll:{roll.id}",
        after={
            "place": roll.place_id, "body": roll.body, "since": roll.since, "count": roll.count, "names": roll.names,
        },
    )  # fmt: skip


def resolutions_of(matter_ids: Iterable[UUID]) -> dict[UUID, Resolution]:
    """Return the resolutions of matters as they were held: what contracts take from them. One query for all."""
    ids = list(matter_ids)
    rows = MatterStep.objects.filter(matter_id__in=ids, step=Step.RESOLVE.value, struck_at__isnull=True) if ids else []
    held: dict[UUID, list[Meeting]] = {}
    for one in sorted(rows, key=lambda row: (row.at, row.id)):
        votes = (one.entitled or 0, one.present or 0, one.agreed or 0)
        held.setdefault(one.matter_id, []).append(Meeting(MeetingBody(one.body), one.day, *votes, one.notice_on))
    return {
        matter_id: counting.resolution
        for matter_id, meetings in held.items()
        if (counting := MatterFacts(MatterKind.OTHER, Cadence.QUARTERLY, tuple(meetings)).meeting(Step.RESOLVE))
    }
