"""How a figure is printed: in which unit, how fine, with which rounding word; the same value in Chinese and in English.

Fineness is told once, as the value of the last printed digit (``step``), so that 386.9 亿元 and 38.69 billion yuan say
the same. It is rounded half up, as schools do and statistics offices print (see GB/T 8170-2008 for the other way).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, TypeAlias, get_args

from tianqu.base.errors import InvalidInput, _

Word: TypeAlias = Literal["", "over", "about", "nearly", "at_least"]
WORDS: Final[tuple[Word, ...]] = get_args(Word)
Way: TypeAlias = Literal["half_up", "cut"]
# What stands before or behind a rounded figure, in Chinese and in English.
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "": ("{}", "{}"), "over": ("超过{}", "over {}"), "about": ("约{}", "about {}"), "nearly": ("近{}", "nearly {}"),
    "at_least": ("不少于{}", "at least {}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """What a figure counts. ``scales`` are the larger units it is printed in: how many, and how these are called."""

    code: str
    zh: str
    en: str
    zh_scales: tuple[tuple[int, str], ...] = ()
    en_scales: tuple[tuple[int, str], ...] = ()
    close: bool = False  # written right behind the number in English, as % is


_MYRIADS: Final = ((10**8, "亿"), (10**4, "万"))
_MILLIONS: Final = ((10**9, "billion"), (10**6, "million"))


def _counted(code: str, *, zh: str, en: str, close: bool = False) -> Unit:
    return Unit(
        code, zh, en, tuple((size, f"{name}{zh}") for size, name in _MYRIADS),
        tuple((size, f"{name} {en}".strip()) for size, name in _MILLIONS), close,
    )  # fmt: skip


UNITS: Final[dict[str, Unit]] = {
    unit.code: unit
    for unit in (
        _counted("count", zh="", en=""),
        _counted("CNY", zh="元", en="yuan"),
        _counted("mu", zh="亩", en="mu"),
        _counted("m2", zh="平方米", en="m²"),
        _counted("m3", zh="立方米", en="m³"),
        _counted("t", zh="吨", en="t"),
        _counted("person-tests/day", zh="人份/日", en="tests a day"),
        Unit("%", "%", "%", close=True),
        Unit("points", "个百分点", "percentage points"),
        Unit("ug/m3", "微克/立方米", "µg/m³"),
        Unit("min", "分钟", "minutes"),
        Unit("month", "个月", "months"),
        Unit("mL", "毫升", "mL"),
    )
}


@dataclass(frozen=True, slots=True)
class Display:
    """How a value is printed.

    ``step`` is what the last printed digit counts; ``scale`` 0 chooses the largest scale that leaves the number at
    least 10, and 1 prints it in full.
    """

    unit: Unit
    step: Decimal = Decimal(1)
    word: Word = ""
    rounding: Way = "half_up"
    scale_zh: int = 0
    scale_en: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A printed value: digits, and what stands behind them; ``whole`` is both with the rounding word."""

    digits: str
    unit: str
    whole: str


def display_of(
    *, unit: str, step: str = "1", word: str = "", rounding: str = "half_up", scale_zh: int = 0, scale_en: int = 0
) -> Display:
    """Check and make a display. ``step`` is a power of ten. Raises ``InvalidInput``."""
    if unit not in UNITS:
        raise _impossible("unit", value=unit, allowed=tuple(UNITS))
    if word not in WORDS:
        raise _impossible("word", value=word, allowed=WORDS)
    if rounding not in get_args(Way):
        raise _impossible("rounding", value=rounding, allowed=get_args(Way))
    try:
        size = Decimal(step)
        lawful = size.is_finite() and size > 0 and abs(size.adjusted()) <= 15 and size.as_tuple().digits[:1] == (1,)
        lawful = lawful and set(size.as_tuple().digits[1:]) <= {0}
    except ArithmeticError:
        lawful = False
    if not lawful:
        raise InvalidInput(
            _("“%(value)s” cannot be the step of a figure."), field="step", value=step[:40],
            remedy=_("Give what its last printed digit counts: 1, 0.01, 10000000."),
        )  # fmt: skip
    for name, scale, allowed in (("scale_zh", scale_zh, _MYRIADS), ("scale_en", scale_en, _MILLIONS)):
        if scale not in (0, 1, *(each for each, _name in allowed)):
            raise _impossible(name, value=str(scale), allowed=("0", "1", *(str(each) for each, _name in allowed)))
    return Display(UNITS[unit], size, word, rounding, scale_zh, scale_en)  # type: ignore[arg-type]  # looked at above


def _impossible(field: str, *, value: str, allowed: tuple[str, ...]) -> InvalidInput:
    return InvalidInput(
        _("%(value)s is not possible here."), field=field, value=value[:80], remedy=_("Possible: %(allowed)s."),
        allowed=", ".join(each or "“”" for each in allowed),
    )  # fmt: skip


def rounded(value: Fraction, display: Display) -> Fraction:
    """The value that is printed: a multiple of the step."""
    step = Fraction(display.step)
    steps = abs(value) / step
    whole = steps.numerator // steps.denominator
    if display.rounding == "half_up" and steps - whole >= Fraction(1, 2):
        whole += 1
    return whole * step if value >= 0 else -whole * step


def printed(value: Fraction, display: Display, *, chinese: bool) -> Text:
    """A value as it is printed in one of the languages."""
    shown = rounded(value, display)
    scales = display.unit.zh_scales if chinese else display.unit.en_scales
    wanted = display.scale_zh if chinese else display.scale_en
    size, name = _scale(shown, scales, wanted, display.unit.zh if chinese else display.unit.en)
    decimals = decimals_of(Fraction(display.step) / size)
    digits = f"{Decimal(shown.numerator) / Decimal(shown.denominator) / size:,.{decimals}f}"
    space = "" if chinese or display.unit.close or not name else " "
    said = _SAID[display.word][0 if chinese else 1]
    return Text(digits, name, said.format(f"{digits}{space}{name}"))


def _scale(shown: Fraction, scales: tuple[tuple[int, str], ...], wanted: int, plain: str) -> tuple[int, str]:
    if wanted == 1:
        return 1, plain
    for size, name in scales:
        if size == wanted or (not wanted and abs(shown) >= size * 10):
            return size, name
    return 1, plain


def decimals_of(step: Fraction) -> int:
    """How many decimals show a step: 0 for whole ones."""
    decimals = 0
    while step.denominator != 1 and decimals < 12:
        step, decimals = step * 10, decimals + 1
    return decimals
