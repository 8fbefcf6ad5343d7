"""A second opinion on a plan: every law asked of every show, by code that shares nothing with what made the plan.

Only the frozen values are the same. Ways are reckoned from chords between points on the sphere instead of haversines,
days are dates instead of bits, and the road of a day is walked from show to show.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import asin, cos, dist, pi, sin

from tianqu.kernel.planning.tour_terms import Carrier, Cost, Season, Show, Spot, Visit


@dataclass(frozen=True, slots=True)
class Fault:
    """A law that a plan breaks.

    ``law``: unknown, twice, not_for_sale, works, carrier_away, place_closed, outside_windows, too_many, too_early (the
    carrier cannot be there by then), back_late, over_budget (``amount``: by how many fen), once_first or cost
    (``amount``: what it really costs). The rest says where; empty where the law is one of the whole plan.
    """

    law: str
    visit_id: str = ""
    carrier_id: str = ""
    on: date | None = None
    amount: int = 0


def tour_faults(
    season: Season, shows: Sequence[Show], *, cost: Cost | None = None, past_until: date | None = None
) -> tuple[Fault, ...]:
    """Every law that shows break; none for a right plan. ``cost``: what they are said to cost, checked as well.

    ``past_until``: shows before it are past; the law of the first round is not asked of what has happened.
    """
    visits = {visit.id: visit for visit in season.visits}
    carriers = {carrier.id: carrier for carrier in season.carriers}
    known = [show for show in shows if show.visit_id in visits and show.carrier_id in carriers]
    faults = [Fault("unknown", show.visit_id, show.carrier_id, show.on) for show in shows if show not in known]
    faults += [Fault("twice", name) for name, count in Counter(show.visit_id for show in known).items() if count > 1]
    for show in known:
        faults += _show_faults(season, show, visit=visits[show.visit_id], carrier=carriers[show.carrier_id])
    travelled = 0
    by_day: dict[tuple[str, date], list[Show]] = defaultdict(list)
    for show in known:
        by_day[show.carrier_id, show.on].append(show)
    for (name, _on), day_shows in by_day.items():
        minutes, found = _day_faults(season, carriers[name], day_shows, visits)
        travelled += minutes * carriers[name].fen_a_minute
        faults += found
    prices = sum(visits[show.visit_id].prices.get(show.carrier_id, 0) for show in known)
    if prices + travelled > season.budget_fen:
        faults.append(Fault("over_budget", amount=prices + travelled - season.budget_fen))
    faults += _round_faults(season, known, past_until=past_until)
    really = prices + travelled + _not_followed(season, known)
    if cost is not None and cost.total != really:
        faults.append(Fault("cost", amount=really))
    return tuple(faults)


def _show_faults(season: Season, show: Show, *, visit: Visit, carrier: Carrier) -> list[Fault]:
    laws = []
    if carrier.id not in visit.prices:
        laws.append("not_for_sale")
    fitting = all(work in carrier.works and work in visit.wishes for work in show.works)
    if len(show.works) > season.works_most or len(set(show.works)) < len(show.works) or not fitting:
        laws.append("works")
    if show.on not in carrier.days:
        laws.append("carrier_away")
    if show.on in visit.closed:
        laws.append("place_closed")
    fits = (
        window.first_on <= show.on <= window.last_on
        and window.opens <= show.starts
        and show.starts + visit.minutes <= window.closes
        for window in visit.windows
    )
    if not any(fits):
        laws.append("outside_windows")
    return [Fault(law, visit.id, carrier.id, show.on) for law in laws]


def _day_faults(
    season: Season, carrier: Carrier, shows: list[Show], visits: dict[str, Visit]
) -> tuple[int, list[Fault]]:
    """Walk a carrier's day; return the minutes on the road, and what cannot be."""
    faults, on_road, clock, at = [], 0, carrier.leaves, carrier.base
    for show in sorted(shows, key=lambda each: (each.starts, each.visit_id)):
        visit = visits[show.visit_id]
        way = _way(season, carrier, start=at, end=visit.spot)
        on_road += way
        if clock + way > show.starts:
            faults.append(Fault("too_early", visit.id, carrier.id, show.on))
        clock, at = show.starts + visit.minutes, visit.spot
    way = _way(season, carrier, start=at, end=carrier.base)
    if clock + way > carrier.back:
        faults.append(Fault("back_late", "", carrier.id, shows[0].on))
    if len(shows) > carrier.visits_most:
        faults.append(Fault("too_many", "", carrier.id, shows[0].on))
    return on_road + way, faults


def _way(season: Season, carrier: Carrier, *, start: Spot, end: Spot) -> int:
    known = season.minutes.get((start.id, end.id))
    if known is not None:
        return known
    chord = dist(_point(start), _point(end))
    metres = round(2 * 6_371_009 * asin(min(1.0, chord / 2)))
    hundredths = metres * season.detour_percent
    whole, rest = divmod(hundredths * 60, carrier.metres_an_hour * 100)
    return whole + (rest > 0)


def _point(spot: Spot) -> tuple[float, float, float]:
    lat, lon = spot.lat_e6 * pi / 180e6, spot.lon_e6 * pi / 180e6
    return cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)


def _round_faults(season: Season, shows: list[Show], *, past_until: date | None) -> list[Fault]:
    """A place served again, to come, while another that could be served to come has had none."""
    if not season.once_first:
        return []
    spot_of = {visit.id: visit.spot.id for visit in season.visits}
    count = Counter(spot_of[show.visit_id] for show in shows)
    for spot, had in season.served.items():  # beside this plan
        count[spot] += had
    served = {show.visit_id for show in shows}
    waiting = any(
        not count[visit.spot.id] and visit.id not in served and _servable(season, visit, past_until=past_until)
        for visit in season.visits
    )
    again = [
        show for show in sorted(shows, key=lambda each: (each.on, each.starts))
        if count[spot_of[show.visit_id]] > 1 and (past_until is None or show.on >= past_until)
    ]  # fmt: skip
    return [Fault("once_first", show.visit_id, show.carrier_id, show.on) for show in again] if waiting else []


def _servable(season: Season, visit: Visit, *, past_until: date | None) -> bool:
    """Whether any carrier could give this show on any day if it did nothing else."""
    for carrier in season.carriers:
        if carrier.id not in visit.prices:
            continue
        there = _way(season, carrier, start=carrier.base, end=visit.spot)
        home = _way(season, carrier, start=visit.spot, end=carrier.base)
        for window in visit.windows:
            begins = max(window.opens, carrier.leaves + there)
            ends = begins + visit.minutes
            if ends > window.closes or ends + home > carrier.back:
                continue
            length = (window.last_on - window.first_on).days + 1
            days = (window.first_on + timedelta(days=each) for each in range(length))
            free = (day for day in days if day in carrier.days and day not in visit.closed)
            if any(past_until is None or day >= past_until for day in free):
                return True
    return False


def _not_followed(season: Season, shows: list[Show]) -> int:
    given = {show.visit_id: show.works for show in shows}
    lost = 0
    for visit in season.visits:
        followed = sum(visit.wishes.get(work, 0) for work in given.get(visit.id, ()))
        lost += (sum(visit.wishes.values()) - followed) * season.fen_a_vote
        if visit.id not in given:
            lost += visit.unserved_fen if visit.unserved_fen is not None else season.unserved_fen
    return lost
