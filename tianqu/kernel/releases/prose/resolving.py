"""Binding a text to its figures: from the tree that was written to the tree that is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.releases.prose.document import (
    Answer,
    At,
    Block,
    CaseMark,
    ChartKind,
    ChartMark,
    ClaimMark,
    Document,
    Emphasis,
    ExplainMark,
    FigureForm,
    FigureMark,
    Heading,
    Inline,
    Language,
    Listing,
    LiteralMark,
    Note,
    Question,
    Quoted,
    Strong,
    TableMark,
    Text,
)
from tianqu.kernel.releases.prose.findings import Finding, Kind, ProseFaults, excerpt_of
from tianqu.kernel.releases.prose.printing import (
    SCALES,
    PrintedCase,
    PrintedFigure,
    PrintedRelation,
    joined,
    same_said,
    scaled,
)
from tianqu.kernel.releases.prose.resolved import (
    Basis,
    Point,
    ResolvedDocument,
    Role,
    Row,
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

_ALT_MAX: Final = 8  # figures that a made description names; the table beside the chart has all


@dataclass(frozen=True, slots=True)
class Quotable:
    """What a text may quote, each by its identifier, and the moment at which it is read."""

    figures: Mapping[str, PrintedFigure]
    relations: Mapping[str, PrintedRelation] = field(default_factory=dict)
    cases: Mapping[str, PrintedCase] = field(default_factory=dict)
    now: datetime | None = None


def resolve(document: Document, quotable: Quotable) -> ResolvedDocument:
    """Return the document with every figure, relation and case in its place.

    Raises ``ProseFaults`` with all findings: what is unknown or under embargo at ``quotable.now``, prints otherwise
    than the text expects, or cannot be shown as it is asked; and for a text without a title or with two.
    """
    binder = _Binder(document.language, quotable)
    titles = [block for block in document.blocks if isinstance(block, Heading) and block.level == 1]
    title = "".join(run.text for run in binder.runs(titles[0].inlines)) if titles else ""
    body = tuple(block for block in document.blocks if block not in titles[:1])
    blocks = binder.blocks(body)
    if not title.strip() or len(titles) != 1:
        binder.fault(
            _first_at(titles[-1].inlines) if titles else At(1, 1),
            excerpt=title,
            kind=Kind.SYNTAX,
            message=_("A text has one title: one heading with a single hash."),
            remedy=_("Write # and the title in the first line."),
        )
    if binder.findings:
        raise ProseFaults(sorted(binder.findings, key=lambda finding: finding.at))
    return ResolvedDocument(document.language, title.strip(), blocks, tuple(binder.quoted.values()))


def differing_figures(one: Document, other: Document) -> tuple[frozenset[str], frozenset[str]]:
    """Which figures the one text quotes and not the other, and the other way round: both languages say the same."""
    ours, theirs = quoted_in(one), quoted_in(other)
    return ours - theirs, theirs - ours


def quoted_in(document: Document) -> frozenset[str]:
    """The identifiers of all figures in a text, and of what its claims rest on."""
    return frozenset(_quoted(document.blocks))


def cases_in(document: Document) -> frozenset[str]:
    """The codes of all orders that a text tells of."""
    return frozenset(_cases(document.blocks))


def _cases(blocks: tuple[Block, ...]) -> list[str]:
    found: list[str] = []
    for block in blocks:
        if isinstance(block, CaseMark):
            found.append(block.code)
        elif isinstance(block, Listing):
            found += [each for item in block.items for each in _cases(item)]
        elif isinstance(block, Note):
            found += _cases(block.blocks)
    return found


def _quoted(blocks: tuple[Block, ...]) -> list[str]:
    found: list[str] = []
    for block in blocks:
        if isinstance(block, Listing):
            found += [each for item in block.items for each in _quoted(item)]
        elif isinstance(block, Note):
            found += _quoted(block.blocks)
        elif isinstance(block, TableMark | ChartMark):
            found += block.figures
        elif not isinstance(block, CaseMark):
            found += _quoted_inline(block.inlines)
    return found


def _quoted_inline(inlines: tuple[Inline, ...]) -> list[str]:
    found: list[str] = []
    for inline in inlines:
        if isinstance(inline, Strong | Emphasis):
            found += _quoted_inline(inline.inlines)
        elif isinstance(inline, FigureMark):
            found.append(inline.figure)
        elif isinstance(inline, ClaimMark) and inline.of:
            found.append(inline.of)
    return found


def _first_at(inlines: tuple[Inline, ...]) -> At:
    for inline in inlines:
        return _first_at(inline.inlines) if isinstance(inline, Strong | Emphasis) else inline.at
    return At(1, 1)


class _Binder:
    """Walks a tree once, and remembers what was quoted and what was wrong."""

    def __init__(self, language: Language, quotable: Quotable) -> None:
        self.language, self.quotable = language, quotable
        self.findings: list[Finding] = []
        self.quoted: dict[str, PrintedFigure] = {}
        self.rested: set[str] = set()
        self.tables = self.charts = 0

    def fault(self, at: At, *, excerpt: str, kind: Kind, message: str, remedy: str, **parameters: object) -> None:
        """Remember a fault."""
        self.findings.append(Finding(kind, at, excerpt_of(excerpt), message, remedy, parameters))

    # Blocks

    def blocks(self, blocks: tuple[Block, ...]) -> tuple[ShownBlock, ...]:
        """Resolve blocks; those that cannot be are left out, and are findings."""
        return tuple(shown for block in blocks if (shown := self.block(block)) is not None)

    def block(self, block: Block) -> ShownBlock | None:
        """Resolve one block."""
        if isinstance(block, Heading):
            return ShownHeading(max(1, block.level - 1), self.runs(block.inlines))
        if isinstance(block, Listing):
            return ShownList(block.numbered, tuple(self.blocks(item) for item in block.items))
        if isinstance(block, Note):
            return ShownNote(self.blocks(block.blocks))
        if isinstance(block, TableMark):
            return self.table(block)
        if isinstance(block, ChartMark):
            return self.chart(block)
        if isinstance(block, CaseMark):
            return self.case(block)
        if isinstance(block, Question | Answer):
            role = Role.QUESTION if isinstance(block, Question) else Role.ANSWER
            return ShownWords(role, block.speaker.text.strip() if block.speaker else "", self.runs(block.inlines))
        return ShownWords(Role.PARAGRAPH, "", self.runs(block.inlines))

    def table(self, mark: TableMark) -> ShownTable | None:
        """One row for each figure."""
        figures = [self.figure(each, mark.at) for each in mark.figures]
        if None in figures:
            return None
        self.tables += 1
        language = self.language
        rows = tuple(
            Row(each, each.name(language), each.value(language), each.unit(language), each.change(language))
            for each in figures
            if each is not None
        )
        return ShownTable(self.tables, mark.caption.text, rows)

    def chart(self, mark: ChartMark) -> ShownChart | None:
        """One point for each figure; they must have numbers of one unit."""
        figures = [each for each in (self.figure(one, mark.at) for one in mark.figures) if each is not None]
        if len(figures) != len(mark.figures):
            return None
        units = {each.unit(self.language) for each in figures}
        points: list[Point] = []
        for each in figures:
            number = each.number(self.language)
            if number is None or (mark.kind is ChartKind.SHARE and number < 0) or len(units) > 1:
                self.fault(
                    mark.at,
                    excerpt=each.id,
                    kind=Kind.NOT_SHOWABLE,
                    message=_("The figure %(figure)s cannot stand in this chart."),
                    remedy=_("A chart shows numbers of one unit; parts of a whole are not negative."),
                    figure=each.id,
                )
                return None
            points.append(Point(each, each.name(self.language), each.as_of, number, each.value(self.language)))
        if mark.kind is ChartKind.SHARE and not sum(point.number for point in points):
            self.fault(
                mark.at,
                excerpt=mark.title.text,
                kind=Kind.NOT_SHOWABLE,
                message=_("The parts of this whole are all nothing."),
                remedy=_("Show them in a table."),
            )
            return None
        self.charts += 1
        alt = mark.alt.text if mark.alt else self._alt(figures)
        return ShownChart(self.charts, mark.kind, mark.title.text, alt, units.pop(), tuple(points))

    def _alt(self, figures: list[PrintedFigure]) -> str:
        """A chart in words: what it shows, figure by figure."""
        zh = self.language is Language.ZH
        said = [
            f"{each.name(self.language)}{'' if zh else ' '}({each.as_of}){'' if zh else ' '}{each.whole(self.language)}"
            for each in figures[:_ALT_MAX]
        ]
        more = "" if len(figures) <= _ALT_MAX else "……" if zh else " …"
        return ("；" if zh else "; ").join(said) + more

    def case(self, mark: CaseMark) -> ShownCase | None:
        """A real order that may be told of."""
        case = self.quotable.cases.get(mark.code)
        if case is None:
            self.fault(
                mark.at,
                excerpt=mark.code,
                kind=Kind.UNKNOWN_CASE,
                message=_("There is no order %(code)s that may be told of."),
                remedy=_("Choose one by search; its asker must have agreed that it is public."),
                code=mark.code,
            )
            return None
        return ShownCase(case, mark.words.text if mark.words else "")

    # Words

    def runs(self, inlines: tuple[Inline, ...], *, strong: bool = False, emphasis: bool = False) -> tuple[Run, ...]:
        """Resolve words, figures and claims into runs of one style each."""
        found: list[Run] = []
        # The mark of an explanation is not printed, nor the blank behind it.
        behind = next((one for mark, one in pairwise(inlines) if isinstance(mark, ExplainMark)), None)
        for inline in inlines:
            if isinstance(inline, ExplainMark):
                continue
            if isinstance(inline, Strong):
                found += self.runs(inline.inlines, strong=True, emphasis=emphasis)
            elif isinstance(inline, Emphasis):
                found += self.runs(inline.inlines, strong=strong, emphasis=True)
            elif isinstance(inline, Text):
                found.append(Run(inline.text if inline is not behind else inline.text.lstrip(), strong, emphasis))
            elif isinstance(inline, LiteralMark):
                found.append(Run(inline.words.text, strong, emphasis))
            elif isinstance(inline, ClaimMark):
                basis = self._basis(inline)
                first = basis is not None and f"{basis}" not in self.rested
                self.rested.add(f"{basis}")
                found.append(Run(inline.words.text, strong, emphasis, basis=basis, first=first))
            else:
                first = inline.figure not in self.quoted
                figure = self.figure(inline.figure, inline.at)
                if figure is not None:
                    found.append(Run(self._said(inline, figure), strong, emphasis, figure=figure, first=first))
        return tuple(found)

    def figure(self, identifier: str, at: At) -> PrintedFigure | None:
        """The figure of a name, or None and a finding."""
        figure = self.quotable.figures.get(identifier)
        now = self.quotable.now
        if figure is None:
            self.fault(
                at,
                excerpt=identifier,
                kind=Kind.UNKNOWN_FIGURE,
                message=_("There is no figure %(figure)s."),
                remedy=_("Choose one by search; its name stands on its page."),
                figure=identifier,
            )
            return None
        if figure.embargoed_until is not None and (now is None or figure.embargoed_until > now):
            self.fault(
                at,
                excerpt=identifier,
                kind=Kind.EMBARGOED_FIGURE,
                message=_("The figure %(figure)s is under embargo until %(until)s."),
                remedy=_("Release the text after that moment, or leave the figure out."),
                figure=identifier,
                until=figure.embargoed_until.isoformat(timespec="minutes"),
            )
            return None
        self.quoted.setdefault(identifier, figure)
        return figure

    def _said(self, mark: FigureMark, figure: PrintedFigure) -> str:
        """What a figure prints here; held against what the writer expects."""
        said = self._printed(mark, figure)
        if said is None:
            self.fault(
                mark.at,
                excerpt=mark.figure,
                kind=Kind.NOT_SHOWABLE,
                message=_("The figure %(figure)s cannot be said in this way."),
                remedy=_(
                    "A scale needs a number and a word of the text's language; a change needs a figure that has one."
                ),
                figure=mark.figure,
            )
            return ""
        if mark.said is not None and not self._as_expected(mark, figure, mark.said, said):
            self.fault(
                mark.said.at,
                excerpt=mark.said.text,
                kind=Kind.PRINTED_OTHERWISE,
                message=_("The figure %(figure)s prints %(printed)s."),
                remedy=_("Write what it prints, or leave out what it should."),
                figure=mark.figure,
                printed=said,
            )
        return mark.said.text.strip() if mark.said is not None else said

    def _printed(self, mark: FigureMark, figure: PrintedFigure) -> str | None:
        language = self.language
        if mark.form is FigureForm.CHANGE:
            return (figure.change(language) or None) if not mark.scale else None
        value, unit = figure.value(language), figure.unit(language)
        if mark.scale:
            return scaled(value, unit=unit, scale=mark.scale, language=language)
        return value if mark.form is FigureForm.VALUE else joined(value, unit=unit, language=language)

    def _as_expected(self, mark: FigureMark, figure: PrintedFigure, expected: Quoted, said: str) -> bool:
        """Whether it prints so, in its own scale or, where none is asked for, in any other."""
        language = self.language
        ways: list[str | None] = [said]
        if mark.form is FigureForm.WHOLE and not mark.scale:
            ways += [
                scaled(figure.value(language), unit=figure.unit(language), scale=scale, language=language)
                for scale in SCALES
            ]
        return any(way is not None and same_said(said=expected.text, printed=way) for way in ways)

    def _basis(self, mark: ClaimMark) -> Basis | None:
        """On what a claim rests."""
        if not mark.of:
            return Basis(mark.source, "")
        relation = self.quotable.relations.get(mark.of)
        if relation is not None:
            words, address = relation.name(self.language), relation.address
        elif mark.of in self.quotable.figures:
            figure = self.figure(mark.of, mark.at)
            if figure is None:
                return None
            zh = self.language is Language.ZH
            words = f"{figure.name(self.language)}{'：' if zh else ': '}{figure.whole(self.language)}"
            address = figure.address
        else:
            self.fault(
                mark.at,
                excerpt=mark.of,
                kind=Kind.UNKNOWN_RELATION,
                message=_("There is no figure or relation %(of)s."),
                remedy=_("Choose one by search, or give a source."),
                of=mark.of,
            )
            return None
        return Basis(
            f"{words}{'；' if self.language is Language.ZH else '; '}{mark.source}" if mark.source else words, address
        )
