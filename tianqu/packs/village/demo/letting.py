"""Contracts, each invented from its slot: on what land, for how long, for how much, what was paid, what is wrong.

What is right is right by every rule of ``packs/village/rules``; what is wrong is wrong by the rule of its fault.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from tianqu.base.identifiers import named_identifier
from tianqu.packs.village.demo.edition import Seat, Words
from tianqu.packs.village.demo.shares import HUNDREDTH_MU, MU, Slot
from tianqu.packs.village.registers.contracts import ContractTerms, Particulars
from tianqu.packs.village.registers.histories import ContractHistory, ContractStep, Ended
from tianqu.packs.village.rules.facts import Body, ContractKind, Instalment, LandClass, Resolution, years_after

FIRST_YEAR: Final = 2019
LAST_YEAR: Final = 2020
LAST_DAY: Final = date(LAST_YEAR, 12, 31)
REFERENCE_YEAR: Final = 2015  # of the rents in the realm's words
YUAN: Final = 100  # fen
START_MONTHS: Final = (1, 3, 6, 10)
SOUND_UNTIL: Final = LAST_YEAR + 2  # nothing that is right ends while the books are kept
HOUSEHOLDS_UNTIL: Final = date(2028, 10, 1)
RESOLVED_SINCE: Final = date(2010, 10, 28)  # before, no law asked for a record
YEARLY_RISE: Final = 0.02
LEASE_YEARS_MAX: Final = 20
REPLACED: Final = frozenset({"missing_resolution", "expired_held", "no_approval"})  # by another contract
LONG: Final[Mapping[str, tuple[int, int]]] = {"over_term_arable": (25, 50), "over_term_forest": (25, 70)}
PAID_WITHIN: Final = timedelta(days=20)
FLAT_YEARS: Final = 5  # up to these a rent need not rise


@dataclass(frozen=True, slots=True)
class Receipt:
    """Rent that came in: when, how much, and whether it had been owed on the books before."""

    day: date
    amount_fen: int
    year: int
    was_owed: bool = False


@dataclass(slots=True)
class Due:
    """An instalment while it is invented: with its receipts, and what of it is missing at the end of 2019."""

    due_on: date
    amount_fen: int
    covers_from: date
    covers_until: date
    paid: list[Receipt] = field(default_factory=list)
    owed_fen: int = 0

    def on(self, day: date) -> Instalment:
        """As the register knows it on a day."""
        paid = sum(receipt.amount_fen for receipt in self.paid if receipt.day <= day)
        return Instalment(self.due_on, self.amount_fen, self.covers_from, self.covers_until, paid)


@dataclass(slots=True)
class Let:
    """A contract of the plan: its slot, its land, its money, and its history in the register."""

    slot: Slot
    id: UUID
    number: str
    parcel_id: UUID
    land_name: str
    land_class: LandClass
    use: str
    parcel_mu_4: int
    lessee: str
    fair_rent_fen: int  # of a year, as others pay
    dues: list[Due]
    history: ContractHistory
    put_right_on: date | None = None
    collected_on: date | None = None
    follows: UUID | None = None  # the contract in whose place it came
    claim_id: UUID | None = None  # where the register of claims has what is owed under it

    def receipts(self) -> list[Receipt]:
        """Everything that was paid."""
        return sorted((receipt for due in self.dues for receipt in due.paid), key=lambda one: one.day)

    def owed_on_2019(self, *, before: bool) -> int:
        """What was missing of instalments due before 2019, or of 2019's own."""
        return sum(due.owed_fen for due in self.dues if (due.due_on.year < FIRST_YEAR) == before)


