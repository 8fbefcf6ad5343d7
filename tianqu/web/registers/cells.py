"""What a row of a register says in each column, for people: on a page, and in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from tianqu.base.quantities import Unit
from tianqu.kernel.pack.api import (
    PLACE,
    Register,
    RegisterColumn,
    attribute_of,
    form_of,
    key_of,
    kind_of,
    named,
    plain_number,
    said,
    value_in,
)
from tianqu.kernel.places.api import place_with, places_at, unit_with, units_with
from tianqu.web.layout import formats

NUMERIC: Final = ("number", "money")
TEXT_SHOWN: Final = 80  # characters of a long text on a list


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a list: its column and text, where it leads, the tone of its mark ("" for none), set right or not."""

    name: str
    text: str
    address: str = ""
    tone: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What the places and units of some rows are called, looked up together."""

    places: Mapping[str, Any]
    units: Mapping[UUID, Any]


def listed_columns(register: Register) -> list[RegisterColumn]:
    """The columns of the list."""
    return [column for column in register.columns if column.listed]


def names_in(register: Register, rows: Sequence[Any]) -> Names:
    """Look up what the listed rows name. Two statements at most."""
    paths, unit_ids = set[str](), set[UUID]()
    for column in listed_columns(register):
        kind = kind_of(register, column)
        found = [value_in(column, row) for row in rows] if kind in (PLACE, "unit") else []
        if kind == PLACE:
            paths |= {str(value) for value in found if value and not isinstance(value, UUID)}
        else:
            unit_ids |= {value for value in found if isinstance(value, UUID)}
    return Names(places_at(paths) if paths else {}, units_with(unit_ids) if unit_ids else {})


def cells_of(register: Register, row: Any, names: Names, *, address: str) -> list[Cell]:
    """The cells of a row in the order of the list; the first leads to ``address``, if there is one."""
    made: list[Cell] = []
    for column in listed_columns(register):
        kind, value = kind_of(register, column), value_in(column, row)
        text = text_of(register, column, row, names)
        tone = column.tones.get(str(value), "") if column.tones else ""
        made.append(Cell(column.name, text, "" if made else address, tone, numeric=kind in NUMERIC))
    return made


def text_of(register: Register, column: RegisterColumn, row: Any, names: Names) -> str:
    """What a row says in a column, in the language of the page; "" for nothing."""
    kind, value = kind_of(register, column), value_in(column, row)
    if value is None or value == "" or value == []:
        return ""
    if kind in ("text", "long_text"):
        return _shortened(_in_language(column, row, str(value)))
    if kind == "row":
        return _row_named(column, row, value)
    if kind == PLACE:
        return named(names.places[value]) if value in names.places else _place_named(value)
    if kind == "unit":
        return named(names.units[value]) if value in names.units else named(unit_with(value))
    return value_said(register, column, kind, value)


def value_said(register: Register, column: RegisterColumn, kind: str, value: Any) -> str:
    """What a value of one of the plain kinds is called."""
    match kind, value:
        case "choice", code:
            return column.said(str(code))
        case "choices", codes:
            return formats.listed(column.said(code) for code in codes)
        case "yes_no", truth:
            return _("yes") if truth else _("no")
        case "money", int(fen):
            return formats.amount(fen)
        case "moment", datetime() as at:
            return formats.moment(at)
        case "date", date() as day:
            return formats.day(day)
        case "time", int(minutes):
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case "number", int(count):
            return plain_number(count, Unit("", column.decimals, "", "")) if column.decimals else formats.number(count)
        case "number", Decimal() as number:
            return f"{number.normalize():f}"
        case "lines", lines:
            return "; ".join(_line(register, column, line) for line in lines)
    return str(value)


def exported(register: Register, column: RegisterColumn, row: Any, names: Names) -> object:
    """A cell of a file: numbers and days as spreadsheets reckon with them, all else as the page says it."""
    kind, value = kind_of(register, column), value_in(column, row)
    match kind, value:
        case _, None:
            return None
        case "number", int(count) if not column.decimals:
            return count
        case "money", int(fen):
            return plain_number(fen)
        case "date", date() as day:
            return day.isoformat()
        case "moment", datetime() as at:
            return f"{formats.local_time(at):%Y-%m-%d %H:%M}"
        case (("text" | "long_text"), text):
            return _in_language(column, row, str(text))
    return text_of(register, column, row, names)


def heads_of(columns: Iterable[RegisterColumn], register: Register) -> list[str]:
    """What stands over the columns of a file, with the unit."""
    return [
        f"{column.heading or column.title}{f' ({unit})' if (unit := unit_of(register, column)) else ''}"
        for column in columns
    ]


def unit_of(register: Register, column: RegisterColumn) -> str:
    """The unit that stands in the header of a column."""
    return str(column.unit) or (_("yuan") if kind_of(register, column) == "money" else "")


def address_of(register: Register, pack: str, row: Any) -> str:
    """Where one row is shown, "" where no page shows it."""
    if callable(register.page):
        return register.page(row)
    return reverse(f"{pack}:{register.page}", args=[key_of(register, row)]) if register.page else ""


def _in_language(column: RegisterColumn, row: Any, value: str) -> str:
    other = "" if callable(column.at) else getattr(row, f"{attribute_of(column)}_en", "")
    return said(value, other)


def _shortened(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN else f"{text[: TEXT_SHOWN - 1]}…"


def _row_named(column: RegisterColumn, row: Any, value: Any) -> str:
    other = getattr(row, column.name, None)
    return named(other) if hasattr(other, "name_en") else str(value)


def _place_named(value: Any) -> str:
    return named(place_with(value)) if isinstance(value, UUID) else str(value)


def _line(register: Register, column: RegisterColumn, line: Sequence[Any]) -> str:
    kinds = next((field.parts for field in form_of(register) if field.column is column), ())
    told = [
        value_said(register, part, kinds[place].kind if kinds else part.kind, value)
        for place, (part, value) in enumerate(zip(column.parts, line, strict=True))
    ]
    return " ".join(told)
