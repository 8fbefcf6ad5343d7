"""A village with a book of money and land, its contract of thirty years, and everybody who deals with findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from tests.orders.hotline import CALENDAR
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.orders import api as orders
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, SubjectKind
from tianqu.packs.village.findings.queries import EffectRow, finding_detail
from tianqu.packs.village.findings.registers.effects import NewEffect
from tianqu.packs.village.findings.registers.matters import Evidence
from tianqu.packs.village.tests.villages import Villages
from tianqu.packs.village.tests.villages import build as build_villages

ITEM = Path(__file__).resolve().parents[5] / "realms" / "dezhou" / "items" / "village.yaml"
BOOK = "v102001.funds"
FIRST = date(2019, 1, 1)
CHART = "village.findings"
LINES = (
    ledgers.ChartLine("101", "库存现金", "Cash on hand", "assets", "debit"),
    ledgers.ChartLine("102", "银行存款", "Bank deposits", "assets", "debit"),
    ledgers.ChartLine("112", "应收款", "Receivables", "assets", "debit"),
    ledgers.ChartLine("202", "应付款", "Payables", "liabilities", "credit"),
    ledgers.ChartLine("501", "经营收入", "Operating income", "income", "credit"),
)
TODAY = timezone.localdate


def publish() -> None:
    """The calendar, and the item that findings are orders of."""
    orders.publish_calendar(SYSTEM, content=CALENDAR)
    orders.publish_items(SYSTEM, definitions=orders.items_in(ITEM.read_bytes(), name="village.yaml"))
    orders.forget_catalogue()


def open_book(unit_id: UUID, code: str = BOOK) -> None:
    """A village's book: money by a chart, and its arable land, idle and in use."""
    ledgers.forget_books()
    ledgers.publish_chart(
        SYSTEM, code=CHART, title="村集体会计科目", title_en="Village chart", lines=LINES, valid_from=FIRST
    )
    ledgers.open_book(
        SYSTEM, code=code, name="村集体账", first_day=FIRST, unit_id=unit_id,
        ledgers=[ledgers.NewLedger("money", "fen", CHART), ledgers.NewLedger("land", "mu_4")],
    )  # fmt: skip
    for account in ("arable", "arable.idle"):
        ledgers.open_account(
            SYSTEM, book=code, ledger="land", code=account, name=account, element="other", side="debit",
            opened_on=FIRST,
        )  # fmt: skip


def moved(kind: EffectKind, amount: int, **more: Any) -> NewEffect:
    """An amount with how it was paid, by bank, and the number of its voucher."""
    sides = {EffectKind.LAND_RECOVERED: {}, EffectKind.DEBT_SETTLED: {"credit": "102"}}.get(kind, {"debit": "102"})
    return NewEffect(new_identifier(), kind, amount, **({"voucher": "记-3"} | sides | more))


@dataclass(frozen=True)
class Stage:
    """What the tests hold on to."""

    villages: Villages
    head: Actor  # of the village
    inspector: Actor  # of the county
    colleague: Actor  # another inspector of the same office
    contract_id: UUID  # a lease of thirty years
    parcel_id: UUID  # arable
    accounts: dict[str, int]

    @property
    def accountant(self) -> Actor:
        return self.villages.accountant

    @property
    def auditor(self) -> Actor:
        return self.villages.auditor

    def open(self, **more: Any) -> UUID:
        """Open a finding about the contract, and return its identifier."""
        told: dict[str, Any] = {
            "finding_id": new_identifier(), "subject": SubjectKind.CONTRACT, "subject_id": self.contract_id,
            "text": "租期过长",
        }  # fmt: skip
        actor = more.pop("actor", self.auditor)
        return acts.open_finding(actor, **(told | more))

    def answer(self, finding_id: UUID, *amounts: tuple[EffectKind, int], **more: Any) -> UUID:
        """Answer for the village, with effects."""
        told: dict[str, Any] = {
            "answer_id": new_identifier(), "text": "已重新签订合同",
            "evidence": (self.evidence, Evidence(SubjectKind.PARCEL, self.parcel_id)),
            "effects": tuple(moved(kind, amount) for kind, amount in amounts),
        }  # fmt: skip
        actor = more.pop("actor", self.accountant)
        return acts.answer_finding(actor, finding_id=finding_id, **(told | more))

    def answered(self, *amounts: tuple[EffectKind, int]) -> UUID:
        """A finding that the village has answered."""
        finding_id = self.open()
        self.answer(finding_id, *amounts)
        return finding_id

    def close(self, finding_id: UUID, **more: Any) -> int:
        actor = more.pop("actor", self.inspector)
        return acts.close_finding(actor, finding_id=finding_id, **({"note": "已核实"} | more))

    @property
    def evidence(self) -> Evidence:
        return Evidence(SubjectKind.CONTRACT, self.contract_id)

    def effects(self, finding_id: UUID) -> list[EffectRow]:
        set_scope(self.auditor.scope)
        return finding_detail(self.auditor, finding_id=finding_id).effects

    def state(self, finding_id: UUID) -> str:
        set_scope(self.auditor.scope)
        return finding_detail(self.auditor, finding_id=finding_id).row.state

    def balance(self, code: str) -> int:
        with seeing(SYSTEM.scope):
            return ledgers.balance_of(SYSTEM, account_id=self.accounts[code]).amount


def build() -> Stage:
    """Load everything through acts."""
    villages = build_villages()
    publish()
    unit_id = villages.prefecture.units["v102001"].id
    open_book(unit_id)
    with seeing(SYSTEM.scope):
        accounts = {account.code: account.id for account in ledgers.accounts_of(ledgers.book_called(BOOK))}
    contract_id = villages.contract("C1", until=date(2051, 6, 1))
    return Stage(
        villages, villages.post("v102001", "village_head"), villages.post("c1.housing", "county_inspector"),
        villages.post("c1.housing", "county_inspector"), contract_id, villages.parcel("P1"), accounts,
    )  # fmt: skip


LATER = timedelta(days=40)
