"""The figures of a statement, from what moved on every account. Whole fen, nothing rounded, nothing read twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tianqu.kernel.ledgers.api import Movement
from tianqu.packs.village.statements.layouts import DISTRIBUTION, Layout, Line, Share, Side, Weight

Amount = Callable[[Movement], int]
Accounts = Mapping[str, Sequence[Movement]]  # by the chart's code, as ``of_layout`` gathers them
Key = TypeVar("Key", int, str)


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is printed: its number (0 for a heading), label and figures in fen, first the opening one."""

    number: int
    code: str
    label: str
    weight: Weight
    figures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """Both sides at the beginning and at the end; ``even`` says whether they are equal, as they always must be."""

    assets: list[Row]
    claims: list[Row]

    @property
    def even(self) -> bool:
        """Whether assets are liabilities and equity, at both times."""
        return self.assets[-1].figures == self.claims[-1].figures


def balance_sheet(layout: Layout, accounts: Accounts) -> BalanceSheet:
    """Return the balance sheet before the first day and at the end of the last."""
    columns: tuple[Amount, ...] = (lambda each: each.opening, lambda each: each.closing)
    return BalanceSheet(
        _side(layout.assets, accounts, columns, first_number=1),
        _side(layout.claims, accounts, columns, first_number=1 + _numbered(layout.assets.lines)),
    )


def income_side(layout: Layout) -> Side:
    """Return the lines of income as a side: credits are positive."""
    return Side(-1, "credit", layout.income)


def income_statement(layout: Layout, accounts: Accounts) -> list[Row]:
    """Return the income of the days between, and what became of what may be distributed.

    The transfers that close a year are set aside in what moved: they would leave nothing of its income.
    """
    moved: Amount = lambda each: each.debit - each.credit  # noqa: E731  one of several columns
    rows = _side(income_side(layout), accounts, (moved,), first_number=1)
    result = rows[-1].figures[0]
    behind = [each for code in layout.undistributed for each in accounts.get(code, ())]
    opening, closing = -sum(each.opening for each in behind), -sum(each.closing for each in behind)
    told = (("brought", opening), ("distributed", closing - opening - result), ("carried", closing))
    number = rows[-1].number
    labels = dict(DISTRIBUTION)
    return [
        *rows,
        *(
            Row(number + place, code, labels[code], "total" if code == "carried" else "line", (figure,))
            for place, (code, figure) in enumerate(told, 1)
        ),
    ]


@dataclass(frozen=True, slots=True)
class FundRow:
    """What came in from an account and what went out to it."""

    account_id: int
    code: str
    name: str
    name_en: str
    received: int
    paid: int


@dataclass(frozen=True, slots=True)
class Funds:
    """Cash on hand and in banks: before, in, out, after. ``even``: the four fit, as they always must."""

    opening: int
    rows: list[FundRow]
    closing: int

    @property
    def received(self) -> int:
        """Everything that came in."""
        return sum(row.received for row in self.rows)

    @property
    def paid(self) -> int:
        """Everything that went out."""
        return sum(row.paid for row in self.rows)

    @property
    def even(self) -> bool:
        """Whether what there was, and came, and went, is what there is."""
        return self.opening + self.received - self.paid == self.closing


def cash_accounts(layout: Layout, accounts: Accounts) -> list[Movement]:
    """Return the accounts of the line of cash, with their sub-accounts."""
    codes = next(line.accounts for line in layout.assets.lines if line.code == "cash")
    return [each for code in codes for each in accounts.get(code, ())]


def funds(cash: Sequence[Movement], movements: Sequence[Movement], against: Mapping[int, tuple[int, int]]) -> Funds:
    """Return receipts and payments by the accounts that they were against, largest first."""
    known = {each.account_id: each for each in movements}
    rows = [
        FundRow(account, known[account].code, known[account].name, known[account].name_en, received, paid)
        for account, (received, paid) in against.items()
    ]
    rows.sort(key=lambda row: (-(row.received + row.paid), row.code))
    return Funds(sum(each.opening for each in cash), rows, sum(each.closing for each in cash))


def _side(side: Side, accounts: Accounts, columns: Sequence[Amount], *, first_number: int) -> list[Row]:
    figures: dict[str, tuple[int, ...]] = {}
    rows: list[Row] = []
    number = first_number
    for line in side.lines:
        if line.weight == "heading":
            rows.append(Row(0, line.code, line.label, line.weight, ()))
            continue
        figures[line.code] = tuple(
            _figure(line, side, accounts, column, {code: told[place] for code, told in figures.items()})
            for place, column in enumerate(columns)
        )
        rows.append(Row(number, line.code, line.label, line.weight, figures[line.code]))
        number += 1
    return rows


def _figure(line: Line, side: Side, accounts: Accounts, column: Amount, above: Mapping[str, int]) -> int:
    whole = sum(column(each) for code in line.accounts for each in accounts.get(code, ()))
    parts = sum(_part(column(each), side.share) for code in line.parts for each in accounts.get(code, ()))
    sign = -side.sign if line.contra else side.sign
    return sign * (whole + parts) + sum(above[code] for code in line.adds) - sum(above[code] for code in line.takes)


def counted_in(
    side: Side, accounts: Mapping[str, Sequence[Key]], amounts: Mapping[Key, int]
) -> dict[str, Counter[Key]]:
    """Return, by the code of a line, how often each account counts in its figure: what ``_figure`` adds up.

    ``accounts`` are by the chart's code, ``amounts`` what stands on each.
    """
    found: dict[str, Counter[Key]] = {}
    for line in side.lines:
        sign = -side.sign if line.contra else side.sign
        own = [each for code in line.accounts for each in accounts.get(code, ())]
        own += [each for code in line.parts for each in accounts.get(code, ()) if _part(amounts[each], side.share)]
        times = Counter(dict.fromkeys(own, sign))
        for code in line.adds:
            times.update(found[code])
        for code in line.takes:
            times.subtract(found[code])
        if line.weight != "heading":  # a heading may bear the code of another
            found[line.code] = times
    return found


def _part(amount: int, share: Share) -> int:
    """What of an account of both kinds belongs to this side."""
    if share == "all":
        return amount
    return max(amount, 0) if share == "debit" else min(amount, 0)


def of_layout(layout: Layout, movements: Iterable[Movement]) -> dict[str, list[Movement]]:
    """Return the accounts of a layout's chart, and those that a book opened below them, by the chart's code.

    An account of the book's own that has no account above it belongs to the longest code that its own begins with:
    11201 to 112. Accounts of another chart are left out.
    """
    known = {each.account_id: each for each in movements}
    lines = (*layout.assets.lines, *layout.claims.lines)
    codes = {code for line in lines for code in (*line.accounts, *line.parts)}
    found: dict[str, list[Movement]] = {}
    for each in known.values():
        top = each
        while top.parent_id is not None and top.parent_id in known:
            top = known[top.parent_id]
        if top.chart not in (layout.chart, ""):
            continue
        code = max((one for one in codes if top.code.startswith(one)), key=len, default=top.code)
        found.setdefault(code, []).append(each)
    return found


def _numbered(lines: Sequence[Line]) -> int:
    return sum(line.weight != "heading" for line in lines)
