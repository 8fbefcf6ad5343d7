"""What is done about findings: opened by an auditor, answered by the village, decided by another office's inspector.

Each act moves the finding's order by the step of that name (``flow``) and writes what it means in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import translation

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooMany, _, at_field
from tianqu.base.texts import clean_text, shortened
from tianqu.kernel.journal.api import Acting, Actor, DoneBefore, act
from tianqu.kernel.orders.api import TITLE_MAX, move_within, place_within
from tianqu.kernel.places.api import require
from tianqu.packs.village.findings import drawing as lots
from tianqu.packs.village.findings.flow import ITEM
from tianqu.packs.village.findings.models import (
    Drawing,
    DrawingSeed,
    DrawnFinding,
    EffectKind,
    Finding,
    FindingAnswer,
    FindingComment,
    ReinspectionResult,
    SubjectKind,
)
from tianqu.packs.village.findings.notices import tell_answered
from tianqu.packs.village.findings.registers import effects as effects_of
from tianqu.packs.village.findings.registers import recovering, settling, whole
from tianqu.packs.village.findings.registers.effects import NewEffect
from tianqu.packs.village.findings.registers.matters import (
    Evidence,
    checked_rectify_by,
    columns_of,
    finding_with,
    last_moment,
    matter_sent_before,
    newest_judgement,
    office_of,
    place_within_reach,
    refuse_own_office,
    refuse_second,
    subject_with,
    told_evidence,
)
from tianqu.packs.village.findings.registers.recording import record_drawing, record_finding
from tianqu.packs.village.findings.registers.whole import WholeFinding
from tianqu.packs.village.findings.words import told_sentence
from tianqu.packs.village.registers.contracts import contract_with
from tianqu.packs.village.registers.refusals import check_day, digest_of
from tianqu.packs.village.rules.laws import Severity

TEXT_MAX: Final = 2_000
POPULATION_MAX: Final = 50_000
COUNT_MAX: Final = 1_000
DRAW_DAYS_MAX: Final = 3_660


def _may_on_subject(acting: Acting, /, **arguments: Any) -> None:
    """Require the act's permission on the thing that is found fault with."""
    require(acting.actor, acting.act)
    subject_with(acting.actor, arguments["subject"], arguments["subject_id"])


