"""Books: who has which, their accounts, what they hold on any day or index, their transfers; and posting."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Query, Router, Status
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import (
    BATCH_MAX,
    LEGS_MAX,
    PURPOSE_MAX,
    VOUCHER_MAX,
    NewLeg,
    NewTransfer,
    PostedTransfer,
    balance_at_index,
    balance_of,
    book_accounts,
    book_detail,
    book_transfers,
    books_list,
    charts,
    completeness_of,
    place_trial_balance,
    post_batch,
    post_transfer,
    statement_of_account,
    transfer_detail,
    trial_balance,
)
from tianqu.kernel.places.api import place_called
from tianqu.web.api.bodies import OwnIdentifier, whole
from tianqu.web.api.choices import REFERENCE_GIVEN, TRANSFER_KIND
from tianqu.web.api.doors import with_token
from tianqu.web.api.orders import identifier_for
from tianqu.web.api.paging import Page, cursor_of, mark_of, number_of
from tianqu.web.api.performing import Key, actor_of_request, check_limits, flag_replayed, happened_at
from tianqu.web.api.values import AnyCode, Cursor, Day, Index, Limit, Moment, Words, word

router = Router(tags=["ledgers"], auth=with_token)
BookCode = Annotated[str, Path(max_length=80, description="Code of the book.")]
AccountId = Annotated[int, Path(ge=1, le=2**53 - 1, description="Identifier of the account.")]
SMALLEST: Any = Annotated[int, Field(ge=-(10**15), le=10**15, strict=True), BeforeValidator(whole)]


class LegBody(BaseModel):
    """What is moved on an account, in the ledger's smallest unit: debit positive, credit negative, never zero."""

    model_config = ConfigDict(extra="forbid")
    account_id: Annotated[int, Field(ge=1, le=2**53 - 1, strict=True), BeforeValidator(whole)]
    amount: Annotated[SMALLEST, Field(json_schema_extra={"not": {"const": 0}})]


class TransferBody(BaseModel):
    """A transfer as it is posted."""

    model_config = ConfigDict(extra="forbid")
    day: Annotated[Day, Field(description="The business day.")]
    legs: Annotated[list[LegBody], Field(min_length=2, max_length=LEGS_MAX)]
    kind: TRANSFER_KIND = "ordinary"
    purpose: Annotated[str, word(PURPOSE_MAX)] = ""
    reference: Annotated[REFERENCE_GIVEN, Field(description="What it is about, as contract:0192…")] = ""
    voucher: Annotated[str, word(VOUCHER_MAX)] = ""
    pending: Annotated[StrictBool, Field(description="Reserve, and wait for a resolution.")] = False
    expires_at: Annotated[Moment | None, Field(description="When a pending one is voided by itself.")] = None


class OneTransferBody(TransferBody):
    """A transfer with the book that it is posted in."""

    book: AnyCode
    transfer_id: Annotated[
        OwnIdentifier | None, Field(description="Your own UUID; the same sent again is the same transfer.")
    ] = None
    at: Annotated[Moment | None, Field(description="When it was posted; for tokens with the scope simulate.")] = None


class EachTransferBody(TransferBody):
    """A transfer of a batch, with the identifier by which it is known when it is sent again."""

    transfer_id: Annotated[OwnIdentifier, Field(description="Your own UUID; the same sent again is the same transfer.")]


class BatchBody(BaseModel):
    """Transfers of one book, posted all or none, each with an identifier of its own."""

    model_config = ConfigDict(extra="forbid")
    book: AnyCode
    transfers: Annotated[list[EachTransferBody], Field(min_length=1, max_length=BATCH_MAX)]
    at: Annotated[Moment | None, Field(description="When it was posted; for tokens with the scope simulate.")] = None


