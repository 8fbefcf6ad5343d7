"""A text, read and proof-read: its tree, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tianqu.base.errors import InvalidInput, _
from tianqu.base.typesetting import unsettable
from tianqu.kernel.releases.prose.comparisons import spans, unbound_comparisons
from tianqu.kernel.releases.prose.digits import PERIOD, Allowances, unbound_digits
from tianqu.kernel.releases.prose.document import Document, Language
from tianqu.kernel.releases.prose.findings import Finding, Kind
from tianqu.kernel.releases.prose.parsing import parse
from tianqu.kernel.releases.prose.passages import BOUND, Passage, passages

FINDINGS_MAX: Final = 500  # more help nobody
NAMES_MAX: Final = 2_000
NAME_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that was read: ``findings`` in the order of the text; where there is one, the text cannot be released."""

    document: Document
    findings: tuple[Finding, ...]


def read_prose(source: str, *, language: Language, allowed: Allowances | None = None) -> Reading:
    """Read a bulletin's text in one language and find what is unbound or not understood.

    Raises ``TooLarge`` beyond ``parsing.SOURCE_MAX`` characters and ``InvalidInput`` for a period or name that is none.
    """
    allowed = allowed or Allowances()
    check_allowances(allowed)
    document, findings = parse(source, language=language)
    for passage in passages(document):
        findings += _unsettable(passage)
        compared = spans(passage, language=language, allowed=allowed)
        findings += unbound_comparisons(passage, compared)
        findings += unbound_digits(passage, language=language, allowed=allowed, elsewhere=compared)
        if len(findings) >= FINDINGS_MAX:
            break
    return Reading(document, tuple(sorted(findings, key=lambda finding: finding.at)[:FINDINGS_MAX]))


def _unsettable(passage: Passage) -> Iterator[Finding]:
    """Find a character that no paper could show."""
    missing = unsettable(passage.written.replace(BOUND, ""))
    if missing:
        yield Finding(
            Kind.SYNTAX, passage.places[passage.written.index(missing)], missing,
            _("The font of our papers has no such character."), _("Write it in Chinese or Latin letters."),
        )  # fmt: skip


def check_allowances(allowed: Allowances) -> None:
    """Raise ``InvalidInput`` for a period that is no period, and for a name that would excuse any number."""
    for period in allowed.periods:
        if not PERIOD.fullmatch(period):
            raise InvalidInput(
                _("“%(value)s” is no period."), field="periods", value=period[:20],
                remedy=_("Give for instance 2020, 2020-10, 2020-10-15, 2020-Q3 or 2020-H1."),
            )  # fmt: skip
    if len(allowed.names) > NAMES_MAX:
        raise InvalidInput(_("These are too many names."), field="names", value=len(allowed.names))
    for name in allowed.names:
        letters = sum(each.isalpha() for each in name)
        if len(name) > NAME_MAX or letters < 1 or len(name) < 2:
            raise InvalidInput(
                _("“%(value)s” is no name: it would excuse any number."), field="names", value=name[:20],
                remedy=_("Give the whole name, with letters."),
            )  # fmt: skip
