"""Quantities are read and said to the smallest unit, and never rounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.base.quantities import SMALLEST_MAX, UNITS, Unit, format_quantity, quantity_said, read_quantity, unit_of

FEN, MU = UNITS["fen"], UNITS["mu_4"]


@given(smallest=st.integers(-SMALLEST_MAX, SMALLEST_MAX), code=st.sampled_from(sorted(UNITS)), english=st.booleans())
def test_what_is_said_is_read(smallest: int, code: str, english: bool) -> None:
    unit = UNITS[code]
    assert read_quantity(format_quantity(smallest, unit), unit) == smallest
    assert read_quantity(quantity_said(smallest, unit, english=english), unit) == smallest


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0), ("1234.5", 123450), ("-0.01", -1), (" 12 ", 1200), ("1,000,000", 100_000_000), ("¥12", 1200),
        ("1,234.50 元", 123450), ("￥12", 1200), ("−3 yuan", -300), ("１２．５块", 1250), ("1.50000", 150), ("-0", 0),
    ],
)  # fmt: skip
def test_amounts_of_money_are_read(text: str, fen: int) -> None:
    assert read_quantity(text, FEN) == fen


@pytest.mark.parametrize(
    "text",
    ["", "1.234", "12,34", "1e3", "ten", "9" * 19, "10000000000000.01", "1 亩", "1 2", "٣", "1" + " " * 80 + "2"],
)
def test_what_is_no_amount_of_money_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_quantity(text, FEN)
    assert refused.value.field == "amount" and str(refused.value)


@pytest.mark.parametrize("text", ["ten", "1.23456"])
def test_a_refusal_names_the_unit_in_each_language(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_quantity(text, MU)
    error = refused.value
    assert "亩" in error.message % error.parameters_in(english=False)
    assert "mu" in error.message % error.parameters_in(english=True) and "亩" not in str(error)
    with pytest.raises(InvalidInput) as refused:
        read_quantity(text, Unit("bare", 2, "", ""))
    assert "unit" not in refused.value.message


def test_land_is_said_in_both_languages() -> None:
    assert quantity_said(165_170_000, MU) == "16,517.0000 亩"
    assert quantity_said(-1, MU, english=True) == "-0.0001 mu"
    assert quantity_said(1_234, UNITS["piece"]) == "1,234 件"


def test_an_unknown_unit_is_refused() -> None:
    assert unit_of("minute").decimals == 0
    with pytest.raises(NotFound):
        unit_of("fathom")
