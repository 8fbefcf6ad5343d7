"""Values stand in a statement as SQL writes them: the same as if the engine were given them, but without pandas."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tianqu.kernel.datasets import leash

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    "'\"?\\\x00;-$E{}", max_size=8
)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**37), max_value=10**37).map(
    lambda value: value if int(value.as_tuple().exponent) <= 0 else value.quantize(Decimal(1), Context(prec=40))
)  # of 1E+2 the engine makes 0.01 when it is given it, and 100 when it is written
VALUES = st.one_of(
    st.none(), st.booleans(), TEXTS, DECIMALS, st.integers(-(2**127) + 1, 2**127 - 1), st.dates(), st.datetimes()
)


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:")


@given(values=st.lists(VALUES, min_size=1, max_size=4))
@example(values=["it's", 'a "word"', "?", "a\x00b'c"])
@example(values=[Decimal("1.50"), Decimal("-0.00"), Decimal("1E-30"), Decimal("9" * 38)])
@example(values=[Decimal("9.9999999999999583900E-19"), Decimal("0E-38"), Decimal("0.10"), Decimal("1E-37")])
@example(values=[-(2**63), 2**63 - 1, 2**63, date(1, 1, 1)])
def test_a_value_is_what_the_engine_would_take_it_for(engine: duckdb.DuckDBPyConnection, values: list[Any]) -> None:
    """The engine's own parameters are the other side: they give the same values, and decimals of the same type."""
    asked = "SELECT " + ", ".join("'?' || '''?', ?" for _value in values)
    written, given_ = engine.execute(leash.bound(asked, values)).fetchall(), engine.execute(asked, values).fetchall()
    assert written == given_ and [*map(repr, written)] == [*map(repr, given_)]


def test_only_places_for_values_are_filled(engine: duckdb.DuckDBPyConnection) -> None:
    asked = """SELECT 'why?' AS "what?", 'it''s?', ?, "what?" FROM (SELECT 1) WHERE ? IN (?, '?')"""
    told = engine.execute(leash.bound(asked, ["?", "a'?", "a'?"]))
    assert (told.description or [])[0][0] == "what?"
    assert told.fetchall() == [("why?", "it's?", "?", "why?")]


@pytest.mark.parametrize("values", [["a", "b"], []])
def test_as_many_values_as_places(engine: duckdb.DuckDBPyConnection, values: list[Any]) -> None:
    with pytest.raises((AssertionError, duckdb.InvalidInputException)):
        engine.execute(leash.bound("SELECT ?", values))


def test_a_time_with_an_offset_and_what_is_no_value_are_refused() -> None:
    for value in (datetime.fromisoformat("2020-01-01T00:00:00+08:00"), object(), 1.5):
        with pytest.raises((AssertionError, TypeError)):
            leash.bound("?", [value])


def test_a_process_that_answers_questions_imports_no_pandas(tmp_path: Path) -> None:
    """Nor what pandas brings along; all of it would take longer than most questions."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.kernel.datasets.asking_alone", str(tmp_path / "datasets")],
        capture_output=True, text=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["asked"]
