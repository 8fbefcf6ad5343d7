"""Counting for the request limits: exact within a window, begun anew after it, and without a thread a call."""

from __future__ import annotations

import threading

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from pytest import MonkeyPatch

from tianqu.base import counting
from tianqu.base.counting import CountStorage


def test_a_window_lets_through_what_it_allows_and_no_more() -> None:
    limiter = FixedWindowRateLimiter(CountStorage())
    item = RateLimitItemPerMinute(3)
    assert [limiter.hit(item, "somebody") for _n in range(5)] == [True, True, True, False, False]
    assert limiter.hit(item, "somebody else")


def test_the_next_window_begins_at_nought(monkeypatch: MonkeyPatch) -> None:
    storage = CountStorage()
    assert [storage.incr("key", 60) for _n in range(2)] == [1, 2]
    now = counting.time.time()
    monkeypatch.setattr(counting.time, "time", lambda: now + 61)
    assert storage.incr("key", 60) == 1
    assert storage.incr("other", 60) == 1


def test_many_calls_start_no_threads() -> None:
    storage = CountStorage()
    before = threading.active_count()
    for _n in range(200):
        storage.incr("key", 60)
    assert threading.active_count() <= before
    assert storage.get("key") == 200
