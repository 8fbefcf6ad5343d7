"""All that is published of a text, made in one go, with the hashes by which anybody compares it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tianqu.kernel.releases.prose.resolved import ResolvedDocument
from tianqu.kernel.releases.rendering.charts import chart_picture, chart_pngs
from tianqu.kernel.releases.rendering.docx import docx
from tianqu.kernel.releases.rendering.html import html
from tianqu.kernel.releases.rendering.imprint import Imprint
from tianqu.kernel.releases.rendering.pdf import pdf


@dataclass(frozen=True, slots=True)
class Papers:
    """A text as piece of a page, as PDF and as DOCX."""

    page: str
    pdf: bytes
    docx: bytes

    def hashes(self) -> dict[str, str]:
        """The SHA-256 of each."""
        made = {"page": self.page.encode(), "pdf": self.pdf, "docx": self.docx}
        return {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}


def render(document: ResolvedDocument, imprint: Imprint, *, echarts: str) -> Papers:
    """Make all three; each chart is drawn once. ``echarts`` is the address of the library that draws charts in pages.

    The same document and imprint give the same bytes with the same ``renderer_pins()``. Raises ``FontMissing``.
    """
    pictures = [chart_picture(chart) for chart in document.charts()]
    return Papers(
        render_page(document, imprint, echarts=echarts), pdf(document, imprint, pictures=pictures),
        docx(document, imprint, pngs=chart_pngs(pictures)),
    )  # fmt: skip


def render_page(document: ResolvedDocument, imprint: Imprint, *, echarts: str) -> str:
    """Make the piece of a page alone: a preview while somebody writes."""
    return html(document, imprint, echarts=echarts)
