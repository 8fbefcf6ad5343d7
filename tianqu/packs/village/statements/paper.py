"""The statements as a paper in the layout that accountants know: A4, each on pages of its own, with who signs.

The same figures give the same bytes on every day: the file is dated by the last day that it tells of.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from itertools import zip_longest
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext

from tianqu.base.quantities import format_quantity, unit_of
from tianqu.base.typesetting import typeset
from tianqu.packs.village.statements.computing import Row
from tianqu.packs.village.statements.queries import Statements
from tianqu.packs.village.words import day_said, english, invented_said, shown

TEMPLATE: Final = "packs/village/statements/statements.typ"
PDF: Final = "application/pdf"
Part = list[str]  # what a cell says, and how heavy: heading, line or total


def paper(told: Statements) -> bytes:
    """Return balance sheet, income and distribution, fund movements and every account as the bytes of a PDF."""
    whose, last = shown(told.book), day_said(told.last_day)
    days = f"{day_said(told.first_day)} – {last}"
    dated = datetime.combine(told.last_day, time.min, timezone.get_default_timezone())
    return typeset(TEMPLATE, {
        "language": "en" if english() else "zh", "title": f"{whose} {days}",
        "whose": gettext("Entity: %(name)s") % {"name": whose}, "unit": gettext("Unit: yuan"),
        "basis": told.layout.basis,
        "signed": [gettext("Head of the unit:"), gettext("Accountant:"), gettext("Prepared by:")],
        "statements": [_sheet(told, last), _income(told, days), _funds(told, days), _accounts(told, days)],
    }, dated=dated, invented=invented_said())  # fmt: skip


def _statement(
    title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Part]], *, days: str, wide: bool = False
) -> dict[str, Any]:
    return {
        "title": title, "days": days, "wide": wide, "rows": rows,
        "columns": [{"title": heading, "kind": kind} for heading, kind in columns],
    }  # fmt: skip


def _sheet(told: Statements, last: str) -> dict[str, Any]:
    """Assets on the left, liabilities and equity on the right; both totals stand side by side, below."""
    heads = ((gettext("No."), "number"), (gettext("At the beginning"), "figure"), (gettext("At the end"), "figure"))
    columns = ((gettext("Assets"), "words"), *heads, (gettext("Liabilities and equity"), "words"), *heads)
    left, right = told.sheet.assets, told.sheet.claims
    pairs = [*zip_longest(left[:-1], right[:-1]), (left[-1], right[-1])]
    return _statement(
        gettext("Balance sheet"), columns, [[*_four(a), *_four(b)] for a, b in pairs], days=last, wide=True
    )  # fmt: skip


def _four(row: Row | None) -> list[Part]:
    if row is None:
        return [["", "line"]] * 4
    figures = [printed_yuan(figure) for figure in row.figures] or ["", ""]
    return [[text, row.weight] for text in (gettext(row.label), str(row.number or ""), *figures)]


def _income(told: Statements, days: str) -> dict[str, Any]:
    columns = ((gettext("Line"), "words"), (gettext("No."), "number"), (gettext("Amount"), "figure"))
    rows = [
        [[text, row.weight] for text in (gettext(row.label), str(row.number or ""), printed_yuan(sum(row.figures)))]
        for row in told.income
    ]
    return _statement(gettext("Income and distribution"), columns, rows, days=days)


def _funds(told: Statements, days: str) -> dict[str, Any]:
    columns = (
        (gettext("Ledger account"), "number"), (gettext("Name"), "words"), (gettext("Received"), "figure"),
        (gettext("Paid out"), "figure"),
    )  # fmt: skip
    rows = [
        ("", gettext("Held at the beginning"), printed_yuan(told.funds.opening), "", "total"),
        *((row.code, shown(row), printed_yuan(row.received), printed_yuan(row.paid), "line")
          for row in told.funds.rows),
        ("", gettext("Total"), printed_yuan(told.funds.received), printed_yuan(told.funds.paid), "total"),
        ("", gettext("Held at the end"), printed_yuan(told.funds.closing), "", "total"),
    ]  # fmt: skip
    return _statement(
        gettext("Fund movements"), columns, [[[text, weight] for text in texts] for *texts, weight in rows], days=days
    )


def _accounts(told: Statements, days: str) -> dict[str, Any]:
    """Every account, and that debits are credits."""
    columns = (
        (gettext("Ledger account"), "number"), (gettext("Name"), "words"), (gettext("At the beginning"), "figure"),
        (gettext("Debit"), "figure"), (gettext("Credit"), "figure"), (gettext("At the end"), "figure"),
    )  # fmt: skip
    figures = [(one.opening, one.all_debits, one.all_credits, one.closing) for one in told.movements]
    rows = [
        [[text, "line"] for text in (one.code, shown(one), *map(printed_yuan, amounts))]
        for one, amounts in zip(told.movements, figures, strict=True)
    ]
    sums = [printed_yuan(sum(column)) for column in zip(*figures, strict=True)]
    total = [[text, "total"] for text in ("", gettext("Total"), *sums)]
    return _statement(gettext("Trial balance"), columns, [*rows, total], days=days)


def printed_yuan(fen: int) -> str:
    """An amount as accountants print it; nothing for zero."""
    return format_quantity(fen, unit_of("fen")) if fen else ""
