"""The registers over the API: lists by keyset, one parcel, one contract. What is done goes by ``POST /acts/…``."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.json_schema import WithJsonSchema

from tianqu.base.canonical import plain
from tianqu.base.errors import NotFound, _
from tianqu.kernel.pack.api import caller_of
from tianqu.kernel.places.api import place_called
from tianqu.packs.village.endpoints import AnyDay, FindingRow
from tianqu.packs.village.models import ContractStanding
from tianqu.packs.village.queries import (
    ContractFilters,
    ParcelDetail,
    ParcelFilters,
    contract_detail,
    contract_list,
    land_sums,
    parcel_detail,
    parcel_list,
)
from tianqu.packs.village.registers.received import Settled
from tianqu.packs.village.rules.facts import ContractKind, LandClass

router = Router(tags=["village"])
Row = TypeVar("Row")
LIMIT_MAX: Final = 200
_TRUTHS: Final = {"true": True, "false": False}
Cursor = Annotated[str, Field(max_length=300, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before.")]
Words = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
PlaceCode = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[0-9A-Za-z_]+$")]
Day = AnyDay
Flag = Annotated[
    bool,
    BeforeValidator(lambda value: _TRUTHS.get(value, "") if isinstance(value, str) else value),
    WithJsonSchema({"type": "boolean"}),
]


class RegisterPage(BaseModel, Generic[Row]):
    """A page of a register."""

    rows: list[Row]
    next: Annotated[str | None, Field(description="Send it as `after` for the next page; null: this was the last.")]


def page_of(found: Any) -> dict[str, Any]:
    """A page of a register as it is answered, with the cursor of the next."""
    cursor = urlsafe_b64encode(found.after.encode()).decode().rstrip("=") if found.after is not None else None
    return {"rows": found.rows, "next": cursor}


def mark_of(cursor: str | None) -> str | None:
    """The mark that a cursor stands for. Raises ``NotFound`` for one that no page gave."""
    if not cursor:
        return None
    try:
        mark: str = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        if "\0" in mark:  # no text of the database holds one
            raise ValueError("not the mark of a page")
    except ValueError as error:
        raise NotFound(
            _("This is not the mark of a page."), field="after", value=cursor[:80],
            remedy=_("Use the `next` that the page before gave, or none."),
        ) from error  # fmt: skip
    return mark


def path_of(code: str | None) -> str | None:
    """The path of the place with a code, if one was given. Raises ``NotFound``."""
    return None if code is None else str(place_called(code, field="place").path)


class LettingBody(BaseModel):
    """The contract that covers an idle parcel on that day, and since when by its term."""

    model_config = ConfigDict(from_attributes=True)
    contract_id: UUID
    number: str
    since: date


class ParcelBody(BaseModel):
    """A parcel as it is on a day; its area in 0.0001 mu."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    place_id: UUID
    place_path: str
    number: str
    name: str
    land_class: str
    use: str
    idle: bool
    area_mu_4: int
    valid_from: date
    valid_to: date | None
    letting: LettingBody | None


class ParcelsAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place: parcels of villages in it.")
    text: Words = Field("", description="The beginning of the number, or a part of name or use.")
    land_class: LandClass | None = None
    idle: Flag | None = None
    on: Day | None = Field(None, description="As the parcels were on this day; without: today.")
    let: Flag | None = Field(None, description="Whether a contract covers them on that day.")
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50

    def filters(self) -> ParcelFilters:
        """The same, as the query takes it."""
        return ParcelFilters(path_of(self.place), self.text, self.land_class, self.idle, self.on, self.let)


@router.get("/village/parcels", response=RegisterPage[ParcelBody], summary="Parcels within one's sight")
def parcels(request: HttpRequest, asked: Query[ParcelsAsked]) -> Any:
    """List parcels by number. Needs the permission village.see."""
    return page_of(
        parcel_list(caller_of(request), filters=asked.filters(), after=mark_of(asked.after), limit=asked.limit)
    )


class SumBody(BaseModel):
    """The parcels of one class, in use or idle."""

    model_config = ConfigDict(from_attributes=True)
    land_class: str
    idle: bool
    parcels: int
    area_mu_4: int


class SumsAsked(BaseModel):
    """What is summed."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place: parcels of villages in it.")
    on: Day | None = Field(None, description="As the parcels were on this day; without: today.")


@router.get("/village/land-sums", response=list[SumBody], summary="Areas by class")
def sums(request: HttpRequest, asked: Query[SumsAsked]) -> Any:
    """Sum the areas of parcels by class, in use and idle. Needs the permission village.see."""
    return land_sums(caller_of(request), filters=ParcelFilters(place_path=path_of(asked.place), on=asked.on))


class VersionBody(BaseModel):
    """What a parcel was between two days, and the change that made it so."""

    valid_from: date
    valid_to: date | None
    name: str
    land_class: str
    use: str
    idle: bool
    area_mu_4: int
    boundary: dict[str, Any] | None
    change_id: UUID
    change: str
    reason: str
    at: datetime


class OtherParcel(BaseModel):
    """A parcel that came before or after."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    number: str


class ContractBody(BaseModel):
    """A contract in a list; amounts in fen, areas in 0.0001 mu. Without village.see_parties names are masked.

    ``state`` is how it stands today: not_begun, in_force or expired by its term, else ended or struck.
    """

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    place_id: UUID
    place_path: str
    number: str
    kind: str
    land_class: str
    lessor: str
    lessee: str
    signed_on: date
    starts_on: date
    until: date | None
    area_mu_4: int
    rent_year_fen: int | None
    state: str
    ended_on: date | None
    judged_on: date | None
    severe: int
    flags: int
    notices: int
    version: int


