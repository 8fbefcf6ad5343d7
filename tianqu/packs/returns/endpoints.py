"""Returns over the API. What is done about them goes by ``POST /acts/returns.…``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.json_schema import WithJsonSchema

from tianqu.base.canonical import plain
from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.pack.api import RowsPage, caller_of
from tianqu.packs.returns.designing import Periodicity
from tianqu.packs.returns.figures.queries import LIMIT_MAX as FIGURES_MAX
from tianqu.packs.returns.figures.queries import figure_list
from tianqu.packs.returns.listing.queries import (
    LIMIT_MAX,
    CampaignFilters,
    CampaignState,
    FilingFilters,
    FilingState,
    FormFilters,
    campaign_list,
    filing_list,
    form_list,
)
from tianqu.packs.returns.queries import FilingDetail, campaign_detail, filing_detail, response_by_day
from tianqu.packs.returns.words import computed_said

Told = TypeVar("Told")
router = Router(tags=["returns"])
FROM_ROW: Final = ConfigDict(from_attributes=True)
FormCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
PeriodText = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-Q[1-4]|-(0[1-9]|1[0-2]))?$")]

Words = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
Cursor = Annotated[str, Field(max_length=300, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before.")]
Limit = Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Rows of a page.")]
_TRUTHS: Final = {"true": True, "false": False}
Flag = Annotated[
    bool,
    BeforeValidator(lambda value: _TRUTHS.get(value, "") if isinstance(value, str) else value),
    WithJsonSchema({"type": "boolean"}),
]


def _page(found: RowsPage) -> dict[str, Any]:
    return {"rows": found.rows, "next": found.after or None}


class FormBody(BaseModel):
    """A return that an office asks for: its design is what `returns.design_form` took."""

    id: UUID
    code: str
    number: int
    design: dict[str, Any]


class CampaignBody(BaseModel):
    """A campaign, with how many units were asked, have filed, wait for a decision, stand accepted, and are late."""

    model_config = FROM_ROW
    id: UUID
    form_id: UUID
    code: str
    period: str
    due_on: date
    closed_at: datetime | None
    asked: int
    filed: int
    waiting: int
    accepted: int
    late: int


class FilingBody(BaseModel):
    """A unit's return. `state` is its order's: dispatched, accepted (being filled in), done (filed), closed, refused.

    `kind` is how the figures that stand came to be (filed, revised, estimated), "" while there are none.
    """

    model_config = FROM_ROW
    id: UUID
    unit_id: UUID
    period: str
    state: str
    due_on: date
    first_filed_at: datetime | None
    kind: str
    method: str
    late: bool


class DayBody(BaseModel):
    """How many units had filed by the end of a day."""

    day: date
    filed: int


class OneCampaign(BaseModel):
    """A campaign with its units' returns, and the response by day."""

    campaign: CampaignBody
    version: int
    note: str
    design: dict[str, Any]
    filings: list[FilingBody]
    response: list[DayBody]


class RowBody(BaseModel):
    """A row: integers are numbers, decimals texts with all their decimals, null is nothing."""

    model_config = FROM_ROW
    key: str
    values: dict[str, Any]


class RevisionBody(BaseModel):
    """What was filed at one time; `accepted` is null while nobody has decided, `stands` says whose figures count."""

    model_config = FROM_ROW
    id: UUID
    number: int
    kind: str
    method: str
    at: datetime
    reason: str
    explanations: list[dict[str, str]]
    rows: list[RowBody]
    accepted: bool | None
    stands: bool


class FailureBody(BaseModel):
    """A soft check that the newest revision does not hold to, with what was computed."""

    check: str
    key: str
    told: str


class OneFiling(BaseModel):
    """A return with all its revisions, what stood the period before, and what its reader may do (`acts`)."""

    filing: FilingBody
    campaign_id: UUID
    version: int
    design: dict[str, Any]
    revisions: list[RevisionBody]
    last: list[RowBody]
    failures: list[FailureBody]
    acts: list[str]


class FigureBody(BaseModel):
    """A row of figures that stand, with its marks."""

    model_config = FROM_ROW
    filing_id: UUID
    unit_id: UUID
    key: str
    values: dict[str, Any]
    number: int
    estimated: bool
    method: str
    revised: bool
    accepted_at: datetime


class ReturnPage(BaseModel, Generic[Told]):
    """A page of a list."""

    rows: list[Told]
    next: Annotated[str | None, Field(description="Send it as `after` for the next page; null: this was the last.")]


class FormsAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    text: Words = Field("", description="A part of the title, or the beginning of the code.")
    periodicity: Periodicity | None = None
    after: Cursor = ""
    limit: Limit = 50


