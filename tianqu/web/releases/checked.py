"""A text held against the figures: what is wrong with it, line by line, how to bind it, and what it quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from tianqu.kernel.figures.api import ShownFigure, figures_found
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.releases.api import (
    Finding,
    Kind,
    Language,
    PrintedFigure,
    Proof,
    Release,
    conflicts_of,
    proof_of_words,
)
from tianqu.web.layout.formats import in_chinese
from tianqu.web.releases.words import finding_said

SHOWN_MAX: Final = 60  # faults of a language that are listed
NUMBER: Final = re.compile(r"[0-9][0-9,.]*")
SAME_MAX: Final = 3  # figures offered for a number


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with the line in which it stands, cut in three, and placeholders that would bind it."""

    line: int
    column: int
    before: str
    marked: str
    after: str
    said: str
    remedy: str
    offered: tuple[tuple[str, str], ...] = ()  # what a figure is called, and its placeholder


@dataclass(frozen=True, slots=True)
class Quoted:
    """A figure that a text quotes, as it is printed now."""

    code: str
    name: str
    zh: str
    en: str
    period: str
    address: str
    embargoed_until: datetime | None


@dataclass(frozen=True, slots=True)
class Checked:
    """All that is told of a text while it is written."""

    proof: Proof
    faults: tuple[Fault, ...]
    faults_en: tuple[Fault, ...]
    quoted: tuple[Quoted, ...]
    conflicts: dict[str, Any]

    @property
    def count(self) -> int:
        """How many faults there are in both languages."""
        return len(self.proof.findings) + len(self.proof.findings_en)


def checked(actor: Actor, release: Release, *, text: str, text_en: str) -> Checked:
    """Read both languages of a text that may not be kept yet. Raises ``TooLarge``."""
    proof = proof_of_words(actor, release, text=text, text_en=text_en)
    faults, faults_en = _faults(proof.findings, text), _faults(proof.findings_en, text_en)
    if any(each.kind is Kind.DIGIT for each in (*proof.findings, *proof.findings_en)):
        known = [each for each in figures_found(actor) if each.newest is not None]
        faults, faults_en = _offered(faults, known), _offered(faults_en, known)
    figures = sorted(proof.quotable.figures.values(), key=lambda figure: figure.id)
    conflicts = conflicts_of(actor, proof.pins, proof.explained)
    return Checked(proof, faults, faults_en, tuple(_quoted(figure) for figure in figures), conflicts)


def _quoted(figure: PrintedFigure) -> Quoted:
    until = figure.embargoed_until
    return Quoted(
        figure.id, figure.name_zh if in_chinese() else figure.name_en, figure.whole(Language.ZH),
        figure.whole(Language.EN), figure.as_of, figure.address, until if until and until > timezone.now() else None,
    )  # fmt: skip


def _faults(findings: Iterable[Finding], text: str) -> tuple[Fault, ...]:
    lines = text.replace("\r\n", "\n").split("\n")
    return tuple(_fault(finding, lines) for finding in list(findings)[:SHOWN_MAX])


def _fault(finding: Finding, lines: list[str]) -> Fault:
    line = lines[finding.line - 1] if finding.line <= len(lines) else ""
    start = finding.column - 1
    length = len(finding.excerpt) if line[start:].startswith(finding.excerpt) else len(line)
    words, remedy = finding_said(finding)
    return Fault(
        finding.line, finding.column, line[:start], line[start : start + length], line[start + length :], words, remedy
    )


def _offered(faults: tuple[Fault, ...], known: list[ShownFigure]) -> tuple[Fault, ...]:
    return tuple(replace(fault, offered=_same_number(fault, known)) for fault in faults)


def _same_number(fault: Fault, known: list[ShownFigure]) -> tuple[tuple[str, str], ...]:
    """The figures that print the number in which a fault stands."""
    line, at = fault.before + fault.marked + fault.after, len(fault.before)
    number = next((found[0] for found in NUMBER.finditer(line) if found.start() <= at < found.end()), "").rstrip(".,")
    if not number:
        return ()
    same = []
    for each in known:
        assert each.newest is not None, "only figures with a value are offered"
        if number in (*_numbers(each.newest.zh.whole), *_numbers(each.newest.en.whole)):
            name = each.definition.name if in_chinese() else each.definition.name_en
            same.append((name, f"{{{{ figure {each.figure.code} }}}}"))
    return tuple(same[:SAME_MAX])


def _numbers(text: str) -> list[str]:
    return [found.rstrip(".,") for found in NUMBER.findall(text)]
