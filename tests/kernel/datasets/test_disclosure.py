"""Attacks on suppressed cells: by linear programming, and by trying every table there is."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tests.kernel.datasets.office import Office
from tianqu.base.errors import InvalidInput, NotPermitted, TooLarge
from tianqu.kernel.datasets import api
from tianqu.kernel.datasets.disclosure import ALL, Cube, protected_cube
from tianqu.kernel.journal.api import ANYBODY


def attacked(cube: Cube) -> dict[Any, tuple[float, float]]:
    """For each suppressed cell the least and the greatest number that agree with everything that is told."""
    inner = [key for key in cube.counts if ALL not in key]
    rows, told = [], []
    for cell, count in cube.counts.items():
        if cell not in cube.suppressed:
            rows.append(held(cell, inner))
            told.append(count)
    found = {}
    for cell in cube.suppressed:
        cost = np.array(held(cell, inner), dtype=float)
        ends = []
        for sign in (1, -1):
            result = linprog(sign * cost, A_eq=rows or None, b_eq=told or None, bounds=(0, 10_000))
            ends.append(sign * result.fun)
        found[cell] = (ends[0], ends[1])
    return found


def held(cell: Any, inner: list[Any]) -> list[int]:
    return [int(all(c is ALL or c == k for c, k in zip(cell, key, strict=True))) for key in inner]


def check(cube: Cube, least: int) -> None:
    for cell, count in cube.counts.items():
        assert count >= least or cell in cube.suppressed
    for cell, (low, high) in attacked(cube).items():
        assert low - 1e-6 <= cube.counts[cell] <= high + 1e-6
        assert high - low >= least - 1 - 1e-6, (cell, low, high)


def table(values: list[int], shape: tuple[int, ...]) -> dict[Any, int]:
    return dict(zip(product(*(range(size) for size in shape)), values, strict=False))


@settings(max_examples=10)
@given(data=st.data(), least=st.integers(3, 12), shape=st.sampled_from([(4,), (3, 3), (2, 2, 3), (2, 2, 2, 2)]))
def test_no_suppressed_cell_can_be_narrowed_down(data: st.DataObject, least: int, shape: tuple[int, ...]) -> None:
    size = int(np.prod(shape))
    count = st.one_of(st.just(0), st.integers(0, 4), st.integers(0, 60))
    check(protected_cube(table(data.draw(st.lists(count, min_size=size, max_size=size)), shape), least=least), least)


def test_by_trying_every_table() -> None:
    """With whole numbers, which an attacker would use: each suppressed cell still takes as many values as promised."""
    least = 3
    cube = protected_cube(table([1, 8, 6, 4, 7, 9], (2, 3)), least=least)
    inner = [key for key in cube.counts if ALL not in key]
    hidden = [key for key in inner if key in cube.suppressed]
    possible: dict[Any, set[int]] = {key: set() for key in cube.suppressed}
    for values in product(range(13), repeat=len(hidden)):
        guess = {key: cube.counts[key] for key in inner} | dict(zip(hidden, values, strict=True))
        sums = {cell: sum(guess[key] for key in inner if held(cell, [key])[0]) for cell in cube.counts}
        if all(sums[cell] == count for cell, count in cube.counts.items() if cell not in cube.suppressed):
            for cell in cube.suppressed:
                possible[cell].add(sums[cell])
    assert cube.suppressed and all(len(values) >= least for values in possible.values())


def test_nothing_is_suppressed_without_need() -> None:
    assert not protected_cube(table([10, 20, 30, 40], (2, 2)), least=10).suppressed
    assert len(protected_cube(table([3, 20, 30, 40, 50, 60, 70, 80, 90], (3, 3)), least=10).suppressed) == 4


def test_one_small_cell_alone_takes_its_margins_along() -> None:
    cube = protected_cube({("a", "x"): 3, ("b", "y"): 50}, least=10)
    check(cube, 10)
    assert ("a", ALL) in cube.suppressed and (ALL, "x") in cube.suppressed


def test_a_cube_has_a_limit() -> None:
    with pytest.raises(TooLarge):
        protected_cube({(n, n % 7): 20 for n in range(5_000)}, least=10)


CASES = (("德城区", "a", 12), ("德城区", "b", 3), ("陵城区", "a", 20), ("陵城区", "b", 15))
ROWS = "县市区,类别,姓名\n" + "".join(f"{county},{kind},张三\n" * count for county, kind, count in CASES)
SCHEMA = api.Schema(
    (
        api.Column("county", "text", "县市区"),
        api.Column("kind", "text", "类别"),
        api.Column("name", "text", "姓名", personal=True, closed=True),
    )
)


def test_everybody_reads_cells_and_no_rows(office: Office) -> None:
    dataset = office.published(ROWS, schema=SCHEMA, access="cells", cells=("county", "kind"), cell_least=10)
    page = api.cells_page(ANYBODY, dataset, api.Question(group=("county", "kind")))
    assert page.names == ("county", "kind", "cases")
    assert {row[:2]: row[2] for row in page.rows}[("德城区", "b")] is None
    assert api.cells_page(ANYBODY, dataset, api.Question()).rows == ((50,),)
    one = api.cells_page(ANYBODY, dataset, api.Question(conditions=(api.Condition("kind", "eq", ("a",)),)))
    assert one.names == ("kind", "cases") and len(one.rows) == 1
    with pytest.raises(NotPermitted):
        api.open_version(ANYBODY, dataset)
    with pytest.raises(InvalidInput):
        api.cells_page(ANYBODY, dataset, api.Question(group=("name",)))


def test_cells_are_paged(office: Office) -> None:
    dataset = office.published(ROWS, schema=SCHEMA, access="cells", cells=("county", "kind"))
    first = api.cells_page(ANYBODY, dataset, api.Question(group=("county", "kind"), limit=3))
    assert len(first.rows) == 3 and first.after
    rest = api.cells_page(ANYBODY, dataset, api.Question(group=("county", "kind"), limit=3, after=first.after))
    assert len(rest.rows) == 1 and not rest.after and not set(first.rows) & set(rest.rows)