def _may_on_finding(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    finding_with(arguments["finding_id"], acting.actor)


def _may_decide(acting: Acting, /, **arguments: Any) -> None:
    """Require the permission, and that the actor sits in another office than the one that answered."""
    _may_on_finding(acting, **arguments)
    refuse_own_office(acting, finding_with(arguments["finding_id"], acting.actor))


@act("village.open_finding", may=_may_on_subject)
def open_finding(
    acting: Acting,
    *,
    finding_id: UUID,
    subject: SubjectKind,
    subject_id: UUID,
    text: str = "",
    rule: str = "",
    severity: Severity = Severity.FLAG,
    rectify_by: date | None = None,
) -> UUID:
    """Open a finding about a contract, a parcel, a holding or a transfer, and send it to the village to put right.

    With ``rule`` it is what the newest judgement of the contract found by that rule, with its numbers and how grave it
    is; without, the auditor says it in ``text``. ``rectify_by`` is the last day for it, thirty days from now if none is
    given. ``finding_id`` is given by the client and is the order's too: the same sent again changes nothing.

    Raises ``InvalidInput``, ``NotFound`` for a rule that found nothing, ``Conflict`` while a finding of the same rule
    on the same thing is open, ``NotPermitted`` for the village's own office.
    """
    digest = digest_of("finding", subject, subject_id, text, rule, severity, rectify_by)
    if matter_sent_before(finding_id, digest, field="finding_id"):
        raise DoneBefore(finding_id)
    thing = subject_with(acting.actor, subject, subject_id)
    unit_id = office_of(thing.place)
    if acting.actor.unit_id == unit_id:
        raise NotPermitted(
            _("A village opens no findings about itself (%(permission)s)."), permission=acting.act,
            remedy=_("Tell the township's auditor."),
        )  # fmt: skip
    today = acting.today
    rectify_by = checked_rectify_by(rectify_by, today=today)
    text = clean_text(text, field="text", most=TEXT_MAX, wanted=not rule)
    judgement, told = None, dict[str, Any]()
    if rule:
        if subject is not SubjectKind.CONTRACT:
            raise InvalidInput(
                _("Rules are asked of contracts alone."), field="rule", value=rule[:40],
                remedy=_("Say in your own words what is wrong, without a rule."),
            )  # fmt: skip
        contract = contract_with(subject_id, acting.actor, lock=True)
        judgement, told = newest_judgement(contract, rule)
        severity = Severity(told["severity"])
    refuse_second(thing.kind, subject_id=thing.id, rule=rule)
    with translation.override(settings.LANGUAGE_CODE):  # what is kept is written in the realm's language
        title, sentence = told_sentence(thing.kind, thing.number, told)
    place_within(
        acting, item=ITEM, place_id=thing.place.id, order_id=finding_id, title=shortened(title, most=TITLE_MAX),
        description="\n".join(part for part in (sentence, text) if part),
    )  # fmt: skip
    finding = Finding.objects.create(
        order_id=finding_id, unit_id=unit_id, rule=rule, severity=severity.value, judgement=judgement, told=told,
        digest=digest, opened_on=today, opened_unit_id=acting.actor.unit_id, rectify_by=rectify_by, **columns_of(thing),
    )  # fmt: skip
    move_within(
        acting, order_id=finding_id, unit_id=unit_id, finish_by=last_moment(rectify_by), note=text,
        data={"rectify_by": rectify_by.isoformat()},
    )  # fmt: skip
    record_finding(acting, finding, text=text)
    return finding_id


@act("village.accept_finding", may=_may_on_finding)
def accept_finding(acting: Acting, *, finding_id: UUID, expected_version: int | None = None) -> None:
    """Say for the village that the finding has come and is being put right. Raises ``Conflict`` if it has moved on."""
    finding = finding_with(finding_id, acting.actor, lock=True)
    move_within(acting, order_id=finding_id, expected_version=expected_version)
    record_finding(acting, finding)


@act("village.answer_finding", may=_may_on_finding)
def answer_finding(
    acting: Acting,
    *,
    finding_id: UUID,
    answer_id: UUID,
    text: str,
    evidence: Sequence[Evidence] = (),
    effects: Sequence[NewEffect] = (),
    files: Sequence[UUID] = (),
    expected_version: int | None = None,
) -> UUID:
    """Answer a finding for the village: what was done, with things of the register, amounts and files that show it.

    Each of ``effects`` is reserved in the village's book as a pending transfer, which counts when the finding is closed
    and not before. ``files`` were handed in before and are attached. ``answer_id`` is the client's: the same sent again
    changes nothing. Of money each effect names how it was paid, and its voucher unless files show it. Raises
    ``InvalidInput`` for what nothing shows or nobody says how it was paid, ``NotFound``, ``Conflict``.
    """
    digest = digest_of("answer", finding_id, text, list(evidence), list(effects), list(files))
    if matter_sent_before(answer_id, digest, field="answer_id"):
        raise DoneBefore(answer_id)
    finding = finding_with(finding_id, acting.actor, lock=True)
    text = clean_text(text, field="text", most=TEXT_MAX, wanted=True)
    if not (evidence or effects or files):
        raise InvalidInput(
            _("An answer needs something that shows what was done."), field="evidence",
            remedy=_("Name a contract, a parcel, a holding or a payment, or attach a photo."),
        )  # fmt: skip
    for each in effects:
        effects_of.check_paid(EffectKind(each.kind), debit=each.debit, credit=each.credit)
        effects_of.check_shown(EffectKind(each.kind), voucher=each.voucher, files=files)
    told = told_evidence(acting.actor, finding, evidence)
    moved = move_within(
        acting, order_id=finding_id, note=text, files=files, expected_version=expected_version,
        data={"answer": str(answer_id), "evidence": told, "effects": [str(one.transfer_id) for one in effects]},
    )  # fmt: skip
    finding.answered_on = acting.today
    finding.answered_unit_id, finding.answered_person_id = acting.actor.unit_id, acting.actor.person_id
    finding.save(update_fields=["answered_on", "answered_unit_id", "answered_person_id"])
    answer = FindingAnswer.objects.create(
        id=answer_id, finding=finding, place_path=finding.place_path, sequence=moved.sequence, at=acting.now,
        person_id=acting.actor.person_id, post_id=acting.actor.post_id, unit_id=acting.actor.unit_id, evidence=told,
        digest=digest,
    )  # fmt: skip
    settling.refuse_too_much(finding, answer, effects)
    effects_of.reserve(acting, finding, answer, effects)
    record_finding(acting, finding, answer=answer_id, evidence=told, effects=[one.transfer_id for one in effects])
    tell_answered(acting, finding, moved)
    return answer_id


@act("village.extend_finding", may=_may_on_finding)
def extend_finding(
    acting: Acting, *, finding_id: UUID, rectify_by: date, reason: str, expected_version: int | None = None
) -> None:
    """Give the village until a later day, before the time is over and not beyond what the item allows in all."""
    finding = finding_with(finding_id, acting.actor, lock=True)
    _refuse_village(acting, finding)
    reason = clean_text(reason, field="reason", most=TEXT_MAX, wanted=True)
    finding.rectify_by = checked_rectify_by(rectify_by, today=acting.today)
    try:
        move_within(
            acting, order_id=finding_id, finish_by=last_moment(rectify_by), note=reason,
            expected_version=expected_version, data={"rectify_by": rectify_by.isoformat()},
        )  # fmt: skip
    except InvalidInput as error:
        raise at_field(error, "rectify_by") from error
    finding.save(update_fields=["rectify_by"])
    record_finding(acting, finding, reason=reason)


@act("village.comment_finding", may=_may_on_finding)
def comment_finding(
    acting: Acting, *, finding_id: UUID, comment_id: UUID, text: str, files: Sequence[UUID] = ()
) -> UUID:
    """Say something about a finding, ask for papers or hand them in: the offices that work on it read it.

    It overwrites nothing, so it expects no version. ``comment_id`` is the client's: the same sent again changes
    nothing. Raises ``InvalidInput``, ``NotFound``, ``Conflict`` for another one under its identifier.
    """
    digest = digest_of("comment", finding_id, text, list(files))
    if matter_sent_before(comment_id, digest, field="comment_id"):
        raise DoneBefore(comment_id)
    finding = finding_with(finding_id, acting.actor)
    text = clean_text(text, field="text", most=TEXT_MAX, wanted=True)
    moved = move_within(acting, order_id=finding_id, note=text, files=files)
    FindingComment.objects.create(
        id=comment_id, finding=finding, place_path=finding.place_path, sequence=moved.sequence, digest=digest
    )
    record_finding(acting, finding, comment=text)
    return comment_id


@act("village.close_finding", may=_may_decide)
def close_finding(acting: Acting, *, finding_id: UUID, note: str, expected_version: int | None = None) -> int:
    """Close an answered finding as put right, and post everything that its answer rests on; return how much that was.

    The register says what it settled of a claim or debt. Only an inspector of another office than the village's and the
    one that answered may. Raises ``Conflict`` where it is not answered, for a closed period, and where less is owed.
    """
    finding = finding_with(finding_id, acting.actor, lock=True)
    refuse_own_office(acting, finding)  # again, now that nobody can answer meanwhile
    note = clean_text(note, field="note", most=TEXT_MAX, wanted=True)
    _end(acting, finding, upheld=True)
    move_within(acting, order_id=finding_id, note=note, expected_version=expected_version)
    posted = effects_of.resolve_all(acting, finding, outcome="posted", reason=f"finding:{finding_id}")
    settling.settle(acting, finding, posted)
    recovering.recover(acting, finding, posted)
    record_finding(acting, finding, note=note, posted=len(posted))
    return len(posted)


@act("village.dismiss_finding", may=_may_decide)
def dismiss_finding(acting: Acting, *, finding_id: UUID, reason: str, expected_version: int | None = None) -> int:
    """Dismiss a finding that is not upheld, and void everything that an answer rests on; return how much that was.

    Only an inspector of another office may. Raises ``Conflict`` for a finding that is closed.
    """
    finding = finding_with(finding_id, acting.actor, lock=True)
    refuse_own_office(acting, finding)
    reason = clean_text(reason, field="reason", most=TEXT_MAX, wanted=True)
    _end(acting, finding, upheld=False)
    move_within(acting, order_id=finding_id, note=reason, expected_version=expected_version)
    voided = len(effects_of.resolve_all(acting, finding, outcome="voided", reason=f"finding:{finding_id}"))
    record_finding(acting, finding, reason=reason, voided=voided)
    return voided


@act("village.send_back_finding", may=_may_decide)
def send_back_finding(
    acting: Acting, *, finding_id: UUID, reason: str, rectify_by: date | None = None,
    expected_version: int | None = None,
) -> int:  # fmt: skip
    """Send an answered finding back to the village with the reason, and void what its answer rests on; say how much.

    The village answers anew, by ``rectify_by``. Only an inspector of another office may.
    """
    finding = finding_with(finding_id, acting.actor, lock=True)
    refuse_own_office(acting, finding)
    reason = _again(acting, finding, reason=reason, rectify_by=rectify_by, expected_version=expected_version)
    voided = len(effects_of.resolve_all(acting, finding, outcome="voided", reason=f"finding:{finding_id}"))
    record_finding(acting, finding, reason=reason, voided=voided)
    return voided


@act("village.reopen_finding", may=_may_decide)
def reopen_finding(
    acting: Acting, *, finding_id: UUID, reason: str, rectify_by: date | None = None,
    expected_version: int | None = None,
) -> int:  # fmt: skip
    """Open a finding that was closed or dismissed again, and take back what was posted with it; say how much that was.

    What was posted is taken back by reversals of today, and owed again in the register; the village answers anew, by
    ``rectify_by``. Where it was drawn for a second look, this is what the look came to. Only an inspector of another
    office may. Raises ``Conflict`` for a finding that is open, and while another one of its rule on the same thing is.
    """
    finding = finding_with(finding_id, acting.actor, lock=True)
    refuse_own_office(acting, finding)
    if finding.contract_id is not None:
        contract_with(finding.contract_id, acting.actor, lock=True)  # nobody opens a second one meanwhile
    refuse_second(SubjectKind(finding.subject), subject_id=finding.subject_id, rule=finding.rule, but=finding_id)
    finding.closed_on, finding.closed_unit_id, finding.closed_person_id, finding.upheld = None, None, None, None
    reason = _again(acting, finding, reason=reason, rectify_by=rectify_by, expected_version=expected_version)
    taken = effects_of.take_back(acting, finding, purpose=f"finding:{finding_id}")
    settling.unsettle(acting, finding, taken)
    recovering.unrecover(acting, finding, taken)
    for one in finding.drawn.filter(result="").select_for_update():
        _tell_result(acting, one, ReinspectionResult.REOPENED)
    record_finding(acting, finding, reason=reason, taken_back=len(taken))
    return len(taken)


def _again(
    acting: Acting, finding: Finding, *, reason: str, rectify_by: date | None, expected_version: int | None
) -> str:
    """Begin another round; return the reason as it is kept."""
    reason = clean_text(reason, field="reason", most=TEXT_MAX, wanted=True)
    finding.rectify_by = checked_rectify_by(rectify_by, today=acting.today)
    finding.save()
    move_within(
        acting, order_id=finding.order_id, finish_by=last_moment(finding.rectify_by), note=reason,
        expected_version=expected_version, data={"rectify_by": finding.rectify_by.isoformat()},
    )  # fmt: skip
    return reason


def _end(acting: Acting, finding: Finding, *, upheld: bool) -> None:
    finding.closed_on, finding.upheld = acting.today, upheld
    finding.closed_unit_id, finding.closed_person_id = acting.actor.unit_id, acting.actor.person_id
    if upheld and finding.answered_on is None:
        raise Conflict(
            _("The village has not answered this finding."), field="finding_id", value=str(finding.order_id),
            remedy=_("Wait for its answer, or dismiss the finding."),
        )  # fmt: skip
    finding.save(update_fields=["closed_on", "upheld", "closed_unit_id", "closed_person_id"])


def _refuse_village(acting: Acting, finding: Finding) -> None:
    if acting.actor.unit_id == finding.unit_id:
        raise NotPermitted(
            _("A village gives itself no more time (%(permission)s)."), permission=acting.act,
            remedy=_("Ask the township's auditor."),
        )  # fmt: skip


def _may_bring_in(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    if not acting.actor.scope.everything:
        raise NotPermitted(
            _("Findings are brought in whole by the installation alone (%(permission)s)."), permission=acting.act,
            remedy=_("Open them one by one."),
        )  # fmt: skip


@act("village.bring_in_findings", may=_may_bring_in)
def bring_in_findings(
    acting: Acting, *, findings: Sequence[WholeFinding], auditor: Actor, inspector: Actor
) -> int:  # fmt: skip
    """Bring in up to 1,000 findings that went round before, with everything they moved; return how many were new.

    ``auditor`` opened them and ``inspector`` closed them: posts of other offices than the villages'. For imports and
    demonstrations: what single acts at their times would have written is written, and what is there already is left.
    """
    if inspector.unit_id is None or inspector.person_id is None:
        raise InvalidInput(
            _("A finding is closed by somebody with a post."), field="inspector", remedy=_("Name an inspector.")
        )
    if not (count := whole.bring(acting, findings=findings, auditor=auditor, inspector=inspector)):
        raise DoneBefore(0)
    return count


def _may_in_place(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    place_within_reach(arguments["place_id"], acting.actor)


def _may_on_drawing(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    place_within_reach(_drawing(arguments["drawing_id"]).place_id, acting.actor)


def _drawing(drawing_id: UUID) -> Drawing:
    drawing = Drawing.objects.filter(id=drawing_id).first()
    if drawing is None:
        raise _no_drawing(drawing_id)
    return drawing


def _no_drawing(drawing_id: UUID) -> NotFound:
    return NotFound(
        _("There is no such drawing."), field="drawing_id", value=str(drawing_id),
        remedy=_("Choose a drawing of the list."),
    )  # fmt: skip


@act("village.announce_drawing", may=_may_in_place)
def announce_drawing(
    acting: Acting, *, place_id: UUID, drawing_id: UUID, first_day: date, last_day: date, draw_on: date, count: int
) -> str:
    """Announce that ``count`` findings closed between two days are drawn for a second look; return the commitment.

    The seed is made here, by chance, and nobody sees it; its SHA-256 is published and stands in the journal from now
    on. Drawn is on ``draw_on`` or later, which lies after today and after ``last_day``. An announced drawing that is
    never drawn stays in sight. ``drawing_id`` is the client's: the same sent again returns the same commitment.
    """
    digest = digest_of("drawing", place_id, first_day, last_day, draw_on, count)
    if matter_sent_before(drawing_id, digest, field="drawing_id"):
        raise DoneBefore(_drawing(drawing_id).commitment)
    place, today = place_within_reach(place_id, acting.actor), acting.today
    for day, field in ((first_day, "first_day"), (last_day, "last_day"), (draw_on, "draw_on")):
        check_day(day, field=field)
    if not first_day <= last_day < draw_on or not 0 < (draw_on - today).days <= DRAW_DAYS_MAX:
        raise InvalidInput(
            _("%(value)s is no day on which it can be drawn."), field="draw_on", value=draw_on.isoformat(),
            remedy=_("Choose a day to come, after the days in which the findings are closed."),
        )  # fmt: skip
    if not 1 <= count <= COUNT_MAX:
        raise InvalidInput(_("From 1 to %(most)s findings are drawn."), field="count", value=count, most=COUNT_MAX)
    seed = lots.new_seed()
    drawing = Drawing.objects.create(
        id=drawing_id, place=place, place_path=place.path, first_day=first_day, last_day=last_day, draw_on=draw_on,
        count=count, commitment=lots.commitment_of(seed), announced_at=acting.now,
        announced_unit_id=acting.actor.unit_id, digest=digest,
    )  # fmt: skip
    DrawingSeed(drawing=drawing, seed=seed).save(force_insert=True)
    record_drawing(acting, drawing)
    return drawing.commitment


@act("village.draw_findings", may=_may_on_drawing)
def draw_findings(acting: Acting, *, drawing_id: UUID) -> list[str]:
    """Draw what was announced, and tell the seed; return the codes that were drawn, in their order.

    Drawn is among all findings of the place that were closed between the announced days and are closed still; their
    codes are published with the seed, so that anybody draws the same. Raises ``Conflict`` before its day, and for a
    drawing that was drawn.
    """
    drawing = Drawing.objects.select_for_update().filter(id=drawing_id).first()
    if drawing is None:
        raise _no_drawing(drawing_id)
    if drawing.drawn_at is not None or acting.today < drawing.draw_on:
        raise Conflict(
            _("This was drawn already.") if drawing.drawn_at is not None else _("It is drawn on %(value)s or later."),
            field="drawing_id", value=drawing.draw_on.isoformat(), remedy=_("Announce another drawing, or wait."),
        )  # fmt: skip
    closed = dict(
        Finding.objects.filter(
            place_path__under=drawing.place_path, upheld=True,
            closed_on__range=(drawing.first_day, drawing.last_day),
        ).values_list("order__code", "order_id")[: POPULATION_MAX + 1]
    )  # fmt: skip
    if len(closed) > POPULATION_MAX:
        raise TooMany(_("At most %(most)s findings are drawn from."), field="drawing_id", most=POPULATION_MAX)
    drawing.seed, drawing.drawn_at, drawing.population = _seed_of(drawing_id), acting.now, sorted(closed)
    drawing.save(update_fields=["seed", "drawn_at", "population"])
    codes = lots.drawn(drawing.seed, drawing.population, count=drawing.count)
    paths = dict(Finding.objects.filter(order__code__in=codes).values_list("order__code", "place_path"))
    DrawnFinding.objects.bulk_create(
        DrawnFinding(drawing=drawing, finding_id=closed[code], place_path=paths[code], position=position)
        for position, code in enumerate(codes, 1)
    )
    record_drawing(acting, drawing, drawn=codes)
    return codes


def _seed_of(drawing_id: UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT village_seed_of(%s)", [drawing_id])
        (seed,) = cursor.fetchone()
    return str(seed)


@act("village.confirm_finding", may=_may_decide)
def confirm_finding(acting: Acting, *, finding_id: UUID, drawing_id: UUID, note: str) -> None:
    """Say that the second look at a drawn finding found it put right. Whoever closed it looks at it no second time."""
    finding = finding_with(finding_id, acting.actor, lock=True)
    if acting.actor.person_id == finding.closed_person_id:
        raise NotPermitted(
            _("Whoever closed a finding does not take the second look (%(permission)s)."), permission=acting.act,
            remedy=_("Leave it to a colleague."),
        )  # fmt: skip
    note = clean_text(note, field="note", most=TEXT_MAX, wanted=True)
    one = finding.drawn.select_for_update().filter(drawing_id=drawing_id).first()
    if one is None or one.result:
        raise Conflict(
            _("No second look at this finding is due."), field="drawing_id", value=str(drawing_id),
            remedy=_("Look at what was drawn."),
        )  # fmt: skip
    move_within(acting, order_id=finding_id, note=note, data={"drawing": str(drawing_id)})
    _tell_result(acting, one, ReinspectionResult.CONFIRMED)
    record_finding(acting, finding, drawing=drawing_id, note=note)


def _tell_result(acting: Acting, one: DrawnFinding, result: ReinspectionResult) -> None:
    one.result, one.result_at, one.result_unit_id = result.value, acting.now, acting.actor.unit_id
    one.save(update_fields=["result", "result_at", "result_unit_id"])
