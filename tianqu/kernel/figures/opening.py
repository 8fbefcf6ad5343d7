"""What everybody may have of figures: those with a value that is under no embargo, and their series.

The doors of other programs (``tianqu/gateways``) read figures through here, so that no door can show more than another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from tianqu.base.errors import NotFound, _
from tianqu.kernel.figures.definitions import read_definition
from tianqu.kernel.figures.printing import Unit, decimals_of, rounded
from tianqu.kernel.figures.reading import (
    ShownFigure,
    ShownValue,
    figure_shown,
    figures_found,
    series_of,
    series_of_all,
    values_newest,
)
from tianqu.kernel.journal.api import ANYBODY, set_scope


@dataclass(frozen=True, slots=True)
class OpenValue:
    """A value of a figure as everybody may have it.

    ``value`` is the printed one in the figure's own unit (yuan, not 亿元), ``exact`` the one before rounding
    ("38690000000" or "1187/1000"); ``zh`` and ``en`` are as it is printed; ``decimals`` are the digits behind the point
    that the figure is printed with.
    """

    period: str
    value: Decimal
    exact: str
    zh: str
    en: str
    target: Decimal | None
    computed_at: datetime
    unit: Unit
    decimals: int


def open_figures(*, text: str = "") -> list[ShownFigure]:
    """The figures that everybody may have, in the order of their codes, at most 500. Raises ``InvalidInput``."""
    set_scope(ANYBODY.scope)
    return [shown for shown in figures_found(ANYBODY, text=text) if shown.newest is not None]


def open_figure(code: str) -> ShownFigure:
    """A figure that everybody may have. Raises ``NotFound``."""
    set_scope(ANYBODY.scope)
    shown = figure_shown(ANYBODY, code)
    if shown.newest is None or shown.figure.withdrawn_at is not None:
        raise NotFound(_("There is no figure %(value)s."), field="figure", value=code[:100])
    return shown


def open_series(shown: ShownFigure) -> Sequence[OpenValue]:
    """The newest value of each period of an open figure, in the order of the periods; at most 200."""
    return [open_value(each) for each in series_of(ANYBODY, shown.figure)]


def open_values(found: Sequence[ShownFigure]) -> dict[str, list[OpenValue]]:
    """The series of many open figures, by their codes; one statement. Raises ``TooLarge``."""
    told: dict[str, list[OpenValue]] = {shown.figure.code: [] for shown in found}
    for each in series_of_all(ANYBODY, [shown.figure for shown in found]):
        told[each.value.figure.code].append(open_value(each))
    return told


def open_news(*, limit: int) -> list[ShownValue]:
    """The values that everybody came to have last, the newest first."""
    set_scope(ANYBODY.scope)
    return values_newest(ANYBODY, limit=limit)


def public_since(shown: ShownValue) -> datetime:
    """Since when everybody may have a value: since it was computed, or since its embargo ended."""
    value = shown.value
    return max(value.computed_at, value.embargoed_until or value.computed_at)


def open_value(shown: ShownValue) -> OpenValue:
    """A value as it goes out to other programs."""
    display = read_definition(shown.value.definition.content).display
    return OpenValue(
        shown.value.period, _decimal(rounded(shown.exact, display)), shown.value.exact, shown.zh.whole, shown.en.whole,
        shown.target, shown.value.computed_at, display.unit, decimals_of(Fraction(display.step)),
    )  # fmt: skip


def _decimal(value: Fraction) -> Decimal:
    """A multiple of a step, which is a power of ten: so it ends."""
    told = Decimal(value.numerator) / Decimal(value.denominator)
    assert Fraction(told) == value, value
    return told
