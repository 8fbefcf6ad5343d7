"""How the catalogue's codes are said: accesses, domains, types, frequencies, operators and measures."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.datasets.api import DOMAINS, LICENCES, Column, Dataset, Measure
from tianqu.web.layout.formats import in_chinese, number
from tianqu.web.layout.marks import mark

ACCESSES: Final[Mapping[str, Promise]] = {
    "open": _("Open to everybody"), "cells": _("Counts only"), "shared": _("For officials"), "closed": _("Not open")
}  # fmt: skip
ACCESS_TELLS: Final[Mapping[str, Promise]] = {
    "open": _("Everybody reads its rows."),
    "cells": _("Everybody is told counts, small ones left out; its rows stay with the office."),
    "shared": _("Officials of every office read its rows."),
    "closed": _("Only its own office reads it."),
}
TONES: Final = {"open": "done", "cells": "open", "shared": "waiting", "closed": "quiet"}
FREQUENCIES: Final[Mapping[str, Promise]] = {
    "never": _("Not updated"), "daily": _("Every day"), "weekly": _("Every week"), "monthly": _("Every month"),
    "quarterly": _("Every quarter"), "yearly": _("Every year"), "irregular": _("Now and then"),
}  # fmt: skip
TYPES: Final[Mapping[str, Promise]] = {
    "text": _("Text"), "integer": _("Whole number"), "decimal": _("Decimal"), "date": _("Date"), "time": _("Time"),
    "boolean": _("Yes or no"),
}  # fmt: skip
OPERATORS: Final[Mapping[str, Promise]] = {
    "eq": _("is"), "ne": _("is not"), "lt": _("below"), "le": _("at most"), "gt": _("above"), "ge": _("at least"),
    "in": _("is one of"), "contains": _("holds"), "starts": _("begins with"), "null": _("is empty"),
    "filled": _("is filled"),
}  # fmt: skip
FUNCTIONS: Final[Mapping[str, Promise]] = {
    "count": _("How many"), "sum": _("Sum"), "mean": _("Mean"), "min": _("Least"), "max": _("Greatest"),
    "distinct": _("Different values"),
}  # fmt: skip
SORTS: Final[Mapping[str, Promise]] = {
    "newest": _("Newest first"), "title": _("Title"), "rows": _("Most rows first"), "code": _("Code")
}  # fmt: skip
FORMS: Final = {"csv": "CSV", "xlsx": "XLSX", "parquet": "Parquet", "jsonl": "JSON Lines"}
STATES: Final[Mapping[str, tuple[Promise, str]]] = {
    "received": (_("to be described"), "waiting"), "described": (_("waits to be read"), "open"),
    "reading": (_("is being read"), "open"), "ready": (_("ready to be published"), "waiting"),
    "published": (_("published"), "done"), "dropped": (_("dropped"), "quiet"), "failed": (_("failed"), "late"),
}  # fmt: skip


def said(chinese: str, english: str, /) -> str:
    """Return the text in the page's language, the other where that is missing."""
    return (chinese or english) if in_chinese() else (english or chinese)


def title_of(dataset: Dataset) -> str:
    """What a dataset is called."""
    return said(dataset.title, dataset.title_en)


def column_title(column: Column) -> str:
    """What a column is called: its title in the page's language, else its name."""
    return said(column.title, column.title_en) or column.name


def unit_name(unit: Any) -> str:
    """What an office is called; "" for one that is unknown."""
    return said(unit.name, unit.name_en) if unit is not None else ""


def domain_name(code: str) -> str:
    """What one of the nineteen domains is called."""
    return said(*DOMAINS.get(code, (code, code)))


def licence_name(code: str) -> tuple[str, str]:
    """What a licence is called, and where it stands in full."""
    chinese, english, address = LICENCES.get(code, (code, code, ""))
    return said(chinese, english), address


def access_mark(code: str) -> SafeString:
    """The short mark of who may read a dataset."""
    return mark(str(ACCESSES[code]), tone=TONES[code])


def state_mark(code: str) -> SafeString:
    """The short mark of how far an upload is."""
    title, tone = STATES[code]
    return mark(str(title), tone=tone)


def measure_title(measure: Measure, titles: Mapping[str, str]) -> str:
    """What a measure is called: "Sum of amount"."""
    if not measure.column:
        return gettext("Rows")
    told = {"measure": FUNCTIONS[measure.function], "column": titles.get(measure.column, measure.column)}
    return gettext("%(column)s: %(measure)s") % told


def size_said(count: int) -> str:
    """A size in bytes as people read it: 812 B, 3.4 kB, 12.0 MB."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"


def value_said(value: object) -> str:
    """A value of a dataset as a table shows it: all digits, thousands separated, "" for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int):
        return number(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def cell_said(value: object, column: Column) -> str:
    """A value of a column. A whole number that counts nothing is a year or a number of something, and has no commas."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole and not column.unit else value_said(value)


WORDS: Final[dict[str, Any]] = {
    "access_mark": access_mark, "cell_said": cell_said, "column_title": column_title, "domain_name": domain_name,
    "said": said, "size_said": size_said, "state_mark": state_mark, "title_of": title_of, "unit_name": unit_name,
    "value_said": value_said, "types": TYPES, "forms": FORMS, "accesses": ACCESSES, "frequencies": FREQUENCIES,
}  # fmt: skip
