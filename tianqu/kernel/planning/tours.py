"""A season's plan: which carrier goes where, and when; and the plan anew when a day or a carrier falls out.

The plan is the cheapest that keeps these laws: no visit twice; no place a second time while another that could be
served has had none, in this plan or beside it; a carrier at one place at a time, with the road in between, from its
base and back within its day, no more visits a day than it does; each show within one window of its visit; prices and
travel within the budget. What is made least is ``Cost.total``: travel + price + wishes + unserved, in fen.

The same season gives the same plan on every machine: what limits the search is CP-SAT's deterministic time, not the
clock (OR-Tools is pinned; another version may choose another plan of about the same cost). A plan is therefore kept as
a record with its cost, and is not computed again to be looked at. ``tour_faults`` checks any plan without this code.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Final

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.planning.tour_outings import COMPANIONS, Outing, Outings, outings_of
from tianqu.kernel.planning.tour_roads import Roads
from tianqu.kernel.planning.tour_terms import (
    Cost,
    Plan,
    Season,
    Show,
    Unserved,
    charge,
    check_season,
    works_given,
)

EFFORT: Final = 1.5  # of CP-SAT's deterministic time
Told = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Replan:
    """A plan anew. ``moved``: the visits whose show has another day, minute or carrier, or is gone."""

    plan: Plan
    moved: tuple[str, ...]


def season_plan(
    season: Season, *, effort: float = EFFORT, companions: int = COMPANIONS, told: Told = lambda step, share: None
) -> Plan:
    """Compute a season's plan.

    ``effort``: how long the choice may take, in CP-SAT's deterministic time (about seconds); ``companions``: with how
    many others a visit is tried on one day; ``told``: is told each step (outings, bound, choice, done) and the share of
    the work before it. Raises ``InvalidInput`` for a season that cannot be.
    """
    check_season(season)
    told("outings", 0.0)
    outings = outings_of(season, companions=companions)
    return _planned(season, outings, effort=effort, told=told)


def replanned(
    season: Season, *, plan: Sequence[Show], today: date, effort: float = EFFORT, told: Told = lambda step, share: None
) -> Replan:
    """Plan anew from ``today`` on: the shows before it stay as they are, and of the others as few are moved as can be.

    ``season`` is what holds now: with the days on which a place cannot be (``Visit.closed``) or a carrier is not there
    (``Carrier.days``). Of the plans that move the fewest shows it is the cheapest. Raises ``InvalidInput`` for a plan
    with a visit or a carrier that the season does not know.
    """
    check_season(season)
    _check_shows(season, plan)
    past = tuple(show for show in plan if show.on < today)
    before = {show.visit_id: show for show in plan if show.on >= today}
    left = _from(season, past=past, today=today)
    told("outings", 0.0)
    spots = {visit.id: visit.spot.id for visit in season.visits}
    made = _planned(
        left, outings_of(left, before=before), effort=effort, told=told, before=before,
        past_at=Counter(spots[show.visit_id] for show in past),
    )  # fmt: skip
    shows = _ordered([*past, *made.shows])
    cost = plan_cost(season, shows)
    bound = made.bound + cost.total - made.cost.total if made.proved else 0
    plan_now = replace(made, shows=shows, cost=cost, bound=bound)
    kept = {(show.visit_id, show.carrier_id, show.on, show.starts) for show in shows}
    moved = [
        name for name, show in before.items() if (show.visit_id, show.carrier_id, show.on, show.starts) not in kept
    ]  # fmt: skip
    return Replan(plan_now, tuple(sorted(moved)))


def plan_cost(season: Season, shows: Sequence[Show]) -> Cost:
    """What shows cost, in the order of their minutes, and what the visits without one count.

    Asks nothing of the laws: a plan that breaks them has its cost as well. Raises ``InvalidInput`` as ``replanned``.
    """
    _check_shows(season, shows)
    visits = {visit.id: visit for visit in season.visits}
    carriers = {carrier.id: carrier for carrier in season.carriers}
    roads, price, wishes = Roads(season), 0, 0
    outings: dict[tuple[str, date], list[Show]] = {}
    for show in shows:
        visit = visits[show.visit_id]
        price += visit.prices.get(show.carrier_id, 0)
        wishes += sum(votes for work, votes in visit.wishes.items() if work not in show.works) * season.fen_a_vote
        outings.setdefault((show.carrier_id, show.on), []).append(show)
    travel = 0
    for (carrier_id, _on), those in outings.items():
        carrier = carriers[carrier_id]
        stops = [carrier.base.id]
        those.sort(key=lambda each: (each.starts, each.visit_id))
        stops += [visits[show.visit_id].spot.id for show in those]
        way = roads.minutes(carrier)
        numbers = [roads.numbers[spot] for spot in (*stops, carrier.base.id)]
        minutes = sum(int(way[start, end]) for start, end in pairwise(numbers))
        travel += minutes * carrier.fen_a_minute
    served = {show.visit_id for show in shows}
    unserved = sum(charge(season, visit) for visit in season.visits if visit.id not in served)
    return Cost(travel=travel, price=price, wishes=wishes, unserved=unserved)


def _planned(
    season: Season,
    outings: Outings,
    *,
    effort: float,
    told: Told,
    before: Mapping[str, Show] | None = None,
    past_at: Mapping[str, int] | None = None,
) -> Plan:
    from tianqu.kernel.planning.tour_choice import choose  # only then: OR-Tools brings pandas, which takes time

    done_at = Counter(season.served)
    done_at.update(past_at or {})
    chosen = choose(outings, effort=effort, before=frozenset(before or ()), done_at=done_at, told=told)
    shows: list[Show] = []
    for outing, day in _apart(outings, chosen.outings, before=frozenset(before or ())):
        on, carrier = outings.days[day], season.carriers[outing.carrier]
        for number, starts in zip(outing.order, outings.desk.starts_on(outing, on), strict=True):
            visit = season.visits[number]
            works = works_given(season, visit=visit, carrier=carrier)
            shows.append(Show(visit.id, carrier.id, on, starts, works))
    ordered = _ordered(shows)
    left = {visit.id for visit in season.visits} - {show.visit_id for show in ordered}
    cost = plan_cost(season, ordered)
    told("done", 1.0)
    why = _Reasons(season, outings, cost=cost, left=left, done_at=done_at)
    return Plan(
        shows=ordered, cost=cost, bound=chosen.bound, proved=chosen.proved, complete=outings.complete,
        outings=len(outings.found), unserved=tuple(Unserved(name, why.of(name)) for name in sorted(left)),
    )  # fmt: skip


def _apart(
    outings: Outings, chosen: Sequence[tuple[Outing, int]], *, before: frozenset[str]
) -> list[tuple[Outing, int]]:
    """Give outings another day of theirs where two would be at one place at the same time, and one can.

    It costs nothing: an outing costs the same on each of its days. What had a show before stays where it is.
    """
    visits, found = outings.season.visits, list(chosen)

    def stays(outing: Outing, day: int) -> list[tuple[str, int, int]]:
        starts = outings.desk.starts_on(outing, outings.days[day])
        return [
            (visits[number].spot.id, begins, begins + visits[number].minutes)
            for number, begins in zip(outing.order, starts, strict=True)
        ]

    there: dict[int, list[tuple[int, str, int, int]]] = defaultdict(list)
    for outing, day in found:
        there[day] += [(outing.carrier, *stay) for stay in stays(outing, day)]

    def meets(outing: Outing, day: int) -> bool:
        return any(
            carrier != outing.carrier and at == spot and since < end and begin < until
            for spot, begin, end in stays(outing, day) for carrier, at, since, until in there[day]
        )  # fmt: skip

    where = {(outing.carrier, day): index for index, (outing, day) in enumerate(found)}

    def bound(outing: Outing) -> bool:
        return bool(before.intersection(visits[number].id for number in outing.order))

    def put(index: int, *, day: int) -> None:
        outing = found[index][0]
        found[index], where[outing.carrier, day] = (outing, day), index
        there[day] = [each for each in there[day] if each[0] != outing.carrier]
        there[day] += [(outing.carrier, *stay) for stay in stays(outing, day)]

    for index in range(len(found)):
        outing, day = found[index]
        if bound(outing) or not meets(outing, day):
            continue
        for other in range(len(outings.days)):
            partner = where.get((outing.carrier, other))  # the carrier's own outing of that day changes places with it
            if other == day or not outing.days >> other & 1 or meets(outing, other):
                continue
            if partner is None:
                there[day] = [each for each in there[day] if each[0] != outing.carrier]
                del where[outing.carrier, day]
            elif bound(found[partner][0]) or not found[partner][0].days >> day & 1 or meets(found[partner][0], day):
                continue
            else:
                put(partner, day=day)
            put(index, day=other)
            break
    return found


def _from(season: Season, *, past: Sequence[Show], today: date) -> Season:
    """The season that is left: without the visits that took place, and with what is left of days and money."""
    done = {show.visit_id for show in past}
    nobody_else = replace(season, visits=tuple(visit for visit in season.visits if visit.id in done))
    spent = plan_cost(nobody_else, past).paid
    carriers = tuple(
        replace(carrier, days=frozenset(day for day in carrier.days if day >= today)) for carrier in season.carriers
    )
    visits = tuple(visit for visit in season.visits if visit.id not in done)
    return replace(season, visits=visits, carriers=carriers, budget_fen=max(0, season.budget_fen - spent))


def _check_shows(season: Season, shows: Sequence[Show]) -> None:
    visits, carriers = {visit.id for visit in season.visits}, {carrier.id for carrier in season.carriers}
    for show in shows:
        if show.visit_id not in visits:
            raise InvalidInput(
                _("The season has no visit %(value)s."), field="visit_id", value=show.visit_id,
                remedy=_("Name a visit of this season."),
            )  # fmt: skip
        if show.carrier_id not in carriers:
            raise InvalidInput(
                _("Nobody called %(value)s travels in this season."), field="carrier_id", value=show.carrier_id,
                remedy=_("Name somebody who travels in this season."),
            )  # fmt: skip


def _ordered(shows: Sequence[Show]) -> tuple[Show, ...]:
    return tuple(sorted(shows, key=lambda show: (show.on, show.carrier_id, show.starts, show.visit_id)))


class _Reasons:
    """Why a visit has no show, found after the choice: the first of these that holds."""

    def __init__(
        self, season: Season, outings: Outings, *, cost: Cost, left: set[str], done_at: Mapping[str, int]
    ) -> None:
        self.season = season
        self.visits = {visit.id: (number, visit) for number, visit in enumerate(season.visits)}
        self.alone: dict[int, tuple[int, int]] = {}
        for outing in outings.found:
            if len(outing.order) == 1:
                number = outing.order[0]
                least = self.alone.get(number, (outing.cost, outing.paid))
                self.alone[number] = (min(least[0], outing.cost), min(least[1], outing.paid))
        self.money = season.budget_fen - cost.paid
        served_at = {visit.spot.id for visit in season.visits if visit.id not in left}
        served_at |= {spot for spot, done in done_at.items() if done}
        self.served_at = served_at
        self.round_open = season.once_first and any(
            visit.spot.id not in served_at and number in self.alone for number, visit in enumerate(season.visits)
        )

    def of(self, name: str) -> str:
        """The reason of one visit."""
        number, visit = self.visits[name]
        if not any(carrier.id in visit.prices for carrier in self.season.carriers):
            return "no_carrier"
        if number not in self.alone:
            return "no_day"
        if visit.spot.id in self.served_at and self.round_open:
            return "once_first"
        cost, paid = self.alone[number]
        if cost > charge(self.season, visit):
            return "dearer"
        return "budget" if paid > self.money else "full"
