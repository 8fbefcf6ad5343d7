"""From a figure of a statement down to its legs: which accounts it is of, and how each of their legs counts in it.

A figure is named by its statement, its line and its column: ``assets.cash.closing``, ``claims.payables.opening``,
``income.result``, ``funds.opening``, ``funds.received``, ``funds.paid.123`` (what was paid on that account) and
``accounts.123.debit``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import Counted, LegsBehind, LegSum, Movement, legs_behind
from tianqu.packs.village.statements.computing import (
    FundRow,
    Row,
    cash_accounts,
    counted_in,
    income_side,
    of_layout,
)
from tianqu.packs.village.statements.layouts import DISTRIBUTION
from tianqu.packs.village.statements.queries import ASIDE, Statements, statements_of

Name = tuple[str, str, str]  # statement, code of the line, column; what a name has not is ""
OPENING, CLOSED, MOVED = "opening", "closing", ""
TITLES: Final = {
    "assets": _("Balance sheet"), "claims": _("Balance sheet"), "income": _("Income and distribution"),
    "funds": _("Fund movements"), "accounts": _("All accounts"),
}  # fmt: skip
COLUMNS: Final = {
    OPENING: _("At the beginning"), CLOSED: _("At the end"), MOVED: _("Amount"), "received": _("Received"),
    "paid": _("Paid out"), "debit": _("Debit"), "credit": _("Credit"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a statement and the sum over legs that it is.

    ``title``, ``label`` and ``column`` are messages to be translated; ``label`` is "" for a line of one ``account``.
    """

    title: str
    label: str
    column: str
    fen: int
    legs: LegSum
    account: Movement | FundRow | None = None


@dataclass(frozen=True, slots=True)
class FigureBehind:
    """A figure with the statements that it stands in, all accounts behind it and a page of the legs."""

    told: Statements
    figure: Figure
    legs: LegsBehind

    @property
    def even(self) -> bool:
        """Whether the legs come to the figure, as they always must."""
        return self.legs.counted == self.figure.fen


def figure_behind(
    actor: Actor,
    *,
    book: str,
    line: str,
    first_day: date,
    last_day: date,
    account_id: int | None = None,
    after: str | None = None,
    limit: int = 50,
) -> FigureBehind:
    """Return a figure of a statement with its accounts and legs. Raises ``NotFound``, as ``statements_of`` does."""
    told = statements_of(actor, book=book, first_day=first_day, last_day=last_day)
    figure = figure_called(told, line)
    legs = legs_behind(
        actor, book=book, asked=figure.legs, first_day=first_day, last_day=last_day, account_id=account_id,
        after=after, limit=limit,
    )  # fmt: skip
    return FigureBehind(told, figure, legs)


def figure_called(told: Statements, line: str) -> Figure:
    """Return the figure of a statement with this name. Raises ``NotFound``."""
    makers = {"assets": _sheet, "claims": _sheet, "income": _income, "funds": _funds, "accounts": _account}
    statement, code, column, *more = (*line.split("."), "", "")
    known = statement in makers and not any(more)
    figure = makers[statement](told, (statement, code, column)) if known else None
    if figure is None:
        raise NotFound(
            _("The statements have no such line."), field="line", value=line[:80],
            remedy=_("Follow a figure of the statements."),
        )  # fmt: skip
    return figure


def _sheet(told: Statements, name: Name) -> Figure | None:
    statement, code, column = name
    side, rows = (
        (told.layout.assets, told.sheet.assets) if statement == "assets" else (told.layout.claims, told.sheet.claims)
    )
    row = _row(rows, code)
    if row is None or column not in (OPENING, CLOSED):
        return None
    amounts = {each.account_id: each.opening if column == OPENING else each.closing for each in told.movements}
    times = counted_in(side, _accounts(told), amounts)[code]
    return Figure(TITLES[statement], row.label, COLUMNS[column], row.figures[column == CLOSED], _held(times, column))


def _income(told: Statements, name: Name) -> Figure | None:
    statement, code, column = name
    row = _row(told.income, code)
    if row is None or column:
        return None
    accounts = _accounts(told)
    lines = counted_in(income_side(told.layout), accounts, {})
    undistributed = Counter({one: -1 for behind in told.layout.undistributed for one in accounts.get(behind, ())})
    if code not in dict(DISTRIBUTION):
        # The transfers that close a year are set aside: they would leave nothing of its income.
        asked = LegSum("within", _counted(lines[code], {}), aside=ASIDE)
    elif code == "distributed":  # all that moved, but for what is income of the period
        ordinary = Counter(undistributed)
        ordinary.subtract(lines[told.layout.income[-1].code])
        asked = LegSum("within", _counted(ordinary, undistributed), aside=ASIDE)
    else:
        asked = _held(undistributed, OPENING if code == "brought" else CLOSED)
    return Figure(TITLES[statement], row.label, COLUMNS[MOVED], row.figures[0], asked)


def _funds(told: Statements, name: Name) -> Figure | None:
    statement, column, account = name
    funds = told.funds
    cash = [each.account_id for each in cash_accounts(told.layout, of_layout(told.layout, told.movements))]
    labels = {OPENING: _("Held at the beginning"), CLOSED: _("Held at the end")}
    if column in labels and not account:
        fen = funds.opening if column == OPENING else funds.closing
        return Figure(TITLES[statement], labels[column], COLUMNS[column], fen, _held(dict.fromkeys(cash, 1), column))
    rows = [row for row in funds.rows if account in ("", str(row.account_id))]
    if column not in ("received", "paid") or (account and not rows):
        return None
    sign = -1 if column == "received" else 1
    asked = LegSum(
        "within", _counted({row.account_id: sign for row in rows}), against=cash,
        side="credit" if column == "received" else "debit",
    )  # fmt: skip
    fen = sum(row.received if column == "received" else row.paid for row in rows)
    return Figure(
        TITLES[statement], "" if account else _("Total"), COLUMNS[column], fen, asked,
        rows[0] if account else None,
    )  # fmt: skip


def _account(told: Statements, name: Name) -> Figure | None:
    statement, account, column = name
    found = next((each for each in told.movements if str(each.account_id) == account), None)
    if found is None:
        return None
    own = {found.account_id: 1}
    figures = {
        OPENING: (found.opening, _held(own, OPENING)),
        CLOSED: (found.closing, _held(own, CLOSED)),
        "debit": (found.all_debits, LegSum("within", _counted(own), side="debit")),
        "credit": (found.all_credits, LegSum("within", _counted({found.account_id: -1}), side="credit")),
    }
    if column not in figures:
        return None
    fen, asked = figures[column]
    return Figure(TITLES[statement], "", COLUMNS[column], fen, asked, found)


def _held(times: Mapping[int, int], column: str) -> LegSum:
    return LegSum("before" if column == OPENING else "up_to", _counted(times))


def _counted(times: Mapping[int, int], aside: Mapping[int, int] | None = None) -> tuple[Counted, ...]:
    """How legs count; those of kinds that are set aside as the others, where nothing else is said."""
    apart = times if aside is None else aside
    return tuple(Counted(one, times.get(one, 0), apart.get(one, 0)) for one in sorted({*times, *apart}))


def _accounts(told: Statements) -> dict[str, list[int]]:
    """The identifiers of the accounts by the chart's code."""
    gathered = of_layout(told.layout, told.movements)
    return {code: [each.account_id for each in these] for code, these in gathered.items()}


def _row(rows: Sequence[Row], code: str) -> Row | None:
    return next((row for row in rows if row.code == code and row.figures), None)
