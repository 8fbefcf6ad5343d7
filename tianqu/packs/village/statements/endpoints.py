"""The statements of a book over the API: as figures in fen, and as a workbook in yuan."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict

from tianqu.base.spreadsheets import XLSX
from tianqu.packs.village.endpoints import AnyDay
from tianqu.packs.village.statements.paper import PDF, paper
from tianqu.packs.village.statements.queries import Statements, statements_of
from tianqu.packs.village.statements.workbook import workbook

router = Router(tags=["village"])
BINARY: Final = {"type": "string", "format": "binary"}
BookCode = Annotated[str, Path(max_length=80, description="Code of the book.")]
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
    actor = request.auth  # type: ignore[attr-defined]  # the door has set it
    return statements_of(actor, book=code, first_day=first_day, last_day=last_day)
