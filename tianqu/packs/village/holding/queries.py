"""Reading the registers of holdings: lists by keyset, one thing with its history, sums; within the reader's scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, F, Func, Q, QuerySet, Sum, TextField, Value
from django.utils import timezone

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import can, require
from tianqu.packs.village.models import HoldingKind, HoldingVersion
from tianqu.packs.village.parties import masked, without_names
from tianqu.packs.village.queries import (
    HISTORY_MAX,
    SEE,
    SEE_PARTIES,
    RegisterPage,
    bounded,
    mark_read,
    page_rows,
    said_party,
    seen,
)
from tianqu.packs.village.registers.holdings import holding_with


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """A fixed asset, fund, claim or debt as it is on a day. A person as ``party`` is masked for some readers."""

    id: UUID
    place_id: UUID
    place_path: str
    kind: str
    number: str
    name: str
    party: str
    amount_fen: int
    settled_fen: int
    due_on: date | None
    location: str
    note: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class HoldingFilters:
    """What a list of holdings is narrowed to; ``on`` is the day on which they are looked at, None for today."""

    kind: HoldingKind | None = None
    place_path: str | None = None
    text: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class HoldingSum:
    """The holdings of one kind: how many, their amounts and what of these is settled, in fen."""

    kind: str
    holdings: int
    amount_fen: int
    settled_fen: int


@dataclass(frozen=True, slots=True)
class HoldingDetail:
    """A holding with every version of it, newest first."""

    id: UUID
    place_id: UUID
    place_path: str
    kind: str
    number: str
    now: HoldingVersion | None
    versions: list[HoldingVersion]


def holding_list(
    actor: Actor, *, filters: HoldingFilters, after: str | None = None, limit: int = 50
) -> RegisterPage[HoldingRow]:
    """List the holdings of a day within the actor's sight by number."""
    rows = _holdings(actor, filters).select_related("holding").order_by("holding__number", "holding_id")
    if after is not None:
        holding_id, number = mark_read(after)
        rows = rows.filter(Q(holding__number__gt=number) | Q(holding__number=number, holding_id__gt=holding_id))
    return page_rows([_holding_row(actor, version) for version in rows[: bounded(limit) + 1]], limit)


def _holdings(actor: Actor, filters: HoldingFilters) -> QuerySet[HoldingVersion]:
    require(actor, SEE)
    day = filters.on or timezone.localdate()
    rows = seen(actor, HoldingVersion.objects.all()).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day
    )
    if filters.place_path is not None:
        rows = rows.filter(place_path__under=filters.place_path)
    if filters.kind is not None:
        rows = rows.filter(holding__kind=filters.kind)
    if words := filters.text.strip():
        rows = rows.filter(Q(holding__number__startswith=words) | _said(rows, words, may=can(actor, SEE_PARTIES)))
    return rows


def _said(rows: QuerySet[HoldingVersion], words: str, *, may: bool) -> Q:
    """What is found by words: without the other party for whom may not read it, also where it was typed beside it."""
    if may:
        return Q(name__contains=words) | Q(location__contains=words) | Q(party__contains=words)
    hidden = {
        name: Func(F(name), F("party"), Value("\n"), function="replace", output_field=TextField())
        for name in ("name", "location")
    }
    found = rows.alias(said_name=hidden["name"], said_location=hidden["location"])
    return Q(id__in=found.filter(Q(said_name__contains=words) | Q(said_location__contains=words)).values("id"))


def _holding_row(actor: Actor, version: HoldingVersion) -> HoldingRow:
    holding, names = version.holding, ("name", "amount_fen", "settled_fen", "due_on", "location", "note")
    may = can(actor, SEE_PARTIES, version)
    _mask_typed(version, may=may)
    party = _party_of(version, may=may)
    return HoldingRow(
        id=holding.id, place_id=holding.place_id, place_path=version.place_path, kind=holding.kind,
        number=holding.number, party=party, valid_from=version.valid_from, valid_to=version.valid_to,
        **{name: getattr(version, name) for name in names},
    )  # fmt: skip


def _mask_typed(version: HoldingVersion, *, may: bool) -> None:
    """Mask the other party in what somebody typed beside it, where it may not be read: 欠张三工程款."""
    if not may and version.party:
        for name in ("name", "location", "note"):
            setattr(version, name, without_names(getattr(version, name), [version.party]))


def _party_of(version: HoldingVersion, *, may: bool) -> str:
    """The other party, masked where it may not be read; what lost its digest lost its names with it."""
    if not version.party and not bytes(version.digest):
        return said_party("")
    return version.party if may else masked(version.party)


def holding_sums(actor: Actor, *, filters: HoldingFilters) -> list[HoldingSum]:
    """Sum what ``holding_list`` would list, by kind."""
    rows = (
        _holdings(actor, filters)
        .values("holding__kind")
        .annotate(holdings=Count("id"), amount=Sum("amount_fen"), settled=Sum("settled_fen"))
        .order_by("holding__kind")
    )
    return [HoldingSum(row["holding__kind"], row["holdings"], int(row["amount"]), int(row["settled"])) for row in rows]


def holding_detail(actor: Actor, *, holding_id: UUID) -> HoldingDetail:
    """Return a holding with its history; names are masked for who may not see the parties. Raises ``NotFound``."""
    require(actor, SEE)
    holding = holding_with(holding_id, actor)
    versions = list(holding.versions.order_by("-valid_from", "-id")[:HISTORY_MAX])
    may = can(actor, SEE_PARTIES, holding)
    for version in versions:
        _mask_typed(version, may=may)
        version.party = _party_of(version, may=may)
        if not may:
            version.reason = version.close_reason = ""
    return HoldingDetail(
        holding.id, holding.place_id, holding.place_path, holding.kind, holding.number,
        next((version for version in versions if version.valid_to is None), None), versions,
    )  # fmt: skip
