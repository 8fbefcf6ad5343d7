"""How a figure is computed: measures of datasets, put together by exact arithmetic. A formula is plain JSON.

Engines return whole numbers and decimals; whatever is divided is divided here, as a fraction, and rounded once, when
it is printed. In a condition ``{period}``, ``{year}``, ``{year-1}`` and ``{month}`` stand for parts of the period
that is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, TypeAlias

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.datasets.api import FUNCTIONS

DEPTH_MAX: Final = 6
PARTS_MAX: Final = 20
NUMBER_DIGITS_MAX: Final = 30  # before or behind the point of a number that somebody gives
PERIOD: Final = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?\Z")
_PLACE: Final = re.compile(r"\{(period|year|month)(?:-(\d{1,2}))?\}")
Where: TypeAlias = Mapping[str, Sequence[str]]


class PeriodKind(StrEnum):
    """How long a period is for which a figure has a value."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class MeasureOf:
    """One measure of a dataset: ``function`` over ``column`` ("" for the count of rows) of rows that meet ``where``.

    ``where`` is as in an address: ``{"year": ["{year}"], "amount.ge": ["100"]}``.
    """

    dataset: str
    function: str
    column: str
    where: tuple[tuple[str, tuple[str, ...]], ...]

    def for_period(self, period: str) -> MeasureOf:
        """The same with the period put in."""
        where = tuple((key, tuple(filled(value, period=period) for value in values)) for key, values in self.where)
        return MeasureOf(self.dataset, self.function, self.column, where)


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that is part of the definition, such as 100 for a percentage."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Combined:
    """Formulas put together: ``sum``, ``difference``, ``product``, ``ratio`` (first over second), ``growth`` (first
    over second, less one, in per cent) and ``share`` (first over second, in per cent)."""

    operation: str
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class QuotedValue:
    """A value that another office published: the number, and where it is read."""

    value: Fraction
    source: str


Formula: TypeAlias = MeasureOf | Constant | Combined | QuotedValue
OPERATIONS: Final = {"sum": 0, "product": 0, "difference": 2, "ratio": 2, "growth": 2, "share": 2}  # parts; 0: any


def read_formula(told: Any, *, field: str = "formula", depth: int = 0) -> Formula:
    """Read a formula from JSON. Raises ``InvalidInput`` naming the part at fault.

    ``{"dataset": "trade.by_county", "measure": "sum:amount", "where": {"year": "{year}"}}``,
    ``{"growth": [formula, formula]}``, ``{"constant": "100"}``, ``{"quoted": "7", "source": "…"}``.
    """
    if depth > DEPTH_MAX or not isinstance(told, dict) or not told:
        raise _no_formula(field)
    if "dataset" in told:
        return _measure(told, field)
    if "constant" in told:
        return Constant(_number(told["constant"], field))
    if "quoted" in told:
        source = told.get("source")
        if not isinstance(source, str) or not 1 <= len(source.strip()) <= 500:
            raise InvalidInput(
                _("A quoted figure names its source, in 1 to 500 characters."), field=f"{field}.source",
                remedy=_("Say who published it, where and when."),
            )  # fmt: skip
        return QuotedValue(_number(told["quoted"], field), source.strip())
    operation, parts = next(iter(told.items()))
    if len(told) != 1 or operation not in OPERATIONS or not isinstance(parts, list):
        raise _no_formula(field)
    if not 1 <= len(parts) <= PARTS_MAX or len(parts) != (OPERATIONS[operation] or len(parts)):
        raise InvalidInput(
            _("The operation %(value)s takes %(count)s parts."), field=field, value=operation,
            count=OPERATIONS[operation] or f"1–{PARTS_MAX}",
        )  # fmt: skip
    read = [read_formula(part, field=f"{field}.{operation}.{n}", depth=depth + 1) for n, part in enumerate(parts, 1)]
    return Combined(operation, tuple(read))


def _measure(told: Mapping[str, Any], field: str) -> MeasureOf:
    function, _colon, column = str(told.get("measure", "count")).partition(":")
    if function not in FUNCTIONS or function == "mean":
        raise InvalidInput(
            _("There is no measure %(value)s."), field=f"{field}.measure", value=str(told.get("measure"))[:80],
            remedy=_("Use count, distinct, sum, min or max, with a column behind a colon."),
        )  # fmt: skip
    where = told.get("where", {})
    if not isinstance(where, dict) or len(where) > PARTS_MAX:
        raise _no_formula(f"{field}.where")
    conditions = tuple(
        (str(key), tuple(str(each) for each in (value if isinstance(value, list) else [value])))
        for key, value in where.items()
    )
    return MeasureOf(str(told["dataset"]), function, column, conditions)


