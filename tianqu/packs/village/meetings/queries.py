"""Reading matters: the list by keyset, one with its six steps and what the rules find, vote sheets, rolls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import can, post_holders, require, within_scope
from tianqu.packs.village.judging import current_policy
from tianqu.packs.village.meetings.models import Matter, MatterStep, Roll, StepAttestation
from tianqu.packs.village.meetings.procedure import (
    STEPS,
    MatterFacts,
    MatterKind,
    MeetingBody,
    Step,
    disclosure_due,
    next_step,
)
from tianqu.packs.village.meetings.rules import DISCLOSURES, StepFinding, carried, judge_matter
from tianqu.packs.village.models import Contract
from tianqu.packs.village.queries import (
    SEE,
    SEE_PARTIES,
    ContractRow,
    RegisterPage,
    contract_row,
    mark_read,
    page_rows,
    said_party,
    seen,
)
from tianqu.packs.village.registers.land import village_with
from tianqu.packs.village.registers.matters import all_facts, matter_with

LIMIT_MAX: Final = 500
LINKED_MAX: Final = 200
BLANK_ROWS: Final = 50  # on a vote sheet without a roll
STATES: Final = ("open", "late", "complete", "withdrawn", "flagged")


@dataclass(frozen=True, slots=True)
class MatterFilters:
    """What a list of matters is narrowed to; ``state`` is one of ``STATES`` or ""."""

    place_path: str | None = None
    text: str = ""
    kind: MatterKind | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class MatterRow:
    """A matter in a list, with the step that is next and how long it may take; "" after the last."""

    id: UUID
    place_id: UUID
    place_path: str
    number: str
    title: str
    kind: str
    cadence: str
    text: str
    next_step: str
    due_on: date | None
    late: bool
    findings: int
    taken: tuple[str, ...]
    resolved_on: date | None
    carried: bool
    withdrawn_on: date | None
    withdraw_reason: str
    version: int


@dataclass(frozen=True, slots=True)
class Witness:
    """Who entered or attested a step: the post, and the name for who may see it ("" else)."""

    post_id: UUID | None
    role: str
    title: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StepRow:
    """A meeting or disclosure as it was entered; ``counts``: it is the one that counts for its step."""

    id: UUID
    step: str
    body: str
    day: date
    entitled: int | None
    present: int | None
    agreed: int | None
    notice_on: date | None
    way: str
    location: str
    text: str
    result_on: date | None
    entered: Witness
    attested: tuple[Witness, ...]
    struck_on: date | None
    strike_reason: str
    counts: bool
    may_attest: bool


@dataclass(frozen=True, slots=True)
class StepLine:
    """One of the six steps of a matter: what was entered for it, newest first, what is found, and when it is due."""

    step: Step
    rows: list[StepRow]
    findings: list[StepFinding]
    due_on: date | None
    next: bool


@dataclass(frozen=True, slots=True)
class MatterDetail:
    """A matter with its six steps and the contracts that take their resolution from it."""

    row: MatterRow
    lines: list[StepLine]
    contracts: list[ContractRow]


@dataclass(frozen=True, slots=True)
class RollRow:
    """A roll; ``names`` are None for who may not see them, and in lists."""

    id: UUID
    place_id: UUID
    place_path: str
    body: str
    since: date
    count: int
    at: datetime
    names: list[str] | None


@dataclass(frozen=True, slots=True)
class VoteSheet:
    """A sheet for a meeting: a line for each who is entitled, "" where the name is not for the reader or not known."""

    row: MatterRow
    body: MeetingBody
    on: date
    names: list[str]
    roll: RollRow | None
    names_shown: bool


def matter_list(
    actor: Actor, *, filters: MatterFilters, after: str | None = None, limit: int = 50
) -> RegisterPage[MatterRow]:
    """List the matters within the actor's sight by number."""
    require(actor, SEE)
    rows = _narrowed(seen(actor, Matter.objects.all()), filters).order_by("number", "id")
    if after is not None:
        matter_id, number = mark_read(after)
        rows = rows.filter(Q(number__gt=number) | Q(number=number, id__gt=matter_id))
    limit = max(1, min(limit, LIMIT_MAX))
    page = page_rows(list(rows[: limit + 1]), limit)
    facts = all_facts(page.rows)
    return RegisterPage([_row(matter, facts[matter.id]) for matter in page.rows], page.after)