@router.get("/returns/forms", response=ReturnPage[FormBody], summary="Returns that one's office asks for")
def forms(request: HttpRequest, asked: Query[FormsAsked]) -> Any:
    """List the returns of one's office by code, each in its newest version. Needs the permission returns.see."""
    filters = FormFilters(asked.text, asked.periodicity)
    page = form_list(caller_of(request), filters=filters, after=asked.after, limit=asked.limit)
    rows = [
        {"id": line.id, "code": line.code, "number": line.number, "design": plain(line.design)} for line in page.rows
    ]
    return {"rows": rows, "next": page.after or None}


class CampaignsAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    state: CampaignState | None = Field(
        None, description="waiting: with returns to be decided; late: with units that have not filed by their day."
    )
    period: PeriodText | None = Field(None, description="A period; of a year, everything in it.")
    form: FormCode | None = None
    text: Words = Field("", description="A part of the return's title, or the beginning of its code.")
    after: Cursor = ""
    limit: Limit = 50


@router.get("/returns/campaigns", response=ReturnPage[CampaignBody], summary="Campaigns of one's office")
def campaigns(request: HttpRequest, asked: Query[CampaignsAsked]) -> Any:
    """List the campaigns of one's office, the open ones first, then by the newest period. Needs returns.see."""
    filters = CampaignFilters(asked.state, asked.period or "", asked.form or "", asked.text)
    return _page(campaign_list(caller_of(request), filters=filters, after=asked.after, limit=asked.limit))


@router.get("/returns/campaigns/{campaign_id}", response=OneCampaign, summary="One campaign")
def one_campaign(request: HttpRequest, campaign_id: UUID) -> Any:
    """Read a campaign with the returns of its units and how many had filed by each day."""
    actor = caller_of(request)
    detail = campaign_detail(actor, campaign_id=campaign_id)
    return {
        "campaign": detail.line, "version": detail.version, "note": detail.note, "design": plain(detail.line.design),
        "filings": detail.filings, "response": response_by_day(actor, campaign_id=campaign_id)["days"],
    }  # fmt: skip


class FilingsAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    state: FilingState | None = Field(None, description="open: dispatched or accepted, that is, to be filed.")
    late: Flag = Field(False, description="To be filed, and its day is over.")
    period: PeriodText | None = Field(None, description="A period; of a year, everything in it.")
    form: FormCode | None = None
    text: Words = Field("", description="A part of the return's title, or the beginning of its code.")
    unit_id: UUID | None = None
    after: Cursor = ""
    limit: Limit = 50


@router.get("/returns/filings", response=ReturnPage[FilingBody], summary="Returns that one's unit files")
def filings(request: HttpRequest, asked: Query[FilingsAsked]) -> Any:
    """List the returns of one's unit and the units below it, what is to be filed first."""
    filters = FilingFilters(
        asked.state, asked.period or "", asked.form or "", asked.text, asked.unit_id, asked.late
    )  # fmt: skip
    return _page(filing_list(caller_of(request), filters=filters, after=asked.after, limit=asked.limit))


@router.get("/returns/filings/{filing_id}", response=OneFiling, summary="One return")
def one_filing(request: HttpRequest, filing_id: UUID) -> Any:
    """Read a return with all its revisions, as the unit that files it or the office that asks for it."""
    detail: FilingDetail = filing_detail(caller_of(request), filing_id=filing_id)
    return {
        "filing": detail.line, "campaign_id": detail.campaign_id, "version": detail.order.order.version,
        "design": plain(detail.design), "revisions": detail.revisions, "last": detail.last,
        "failures": [
            {"check": one.check.code, "key": one.key, "told": computed_said(one.rule, one.outcome)}
            for one in detail.failures
        ],
        "acts": list(detail.acts),
    }  # fmt: skip


class ReturnFiguresAsked(BaseModel):
    """Which figures, and as of when."""

    model_config = ConfigDict(extra="forbid")
    form: FormCode
    period: PeriodText
    as_of: datetime | None = Field(None, description="As they stood at this time, with its offset; without: now.")
    after: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=FIGURES_MAX)] = 100


@router.get("/returns/figures", response=ReturnPage[FigureBody], summary="Figures that stand")
def figures(request: HttpRequest, asked: Query[ReturnFiguresAsked]) -> Any:
    """List the accepted rows of a return for a period: an office those of its units, a unit its own.

    By unit, then as they were filed. All pages tell what stood when the first was asked for.
    """
    if asked.as_of is not None and asked.as_of.tzinfo is None:
        raise InvalidInput(_("A time needs its offset from UTC."), field="as_of", remedy=_("Write +08:00 behind it."))
    return _page(figure_list(
        caller_of(request), form_code=asked.form, period=asked.period, as_of=asked.as_of, after=asked.after,
        limit=asked.limit,
    ))  # fmt: skip
