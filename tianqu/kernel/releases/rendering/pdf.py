"""A bulletin as PDF: tagged (PDF/UA-1), with a table of contents, footnotes and the same bytes whenever it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tianqu.base.canonical import Json
from tianqu.base.texts import UNSEEN
from tianqu.base.typesetting import typeset
from tianqu.kernel.releases.prose.resolved import (
    ResolvedDocument,
    Role,
    Run,
    ShownBlock,
    ShownCase,
    ShownChart,
    ShownHeading,
    ShownList,
    ShownNote,
    ShownTable,
    ShownWords,
)
from tianqu.kernel.releases.rendering.imprint import Imprint
from tianqu.kernel.releases.rendering.pictures import Picture
from tianqu.kernel.releases.rendering.words import WORDS, numbered, spoken

TEMPLATE: Final = "kernel/releases/rendering/bulletin.typ"
CONTENTS_FROM: Final = 3  # headings; fewer are seen at a glance
RUNNING_MAX: Final = 40  # characters of a title at the head of each page

_BREAK: Final = "\u200b"  # where a line may break
_UNSEEN: Final = dict.fromkeys(ord(each) for each in UNSEEN if each != _BREAK)

Part = dict[str, Json]


def pdf(document: ResolvedDocument, imprint: Imprint, *, pictures: Sequence[Picture]) -> bytes:
    """Return the bulletin as PDF. ``pictures``: its charts as ``charts.chart_picture`` makes them, in their order."""
    told = _Telling(document, imprint, pictures)
    headings = sum(isinstance(block, ShownHeading) for block in document.blocks)
    title = document.title
    return typeset(
        TEMPLATE,
        _seen({
            "language": str(document.language), "title": title, "issuer": imprint.issuer, "number": imprint.number,
            "running": title if len(title) <= RUNNING_MAX else f"{title[:RUNNING_MAX]}…",
            "day": imprint.day(document.language), "words": dict(told.words), "contents": headings >= CONTENTS_FROM,
            "blocks": told.blocks(document.blocks), "url": imprint.absolute(imprint.address),
            "shown": _breakable(imprint.absolute(imprint.address)),
            "pins": [[_breakable(each) for each in pin] for pin in imprint.pins],
        }),
        dated=imprint.released_at, for_everybody=True,
    )  # fmt: skip


class _Telling:
    """Says the tree in what the template reads: texts, numbers, lists. Nothing of it is markup."""

    def __init__(self, document: ResolvedDocument, imprint: Imprint, pictures: Sequence[Picture]) -> None:
        self.language, self.imprint, self.pictures = document.language, imprint, pictures
        self.words = WORDS[document.language]

    def blocks(self, blocks: Sequence[ShownBlock]) -> list[Json]:
        """Blocks, one after the other."""
        return [self.block(block) for block in blocks]

    def block(self, block: ShownBlock) -> Part:
        """One block."""
        if isinstance(block, ShownHeading):
            return {"kind": "heading", "level": block.level, "runs": self.runs(block.runs)}
        if isinstance(block, ShownWords):
            word = self.words["question" if block.role is Role.QUESTION else "answer"]
            label = "" if block.role is Role.PARAGRAPH else spoken(word=word, speaker=block.speaker, words=self.words)
            return {"kind": "words", "role": str(block.role), "label": label, "runs": self.runs(block.runs)}
        if isinstance(block, ShownList):
            return {"kind": "list", "numbered": block.numbered, "items": [self.blocks(item) for item in block.items]}
        if isinstance(block, ShownNote):
            return {"kind": "note", "blocks": self.blocks(block.blocks)}
        if isinstance(block, ShownTable):
            return self.table(block)
        if isinstance(block, ShownChart):
            label = numbered(self.words["chart"], block.number, self.language)
            return {"kind": "chart", "label": label, "caption": block.title, "alt": block.alt, "unit": block.unit,
                    "picture": self.pictures[block.number - 1].told()}  # fmt: skip
        return self.case(block)

    def runs(self, runs: Sequence[Run]) -> list[Json]:
        """Words with the notes of what they quote."""
        return [self.run(run) for run in runs if run.text]

    def run(self, run: Run) -> Part:
        """One run; what is quoted for the first time has its footnote."""
        url, note = "", ""
        if run.figure is not None:
            figure = run.figure
            url = self.imprint.absolute(figure.address)
            note = f"{figure.name(self.language)}{self.words['comma']}{figure.as_of}{self.words['colon']}"
        elif run.basis is not None:
            url = self.imprint.absolute(run.basis.address) if run.basis.address else ""
            note = run.basis.words + (self.words["colon"] if url else "")
        return {"text": run.text, "strong": run.strong, "emphasis": run.emphasis, "url": url, "shown": _breakable(url),
                "note": note.rstrip() if run.first else ""}  # fmt: skip

    def table(self, table: ShownTable) -> Part:
        """One row for each figure; its value leads to its address."""
        words = self.words
        titles = [("name", False), ("value", True), ("unit", False), *([("change", False)] if table.has_change else []),
                  ("as_of", False)]  # fmt: skip
        columns: list[Json] = [
            {"title": words[name], "figure": figure, "wide": name == "name", "link": name == "value"}
            for name, figure in titles
        ]
        rows: list[Json] = []
        for row in table.rows:
            cells = [row.name, row.value, row.unit, *([row.change] if table.has_change else []), row.figure.as_of]
            rows.append({"cells": cells, "url": self.imprint.absolute(row.figure.address)})
        label = numbered(words["table"], table.number, self.language)
        return {"kind": "table", "label": label, "caption": table.caption, "columns": columns, "rows": rows}

    def case(self, block: ShownCase) -> Part:
        """A real order, told."""
        url = self.imprint.absolute(block.case.address)
        case = block.case
        return {"kind": "case", "label": f"{self.words['case']}{self.words['colon']}", "words": block.words,
                "title": case.title_in(self.language), "told": case.told_in(self.language), "url": url,
                "shown": _breakable(url)}  # fmt: skip


def _seen(told: Part) -> Part:
    """The same without characters that show nothing: Typst 0.15 stumbles over a soft hyphen at the end of a link."""
    return {name: _seen_in(each) for name, each in told.items()}


def _seen_in(told: Json) -> Json:
    if isinstance(told, str):
        return told.translate(_UNSEEN)
    if isinstance(told, Mapping):
        return {name: _seen_in(each) for name, each in told.items()}
    return [_seen_in(each) for each in told] if isinstance(told, Sequence) else told


def _breakable(text: str) -> str:
    """A long address or hash with places where a line may break."""
    if len(text) < 24:
        return text
    text = "".join(f"{each}{_BREAK}" if each in "/?&=.-_" else each for each in text)
    return _BREAK.join(text[place : place + 32] for place in range(0, len(text), 32))
