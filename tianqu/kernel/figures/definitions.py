"""What a figure is: names, formula, how it is printed, who signs it, which way is better, and what was aimed at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias, get_args

from tianqu.base.errors import InvalidInput, InvalidInputs, _
from tianqu.kernel.figures.formulas import NUMBER_DIGITS_MAX, Formula, check_period, quoted_in, read_formula
from tianqu.kernel.figures.printing import Display, display_of

Direction: TypeAlias = Literal["", "up", "down"]
CODE: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*\Z")
CODE_LENGTH_MAX: Final = 100
NAME_MAX: Final = 200
NOTE_MAX: Final = 5_000
TARGETS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class FigureDefinition:
    """A figure as it is declared.

    ``unit_code`` is the office that signs it; ``targets`` are texts of numbers by period.
    """

    code: str
    domain: str
    name: str
    name_en: str
    unit_code: str
    formula: Formula
    display: Display
    told: Mapping[str, Any]  # what it was read from, as it is kept
    direction: Direction = ""
    note: str = ""
    note_en: str = ""
    periods: tuple[str, ...] = ()
    targets: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def quoted(self) -> bool:
        """Whether a part of it was published by another office, and is not computed from rows."""
        return any(True for _each in quoted_in(self.formula))


def read_definition(told: Mapping[str, Any]) -> FigureDefinition:
    """Read a definition from JSON or YAML. Raises ``InvalidInputs`` naming each field at fault."""
    faults: list[InvalidInput] = []

    def text(name: str, most: int, *, needed: bool = True) -> str:
        value = told.get(name, "")
        if not isinstance(value, str) or (needed and not value.strip()) or len(value) > most:
            faults.append(
                InvalidInput(
                    _("Give a text of 1 to %(most)s characters."), field=name, value=str(value)[:80], most=most
                )
            )
            return ""
        return value.strip()

    code = text("code", CODE_LENGTH_MAX)
    if code and not CODE.match(code):
        faults.append(
            InvalidInput(
                _("“%(value)s” cannot be the code of a figure."),
                field="code",
                value=code[:80],
                remedy=_("Use small letters, digits and _, parts with dots between them, such as trade.total."),
            )
        )
    names = {name: text(name, NAME_MAX) for name in ("name", "name_en", "domain", "unit")}
    notes = {name: text(name, NOTE_MAX, needed=False) for name in ("note", "note_en")}
    direction = told.get("direction", "")
    if direction not in get_args(Direction):
        faults.append(
            InvalidInput(
                _("%(value)s is not possible here."),
                field="direction",
                value=str(direction)[:40],
                remedy=_("Possible: %(allowed)s."),
                allowed="up, down",
            )
        )
    formula = _caught(faults, lambda: read_formula(told.get("formula")))
    display = _caught(faults, lambda: _display(told))
    periods = _caught(faults, lambda: _periods(told.get("periods", [])))
    targets = _caught(faults, lambda: _targets(told.get("targets", {})))
    if faults:
        raise InvalidInputs(faults)
    return FigureDefinition(
        code=code, domain=names["domain"], name=names["name"], name_en=names["name_en"], unit_code=names["unit"],
        formula=formula, display=display, told=dict(told), direction=direction, note=notes["note"],
        note_en=notes["note_en"], periods=periods, targets=targets,
    )  # fmt: skip


def _caught(faults: list[InvalidInput], read: Any) -> Any:
    try:
        return read()
    except InvalidInput as fault:
        faults.append(fault)
        return None


def _display(told: Mapping[str, Any]) -> Display:
    scales = {name: _whole(told.get(name, 0), field=name) for name in ("scale_zh", "scale_en")}
    return display_of(
        unit=str(told.get("counts", "count")), step=str(told.get("step", "1")), word=str(told.get("word", "")),
        rounding=str(told.get("rounding", "half_up")), **scales,
    )  # fmt: skip


def _whole(told: Any, *, field: str) -> int:
    text = str(told)
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise InvalidInput(
            _("“%(value)s” is not a number."), field=field, value=text[:80], remedy=_("Write for instance 12.5.")
        )
    return int(text)


def _periods(told: Any) -> tuple[str, ...]:
    if not isinstance(told, list | tuple):
        raise InvalidInput(
            _("“%(value)s” is not a period."), field="periods", value=str(told)[:40],
            remedy=_("Write a year, a month or a day: 2020, 2020-12 or 2020-12-31."),
        )  # fmt: skip
    return tuple(check_period(str(each)) for each in told)


def _targets(told: Any) -> dict[str, Decimal]:
    if not isinstance(told, dict) or len(told) > TARGETS_MAX:
        raise _no_targets()
    try:
        targets = {check_period(str(period)): Decimal(str(value)) for period, value in told.items()}
    except ArithmeticError as error:
        raise _no_targets() from error
    if not all(value.is_finite() and abs(value.adjusted()) <= NUMBER_DIGITS_MAX for value in targets.values()):
        raise _no_targets()
    return targets


def _no_targets() -> InvalidInput:
    return InvalidInput(_("Targets are numbers by period, at most %(most)s."), field="targets", most=TARGETS_MAX)
