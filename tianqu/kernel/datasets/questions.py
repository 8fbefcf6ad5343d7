"""The safe language in which pages, gateways and programs ask of a dataset: columns, conditions, groups, order, a page.

A question is a frozen value, made from names that are checked against the schema and values that are read by the
column's type; ``statements`` makes SQL of it. Nothing that a person typed is ever part of a statement.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, TypeAlias, cast, get_args

import orjson

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.datasets.schema import Column, Schema, Value

Operator: TypeAlias = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "contains", "starts", "null", "filled"]
OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)
Function: TypeAlias = Literal["count", "sum", "min", "max", "mean", "distinct"]
FUNCTIONS: Final[tuple[Function, ...]] = get_args(Function)
PAGE_MAX: Final = 1_000
CONDITIONS_MAX: Final = 30
GROUPS_MAX: Final = 4
MEASURES_MAX: Final = 10
VALUES_MAX: Final = 200  # of one condition
TEXT_MAX: Final = 1_000
_TEXT_ONLY: Final = frozenset(("contains", "starts"))
_NO_VALUE: Final = frozenset(("null", "filled"))
RESERVED: Final = frozenset(
    ("columns", "group", "measure", "sort", "after", "limit", "version", "as_of_index", "format", "lang", "q")
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a column of each row must be: one value, several for ``in``, none for ``null`` and ``filled``."""

    column: str
    operator: Operator
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """What is told of a group of rows. ``column`` is "" for the count of rows."""

    function: Function
    column: str = ""

    @property
    def name(self) -> str:
        """How the measure is called in a result: "count", "sum_amount"."""
        return f"{self.function}_{self.column}" if self.column else self.function


@dataclass(frozen=True, slots=True)
class Question:
    """A page of rows, or of groups with measures where ``group`` or ``measures`` are given.

    ``columns`` () means all. ``sort`` is a column's or measure's name with "-" before it for the largest first; ""
    keeps the rows' own order. ``after`` is the mark of the page before. ``limit`` counts rows.
    """

    columns: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    group: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    sort: str = ""
    after: str = ""
    limit: int = 50

    @property
    def groups(self) -> bool:
        """Whether it asks for groups and not for rows."""
        return bool(self.group or self.measures)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended: the version that it is of, the value that the order is by, and the row's own number.

    For groups the number is how many of them came before.
    """

    version: int
    value: Value
    row: int

    def text(self) -> str:
        """The mark as it goes into an address."""
        told = [self.version, None if self.value is None else written(self.value), self.row]
        return base64.urlsafe_b64encode(orjson.dumps(told)).rstrip(b"=").decode()


def read_mark(text: str, *, column: Column | None) -> Mark:
    """Read the mark of a page whose order is by ``column``, None for none. Raises ``InvalidInput``."""
    try:
        padded = text + "=" * (-len(text) % 4)
        version, value, row = orjson.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if type(version) is not int or type(row) is not int or not 0 <= row < 2**62:
            raise ValueError
        return Mark(version, None if value is None or column is None else read_value(str(value), column), row)
    except (ValueError, TypeError, InvalidInput) as error:
        raise InvalidInput(
            _("This page cannot be found."), field="after", value=text[:80],
            remedy=_("Begin at the first page again."),
        ) from error  # fmt: skip


def written(value: Value) -> str:
    """A value as it stands in an address; ``read_value`` reads it again. "" for null."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)


def question_of(told: Mapping[str, Sequence[str]], schema: Schema, *, limit: int = 50) -> Question:
    """Read a question from an address: ``county=德城区&amount.ge=100&group=kind&measure=sum:amount&sort=-sum_amount``.

    A column may come several times; ``county=a&county=b`` is "a or b". Raises ``InvalidInput``.
    """
    conditions = tuple(_conditions(told, schema))
    if len(conditions) > CONDITIONS_MAX:
        raise InvalidInput(_("At most %(most)s conditions."), field="conditions", most=CONDITIONS_MAX)
    question = Question(
        columns=_names(told, "columns"), conditions=conditions, group=_names(told, "group"),
        measures=tuple(_measure(each) for each in _names(told, "measure")), sort=_one(told, "sort"),
        after=_one(told, "after"), limit=_limit(_one(told, "limit"), limit),
    )  # fmt: skip
    return checked(question, schema)


def checked(question: Question, schema: Schema) -> Question:
    """Return a question whose every name is one of the schema's. Raises ``InvalidInput``."""
    for name in question.columns:
        schema.column(name, field="columns")
    if len(question.group) > GROUPS_MAX or len(question.measures) > MEASURES_MAX:
        raise InvalidInput(
            _("At most %(groups)s groups and %(measures)s measures."), field="group", groups=GROUPS_MAX,
            measures=MEASURES_MAX,
        )  # fmt: skip
    for name in question.group:
        schema.column(name, field="group")
    for measure in question.measures:
        _check_measure(measure, schema)
    names = {*question.group, *(measure.name for measure in measures_of(question))}
    sort = question.sort.removeprefix("-")
    if sort and (sort not in names if question.groups else sort not in schema.names):
        allowed = sorted(names) if question.groups else schema.names
        raise InvalidInput(
            _("The rows cannot be ordered by %(value)s."), field="sort", value=sort[:80],
            remedy=_("Possible: %(allowed)s."), allowed=", ".join(allowed),
        )  # fmt: skip
    return question


