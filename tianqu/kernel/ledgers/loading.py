"""Charts and mappings as files of a realm: CSV that people can hold against the printed annexes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.ledgers.charts import ChartLine, CodePair, map_charts, publish_chart
from tianqu.kernel.ledgers.models import Chart, ChartMapping

CHARTS_FILE = "charts.yaml"


def read_lines(path: Path) -> tuple[ChartLine, ...]:
    """Read the lines of a chart from a CSV with the columns code, name_zh, name_en, element, side and parent.

    Further columns are notes. Raises ``InvalidInput`` for a file without one of the columns.
    """
    return tuple(
        ChartLine(row["code"], row["name_zh"], row["name_en"], row["element"], row["side"], row["parent"])
        for row in _rows(path, "code", "name_zh", "name_en", "element", "side", "parent")
    )


def read_pairs(path: Path) -> tuple[CodePair, ...]:
    """Read which account follows which from a CSV with the columns from_code and to_code."""
    return tuple(CodePair(row["from_code"], row["to_code"]) for row in _rows(path, "from_code", "to_code"))


def _rows(path: Path, *columns: str) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise InvalidInput(
                _("The file %(file)s has no column %(value)s."), field="file", value=missing[0], file=path.name
            )
        yield from reader


def publish_charts(folder: Path) -> None:
    """Publish the charts and mappings of a realm's folder ``ledgers``; what is there already is left as it is."""
    if not (folder / CHARTS_FILE).exists():
        return
    told: dict[str, Any] = yaml.safe_load((folder / CHARTS_FILE).read_text(encoding="utf-8"))
    for chart in told["charts"]:
        given = {**chart, "lines": read_lines(folder / chart["lines"])}
        if not Chart.objects.filter(code=chart["code"], valid_from=chart["valid_from"]).exists():
            publish_chart(SYSTEM, **given)
    for mapping in told["mappings"]:
        given = {**mapping, "pairs": read_pairs(folder / mapping["pairs"])}
        same = {name: mapping[name] for name in ("from_chart", "to_chart", "valid_from")}
        if not ChartMapping.objects.filter(**same).exists():
            map_charts(SYSTEM, **given)
