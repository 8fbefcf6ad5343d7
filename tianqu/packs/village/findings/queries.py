"""Reading findings: lists by keyset, one finding, what everybody may know, and what closed findings put right.

What an office sees lies within the actor's scope. ``findings_of_village``, ``overdue_findings``, ``put_right`` and the
drawings ask for nobody: they tell numbers, days and states, and nothing that somebody wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import Account, Leg, Resolution, Transfer
from tianqu.kernel.orders.api import Attachment, State, TimelineEvent, ToldOrder, read_code, told_order
from tianqu.kernel.places.api import can, place_with, require
from tianqu.packs.village.findings.models import (
    Drawing,
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
    last_moment,
    subject_with,
)
from tianqu.packs.village.queries import SEE, SEE_PARTIES, RegisterPage, bounded, seen
from tianqu.packs.village.rules.laws import Severity

TOLD_MAX: Final = 5_000
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
        day, finding_id = _mark(after)
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


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """What everybody may know of a finding, as it stood at the end of a day; nothing that somebody wrote.

    ``state`` is dispatched, accepted, done (answered, not yet inspected), closed (put right) or refused (unfounded),
    and ``since`` when it came to that. ``late``: its day was over and the village had not answered. ``land_mu_4`` and
    ``money_fen`` are what was booked with it.
    """

    id: UUID
    code: str
    place_id: UUID
    place_path: str
    subject: str
    number: str
    rule: str
    severity: str
    opened_on: date
    rectify_by: date
    state: str
    since: datetime
    closed_on: date | None
    land_mu_4: int
    money_fen: int
    late: bool


def findings_of_village(place_id: UUID, *, first_day: date, last_day: date) -> list[ToldFinding]:
    """Return the findings of a village that were open on any day between two, as they stood at the end of the last.

    Oldest first, at most 5,000. What was decided before the first day is left out; what was opened after the last does
    not count yet. For the wall: it asks for no permission and holds no personal data. Raises ``NotFound``.
    """
    place = place_with(place_id)
    told = _told(place.path, on=last_day)
    return sorted(
        (one for one in told if not (one.state in ("closed", "refused") and _day(one.since) < first_day)),
        key=lambda one: (one.opened_on, one.code),
    )[:TOLD_MAX]


def overdue_findings(
    place_path: str, *, on: date | None = None, after: str | None = None, limit: int = 50
) -> RegisterPage[ToldFinding]:
    """List what villages below a place have left undone past its day, the longest first. For everybody."""
    on, size = on or timezone.localdate(), bounded(limit)
    behind = _mark(after) if after is not None else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM village_findings_overdue(%s::ltree, %s, %s, %s, %s::date, %s::uuid, %s)",
            [place_path, last_moment(on), on, timezone.get_current_timezone_name(), *behind, size + 1],
        )
        rows = cursor.fetchall()
    told = [ToldFinding(*(*row, True)) for row in rows]
    shown = told[:size]
    more = len(told) > size
    return RegisterPage(shown, f"{shown[-1].rectify_by.isoformat()}/{shown[-1].id}" if more else None)


def _told(place_path: str, *, on: date) -> list[ToldFinding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM village_findings_told(%s::ltree, %s, %s)", [place_path, last_moment(on), on])
        rows = cursor.fetchall()
    return [ToldFinding(*(*row, _was_late(row[9], state=row[10], since=row[11], on=on))) for row in rows]


def _was_late(rectify_by: date, *, state: str, since: datetime, on: date) -> bool:
    if rectify_by >= on:
        return False
    return state in UNANSWERED or (state == "done" and _day(since) > rectify_by)


def _day(at: datetime) -> date:
    return timezone.localdate(at)


@dataclass(frozen=True, slots=True)
class PutRight:
    """What closed findings put right between two days, each sum from rows: posted effects of findings closed then.

    ``contracts`` counts contracts, each once; ``land_mu_4`` is idle land recovered, in 0.0001 mu; claims and debts are
    what was settled of them, in fen.
    """

    findings: int
    contracts: int
    land_mu_4: int
    claims_fen: int
    debts_fen: int

    @property
    def claims_and_debts_fen(self) -> int:
        """Both together, as they are reported."""
        return self.claims_fen + self.debts_fen


def put_right(place_path: str, *, first_day: date, last_day: date) -> PutRight:
    """Return what closed findings of the villages below a place put right between two days.

    Sources of ``village.idle_land``, ``village.contracts`` and ``village.claims_debts`` of the figures that are
    reported. A finding counts on the day on which it was closed, and no longer once it is opened again. Asks for no
    permission: it tells sums. The findings behind it are ``finding_list`` with ``closed_from`` and ``closed_until``.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM village_put_right(%s::ltree, %s, %s)", [place_path, first_day, last_day])
        row = cursor.fetchone()
    assert row is not None
    return PutRight(*row)


