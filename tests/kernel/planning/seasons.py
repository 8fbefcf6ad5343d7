"""Small seasons for tests, and the cheapest plan of one found by trying everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations, product

from hypothesis import strategies as st

from tianqu.kernel.planning.api import Carrier, Cost, Season, Show, Spot, Visit, Window, tour_faults, works_given

FIRST = date(2027, 2, 1)
WORKS = ("墙头记", "李二嫂改嫁", "姊妹易嫁")
NOBODY = Cost(travel=-1)  # what no plan costs, so that the checker says what it does cost


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def spot(number: int, east: int = 0, north: int = 0) -> Spot:
    """``east`` and ``north``: thousandths of a degree from Dezhou."""
    return Spot(f"s{number}", 116_300_000 + east * 1_000, 37_430_000 + north * 1_000)


def visit(number: int, *, at: Spot | None = None, **more: object) -> Visit:
    given = {
        "minutes": 120, "windows": (Window(day(0), day(2), 1080, 1320),), "prices": {"a": 100_000, "b": 90_000},
        "wishes": {WORKS[0]: 3, WORKS[1]: 1},
    } | more  # fmt: skip
    return Visit(id=f"v{number}", spot=at or spot(number, 20 * number, 10 * number), **given)


def carrier(name: str = "a", **more: object) -> Carrier:
    given = {
        "base": spot(90), "works": frozenset(WORKS[:1]), "days": frozenset(day(each) for each in range(3)),
        "visits_most": 2, "leaves": 480, "back": 1_440, "metres_an_hour": 40_000, "fen_a_minute": 300,
    } | more  # fmt: skip
    return Carrier(id=name, **given)


def season(visits: Sequence[Visit], carriers: Sequence[Carrier], **more: object) -> Season:
    given = {"budget_fen": 10_000_000, "fen_a_vote": 1_000, "unserved_fen": 1_000_000} | more
    return Season(visits=tuple(visits), carriers=tuple(carriers), **given)


@st.composite
def seasons(draw: st.DrawFn, *, visits_most: int = 4, days: int = 3) -> Season:
    """A season of up to two carriers and a few visits, some of them to the same place."""
    numbers = st.integers
    spots = [spot(each, draw(numbers(-200, 200)), draw(numbers(-200, 200))) for each in range(3)]
    some_days = st.frozensets(numbers(0, days - 1), min_size=1).map(lambda found: frozenset(map(day, found)))
    carriers = [
        carrier(
            name, base=spot(90 + place, draw(numbers(-100, 100))), works=draw(st.frozensets(st.sampled_from(WORKS))),
            days=draw(some_days), visits_most=draw(numbers(1, 3)), leaves=draw(numbers(400, 600)),
            back=draw(numbers(1_300, 1_700)), metres_an_hour=draw(numbers(20_000, 60_000)),
            fen_a_minute=draw(numbers(0, 1_000)),
        )
        for place, name in enumerate("ab"[: draw(numbers(1, 2))])
    ]  # fmt: skip
    visits = []
    for number in range(draw(numbers(1, visits_most))):
        windows = []
        for _window in range(draw(numbers(1, 2))):
            begins, opens = draw(numbers(0, days - 1)), draw(st.sampled_from((540, 810, 1_080)))
            lasts = draw(numbers(0, days - 1 - begins))
            windows.append(Window(day(begins), day(begins + lasts), opens, opens + draw(numbers(120, 420))))
        prices = draw(st.dictionaries(st.sampled_from("aab"), numbers(0, 300_000), min_size=1, max_size=2))
        wishes = draw(st.dictionaries(st.sampled_from(WORKS), numbers(0, 20), max_size=2))
        more = {"minutes": draw(numbers(60, 140)), "windows": tuple(windows), "prices": prices, "wishes": wishes}
        charge = draw(st.sampled_from((None, None, 0, 100_000)))
        visits.append(visit(number, at=draw(st.sampled_from(spots)), unserved_fen=charge, **more))
    return season(
        visits, carriers, budget_fen=draw(numbers(300_000, 1_500_000)), fen_a_vote=draw(numbers(0, 5_000)),
        unserved_fen=draw(numbers(300_000, 900_000)), once_first=draw(st.booleans()),
        served=draw(st.dictionaries(st.sampled_from([each.id for each in spots]), numbers(0, 2))),
    )  # fmt: skip


def first_round_kept(given: Season, shows: Sequence[Show], *, today: date | None = None) -> bool:
    """Whether no place is served again while another that could be has had nothing, before this plan or in it."""
    had: dict[str, int] = dict(given.served)
    again = False
    for show in sorted(shows, key=lambda each: today is None or each.on >= today):  # the past first; it is not undone
        place = next(each.spot.id for each in given.visits if each.id == show.visit_id)
        again |= had.get(place, 0) > 0 and (today is None or show.on >= today)
        had[place] = had.get(place, 0) + 1
    left = [each for each in given.visits if not had.get(each.spot.id)]
    return not again or not any(_could_be_served(given, each, today) for each in left)


def _could_be_served(given: Season, wanted: Visit, today: date | None) -> bool:
    """Whether some carrier could go there on some day and do nothing else, by trying each."""
    for who in given.carriers:
        for on in who.days if wanted.id in {each.id for each in given.visits if who.id in each.prices} else ():
            alone = replace(given, carriers=(who,), once_first=False, budget_fen=10**10)
            show = Show(wanted.id, who.id, on, _first_minute(alone, who, [], wanted, on))
            if (today is None or on >= today) and not tour_faults(alone, [show]):
                return True
    return False


def cheapest(
    given: Season, *, before: Mapping[str, Show] | None = None, past: Sequence[Show] = (), today: date | None = None
) -> tuple[int, int]:
    """How many shows must move and what the cheapest such plan costs, found by trying every plan there is."""
    before, best = before or {}, (10**9, 0)
    done = {show.visit_id for show in past}
    visits = [each for each in given.visits if each.id not in done]
    days = sorted({each for one in given.carriers for each in one.days if today is None or each >= today})
    choices = [None, *((one, each) for one in given.carriers for each in days if each in one.days)]
    for chosen in product(choices, repeat=len(visits)):
        groups: dict[tuple[str, date], list[Visit]] = {}
        for each, choice in zip(visits, chosen, strict=True):
            if choice is not None:
                groups.setdefault((choice[0].id, choice[1]), []).append(each)
        if any(len(those) > 3 for those in groups.values()):
            continue
        ways = [list(_timetables(given, *key, visits=those, before=before)) for key, those in groups.items()]
        for together in product(*ways):
            shows = [*past, *(show for timetable in together for show in timetable)]
            faults = tour_faults(given, shows, cost=NOBODY, past_until=today)
            if len(faults) == 1:
                moved = sum(show not in shows for show in before.values())
                best = min(best, (moved, faults[0].amount))
    return best


def _timetables(
    given: Season, name: str, on: date, *, visits: list[Visit], before: Mapping[str, Show]
) -> Iterator[list[Show]]:
    """Each order of a day's visits, as early as can be, with those of an earlier plan at their minute or not."""
    who = next(one for one in given.carriers if one.id == name)
    stay = [
        each for each in visits if each.id in before and (before[each.id].carrier_id, before[each.id].on) == (name, on)
    ]
    for order in permutations(visits):
        for kept in product((False, True), repeat=len(stay)):
            fixed = {each.id: before[each.id].starts for each, keep in zip(stay, kept, strict=True) if keep}
            timetable: list[Show] = []
            for each in order:
                starts = fixed.get(each.id, _first_minute(given, who, timetable, each, on))
                works = works_given(given, visit=each, carrier=who)
                timetable.append(Show(each.id, name, on, starts, works))
            if [show.starts for show in timetable] == sorted(show.starts for show in timetable):
                yield timetable


def _first_minute(given: Season, who: Carrier, timetable: list[Show], wanted: Visit, on: date) -> int:
    """The first minute that the checker finds nothing wrong with the start of, by trying each."""
    for window in sorted(wanted.windows, key=lambda each: each.opens):
        if not window.first_on <= on <= window.last_on:
            continue
        low, high = window.opens, window.closes - wanted.minutes
        while low < high:  # too early up to some minute, and no longer after it
            middle = (low + high) // 2
            if _too_early(given, who, [*timetable, Show(wanted.id, who.id, on, middle)]):
                low = middle + 1
            else:
                high = middle
        if low == high and not _too_early(given, who, [*timetable, Show(wanted.id, who.id, on, low)]):
            return low
    return 2_000  # nowhere: outside every window


def _too_early(given: Season, who: Carrier, shows: list[Show]) -> bool:
    last = shows[-1]
    if any(show.starts > last.starts for show in shows[:-1]):
        return True
    alone = replace(given, carriers=(who,))
    return any(fault.law == "too_early" and fault.visit_id == last.visit_id for fault in tour_faults(alone, shows))
