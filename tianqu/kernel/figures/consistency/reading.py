"""Read a file of figures and relations; docs/consistency.md says how it is written.

All faults are told together, each with its line, field, value and remedy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeVar

from tianqu.base.errors import InvalidInput, InvalidInputs, _
from tianqu.kernel.figures.consistency import relations as kinds
from tianqu.kernel.figures.consistency.comparable import ACROSS, check_units
from tianqu.kernel.figures.consistency.figures import Figure, Name
from tianqu.kernel.figures.consistency.nodes import FILE_BYTES_MAX, Node, read_nodes, too_large
from tianqu.kernel.figures.consistency.printed import Printed, Rounding, read_printed
from tianqu.kernel.figures.consistency.relations import Relation
from tianqu.kernel.figures.consistency.spans import Span
from tianqu.kernel.figures.consistency.units import MeasureUnit, unit_with

FIGURES_MAX: Final = 100_000
RELATIONS_MAX: Final = 100_000
PARTS_MAX: Final = 10_000  # figures of one relation
FAULTS_MAX: Final = 20  # faults that are told of one file
ID: Final = re.compile(r"[a-z0-9_][a-z0-9_.-]{0,99}")
HEAD: Final = {"title", "source", "rounding", "figures", "relations"}
FIGURE: Final = {
    "id", "name", "printed", "unit", "as_of", "scope", "prices", "rounding", "step", "low", "high", "note",
}  # fmt: skip
BESIDE: Final = {"id", "across", "note"}  # what stands beside a relation's kind


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What a file says: a title, its figures and the relations between them."""

    title: Name
    figures: tuple[Figure, ...]
    relations: tuple[Relation, ...]


Kept = TypeVar("Kept", Figure, Relation)


class FileFault(InvalidInput):
    """A fault at a line of a file."""

    def __init__(
        self, message: str, *, line: int, field: str, value: object = None, remedy: str = "", **words: object
    ) -> None:
        self.line = line
        super().__init__(message, field=field, value=value, remedy=remedy, **words)


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of a mapping, read one by one; every fault is raised with its line."""

    node: Node
    told: dict[str, Node]

    def fault(self, field: str, /, message: str, *, remedy: str, value: object = "", **words: object) -> FileFault:
        """Return a fault of a field."""
        line = self.told[field].line if field in self.told else self.node.line
        if isinstance(value, str):
            value = value[:100]
        return FileFault(message, line=line, field=field, value=value, remedy=remedy, **words)

    def text(self, field: str, *, needed: bool = False) -> str:
        """Return a text, "" where there is none."""
        node = self.told.get(field, Node("", 0))
        if not isinstance(node.value, str):
            raise self.fault(field, _("%(field)s is a text."), remedy=_("Write it on one line."))
        if needed and not node.value.strip():
            raise self.fault(field, _("%(field)s is missing."), remedy=_("Fill it in; see docs/consistency.md."))
        return node.value.strip()

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a list of texts."""
        node = self.told.get(field, Node([], 0))
        if not isinstance(node.value, list) or not all(isinstance(each.value, str) for each in node.value):
            raise self.fault(field, _("%(field)s is a list of texts."), remedy=_("Write it like [one, two]."))
        return tuple(str(each.value).strip() for each in node.value)

    def flag(self, field: str) -> bool:
        """Return true or false; false where nothing is said."""
        text = self.text(field)
        if text not in ("", "true", "false"):
            raise self.fault(
                field, _("%(field)s is true or false, not %(value)s."), value=text, remedy=_("Write true or false.")
            )
        return text == "true"

    def number(self, field: str) -> int:
        """Return a small whole number; 0 where nothing is said."""
        text = self.text(field) or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= 4):
            raise self.fault(
                field, _("%(field)s is a whole number, not %(value)s."), value=text, remedy=_("Write it in digits.")
            )
        return int(text)

    def rounding(self, default: Rounding | None = None) -> Rounding | None:
        """Return how digits were rounded."""
        text = self.text("rounding")
        if text and text not in set(Rounding):
            raise self.fault(
                "rounding", _("%(value)s is no way of rounding."), value=text, remedy=_("Use one of: %(ways)s."),
                ways=", ".join(Rounding),
            )  # fmt: skip
        return Rounding(text) if text else default

    def name(self, field: str) -> Name | None:
        """Return a name: a text, or one for each language."""
        node = self.told.get(field)
        if node is None:
            return None
        if isinstance(node.value, dict):
            both = fields_of(node, {"zh", "en"})
            return Name(both.text("zh", needed=True), both.text("en", needed=True))
        text = self.text(field, needed=True)
        return Name(text, text)