def put_right_by_year(place_path: str, *, years: int = 10) -> list[tuple[int, PutRight]]:
    """Return what closed findings put right in each of the last years in which any was closed, the newest first."""
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT y, p.* FROM generate_series(%s, %s, -1) y,"
            " village_put_right(%s::ltree, make_date(y, 1, 1), make_date(y, 12, 31)) p WHERE p.findings > 0",
            [today.year, today.year - years + 1, place_path],
        )
        return [(year, PutRight(*sums)) for year, *sums in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A finding that was drawn, and what the second look came to: "", confirmed or reopened."""

    position: int
    code: str
    place_path: str
    number: str
    rule: str
    result: str
    result_at: datetime | None


@dataclass(frozen=True, slots=True)
class DrawingDetail:
    """A drawing with everything that is needed to draw it again. ``entry_index`` is where the log says it."""

    drawing: Drawing
    drawn: list[DrawnRow]
    entries: list[tuple[str, datetime, int | None]]  # act, when, index in the log


def drawings(*, place_path: str | None = None, limit: int = 100) -> list[Drawing]:
    """List drawings, the newest first; of a place: those of it, of what lies in it, and of what it lies in."""
    rows = Drawing.objects.select_related("place").order_by("-announced_at", "id")
    if place_path is not None:
        above = [place_path.rsplit(".", depth)[0] for depth in range(1, place_path.count(".") + 1)]
        rows = rows.filter(Q(place_path__under=place_path) | Q(place_path__in=above))
    return list(rows[: bounded(limit)])


def drawing_detail(*, drawing_id: UUID) -> DrawingDetail:
    """Return a drawing, for everybody. Raises ``NotFound``."""
    drawing = Drawing.objects.select_related("place").filter(id=drawing_id).first()
    if drawing is None:
        raise NotFound(
            _("There is no such drawing."), field="drawing_id", value=str(drawing_id),
            remedy=_("Choose a drawing of the list."),
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM village_drawn_told(%s)", [drawing_id])
        drawn = [DrawnRow(*row) for row in cursor.fetchall()]
        cursor.execute(
            "SELECT e.act, e.at, s.index FROM journal_entry e LEFT JOIN journal_sequence s ON s.entry_id = e.id"
            " WHERE e.subject = %s ORDER BY e.id",
            [f"drawing:{drawing_id}"],
        )
        entries = cursor.fetchall()
    return DrawingDetail(drawing, drawn, entries)


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


def _mark(after: str) -> tuple[date, UUID]:
    """Read the mark of a page. Raises ``NotFound`` for one that no page gave."""
    day, _slash, thing = after.partition("/")
    try:
        return date.fromisoformat(day), UUID(thing)
    except ValueError as error:
        raise NotFound(
            _("This is not the mark of a page."), field="after", value=after[:80],
            remedy=_("Use the `next` that the page before gave, or none."),
        ) from error  # fmt: skip
