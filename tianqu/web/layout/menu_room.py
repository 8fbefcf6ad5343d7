"""Which lines of a menu stand in its bar and which under "More": by how wide the window is, and without a script.

The server knows neither fonts nor windows. So it reckons how wide each line is, generously, and says from which of four
widths of window on it stands in the bar; the style sheet shows it there or under "More". The page that is open stands
in the bar always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from tianqu.web.layout.navigation import Link

NEVER: Final = 4  # stands under "More" at each width
WIDE, SLIM, FIRST_CHINESE = "mwMW%@", "iljtfrI1 .,:;'!|()-", "\u2e80"
COUNT_PX: Final = 44


@dataclass(frozen=True, slots=True)
class Room:
    """How much room a bar has in windows of one width: its pixels, and those of a letter's height and of a gap."""

    bar_px: int
    letter_px: int
    gap_px: int


# As tianqu.css divides windows: up to 640 px, from 641, from 960, from 1,200. The desk's bar stands beside the name.
PUBLIC: Final = (Room(324, 16, 16), Room(600, 18, 24), Room(920, 18, 24), Room(1_040, 18, 24))
DESK: Final = (Room(324, 16, 16), Room(370, 16, 24), Room(690, 16, 24), Room(930, 16, 24))


@dataclass(frozen=True, slots=True)
class Placed:
    """A line of a menu, and from which width on it stands in the bar: 0 to 3, or ``NEVER``."""

    link: Link
    since: int


def placed(links: Sequence[Link], *, desk: bool = False) -> list[Placed]:
    """Say for each line from which width of window on it stands in the bar."""
    bars = [_bar(links, room) for room in (DESK if desk else PUBLIC)]
    return [
        Placed(link, next((at for at, bar in enumerate(bars) if place in bar), NEVER))
        for place, link in enumerate(links)
    ]


def _bar(links: Sequence[Link], room: Room) -> set[int]:
    """The lines that fit: all, or the first ones beside "More" and the one that is open."""
    widths = [_width(link, room) + room.gap_px for link in links]
    if sum(widths) <= room.bar_px + room.gap_px:
        return set(range(len(links)))
    current = next((place for place, link in enumerate(links) if link.current), None)
    left = room.bar_px - _text(_("More"), room) - room.letter_px  # with the sign that it unfolds
    if current is not None:
        left -= widths[current]
    found = {current} if current is not None else set[int]()
    for place, width in enumerate(widths):
        if place == current:
            continue
        left -= width
        if left < 0:
            break
        found.add(place)
    return found


def _width(link: Link, room: Room) -> float:
    return _text(str(link.title), room) + (COUNT_PX if link.count is not None else 0)


def _text(text: str, room: Room) -> float:
    """The width of a text in pixels, rather too much than too little."""
    return sum(_letter(letter) for letter in text) * room.letter_px * 1.04


def _letter(letter: str) -> float:
    if letter >= FIRST_CHINESE:
        return 1.0
    if letter in WIDE:
        return 0.88
    if letter in SLIM:
        return 0.36
    return 0.66 if letter.isupper() else 0.56
