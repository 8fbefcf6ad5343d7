"""Findings that went round before they came here, each with everything it moved: for imports and demonstrations.

They are written by sets, a few hundred at once, and come out as single acts at their times would have made them: orders
of the flow with their clocks, steps and entries; effects that waited in the village's book, and were booked with the
closing. The database holds them to the same laws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone, translation

from tianqu.base.errors import InvalidInput, NotFound, TooLarge, _
from tianqu.base.identifiers import named_identifier
from tianqu.base.texts import clean_text, shortened
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.ledgers.api import (
    KnownBook,
    NewLeg,
    NewResolution,
    NewTransfer,
    post_prepared_within,
    prepare_transfers,
    resolve_many_within,
)
from tianqu.kernel.orders.api import TITLE_MAX, PastOrders
from tianqu.kernel.places.api import Unit
from tianqu.packs.village.findings.flow import ITEM
from tianqu.packs.village.findings.models import EffectKind, Finding, FindingAnswer, FindingEffect, SubjectKind
from tianqu.packs.village.findings.registers.effects import TRANSFER_KIND, unit_of_kind
from tianqu.packs.village.findings.registers.matters import COLUMNS, OFFICE, RECTIFY_DAYS, REGISTERS, last_moment
from tianqu.packs.village.findings.registers.recording import counties_of, record_finding
from tianqu.packs.village.findings.words import told_sentence
from tianqu.packs.village.models import Judgement
from tianqu.packs.village.registers.refusals import check_day, digest_of
from tianqu.packs.village.rules.laws import Severity

WHOLE_MAX: Final = 1_000
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class WholeEffect:
    """What was moved: in 0.0001 mu for land, in fen for money, between two accounts of the village's own book.

    ``day`` is the business day on which it was done; it was booked on the day of the closing.
    """

    transfer_id: UUID
    kind: EffectKind
    amount: int
    book: KnownBook
    debit_id: int
    credit_id: int
    day: date
    voucher: str = ""
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class WholeFinding:
    """A finding about a contract, a parcel or a holding, opened, accepted, answered and closed at its times.

    With ``rule`` it is what the newest judgement of the contract before the opening found by that rule, if it did.
    Without ``closed_at`` it still waits for an inspector, without ``answered_at`` for its village; without
    ``accepted_at`` the village never said that it had come. ``rectify_by`` is thirty days after the opening if none is
    given. The thing itself is the evidence of the answer.
    """

    finding_id: UUID
    subject: SubjectKind
    subject_id: UUID
    opened_at: datetime
    text: str = ""
    rule: str = ""
    severity: Severity = Severity.FLAG
    rectify_by: date | None = None
    accepted_at: datetime | None = None
    answered_at: datetime | None = None
    answer: str = ""
    effects: tuple[WholeEffect, ...] = ()
    closed_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Subject:
    place_id: UUID
    place_path: str
    number: str
    unit_id: UUID


def bring(acting: Acting, *, findings: Sequence[WholeFinding], auditor: Actor, inspector: Actor) -> int:
    """Write findings with everything that they moved; what is there already is left as it is. Return how many are new.

    Raises ``NotFound`` for a thing or an office that is not there, ``InvalidInput`` for times out of order.
    """
    if not 1 <= len(findings) <= WHOLE_MAX:
        raise TooLarge(
            _("From 1 to %(most)s findings are brought in at once."), field="findings", value=len(findings),
            most=WHOLE_MAX,
        )  # fmt: skip
    known = set(Finding.objects.filter(order_id__in=[one.finding_id for one in findings]).values_list("pk", flat=True))
    new = [one for one in findings if one.finding_id not in known]
    for one in new:
        _check_times(one)
    subjects, judged = _subjects(new), _judged(new)
    past, rows = PastOrders(acting), dict[UUID, Finding]()
    for one in new:
        rows[one.finding_id] = _opened(past, one, subjects[one.subject_id], _found(one, judged), auditor)
        if one.accepted_at is not None:
            office = _office(past, rows[one.finding_id])
            past.move(one.finding_id, act="village.accept_finding", at=one.accepted_at, by=office)
    answers = [_answered(past, one, rows[one.finding_id]) for one in new if one.answered_at is not None]
    past.write()
    Finding.objects.bulk_create(rows.values(), batch_size=BATCH)
    FindingAnswer.objects.bulk_create(answers, batch_size=BATCH)
    _reserve(acting, new, {answer.finding_id: answer for answer in answers})
    _close(acting, past, new, rows, inspector)
    counties = counties_of({str(finding.place_path) for finding in rows.values()})
    for one in new:
        finding = rows[one.finding_id]
        booked = _booked(one) if finding.upheld else {}
        record_finding(acting, finding, county=counties.get(str(finding.place_path), ""), put_right=booked)
    return len(new)


def _booked(one: WholeFinding) -> dict[str, int]:
    booked: dict[str, int] = {}
    for effect in one.effects:
        booked[effect.kind.value] = booked.get(effect.kind.value, 0) + effect.amount
    return booked


def _check_times(one: WholeFinding) -> None:
    check_day(timezone.localdate(one.opened_at), field="findings")
    later = (one.accepted_at, one.answered_at, one.closed_at)
    times = [one.opened_at, *(at for at in later if at is not None)]
    days = [effect.day for effect in one.effects]
    answered = timezone.localdate(one.answered_at) if one.answered_at is not None else None
    sound = (
        times == sorted(times)
        and (one.answered_at is not None or not (one.closed_at or one.effects))
        and all(answered is not None and day <= answered for day in days)
    )
    if not sound:
        raise InvalidInput(
            _("A finding is opened, accepted, answered and closed in this order."), field="findings",
            value=str(one.finding_id),
            remedy=_("Give the times in their order, and effects of days up to the answer."),
        )  # fmt: skip


def _subjects(findings: Sequence[WholeFinding]) -> dict[UUID, _Subject]:
    """What the findings are about, with the office of each village, by some queries. Raises ``NotFound``."""
    found: dict[UUID, tuple[UUID, str, str]] = {}
    for kind, register in REGISTERS.items():
        wanted = [one.subject_id for one in findings if one.subject is kind]
        for thing, *told in register.objects.filter(id__in=wanted).values_list(
            "id", "place_id", "place_path", "number"
        ):
            found[thing] = (told[0], str(told[1]), told[2])
    places = {place_id for place_id, _path, _number in found.values()}
    offices = dict(Unit.objects.filter(kind=OFFICE, place_id__in=places).order_by("code").values_list("place_id", "id"))
    for one in findings:
        if one.subject_id not in found or found[one.subject_id][0] not in offices:
            raise NotFound(
                _("There is nothing that a finding could be about, or no office that could answer."),
                field="findings", value=str(one.subject_id),
                remedy=_("Enter the thing and the village's committee first."),
            )  # fmt: skip
    return {thing: _Subject(*told, offices[told[0]]) for thing, told in found.items()}


def _judged(findings: Sequence[WholeFinding]) -> dict[UUID, list[Judgement]]:
    """Every judgement of the contracts that a rule found fault with, the newest first."""
    wanted = [one.subject_id for one in findings if one.rule]
    judged: dict[UUID, list[Judgement]] = {}
    for judgement in Judgement.objects.filter(contract_id__in=wanted).order_by("-at", "-id"):
        judged.setdefault(judgement.contract_id, []).append(judgement)
    return judged


def _found(one: WholeFinding, judged: Mapping[UUID, Sequence[Judgement]]) -> Judgement | None:
    """The judgement on which a finding rests: the newest at its opening, for what is put right is found no more.

    Of a contract that was first judged later, as happens where registers move in from elsewhere, the oldest.
    """
    known = judged.get(one.subject_id, ()) if one.rule else ()
    return next((each for each in known if each.at <= one.opened_at), known[-1] if known else None)


def _opened(
    past: PastOrders, one: WholeFinding, thing: _Subject, judgement: Judgement | None, auditor: Actor
) -> Finding:
    found = judgement.findings if judgement is not None else ()
    told: dict[str, Any] = next((each for each in found if each["rule"] == one.rule), {})
    with translation.override(settings.LANGUAGE_CODE):  # what is kept is written in the realm's language
        title, sentence = told_sentence(one.subject, thing.number, told)
    opened_on = timezone.localdate(one.opened_at)
    by = one.rectify_by or opened_on + timedelta(days=RECTIFY_DAYS)
    act, text = "village.open_finding", clean_text(one.text, field="findings", most=2_000)
    past.place(
        item=ITEM, order_id=one.finding_id, place_id=thing.place_id, title=shortened(title, most=TITLE_MAX),
        description="\n".join(part for part in (sentence, text) if part) or title, at=one.opened_at, by=auditor,
        act=act,
    )  # fmt: skip
    past.move(
        one.finding_id, act=act, at=one.opened_at, by=auditor, note=text, unit_id=thing.unit_id,
        finish_by=last_moment(by), data={"rectify_by": by.isoformat()},
    )  # fmt: skip
    return Finding(
        order_id=one.finding_id, place_id=thing.place_id, place_path=thing.place_path, unit_id=thing.unit_id,
        subject=one.subject.value, number=thing.number, rule=one.rule, judgement=judgement if told else None, told=told,
        severity=told["severity"] if told else one.severity.value, digest=digest_of("whole", one.finding_id),
        opened_on=opened_on, opened_unit_id=auditor.unit_id, rectify_by=by, **{COLUMNS[one.subject]: one.subject_id},
    )  # fmt: skip


def _office(past: PastOrders, finding: Finding) -> Actor:
    """The village's office; which of its people acted for it is not known."""
    return Actor(channel=past.acting.actor.channel, unit_id=finding.unit_id)


