"""Intervals around shares, in Decimal, so that a printed bound is the same on every machine.

Wilson's score interval: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
of the American Statistical Association 22 (1927), 209–212. It stays within 0 and 1 and holds its level for small
numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from typing import Final

Z_95: Final = Decimal("1.959963984540054")  # normal quantile at 1 − 0.05 / 2
Z_95_OF_THREE: Final = Decimal("2.393979799818510")  # at 1 − 0.05 / 6: three intervals that hold together (Bonferroni)
PLACES: Final = Decimal("0.000001")
_CONTEXT: Final = Context(prec=40)


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, both rounded outwards to six decimals."""

    low: Decimal
    high: Decimal


def wilson(total: Decimal | int, count: int, *, z: Decimal = Z_95) -> Interval:
    """The score interval of the share ``total / count``.

    For a share ``total`` is the number of successes. It may also be a sum of scores between 0 and 1, such as 0.9 for
    "basically satisfied": scores with mean p have a variance of at most p(1 − p) (R. Bhatia and C. Davis, American
    Mathematical Monthly 107 (2000), 353–357), that of a share of p, so the interval is then wide enough or too wide,
    and never too narrow for that reason. ``count`` is at least 1, and ``total`` is from 0 to ``count``.
    """
    assert count >= 1 and 0 <= total <= count, "a share has a count, and a total from 0 to the count"
    with localcontext(_CONTEXT):
        share, n = Decimal(total) / count, Decimal(count)
        shrink = 1 + z * z / n
        middle = (share + z * z / (2 * n)) / shrink
        half = z * (share * (1 - share) / n + z * z / (4 * n * n)).sqrt() / shrink
        low = max(middle - half, Decimal(0)) if total > 0 else Decimal(0)
        high = min(middle + half, Decimal(1)) if total < count else Decimal(1)
        return Interval(low.quantize(PLACES, ROUND_FLOOR), high.quantize(PLACES, ROUND_CEILING))
