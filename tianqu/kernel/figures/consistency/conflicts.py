"""The smallest set of statements that cannot hold together.

Any conflict is first made irreducible: without any one of its statements the rest can hold. The smallest one is then
found by implicit hitting sets (Ignatiev et al., "Smallest MUS extraction with minimal hitting set dualization", CP
2015): every set of statements that frees the rest of all conflicts must be hit by each conflict, so the smallest set
that hits all those known is a lower bound, and the answer as soon as it is a conflict itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from tianqu.kernel.figures.consistency.certificates import Multiplied, Row
from tianqu.kernel.figures.consistency.simplex import Simplex, TooMuchWork

ROUNDS_MAX: Final = 300  # sets of freeing statements that are looked at
SEARCH_WORK_MAX: Final = 5_000_000  # coefficients touched in search of the smallest conflict
NODES_MAX: Final = 100_000  # branches in search of a hitting set


@dataclass(frozen=True, slots=True)
class Found:
    """A conflict's statements and its certificate, by rows; ``smallest`` where none with fewer statements exists."""

    statements: tuple[int, ...]
    lines: tuple[Multiplied, ...]
    smallest: bool


def smallest_conflict(simplex: Simplex, lines: Sequence[Multiplied]) -> Found:
    """Return the smallest conflict among what is on in ``simplex``, whose conflict ``lines`` show.

    Where the stated work does not suffice it is an irreducible one. Leaves ``simplex`` as it found it.
    """
    rows, everything = simplex.rows, sorted(simplex.on)
    best, proof = irreducible(rows, _statements(rows, lines))
    freeing: list[frozenset[int]] = []
    least, work_left = 1, simplex.work_left
    simplex.work_left = SEARCH_WORK_MAX
    try:
        for _round in range(ROUNDS_MAX):
            hitting = smallest_hitting(freeing, least=least, below=len(best))
            if hitting is None:
                return Found(best, proof, smallest=True)
            least = max(least, len(hitting))
            freed, hard = _freeing(simplex, hitting)
            if hard is not None:
                best, proof = irreducible(rows, _statements(rows, hard))
                return Found(best, proof, smallest=len(best) == least)
            freeing.append(freed)
    except TooMuchWork:
        pass
    finally:
        simplex.work_left = work_left
        simplex.switch([each for each in everything if each not in simplex.on], on=True)
    return Found(best, proof, smallest=len(best) == least)


def _statements(rows: Sequence[Row], lines: Sequence[Multiplied]) -> set[int]:
    return {rows[line.row].statement for line in lines}


def irreducible(rows: Sequence[Row], statements: set[int]) -> tuple[tuple[int, ...], tuple[Multiplied, ...]]:
    """Leave out what a conflict does not need. Returns the statements that are left and their certificate."""
    small = _alone(rows, statements)
    lines = small.conflict()
    assert lines is not None, "the statements were found in conflict"
    left = _statements(rows, lines)
    small.switch(statements - left, on=False)
    for statement in sorted(left):
        if statement not in left:
            continue
        small.switch([statement], on=False)
        fewer = small.conflict()
        if fewer is None:
            small.switch([statement], on=True)
        else:
            lines, before = fewer, left
            left = _statements(rows, lines)
            small.switch(before - left, on=False)
    return tuple(sorted(left)), lines


def _alone(rows: Sequence[Row], statements: set[int]) -> Simplex:
    """Return a simplex in which only these statements are on; the numbers of rows stay what they are."""
    kept = [row for row in rows if row.statement in statements]
    numbers = [number for number, row in enumerate(rows) if row.statement in statements]
    variables = sorted({variable for row in kept for variable, _by in row.terms})
    place = {variable: index for index, variable in enumerate(variables)}
    moved = [Row(row.statement, tuple((place[variable], by) for variable, by in row.terms), row.span) for row in kept]
    simplex = _Renumbered(moved, numbers, len(variables))
    simplex.rows_outside = rows
    simplex.switch(statements, on=True)
    return simplex


class _Renumbered(Simplex):
    """A simplex over some of the rows, whose certificates name the rows by their numbers among all."""

    rows_outside: Sequence[Row]

    def __init__(self, rows: Sequence[Row], numbers: Sequence[int], variables: int) -> None:
        super().__init__(rows, variables=variables, hints=[Fraction(0)] * variables, work_max=5_000_000)
        self.numbers = numbers

    def conflict(self) -> tuple[Multiplied, ...] | None:
        lines = super().conflict()
        return None if lines is None else tuple(Multiplied(self.numbers[one.row], one.side, one.by) for one in lines)


def _freeing(simplex: Simplex, hard: frozenset[int]) -> tuple[frozenset[int], tuple[Multiplied, ...] | None]:
    """Switch statements off, none of ``hard``, until the rest holds; what need not be off is switched on again.

    Returns the statements that were off, or a conflict among ``hard`` alone. Everything is on again afterwards.
    """
    off: list[int] = []
    while (lines := simplex.conflict()) is not None:
        soft = _statements(simplex.rows, lines) - hard
        if not soft:
            simplex.switch(off, on=True)
            return frozenset(), lines
        off.append(
            max(soft)
        )  # a relation, where there is one: without it figures are free, without a figure hardly any
        simplex.switch(off[-1:], on=False)
    # What follows the last one that was switched off was freed by it, so that one is needed as things stand.
    needed = [off[-1]] if off else []
    for statement in off[:-1]:
        simplex.switch([statement], on=True)
        if simplex.conflict() is not None:
            simplex.switch([statement], on=False)
            needed.append(statement)
    simplex.switch(needed, on=True)
    return frozenset(needed), None


def smallest_hitting(sets: Sequence[frozenset[int]], *, least: int, below: int) -> frozenset[int] | None:
    """Return a smallest set with an element in each of ``sets``, or None if it would have ``below`` elements or more.

    ``least`` is a size that no answer is smaller than. Raises ``TooMuchWork``.
    """
    if not sets:
        return frozenset() if below > 0 else None
    nodes = [NODES_MAX]
    for size in range(least, below):
        hitting = _hitting(sets, frozenset(), frozenset(), size, nodes)
        if hitting is not None:
            return hitting
    return None


def _hitting(
    sets: Sequence[frozenset[int]], chosen: frozenset[int], barred: frozenset[int], left: int, nodes: list[int]
) -> frozenset[int] | None:
    nodes[0] -= 1
    if nodes[0] < 0:
        raise TooMuchWork("")
    unhit = [each - barred for each in sets if not each & chosen]
    if not unhit:
        return chosen
    if left == 0 or _apart(unhit) > left:
        return None
    for element in sorted(sorted(unhit, key=len)[0]):
        hitting = _hitting(sets, chosen | {element}, barred, left - 1, nodes)
        if hitting is not None:
            return hitting
        barred = barred | {element}
    return None


def _apart(sets: Sequence[frozenset[int]]) -> int:
    """Count sets that have nothing in common, taken as they come: each needs an element of its own."""
    seen: set[int] = set()
    count = 0
    for each in sorted(sets, key=len):
        if not each & seen:
            seen |= each
            count += 1
    return count
