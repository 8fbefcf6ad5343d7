"""Reading the registers: lists by keyset, one thing with its history, sums; always within the reader's scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import can, require
from tianqu.packs.village.meetings.models import Matter
from tianqu.packs.village.models import (
    Contract,
    ContractParcel,
    ContractStanding,
    Judgement,
    Parcel,
    ParcelVersion,
)
from tianqu.packs.village.parties import masked
from tianqu.packs.village.registers.contracts import ContractTerms, contract_with, terms_of
from tianqu.packs.village.registers.land import parcel_with
from tianqu.packs.village.registers.matters import resolutions_of
from tianqu.packs.village.registers.received import Settled, receipts_of, settled
from tianqu.packs.village.rules.facts import ContractKind, LandClass, Resolution
from tianqu.packs.village.scanning.registers.scans import narrowed

SEE: Final = "village.see"
SEE_PARTIES: Final = "village.see_parties"
LIMIT_MAX: Final = 500
HISTORY_MAX: Final = 500
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class RegisterPage(Generic[Row]):
    """Rows of a list by number, and the mark after which the next page begins; None where this was the last."""

    rows: Sequence[Row]
    after: str | None


@dataclass(frozen=True, slots=True)
class Letting:
    """The contract that covers a parcel on a day, the earliest of several; ``since`` its term began."""

    contract_id: UUID
    number: str
    since: date


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """A parcel as it is on a day, without its boundary, which may be larger than all the rest of a list.

    ``letting`` is told of idle parcels: what is under a contract is not idle without a word.
    """

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
    letting: Letting | None = None


@dataclass(frozen=True, slots=True)
class ParcelFilters:
    """What a list of parcels is narrowed to; ``on`` is the day on which they are looked at, None for today.

    ``let`` is whether a contract covers them on that day.
    """

    place_path: str | None = None
    text: str = ""
    land_class: LandClass | None = None
    idle: bool | None = None
    on: date | None = None
    let: bool | None = None


@dataclass(frozen=True, slots=True)
class ParcelDetail:
    """A parcel with every version of it, newest first, what it came from, what followed it, and its contracts."""

    id: UUID
    place_id: UUID
    place_path: str
    number: str
    now: ParcelVersion | None
    versions: list[ParcelVersion]
    came_from: list[Parcel]
    became: list[Parcel]
    contracts: list[ContractRow]
    letting: Letting | None  # of a parcel that is idle now


@dataclass(frozen=True, slots=True)
class LandSum:
    """The parcels of one class, in use or idle: how many, and their area in 0.0001 mu."""

    land_class: str
    idle: bool
    parcels: int
    area_mu_4: int


@dataclass(frozen=True, slots=True)
class ContractFilters:
    """What a list of contracts is narrowed to; ``found``: severe, flagged or clean; ``scanned``: with a scan or not."""

    place_path: str | None = None
    text: str = ""
    kind: ContractKind | None = None
    state: ContractStanding | None = None
    found: str = ""
    scanned: bool | None = None


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract in a list; ``state`` is its standing today. For who may not see parties, persons are masked."""

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


@dataclass(frozen=True, slots=True)
class ContractDetail:
    """A contract with its terms, the numbers of its parcels, and the newest judgement.

    What ``terms`` say of rents paid is what was typed; ``rents`` say what is paid.
    """

    row: ContractRow
    terms: ContractTerms
    parcels: list[Parcel]
    end_reason: str
    judgement: Judgement | None
    matter: Matter | None  # whose resolution is this contract's
    resolution: Resolution | None
    rents: list[Settled]  # what falls due, with what the book received for it up to today
    beyond_fen: int  # what it received beyond all that falls due
    idle: list[Parcel]  # of a contract in force: those of its parcels that are idle in the register


FOUND: Final = ("severe", "flagged", "clean")


def parcel_list(
    actor: Actor, *, filters: ParcelFilters, after: str | None = None, limit: int = 50
) -> RegisterPage[ParcelRow]:
    """List the parcels of a day within the actor's sight by number."""
    rows = _parcels(actor, filters).select_related("parcel").defer("boundary")
    rows = rows.order_by("parcel__number", "parcel_id")
    if after is not None:
        parcel_id, number = mark_read(after)
        rows = rows.filter(Q(parcel__number__gt=number) | Q(parcel__number=number, parcel_id__gt=parcel_id))
    found = list(rows[: bounded(limit) + 1])
    let = lettings([version.parcel_id for version in found if version.idle], on=filters.on or timezone.localdate())
    return page_rows([_parcel_row(version, let.get(version.parcel_id)) for version in found], limit)


def lettings(parcel_ids: Iterable[UUID], *, on: date) -> dict[UUID, Letting]:
    """Return the contract that covers each of some parcels on a day; a parcel without one is missing."""
    rows = _covering(on).filter(parcel_id__in=list(parcel_ids)).order_by("-contract__starts_on", "-contract_id")
    told = rows.values_list("parcel_id", "contract_id", "contract__number", "contract__starts_on")
    return {parcel_id: Letting(contract_id, number, since) for parcel_id, contract_id, number, since in told}


