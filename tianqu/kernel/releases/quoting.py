"""What a text may quote: figures as the system prints them now, or as an edition pinned them, and public orders.

The change of a figure is the figure with ``.change`` behind its name, said in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from tianqu.base.errors import NotFound
from tianqu.kernel.figures.api import ShownFigure, ShownValue, figures_shown, value_numbered
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.releases.prose.document import Document
from tianqu.kernel.releases.prose.printing import PrintedFigure
from tianqu.kernel.releases.prose.resolving import Quotable, quoted_in

CHANGE: Final = ".change"
Pin = Mapping[str, Any]


def quotable(actor: Actor, documents: Iterable[Document], *, now: datetime | None = None) -> Quotable:
    """The figures that some texts name, as they are printed now to the actor; unknown ones are missing."""
    codes = {code for document in documents for code in quoted_in(document)}
    shown = figures_shown(actor, sorted(codes | {f"{code}{CHANGE}" for code in codes}))
    figures = {}
    for code in codes:
        figure = shown.get(code)
        if figure is not None and figure.newest is not None:
            change = shown.get(f"{code}{CHANGE}")
            figures[code] = _printed(figure, figure.newest, change.newest if change else None)
    return Quotable(figures=figures, now=now)


def pinned(quoted: Quotable, actor: Actor) -> dict[str, dict[str, Any]]:
    """For each figure what an edition pins: the period and number of its value and of its change, and how it prints."""
    shown = figures_shown(actor, [*quoted.figures, *(f"{code}{CHANGE}" for code in quoted.figures)])
    pins: dict[str, dict[str, Any]] = {}
    for code, printed in quoted.figures.items():
        newest = shown[code].newest
        assert newest is not None, code
        change = shown.get(f"{code}{CHANGE}")
        pins[code] = {
            "period": newest.value.period, "number": newest.value.number, "definition": shown[code].figure.definition,
            "exact": newest.value.exact, "zh": printed.value_zh + printed.unit_zh,
            "en": f"{printed.value_en} {printed.unit_en}".strip(), "lineage": newest.value.lineage,
            "change": _change_pin(change.newest if change else None),
        }  # fmt: skip
    return pins


def _change_pin(change: ShownValue | None) -> dict[str, Any] | None:
    return None if change is None else {"period": change.value.period, "number": change.value.number}


def quotable_by_pins(actor: Actor, pins: Mapping[str, Pin]) -> Quotable:
    """The figures exactly as an edition pinned them, whatever was computed since."""
    shown = figures_shown(actor, [*pins, *(f"{code}{CHANGE}" for code in pins)])
    figures = {}
    for code, pin in pins.items():
        if code not in shown:
            raise NotFound("There is no figure %(value)s.", field="figure", value=code)
        value = value_numbered(actor, shown[code].figure, period=pin["period"], number=pin["number"])
        told = pin["change"]
        change = None
        if told is not None:
            other = shown[f"{code}{CHANGE}"].figure
            change = value_numbered(actor, other, period=told["period"], number=told["number"])
        figures[code] = _printed(shown[code], value, change)
    return Quotable(figures=figures)


def _printed(figure: ShownFigure, value: ShownValue, change: ShownValue | None) -> PrintedFigure:
    word_zh, word_en = _around(value)
    return PrintedFigure(
        id=figure.figure.code, name_zh=figure.figure.name, name_en=figure.figure.name_en,
        value_zh=word_zh, value_en=word_en, unit_zh=value.zh.unit, unit_en=value.en.unit,
        address=f"/figures/{figure.figure.code}/", as_of=value.value.period, exact=value.value.exact,
        change_zh=_change_said(change, chinese=True), change_en=_change_said(change, chinese=False),
        embargoed_until=value.value.embargoed_until,
    )  # fmt: skip


def _around(value: ShownValue) -> tuple[str, str]:
    """The digits with the rounding word before them: 超过758, over 7.58."""
    return (
        value.zh.whole.removesuffix(value.zh.unit) if value.zh.unit else value.zh.whole,
        value.en.whole.removesuffix(value.en.unit).rstrip() if value.en.unit else value.en.whole,
    )


def _change_said(change: ShownValue | None, *, chinese: bool) -> str:
    """A change in words: 增长11.9%, up 11.9%."""
    if change is None:
        return ""
    said = change.text(chinese=chinese).whole
    falls = change.exact < 0
    plain = said.replace("-", "", 1) if falls else said
    if chinese:
        return f"{'下降' if falls else '增长'}{plain}"
    return f"{'down' if falls else 'up'} {plain}"
