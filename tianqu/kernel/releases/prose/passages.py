"""What a reader will read of a text, with the place of each character in the source.

Placeholders are one character that is no letter; marks of emphasis and what takes no room are gone, so that nothing can
be split by them; each character is folded to its plain form (３ is 3, ⼆ is 二).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tianqu.base.texts import UNSEEN
from tianqu.kernel.releases.prose.document import (
    Answer,
    At,
    Block,
    CaseMark,
    ChartMark,
    ClaimMark,
    Document,
    Emphasis,
    Heading,
    Inline,
    Listing,
    Note,
    Paragraph,
    Question,
    Quoted,
    Strong,
    TableMark,
    Text,
)

BOUND: Final = "\ufffc"  # stands for a placeholder


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text without interruption. ``claim``: its words are those of a claim, which is bound as a whole."""

    text: str
    places: tuple[At, ...]
    written: str
    claim: bool = False


def passages(document: Document) -> Iterator[Passage]:
    """Everything in a document that a reader reads and that came from no figure."""
    yield from _of_blocks(document.blocks)


def _of_blocks(blocks: tuple[Block, ...]) -> Iterator[Passage]:
    for block in blocks:
        if isinstance(block, Listing):
            for item in block.items:
                yield from _of_blocks(item)
        elif isinstance(block, Note):
            yield from _of_blocks(block.blocks)
        elif isinstance(block, TableMark):
            yield _of_quoted(block.caption)
        elif isinstance(block, ChartMark):
            yield from (_of_quoted(each) for each in (block.title, block.alt) if each is not None)
        elif isinstance(block, CaseMark):
            yield from (_of_quoted(each) for each in (block.words,) if each is not None)
        else:
            yield from _of_words(block)


def _of_words(block: Heading | Paragraph | Question | Answer) -> Iterator[Passage]:
    if isinstance(block, Question | Answer) and block.speaker is not None:
        yield _of_quoted(block.speaker)
    found = _Gathered()
    found.add(block.inlines)
    yield found.passage()
    yield from (_of_quoted(claim.words, claim=True) for claim in found.claims)


class _Gathered:
    """Characters and their places, gathered from inlines."""

    def __init__(self) -> None:
        self.characters: list[str] = []
        self.written: list[str] = []
        self.places: list[At] = []
        self.claims: list[ClaimMark] = []

    def add(self, inlines: tuple[Inline, ...]) -> None:
        """Take up inlines."""
        for inline in inlines:
            if isinstance(inline, Strong | Emphasis):
                self.add(inline.inlines)
            elif isinstance(inline, Text):
                self.words(inline.text, inline.at)
            else:
                self.one(BOUND, written=BOUND, at=inline.at)
                if isinstance(inline, ClaimMark):
                    self.claims.append(inline)

    def words(self, text: str, at: At) -> None:
        """Take up words that begin at a place."""
        for offset, character in enumerate(text):
            if character not in UNSEEN:
                self.one(_folded(character), written=character, at=At(at.line, at.column + offset))

    def one(self, folded: str, *, written: str, at: At) -> None:
        self.characters.append(folded)
        self.written.append(written)
        self.places.append(at)

    def passage(self, *, claim: bool = False) -> Passage:
        return Passage("".join(self.characters), tuple(self.places), "".join(self.written), claim)


def _of_quoted(quoted: Quoted, *, claim: bool = False) -> Passage:
    found = _Gathered()
    found.words(quoted.text, quoted.at)
    return found.passage(claim=claim)


def _folded(character: str) -> str:
    """One character for one: what folds to several becomes its first numeral, or stays.

    Chinese punctuation is kept, for it tells where a clause begins.
    """
    if character.isascii() or character in "，；：！？（）":
        return character
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) == 1:
        return folded
    return next((each for each in folded if each.isdigit()), character)
