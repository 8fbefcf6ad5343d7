"""Rents as the book received them: nobody types that a rent was paid, it follows from the vouchers.

What was typed with an instalment is what had been paid before the book told of it. To that comes every receipt that
names the contract, in the order of days: it pays what fell due first (Civil Code, Article 560).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from tianqu.kernel.journal.api import Scope
from tianqu.kernel.ledgers.api import Received, received_for
from tianqu.packs.village.keeping.models import COMPOUND, VoucherKind
from tianqu.packs.village.models import Contract
from tianqu.packs.village.registers.contracts import ContractTerms
from tianqu.packs.village.rules.facts import Instalment
from tianqu.packs.village.statements.layouts import CASH_CODES

CONTRACT: Final = "contract"  # what a transfer's reference begins with
BY_FINDING: Final = "finding"  # the kind of a transfer that waited for a finding
RECEIPTS: Final = (VoucherKind.RECEIPT.value, COMPOUND, BY_FINDING)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a receipt pays an instalment."""

    receipt: Received
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Settled:
    """An instalment with all that was paid of it: ``opening_fen`` had been typed, ``parts`` came through the book."""

    instalment: Instalment
    opening_fen: int
    parts: tuple[Part, ...] = ()

    @property
    def owed_fen(self) -> int:
        """What is not paid of it."""
        return self.instalment.amount_fen - self.instalment.paid_fen


def receipts_of(
    scope: Scope, contracts: Iterable[Contract], *, on: date, place_path: str
) -> dict[UUID, list[Received]]:
    """Return what the books of their villages received for contracts at or below a place up to a day. One query.

    Of books within ``scope``: that of who asks, or of the system where rules are asked.
    """
    places = {f"{CONTRACT}:{one.id}": (one.id, str(one.place_path)) for one in contracts}
    found: dict[UUID, list[Received]] = {contract_id: [] for contract_id, _place in places.values()}
    received = received_for(
        scope, place_path=place_path, kinds=RECEIPTS, codes=CASH_CODES, unit="fen", on=on, references=list(places)
    )
    for one in received:
        contract_id, own = places[one.reference]
        if one.place_path == own:  # no other village pays this one's rents
            found[contract_id].append(one)
    return found


def received_below(scope: Scope, place_path: str, *, on: date) -> dict[UUID, int]:
    """Return how much the books of their villages received for the contracts at or below a place up to a day.

    Of books within ``scope``.
    """
    received = received_for(
        scope, place_path=place_path, kinds=RECEIPTS, codes=CASH_CODES, unit="fen", on=on, about=CONTRACT
    )
    if not received:
        return {}
    places = dict(
        Contract.objects.filter(
            id__in={contract_id for one in received if (contract_id := _contract_id(one))}
        ).values_list("id", "place_path")
    )
    sums: dict[UUID, int] = {}
    for one in received:
        contract_id = _contract_id(one)
        if contract_id is not None and str(places.get(contract_id)) == one.place_path:
            sums[contract_id] = sums.get(contract_id, 0) + one.amount
    return sums


def settled(instalments: Sequence[Instalment], receipts: Iterable[Received]) -> tuple[list[Settled], int]:
    """Return each instalment with what paid it, and what was received beyond all of them."""
    paid = [min(one.paid_fen, one.amount_fen) for one in instalments]
    parts: list[list[Part]] = [[] for _one in instalments]
    in_turn = sorted(range(len(instalments)), key=lambda place: (instalments[place].due_on, place))
    beyond = 0
    for receipt in receipts:
        left = receipt.amount
        for place in in_turn:
            part = min(left, instalments[place].amount_fen - paid[place])
            if part > 0:
                parts[place].append(Part(receipt, part))
                paid[place] += part
                left -= part
        beyond += left
    return [
        Settled(replace(one, paid_fen=paid[place]), one.paid_fen, tuple(parts[place]))
        for place, one in enumerate(instalments)
    ], beyond


def as_received(terms: ContractTerms, receipts: Iterable[Received]) -> ContractTerms:
    """Return the terms with what was really paid of each instalment."""
    return replace(terms, instalments=tuple(one.instalment for one in settled(terms.instalments, receipts)[0]))


def _contract_id(received: Received) -> UUID | None:
    """The contract that a transfer names; None for what cannot be one."""
    try:
        return UUID(received.reference.removeprefix(f"{CONTRACT}:"))
    except ValueError:
        return None
