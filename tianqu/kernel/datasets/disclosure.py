"""Which cells of a cube of counts must stay untold so that nobody can compute a small one from the rest.

A cube tells a count for every combination of its columns' values and for every margin. Cells below the least number are
suppressed; then further ones, until for each suppressed cell there are tables without negative numbers that agree with
everything told and between which the cell differs by the least number less one, so that the interval in which it must
lie holds at least so many whole numbers. Each such table is found by HiGHS, a linear program, as the one whose
differences from the true table touch the fewest cases, and the cells in which it differs are suppressed with it.

Sources: M. Fischetti and J. J. Salazar, "Solving the cell suppression problem on tabular data with linear constraints",
Management Science 47 (2001); J. P. Kelly, B. L. Golden, A. A. Assad, "Cell suppression: disclosure protection for
sensitive tabular data", Networks 22 (1992). An empty cell is told as empty and is not used to hide another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, TypeAlias

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import bmat, csr_matrix, identity

from tianqu.base.errors import TooLarge, _

Key: TypeAlias = tuple[Any, ...]

CELLS_MAX: Final = 1_000  # cells of a cube with its margins
DIMENSIONS_MAX: Final = 4
NOTHING: Final = 1e-6  # what a solver's zero may be
SOLVING_SECONDS: Final = 20.0  # for one cell; where it is not done by then, what was found is taken


class _All:
    """Stands in a key for every value of its column together."""

    def __repr__(self) -> str:
        return "ALL"


ALL: Final = _All()


@dataclass(frozen=True, slots=True)
class Cube:
    """Every cell that is not empty, with its count; and the cells that are not told."""

    counts: Mapping[Key, int]
    suppressed: frozenset[Key]


def protected_cube(interior: Mapping[Key, int], *, least: int) -> Cube:
    """Make the cube of the counts ``interior``, one key of values for each combination that occurs.

    Raises ``TooLarge`` where it has more cells than can be protected.
    """
    inner = {key: count for key, count in interior.items() if count > 0}
    counts: Counter[Key] = Counter()
    for key, count in inner.items():
        for cell in _holding(key):
            counts[cell] += count
        if len(counts) > CELLS_MAX:
            raise TooLarge(
                _("A cube of cells has at most %(most)s cells, and this one has more."), field="cells", most=CELLS_MAX,
                remedy=_("Tell cells over fewer columns, or over columns with fewer values."),
            )  # fmt: skip
    return Cube(counts, _Protection(list(inner), counts, least).suppressed()) if counts else Cube({}, frozenset())


def _holding(key: Key) -> list[Key]:
    """The cells that a combination is counted in: itself, and every margin."""
    return [
        tuple(value if told else ALL for value, told in zip(key, mask, strict=True))
        for mask in product((True, False), repeat=len(key))
    ]


class _Protection:
    """The search for what must be suppressed, over the sums of all cells."""

    def __init__(self, inner: list[Key], counts: Mapping[Key, int], least: int) -> None:
        self.cells = list(counts)
        self.counts = np.array([counts[cell] for cell in self.cells], dtype=float)
        self.least = least
        place = {cell: number for number, cell in enumerate(self.cells)}
        pairs = [(place[cell], column) for column, key in enumerate(inner) for cell in _holding(key)]
        rows, columns = zip(*pairs, strict=True)
        self.sums = csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(self.cells), len(inner)))
        self.inner_counts = np.array([counts[key] for key in inner], dtype=float)
        self.hidden = self.counts < least
        self.widest = np.zeros((2, len(self.cells)))  # how far another table is below and above the true one

    def suppressed(self) -> frozenset[Key]:
        """Suppress until every suppressed cell has room enough."""
        while True:
            room = self.widest[0] + self.widest[1]
            waiting = np.flatnonzero(self.hidden & (room < self.least - 1 - NOTHING))
            if not len(waiting):
                return frozenset(cell for cell, hidden in zip(self.cells, self.hidden, strict=True) if hidden)
            self._make_room(int(waiting[np.argmin(self.counts[waiting])]))

    def _make_room(self, cell: int) -> None:
        """Find the nearest table in which ``cell`` is larger by the least number less one; hide where it differs."""
        differences = self.sums @ self._nearest(cell)
        self.hidden |= np.abs(differences) > NOTHING
        self.widest[0] = np.maximum(self.widest[0], -differences)
        self.widest[1] = np.maximum(self.widest[1], differences)
        assert differences[cell] >= self.least - 1 - NOTHING, "the table that was asked for was not found"

    def _nearest(self, cell: int) -> Any:
        """The differences of the combinations, with as few cases in cells that are told as can be."""
        width, height = self.sums.shape[1], len(self.cells)
        weights = np.where(self.hidden, 0.001, self.counts)
        # Variables: the difference of each combination, then for each cell at least the size of its difference.
        size = bmat([[self.sums, -identity(height)], [-self.sums, -identity(height)]]).tocsr()
        asked = csr_matrix(
            (self.sums[cell].data, self.sums[cell].indices, [0, self.sums[cell].nnz]), shape=(1, width + height)
        )
        room = self.least - 1
        # No cell changes by more than is needed: whoever knows the method learns nothing from a wild table.
        bounds = [(-min(count, room), room) for count in self.inner_counts] + [(0, None)] * height
        found = linprog(
            np.concatenate([np.zeros(width), weights]),
            A_ub=size, b_ub=np.zeros(2 * height), A_eq=asked, b_eq=[room], bounds=bounds, method="highs",
            options={"time_limit": SOLVING_SECONDS},
        )  # fmt: skip
        if found.x is None:  # out of time: the cell alone, with every margin that holds it
            return self._alone(cell)
        return np.where(np.abs(found.x[:width]) < NOTHING, 0.0, found.x[:width])

    def _alone(self, cell: int) -> Any:
        differences = np.zeros(self.sums.shape[1])
        differences[self.sums[cell].indices[0]] = self.least - 1
        return differences
