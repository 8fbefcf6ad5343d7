"""What stands between ``{{`` and ``}}``: a verb, words, and texts in quotation marks.

    {{ figure trade.total }}       {{ figure trade.total change }}   {{ figure trade.total in 万 as "3,869,000万元" }}
    {{ literal "12345" reason "…" }}   {{ claim "居全省首位" of ID }}    {{ claim "…" source "…" }}
    {{ table ID ID caption "…" }}      {{ chart bar ID ID title "…" }}   {{ case CODE "…" }}
    {{ 数据 trade.total 变化 }}        {{ 论断 "居全省首位" 依据 ID }}

Quotation marks are ``"…"``, ``“…”`` or ``「…」``, as the keyboard gives them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from tianqu.base.errors import _
from tianqu.kernel.releases.prose.document import (
    At,
    CaseMark,
    ChartKind,
    ChartMark,
    ClaimMark,
    ExplainMark,
    FigureForm,
    FigureMark,
    LiteralMark,
    Quoted,
    TableMark,
)
from tianqu.kernel.releases.prose.printing import SCALES

OPEN: Final = "{{"
CLOSE: Final = "}}"
FIGURES_MAX: Final = 60  # in one table or chart
WORDS_MAX: Final = 300  # characters between quotation marks
QUOTES: Final = {'"': '"', "“": "”", "「": "」"}
IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
RELATION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,199}")

# The words of placeholders in Chinese, for those who write with a Chinese keyboard.
CHINESE: Final = {
    "数据": "figure", "原样": "literal", "论断": "claim", "表格": "table", "图表": "chart", "案例": "case",
    "解释": "explain",
    "数值": "value", "变化": "change", "以": "in", "应为": "as", "理由": "reason", "依据": "of", "来源": "source",
    "标题": "title", "说明": "alt", "条形": "bar", "折线": "line", "构成": "share",
}  # fmt: skip

Mark: TypeAlias = FigureMark | ClaimMark | LiteralMark | TableMark | ChartMark | CaseMark | ExplainMark
Locate: TypeAlias = Callable[[int], At]


class Misspelt(Exception):
    """A placeholder that says nothing; ``args`` are the message, the remedy, and the offset of the fault."""

    def __init__(self, message: str, *, remedy: str, offset: int = 0) -> None:
        self.message, self.remedy, self.offset = message, remedy, offset
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Part:
    """A word or a quoted text of a placeholder; ``offset`` counts from the placeholder's first brace."""

    text: str
    quoted: bool
    offset: int


def end_of(text: str, start: int) -> int:
    """Return where the placeholder that begins at ``start`` ends, or -1: braces within quotation marks do not end
    it.
    """
    place, closing = start + len(OPEN), ""
    while place < len(text):
        character = text[place]
        if closing:
            closing = "" if character == closing else closing
        elif text.startswith(CLOSE, place):
            return place + len(CLOSE)
        elif text.startswith(OPEN, place):
            return -1
        else:
            closing = QUOTES.get(character, "")
        place += 1
    return -1


def parts_of(text: str) -> list[Part]:
    """Take ``{{ … }}`` apart. Raises ``Misspelt``."""
    parts: list[Part] = []
    place, end = len(OPEN), len(text) - len(CLOSE)
    while place < end:
        character = text[place]
        if character.isspace():
            place += 1
        elif character in QUOTES:
            closing = text.index(QUOTES[character], place + 1)
            parts.append(_quoted(text[place + 1 : closing], offset=place + 1))
            place = closing + 1
        else:
            word = re.compile(r"[^\s\"“「]+").match(text, place, end)
            assert word is not None
            parts.append(Part(CHINESE.get(word[0], word[0]), False, place))
            place = word.end()
    return parts


def _quoted(text: str, *, offset: int) -> Part:
    if "\n" in text:
        raise Misspelt(
            _("A text in quotation marks runs over the end of its line."),
            remedy=_("Keep it on one line."),
            offset=offset,
        )
    if not text.strip():
        raise Misspelt(
            _("There is nothing between these quotation marks."), remedy=_("Write a few words."), offset=offset
        )
    if len(text) > WORDS_MAX:
        raise Misspelt(
            _("This text in quotation marks is too long."), remedy=_("Keep it under 300 characters."), offset=offset
        )
    return Part(text, True, offset)


def read_mark(text: str, locate: Locate) -> Mark:
    """Return what a placeholder says. ``locate`` tells where an offset from its first brace stands.

    Raises ``Misspelt``.
    """
    parts = parts_of(text)
    if not parts or parts[0].quoted or parts[0].text not in READERS:
        raise Misspelt(
            _("“%(excerpt)s” is no placeholder that is known."),
            remedy=_("Begin with figure, literal, claim, table, chart, case or explain."),
        )
    return READERS[parts[0].text](_Rest(parts[1:], locate, locate(0)))


