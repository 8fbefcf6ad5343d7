"""What is shortened says so, and is never longer than it may be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.texts import shortened


@given(st.text(max_size=300), st.integers(min_value=1, max_value=200))
def test_shortened(text: str, most: int) -> None:
    short = shortened(text, most=most)
    assert len(short) <= max(most, 0)
    if short != text:
        assert short.endswith("…") and text.startswith(short[:-1])
    else:
        assert len(text) <= most or text.endswith("…")
