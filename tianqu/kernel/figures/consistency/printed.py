"""Read a printed figure as the exact span of what its true value can be.

A number is as fine as its last printed digit: "69.87 billion" is anything within half of 0.01 billion of it. Which
way a tie was rounded is not printed (GB/T 8170-2008 rounds half to even, schools round half up), so by default both
ends belong to the span, and what "cannot hold" does so under either rule. A count printed in full, "8,096", is exact.
Rounding words (GB/T 15835-2011 calls them approximate numbers) widen the span by the **step**: one unit of the last
digit that is not 0, so the step of 2,200 is 100 and that of 7.58 million is 0.01 million; docs/consistency.md has the
table.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.figures.consistency.spans import Span
from tianqu.kernel.figures.consistency.units import BY_WORD, SCALES, MeasureUnit, unit_with

TEXT_MAX: Final = 80  # characters of a printed figure
DIGITS_MAX: Final = 24  # before and after the point together
SCALE_MAX: Final = 2  # words of scale one after another: 百 万, hundred million


class Rounding(StrEnum):
    """How the last digit was made."""

    NEAREST = "nearest"  # to the nearest, by whichever rule for ties
    HALF_UP = "half_up"  # to the nearest, ties away from zero
    CUT = "cut"  # what follows was dropped
    UP = "up"  # raised to the next digit where anything followed
    EXACT = "exact"  # nothing was rounded


class Word(StrEnum):
    """What a rounding word says."""

    PLAIN = ""
    OVER = "over"
    NEARLY = "nearly"
    ABOUT = "about"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed figure: the number in units of ``unit``, and the span of true values in its dimension's first
    unit.
    """

    text: str
    number: Fraction
    unit: MeasureUnit
    span: Span
    word: Word


_BEFORE: Final[dict[str, Word]] = {
    "over": Word.OVER, "more than": Word.OVER, "above": Word.OVER, "exceeding": Word.OVER, "超过": Word.OVER,
    "超": Word.OVER, "逾": Word.OVER, "多于": Word.OVER, "突破": Word.OVER, ">": Word.OVER,
    "nearly": Word.NEARLY, "almost": Word.NEARLY, "close to": Word.NEARLY, "近": Word.NEARLY, "接近": Word.NEARLY,
    "about": Word.ABOUT, "around": Word.ABOUT, "approximately": Word.ABOUT, "some": Word.ABOUT, "roughly": Word.ABOUT,
    "约": Word.ABOUT, "大约": Word.ABOUT, "约为": Word.ABOUT, "大概": Word.ABOUT, "~": Word.ABOUT, "≈": Word.ABOUT,
    "at least": Word.AT_LEAST, "no less than": Word.AT_LEAST, "not less than": Word.AT_LEAST, "至少": Word.AT_LEAST,
    "不少于": Word.AT_LEAST, "不低于": Word.AT_LEAST, "≥": Word.AT_LEAST, "达到或超过": Word.AT_LEAST,
    "at most": Word.AT_MOST, "up to": Word.AT_MOST, "no more than": Word.AT_MOST, "not more than": Word.AT_MOST,
    "至多": Word.AT_MOST, "最多": Word.AT_MOST, "不超过": Word.AT_MOST, "不高于": Word.AT_MOST, "≤": Word.AT_MOST,
    "below": Word.BELOW, "less than": Word.BELOW, "under": Word.BELOW, "fewer than": Word.BELOW, "低于": Word.BELOW,
    "少于": Word.BELOW, "不足": Word.BELOW, "不到": Word.BELOW, "<": Word.BELOW,
}  # fmt: skip
_AFTER: Final[dict[str, Word]] = {
    "余": Word.OVER, "多": Word.OVER, "+": Word.OVER, "以上": Word.AT_LEAST, "及以上": Word.AT_LEAST,
    "or more": Word.AT_LEAST, "左右": Word.ABOUT, "上下": Word.ABOUT, "以内": Word.AT_MOST, "以下": Word.AT_MOST,
    "or less": Word.AT_MOST, "or so": Word.ABOUT,
}  # fmt: skip
_SIGNS: Final[dict[str, int]] = {
    **dict.fromkeys(("-", "下降", "降低", "减少", "回落", "下滑", "降", "fell", "down", "decreased", "dropped"), -1),
    **dict.fromkeys(("+", "提高", "增长", "增加", "上升", "增", "升", "rose", "up", "grew", "increased", "by"), 1),
}
_HOLLOW: Final = ("达到", "达", "为", "共", "共计", "了", "reached", "with")  # words that say nothing of the number


