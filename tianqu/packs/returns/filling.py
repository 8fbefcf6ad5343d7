"""What a unit fills in: raw cells become typed values, and the checks of the return are asked of them. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from tianqu.base.errors import InvalidInput, TianquError, _, at_field
from tianqu.base.quantities import format_quantity, read_quantity
from tianqu.base.texts import clean_line
from tianqu.packs.returns.designing import ColumnKind, Design, FormCheck, FormColumn
from tianqu.packs.returns.expressions import EXACT, Cell, Outcome, Rule, outcome_of

ROWS_MAX: Final = 2_000
TEXT_MAX: Final = 200
FLOAT_DIGITS: Final = 15  # so many digits of a JSON number come through a binary float unchanged


@dataclass(frozen=True, slots=True)
class FilingRow:
    """A row as it is filed: the key that it goes by ("" where a unit files one row), and a value for each column.

    Numbers are numbers or texts ("38,690.00"); a choice is given by its code or one of its titles.
    """

    key: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a soft check does not hold: of the check with a code, in the row with a key."""

    check: str
    key: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class TypedRow:
    """A row that was understood. Integers are numbers, decimals texts with all their decimals; None: left empty."""

    key: str
    values: Mapping[str, int | str | None]

    def number(self, name: str) -> Decimal | None:
        """A numeric value, exactly."""
        value = self.values.get(name)
        return None if value is None else Decimal(value)


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that does not hold: in which row (None: of the whole return), and what was computed."""

    check: FormCheck
    rule: Rule
    outcome: Outcome
    row: int | None
    key: str

    @property
    def field(self) -> str:
        """The field of a form in which it is explained."""
        return f"explain_{self.check.code}_{'all' if self.row is None else self.row}"


@dataclass(slots=True)
class Filled:
    """What became of a return that was filled in: its rows, what could not be read, and the checks that fail."""

    rows: list[TypedRow] = field(default_factory=list)
    faults: list[InvalidInput] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def cell_field(row: int, name: str) -> str:
    """What the field of a cell is called: ``r0_exports``, the first row's exports."""
    return f"r{row}_{name}"


def filled(design: Design, rows: Sequence[FilingRow], *, last: Sequence[TypedRow]) -> Filled:
    """Read the rows of a return, and ask its checks; ``last`` are the rows of the period before, if there are any."""
    found = Filled()
    if not rows:
        found.faults.append(InvalidInput(_("A return has at least one row."), field=cell_field(0, "key")))
    elif len(rows) > (ROWS_MAX if design.keyed else 1):
        found.faults.append(
            InvalidInput(_("This return has at most %(most)s rows."), field=cell_field(0, "key"),
                         most=ROWS_MAX if design.keyed else 1)
        )  # fmt: skip
        return found
    seen: set[str] = set()
    for place, row in enumerate(rows):
        key = _key(design, row.key, place, seen, found.faults)
        found.rows.append(TypedRow(key, _row_values(design, row, place, found.faults)))
    if not found.faults:
        found.failures = failures(design, found.rows, last=last)
    return found


def _key(design: Design, key: str, place: int, seen: set[str], faults: list[InvalidInput]) -> str:
    if not design.keyed:
        if key:
            faults.append(InvalidInput(_("This return has one row, without a key."), field=cell_field(place, "key")))
        return ""
    try:
        key = clean_line(key, field=cell_field(place, "key"), most=TEXT_MAX, wanted=True)
    except TianquError as error:
        faults.append(at_field(error, cell_field(place, "key")))
        return ""
    if key in seen:
        faults.append(InvalidInput(_("“%(value)s” stands here twice."), field=cell_field(place, "key"), value=key[:40]))
    seen.add(key)
    return key


def _row_values(design: Design, row: FilingRow, place: int, faults: list[InvalidInput]) -> dict[str, int | str | None]:
    values: dict[str, int | str | None] = {}
    for column in design.columns:
        try:
            values[column.name] = typed(column, row.values.get(column.name))
        except TianquError as error:
            faults.append(at_field(error, cell_field(place, column.name)))
    unknown = set(row.values) - {column.name for column in design.columns}
    for name in sorted(unknown)[:5]:
        faults.append(InvalidInput(
            _("This return has no column “%(value)s”."), field=cell_field(place, name[:40]), value=name[:40],
            remedy=_("Use one of: %(allowed)s."), allowed=", ".join(one.name for one in design.columns),
        ))  # fmt: skip
    return values


