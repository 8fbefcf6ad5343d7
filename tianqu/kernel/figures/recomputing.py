"""Computing a value anew from the very versions that it was made of: anybody may ask whether it comes out the same."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tianqu.kernel.figures.computing import Computed, compute, require_sources
from tianqu.kernel.figures.definitions import FigureDefinition, read_definition
from tianqu.kernel.figures.reading import ShownValue
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came out, and whether it and the parts it was read from are as they were."""

    exact: Fraction
    same: bool


def recomputed(shown: ShownValue) -> Recomputed:
    """Compute a value anew by its own definition, from the versions that its lineage names. Nothing is written."""
    pins = {line["dataset"]: line["version"] for line in shown.value.lineage}
    with seeing(SYSTEM.scope):
        computed = compute(read_definition(shown.value.definition.content), shown.value.period, pins=pins)
    parts = [line["parts"] for line in computed.lineage] == [line["parts"] for line in shown.value.lineage]
    return Recomputed(computed.exact, computed.exact == shown.exact and parts)


def computed_now(actor: Actor, definition: FigureDefinition, period: str) -> Computed:
    """Compute a figure from the newest versions for somebody who may read what its formula asks; nothing is written.

    Raises what ``require_sources`` and ``compute`` do.
    """
    require_sources(actor, definition)
    with seeing(SYSTEM.scope):
        return compute(definition, period)
