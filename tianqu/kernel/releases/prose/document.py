"""The tree of a text that was parsed: what a press officer wrote, before any figure has its value.

Every mark knows where it stands in the source, so that whatever is wrong with it can be shown there. Nothing in the
tree is markup: texts are texts, whatever characters they hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Language(StrEnum):
    """In what a text is written. A release has both."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True, order=True)
class At:
    """A place in the source: line and column from 1, the column counted in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text in quotation marks within a placeholder, and where its first character stands."""

    text: str
    at: At


class FigureForm(StrEnum):
    """What of a figure is said."""

    WHOLE = "whole"  # value and unit
    VALUE = "value"  # the value alone, where the unit stands in the sentence
    CHANGE = "change"  # the change from a year before, or whatever its definition says


class ChartKind(StrEnum):
    """How a chart shows its figures."""

    BAR = "bar"  # one bar for each
    LINE = "line"  # over time; figures of one name are one line
    SHARE = "share"  # parts of a whole, in one bar


# Inline


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they stand."""

    text: str
    at: At


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that carry weight."""

    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Words that are stressed."""

    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class FigureMark:
    """``{{ figure ID }}``: a figure, by its name. ``scale`` is a word of ``printing.SCALES``, or empty for its own;
    ``said`` is what the writer expects it to print, and is held against what it does print."""

    figure: str
    form: FigureForm
    scale: str
    said: Quoted | None
    at: At


@dataclass(frozen=True, slots=True)
class ClaimMark:
    """``{{ claim "…" of ID }}`` or ``source "…"``: words that compare, and on what they rest."""

    words: Quoted
    of: str
    source: str
    at: At


@dataclass(frozen=True, slots=True)
class LiteralMark:
    """``{{ literal "…" reason "…" }}``: a number that is no figure, and why."""

    words: Quoted
    reason: str
    at: At


@dataclass(frozen=True, slots=True)
class ExplainMark:
    """``{{ explain RELATION }}``: the words of this note say why figures that a relation ties together do not fit."""

    relation: str
    at: At


Inline: TypeAlias = Text | Strong | Emphasis | FigureMark | ClaimMark | LiteralMark | ExplainMark


# Blocks


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 (the title) to 4."""

    level: int
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked at the conference; ``speaker`` is who asked, where it is said."""

    speaker: Quoted | None
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and by whom."""

    speaker: Quoted | None
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; its items hold blocks. The numbers of a numbered one are made, not typed."""

    numbered: bool
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What stands aside: how something was counted, what it leaves out."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class TableMark:
    """``{{ table ID … caption "…" }}``: one row for each figure."""

    figures: tuple[str, ...]
    caption: Quoted
    at: At


@dataclass(frozen=True, slots=True)
class ChartMark:
    """``{{ chart KIND ID … title "…" }}``; ``alt`` says it in words, and is made from the figures where it is empty."""

    kind: ChartKind
    figures: tuple[str, ...]
    title: Quoted
    alt: Quoted | None
    at: At


@dataclass(frozen=True, slots=True)
class CaseMark:
    """``{{ case CODE }}``: a real order by its code; ``words`` tell it in a sentence, where there are any."""

    code: str
    words: Quoted | None
    at: At


Block: TypeAlias = Heading | Paragraph | Question | Answer | Listing | Note | TableMark | ChartMark | CaseMark


@dataclass(frozen=True, slots=True)
class Document:
    """A whole text in one language."""

    language: Language
    blocks: tuple[Block, ...]
