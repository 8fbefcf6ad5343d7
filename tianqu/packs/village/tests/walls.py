"""A village whose books and registers have something to show, and a log in which its posters are published."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from tianqu.base.errors import InvalidInput
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village import acts
from tianqu.packs.village.findings.tests.stage import publish
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.rules.facts import ContractKind, LandClass
from tianqu.packs.village.tests.villages import Villages, build
from tianqu.packs.village.wall.quarters import parse_quarter
from tianqu.packs.village.wall.queries import Edition, edition_called

CHARTS = Path(settings.ROOT) / "realms" / "dezhou" / "ledgers"
PLACE, BOOK = "P102001", "p102001.funds"
QUARTER = "2021Q3"
SUMMER = date(2021, 7, 10)
LESSEE, CREDITOR = "李承租", "吴施工"  # of whom a poster must not tell


@dataclass(frozen=True)
class WallVillage:
    """The village Wangzhuang with a book by the chart of 2004."""

    villages: Villages
    accounts: dict[str, int]

    @property
    def accountant(self) -> Actor:
        return self.villages.accountant

    def post(self, *legs: tuple[str, int], on: date = SUMMER, kind: str = "ordinary", **more: Any) -> int:
        """Post a transfer, debits positive, and return its number; in a month that is finished as an adjustment."""
        kind = "adjustment" if kind == "ordinary" and self.finished(on) else kind
        told = [ledgers.NewLeg(self.accounts[code], amount) for code, amount in legs]
        posted = ledgers.post_transfer(
            self.accountant, book=BOOK, transfer_id=new_identifier(), day=on, kind=kind, legs=told,
            purpose=f"付{CREDITOR}", **more,
        )  # fmt: skip
        return posted.number

    def publish(self, quarter: str = QUARTER, *, actor: Actor | None = None, **more: Any) -> int:
        """Publish the poster of a quarter, of which the months are finished, and return its edition."""
        self.finish(quarter)
        told = {"place_id": self.villages.place_id, "wall_id": new_identifier(), "quarter": quarter}
        return acts.publish_wall(actor or self.accountant, **(told | more))

    def finish(self, quarter: str = QUARTER) -> None:
        """Have the months of a quarter finished, once it is over and unless they are."""
        try:
            days = parse_quarter(quarter)
        except InvalidInput:
            return
        if days.last_day < timezone.localdate() and not self.finished(days.first_day):
            with seeing(SYSTEM.scope):
                ledgers.set_period(SYSTEM, book=BOOK, first_day=days.first_day, last_day=days.last_day, state="closing")

    def finished(self, day: date) -> bool:
        with seeing(SYSTEM.scope):
            periods = ledgers.periods_of(ledgers.book_called(BOOK))
        return any(one.first_day <= day <= one.last_day and one.state == "closing" for one in periods)

    def edition(self, quarter: str = QUARTER, edition: int | None = None) -> Edition:
        with seeing(SYSTEM.scope):
            return edition_called(PLACE, quarter=quarter, edition=edition)


def chart_lines(year: str) -> list[ledgers.ChartLine]:
    """The realm's chart of accounts of a year."""
    with (CHARTS / f"accounts-{year}.csv").open(encoding="utf-8") as file:
        return [
            ledgers.ChartLine(row["code"], row["name_zh"], row["name_en"], row["element"], row["side"])
            for row in csv.DictReader(file)
        ]


def build_walls() -> WallVillage:
    """Load the villages, and open a book in one of them."""
    ledgers.forget_books()
    villages = build()
    publish()
    chart = "cn.village.2004"
    ledgers.publish_chart(
        SYSTEM, code=chart, title=chart, title_en=chart, lines=chart_lines("2004"), valid_from=date(2005, 1, 1)
    )
    ledgers.open_book(
        SYSTEM, code=BOOK, name="王庄村集体账", name_en="Books of Wangzhuang", first_day=date(2020, 1, 1),
        unit_id=villages.prefecture.units["v102001"].id, ledgers=[ledgers.NewLedger("money", "fen", chart)],
    )  # fmt: skip
    with seeing(SYSTEM.scope):
        accounts = {each.code: each.id for each in ledgers.accounts_of(ledgers.book_called(BOOK))}
    return WallVillage(villages, accounts)


def a_quarter(village: WallVillage) -> dict[str, int]:
    """A village's summer: rent, wages, a machine, wear, money lent; land, a lease, a debt. Returns numbers by name."""
    numbers = {
        "before": village.post(("102", 1_000_000), ("301", -1_000_000), on=date(2020, 5, 1), kind="opening"),
        "rent": village.post(("101", 480_050), ("511", -480_050), voucher="记-1"),
        "office": village.post(("541", 120_000), ("101", -120_000), on=date(2021, 8, 2), voucher="记-2"),
        "machine": village.post(("151", 250_000), ("102", -250_000), on=date(2021, 9, 30), voucher="记-3"),
        "wear": village.post(("502", 10_000), ("152", -10_000), on=date(2021, 9, 30)),
        "bank": village.post(("102", 100_000), ("101", -100_000), on=date(2021, 9, 30)),
        "after": village.post(("101", 7), ("531", -7), on=date(2021, 10, 8)),
    }
    villages = village.villages
    parcel = villages.parcel("1", 1_234_500, idle=False)
    villages.parcel("2", 500_000, land_class=LandClass.WATER, idle=True)
    villages.contract("C1", parcel_ids=(parcel,))
    villages.contract("H1", kind=ContractKind.HOUSEHOLD, until=date(2051, 6, 1), rent_year_fen=None, lessee="王农户")
    villages.holding("Z1", name=f"欠{CREDITOR}工程款", party=CREDITOR)
    villages.holding("G1", HoldingKind.ASSET, name="水井", amount_fen=800_000, party="")
    villages.holding("Q1", HoldingKind.CLAIM, name="应收租金", amount_fen=90_000, party=LESSEE, settled_fen=40_000)
    return numbers
