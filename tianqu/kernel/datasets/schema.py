"""What a dataset's columns are: their names, types, units and marks, and how each type is written in the engine.

Five rules hold everywhere: whole numbers and decimals are exact, times are kept in UTC, an empty cell is null, names
are small letters, and a closed column is never written into a part that everybody may read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias, get_args

from tianqu.base.errors import InvalidInput, InvalidInputs, _

ColumnType: TypeAlias = Literal["text", "integer", "decimal", "date", "time", "boolean"]
Value: TypeAlias = str | int | Decimal | date | datetime | bool | None

TYPES: Final[tuple[ColumnType, ...]] = get_args(ColumnType)
NUMERIC: Final[frozenset[str]] = frozenset(("integer", "decimal"))
COLUMNS_MAX: Final = 500
DECIMALS_MAX: Final = 18
DIGITS: Final = 18  # of a decimal, all of them: the engine adds them as machine words
DIGITS_MAX: Final = 38
TEXT_MAX: Final = 300  # characters of a title or a unit
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a dataset.

    ``title`` is Chinese and ``title_en`` English. ``unit`` is what a number counts (元, mu, ug/m3), "" for none.
    ``personal`` marks what says something of a person; ``closed`` keeps the column out of everything open, and a
    personal column of an open dataset must be closed. ``decimals`` counts digits behind the point of a decimal.
    ``digits`` counts all digits of a decimal. ``path`` is where a column of a dataset that is read from the journal
    stands in the after-image ("answer.kind").
    """

    name: str
    type: ColumnType
    title: str = ""
    title_en: str = ""
    unit: str = ""
    decimals: int = 0
    digits: int = DIGITS
    personal: bool = False
    closed: bool = False
    description: str = ""
    path: str = ""

    @property
    def sql_type(self) -> str:
        """The type in DuckDB."""
        if self.type == "decimal":
            return f"DECIMAL({self.digits}, {self.decimals})"
        return _SQL_TYPES[self.type]

    @property
    def quoted(self) -> str:
        """The name as SQL writes it; names are checked, so it needs no escaping."""
        return f'"{self.name}"'

    @property
    def name_and_type(self) -> str:
        """By what it is the same column in two versions: only then do its values compare."""
        return f"{self.name} {self.sql_type}"

    @property
    def numeric(self) -> bool:
        """Whether sums make sense."""
        return self.type in NUMERIC

    def json(self) -> dict[str, Any]:
        """The column as the journal, the manifest and the API hold it."""
        return asdict(self)


_SQL_TYPES: Final = {"text": "VARCHAR", "integer": "BIGINT", "date": "DATE", "time": "TIMESTAMP", "boolean": "BOOLEAN"}


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a dataset in order, and its ``key``: the columns that tell its rows apart, () where the order of
    the rows is all there is."""

    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def column(self, name: str, *, field: str = "column") -> Column:
        """Return a column by its name. Raises ``InvalidInput`` naming those that there are."""
        for column in self.columns:
            if column.name == name:
                return column
        raise InvalidInput(
            _("This dataset has no column %(value)s."), field=field, value=name[:80],
            remedy=_("Possible: %(allowed)s."), allowed=", ".join(column.name for column in self.columns),
        )  # fmt: skip

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def open(self) -> Schema:
        """The schema without what is closed. Its key is () where a closed column belongs to it."""
        kept = tuple(column for column in self.columns if not column.closed)
        names = {column.name for column in kept}
        return Schema(kept, self.key if set(self.key) <= names else ())

    @property
    def has_closed(self) -> bool:
        """Whether some column is closed."""
        return any(column.closed for column in self.columns)

    def json(self) -> dict[str, Any]:
        """The schema as the journal, the manifest and the API hold it."""
        return {"columns": [column.json() for column in self.columns], "key": list(self.key)}


def schema_of(told: Mapping[str, Any]) -> Schema:
    """Read a schema that ``Schema.json`` wrote."""
    return Schema(tuple(Column(**column) for column in told["columns"]), tuple(told.get("key", ())))


def checked_schema(columns: Sequence[Column], key: Sequence[str] = ()) -> Schema:
    """Return a schema whose every part makes sense. Raises ``InvalidInputs`` naming each column at fault."""
    faults = list(_faults(columns, key))
    if faults:
        raise InvalidInputs(faults[:50])
    return Schema(tuple(columns), tuple(key))


def _faults(columns: Sequence[Column], key: Sequence[str]) -> list[InvalidInput]:
    faults: list[InvalidInput] = []
    if not 1 <= len(columns) <= COLUMNS_MAX:
        faults.append(
            InvalidInput(
                _("A dataset has 1 to %(most)s columns; this one has %(value)s."),
                field="columns",
                value=len(columns),
                most=COLUMNS_MAX,
            )
        )
    seen: set[str] = set()
    for place, column in enumerate(columns, start=1):
        fault = _fault_of(column, seen, place)
        if fault is not None:
            faults.append(fault)
        seen.add(column.name)
    for name in key:
        if name not in seen or key.count(name) > 1:
            faults.append(
                InvalidInput(
                    _("The key names %(value)s, which is not one of the columns, or names it twice."),
                    field="key",
                    value=name[:80],
                )
            )
    return faults


def _fault_of(column: Column, seen: set[str], place: int) -> InvalidInput | None:
    field = f"columns.{place}"
    if not NAME.match(column.name):
        return InvalidInput(
            _("“%(value)s” cannot be the name of a column."), field=field, value=column.name[:80],
            remedy=_("Use small letters, digits and _, with a letter first, at most 63 of them."),
        )  # fmt: skip
    if column.name in seen:
        return InvalidInput(_("Two columns are called %(value)s."), field=field, value=column.name)
    if column.type not in TYPES:
        return InvalidInput(
            _("“%(value)s” is not a type of column."), field=field, value=str(column.type)[:40],
            remedy=_("Possible: %(allowed)s."), allowed=", ".join(TYPES),
        )  # fmt: skip
    lawful = 0 <= column.decimals <= min(DECIMALS_MAX, column.digits) and 1 <= column.digits <= DIGITS_MAX
    if not lawful or (column.decimals and column.type != "decimal"):
        return InvalidInput(
            _("The column %(name)s cannot have %(value)s decimals."), field=field, value=column.decimals,
            name=column.name, remedy=_("A decimal has 0 to %(most)s, every other type none."), most=DECIMALS_MAX,
        )  # fmt: skip
    for text in (column.title, column.title_en, column.unit):
        if len(text) > TEXT_MAX:
            return InvalidInput(
                _("A title or unit of the column %(value)s is longer than %(most)s characters."),
                field=field, value=column.name, most=TEXT_MAX,
            )  # fmt: skip
    return None
