"""Charts: one picture for papers by Vega-Lite, one option for pages by ECharts, of the same points.

The picture is laid out by ourselves where a library would measure text (margins, breaks of names), because what is
measured with a machine's fonts differs from machine to machine. Its letters are drawn by Typst, with our font alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from tianqu.base.canonical import Json
from tianqu.base.typesetting import typeset_pictures
from tianqu.kernel.releases.prose.document import ChartKind
from tianqu.kernel.releases.prose.resolved import Point, ShownChart
from tianqu.kernel.releases.rendering.pictures import Picture, picture_of

Spec = dict[str, Any]

WIDTH: Final = 640  # of a picture, in its own units
DOTS_PER_INCH: Final = 144
SHEET: Final = "kernel/releases/rendering/chart_sheet.typ"
VEGA_LITE: Final = "6.4"
FONT: Final = "Noto Sans CJK SC"
INK, QUIET, RULE = "#1a1e22", "#505a63", "#c3cad0"
# In turn, distinct in grey and to those who see few colours (Okabe and Ito, 2008, darkened for white paper).
COLOURS: Final = ("#0b5a86", "#c8641c", "#2e7d5b", "#8f3f71", "#6b7680", "#a3861a", "#3f4a9c", "#a3201a")
_SIZE: Final = 12
_BAR: Final = 30  # of a bar with its gap
_NAME_UNITS: Final = 22  # of width in a line of a name: a Chinese character takes two, a Latin one


def chart_picture(chart: ShownChart) -> Picture:
    """The picture of a chart, without its title: that stands above it as text."""
    import vl_convert

    return picture_of(vl_convert.vegalite_to_svg(vega_lite(chart), vl_version=VEGA_LITE, allowed_base_urls=[]))


def chart_pngs(pictures: Sequence[Picture]) -> list[bytes]:
    """The same pictures as PNG, for papers that take no SVG."""
    if not pictures:
        return []
    return typeset_pictures(SHEET, {"charts": [each.told() for each in pictures]}, dots_per_inch=DOTS_PER_INCH)


def vega_lite(chart: ShownChart) -> Spec:
    """The chart in Vega-Lite's words."""
    made = {ChartKind.BAR: _bars, ChartKind.LINE: _lines, ChartKind.SHARE: _shares}[chart.kind](chart)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json", "background": "white", "config": _config(),
        "autosize": {"type": "none"}, **made,
    }  # fmt: skip


def _config() -> Spec:
    axis = {
        "labelFont": FONT, "titleFont": FONT, "labelFontSize": _SIZE, "titleFontSize": _SIZE, "labelColor": QUIET,
        "titleColor": QUIET, "titleFontWeight": "normal", "domainColor": RULE, "tickColor": RULE,
        "gridColor": "#e6eaed",
        "labelLimit": 1000,
    }  # fmt: skip
    return {"font": FONT, "view": {"stroke": None}, "axis": axis, "text": {"font": FONT, "fontSize": _SIZE}}


def _bars(chart: ShownChart) -> Spec:
    """Bars that lie, so that long names can be read; the value stands at the end of each."""
    names = [_broken(_named(point, chart)) for point in chart.points]
    deep = max(len(name) for name in names)
    step = max(_BAR, 16 * deep + 10)
    left = 12 + max(_units(line) for name in names for line in name) * _SIZE // 2
    printed = max(_units(point.printed) for point in chart.points) * _SIZE // 2 + 10
    low = min(Decimal(0), *(point.number for point in chart.points))
    rows = [
        {"place": place, "number": float(point.number), "printed": point.printed}
        for place, point in enumerate(chart.points)
    ]
    labels = _chosen("datum.value", names)
    y = {"field": "place", "type": "ordinal", "title": None,
         "axis": {"labelExpr": labels, "ticks": False, "domain": False, "labelLineHeight": 16,
                  "labelColor": INK}}  # fmt: skip
    x = {"field": "number", "type": "quantitative", "title": None, "axis": None, "scale": {"zero": True, "nice": False}}
    ink = {"type": "text", "baseline": "middle", "color": INK}
    ends = {"text": {"field": "printed"}, "y": y, "x": x}
    return {
        "width": WIDTH - left - printed - (printed if low < 0 else 0), "height": step * len(rows),
        "padding": {"left": left + (printed if low < 0 else 0), "right": printed, "top": 4, "bottom": 6},
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "bar", "color": COLOURS[0], "height": 16}, "encoding": {"y": y, "x": x}},
            {"transform": [{"filter": "datum.number >= 0"}], "mark": ink | {"align": "left", "dx": 5},
             "encoding": ends},
            {"transform": [{"filter": "datum.number < 0"}], "mark": ink | {"align": "right", "dx": -5},
             "encoding": ends},
        ],
    }  # fmt: skip