def _answered(past: PastOrders, one: WholeFinding, finding: Finding) -> FindingAnswer:
    """The village's answer."""
    assert one.answered_at is not None
    office = _office(past, finding)
    evidence = [{"kind": one.subject.value, "id": str(one.subject_id), "number": finding.number, "standing": ""}]
    answer_id = named_identifier(f"finding:{one.finding_id}/answer")
    sequence = past.move(
        one.finding_id, act="village.answer_finding", at=one.answered_at, by=office,
        note=clean_text(one.answer, field="findings", most=2_000, wanted=True),
        data={
            "answer": str(answer_id), "evidence": evidence, "effects": [str(each.transfer_id) for each in one.effects],
        },
    )  # fmt: skip
    finding.answered_on, finding.answered_unit_id = timezone.localdate(one.answered_at), finding.unit_id
    return FindingAnswer(
        id=answer_id, finding=finding, place_path=finding.place_path, sequence=sequence, at=one.answered_at,
        unit_id=finding.unit_id, evidence=evidence, digest=finding.digest,
    )  # fmt: skip


def _reserve(acting: Acting, findings: Sequence[WholeFinding], answers: Mapping[UUID, FindingAnswer]) -> None:
    """Reserve everything that the answers move, by one statement, and say which answer rests on what."""
    transfers = [
        (effect.book, NewTransfer(
            effect.transfer_id, effect.day,
            (NewLeg(effect.debit_id, effect.amount), NewLeg(effect.credit_id, -effect.amount)), TRANSFER_KIND,
            purpose=effect.purpose, reference=f"finding:{one.finding_id}", voucher=effect.voucher, pending=True,
        ))
        for one in findings for effect in one.effects
    ]  # fmt: skip
    if transfers:
        at = max(one.answered_at for one in findings if one.answered_at is not None)
        prepared = prepare_transfers(acting.actor, act=acting.act, at=at, transfers=transfers)
        post_prepared_within(acting, prepared=prepared)
    FindingEffect.objects.bulk_create(
        [
            FindingEffect(
                transfer_id=effect.transfer_id, finding_id=one.finding_id, answer=answers[one.finding_id],
                place_path=answers[one.finding_id].place_path, kind=effect.kind, unit=unit_of_kind(effect.kind),
                amount=effect.amount,
            )
            for one in findings for effect in one.effects
        ],
        batch_size=BATCH,
    )  # fmt: skip


