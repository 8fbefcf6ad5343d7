"""The outline of a walk as a drawing: the corners as they were walked, north above, with a scale. Without a database.

It needs no script, no tiles and no graphics card, so that it is on the page also where a map cannot be drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tianqu.packs.village.measuring.areas import DEGREE_7, Corner, radii

WIDTH: Final = 400  # of the drawing, in its own units
HEIGHT: Final = 300
MARGIN: Final = 32
NUMBERED_MAX: Final = 30  # corners that bear their number; of more the numbers would cover each other
LABEL: Final = 14  # from a corner to its number
BAR_SHARE: Final = 0.35  # of the width that the scale takes at most


@dataclass(frozen=True, slots=True)
class Outline:
    """A drawing of ``WIDTH`` by ``HEIGHT``: corners (x, y) from the top left, and a scale of so many metres."""

    corners: list[tuple[float, float]]
    bar: float
    bar_metres: int
    around_metres: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def points(self) -> str:
        """The corners as a polygon of SVG takes them."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.corners)

    @property
    def labels(self) -> list[tuple[float, float]]:
        """Where the number of each corner stands: outside, as seen from the middle."""
        middle = [sum(axis) / len(self.corners) for axis in zip(*self.corners, strict=True)]
        told = []
        for x, y in self.corners:
            away = math.dist((x, y), middle) or 1.0
            told.append((round(x + (x - middle[0]) / away * LABEL, 1), round(y + (y - middle[1]) / away * LABEL, 1)))
        return told

    @property
    def numbered(self) -> bool:
        """Whether each corner bears its number."""
        return len(self.corners) <= NUMBERED_MAX


def outline_of(corners: Sequence[Corner]) -> Outline | None:
    """Draw corners; None where they are fewer than two, or all in one spot."""
    placed = _metres(corners)
    east, north = [at[0] for at in placed], [at[1] for at in placed]
    wide, high = (max(east) - min(east), max(north) - min(north)) if placed else (0.0, 0.0)
    if max(wide, high) <= 0:
        return None
    scale = min((WIDTH - 2 * MARGIN) / max(wide, 1e-9), (HEIGHT - 3 * MARGIN) / max(high, 1e-9))
    left, top = (WIDTH - wide * scale) / 2, (HEIGHT - MARGIN - high * scale) / 2
    drawn = [(round(left + (x - min(east)) * scale, 1), round(top + (max(north) - y) * scale, 1)) for x, y in placed]
    metres = _round_length(WIDTH * BAR_SHARE / scale)
    around = sum(math.dist(at, placed[number - 1]) for number, at in enumerate(placed))
    return Outline(drawn, round(metres * scale, 1), metres, round(around))


def _metres(corners: Sequence[Corner]) -> list[tuple[float, float]]:
    """The corners in metres east and north of the first, on a plane among them."""
    if len(corners) < 2:
        return []
    middle = sum(one.lat_7 for one in corners) / len(corners) / DEGREE_7
    along, across = radii(math.radians(middle))
    first = corners[0]
    return [
        (
            math.radians((one.lon_7 - first.lon_7) / DEGREE_7) * across,
            math.radians((one.lat_7 - first.lat_7) / DEGREE_7) * along,
        )
        for one in corners
    ]


def _round_length(most: float) -> int:
    """The longest of 1, 2, 5, 10, 20, 50 … metres that is not longer than ``most``, and at least one metre."""
    power: int = 10 ** max(0, math.floor(math.log10(max(most, 1))))
    return max(step * power for step in (1, 2, 5) if step * power <= max(most, 1))
