"""Two years of a village's books: what was there at the beginning, what came and went, and the closing of each year.

Rents come in as the contracts say, subsidies and wages by the quarter, expenses as they fall; a year ends with wear,
with what is owed, with the closing of income and expenses and with what of the result is set aside.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from tianqu.base.identifiers import named_identifier
from tianqu.packs.village.demo.edition import Seat, Words
from tianqu.packs.village.demo.land import FIRST_DAY, LandMove
from tianqu.packs.village.demo.letting import FIRST_YEAR, LAST_YEAR, YUAN, Let
from tianqu.packs.village.demo.owning import Move, Owned, scrapping, worn_in
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.histories import HoldingHistory, HoldingStep
from tianqu.packs.village.registers.holdings import HoldingFacts

MONEY: Final = "money"
LAND: Final = "land"
YEARS: Final = (FIRST_YEAR, LAST_YEAR)
CASH, BANK, WELFARE = "101", "102", "212"
INCOME: Final = ("501", "511", "522", "531")
COSTS: Final = ("502", "541", "551")
QUARTER_NAMES: Final = ("第一季度", "第二季度", "第三季度", "第四季度")
CASH_FEN_MAX: Final = 2_000 * YUAN  # beyond it one pays from the bank
MUCH_CASH_SHARE: Final = 0.04  # of the villages have far too much cash at hand
EXPENSES_A_QUARTER: Final = 3
GRANTED_FOR_EACH: Final = 1_600 * YUAN  # what a village gets more for each further expense of a quarter
# In which order things of one day are posted.
_LAST: Final = {
    "opening": 0, "accrual": 2, "depreciation": 3, "closing_income": 4, "closing_costs": 5, "closing_result": 6,
    "distribution": 7,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedTransfer:
    """A transfer of a village's book; legs by the code of the account in its ledger, debit positive."""

    id: UUID
    ledger: str
    day: date
    kind: str
    legs: tuple[tuple[str, int], ...]
    purpose: str
    reference: str
    voucher: str


