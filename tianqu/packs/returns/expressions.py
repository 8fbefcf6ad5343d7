"""The language of checks: ``exports + imports = total``, ``within(loans, 30)``. Parsed here, never by Python itself.

    check      = side ("=" | "!=" | "<" | "<=" | ">" | ">=") side | "within" "(" name "," number ")"
    side       = term (("+" | "-") term)*
    term       = factor ("*" factor)*
    factor     = number | cell | "sum" "(" cell ")" | "abs" "(" side ")" | "-" factor | "(" side ")"
    cell       = name | "last" "." name

``last.x`` is what stood there in the period before, ``sum(x)`` the sum over all rows of the return. ``within(x, 30)``
holds where x differs from last.x by at most 30 % of it. There is no division, so every result is exact: a share is
written as a product, ``debts <= 0.6 * assets``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Rounded
from typing import Final

from tianqu.base.errors import InvalidInput, _

TEXT_MAX: Final = 300
TOKENS_MAX: Final = 120
DEPTH_MAX: Final = 20
# Sixty factors of at most twenty-one digits each, and a sum of them: whatever the grammar lets through is exact.
EXACT: Final = Context(prec=2_000, traps=[Inexact, Rounded, InvalidOperation, Overflow])
SIGNS: Final = ("=", "!=", "<", "<=", ">", ">=")
WORDS: Final = frozenset({"sum", "abs", "within", "last"})
_TOKEN: Final = re.compile(r"\s*(?:([0-9]{1,15}(?:\.[0-9]{1,6})?)|([a-z][a-z0-9_]{0,39})|(!=|<=|>=|[-+*=<>(),.]))")
_PLAIN: Final = str.maketrans({"×": "*", "−": "-", "≤": "<=", "≥": ">=", "≠": "!="})


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of the row, or (``whole``) its sum over all rows; ``last``: of the period before."""

    name: str
    last: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """``+``, ``-``, ``*`` over two parts, or ``neg`` and ``abs`` over one."""

    sign: str
    parts: tuple[Part, ...]


Part = Decimal | Cell | Operation


@dataclass(frozen=True, slots=True)
class Rule:
    """A check that was understood: ``left sign right``; of ``within``, ``percent`` is its number."""

    text: str
    left: Part
    sign: str
    right: Part
    percent: Decimal | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that it looks at, each once."""
        return tuple(dict.fromkeys((*_cells(self.left), *_cells(self.right))))

    @property
    def of_rows(self) -> bool:
        """Whether it is asked of each row; what looks at sums alone is asked once of the whole return."""
        return any(not cell.whole for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check came to: ``holds`` is None where ``missing`` cells left nothing to compare."""

    holds: bool | None
    left: Decimal | None = None
    right: Decimal | None = None
    missing: tuple[Cell, ...] = ()


Values = Callable[[Cell], Decimal | None]


def parse_rule(text: str, *, names: Sequence[str], field: str = "rule") -> Rule:
    """Understand a check over the numeric columns ``names``. Raises ``InvalidInput`` that says where it fails."""
    if len(text) > TEXT_MAX:
        raise InvalidInput(_("This check has more than %(most)s characters."), field=field, most=TEXT_MAX)
    plain = unicodedata.normalize("NFKC", text.translate(_PLAIN)).strip()
    return _Parser(plain, frozenset(names), field=field).rule()


def outcome_of(rule: Rule, values: Values) -> Outcome:
    """Compute both sides exactly and compare them. A cell without a value leaves the check unasked."""
    missing = tuple(cell for cell in rule.cells if values(cell) is None)
    if missing:
        return Outcome(None, missing=missing)
    left, right = _computed(rule.left, values), _computed(rule.right, values)
    if rule.percent is not None:
        change = EXACT.multiply(EXACT.abs(EXACT.subtract(left, right)), Decimal(100))
        return Outcome(change <= EXACT.multiply(rule.percent, EXACT.abs(right)), left, right)
    holds = {
        "=": left == right, "!=": left != right, "<": left < right, "<=": left <= right, ">": left > right,
        ">=": left >= right,
    }  # fmt: skip
    return Outcome(holds[rule.sign], left, right)


