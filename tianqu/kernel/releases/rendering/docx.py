"""A bulletin as a Word document, for those who must edit, quote or file it: the same bytes whenever it is made.

Nothing of anybody's text becomes a field or markup: it goes into ``w:t`` elements only. Links are relationships, not
fields. The archive's members lie uncompressed, in order and with one date, for compressors differ from machine to
machine.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC
from typing import Final

import docx as word
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table
from docx.text.paragraph import Paragraph

from tianqu.kernel.releases.prose.document import Language
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
from tianqu.kernel.releases.rendering.docx_styles import ACCENT, NOTE, QUIET, SMALL, dress
from tianqu.kernel.releases.rendering.imprint import Imprint
from tianqu.kernel.releases.rendering.words import WORDS, numbered, spoken

MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # of each member: the earliest that a zip archive knows
CHART_WIDTH: Final = Mm(155)
DEEPEST_LIST: Final = 3  # styles of lists that Word brings along


def docx(document: ResolvedDocument, imprint: Imprint, *, pngs: Sequence[bytes]) -> bytes:
    """Return the bulletin as DOCX. ``pngs``: its charts as ``charts.chart_pngs`` makes them, in their order."""
    paper = word.Document()
    dress(paper, document.language)
    _properties(paper, document, imprint)
    typing = _Typing(paper, document.language, imprint, pngs)
    typing.head(document.title)
    typing.blocks(document.blocks)
    typing.sources(document)
    typing.foot()
    made = io.BytesIO()
    paper.save(made)
    return _settled(made.getvalue())


def _properties(paper: Paper, document: ResolvedDocument, imprint: Imprint) -> None:
    moment = imprint.released_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    core = paper.core_properties
    core.title, core.author, core.subject = document.title[:255], imprint.issuer[:255], imprint.number[:255]
    core.created = core.modified = moment
    core.last_modified_by, core.revision, core.comments, core.keywords = imprint.issuer[:255], 1, "", ""
    core.language = "zh-CN" if document.language is Language.ZH else "en-GB"


def _settled(archive: bytes) -> bytes:
    """The same archive with its members in order, of one date, uncompressed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as given, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as settled:
        # The list of content types comes first, as readers expect it.
        for name in sorted(given.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            if name == "docProps/thumbnail.jpeg":
                continue
            member = zipfile.ZipInfo(name, MOMENT)
            member.create_system = 3
            member.external_attr = 0o644 << 16
            settled.writestr(member, _without_thumbnail(name, given.read(name)))
    return made.getvalue()


def _without_thumbnail(name: str, content: bytes) -> bytes:
    """The template's picture of itself is not one of this document."""
    if name != "_rels/.rels":
        return content
    start = content.find(b"<Relationship ", content.rfind(b"<Relationship ", 0, content.find(b"thumbnail")))
    end = content.find(b"/>", start) + 2
    return content[:start] + content[end:] if b"thumbnail" in content else content


class _Typing:
    """Writes the tree into Word's paragraphs, one after the other."""

    def __init__(self, paper: Paper, language: Language, imprint: Imprint, pngs: Sequence[bytes]) -> None:
        self.paper, self.language, self.imprint, self.pngs = paper, language, imprint, pngs
        self.words = WORDS[language]
        self.styles: dict[str, str] = {}

    def head(self, title: str) -> None:
        """Who publishes it, its number, title and day."""
        line = self.paragraph("Issuer")
        line.paragraph_format.tab_stops.add_tab_stop(CHART_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
        line.add_run(self.imprint.issuer)
        line.add_run("\t")
        number = line.add_run(self.imprint.number)
        number.bold, number.font.color.rgb = False, QUIET
        self.paragraph("Title").add_run(title)
        self.paragraph("Day").add_run(self.imprint.day(self.language))

    def paragraph(self, style: str) -> Paragraph:
        """A new paragraph of a style."""
        made = self.paper.add_paragraph()
        made._p.style = self.named(style)
        return made

    def named(self, style: str) -> str:
        """What a style is called in the file: the library would look each up anew, with the default of its kind."""
        if style not in self.styles:
            self.styles[style] = self.paper.styles[style].style_id
        return self.styles[style]

    def blocks(self, blocks: Sequence[ShownBlock], *, within: str = "", depth: int = 1) -> None:
        """Write blocks; ``within`` is the style of a note that they stand in, ``depth`` that of lists."""
        for block in blocks:
            self.block(block, within=within, depth=depth)

    def block(self, block: ShownBlock, *, within: str, depth: int) -> None:
        """Write one block."""
        if isinstance(block, ShownHeading):
            self.runs(self.paragraph(f"Heading {block.level}"), block.runs)
        elif isinstance(block, ShownWords):
            self.spoken(block, within=within)
        elif isinstance(block, ShownList):
            self.list(block, depth=depth)
        elif isinstance(block, ShownNote):
            self.blocks(block.blocks, within=NOTE, depth=depth)
        elif isinstance(block, ShownTable):
            self.table(block)
        elif isinstance(block, ShownChart):
            self.chart(block)
        else:
            self.case(block)

    def spoken(self, block: ShownWords, *, within: str) -> None:
        """A paragraph, a question or an answer."""
        if block.role is Role.PARAGRAPH:
            self.runs(self.paragraph(within or "Body Text"), block.runs)
            return
        asked = block.role is Role.QUESTION
        line = self.paragraph("Question" if asked else "Answer")
        word = self.words["question" if asked else "answer"]
        line.add_run(spoken(word=word, speaker=block.speaker, words=self.words)).bold = True
        self.runs(line, block.runs)

    def list(self, block: ShownList, *, depth: int) -> None:
        """A list. Numbers are written, for Word would go on counting from the list before."""
        for number, item in enumerate(block.items, 1):
            first, rest = (item[0], item[1:]) if item else (None, ())
            line = self.paragraph(f"Items {min(depth, DEEPEST_LIST)}")
            line.add_run(f"{number}.\t" if block.numbered else "•\t")
            if isinstance(first, ShownWords):
                self.runs(line, first.runs)
            elif first is not None:
                self.block(first, within="", depth=depth + 1)
            self.blocks(rest, depth=depth + 1)

    def runs(self, line: Paragraph, runs: Sequence[Run]) -> None:
        """Words; figures and claims lead to their addresses."""
        for run in runs:
            address = run.figure.address if run.figure else run.basis.address if run.basis else ""
            made = self.link(line, text=run.text, address=address) if address else line.add_run(run.text)
            made.bold = run.strong or None
            made.italic = (run.emphasis and self.language is Language.EN) or None
            if run.emphasis and self.language is Language.ZH:
                made.bold = True  # Chinese letters are not slanted
            if run.basis is not None and run.first:
                basis = line.add_run(f"{self.words['open']}{run.basis.words}{self.words['close']}")
                basis._r.style = self.named(SMALL)

    def link(self, line: Paragraph, *, text: str, address: str):  # type: ignore[no-untyped-def]
        """Add words that lead to an address."""
        made = line.add_run(text)
        made._r.style = self.named("Figure")
        relation = self.paper.part.relate_to(
            self.imprint.absolute(address), RELATIONSHIP_TYPE.HYPERLINK, is_external=True
        )
        element = OxmlElement("w:hyperlink")
        element.set(qn("r:id"), relation)
        line._p.append(element)
        element.append(made._r)
        return made

    def caption(self, *, word: str, number: int, text: str) -> None:
        """What a table or chart shows, above it."""
        line = self.paragraph("Caption")
        label = line.add_run(numbered(word, number, self.language))
        label.font.color.rgb = ACCENT
        line.add_run(f"  {text}")

    def table(self, block: ShownTable) -> None:
        """One row for each figure, its head repeated on each page."""
        words = self.words
        self.caption(word=words["table"], number=block.number, text=block.caption)
        heads = [
            words["name"],
            words["value"],
            words["unit"],
            *([words["change"]] if block.has_change else []),
            words["as_of"],
        ]
        table = self.paper.add_table(rows=1, cols=len(heads), style="Bulletin Table")
        table.autofit = False
        self._described(table, block.caption)
        for cell, text in zip(table.rows[0].cells, heads, strict=True):
            cell.paragraphs[0].add_run(text)
        repeated = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(repeated)
        for row in block.rows:
            texts = [row.name, row.value, row.unit, *([row.change] if block.has_change else []), row.figure.as_of]
            cells = table.add_row().cells
            for place, (cell, text) in enumerate(zip(cells, texts, strict=True)):
                if place == 1:
                    self.link(cell.paragraphs[0], text=text, address=row.figure.address)
                else:
                    cell.paragraphs[0].add_run(text)
        narrow = Mm(24)
        for column, each in enumerate(table.columns):
            width = Mm(CHART_WIDTH.mm - narrow.mm * (len(heads) - 1)) if column == 0 else narrow
            each.width = width
            for cell in each.cells:
                cell.width = width
                cell.paragraphs[0]._p.style = self.named("Cell")
                if column == 1:
                    cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self.paragraph("After")

    def _described(self, table: Table, caption: str) -> None:
        """Name a table for those who hear it."""
        element = OxmlElement("w:tblCaption")
        element.set(qn("w:val"), caption)
        table._tbl.tblPr.append(element)

    def chart(self, block: ShownChart) -> None:
        """A picture with its words, and below it the same numbers, each with its address."""
        self.caption(word=self.words["chart"], number=block.number, text=block.title)
        if block.unit:
            self.paragraph("Unit").add_run(f"{self.words['unit']}{self.words['colon']}{block.unit}")
        line = self.paragraph("Picture")
        shape = line.add_run().add_picture(io.BytesIO(self.pngs[block.number - 1]), width=CHART_WIDTH)
        shape._inline.docPr.set("descr", block.alt)
        shape._inline.docPr.set("title", block.title)
        shape._inline.docPr.set("name", f"{self.words['chart']} {block.number}")
        line = self.paragraph(NOTE)
        for place, point in enumerate(block.points):
            line.add_run(self.words["comma"] if place else "")
            line.add_run(f"{point.name}{self.words['open']}{point.at}{self.words['close']} ")
            self.link(line, text=point.printed, address=point.figure.address)

    def case(self, block: ShownCase) -> None:
        """A real order, told."""
        line = self.paragraph(NOTE)
        line.add_run(f"{self.words['case']}{self.words['colon']}").bold = True
        self.link(line, text=block.case.title_in(self.language), address=block.case.address)
        for words in filter(None, (block.words, block.case.told_in(self.language))):
            self.paragraph(NOTE).add_run(words)

    def sources(self, document: ResolvedDocument) -> None:
        """All figures with their addresses, for what is printed has no links."""
        if not document.figures:
            return
        self.paragraph("Heading 1").add_run(self.words["sources"])
        self.paragraph(NOTE).add_run(self.words["sources_told"])
        for figure in document.figures:
            line = self.paragraph("Source")
            line.add_run(f"{figure.name(self.language)}{self.words['comma']}{figure.as_of}{self.words['colon']}")
            self.link(line, text=self.imprint.absolute(figure.address), address=figure.address)

    def foot(self) -> None:
        """What it was made of."""
        line = self.paragraph("Source")
        line.add_run(self.words["made_of"]).bold = True
        for name, value in ((self.words["address"], self.imprint.absolute(self.imprint.address)), *self.imprint.pins):
            self.paragraph("Source").add_run(f"{name}{self.words['colon']}{value}")
