"""How figures are said: domains, directions, changes, exact values, and formulas in words of both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Final

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.datasets.api import Opened
from tianqu.kernel.figures.api import Combined, Constant, Formula, MeasureOf, QuotedValue, ShownValue, figure_domain
from tianqu.kernel.figures.api import FigureDefinition as Definition
from tianqu.web.layout.formats import in_chinese, listed

DIRECTIONS: Final[Mapping[str, Promise]] = {"up": _("more is better"), "down": _("less is better")}
FUNCTIONS: Final[Mapping[str, Promise]] = {
    "count": _("the number of rows"), "sum": _("the sum of %(column)s"), "min": _("the least %(column)s"),
    "max": _("the greatest %(column)s"), "distinct": _("the number of different %(column)s"),
}  # fmt: skip
OPERATIONS: Final[Mapping[str, Promise]] = {
    "difference": _("%(first)s less %(second)s"), "ratio": _("%(first)s divided by %(second)s"),
    "growth": _("by how many per cent %(first)s is above %(second)s"),
    "share": _("what percentage %(first)s is of %(second)s"),
}  # fmt: skip
COMPARED: Final[Mapping[str, Promise]] = {
    "eq": _("%(column)s is %(value)s"), "ne": _("%(column)s is not %(value)s"),
    "lt": _("%(column)s is below %(value)s"), "le": _("%(column)s is at most %(value)s"),
    "gt": _("%(column)s is above %(value)s"), "ge": _("%(column)s is at least %(value)s"),
    "contains": _("%(column)s holds %(value)s"), "starts": _("%(column)s begins with %(value)s"),
    "null": _("%(column)s is empty"), "filled": _("%(column)s is filled"),
}  # fmt: skip
DECIMALS_SHOWN: Final = 12


def said(chinese: str, *, english: str) -> str:
    """The text in the page's language, the other where that is missing."""
    return (chinese or english) if in_chinese() else (english or chinese)


def name_of(definition: Definition) -> str:
    """What a figure is called."""
    name = said(definition.name, english=definition.name_en)
    return name[:1].upper() + name[1:]


def domain_name(code: str) -> str:
    """What a domain of figures is called."""
    chinese, english = figure_domain(code)
    return said(chinese, english=english)


def printed_text(shown: ShownValue) -> str:
    """A value as it is printed in the page's language."""
    return shown.text(chinese=in_chinese()).whole


def exact_text(value: Fraction) -> str:
    """An exact value: all its digits, or the fraction where it has no last one."""
    scaled = value * 10**DECIMALS_SHOWN
    if scaled.denominator != 1:
        return f"{value.numerator:,} / {value.denominator:,}"
    whole, rest = divmod(abs(scaled.numerator), 10**DECIMALS_SHOWN)
    decimals = f"{rest:0{DECIMALS_SHOWN}d}".rstrip("0")
    return f"{'-' if value < 0 else ''}{whole:,}{'.' + decimals if decimals else ''}"


def change_text(now: ShownValue, before: ShownValue, definition: Definition) -> str:
    """How a value differs from an earlier one: in per cent, for a percentage in percentage points."""
    new, old = now.exact, before.exact
    if definition.display.unit.code in ("%", "points"):
        return gettext("%(number)s percentage points") % {"number": _signed(new - old, 2)}
    if not old:
        return ""
    return f"{_signed((new / old - 1) * 100, 1)}%"


def better(now: ShownValue, before: ShownValue, direction: str) -> bool | None:
    """Whether a change goes the way that is better; None where that is not declared, or nothing changed."""
    if not direction or now.exact == before.exact:
        return None
    return (now.exact > before.exact) == (direction == "up")


def _signed(value: Fraction, decimals: int) -> str:
    return f"{float(value):+,.{decimals}f}".replace("-", "−")


def formula_words(formula: Formula, titles: Callable[[MeasureOf], tuple[str, Mapping[str, str]]]) -> str:
    """Say how a figure is computed. ``titles`` returns what a dataset and its columns are called."""
    if isinstance(formula, Constant):
        return exact_text(formula.value)
    if isinstance(formula, QuotedValue):
        return gettext("%(value)s, as published by others (%(source)s)") % {
            "value": exact_text(formula.value), "source": formula.source,
        }  # fmt: skip
    if isinstance(formula, MeasureOf):
        return measure_words(formula, *titles(formula))
    assert isinstance(formula, Combined)
    parts = [_bracketed(part, formula_words(part, titles)) for part in formula.parts]
    if formula.operation in OPERATIONS:
        return str(OPERATIONS[formula.operation]) % {"first": parts[0], "second": parts[1]}
    return (" + " if formula.operation == "sum" else " × ").join(parts)


def _bracketed(part: Formula, text: str) -> str:
    return gettext("(%(words)s)") % {"words": text} if isinstance(part, Combined) else text


def measure_words(measure: MeasureOf, title: str, columns: Mapping[str, str]) -> str:
    """Say what is counted or added up, in which dataset, and of which rows."""
    column = columns.get(measure.column, measure.column)
    what = str(FUNCTIONS[measure.function]) % {"column": column}
    told = {"what": what, "dataset": title, "rows": conditions_words(measure, columns)}
    if measure.where:
        return gettext("%(what)s in “%(dataset)s” where %(rows)s") % told
    return gettext("%(what)s in “%(dataset)s”") % told


def conditions_words(measure: MeasureOf, columns: Mapping[str, str]) -> str:
    """Say which rows a measure takes."""
    told = []
    for key, values in measure.where:
        column, _dot, operator = key.partition(".")
        words = COMPARED.get("eq" if operator in ("", "in") else operator, COMPARED["eq"])
        value = (gettext(" or ")).join(_placed(each) for each in values)
        told.append(str(words) % {"column": columns.get(column, column), "value": value})
    return listed(told)


def _placed(value: str) -> str:
    """A value in which the period has not been put yet."""
    day = re.fullmatch(r"\{(year|year-1)\}-(\d\d)-(\d\d)", value)
    if day is not None:
        words = gettext("%(day)s of the year") if day[1] == "year" else gettext("%(day)s of the year before")
        return words % {"day": date_format(date(2000, int(day[2]), int(day[3])), "MONTH_DAY_FORMAT")}
    places = {
        "{period}": gettext("the period"), "{year}": gettext("the year"), "{year-1}": gettext("the year before"),
        "{month}": gettext("the month"),
    }  # fmt: skip
    return places.get(value, value)


def column_titles(opened: Opened | None) -> dict[str, str]:
    """What the columns of a dataset are called, closed ones too: what they are called stands in the public log."""
    if opened is None:
        return {}
    columns = opened.version.columns.columns
    return {each.name: said(each.title, english=each.title_en) or each.name for each in columns}
