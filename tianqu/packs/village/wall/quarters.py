"""Quarters as posters bear them: "2020Q3"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tianqu.base.errors import InvalidInput, _

_QUARTER: Final = re.compile(r"(19[5-9][0-9]|20[0-9]{2}|21[0-9]{2})-?[Qq]([1-4])")
MONTHS: Final = 3
TYPED_MAX: Final = 40  # characters that are looked at
_TYPED: Final = re.compile(
    r"(19[5-9][0-9]|20[0-9]{2}|21[0-9]{2})\s*(?:-?\s*[Qq]\s*|年?\s*第?\s*)([1-4一二三四])(?![0-9])"
)
_ORDINALS: Final = {"一": "1", "二": "2", "三": "3", "四": "4"}


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year; ``number`` is 1 to 4."""

    year: int
    number: int

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, self.number * MONTHS - 2, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> Quarter:
        """The quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


def quarter_of(day: date) -> Quarter:
    """Return the quarter in which a day lies."""
    return Quarter(day.year, (day.month - 1) // MONTHS + 1)


def parse_quarter(text: str, *, field: str = "quarter") -> Quarter:
    """Read "2020Q3" or "2020-Q3". Raises ``InvalidInput``."""
    match = _QUARTER.fullmatch(text)
    if match is None:
        raise InvalidInput(
            _("“%(value)s” is not a quarter."), field=field, value=text[:20], remedy=_("Write it as 2020Q3.")
        )
    return Quarter(int(match[1]), int(match[2]))


def quarter_named(text: object) -> str:
    """Return the quarter in what somebody typed, such as "2020q3" or "2020年第3季度"; "" where there is none."""
    match = _TYPED.search(unicodedata.normalize("NFKC", str(text or ""))[:TYPED_MAX])
    return f"{match[1]}Q{_ORDINALS.get(match[2], match[2])}" if match else ""
