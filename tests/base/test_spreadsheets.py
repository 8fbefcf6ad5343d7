"""No text that somebody wrote becomes a formula, and every cell comes back as it was but for its apostrophe."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.spreadsheets import FORMULA, csv_line


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=6))
def test_texts(cells: list[str]) -> None:
    read = next(csv.reader(io.StringIO(csv_line(cells), newline="")))
    assert not any(cell.startswith(FORMULA) for cell in read)
    assert read == [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells]


@pytest.mark.parametrize(("cell", "told"), [(None, ""), (-3, "-3"), ("-3", "'-3"), ("=1+1", "'=1+1"), (0, "0")])
def test_numbers_stay_numbers(cell: object, told: str) -> None:
    assert csv_line([cell, "x"]) == f"{told},x\r\n"


def test_full_width_signs_and_other_separators_make_no_formula() -> None:
    assert csv_line(["＝1+1", "\n=1"]) == "'＝1+1,\"'\n=1\"\r\n"
    read = next(csv.reader(io.StringIO(csv_line(["灯;=1+1", "x\t=1+1"]), newline=""), delimiter=";"))
    assert not any(cell.startswith(FORMULA) for cell in read)
