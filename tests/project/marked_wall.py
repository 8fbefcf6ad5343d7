"""A village's poster that everybody may read, made from things that nobody may: names, and what vouchers are for."""

from __future__ import annotations

from datetime import date

from tests.kernel.ledgers.village import account_ids
from tests.kernel.places.prefecture import Prefecture
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village import acts
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.contracts import ContractTerms
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.rules.facts import ContractKind, LandClass
from tianqu.packs.village.tests.walls import chart_lines

VILLAGE, BOOK, QUARTER = "P102001", "p102001.wall", "2021Q1"  # before anything of the marked registers
CHART = "cn.village.2004"
DAY = date(2021, 2, 3)
NAMES = ("标墙租户", "标墙债主")  # what only they read who may see the parties
WORDS = ("标墙摘要", "标墙往来户")  # what only they read who may see the book


class MarkedWall:
    """A contract, a debt and a voucher of a quarter, and its poster."""

    def __init__(self, prefecture: Prefecture) -> None:
        place_id = prefecture.places[VILLAGE].id
        ledgers.publish_chart(
            SYSTEM, code=CHART, title=CHART, title_en=CHART, lines=chart_lines("2004"), valid_from=date(2005, 1, 1)
        )
        ledgers.open_book(
            SYSTEM, code=BOOK, name="王庄账", place_id=place_id, first_day=date(2021, 1, 1),
            ledgers=[ledgers.NewLedger("money", "fen", CHART)],
        )  # fmt: skip
        ledgers.open_account(
            SYSTEM, book=BOOK, ledger="money", code="11301", name=WORDS[1], element="assets", side="debit",
            opened_on=DAY,
        )  # fmt: skip
        accounts = account_ids(BOOK, "money")
        legs = (ledgers.NewLeg(accounts["11301"], 500), ledgers.NewLeg(accounts["101"], -500))
        ledgers.post_transfer(SYSTEM, book=BOOK, transfer_id=new_identifier(), day=DAY, legs=legs, purpose=WORDS[0])
        terms = ContractTerms("公-1", ContractKind.LEASE, NAMES[0], DAY, DAY, 10_000, land_class=LandClass.ARABLE)
        acts.register_contract(SYSTEM, place_id=place_id, contract_id=new_identifier(), terms=terms)
        acts.register_holding(
            SYSTEM, place_id=place_id, holding_id=new_identifier(), kind=HoldingKind.DEBT, number="公-2", day=DAY,
            facts=HoldingFacts(f"欠{NAMES[1]}款", 10_000, NAMES[1]),
        )  # fmt: skip
        ledgers.set_period(SYSTEM, book=BOOK, first_day=date(2021, 1, 1), last_day=date(2021, 3, 31), state="closed")
        acts.publish_wall(SYSTEM, place_id=place_id, wall_id=new_identifier(), quarter=QUARTER)

    def values(self) -> dict[str, list[str]]:
        """What fills the addresses of the wall."""
        return {
            "wall/code": [VILLAGE], "walls/code": [VILLAGE], "quarter": [QUARTER], "edition": ["1"],
            "vouchers/what": ["all", "out.0.113", "account.0.113"], "list/part": ["contracts", "debts"],
        }  # fmt: skip
