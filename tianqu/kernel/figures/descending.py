"""The way down from a value as somebody may be told it: no more than the rule of each dataset lets them know.

What a measure was is a count or a sum of rows. Whoever may not read these, or not every column that was asked, is told
of which dataset and version it was made, which the definition of the figure says as well, but neither the number nor
the parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tianqu.base.errors import NotFound, NotPermitted
from tianqu.kernel.datasets.api import Schema, dataset_called, open_version
from tianqu.kernel.figures.reading import ShownValue
from tianqu.kernel.journal.api import Actor

Lineage = list[dict[str, Any]]


def lineage_told(actor: Actor, shown: ShownValue) -> Lineage:
    """The lineage of a value as the actor may be told it: two or three statements for each dataset."""
    return told_to(actor, shown.value.lineage)


def told_to(actor: Actor, lineage: Iterable[Mapping[str, Any]]) -> Lineage:
    """Lines of a lineage as the actor may be told them."""
    lines = list(lineage)
    seen = {named: _seen(actor, *named) for named in {(line["dataset"], line["version"]) for line in lines}}
    return [line_told(line, seen[line["dataset"], line["version"]]) for line in lines]


def line_told(line: Mapping[str, Any], seen: Schema | None) -> dict[str, Any]:
    """A line of a lineage for whoever sees just the columns of ``seen`` of its rows; None: they do not read them."""
    column = line["measure"].partition("_")[2]
    asked = {key.partition(".")[0] for key in line["where"]} | ({column} if column else set())
    if seen is not None and asked <= set(seen.names):
        return dict(line)
    return {**line, "value": None, "parts": []}


def _seen(actor: Actor, code: str, number: int) -> Schema | None:
    try:
        return open_version(actor, dataset_called(actor, code), number=number).schema
    except (NotFound, NotPermitted):
        return None
