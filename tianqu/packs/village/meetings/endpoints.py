"""Matters over the API: the list, one with its steps and findings, its vote sheet, rolls, rules."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.pack.api import caller_of
from tianqu.packs.village.endpoints import Said, VersionRow
from tianqu.packs.village.meetings.procedure import MatterKind, MeetingBody
from tianqu.packs.village.meetings.queries import (
    MatterFilters,
    matter_detail,
    matter_list,
    roll_detail,
    roll_list,
    vote_sheet,
)
from tianqu.packs.village.meetings.rules import STEP_RULES
from tianqu.packs.village.meetings.words import step_finding_document, step_rule_document
from tianqu.packs.village.register_endpoints import (
    LIMIT_MAX,
    ContractBody,
    Cursor,
    Day,
    PlaceCode,
    RegisterPage,
    Words,
    mark_of,
    page_of,
    path_of,
)

router = Router(tags=["village"])


class MatterBody(BaseModel):
    """A matter with what is next today: a step's name, "" after the last; and how many findings there are today."""

    model_config = ConfigDict(from_attributes=True)
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
    taken: list[str]
    resolved_on: date | None
    carried: bool
    withdrawn_on: date | None
    withdraw_reason: str
    version: int


class MattersAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place: matters of villages in it.")
    text: Words = Field("", description="The beginning of the number, or a part of the title.")
    kind: MatterKind | None = None
    state: Annotated[str, Field(pattern=r"^(?:open|late|complete|withdrawn|flagged)?$")] = ""
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50


@router.get("/village/matters", response=RegisterPage[MatterBody], summary="Matters within one's sight")
def matters(request: HttpRequest, asked: Query[MattersAsked]) -> Any:
    """List matters by number. Needs the permission village.see."""
    filters = MatterFilters(path_of(asked.place), asked.text, asked.kind, asked.state)
    return page_of(matter_list(caller_of(request), filters=filters, after=mark_of(asked.after), limit=asked.limit))


class WitnessBody(BaseModel):
    """Who entered or attested a step, by post; the name is "" without village.see_parties."""

    model_config = ConfigDict(from_attributes=True)
    post_id: UUID | None
    role: str
    title: str
    name: str
    at: datetime


class MatterStepBody(BaseModel):
    """A meeting or a disclosure as it was entered; ``counts``: it is the one that counts for its step."""

    model_config = ConfigDict(from_attributes=True)
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
    entered: WitnessBody
    attested: list[WitnessBody]
    struck_on: date | None
    strike_reason: str
    counts: bool


class StepFindingRow(BaseModel):
    """What a rule found in a step, with the version in force on its day and the numbers computed."""

    step: str
    rule: str
    verdict: str
    severity: str
    version: VersionRow
    sentence: Said
    numbers: dict[str, int | str]


class OneMatter(MatterBody):
    """A matter with its steps, what the rules find today, and the contracts that take their resolution from it."""

    steps: list[MatterStepBody]
    found: list[StepFindingRow]
    contracts: list[ContractBody]


@router.get("/village/matters/{matter_id}", response=OneMatter, summary="One matter")
def matter(request: HttpRequest, matter_id: UUID) -> Any:
    """Read a matter with its six steps and what the rules find in each. Needs the permission village.see."""
    told = matter_detail(caller_of(request), matter_id=matter_id)
    return {name: getattr(told.row, name) for name in MatterBody.model_fields} | {
        "steps": [row for line in told.lines for row in line.rows],
        "found": [step_finding_document(one) for line in told.lines for one in line.findings],
        "contracts": told.contracts,
    }  # fmt: skip


class RollBody(BaseModel):
    """Who is entitled to meet in a body since a day. ``names`` are null in lists and without village.see_parties."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    place_id: UUID
    place_path: str
    body: str
    since: date
    count: int
    at: datetime
    names: list[str] | None


class SheetAsked(BaseModel):
    """For which meeting the sheet is."""

    model_config = ConfigDict(extra="forbid")
    body: MeetingBody = MeetingBody.MEMBERS
    on: Day | None = Field(None, description="The day of the meeting; without: today.")


class SheetBody(BaseModel):
    """The lines of a vote sheet; "" where the name is not for the caller, or there is no roll of the day."""

    body: str
    on: date
    names: list[str]
    names_shown: bool
    roll: RollBody | None


@router.get("/village/matters/{matter_id}/vote-sheet", response=SheetBody, summary="The vote sheet of a meeting")
def sheet(request: HttpRequest, matter_id: UUID, asked: Query[SheetAsked]) -> Any:
    """Read who is entitled to vote in a meeting, for a sheet to sign. Needs the permission village.see."""
    told = vote_sheet(caller_of(request), matter_id=matter_id, body=asked.body, on=asked.on or timezone.localdate())
    return {
        "body": told.body.value, "on": told.on, "names": told.names, "names_shown": told.names_shown,
        "roll": told.roll,
    }  # fmt: skip


class RollsAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place: rolls of villages in it.")
    on: Day | None = Field(None, description="Those in force on this day; without: all of them.")


@router.get("/village/rolls", response=list[RollBody], summary="Rolls within one's sight")
def rolls(request: HttpRequest, asked: Query[RollsAsked]) -> Any:
    """List at most 500 rolls without their names. Needs the permission village.see."""
    return roll_list(caller_of(request), place_path=path_of(asked.place), on=asked.on)


@router.get("/village/rolls/{roll_id}", response=RollBody, summary="One roll")
def roll(request: HttpRequest, roll_id: UUID) -> Any:
    """Read a roll; its names need the permission village.see_parties."""
    return roll_detail(caller_of(request), roll_id=roll_id)


class StepRuleRow(BaseModel):
    """A rule of steps with its versions."""

    code: str
    name: Said
    asks: Said
    steps: list[str]
    kinds: list[str]
    versions: list[VersionRow]


@router.get("/village/meeting-rules", response=list[StepRuleRow], summary="The rules for meetings")
def rules(request: HttpRequest) -> Any:
    """Read every rule of the six steps with its basis and dates."""
    return [step_rule_document(rule) for rule in STEP_RULES]
