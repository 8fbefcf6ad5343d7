"""Somebody who keeps every count that was ever told, knows how the rows came, and computes what was not told.

They know of each version which combinations occur, what each told cell holds, and whether rows only came, only went or
stayed as they were from one version to the next. Nothing here is taken from the program that protects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
from scipy.optimize import linprog

TOGETHER = "*"  # in a cell: all values of the column together
Cell = tuple[Any, ...]


@dataclass(frozen=True)
class Heard:
    """One version as the public heard it: every cell that is listed, with its count; None where it is not told."""

    cells: Mapping[Cell, int | None]

    @property
    def inner(self) -> list[Cell]:
        return [cell for cell in self.cells if TOGETHER not in cell]


class Attacker:
    """All versions together, as one linear program."""

    def __init__(self, versions: Sequence[Heard], *, came: Sequence[str]) -> None:
        """``came`` says for each step between versions: "more", "less", "same", or "" where nothing is known."""
        self.versions = versions
        self.place = {
            (number, cell): place
            for place, (number, cell) in enumerate(
                (number, cell) for number, heard in enumerate(versions) for cell in heard.inner
            )
        }
        self.told = [
            (self.row(number, cell), float(count))
            for number, heard in enumerate(versions) for cell, count in heard.cells.items() if count is not None
        ]  # fmt: skip
        self.less: list[Any] = []
        for number, how in enumerate(came):
            for cell in {*versions[number].inner, *versions[number + 1].inner}:
                step = self.row(number + 1, cell) - self.row(number, cell)
                self.less += {"more": [-step], "less": [step], "same": [step, -step], "": []}[how]

    def row(self, number: int, cell: Cell) -> Any:
        """A cell of a version as a sum of its combinations."""
        row = np.zeros(len(self.place))
        for (version, inner), place in self.place.items():
            if version == number and all(c in (TOGETHER, i) for c, i in zip(cell, inner, strict=True)):
                row[place] = 1
        return row

    def between(self, row: Any) -> tuple[float, float]:
        """The least and the greatest that a sum can be."""
        ends = []
        for sign in (1, -1):
            found = linprog(
                sign * row, bounds=(1, 1_000_000),
                A_eq=[each for each, _count in self.told] or None, b_eq=[count for _row, count in self.told] or None,
                A_ub=self.less or None, b_ub=[0.0] * len(self.less) or None,
            )  # fmt: skip
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        return ends[0], ends[1]

    def successes(self, least: int, truth: Sequence[Mapping[Cell, int]]) -> list[str]:
        """What they found out: a cell that was not told, or a change by few, within less than the least number allows.

        ``truth`` are the counts of the versions; they judge which changes are by few.
        """
        whole = [cells_of(counts) for counts in truth]
        asked = [
            (f"{cell} in {number}", self.row(number, cell))
            for number, heard in enumerate(self.versions) for cell, count in heard.cells.items() if count is None
        ]  # fmt: skip
        for number, (before, now) in enumerate(pairwise(whole)):
            for cell in {*before, *now}:
                if 0 < abs(now.get(cell, 0) - before.get(cell, 0)) < least:
                    step = self.row(number + 1, cell) - self.row(number, cell)
                    asked.append((f"change of {cell} after {number}", step))
        found = []
        for what, row in asked:
            low, high = self.between(row)
            if high - low < least - 1 - 2e-3:
                found.append(f"{what}: {low:g} to {high:g}")
        return found


def cells_of(counts: Mapping[Cell, int]) -> dict[Cell, int]:
    """Every cell of a table, margins too."""
    told: dict[Cell, int] = {}
    for key, count in counts.items():
        if count:
            for mask in product((True, False), repeat=len(key)):
                cell = tuple(value if kept else TOGETHER for value, kept in zip(key, mask, strict=True))
                told[cell] = told.get(cell, 0) + count
    return told
