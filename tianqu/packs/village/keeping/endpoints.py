"""A book's months and vouchers over the API. What is done goes by ``POST /acts/village.enter_voucher`` and the like."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.pack.api import caller_of
from tianqu.packs.village.endpoints import AnyDay
from tianqu.packs.village.keeping.queries import month_of, voucher_detail
from tianqu.packs.village.statements.endpoints import BookCode

router = Router(tags=["village"])


class CashBody(BaseModel):
    """An account of cash or at a bank over the month, in fen."""

    model_config = ConfigDict(from_attributes=True)
    code: str
    name: str
    name_en: str
    opening: int
    received: int
    paid: int
    closing: int


class MonthBody(BaseModel):
    """A month of a book. ``state``: open, closing (finished by the village) or closed.

    ``bare`` counts vouchers without a photo or paper, ``waiting`` entries of the book that wait for a decision.
    """

    book: str
    first_day: date
    last_day: date
    state: str
    cash: list[CashBody]
    vouchers: int
    bare: int
    waiting: int


@router.get("/village/books/{code}/month", response=MonthBody, summary="A month of a village's book")
def month(
    request: HttpRequest, code: BookCode, day: Annotated[AnyDay, Query(description="Any day of the month.")]
) -> Any:
    """Read a month's cash and what is still to be done in it. Needs the permission ledgers.see."""
    told = month_of(caller_of(request), book=code, day=day)
    return {
        "book": told.book.code, "first_day": told.first_day, "last_day": told.last_day, "cash": told.cash,
        "state": told.period.state if told.period is not None else "open", "vouchers": told.vouchers,
        "bare": told.bare, "waiting": told.waiting,
    }  # fmt: skip


class VoucherPaperBody(BaseModel):
    """A photo or paper of a voucher."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    media_type: str
    size: int = Field(description="bytes")


class VoucherBody(BaseModel):
    """A voucher with its papers; its legs are read at /transfers."""

    id: UUID
    book: str
    number: int
    day: date
    booked_on: date = Field(
        description="the day on which it counts: of one that was reserved first, that of its posting"
    )
    kind: str
    purpose: str
    voucher: str
    state: str
    reversed_by: UUID | None
    at: datetime
    amount_fen: int | None
    papers: list[VoucherPaperBody]


@router.get("/village/vouchers/{transfer_id}", response=VoucherBody, summary="A voucher with its papers")
def voucher(request: HttpRequest, transfer_id: UUID) -> Any:
    """Read a voucher with its photos and papers. Needs the permission ledgers.see."""
    told = voucher_detail(caller_of(request), transfer_id=transfer_id)
    own = ("id", "book", "number", "day", "booked_on", "kind", "purpose", "voucher", "state", "reversed_by", "at")
    values = {name: getattr(told.detail, name) for name in own}
    return values | {"amount_fen": told.amount_fen, "papers": told.papers}
