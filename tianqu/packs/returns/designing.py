"""What a return looks like: its columns, and the checks over them. Frozen values, read from what an office designs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tianqu.base.errors import InvalidInput, InvalidInputs, TianquError, _, at_field
from tianqu.base.quantities import Unit
from tianqu.base.texts import clean_line
from tianqu.packs.returns.expressions import WORDS, Rule, parse_rule

COLUMNS_MAX: Final = 40
CHECKS_MAX: Final = 40
CHOICES_MAX: Final = 50
TITLE_MAX: Final = 80
DECIMALS_MAX: Final = 6
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class ColumnKind(StrEnum):
    """What a column holds."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"
    CHOICE = "choice"


class Periodicity(StrEnum):
    """How often a return is asked for."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


NUMERIC: Final = frozenset({ColumnKind.INTEGER, ColumnKind.DECIMAL})


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """One of a list: ``code`` is what is kept."""

    code: str
    title_zh: str
    title_en: str


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column: its name in checks and data, titles, what it holds, and in which unit; ``personal`` data is marked."""

    name: str
    title_zh: str
    title_en: str
    kind: ColumnKind = ColumnKind.DECIMAL
    decimals: int = 2
    unit_zh: str = ""
    unit_en: str = ""
    required: bool = True
    personal: bool = False
    choices: tuple[ColumnChoice, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether it is counted with."""
        return self.kind in NUMERIC

    @property
    def places(self) -> int:
        """How many decimals it has."""
        return self.decimals if self.kind is ColumnKind.DECIMAL else 0

    @property
    def unit(self) -> Unit:
        """The unit that its numbers are read in."""
        return Unit(self.name, self.places, self.unit_zh, self.unit_en)


@dataclass(frozen=True, slots=True)
class FormCheck:
    """A check: ``rule`` in the language of ``expressions``; a ``soft`` one asks why, and refuses nothing."""

    code: str
    rule: str
    title_zh: str
    title_en: str
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Design:
    """A version of a return. With ``keyed`` a unit files many rows, each with its own key, such as an enterprise."""

    title_zh: str
    title_en: str
    periodicity: Periodicity
    columns: tuple[FormColumn, ...]
    checks: tuple[FormCheck, ...] = ()
    keyed: bool = False
    key_title_zh: str = ""
    key_title_en: str = ""

    @property
    def numbers(self) -> tuple[FormColumn, ...]:
        """The columns that are counted with."""
        return tuple(column for column in self.columns if column.numeric)

    def rules(self) -> list[tuple[FormCheck, Rule]]:
        """The checks, understood."""
        names = [column.name for column in self.numbers]
        return [(check, parse_rule(check.rule, names=names)) for check in self.checks]


def checked_design(design: Design) -> Design:
    """Return a design with clean texts. Raises ``InvalidInputs`` with every fault of it at once."""
    faults: list[InvalidInput] = []
    for title, field in ((design.title_zh, "title_zh"), (design.title_en, "title_en")):
        _line(title, field, faults)
    if not 1 <= len(design.columns) <= COLUMNS_MAX:
        faults.append(_fault(_("A return has between 1 and %(most)s columns."), "columns", most=COLUMNS_MAX))
    if len(design.checks) > CHECKS_MAX:
        faults.append(_fault(_("A return has at most %(most)s checks."), "checks", most=CHECKS_MAX))
    if design.keyed and not (design.key_title_zh and design.key_title_en):
        faults.append(_fault(_("Say what each row is about."), "key_title_zh"))
    for place, column in enumerate(design.columns[:COLUMNS_MAX]):
        _check_column(column, place, faults)
    _check_apart([column.name for column in design.columns], "columns", "name", faults)
    _check_apart([check.code for check in design.checks], "checks", "code", faults)
    names = [column.name for column in design.numbers]
    for place, check in enumerate(design.checks[:CHECKS_MAX]):
        _check_check(check, place, names, faults)
    if faults:
        raise InvalidInputs(faults)
    return design


def _check_column(column: FormColumn, place: int, faults: list[InvalidInput]) -> None:
    at = f"columns_{place}"
    if not NAME.fullmatch(column.name) or column.name in WORDS:
        faults.append(_fault(
            _("“%(value)s” cannot be the name of a column."), f"{at}_name", value=column.name[:40],
            remedy=_("Use small letters, digits and _, beginning with a letter."),
        ))  # fmt: skip
    _line(column.title_zh, f"{at}_title_zh", faults)
    _line(column.title_en, f"{at}_title_en", faults)
    for text, name in ((column.unit_zh, "unit_zh"), (column.unit_en, "unit_en")):
        if text:
            _line(text, f"{at}_{name}", faults)
    if not 0 <= column.decimals <= DECIMALS_MAX:
        faults.append(_fault(_("A number has at most %(most)s decimals."), f"{at}_decimals", most=DECIMALS_MAX))
    if (column.kind is ColumnKind.CHOICE) != bool(column.choices) or len(column.choices) > CHOICES_MAX:
        faults.append(_fault(_("Say between which values there is a choice, in a column of that kind."),
                             f"{at}_choices"))  # fmt: skip
    for choice in column.choices[:CHOICES_MAX]:
        if not NAME.fullmatch(choice.code):
            faults.append(_fault(_("“%(value)s” cannot be a code."), f"{at}_choices", value=choice.code[:40]))
        _line(choice.title_zh, f"{at}_choices", faults)
        _line(choice.title_en, f"{at}_choices", faults)
    _check_apart([choice.code for choice in column.choices], at, "choices", faults)


def _check_check(check: FormCheck, place: int, names: Sequence[str], faults: list[InvalidInput]) -> None:
    at = f"checks_{place}"
    if not NAME.fullmatch(check.code):
        faults.append(_fault(_("“%(value)s” cannot be a code."), f"{at}_code", value=check.code[:40]))
    _line(check.title_zh, f"{at}_title_zh", faults)
    _line(check.title_en, f"{at}_title_en", faults)
    try:
        parse_rule(check.rule, names=names, field=f"{at}_rule")
    except InvalidInput as error:
        faults.append(error)


def _check_apart(names: Sequence[str], of: str, field: str, /, faults: list[InvalidInput]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            faults.append(_fault(_("“%(value)s” stands here twice."), f"{of}_{place}_{field}", value=name[:40]))


def _line(text: str, field: str, /, faults: list[InvalidInput]) -> None:
    try:
        if clean_line(text, field=field, most=TITLE_MAX, wanted=True) != text:
            faults.append(_fault(_("Write it on one line, without blanks around it."), field))
    except TianquError as error:
        faults.append(at_field(error, field))


def _fault(message: str, field: str, /, *, value: object = None, remedy: str = "", **more: object) -> InvalidInput:
    return InvalidInput(message, field=field, value=value, remedy=remedy, **more)


def design_read(told: Mapping[str, Any]) -> Design:
    """Return a design from how it is kept (``plain`` of it)."""
    columns = tuple(
        FormColumn(**{
            **column, "kind": ColumnKind(column["kind"]),
            "choices": tuple(ColumnChoice(**choice) for choice in column["choices"]),
        })
        for column in told["columns"]
    )  # fmt: skip
    checks = tuple(FormCheck(**check) for check in told["checks"])
    return Design(**{**told, "periodicity": Periodicity(told["periodicity"]), "columns": columns, "checks": checks})
