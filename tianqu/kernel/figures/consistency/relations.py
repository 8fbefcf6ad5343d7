"""What figures have to do with each other, as frozen values; each says its rows and its sentence.

A percentage is printed, so the ends of its span are constants and everything stays linear: a share p in [l, u] of a
whole is l·whole ≤ part ≤ u·whole, with a whole that is more than 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import ClassVar

from tianqu.base.errors import _
from tianqu.kernel.figures.consistency.figures import Figure, Quoted, Sentence
from tianqu.kernel.figures.consistency.spans import Span

# Terms (figure, whole coefficient) and the span in which their sum lies.
Said = tuple[tuple[tuple[str, int], ...], Span]
Figures = Mapping[str, Figure]
Pinned = Mapping[str, Fraction]
ZERO = Fraction(0)
NOTHING, NOT_NEGATIVE, NOT_POSITIVE = Span(ZERO, ZERO), Span(ZERO, None), Span(None, ZERO)
POSITIVE = Span(ZERO, None, low_open=True)
NEGATIVE = Span(None, ZERO, high_open=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation(ABC):
    """What every relation has: ``across``, the differences (as_of, scope, prices) that are known and meant."""

    id: str
    across: frozenset[str] = frozenset()
    kind: ClassVar[str] = ""
    of_one_day: ClassVar[bool] = True  # whether its amounts must be of one date or period

    @abstractmethod
    def amounts(self) -> tuple[str, ...]:
        """The figures that must be measured alike."""

    def rates(self) -> tuple[str, ...]:
        """The figures that are factors: percentages, ratios, limits."""
        return ()

    def figures(self) -> tuple[str, ...]:
        """All its figures."""
        return self.amounts() + self.rates()

    @abstractmethod
    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """What it says, in rows. A ``pinned`` rate has that one value instead of its span."""

    @abstractmethod
    def said(self, figures: Figures) -> Sentence:
        """What it says, in a sentence."""


def _spanned(figure: Figure, pinned: Pinned) -> Span:
    return Span(pinned[figure.id], pinned[figure.id]) if figure.id in pinned else figure.span


def _whole(terms: Sequence[tuple[str, Fraction]], span: Span) -> Said:
    """Return a row with whole coefficients; a figure that is named twice is added up. ``span`` is on 0, so it
    stays.
    """
    added: dict[str, Fraction] = {}
    for name, coefficient in terms:
        added[name] = added.get(name, ZERO) + coefficient
    factor = lcm(*(coefficient.denominator for coefficient in added.values()))
    return tuple((name, int(each * factor)) for name, each in added.items() if each), span


def _multiple(rate: Span, *, product: str, factor: str) -> Iterator[Said]:
    """Say that ``product`` is ``factor`` times something in ``rate``, and ``factor`` more than 0."""
    one = Fraction(1)
    if rate.exact:
        assert rate.low is not None
        yield _whole([(product, one), (factor, -rate.low)], NOTHING)
    else:
        if rate.low is not None:
            yield _whole([(product, one), (factor, -rate.low)], POSITIVE if rate.low_open else NOT_NEGATIVE)
        if rate.high is not None:
            yield _whole([(product, one), (factor, -rate.high)], NEGATIVE if rate.high_open else NOT_POSITIVE)
    yield ((factor, 1),), POSITIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(Relation):
    """A whole and its parts. Parts that are only ``some`` are at most the whole; parts that ``overlap`` at least."""

    kind: ClassVar[str] = "sum"
    whole: str
    parts: tuple[str, ...]
    some: bool = False
    overlap: bool = False

    def amounts(self) -> tuple[str, ...]:
        """The whole and its parts."""
        return (self.whole, *self.parts)

    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """Parts add up to the whole, to no more than it, or each is no more than it."""
        terms = ((self.whole, 1), *((part, -1) for part in self.parts))
        if not self.overlap:
            yield terms, NOT_NEGATIVE if self.some else NOTHING
            return
        if not self.some:
            yield terms, NOT_POSITIVE
        for part in self.parts:
            yield ((self.whole, 1), (part, -1)), NOT_NEGATIVE

    def said(self, figures: Figures) -> Sentence:
        """The parts, and what they are of the whole."""
        message = _("%(parts)s are said to add up to %(whole)s.")
        if self.some and self.overlap:
            message = _("%(parts)s are each said to be part of %(whole)s.")
        elif self.overlap:
            message = _("%(parts)s, which overlap, are said to make up %(whole)s.")
        elif self.some:
            message = _("%(parts)s are said to be parts, without overlap, of %(whole)s.")
        parts = [Quoted(figures[part]) for part in self.parts]
        return Sentence(message, {"parts": parts, "whole": Quoted(figures[self.whole])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Relation):
    """A part is so many per cent of a whole."""

    kind: ClassVar[str] = "share"
    part: str
    whole: str
    percent: str

    def amounts(self) -> tuple[str, ...]:
        """The part and the whole."""
        return (self.part, self.whole)

    def rates(self) -> tuple[str, ...]:
        """The percentage."""
        return (self.percent,)

    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """The part is the whole times the percentage."""
        return _multiple(_spanned(figures[self.percent], pinned), product=self.part, factor=self.whole)

    def said(self, figures: Figures) -> Sentence:
        """The part, and its share."""
        words = {"part": Quoted(figures[self.part]), "whole": Quoted(figures[self.whole])}
        percent = Quoted(figures[self.percent], bare=True)
        return Sentence(_("%(part)s are said to be %(percent)s of %(whole)s."), {**words, "percent": percent})


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth(Relation):
    """What is now has grown by so many per cent from what was before; a fall is below 0."""

    kind: ClassVar[str] = "growth"
    of_one_day: ClassVar[bool] = False
    now: str
    before: str
    percent: str

    def amounts(self) -> tuple[str, ...]:
        """Now and before."""
        return (self.now, self.before)

    def rates(self) -> tuple[str, ...]:
        """The percentage."""
        return (self.percent,)

    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """Now is before times one and the percentage."""
        rate = _spanned(figures[self.percent], pinned).plus(1)
        return _multiple(rate, product=self.now, factor=self.before)

    def said(self, figures: Figures) -> Sentence:
        """Now, and by how much it changed from what."""
        words = {"now": Quoted(figures[self.now]), "before": Quoted(figures[self.before])}
        percent = Quoted(figures[self.percent], bare=True)
        return Sentence(
            _("%(now)s is said to be a change of %(percent)s from %(before)s."), {**words, "percent": percent}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio(Relation):
    """A numerator is so many times a denominator, or so much for each of it."""

    kind: ClassVar[str] = "ratio"
    numerator: str
    denominator: str
    ratio: str

    def amounts(self) -> tuple[str, ...]:
        """Both sides."""
        return (self.numerator, self.denominator)

    def rates(self) -> tuple[str, ...]:
        """The ratio."""
        return (self.ratio,)

    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """The numerator is the denominator times the ratio."""
        rate = _spanned(figures[self.ratio], pinned)
        return _multiple(rate, product=self.numerator, factor=self.denominator)

    def said(self, figures: Figures) -> Sentence:
        """Both sides, and their ratio."""
        words = {"above": Quoted(figures[self.numerator]), "below": Quoted(figures[self.denominator])}
        ratio = Quoted(figures[self.ratio], bare=True)
        return Sentence(_("%(above)s over %(below)s is said to be %(ratio)s."), {**words, "ratio": ratio})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference(Relation):
    """A minuend less a subtrahend is the difference: a rise over a year, points of a percentage."""

    kind: ClassVar[str] = "difference"
    of_one_day: ClassVar[bool] = False
    minuend: str
    subtrahend: str
    difference: str

    def amounts(self) -> tuple[str, ...]:
        """All three."""
        return (self.minuend, self.subtrahend, self.difference)

    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """One row."""
        yield ((self.minuend, 1), (self.subtrahend, -1), (self.difference, -1)), NOTHING

    def said(self, figures: Figures) -> Sentence:
        """All three in a sentence."""
        names = ("minuend", "subtrahend", "difference")
        return Sentence(
            _("%(minuend)s less %(subtrahend)s is said to be %(difference)s."),
            {name: Quoted(figures[getattr(self, name)]) for name in names},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMost(Relation):
    """A figure is no more than another: a part of it, or a limit. ``strict`` is less than."""

    kind: ClassVar[str] = "at_most"
    figure: str
    limit: str
    strict: bool = False

    def amounts(self) -> tuple[str, ...]:
        """Both."""
        return (self.figure, self.limit)

    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """One row."""
        yield ((self.figure, 1), (self.limit, -1)), NEGATIVE if self.strict else NOT_POSITIVE

    def said(self, figures: Figures) -> Sentence:
        """Which is at most which."""
        message = _("%(figure)s cannot be more than %(limit)s.")
        if self.strict:
            message = _("%(figure)s is said to be less than %(limit)s.")
        return Sentence(message, {"figure": Quoted(figures[self.figure]), "limit": Quoted(figures[self.limit])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Each(Relation):
    """A total of so many things, each of which is at most, or at least, so much."""

    kind: ClassVar[str] = "each"
    total: str
    number: str
    at_most: str = ""
    at_least: str = ""

    def amounts(self) -> tuple[str, ...]:
        """The total and the number."""
        return (self.total, self.number)

    def rates(self) -> tuple[str, ...]:
        """The limits of one thing."""
        return tuple(each for each in (self.at_most, self.at_least) if each)

    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """The total is at most the number times the most, at least the number times the least."""
        most = _spanned(figures[self.at_most], pinned) if self.at_most else Span(None, None)
        least = _spanned(figures[self.at_least], pinned) if self.at_least else Span(None, None)
        rate = Span(least.low, most.high, least.low_open, most.high_open)
        yield from _multiple(rate, product=self.total, factor=self.number)

    def said(self, figures: Figures) -> Sentence:
        """The total, the number, and what each can be."""
        words = {"total": Quoted(figures[self.total]), "number": Quoted(figures[self.number])}
        if self.at_most and self.at_least:
            limits = {name: Quoted(figures[getattr(self, name)], bare=True) for name in ("at_most", "at_least")}
            return Sentence(
                _("%(total)s is made of %(number)s, each of %(at_least)s or more and %(at_most)s or less."),
                {**words, **limits},
            )
        limit = Quoted(figures[self.at_most or self.at_least], bare=True)
        message = _("%(total)s is made of %(number)s, each of %(limit)s or less.")
        if self.at_least:
            message = _("%(total)s is made of %(number)s, each of %(limit)s or more.")
        return Sentence(message, {**words, "limit": limit})


@dataclass(frozen=True, slots=True, kw_only=True)
class Same(Relation):
    """One and the same quantity, printed in several places."""

    kind: ClassVar[str] = "same"
    same: tuple[str, ...]

    def amounts(self) -> tuple[str, ...]:
        """All of them."""
        return self.same

    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """Each is as much as the first."""
        for other in self.same[1:]:
            yield ((self.same[0], 1), (other, -1)), NOTHING

    def said(self, figures: Figures) -> Sentence:
        """All of them."""
        named = [Quoted(figures[each]) for each in self.same]
        return Sentence(_("%(figures)s are one and the same quantity."), {"figures": named})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Relation):
    """Figures from the highest to the lowest; with ``top`` only the first is higher than each of the others.

    With ``ties`` neighbours may be equal.
    """

    kind: ClassVar[str] = "order"
    ranked: tuple[str, ...]
    top: bool = False
    ties: bool = False

    def amounts(self) -> tuple[str, ...]:
        """All of them."""
        return self.ranked

    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """Each is more than the next, or the first more than each."""
        for index, lower in enumerate(self.ranked[1:]):
            higher = self.ranked[0 if self.top else index]
            yield ((higher, 1), (lower, -1)), NOT_NEGATIVE if self.ties else POSITIVE

    def said(self, figures: Figures) -> Sentence:
        """Which is the highest, or the order."""
        named = [Quoted(figures[each]) for each in self.ranked]
        if self.top:
            return Sentence(_("%(first)s is said to be above %(others)s."), {"first": named[0], "others": named[1:]})
        return Sentence(_("From the highest to the lowest: %(figures)s."), {"figures": named})


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak(Relation):
    """Figures of consecutive years that are all above another."""

    kind: ClassVar[str] = "streak"
    of_one_day: ClassVar[bool] = False
    yearly: tuple[str, ...]
    above: str
    ties: bool = False
    years: int = 0

    def amounts(self) -> tuple[str, ...]:
        """The years' figures and what they are above."""
        return (*self.yearly, self.above)

    def rows(self, figures: Figures, pinned: Pinned) -> Iterator[Said]:
        """Each is above it."""
        for year in self.yearly:
            yield ((year, 1), (self.above, -1)), NOT_NEGATIVE if self.ties else POSITIVE

    def said(self, figures: Figures) -> Sentence:
        """Which are above what."""
        named = [Quoted(figures[each]) for each in self.yearly]
        words = {"figures": named, "above": Quoted(figures[self.above]), "years": len(self.yearly)}
        return Sentence(_("%(figures)s are said to be above %(above)s for %(years)s years."), words)
