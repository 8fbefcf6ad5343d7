"""What a pack offers of its contracts for everybody to read: typed and exact, for a gateway to render.

Every text that may hold personal data, or that somebody typed, is empty unless the reader may see it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from tianqu.kernel.journal.api import Actor


class ContractEvent(StrEnum):
    """What happened to a contract when something was written about it."""

    ENTERED = "entered"
    CORRECTED = "corrected"
    PAID = "paid"  # nothing but what was paid has changed
    ENDED = "ended"
    STRUCK = "struck"  # it had been entered in error


@dataclass(frozen=True, slots=True)
class ContractParty:
    """A party by an identifier that stays; ``name`` is "" where the reader may not see it, as a person's mostly is.

    Of an organisation ``registered`` is what it is known by elsewhere, in the list of identifiers ``scheme``; "" for
    none.
    """

    id: str
    name: str = ""
    scheme: str = ""
    registered: str = ""


@dataclass(frozen=True, slots=True)
class ContractItem:
    """A thing that a contract is about: so much of a unit of a class. ``description`` is for people."""

    id: str
    description: str
    class_code: str
    class_name: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class ContractDue:
    """A sum that falls due for the days from ``covers_from`` until before ``covers_until``, and what is paid of it."""

    id: str
    due_on: date
    covers_from: date
    covers_until: date
    amount_fen: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class ContractPayment:
    """What was paid, under an identifier that stays; ``day`` is None where it is not known. Nothing: taken back."""

    id: str
    amount_fen: int
    day: date | None = None


@dataclass(frozen=True, slots=True)
class ContractPaper:
    """A paper of a contract that is known to exist, though not for everybody to read."""

    id: str
    kind: str
    title: str
    dated: date | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class ContractRelease:
    """A contract as it was after something had been written about it, which stays as it is.

    ``until`` is the first day on which it no longer holds by its own words. ``value_fen`` is what it is worth in all,
    where that is known exactly. ``collective`` buys or lets, ``lessor`` is None where that is the collective itself.
    ``standing`` is what was written last in the register; ``voucher`` that of the book which paid, or took back a
    payment, and "" where it was the register. ``dues`` say what was paid until then, ``payments`` what this tells anew.
    """

    contract_id: UUID
    version: int
    event: ContractEvent
    at: datetime
    title: str
    description: str
    collective: ContractParty
    lessor: ContractParty | None
    lessee: ContractParty
    signed_on: date
    resolved_on: date | None
    starts_on: date
    until: date | None
    ended_on: date | None
    value_fen: int | None
    items: tuple[ContractItem, ...]
    dues: tuple[ContractDue, ...]
    payments: tuple[ContractPayment, ...]
    papers: tuple[ContractPaper, ...]
    standing: ContractEvent
    voucher: str = ""


@dataclass(frozen=True, slots=True)
class ContractsAsked:
    """Which releases are wanted: of a place or contract, written from ``first`` until before ``end``, after a mark."""

    place_path: str = ""
    first: datetime | None = None
    end: datetime | None = None
    contract_id: UUID | None = None
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ContractsPage:
    """Releases in the order in which they were written; ``after`` is the mark of the next page, None at the end."""

    rows: Sequence[ContractRelease]
    after: str | None


Contracting: TypeAlias = Callable[[Actor, ContractsAsked], ContractsPage]