def _covering(on: date) -> QuerySet[ContractParcel]:
    return ContractParcel.objects.filter(contract__in=Contract.objects.filter(Contract.held_on(on)))


def _parcels(actor: Actor, filters: ParcelFilters) -> QuerySet[ParcelVersion]:
    require(actor, SEE)
    day = filters.on or timezone.localdate()
    rows = seen(actor, ParcelVersion.objects.all()).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day
    )
    if filters.place_path is not None:
        rows = rows.filter(place_path__under=filters.place_path)
    if filters.land_class is not None:
        rows = rows.filter(land_class=filters.land_class.value)
    if filters.idle is not None:
        rows = rows.filter(idle=filters.idle)
    if filters.let is not None:
        covered = Exists(_covering(day).filter(parcel_id=OuterRef("parcel_id")))
        rows = rows.filter(covered if filters.let else ~covered)
    if words := filters.text.strip():
        rows = rows.filter(Q(parcel__number__startswith=words) | Q(name__contains=words) | Q(use__contains=words))
    return rows


def _parcel_row(version: ParcelVersion, letting: Letting | None) -> ParcelRow:
    parcel = version.parcel
    return ParcelRow(
        parcel.id, parcel.place_id, version.place_path, parcel.number, version.name, version.land_class, version.use,
        version.idle, version.area_mu_4, version.valid_from, version.valid_to, letting,
    )  # fmt: skip


def land_sums(actor: Actor, *, filters: ParcelFilters) -> list[LandSum]:
    """Sum the areas of what ``parcel_list`` would list, by class and whether idle."""
    rows = (
        _parcels(actor, filters)
        .values("land_class", "idle")
        .annotate(parcels=Count("id"), area=Sum("area_mu_4"))
        .order_by("land_class", "idle")
    )
    return [LandSum(row["land_class"], row["idle"], row["parcels"], int(row["area"])) for row in rows]


def parcel_detail(actor: Actor, *, parcel_id: UUID) -> ParcelDetail:
    """Return a parcel with its history. Raises ``NotFound``."""
    require(actor, SEE)
    parcel = parcel_with(parcel_id, actor)
    versions = list(
        parcel.versions.select_related("opened_by", "closed_by").order_by("-valid_from", "-id")[:HISTORY_MAX]
    )
    opened = [version.opened_by_id for version in versions]
    closed = [version.closed_by_id for version in versions if version.closed_by_id is not None]
    held = Contract.objects.select_related("place").filter(held__parcel=parcel)
    if not can(actor, SEE_PARTIES, parcel):
        _without_reasons(versions)
    now = next((version for version in versions if version.valid_to is None), None)
    let = lettings([parcel.id] if now is not None and now.idle else [], on=timezone.localdate())
    return ParcelDetail(
        parcel.id, parcel.place_id, parcel.place_path, parcel.number, now, versions,
        _others(parcel, closed_by__in=opened), _others(parcel, opened_by__in=closed),
        [contract_row(actor, contract) for contract in held.order_by("-starts_on", "id")[:HISTORY_MAX]],
        let.get(parcel.id),
    )  # fmt: skip


def _without_reasons(versions: Sequence[ParcelVersion]) -> None:
    """Leave out why the land was changed, which somebody typed."""
    for version in versions:
        version.opened_by.reason = ""
        if version.closed_by is not None:
            version.closed_by.reason = ""


def _others(parcel: Parcel, **by: object) -> list[Parcel]:
    """The other parcels with a version that one of these changes opened or closed."""
    ids = ParcelVersion.objects.filter(**by).values("parcel_id")
    return list(Parcel.objects.filter(id__in=ids).exclude(id=parcel.id).order_by("number")[:HISTORY_MAX])


def contract_list(
    actor: Actor, *, filters: ContractFilters, after: str | None = None, limit: int = 50
) -> RegisterPage[ContractRow]:
    """List the contracts within the actor's sight by number."""
    require(actor, SEE)
    rows = seen(actor, Contract.objects.select_related("place").defer("place__boundary")).order_by("number", "id")
    rows = narrowed(rows, scanned=filters.scanned)
    if filters.place_path is not None:
        rows = rows.filter(place_path__under=filters.place_path)
    if filters.kind is not None:
        rows = rows.filter(kind=filters.kind.value)
    if filters.state is not None:
        rows = rows.filter(Contract.standing(filters.state, on=timezone.localdate()))
    if filters.found:
        rows = rows.filter(_found(filters.found))
    if words := filters.text.strip():
        told = Q(number__startswith=words) | Q(particulars__resolution_reference__contains=words)
        told |= Q(held__parcel__number=words)
        rows = rows.filter(told | Q(lessee__contains=words) if can(actor, SEE_PARTIES) else told).distinct()
    if after is not None:
        contract_id, number = mark_read(after)
        rows = rows.filter(Q(number__gt=number) | Q(number=number, id__gt=contract_id))
    found = list(rows[: bounded(limit) + 1])
    return page_rows([contract_row(actor, contract) for contract in found], limit)


