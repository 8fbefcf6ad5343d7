"""The statements of a book between two days, within the sight of whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import CLOSING, BookDetail, Movement, book_detail, moved_against, movements_of
from tianqu.packs.village.statements.computing import (
    BalanceSheet,
    Funds,
    Row,
    balance_sheet,
    cash_accounts,
    funds,
    income_statement,
    of_layout,
)
from tianqu.packs.village.statements.layouts import LAYOUTS, Layout

MONEY: Final = "money"  # the ledger of money in a village's book
ASIDE: Final = (CLOSING,)  # kinds of transfer that close a year's income and expenses


@dataclass(frozen=True, slots=True)
class Statements:
    """Everything that is said of a book between two days, both included."""

    book: BookDetail
    layout: Layout
    first_day: date
    last_day: date
    sheet: BalanceSheet
    income: list[Row]
    funds: Funds
    movements: list[Movement]


def statements_of(actor: Actor, *, book: str, first_day: date, last_day: date) -> Statements:
    """Return the statements of a book. Raises ``NotFound`` for one out of sight, or of no chart that has statements.

    They are laid out by the newest chart that the book had opened by the last day.
    """
    found = book_detail(actor, book=book)
    period = {"book": book, "first_day": first_day, "last_day": last_day}
    movements = movements_of(actor, ledger=MONEY, without=ASIDE, **period)  # type: ignore[arg-type]
    layout = next((LAYOUTS[chart] for chart in sorted(LAYOUTS, reverse=True) if _has(movements, chart)), None)
    if layout is None:
        raise NotFound(
            _("This book keeps no money by a chart of village collectives."), field="book", value=book,
            remedy=_("Its trial balance tells every account."),
        )  # fmt: skip
    accounts = of_layout(layout, movements)
    cash = cash_accounts(layout, accounts)
    against = moved_against(actor, account_ids=[each.account_id for each in cash], **period)  # type: ignore[arg-type]
    told = [each for these in accounts.values() for each in these]
    return Statements(
        found, layout, first_day, last_day, balance_sheet(layout, accounts), income_statement(layout, accounts),
        funds(cash, movements, against), sorted(told, key=lambda each: each.code),
    )  # fmt: skip


def _has(movements: list[Movement], chart: str) -> bool:
    return any(each.chart == chart for each in movements)