def _lines(chart: ShownChart) -> Spec:
    """One line for each name, along the moments; each end carries its value, and its name if there are several."""
    moments, names = sorted({point.at for point in chart.points}), _series(chart)
    rows = [
        {"at": moments.index(point.at), "number": float(point.number), "series": names.index(point.name),
         "printed": point.printed}
        for point in chart.points
    ]  # fmt: skip
    ticks = _chosen("datum.value", [[moment] for moment in moments])
    crowded = len(moments) > 8
    x = {"field": "at", "type": "ordinal", "title": None, "scale": {"padding": 0.5},
         "axis": {"labelExpr": ticks, "labelAngle": -45 if crowded else 0, "grid": False, "ticks": False,
                  "labelPadding": 8}}  # fmt: skip
    numbers = [point.number for point in chart.points]
    ticks_y, decimals = _ticks(least=min(numbers), most=max(numbers))
    y = {"field": "number", "type": "quantitative", "title": None,
         "scale": {"domain": [ticks_y[0], ticks_y[-1]], "nice": False, "zero": False},
         "axis": {"values": ticks_y, "format": f",.{decimals}f", "domain": False, "ticks": False}}  # fmt: skip
    colour = {"field": "series", "type": "nominal", "legend": None, "scale": {"domain": list(range(len(names))),
              "range": [COLOURS[place % len(COLOURS)] for place in range(len(names))]}}  # fmt: skip
    layers: list[Spec] = [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y, "color": colour}},
        {"mark": {"type": "point", "filled": True, "size": 42, "opacity": 1},
         "encoding": {"x": x, "y": y, "color": colour}},
    ]  # fmt: skip
    if len(names) == 1:
        layers.append({"mark": {"type": "text", "dy": -12, "color": INK, "fontSize": _SIZE - (2 if crowded else 0)},
                       "encoding": {"x": x, "y": y, "text": {"field": "printed"}}})  # fmt: skip
    left = max(44, 12 + _units(f"{max(numbers, key=abs):,.0f}") * _SIZE // 2)
    return _with_key(
        {"width": WIDTH - left - 24, "height": 220, "data": {"values": rows}, "layer": layers}, names, left=left,
        bottom=64 if crowded else 32,
    )  # fmt: skip


def _shares(chart: ShownChart) -> Spec:
    """The parts of a whole in one bar, and below it a key with the value of each."""
    rows, before = [], Decimal(0)
    for place, point in enumerate(chart.points):
        rows.append({"from": float(before), "to": float(before + point.number), "part": place})
        before += point.number
    x = {"field": "from", "type": "quantitative", "title": None, "axis": None,
         "scale": {"domain": [0, float(before)], "nice": False}}  # fmt: skip
    colour = {"field": "part", "type": "nominal", "legend": None, "scale": {"domain": list(range(len(rows))),
              "range": [COLOURS[place % len(COLOURS)] for place in range(len(rows))]}}  # fmt: skip
    bar = {"mark": {"type": "bar", "height": 34, "stroke": "white", "strokeWidth": 1.5},
           "encoding": {"x": x, "x2": {"field": "to"}, "color": colour}}  # fmt: skip
    names = [f"{_named(point, chart)}  {point.printed}" for point in chart.points]
    plot: Spec = {"width": WIDTH - 16, "height": 40, "data": {"values": rows}, "layer": [bar]}
    return _with_key(plot, names, left=8, bottom=4,
                     always=True)  # fmt: skip


def _with_key(spec: Spec, names: list[str], *, left: int, bottom: int, always: bool = False) -> Spec:
    """Write a key of the colours above the plot, in rows that fill the width."""
    if len(names) < 2 and not always:
        return spec | {"padding": {"left": left, "right": 24, "top": 18, "bottom": bottom}}
    entries: list[tuple[int, int, str, str]] = []
    across = row = 0
    for place, name in enumerate(names):
        wide = 26 + _units(name) * _SIZE // 2 + 14
        if across and across + wide > spec["width"] + left:
            across, row = 0, row + 1
        entries.append((across - left + 8, row, name, COLOURS[place % len(COLOURS)]))
        across += wide
    top = 22 * (row + 1) + 14
    values = [{"across": at, "down": 14 - top + 22 * down, "name": name, "colour": colour}
              for at, down, name, colour in entries]  # fmt: skip
    key: Spec = {"data": {"values": values}}
    at = {"x": {"field": "across", "type": "quantitative", "scale": None, "axis": None},
          "y": {"field": "down", "type": "quantitative", "scale": None, "axis": None}}  # fmt: skip
    squares = key | {"mark": {"type": "point", "shape": "square", "filled": True, "size": 110, "opacity": 1},
                     "encoding": at | {"color": {"field": "colour", "type": "nominal", "scale": None}}}  # fmt: skip
    texts = key | {"mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 11, "color": INK},
                   "encoding": at | {"text": {"field": "name"}}}  # fmt: skip
    return spec | {
        "layer": [*spec["layer"], squares, texts],
        "resolve": {"scale": {"x": "independent", "y": "independent", "color": "independent"}},
        "padding": {"left": left, "right": 24 if left > 8 else 8, "top": top, "bottom": bottom},
    }  # fmt: skip


def _chosen(value: str, lines: list[list[str]]) -> str:
    """An expression that says the lines of a place. Names go in as quoted text, so that they are never an
    expression.
    """
    texts = ", ".join("[" + ", ".join(_quoted(line) for line in each) + "]" for each in lines)
    return f"[{texts}][{value}]"


def _quoted(text: str) -> str:
    """A text as a string of Vega's expressions: each character that could end or turn it is written by its number."""
    return (
        '"'
        + "".join(
            c if c.isalnum() or c in " .,%" else f"\\u{{{ord(c):x}}}" if ord(c) > 0xFFFF else f"\\u{ord(c):04x}"
            for c in text
        )
        + '"'
    )


def _ticks(*, least: Decimal, most: Decimal) -> tuple[list[float], int]:
    """Four to nine round numbers around all of a line's, and their decimals; from zero, unless all are far from it."""
    low = least if least < 0 or least > most / 2 else Decimal(0)
    spread = max(most, Decimal(0) if least < 0 else most) - low or abs(most) or Decimal(1)
    step = Decimal(10) ** ((spread / 5).adjusted())
    step *= next(each for each in (1, 2, 5, 10) if spread / 5 <= step * each)
    first, last = (low / step).to_integral_value(ROUND_FLOOR), (max(most, low) / step).to_integral_value(ROUND_CEILING)
    last = max(last, first + 1)
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return [float(step * (first + number)) for number in range(int(last - first) + 1)], max(0, -exponent)


def _series(chart: ShownChart) -> list[str]:
    return list(dict.fromkeys(point.name for point in chart.points))


def _named(point: Point, chart: ShownChart) -> str:
    """A point's name; where another has the same, with the moment that it speaks of."""
    alike = sum(other.name == point.name for other in chart.points) > 1
    return f"{point.name} {point.at}" if alike else point.name


def _units(text: str) -> int:
    """How wide a text is, in halves of a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def _broken(name: str) -> list[str]:
    """A name in at most three lines; at blanks where there are any."""
    lines = [""]
    for word in _pieces(name):
        if lines[-1] and _units(lines[-1] + word.rstrip()) > _NAME_UNITS:
            lines.append("")
        lines[-1] += word
    lines = [line.strip() for line in lines if line.strip()] or [""]
    return lines if len(lines) <= 3 else [*lines[:2], lines[2] + "…"]


def _pieces(name: str) -> list[str]:
    """What a name may be broken into: Latin words with their blanks, single Chinese characters, bits of endless
    words.
    """
    pieces = [""]
    for character in name:
        wide = _units(character) == 2
        if pieces[-1] and (
            wide or pieces[-1][-1] == " " or _units(pieces[-1]) >= _NAME_UNITS or _units(pieces[-1][-1]) == 2
        ):
            pieces.append("")
        pieces[-1] += character
    return pieces


def echarts_option(chart: ShownChart, addresses: Sequence[str]) -> dict[str, Json]:
    """The chart for a page. Each point has the ``address`` of its figure, in the order of the points.

    Numbers are written as text, as ECharts reads them too: canonical JSON knows no fractions.
    """
    data = [
        {"name": _named(point, chart), "value": str(point.number), "address": address}
        for point, address in zip(chart.points, addresses, strict=True)
    ]
    label: dict[str, Json] = {"show": True}
    if chart.kind is ChartKind.BAR:
        return {
            "xAxis": {"type": "value"},
            "yAxis": {"type": "category", "inverse": True, "data": [each["name"] for each in data]},
            "series": [{"type": "bar", "data": data, "barMaxWidth": 28, "label": label | {"position": "right"}}],
        }
    if chart.kind is ChartKind.SHARE:
        parts: list[Json] = [
            {"type": "bar", "stack": "whole", "name": each["name"], "data": [each], "label": label} for each in data
        ]
        whole = str(sum(point.number for point in chart.points))
        return {
            "legend": {"top": 0}, "xAxis": {"type": "value", "show": False, "max": whole},
            "yAxis": {"type": "category", "data": [""], "show": False}, "series": parts,
        }  # fmt: skip
    names = _series(chart)
    lines: list[Json] = [
        {"type": "line", "name": name, "data": [
            {"value": [point.at, str(point.number)], "address": address}
            for point, address in zip(chart.points, addresses, strict=True) if point.name == name
        ]}
        for name in names
    ]  # fmt: skip
    legend: dict[str, Json] = {"legend": {"top": 0}} if len(names) > 1 else {}
    moments: list[Json] = [*sorted({point.at for point in chart.points})]
    return legend | {
        "xAxis": {"type": "category", "data": moments}, "yAxis": {"type": "value", "scale": True}, "series": lines,
    }  # fmt: skip
