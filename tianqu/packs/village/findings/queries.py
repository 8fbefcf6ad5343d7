"""Reading findings within an actor's scope: lists by keyset, one finding, and what findings may be about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import Account, Leg, Resolution, Transfer
from tianqu.kernel.orders.api import Attachment, State, TimelineEvent, ToldOrder, read_code, told_order
from tianqu.kernel.places.api import can, require
from tianqu.packs.village.findings.models import (
    EffectKind,
    Finding,
    FindingEffect,
    SubjectKind,
)
from tianqu.packs.village.findings.registers.effects import MONEY
from tianqu.packs.village.findings.registers.matters import (
    EVIDENCE_MAX,
    REGISTERS,
    Subject,
    finding_with,
    subject_with,
)
from tianqu.packs.village.queries import SEE, SEE_PARTIES, RegisterPage, bounded, seen
from tianqu.packs.village.rules.laws import Severity

UNANSWERED: Final = ("dispatched", "accepted")
SORTS: Final = ("due", "new")


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding in a list. ``state`` is its order's: dispatched, accepted, done (answered), closed, refused."""

    id: UUID
    code: str
    place_id: UUID
    place_path: str
    subject: str
    subject_id: UUID
    number: str
    rule: str
    severity: str
    opened_on: date
    rectify_by: date
    state: str
    late: bool
    answered_on: date | None
    closed_on: date | None
    version: int


@dataclass(frozen=True, slots=True)
class FindingFilters:
    """What a list of findings is narrowed to. ``late``: not answered, or answered after its day."""

    place_path: str | None = None
    state: str = ""
    severity: Severity | None = None
    subject: SubjectKind | None = None
    rule: str = ""
    text: str = ""
    late: bool = False
    closed_from: date | None = None
    closed_until: date | None = None
    thing_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EffectRow:
    """What an answer moves: ``outcome`` is waiting, posted, voided or taken_back; ``day`` that of what became of it.

    ``voucher`` is the number on the paper, ``paid_by`` the account by which it was paid, "" for land; ``files`` how
    many came with its answer; ``paperless``: it moves money that neither shows.
    """

    transfer_id: UUID
    answer_id: UUID
    kind: str
    unit: str
    amount: int
    outcome: str
    day: date
    book: str
    number: int
    voucher: str
    paid_by: str
    files: int
    paperless: bool


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer with what it names as evidence; its words are those of the order's event ``sequence``."""

    id: UUID
    sequence: int
    at: datetime
    evidence: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """A finding with its order's clocks and steps. Words and files are left out for who may not see the parties.

    ``steps`` is what happened, ``acts`` what the actor may do now, by their names; ``drawings`` those whose second look
    is due.
    """

    row: FindingRow
    now: datetime
    told: dict[str, Any]
    description: str
    order: ToldOrder
    steps: list[TimelineEvent]
    files: tuple[Attachment, ...]
    answers: list[AnswerRow]
    effects: list[EffectRow]
    acts: tuple[str, ...]
    drawings: list[UUID]


def finding_list(
    actor: Actor, *, filters: FindingFilters, sort: str = "due", after: str | None = None, limit: int = 50
) -> RegisterPage[FindingRow]:
    """List findings within the actor's sight: by the day they are due (``due``), or the newest first (``new``)."""
    rows = _narrowed(actor, filters)
    if sort not in SORTS:
        raise InvalidInput(
            _("This list cannot be sorted by %(value)s."), field="sort", value=sort[:40],
            remedy=_("Use one of: %(allowed)s."), allowed=", ".join(SORTS),
        )  # fmt: skip
    column = "rectify_by" if sort == "due" else "opened_on"
    if after is not None:
        day, finding_id = dated_mark(after)
        further = Q(**{f"{column}__gt" if sort == "due" else f"{column}__lt": day})
        rows = rows.filter(further | Q(**{column: day, "order_id__gt": finding_id}))
    rows = rows.order_by(column if sort == "due" else f"-{column}", "order_id")
    found = [row_of(finding) for finding in rows[: bounded(limit) + 1]]
    shown = found[: bounded(limit)]
    last = shown[-1] if len(found) > len(shown) else None
    return RegisterPage(shown, f"{getattr(last, column).isoformat()}/{last.id}" if last is not None else None)


