"""Quantities as whole numbers of their smallest unit: fen, 0.0001 mu, minutes, millilitres, pieces.

They are read as people type them ("1,234.50 元", "１２．５亩") and said as people read them. Nothing is rounded:
what is finer than the smallest unit is refused.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from tianqu.base.errors import InvalidInput, NotFound, _

TEXT_MAX: Final = 80  # characters; what is longer is refused, for a cut number is another number
SMALLEST_MAX: Final = 10**15  # of any unit in one quantity; ten trillion yuan. Beyond it somebody leant on a key.


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a ledger.

    ``code`` names the smallest unit, in which everything is counted; ``decimals`` says how many of its digits stand
    behind the point where it is shown in the common unit, which is called ``symbol`` in Chinese and ``symbol_en`` in
    English. ``aliases`` are other ways in which people write the common unit.
    """

    code: str
    decimals: int
    symbol: str
    symbol_en: str
    aliases: tuple[str, ...] = ()


UNITS: Final[dict[str, Unit]] = {
    unit.code: unit
    for unit in (
        Unit("fen", 2, "元", "yuan", ("圆", "块", "¥", "CNY", "RMB")),
        Unit("mu_4", 4, "亩", "mu", ("市亩",)),
        Unit("minute", 0, "分钟", "min", ("minute", "minutes")),
        Unit("mL", 0, "毫升", "mL", ("ml",)),
        Unit("piece", 0, "件", "pcs", ("个", "份", "pc")),
    )
}
_NUMBER: Final = re.compile(r"([-+]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,18})(?:\.([0-9]{1,9}))?")


def unit_of(code: str) -> Unit:
    """Return the unit with a code. Raises ``NotFound``."""
    if code not in UNITS:
        raise NotFound(
            _("There is no unit %(value)s."), field="unit", value=code[:40], remedy=_("Use one of: %(units)s."),
            units=", ".join(UNITS),
        )  # fmt: skip
    return UNITS[code]


def read_quantity(text: str, unit: Unit) -> int:
    """Read "1,234.5 元" as 123450 fen; full-width digits and signs count as plain ones.

    Raises ``InvalidInput`` for what is no number of this unit, has more decimals than the unit, or is too large.
    """
    typed = unicodedata.normalize("NFKC", text).replace("−", "-").strip() if len(text) <= TEXT_MAX else ""
    match = _NUMBER.fullmatch(_without_symbol(typed, unit))
    if match is None:
        raise InvalidInput(
            _("“%(value)s” is not a number of %(unit)s.") if unit.symbol else _("“%(value)s” is not a number."),
            field="amount", value=text[:TEXT_MAX], unit=unit.symbol,
            unit_en=unit.symbol_en, remedy=_("Give for instance %(example)s."), example=format_quantity(123450, unit),
        )  # fmt: skip
    sign, whole, part = match.groups()
    part = (part or "").rstrip("0")
    if len(part) > unit.decimals:
        raise InvalidInput(
            _("“%(value)s” is finer than the %(decimals)s decimals that %(unit)s has here.")
            if unit.symbol else _("“%(value)s” has more than the %(decimals)s decimals that are kept here."),
            field="amount",
            value=text[:TEXT_MAX], unit=unit.symbol, unit_en=unit.symbol_en, decimals=unit.decimals,
            remedy=_("Give at most that many decimals; nothing is rounded."),
        )  # fmt: skip
    smallest = int(whole.replace(",", "") + part.ljust(unit.decimals, "0"))
    if smallest > SMALLEST_MAX:
        raise InvalidInput(_("The amount %(value)s is too large."), field="amount", value=text[:TEXT_MAX])
    return -smallest if sign == "-" else smallest


def _without_symbol(typed: str, unit: Unit) -> str:
    """Leave out the name of the unit, which stands behind the number or, as ¥ does, before it."""
    for symbol in sorted((unit.symbol, unit.symbol_en, *unit.aliases), key=len, reverse=True):
        folded = unicodedata.normalize("NFKC", symbol)
        if typed.endswith(folded):
            return typed.removesuffix(folded).rstrip()
        if typed.startswith(folded):
            return typed.removeprefix(folded).lstrip()
    return typed


def format_quantity(smallest: int, unit: Unit) -> str:
    """Say 123450 fen as "1,234.50", without the name of the unit."""
    whole, part = divmod(abs(smallest), 10**unit.decimals)
    behind = f".{part:0{unit.decimals}}" if unit.decimals else ""
    return f"{'-' if smallest < 0 else ''}{whole:,}{behind}"


def quantity_said(smallest: int, unit: Unit, *, english: bool = False) -> str:
    """Say a quantity with the name of its unit: "1,234.50 元"."""
    return f"{format_quantity(smallest, unit)} {unit.symbol_en if english else unit.symbol}"
