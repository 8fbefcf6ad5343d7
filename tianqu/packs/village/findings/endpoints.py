"""Findings over the API. What is done about them goes by ``POST /acts/village.…_finding`` and ``…_drawing``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.orders.api import clocks_left
from tianqu.kernel.pack.api import caller_of
from tianqu.kernel.places.api import place_called
from tianqu.packs.village.findings.models import SubjectKind
from tianqu.packs.village.findings.queries import FindingDetail, FindingFilters, finding_detail, finding_list
from tianqu.packs.village.findings.told.queries import (
    DrawingDetail,
    drawing_detail,
    drawings,
    findings_of_village,
    overdue_findings,
    put_right,
    unnamed,
)
from tianqu.packs.village.register_endpoints import (
    LIMIT_MAX,
    Cursor,
    Day,
    Flag,
    PlaceCode,
    RegisterPage,
    Words,
    mark_of,
    page_of,
    path_of,
)
from tianqu.packs.village.rules.laws import Severity

router = Router(tags=["village"])
StateAsked = Literal["", "open", "dispatched", "accepted", "done", "closed", "refused"]
FORBIDDEN: Final = ConfigDict(extra="forbid")
FROM_ROW: Final = ConfigDict(from_attributes=True)


class FindingBody(BaseModel):
    """A finding: `state` is that of its order (dispatched, accepted, done: answered, closed: put right, refused)."""

    model_config = FROM_ROW
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


class FindingsAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = FORBIDDEN
    place: PlaceCode | None = Field(None, description="Code of a place: findings in villages of it.")
    state: StateAsked = Field("", description="One state, or open for all that are not decided.")
    severity: Severity | None = None
    subject: SubjectKind | None = None
    rule: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]*$")] = Field(
        "", description="The code of a rule; auditor for what an auditor found without one."
    )
    text: Words = Field("", description="The beginning of the thing's number, or the finding's own code.")
    late: Flag = False
    closed_from: Day | None = None
    closed_until: Day | None = None
    sort: Literal["due", "new"] = "due"
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50

    def filters(self) -> FindingFilters:
        """The same, as the query takes it."""
        return FindingFilters(
            path_of(self.place), self.state, self.severity, self.subject, self.rule, self.text, self.late,
            self.closed_from, self.closed_until,
        )  # fmt: skip


@router.get("/village/findings", response=RegisterPage[FindingBody], summary="Findings within one's sight")
def findings(request: HttpRequest, asked: Query[FindingsAsked]) -> Any:
    """List findings by the day they are due, or the newest first. Needs the permission village.see."""
    page = finding_list(
        caller_of(request), filters=asked.filters(), sort=asked.sort, after=mark_of(asked.after), limit=asked.limit
    )
    return page_of(page)


class ClockBody(BaseModel):
    """A clock of the finding's order, with the proof of its due time."""

    kind: str
    due_at: datetime
    state: str
    proof: dict[str, Any]


class StepBody(BaseModel):
    """A step of the finding; what was said is left out for who may not see the parties."""

    act: str
    at: datetime
    by: str
    unit: str
    to_state: str
    note: str
    log_index: int | None


class AnswerBody(BaseModel):
    """What the village gave as evidence."""

    model_config = FROM_ROW
    id: UUID
    at: datetime
    evidence: list[dict[str, str]]


class EffectBody(BaseModel):
    """What an answer moves in the village's book: `amount` in 0.0001 mu or fen; waiting, posted, voided, taken_back.

    `voucher` is the number on the paper, `paperless` says that money moves which no voucher and no file shows.
    """

    model_config = FROM_ROW
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
    paperless: bool


class FileBody(BaseModel):
    """A file that was given with an answer or a comment."""

    id: UUID
    name: str
    media_type: str
    sha256: str
    size: int


class OneFinding(BaseModel):
    """A finding with everything that its reader may know."""

    finding: FindingBody
    told: dict[str, Any]
    description: str
    clocks: list[ClockBody]
    steps: list[StepBody]
    answers: list[AnswerBody]
    effects: list[EffectBody]
    files: list[FileBody]
    acts: list[str]
    drawings: list[UUID]


@router.get("/village/findings/{finding_id}", response=OneFinding, summary="One finding")
def finding(request: HttpRequest, finding_id: UUID) -> Any:
    """Read a finding with its clocks, its steps, what was given as evidence, and what waits in the book for it."""
    detail = finding_detail(caller_of(request), finding_id=finding_id)
    return {
        "finding": detail.row, "told": detail.told, "description": detail.description, "clocks": _clocks(detail),
        "steps": [
            {"act": one.act, "at": one.at, "by": one.by, "unit": one.unit_name, "to_state": one.to_state,
             "note": one.note, "log_index": one.log_index}
            for one in detail.steps
        ],
        "answers": detail.answers, "effects": detail.effects,
        "files": [
            {"id": one.id, "name": one.name, "media_type": one.media_type, "sha256": one.sha256, "size": one.size}
            for one in detail.files
        ],
        "acts": list(detail.acts), "drawings": detail.drawings,
    }  # fmt: skip


