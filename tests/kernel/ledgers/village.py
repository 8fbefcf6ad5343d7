"""Two villages that keep books of money and of land, and who keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from tests.kernel.places.prefecture import Prefecture
from tests.kernel.places.prefecture import build as build_prefecture
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers import api
from tianqu.kernel.places.api import actor_of

CHART = "village.test"
LINES = (
    api.ChartLine("101", "库存现金", "Cash on hand", "assets", "debit"),
    api.ChartLine("102", "银行存款", "Bank deposits", "assets", "debit"),
    api.ChartLine("112", "应收款", "Receivables", "assets", "debit"),
    api.ChartLine("11201", "应收承包费", "Rents receivable", "assets", "debit", parent="112"),
    api.ChartLine("301", "资本", "Capital", "equity", "credit"),
    api.ChartLine("501", "经营收入", "Operating income", "income", "credit"),
    api.ChartLine("513", "管理费用", "Management expenses", "expenses", "debit"),
)
FIRST = date(2024, 1, 1)
DAY = date(2024, 3, 5)
BOOK, OTHER_BOOK = "v101009.funds", "v201001.funds"


@dataclass(frozen=True)
class Village:
    """What the tests hold on to. ``accounts`` and ``land`` are identifiers by code."""

    prefecture: Prefecture
    bookkeeper: Actor  # of the community Zhangli
    supervisor: Actor  # of the county Decheng
    stranger: Actor  # a bookkeeper of the township in Ningjin
    accounts: dict[str, int]
    land: dict[str, int]
    other: dict[str, int]  # of the village in Ningjin

    def legs(self, debit: str, credit: str, amount: int) -> tuple[api.NewLeg, ...]:
        return (api.NewLeg(self.accounts[debit], amount), api.NewLeg(self.accounts[credit], -amount))

    def post(self, debit: str, credit: str, amount: int, **more: Any) -> api.PostedTransfer:
        """Post a transfer of money in the book of the village."""
        told: dict[str, Any] = {
            "book": BOOK, "transfer_id": new_identifier(), "day": DAY, "legs": self.legs(debit, credit, amount),
            "purpose": "收地租",
        }  # fmt: skip
        actor = more.pop("actor", self.bookkeeper)
        return api.post_transfer(actor, **(told | more))

    def balance(self, code: str, on: date | None = None) -> int:
        with seeing(SYSTEM.scope):
            return api.balance_of(SYSTEM, account_id=self.accounts[code], on=on).amount


def account_ids(book: str, ledger: str) -> dict[str, int]:
    """The identifiers of a ledger's accounts by their codes."""
    with seeing(SYSTEM.scope):
        accounts = api.accounts_of(api.book_called(book))
    return {account.code: account.id for account in accounts if account.ledger.code == ledger}


def build() -> Village:
    """Load everything through acts."""
    prefecture = build_prefecture()
    api.publish_chart(
        SYSTEM, code=CHART, title="村集体会计科目", title_en="Village chart", lines=LINES, valid_from=date(2020, 1, 1)
    )
    ledgers = [api.NewLedger("money", "fen", CHART), api.NewLedger("land", "mu_4")]
    for code, unit in ((BOOK, "v101009"), (OTHER_BOOK, "t201")):
        api.open_book(
            SYSTEM, code=code, name="村集体账", name_en="Books", ledgers=ledgers, first_day=FIRST,
            unit_id=prefecture.units[unit].id,
        )  # fmt: skip
    for code, side in (("idle", "debit"), ("leased", "debit"), ("whole", "credit")):
        api.open_account(
            SYSTEM, book=BOOK, ledger="land", code=code, name=code, element="other", side=side, opened_on=FIRST
        )

    def post(unit: str, role: str, name: str) -> Actor:
        return actor_of(prefecture.person(unit, role, name=name), channel="web")

    return Village(
        prefecture=prefecture,
        bookkeeper=post("v101009", "bookkeeper", "赵会计"), supervisor=post("c1.housing", "book_supervisor", "钱督导"),
        stranger=post("t201", "bookkeeper", "孙外乡"),
        accounts=account_ids(BOOK, "money"), land=account_ids(BOOK, "land"), other=account_ids(OTHER_BOOK, "money"),
    )  # fmt: skip


def run(sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Plain SQL, as somebody at the database's own console would type it."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def leaf_numbers(book: str) -> list[int]:
    """The numbers of a book's entries, in their order."""
    return [row[0] for row in run(
        "SELECT book_sequence FROM journal_entry WHERE book = %s ORDER BY book_sequence", [f"book:{book}"]
    )]  # fmt: skip


NOWHERE = UUID(int=7)
