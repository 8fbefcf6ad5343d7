"""A season of village shows planned: how long it takes, and how far it is from the best that five minutes find.

    python -m benchmarks.season SHOWS CARRIERS DAYS LONG

Runs in a process of its own, without Django and without a database. ``LONG``: the effort of the long search, in
CP-SAT's deterministic time (about seconds). The season is invented: villages around twelve county towns of Dezhou, each
with one or two runs of days, evenings and some afternoons, troupes' prices, wishes with votes, and a budget that binds.
"""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import asdict
from datetime import date, timedelta
from typing import Final

from benchmarks.table import Measure
from tianqu.kernel.planning.api import Carrier, Season, Spot, Visit, Window, season_plan, tour_faults

SEED: Final = 20_270_201
FIRST: Final = date(2027, 2, 1)
SECONDS_MAX: Final = 10
ABOVE_MAX: Final = 3
TOWNS: Final = (
    (116_357, 37_436), (116_294, 37_457), (116_571, 37_337), (116_813, 37_650), (117_386, 37_730), (117_230, 37_780),
    (116_868, 37_215), (116_758, 36_795), (116_435, 37_164), (116_002, 36_952), (116_079, 37_221), (117_224, 37_742),
)  # fmt: skip
WORKS: Final = 40


def invented(*, shows: int, carriers: int, days: int) -> Season:
    """A season of so many shows for so many troupes over so many days."""
    chance = random.Random(SEED)
    troupes = [_troupe(chance, number, days=days) for number in range(carriers)]
    villages: list[Spot] = []
    visits: list[Visit] = []
    for number in range(shows):
        if number < shows * 13 // 15:  # the others are second shows
            lon, lat = TOWNS[number % len(TOWNS)]
            east, north = chance.randint(-220, 220), chance.randint(-200, 200)
            villages.append(Spot(f"village{number}", (lon + east) * 1_000, (lat + north) * 1_000))
            at = villages[-1]
        else:
            at = chance.choice(villages)
        visits.append(_visit(chance, number, at=at, troupes=troupes, days=days))
    budget = sum(min(visit.prices.values()) for visit in visits) * 108 // 100  # with travel it is tight
    return Season(
        visits=tuple(visits), carriers=tuple(troupes), budget_fen=budget, fen_a_vote=2_000, unserved_fen=2_000_000
    )


def _troupe(chance: random.Random, number: int, *, days: int) -> Carrier:
    lon, lat = TOWNS[number % len(TOWNS)]
    there = {FIRST + timedelta(days=each) for each in range(days) if chance.random() < 0.7}
    return Carrier(
        id=f"troupe{number}", base=Spot(f"town{number}", lon * 1_000, lat * 1_000), days=frozenset(there),
        works=frozenset(f"work{each}" for each in chance.sample(range(WORKS), chance.randint(8, 15))),
        visits_most=2, leaves=480, back=1_440, metres_an_hour=45_000, fen_a_minute=300,
    )  # fmt: skip


def _visit(chance: random.Random, number: int, *, at: Spot, troupes: list[Carrier], days: int) -> Visit:
    windows = []
    for _window in range(chance.randint(1, 2)):
        begins = chance.randint(0, days - 6)
        last = min(days - 1, begins + chance.randint(4, 20))
        hours = [(1_080, 1_350)] * (chance.random() < 0.85) + [(810, 1_050)] * (chance.random() < 0.5)
        for opens, closes in hours or [(1_080, 1_350)]:
            windows.append(Window(FIRST + timedelta(days=begins), FIRST + timedelta(days=last), opens, closes))
    level = chance.randint(250_000, 450_000)
    coming = chance.sample(troupes, max(1, len(troupes) * 2 // 3))
    prices = {troupe.id: level + chance.randint(0, 40) * 10_000 for troupe in coming}
    wishes = {f"work{each}": chance.randint(1, 60) for each in chance.sample(range(WORKS), chance.randint(2, 6))}
    return Visit(f"show{number}", at, 150, tuple(windows), prices, wishes)


def measures(*, shows: int, carriers: int, days: int, long_effort: float) -> list[Measure]:
    """Plan as the pack does, then long with all companions, and hold both beside the bound."""
    season = invented(shows=shows, carriers=carriers, days=days)
    begun = time.monotonic()
    plan = season_plan(season)
    seconds = time.monotonic() - begun
    faults = tour_faults(season, plan.shows, cost=plan.cost)
    begun = time.monotonic()
    best = season_plan(season, effort=long_effort, companions=shows)
    long_seconds = time.monotonic() - begun
    right = not faults and not tour_faults(season, best.shows, cost=best.cost)
    least = min(best.cost.total, plan.cost.total)
    above = 100 * (plan.cost.total / least - 1)
    size = f"{shows} shows, {carriers} troupes, {days} days"
    told = f"{len(plan.shows)} given, {plan.cost.total / 100:,.0f} yuan, {plan.outings:,} outings weighed"
    proved = "the cheapest of all outings" if best.proved and best.complete else "not proved"
    bound = f"bound {best.bound / 100:,.0f} yuan, {proved}"
    return [
        Measure(
            f"season's plan: {size}", f"{seconds:.1f} s, {told}", "" if right else "A LAW IS BROKEN",
            seconds if right else float("inf"), " s", "at most", SECONDS_MAX,
        ),
        Measure(
            f"season's plan above the best of {long_seconds:.0f} s", f"{plan.cost.total / 100:,.0f} yuan",
            f"{best.cost.total / 100:,.0f} yuan; {bound}", above if right else float("inf"), " %", "at most", ABOVE_MAX,
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    shows, carriers, days, effort = map(int, sys.argv[1:5])
    found = measures(shows=shows, carriers=carriers, days=days, long_effort=effort)
    print(json.dumps([asdict(measure) for measure in found]))
