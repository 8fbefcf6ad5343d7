"""What a text may quote: figures as the system prints them now, or as an edition pinned them.

The change of a figure is the figure with ``.change`` behind its name, said in words; a figure that is a growth is its
own. Names are those of the definition by which a value is printed, so that a figure that is renamed changes no
edition. A case is a published order, and says what is published of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from tianqu.base.errors import NotFound, _
from tianqu.kernel.figures.api import ShownValue, figures_shown, values_with
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import PublicFilters, PublicOrder, public_orders
from tianqu.kernel.releases.prose.document import Document
from tianqu.kernel.releases.prose.printing import PrintedCase, PrintedFigure
from tianqu.kernel.releases.prose.resolving import Quotable, cases_in, quoted_in

CHANGE: Final = ".change"


@dataclass(frozen=True, slots=True)
class Quoting:
    """What some texts may quote, and the pins by which its figures and cases are found again."""

    quotable: Quotable
    figures: Mapping[str, Any]
    cases: Mapping[str, Mapping[str, str]]


def quotable(actor: Actor, documents: Sequence[Document], *, now: datetime) -> Quoting:
    """The figures and orders that some texts name, as they are printed to the actor now.

    ``now`` is the moment at which the text is to be read: what is under embargo then is a fault of the text. Unknown
    figures, and orders that are not public, are missing.
    """
    cases = _cases({code for document in documents for code in cases_in(document)})
    codes = {code for document in documents for code in quoted_in(document)}
    shown = figures_shown(actor, sorted(codes | {f"{code}{CHANGE}" for code in codes}))
    newest = {code: figure.newest for code, figure in shown.items() if figure.newest is not None}
    figures: dict[str, PrintedFigure] = {}
    pins: dict[str, Any] = {}
    for code in sorted(codes & newest.keys()):
        value, change = newest[code], newest.get(f"{code}{CHANGE}")
        change = newest[code] if change is None and _is_growth(value) else change
        figures[code] = _printed(code, value, change)
        pins[code] = {**_pin(value), "change": _pin(change) if change else None}
    return Quoting(Quotable(figures, cases=_printed_cases(cases), now=now), pins, cases)


def quotable_by_pins(actor: Actor, pins: Mapping[str, Any], *, now: datetime) -> Quotable:
    """The figures and orders exactly as an edition pinned them, whatever became of them since. One statement."""
    figures, cases = _figures_by_pins(actor, pins["figures"]), pins.get("cases", {})
    return Quotable(figures, cases=_printed_cases(cases), now=now)


def _figures_by_pins(actor: Actor, pins: Mapping[str, Any]) -> dict[str, PrintedFigure]:
    wanted = [pin["value"] for told in pins.values() for pin in (told, told["change"]) if pin]
    values = values_with(actor, wanted)
    figures = {}
    for code, pin in pins.items():
        if pin["value"] not in values:
            raise NotFound(_("A pinned value of the figure %(value)s is not there."), field="figure", value=code)
        change = pin["change"]
        figures[code] = _printed(code, values[pin["value"]], values[change["value"]] if change else None)
    return figures


def _is_growth(value: ShownValue) -> bool:
    return "growth" in value.value.definition.content["formula"]


def _cases(codes: set[str]) -> dict[str, dict[str, str]]:
    """What is published of some orders, by their codes. One statement, or none."""
    if not codes:
        return {}
    found = public_orders(filters=PublicFilters(codes=tuple(sorted(codes))), limit=len(codes)).rows
    return {order.code: _case(order) for order in found}


def _case(order: PublicOrder) -> dict[str, str]:
    day = timezone.localtime(order.placed_at).date()
    unit, unit_en = order.unit_name or "", order.unit_name_en or order.unit_name or ""
    told = (order.place.shown("zh"), f"{day.year}年{day.month}月{day.day}日提出", unit and f"{unit}办理")
    told_en = (
        order.place.shown("en"), f"asked on {day.day} {day:%B} {day.year}", unit_en and f"answered by {unit_en}"
    )  # fmt: skip
    return {
        "title": order.title, "title_en": order.item_title_en or order.title,
        "told": "，".join(filter(None, told)), "told_en": ", ".join(filter(None, told_en)),
    }  # fmt: skip


def _printed_cases(cases: Mapping[str, Mapping[str, str]]) -> dict[str, PrintedCase]:
    return {code: PrintedCase(code=code, address=f"/answers/{code}", **told) for code, told in cases.items()}


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
