"""What corners enclose: a sound boundary, its area on the ellipsoid, and how well that is known. Without a database.

A corner is whole numbers of 0.0000001 degrees (about a centimetre) of WGS 84, which is what satellites give and what
browsers hand on, in China too; its accuracy is in centimetres, as a browser tells it: the radius of a circle that holds
the true place in 95 of 100 cases (W3C Geolocation, ``coords.accuracy``).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from geographiclib.geodesic import Geodesic

from tianqu.base.errors import InvalidInput, _

CORNERS_MAX: Final = 200
DEGREE_7: Final = 10**7  # smallest units in a degree
ACCURACY_CM_MAX: Final = 1_000_000  # ten kilometres; beyond it no device found itself
MU_4_OF_SQUARE_METRE: Final = 15  # 1 mu = 2000/3 square metres, so a square metre is 0.0015 mu
# A radius that holds 95 in 100 of a round normal error is this many of its standard deviations along one axis …
DEVIATIONS_OF_RADIUS: Final = math.sqrt(-2 * math.log(0.05))
DEVIATIONS: Final = 1.959964  # … and an interval along a line that holds as many is this many to each side.
_LINE: Final = re.compile(
    r"\s*(-?[0-9]{1,3}(?:\.[0-9]{1,12})?)[\s,;]+(-?[0-9]{1,2}(?:\.[0-9]{1,12})?)"
    r"(?:[\s,;]*±\s*([0-9]{1,5}(?:\.[0-9]{1,4})?)\s*m?)?\s*"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Corner:
    """A corner of a parcel: ``lon_7`` and ``lat_7`` in 0.0000001 degrees, ``accuracy_cm`` where a device told it."""

    lon_7: int
    lat_7: int
    accuracy_cm: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What corners enclose: areas in 0.0001 mu, the accuracy at 95 in 100 or None where some corner has none."""

    area_mu_4: int
    accuracy_mu_4: int | None
    boundary: dict[str, Any]