def _either(words: object) -> str:
    assert isinstance(words, tuple | dict)
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_LEAD: Final = re.compile(rf"\s*({_either((*_BEFORE, *_SIGNS, *_HOLLOW, '¥'))})", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,24})(?:\.([0-9]{1,24}))?(?![0-9.,])")
_SCALE: Final = re.compile(rf"\s*({_either(SCALES)})(?![a-z0-9/])")
_TAIL: Final = re.compile(rf"\s*({_either(_AFTER)})")
_END: Final = re.compile(rf"\s*({_either(_AFTER)})$")
_NOUN: Final = re.compile(r"[^\W\d_][^\d_]{0,39}")  # what is counted: employers, 规上工业企业


def read_printed(
    text: str, *, unit: MeasureUnit | None = None, rounding: Rounding | None = None, step: Fraction | None = None
) -> Printed:
    """Read a printed figure, in Chinese or English.

    Arguments: ``unit``, what it is printed in where the text does not say so (the text's own unit must agree with
    it); ``rounding``, how the last digit was made, by default exact for a count in full and else to the nearest;
    ``step``, by how much a rounding word or the last digit may be off, in the printed unit and without its scale word
    (yuan, not hundreds of millions). Raises ``InvalidInput``.
    """
    if len(text) > TEXT_MAX:
        raise InvalidInput(
            _("A printed figure has at most %(most)s characters."), field="printed", value=text[:40], most=TEXT_MAX,
            remedy=_("Give the number, its unit and at most a rounding word."),
        )  # fmt: skip
    typed = unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-").replace("¥", "¥ ").strip()
    sign, words, rest = _led(typed)
    match = _NUMBER.match(rest)
    if match is None:
        raise _unreadable(text)
    scale, more, after = _scaled(rest[match.end() :])
    found, more_words = _unit_in(after, unit, text=text)
    words += more + more_words
    if len(set(words)) > 1:
        raise _unreadable(text)
    whole, part = match[1].replace(",", ""), match[2] or ""
    if len(whole) + len(part) > DIGITS_MAX:
        raise _unreadable(text)
    digits = _Digits(Fraction(int(whole + part), 10 ** len(part)), int(whole + part), len(part), scale)
    word = words[0] if words else Word.PLAIN
    if rounding is None:
        full = found.counted and scale == 1 and not part
        rounding = Rounding.EXACT if full else Rounding.NEAREST
    span = _span(digits, word, rounding, step)
    if sign < 0:
        span = span.negative()
    return Printed(text.strip(), sign * digits.number * scale, found, span.times(found.factor), word)


@dataclass(frozen=True, slots=True)
class _Digits:
    """A number without sign as it is printed: ``plain`` are its digits without the point."""

    number: Fraction
    plain: int
    decimals: int
    scale: int

    @property
    def last(self) -> Fraction:
        """One unit of the last printed digit."""
        return Fraction(self.scale, 10**self.decimals)

    @property
    def step(self) -> Fraction:
        """One unit of the last digit that is not 0."""
        plain, step = self.plain, self.last
        while plain and plain % 10 == 0:
            plain, step = plain // 10, step * 10
        return step