class PostedBody(BaseModel):
    """A transfer as it stands in its book: ``number`` is in the book's own sequence, without gaps."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    number: int
    again: bool


@router.post("/transfers", response={201: PostedBody}, summary="Post a transfer", operation_id="ledgers_post")
def post(request: HttpRequest, body: OneTransferBody, idempotency_key: Key = None) -> Any:
    """Post one transfer, or reserve it as pending. Needs transfer_id, or an Idempotency-Key that stands for it."""
    done = posted(actor_of_request(request), body, idempotency_key)
    if done.again:
        flag_replayed(request)
    return Status(201, done)


def posted(actor: Actor, body: OneTransferBody, key: str | None) -> PostedTransfer:
    """Post a transfer for a caller, under the identifier that they gave or that their idempotency key stands for."""
    check_limits(actor, "ledgers.post")
    transfer_id = body.transfer_id or identifier_for(actor, key)
    if transfer_id is None:
        raise InvalidInput(
            _("A transfer needs an identifier that you give."), field="transfer_id",
            remedy=_("Send transfer_id, or an Idempotency-Key."),
        )  # fmt: skip
    return post_transfer(
        actor, book=body.book, transfer_id=transfer_id, day=body.day, legs=_legs(body), kind=body.kind,
        purpose=body.purpose, reference=body.reference, voucher=body.voucher, pending=body.pending,
        expires_at=body.expires_at, **happened_at(actor, body.at),
    )  # fmt: skip


def posted_as(transfer: PostedTransfer) -> dict[str, object]:
    """Return a posted transfer as ``PostedBody`` has it."""
    return {"id": transfer.id, "number": transfer.number, "again": transfer.again}


@router.post(
    "/transfer-batches", response={201: list[PostedBody]}, summary="Post many transfers",
    operation_id="ledgers_post_batch",
)  # fmt: skip
def batch(request: HttpRequest, body: BatchBody) -> Any:
    """Post transfers of one book, all or none. Those that were posted before with the same content are told again."""
    actor = actor_of_request(request)
    check_limits(actor, "ledgers.post_batch")
    return Status(
        201,
        post_batch(
            actor, book=body.book, transfers=[_transfer(each) for each in body.transfers],
            **happened_at(actor, body.at),
        ),
    )  # fmt: skip


def _legs(body: TransferBody) -> tuple[NewLeg, ...]:
    return tuple(NewLeg(leg.account_id, leg.amount) for leg in body.legs)


def _transfer(body: EachTransferBody) -> NewTransfer:
    return NewTransfer(
        body.transfer_id, body.day, _legs(body), body.kind, body.purpose, body.reference, body.voucher, body.pending,
        body.expires_at,
    )  # fmt: skip


class BookRow(BaseModel):
    """A book, and whose it is."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    code: str
    name: str
    name_en: str
    unit_id: UUID | None
    place_id: UUID
    place_path: str
    first_day: date


class LedgerRow(BaseModel):
    """What is counted in one unit within a book."""

    model_config = ConfigDict(from_attributes=True)
    code: str
    unit: str


class PeriodRow(BaseModel):
    """Days that are opened and closed together."""

    model_config = ConfigDict(from_attributes=True)
    first_day: date
    last_day: date
    state: str
    changed_at: datetime
    person_id: UUID | None
    post_id: UUID | None


class OneBook(BookRow):
    """A book with its ledgers and periods."""

    ledgers: list[LedgerRow]
    periods: list[PeriodRow]