def _number(told: Any, field: str) -> Fraction:
    try:
        value = Decimal(str(told))
        if not value.is_finite() or abs(value.adjusted()) > NUMBER_DIGITS_MAX:
            raise ValueError
    except (ArithmeticError, ValueError) as error:
        raise InvalidInput(
            _("“%(value)s” is not a number."), field=field, value=str(told)[:80], remedy=_("Write for instance 12.5.")
        ) from error
    return Fraction(value)


def _no_formula(field: str) -> InvalidInput:
    return InvalidInput(
        _("This is not a formula."), field=field,
        remedy=_("Give a measure of a dataset, a constant, a quoted value, or one of %(allowed)s of formulas."),
        allowed=", ".join(OPERATIONS),
    )  # fmt: skip


def check_period(period: str) -> str:
    """Return a period as it is: a year, a month or a day of the calendar. Raises ``InvalidInput``."""
    period_kind(period)
    return period


def period_kind(period: str) -> PeriodKind:
    """Whether a period is a year, a month or a day. Raises ``InvalidInput`` for what is none of the calendar."""
    found = PERIOD.match(period)
    try:
        if found is None:
            raise ValueError
        date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    except ValueError as error:
        raise InvalidInput(
            _("“%(value)s” is not a period."), field="period", value=period[:40],
            remedy=_("Write a year, a month or a day: 2020, 2020-12 or 2020-12-31."),
        ) from error  # fmt: skip
    if found["day"]:
        return PeriodKind.DAY
    return PeriodKind.MONTH if found["month"] else PeriodKind.YEAR


def filled(text: str, *, period: str) -> str:
    """Put the parts of a period into a text of a condition."""
    parts = PERIOD.match(period)
    assert parts is not None, period

    def put(found: re.Match[str]) -> str:
        name, less = found[1], int(found[2] or 0)
        if name == "year":
            return str(int(parts["year"]) - less)
        if name == "month":
            return parts["month"] or ""
        return period if not less else f"{int(parts['year']) - less}{period[4:]}"

    return _PLACE.sub(put, text)


def measures_in(formula: Formula) -> Iterator[MeasureOf]:
    """Every measure of a formula, in order."""
    if isinstance(formula, MeasureOf):
        yield formula
    elif isinstance(formula, Combined):
        for part in formula.parts:
            yield from measures_in(part)


def quoted_in(formula: Formula) -> Iterator[QuotedValue]:
    """Every quoted value of a formula, in order."""
    if isinstance(formula, QuotedValue):
        yield formula
    elif isinstance(formula, Combined):
        for part in formula.parts:
            yield from quoted_in(part)


def evaluate(formula: Formula, measured: Callable[[MeasureOf], int | Decimal | None]) -> Fraction | None:
    """The exact value of a formula.

    None where a measure has no rows to tell of, or something is divided by nothing.
    """
    if isinstance(formula, Constant | QuotedValue):
        return formula.value
    if isinstance(formula, MeasureOf):
        value = measured(formula)
        return None if value is None else Fraction(value)
    parts = [evaluate(part, measured) for part in formula.parts]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    return _OPERATE[formula.operation](known)


def _product(parts: Sequence[Fraction]) -> Fraction:
    value = Fraction(1)
    for part in parts:
        value *= part
    return value


def _ratio(parts: Sequence[Fraction]) -> Fraction | None:
    return parts[0] / parts[1] if parts[1] else None


def _growth(parts: Sequence[Fraction]) -> Fraction | None:
    return (parts[0] / parts[1] - 1) * 100 if parts[1] else None


def _share(parts: Sequence[Fraction]) -> Fraction | None:
    return parts[0] / parts[1] * 100 if parts[1] else None


_OPERATE: Final[Mapping[str, Callable[[Sequence[Fraction]], Fraction | None]]] = {
    "sum": lambda parts: sum(parts, Fraction(0)), "product": _product, "difference": lambda parts: parts[0] - parts[1],
    "ratio": _ratio, "growth": _growth, "share": _share,
}  # fmt: skip