def read_corners(text: str, *, field: str = "corners") -> list[Corner]:
    """Read corners, one a line: longitude, latitude, and "±4.2" metres where that is known.

    Full-width digits and commas are read. Raises ``InvalidInput`` for a line that is none, and names it.
    """
    corners = []
    for number, line in enumerate(unicodedata.normalize("NFKC", text).replace("、", ",").splitlines(), start=1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise InvalidInput(
                _("Line %(number)s is no corner: “%(value)s”."), field=field, number=number, value=line.strip()[:60],
                remedy=_("Write longitude and latitude in degrees, for example 116.3074210, 37.4359870 ±4."),
            )  # fmt: skip
        lon, lat, accuracy = found.groups()
        accuracy_cm = math.ceil(Decimal(accuracy) * 100) if accuracy is not None else None
        corners.append(Corner(_smallest(lon), _smallest(lat), accuracy_cm))
        if len(corners) > CORNERS_MAX:
            break  # refused when it is measured
    return corners


def _smallest(degrees: str) -> int:
    return round(Decimal(degrees) * DEGREE_7)


def said_corners(corners: Sequence[Corner]) -> str:
    """Write corners as ``read_corners`` reads them."""
    return "\n".join(
        f"{Decimal(one.lon_7) / DEGREE_7:.7f}, {Decimal(one.lat_7) / DEGREE_7:.7f}"
        + (f" ±{Decimal(one.accuracy_cm) / 100:.1f}" if one.accuracy_cm is not None else "")
        for one in corners
    )


def measured(corners: Sequence[Corner], *, field: str = "corners") -> Measured:
    """Measure what corners enclose, in the order in which they were walked, the first not told again at the end.

    The area is that of a polygon of geodesics on the ellipsoid of WGS 84 (C. F. F. Karney, Algorithms for geodesics,
    2013), rounded once, to 0.0001 mu. Raises ``InvalidInput`` where they enclose nothing, or lines cross.
    """
    corners = _checked(corners, field=field)
    polygon = Geodesic.WGS84.Polygon()
    for corner in corners:
        polygon.AddPoint(corner.lat_7 / DEGREE_7, corner.lon_7 / DEGREE_7)
    _number, _perimeter, square_metres = polygon.Compute(False, True)
    area_mu_4 = round(abs(square_metres) * MU_4_OF_SQUARE_METRE)
    if area_mu_4 < 1:
        raise InvalidInput(
            _("These corners enclose no land."), field=field, value=len(corners),
            remedy=_("Walk around the parcel, and add each corner once."),
        )  # fmt: skip
    anticlockwise = corners if square_metres > 0 else corners[::-1]  # as RFC 7946 wants an outer ring
    ring = [[one.lon_7 / DEGREE_7, one.lat_7 / DEGREE_7] for one in (*anticlockwise, anticlockwise[0])]
    return Measured(area_mu_4, _accuracy(corners), {"type": "Polygon", "coordinates": [ring]})


def _accuracy(corners: Sequence[Corner]) -> int | None:
    """The accuracy of the area at 95 in 100, in 0.0001 mu, rounded up; None where a corner has none.

    A corner that moves by d changes the area by half the distance between its neighbours times d across it. Errors of
    corners are taken as independent; those of one walk partly agree, which moves the parcel and not its area.
    """
    variance = 0.0
    for at, corner in enumerate(corners):
        if corner.accuracy_cm is None:
            return None
        before, after = corners[at - 1], corners[(at + 1) % len(corners)]
        along, across = radii(math.radians(corner.lat_7 / DEGREE_7))
        north = math.radians((after.lat_7 - before.lat_7) / DEGREE_7) * along
        east = math.radians((after.lon_7 - before.lon_7) / DEGREE_7) * across
        deviation = corner.accuracy_cm / 100 / DEVIATIONS_OF_RADIUS
        variance += (math.hypot(north, east) / 2 * deviation) ** 2
    return math.ceil(DEVIATIONS * math.sqrt(variance) * MU_4_OF_SQUARE_METRE)


def radii(latitude: float) -> tuple[float, float]:
    """Return the metres of a radian along a meridian and along a parallel, at a latitude in radians."""
    squared = Geodesic.WGS84.f * (2 - Geodesic.WGS84.f)
    flattened = 1 - squared * math.sin(latitude) ** 2
    across = Geodesic.WGS84.a / math.sqrt(flattened)
    return across * (1 - squared) / flattened, across * math.cos(latitude)


def _checked(corners: Sequence[Corner], *, field: str) -> list[Corner]:
    """The corners without repetitions one after the other. Raises ``InvalidInput`` for what is no boundary."""
    if len(corners) > CORNERS_MAX:
        raise InvalidInput(
            _("A parcel has at most %(most)s corners here."), field=field, value=len(corners), most=CORNERS_MAX,
            remedy=_("Leave out corners on straight edges."),
        )  # fmt: skip
    for one in corners:
        _check_corner(one, field=field)
    kept = [one for at, one in enumerate(corners) if at == 0 or not _same(one, corners[at - 1])]
    while len(kept) > 1 and _same(kept[0], kept[-1]):
        kept.pop()
    if len(kept) < 3:
        raise InvalidInput(
            _("A parcel has at least three corners."), field=field, value=len(kept),
            remedy=_("Walk around the parcel, and add each corner once."),
        )  # fmt: skip
    crossing = _crossing(kept)
    if crossing is not None:
        raise InvalidInput(
            _("The edges after corners %(first)s and %(second)s meet."), field=field, first=crossing[0] + 1,
            second=crossing[1] + 1, remedy=_("Give the corners in the order in which one walks around."),
        )  # fmt: skip
    return kept


def _check_corner(one: Corner, *, field: str) -> None:
    if not (abs(one.lon_7) <= 180 * DEGREE_7 and abs(one.lat_7) <= 90 * DEGREE_7):
        raise InvalidInput(
            _("There is no such place on earth."), field=field, value=said_corners([one]),
            remedy=_("Give longitude first, then latitude."),
        )  # fmt: skip
    if one.accuracy_cm is not None and not 0 <= one.accuracy_cm <= ACCURACY_CM_MAX:
        raise InvalidInput(
            _("This is no accuracy."), field=field, value=one.accuracy_cm,
            remedy=_("Give the radius in centimetres, up to ten kilometres, or leave it out."),
        )  # fmt: skip


def _same(one: Corner, other: Corner) -> bool:
    return (one.lon_7, one.lat_7) == (other.lon_7, other.lat_7)


def _crossing(corners: Sequence[Corner]) -> tuple[int, int] | None:
    """The numbers of two edges that have a point in common and are no neighbours, or fold back; exact, in integers."""
    points = [(one.lon_7, one.lat_7) for one in corners]
    count = len(points)
    edges = [(points[at], points[(at + 1) % count]) for at in range(count)]
    for first in range(count):
        if _folds(*edges[first], edges[(first + 1) % count][1]):
            return first, (first + 1) % count
        for second in range(first + 2, count - (first == 0)):
            if _meet(edges[first], edges[second]):
                return first, second
    return None


Point = tuple[int, int]


def _turn(from_: Point, over: Point, to: Point, /) -> int:
    """Above nothing for a turn to the left, nothing for straight on or back."""
    return (over[0] - from_[0]) * (to[1] - from_[1]) - (over[1] - from_[1]) * (to[0] - from_[0])


def _folds(from_: Point, over: Point, to: Point, /) -> bool:
    forward = (over[0] - from_[0]) * (to[0] - over[0]) + (over[1] - from_[1]) * (to[1] - over[1])
    return _turn(from_, over, to) == 0 and forward < 0


def _meet(one: tuple[Point, Point], other: tuple[Point, Point], /) -> bool:
    (a, b), (c, d) = one, other
    turns = [_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)]
    if _apart(turns[0], turns[1]) and _apart(turns[2], turns[3]):
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _between(*end) for turn, end in zip(turns, ends, strict=True))


def _apart(one: int, other: int, /) -> bool:
    return (one > 0 > other) or (one < 0 < other)


def _between(from_: Point, to: Point, at: Point, /) -> bool:
    """Whether a point of the same line lies on the edge."""
    return all(min(from_[axis], to[axis]) <= at[axis] <= max(from_[axis], to[axis]) for axis in (0, 1))
