"""How long the way is from one spot to another, for each carrier, in whole minutes rounded up."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import Final

import numpy
from numpy.typing import NDArray

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.planning.tour_terms import Carrier, Season, Spot

EARTH_METRES: Final = 6_371_009  # mean radius, International Union of Geodesy and Geophysics


class Roads:
    """The travel minutes of a season. Raises ``InvalidInput`` where one identifier names two spots."""

    def __init__(self, season: Season) -> None:
        spots: dict[str, Spot] = {}
        for spot in [visit.spot for visit in season.visits] + [carrier.base for carrier in season.carriers]:
            if spots.setdefault(spot.id, spot) != spot:
                raise InvalidInput(
                    _("One identifier names two different spots."), field="spot", value=spot.id,
                    remedy=_("Give each spot its own identifier."),
                )  # fmt: skip
        self.numbers = {name: number for number, name in enumerate(spots)}
        self._metres = _metres(list(spots.values()))
        self._detour = season.detour_percent
        self._known = season.minutes
        self._made: dict[int, NDArray[numpy.int64]] = {}

    def minutes(self, carrier: Carrier) -> NDArray[numpy.int64]:
        """The minutes between all spots at the speed of a carrier; rows are where it comes from."""
        found = self._made.get(carrier.metres_an_hour)
        if found is None:
            found = -(-self._metres * self._detour * 60 // (100 * carrier.metres_an_hour))
            for (start, end), minutes in self._known.items():
                if start in self.numbers and end in self.numbers:
                    found[self.numbers[start], self.numbers[end]] = minutes
            self._made[carrier.metres_an_hour] = found
        return found


def _metres(spots: list[Spot]) -> NDArray[numpy.int64]:
    """Great circles by the haversine formula, in whole metres; one by one, so that each machine has the same."""
    metres = numpy.zeros((len(spots), len(spots)), dtype=numpy.int64)
    angles = [(radians(spot.lat_e6 / 1e6), radians(spot.lon_e6 / 1e6)) for spot in spots]
    for row, (lat, lon) in enumerate(angles):
        for column in range(row):
            other_lat, other_lon = angles[column]
            half = sin((lat - other_lat) / 2) ** 2 + cos(lat) * cos(other_lat) * sin((lon - other_lon) / 2) ** 2
            metres[row, column] = metres[column, row] = round(2 * EARTH_METRES * asin(sqrt(min(half, 1.0))))
    return metres
