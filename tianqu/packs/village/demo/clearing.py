"""The clean-up of 2020 as findings: what auditors found, what villages did about it, and when an inspector closed it.

Each piece of idle land that was recovered, each claim and debt that was settled and each contract that was put right
was a finding. What it moved in the book waited until the finding was closed: the day of the plan is that day.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from tianqu.base.identifiers import named_identifier
from tianqu.packs.village.demo.edition import Words
from tianqu.packs.village.demo.letting import LAST_YEAR, Let
from tianqu.packs.village.demo.owning import SETTLED, WRITTEN_OFF
from tianqu.packs.village.demo.planning import VillagePlan
from tianqu.packs.village.demo.posting import PlannedTransfer
from tianqu.packs.village.models import HoldingKind

RECOVERED: Final = "recovered"
CLEARED: Final = (RECOVERED, SETTLED, WRITTEN_OFF)  # kinds of transfer that a finding moves
FIRST_OPENED: Final = date(LAST_YEAR, 1, 13)
OPEN_SHARE: Final = 0.06  # of the contracts that were not put right have a finding that is open still
# Which rule finds what is wrong with a contract.
RULE_OF: Final[Mapping[str, str]] = {
    "over_term_arable": "lease_too_long", "over_term_forest": "lease_too_long",
    "missing_resolution": "democratic_record", "no_escalation": "no_escalation", "low_price": "low_price",
    "area": "area_under_reported", "oral": "oral", "expired_held": "expired", "prepaid": "prepaid",
    "sublet": "sublet", "use_changed": "use_changed", "signed_before": "signed_before",
    "flow_beyond": "flow_beyond", "no_approval": "outside_lessee", "receipts_differ": "receipts_differ",
    "let_twice": "let_twice", "private_account": "private_account",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedFinding:
    """A finding about a contract, parcel or holding; without ``closed_on`` it is open, without ``answered_on`` new.

    ``moves`` is the transfer that waits for its closing; ``done_on`` the business day on which that was done.
    """

    id: UUID
    subject: str  # ``contract``, ``parcel`` or ``holding``
    subject_id: UUID
    rule: str
    text: str
    opened_on: date
    answered_on: date | None
    answer: str
    closed_on: date | None
    note: str
    moves: PlannedTransfer | None = None
    done_on: date | None = None


def planned_findings(words: Words, plan: VillagePlan, *, seed: int) -> list[PlannedFinding]:
    """Return the findings of a village, by the day on which they were closed; those that are open come last."""
    chance = random.Random(f"tianqu/demo/{seed}/{plan.seat.code}/clearing")  # noqa: S311
    made = [*_moving(words, plan, chance), *_of_contracts(words, plan, chance)]
    return sorted(made, key=lambda one: (one.closed_on or date.max, str(one.id)))


def _moving(words: Words, plan: VillagePlan, chance: random.Random) -> Iterator[PlannedFinding]:
    debts = {holding.holding_id for holding in plan.holdings if holding.kind is HoldingKind.DEBT}
    for transfer in plan.transfers:
        if transfer.kind not in CLEARED:
            continue
        subject, _colon, told = transfer.reference.partition(":")
        subject_id = UUID(told)
        about = "land" if subject == "parcel" else "debt" if subject_id in debts else "claim"
        opened, answered = _before(chance, transfer.day)
        quarter = date(transfer.day.year, (transfer.day.month - 1) // 3 * 3 + 1, 1)
        done = max(quarter, answered)  # what was done in a quarter that is closed would come too late
        yield PlannedFinding(
            named_identifier(f"{transfer.id}/finding"), subject, subject_id, "", _said(words, chance, about), opened,
            done, transfer.purpose, transfer.day, _said(words, chance, "closed"), transfer, done,
        )  # fmt: skip


def _of_contracts(words: Words, plan: VillagePlan, chance: random.Random) -> Iterator[PlannedFinding]:
    for let in plan.lets:
        if not let.slot.fault or let.follows is not None:
            continue
        entered = let.history.steps[0].day
        closed = let.put_right_on
        if closed is not None:
            opened, answered = _before(chance, closed)
            note = _said(words, chance, "closed")
            yield _of_contract(words, let, chance, (max(opened, entered), max(answered, entered), closed), note)
        elif chance.random() < OPEN_SHARE:
            opened = date(LAST_YEAR, 10, 12) + timedelta(days=chance.randrange(45))
            answered_on = opened + timedelta(days=chance.randrange(12, 28)) if chance.random() < 0.4 else None
            yield _of_contract(words, let, chance, (opened, answered_on, None), "")


def _of_contract(
    words: Words, let: Let, chance: random.Random, days: tuple[date, date | None, date | None], note: str
) -> PlannedFinding:
    opened, answered, closed = days
    right: Mapping[str, list[str]] = words.told["put_right_said"]
    options = right[let.slot.fault] if closed is not None else words.told["finding"]["contract_answered"]
    answer = words.fill(chance, chance.choice(options)) if answered is not None else ""
    return PlannedFinding(
        named_identifier(f"{let.id}/finding"), "contract", let.id, RULE_OF[let.slot.fault],
        _said(words, chance, "contract"), opened, answered, answer, closed, note,
    )  # fmt: skip


def _before(chance: random.Random, closed: date) -> tuple[date, date]:
    """When something was found and when it was answered that was closed on a day."""
    answered = closed - timedelta(days=chance.randrange(1, 8))
    return max(FIRST_OPENED, answered - timedelta(days=chance.randrange(8, 26))), answered


def _said(words: Words, chance: random.Random, what: str) -> str:
    sentence: str = chance.choice(words.told["finding"][what])
    return sentence
