"""What changed between two sequences: always a way from the one to the other, and no more work than is allowed."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base import sequences
from tianqu.base.sequences import changes

WORDS = st.text("abc ", max_size=30)


@given(old=WORDS, new=WORDS, most=st.integers(0, 40))
def test_the_changes_lead_from_the_one_to_the_other(old: str, new: str, most: int) -> None:
    made, at, there = "", 0, 0
    for kind, from_old, to_old, from_new, to_new in changes(old, new, most=most):
        assert (from_old, from_new) == (at, there) and (to_old > from_old or to_new > from_new)
        assert (kind == "equal") == (old[from_old:to_old] == new[from_new:to_new])
        made += old[from_old:to_old] if kind == "equal" else new[from_new:to_new]
        at, there = to_old, to_new
    assert made == new and at == len(old)


def test_a_word_in_the_middle_is_found() -> None:
    assert [each[0] for each in changes(["a", "b", "c", "d", "e"], ["a", "x", "c", "y", "e"], most=9)] == [
        "equal", "replace", "equal", "replace", "equal",
    ]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [
    (["x", *"ab" * 1_000, "y"], ["z", *"ba" * 1_000, "w"]), ([*range(5_000)], [*range(5_000, 0, -1)]),
])  # fmt: skip
def test_what_is_too_much_alike_or_too_long_is_replaced_whole(
    old: list[Any], new: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_given: Any, **_named: Any) -> SequenceMatcher[Any]:
        raise AssertionError("this takes time without bounds")

    monkeypatch.setattr(sequences, "SequenceMatcher", never)
    assert [each[0] for each in changes(old, new, most=4_000) if each[0] != "equal"] == ["replace"]
