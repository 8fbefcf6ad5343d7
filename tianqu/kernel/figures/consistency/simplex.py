"""An exact simplex over spans: whether rows can hold together, and if not, by which of them.

The general simplex of Dutertre and de Moura ("A fast linear-arithmetic solver for DPLL(T)", CAV 2006): every row is a
variable with bounds, statements are switched on and off without starting anew, open ends are infinitesimals, and a
row that cannot be mended is itself the certificate. All numbers are whole numbers and fractions, so that there is
nothing to round; HiGHS and other solvers in floating point are the second opinion of the tests, not the judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from heapq import heappop, heappush
from math import gcd
from typing import Final

from tianqu.base.errors import TooMany, _
from tianqu.kernel.figures.consistency.certificates import HIGH, LOW, Multiplied, Row

PIVOTS_FREE: Final = 2_000  # pivots since the last change before Bland's rule, which cannot cycle, takes over
WORK_MAX: Final = 30_000_000  # coefficients touched; about half a minute

# A bound or a value: a fraction, and how many infinitesimals beside it.
Point = tuple[Fraction, Fraction]
NONE, ONE = Fraction(0), Fraction(1)


class TooMuchWork(TooMany):
    """The rows hang together so closely that the stated work does not settle them."""


class Simplex:
    """Rows whose statements can be switched on and off. Variables of ``rows`` are numbered from 0 without gaps."""

    def __init__(self, rows: Sequence[Row], *, variables: int, hints: Sequence[Fraction], work_max: int) -> None:
        self.rows, self.variables, self.work_left = rows, variables, work_max
        self.on: set[int] = set()
        self._rows_of: dict[int, list[int]] = {}  # by statement
        self._bounding: list[list[int]] = [[] for _each in range(variables)]  # by variable: the rows that bound it
        self._variable_of: list[int] = []  # by row
        self._line: dict[int, dict[int, int]] = {}  # by basic variable: whole coefficients of the others
        self._per: dict[int, int] = {}  # by basic variable: what its line is divided by, positive
        self._used: list[set[int]] = [set() for _each in range(variables)]  # by variable: lines that it stands in
        self._value: list[Point] = [(hint, NONE) for hint in hints]
        slacks: dict[tuple[tuple[int, int], ...], int] = {}
        for number, row in enumerate(rows):
            self._rows_of.setdefault(row.statement, []).append(number)
            variable = row.terms[0][0] if len(row.terms) == 1 and row.terms[0][1] == 1 else slacks.get(row.terms)
            if variable is None:
                variable = slacks[row.terms] = self._new_slack(row.terms)
            self._variable_of.append(variable)
            self._bounding[variable].append(number)
        count = len(self._value)
        self._low: list[tuple[Point, int] | None] = [None] * count
        self._high: list[tuple[Point, int] | None] = [None] * count
        self._crossed: set[int] = set()
        self._suspects: list[int] = []

    def _new_slack(self, terms: tuple[tuple[int, int], ...]) -> int:
        slack = len(self._value)
        self._line[slack], self._per[slack] = dict(terms), 1
        for variable, _coefficient in terms:
            self._used[variable].add(slack)
        self._used.append(set())
        self._bounding.append([])
        self._value.append((sum((self._value[each][0] * by for each, by in terms), NONE), NONE))
        return slack

    def switch(self, statements: Iterable[int], *, on: bool) -> None:
        """Let the statements hold, or not."""
        touched: set[int] = set()
        for statement in statements:
            (self.on.add if on else self.on.discard)(statement)
            touched |= {self._variable_of[row] for row in self._rows_of.get(statement, ())}
        for variable in sorted(touched):
            self._bound(variable)

    def _bound(self, variable: int) -> None:
        """Set a variable's bounds to the tightest that are on, and move it between them if it is free to be moved."""
        low = high = None
        for number in self._bounding[variable]:
            row = self.rows[number]
            if row.statement not in self.on:
                continue
            if row.span.low is not None:
                point = (row.span.low, ONE if row.span.low_open else NONE)
                low = (point, number) if low is None or point > low[0] else low
            if row.span.high is not None:
                point = (row.span.high, -ONE if row.span.high_open else NONE)
                high = (point, number) if high is None or point < high[0] else high
        self._low[variable], self._high[variable] = low, high
        self._crossed.discard(variable)
        if low is not None and high is not None and low[0] > high[0]:
            self._crossed.add(variable)
        elif variable in self._line:
            heappush(self._suspects, variable)
        elif low is not None and self._value[variable] < low[0]:
            self._move(variable, low[0])
        elif high is not None and self._value[variable] > high[0]:
            self._move(variable, high[0])

    def _move(self, variable: int, to: Point) -> None:
        """Move a variable that is not basic, and with it those that depend on it."""
        before = self._value[variable]
        by, tiny = to[0] - before[0], to[1] - before[1]
        self._value[variable] = to
        for basic in self._used[variable]:
            self._shift(basic, Fraction(self._line[basic][variable], self._per[basic]), by, tiny)
            heappush(self._suspects, basic)
        self._work(len(self._used[variable]))

    def _shift(self, basic: int, factor: Fraction, by: Fraction, tiny: Fraction) -> None:
        real, beside = self._value[basic]
        self._value[basic] = (real + factor * by if by else real, beside + factor * tiny if tiny else beside)

    def _work(self, touched: int) -> None:
        # Only counted here, so that work that runs out never leaves the lines half changed.
        self.work_left -= touched + 1

    def conflict(self) -> tuple[Multiplied, ...] | None:
        """Return None if all that is on can hold together, else lines that prove that it cannot.

        Raises ``TooMuchWork``.
        """
        for variable in sorted(self._crossed):
            low, high = self._low[variable], self._high[variable]
            assert low is not None and high is not None
            return Multiplied(low[1], LOW, ONE), Multiplied(high[1], HIGH, ONE)
        pivots = 0
        while self._suspects:
            if self.work_left < 0:
                raise TooMuchWork(
                    _("The figures hang together so closely that they could not be settled within the stated work."),
                    remedy=_("Check fewer figures at once."),
                )
            basic = heappop(self._suspects)
            if basic not in self._line:
                continue
            low, high, value = self._low[basic], self._high[basic], self._value[basic]
            if low is not None and value < low[0]:
                target, up = low[0], True
            elif high is not None and value > high[0]:
                target, up = high[0], False
            else:
                continue
            entering = self._entering(basic, up=up, fewest=pivots < PIVOTS_FREE)
            if entering is None:
                heappush(self._suspects, basic)
                return self._explained(basic, up=up)
            self._pivot(target, leaving=basic, entering=entering)
            pivots += 1
        return None

    def _entering(self, basic: int, *, up: bool, fewest: bool) -> int | None:
        """Choose the variable that can still move ``basic`` up or down: of the fewest lines, or of the lowest
        number.
        """
        best, best_key = None, (0, 0)
        for variable, coefficient in self._line[basic].items():
            bound = self._high[variable] if (coefficient > 0) == up else self._low[variable]
            if bound is not None and bound[0] == self._value[variable]:
                continue
            key = (len(self._used[variable]) if fewest else 0, variable)
            if best is None or key < best_key:
                best, best_key = variable, key
        self._work(len(self._line[basic]))
        return best

    def _explained(self, basic: int, *, up: bool) -> tuple[Multiplied, ...]:
        own = self._low[basic] if up else self._high[basic]
        assert own is not None
        lines = [Multiplied(own[1], LOW if up else HIGH, Fraction(self._per[basic]))]
        for variable, coefficient in self._line[basic].items():
            at_high = (coefficient > 0) == up
            bound = self._high[variable] if at_high else self._low[variable]
            assert bound is not None
            lines.append(Multiplied(bound[1], HIGH if at_high else LOW, Fraction(abs(coefficient))))
        return tuple(lines)

    def _pivot(self, target: Point, *, leaving: int, entering: int) -> None:
        """Exchange two variables, so that the leaving one stands at ``target``."""
        line, per = self._line.pop(leaving), self._per.pop(leaving)
        factor = Fraction(per, line[entering])
        real, beside = self._value[leaving]
        by, tiny = factor * (target[0] - real), factor * (target[1] - beside)
        self._value[leaving] = target
        self._value[entering] = (self._value[entering][0] + by, self._value[entering][1] + tiny)
        for variable in line:
            self._used[variable].discard(leaving)
        pivot = line.pop(entering)
        sign = 1 if pivot > 0 else -1
        solved = {variable: -sign * coefficient for variable, coefficient in line.items()}
        solved[leaving] = sign * per
        dependent = self._used[entering]
        self._used[entering] = set()
        for basic in dependent:
            self._shift(basic, Fraction(self._line[basic][entering], self._per[basic]), by, tiny)
            self._put_in(solved, per=abs(pivot), entering=entering, basic=basic)
            heappush(self._suspects, basic)
        self._line[entering], self._per[entering] = solved, abs(pivot)
        for variable in solved:
            self._used[variable].add(entering)
        heappush(self._suspects, entering)

    def _put_in(self, solved: dict[int, int], *, per: int, entering: int, basic: int) -> None:
        """Put ``entering`` = ``solved`` / ``per`` into the line of ``basic``."""
        line = self._line[basic]
        times = line.pop(entering)
        shared = gcd(times, per)
        times, whole = times // shared, per // shared
        if whole != 1:
            for variable in line:
                line[variable] *= whole
            self._per[basic] *= whole
        for variable, coefficient in solved.items():
            new = line.get(variable, 0) + times * coefficient
            if new:
                line[variable] = new
                self._used[variable].add(basic)
            else:
                del line[variable]
                self._used[variable].discard(basic)
        divisor = gcd(self._per[basic], *line.values())
        if divisor != 1:
            self._per[basic] //= divisor
            for variable in line:
                line[variable] //= divisor
        self._work(len(line) + len(solved))

    def witness(self) -> dict[int, Fraction]:
        """Return a value for each variable of the rows that are on. Only after ``conflict`` has found none."""
        tiny = ONE
        for variable, (real, beside) in enumerate(self._value):
            for bound, towards in ((self._low[variable], -1), (self._high[variable], 1)):
                if bound is not None and bound[0][0] != real and beside * towards > 0:
                    tiny = min(tiny, abs((bound[0][0] - real) / beside) / 2)
        return {each: self._value[each][0] + self._value[each][1] * tiny for each in range(self.variables)}