class BookList(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    place: AnyCode | None = Field(None, description="Code of a place: books that are kept in it.")
    text: Words = Field("", description="The beginning of the code, or a part of the name.")
    after: Cursor | None = None
    limit: Limit = 50


@router.get("/books", response=Page[BookRow], summary="Books within one's sight")
def books(request: HttpRequest, asked: Query[BookList]) -> Any:
    """List books by code. Needs the permission ledgers.see."""
    path = place_called(asked.place, field="place").path if asked.place else None
    page = books_list(
        actor_of_request(request), place_path=path, text=asked.text, after=mark_of(asked.after), limit=asked.limit
    )
    return {"rows": page.rows, "next": cursor_of(page.after)}


@router.get("/books/{code}", response=OneBook, summary="One book")
def book(request: HttpRequest, code: BookCode) -> Any:
    """Read a book with its ledgers and periods."""
    return book_detail(actor_of_request(request), book=code)


class LedgerAccountRow(BaseModel):
    """An account with its sums: everything that was ever posted, and what is pending now."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    ledger: LedgerRow
    chart: str
    code: str
    name: str
    name_en: str
    element: str
    side: str
    parent_id: int | None
    balance_min: int | None
    balance_max: int | None
    opened_on: date
    closed_on: date | None
    posted_debit: int
    posted_credit: int
    pending_debit: int
    pending_credit: int


@router.get("/books/{code}/accounts", response=Page[LedgerAccountRow], summary="The accounts of a book")
def accounts(request: HttpRequest, code: BookCode, after: Cursor | None = None, limit: Limit = 200) -> Any:
    """List the accounts of a book."""
    page = book_accounts(actor_of_request(request), book=code, after=number_of(after), limit=limit)
    return {"rows": page.rows, "next": cursor_of(page.after)}


class TrialRow(BaseModel):
    """An account in a trial balance; ``amount`` is debits less credits."""

    model_config = ConfigDict(from_attributes=True)
    account_id: int
    ledger: str
    unit: str
    chart: str
    code: str
    name: str
    name_en: str
    element: str
    side: str
    parent_id: int | None
    debit: int
    credit: int
    amount: int


@router.get("/books/{code}/trial-balance", response=list[TrialRow], summary="A book on a day")
def trial(request: HttpRequest, code: BookCode, on: Day) -> Any:
    """Read the sums of every account of a book at the end of a day, whole; 413 beyond 20,000 accounts."""
    return trial_balance(actor_of_request(request), book=code, on=on)


class PlaceTrialRow(BaseModel):
    """Accounts of one code in all books of a place together."""

    model_config = ConfigDict(from_attributes=True)
    unit: str
    chart: str
    code: str
    name: str
    name_en: str
    element: str
    side: str
    books: int
    debit: int
    credit: int


@router.get("/trial-balance", response=list[PlaceTrialRow], summary="All books of a place on a day")
def place_trial(request: HttpRequest, place: AnyCode, on: Day) -> Any:
    """Read the sums of all books that are kept in a place, by account code, within the caller's sight.

    It is told whole, so that it balances; 413 beyond 20,000 codes.
    """
    path = place_called(place, field="place").path
    return place_trial_balance(actor_of_request(request), place_path=path, on=on)


class BalanceRow(BaseModel):
    """The balance of an account."""

    model_config = ConfigDict(from_attributes=True)
    account_id: int
    debit: int
    credit: int
    pending_debit: int
    pending_credit: int
    amount: int


class BalanceAsked(BaseModel):
    """Of when the balance is."""

    model_config = ConfigDict(extra="forbid")
    on: Day | None = Field(None, description="At the end of this day; without: of everything.")
    index: Index | None = Field(None, description="As it was when the log held the entries up to this index.")


@router.get("/accounts/{account_id}/balance", response=BalanceRow, summary="The balance of an account")
def balance(request: HttpRequest, account_id: AccountId, asked: Query[BalanceAsked]) -> Any:
    """Read what an account held on a day, or as the log knew it at an index."""
    actor = actor_of_request(request)
    if asked.index is not None:
        return balance_at_index(actor, account_id=account_id, index=asked.index, on=asked.on)
    return balance_of(actor, account_id=account_id, on=asked.on)


class AccountLine(BaseModel):
    """A line of an account's statement; ``balance`` is what the account held after it."""

    model_config = ConfigDict(from_attributes=True)
    day: date
    number: int
    position: int
    transfer_id: UUID
    kind: str
    purpose: str
    reference: str
    voucher: str
    amount: int
    balance: int


class StatementAsked(BaseModel):
    """Which days of an account."""

    model_config = ConfigDict(extra="forbid")
    first_day: Day
    last_day: Day
    after: Cursor | None = None
    limit: Limit = 100


@router.get("/accounts/{account_id}/statement", response=Page[AccountLine], summary="The statement of an account")
def statement(request: HttpRequest, account_id: AccountId, asked: Query[StatementAsked]) -> Any:
    """List what was posted on an account between two days, oldest first, with the running balance."""
    page = statement_of_account(
        actor_of_request(request), account_id=account_id, first_day=asked.first_day, last_day=asked.last_day,
        after=mark_of(asked.after), limit=asked.limit,
    )  # fmt: skip
    return {"rows": page.rows, "next": cursor_of(page.after)}


class LegRow(BaseModel):
    """What a transfer moves on an account."""

    model_config = ConfigDict(from_attributes=True)
    account_id: int
    ledger: str
    code: str
    name: str
    name_en: str
    amount: int


class TransferRow(BaseModel):
    """A transfer with its legs and what became of it: ``state`` is posted, pending or voided."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    book: str
    number: int
    day: date
    kind: str
    purpose: str
    reference: str
    voucher: str
    state: str
    expires_at: datetime | None
    reverses: UUID | None
    reversed_by: UUID | None
    resolved_on: date | None
    resolution_number: int | None
    reason: str
    at: datetime
    person_id: UUID | None
    post_id: UUID | None
    legs: list[LegRow]


@router.get("/transfers/{transfer_id}", response=TransferRow, summary="One transfer")
def transfer(request: HttpRequest, transfer_id: UUID) -> Any:
    """Read a transfer with its legs, and what became of it."""
    return transfer_detail(actor_of_request(request), transfer_id=transfer_id)


class TransferList(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    reference: Annotated[str, word(170)] = ""
    waiting: Annotated[bool, Field(description="true: only those that are pending still.")] = False
    after: Cursor | None = None
    limit: Limit = 50


@router.get("/books/{code}/transfers", response=Page[TransferRow], summary="The transfers of a book")
def transfers(request: HttpRequest, code: BookCode, asked: Query[TransferList]) -> Any:
    """List the transfers of a book by their numbers, first the newest."""
    page = book_transfers(
        actor_of_request(request), book=code, reference=asked.reference, waiting=asked.waiting,
        before=number_of(asked.after), limit=asked.limit,
    )  # fmt: skip
    return {"rows": page.rows, "next": cursor_of(page.after)}


class CompletenessBody(BaseModel):
    """Whether the log holds every number of a book. ``missing`` are spans of numbers, from and to, both included.

    At most a thousand spans and a thousand repeated numbers are named; the first ones.
    """

    model_config = ConfigDict(from_attributes=True)
    book: str
    last: int
    found: int
    missing: list[tuple[int, int]]
    repeated: list[int]
    complete: bool


@router.get("/books/{code}/completeness", response=CompletenessBody, summary="Whether a book misses an entry")
def completeness(request: HttpRequest, code: BookCode) -> Any:
    """Walk the book's leaves in the public log, and name every number that is missing or stands there twice."""
    return completeness_of(actor_of_request(request), book=code)


class ChartRow(BaseModel):
    """A chart of accounts in its newest version."""

    model_config = ConfigDict(from_attributes=True)
    code: str
    version: int
    title: str
    title_en: str
    basis: str
    source: str
    valid_from: date | None
    valid_to: date | None
    lines: list[dict[str, Any]]


@router.get("/charts", response=list[ChartRow], summary="Charts of accounts")
def charts_listed(request: HttpRequest) -> Any:
    """Read every chart of accounts in its newest version."""
    return charts()
