"""However spans lie, and in whatever order they are booked, no minute of them is counted twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tianqu.kernel.occasions.api import Span, time_left

MINUTE, MIDNIGHT = timedelta(minutes=1), datetime(2026, 12, 5, tzinfo=UTC)
SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 90)), max_size=12)


@given(spans=SPANS)
def test_what_is_booked_one_after_the_other_is_the_time_covered(spans: list[tuple[int, int]]) -> None:
    taken: list[Span] = []
    booked = timedelta(0)
    for begin, length in spans:
        span = MIDNIGHT + begin * MINUTE, MIDNIGHT + (begin + length) * MINUTE
        booked += time_left(span, taken)
        taken.append(span)
    covered = {minute for begin, length in spans for minute in range(begin, begin + length)}
    assert booked == len(covered) * MINUTE


def test_a_span_that_ends_before_it_begins_is_nothing() -> None:
    assert time_left((MIDNIGHT + MINUTE, MIDNIGHT), []) == timedelta(0)
    assert time_left((MIDNIGHT + MINUTE, MIDNIGHT), [(MIDNIGHT, MIDNIGHT + 3 * MINUTE)]) == timedelta(0)
