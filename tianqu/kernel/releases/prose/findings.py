"""What is wrong with a text: what, where, and what would be right. All of it at once, as a proof-reader marks a
page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.releases.prose.document import At

EXCERPT_MAX = 40  # characters


class Kind(StrEnum):
    """What sort of fault it is."""

    SYNTAX = "syntax"
    DIGIT = "digit"
    COMPARISON = "comparison"
    UNKNOWN_FIGURE = "unknown_figure"
    EMBARGOED_FIGURE = "embargoed_figure"
    UNKNOWN_RELATION = "unknown_relation"
    UNKNOWN_CASE = "unknown_case"
    PRINTED_OTHERWISE = "printed_otherwise"
    NOT_SHOWABLE = "not_showable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. ``message`` and ``remedy`` are sentences for ``gettext`` with placeholders of ``parameters``."""

    kind: Kind
    at: At
    excerpt: str
    message: str
    remedy: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def line(self) -> int:
        """The line, from 1."""
        return self.at.line

    @property
    def column(self) -> int:
        """The column, from 1, in characters."""
        return self.at.column

    @property
    def named(self) -> dict[str, object]:
        """What fills the placeholders of message and remedy."""
        return {"excerpt": self.excerpt, **self.parameters}

    def __str__(self) -> str:
        said = f"{self.message} {self.remedy}" % self.named
        return f"{self.line}:{self.column} “{self.excerpt}”: {said}"


class ProseFaults(InvalidInput):
    """A text that cannot be set as it is; ``findings`` says each fault with its place."""

    code = "prose_faults"

    def __init__(self, findings: Sequence[Finding]) -> None:
        assert findings, "ProseFaults needs at least one finding"
        self.findings = tuple(findings)
        first = findings[0]
        super().__init__(
            _("The text has %(count)s faults; the first is in line %(line)s, column %(column)s: “%(excerpt)s”."),
            field="text", count=len(findings), line=first.line, column=first.column, excerpt=first.excerpt,
            remedy=_("Mend each as its remedy says."),
        )  # fmt: skip


def excerpt_of(text: str) -> str:
    """As much of a text as a finding shows."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_MAX else line[: EXCERPT_MAX - 1] + "…"