def typed(column: FormColumn, raw: object) -> int | str | None:
    """Return a value as it is kept. Raises ``InvalidInput`` for one that the column does not take."""
    text = _text_of(raw)
    if not text:
        if column.required:
            raise InvalidInput(_("This is needed."), field=column.name, remedy=_("Fill it in."))
        return None
    if column.numeric:
        try:
            smallest = read_quantity(text, column.unit)
        except InvalidInput as error:
            raise at_field(error, column.name) from error
        if column.kind is ColumnKind.INTEGER:
            return smallest
        return format_quantity(smallest, column.unit).replace(",", "")
    text = clean_line(text, field=column.name, most=TEXT_MAX)
    return text if column.kind is ColumnKind.TEXT else _chosen(column, text)


def _text_of(raw: object) -> str:
    """What was given, as text: a number of JSON by its shortest digits, and nothing that a binary float has bent."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return unicodedata.normalize("NFKC", raw).strip() if len(raw) <= 4 * TEXT_MAX else raw
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        return str(raw)
    if isinstance(raw, float) and "e" not in (said := repr(raw)) and sum(map(str.isdigit, said)) <= FLOAT_DIGITS + 1:
        return said.removesuffix(".0")
    raise InvalidInput(
        _("“%(value)s” is no value that can be taken exactly."), value=str(raw)[:40], remedy=_("Send it as a text.")
    )


def _chosen(column: FormColumn, text: str) -> str:
    for choice in column.choices:
        if text.casefold() in (choice.code, choice.title_zh.casefold(), choice.title_en.casefold()):
            return choice.code
    raise InvalidInput(
        _("“%(value)s” is none of the list."), field=column.name, value=text[:40],
        remedy=_("Use one of: %(allowed)s."), allowed="、".join(choice.title_zh for choice in column.choices),
        allowed_en=", ".join(choice.title_en for choice in column.choices),
    )  # fmt: skip


def failures(design: Design, rows: Sequence[TypedRow], *, last: Sequence[TypedRow]) -> list[Failure]:
    """Ask every check of a return, and return those that do not hold, hard ones first."""
    before = {row.key: row for row in last}
    sums = _Sums(rows, last)
    found: list[Failure] = []
    for check, rule in design.rules():
        asked: Sequence[tuple[int | None, TypedRow | None]] = list(enumerate(rows)) if rule.of_rows else [(None, None)]
        for place, row in asked:
            values = _Values(sums, row, before.get(row.key) if row is not None else None)
            outcome = outcome_of(rule, values)
            if outcome.holds is False:
                found.append(Failure(check, rule, outcome, place, row.key if row is not None else ""))
    return sorted(found, key=lambda one: one.check.soft)


@dataclass(frozen=True, slots=True)
class _Sums:
    """The sums over all rows, each added up once: a check of two thousand rows may ask for one in every row."""

    rows: Sequence[TypedRow]
    last: Sequence[TypedRow]
    known: dict[Cell, Decimal | None] = field(default_factory=dict)

    def of(self, cell: Cell) -> Decimal | None:
        if cell not in self.known:
            self.known[cell] = summed(self.last if cell.last else self.rows, cell.name)
        return self.known[cell]


@dataclass(frozen=True, slots=True)
class _Values:
    """The values that a check sees: of one row and the same of the period before, and the sums of all."""

    sums: _Sums
    row: TypedRow | None
    before: TypedRow | None

    def __call__(self, cell: Cell) -> Decimal | None:
        if cell.whole:
            return self.sums.of(cell)
        row = self.before if cell.last else self.row
        return row.number(cell.name) if row is not None else None


def summed(rows: Sequence[TypedRow], name: str) -> Decimal | None:
    """The sum of a column; None where no row tells it."""
    told = [value for row in rows if (value := row.number(name)) is not None]
    total = Decimal(0)
    for value in told:
        total = EXACT.add(total, value)
    return total if told else None


def unexplained(found: Sequence[Failure], explanations: Sequence[Explanation]) -> list[Failure]:
    """The failing soft checks that nobody has explained."""
    told = {(one.check, one.key) for one in explanations if one.text.strip()}
    return [one for one in found if one.check.soft and (one.check.code, one.key) not in told]