class Posting:
    """Invents the books of one village. ``expenses`` is how many small ones there are in a quarter."""

    def __init__(
        self, words: Words, seat: Seat, chance: random.Random, *, name: str, expenses: int = EXPENSES_A_QUARTER
    ) -> None:
        self.words, self.seat, self.chance, self.name = words, seat, chance, name
        self.expenses = expenses
        self.small = random.Random(f"{name}/expenses")  # noqa: S311  a chance of their own: more leave the rest as it is

    def transfers(
        self, lets: Sequence[Let], owned: Owned, land: Sequence[LandMove]
    ) -> tuple[list[PlannedTransfer], list[HoldingHistory]]:
        """Return everything that is posted, in its order, and the funds that the register tells of."""
        moves = [*owned.moves, *self._rents(lets)]
        for year in YEARS:
            for quarter in range(4):
                moves += self._quarter(year=year, quarter=quarter)
            moves += self._once_a_year(year)
        moves += self._year_ends(moves, owned)
        moves.sort(key=_order)
        opening = self._opening(moves, owned.opening)
        moves.insert(0, opening)
        made = self._vouchers(MONEY, moves)
        made += self._vouchers(LAND, [_as_move(move) for move in land])
        return sorted(made, key=lambda one: one.day), list(self._funds(moves))

    # What comes in and goes out.

    def _rents(self, lets: Sequence[Let]) -> Iterator[Move]:
        for let in lets:
            for receipt in let.receipts():
                if receipt.was_owed:
                    continue  # it settles a claim
                account = CASH if receipt.amount_fen <= CASH_FEN_MAX and self.chance.random() < 0.6 else BANK
                purpose = self.words.one(
                    self.chance, "rent", party=let.lessee, year=str(receipt.year), land=let.land_name
                )
                legs = ((account, receipt.amount_fen), ("511", -receipt.amount_fen))
                yield Move(receipt.day, "rent", legs, purpose, f"contract:{let.id}")

    def _quarter(self, *, year: int, quarter: int) -> Iterator[Move]:
        name = f"{year}年{QUARTER_NAMES[quarter]}"
        first, last = quarter * 3 + 1, quarter * 3 + 3

        def said(what: str) -> str:
            return self.words.one(self.chance, what, quarter=name)

        granted = self._yuan(8_000, 21_000) + (self.expenses - EXPENSES_A_QUARTER) * GRANTED_FOR_EACH
        yield Move(self._day(year, first + 1), "subsidy", ((BANK, granted), ("522", -granted)), said("subsidies"))
        drawn = self._yuan(1_500, 4_000)
        yield Move(self._day(year, first), "cash", ((CASH, drawn), (BANK, -drawn)), said("cash"))
        wages = self._yuan(3_600, 9_000)
        accrued = date(year, last, 24)
        yield Move(accrued, "wages", (("541", wages), ("211", -wages)), said("wages"))
        yield Move(accrued + timedelta(days=3), "wages", (("211", wages), (BANK, -wages)), said("wages_paid"))
        interest = self.chance.randrange(1_500, 60_000)
        yield Move(date(year, last, 21), "interest", ((BANK, interest), ("531", -interest)), said("interest"))
        for _n in range(self.expenses):
            yield self._expense(year=year, month=self.small.randint(first, last))

    def _expense(self, *, year: int, month: int) -> Move:
        options = [
            one for one in self.words.told["expenses"]
            if one.get("year", year) == year and month in one.get("months", (month,))
        ]  # fmt: skip
        option: dict[str, Any] = self.words.weighted(self.small, options)
        least, most = option["yuan"]
        amount = self.small.randrange(least * 10, most * 10 + 1) * YUAN // 10  # with its jiao
        text = self.small.choice(option["purpose"])
        purpose = self.words.fill(self.small, text, month=f"{month}月", year=str(year))
        return self._paid(
            self._day(year, month, self.small), option["account"], amount, purpose=purpose, kind="expense"
        )

    def _once_a_year(self, year: int) -> Iterator[Move]:
        options = [one for one in self.words.told["extra_subsidies"] if one.get("year", year) == year]
        for option in self.chance.sample(options, self.chance.randrange(3)):
            amount = self._yuan(*option["yuan"])
            purpose = self.words.fill(self.chance, self.chance.choice(option["purpose"]))
            yield Move(
                self._day(year, self.chance.randint(3, 11)), "subsidy", ((BANK, amount), ("522", -amount)), purpose
            )
        for option in self.chance.sample(self.words.told["welfare"], self.chance.randrange(1, 3)):
            amount = self._yuan(200, 1_800)
            day = self._day(year, self.chance.choice(option["months"]))
            yield Move(day, "welfare", ((WELFARE, amount), (CASH, -amount)), self.chance.choice(option["purpose"]))
        if not self.seat.urban and self.chance.random() < 0.6:
            amount = self._yuan(600, 7_000)
            day = self._day(year, self.chance.randint(4, 7))
            yield Move(
                day, "operating", ((BANK, amount), ("501", -amount)), self.words.one(self.chance, "operating_income")
            )
            yield self._paid(
                self._day(year, self.chance.randint(5, 8)), "502", self._yuan(300, 4_000),
                purpose=self.words.one(self.chance, "operating_costs"), kind="operating",
            )  # fmt: skip

    def _paid(self, day: date, account: str, amount: int, *, purpose: str, kind: str) -> Move:
        source = CASH if amount <= CASH_FEN_MAX else BANK
        return Move(day, kind, ((account, amount), (source, -amount)), purpose)

    # The ends of years, and the beginning.

    def _year_ends(self, moves: Sequence[Move], owned: Owned) -> list[Move]:
        made: list[Move] = []
        for year in YEARS:
            worn = sum(worn_in(asset, year) for asset in owned.assets)
            if year == LAST_YEAR:
                made += scrapping(self.words, self.chance, owned.assets)
            end, known = date(year, 12, 31), {"year": str(year)}
            if worn:
                purpose = self.words.one(self.chance, "depreciation", **known)
                made.append(Move(end, "depreciation", (("541", worn), ("152", -worn)), purpose))
            made += self._closing(end, _sums([*moves, *made], year))
        return made

    def _closing(self, end: date, sums: dict[str, int]) -> Iterator[Move]:
        told, year = self.words.told, str(end.year)
        income = [(code, -sums[code]) for code in INCOME if sums.get(code)]
        costs = [(code, -sums[code]) for code in COSTS if sums.get(code)]
        came, went = sum(amount for _code, amount in income), -sum(amount for _code, amount in costs)
        result = came - went
        if came:
            yield Move(end, "closing_income", (*income, ("321", -came)), told["closing_income"])
        if went:
            yield Move(end, "closing_costs", (("321", went), *costs), told["closing_costs"])
        if result:
            yield Move(end, "closing_result", (("321", result), ("322", -result)), told["closing_result"])
        if result > 100 * YUAN:
            reserve, welfare = result * 3 // 10, result // 10
            legs = (("322", reserve + welfare), ("311", -reserve), (WELFARE, -welfare))
            yield Move(end, "distribution", legs, self.words.one(self.chance, "distributed", year=year))

    def _opening(self, moves: Sequence[Move], opening: dict[str, int]) -> Move:
        """What was there: enough on the accounts that must not run dry, and the rest is the village's own."""
        much = self.chance.random() < MUCH_CASH_SHARE
        drawn = {
            CASH: self._yuan(60_000, 150_000) if much else self._yuan(300, 6_000), BANK: self._yuan(8_000, 160_000),
            WELFARE: -self._yuan(800, 5_000),
        }  # fmt: skip
        for code in (CASH, BANK):
            drawn[code] = max(drawn[code], self._yuan(100, 900) - _lowest(moves, code, sign=1))
        drawn[WELFARE] = min(drawn[WELFARE], -_lowest(moves, WELFARE, sign=-1) - self._yuan(50, 300))
        balances = {code: amount for code, amount in (opening | drawn).items() if amount}
        own = -sum(balances.values())
        parts = {"301": own // 2, "311": own // 3} if own < 0 else {}
        parts["322"] = own - sum(parts.values())
        legs = sorted((code, amount) for code, amount in (balances | parts).items() if amount)
        return Move(FIRST_DAY, "opening", tuple(legs), self.words.told["opening"])

    def _funds(self, moves: Sequence[Move]) -> Iterator[HoldingHistory]:
        """Cash and the bank account as they were counted: at the beginning, and at the end of each year."""
        days = (FIRST_DAY, *(date(year, 12, 31) for year in YEARS))
        for count, (code, name, party) in enumerate(
            ((CASH, "库存现金", ""), (BANK, "基本存款账户", "农村商业银行")), start=1
        ):
            holding_id = named_identifier(f"{self.name}/holding/fund/{count}")
            steps: list[HoldingStep] = []
            for day in days:
                balance = sum(
                    amount
                    for move in moves
                    if move.day <= day and (day != FIRST_DAY or move.kind == "opening")
                    for account, amount in move.legs
                    if account == code
                )
                change = named_identifier(f"{holding_id}/{day.year}/{day.month}") if steps else holding_id
                said = f"{day.year}年末盘点对账" if steps else ""
                steps.append(HoldingStep(change, day, HoldingFacts(name, balance, party), said))
            yield HoldingHistory(holding_id, HoldingKind.FUND, f"款-{count:02d}", tuple(steps))

    # How it is written down.

    def _vouchers(self, ledger: str, moves: Iterable[Move]) -> list[PlannedTransfer]:
        made: list[PlannedTransfer] = []
        number, month = 0, (0, 0)
        for place, move in enumerate(moves, start=1):
            number = number + 1 if (move.day.year, move.day.month) == month else 1
            month = (move.day.year, move.day.month)
            kind = "closing" if move.kind.startswith("closing_") else move.kind
            letter = "记" if ledger == MONEY else "地"
            made.append(
                PlannedTransfer(
                    named_identifier(f"{self.name}/transfer/{ledger}/{place}"), ledger, move.day, kind, move.legs,
                    move.purpose, move.reference, f"{move.day.year}年{move.day.month}月{letter}-{number:02d}",
                )
            )  # fmt: skip
        return made

    def _yuan(self, least: int, most: int, /) -> int:
        """An amount in fen between two of whole yuan."""
        return self.chance.randrange(least, most + 1) * YUAN

    def _day(self, year: int, month: int, /, chance: random.Random | None = None) -> date:
        """A working day of a month, roughly: not on a weekend, and not one of the first."""
        day = date(year, month, (chance or self.chance).randrange(4, 29))
        return day - timedelta(days=max(0, day.weekday() - 4))


def _as_move(move: LandMove) -> Move:
    reference = f"parcel:{move.parcel_id}" if move.parcel_id else ""
    return Move(move.day, move.kind, move.legs, move.purpose, reference)


def _order(move: Move) -> tuple[date, int]:
    return move.day, _LAST.get(move.kind, 1)


def _sums(moves: Iterable[Move], year: int) -> dict[str, int]:
    """What was moved on each account in a year, debit positive; closings of the year before are not in it."""
    sums: dict[str, int] = {}
    for move in moves:
        if move.day.year == year:
            for code, amount in move.legs:
                sums[code] = sums.get(code, 0) + amount
    return sums


def _lowest(moves: Sequence[Move], code: str, *, sign: int) -> int:
    """The lowest that an account would come to from nothing, on its own side (``sign``), debit positive."""
    balance = lowest = 0
    for move in moves:
        for account, amount in move.legs:
            if account == code:
                balance += amount * sign
        lowest = min(lowest, balance)
    return lowest * sign
