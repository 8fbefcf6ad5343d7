"""Figures of a text that cannot all be right: what the checker finds, and which of it the text explains in print.

A text explains a conflict by a note that begins with ``{{ explain RELATION }}``, one of the relations in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tianqu.base.errors import _
from tianqu.kernel.figures.api import check_printed, relations_called, values_with
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.releases.prose.document import (
    Block,
    CaseMark,
    ChartMark,
    Document,
    ExplainMark,
    Inline,
    Listing,
    Note,
    TableMark,
    Text,
)
from tianqu.kernel.releases.prose.findings import Finding, Kind
from tianqu.kernel.releases.quoting import CHANGE

Conflicts = dict[str, Any]  # conflicts as ``check_printed`` tells them, names and relations in words, what is explained


def conflicts_of(actor: Actor, pins: Mapping[str, Any], explained: Collection[str]) -> Conflicts:
    """The conflicts in which a figure of a text stands, by the pins of what it prints.

    All other figures are taken as everybody sees them, so that nothing else is told of what is under embargo.
    """
    wanted = {code: pin["value"] for code, pin in pins.items()}
    wanted |= {f"{code}{CHANGE}": pin["change"]["value"] for code, pin in pins.items() if pin["change"]}
    values = values_with(actor, wanted.values())
    printed = {code: values[value] for code, value in wanted.items() if value in values}
    result = check_printed(printed)
    found = [
        each | {"explained": any(relation["id"] in explained for relation in each["relations"])}
        for part in result["components"] for each in part["conflicts"]
        if any(figure["id"] in printed for figure in each["figures"])
    ]  # fmt: skip
    return _told(found, result["known"], result["said"])


def conflicts_for(conflicts: Conflicts, codes: Collection[str]) -> Conflicts:
    """Those in which figures of a unit stand."""
    own = {*codes, *(f"{code}{CHANGE}" for code in codes)}
    found = [each for each in conflicts["conflicts"] if any(figure["id"] in own for figure in each["figures"])]
    return _told(found, conflicts["known"], conflicts["said"])


def unexplained(conflicts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conflicts of which the text says nothing."""
    return [each for each in conflicts.get("conflicts", ()) if not each["explained"]]


def explained_in(document: Document) -> frozenset[str]:
    """The relations that notes of a text explain."""
    return frozenset(mark.relation for mark, placed in _explanations(document.blocks, noted=False) if placed)


def check_explanations(document: Document) -> tuple[Finding, ...]:
    """Find explanations that stand where they explain nothing, and those of relations that are not there."""
    marks = list(_explanations(document.blocks, noted=False))
    known = relations_called({mark.relation for mark, _placed in marks}) if marks else set()
    return tuple(_findings(marks, known))


def _findings(marks: list[tuple[ExplainMark, bool]], known: Collection[str]) -> Iterator[Finding]:
    for mark, placed in marks:
        if not placed:
            yield Finding(
                Kind.SYNTAX, mark.at, mark.relation, _("An explanation stands in a note, with words behind it."),
                _("Write > {{ explain RELATION }} and the words in the same line."),
            )  # fmt: skip
        elif mark.relation not in known:
            yield Finding(
                Kind.UNKNOWN_RELATION, mark.at, mark.relation, _("There is no relation %(excerpt)s."),
                _("Copy its name from the conflict."),
            )  # fmt: skip


def _explanations(blocks: tuple[Block, ...], *, noted: bool) -> Iterator[tuple[ExplainMark, bool]]:
    """Each explanation, and whether it stands in a note beside words."""
    for block in blocks:
        if isinstance(block, Note):
            yield from _explanations(block.blocks, noted=True)
        elif isinstance(block, Listing):
            for item in block.items:
                yield from _explanations(item, noted=noted)
        elif not isinstance(block, TableMark | ChartMark | CaseMark):
            placed = noted and any(_has_words(inline) for inline in block.inlines)
            yield from ((inline, placed) for inline in block.inlines if isinstance(inline, ExplainMark))


def _has_words(inline: Inline) -> bool:
    return bool(inline.text.strip()) if isinstance(inline, Text) else not isinstance(inline, ExplainMark)


def _told(found: list[dict[str, Any]], known: Mapping[str, Any], said: Mapping[str, Any]) -> Conflicts:
    names = {term for each in found for line in each["certificate"] for term in (*line["terms"], line["said_by"])}
    names |= {figure["id"] for each in found for figure in each["figures"]}
    relations = {relation["id"] for each in found for relation in each["relations"]} | names
    return {
        "conflicts": found, "known": {code: known[code] for code in names & known.keys()},
        "said": {code: said[code] for code in relations & said.keys()},
    }  # fmt: skip
