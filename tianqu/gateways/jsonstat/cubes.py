"""Figures as datasets of JSON-stat, and the collection of them. Source: JSON-stat 2.0 (json-stat.org/full)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse

from tianqu.kernel.figures.api import OpenValue, ShownFigure

Cube = dict[str, Any]
_MEASURES = ("value", "target")
_LABELS = {"value": ("数值", "Value"), "target": ("目标", "Target")}


def cube(shown: ShownFigure, series: Sequence[OpenValue], *, chinese: bool) -> Cube:
    """A figure as a dataset of two dimensions: its periods, and what is told of each. Values are as printed, in the
    figure's own unit; a target that there is not is null."""
    figure, display = shown.figure, shown.definition.display
    periods = [value.period for value in series]
    unit = {"label": display.unit.zh if chinese else display.unit.en, "decimals": _decimals(display.step)}
    numbers: list[Decimal | None] = []
    for each in series:
        numbers += [each.value, each.target]
    return {
        "version": "2.0", "class": "dataset", "href": address(figure.code), "label": name(shown, chinese=chinese),
        "source": settings.TIANQU_REALM_NAMES["zh" if chinese else "en"],
        "updated": max(value.computed_at for value in series).astimezone(UTC).isoformat(),
        "note": [note] if (note := shown.definition.note if chinese else shown.definition.note_en) else [],
        "id": ["period", "measure"], "size": [len(periods), len(_MEASURES)],
        "role": {"time": ["period"], "metric": ["measure"]},
        "dimension": {
            "period": {
                "label": "时期" if chinese else "Period",
                "category": {"index": periods, "label": {period: period for period in periods}},
            },
            "measure": {
                "label": "内容" if chinese else "Measure",
                "category": {
                    "index": list(_MEASURES),
                    "label": {each: _LABELS[each][0 if chinese else 1] for each in _MEASURES},
                    "unit": dict.fromkeys(_MEASURES, unit),
                },
            },
        },
        "value": numbers,
        "extension": {
            "code": figure.code, "exact": [value.exact for value in series],
            "printed": [value.zh if chinese else value.en for value in series],
        },
    }  # fmt: skip


def collection(found: Sequence[ShownFigure], *, chinese: bool) -> Cube:
    """The figures as a collection whose items are cubes by their addresses."""
    return {
        "version": "2.0", "class": "collection", "href": settings.TIANQU_ORIGIN + reverse("jsonstat_figures"),
        "label": "指标" if chinese else "Figures",
        "link": {
            "item": [
                {"class": "dataset", "href": address(one.figure.code), "label": name(one, chinese=chinese)}
                for one in found
            ]
        },
    }  # fmt: skip


def address(code: str) -> str:
    """Where a figure's cube lies."""
    return settings.TIANQU_ORIGIN + reverse("jsonstat_figure", kwargs={"code": code})


def name(shown: ShownFigure, *, chinese: bool) -> str:
    """What a figure is called."""
    return shown.figure.name if chinese else shown.figure.name_en


def _decimals(step: Decimal) -> int:
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
