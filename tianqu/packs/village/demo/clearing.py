"""The clean-up of 2020 as findings: what auditors found, what villages did about it, and when an inspector closed it.

Each piece of idle land that was recovered, each claim and debt that was settled and each contract that was put right
was a finding. What it moved in the book waited until the finding was closed: the day of the plan is that day. Of what
was left, some is found now: these findings are open still, and their days lie just before the day of the demonstration.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from tianqu.base.identifiers import named_identifier
from tianqu.packs.village.demo.edition import Words
from tianqu.packs.village.demo.land import account_of
from tianqu.packs.village.demo.letting import LAST_YEAR, Let
from tianqu.packs.village.demo.owning import SETTLED, WRITTEN_OFF
from tianqu.packs.village.demo.planning import VillagePlan
from tianqu.packs.village.demo.posting import LAND, PlannedTransfer
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.histories import ParcelHistory
from tianqu.packs.village.registers.land import ParcelFacts

RECOVERED: Final = "recovered"
CLEARED: Final = (RECOVERED, SETTLED, WRITTEN_OFF)  # kinds of transfer that a finding moves
FIRST_OPENED: Final = date(LAST_YEAR, 1, 13)
RECTIFY_DAYS: Final = 30  # that a village has to put something right
OPEN_SHARE: Final = 0.06  # of what is wrong still has a finding that is open
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
class Days:
    """When a finding was opened, accepted by its village, answered and closed; None for what is yet to come."""

    opened_on: date
    accepted_on: date | None = None
    answered_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlannedFinding:
    """A finding about a contract, parcel or holding, with its days; without ``closed_on`` it is open.

    ``moves`` is the transfer that waits for its closing. It was done on the day of the answer.
    """

    id: UUID
    subject: str  # ``contract``, ``parcel`` or ``holding``
    subject_id: UUID
    rule: str
    text: str
    days: Days
    answer: str = ""
    note: str = ""
    moves: PlannedTransfer | None = None


def planned_findings(words: Words, plan: VillagePlan, *, seed: int, today: date) -> list[PlannedFinding]:
    """Return the findings of a village, by the day on which they were closed; those that are open come last.

    What is closed is the same on every day; what is open was opened in the weeks before ``today``.
    """
    chance = random.Random(f"tianqu/demo/{seed}/{plan.seat.code}/clearing")  # noqa: S311
    made = [*_moving(words, plan, chance), *_of_contracts(words, plan, chance)]
    left = random.Random(f"tianqu/demo/{seed}/{plan.seat.code}/left")  # noqa: S311
    made += _left(words, plan, left, today)
    return sorted(made, key=lambda one: (one.days.closed_on or date.max, str(one.id)))


def _moving(words: Words, plan: VillagePlan, chance: random.Random) -> Iterator[PlannedFinding]:
    debts = {holding.holding_id for holding in plan.holdings if holding.kind is HoldingKind.DEBT}
    for transfer in plan.transfers:
        if transfer.kind not in CLEARED:
            continue
        subject, _colon, told = transfer.reference.partition(":")
        subject_id = UUID(told)
        about = "land" if subject == "parcel" else "debt" if subject_id in debts else "claim"
        # What was done in a quarter that is closed would come too late.
        quarter = date(transfer.day.year, (transfer.day.month - 1) // 3 * 3 + 1, 1)
        yield PlannedFinding(
            named_identifier(f"{transfer.id}/finding"), subject, subject_id, "", _said(words, chance, about),
            _before(chance, transfer.day, answered_from=quarter), transfer.purpose, _said(words, chance, "closed"),
            transfer,
        )  # fmt: skip


def _of_contracts(words: Words, plan: VillagePlan, chance: random.Random) -> Iterator[PlannedFinding]:
    """The contracts that were put right."""
    right: Mapping[str, list[str]] = words.told["put_right_said"]
    for let in plan.lets:
        if let.put_right_on is not None:
            entered = let.history.steps[0].day
            days = _before(chance, let.put_right_on, opened_from=entered + timedelta(days=1))
            answer = words.fill(chance, chance.choice(right[let.slot.fault]))
            yield _of_contract(words, let, chance, days, answer=answer, note=_said(words, chance, "closed"))


def _left(words: Words, plan: VillagePlan, chance: random.Random, today: date) -> Iterator[PlannedFinding]:
    """Some of the contracts that are wrong still, and of the land that lies idle still, as they are found now."""
    for let in plan.lets:
        wrong = let.slot.fault and let.follows is None and let.put_right_on is None
        if wrong and chance.random() < OPEN_SHARE:
            days = _open(chance, today)
            answer = _said(words, chance, "contract_answered") if days.answered_on else ""
            yield _of_contract(words, let, chance, days, answer=answer)
    for parcel in plan.parcels:
        facts = parcel.steps[-1].facts
        if facts.idle and chance.random() < OPEN_SHARE:
            days = _open(chance, today)
            moves = _recovered(words, chance, parcel, facts, days.answered_on) if days.answered_on else None
            yield PlannedFinding(
                named_identifier(f"{parcel.parcel_id}/finding"), "parcel", parcel.parcel_id, "",
                _said(words, chance, "land"), days, moves.purpose if moves else "", moves=moves,
            )  # fmt: skip


def _recovered(
    words: Words, chance: random.Random, parcel: ParcelHistory, facts: ParcelFacts, day: date
) -> PlannedTransfer:
    """What waits in the book until an inspector has seen that the land is used."""
    idle, area = account_of(facts), facts.area_mu_4
    option = next(one for one in words.told["idle"] if one["class"] == facts.land_class.value)
    purpose = words.one(chance, RECOVERED, after=chance.choice(option["after"]))
    return PlannedTransfer(
        named_identifier(f"{parcel.parcel_id}/recovering"), LAND, day, RECOVERED,
        ((account_of(replace(facts, idle=False)), area), (idle, -area)), purpose, f"parcel:{parcel.parcel_id}", "",
    )  # fmt: skip


def _of_contract(
    words: Words, let: Let, chance: random.Random, days: Days, *, answer: str, note: str = ""
) -> PlannedFinding:
    return PlannedFinding(
        named_identifier(f"{let.id}/finding"), "contract", let.id, RULE_OF[let.slot.fault],
        _said(words, chance, "contract"), days, answer, note,
    )  # fmt: skip


def _before(
    chance: random.Random, closed: date, *, opened_from: date = FIRST_OPENED, answered_from: date = FIRST_OPENED
) -> Days:
    """When something was found, accepted and answered that was closed on a day."""
    answered = max(answered_from, closed - timedelta(days=chance.randrange(1, 8)))
    opened = max(FIRST_OPENED, opened_from, answered - timedelta(days=chance.randrange(8, 26)))
    return Days(opened, _accepted(chance, opened), answered, closed)


def _open(chance: random.Random, today: date) -> Days:
    """A finding that is open on a day: new, being put right, past its day, or answered and waiting for an inspector."""

    def ago(days: range) -> date:
        return today - timedelta(days=chance.choice(days))

    state = chance.choices(("new", "accepted", "late", "answered"), (20, 35, 15, 30))[0]
    if state == "new":
        return Days(ago(range(1, 3)))
    opened = ago(range(RECTIFY_DAYS + 3, RECTIFY_DAYS + 41) if state == "late" else range(12, 28))
    answered = ago(range(1, 8)) if state == "answered" else None
    return Days(opened, _accepted(chance, opened), answered)


def _accepted(chance: random.Random, opened: date) -> date:
    return opened + timedelta(days=chance.randint(1, 2))


def _said(words: Words, chance: random.Random, what: str) -> str:
    sentence: str = chance.choice(words.told["finding"][what])
    return sentence
