"""The difference of two versions of an item: what was cut, added and changed, side by side.

"1,076 steps cut, 514 formalities dropped" are sums over such differences, so each can be traced to its two versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tianqu.base.working_time import Duration
from tianqu.kernel.orders.clocks import CLOCK_KINDS, default_duration
from tianqu.kernel.orders.items import ItemDefinition

_ALONE = (
    "name", "summary", "group", "family", "askers", "identity", "private", "public", "urgency", "flow",
    "answerable", "legal_basis",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One line of two columns. ``before`` and ``after`` are JSON as stored; None where there was or is none."""

    section: str  # step, paper, clock, field, item
    code: str
    before: Any
    after: Any

    @property
    def change(self) -> str:
        """cut, added, changed or kept."""
        if self.before == self.after:
            return "kept"
        if self.after is None:
            return "cut"
        return "added" if self.before is None else "changed"


@dataclass(frozen=True, slots=True)
class ClockChange:
    """How much shorter a clock has become: ``saved`` in ``unit``; None where the units cannot be compared."""

    kind: str
    before: Duration
    after: Duration

    @property
    def saved(self) -> int | None:
        return self.before.amount - self.after.amount if self.before.unit == self.after.unit else None


@dataclass(frozen=True, slots=True)
class ItemDifference:
    """Every line of two versions, in the order in which it is read, the later version's first."""

    rows: tuple[DifferenceRow, ...]
    clocks: tuple[ClockChange, ...]  # those that changed

    def count(self, section: str, *, change: str) -> int:
        """How many lines of a section were, for instance, cut."""
        return sum(row.section == section and row.change == change for row in self.rows)

    @property
    def steps_cut(self) -> int:
        return self.count("step", change="cut")

    @property
    def papers_cut(self) -> int:
        """Papers dropped, and those that the asker brought before and the office now fetches itself."""
        fetched = [
            row
            for row in self.rows
            if row.section == "paper"
            and row.change == "changed"
            and row.before["form"] != "shared"
            and row.after["form"] == "shared"
        ]
        return self.count("paper", change="cut") + len(fetched)


def item_difference(before: ItemDefinition, after: ItemDefinition) -> ItemDifference:
    """Compare two versions of an item: steps, papers, clocks, questions and the rest."""
    old, new = before.as_json(), after.as_json()
    rows = [DifferenceRow("item", name, old[name], new[name]) for name in _ALONE]
    rows += _listed("step", old["steps"], new["steps"])
    rows += _listed("paper", old["papers"], new["papers"])
    rows += [DifferenceRow("clock", kind, *_clock_sides(kind, before, after)) for kind in CLOCK_KINDS]
    rows += _listed("field", old["form"]["fields"], new["form"]["fields"])
    changes = (ClockChange(kind, before.duration(kind), after.duration(kind)) for kind in CLOCK_KINDS)
    return ItemDifference(tuple(rows), tuple(change for change in changes if change.before != change.after))


def _clock_sides(kind: str, before: ItemDefinition, after: ItemDefinition) -> Iterator[dict[str, str]]:
    for definition in (before, after):
        promise = dict(definition.clocks).get(kind)
        promised = promise.promised if promise else None
        statutory = promise.statutory if promise else None
        default = None if promise else default_duration(kind, urgency=definition.urgency)
        sides = {"statutory": statutory, "promised": promised, "default": default}
        yield {name: str(duration) for name, duration in sides.items() if duration}


def _listed(section: str, before: list[Mapping[str, Any]], after: list[Mapping[str, Any]]) -> list[DifferenceRow]:
    """The later list in its order, then what was cut."""
    old = {each["code"]: each for each in before}
    rows = [DifferenceRow(section, each["code"], old.pop(each["code"], None), each) for each in after]
    return rows + [DifferenceRow(section, code, each, None) for code, each in old.items()]