def _close(
    acting: Acting, past: PastOrders, findings: Sequence[WholeFinding], rows: Mapping[UUID, Finding], inspector: Actor
) -> None:
    """Close those that were closed, and book what they rest on, each on the day of its closing."""
    resolutions = []
    closed = [(one, one.closed_at) for one in findings if one.closed_at is not None]
    for one, at in closed:
        note = clean_text(one.note, field="findings", most=2_000, wanted=True)
        past.move(one.finding_id, act="village.close_finding", at=at, by=inspector, note=note)
        finding, day = rows[one.finding_id], timezone.localdate(at)
        finding.closed_on, finding.upheld = day, True
        finding.closed_unit_id, finding.closed_person_id = inspector.unit_id, inspector.person_id
        resolutions += [
            NewResolution(each.transfer_id, each.book, "posted", day, f"finding:{one.finding_id}")
            for each in one.effects
        ]
    past.write()
    for day, some in groupby(sorted(closed, key=lambda pair: pair[1]), key=lambda pair: timezone.localdate(pair[1])):
        Finding.objects.filter(order_id__in=[one.finding_id for one, _at in some]).update(
            closed_on=day, upheld=True, closed_unit_id=inspector.unit_id, closed_person_id=inspector.person_id
        )
    if resolutions:
        resolve_many_within(acting, resolutions=resolutions, at=max(at for _one, at in closed))
