"""Which cells of a cube of counts must stay untold so that nobody can compute a small one from all that was ever told.

A cube tells a count for every combination of its columns' values and for every margin. Cells below the least number are
suppressed, and those that differ by fewer from what an earlier version told of them; then further ones, until there is
room around each (``protecting``).

Sources: M. Fischetti and J. J. Salazar, "Solving the cell suppression problem on tabular data with linear constraints",
Management Science 47 (2001); J. P. Kelly, B. L. Golden, A. A. Assad, "Cell suppression: disclosure protection for
sensitive tabular data", Networks 22 (1992). An empty cell is told as empty and is not used to hide another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, TypeAlias

from tianqu.base.errors import TooLarge, _

Key: TypeAlias = tuple[Any, ...]

CELLS_MAX: Final = 1_000  # cells of a cube with its margins
DIMENSIONS_MAX: Final = 4


class _All:
    """Stands in a key for every value of its column together."""

    def __repr__(self) -> str:
        return "ALL"


ALL: Final = _All()


@dataclass(frozen=True, slots=True)
class Cube:
    """Every cell that is not empty, with its count; and the cells that are not told.

    ``names`` are its columns; cubes are held against each other by those that both have. ``least`` is what its cells
    were protected by, 0 where that is not known: nothing is promised then. Of a cube of which not even we know all
    counts any more, because its rows were erased, ``whole`` is false, and it has the counts alone that were told.
    """

    counts: Mapping[Key, int]
    suppressed: frozenset[Key]
    names: tuple[str, ...] = ()
    least: int = 0
    whole: bool = field(default=True)

    @property
    def inner(self) -> list[Key]:
        """The combinations that occur."""
        return [key for key in self.counts if ALL not in key]


def cube_counts(interior: Mapping[Key, int]) -> dict[Key, int]:
    """Every cell that is not empty, margins too, with its count. Raises ``TooLarge``."""
    counts: Counter[Key] = Counter()
    for key, count in interior.items():
        if count <= 0:
            continue
        for cell in cells_holding(key):
            counts[cell] += count
        if len(counts) > CELLS_MAX:
            raise too_many_cells()
    return dict(counts)


def protected_cube(
    interior: Mapping[Key, int], *, least: int, names: Sequence[str] = (), before: Sequence[Cube] = ()
) -> Cube:
    """Make the cube of the counts ``interior``, one key of values for each combination that occurs.

    ``before`` are the cubes that everybody was told of the same dataset, the oldest first. Raises ``TooLarge`` where it
    has more cells than can be protected.
    """
    from tianqu.kernel.datasets.protecting import suppressed_beside  # a linear program is loaded where one is needed

    width = len(next(iter(interior), ()))
    named = tuple(names) or tuple(f"c{place}" for place in range(width))
    cube = Cube(cube_counts(interior), frozenset(), named, least)
    if not cube.counts:
        return cube
    return Cube(cube.counts, suppressed_beside(cube, before), named, least)


def cells_holding(key: Key) -> list[Key]:
    """The cells that a combination is counted in: itself, and every margin."""
    return [
        tuple(value if told else ALL for value, told in zip(key, mask, strict=True))
        for mask in product((True, False), repeat=len(key))
    ]


def common_cells(cube: Cube, names: Iterable[str]) -> dict[Key, Key]:
    """The cells of a cube that are broken down by none but ``names``, each by the values of these in their order."""
    wanted = tuple(names)
    places = [cube.names.index(name) for name in wanted]
    others = [place for place in range(len(cube.names)) if place not in places]
    return {
        tuple(key[place] for place in places): key for key in cube.counts if all(key[place] is ALL for place in others)
    }


def common_names(one: Cube, other: Cube) -> tuple[str, ...]:
    """The columns that both cubes have."""
    return tuple(name for name in one.names if name in other.names)


def too_many_cells() -> TooLarge:
    """The error that tells of a cube that cannot be protected."""
    return TooLarge(
        _("A cube of cells has at most %(most)s cells, and this one has more."), field="cells", most=CELLS_MAX,
        remedy=_("Tell cells over fewer columns, or over columns with fewer values."),
    )  # fmt: skip
