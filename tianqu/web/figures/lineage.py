"""The way down: for each measure of a value its dataset, version, conditions, its own value, and just the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tianqu.base.errors import NotFound, NotPermitted
from tianqu.kernel.datasets.api import Dataset, Opened, dataset_called, open_version
from tianqu.kernel.figures.api import MeasureOf, ShownValue, line_told
from tianqu.kernel.journal.api import Actor
from tianqu.web.figures.words import column_titles, conditions_words, measure_words, said


@dataclass(frozen=True, slots=True)
class Step:
    """One measure of a value. ``rows_address`` is "" where the visitor may not read the rows."""

    title: str
    dataset: str
    dataset_address: str
    version: int
    words: str
    conditions: str
    value: str
    rows_address: str
    parts: tuple[str, ...]
    breakable: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """The datasets of a value as the visitor may see them; one that they may not know of is missing."""

    known: Mapping[str, tuple[Dataset, Opened | None]]

    def titles(self, measure: MeasureOf) -> tuple[str, Mapping[str, str]]:
        """What the dataset of a measure and its columns are called."""
        if measure.dataset not in self.known:
            return measure.dataset, {}
        dataset, opened = self.known[measure.dataset]
        return said(dataset.title, english=dataset.title_en), column_titles(opened)


def sources_of(actor: Actor, versions: Mapping[str, int | None]) -> Sources:
    """Look datasets up, each at a version, None for the newest: two or three statements for each."""
    known: dict[str, tuple[Dataset, Opened | None]] = {}
    for code, number in versions.items():
        try:
            dataset = dataset_called(actor, code)
        except NotFound:
            continue
        try:
            known[code] = (dataset, open_version(actor, dataset, number=number))
        except (NotFound, NotPermitted):
            known[code] = (dataset, None)
    return Sources(known)


def versions_in(shown: ShownValue) -> dict[str, int | None]:
    """The version of each dataset that a value was made of."""
    return {line["dataset"]: line["version"] for line in shown.value.lineage}


def steps_of(shown: ShownValue, sources: Sources) -> list[Step]:
    """The measures of a value, in the order of its formula, as far as the visitor may be told them."""
    return [_step(line, sources) for line in shown.value.lineage]


def measure_in(line: Mapping[str, Any]) -> MeasureOf:
    """The measure that a line of a lineage tells of."""
    function, _underscore, column = line["measure"].partition("_")
    where = tuple((key, tuple(values)) for key, values in line["where"].items())
    return MeasureOf(line["dataset"], function, column, where)


def rows_address(line: Mapping[str, Any]) -> str:
    """The address of just the rows that a measure was made of, at their version, for ever."""
    query = urlencode([(key, value) for key, values in line["where"].items() for value in values])
    base = f"/data/{line['dataset']}/v{line['version']}/rows"
    return f"{base}?{query}" if query else base


def _step(line: Mapping[str, Any], sources: Sources) -> Step:
    measure = measure_in(line)
    title, columns = sources.titles(measure)
    known = sources.known.get(measure.dataset)
    opened = known[1] if known else None
    line = line_told(line, opened.schema if opened else None)
    return Step(
        title=title, dataset=measure.dataset, dataset_address=f"/data/{measure.dataset}/" if known else "",
        version=line["version"], words=measure_words(measure, title, columns),
        conditions=conditions_words(measure, columns), value=_grouped(line["value"]),
        rows_address=rows_address(line) if line["parts"] else "", parts=tuple(line["parts"]),
        breakable=opened is not None and "county" in opened.schema.names and measure.function in ("count", "sum"),
    )  # fmt: skip


def _grouped(value: str | None) -> str:
    if value is None:
        return "–"
    whole, dot, rest = value.partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole.lstrip("-").isdigit() else value
