"""The search for the cells that must stay untold, by linear programming over all versions that were ever told.

For each suppressed cell there must be tables without negative numbers, one for each version, that agree with everything
told and between which the cell differs by the least number less one, so that the interval in which it must lie holds at
least so many whole numbers. The same must hold for what a cell changed by from one version to the next, where that is
fewer than the least number. Each family of such tables is found by HiGHS as the one whose differences from the true
tables touch the fewest cases of the newest version, and the cells of that version in which it differs are suppressed;
what earlier versions told is told.

Whoever attacks is taken to know also, where it is so, that between two versions rows only came, only went, or stayed as
they were, and that a cell which is listed holds at least one.

Hiding every number of the newest version is always enough: whatever hid the others before hides them still. That is
done where the search takes too long, or something earlier can be kept no other way.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any, Final

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, identity, vstack

from tianqu.kernel.datasets.disclosure import ALL, Cube, Key, cells_holding, common_cells, common_names

NOTHING: Final = 1e-6  # what a solver's zero may be
ENOUGH: Final = 1e-3  # what may be missing of room, of which a solver's zeros take some
SOLVING_SECONDS: Final = 20.0  # for one cell
SEARCHING_SECONDS: Final = 300.0  # for one version
CUBES_MAX: Final = 60  # versions that are held against each other: five years of months
COMBINATIONS_MAX: Final = 30_000  # in all of them


def suppressed_beside(cube: Cube, before: Sequence[Cube]) -> frozenset[Key]:
    """The cells of a new version that are not told, beside everything that was told before, the oldest first."""
    hidden = {key for key, count in cube.counts.items() if count < cube.least}
    for earlier in before:
        hidden |= changed_by_few(cube, earlier)
    known = _without_repetitions([each for each in before if each.whole and each.counts])
    if len(known) >= CUBES_MAX or sum(len(each.inner) for each in known) > COMBINATIONS_MAX:
        return frozenset(cube.counts)
    try:
        return _Search([*known, Cube(cube.counts, frozenset(hidden), cube.names, cube.least)]).suppressed()
    except TimeoutError:
        return frozenset(cube.counts)


def changed_by_few(cube: Cube, earlier: Cube) -> set[Key]:
    """The cells that differ by fewer than the least number from what an earlier version told of them."""
    names = common_names(cube, earlier)
    told = common_cells(earlier, names)
    found = set()
    for common, key in common_cells(cube, names).items():
        other = told.get(common)
        if other is None or other not in earlier.suppressed:  # what is not listed is told as none
            change = cube.counts[key] - (earlier.counts[other] if other is not None else 0)
            if 0 < abs(change) < cube.least:
                found.add(key)
    return found


def _without_repetitions(cubes: Sequence[Cube]) -> list[Cube]:
    kept: list[Cube] = []
    for cube in cubes:
        if not kept or cube != kept[-1]:
            kept.append(cube)
    return kept


class _Table:
    """One version: its combinations are variables of the program, from ``start`` on."""

    def __init__(self, cube: Cube, start: int) -> None:
        self.cube, self.start = cube, start
        self.inner = cube.inner
        self.cells = list(cube.counts)
        self.place = {cell: number for number, cell in enumerate(self.cells)}
        self.counts = np.array([cube.counts[cell] for cell in self.cells], dtype=float)
        self.inner_counts = np.array([cube.counts[key] for key in self.inner], dtype=float)
        self.hidden = np.array([cell in cube.suppressed for cell in self.cells], dtype=bool)
        pairs = [(self.place[cell], column) for column, key in enumerate(self.inner) for cell in cells_holding(key)]
        rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
        self.sums = csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(self.cells), len(self.inner)))

    def spread(self, width: int) -> Any:
        """The sums of the cells over all variables."""
        behind = width - self.start - len(self.inner)
        height = len(self.cells)
        return hstack([csr_matrix((height, self.start)), self.sums, csr_matrix((height, behind))]).tocsr()


class _Search:
    """The tables of all versions, what must be hidden of the newest, and how far other tables lie from the true ones.

    ``targets`` are what must have room: each cell that is hidden, then each change by few. ``room`` holds for each how
    far it can lie below and above the truth.
    """

    def __init__(self, cubes: Sequence[Cube]) -> None:
        self.until = time.monotonic() + SEARCHING_SECONDS
        self.tables: list[_Table] = []
        self.width = 0
        for cube in cubes:
            self.tables.append(_Table(cube, self.width))
            self.width += len(self.tables[-1].inner)
        self.new = self.tables[-1]
        self.sums = [table.spread(self.width) for table in self.tables]
        changes, self.sizes, needed = self._changes()
        self.targets = vstack([*self.sums, changes]).tocsr()
        self.counts = np.concatenate([*(table.counts for table in self.tables), self.sizes])
        self.needed = np.concatenate(
            [*(np.full(len(table.cells), max(table.cube.least - 1, 0)) for table in self.tables), needed]
        )
        self.room = np.zeros((2, self.targets.shape[0]))
        self._prepare()

    def suppressed(self) -> frozenset[Key]:
        """Suppress until everything that must have room has it."""
        while not self.new.hidden.all():
            hidden = np.concatenate([*(table.hidden for table in self.tables), np.ones(len(self.sizes), dtype=bool)])
            short = self.room[0] + self.room[1] < self.needed - ENOUGH
            waiting = np.flatnonzero(hidden & short)
            if not len(waiting):
                break
            self._make_room(int(waiting[np.argmin(self.counts[waiting])]))
        return frozenset(cell for cell, dark in zip(self.new.cells, self.new.hidden, strict=True) if dark)

    def _make_room(self, target: int) -> None:
        """Find the nearest tables between which ``target`` differs enough, and hide where the newest one differs."""
        for sign in (1, -1):
            missing = self.needed[target] - self.room[0, target] - self.room[1, target]
            if missing < ENOUGH:
                return
            have = self.room[(1 + sign) // 2, target]
            found = self._nearest(target, sign * (have + missing))
            if found is None:
                furthest = self._furthest(target, sign=sign)
                found = self._nearest(target, sign * furthest) if furthest > have + ENOUGH else None
            if found is not None:
                self._hide(found)
        if self.needed[target] - self.room[0, target] - self.room[1, target] >= ENOUGH:
            self.new.hidden[:] = True  # it can be kept in this way alone

    def _hide(self, found: Any) -> None:
        differences = self.targets @ found
        of_cells = self.sums[-1] @ found
        self.new.hidden |= np.abs(of_cells) > NOTHING
        self.room[0] = np.maximum(self.room[0], -differences)
        self.room[1] = np.maximum(self.room[1], differences)

    def _changes(self) -> tuple[Any, Any, Any]:
        """What changed by few between two versions that follow each other, and is not told by both: how its number is
        made, how large the change is, and how much room it needs."""
        rows, sizes, needed = [csr_matrix((0, self.width))], [np.zeros(0)], [np.zeros(0)]
        for one, other in pairwise(range(len(self.tables))):
            was, now = self.tables[one].cube, self.tables[other].cube
            names = common_names(now, was)
            before, here = common_cells(was, names), common_cells(now, names)
            few = []
            for common in dict.fromkeys((*here, *before)):
                old, new = before.get(common), here.get(common)
                change = (now.counts[new] if new is not None else 0) - (was.counts[old] if old is not None else 0)
                told = old not in was.suppressed and new not in now.suppressed
                if 0 < abs(change) < now.least and not told:
                    few.append(common)
                    sizes.append(np.array([abs(change)]))
            rows.append(self._differences((one, other), names, few))
            needed.append(np.full(len(few), now.least - 1))
        return vstack(rows).tocsr(), np.concatenate(sizes), np.concatenate(needed)

    def _differences(self, pair: tuple[int, int], names: tuple[str, ...], keys: Sequence[Key]) -> Any:
        """How much cells that two versions have in common differ, as sums over the combinations of both."""
        one, other = pair
        return self._sums_of(other, names, keys) - self._sums_of(one, names, keys)

    def _sums_of(self, number: int, names: tuple[str, ...], keys: Sequence[Key]) -> Any:
        table = self.tables[number]
        cells = common_cells(table.cube, names)
        nothing = len(table.cells)  # the row of a cell that is empty
        places = [table.place[cells[key]] if key in cells else nothing for key in keys]
        return vstack([self.sums[number], csr_matrix((1, self.width))]).tocsr()[places]

    def _prepare(self) -> None:
        """Write down what holds in every program: what was told, and how versions follow each other."""
        height = len(self.new.cells)
        told = [sums[np.flatnonzero(~table.hidden)] for table, sums in zip(self.tables[:-1], self.sums, strict=False)]
        most, same, limits = self._links()
        size = vstack(
            [hstack([self.sums[-1], -identity(height)]), hstack([-self.sums[-1], -identity(height)]),
             hstack([most, csr_matrix((most.shape[0], height))])]
        )  # fmt: skip
        self.at_most, self.limits = size.tocsr(), np.concatenate([np.zeros(2 * height), limits])
        fixed = vstack([*told, same]) if told else same
        self.fixed = hstack([fixed, csr_matrix((fixed.shape[0], height))]).tocsr()
        # No combination changes by more than is needed: whoever knows the method learns nothing from a wild table.
        room = max(table.cube.least for table in self.tables) - 1
        self.bounds: list[tuple[float, float | None]] = [
            (-min(count - 1, room), room) for table in self.tables for count in table.inner_counts
        ]
        self.bounds += [(0.0, None)] * height

    def _links(self) -> tuple[Any, Any, Any]:
        """Where rows only came, only went, or stayed, by the finest cells that two versions have in common."""
        most, limits, same = [csr_matrix((0, self.width))], [np.zeros(0)], [csr_matrix((0, self.width))]
        numbers = range(len(self.tables))
        alike = len({table.cube.names for table in self.tables}) == 1
        for one, other in pairwise(numbers) if alike else combinations(numbers, 2):
            was, now = self.tables[one].cube, self.tables[other].cube
            names = common_names(now, was)
            before, here = common_cells(was, names), common_cells(now, names)
            keys = [key for key in dict.fromkeys((*here, *before)) if ALL not in key]
            changes = np.array(
                [now.counts.get(here.get(key, ()), 0) - was.counts.get(before.get(key, ()), 0) for key in keys],
                dtype=float,
            )
            rows = self._differences((one, other), names, keys)
            if not changes.any():
                same.append(rows)
            elif (changes >= 0).all():
                most.append(-rows)
                limits.append(changes)
            elif (changes <= 0).all():
                most.append(rows)
                limits.append(-changes)
        return vstack(most).tocsr(), vstack(same).tocsr(), np.concatenate(limits)

    def _nearest(self, target: int, amount: float) -> Any | None:
        """The differences of all combinations with ``target`` changed by ``amount``, with as few cases in cells of the
        newest version that are told as can be; None where there are no such tables."""
        asked = hstack([self.targets[target], csr_matrix((1, len(self.new.cells)))])
        weights = np.concatenate([np.zeros(self.width), np.where(self.new.hidden, 0.001, self.new.counts)])
        return self._solved(weights, fixed=vstack([self.fixed, asked]).tocsr(), amount=amount)

    def _furthest(self, target: int, *, sign: int) -> float:
        """How far ``target`` can be changed in one direction, whatever is hidden of the newest version."""
        asked = self.targets[target].toarray()[0]
        weights = np.concatenate([-sign * asked, np.zeros(len(self.new.cells))])
        found = self._solved(weights, fixed=self.fixed, amount=None)
        assert found is not None, "the true tables agree with everything"
        return min(sign * float(asked @ found), float(self.needed[target]))

    def _solved(self, weights: Any, *, fixed: Any, amount: float | None) -> Any | None:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        values = np.zeros(fixed.shape[0])
        if amount is not None:
            values[-1] = amount
        found = linprog(
            weights, A_ub=self.at_most, b_ub=self.limits, A_eq=fixed if fixed.shape[0] else None,
            b_eq=values if fixed.shape[0] else None, bounds=self.bounds, method="highs",
            options={"time_limit": min(left, SOLVING_SECONDS)},
        )  # fmt: skip
        if found.status == 2:
            return None
        if found.status != 0:
            raise TimeoutError
        return np.where(np.abs(found.x[: self.width]) < NOTHING, 0.0, found.x[: self.width])
