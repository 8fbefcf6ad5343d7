"""Plots of a figure: its series with what was aimed at, and a measure broken down by county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from tianqu.kernel.datasets.api import Measure, Question, groups_page, question_of
from tianqu.kernel.figures.api import UNITS, FigureDefinition, ShownValue, line_told
from tianqu.web.figures.lineage import Sources, measure_in, rows_address
from tianqu.web.layout.formats import in_chinese, number

COUNTIES_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A measure by county: the plot, and the same as rows of county, value and address of the rows."""

    title: str
    unit: str
    option: dict[str, Any]
    rows: tuple[tuple[str, str, str], ...]


def series_option(series: Sequence[ShownValue], definition: FigureDefinition) -> dict[str, Any] | None:
    """The plot of a series; None where there are not two points to draw."""
    periods = sorted({each.value.period for each in series} | set(definition.targets))
    if len(periods) < 2 or not series:
        return None
    size, unit = _scale(series, definition)
    values = {each.value.period: float(each.exact) / size for each in series}
    lines: list[dict[str, Any]] = [
        {
            "type": "line" if len(values) > 2 else "bar", "name": _("Value"), "barMaxWidth": 56,
            "data": [None if period not in values else round(values[period], 6) for period in periods],
        }
    ]  # fmt: skip
    if definition.targets:
        aims = {period: float(value) / size for period, value in definition.targets.items()}
        lines.append(
            {
                "type": "line", "name": _("Target"), "symbol": "diamond", "symbolSize": 12,
                "lineStyle": {"type": "dashed"}, "data": [aims.get(period) for period in periods],
            }
        )  # fmt: skip
    option: dict[str, Any] = {
        "xAxis": {"type": "category", "data": periods}, "yAxis": {"type": "value", "name": unit}, "series": lines,
        "grid": {"left": 8, "right": 16, "top": 56, "bottom": 8, "containLabel": True},
    }  # fmt: skip
    return option | ({"legend": {}} if definition.targets else {})


def _scale(series: Sequence[ShownValue], definition: FigureDefinition) -> tuple[int, str]:
    """The unit in which the newest value is printed, so that the axis reads as the figure does."""
    display, chinese = definition.display, in_chinese()
    text = series[-1].text(chinese=chinese)
    scales = display.unit.zh_scales if chinese else display.unit.en_scales
    return next((size for size, name in scales if name == text.unit), 1), text.unit


def breakdown_of(shown: ShownValue, sources: Sources) -> Breakdown | None:
    """The first measure that can be told by county, the largest first; None where none can."""
    for line in shown.value.lineage:
        measure, known = measure_in(line), sources.known.get(line["dataset"])
        opened = known[1] if known else None
        fixed = {key.partition(".")[0] for key, _values in measure.where}
        if opened is None or "county" not in opened.schema.names or "county" in fixed:
            continue
        if measure.function not in ("count", "sum") or not line_told(line, opened.schema)["parts"]:
            continue
        asked = question_of({key: list(values) for key, values in measure.where}, opened.schema)
        told = Measure(measure.function, measure.column)  # type: ignore[arg-type]  # one of two, looked at above
        question = Question(
            conditions=asked.conditions, group=("county",), measures=(told,), sort=f"-{told.name}", limit=COUNTIES_MAX
        )
        found = [row for row in groups_page(opened, question).rows if row[0] is not None and row[1] is not None]
        if len(found) < 2:
            continue
        title, columns = sources.titles(measure)
        unit = next((each.unit for each in opened.schema.columns if each.name == measure.column), "")
        return _drawn(found, line, title=columns.get(measure.column, title), unit=unit)
    return None


def _drawn(found: Sequence[Any], line: dict[str, Any], *, title: str, unit: str) -> Breakdown:
    rows = []
    for county, value in found:
        address = rows_address({**line, "where": {**line["where"], "county": [str(county)]}})
        rows.append((str(county), value, address))
    unit = unit if in_chinese() else next((each.en for each in UNITS.values() if each.zh == unit), unit)
    size, scaled = _counted(max(float(value) for _county, value, _address in rows), unit)
    option = {
        "xAxis": {"type": "value", "name": scaled, "nameLocation": "middle", "nameGap": 28, "splitNumber": 3},
        "yAxis": {
            "type": "category", "inverse": True, "data": [county for county, _value, _address in rows],
        },
        "grid": {"left": 8, "right": 32, "top": 8, "bottom": 32, "containLabel": True},
        "series": [
            {"type": "bar", "name": title, "data": [
                {"value": float(value) / size, "address": address} for _county, value, address in rows
            ]}
        ],
    }  # fmt: skip
    told = tuple((county, _written(value), address) for county, value, address in rows)
    return Breakdown(title, unit, option, told)


def _counted(most: float, unit: str) -> tuple[int, str]:
    """The scale in which an axis is short enough for a phone, and what it counts."""
    scales = UNITS["count"].zh_scales if in_chinese() else UNITS["count"].en_scales
    for size, name in scales:
        if most >= size:
            return size, f"{name}{unit}" if in_chinese() else f"{name} {unit}".strip()
    return 1, unit


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        return number(value, decimals=max(0, -int(value.as_tuple().exponent)))
    return number(value) if isinstance(value, int) else str(value)
