"""The ratios that are followed over all villages: what each is a part of, by place and by year. Whole numbers only.

| figure | part | whole | of a year |
|---|---|---|---|
| arrears | rent unpaid, in fen | rent due, in fen | rents due in it, once the days of the policy have passed |
| idle | land that lies idle, in 0.0001 mu | all land | on its last day; of this year, today |
| unresolved | contracts without a resolution | contracts that need one by law | signed in it |
| cash | cash and deposits, in fen | | at its end, by the books; of this year, as posted |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum
from typing import Final

YEARS_MAX: Final = 10
YEARS: Final = 5
TENTH: Final = Decimal("0.1")


class Figure(Enum):
    """What is followed."""

    ARREARS = "arrears"
    IDLE = "idle"
    UNRESOLVED = "unresolved"
    CASH = "cash"


SHARES: Final = (Figure.ARREARS, Figure.IDLE, Figure.UNRESOLVED)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole; both are whole numbers of the figure's smallest unit."""

    part: int = 0
    whole: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.part + other.part, self.whole + other.whole)

    @property
    def percent(self) -> Decimal | None:
        """The part in hundredths of the whole, to one decimal, half to even; None of nothing."""
        if self.whole == 0:
            return None
        return (Decimal(self.part * 100) / Decimal(self.whole)).quantize(TENTH, ROUND_HALF_EVEN)


NOTHING: Final = Share()
# By figure, by the path of a place, by year.
Counts = Mapping[Figure, Mapping[str, Mapping[int, Share]]]


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place in a year: each figure; ``books``: whether it keeps any, so that no cash is told apart from no book."""

    place_path: str
    code: str
    name: str
    name_en: str
    kind: str
    figures: Mapping[Figure, Share] = field(default_factory=dict)

    def of(self, figure: Figure) -> Share:
        """The share of a figure."""
        return self.figures.get(figure, NOTHING)


@dataclass(frozen=True, slots=True)
class YearLine:
    """All of a place together in a year."""

    year: int
    figures: Mapping[Figure, Share]

    def of(self, figure: Figure) -> Share:
        """The share of a figure."""
        return self.figures.get(figure, NOTHING)


def running(moved: Iterable[tuple[str, int, int]], years: Sequence[int]) -> dict[str, dict[int, Share]]:
    """Return what was there at the end of each year, from what was moved: (place, year, amount).

    A year in which nothing was moved ends as it began; before the first movement there is nothing to be told.
    """
    by_place: dict[str, dict[int, int]] = {}
    for place, year, amount in moved:
        of_place = by_place.setdefault(place, {})
        of_place[year] = of_place.get(year, 0) + amount
    return {
        place: {
            year: Share(sum(amount for moved_in, amount in of_place.items() if moved_in <= year))
            for year in years
            if min(of_place) <= year
        }
        for place, of_place in by_place.items()
    }


def together(counts: Counts, years: Sequence[int]) -> list[YearLine]:
    """Return all places together, year by year."""
    return [
        YearLine(
            year,
            {
                figure: sum((of_place[year] for of_place in places.values() if year in of_place), NOTHING)
                for figure, places in counts.items()
            },
        )
        for year in years
    ]


def of_place(counts: Counts, path: str, *, year: int) -> dict[Figure, Share]:
    """Return each figure of a place in a year; what is not known of it is left out."""
    told = {figure: places.get(path, {}).get(year) for figure, places in counts.items()}
    return {figure: share for figure, share in told.items() if share is not None}


def in_order(lines: Sequence[PlaceLine], sort: str) -> list[PlaceLine]:
    """Return lines by a column: a figure's share (its part, of cash), or the code; "-" before it for the largest first.

    What has no share comes last either way, by code.
    """
    name, down = sort.removeprefix("-"), sort.startswith("-")
    if name == "place":
        return sorted(lines, key=lambda line: line.code, reverse=down)
    figure = Figure(name)

    def value(line: PlaceLine) -> Decimal | None:
        share = line.figures.get(figure)
        if share is None:
            return None
        return Decimal(share.part) if figure is Figure.CASH else _exact(share)

    known = [line for line in lines if value(line) is not None]
    rest = [line for line in lines if value(line) is None]
    known.sort(key=lambda line: ((value(line) or Decimal(0)) * (-1 if down else 1), line.code))
    return known + sorted(rest, key=lambda line: line.code)


def _exact(share: Share) -> Decimal | None:
    return Decimal(share.part) / Decimal(share.whole) if share.whole else None
