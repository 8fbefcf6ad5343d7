"""Figures of the desk in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.utils.translation import gettext, gettext_noop

from tianqu.base.quantities import UNITS, format_quantity
from tianqu.packs.village.desk.figures import Figure, Share

FIGURES: Final = {
    Figure.ARREARS: gettext_noop("Rent in arrears"),
    Figure.IDLE: gettext_noop("Idle land"),
    Figure.UNRESOLVED: gettext_noop("Contracts without a resolution"),
    Figure.CASH: gettext_noop("Cash and deposits"),
}
ASKS: Final = {
    Figure.ARREARS: gettext_noop(
        "Rent that fell due in the year and is still unpaid, of all rent that fell due; counted once the days of grace"
        " of the policy have passed."
    ),
    Figure.IDLE: gettext_noop("Land that lay idle at the end of the year, of all land in the registers."),
    Figure.UNRESOLVED: gettext_noop(
        "Contracts signed in the year without any resolution on file, of those that need one by the law of their day."
    ),
    Figure.CASH: gettext_noop("What the books hold in cash and at banks at the end of the year."),
}
UNIT_NAMES: Final = {
    Figure.ARREARS: gettext_noop("yuan"),
    Figure.IDLE: gettext_noop("mu"),
    Figure.UNRESOLVED: gettext_noop("contracts"),
    Figure.CASH: gettext_noop("yuan"),
}
MEASURED: Final = {Figure.ARREARS: "fen", Figure.IDLE: "mu_4", Figure.CASH: "fen"}


def figure_said(figure: Figure) -> str:
    """What a figure is called."""
    return gettext(FIGURES[figure])


def part_said(figure: Figure, amount: int) -> str:
    """An amount of a figure, in the unit of its column."""
    unit = MEASURED.get(figure)
    return f"{amount:,}" if unit is None else format_quantity(amount, UNITS[unit])


def percent_said(share: Share) -> str:
    """A share in hundredths with one decimal, "" of nothing."""
    percent = share.percent
    return "" if percent is None else f"{percent}%"


def plotted(figure: Figure, share: Share) -> float | None:
    """A number for a plot, beside which a table says it exactly: hundredths, or of cash ten thousand yuan."""
    if figure is Figure.CASH:
        return float(Decimal(share.part) / 1_000_000)
    return None if share.percent is None else float(share.percent)
