"""Datasets that are read from the journal: any index gives what a plain replay gives."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kernel.datasets.happening import COLUMNS, declared, erase, happen, place_all, replayed, shown
from tests.kernel.datasets.office import Office
from tianqu.base.errors import Conflict, NotFound, NotPermitted
from tianqu.kernel.datasets import api, declarations, materialising, tasks
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, log_size

AFTERS = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"state": st.sampled_from(["open", "done", "", "\"; \n'x,"]) | st.none()},
        optional={
            "struck": st.booleans(),
            "told": st.fixed_dictionaries({"amount": st.integers(-5, 2**40) | st.just("many") | st.none()}),
        },
    ),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("happen"), st.lists(st.tuples(st.sampled_from("abcdef"), AFTERS), min_size=1, max_size=6)),
        st.tuples(st.just("materialise"), st.just([])),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def _same(told: dict[str, Any], replay: dict[str, Any]) -> bool:
    return told == {key: (state or None, amount) for key, (state, amount) in replay.items()}


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS, few=st.sampled_from([0, 3, 1_000]), most=st.sampled_from([1, 2, 32]))
def test_any_index_equals_a_replay(office: Office, steps: list[Any], few: int, most: int) -> None:
    declaration = declared()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(materialising, "CHANGES_FEW", few)
        patch.setattr(materialising, "CHANGE_PARTS_MAX", most)
        happen(declaration, ("a", {"state": "first"}))
        for step, changes in [*steps, ("materialise", [])]:
            if step == "happen":
                happen(declaration, *changes)
            else:
                api.materialise(declaration.code)
    first = min(version.journal_index for version in api.versions_of(_dataset(declaration)))
    for index in range(first - 2, log_size() + 1):
        assert _same(shown(declaration, index=index), replayed(declaration, index=index)), index
    for version in api.versions_of(_dataset(declaration)):
        assert version.rows == len(replayed(declaration, index=version.journal_index))


def _dataset(declaration: api.DatasetDeclaration) -> api.Dataset:
    return api.dataset_called(SYSTEM, declaration.code)


def test_values_are_read_by_their_types(office: Office) -> None:
    declaration = declared()
    told = {"amount": 3, "price": "12.50"}
    happen(
        declaration,
        ("a", {"state": "open", "told": told, "at": "2026-01-01T08:00:00+08:00", "name": "张三"}),
        ("b", {"state": 7, "told": {"amount": True, "price": "1.234"}, "at": "2026-01-01T08:00:00"}),
    )
    version = api.materialise(declaration.code)
    assert version is not None and version.rows == 2
    page = api.rows_page(api.open_version(SYSTEM, _dataset(declaration)), api.Question(sort="subject"))
    assert page.rows[0] == ("a", "open", 3, Decimal("12.50"), datetime(2026, 1, 1), "张三")
    assert page.rows[1] == ("b", None, None, None, None, None)
    counted = {each["column"]: each["value"] for each in version.report["rows"]}
    assert counted == {"state": "1", "amount": "1", "price": "1", "at": "1"}


def test_closed_columns_are_in_no_open_part(office: Office, store: Path) -> None:
    declaration = declared()
    happen(declaration, ("a", {"state": "open", "name": "王小明"}))
    version = api.materialise(declaration.code)
    assert version is not None
    audiences = {part["audience"]: part["sha256"] for part in version.manifest["parts"]}
    content = (store / "parts" / audiences["open"][:2] / f"{audiences['open']}.parquet").read_bytes()
    assert "王小明".encode() not in content and b'"name"' not in content
    assert shown(declaration, actor=ANYBODY) == {"a": ("open", None)}


def test_nothing_new_makes_no_version(office: Office) -> None:
    declaration = declared()
    happen(declaration, ("a", {"state": "open"}))
    assert api.materialise(declaration.code) is not None
    place_all()
    assert api.materialise(declaration.code) is None


def test_many_changes_begin_a_generation_and_old_versions_stay(office: Office, monkeypatch: Any) -> None:
    monkeypatch.setattr(materialising, "CHANGES_FEW", 2)
    declaration = declared()
    happen(declaration, *[(f"s{n}", {"state": "open"}) for n in range(20)])
    api.materialise(declaration.code)
    generation = api.versions_of(_dataset(declaration))[0]
    assert {part["holding"] for part in generation.manifest["parts"]} == {"rows"}
    happen(declaration, ("s1", {"state": "done"}))
    changed = api.materialise(declaration.code)
    assert changed is not None and changed.rows == 20
    assert {part["sha256"] for part in generation.manifest["parts"]} < {p["sha256"] for p in changed.manifest["parts"]}
    opened = api.open_version(SYSTEM, _dataset(declaration), number=generation.number)
    assert api.row_numbered(opened, 1)[1] == "open"


def test_other_columns_read_the_journal_anew(office: Office) -> None:
    declaration = declared()
    happen(declaration, ("a", {"state": "open", "told": {"amount": 4}}))
    api.materialise(declaration.code)
    fewer = replace(declaration, schema=api.Schema(COLUMNS[:2], ("subject",)))
    declarations._DECLARED[declaration.code] = fewer
    version = api.materialise(declaration.code)
    assert version is not None and version.number == 2 and version.columns.names == ("subject", "state")


def test_what_was_erased_is_gone_from_later_versions(office: Office) -> None:
    declaration = declared()
    happen(declaration, ("a", {"state": "open", "name": "张三"}), ("b", {"state": "open"}))
    before = api.materialise(declaration.code)
    erase(declaration, "a")
    after = api.materialise(declaration.code)
    assert before is not None and after is not None
    assert set(shown(declaration)) == {"b"} and after.rows == 1
    assert api.materialise(declaration.code) is None


def test_made_anew_the_old_parts_are_erased(office: Office, store: Path) -> None:
    declaration = declared()
    happen(declaration, ("a", {"state": "open", "name": "张三"}), ("b", {"state": "open"}))
    before = api.materialise(declaration.code)
    erase(declaration, "a")
    dataset = _dataset(declaration)
    assert before is not None
    with pytest.raises(NotPermitted):
        api.make_anew(office.other, dataset_id=dataset.id, reason="asked for it")
    api.make_anew(SYSTEM, dataset_id=dataset.id, reason="asked for it")
    assert not [part for part in before.manifest["parts"] if api.size_of(part["sha256"]) >= 0]
    with pytest.raises(NotFound):
        api.open_version(SYSTEM, _dataset(declaration), number=before.number)
    assert set(shown(declaration)) == {"b"}
    for path in store.rglob("*.parquet"):
        assert "张三".encode() not in path.read_bytes()


def test_two_do_not_materialise_at_once(office: Office) -> None:
    declaration = declared()
    happen(declaration, ("a", {"state": "open"}))
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"tianqu.datasets.{declaration.code}"])
        with pytest.raises(Conflict):
            api.materialise(declaration.code)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    assert api.materialise(declaration.code) is not None


def test_the_catalogue_follows_the_declaration(office: Office) -> None:
    declaration = declared()
    dataset = _dataset(declaration)
    assert dataset.declared and dataset.unit_id == office.prefecture.units["city.housing"].id
    assert api.describe_declared() == []
    assert declaration.code in api.due_datasets()


def test_the_sweep_removes_only_what_nobody_names(office: Office, store: Path) -> None:
    declaration = declared()
    happen(declaration, ("a", {"state": "open"}))
    version = api.materialise(declaration.code)
    assert version is not None
    orphan = store / "parts" / "00" / ("0" * 64 + ".parquet")
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"half")
    half = store / "making" / "half.parquet"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"half")
    assert api.sweep() == 0
    for path in store.rglob("*.parquet"):
        os.utime(path, (0, 0))
    assert api.sweep() == 2
    assert not orphan.exists() and not half.exists()
    assert set(shown(declaration)) == {"a"}


@pytest.mark.django_db(transaction=True)
def test_a_dataset_that_breaks_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def materialised(code: str) -> None:
        if code == "a.broken":
            raise ValueError("a fault of a pack")
        made.append(code)

    monkeypatch.setattr(tasks, "describe_declared", list)
    monkeypatch.setattr(tasks, "due_datasets", lambda: ["a.broken", "b.sound"])
    monkeypatch.setattr(tasks, "materialise", materialised)
    with pytest.raises(ValueError, match="a fault of a pack"):
        tasks.materialise_due.func(0)
    assert made == ["b.sound"]
