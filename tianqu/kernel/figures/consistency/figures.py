"""A printed figure as the checker knows it, and sentences that quote figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tianqu.kernel.figures.consistency.printed import Printed
from tianqu.kernel.figures.consistency.spans import Span
from tianqu.kernel.figures.consistency.units import MeasureUnit

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Name:
    """What a figure is called. One language may stand for both."""

    zh: str
    en: str

    def said(self, *, chinese: bool) -> str:
        """The name in a language."""
        return self.zh if chinese else self.en


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a bulletin. Without ``printed`` it is a quantity that others speak of and nobody printed.

    ``as_of``, ``scope`` (whom or what it covers) and ``prices`` (current, or of a base year) are "" where not
    declared; what is not declared agrees with anything.
    """

    id: str
    name: Name
    unit: MeasureUnit
    printed: Printed | None = None
    as_of: str = ""
    scope: str = ""
    prices: str = ""

    @property
    def span(self) -> Span:
        """Where its true value can lie, in its dimension's first unit."""
        return Span(None, None) if self.printed is None else self.printed.span


@dataclass(frozen=True, slots=True)
class Quoted:
    """A figure in a sentence: its name with what was printed, or what was printed alone."""

    figure: Figure
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """A computed amount in a sentence; counts have no unit."""

    text: str
    unit: MeasureUnit


@dataclass(frozen=True, slots=True)
class Sentence:
    """A translatable sentence whose parameters may be figures, sentences, or lists of them."""

    message: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def said(self, translate: Translate, *, chinese: bool) -> str:
        """The sentence in a language, of which ``translate`` gives the words."""
        words = {name: _said(each, translate, chinese) for name, each in self.parameters.items()}
        return translate(self.message) % words


def _said(value: object, translate: Translate, chinese: bool) -> object:
    if isinstance(value, Sentence):
        return value.said(translate, chinese=chinese)
    if isinstance(value, Name):
        return value.said(chinese=chinese)
    if isinstance(value, Amount):
        unit = "" if value.unit.counted else value.unit.said_zh if chinese else value.unit.code
        return f"{value.text} {unit}".strip()
    if isinstance(value, Quoted):
        return _quoted(value, chinese=chinese)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ("、" if chinese else ", ").join(str(_said(each, translate, chinese)) for each in value)
    return value


def _quoted(value: Quoted, *, chinese: bool) -> str:
    figure, name = value.figure, value.figure.name.said(chinese=chinese)
    if figure.printed is None:
        return name
    text = figure.printed.text
    if not any(character.isalpha() or character in "%‰元亩吨" for character in text) and not figure.unit.counted:
        text = f"{text} {figure.unit.said_zh if chinese else figure.unit.code}"
    if value.bare:
        return text
    return f"{name}（{text}）" if chinese else f"{name} ({text})"