def measures_of(question: Question) -> tuple[Measure, ...]:
    """The measures of a question about groups; the count of rows where it names none."""
    return question.measures or (Measure("count"),)


def read_value(text: str, column: Column) -> Value:
    """Read a value as it stands in an address by the type of its column. Raises ``InvalidInput``."""
    try:
        if len(text) > TEXT_MAX:
            raise ValueError
        return cast(Value, _READ[column.type](text))
    except (ValueError, InvalidOperation) as error:
        raise InvalidInput(
            _("“%(value)s” is not a value of the column %(name)s."), field=column.name, value=text[:80],
            name=column.name, remedy=_("Give for instance %(example)s."), example=_EXAMPLES[column.type],
        ) from error  # fmt: skip


def _whole(text: str) -> int:
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError
    return value


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or abs(value) >= Decimal(10) ** 38 or len(value.as_tuple().digits) > 38:
        raise ValueError
    return value


def _yes(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


def _time(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=None) if value.tzinfo is None else (value - value.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]


_READ: Final[Mapping[str, Any]] = {
    "text": str, "integer": _whole, "decimal": _decimal, "date": date.fromisoformat, "time": _time, "boolean": _yes,
}  # fmt: skip
_EXAMPLES: Final = {
    "text": "德城区", "integer": "12", "decimal": "12.5", "date": "2020-12-31", "time": "2020-12-31T08:00:00",
    "boolean": "true",
}  # fmt: skip


def _conditions(told: Mapping[str, Sequence[str]], schema: Schema) -> list[Condition]:
    found = []
    for key, texts in told.items():
        name, _dot, operator = key.partition(".")
        if name in RESERVED:
            continue
        column = schema.column(name, field=key[:80])
        found.append(_condition(column, operator or ("eq" if len(texts) == 1 else "in"), texts))
    return found


def _condition(column: Column, operator: str, texts: Sequence[str]) -> Condition:
    if operator not in OPERATORS or (operator in _TEXT_ONLY and column.type != "text"):
        raise InvalidInput(
            _("A column of type %(type)s cannot be asked with %(value)s."), field=column.name, value=operator[:40],
            type=column.type, remedy=_("Possible: %(allowed)s."), allowed=", ".join(OPERATORS),
        )  # fmt: skip
    if operator in _NO_VALUE:
        return Condition(column.name, operator)
    several = operator == "in"
    if not 1 <= len(texts) <= (VALUES_MAX if several else 1):
        raise InvalidInput(
            _("The column %(name)s is asked for %(value)s values at once."), field=column.name, value=len(texts),
            name=column.name, remedy=_("Give one value, or at most %(most)s for “in”."), most=VALUES_MAX,
        )  # fmt: skip
    return Condition(column.name, operator, tuple(read_value(text, column) for text in texts))


def _measure(text: str) -> Measure:
    function, _colon, column = text.partition(":")
    if function not in FUNCTIONS:
        raise InvalidInput(
            _("There is no measure %(value)s."), field="measure", value=text[:80],
            remedy=_("Possible: %(allowed)s, with a column behind a colon: sum:amount."), allowed=", ".join(FUNCTIONS),
        )  # fmt: skip
    return Measure(function, column)


def _check_measure(measure: Measure, schema: Schema) -> None:
    if not measure.column:
        if measure.function != "count":
            raise InvalidInput(
                _("The measure %(value)s needs a column."), field="measure", value=measure.function,
                remedy=_("Give it behind a colon: %(value)s:amount."),
            )  # fmt: skip
        return
    column = schema.column(measure.column, field="measure")
    if measure.function in ("sum", "mean") and not column.numeric:
        raise InvalidInput(
            _("The column %(value)s holds no numbers to add."), field="measure", value=column.name,
            remedy=_("Count it, or choose a column of numbers."),
        )  # fmt: skip


def _names(told: Mapping[str, Sequence[str]], key: str) -> tuple[str, ...]:
    """The names under a key, which may come several times or parted by commas."""
    names = [name.strip() for text in told.get(key, ()) for name in text.split(",") if name.strip()]
    return tuple(dict.fromkeys(names))


def _one(told: Mapping[str, Sequence[str]], key: str) -> str:
    texts = told.get(key, ())
    return texts[-1] if texts else ""


def _limit(text: str, otherwise: int) -> int:
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= PAGE_MAX):
        raise InvalidInput(
            _("A page has 1 to %(most)s rows."), field="limit", value=text[:20], most=PAGE_MAX,
            remedy=_("Ask for less at once, or download the dataset."),
        )  # fmt: skip
    return int(text)
