"""The exact simplex and the smallest conflicts, against Fourier and Motzkin's elimination, HiGHS and brute force."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tianqu.kernel.figures.consistency.certificates import Multiplied, Row, fits, proves
from tianqu.kernel.figures.consistency.conflicts import smallest_conflict, smallest_hitting
from tianqu.kernel.figures.consistency.simplex import Simplex
from tianqu.kernel.figures.consistency.spans import Span

F = Fraction
VARIABLES = 3
Inequality = tuple[tuple[F, ...], F, bool]  # coefficients · x ≤ bound, or <


def inequalities(rows: Sequence[Row]) -> list[Inequality]:
    found: list[Inequality] = []
    for row in rows:
        by = dict(row.terms)
        terms = tuple(F(by.get(variable, 0)) for variable in range(VARIABLES))
        if row.span.high is not None:
            found.append((terms, row.span.high, row.span.high_open))
        if row.span.low is not None:
            found.append((tuple(-each for each in terms), -row.span.low, row.span.low_open))
    return found


def eliminated(system: list[Inequality]) -> bool:
    """Say by Fourier and Motzkin's elimination whether inequalities can hold together."""
    for variable in range(VARIABLES):
        above = [each for each in system if each[0][variable] > 0]
        below = [each for each in system if each[0][variable] < 0]
        system = [each for each in system if each[0][variable] == 0]
        for high in above:
            for low in below:
                one, two = -low[0][variable], high[0][variable]
                terms = tuple(one * a + two * b for a, b in zip(high[0], low[0], strict=True))
                system.append((terms, one * high[1] + two * low[1], high[2] or low[2]))
        system = list(dict.fromkeys(system))
    return all(bound > 0 or (bound == 0 and not strict) for _terms, bound, strict in system)


def added_up(rows: Sequence[Row], lines: Sequence[Multiplied]) -> bool:
    """A verifier of certificates that shares no line with the one of the checker."""
    total, strict = [F(0)] * VARIABLES, False
    bound = F(0)
    for line in lines:
        assert line.by > 0
        by = line.by if line.side == "high" else -line.by
        for variable, coefficient in rows[line.row].terms:
            total[variable] += by * coefficient
        end = rows[line.row].span.high if line.side == "high" else rows[line.row].span.low
        assert end is not None
        bound += by * end
        strict |= rows[line.row].span.high_open if line.side == "high" else rows[line.row].span.low_open
    return not any(total) and (bound < 0 or (strict and bound == 0))


@st.composite
def spans(draw: st.DrawFn, *, opened: bool) -> Span:
    low = draw(st.none() | st.integers(-4, 4).map(F))
    high = draw(st.none() | st.integers(0, 4).map(lambda wide: (low or F(0)) + F(wide, 2)))
    flags = st.booleans() if opened else st.just(False)
    span = Span(low, high, draw(flags), draw(flags))
    return Span(low, high) if span.empty else span


@st.composite
def systems(draw: st.DrawFn, *, opened: bool = True, statements: int = 7) -> list[Row]:
    rows = []
    for statement in range(draw(st.integers(2, statements))):
        for _each in range(draw(st.integers(1, 2))):
            names = draw(st.lists(st.integers(0, VARIABLES - 1), min_size=1, max_size=VARIABLES, unique=True))
            terms = tuple((name, draw(st.sampled_from([1, 1, 1, -1, -1, 2, -3]))) for name in sorted(names))
            rows.append(Row(statement, terms, draw(spans(opened=opened))))
    return rows


def simplex_of(rows: Sequence[Row], statements: set[int] | None = None) -> Simplex:
    made = Simplex(rows, variables=VARIABLES, hints=[F(0)] * VARIABLES, work_max=10**6)
    made.switch({row.statement for row in rows} if statements is None else statements, on=True)
    return made


@settings(max_examples=150)
@given(systems())
def test_the_verdict_is_that_of_elimination_and_is_proved(rows: list[Row]) -> None:
    simplex = simplex_of(rows)
    lines = simplex.conflict()
    assert (lines is None) == eliminated(inequalities(rows))
    if lines is None:
        assert fits(rows, simplex.witness())
    else:
        assert proves(rows, lines) and added_up(rows, lines)


@settings(max_examples=60)
@given(systems(), st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=12))
def test_switching_statements_leaves_no_trace(rows: list[Row], switches: list[tuple[int, bool]]) -> None:
    simplex = simplex_of(rows)
    on = {row.statement for row in rows}
    for statement, up in switches:
        simplex.conflict()
        simplex.switch([statement], on=up)
        on = on | {statement} if up else on - {statement}
    lines = simplex.conflict()
    kept = [row for row in rows if row.statement in on]
    assert (lines is None) == eliminated(inequalities(kept))
    assert fits(kept, simplex.witness()) if lines is None else added_up(rows, lines)


@settings(max_examples=60)
@given(systems(opened=False))
def test_highs_says_the_same_of_closed_spans(rows: list[Row]) -> None:
    system = inequalities(rows)
    ours = simplex_of(rows).conflict() is None
    if not system:
        assert ours
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = linprog(
            numpy.zeros(VARIABLES), A_ub=numpy.array([[float(each) for each in terms] for terms, *_rest in system]),
            b_ub=numpy.array([float(bound) for _terms, bound, _strict in system]), bounds=(None, None), method="highs",
        )  # fmt: skip
    assert told.status in (0, 2)
    assert ours == (told.status == 0)


@settings(max_examples=150)
@given(systems())
def test_no_smaller_set_is_in_conflict(rows: list[Row]) -> None:
    simplex = simplex_of(rows)
    lines = simplex.conflict()
    if lines is None:
        return
    found = smallest_conflict(simplex, lines)
    assert found.smallest
    assert added_up(rows, found.lines)
    assert {rows[line.row].statement for line in found.lines} == set(found.statements)
    statements = sorted({row.statement for row in rows})
    for size in range(len(found.statements)):
        for some in combinations(statements, size):
            assert eliminated(inequalities([row for row in rows if row.statement in some]))


@given(st.lists(st.frozensets(st.integers(0, 7), min_size=1, max_size=4), max_size=8))
def test_hitting_sets_are_the_smallest(sets: list[frozenset[int]]) -> None:
    hitting = smallest_hitting(sets, least=0, below=9)
    assert hitting is not None
    assert all(each & hitting for each in sets)
    for some in combinations(range(8), max(0, len(hitting) - 1)):
        assert len(hitting) == 0 or not all(each & set(some) for each in sets)


def test_a_certificate_with_a_changed_number_proves_nothing() -> None:
    rows = [
        Row(0, ((0, 1),), Span(F(3), None)),
        Row(1, ((0, 1), (1, -2)), Span(None, F(0))),
        Row(2, ((1, 1),), Span(None, F(1))),
    ]
    lines = simplex_of(rows).conflict()
    assert lines is not None and proves(rows, lines)
    for index, line in enumerate(lines):
        for by in (line.by * 2, -line.by, F(0)):
            changed = [*lines[:index], Multiplied(line.row, line.side, by), *lines[index + 1 :]]
            assert not proves(rows, changed)
    assert not proves(rows, [])
    assert not proves(rows, [Multiplied(9, "low", F(1))])
