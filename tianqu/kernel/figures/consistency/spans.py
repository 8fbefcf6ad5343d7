"""A span of rational numbers with open or closed ends: where a printed figure's true value can lie."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Span:
    """All numbers from ``low`` to ``high``; None is no end at all. An open end does not belong to the span."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: Fraction) -> bool:
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or value < self.high or (not self.high_open and value == self.high)

    @property
    def empty(self) -> bool:
        """Whether no number lies in it."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low is not None and self.low == self.high

    def times(self, factor: Fraction) -> Span:
        """Return the span in a unit that is ``factor`` times as small. ``factor`` is positive."""
        assert factor > 0, "a unit is positive"
        low = None if self.low is None else self.low * factor
        high = None if self.high is None else self.high * factor
        return Span(low, high, self.low_open, self.high_open)

    def plus(self, number: int) -> Span:
        """Return the span moved by ``number``."""
        low = None if self.low is None else self.low + number
        high = None if self.high is None else self.high + number
        return Span(low, high, self.low_open, self.high_open)

    def negative(self) -> Span:
        """Return the span of the opposite numbers."""
        low = None if self.high is None else -self.high
        high = None if self.low is None else -self.low
        return Span(low, high, self.high_open, self.low_open)

    def inside(self) -> Fraction:
        """Return a number in the middle of the span, or beside its only end. The span is not empty."""
        if self.low is not None and self.high is not None:
            return (self.low + self.high) / 2
        if self.low is not None:
            return self.low + 1
        return Fraction(0) if self.high is None else self.high - 1
