"""Numbers in a text that are bound to no figure.

A number is any character that Unicode calls a number (3, ３, ٣, Ⅷ, ½, ③), a Chinese numeral (三成, 两千,
百分之六), or an English word for one (two, dozen, half, doubled). It is found unless it is within a placeholder,
numbers the parts of a text, belongs to a word that says no number (一起, 第三方, third party), to a name that the
release declares, or to a date of the release's own periods.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.releases.prose.document import Language
from tianqu.kernel.releases.prose.findings import Finding, Kind, excerpt_of
from tianqu.kernel.releases.prose.number_words import (
    CHINESE,
    ENGLISH,
    ENUMERATION,
    NOT_NUMBERS_EN,
    NOT_NUMBERS_ZH,
    ON_BILLS,
)
from tianqu.kernel.releases.prose.passages import Passage

PERIOD: Final = re.compile(r"\d{4}(?:-(?:\d{2}(?:-\d{2})?|Q[1-4]|H[12]))?")
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH_EN: Final = "|".join(_MONTHS)
_QUARTERS: Final = {"一": 1, "二": 2, "三": 3, "四": 4, "first": 1, "second": 2, "third": 3, "fourth": 4}
_BETWEEN: Final = frozenset(".,，．:/-–—~～%％‰之分点")
DATE_ZH: Final = re.compile(
    r"(?<![0-9])(?P<year>[0-9]{4})年(?:(?:第?(?P<quarter>[一二三四1-4])季度)|(?P<half>[上下])半年"
    r"|(?P<month>[0-9]{1,2})月(?:(?P<day>[0-9]{1,2})[日号])?)?"
)
DATE_EN: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?P<quarter>first|second|third|fourth) quarter of |(?P<half>first|second) half of "
    rf"|(?:(?P<day>[0-9]{{1,2}}) )?(?P<month>{_MONTH_EN}) )?(?P<year>[0-9]{{4}})(?![0-9A-Za-z])(?![.,/-][0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Allowances:
    """What a release declares: its ``periods`` ("2020", "2020-10", "2020-10-15", "2020-Q3", "2020-H1"), and ``names``
    that hold a number and say none ("5G", "十二里庄", "COVID-19")."""

    periods: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()

    @cached_property
    def harmless(self) -> re.Pattern[str]:
        """All that says no number: the lists, and the release's own names."""
        names = sorted({name for name in self.names if name.strip()}, key=lambda name: (-len(name), name))
        own = "|".join(f"{_edge(name[0])}{re.escape(name)}{_edge(name[-1], behind=True)}" for name in names)
        return re.compile(f"{own}|{_listed().pattern}" if own else _listed().pattern, re.IGNORECASE)


def _edge(character: str, *, behind: bool = False) -> str:
    """A name that begins or ends with a Latin letter or digit is not part of a longer word."""
    if not (character.isascii() and character.isalnum()):
        return ""
    return r"(?![0-9A-Za-z])" if behind else r"(?<![0-9A-Za-z])(?<![0-9][.,])"


@cache
def _listed() -> re.Pattern[str]:
    chinese = sorted(NOT_NUMBERS_ZH, key=lambda word: (-len(word), word))
    english = sorted(NOT_NUMBERS_EN, key=lambda word: (-len(word), word))
    latin = "|".join(re.escape(word) for word in english)
    return re.compile(f"{'|'.join(chinese)}|(?<![A-Za-z])(?:{latin})(?![A-Za-z])")


def unbound_digits(
    passage: Passage, *, language: Language, allowed: Allowances, elsewhere: Iterable[tuple[int, int]] = ()
) -> Iterator[Finding]:
    """Find the numbers of a passage that nothing binds. ``elsewhere``: stretches that are found as something else."""
    text = passage.text
    covered = bytearray(len(text))
    for start, end in (*declared(text, language, allowed), *elsewhere):
        covered[start:end] = b"\x01" * (end - start)
    for start, end in _numbers(text, covered):
        written = passage.written[start:end]
        if passage.claim and not _is_typed(text[start:end]):
            continue  # words of a claim that is bound: "doubled", 第一
        yield Finding(
            Kind.DIGIT, passage.places[start], excerpt_of(written),
            _("This number is bound to no figure."),
            _('Write {{ figure ID }}, or {{ literal "…" reason "…" }}, or declare its period or name.'),
        )  # fmt: skip


def declared(text: str, language: Language, allowed: Allowances) -> Iterator[tuple[int, int]]:
    """Stretches that hold no loose number."""
    yield from (match.span() for match in ENUMERATION.finditer(text))
    yield from (match.span() for match in allowed.harmless.finditer(text))
    pattern = DATE_ZH if language is Language.ZH else DATE_EN
    for match in pattern.finditer(text):
        if _period_of(match) in allowed.periods:
            yield match.span()


def _period_of(match: re.Match[str]) -> str:
    """A date as a release declares it: "2020", "2020-10", "2020-Q3"."""
    year, month, day, quarter, half = match["year"], match["month"], match["day"], match["quarter"], match["half"]
    if quarter:
        return f"{year}-Q{_QUARTERS.get(quarter.lower(), quarter)}"
    if half:
        return f"{year}-H{1 if half.lower() in ('上', 'first') else 2}"
    if not month:
        return year
    number = int(month) if month.isdigit() else _MONTHS.index(month.lower()) + 1
    return f"{year}-{number:02d}" + (f"-{int(day):02d}" if day else "")


def _numbers(text: str, covered: bytearray) -> Iterator[tuple[int, int]]:
    """Stretches of numerals that nothing covers: characters first, then English words."""
    loose = [
        not covered[place] and (is_numeral(each) or (each in ON_BILLS and _beside_number(text, place)))
        for place, each in enumerate(text)
    ]
    place = 0
    while place < len(text):
        if not loose[place]:
            place += 1
            continue
        end = place + 1
        while end < len(text) and (loose[end] or _goes_on(text, loose, end)):
            end += 1
        yield place, end
        place = end
    for match in ENGLISH.finditer(text):
        if not any(covered[match.start() : match.end()]):
            yield match.span()


def _goes_on(text: str, loose: list[bool], place: int) -> bool:
    """Whether a sign stands within a number: the point of 1.5, the words of 百分之六."""
    behind = place + (2 if text.startswith("分之", place) else 1)
    return text[place] in _BETWEEN and any(loose[place + 1 : behind + 1])


def is_numeral(character: str) -> bool:
    """Whether a character is a number by itself, in any script."""
    return character in CHINESE or unicodedata.category(character)[0] == "N"


def _beside_number(text: str, place: int) -> bool:
    around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    return any(each in ON_BILLS or is_numeral(each) for each in around)


def _is_typed(number: str) -> bool:
    """Whether a number is written in digits and not in words."""
    return any(unicodedata.category(each)[0] == "N" for each in number)
