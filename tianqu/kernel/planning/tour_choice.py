"""The choice of outings: a linear program that bounds it and finds what matters, then whole outings by CP-SAT.

The program is a set packing (each visit in one outing or unserved) with the budget, the law of the first round, and
Hall's condition (P. Hall, "On representatives of subsets", J. London Math. Soc. 10, 1935): of the outings of a carrier
that fit into a set of days only, there may be no more than it has such days. Those rows are added where a solution
breaks them. Outings whose reduced cost shows that they cannot be in a cheaper plan are left to the side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import numpy
from numpy.typing import NDArray
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, csr_matrix, hstack, identity, vstack

from tianqu.kernel.planning.tour_outings import Outing, Outings
from tianqu.kernel.planning.tour_terms import charge

SEED: Final = 20_260_101
ROUNDS_MAX: Final = 60  # of the linear program
PRICED_MAX: Final = 3_000  # outings that join the linear program in one round
CHOSEN_MAX: Final = 5_000  # outings that CP-SAT chooses among
REPAIRS_MAX: Final = 40  # times that days are found to be too few for whole outings
SLACK: Final = 2.0  # fen by which the linear program may be wrong, beside a share of all that it adds up
SLACK_SHARE: Final = 1e-9
Told = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Crowd:
    """A set of days (bits) of a carrier, and how many outings fit into them."""

    carrier: int
    days: int
    most: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The outings of a plan with the bit of the day of each, and what is known of how good they are."""

    outings: tuple[tuple[Outing, int], ...]
    bound: int
    proved: bool


def choose(
    outings: Outings, *, effort: float, before: frozenset[str] = frozenset(), done_at: Mapping[str, int], told: Told
) -> Chosen:
    """Choose the outings that move the fewest shows, and of those the cheapest.

    ``effort``: CP-SAT's deterministic time, which does not depend on the machine; ``before``: the visits that had a
    show; ``done_at``: how many shows each spot has had already.
    """
    problem = Problem(outings, before=before, done_at=done_at)
    if not problem.columns:
        return Chosen((), problem.plain(sum(problem.left)), proved=True)
    told("bound", 0.3)
    bound, reduced = problem.relaxed()
    told("choice", 0.6)
    order = numpy.argsort(reduced, kind="stable")[:CHOSEN_MAX]
    picked, cost, optimal = problem.whole(sorted(order.tolist()), effort=effort)
    left = float(reduced[order[-1]]) if len(order) < len(reduced) else float("inf")
    lowest = max(0, ceil(bound - problem.slack))
    proved = optimal and (cost <= lowest or left > cost - lowest)
    pairs = tuple((problem.columns[number], day) for number, day in picked)
    return Chosen(pairs, problem.plain(cost) if proved else lowest * (not before), proved)


