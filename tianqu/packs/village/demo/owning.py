"""What a village has and owes besides its land: fixed assets, claims and debts, each with what moved on its account.

The cost of the assets is what stands on account 151, claims on 112, debts on 202 and 221, on every day; what is settled
in the clean-up of 2020 has kinds of its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from tianqu.base.identifiers import named_identifier
from tianqu.packs.village.demo.edition import Seat, Words
from tianqu.packs.village.demo.land import FIRST_DAY
from tianqu.packs.village.demo.letting import FIRST_YEAR, LAST_YEAR, YUAN, Let
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.histories import Ended, HoldingHistory, HoldingStep
from tianqu.packs.village.registers.holdings import HoldingFacts

YEAR_END: Final = date(FIRST_YEAR, 12, 31)
SETTLED: Final = "settled"  # the kinds of transfer of the clean-up
WRITTEN_OFF: Final = "written_off"
SCRAPPED_SHARE: Final = 0.08
WRITE_OFF_SHARE: Final = 0.15
OWED_STILL: Final = (0, 0, 1, 1, 2)  # claims, and debts, of which nothing is settled
NOTE: Final = "演示数据，系虚构"


@dataclass(frozen=True, slots=True)
class Move:
    """What moves in the ledger of money: legs by account, debit positive, in fen."""

    day: date
    kind: str
    legs: tuple[tuple[str, int], ...]
    purpose: str
    reference: str = ""


@dataclass(slots=True)
class Asset:
    """A fixed asset: its cost, since which year, for how many years, and until when."""

    id: UUID
    name: str
    cost_fen: int
    life: int
    since: date
    where: str
    until: date | None = None
    worn_fen: int = 0  # what was written off up to the last year that was told


@dataclass(slots=True)
class Owned:
    """Everything of a village besides its land: the register's histories, and what moved in the ledger of money."""

    holdings: list[HoldingHistory]
    assets: list[Asset]
    moves: list[Move]
    opening: dict[str, int]  # by account, debit positive