def _narrowed(actor: Actor, filters: FindingFilters) -> QuerySet[Finding]:
    require(actor, SEE)
    rows = seen(actor, Finding.objects.select_related("order"))
    if filters.place_path is not None:
        rows = rows.filter(place_path__under=filters.place_path)
    if filters.state:
        rows = rows.filter(order__state__in=_states(filters.state))
    if filters.severity is not None:
        rows = rows.filter(severity=filters.severity.value)
    if filters.subject is not None:
        rows = rows.filter(subject=filters.subject)
    if filters.rule:
        rows = rows.filter(rule="" if filters.rule == "auditor" else filters.rule)
    if filters.late:
        rows = rows.filter(_late(timezone.localdate()))
    if filters.closed_from is not None:
        rows = rows.filter(closed_on__gte=filters.closed_from)
    if filters.closed_until is not None:
        rows = rows.filter(closed_on__lte=filters.closed_until)
    if filters.thing_id is not None:
        thing = filters.thing_id
        rows = rows.filter(Q(contract_id=thing) | Q(parcel_id=thing) | Q(holding_id=thing) | Q(transfer_id=thing))
    if words := filters.text.strip():
        rows = rows.filter(Q(number__startswith=words) | Q(order__code=_code(words)))
    return rows


def _code(words: str) -> str:
    """A code as people read it out, as the order has it."""
    try:
        return read_code(words)
    except InvalidInput:
        return words


def _states(state: str) -> Sequence[str]:
    """One state, or ``open`` for all that are not decided."""
    if state == "open":
        return (*UNANSWERED, State.DONE.value)
    if state not in State.values:
        raise InvalidInput(
            _("“%(value)s” is none of the list."), field="state", value=state[:40],
            remedy=_("Choose one of the list."),
        )  # fmt: skip
    return (state,)


def _late(today: date) -> Q:
    """Not answered by its day: what is answered in time and waits for an inspector is nobody's delay of the village."""
    over = Q(rectify_by__lt=today)
    return over & (Q(order__state__in=UNANSWERED) | Q(order__state=State.DONE, answered_on__gt=F("rectify_by")))


def row_of(finding: Finding) -> FindingRow:
    """Return a finding as lists show it."""
    state, today = finding.order.state, timezone.localdate()
    overdue = finding.rectify_by < today and state in UNANSWERED
    slow = state == State.DONE and finding.answered_on is not None and finding.answered_on > finding.rectify_by
    return FindingRow(
        finding.order_id, finding.order.code, finding.place_id, finding.place_path, finding.subject,
        finding.subject_id, finding.number, finding.rule, finding.severity, finding.opened_on, finding.rectify_by,
        state, overdue or slow, finding.answered_on, finding.closed_on, finding.order.version,
    )  # fmt: skip


def finding_counts(actor: Actor) -> dict[str, int]:
    """Count the findings within the actor's sight that are open, by state, and those that are late."""
    require(actor, SEE)
    rows = seen(actor, Finding.objects.filter(order__state__in=_states("open")))
    counted = rows.values_list("order__state").annotate(n=Count("order_id"))
    return {**dict(counted), "late": rows.filter(_late(timezone.localdate())).count()}


def finding_detail(actor: Actor, *, finding_id: UUID) -> FindingDetail:
    """Return a finding within the actor's sight, with what the actor may know of it. Raises ``NotFound``."""
    require(actor, SEE)
    finding = finding_with(finding_id, actor)
    told = told_order(actor, order_id=finding_id)
    words = can(actor, SEE_PARTIES, finding)
    answers = [AnswerRow(one.id, one.sequence, one.at, one.evidence) for one in finding.answers.order_by("sequence")]
    due = finding.drawn.filter(result="").values_list("drawing_id", flat=True)
    steps = [one if words else replace(one, note="", data={}) for one in told.timeline if one.to_state != "placed"]
    return FindingDetail(
        row_of(finding), timezone.now(), finding.told, told.order.description if words else "", told, steps,
        told.attachments if words else (), answers, _effects(finding, told, words=words),
        tuple(act for act in told.acts if act.startswith("village.")), list(due),
    )  # fmt: skip


