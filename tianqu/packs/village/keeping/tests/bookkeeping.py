"""A village's book of money by the chart of 2023, and what the tests of keeping it hold on to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from django.utils import timezone
from PIL import Image

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.models import VoucherKind
from tianqu.packs.village.tests.test_statements import chart_lines
from tianqu.packs.village.tests.villages import Villages
from tianqu.packs.village.tests.villages import build as build_villages

BOOK = "p102001.funds"
CHART = "cn.village.2023"
FIRST = date(2024, 1, 1)
TILL = 1_000_000  # fen in the till on the first day


def picture(colour: str = "white") -> bytes:
    """A small photo."""
    taken = BytesIO()
    Image.new("RGB", (40, 30), colour).save(taken, "JPEG")
    return taken.getvalue()


@dataclass(frozen=True)
class Bookkeeping:
    """What the tests hold on to."""

    villages: Villages
    accounts: dict[str, int]

    @property
    def accountant(self) -> Actor:
        return self.villages.accountant

    @property
    def auditor(self) -> Actor:
        return self.villages.auditor

    def enter(self, kind: str = "payment", amount_fen: int = 12_345, **more: Any) -> UUID:
        """Enter a voucher: a payment for management out of cash, or a receipt into the bank."""
        debit, credit = {"payment": ("513", "101"), "receipt": ("102", "501"), "transfer": ("102", "101")}[kind]
        told: dict[str, Any] = {
            "book": BOOK, "transfer_id": new_identifier(), "day": timezone.localdate(), "purpose": "换路灯",
            "debit_account_id": self.accounts[more.pop("debit", debit)],
            "credit_account_id": self.accounts[more.pop("credit", credit)],
        }  # fmt: skip
        actor = more.pop("actor", self.accountant)
        set_scope(actor.scope)
        told |= more
        acts.enter_voucher(actor, kind=VoucherKind(kind), amount_fen=amount_fen, **told)
        return UUID(str(told["transfer_id"]))

    def finish_before(self, month: date) -> None:
        """Have the township begin to close everything before a month."""
        set_scope(self.auditor.scope)
        ledgers.set_period(
            self.auditor, book=BOOK, first_day=FIRST, last_day=month - timedelta(days=1), state="closing"
        )
        set_scope(self.accountant.scope)

    def balance(self, code: str) -> int:
        with seeing(SYSTEM.scope):
            return ledgers.balance_of(SYSTEM, account_id=self.accounts[code]).amount


def build() -> Bookkeeping:
    """Load everything through acts."""
    villages = build_villages()
    ledgers.publish_chart(
        SYSTEM, code=CHART, title="农村集体经济组织会计科目", title_en="Accounts of rural collectives",
        lines=chart_lines("2023"), valid_from=FIRST,
    )  # fmt: skip
    ledgers.open_book(
        SYSTEM, code=BOOK, name="王庄村集体账", name_en="Wangzhuang's book", first_day=FIRST,
        unit_id=villages.prefecture.units["v102001"].id, ledgers=[ledgers.NewLedger("money", "fen", CHART)],
    )  # fmt: skip
    with seeing(SYSTEM.scope):
        accounts = {one.code: one.id for one in ledgers.accounts_of(ledgers.book_called(BOOK))}
    legs = [ledgers.NewLeg(accounts["101"], TILL), ledgers.NewLeg(accounts["301"], -TILL)]
    ledgers.post_transfer(SYSTEM, book=BOOK, transfer_id=new_identifier(), day=FIRST, legs=legs, purpose="库存")
    return Bookkeeping(villages, accounts)