class OneParcel(BaseModel):
    """A parcel with its history and its contracts."""

    id: UUID
    place_id: UUID
    place_path: str
    number: str
    standing: bool
    versions: list[VersionBody]
    came_from: list[OtherParcel]
    became: list[OtherParcel]
    contracts: list[ContractBody]
    letting: Annotated[LettingBody | None, Field(description="Of a parcel that is idle now.")]


@router.get("/village/parcels/{parcel_id}", response=OneParcel, summary="One parcel")
def parcel(request: HttpRequest, parcel_id: UUID) -> Any:
    """Read a parcel with every version, what it came from and became, and its contracts."""
    found = parcel_detail(caller_of(request), parcel_id=parcel_id)
    return {
        "id": found.id, "place_id": found.place_id, "place_path": found.place_path, "number": found.number,
        "standing": found.now is not None, "versions": _versions(found), "came_from": found.came_from,
        "became": found.became, "contracts": found.contracts, "letting": found.letting,
    }  # fmt: skip


def _versions(found: ParcelDetail) -> list[dict[str, Any]]:
    names = ("valid_from", "valid_to", "name", "land_class", "use", "idle", "area_mu_4", "boundary")
    return [
        {name: getattr(one, name) for name in names}
        | {"change_id": one.opened_by_id, "change": one.opened_by.kind, "reason": one.opened_by.reason,
           "at": one.opened_by.at}
        for one in found.versions
    ]  # fmt: skip


class ContractsAsked(BaseModel):
    """What the list is narrowed to."""

    model_config = ConfigDict(extra="forbid")
    place: PlaceCode | None = Field(None, description="Code of a place: contracts of villages in it.")
    text: Words = Field("", description="The beginning of the number, a parcel's number, a part of the lessee's name.")
    kind: ContractKind | None = None
    state: ContractStanding | None = Field(None, description="How they stand today, by their term.")
    found: Annotated[str, Field(pattern=r"^(?:severe|flagged|clean)?$", description="By the last judgement.")] = ""
    scanned: Flag | None = Field(None, description="With a scan of the signed contract, or without one.")
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50


@router.get("/village/contracts", response=RegisterPage[ContractBody], summary="Contracts within one's sight")
def contracts(request: HttpRequest, asked: Query[ContractsAsked]) -> Any:
    """List contracts by number. Needs the permission village.see."""
    filters = ContractFilters(path_of(asked.place), asked.text, asked.kind, asked.state, asked.found, asked.scanned)
    return page_of(contract_list(caller_of(request), filters=filters, after=mark_of(asked.after), limit=asked.limit))


class ComparisonBody(BaseModel):
    """How the rent compares: comparable with the median (fen for a mu and year), not_comparable, or no_rent."""

    verdict: str
    peers: int
    median_mu_year_fen: int | str | None
    years: int


class JudgementRow(BaseModel):
    """What the rules found, and when they were asked."""

    id: UUID
    on: date
    at: datetime
    contract_version: int
    findings: list[FindingRow]
    comparison: ComparisonBody


class RentVoucher(BaseModel):
    """What of a voucher in the village's book pays a rent."""

    transfer_id: UUID
    number: int
    day: date
    amount_fen: int


class RentBody(BaseModel):
    """A rent that falls due: what had been paid before the book told of it, and what is paid in all up to today."""

    due_on: date
    amount_fen: int
    opening_fen: int
    paid_fen: int
    owed_fen: int
    vouchers: list[RentVoucher]


class OneContract(ContractBody):
    """A contract with its terms, its parcels, and the newest judgement."""

    parcels: list[OtherParcel]
    terms: Annotated[dict[str, Any], Field(description="As POST /acts/village.correct_contract takes them.")]
    rents: list[RentBody]
    beyond_fen: Annotated[int, Field(description="Received in fen beyond all that falls due.")]
    end_reason: str
    judgement: JudgementRow | None


@router.get("/village/contracts/{contract_id}", response=OneContract, summary="One contract")
def contract(request: HttpRequest, contract_id: UUID) -> Any:
    """Read a contract with its terms and what the rules found in it."""
    found = contract_detail(caller_of(request), contract_id=contract_id)
    row = {name: getattr(found.row, name) for name in ContractBody.model_fields}
    judged = found.judgement
    told = None if judged is None else {
        name: getattr(judged, name) for name in ("id", "on", "at", "contract_version", "findings", "comparison")
    }  # fmt: skip
    return row | {
        "parcels": found.parcels, "terms": plain(found.terms), "end_reason": found.end_reason, "judgement": told,
        "rents": [_rent(one) for one in found.rents], "beyond_fen": found.beyond_fen,
    }  # fmt: skip


def _rent(one: Settled) -> dict[str, Any]:
    due = one.instalment
    return {
        "due_on": due.due_on, "amount_fen": due.amount_fen, "opening_fen": one.opening_fen, "paid_fen": due.paid_fen,
        "owed_fen": one.owed_fen,
        "vouchers": [
            {"transfer_id": part.receipt.transfer_id, "number": part.receipt.number, "day": part.receipt.day,
             "amount_fen": part.amount_fen}
            for part in one.parts
        ],
    }  # fmt: skip