def _effects(finding: Finding, told: ToldOrder, *, words: bool) -> list[EffectRow]:
    came = {one.sequence: len(one.data.get("attachments", ())) for one in told.timeline}
    resolved = Resolution.objects.filter(transfer_id=OuterRef("transfer_id"))
    posted = Transfer.objects.filter(id=OuterRef("transfer_id"))
    found = finding.effects.annotate(
        outcome=Subquery(resolved.values("outcome")), resolved_on=Subquery(resolved.values("day")),
        reserved_on=Subquery(posted.values("day")), book=Subquery(posted.values("book__code")),
        entry=Subquery(posted.values("number")), voucher=Subquery(posted.values("voucher")),
    ).select_related("answer").order_by("entry")  # fmt: skip
    rows = list(found)
    paid = _paid_by(rows)
    return [
        EffectRow(
            row.transfer_id, row.answer_id, row.kind, row.unit, row.amount,
            "taken_back" if row.reversal_id else row.outcome or "waiting", row.resolved_on or row.reserved_on,
            row.book, row.entry, (row.voucher or "") if words else "", paid.get(row.transfer_id, "") if words else "",
            came.get(row.answer.sequence, 0),
            row.unit == MONEY and not (row.voucher or came.get(row.answer.sequence, 0)),
        )
        for row in rows
    ]  # fmt: skip


def _paid_by(effects: Sequence[FindingEffect]) -> dict[UUID, str]:
    """The account by which each amount of money was paid, by name and code: where it came in, or went out."""
    out = {one.transfer_id: one.kind == EffectKind.DEBT_SETTLED for one in effects if one.unit == MONEY}
    legs = Leg.objects.filter(transfer_id__in=list(out), held=True).values_list("transfer_id", "account_id", "amount")
    paid = {transfer: account for transfer, account, amount in legs if (amount < 0) == out[transfer]}
    names = Account.objects.in_bulk(list(paid.values()))
    return {
        transfer: f"{names[account].name} {names[account].code}"
        for transfer, account in paid.items()
        if account in names
    }


def subject_told(actor: Actor, *, kind: SubjectKind, subject_id: UUID) -> Subject:
    """Return what a finding could be about: its village and its number. Raises ``NotFound``."""
    require(actor, SEE)
    return subject_with(actor, kind, subject_id)


def things_numbered(
    actor: Actor, *, place_id: UUID, kind: SubjectKind, numbers: Sequence[str], field: str
) -> list[UUID]:
    """Return the identifiers of a village's contracts, parcels or holdings by their numbers. Raises ``NotFound``.

    Of more numbers than an answer has evidence only so many are looked up that the act refuses them.
    """
    require(actor, SEE)
    numbers = list(numbers)[: EVIDENCE_MAX + 1]
    rows = seen(actor, REGISTERS[kind].objects.filter(place_id=place_id, number__in=numbers))
    found: dict[str, list[UUID]] = {}
    for number, thing in rows.order_by("number", "id").values_list("number", "id"):
        found.setdefault(number, []).append(thing)
    for number in numbers:
        if number not in found:
            raise NotFound(
                _("The village has nothing of this kind with the number %(value)s."), field=field, value=number[:40],
                remedy=_("Look the number up in the register."),
            )  # fmt: skip
    return [thing for number in numbers for thing in found[number]]


def effect_sums(actor: Actor, *, filters: FindingFilters) -> list[tuple[str, int, int]]:
    """Sum what was booked with the findings that a list would show: kind, how many, how much."""
    posted = Resolution.objects.filter(outcome="posted").values("transfer_id")
    rows = FindingEffect.objects.filter(
        finding__in=_narrowed(actor, filters).values("order_id"), transfer_id__in=posted, reversal_id__isnull=True
    )
    summed = (
        rows.values_list("kind").annotate(n=Count("transfer_id"), total=Coalesce(Sum("amount"), 0)).order_by("kind")
    )
    return [(kind, count, int(total)) for kind, count, total in summed]


def dated_mark(after: str) -> tuple[date, UUID]:
    """Read the mark of a page. Raises ``NotFound`` for one that no page gave."""
    day, _slash, thing = after.partition("/")
    try:
        return date.fromisoformat(day), UUID(thing)
    except ValueError as error:
        raise NotFound(
            _("This is not the mark of a page."), field="after", value=after[:80],
            remedy=_("Use the `next` that the page before gave, or none."),
        ) from error  # fmt: skip
