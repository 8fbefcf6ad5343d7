"""Page, PDF and DOCX: the same bytes anywhere, every figure in each, nothing of anybody's text as markup."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from pypdf import PdfReader

from tests.releases.bulletin import FIGURES, QUOTABLE, imprint, resolved
from tianqu.kernel.releases.api import Language, Papers, Quotable, render, renderer_pins

ROOT = Path(__file__).resolve().parents[2]
ECHARTS = "/static/echarts.js"
HOSTILE = (
    "</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "#eval(\"1\") #panic() $x^2$ *b* _c_ = d",
    "\\u{41} \\ ` < @ref // /* */ ~ ---",
    "{ HYPERLINK \"http://x\" } MERGEFIELD", "]]> &lt; &#x41; <!--", "{{7*7}} {% x %} %(x)s {0}",
    "\u200bzero\u200dwidth\u00ad", "datum.value + '\\'", "'); DROP TABLE x; --",
)  # fmt: skip


@pytest.fixture(scope="module", params=list(Language))
def made(request: pytest.FixtureRequest) -> tuple[Language, Papers]:
    language: Language = request.param
    return language, render(resolved(language), imprint(), echarts=ECHARTS)


def test_the_same_bytes_again_and_in_another_process_zone_and_language(made: tuple[Language, Papers]) -> None:
    language, papers = made
    assert render(resolved(language), imprint(), echarts=ECHARTS).hashes() == papers.hashes()
    program = (
        "import json\nimport django\ndjango.setup()\nfrom tests.releases.bulletin import imprint, resolved\n"
        "from tianqu.kernel.releases.api import Language, render\n"
        f"print(json.dumps(render(resolved(Language({str(language)!r})), imprint(), echarts={ECHARTS!r}).hashes()))"
    )
    environment = os.environ | {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "HOME": "/nonexistent",
        "DJANGO_SETTINGS_MODULE": "tianqu.project.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == papers.hashes()


def test_what_it_is_made_with_is_pinned() -> None:
    pins = dict(renderer_pins())
    assert pins["typst"] and pins["vl-convert-python"] and len(pins["tianqu.kernel.releases"]) == 64


def test_every_figure_stands_in_the_page_and_opens_its_address(made: tuple[Language, Papers]) -> None:
    language, papers = made
    page = Page(papers.page)
    for figure in resolved(language).figures:
        assert any(words in figure.whole(language) for words in page.links[figure.address])
    assert "/relations/trade.rank" in page.links and "/requests/DZ-17" in page.links
    assert page.tags.count("h1") == 1 and page.tags.count("caption") == 1 and page.tags.count("figcaption") == 3
    assert page.scopes == {"col", "row"} and page.scripts == ["application/json"] * 3
    assert "style=" not in papers.page and not re.search(r"\son\w+=", papers.page)


def test_a_chart_in_a_page_has_its_option_and_a_table(made: tuple[Language, Papers]) -> None:
    _language, papers = made
    options = [json.loads(each) for each in Page(papers.page).options]
    assert [each["series"][0]["type"] for each in options] == ["bar", "line", "bar"]
    assert options[0]["series"][0]["data"][0]["address"] == "/figures/trade.total"
    assert papers.page.count("data-chart") == 3


def test_the_pdf_is_tagged_and_every_figure_can_be_read(made: tuple[Language, Papers]) -> None:
    language, papers = made
    reader = PdfReader(io.BytesIO(papers.pdf))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/StructTreeRoot"]
    assert root["/Lang"].startswith(str(language)) and reader.metadata and reader.metadata.title
    assert b"pdfuaid" in papers.pdf
    text = "".join("".join(page.extract_text() for page in reader.pages).split())
    for figure in resolved(language).figures:
        assert figure.value(language) in text and "".join(figure.name(language).split()) in text
    targets = {
        note.get_object()["/A"]["/URI"]
        for page in reader.pages
        for note in page.get("/Annots", ())
        if "/URI" in note.get_object().get("/A", {})
    }
    assert "https://data.dezhou.example/figures/trade.total" in targets
    assert ("横条自上而下" if language is Language.ZH else "Bars that lie") in {
        str(each) for each in alternatives(root["/StructTreeRoot"])
    }
    assert reader.outline


def test_the_docx_has_every_figure_as_link_and_words_for_each_picture(made: tuple[Language, Papers]) -> None:
    language, papers = made
    paper = docx.Document(io.BytesIO(papers.docx))
    links = [
        (link.address, link.text)
        for line in paper.element.body.iter(qn("w:p"))
        for link in docx.text.paragraph.Paragraph(line, paper).hyperlinks
    ]
    for figure in resolved(language).figures:
        assert any(address == f"https://data.dezhou.example{figure.address}" for address, _text in links)
        assert any(text and text in figure.whole(language) for _address, text in links)
    pictures = [shape._inline.docPr for shape in paper.inline_shapes]
    assert len(pictures) == 3 and all(each.get("descr") for each in pictures)
    assert paper.tables[0].rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [line.style.name for line in paper.paragraphs].count("Heading 1") == 4  # three, and the sources
    assert paper.core_properties.created.isoformat().startswith("2021-01-26T02:00:00")
    assert paper.styles["Heading 1"].element.rPr.rFonts.get(qn("w:eastAsia")) == "黑体"
    with zipfile.ZipFile(io.BytesIO(papers.docx)) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)} and not archive.testzip()
        assert len(archive.namelist()) == len(set(archive.namelist()))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_words_in_every_paper(text: str) -> None:
    figures = {
        name: replace(figure, name_zh=text, name_en=text, value_zh=figure.value_zh, change_zh=text, unit_zh=text)
        for name, figure in FIGURES.items()
    }
    parts = (
        f"# 题 {_plain(text)}", f"文 {_plain(text)}", '{{ table trade.total caption "表" }}',
        '{{ chart bar trade.total title "图" }}', '{{ chart line year.2018 year.2019 title "线" }}',
        '{{ chart share trade.total trade.export title "分" }}', "共{{ figure trade.total }}",
    )  # fmt: skip
    source = "\n\n".join(parts)
    document = resolved_with(source, Quotable(figures, QUOTABLE.relations, QUOTABLE.cases))
    papers = render(document, imprint(issuer=text), echarts=ECHARTS)
    page = Page(papers.page)
    assert page.scripts == ["application/json"] * 3 and "img" not in page.tags
    assert any(text in words for words in page.words)
    assert [json.loads(option) for option in page.options]
    bare = "".join(character for character in "".join(text.split()) if character.isascii())
    paper = docx.Document(io.BytesIO(papers.docx))
    told = "".join("".join(line.text for line in paper.element.body.iter(qn("w:t"))).split())
    assert bare in "".join(character for character in told if character.isascii())
    fields = [each.text for each in paper.element.body.iter(qn("w:instrText"))]
    assert fields == []
    read = "".join(page.extract_text() for page in PdfReader(io.BytesIO(papers.pdf)).pages)
    assert all(word in re.sub(r"\s", "", read) for word in re.findall("[a-z]+", bare))


def test_a_long_text_is_set_whole() -> None:
    source = "# 题\n\n" + "\n\n".join("文字绵延不绝" * 300 for _number in range(20))
    papers = render(resolved_with(source, QUOTABLE), imprint(), echarts=ECHARTS)
    assert papers.page.count("文字绵延不绝") == 6000
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(papers.pdf)).pages)
    assert re.sub(r"\s", "", text).count("绵延") == 6000


def test_text_alone_makes_papers_too() -> None:
    papers = render(resolved_with("# 题\n\n文字", QUOTABLE), imprint(), echarts=ECHARTS)
    assert papers.pdf.startswith(b"%PDF-") and zipfile.is_zipfile(io.BytesIO(papers.docx))


def resolved_with(source: str, quotable: Quotable):  # type: ignore[no-untyped-def]
    """A text that need not pass the check, bound."""
    from tianqu.kernel.releases.api import read_prose, resolve

    return resolve(read_prose(source, language=Language.ZH).document, quotable)


def _plain(text: str) -> str:
    """What does not begin a placeholder in a source."""
    return text.replace("{{", "{ {").replace("}}", "} }")


def alternatives(root: object) -> list[object]:
    """All descriptions of pictures in a PDF's tree of tags."""
    found, waiting = [], [root]
    while waiting:
        each = waiting.pop()
        each = each.get_object() if hasattr(each, "get_object") else each
        if isinstance(each, dict):
            if "/Alt" in each:
                found.append(each["/Alt"])
            waiting.append(each.get("/K"))
        elif isinstance(each, list):
            waiting += each
    return found


class Page(HTMLParser):
    """What a browser would see: tags, links with their words, scripts, options."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: dict[str, list[str]] = {}
        self.scopes: set[str] = set()
        self.scripts: list[str] = []
        self.options: list[str] = []
        self.words: list[str] = []
        self.address: str | None = None
        self.in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append(tag)
        self.scopes |= {told["scope"] or ""} if "scope" in told else set()
        if tag == "a":
            self.address = told["href"]
        if tag == "script":
            self.scripts.append(told.get("type") or "")
            self.in_script = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.address = None
        if tag == "script":
            self.in_script = False

    def handle_data(self, data: str) -> None:
        if self.in_script:
            self.options.append(data)
            return
        self.words.append(data)
        if self.address is not None:
            self.links.setdefault(self.address, []).append(data)