def fields_of(node: Node, known: Set[str]) -> _Fields:
    """Take a mapping with known fields. Raises ``FileFault``."""
    if not isinstance(node.value, dict):
        raise FileFault(
            _("Here stands a mapping of fields."),
            line=node.line,
            field="",
            remedy=_("Write it like {id: a, printed: 1}."),
        )
    fields = _Fields(node, node.value)
    for field in node.value:
        if field not in known:
            raise fields.fault(
                field, _("There is no field %(value)s here."), value=field, remedy=_("Use one of: %(fields)s."),
                fields=", ".join(sorted(known)),
            )  # fmt: skip
    return fields


def read_file(path: Path) -> Bulletin:
    """Read a file. Raises ``TianquError``; ``InvalidInputs`` with all its faults where it is YAML."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise too_large(path.name)
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            _("%(file)s cannot be read: %(reason)s."), field="file", file=path.name, reason=str(error.strerror)
        ) from error
    return read_bulletin(content, name=path.name)


def read_bulletin(content: bytes, *, name: str) -> Bulletin:
    """Read what a file called ``name`` holds, as ``read_file`` does."""
    root = read_nodes(content, name=name)
    try:
        head = fields_of(root, HEAD)
        rounding, title = head.rounding(), head.name("title") or Name(name, name)
    except FileFault as fault:
        raise InvalidInputs([fault]) from None
    faults: list[InvalidInput] = []
    figures: dict[str, Figure] = {}
    for node in _members(head, "figures", FIGURES_MAX, faults):
        figure = _gathered(lambda each: _figure(each, rounding), node, faults)
        if figure is not None:
            _put(figures, figure, node, faults, _("The id %(value)s is given to two figures."))
    if not figures and not faults:
        faults.append(head.fault("figures", _("The file has no figures."), remedy=_("See docs/consistency.md.")))
    relations: dict[str, Relation] = {}
    for node in _members(head, "relations", RELATIONS_MAX, faults):
        relation = _gathered(lambda each: _relation(each, figures), node, faults)
        if relation is not None:
            _put(relations, relation, node, faults, _("The id %(value)s is given to two relations."))
    if faults:
        raise InvalidInputs(faults[:FAULTS_MAX])
    return Bulletin(title, tuple(figures.values()), tuple(relations.values()))


def _gathered(read: Callable[[Node], Kept], node: Node, faults: list[InvalidInput]) -> Kept | None:
    """Read a node; note what is wrong with it."""
    if len(faults) >= FAULTS_MAX:
        return None
    try:
        return read(node)
    except FileFault as fault:
        faults.append(fault)
    except InvalidInput as error:
        words = {name: each for name, each in error.parameters.items() if name not in ("field", "value")}
        faults.append(
            FileFault(error.message, line=node.line, field=error.field, value=error.value, remedy=error.remedy, **words)
        )
    return None


def _put(known: dict[str, Kept], each: Kept, node: Node, faults: list[InvalidInput], message: str) -> None:
    if each.id in known:
        faults.append(
            FileFault(message, line=node.line, field="id", value=each.id, remedy=_("Give each one an id of its own."))
        )
    known[each.id] = each


def _members(head: _Fields, field: str, most: int, faults: list[InvalidInput]) -> list[Node]:
    node = head.told.get(field, Node([], head.node.line))
    if not isinstance(node.value, list):
        faults.append(head.fault(field, _("%(field)s is a list."), remedy=_("Begin each line of it with a dash.")))
        return []
    if len(node.value) > most:
        faults.append(
            head.fault(
                field, _("%(field)s has more than %(most)s members."), remedy=_("Check fewer at once."), most=most
            )
        )
        return []
    return node.value


def _figure(node: Node, rounding: Rounding | None) -> Figure:
    fields = fields_of(node, FIGURE)
    name = fields.text("id", needed=True)
    if not ID.fullmatch(name):
        raise fields.fault(
            "id", _("%(value)s cannot be an id."), value=name,
            remedy=_("Use small letters, digits, dots, hyphens and underscores."),
        )  # fmt: skip
    unit = unit_with(fields.text("unit")) if fields.text("unit") else None
    printed = None
    if fields.text("printed"):
        printed = _printed(fields, unit, fields.rounding(rounding))
    elif any(fields.text(each) for each in ("low", "high", "step")):
        raise fields.fault(
            "printed", _("%(field)s is missing."), remedy=_("Only a printed figure has low, high or step.")
        )
    known = printed.unit if printed else unit or unit_with("count")
    about = {each: fields.text(each) for each in ACROSS}
    return Figure(name, fields.name("name") or Name(name, name), known, printed, **about)


def _printed(fields: _Fields, unit: MeasureUnit | None, rounding: Rounding | None) -> Printed:
    """Read what is printed; ``low`` and ``high`` overrule what its words mean."""
    text = fields.text("printed")
    told = read_printed(text, unit=unit)
    # A way of rounding that holds for the whole file does not make a full count a rounded one.
    if rounding is not None and ("rounding" in fields.told or not told.span.exact):
        told = read_printed(text, unit=unit, rounding=rounding)
    if fields.text("step"):
        step = abs(read_printed(fields.text("step"), unit=told.unit, rounding=Rounding.EXACT).number)
        told = read_printed(text, unit=unit, rounding=rounding or Rounding.NEAREST, step=step)
    ends: list[Fraction | None] = [told.span.low, told.span.high]
    opened = [told.span.low_open, told.span.high_open]
    for index, field in enumerate(("low", "high")):
        if fields.text(field):
            end = read_printed(fields.text(field), unit=told.unit, rounding=Rounding.EXACT)
            ends[index], opened[index] = end.number * end.unit.factor, False
    span = Span(ends[0], ends[1], *opened)
    if span.empty:
        raise fields.fault("low", _("The lowest value is above the highest."), remedy=_("Exchange them."))
    return replace(told, span=span)


def _relation(node: Node, figures: Mapping[str, Figure]) -> Relation:
    fields = fields_of(node, BESIDE | set(KINDS))
    named = [kind for kind in fields.told if kind in KINDS]
    if len(named) != 1:
        raise fields.fault(
            "relations", _("A relation is of one kind."), remedy=_("Use one of: %(kinds)s."), kinds=", ".join(KINDS)
        )
    kind = named[0]
    told, build = fields_of(fields.told[kind], KINDS[kind][0]), KINDS[kind][1]
    across = frozenset(fields.texts("across"))
    if across - set(ACROSS):
        raise fields.fault(
            "across", _("%(value)s is nothing that can differ."), value=sorted(across - set(ACROSS))[0],
            remedy=_("Use one of: %(ways)s."), ways=", ".join(ACROSS),
        )  # fmt: skip
    relation = build(told, fields.text("id") or f"{kind}@{node.line}", across)
    _check_members(relation, told, figures)
    check_units(relation, figures)
    return relation


def _check_members(relation: Relation, told: _Fields, figures: Mapping[str, Figure]) -> None:
    members = relation.figures()
    if len(relation.amounts()) < 2:
        raise told.fault(relation.kind, _("A relation is between two figures at least."), remedy=_("Name them all."))
    if len(members) > PARTS_MAX:
        raise told.fault(
            relation.kind,
            _("%(field)s has more than %(most)s members."),
            remedy=_("Check fewer at once."),
            most=PARTS_MAX,
        )
    for member in members:
        if member not in figures:
            raise told.fault(
                relation.kind, _("There is no figure %(value)s."), value=member,
                remedy=_("Give it among the figures; without printed, if nobody printed it."),
            )  # fmt: skip
    twice = [member for member, count in Counter(members).items() if count > 1]
    if twice:
        raise told.fault(
            relation.kind, _("The figure %(value)s stands in this relation twice."), value=twice[0],
            remedy=_("A figure is no part, share or multiple of itself."),
        )  # fmt: skip
    for rate in relation.rates():
        if figures[rate].printed is None:
            raise told.fault(
                relation.kind, _("The figure %(value)s is a factor here and is not printed."), value=rate,
                remedy=_("Percentages, ratios and limits must be printed."),
            )  # fmt: skip


Kind = tuple[set[str], Callable[[_Fields, str, frozenset[str]], Relation]]


def _simple(build: type[Relation], *names: str) -> Kind:
    """A kind whose fields are figures, each needed."""

    def read(told: _Fields, name: str, across: frozenset[str]) -> Relation:
        return build(id=name, across=across, **{each: told.text(each, needed=True) for each in names})

    return set(names), read


def _sum(told: _Fields, name: str, across: frozenset[str]) -> Relation:
    return kinds.Sum(
        id=name, across=across, whole=told.text("whole", needed=True), parts=told.texts("parts"),
        some=told.flag("some"), overlap=told.flag("overlap"),
    )  # fmt: skip


def _at_most(told: _Fields, name: str, across: frozenset[str]) -> Relation:
    figure, limit = told.text("figure", needed=True), told.text("limit", needed=True)
    return kinds.AtMost(id=name, across=across, figure=figure, limit=limit, strict=told.flag("strict"))


def _part_of(told: _Fields, name: str, across: frozenset[str]) -> Relation:
    part, whole = told.text("part", needed=True), told.text("whole", needed=True)
    return kinds.AtMost(id=name, across=across, figure=part, limit=whole)


def _each(told: _Fields, name: str, across: frozenset[str]) -> Relation:
    at_most, at_least = told.text("at_most"), told.text("at_least")
    if not at_most and not at_least:
        raise told.fault("at_most", _("%(field)s is missing."), remedy=_("Give at_most, at_least or both."))
    total, number = told.text("total", needed=True), told.text("number", needed=True)
    return kinds.Each(id=name, across=across, total=total, number=number, at_most=at_most, at_least=at_least)


def _same(told: _Fields, name: str, across: frozenset[str]) -> Relation:
    return kinds.Same(id=name, across=across, same=told.texts("figures"))


def _order(told: _Fields, name: str, across: frozenset[str]) -> Relation:
    return kinds.Order(id=name, across=across, ranked=told.texts("figures"), ties=told.flag("ties"))


def _highest(told: _Fields, name: str, across: frozenset[str]) -> Relation:
    ranked = (told.text("figure", needed=True), *told.texts("among"))
    return kinds.Order(id=name, across=across, ranked=ranked, top=True, ties=told.flag("ties"))


def _streak(told: _Fields, name: str, across: frozenset[str]) -> Relation:
    above, yearly = told.text("above", needed=True), told.texts("figures")
    return kinds.Streak(
        id=name, across=across, yearly=yearly, above=above, ties=told.flag("ties"), years=told.number("years")
    )


# What a relation of each kind is written with, and how it is read.
KINDS: Final[dict[str, Kind]] = {
    "sum": ({"whole", "parts", "some", "overlap"}, _sum),
    "share": _simple(kinds.Share, "part", "whole", "percent"),
    "growth": _simple(kinds.Growth, "now", "before", "percent"),
    "ratio": _simple(kinds.Ratio, "numerator", "denominator", "ratio"),
    "difference": _simple(kinds.Difference, "minuend", "subtrahend", "difference"),
    "at_most": ({"figure", "limit", "strict"}, _at_most),
    "part_of": ({"part", "whole"}, _part_of),
    "each": ({"total", "number", "at_most", "at_least"}, _each),
    "same": ({"figures"}, _same),
    "order": ({"figures", "ties"}, _order),
    "highest": ({"figure", "among", "ties"}, _highest),
    "streak": ({"figures", "above", "ties", "years"}, _streak),
}
