"""What a text may quote: figures as the system prints them now, or as an edition pinned them.

The change of a figure is the figure with ``.change`` behind its name, said in words. Names are those of the definition
by which a value is printed, so that a figure that is renamed changes no edition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from tianqu.base.errors import NotFound, _
from tianqu.kernel.figures.api import ShownValue, figures_shown, values_with
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.releases.prose.document import Document
from tianqu.kernel.releases.prose.printing import PrintedFigure
from tianqu.kernel.releases.prose.resolving import Quotable, quoted_in

CHANGE: Final = ".change"


def quotable(actor: Actor, documents: Iterable[Document], *, now: datetime) -> tuple[Quotable, dict[str, Any]]:
    """The figures that some texts name, as they are printed to the actor now, and the pins by which they are refound.

    ``now`` is the moment at which the text is to be read: what is under embargo then is a fault of the text. Unknown
    figures are missing.
    """
    codes = {code for document in documents for code in quoted_in(document)}
    shown = figures_shown(actor, sorted(codes | {f"{code}{CHANGE}" for code in codes}))
    newest = {code: figure.newest for code, figure in shown.items() if figure.newest is not None}
    figures: dict[str, PrintedFigure] = {}
    pins: dict[str, Any] = {}
    for code in sorted(codes & newest.keys()):
        value, change = newest[code], newest.get(f"{code}{CHANGE}")
        figures[code] = _printed(code, value, change)
        pins[code] = {**_pin(value), "change": _pin(change) if change else None}
    return Quotable(figures=figures, now=now), pins


def quotable_by_pins(actor: Actor, pins: Mapping[str, Any], *, now: datetime) -> Quotable:
    """The figures exactly as an edition pinned them, whatever was computed since. One statement."""
    wanted = [pin["value"] for told in pins.values() for pin in (told, told["change"]) if pin]
    values = values_with(actor, wanted)
    figures = {}
    for code, pin in pins.items():
        if pin["value"] not in values:
            raise NotFound(_("A pinned value of the figure %(value)s is not there."), field="figure", value=code)
        change = pin["change"]
        figures[code] = _printed(code, values[pin["value"]], values[change["value"]] if change else None)
    return Quotable(figures=figures, now=now)


def printed_otherwise(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> bool:
    """Whether two pins of a figure print otherwise; one that is missing does."""
    if was is None or now is None:
        return was is not now
    return (was["zh"], was["en"]) != (now["zh"], now["en"])


def _pin(value: ShownValue) -> dict[str, Any]:
    return {
        "value": str(value.value.id), "period": value.value.period, "number": value.value.number,
        "exact": value.value.exact, "zh": value.zh.whole, "en": value.en.whole, "lineage": value.value.lineage,
    }  # fmt: skip


def _printed(code: str, value: ShownValue, change: ShownValue | None) -> PrintedFigure:
    words = value.value.definition.content
    embargoes = [each.value.embargoed_until for each in (value, change) if each and each.value.embargoed_until]
    return PrintedFigure(
        id=code, name_zh=words["name"], name_en=words["name_en"], value_zh=_before_unit(value, chinese=True),
        value_en=_before_unit(value, chinese=False), unit_zh=value.zh.unit, unit_en=value.en.unit,
        address=f"/figures/{code}/", as_of=value.value.period, exact=value.value.exact,
        change_zh=_change_said(change, chinese=True), change_en=_change_said(change, chinese=False),
        embargoed_until=max(embargoes, default=None),
    )  # fmt: skip


def _before_unit(value: ShownValue, *, chinese: bool) -> str:
    """The digits with the rounding word before them: 超过758, over 7.58."""
    text = value.text(chinese=chinese)
    return text.whole.removesuffix(text.unit).rstrip()


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
