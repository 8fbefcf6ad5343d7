"""A bulletin as a piece of a page: headings, words whose figures open their addresses, tables, charts with a table
each.

No script and no style stands in it, so a strict content policy holds; a chart's option is data for the page's own
script.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from markupsafe import Markup, escape

from tianqu.base.canonical import known_bytes
from tianqu.kernel.releases.prose.printing import PrintedFigure
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
from tianqu.kernel.releases.rendering.charts import echarts_option
from tianqu.kernel.releases.rendering.imprint import Imprint
from tianqu.kernel.releases.rendering.words import WORDS, numbered, spoken

_NOTHING: Final = Markup("")
# What would end a script element, or begin a comment in it.
_IN_SCRIPT: Final = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}

# Each text goes in by ``format``, which escapes it.
_HEAD: Final = Markup(
    '<header class="bulletin-head"><p class="bulletin-issuer">{}</p><p class="bulletin-number">{}</p><h1>{}</h1>'
    '<p class="bulletin-day"><time datetime="{}">{}</time></p></header>'
)
_FOOT: Final = Markup(
    '<footer class="bulletin-foot"><h2>{}</h2><dl><div><dt>{}</dt><dd><a href="{}">{}</a></dd></div>{}</dl></footer>'
)
_FIGURE: Final = Markup('<a class="figure" href="{}" title="{}" data-figure="{}">{}</a>')
_CLAIM: Final = Markup('<span class="claim">{0}</span><sup><a href="#basis-{1}" aria-label="{2} {1}">{1}</a></sup>')
_ROW: Final = Markup('<tr><th scope="row">{}</th><td class="number">{}</td><td>{}</td>{}<td>{}</td></tr>')
_TABLE: Final = Markup(
    '<div class="bulletin-table" tabindex="0" role="region" aria-label="{0}"><table class="table">'
    '<caption>{0} {1}</caption><thead><tr><th scope="col">{2}</th><th scope="col" class="number">{3}</th>'
    '<th scope="col">{4}</th>{5}<th scope="col">{6}</th></tr></thead><tbody>{7}</tbody></table></div>'
)
_POINT: Final = Markup('<tr><th scope="row">{}</th><td>{}</td><td class="number">{}</td></tr>')
_CHART: Final = Markup(
    '<figure class="bulletin-chart" id="{0}"><figcaption>{1} {2}{10}</figcaption>'
    '<div class="chart chart-{3}" data-chart data-option="{0}-option" data-library="{4}" role="img" aria-label="{5}"'
    ' hidden></div><script type="application/json" id="{0}-option">{6}</script><table class="table"><thead><tr>'
    '<th scope="col">{7}</th><th scope="col">{8}</th><th scope="col" class="number">{9}</th></tr></thead>'
    "<tbody>{11}</tbody></table></figure>"
)
_CASE: Final = Markup(
    '<blockquote class="bulletin-case" cite="{0}">{1}<p class="bulletin-case-order"><a href="{0}">{2}{3}{4}</a></p>{5}'
    "</blockquote>"
)


def html(document: ResolvedDocument, imprint: Imprint, *, echarts: str) -> str:
    """Return the bulletin as an ``article`` element. ``echarts`` is the address of the library that draws charts.

    Addresses of figures stay as they are given: a path leads within the site that shows the page.
    """
    page = _Page(document, echarts)
    words = WORDS[document.language]
    head = _HEAD.format(
        imprint.issuer, imprint.number, document.title, imprint.released_at.date().isoformat(),
        imprint.day(document.language),
    )  # fmt: skip
    pins = _joined(Markup("<div><dt>{}</dt><dd><code>{}</code></dd></div>").format(*pin) for pin in imprint.pins)
    foot = _FOOT.format(
        words["made_of"], words["address"], imprint.address, imprint.absolute(imprint.address), pins
    )  # fmt: skip
    body = page.blocks(document.blocks)
    return str(
        Markup('<article class="bulletin" lang="{}">{}{}{}{}</article>').format(
            "zh-Hans" if document.language == "zh" else "en", head, body, page.notes(), foot
        )
    )


def _joined(parts: Iterable[Markup]) -> Markup:
    return _NOTHING.join(parts)


class _Page:
    """Says the tree in elements. Every text goes through ``Markup.format`` and is escaped there."""

    def __init__(self, document: ResolvedDocument, echarts: str) -> None:
        self.language, self.echarts = document.language, echarts
        self.words = WORDS[document.language]
        self.bases: list[tuple[str, str]] = []

    def blocks(self, blocks: Sequence[ShownBlock]) -> Markup:
        """Blocks, one after the other."""
        return _joined(self.block(block) for block in blocks)

    def block(self, block: ShownBlock) -> Markup:
        """One block."""
        if isinstance(block, ShownHeading):
            level = min(block.level + 1, 4)
            return Markup("<h{0}>{1}</h{0}>").format(level, self.runs(block.runs))
        if isinstance(block, ShownWords):
            return self.spoken(block)
        if isinstance(block, ShownList):
            items = _joined(Markup("<li>{}</li>").format(self.blocks(item)) for item in block.items)
            return Markup("<{0}>{1}</{0}>").format("ol" if block.numbered else "ul", items)
        if isinstance(block, ShownNote):
            return Markup('<aside class="bulletin-note" aria-label="{}">{}</aside>').format(
                self.words["note"], self.blocks(block.blocks)
            )
        if isinstance(block, ShownTable):
            return self.table(block)
        if isinstance(block, ShownChart):
            return self.chart(block)
        return self.case(block)

    def spoken(self, block: ShownWords) -> Markup:
        """A paragraph, a question or an answer."""
        if block.role is Role.PARAGRAPH:
            return Markup("<p>{}</p>").format(self.runs(block.runs))
        word = self.words["question" if block.role is Role.QUESTION else "answer"]
        label = spoken(word=word, speaker=block.speaker, words=self.words)
        return Markup('<p class="bulletin-{}"><strong>{}</strong>{}</p>').format(
            block.role.value, label, self.runs(block.runs)
        )

    def runs(self, runs: Sequence[Run]) -> Markup:
        """Words, figures and claims."""
        return _joined(self.run(run) for run in runs)

    def run(self, run: Run) -> Markup:
        """One run."""
        made = escape(run.text)
        if run.emphasis:
            made = Markup("<em>{}</em>").format(made)
        if run.strong:
            made = Markup("<strong>{}</strong>").format(made)
        if run.figure is not None:
            return self.opened(run.figure, made)
        return made if run.basis is None else self.claimed(made, words=run.basis.words, address=run.basis.address)

    def opened(self, figure: PrintedFigure, made: Markup) -> Markup:
        """What a figure prints, leading to its address."""
        told = f"{figure.name(self.language)}{self.words['comma']}{figure.as_of}"
        return _FIGURE.format(figure.address, told, figure.id, made)

    def claimed(self, made: Markup, *, words: str, address: str) -> Markup:
        """The words of a claim, with the number of its note."""
        basis = (words, address)
        if basis not in self.bases:
            self.bases.append(basis)
        number = self.bases.index(basis) + 1
        return _CLAIM.format(made, number, self.words["note"])

    def notes(self) -> Markup:
        """On what the claims rest."""
        if not self.bases:
            return _NOTHING
        items = [
            Markup('<li id="basis-{}">{}</li>').format(
                number, Markup('<a href="{}">{}</a>').format(address, words) if address else words
            )
            for number, (words, address) in enumerate(self.bases, 1)
        ]
        return Markup('<section class="bulletin-notes"><h2>{}</h2><ol>{}</ol></section>').format(
            self.words["note"], _joined(items)
        )

    def table(self, table: ShownTable) -> Markup:
        """A table of figures."""
        words = self.words
        label = numbered(words["table"], table.number, self.language)
        change = Markup('<th scope="col">{}</th>').format(words["change"]) if table.has_change else _NOTHING
        rows = []
        for row in table.rows:
            changed = Markup("<td>{}</td>").format(row.change) if table.has_change else _NOTHING
            value = self.opened(row.figure, escape(row.value))
            rows.append(_ROW.format(row.name, value, row.unit, changed, row.figure.as_of))
        return _TABLE.format(
            label, table.caption, words["name"], words["value"], words["unit"], change, words["as_of"], _joined(rows)
        )

    def chart(self, chart: ShownChart) -> Markup:
        """A chart: an empty place that the page's script fills, its option, and its numbers as a table."""
        name = f"chart-{chart.number}"
        label = numbered(self.words["chart"], chart.number, self.language)
        option = echarts_option(chart, [point.figure.address for point in chart.points])
        payload = Markup(known_bytes(option).decode().translate(_IN_SCRIPT))  # noqa: S704  nothing in it ends a script
        rows = _joined(
            _POINT.format(point.name, point.at, self.opened(point.figure, escape(point.printed)))
            for point in chart.points
        )
        unit = f"{self.words['open']}{chart.unit}{self.words['close']}" if chart.unit else ""
        return _CHART.format(
            name, label, chart.title, chart.kind.value, self.echarts, chart.alt, payload, self.words["name"],
            self.words["as_of"], self.words["value"], unit, rows,
        )  # fmt: skip

    def case(self, block: ShownCase) -> Markup:
        """A real order, told."""
        case, words = block.case, self.words
        said = Markup("<p>{}</p>").format(block.words) if block.words else _NOTHING
        told = Markup('<p class="muted">{}</p>').format(case.told_in(self.language)) if case.told else _NOTHING
        return _CASE.format(case.address, said, words["case"], words["colon"], case.title_in(self.language), told)