def _narrowed(rows: QuerySet[Matter], filters: MatterFilters) -> QuerySet[Matter]:
    if filters.place_path is not None:
        rows = rows.filter(place_path__under=filters.place_path)
    if filters.kind is not None:
        rows = rows.filter(kind=filters.kind.value)
    if words := filters.text.strip():
        rows = rows.filter(Q(number__startswith=words) | Q(title__contains=words))
    if filters.state:
        rows = rows.filter(_in_state(filters.state))
    return rows


def _in_state(state: str) -> Q:
    if state not in STATES:
        raise InvalidInput(
            _("“%(value)s” is none of the list."), field="state", value=state[:40],
            remedy=_("Use one of: %(allowed)s."), allowed=", ".join(STATES),
        )  # fmt: skip
    under_way = Q(withdrawn_at__isnull=True) & ~Q(next_step="")
    return {
        "open": under_way, "late": under_way & Q(due_on__lt=timezone.localdate()),
        "complete": Q(withdrawn_at__isnull=True, next_step=""), "withdrawn": Q(withdrawn_at__isnull=False),
        "flagged": Q(flags__gt=0),
    }[state]  # fmt: skip


def _row(matter: Matter, facts: MatterFacts) -> MatterRow:
    """A matter as it stands today: what the rules find may have come by the mere passing of days."""
    today, policy = timezone.localdate(), current_policy()
    stands = carried(facts, policy=policy, today=today)
    step = next_step(facts, carried=stands) if matter.withdrawn_at is None else None
    due_on = disclosure_due(facts, step, policy) if step in DISCLOSURES else None
    resolved = facts.meeting(Step.RESOLVE)
    names = ("id", "place_id", "place_path", "number", "kind", "cadence", "text", "version", "withdraw_reason")
    return MatterRow(
        **{name: getattr(matter, name) for name in names}, title=said_party(matter.title),
        next_step=step.value if step else "", due_on=due_on, late=due_on is not None and due_on < today, carried=stands,
        findings=len(list(judge_matter(facts, policy=policy, today=today))),
        taken=tuple(one.value for one in STEPS if facts.event(one) is not None),
        resolved_on=resolved.held_on if resolved is not None else None,
        withdrawn_on=timezone.localdate(matter.withdrawn_at) if matter.withdrawn_at else None,
    )  # fmt: skip


def matter_detail(actor: Actor, *, matter_id: UUID) -> MatterDetail:
    """Return a matter with its steps; names of persons only for who may see them. Raises ``NotFound``."""
    require(actor, SEE)
    matter = matter_with(matter_id, actor)
    facts, today, policy = all_facts([matter])[matter.id], timezone.localdate(), current_policy()
    steps = list(MatterStep.objects.filter(matter=matter).order_by("-day", "-at", "-id"))
    witnesses = _witnesses(actor, matter, steps)
    found = list(judge_matter(facts, policy=policy, today=today))
    row, lines = _row(matter, facts), []
    for step in STEPS:
        told = [one for one in steps if one.step == step.value]
        counting = _counting(facts, step, told)
        lines.append(
            StepLine(
                step, [_step_row(actor, one, witnesses[one.id], counting) for one in told],
                [one for one in found if one.step is step],
                disclosure_due(facts, step, policy) if step in DISCLOSURES else None, step.value == row.next_step,
            )
        )  # fmt: skip
    linked = Contract.objects.select_related("place").filter(matter=matter).order_by("number", "id")[:LINKED_MAX]
    return MatterDetail(row, lines, [contract_row(actor, contract) for contract in linked])


def _counting(facts: MatterFacts, step: Step, told: Sequence[MatterStep]) -> UUID | None:
    """The step that counts: the newest entered of the day that counts, among those not struck out."""
    event = facts.event(step)
    return next((one.id for one in told if event is not None and one.struck_at is None and one.day == event.day), None)


@dataclass(frozen=True, slots=True)
class _Witnesses:
    """Who entered a step, who attested it, and the persons who did."""

    entered: Witness
    attested: tuple[Witness, ...]
    persons: frozenset[UUID]


def _witnesses(actor: Actor, matter: Matter, steps: Sequence[MatterStep]) -> dict[UUID, _Witnesses]:
    """Who entered each step, and who attested it; by name only for who may see names."""
    rows = list(StepAttestation.objects.filter(step__in=steps).order_by("at", "id"))
    posted = [*(step.post_id for step in steps), *(row.post_id for row in rows)]
    post_ids = {post_id for post_id in posted if post_id is not None}
    named = can(actor, SEE_PARTIES, matter)
    posts = {post.id: (post, name if named else "") for post, name in post_holders(actor, post_ids=post_ids)}

    def witness(one: MatterStep | StepAttestation) -> Witness:
        post, name = posts.get(one.post_id, (None, "")) if one.post_id is not None else (None, "")
        return Witness(one.post_id, post.role if post else "", post.title if post else "", name, one.at)

    return {
        step.id: _Witnesses(
            witness(step), tuple(witness(row) for row in rows if row.step_id == step.id),
            frozenset(row.person_id for row in rows if row.step_id == step.id),
        )
        for step in steps
    }  # fmt: skip