class Problem:
    """One choice: its columns (outings), rows, and the crowds found so far."""

    def __init__(self, outings: Outings, *, before: frozenset[str], done_at: Mapping[str, int]) -> None:
        self.season, self.desk, self.columns = outings.season, outings.desk, outings.found
        self.count = len(self.season.visits)
        visits = self.season.visits
        left = [charge(self.season, visit) for visit in visits]
        self.weight = 1 + sum(left) + sum(self._dearest()) if before else 0
        self.costs = numpy.array([each.cost + self.weight * each.moved for each in self.columns], dtype=numpy.float64)
        self.left = [cost + self.weight * (visit.id in before) for visit, cost in zip(visits, left, strict=True)]
        self.slack = SLACK + SLACK_SHARE * sum(self.left)
        self.paid = numpy.array([each.paid for each in self.columns], dtype=numpy.float64)
        self.carriers = numpy.array([each.carrier for each in self.columns], dtype=numpy.int64)
        lowest = [(each.days & -each.days).bit_length() - 1 for each in self.columns]
        self.first = numpy.array(lowest, dtype=numpy.int64)
        self.last = numpy.array([each.days.bit_length() - 1 for each in self.columns], dtype=numpy.int64)
        self.cover = self._cover()
        self.places = self._places(done_at)
        self.crowds: list[Crowd] = []
        self._crowd_rows: list[csr_matrix] = []

    def plain(self, cost: int) -> int:
        """A cost without the weight of moves."""
        return cost % self.weight if self.weight else cost

    def _dearest(self) -> list[int]:
        dearest = [0] * self.count
        for each in self.columns:
            for visit in each.order:
                dearest[visit] = max(dearest[visit], each.cost)
        return dearest

    def _cover(self) -> csc_matrix:
        rows = [visit for each in self.columns for visit in each.order]
        starts = numpy.cumsum([0] + [len(each.order) for each in self.columns])
        return csc_matrix((numpy.ones(len(rows)), rows, starts), shape=(self.count, len(self.columns)))

    def _places(self, done_at: Mapping[str, int]) -> list[tuple[list[int], int]]:
        """The visits of each place that can be served, with how often it has been; none where no law binds them."""
        servable = {visit for each in self.columns for visit in each.order}
        found: dict[str, list[int]] = defaultdict(list)
        for number, visit in enumerate(self.season.visits):
            if number in servable:
                found[visit.spot.id].append(number)
        places = [(numbers, done_at.get(spot, 0)) for spot, numbers in sorted(found.items())]
        again = any(len(numbers) + min(done, 1) > 1 for numbers, done in places)
        return places if self.season.once_first and again else []

    # ---- the linear program ----

    def relaxed(self) -> tuple[float, NDArray[numpy.float64]]:
        """Return a bound below every plan, and the reduced cost of each outing."""
        sizes = numpy.diff(self.cover.indptr)
        active = sizes == 1
        best = (float("-inf"), self.costs)
        for _round in range(ROUNDS_MAX):
            solved = self._solve(numpy.flatnonzero(active))
            reduced = self._reduced(solved)
            bound = solved.fun + self._shortfall(reduced, sizes=sizes)
            best = max(best, (bound, reduced), key=lambda pair: pair[0])
            wanted = numpy.flatnonzero((reduced < -1e-3) & ~active)
            if len(wanted):
                active[wanted[numpy.argsort(reduced[wanted], kind="stable")[:PRICED_MAX]]] = True
            elif not self._crowded(numpy.flatnonzero(active), solved.x):
                break
        return best

    def _solve(self, active: NDArray[numpy.int64]) -> Any:
        """Solve over some outings; behind them stand the unserved visits, and whether the first round is complete."""
        n, m = self.count, len(active)
        equal = hstack([self.cover[:, active], identity(n), csr_matrix((n, 1))], format="csr")
        rows = [hstack([csr_matrix(self.paid[active]), csr_matrix((1, n + 1))])]
        limits = [float(self.season.budget_fen)]
        for crowd, row in zip(self.crowds, self._crowd_rows, strict=True):
            rows.append(hstack([row[:, active], csr_matrix((1, n + 1))]))
            limits.append(crowd.most)
        for unserved, round_done, most in self._round_rows():
            row = numpy.zeros(n + 1)
            row[list(unserved)], row[n] = list(unserved.values()), round_done
            rows.append(hstack([csr_matrix((1, m)), csr_matrix(row)]))
            limits.append(most)
        costs = numpy.concatenate([self.costs[active], self.left, [0.0]])
        bounds = [(0, None)] * m + [(0, 1)] * (n + 1)
        solved = linprog(
            costs, A_ub=vstack(rows, format="csr"), b_ub=limits, A_eq=equal, b_eq=numpy.ones(n), bounds=bounds,
            method="highs",
        )  # fmt: skip
        assert solved.status == 0, f"leaving every visit unserved is a solution: {solved.message}"
        return solved

    def _round_rows(self) -> list[tuple[dict[int, int], int, int]]:
        """The law of the first round as rows: factors of unserved visits, of a complete first round, and the limit."""
        rows = []
        for numbers, done in self.places:
            if not done:  # complete means that one of its visits is served
                rows.append((dict.fromkeys(numbers, 1), 1, len(numbers)))
            more = max(0, 1 - done)
            if len(numbers) > more:  # no more than the first while it is not complete
                rows.append((dict.fromkeys(numbers, -1), -len(numbers), more - len(numbers)))
        return rows

    def _reduced(self, solved: Any) -> NDArray[numpy.float64]:
        reduced = self.costs - self.cover.T @ solved.eqlin.marginals - self.paid * solved.ineqlin.marginals[0]
        for row, dual in zip(self._crowd_rows, solved.ineqlin.marginals[1:], strict=False):
            if dual:
                reduced = reduced - row.toarray()[0] * dual
        return numpy.asarray(reduced)

    def _shortfall(self, reduced: NDArray[numpy.float64], *, sizes: NDArray[numpy.int64]) -> float:
        """What outings that are not in the program yet could at most take off: each visit is in one of them."""
        shares = numpy.minimum(reduced / sizes, 0.0)
        lowest = numpy.zeros(self.count)
        numpy.minimum.at(lowest, self.cover.indices, numpy.repeat(shares, sizes))
        return float(lowest.sum())

    def _crowded(self, active: NDArray[numpy.int64], amounts: NDArray[numpy.float64]) -> bool:
        """Add the fullest run of days of each carrier that is fuller than it can be; say whether there was one."""
        length, added = len(self.desk.days), False
        used = active[amounts[: len(active)] > 1e-9]
        for carrier, free in enumerate(self.desk.free):
            own = used[self.carriers[used] == carrier]
            filled = numpy.zeros((length, length))
            at = numpy.searchsorted(active, own)
            numpy.add.at(filled, (self.first[own], self.last[own]), amounts[at])
            within = numpy.cumsum(
                numpy.cumsum(filled[::-1], axis=0)[::-1], axis=1
            )  # from the row's to the column's day
            days = numpy.cumsum([free >> day & 1 for day in range(length)])
            room = days[None, :] - numpy.concatenate([[0], days[:-1]])[:, None]
            over = numpy.triu(within - room)
            worst = int(numpy.argmax(over))
            if over.flat[worst] > 1e-6:
                begin, end = divmod(worst, length)
                added |= self._add_crowd(carrier, days=((1 << end + 1) - (1 << begin)) & free)
        return added

    def _add_crowd(self, carrier: int, *, days: int) -> bool:
        crowd = Crowd(carrier, days, days.bit_count())
        if crowd in self.crowds:
            return False
        inside = [
            number for number in numpy.flatnonzero(self.carriers == carrier).tolist()
            if not self.columns[number].days & ~days
        ]  # fmt: skip
        row = csr_matrix((numpy.ones(len(inside)), ([0] * len(inside), inside)), shape=(1, len(self.columns)))
        self.crowds.append(crowd)
        self._crowd_rows.append(row)
        return True

    # ---- whole outings ----

    def whole(self, numbers: Sequence[int], *, effort: float) -> tuple[list[tuple[int, int]], int, bool]:
        """Choose among some outings; return each with the bit of its day, the cost, and whether none is cheaper."""
        hint: set[int] = set()
        for _repair in range(REPAIRS_MAX):
            picked, optimal, spent = self._choose(numbers, effort=effort, hint=hint)
            effort = max(effort - spent, 0.05)
            found, crowds = self._days_of(picked)
            if not crowds:
                return found, self._cost(picked), optimal
            for crowd in crowds:
                self._add_crowd(crowd.carrier, days=crowd.days)
            hint = set(picked)
        found = self._lawful(found)
        return found, self._cost([number for number, _day in found]), False

    def _lawful(self, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Leave out second shows where a repair has left a place without its first."""
        kept, again = list(found), True
        while again:
            served = {visit for number, _day in kept for visit in self.columns[number].order}
            missing = any(not done and not served.intersection(numbers) for numbers, done in self.places)
            twice = {
                visit
                for numbers, done in self.places
                for visit in [one for one in numbers if one in served][max(0, 1 - done) :]
            }
            surplus = [pair for pair in kept if twice.intersection(self.columns[pair[0]].order)]
            again = missing and bool(surplus)
            if again:
                kept.remove(surplus[-1])
        return kept

    def _cost(self, picked: Sequence[int]) -> int:
        served = {visit for number in picked for visit in self.columns[number].order}
        moved = sum(self.columns[number].cost + self.weight * self.columns[number].moved for number in picked)
        return moved + sum(cost for visit, cost in enumerate(self.left) if visit not in served)

    def _choose(self, numbers: Sequence[int], *, effort: float, hint: set[int]) -> tuple[list[int], bool, float]:
        model = cp_model.CpModel()
        taken = {number: model.new_bool_var("") for number in numbers}
        unserved = [model.new_bool_var("") for _visit in range(self.count)]
        with_visit: dict[int, list[Any]] = defaultdict(list)
        for number, variable in taken.items():
            for visit in self.columns[number].order:
                with_visit[visit].append(variable)
        for visit in range(self.count):
            model.add_exactly_one([*with_visit[visit], unserved[visit]])
        variables = list(taken.values())  # weighted: of a product with 0 CP-SAT makes a constant it cannot add to
        paid = cp_model.LinearExpr.weighted_sum(variables, [self.columns[number].paid for number in numbers])
        model.add(paid <= self.season.budget_fen)
        complete = model.new_bool_var("")
        for factors, round_done, most in self._round_rows():
            left = [unserved[visit] for visit in factors]
            model.add(cp_model.LinearExpr.weighted_sum([*left, complete], [*factors.values(), round_done]) <= most)
        for crowd in self.crowds:
            inside = [
                taken[number] for number in numbers
                if self.columns[number].carrier == crowd.carrier and not self.columns[number].days & ~crowd.days
            ]  # fmt: skip
            if inside:
                model.add(cp_model.LinearExpr.sum(inside) <= crowd.most)
        costs = [self.columns[number].cost + self.weight * self.columns[number].moved for number in numbers]
        model.minimize(cp_model.LinearExpr.weighted_sum([*variables, *unserved], [*costs, *self.left]))
        for number in numbers if hint else ():
            model.add_hint(taken[number], number in hint)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = SEED
        solver.parameters.max_deterministic_time = effort
        status = solver.status_name(solver.solve(model))
        if status not in ("OPTIMAL", "FEASIBLE"):
            return sorted(hint), False, effort
        picked = [number for number in numbers if solver.boolean_value(taken[number])]
        return picked, status == "OPTIMAL", float(solver.response_proto.deterministic_time)

    def _days_of(self, picked: Sequence[int]) -> tuple[list[tuple[int, int]], list[Crowd]]:
        """Find a day for each outing; where a carrier has too few, also the days for which it has too many outings."""
        by_carrier: dict[int, list[int]] = defaultdict(list)
        for number in picked:
            by_carrier[self.columns[number].carrier].append(number)
        found: list[tuple[int, int]] = []
        crowds: list[Crowd] = []
        for carrier, numbers in sorted(by_carrier.items()):
            on_day: dict[int, int] = {}
            for number in sorted(numbers, key=lambda each: (self.columns[each].days.bit_count(), each)):
                tried: set[int] = set()
                if not self._day_found(number, on_day, tried):
                    days = sum(1 << day for day in tried)
                    crowds.append(Crowd(carrier, days, len(tried)))
            found += [(number, day) for day, number in sorted(on_day.items())]
        return found, crowds

    def _day_found(self, number: int, on_day: dict[int, int], tried: set[int]) -> bool:
        """Kuhn's augmenting path: give an outing a day, and those that give way another."""
        days = self.columns[number].days
        while days:
            lowest = days & -days
            day, days = lowest.bit_length() - 1, days ^ lowest
            if day in tried:
                continue
            tried.add(day)
            if day not in on_day or self._day_found(on_day[day], on_day, tried):
                on_day[day] = number
                return True
        return False
