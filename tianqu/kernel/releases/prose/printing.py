"""Figures as they are handed in to be printed, and the same digits in another scale.

A scale moves the point and invents nothing: 386.9 亿元 is 3,869,000 万元 and 38.69 billion yuan, each exactly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from tianqu.base.errors import InvalidInput, _
from tianqu.base.texts import has_unwanted
from tianqu.base.typesetting import unsettable
from tianqu.kernel.releases.prose.document import Language

TEXT_MAX: Final = 300  # characters of a name, a unit or a value
ADDRESS_MAX: Final = 1000
ADDRESS: Final = re.compile(
    r"(?:https?://[^\s\"'<>\\^`{|}/][^\s\"'<>\\^`{|}]*|/(?:[^\s\"'<>\\^`{|}/][^\s\"'<>\\^`{|}]*)?)"
)
SCALES: Final[dict[str, int]] = {
    "百万": 6, "百": 2, "千": 3, "万": 4, "亿": 8, "hundred": 2, "thousand": 3, "million": 6, "billion": 9,
}  # fmt: skip
_WIDTH_SPACE: Final = re.compile(r"\s+")


class _Checked:
    """What is printed came from somewhere else, so each text of it is looked at once."""

    __slots__ = ()

    def _check(self, *, address: str, texts: dict[str, str]) -> None:
        for name, text in texts.items():
            if len(text) > TEXT_MAX or not printable(text):
                raise InvalidInput(
                    _("This text cannot be printed: too long, or with characters that cannot be shown."), field=name,
                    value=text[:40], remedy=_("Give one line of at most %(most)s characters."), most=TEXT_MAX,
                )  # fmt: skip
        if len(address) > ADDRESS_MAX or has_unwanted(address) or not ADDRESS.fullmatch(address):
            raise InvalidInput(
                _("This is no address that a reader can open."), field="address", value=address[:40],
                remedy=_("Give an http or https address, or a path that begins with one stroke."),
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PrintedFigure(_Checked):
    """A figure as its definition prints it.

    ``value_*`` are the digits ("386.9"), ``unit_*`` what stands behind them ("亿元", "billion yuan"), ``change_*`` the
    change in words of its own ("增长12.3%"), or empty; ``as_of`` the day or period that it speaks of ("2020-12");
    ``exact`` the value before it was rounded; ``address`` where it can be followed down to its rows;
    ``embargoed_until`` the moment before which nobody may see it.
    """

    id: str
    name_zh: str
    name_en: str
    value_zh: str
    value_en: str
    unit_zh: str
    unit_en: str
    address: str
    as_of: str
    exact: str
    change_zh: str = ""
    change_en: str = ""
    embargoed_until: datetime | None = None

    def __post_init__(self) -> None:
        texts = {name: getattr(self, name) for name in self.__slots__ if name not in ("address", "embargoed_until")}
        self._check(address=self.address, texts=texts)

    def name(self, language: Language) -> str:
        """What it is called."""
        return self.name_zh if language is Language.ZH else self.name_en

    def value(self, language: Language) -> str:
        """Its digits."""
        return self.value_zh if language is Language.ZH else self.value_en

    def unit(self, language: Language) -> str:
        """What stands behind its digits."""
        return self.unit_zh if language is Language.ZH else self.unit_en

    def change(self, language: Language) -> str:
        """Its change in words, or nothing."""
        return self.change_zh if language is Language.ZH else self.change_en

    def number(self, language: Language) -> Decimal | None:
        """Its printed digits as a number, or None where they are none ("over 600")."""
        return number_of(self.value(language))

    def whole(self, language: Language) -> str:
        """Value and unit: "386.9亿元", "38.69 billion yuan", "12.3%"."""
        return joined(self.value(language), unit=self.unit(language), language=language)


@dataclass(frozen=True, slots=True)
class PrintedRelation(_Checked):
    """A relation between figures, or a ranking, on which a claim may rest."""

    id: str
    name_zh: str
    name_en: str
    address: str

    def __post_init__(self) -> None:
        texts = {"id": self.id, "name_zh": self.name_zh, "name_en": self.name_en}
        self._check(address=self.address, texts=texts)

    def name(self, language: Language) -> str:
        """What it is called."""
        return self.name_zh if language is Language.ZH else self.name_en


@dataclass(frozen=True, slots=True)
class PrintedCase(_Checked):
    """A real order that a bulletin may tell of, as far as it is public: its code, its title, the address of its page,
    and where it was asked and who answered (``told``). In English its title is that of its service.
    """

    code: str
    title: str
    address: str
    title_en: str = ""
    told: str = ""
    told_en: str = ""

    def __post_init__(self) -> None:
        texts = {name: getattr(self, name) for name in self.__slots__ if name != "address"}
        self._check(address=self.address, texts=texts)

    def title_in(self, language: Language) -> str:
        """Its title; the Chinese one where it has no other."""
        return self.title if language is Language.ZH else self.title_en or self.title

    def told_in(self, language: Language) -> str:
        """Where it was asked, and who answered."""
        return self.told if language is Language.ZH else self.told_en


def printable(text: str) -> bool:
    """Whether a text is one line that every paper can show."""
    return not (has_unwanted(text) or unsettable(text) or set(text) & set("\n\t\u2028\u2029"))


def joined(value: str, *, unit: str, language: Language) -> str:
    """Value and unit as the language sets them: Chinese units and the signs % and ‰ follow without a blank."""
    close = not unit or language is Language.ZH or unit[0] in "%‰°"
    return f"{value}{unit}" if close else f"{value} {unit}"


def number_of(text: str) -> Decimal | None:
    """Read "1,234.5" as a number; None for anything else."""
    plain = text.replace(",", "").replace("−", "-")
    if not re.fullmatch(r"[-+]?[0-9]{1,30}(\.[0-9]{1,15})?", plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def scaled(value: str, *, unit: str, scale: str, language: Language) -> str | None:
    """Say a value in another scale, its digits unchanged; None where there is no number, or the scale is of the other
    language."""
    number = number_of(value)
    if number is None or (scale.isascii() != (language is Language.EN)):
        return None
    own, bare = _scale_of(unit, language)
    moved = number.scaleb(own - SCALES[scale])
    unit_said = f"{scale}{bare}" if language is Language.ZH else f"{scale} {bare}".rstrip()
    return joined(f"{_plain(moved):,f}", unit=unit_said, language=language)


def _plain(number: Decimal) -> Decimal:
    """Without an exponent above zero: 3869E+3 is 3869000."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return number.quantize(Decimal(1)) if exponent > 0 else number


def _scale_of(unit: str, language: Language) -> tuple[int, str]:
    """Take the scale off a unit: 亿元 is 8 and 元, "billion yuan" 9 and yuan."""
    for scale, power in SCALES.items():
        if scale.isascii() and language is Language.EN and (unit == scale or unit.startswith(f"{scale} ")):
            return power, unit.removeprefix(scale).lstrip()
        if not scale.isascii() and language is Language.ZH and unit.startswith(scale):
            return power, unit.removeprefix(scale)
    return 0, unit


def same_said(*, said: str, printed: str) -> bool:
    """Whether two sayings of a figure are the same but for blanks and separators of thousands."""
    return _folded(said) == _folded(printed)


def _folded(text: str) -> str:
    return _WIDTH_SPACE.sub("", text).replace(",", "").replace("，", "")
