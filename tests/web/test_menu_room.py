"""Which lines of a menu stand in the bar: what fits surely, more in a wider window, always the page that is open."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tianqu.web.layout.menu_room import NEVER, PUBLIC, placed
from tianqu.web.layout.navigation import Link

TITLES = (
    "Home",
    "Ask",
    "Follow a request",
    "Services",
    "What others asked",
    "Press conferences",
    "Culture",
    "村务公开",
)


def links(count: int, *, current: int | None = None) -> list[Link]:
    return [
        Link(f"/{at}", TITLES[at % len(TITLES)], at == current, count=3 if at == 3 else None) for at in range(count)
    ]


def test_a_short_menu_needs_no_more() -> None:
    assert {one.since for one in placed(links(2))} == {0}


@pytest.mark.parametrize("desk", [False, True])
@pytest.mark.parametrize("current", [None, 0, 5, 29])
def test_a_wider_window_holds_more_and_what_is_open_is_seen(desk: bool, current: int | None) -> None:
    lines = placed(links(30, current=current), desk=desk)
    bars = [{one.link.address for one in lines if one.since <= at} for at in range(len(PUBLIC))]
    assert all(slim <= wide for slim, wide in pairwise(bars)) and bars[0] < bars[-1]
    assert lines[-2].since == NEVER
    assert current is None or lines[current].since == 0
    ordered = [one.since for one in lines if not one.link.current]
    assert ordered == sorted(ordered), "the first ones stay the first"
