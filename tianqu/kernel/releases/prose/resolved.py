"""The tree that is rendered: every figure has its digits, every claim its basis, every table and chart its rows.

Page, PDF and DOCX are made of this tree and of nothing else, so that none of them can say what another does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from tianqu.kernel.releases.prose.document import ChartKind, Language
from tianqu.kernel.releases.prose.printing import PrintedCase, PrintedFigure


@dataclass(frozen=True, slots=True)
class Basis:
    """On what a claim rests: in words, and the address where it can be opened, if there is one."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one style. ``figure`` is set for the digits of a figure, ``basis`` for the words of a claim; ``first``
    where neither was mentioned before."""

    text: str
    strong: bool = False
    emphasis: bool = False
    figure: PrintedFigure | None = None
    basis: Basis | None = None
    first: bool = False


class Role(StrEnum):
    """What a stretch of words is."""

    PARAGRAPH = "paragraph"
    QUESTION = "question"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class ShownHeading:
    """A heading below the title, of level 1 to 3."""

    level: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class ShownWords:
    """A paragraph, a question or an answer."""

    role: Role
    speaker: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class ShownList:
    """A list of items of blocks."""

    numbered: bool
    items: tuple[tuple[ShownBlock, ...], ...]


@dataclass(frozen=True, slots=True)
class ShownNote:
    """What stands aside."""

    blocks: tuple[ShownBlock, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A figure in a table."""

    figure: PrintedFigure
    name: str
    value: str
    unit: str
    change: str


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table, the ``number``-th of the document."""

    number: int
    caption: str
    rows: tuple[Row, ...]

    @property
    def has_change(self) -> bool:
        """Whether any of its figures tells a change."""
        return any(row.change for row in self.rows)


@dataclass(frozen=True, slots=True)
class Point:
    """A figure in a chart: where it stands, how tall it is, what is written beside it."""

    figure: PrintedFigure
    name: str
    at: str
    number: Decimal
    printed: str


@dataclass(frozen=True, slots=True)
class ShownChart:
    """A chart, the ``number``-th of the document."""

    number: int
    kind: ChartKind
    title: str
    alt: str
    unit: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A real order; ``words`` tell it, or are empty."""

    case: PrintedCase
    words: str


ShownBlock: TypeAlias = ShownHeading | ShownWords | ShownList | ShownNote | ShownTable | ShownChart | ShownCase


@dataclass(frozen=True, slots=True)
class ResolvedDocument:
    """A text in one language, with its title apart. ``figures`` are those that it quotes, each once, in their order."""

    language: Language
    title: str
    blocks: tuple[ShownBlock, ...]
    figures: tuple[PrintedFigure, ...]

    def charts(self) -> tuple[ShownChart, ...]:
        """All its charts, in their order."""
        return tuple(_charts_of(self.blocks))


def _charts_of(blocks: tuple[ShownBlock, ...]) -> list[ShownChart]:
    found: list[ShownChart] = []
    for block in blocks:
        if isinstance(block, ShownChart):
            found.append(block)
        elif isinstance(block, ShownNote):
            found += _charts_of(block.blocks)
        elif isinstance(block, ShownList):
            for item in block.items:
                found += _charts_of(item)
    return found
