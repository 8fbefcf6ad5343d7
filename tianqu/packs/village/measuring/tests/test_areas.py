"""What corners enclose: known areas, an independent formula, refusals, how well an area is known."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.errors import InvalidInput
from tianqu.packs.village.measuring.areas import Corner, measured, read_corners, said_corners

# The ellipsoid of WGS 84, and the area between the equator and a latitude for each radian of longitude.
AXIS, ECCENTRICITY = 6_378_137.0, 0.0818191908426215


def to_the_equator(lat: float) -> float:
    sine = ECCENTRICITY * math.sin(math.radians(lat))
    below = 1 - ECCENTRICITY**2
    return AXIS**2 * below / (2 * ECCENTRICITY) * (sine / (1 - sine**2) + math.atanh(sine))


def rectangle(*, lon: int, lat: int, east: int, north: int) -> list[Corner]:
    """A rectangle of degrees, in 0.0000001 degrees."""
    return [Corner(lon, lat), Corner(lon + east, lat), Corner(lon + east, lat + north), Corner(lon, lat + north)]


@given(
    lon=st.integers(-1_790_000_000, 1_790_000_000), lat=st.integers(-600_000_000, 600_000_000),
    east=st.integers(100, 30_000), north=st.integers(100, 30_000),
)  # fmt: skip
def test_the_area_is_that_of_the_ellipsoid(lon: int, lat: int, east: int, north: int) -> None:
    corners = rectangle(lon=lon, lat=lat, east=east, north=north)
    found = measured(corners)
    apart = to_the_equator((lat + north) / 1e7) - to_the_equator(lat / 1e7)
    square_metres = math.radians(east / 1e7) * apart
    # Of up to 300 m, where parallels and straight lines differ by under a thousandth of a square metre a metre.
    assert found.area_mu_4 == pytest.approx(square_metres * 15, abs=1 + square_metres * 15 * 5e-5)
    assert measured(corners[::-1]).area_mu_4 == measured(corners[1:] + corners[:1]).area_mu_4 == found.area_mu_4
    ring = found.boundary["coordinates"][0]
    assert ring[0] == ring[-1] and len(ring) == 5
    for walked in (corners, corners[::-1]):  # anticlockwise, as RFC 7946 wants it, whichever way one walked
        (x, y), *others = measured(walked).boundary["coordinates"][0]
        shifted = [(at[0] - x, at[1] - y) for at in others]
        assert sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(shifted)) > 0


def test_a_field_of_dezhou_to_the_square_decimetre() -> None:
    # Computed with GeographicLib's own program: echo of these corners into `Planimeter -r` gives 9878.241611421108.
    corners = [Corner(1_160_000_000, 370_000_000), Corner(1_160_010_000, 370_000_000)]
    corners += [Corner(1_160_010_000, 370_010_000), Corner(1_160_000_000, 370_010_000)]
    found = measured(corners)
    assert (found.area_mu_4, found.accuracy_mu_4) == (148_174, None)
    assert measured([*corners, corners[0]]).area_mu_4 == 148_174  # told again at the end, as some programs do


def test_accuracy_grows_with_that_of_the_corners() -> None:
    plain = rectangle(lon=1_160_000_000, lat=370_000_000, east=10_000, north=10_000)
    fine = measured([Corner(one.lon_7, one.lat_7, 400) for one in plain]).accuracy_mu_4
    coarse = measured([Corner(one.lon_7, one.lat_7, 800) for one in plain]).accuracy_mu_4
    assert fine is not None and coarse is not None
    # Each corner of a square of diagonal d moves the area by d/2: for 142 m and ± 4 m about 455 m² = 0.68 mu.
    assert fine == pytest.approx(6_830, rel=0.01) and coarse == pytest.approx(2 * fine, abs=2)
    assert measured([Corner(one.lon_7, one.lat_7, 400) for one in plain[:3]] + plain[3:]).accuracy_mu_4 is None


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        ([(0, 0), (10, 0)], "at least three"), ([(0, 0), (10, 0), (10, 0), (0, 0)], "at least three"),
        ([(0, 0), (10, 0), (20, 0)], "meet"), ([(0, 0), (10, 10), (10, 0), (0, 10)], "meet"),
        ([(0, 0), (10, 0), (5, 0), (5, 5)], "meet"), ([(0, 0), (10, 0), (10, 10), (5, 0), (0, 10)], "meet"),
        ([(0, 0), (1, 0), (1, 1)], "no land"), ([(0, 0), (1_800_000_001, 0), (0, 10)], "no such place"),
        ([(0, 0), (0, 900_000_001), (10, 0)], "no such place"), ([(n, n * n) for n in range(201)], "at most"),
    ],
)  # fmt: skip
def test_what_encloses_nothing_is_refused(corners: list[tuple[int, int]], said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        measured([Corner(*one) for one in corners])
    assert refused.value.field == "corners" and refused.value.remedy


def test_corners_are_read_as_people_type_them() -> None:
    text = "１１６．３０７４２１０，３７．４３５９８７０ ±４\n\n116.3 37.4\r\n 116.31;37.41 ± 4.21 m\n-116.3,-37.4"
    assert read_corners(text) == [
        Corner(1_163_074_210, 374_359_870, 400), Corner(1_163_000_000, 374_000_000),
        Corner(1_163_100_000, 374_100_000, 421), Corner(-1_163_000_000, -374_000_000),
    ]  # fmt: skip
    for wrong in ("116.3", "116.3, 37.4, 4", "一一六", "1163.1, 2", "116.3,37.4 ±-4", "1e2, 3"):
        with pytest.raises(InvalidInput, match="Line 2"):
            read_corners(f"116.3, 37.4\n{wrong}")


@given(
    st.lists(
        st.builds(
            Corner, st.integers(-(18 * 10**8), 18 * 10**8), st.integers(-(9 * 10**8), 9 * 10**8),
            st.none() | st.integers(0, 10_000).map(lambda decimetres: decimetres * 10),
        ), max_size=20,
    )
)  # fmt: skip
def test_corners_are_read_as_they_are_written(corners: list[Corner]) -> None:
    assert read_corners(said_corners(corners)) == corners
