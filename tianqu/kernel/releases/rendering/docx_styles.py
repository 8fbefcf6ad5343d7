"""The styles of a bulletin in Word: every one has its Chinese typeface beside the Latin one.

The typefaces are those that come with Word in China (黑体 for headings, 仿宋 for text, as GB/T 9704 sets official
papers); where they are missing the program takes its own.
"""

from __future__ import annotations

from typing import Final

from docx.document import Document as Paper
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from tianqu.kernel.releases.prose.document import Language

INK: Final = RGBColor(0x1A, 0x1E, 0x22)
QUIET: Final = RGBColor(0x50, 0x5A, 0x63)
ACCENT: Final = RGBColor(0x0B, 0x5A, 0x86)
NOTE: Final = "Aside"
SMALL: Final = "Basis"
_TEXT: Final = ("Calibri", "仿宋")
_HEAD: Final = ("Calibri", "黑体")
_LINE: Final = "C3CAD0"


def dress(paper: Paper, language: Language) -> None:
    """Set page, language and styles."""
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(27)
    section.top_margin, section.bottom_margin = Mm(26), Mm(25)
    zh = language is Language.ZH
    size = 12 if zh else 11
    _language(paper, zh=zh)
    normal = paper.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    _set(normal, _TEXT, size=size, colour=INK, line=1.45 if zh else 1.3)
    for name, points, colour in (
        ("Title", 22, INK),
        ("Heading 1", 15, ACCENT),
        ("Heading 2", 13, ACCENT),
        ("Heading 3", 12, INK),
    ):
        style = paper.styles[name]
        assert isinstance(style, ParagraphStyle)
        _without_border(style)
        _set(
            style,
            _HEAD,
            size=points,
            colour=colour,
            bold=True,
            before=6 if name == "Title" else points,
            after=6,
            line=1.2,
        )
        style.paragraph_format.keep_with_next = name != "Title"
    body = paper.styles["Body Text"]
    assert isinstance(body, ParagraphStyle)
    _set(body, _TEXT, size=size, colour=INK, after=6, line=1.45 if zh else 1.3)
    body.paragraph_format.first_line_indent = Pt(size * 2) if zh else None
    _own_styles(paper, size=size)
    _table_style(paper)
    _page_numbers(section.footer.paragraphs[0])


def _own_styles(paper: Paper, *, size: int) -> None:
    """Styles that Word does not bring along."""
    issuer = _new(paper, "Issuer", _HEAD, size=11, colour=ACCENT, bold=True, after=18)
    _border(issuer, edge="bottom", width=12, colour="0B5A86")
    _new(paper, "Day", _TEXT, size=10, colour=QUIET, after=14)
    caption = paper.styles["Caption"]
    assert isinstance(caption, ParagraphStyle)
    _set(caption, _HEAD, size=10, colour=INK, bold=True, before=12, after=4)
    caption.paragraph_format.keep_with_next = True
    for name in ("Question", "Answer"):
        style = _new(paper, name, _TEXT, size=size, colour=INK, before=10 if name == "Question" else 0, after=6)
        style.paragraph_format.left_indent = Mm(4)
        style.paragraph_format.keep_with_next = name == "Question"
        _border(style, edge="left", width=16, colour="0B5A86" if name == "Question" else _LINE)
    for depth in (1, 2, 3):
        items = _new(paper, f"Items {depth}", _TEXT, size=size, colour=INK, after=3)
        items.paragraph_format.left_indent, items.paragraph_format.first_line_indent = Mm(7 * depth), Mm(-6)
        items.paragraph_format.tab_stops.add_tab_stop(Mm(7 * depth))
    note = _new(paper, NOTE, _TEXT, size=9.5, colour=INK, before=2, after=2)
    note.paragraph_format.left_indent = note.paragraph_format.right_indent = Mm(3)
    note.element.get_or_add_pPr().append(
        parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="F4F6F8"/>')
    )
    _new(paper, "Cell", _TEXT, size=9.5, colour=INK, before=2, after=2)
    _new(paper, "After", _TEXT, size=6, colour=INK)
    _new(paper, "Unit", _TEXT, size=8.5, colour=QUIET).paragraph_format.keep_with_next = True
    _new(paper, "Picture", _TEXT, size=size, colour=INK, before=2, after=2).paragraph_format.keep_with_next = True
    _new(paper, "Source", _TEXT, size=8.5, colour=QUIET, after=1)
    for name, colour in (("Figure", ACCENT), (SMALL, QUIET)):
        style = paper.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        style.font.color.rgb = colour
        if name == SMALL:
            style.font.size = Pt(8.5)


def _new(paper: Paper, name: str, faces: tuple[str, str], *, size: float, colour: RGBColor, bold: bool = False,
         before: float = 0, after: float = 0) -> ParagraphStyle:  # fmt: skip
    style = paper.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.base_style = paper.styles["Normal"]
    _set(style, faces, size=size, colour=colour, bold=bold, before=before, after=after, line=1.3)
    return style


def _set(style: ParagraphStyle, faces: tuple[str, str], *, size: float, colour: RGBColor, bold: bool = False,
         before: float = 0, after: float = 0, line: float = 1.3) -> None:  # fmt: skip
    latin, chinese = faces
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = colour
    style.font.name = latin
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for kind in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{kind}"), latin)
    fonts.set(qn("w:eastAsia"), chinese)
    form = style.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.MULTIPLE, line


def _border(style: ParagraphStyle, *, edge: str, width: int, colour: str) -> None:
    """A rule at one edge of a style's paragraphs, in eighths of a point."""
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:{edge} w:val="single" w:sz="{width}" w:space="6" w:color="{colour}"/></w:pBdr>'
    )
    properties = style.element.get_or_add_pPr()
    properties.insert_element_before(border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")


def _without_border(style: ParagraphStyle) -> None:
    """Word's own title has a rule below it."""
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)


def _table_style(paper: Paper) -> None:
    """Thin rules between rows, and nothing else."""
    for other in [each for each in paper.styles if each.type is WD_STYLE_TYPE.TABLE and each.name != "Normal Table"]:
        other.delete()  # a hundred that nothing here uses
    style = paper.styles.add_style("Bulletin Table", WD_STYLE_TYPE.TABLE)
    style.element.append(
        parse_xml(
            f"<w:tblPr {nsdecls('w')}><w:tblBorders>"
            + "".join(
                f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="{_LINE}"/>'
                for edge in ("top", "bottom", "insideH")
            )
            + '</w:tblBorders><w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/>'
            "</w:tblCellMar></w:tblPr>"
        )
    )


def _language(paper: Paper, *, zh: bool) -> None:
    """In which languages spelling is looked at, and what a voice reads."""
    defaults = paper.styles.element.find(qn("w:docDefaults"))
    assert defaults is not None
    for language in defaults.iter(qn("w:lang")):
        language.set(qn("w:val"), "zh-CN" if zh else "en-GB")
        language.set(qn("w:eastAsia"), "zh-CN")


def _page_numbers(line: Paragraph) -> None:
    """The number of the page in the middle below: the only field of the document."""
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = line.add_run()
    for kind, text in (("begin", ""), ("", " PAGE "), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
