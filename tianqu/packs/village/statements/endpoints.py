"""The statements of a book over the API: as figures in fen, and as a workbook in yuan."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.base.spreadsheets import XLSX
from tianqu.kernel.pack.api import caller_of
from tianqu.packs.village.endpoints import AnyDay
from tianqu.packs.village.register_endpoints import LIMIT_MAX, Cursor, mark_of, page_of
from tianqu.packs.village.statements.behind import figure_behind
from tianqu.packs.village.statements.paper import PDF, paper
from tianqu.packs.village.statements.queries import Statements, statements_of
from tianqu.packs.village.statements.workbook import workbook

router = Router(tags=["village"])
BINARY: Final = {"type": "string", "format": "binary"}
BookCode = Annotated[str, Path(max_length=80, description="Code of the book.")]
LINE_SAID: Final = (
    "As statement, line and column: assets.cash.closing, claims.payables.opening, income.result, funds.received, "
    "funds.paid.ID and accounts.ID.debit with the identifier of an account, with the codes of lines as /statements has "
    "them."
)
Day = Annotated[AnyDay, Query(description="A day of the period; both are included.")]


class StatementRow(BaseModel):
    """A row: its number (0 for a heading), code, label, and figures in fen, first the opening one."""

    model_config = ConfigDict(from_attributes=True)
    number: int
    code: str
    label: str
    weight: str
    figures: list[int]


class FundLine(BaseModel):
    """What came in from an account and what went out to it, in fen."""

    model_config = ConfigDict(from_attributes=True)
    account_id: int
    code: str
    name: str
    name_en: str
    received: int
    paid: int


class StatementBody(BaseModel):
    """The statements of a book. ``even`` says that each of them adds up, as it always must."""

    book: str
    chart: str
    basis: str
    first_day: date
    last_day: date
    assets: list[StatementRow]
    claims: list[StatementRow]
    income: list[StatementRow]
    cash_opening: int
    cash_closing: int
    funds: list[FundLine]
    even: bool


@router.get("/village/books/{code}/statements", response=StatementBody, summary="The statements of a village's book")
def statements(request: HttpRequest, code: BookCode, first_day: Day, last_day: Day) -> Any:
    """Read balance sheet, income and distribution, and fund movements between two days, in fen."""
    told = _told(request, code, first_day=first_day, last_day=last_day)
    return {
        "book": told.book.code, "chart": told.layout.chart, "basis": told.layout.basis, "first_day": first_day,
        "last_day": last_day, "assets": told.sheet.assets, "claims": told.sheet.claims, "income": told.income,
        "cash_opening": told.funds.opening, "cash_closing": told.funds.closing, "funds": told.funds.rows,
        "even": told.sheet.even and told.funds.even,
    }  # fmt: skip


class ShareRow(BaseModel):
    """An account behind a figure: how many of its legs count in it, and what they come to, in fen."""

    model_config = ConfigDict(from_attributes=True)
    account_id: int
    code: str
    name: str
    name_en: str
    legs: int
    counted: int


class LegBehindRow(BaseModel):
    """A leg behind a figure: ``amount`` is debits positive, ``counted`` what it adds to the figure, both in fen."""

    model_config = ConfigDict(from_attributes=True)
    day: date
    number: int
    position: int
    transfer_id: UUID
    kind: str
    purpose: str
    reference: str
    voucher: str
    account_id: int
    code: str
    name: str
    name_en: str
    amount: int
    counted: int


class StatementFigureBody(BaseModel):
    """What is behind a figure: all accounts, which sum to it, and a page of the legs, first the newest."""

    line: str
    figure_fen: int
    legs: int = Field(description="How many there are on all pages.")
    accounts: list[ShareRow]
    rows: list[LegBehindRow]
    next: Annotated[str | None, Field(description="Send it as `after` for the next page; null: this was the last.")]


class LegsAsked(BaseModel):
    """Which figure, of which days, and of which of its accounts."""

    model_config = ConfigDict(extra="forbid")
    line: Annotated[str, Field(max_length=80, pattern=r"^[a-z_]+(\.[a-z0-9_]+){1,2}$", description=LINE_SAID)]
    first_day: AnyDay
    last_day: AnyDay
    account_id: Annotated[int | None, Field(ge=1, le=2**53 - 1, description="The legs of this account alone.")] = None
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50


@router.get("/village/books/{code}/statements/legs", response=StatementFigureBody, summary="The legs behind a figure")
def legs_of_figure(request: HttpRequest, code: BookCode, asked: Query[LegsAsked]) -> Any:
    """Read the accounts and legs that a figure of the statements is the sum of. Needs the permission ledgers.see."""
    found = figure_behind(
        caller_of(request), book=code, line=asked.line, first_day=asked.first_day, last_day=asked.last_day,
        account_id=asked.account_id, after=mark_of(asked.after), limit=asked.limit,
    )  # fmt: skip
    page = page_of(found.legs)
    return page | {
        "line": asked.line, "figure_fen": found.figure.fen, "legs": found.legs.legs, "accounts": found.legs.accounts,
    }  # fmt: skip


@router.get(
    "/village/books/{code}/statements.xlsx", summary="The statements as a workbook",
    openapi_extra={"responses": {200: {"description": "OK", "content": {XLSX: {"schema": BINARY}}}}},
)  # fmt: skip
def statements_workbook(request: HttpRequest, code: BookCode, first_day: Day, last_day: Day) -> Any:
    """Read the same as an XLSX file, a sheet each, in yuan."""
    told = _told(request, code, first_day=first_day, last_day=last_day)
    name = f"{told.book.code}-{last_day.isoformat()}.xlsx"
    return HttpResponse(
        workbook(told), content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get(
    "/village/books/{code}/statements.pdf", summary="The statements as a paper",
    openapi_extra={"responses": {200: {"description": "OK", "content": {PDF: {"schema": BINARY}}}}},
)  # fmt: skip
def statements_paper(request: HttpRequest, code: BookCode, first_day: Day, last_day: Day) -> Any:
    """Read the same as a PDF to print and sign, in yuan, in the language that is accepted."""
    told = _told(request, code, first_day=first_day, last_day=last_day)
    name = f"{told.book.code}-{last_day.isoformat()}.pdf"
    return HttpResponse(
        paper(told), content_type=PDF, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _told(request: HttpRequest, code: str, *, first_day: date, last_day: date) -> Statements:
    return statements_of(caller_of(request), book=code, first_day=first_day, last_day=last_day)
