"""A plot at once: what a dataset's own statistics show best, without asking the engine; and that of grouped rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from math import ceil
from typing import Any, Final
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from tianqu.kernel.datasets.api import Column, Schema
from tianqu.web.data.words import cell_said, column_title, value_said

BARS_MAX: Final = 20
SPARK_WIDTH, SPARK_HEIGHT = 100, 24
DAY_SECONDS: Final = 86_400
TOLD_APART: Final = 2  # a plot of fewer values says nothing


@dataclass(frozen=True, slots=True)
class Plot:
    """An ECharts option, what it shows, and the same numbers as rows: value, count, address of the rows."""

    option: dict[str, Any]
    title: str
    rows: tuple[tuple[str, int, str], ...]
    column: str


def first_plot(schema: Schema, facts: Mapping[str, Any], *, rows_address: str) -> Plot | None:
    """The plot that a version is shown with: rows over time, else frequent values, else how numbers are spread."""
    told = [(column, facts[column.name]) for column in schema.columns if column.name in facts]
    for kinds in (("date", "time"), ("text", "boolean"), ("integer", "decimal")):
        for column, each in told:
            if column.type in kinds:
                plot = plot_of(column, each, rows_address=rows_address)
                if plot is not None:
                    return plot
    return None


def plot_of(column: Column, facts: Mapping[str, Any], *, rows_address: str) -> Plot | None:
    """The plot of one column, None where it would show nothing."""
    frequent = [each for each in facts.get("frequent", ()) if each[0] is not None]
    whole = sum(count for _value, count in frequent) == facts.get("filled", -1)  # every value is among them
    if column.type not in ("text", "boolean") and whole and len(frequent) >= TOLD_APART:
        rows = sorted(frequent, key=lambda each: Decimal(each[0]) if column.numeric else each[0])
        return _in_order(column, [_each(column, each, rows_address) for each in rows])
    if column.type in ("text", "boolean"):
        tells = len(frequent) >= TOLD_APART and frequent[0][1] > frequent[-1][1]  # else all bars are alike
        return _frequent(column, frequent[:BARS_MAX], rows_address) if tells else None
    return _spread(column, facts, rows_address)


def _each(column: Column, told: Sequence[Any], rows_address: str) -> tuple[str, int, str]:
    value, count = told
    return _shown(value), int(count), f"{rows_address}?{urlencode({column.name: _asked(value)})}"


def _shown(value: Any) -> str:
    return value_said(value) if isinstance(value, bool) else str(value)


def _asked(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _in_order(column: Column, rows: Sequence[tuple[str, int, str]]) -> Plot:
    title = _("Rows by %(column)s") % {"column": column_title(column)}
    option = {
        "xAxis": {"type": "category", "data": [row[0] for row in rows]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [{"type": "bar", "name": _("Rows"), "data": [{"value": row[1], "address": row[2]} for row in rows]}],
    }
    return Plot(option, title, tuple(rows), column.name)


def _frequent(column: Column, frequent: Sequence[Sequence[Any]], rows_address: str) -> Plot:
    rows = [_each(column, each, rows_address) for each in frequent]
    title = _("Most frequent: %(column)s") % {"column": column_title(column)}
    option = {
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {"type": "category", "inverse": True, "data": [row[0] for row in rows]},
        "series": [{"type": "bar", "name": _("Rows"), "data": [{"value": row[1], "address": row[2]} for row in rows]}],
    }
    return Plot(option, title, tuple(rows), column.name)


def _spread(column: Column, facts: Mapping[str, Any], rows_address: str) -> Plot | None:
    bars = facts.get("bars") or []
    if len(bars) < TOLD_APART:
        return None
    width = bars[1][0] - bars[0][0]
    rows = []
    for place, (begin, count) in enumerate(bars):
        last = place == len(bars) - 1
        least = _edge(column, begin)
        asked = {f"{column.name}.ge": least} | ({} if last else {f"{column.name}.lt": _edge(column, begin + width)})
        rows.append((least, int(count), f"{rows_address}?{urlencode(asked)}"))
    return _in_order(column, rows)


def _edge(column: Column, value: float) -> str:
    """The least value of the column's type that lies in a span from ``value`` on."""
    if column.type == "date":
        return (date(1970, 1, 1) + timedelta(days=ceil(value / DAY_SECONDS))).isoformat()
    if column.type == "time":
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)).replace(tzinfo=None).isoformat()
    step = Decimal(1).scaleb(-column.decimals)
    return f"{Decimal(repr(value)).quantize(step, rounding=ROUND_CEILING):f}"


def spark(facts: Mapping[str, Any]) -> list[tuple[float, float, float, float]]:
    """The little histogram of a column: each bar's x, y, width and height within 100 × 24; [] for none."""
    counts = [int(count) for _begin, count in facts.get("bars") or ()]
    if not counts:
        counts = [int(count) for _value, count in facts.get("frequent") or ()]
    most = max(counts, default=0)
    if len(counts) < TOLD_APART or not most:
        return []
    width = SPARK_WIDTH / len(counts)
    return [
        (
            round(place * width, 2), round(SPARK_HEIGHT - SPARK_HEIGHT * count / most, 2), round(width * 0.85, 2),
            round(SPARK_HEIGHT * count / most, 2),
        )
        for place, count in enumerate(counts)
    ]  # fmt: skip


def groups_option(
    rows: Sequence[tuple[Any, ...]], *, column: Column, measure: str, addresses: Sequence[str]
) -> dict[str, Any] | None:
    """The plot of rows grouped by one column: over time for a date, else bars; None where it shows nothing."""
    points = [
        {"value": float(row[1]) if isinstance(row[1], Decimal) else row[1], "address": address}
        for row, address in zip(rows, addresses, strict=True)
        if isinstance(row[1], int | Decimal)
    ]
    if len(points) < TOLD_APART or len(points) != len(rows):
        return None
    names = [cell_said(row[0], column) if row[0] is not None else _("(empty)") for row in rows]
    timely = column.type in ("date", "time")
    names_axis: dict[str, Any] = {"type": "category", "data": names}
    series = [{"type": "line" if timely else "bar", "name": measure, "data": points}]
    if timely:
        return {"xAxis": names_axis, "yAxis": {"type": "value"}, "series": series}
    return {"xAxis": {"type": "value"}, "yAxis": names_axis | {"inverse": True}, "series": series}
