"""The outings that a plan is chosen from: what one carrier can do on one day, from its base and back.

Which days an outing can be on is a set of bits, one for each day of the season. The days do not change what it costs,
so a plan is a choice of outings in which each visit is once at most, and a carrier's outings find days of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, permutations
from typing import Final, TypeAlias

import numpy
from numpy.typing import NDArray

from tianqu.kernel.planning.tour_roads import Roads
from tianqu.kernel.planning.tour_terms import Season, Show, Visit, season_days, works_given

COMPANIONS: Final = 40  # how many visits a visit is put together with on one day: those that save the most travel
FEW: Final = 12  # visits of which all combinations are looked at
LARGER_MAX: Final = 6_000  # sets of three and more for one carrier that are looked at
Intervals: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Outing:
    """Visits of one carrier on one day. ``days``: bits of the days on which it can be; ``order``: as it is driven.

    ``paid``: travel and prices; ``cost``: with the wishes that it leaves; ``moved``: how many of its visits would be
    taken from where they were; ``kept``: the day and minutes of those that stay, where it is bound to one day.
    """

    carrier: int
    order: tuple[int, ...]
    days: int
    paid: int
    cost: int
    moved: int = 0
    kept: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Outings:
    """All outings that are weighed. ``complete``: whether none was left out."""

    season: Season
    days: tuple[date, ...]
    found: tuple[Outing, ...]
    complete: bool
    desk: Desk


class Desk:
    """What is looked up again and again while outings are made and timed."""

    def __init__(self, season: Season) -> None:
        self.season = season
        self.days = season_days(season)
        self.bit = {day: 1 << number for number, day in enumerate(self.days)}
        self.roads = Roads(season)
        self.visit_spots = [self.roads.numbers[visit.spot.id] for visit in season.visits]
        self.patterns = [self._patterns(visit) for visit in season.visits]
        self.open_days = [sum(days for days in each.values()) for each in self.patterns]
        self.free = [sum(self.bit[day] for day in carrier.days) for carrier in season.carriers]
        self.ways = [self.roads.minutes(carrier).tolist() for carrier in season.carriers]

    def _patterns(self, visit: Visit) -> dict[Intervals, int]:
        """The days of a visit, by the intervals of minutes that are open on them."""
        found: dict[Intervals, int] = {}
        for day, bit in self.bit.items():
            if day in visit.closed:
                continue
            open_on = {
                (window.opens, window.closes)
                for window in visit.windows
                if window.first_on <= day <= window.last_on and window.closes - window.opens >= visit.minutes
            }
            if open_on:
                key = tuple(sorted(open_on))
                found[key] = found.get(key, 0) | bit
        return found

    def timed(
        self, carrier: int, *, order: Sequence[int], opened: Sequence[Intervals]
    ) -> tuple[int, tuple[int, ...]] | None:
        """The minutes of travel, and when each visit begins: as early as can be; None where the day is too short."""
        who, way = self.season.carriers[carrier], self.ways[carrier]
        here = self.roads.numbers[who.base.id]
        now, travel, starts = who.leaves, 0, []
        for visit, intervals in zip(order, opened, strict=True):
            there, lasts = self.visit_spots[visit], self.season.visits[visit].minutes
            travel += way[here][there]
            now += way[here][there]
            fitting = (max(now, opens) for opens, closes in intervals if max(now, opens) + lasts <= closes)
            begins = min(fitting, default=-1)
            if begins < 0:
                return None
            starts.append(begins)
            now, here = begins + lasts, there
        home = way[here][self.roads.numbers[who.base.id]]
        return None if now + home > who.back else (travel + home, tuple(starts))

    def starts_on(self, outing: Outing, day: date) -> tuple[int, ...]:
        """When the visits of an outing begin on one of its days."""
        bit, kept = self.bit[day], dict(outing.kept)
        opened = [
            ((kept[visit], kept[visit] + self.season.visits[visit].minutes),) if visit in kept
            else next(pattern for pattern, days in self.patterns[visit].items() if days & bit)
            for visit in outing.order
        ]  # fmt: skip
        timed = self.timed(outing.carrier, order=outing.order, opened=opened)
        assert timed is not None, "an outing was timed on each of its days when it was made"
        return timed[1]

    def valued(self, carrier: int, *, order: tuple[int, ...], travel: int) -> tuple[int, int] | None:
        """What is paid for an outing, and what it costs with the wishes that it leaves; None if it has no price."""
        who, paid, wishes = self.season.carriers[carrier], 0, 0
        for number in order:
            visit = self.season.visits[number]
            if who.id not in visit.prices:
                return None
            paid += visit.prices[who.id]
            given = works_given(self.season, visit=visit, carrier=who)
            wishes += sum(visit.wishes.values()) - sum(visit.wishes[work] for work in given)
        paid += travel * who.fen_a_minute
        return paid, paid + wishes * self.season.fen_a_vote


def outings_of(season: Season, *, companions: int = COMPANIONS, before: Mapping[str, Show] | None = None) -> Outings:
    """Make the outings of a season; ``before``: the shows of an earlier plan by visit, from which moves are counted."""
    desk, found, complete = Desk(season), [], True
    for carrier in range(len(season.carriers)):
        sets, whole = _sets(desk, carrier, companions=companions)
        complete &= whole
        moved = {number for number, visit in enumerate(season.visits) if before and visit.id in before}
        for members in sets:
            found += _free_outings(desk, carrier, members=members, moved=len(moved.intersection(members)))
    for day_shows in _days_before(desk, before or {}):
        found += _kept_outings(desk, day_shows, before=before or {})
    return Outings(season, desk.days, tuple(found), complete, desk)


def _free_outings(desk: Desk, carrier: int, *, members: tuple[int, ...], moved: int = 0) -> list[Outing]:
    """The outings to a set of visits: for each of its days the order with the least travel."""
    days = desk.free[carrier]
    for visit in members:
        days &= desk.open_days[visit]
    if not days:
        return []
    timed = []
    for order in permutations(members):
        for opened, on in _patterns_together(desk, order, days=days):
            found = desk.timed(carrier, order=order, opened=opened)
            if found is not None:
                timed.append((found[0], order, on))
    outings, taken = [], 0
    by_travel: dict[tuple[int, tuple[int, ...]], int] = {}
    for travel, order, on in sorted(timed):
        by_travel[travel, order] = by_travel.get((travel, order), 0) | on
    for (travel, order), on in by_travel.items():
        valued = desk.valued(carrier, order=order, travel=travel)
        if valued is not None and on & ~taken:
            outings.append(Outing(carrier, order, on & ~taken, *valued, moved=moved))
            taken |= on
    return outings


def _patterns_together(desk: Desk, order: tuple[int, ...], *, days: int) -> list[tuple[tuple[Intervals, ...], int]]:
    """Each way in which the visits of an outing are open together, with the days on which that is so."""
    together: list[tuple[tuple[Intervals, ...], int]] = [((), days)]
    for visit in order:
        together = [
            ((*opened, pattern), on & more)
            for opened, on in together
            for pattern, more in desk.patterns[visit].items()
            if on & more
        ]
    return together


def _sets(desk: Desk, carrier: int, *, companions: int) -> tuple[list[tuple[int, ...]], bool]:
    """The sets of visits that a carrier may do in one day, those of the same day, nearest together first."""
    who = desk.season.carriers[carrier]
    able = [
        number for number, visit in enumerate(desk.season.visits)
        if who.id in visit.prices and desk.open_days[number] & desk.free[carrier]
    ]  # fmt: skip
    able = [number for number in able if _free_outings(desk, carrier, members=(number,))]
    found: list[tuple[int, ...]] = [(number,) for number in able]
    if who.visits_most == 1 or len(able) < 2:
        return found, True
    near, complete = _companions(desk, carrier, able=able, companions=companions)
    pairs = {(min(one, other), max(one, other)) for one, others in near.items() for other in others}
    level: list[tuple[int, ...]] = sorted(pairs)
    found += level
    for _size in range(3, who.visits_most + 1):
        larger = {
            tuple(sorted((*members, other)))
            for members in level
            for other in set.intersection(*(near[member] for member in members))
        }
        complete &= len(larger) <= LARGER_MAX
        level = sorted(larger)[:LARGER_MAX]
        found += level
    return found, complete


def _companions(desk: Desk, carrier: int, *, able: list[int], companions: int) -> tuple[dict[int, set[int]], bool]:
    """For each visit those with which a day saves the most travel, of all that share a day with it."""
    who = desk.season.carriers[carrier]
    way: NDArray[numpy.int64] = desk.roads.minutes(who)
    base, spots = desk.roads.numbers[who.base.id], [desk.visit_spots[number] for number in able]
    home, out, between = way[spots, base], way[base, spots], way[numpy.ix_(spots, spots)]
    saved = home[:, None] + out[None, :] - between  # by going from the row on to the column, and not home in between
    saved = numpy.maximum(saved, saved.T)
    near: dict[int, set[int]] = {number: set() for number in able}
    complete = True
    for row, number in enumerate(able):
        days, left = desk.free[carrier] & desk.open_days[number], companions
        for column in numpy.argsort(-saved[row], kind="stable").tolist():
            other = able[column]
            if other == number or not days & desk.open_days[other]:
                continue
            if not left:
                complete = False
                break
            near[number].add(other)
            near[other].add(number)
            left -= 1
    return near, complete


def _days_before(desk: Desk, before: Mapping[str, Show]) -> list[tuple[int, date, tuple[int, ...]]]:
    """The shows of an earlier plan that could stay as they are, by carrier and day."""
    carriers = {carrier.id: number for number, carrier in enumerate(desk.season.carriers)}
    found: dict[tuple[int, date], list[int]] = {}
    for number, visit in enumerate(desk.season.visits):
        show = before.get(visit.id)
        if show is None or show.carrier_id not in carriers or show.on not in desk.bit:
            continue
        carrier = carriers[show.carrier_id]
        if desk.free[carrier] & desk.open_days[number] & desk.bit[show.on] and _open_then(desk, number, show):
            found.setdefault((carrier, show.on), []).append(number)
    return [(carrier, day, tuple(sorted(numbers))) for (carrier, day), numbers in sorted(found.items())]


def _open_then(desk: Desk, number: int, show: Show) -> bool:
    ends, bit = show.starts + desk.season.visits[number].minutes, desk.bit[show.on]
    patterns = (pattern for pattern, days in desk.patterns[number].items() if days & bit)
    return any(opens <= show.starts and ends <= closes for pattern in patterns for opens, closes in pattern)


def _kept_outings(
    desk: Desk, day_shows: tuple[int, date, tuple[int, ...]], *, before: Mapping[str, Show]
) -> Iterable[Outing]:
    """The outings in which some shows of an earlier plan stay at their minute, with others that fit in between."""
    carrier, day, stay = day_shows
    most = desk.season.carriers[carrier].visits_most
    bit = desk.bit[day]
    others = [number for number, days in enumerate(desk.open_days) if days & bit and number not in stay]
    for kept in _subsets(stay):
        rest = [*others, *(one for one in stay if one not in kept)]
        spare = most - len(kept) if len(rest) <= FEW else min(most - len(kept), 1)
        for size in range(spare + 1):
            for more in combinations(rest, size):
                yield from _kept_outing(desk, carrier, day=day, members=(*kept, *more), kept=kept, before=before)


def _kept_outing(
    desk: Desk, carrier: int, *, day: date, members: tuple[int, ...], kept: tuple[int, ...], before: Mapping[str, Show]
) -> list[Outing]:
    bit, visits = desk.bit[day], desk.season.visits
    begins = {number: before[visits[number].id].starts for number in kept}
    opened = {
        number: ((begins[number], begins[number] + visits[number].minutes),) if number in begins
        else next(pattern for pattern, days in desk.patterns[number].items() if days & bit)
        for number in members
    }  # fmt: skip
    best: Outing | None = None
    for order in permutations(members):
        timed = desk.timed(carrier, order=order, opened=[opened[number] for number in order])
        valued = desk.valued(carrier, order=order, travel=timed[0]) if timed is not None else None
        if valued is not None and (best is None or valued[1] < best.cost):
            moved = sum(visits[number].id in before for number in members if number not in begins)
            best = Outing(carrier, order, bit, *valued, moved=moved, kept=tuple(sorted(begins.items())))
    return [best] if best is not None else []


def _subsets(members: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All subsets that are not empty, the largest first; of four members at most."""
    chosen = [
        tuple(one for place, one in enumerate(members) if bits >> place & 1) for bits in range(1, 1 << len(members))
    ]
    return sorted(chosen, key=lambda each: (-len(each), each))