class Owning:
    """Invents what one village has and owes."""

    def __init__(self, words: Words, seat: Seat, chance: random.Random, *, name: str) -> None:
        self.words, self.seat, self.chance, self.name = words, seat, chance, name
        self._made = Owned([], [], [], {})
        self._counts: dict[HoldingKind, int] = {}

    def owned(self, lets: Sequence[Let], *, claims: Sequence[int], debts: Sequence[int]) -> Owned:
        """Return what there is; ``claims`` and ``debts`` are what is settled of each in the clean-up, in fen."""
        self._assets()
        for let in lets:
            if let.slot.arrears_fen:
                self._arrears(let)
        for settled in [*claims, *(0 for _n in range(self.chance.choice(OWED_STILL)))]:
            self._claim(settled)
        for settled in [*debts, *(0 for _n in range(self.chance.choice(OWED_STILL)))]:
            self._debt(settled)
        return self._made

    # Fixed assets.

    def _assets(self) -> None:
        options = self.words.told["assets"]
        names = set()
        for _n in range(self.chance.randrange(4, 9)):
            option: dict[str, Any] = self.words.weighted(self.chance, options)
            if option["name"] not in names:
                names.add(option["name"])
                self._asset(option, bought=None)
        for year in (FIRST_YEAR, LAST_YEAR):
            if self.chance.random() < 0.4:
                option = self.words.weighted(self.chance, [one for one in options if one["cost"][0] < 30_000])
                self._asset(option, bought=date(year, 2, 20) + timedelta(days=self.chance.randrange(280)))
        if self.chance.random() < SCRAPPED_SHARE:
            self._scrap(self._made.assets[0])

    def _asset(self, option: dict[str, Any], *, bought: date | None) -> None:
        cost = round(self.chance.uniform(*option["cost"]) / 10) * 10 * YUAN
        since = bought or date(self.chance.randrange(2004, FIRST_YEAR), 7, 1)
        holding_id, number = self._next(HoldingKind.ASSET, "资")
        asset = Asset(holding_id, option["name"], cost, option["life"], since, option["where"])
        facts = HoldingFacts(asset.name, cost, location=asset.where, note=f"{since.year}年购建；{NOTE}")
        step = HoldingStep(holding_id, bought or FIRST_DAY, facts)
        self._made.holdings.append(HoldingHistory(holding_id, HoldingKind.ASSET, number, (step,)))
        self._made.assets.append(asset)
        if bought is None:
            asset.worn_fen = min(cost * (FIRST_YEAR - since.year) // asset.life, cost * 95 // 100)
            self._open("151", cost)
            self._open("152", -asset.worn_fen)
        else:
            purpose = self.words.one(self.chance, "bought", thing=asset.name)
            self._move(bought, (("151", cost), ("102", -cost)), holding_id, kind="asset", purpose=purpose)

    def _scrap(self, asset: Asset) -> None:
        """Scrap an asset in 2020, before anything of that year is written off; some scrap is sold."""
        day = date(LAST_YEAR, 5, 1) + timedelta(days=self.chance.randrange(150))
        reason = self.words.one(self.chance, "scrapped", thing=asset.name)
        place = next(n for n, one in enumerate(self._made.holdings) if one.holding_id == asset.id)
        told = self._made.holdings[place]
        ended = Ended(day, reason, named_identifier(f"{asset.id}/scrapped"))
        self._made.holdings[place] = replace(told, ended=ended)
        asset.until = day

    # Claims.

    def _arrears(self, let: Let) -> None:
        """Rents that are owed are claims: those from before 2019 at once, those of 2019 at the end of the year."""
        holding_id, number = self._next(HoldingKind.CLAIM, "权")
        let.claim_id = holding_id
        before, of_year = let.owed_on_2019(before=True), let.owed_on_2019(before=False)
        facts = HoldingFacts(
            f"{let.land_name}承包费（合同{let.number}）", before, let.lessee, due_on=let.dues[0].due_on, note=NOTE
        )
        steps = [HoldingStep(holding_id, FIRST_DAY, facts)] if before else []
        self._open("112", before)
        if of_year:
            purpose = self.words.one(self.chance, "accrued", party=let.lessee, year=str(FIRST_YEAR))
            facts = replace(facts, amount_fen=before + of_year)
            change = named_identifier(f"{holding_id}/accrued") if steps else holding_id
            steps.append(HoldingStep(change, YEAR_END, facts, purpose if steps else ""))
            self._move(
                YEAR_END,
                (("112", of_year), ("511", -of_year)),
                let.id,
                kind="accrual",
                purpose=purpose,
                what="contract",
            )
        if let.collected_on:
            owed = facts.amount_fen
            purpose = self.words.one(self.chance, "collect", party=let.lessee, year=str(FIRST_YEAR))
            done = replace(facts, settled_fen=owed)
            steps.append(HoldingStep(named_identifier(f"{holding_id}/settled"), let.collected_on, done, purpose))
            legs = (("102", owed), ("112", -owed))
            self._move(let.collected_on, legs, holding_id, kind=SETTLED, purpose=purpose)
        self._made.holdings.append(HoldingHistory(holding_id, HoldingKind.CLAIM, number, tuple(steps)))

    def _claim(self, settled: int) -> None:
        thing, party = self._owed_by("claims", (65, 25, 10))
        holding_id, facts = self._opened(
            HoldingKind.CLAIM, settled, letter="权", thing=thing, party=party, account="112"
        )
        if settled:
            purpose = self.words.one(self.chance, "settle_claim", party=party, thing=thing)
            account = "102" if settled > 300_000 or self.chance.random() < 0.5 else "101"
            legs = ((account, settled), ("112", -settled))
            self._settle(holding_id, facts, settled, legs, kind=SETTLED, purpose=purpose)

    # Debts.

    def _debt(self, settled: int) -> None:
        loan = not settled and self.chance.random() < 0.3
        thing, party = self._owed_by("debts", (30, 15, 55))
        if loan:
            thing, party = self.words.one(self.chance, "loans"), "农村信用合作社"
        account = "221" if loan else "202"
        holding_id, facts = self._opened(
            HoldingKind.DEBT, settled, letter="债", thing=thing, party=party, account=account
        )
        if settled and self.chance.random() < WRITE_OFF_SHARE:
            purpose = self.words.one(self.chance, "write_off", party=party, thing=thing)
            legs = (("202", settled), ("531", -settled))
            self._settle(holding_id, facts, settled, legs, kind=WRITTEN_OFF, purpose=purpose)
        elif settled:
            purpose = self.words.one(self.chance, "settle_debt", party=party, thing=thing)
            legs = (("202", settled), ("102", -settled))
            self._settle(holding_id, facts, settled, legs, kind=SETTLED, purpose=purpose)
        elif self.chance.random() < 0.4:  # in the ordinary course, in the year before
            part = facts.amount_fen // self.chance.randrange(3, 9)
            purpose = self.words.one(self.chance, "repay", party=party, thing=thing)
            day = date(FIRST_YEAR, 3, 1) + timedelta(days=self.chance.randrange(280))
            legs = ((account, part), ("102", -part))
            self._settle(holding_id, facts, part, legs, kind="repaid", purpose=purpose, day=day)

    def _opened(
        self, kind: HoldingKind, settled: int, *, letter: str, thing: str, party: str, account: str
    ) -> tuple[UUID, HoldingFacts]:
        """Enter what is owed at the beginning of 2019: as much as is settled, more, or something else."""
        holding_id, number = self._next(kind, letter)
        whole = settled if self.chance.random() < 0.6 else settled + self._owed() // 2
        amount = whole if settled else self._owed()
        due = date(self.chance.randrange(2012, 2019), 12, 31)
        facts = HoldingFacts(thing, amount, party, due_on=due, note=NOTE)
        self._made.holdings.append(
            HoldingHistory(holding_id, kind, number, (HoldingStep(holding_id, FIRST_DAY, facts),))
        )
        self._open(account, amount if kind is HoldingKind.CLAIM else -amount)
        return holding_id, facts

    def _settle(
        self,
        holding_id: UUID,
        facts: HoldingFacts,
        amount: int,
        legs: tuple[tuple[str, int], ...],
        *,
        kind: str,
        purpose: str,
        day: date | None = None,
    ) -> None:
        """Settle a claim or debt, in whole or in part; in the clean-up where no other day is given."""
        on = day or date(LAST_YEAR, 3, 20) + timedelta(days=self.chance.randrange(275))
        told = self._made.holdings[-1]
        assert told.holding_id == holding_id
        step = HoldingStep(
            named_identifier(f"{holding_id}/{kind}"), on, replace(facts, settled_fen=amount), purpose
        )  # fmt: skip
        self._made.holdings[-1] = replace(told, steps=(*told.steps, step))
        self._move(on, legs, holding_id, kind=kind, purpose=purpose)

    def _owed(self) -> int:
        return round(self.chance.lognormvariate(8.9, 0.8)) * YUAN

    def _owed_by(self, what: str, weights: tuple[int, int, int]) -> tuple[str, str]:
        """What is owed, and the person, firm or builder on the other side."""
        kind = self.chance.choices(("person", "firm", "builder"), weights)[0]
        thing = self.words.fill(self.chance, self.chance.choice(self.words.told[what][kind]))
        if kind == "person":
            return thing, self.words.person(self.chance, self.seat)
        if kind == "builder":
            return thing, self.words.fill(self.chance, "{builders}")
        return thing, self.words.firm(self.chance)

    def _next(self, kind: HoldingKind, letter: str) -> tuple[UUID, str]:
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        return named_identifier(f"{self.name}/holding/{kind.value}/{count}"), f"{letter}-{count:02d}"

    def _open(self, account: str, amount: int) -> None:
        self._made.opening[account] = self._made.opening.get(account, 0) + amount

    def _move(
        self,
        day: date,
        legs: tuple[tuple[str, int], ...],
        about: UUID,
        *,
        kind: str,
        purpose: str,
        what: str = "holding",
    ) -> None:
        self._made.moves.append(Move(day, kind, legs, purpose, f"{what}:{about}"))


def worn_in(asset: Asset, year: int) -> int:
    """Write an asset off for a year, and return what is written off: nothing in the year in which it went."""
    if asset.since.year >= year or (asset.until is not None and asset.until.year <= year):
        return 0
    amount = max(0, min(asset.cost_fen // asset.life, asset.cost_fen * 95 // 100 - asset.worn_fen))
    asset.worn_fen += amount
    return amount


def scrapping(words: Words, chance: random.Random, assets: Sequence[Asset]) -> Iterator[Move]:
    """Yield what moves when assets are scrapped: the cost leaves with its wear, the rest is an expense."""
    for asset in assets:
        if asset.until is not None:
            rest = asset.cost_fen - asset.worn_fen
            purpose = words.one(chance, "scrapped", thing=asset.name)
            legs = (("152", asset.worn_fen), ("551", rest), ("151", -asset.cost_fen))
            yield Move(asset.until, "scrapped", tuple(leg for leg in legs if leg[1]), purpose, f"holding:{asset.id}")