def _step_row(actor: Actor, step: MatterStep, witnesses: _Witnesses, counting: UUID | None) -> StepRow:
    names = (
        "id", "step", "body", "day", "entitled", "present", "agreed", "notice_on", "way", "location", "text",
        "result_on", "strike_reason",
    )  # fmt: skip
    persons = {None, step.person_id, *witnesses.persons}  # who cannot attest it any more
    return StepRow(
        **{name: getattr(step, name) for name in names}, entered=witnesses.entered, attested=witnesses.attested,
        struck_on=timezone.localdate(step.struck_at) if step.struck_at else None, counts=step.id == counting,
        may_attest=step.struck_at is None and actor.person_id not in persons
        and can(actor, "village.attest_step", step),
    )  # fmt: skip


def step_and_matter(actor: Actor, *, step_id: UUID) -> tuple[StepRow, MatterDetail]:
    """Return a step with the matter it is of. Raises ``NotFound``."""
    require(actor, SEE)
    step = MatterStep.objects.filter(id=step_id).first()
    if step is None or not within_scope(actor.scope, step):
        raise NotFound(
            _("There is no such step."), field="step_id", value=str(step_id),
            remedy=_("Look it up in the file of its matter."),
        )  # fmt: skip
    detail = matter_detail(actor, matter_id=step.matter_id)
    row = next(one for line in detail.lines for one in line.rows if one.id == step_id)
    return row, detail


def roll_list(actor: Actor, *, place_path: str | None = None, on: date | None = None) -> list[RollRow]:
    """List rolls without their names, the newest first; with ``on`` those in force on a day. At most 500."""
    require(actor, SEE)
    rows = seen(actor, Roll.objects.all()).order_by("place_path", "body", "-since", "-at")
    if place_path is not None:
        rows = rows.filter(place_path__under=place_path)
    if on is not None:
        rows = rows.filter(since__lte=on).distinct("place_path", "body")
    return [_roll_row(roll, None) for roll in rows.defer("names")[:LIMIT_MAX]]


def roll_detail(actor: Actor, *, roll_id: UUID) -> RollRow:
    """Return a roll with its names, for who may see them. Raises ``NotFound``."""
    require(actor, SEE)
    roll = seen(actor, Roll.objects.filter(id=roll_id)).first()
    if roll is None:
        raise NotFound(
            _("There is no such roll."), field="roll_id", value=str(roll_id),
            remedy=_("Choose a roll of the list."),
        )  # fmt: skip
    return _roll_row(roll, _named(roll) if can(actor, SEE_PARTIES, roll) else None)


def _named(roll: Roll) -> list[str]:
    """The names on a roll, and that one was erased."""
    return [said_party(name) for name in roll.names.split("\n")]


def _roll_row(roll: Roll, names: list[str] | None) -> RollRow:
    return RollRow(roll.id, roll.place_id, roll.place_path, roll.body, roll.since, roll.count, roll.at, names)


def roll_counts(actor: Actor, *, place_id: UUID) -> dict[str, int]:
    """Return how many are entitled in each body of a village today, as far as there are rolls."""
    path = village_with(place_id, actor).path
    return {roll.body: roll.count for roll in roll_list(actor, place_path=path, on=timezone.localdate())}


def vote_sheet(actor: Actor, *, matter_id: UUID, body: MeetingBody, on: date) -> VoteSheet:
    """Return a sheet for a meeting of a body on a day, by the roll in force. Raises ``NotFound``."""
    require(actor, SEE)
    matter = matter_with(matter_id, actor)
    rolls = Roll.objects.filter(place_id=matter.place_id, body=body.value, since__lte=on)
    roll = rolls.order_by("-since", "-at").first()
    shown = can(actor, SEE_PARTIES, matter)
    count = roll.count if roll is not None else BLANK_ROWS
    names = _named(roll) if roll is not None and shown else []
    return VoteSheet(
        _row(matter, all_facts([matter])[matter.id]), body, on, names + [""] * (count - len(names)),
        _roll_row(roll, None) if roll is not None else None, shown,
    )  # fmt: skip
