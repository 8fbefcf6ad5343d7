"""The series of an open figure as a file: what it was in each period, as everybody may have it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import orjson

from tianqu.kernel.figures.opening import OpenValue, open_series
from tianqu.kernel.figures.reading import ShownFigure

SERIES_FORMS: Final[Mapping[str, str]] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
SERIES_NAMES: Final = ("period", "value", "exact", "printed_zh", "printed_en", "target")


def series_row(value: OpenValue) -> tuple[str | Decimal | None, ...]:
    """A value as a row of the file, by ``SERIES_NAMES``."""
    return (value.period, value.value, value.exact, value.zh, value.en, value.target)


def series_file(shown: ShownFigure, form: str) -> bytes:
    """The series in one of ``SERIES_FORMS``; decimals with all their digits."""
    rows = [series_row(value) for value in open_series(shown)]
    if form == "json":
        return orjson.dumps([dict(zip(SERIES_NAMES, row, strict=True)) for row in rows], default=_exact)
    text = io.StringIO()
    csv.writer(text).writerows(
        [SERIES_NAMES, *([format(each, "f") if isinstance(each, Decimal) else each for each in row] for row in rows)]
    )
    return text.getvalue().encode()


def _exact(value: object) -> object:
    assert isinstance(value, Decimal), type(value)
    return orjson.Fragment(format(value, "f"))
