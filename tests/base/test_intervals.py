"""Wilson's interval against scipy, and what a bound must never do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from tianqu.base.intervals import Z_95, Z_95_OF_THREE, wilson

shares = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(shares)
def test_it_is_scipys_interval_rounded_outwards(share: tuple[int, int]) -> None:
    successes, count = share
    ours = wilson(successes, count)
    theirs = binomtest(successes, count).proportion_ci(method="wilson")
    assert float(ours.low) == pytest.approx(theirs.low, abs=1.1e-6) and ours.low <= theirs.low + 1e-12
    assert float(ours.high) == pytest.approx(theirs.high, abs=1.1e-6) and ours.high >= theirs.high - 1e-12


def test_the_table_of_a_textbook() -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), 857–872, table I: 81/263, 15/148, 0/20, 1/29, method 3."""
    known = {(81, 263): ("0.2553", "0.3662"), (15, 148): ("0.0624", "0.1605"), (0, 20): ("0", "0.1611"),
             (1, 29): ("0.0061", "0.1718")}  # fmt: skip
    for (successes, count), (low, high) in known.items():
        interval = wilson(successes, count)
        assert abs(interval.low - Decimal(low)) <= Decimal("0.00006")
        assert abs(interval.high - Decimal(high)) <= Decimal("0.00006")


def test_the_quantiles_are_the_normal_ones() -> None:
    assert float(Z_95) == pytest.approx(norm.ppf(1 - 0.05 / 2), abs=1e-12)
    assert float(Z_95_OF_THREE) == pytest.approx(norm.ppf(1 - 0.05 / 6), abs=1e-12)


@given(shares, st.integers(0, 10))
def test_it_holds_the_share_and_stays_within_bounds(share: tuple[int, int], tenths: int) -> None:
    total = min(Decimal(share[0]) + Decimal(tenths) / 10, Decimal(share[1]))
    interval = wilson(total, share[1])
    assert 0 <= interval.low <= total / share[1] <= interval.high <= 1
    wide = wilson(total, share[1], z=Z_95_OF_THREE)
    assert wide.low <= interval.low and interval.high <= wide.high
