"""From an after-image to the cells of a row, each as the text from which the engine reads its type.

What is missing is null; what is of another type than its column is null too, and counted, because a row that the
journal holds cannot be refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tianqu.kernel.datasets.declarations import JournalSource
from tianqu.kernel.datasets.schema import Column, Schema

SUBJECT: Final = "subject"
INTEGER_MOST: Final = 2**63 - 1


class Misfit(Exception):
    """A value that is not of its column's type."""


class Extractor:
    """Makes rows of after-images. ``misfits`` counts by column what was of another type."""

    def __init__(self, source: JournalSource, schema: Schema) -> None:
        self._shaped = source.shaped
        self._unless = tuple(source.unless.split(".")) if source.unless else ()
        self._columns = [(c.name, tuple(c.path.split(".")), _read_of(c)) for c in schema.columns]
        self.misfits: Counter[str] = Counter()

    def row(self, subject: str, after: Any) -> list[str] | None:
        """The cells of a subject, "" for null; None where it has no row."""
        if not isinstance(after, dict):
            return None
        told = self._shaped(after) if self._shaped else after
        if self._unless and found_at(told, self._unless):
            return None
        cells = []
        for name, path, read in self._columns:
            value = subject if name == SUBJECT else found_at(told, path)
            try:
                cells.append("" if value is None else read(value))
            except Misfit:
                self.misfits[name] += 1
                cells.append("")
        return cells


def found_at(after: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path; None where nothing does."""
    for name in path:
        if not isinstance(after, dict):
            return None
        after = after.get(name)
    return after


def _read_of(column: Column) -> Callable[[Any], str]:
    if column.type == "decimal":
        return lambda value: _decimal(value, column)
    return _READ[column.type]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Misfit
    return value.replace("\x00", "")


def _integer(value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > INTEGER_MOST:
        raise Misfit
    return str(value)


def _boolean(value: Any) -> str:
    if not isinstance(value, bool):
        raise Misfit
    return "true" if value else "false"


def _decimal(value: Any, column: Column) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Misfit
    try:
        number = Decimal(value)
        exact = number.is_finite() and number == round(number, column.decimals)
    except (InvalidOperation, ValueError) as error:
        raise Misfit from error
    if not exact or abs(number) >= Decimal(10) ** (column.digits - column.decimals):
        raise Misfit
    return format(number, "f")


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        raise Misfit from error


def _time(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Misfit from error
    if moment.tzinfo is None:
        raise Misfit
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


_READ: Final[dict[str, Callable[[Any], str]]] = {
    "text": _text, "integer": _integer, "boolean": _boolean, "date": _date, "time": _time,
}  # fmt: skip
