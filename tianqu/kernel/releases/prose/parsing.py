"""From the text as it is written to its tree.

The text is CommonMark with little in it: headings, paragraphs, lists, quotations (they are notes), bold and stressed
words. HTML, links, pictures, code, entities and escapes are not read: what looks like them is text. Placeholders are
read by ``placeholders``; a table, a chart or a case stands alone in its paragraph; a line that begins with ``问：``,
``答：``, ``Q:`` or ``A:`` begins a question or an answer.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from tianqu.base.errors import TooLarge, _
from tianqu.base.texts import has_unwanted
from tianqu.kernel.releases.prose.document import (
    Answer,
    At,
    Block,
    CaseMark,
    ChartMark,
    Document,
    Emphasis,
    Heading,
    Inline,
    Language,
    Listing,
    Note,
    Paragraph,
    Question,
    Quoted,
    Strong,
    TableMark,
    Text,
)
from tianqu.kernel.releases.prose.findings import Finding, Kind, excerpt_of
from tianqu.kernel.releases.prose.placeholders import OPEN, Mark, Misspelt, end_of, read_mark

SOURCE_MAX: Final = 200_000  # characters; twenty pages are some thirty thousand
DEPTH_MAX: Final = 5  # lists within lists, bold within stressed; deeper is nothing that anybody reads
LEVEL_MAX: Final = 4  # of headings
SPEAKER_MAX: Final = 60
SPOKEN: Final = re.compile(
    rf"(?P<who>问|答|Q|A)(?: ?[（(](?P<speaker>[^（）()\n]{{1,{SPEAKER_MAX}}})[）)])?[：:][ \u3000]*", re.IGNORECASE
)
LEFT_OVER: Final = re.compile(r"\{\{|\}\}|\*\*|｛｛|｝｝")


def parse(source: str, *, language: Language) -> tuple[Document, list[Finding]]:
    """Return the tree of a text, and what in it could not be understood.

    Raises ``TooLarge`` beyond ``SOURCE_MAX`` characters.
    """
    if len(source) > SOURCE_MAX:
        raise TooLarge(_("This text has more than %(most)s characters."), field="text", most=SOURCE_MAX)
    source = source.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    reader = _Reader(source, language)
    if has_unwanted(source):
        reader.unshowable()
        return Document(language, ()), reader.findings
    blocks = reader.blocks(iter(_markdown().parse(source)), depth=0)
    return Document(language, tuple(blocks)), sorted(reader.findings, key=lambda finding: finding.at)


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"maxNesting": 60}).enable(["heading", "list", "blockquote", "emphasis"])
    markdown.inline.ruler.before("text", "placeholder", _placeholder)
    markdown.inline.ruler.at("emphasis", _asterisks)
    markdown.block.ruler.before("paragraph", "spoken", _spoken, {"alt": ["paragraph"]})
    return markdown


def _spoken(state: StateBlock, line: int, *rest: int) -> bool:
    """A line that begins with 问： or 答： ends the paragraph before it; as a paragraph it is read like others."""
    _end, silent = rest
    return bool(silent) and SPOKEN.match(state.src, state.bMarks[line] + state.tShift[line]) is not None


def _asterisks(state: StateInline, silent: bool) -> bool:
    """Asterisks open before anything but a blank and close behind anything but a blank.

    CommonMark asks for blanks or punctuation around them, which Chinese text and placeholders do not have.
    """
    start = state.pos
    if silent or state.src[start] != "*":
        return False
    end = start
    while end < state.posMax and state.src[end] == "*":
        end += 1
    opens = end < state.posMax and not state.src[end].isspace()
    closes = start > 0 and not state.src[start - 1].isspace()
    for _number in range(end - start):
        state.push("text", "", 0).content = "*"
        state.delimiters.append(
            Delimiter(
                marker=ord("*"), length=end - start, token=len(state.tokens) - 1, end=-1, open=opens, close=closes
            )
        )
    state.pos = end
    return True


def _placeholder(state: StateInline, silent: bool) -> bool:
    """Take ``{{ … }}`` whole, before anything in it is read as emphasis."""
    if not state.src.startswith(OPEN, state.pos):
        return False
    end = end_of(state.src, state.pos)
    if end < 0:
        return False
    if not silent:
        token = state.push("placeholder", "", 0)
        token.content = state.src[state.pos : end]
        token.meta = {"start": state.pos}
    state.pos = end
    return True


class _Reader:
    """Makes blocks of Markdown's tokens, and remembers what was wrong."""

    def __init__(self, source: str, language: Language) -> None:
        self.lines = source.split("\n")
        self.language = language
        self.findings: list[Finding] = []

    def unshowable(self) -> None:
        """Find the lines with characters that cannot be shown."""
        for number, line in enumerate(self.lines, 1):
            if has_unwanted(line):
                column = next(place for place, character in enumerate(line, 1) if has_unwanted(character))
                self.fault(
                    At(number, column),
                    excerpt=line[max(0, column - 10) : column - 1],
                    kind=Kind.SYNTAX,
                    message=_(
                        "Behind this stands a character that cannot be shown, or that turns the direction of words."
                    ),
                    remedy=_("Type it anew."),
                )

    def fault(self, at: At, *, excerpt: str, kind: Kind, message: str, remedy: str) -> None:
        """Remember a fault."""
        self.findings.append(Finding(kind, at, excerpt_of(excerpt), message, remedy))

    def blocks(self, tokens: Iterable[Token], *, depth: int) -> list[Block]:
        """Read blocks up to the end of what they stand in."""
        found: list[Block] = []
        tokens = iter(tokens)
        for token in tokens:
            if token.type in ("blockquote_close", "list_item_close"):
                break
            if depth > DEPTH_MAX:
                at = At((token.map or [0])[0] + 1, 1)
                self.fault(
                    at,
                    excerpt=token.content,
                    kind=Kind.SYNTAX,
                    message=_("This stands too deep within lists or notes."),
                    remedy=_("Move it out by a level."),
                )
            if token.type == "heading_open":
                found.append(self._heading(int(token.tag[1:]), next(tokens)))
            elif token.type == "inline":
                found.append(self._paragraph(token))
            elif token.type == "blockquote_open":
                found.append(Note(tuple(self.blocks(tokens, depth=depth + 1))))
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                found.append(self._listing(tokens, numbered=token.type.startswith("ordered"), depth=depth + 1))
        return found

    def _heading(self, level: int, token: Token) -> Heading:
        if level > LEVEL_MAX:
            self.fault(
                At((token.map or [0])[0] + 1, 1),
                excerpt=token.content,
                kind=Kind.SYNTAX,
                message=_("There are no headings as deep as this."),
                remedy=_("Use one to four hashes."),
            )
        inlines = self._inlines(token)
        return Heading(min(level, LEVEL_MAX), inlines)

    def _paragraph(self, token: Token) -> Block:
        content = token.content.strip()
        if content.startswith(OPEN) and end_of(content, 0) == len(content):
            mark = self._mark(content, _Places(token, self.lines), 0)
            if isinstance(mark, TableMark | ChartMark | CaseMark):
                return mark
        inlines = self._inlines(token)
        first = inlines[0] if inlines else None
        spoken = SPOKEN.match(first.text) if isinstance(first, Text) else None
        if spoken is None or not isinstance(first, Text):
            return Paragraph(inlines)
        line, column = first.at.line, first.at.column
        behind = Text(first.text[spoken.end() :], At(line, column + spoken.end()))
        inlines = ((behind,) if behind.text else ()) + inlines[1:]
        named = spoken["speaker"]
        speaker = Quoted(named, At(line, column + spoken.start("speaker"))) if named else None
        return Question(speaker, inlines) if spoken["who"] in "问Qq" else Answer(speaker, inlines)

    def _listing(self, tokens: Iterable[Token], *, numbered: bool, depth: int) -> Listing:
        items: list[tuple[Block, ...]] = []
        for token in tokens:
            if token.type in ("bullet_list_close", "ordered_list_close"):
                break
            if numbered and token.info not in ("1", str(len(items) + 1)):
                self._out_of_order(token, expected=len(items) + 1)
            items.append(tuple(self.blocks(tokens, depth=depth)))
        return Listing(numbered, tuple(items))

    def _out_of_order(self, token: Token, *, expected: int) -> None:
        """A line that begins with a year and a point is no item of a list: its digits must not vanish."""
        line = (token.map or [0])[0]
        column = self.lines[line].find(token.info) + 1
        self.findings.append(
            Finding(
                Kind.DIGIT,
                At(line + 1, max(column, 1)),
                token.info,
                _("This number at the head of a line is read as that of a list, and is out of order."),
                _("Number the list 1, 2, 3; or begin the line with a word."),
                {"expected": expected},
            )
        )

    def _inlines(self, token: Token) -> tuple[Inline, ...]:
        """The words and marks of a line of Markdown; marks of blocks are faults here."""
        places = _Places(token, self.lines)
        stack: list[list[Inline]] = [[]]
        cursor = 0
        for child in token.children or ():
            if child.type == "text" and child.content:
                cursor = token.content.index(child.content, cursor)
                self._words(child.content, cursor, places, stack[-1])
                cursor += len(child.content)
            elif child.type == "placeholder":
                self._placed(child, places, stack[-1])
                cursor = child.meta["start"] + len(child.content)
            elif child.type.endswith("_open"):
                stack.append([])
            elif child.type.endswith("_close"):
                inner = tuple(stack.pop())
                stack[-1].append(Strong(inner) if child.tag == "strong" else Emphasis(inner))
        if max((child.level for child in token.children or ()), default=0) > DEPTH_MAX:
            self.fault(
                places.at(0),
                excerpt=token.content,
                kind=Kind.SYNTAX,
                message=_("This is stressed within what is stressed."),
                remedy=_("Stress it once."),
            )
            return (Text(token.content.replace("\n", " "), places.at(0)),)
        return tuple(stack[0])

    def _words(self, content: str, offset: int, places: _Places, into: list[Inline]) -> None:
        for match in LEFT_OVER.finditer(content):
            self.fault(
                places.at(offset + match.start()),
                excerpt=content[match.start() : match.start() + 30],
                kind=Kind.SYNTAX,
                message=_("These signs have no counterpart, or stand where they mean nothing."),
                remedy=_("Close the placeholder with }} and its quotation marks; put asterisks next to a letter."),
            )
        lines = content.split("\n")
        for number, line in enumerate(lines):
            if number and (self.language is Language.EN or _latin(lines[number - 1][-1:] + line[:1])):
                into.append(Text(" ", places.at(offset - 1)))
            if line:
                into.append(Text(line, places.at(offset)))
            offset += len(line) + 1

    def _placed(self, child: Token, places: _Places, into: list[Inline]) -> None:
        start = child.meta["start"]
        mark = self._mark(child.content, places, start)
        if isinstance(mark, TableMark | ChartMark | CaseMark):
            self.fault(
                mark.at,
                excerpt=child.content,
                kind=Kind.SYNTAX,
                message=_("A table, a chart or a case cannot stand in a sentence."),
                remedy=_("Give it a paragraph of its own."),
            )
        elif mark is not None:
            into.append(mark)

    def _mark(self, content: str, places: _Places, start: int) -> Mark | None:
        try:
            return read_mark(content, lambda offset: places.at(start + offset))
        except Misspelt as error:
            found = Finding(
                Kind.SYNTAX, places.at(start + error.offset), excerpt_of(content), error.message, error.remedy
            )
            if found not in self.findings:  # a mark alone in its paragraph is looked at twice
                self.findings.append(found)
            return None


def _latin(around: str) -> bool:
    """Whether a line that ends and one that begins with these characters need a blank between them."""
    return len(around) == 2 and around.isascii() and around.isalnum()


class _Places:
    """Where the characters of an inline token stand in the source: Markdown took away what stood before its lines."""

    def __init__(self, token: Token, lines: list[str]) -> None:
        first = (token.map or [0])[0]
        self.starts: list[tuple[int, At]] = []
        offset = 0
        for number, part in enumerate(token.content.split("\n")):
            line = lines[first + number] if first + number < len(lines) else ""
            bare = part.strip()
            column = line.rfind(bare) if line.rstrip().endswith(bare) else line.find(bare)
            column -= len(part) - len(part.lstrip())
            self.starts.append((offset, At(first + number + 1, max(column, 0) + 1)))
            offset += len(part) + 1

    def at(self, offset: int) -> At:
        """Where an offset into the token's content stands."""
        start, at = self.starts[bisect_right(self.starts, offset, key=lambda each: each[0]) - 1]
        return At(at.line, at.column + offset - start)
