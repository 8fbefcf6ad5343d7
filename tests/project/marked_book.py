"""A village's book of Decheng with marks in everything that is written into it, and the addresses that ask for it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from tests.kernel.ledgers.village import account_ids
from tests.kernel.places.prefecture import Prefecture
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM, Actor
from tianqu.kernel.ledgers import api
from tianqu.kernel.places.api import actor_of
from tianqu.packs.village.keeping.acts import add_papers

BOOK = "v101009.marked"  # stands in the public log, so it is no mark
FIRST, DAY = date(2024, 1, 1), date(2024, 3, 5)
AMOUNT = 98_765_432_198  # fen
AMOUNT_WAITING = 12_345_678_991
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WRITTEN = (
    "标记账簿", "Marked book", "标记账户", "Marked account", "标记用途", "标记凭证", "contract:marked", "标记理由",
    "标记照片",
)  # fmt: skip
SUMS = (str(AMOUNT), str(AMOUNT_WAITING))


def book_marks() -> list[str]:
    """What nobody reads who may not see the book: words, and sums that occur nowhere else."""
    return [*WRITTEN, *SUMS]


class MarkedBook:
    """One transfer is posted, one waits, one was voided with a reason, and one was reversed."""

    def __init__(self, prefecture: Prefecture) -> None:
        unit = prefecture.units["v101009"]
        api.open_book(
            SYSTEM, code=BOOK, name="标记账簿", name_en="Marked book", first_day=FIRST, unit_id=unit.id,
            ledgers=[api.NewLedger("money", "fen")],
        )  # fmt: skip
        for code, element, side in (("cash", "assets", "debit"), ("rent", "income", "credit")):
            api.open_account(
                SYSTEM, book=BOOK, ledger="money", code=code, name=f"标记账户{code}", name_en=f"Marked account {code}",
                element=element, side=side, opened_on=FIRST,
            )  # fmt: skip
        self.keeper: Actor = actor_of(prefecture.person("v101009", "bookkeeper", name="赵会计"), channel="web")
        self.accounts = account_ids(BOOK, "money")
        self.transfer_ids = [self.posted(AMOUNT), self.posted(AMOUNT_WAITING, pending=True)]
        voided, reversed_id = self.posted(1, pending=True), self.posted(2)
        api.resolve_transfer(self.keeper, transfer_id=voided, outcome="voided", reason="标记理由")
        api.reverse_transfer(
            self.keeper, transfer_id=reversed_id, reversal_id=new_identifier(), day=DAY, purpose="标记理由"
        )
        self.transfer_ids += [voided, reversed_id]
        self.paper_ids: list[UUID] = []

    def posted(self, amount: int, **more: Any) -> UUID:
        legs = (api.NewLeg(self.accounts["cash"], amount), api.NewLeg(self.accounts["rent"], -amount))
        posted = api.post_transfer(
            self.keeper, book=BOOK, transfer_id=new_identifier(), day=DAY, legs=legs, purpose="标记用途",
            reference="contract:marked", voucher="标记凭证", **more,
        )  # fmt: skip
        return posted.id

    def keep_paper(self) -> None:
        """Keep a paper with the transfer that is posted; whoever calls this has a place for files."""
        paper = store_file(SYSTEM, content=PDF, name="标记照片.pdf").id
        add_papers(SYSTEM, transfer_id=self.transfer_ids[0], files=[paper])
        self.paper_ids.append(paper)

    def values(self) -> dict[str, list[str]]:
        """What fills the addresses of books, by the part of the address before the parameter."""
        return {
            "books/code": [BOOK], "keeping/code": [BOOK],
            "transfers/transfer_id": [str(one) for one in self.transfer_ids],
            "vouchers/transfer_id": [str(one) for one in self.transfer_ids],
            "papers/file_id": [str(one) for one in self.paper_ids],
            "accounts/account_id": [str(one) for one in self.accounts.values()],
        }  # fmt: skip

    def asked(self) -> list[str]:
        """What is answered only to a question: sums on a day, and statements between two."""
        accounts = [f"/api/v1/accounts/{one}" for one in self.accounts.values()]
        return [
            *(f"/api/v1/books/{BOOK}/{what}" for what in (f"trial-balance?on={DAY}", "transfers?waiting=true")),
            *(f"/api/v1/trial-balance?place={place}&on={DAY}" for place in ("P", "P1", "P101009")),
            f"/villages/keeping/{BOOK}/?month={DAY:%Y-%m}", f"/villages/keeping/{BOOK}/month.csv?month={DAY:%Y-%m}",
            f"/api/v1/village/books/{BOOK}/month?day={DAY}",
            *(f"/api/v1/books?place={place}" for place in ("P", "P101009")),
            *(f"{one}/statement?first_day={FIRST}&last_day={DAY}" for one in accounts),
            *(f"{one}/balance?on={DAY}" for one in accounts), *(f"{one}/balance?index=9" for one in accounts),
        ]  # fmt: skip
