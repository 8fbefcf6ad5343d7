"""What a correction changes in print: each figure, and each sentence, row and chart in both languages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from tianqu.base.errors import NotFound, _
from tianqu.base.sequences import changes
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.releases.models import Edition, Release, Revision
from tianqu.kernel.releases.prose.checking import read_prose
from tianqu.kernel.releases.prose.digits import Allowances
from tianqu.kernel.releases.prose.document import Language
from tianqu.kernel.releases.prose.resolved import (
    ResolvedDocument,
    ShownBlock,
    ShownChart,
    ShownHeading,
    ShownList,
    ShownNote,
    ShownTable,
    ShownWords,
)
from tianqu.kernel.releases.prose.resolving import resolve
from tianqu.kernel.releases.quoting import CHANGE, printed_otherwise, quotable_by_pins
from tianqu.kernel.releases.writing import EVER, proof_read, revision_of

ENDS: Final = "。！？!?；"  # of sentences, besides a point before a blank
PASSAGES_MAX: Final = 3_000  # between the first and the last that differ, to be held against each other one by one
Passage = tuple[str, str]  # what it is (title, sentence, row, chart), and what it says


@dataclass(frozen=True, slots=True)
class Ahead:
    """What another edition would change, and the figures that could change it: code, as published, as printed now."""

    figures: tuple[Mapping[str, Any], ...]
    passages: tuple[Mapping[str, Any], ...]
    corrected: tuple[str, ...]


def changes_ahead(actor: Actor, release: Release, edition: Edition, *, only: Collection[str] | None = None) -> Ahead:
    """Hold the newest text and figures against an edition. ``only`` takes the new values of these figures alone.

    Raises ``ProseFaults`` where a figure of the text cannot be printed any more.
    """
    revision = revision_of(release)
    proof = proof_read(actor, release, revision, now=EVER)
    pins = dict(proof.pins)
    before = edition.pins["figures"]
    corrected = tuple(code for code in pins if code in before and _other(before[code], pins[code]))
    if only is not None:
        pins |= {code: before[code] for code in corrected if code not in only}
    old = documents_of(actor, release, revision_of(release, number=edition.revision), edition.pins)
    new = documents_of(actor, release, revision, {"figures": pins, "cases": proof.cases})
    return Ahead(tuple(figures_changed(before, pins)), tuple(passages_changed(old, new)), corrected)


def documents_of(
    actor: Actor, release: Release, revision: Revision, pins: Mapping[str, Any]
) -> dict[str, ResolvedDocument]:
    """A text in both languages with its figures and cases as they are pinned."""
    quoted = quotable_by_pins(actor, pins, now=EVER)
    allowed = Allowances(frozenset(release.periods), tuple(release.names))
    return {
        language.value: resolve(read_prose(text, language=language, allowed=allowed).document, quoted)
        for language, text in ((Language.ZH, revision.text), (Language.EN, revision.text_en))
    }


def figures_changed(before: Mapping[str, Any], pins: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each figure that prints otherwise by the one pins than by the other, or that came or went."""
    old, new = with_changes(before), with_changes(pins)
    return [
        {"figure": code, "was": _said(old.get(code)), "now": _said(new.get(code))}
        for code in sorted({*old, *new})
        if printed_otherwise(old.get(code), new.get(code))
    ]


def passages_changed(
    before: Mapping[str, ResolvedDocument], now: Mapping[str, ResolvedDocument]
) -> list[dict[str, Any]]:
    """Each title, sentence, row of a table and chart that reads otherwise, as it was and as it is."""
    found: list[dict[str, Any]] = []
    for language in before:
        old, new = list(_passages(before[language])), list(_passages(now[language]))
        for kind, from_old, to_old, from_new, to_new in changes(old, new, most=PASSAGES_MAX):
            if kind == "equal":
                continue
            for was, said in zip_longest(old[from_old:to_old], new[from_new:to_new]):
                if was == said:
                    continue
                told = was or said
                assert told is not None, "one of both is there"
                found.append(
                    {
                        "language": language, "kind": told[0], "was": was[1] if was else None,
                        "now": said[1] if said else None,
                    }
                )  # fmt: skip
    return found


def edition_before(release: Release) -> Edition:
    """The newest edition, which a correction follows. Raises ``NotFound`` where there is none."""
    edition = Edition.objects.filter(release=release).order_by("-number").first()
    if edition is None:
        raise NotFound(_("There is no such edition."), field="edition", value=1)
    return edition


def _passages(document: ResolvedDocument) -> Iterator[Passage]:
    yield "title", document.title
    yield from _of_blocks(document.blocks)


def _of_blocks(blocks: tuple[ShownBlock, ...]) -> Iterator[Passage]:
    for block in blocks:
        if isinstance(block, ShownHeading):
            yield "title", "".join(run.text for run in block.runs)
        elif isinstance(block, ShownWords):
            yield from (("sentence", each) for each in _sentences("".join(run.text for run in block.runs)))
        elif isinstance(block, ShownList):
            for item in block.items:
                yield from _of_blocks(item)
        elif isinstance(block, ShownNote):
            yield from _of_blocks(block.blocks)
        elif isinstance(block, ShownTable):
            for row in block.rows:
                yield "row", " · ".join(filter(None, (block.caption, row.name, f"{row.value} {row.unit}", row.change)))
        elif isinstance(block, ShownChart):
            yield "chart", f"{block.title}: " + "; ".join(f"{each.name} {each.printed}" for each in block.points)


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a paragraph, each with its end."""
    start = 0
    for place, character in enumerate(text):
        ends = character in ENDS or (character == "." and text[place + 1 : place + 2].isspace())
        if ends and text[start : place + 1].strip():
            yield text[start : place + 1].strip()
            start = place + 1
    if text[start:].strip():
        yield text[start:].strip()


def _other(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a figure or its change has another value, printed otherwise or not."""
    return was["value"] != now["value"] or (was["change"] or {}).get("value") != (now["change"] or {}).get("value")


def with_changes(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The pin of each figure, and of its change, by its code."""
    changes = {
        f"{code}{CHANGE}": pin["change"]
        for code, pin in figures.items()
        if pin["change"] and pin["change"]["value"] != pin["value"]
    }
    return {**figures, **changes}


def _said(pin: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if pin is None else {"zh": pin["zh"], "en": pin["en"]}