Righting: TypeAlias = Callable[[Let, ContractTerms], ContractTerms]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn of a contract before its terms: days, area and rents in fen a year."""

    start: date
    until: date
    area_mu_4: int
    rent_fen: int
    rise: float

    def rent(self, year: int) -> int:
        """The rent of a year: it rises from 2020 on, in whole yuan."""
        return self.rent_fen if year < LAST_YEAR else round(self.rent_fen * (1 + self.rise) / YUAN) * YUAN


class Letting:
    """Invents the contracts of one village."""

    def __init__(self, words: Words, seat: Seat, chance: random.Random, *, name: str) -> None:
        self.words, self.seat, self.chance, self.name = words, seat, chance, name
        self.census = date(LAST_YEAR, 1, 10) + timedelta(days=chance.randrange(70))  # contracts were entered then

    def contracts(self, slots: list[Slot]) -> list[Let]:
        """Return the contracts of all slots, and those that came in the place of some."""
        made: dict[int, Let] = {}
        for slot in sorted(slots, key=lambda one: one.partner is not None):  # partners first
            made[slot.number] = self._let(slot, made.get(slot.partner) if slot.partner else None)
        lets = [made[number] for number in sorted(made)]
        return [*lets, *(self._follower(let) for let in lets if let.put_right_on and let.slot.fault in REPLACED)]

    def _let(self, slot: Slot, partner: Let | None) -> Let:
        option: dict[str, Any] = self.words.told["let"][slot.option]
        drawn = self._drawn(slot, option, partner)
        number = f"{drawn.start.year}-{slot.number:02d}"
        contract_id = named_identifier(f"{self.name}/contract/{slot.number}")
        parcel_id = partner.parcel_id if partner else named_identifier(f"{self.name}/parcel/let/{slot.number}")
        let = Let(
            slot=slot, id=contract_id, number=number, parcel_id=parcel_id,
            land_name=partner.land_name if partner else self.chance.choice(option["names"]),
            land_class=LandClass(option["class"]), use=self.words.fill(self.chance, option["use"]),
            parcel_mu_4=drawn.area_mu_4, lessee=self.words.lessee(self.chance, self.seat),
            fair_rent_fen=self._rent(replace(slot, fault=""), option, year=LAST_YEAR, area_mu_4=drawn.area_mu_4),
            dues=self._dues(slot, drawn), history=ContractHistory(contract_id, ()),
        )  # fmt: skip
        if slot.put_right:
            let.put_right_on = date(LAST_YEAR, 4, 10) + timedelta(days=self.chance.randrange(245))
            if slot.fault in REPLACED:  # not before this year's rent has come in
                let.put_right_on = max([let.put_right_on, *(due.due_on + PAID_WITHIN for due in let.dues)])
        self._pay(let)
        if slot.fault == "area":
            let.parcel_mu_4 = _hundredths(drawn.area_mu_4 * self.chance.uniform(1.06, 1.3) + MU)
        let.history = self._history(let, self._terms(let, drawn, option))
        return let

    # What is let, for how long and for how much.

    def _drawn(self, slot: Slot, option: dict[str, Any], partner: Let | None) -> Drawn:
        start, until = self._days(slot, option)
        if partner is not None:
            terms = partner.history.steps[0].terms
            rent = self._rent(slot, option, year=start.year, area_mu_4=terms.area_mu_4)
            return Drawn(start, until, terms.area_mu_4, rent, 0.04)
        rise = 0.0 if slot.fault == "no_escalation" else self.chance.choice((0.02, 0.03, 0.04, 0.05))
        price = self._price(slot, option, start.year)
        if slot.arrears_fen:
            rent = self._owed_rent(slot)
            return Drawn(start, until, max(HUNDREDTH_MU, _hundredths(rent * MU / price)), rent, rise)
        area = _hundredths(self.chance.uniform(*option["mu"]) * MU)
        return Drawn(start, until, area, _yuan(price * area / MU), rise)

    def _price(self, slot: Slot, option: dict[str, Any], year: int) -> float:
        """Fen for a mu and year."""
        usual = option["rent"] * YUAN * (1 + YEARLY_RISE) ** (year - REFERENCE_YEAR)
        return float(
            usual * (self.chance.uniform(0.3, 0.58) if slot.fault == "low_price" else self.chance.uniform(0.9, 1.1))
        )

    def _rent(self, slot: Slot, option: dict[str, Any], *, year: int, area_mu_4: int) -> int:
        return _yuan(self._price(slot, option, year) * area_mu_4 / MU)

    def _owed_rent(self, slot: Slot) -> int:
        """A rent of which the arrears are as many years, the last perhaps in part."""
        least = slot.arrears_fen / slot.arrears_years
        return _yuan(least * self.chance.uniform(1.0, 1.35)) + YUAN

    def _days(self, slot: Slot, option: dict[str, Any]) -> tuple[date, date]:
        """First day, and first day on which it no longer holds."""
        chance, fault = self.chance, slot.fault
        month = chance.choice(START_MONTHS)
        least, most = option["years"]
        if fault in LONG:
            start = date(chance.randrange(2001, 2014), month, 1)
            return start, years_after(start, chance.randrange(*LONG[fault]))
        if fault == "expired_held":
            until = date(FIRST_YEAR, chance.choice((3, 6)), 1)
            return years_after(until, -chance.randrange(3, 9)), until
        if fault == "prepaid":
            start = date(FIRST_YEAR, month, 1)
            return start, years_after(start, 5)
        newest = FIRST_YEAR - max(1, slot.arrears_years) + 1
        years = chance.randrange(
            max(least, FLAT_YEARS + 1 if fault in ("no_escalation", "flow_beyond") else 0), most + 1
        )
        oldest = max(
            SOUND_UNTIL - years, newest - years + 1, RESOLVED_SINCE.year + 1 if self._needs_record(slot) else 2003
        )
        start = date(min(newest, oldest + chance.randrange(max(1, newest - oldest + 1))), month, 1)
        until = years_after(start, max(years, SOUND_UNTIL - start.year))
        if option["kind"] == "flow":
            return start, years_after(HOUSEHOLDS_UNTIL, 3) if fault == "flow_beyond" else min(until, HOUSEHOLDS_UNTIL)
        return start, until

    @staticmethod
    def _needs_record(slot: Slot) -> bool:
        """Whether the fault can only be found where the law asked for a record."""
        return slot.fault in ("missing_resolution", "low_price", "signed_before", "no_approval")

    # What falls due, and what is paid.

    def _dues(self, slot: Slot, drawn: Drawn) -> list[Due]:
        """The instalments of 2019 and 2020, and those before that are owed still."""
        if slot.fault == "prepaid":
            until = years_after(drawn.start, 5)
            return [Due(drawn.start + timedelta(days=10), 5 * drawn.rent_fen, drawn.start, until)]
        first = FIRST_YEAR - max(0, slot.arrears_years - 1)
        grace = self.chance.randrange(11)
        dues = []
        for year in range(max(first, drawn.start.year), LAST_YEAR + 1):
            begins = years_after(drawn.start, year - drawn.start.year)
            if begins < drawn.until:
                ends = min(years_after(begins, 1), drawn.until)
                dues.append(Due(begins + timedelta(days=grace), drawn.rent(year), begins, ends))
        left = slot.arrears_fen
        for due in dues[: slot.arrears_years]:
            due.owed_fen = min(due.amount_fen, left)
            left -= due.owed_fen
        assert left == 0, f"{self.name}: {left} fen of arrears are in no instalment"
        return dues

    def _pay(self, let: Let) -> None:
        """Let what is not owed be paid within weeks; arrears that are collected are paid on one day of 2020."""
        if let.slot.collected:
            let.collected_on = date(LAST_YEAR, 4, 1) + timedelta(days=self.chance.randrange(260))
            if let.slot.fault in REPLACED and let.put_right_on:
                let.collected_on = min(let.collected_on, let.put_right_on)
        for due in let.dues:
            day = due.due_on + timedelta(days=self.chance.randrange(PAID_WITHIN.days))
            if due.amount_fen > due.owed_fen:
                due.paid.append(Receipt(day, due.amount_fen - due.owed_fen, due.covers_from.year))
            if due.owed_fen and let.collected_on:
                due.paid.append(Receipt(let.collected_on, due.owed_fen, due.covers_from.year, was_owed=True))

    # What the register says.

    def _terms(self, let: Let, drawn: Drawn, option: dict[str, Any]) -> ContractTerms:
        slot, chance = let.slot, self.chance
        kind, fault = ContractKind(option["kind"]), slot.fault
        signed = drawn.start - timedelta(days=chance.randrange(3, 25))
        may_be_outside = kind in (ContractKind.LEASE, ContractKind.OTHER_MEANS) and fault != "missing_resolution"
        outside = fault == "no_approval" or (may_be_outside and chance.random() < 0.1)
        resolved = kind is not ContractKind.FLOW and signed >= RESOLVED_SINCE and fault != "missing_resolution"
        measured = fault == "area" or chance.random() < 0.5
        told = Particulars(
            written=fault != "oral", measured_mu_4=let.parcel_mu_4 if measured else None,
            household_until=HOUSEHOLDS_UNTIL if kind is ContractKind.FLOW else None, lessee_outside=outside,
            resolution_reference=f"村民代表会议记录{signed.year}-{chance.randrange(1, 15)}" if resolved else "",
            resolution=self._resolution(signed, late=fault == "signed_before") if resolved or outside else None,
            township_approved_on=signed if outside and fault != "no_approval" else None,
            bounds_written=True if kind is ContractKind.CONSTRUCTION else None,
            occupied=True if fault == "expired_held" else None, use_agreed=let.use,
            use_found=chance.choice(("堆放建材", "搭建看护房", "挖塘养殖")) if fault == "use_changed" else let.use,
            sublet=fault == "sublet", private_account=fault == "private_account",
        )  # fmt: skip
        return ContractTerms(
            number=let.number, kind=kind, lessee=let.lessee, signed_on=signed, starts_on=drawn.start,
            area_mu_4=drawn.area_mu_4, until=drawn.until, parcel_ids=(let.parcel_id,), land_class=let.land_class,
            rent_year_fen=drawn.rent_fen, particulars=told,
        )  # fmt: skip

    def _resolution(self, signed: date, *, late: bool = False) -> Resolution:
        entitled = self.chance.randrange(15, 46)
        present = entitled - self.chance.randrange(entitled // 6)
        agreed = present - self.chance.randrange(max(1, present // 8))  # two thirds of all, whatever was drawn
        held = signed + timedelta(days=self.chance.randrange(5, 40) * (1 if late else -1))
        return Resolution(Body.REPRESENTATIVES, held, entitled, present, agreed)

    def _history(self, let: Let, terms: ContractTerms) -> ContractHistory:
        """Entered at the census of 2020, put right on its day, and told with its payments at the end of the year."""
        wrong = self._paid(let, terms, self.census)
        steps = [ContractStep(self.census, wrong)]
        right_on = let.put_right_on
        if right_on is None:
            _add(steps, LAST_DAY, self._paid(let, terms, LAST_DAY))
            return ContractHistory(let.id, tuple(steps))
        if let.slot.fault in REPLACED:
            last = replace(terms, particulars=replace(terms.particulars, occupied=False))
            _add(steps, right_on, self._paid(let, last, right_on))
            reason = self.words.fill(self.chance, self.chance.choice(self.words.told["put_right_said"][let.slot.fault]))
            return ContractHistory(let.id, tuple(steps), Ended(right_on, reason))
        right = RIGHTING[let.slot.fault](let, terms)
        _add(steps, right_on, self._paid(let, right, right_on, right=True))
        _add(steps, LAST_DAY, self._paid(let, right, LAST_DAY, right=True))
        return ContractHistory(let.id, tuple(steps))

    def _paid(self, let: Let, terms: ContractTerms, day: date, *, right: bool = False) -> ContractTerms:
        """The terms with what was paid by a day. Where receipts and book differ, the receipts say more."""
        paid = sum(receipt.amount_fen for receipt in let.receipts() if receipt.day <= day)
        more = paid // 10 + 50 * YUAN if let.slot.fault == "receipts_differ" and not right else 0
        told = replace(terms.particulars, receipts_fen=paid + more, posted_fen=paid)
        return replace(terms, instalments=tuple(due.on(day) for due in let.dues), particulars=told)

    def _follower(self, before: Let) -> Let:
        """The contract that comes in the place of one that was ended, on the same land, by the book."""
        assert before.put_right_on is not None
        old, day = before.history.steps[-1].terms, before.put_right_on
        option: dict[str, Any] = self.words.told["let"][before.slot.option]
        slot = Slot(before.slot.seat, before.slot.number, before.slot.option)
        rent = self._rent(slot, option, year=LAST_YEAR, area_mu_4=old.area_mu_4)
        paid_until = max((due.covers_until for due in before.dues), default=day)
        begins = max(day, paid_until)
        dues = []
        if begins <= date(LAST_YEAR, 12, 1):
            due = Due(begins, rent, begins, years_after(begins, 1))
            due.paid.append(Receipt(begins + timedelta(days=self.chance.randrange(15)), rent, LAST_YEAR))
            dues.append(due)
        contract_id = named_identifier(f"{self.name}/contract/{slot.number}/follower")
        resolution = self._resolution(day)
        terms = replace(
            old, number=f"{LAST_YEAR}-{slot.number:02d}续", signed_on=day, starts_on=day,
            until=years_after(day, self.chance.randrange(3, FLAT_YEARS + 1)), rent_year_fen=rent,
            particulars=replace(
                old.particulars, written=True, occupied=None, resolution=resolution,
                resolution_reference=f"村民代表会议记录{LAST_YEAR}-{self.chance.randrange(1, 15)}",
                township_approved_on=day if old.particulars.lessee_outside else None,
            ),
        )  # fmt: skip
        let = replace(
            before, slot=slot, id=contract_id, number=terms.number, dues=dues, put_right_on=None, collected_on=None,
            follows=before.id, claim_id=None,
        )  # fmt: skip
        entered = [ContractStep(day, self._paid(let, terms, day))]
        _add(entered, LAST_DAY, self._paid(let, terms, LAST_DAY))
        let.history = ContractHistory(contract_id, tuple(entered))
        return let


def _add(steps: list[ContractStep], day: date, terms: ContractTerms) -> None:
    """Add a step where it says something new."""
    if steps[-1].terms != terms:
        steps.append(ContractStep(day, terms))


def _hundredths(area_mu_4: float) -> int:
    return max(1, round(area_mu_4 / HUNDREDTH_MU)) * HUNDREDTH_MU


def _yuan(amount_fen: float) -> int:
    return max(1, round(amount_fen / YUAN)) * YUAN


def _shortened(_let: Let, terms: ContractTerms) -> ContractTerms:
    return replace(terms, until=years_after(terms.starts_on, LEASE_YEARS_MAX))


def _dearer(let: Let, terms: ContractTerms) -> ContractTerms:
    return replace(terms, rent_year_fen=let.fair_rent_fen)


def _measured(let: Let, terms: ContractTerms) -> ContractTerms:
    assert terms.rent_year_fen is not None
    rent = _yuan(terms.rent_year_fen * let.parcel_mu_4 / terms.area_mu_4)
    return replace(terms, area_mu_4=let.parcel_mu_4, rent_year_fen=rent)


def _known(**told: Any) -> Righting:
    def righted(_let: Let, terms: ContractTerms) -> ContractTerms:
        return replace(terms, particulars=replace(terms.particulars, **told))

    return righted


def _used_as_agreed(let: Let, terms: ContractTerms) -> ContractTerms:
    return replace(terms, particulars=replace(terms.particulars, use_found=let.use))


# How each fault that leaves a contract in force is put right.
RIGHTING: Final[Mapping[str, Righting]] = {
    "over_term_arable": _shortened, "over_term_forest": _shortened, "low_price": _dearer, "area": _measured,
    "oral": _known(written=True), "sublet": _known(sublet_consent=True), "use_changed": _used_as_agreed,
    "receipts_differ": _known(), "private_account": _known(private_account=False),
}  # fmt: skip
