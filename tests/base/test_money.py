"""Money is read and said to the fen, and never rounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.errors import InvalidInput
from tianqu.base.money import FEN_MAX, read_yuan, yuan


@given(st.integers(-FEN_MAX, FEN_MAX))
def test_what_is_said_is_read(fen: int) -> None:
    assert read_yuan(yuan(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"), [("0", 0), ("1234.5", 123450), ("-0.01", -1), (" 12 ", 1200), ("1,000,000", 100_000_000)]
)
def test_amounts_are_read(text: str, fen: int) -> None:
    assert read_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "1.234", "12,34", "1e3", "ten", "9" * 16, "999999999999999"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_yuan(text)