def _found(found: str) -> Q:
    if found not in FOUND:
        raise InvalidInput(
            _("“%(value)s” is not what is found in contracts."), field="found", value=found[:40],
            remedy=_("Use one of: %(allowed)s."), allowed=", ".join(FOUND),
        )  # fmt: skip
    if found == "severe":
        return Q(severe__gt=0)
    return Q(severe__gt=0) | Q(flags__gt=0) if found == "flagged" else Q(severe=0, flags=0)


def contract_row(actor: Actor, contract: Contract) -> ContractRow:
    """Return a contract, read with its village, as the actor may see it: no person, where they may not be seen."""
    names = set(ContractRow.__dataclass_fields__) - {"lessor", "lessee", "state"}
    may = can(actor, SEE_PARTIES, contract)
    lessor, lessee = (
        said_party(name if may or name == contract.place.name else masked(name))
        for name in (contract.lessor, contract.lessee)
    )
    told = {name: getattr(contract, name) for name in names}
    return ContractRow(**told, lessor=lessor, lessee=lessee, state=contract.standing_on(timezone.localdate()).value)


def said_party(name: str) -> str:
    """A party as it is shown: its name, or that it was erased; no contract is entered without one."""
    return name or gettext("(erased)")


def contract_detail(actor: Actor, *, contract_id: UUID) -> ContractDetail:
    """Return a contract with everything that the actor may see of it. Raises ``NotFound``."""
    require(actor, SEE)
    contract = contract_with(contract_id, actor)
    row, terms = contract_row(actor, contract), terms_of(contract)
    terms = replace(terms, lessor=row.lessor, lessee=row.lessee)
    parcels = list(Parcel.objects.filter(contracts__contract=contract).order_by("contracts__id"))
    newest = contract.judgements.order_by("-at", "-id").first()
    may = can(actor, SEE_PARTIES, contract)
    matter = Matter.objects.filter(id=contract.matter_id).first() if contract.matter_id is not None else None
    resolution = resolutions_of([matter.id]).get(matter.id) if matter is not None else terms.particulars.resolution
    receipts = receipts_of(actor.scope, [contract], on=timezone.localdate(), place_path=str(contract.place_path))[
        contract.id
    ]
    rents, beyond = settled(terms.instalments, receipts)
    reason = contract.end_reason if may else ""
    idle = parcels if row.state == ContractStanding.IN_FORCE else []
    lying = ParcelVersion.objects.filter(parcel__in=idle, valid_to__isnull=True, idle=True)
    known = set(lying.values_list("parcel_id", flat=True)) if idle else set()
    idle = [parcel for parcel in idle if parcel.id in known]
    return ContractDetail(row, terms, parcels, reason, newest, matter, resolution, rents, beyond, idle)


def parcels_numbered(actor: Actor, *, place_id: UUID, numbers: Sequence[str], field: str) -> list[UUID]:
    """Return the identifiers of a village's parcels by their numbers. Raises ``NotFound`` for one that it has not."""
    found = {
        parcel.number: parcel.id
        for parcel in seen(actor, Parcel.objects.filter(place_id=place_id, number__in=list(numbers)))
    }
    for number in numbers:
        if number not in found:
            raise NotFound(
                _("The village has no parcel %(value)s."), field=field, value=number[:40],
                remedy=_("Enter the parcel first."),
            )  # fmt: skip
    return [found[number] for number in numbers]


def matters_numbered(actor: Actor, *, place_id: UUID, number: str, field: str) -> UUID:
    """Return the identifier of a village's matter by its number. Raises ``NotFound``."""
    found = seen(actor, Matter.objects.filter(place_id=place_id, number=number)).first()
    if found is None:
        raise NotFound(
            _("The village has no matter %(value)s."), field=field, value=number[:40],
            remedy=_("Open the matter first."),
        )  # fmt: skip
    return found.id


Model = TypeVar("Model", bound=models.Model)


def seen(actor: Actor, rows: QuerySet[Model]) -> QuerySet[Model]:
    """Narrow rows to the actor's places."""
    if actor.scope.everything:
        return rows
    within = Q(pk__in=[])
    for path in actor.scope.place_paths:
        within |= Q(place_path__under=path)
    return rows.filter(within)


def bounded(limit: int) -> int:
    """How many rows a page of a list has that asks for so many."""
    return max(1, min(limit, LIMIT_MAX))


def page_rows(rows: list[Any], limit: int) -> RegisterPage[Any]:
    """Return a page of at most ``limit`` rows, given one more than that where there is another page."""
    limit = bounded(limit)
    last = rows[limit - 1] if len(rows) > limit else None
    return RegisterPage(rows[:limit], f"{last.id}/{last.number}" if last is not None else None)


def mark_read(after: str) -> tuple[UUID, str]:
    """Read the mark of a page. Raises ``NotFound`` for one that no page gave."""
    thing, _slash, number = after.partition("/")
    try:
        return UUID(thing), number
    except ValueError as error:
        raise NotFound(
            _("This is not the mark of a page."), field="after", value=after[:80],
            remedy=_("Use the `next` that the page before gave, or none."),
        ) from error  # fmt: skip