class _Rest:
    """The parts behind the verb, taken one after the other."""

    def __init__(self, parts: list[Part], locate: Locate, at: At) -> None:
        self.parts, self.locate, self.at = parts, locate, at

    def quoted(self, remedy: str) -> Quoted:
        """Take the next part, which must be a text in quotation marks."""
        if not self.parts or not self.parts[0].quoted:
            raise Misspelt(_("Here a text in quotation marks is missing."), remedy=remedy, offset=self._offset())
        part = self.parts.pop(0)
        return Quoted(part.text, self.locate(part.offset))

    def word(self, word: str) -> bool:
        """Take the next part if it is this word, and say whether it was."""
        found = bool(self.parts) and not self.parts[0].quoted and self.parts[0].text == word
        if found:
            self.parts.pop(0)
        return found

    def identifier(self, remedy: str, *, form: re.Pattern[str] = IDENTIFIER) -> str:
        """Take the next part, which must be a name of letters, digits, points, hyphens."""
        part = self.parts[0] if self.parts else None
        if part is None or part.quoted or not form.fullmatch(part.text):
            raise Misspelt(_("Here an identifier is missing."), remedy=remedy, offset=self._offset())
        return self.parts.pop(0).text

    def identifiers(self, remedy: str) -> tuple[str, ...]:
        """Take identifiers up to ``title`` or ``caption``, which is taken too."""
        found: list[str] = []
        while not (self.word("title") or self.word("caption")):
            found.append(self.identifier(remedy))
        if not found:
            raise Misspelt(_("Here an identifier is missing."), remedy=remedy, offset=self._offset())
        if len(found) > FIGURES_MAX:
            raise Misspelt(
                _("These are too many figures for one table or chart."), remedy=_("Make two of it."), offset=0
            )
        return tuple(found)

    def finish(self, remedy: str) -> None:
        """Refuse what is left over."""
        if self.parts:
            raise Misspelt(
                _("The end of this placeholder is not understood."), remedy=remedy, offset=self.parts[0].offset
            )

    def _offset(self) -> int:
        return self.parts[0].offset if self.parts else 0


_FIGURE = _('Write {{ figure ID }}, then value or change, "in" with a scale, "as" with what it should print.')
_LITERAL = _('Write {{ literal "the number" reason "why it is no figure" }}.')
_CLAIM = _('Write {{ claim "the words" of ID }}, or source "where it can be read".')
_TABLE = _('Write {{ table ID ID caption "what it shows" }}.')
_CHART = _('Write {{ chart bar ID ID title "what it shows" }}; a chart is bar, line or share.')
_CASE = _('Write {{ case CODE }} or {{ case CODE "what happened" }}.')
_EXPLAIN = _("Write > {{ explain RELATION }} and why its figures do not fit.")


def _figure(rest: _Rest) -> FigureMark:
    figure = rest.identifier(_FIGURE)
    form = FigureForm.WHOLE
    for each in (FigureForm.VALUE, FigureForm.CHANGE):
        form = each if form is FigureForm.WHOLE and rest.word(each) else form
    scale = ""
    if rest.word("in"):
        found = [scale for scale in SCALES if rest.word(scale)]
        if not found:
            raise Misspelt(
                _("This is no scale."), remedy=_("Use 百, 千, 万, 百万, 亿, hundred, thousand, million or billion.")
            )
        scale = found[0]
    said = rest.quoted(_FIGURE) if rest.word("as") else None
    rest.finish(_FIGURE)
    return FigureMark(figure, form, scale, said, rest.at)


def _literal(rest: _Rest) -> LiteralMark:
    words = rest.quoted(_LITERAL)
    reason = rest.quoted(_LITERAL).text if rest.word("reason") else ""
    if not reason:
        raise Misspelt(_("A literal number needs its reason."), remedy=_LITERAL)
    rest.finish(_LITERAL)
    return LiteralMark(words, reason, rest.at)


def _claim(rest: _Rest) -> ClaimMark:
    words = rest.quoted(_CLAIM)
    of = rest.identifier(_CLAIM) if rest.word("of") else ""
    source = rest.quoted(_CLAIM).text if rest.word("source") else ""
    if not of and not source:
        raise Misspelt(_("A claim needs what it rests on."), remedy=_CLAIM)
    rest.finish(_CLAIM)
    return ClaimMark(words, of, source, rest.at)


def _table(rest: _Rest) -> TableMark:
    figures = rest.identifiers(_TABLE)
    caption = rest.quoted(_TABLE)
    rest.finish(_TABLE)
    return TableMark(figures, caption, rest.at)


def _chart(rest: _Rest) -> ChartMark:
    kinds = [kind for kind in ChartKind if rest.word(kind)]
    if not kinds:
        raise Misspelt(_("This kind of chart is not known."), remedy=_CHART)
    figures = rest.identifiers(_CHART)
    title = rest.quoted(_CHART)
    alt = rest.quoted(_CHART) if rest.word("alt") else None
    rest.finish(_CHART)
    return ChartMark(kinds[0], figures, title, alt, rest.at)


def _case(rest: _Rest) -> CaseMark:
    code = rest.identifier(_CASE)
    words = rest.quoted(_CASE) if rest.parts else None
    rest.finish(_CASE)
    return CaseMark(code, words, rest.at)


def _explain(rest: _Rest) -> ExplainMark:
    relation = rest.identifier(_EXPLAIN, form=RELATION)
    rest.finish(_EXPLAIN)
    return ExplainMark(relation, rest.at)


READERS: Final[dict[str, Callable[[_Rest], Mark]]] = {
    "figure": _figure, "literal": _literal, "claim": _claim, "table": _table, "chart": _chart, "case": _case,
    "explain": _explain,
}  # fmt: skip