def _clocks(detail: FindingDetail) -> list[dict[str, Any]]:
    left = clocks_left(detail.order, now=detail.now)
    return [
        {"kind": clock.kind, "due_at": clock.due_at, "state": remaining.state, "proof": clock.proof}
        for clock, remaining in left
    ]


class BetweenAsked(BaseModel):
    """A place and two days."""

    model_config = FORBIDDEN
    place: PlaceCode
    first_day: Day
    last_day: Day


class PutRightBody(BaseModel):
    """What closed findings put right: contracts, idle land in 0.0001 mu, claims and debts settled in fen."""

    model_config = FROM_ROW
    findings: int
    contracts: int
    land_mu_4: int
    claims_fen: int
    debts_fen: int
    claims_and_debts_fen: int


@router.get("/village/put-right", response=PutRightBody, summary="What closed findings put right")
def sums(request: HttpRequest, asked: Query[BetweenAsked]) -> Any:
    """Sum what was posted with findings closed between two days, in the villages of a place. Open to everybody."""
    path = str(place_called(asked.place, field="place").path)
    return put_right(path, first_day=asked.first_day, last_day=asked.last_day)


class ToldFindingBody(BaseModel):
    """What everybody may know of a finding as it stood at the end of a day; nothing that somebody wrote."""

    model_config = FROM_ROW
    code: str
    place_path: str
    subject: str
    number: str
    rule: str
    severity: str
    opened_on: date
    rectify_by: date
    state: str
    since: datetime
    late: bool
    land_mu_4: int
    money_fen: int


@router.get("/village/told-findings", response=list[ToldFindingBody], summary="A village's findings, for everybody")
def told(request: HttpRequest, asked: Query[BetweenAsked]) -> Any:
    """List the findings of a village that were open between two days, as they stood at the end of the last."""
    place = place_called(asked.place, field="place")
    return unnamed(findings_of_village(place.id, first_day=asked.first_day, last_day=asked.last_day))


class OverdueAsked(BaseModel):
    """Which villages, and on which day."""

    model_config = FORBIDDEN
    place: PlaceCode
    on: Day | None = Field(None, description="As it stood at the end of this day; without: today.")
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50


@router.get("/village/overdue-findings", response=RegisterPage[ToldFindingBody], summary="What was left undone")
def overdue(request: HttpRequest, asked: Query[OverdueAsked]) -> Any:
    """List what the villages of a place have left undone past its day, the longest first. Open to everybody."""
    path = str(place_called(asked.place, field="place").path)
    return page_of(overdue_findings(path, on=asked.on, after=mark_of(asked.after), limit=asked.limit))


class DrawingBody(BaseModel):
    """A drawing: what was announced, and its seed once it is drawn."""

    model_config = FROM_ROW
    id: UUID
    place_id: UUID
    place_path: str
    first_day: date
    last_day: date
    draw_on: date
    count: int
    commitment: str
    announced_at: datetime
    seed: str
    drawn_at: datetime | None


class DrawnBody(BaseModel):
    """A finding that was drawn, and what the second look came to: "", confirmed or reopened."""

    model_config = FROM_ROW
    position: int
    code: str
    place_path: str
    number: str
    rule: str
    result: str
    result_at: datetime | None


class LogEntryBody(BaseModel):
    """Where the log says it."""

    act: str
    at: datetime
    index: int | None


class OneDrawing(BaseModel):
    """Everything that is needed to draw again: the seed, and the codes of all findings among which was drawn."""

    drawing: DrawingBody
    population: list[str] | None
    drawn: list[DrawnBody]
    log: list[LogEntryBody]


class DrawingsAsked(BaseModel):
    """Which drawings."""

    model_config = FORBIDDEN
    place: PlaceCode | None = None


@router.get("/village/drawings", response=list[DrawingBody], summary="Drawings of findings")
def all_drawings(request: HttpRequest, asked: Query[DrawingsAsked]) -> Any:
    """List drawings, announced and drawn, the newest first. Open to everybody."""
    return drawings(place_path=path_of(asked.place))


@router.get("/village/drawings/{drawing_id}", response=OneDrawing, summary="One drawing")
def drawing(request: HttpRequest, drawing_id: UUID) -> Any:
    """Read a drawing. Open to everybody; docs/village.md says how it is drawn again."""
    detail: DrawingDetail = drawing_detail(drawing_id=drawing_id)
    log = [{"act": act, "at": at, "index": index} for act, at, index in detail.entries]
    return {
        "drawing": detail.drawing, "population": detail.drawing.population, "drawn": detail.drawn, "log": log,
    }  # fmt: skip