def _computed(part: Part, values: Values) -> Decimal:
    if isinstance(part, Decimal):
        return part
    if isinstance(part, Cell):
        value = values(part)
        assert value is not None, part
        return value
    parts = [_computed(each, values) for each in part.parts]
    one: Mapping[str, Callable[[Decimal], Decimal]] = {"neg": EXACT.minus, "abs": EXACT.abs}
    if part.sign in one:
        return one[part.sign](parts[0])
    two = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}
    return two[part.sign](parts[0], parts[1])


def _cells(part: Part) -> tuple[Cell, ...]:
    if isinstance(part, Operation):
        return tuple(cell for each in part.parts for cell in _cells(each))
    return (part,) if isinstance(part, Cell) else ()


class _Parser:
    """Reads a check from left to right, one token ahead."""

    def __init__(self, text: str, names: frozenset[str], *, field: str) -> None:
        self._text, self._names, self._field = text, names, field
        self._tokens = self._read()
        self._at = self._depth = 0

    def rule(self) -> Rule:
        """The whole check."""
        if self._next() == "within":
            return self._within()
        left = self._side()
        sign = self._take()
        if sign not in SIGNS:
            raise self._wrong(sign)
        right = self._side()
        self._end()
        return Rule(self._text, left, sign, right)

    def _within(self) -> Rule:
        self._take()
        self._expect("(")
        name = self._take()
        if name not in self._names:
            raise self._unknown(name)
        self._expect(",")
        number = self._take()
        if not number[:1].isdigit():
            raise self._wrong(number)
        self._expect(")")
        self._end()
        return Rule(self._text, Cell(name), "within", Cell(name, last=True), Decimal(number))

    def _side(self) -> Part:
        self._deeper()
        part = self._term()
        while self._next() in ("+", "-"):
            part = Operation(self._take(), (part, self._term()))
        self._depth -= 1
        return part

    def _term(self) -> Part:
        part = self._factor()
        while self._next() == "*":
            part = Operation(self._take(), (part, self._factor()))
        return part

    def _factor(self) -> Part:
        word = self._next()
        if word[:1].isdigit():
            return Decimal(self._take())
        if word == "-":
            self._take()
            self._deeper()
            part = Operation("neg", (self._factor(),))
            self._depth -= 1
            return part
        if word in ("(", "abs", "sum"):
            return self._in_brackets(word)
        return self._cell()

    def _in_brackets(self, word: str) -> Part:
        if word != "(":
            self._take()
        self._expect("(")
        inner = self._cell() if word == "sum" else self._side()
        self._expect(")")
        if isinstance(inner, Cell) and word == "sum":
            return Cell(inner.name, inner.last, whole=True)
        return Operation("abs", (inner,)) if word == "abs" else inner

    def _cell(self) -> Cell:
        name, last = self._take(), False
        if name == "last":
            self._expect(".")
            name, last = self._take(), True
        if name not in self._names:
            raise self._unknown(name)
        return Cell(name, last)

    def _read(self) -> list[str]:
        tokens: list[str] = []
        at = 0
        while at < len(self._text):
            match = _TOKEN.match(self._text, at)
            if match is None or len(tokens) == TOKENS_MAX:
                raise self._wrong(self._text[at : at + 20])
            tokens.append(match[0].strip())
            at = match.end()
        return tokens

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        taken = self._take()
        if taken != token:
            raise self._wrong(taken)

    def _end(self) -> None:
        if self._next():
            raise self._wrong(self._next())

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self._wrong(self._next())

    def _wrong(self, token: str) -> InvalidInput:
        return InvalidInput(
            _("The check “%(text)s” cannot be understood at “%(value)s”."), field=self._field, text=self._text,
            value=token or "…", remedy=_("Write for instance: exports + imports = total, or within(loans, 30)."),
        )  # fmt: skip

    def _unknown(self, name: str) -> InvalidInput:
        if not name[:1].isalpha() or name in WORDS:
            return self._wrong(name)
        return InvalidInput(
            _("The check “%(text)s” names “%(value)s”, which is no number of this return."), field=self._field,
            text=self._text, value=name, remedy=_("Use one of: %(allowed)s."), allowed=", ".join(sorted(self._names)),
        )  # fmt: skip
