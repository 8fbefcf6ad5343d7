"""The units in which figures are printed, each as an exact multiple of its dimension's first unit.

``tianqu.base.quantities`` counts in whole numbers of a smallest unit and refuses what is finer; a printed figure is a
span of rational numbers, and bulletins use units that no ledger has, so this table stands beside it. What
``tianqu.kernel.figures.printing`` prints is read back by it, in both languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from tianqu.base.errors import InvalidInput, _


@dataclass(frozen=True, slots=True)
class MeasureUnit:
    """A unit: ``factor`` of them make one of its dimension's first unit; ``words`` are how it is printed.

    Figures can be added where ``dimension`` is the same. ``counted`` units count whole things.
    """

    code: str
    dimension: str
    factor: Fraction
    words: tuple[str, ...]
    counted: bool = False
    said_zh: str = ""
    said_en: str = ""


def _unit(
    code: str, dimension: str, factor: Fraction | int, words: str, /, *, counted: bool = False, zh: str = "",
    also: tuple[str, ...] = (),
) -> MeasureUnit:  # fmt: skip
    named = (*words.split(), *also)
    return MeasureUnit(code, dimension, Fraction(factor), named, counted, zh or named[0], code)


COUNTERS: Final = (
    "个 人 名 位 家 户 件 套 场 次 笔 项 宗 例 种 类 条 处 所 座 支 台 辆 村 站 门 份 批 人次 场次 件次 户次 门次 班次"
    " people persons firms times"
)
# 15 mu are one hectare: https://www.gov.cn, State Council order of 27 February 1984 on legal units of measurement.
UNITS: Final[dict[str, MeasureUnit]] = {
    unit.code: unit
    for unit in (
        _unit("count", "count", 1, COUNTERS, counted=True, zh="个"),
        _unit("CNY", "money", 1, "元 圆 块 块钱 人民币 yuan CNY RMB ¥"),
        _unit("%", "rate", Fraction(1, 100), "% percent"),
        _unit("permille", "rate", Fraction(1, 1000), "‰ permille"),
        _unit("points", "rate", Fraction(1, 100), "个百分点 百分点 points point pp"),
        _unit("times", "rate", 1, "倍 fold"),
        _unit("m2", "area", 1, "平方米 平米 m2 m²"),
        _unit("mu", "area", Fraction(2000, 3), "亩 市亩 mu"),
        _unit("ha", "area", 10_000, "公顷 ha hectares hectare"),
        _unit("km2", "area", 1_000_000, "平方公里 平方千米 km2"),
        _unit("m", "length", 1, "米 m metres meters metre meter"),
        _unit("km", "length", 1000, "公里 千米 km kilometres kilometers"),
        _unit("m3", "volume", 1, "立方米 方 m3 m³"),
        _unit("L", "volume", Fraction(1, 1000), "升 L litres liters"),
        _unit("mL", "volume", Fraction(1, 1_000_000), "毫升 mL ml"),
        _unit("kg", "mass", 1, "公斤 千克 kg"),
        _unit("jin", "mass", Fraction(1, 2), "斤 市斤 jin"),
        _unit("t", "mass", 1000, "吨 t tonnes tons tonne ton"),
        _unit("min", "time", 1, "分钟 min minutes minute"),
        _unit("h", "time", 60, "小时 h hours hour"),
        _unit("day", "time", 1440, "天 日 days day"),
        _unit("month", "months", 1, "个月 months month"),
        _unit("year", "months", 12, "年 years year"),
        _unit("ug/m3", "density", 1, "微克/立方米 ug/m3 μg/m3 μg/m³"),
        _unit("person-tests/day", "tests a day", 1, "人份/日 人次/日 人份/天 person-tests/day", also=("tests a day",)),
    )
}
RATES: Final = ("%", "permille", "points", "times")
BY_WORD: Final = {word: unit for unit in UNITS.values() for word in (unit.code, *unit.words)}
SCALES: Final[dict[str, int]] = {
    "十": 10, "百": 100, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7,
    "亿": 10**8, "万亿": 10**12,
    "thousand": 10**3, "k": 10**3, "K": 10**3, "hundred thousand": 10**5, "million": 10**6, "M": 10**6, "mn": 10**6,
    "hundred million": 10**8, "billion": 10**9, "bn": 10**9, "B": 10**9, "trillion": 10**12, "tn": 10**12,
}  # fmt: skip


def unit_with(code: str) -> MeasureUnit:
    """Return the unit with a code or printed word. Raises ``InvalidInput``."""
    if code not in BY_WORD:
        raise InvalidInput(
            _("There is no unit of measure %(value)s."), field="unit", value=code[:40],
            remedy=_("Use one of: %(units)s."), units=", ".join(UNITS),
        )  # fmt: skip
    return BY_WORD[code]
