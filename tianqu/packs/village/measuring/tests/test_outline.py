"""The outline of a walk: within its frame, north above, to scale, and on the pages without a script."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.packs.village.measuring.areas import Corner
from tianqu.packs.village.measuring.outline import HEIGHT, WIDTH, outline_of
from tianqu.packs.village.measuring.tests.test_walking import FIELD, form, walked
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import Villages

NEAR = st.builds(
    Corner, st.integers(1_163_000_000, 1_163_200_000), st.integers(374_000_000, 374_200_000), st.none()
)  # fmt: skip


@given(st.lists(NEAR, max_size=12))
def test_everything_lies_in_the_frame_and_the_scale_is_true(corners: list[Corner]) -> None:
    drawn = outline_of(corners)
    if len({(one.lon_7, one.lat_7) for one in corners}) < 2:
        assert drawn is None
        return
    assert drawn is not None and len(drawn.corners) == len(corners)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn.corners)
    assert drawn.bar_metres >= 1 and str(drawn.bar_metres).rstrip("0") in {"1", "2", "5"}


def test_north_is_above_east_is_right_and_a_hundred_metres_are_so_long() -> None:
    drawn = outline_of(FIELD)
    assert drawn is not None
    south_west, south_east, _north_east, north_west = drawn.corners
    assert north_west[1] < south_west[1] and south_east[0] > south_west[0]
    assert drawn.around_metres == 400  # 0.001 degrees: 89 metres of a parallel, 111 of a meridian, twice
    pixels = math.dist(south_west, north_west)
    assert abs(pixels / 111 - drawn.bar / drawn.bar_metres) < 0.05


@pytest.mark.django_db
def test_the_parcels_page_and_a_refused_form_show_it(villages: Villages) -> None:
    parcel_id, desk = walked(villages), browser(villages.accountant)
    page = text(desk.get(f"/villages/land/{parcel_id}/"))
    assert '<svg class="outline"' in page and "400 m around" in page and "How it was walked" in page
    assert page.count("outline-corner") == len(FIELD)
    refused = desk.post("/villages/land/walk", form(number="")).content.decode()
    assert '<noscript><svg class="outline"' in " ".join(refused.split()).replace("> <", "><")
    assert "outline-corner" not in desk.post("/villages/land/walk", form(corners="116.3")).content.decode()