def _led(typed: str) -> tuple[int, list[Word], str]:
    """Take the words before a number: its sign and rounding words, and what follows."""
    sign, words = 1, []
    for _turn in range(6):
        match = _LEAD.match(typed)
        if match is None:
            break
        lead = match[1].lower()
        if lead in _BEFORE:
            words.append(_BEFORE[lead])
        elif lead in _SIGNS:
            sign *= _SIGNS[lead]
        typed = typed[match.end() :]
    return sign, words, typed


def _scaled(rest: str) -> tuple[int, list[Word], str]:
    """Take the words of scale after a number, and a rounding word among them: 400余, 1.2万多."""
    scale, words = 1, []
    for _turn in range(SCALE_MAX):
        tail = _TAIL.match(rest)
        if tail is not None:
            words.append(_AFTER[tail[1]])
            rest = rest[tail.end() :]
        match = _SCALE.match(rest)
        if match is None:
            break
        scale *= SCALES[match[1]]
        rest = rest[match.end() :]
    tail = _TAIL.match(rest)
    if tail is not None:
        words.append(_AFTER[tail[1]])
        rest = rest[tail.end() :]
    return scale, words, rest.strip()


def _unit_in(rest: str, declared: MeasureUnit | None, *, text: str) -> tuple[MeasureUnit, list[Word]]:
    """Find the unit in what follows a number, and a rounding word behind it."""
    words = []
    tail = _END.search(rest)
    if tail is not None:
        words.append(_AFTER[tail[1]])
        rest = rest[: tail.start()].strip()
    rest = rest.removeprefix("percentage ")
    if not rest:
        return declared or unit_with("CNY" if "¥" in unicodedata.normalize("NFKC", text) else "count"), words
    if rest in BY_WORD:
        found = BY_WORD[rest]
        if declared is not None and declared.dimension != found.dimension:
            raise InvalidInput(
                _("“%(value)s” is printed in %(printed)s, but %(declared)s is declared."), field="unit", value=text,
                printed=found.code, declared=declared.code, remedy=_("Leave the unit out, or give the printed one."),
            )  # fmt: skip
        return found, words
    if declared is not None and declared.counted and _NOUN.fullmatch(rest):
        return declared, words
    raise InvalidInput(
        _("“%(unit)s” in “%(value)s” is no unit that is known here."), field="printed", value=text, unit=rest[:40],
        remedy=_("If it names what is counted, declare the unit count; else use a unit of docs/consistency.md."),
    )  # fmt: skip


def _span(digits: _Digits, word: Word, rounding: Rounding, step: Fraction | None) -> Span:
    """Return where the true value lies, without sign and in printed units."""
    value = digits.number * digits.scale
    wide = digits.step if step is None else step
    match word:
        case Word.OVER:
            return Span(value, value + wide, low_open=False, high_open=True)
        case Word.NEARLY:
            return Span(value - wide, value, low_open=True)
        case Word.ABOUT:
            return Span(value - wide, value + wide)
        case Word.AT_LEAST:
            return Span(value, None)
        case Word.AT_MOST:
            return Span(None, value)
        case Word.BELOW:
            return Span(None, value, high_open=True)
        case Word.PLAIN:
            return _rounded(value, digits.last if step is None else step, rounding)


def _rounded(value: Fraction, last: Fraction, rounding: Rounding) -> Span:
    match rounding:
        case Rounding.EXACT:
            return Span(value, value)
        case Rounding.CUT:
            return Span(value, value + last, high_open=True)
        case Rounding.UP:
            return Span(value - last, value, low_open=True)
        case Rounding.HALF_UP:
            return Span(value - last / 2, value + last / 2, high_open=True)
        case Rounding.NEAREST:
            return Span(value - last / 2, value + last / 2)


def _unreadable(text: str) -> InvalidInput:
    return InvalidInput(
        _("“%(value)s” is no printed figure that can be read."), field="printed", value=text[:TEXT_MAX],
        remedy=_("Write it like 69.87 billion yuan, 386.9亿元, over 2,200, 约12,552亩 or -49.5%%."),
    )  # fmt: skip
