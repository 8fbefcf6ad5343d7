"""Attacks on counts by all versions together: subtracting them, and linear programs over how the rows came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.datasets.attacking import TOGETHER, Attacker, Heard
from tests.kernel.datasets.office import Office
from tianqu.base.errors import Conflict
from tianqu.kernel.datasets import api, protecting
from tianqu.kernel.datasets.disclosure import ALL, Cube, protected_cube
from tianqu.kernel.journal.api import ANYBODY

Counts = Mapping[tuple[Any, ...], int]
LEAST = 10


def published(tables: Sequence[Counts], *, least: int = LEAST, alone: bool = False) -> list[Cube]:
    """Protect one version after the other; ``alone``: each as if there were no other."""
    cubes: list[Cube] = []
    for table in tables:
        cubes.append(protected_cube(table, least=least, before=() if alone else cubes))
    return cubes


def heard(cube: Cube) -> Heard:
    return Heard({
        tuple(TOGETHER if value is ALL else value for value in key): None if key in cube.suppressed else count
        for key, count in cube.counts.items()
    })  # fmt: skip


def attacked(cubes: Sequence[Cube], tables: Sequence[Counts], *, least: int = LEAST) -> list[str]:
    came = [step(before, now) for before, now in pairwise(tables)]
    return Attacker([heard(cube) for cube in cubes], came=came).successes(least, tables)


def step(before: Counts, now: Counts) -> str:
    changes = [now.get(key, 0) - before.get(key, 0) for key in {*before, *now}]
    if not any(changes):
        return "same"
    return "more" if min(changes) >= 0 else "less" if max(changes) <= 0 else ""


def test_the_attacker_is_one() -> None:
    """Versions that are protected each by itself tell who came, and what was hidden."""
    one_came: list[Counts] = [{("a",): 40, ("b",): 30}, {("a",): 41, ("b",): 30}]
    assert any("change" in each for each in attacked(published(one_came, alone=True), one_came))
    squeezed: list[Counts] = [{("a",): 3, ("b",): 12}, {("a",): 10, ("b",): 12}]
    assert any("in 0" in each for each in attacked(published(squeezed, alone=True), squeezed))


@pytest.mark.parametrize("tables", [
    [{("a",): 40, ("b",): 30}, {("a",): 41, ("b",): 30}],
    [{("a",): 3, ("b",): 12}, {("a",): 10, ("b",): 12}],
    [{("a",): 3, ("b",): 12}, {("a",): 3, ("b",): 12}, {("a",): 4, ("b",): 60}, {("a",): 20, ("b",): 60}],
    [{("a",): 50, ("b",): 50}, {("a",): 44, ("b",): 50}, {("a",): 50, ("b",): 50}],
    [{("a", "x"): 20, ("a", "y"): 4, ("b", "x"): 18, ("b", "y"): 30},
     {("a", "x"): 21, ("a", "y"): 4, ("b", "x"): 30, ("b", "y"): 30}],
])  # fmt: skip
def test_versions_together_tell_no_more_than_each(tables: list[Counts]) -> None:
    assert attacked(published(tables), tables) == []


@settings(max_examples=15)
@given(data=st.data(), shape=st.sampled_from([(3,), (2, 2), (3, 2)]), grows=st.booleans(), least=st.integers(3, 10))
def test_no_version_helps_to_narrow_down_another(
    data: st.DataObject, shape: tuple[int, ...], grows: bool, least: int
) -> None:
    keys = list(product(*(range(size) for size in shape)))
    count = st.one_of(st.just(0), st.integers(0, 4), st.integers(0, 40))
    tables: list[dict[Any, int]] = []
    for _number in range(data.draw(st.integers(2, 3))):
        drawn = dict(zip(keys, data.draw(st.lists(count, min_size=len(keys), max_size=len(keys))), strict=True))
        tables.append({key: drawn[key] + (tables[-1][key] if tables and grows else 0) for key in keys})
    if not any(tables[0].values()):
        tables[0][keys[0]] = 20
        tables = [table | {keys[0]: max(table[keys[0]], 20)} for table in tables]
    cubes = published(tables, least=least)
    for number, cube in enumerate(cubes):
        for key, held in cube.counts.items():
            assert held >= least or key in cube.suppressed
            for earlier in cubes[:number]:
                if key not in cube.suppressed and key not in earlier.suppressed:
                    change = abs(held - earlier.counts.get(key, 0))
                    assert change == 0 or change >= least, (key, change)
    assert attacked(cubes, tables, least=least) == []


def test_a_cell_is_told_again_once_it_has_changed_by_enough() -> None:
    tables: list[Counts] = [{("a",): 40, ("b",): 40}, {("a",): 43, ("b",): 40}, {("a",): 60, ("b",): 40}]
    first, second, third = published(tables)
    assert not first.suppressed and ("a",) in second.suppressed and (ALL,) in second.suppressed
    assert ("b",) not in second.suppressed
    assert not third.suppressed


def test_what_takes_too_long_is_told_without_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protecting, "SEARCHING_SECONDS", 0.0)
    cube = protected_cube({("a",): 3, ("b",): 50}, least=LEAST)
    assert cube.suppressed == set(cube.counts)
    monkeypatch.setattr(protecting, "SEARCHING_SECONDS", 300.0)
    monkeypatch.setattr(protecting, "CUBES_MAX", 1)
    tables: list[Counts] = [{("a",): 40, ("b",): 30}, {("a",): 60, ("b",): 30}]
    assert published(tables)[1].suppressed == set(published(tables)[1].counts)


COUNTY, KIND = api.Column("county", "text", "县市区"), api.Column("kind", "text", "类别")
AGE, NAME = api.Column("age", "text", "年龄"), api.Column("name", "text", "姓名", personal=True, closed=True)
SCHEMA = api.Schema((COUNTY, KIND, AGE, NAME))


def file_of(office: Office, **counts: int) -> Any:
    """A file with so many rows of each "county_kind_age"."""
    lines = [",".join((*name.split("_"), "张三")) for name, count in counts.items() for _row in range(count)]
    return office.file("\n".join(["县市区,类别,年龄,姓名", *lines]) + "\n")


def load(office: Office, dataset: api.Dataset, **counts: int) -> api.Version:
    path = file_of(office, **counts)
    return api.load_version(office.officer, dataset_id=dataset.id, path=path, schema=SCHEMA)[0]


def told(dataset: api.Dataset, number: int, *names: str) -> dict[Any, int | None]:
    page = api.cells_page(ANYBODY, dataset, api.Question(group=names, limit=1_000), number=number)
    return {row[:-1]: row[-1] for row in page.rows}


def described(office: Office, **more: Any) -> api.Description:
    return office.described(**({"access": "cells", "cells": ("county", "kind"), "cell_least": LEAST} | more))


def test_cells_over_other_columns_are_held_against_those_of_before(office: Office) -> None:
    """Another breaking down tells the margins that both have in common, and these are what one would subtract."""
    dataset = api.describe_dataset(office.officer, description=described(office))
    load(office, dataset, a_x_young=30, a_y_old=20, b_x_old=40)
    api.change_dataset(
        office.officer, dataset_id=dataset.id, description=described(office, cells=("county", "age"))
    )  # fmt: skip
    load(office, dataset, a_x_young=31, a_y_old=20, b_x_old=40)
    dataset = api.dataset_called(office.officer, dataset.code)
    assert told(dataset, 1, "county") == {("a",): 50, ("b",): 40}
    assert told(dataset, 2, "county") == {("a",): None, ("b",): 40}
    assert told(dataset, 2) == {(): None}


def test_rows_that_were_open_once_are_remembered(office: Office) -> None:
    dataset = api.describe_dataset(office.officer, description=described(office, access="open", cells=()))
    load(office, dataset, a_x_young=30, b_y_old=30)
    api.change_dataset(office.officer, dataset_id=dataset.id, description=described(office))
    load(office, dataset, a_x_young=32, b_y_old=30)
    dataset = api.dataset_called(office.officer, dataset.code)
    assert told(dataset, 2, "county") == {("a",): None, ("b",): 30}


def test_counts_that_were_protected_beside_other_versions_are_not_published(office: Office) -> None:
    """A file is read while version 1 is the newest; version 2 comes between: its counts were not looked at."""
    dataset = api.describe_dataset(office.officer, description=described(office))
    load(office, dataset, a_x_young=30, b_y_old=30)
    with file_of(office, a_x_young=33, b_y_old=30).open("rb") as file:
        upload = api.upload_file(office.officer, dataset_id=dataset.id, file=file, name="rows.csv")
    api.describe_upload(office.officer, upload_id=upload.id, schema=SCHEMA)
    api.run_upload(upload.id)
    load(office, dataset, a_x_young=45, b_y_old=30)
    api.accept_newer(office.officer, upload_id=upload.id)
    with pytest.raises(Conflict, match="Another version"):
        api.publish_upload(office.officer, upload_id=upload.id)
    api.describe_upload(office.officer, upload_id=upload.id, schema=SCHEMA)
    api.run_upload(upload.id)
    api.publish_upload(office.officer, upload_id=upload.id)
    dataset = api.dataset_called(office.officer, dataset.code)
    assert told(dataset, 2, "county")[("a",)] == 45 and told(dataset, 3, "county")[("a",)] is None
