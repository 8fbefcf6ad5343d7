"""Say a conflict in words that a reader of the bulletin can follow, taken from its certificate.

A quantity that the conflict turns on stands between its sides: what is said on one side makes it at least so much,
what is said on the other at most so much, and the two do not meet. Both bounds are sums of the certificate's own
lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.figures.consistency.certificates import HIGH, Multiplied, contradiction
from tianqu.kernel.figures.consistency.figures import Amount, Figure, Quoted, Sentence
from tianqu.kernel.figures.consistency.relations import Relation
from tianqu.kernel.figures.consistency.solving import Conflict

DIGITS_SAID: Final = 12  # significant digits of a bound that was computed


@dataclass(frozen=True, slots=True)
class Bound:
    """What some statements say of one figure: at least or at most ``value``; ``strict`` is more or less than it."""

    figure: Figure
    at_most: bool
    value: Fraction
    strict: bool
    statements: tuple[Figure | Relation, ...]


def bounds_of(conflict: Conflict) -> tuple[Bound, Bound] | None:
    """Return the lower and the upper bound on the figure that the conflict turns on, and what says each.

    None where the certificate does not part at any one figure.
    """
    # What one statement says stays on one side, unless the certificate only parts within a statement.
    return _parted(conflict, whole=True) or _parted(conflict, whole=False)


def _parted(conflict: Conflict, *, whole: bool) -> tuple[Bound, Bound] | None:
    best = None
    for variable in _turning(conflict):
        sides = _sides(conflict, variable, whole=whole)
        bounds = [_bound(conflict, variable, side) for side in sides]
        lower = [each for each in bounds if each is not None and not each.at_most]
        upper = [each for each in bounds if each is not None and each.at_most]
        for low in lower:
            for high in upper:
                if low.value > high.value or (low.value == high.value and (low.strict or high.strict)):
                    key = _clarity(low, high)
                    if best is None or key > best[0]:
                        best = (key, low, high)
    return None if best is None else (best[1], best[2])


def _clarity(low: Bound, high: Bound) -> tuple[bool, int, int]:
    """A quantity that nobody printed comes first, then one whose sides are of like length."""
    fewer = min(len(low.statements), len(high.statements))
    relations = sum(isinstance(each, Relation) for each in (*low.statements, *high.statements))
    return low.figure.printed is None, relations, fewer


def _turning(conflict: Conflict) -> list[int]:
    rows = conflict.system.rows
    return sorted({variable for line in conflict.lines for variable, _by in rows[line.row].terms})


def _sides(conflict: Conflict, turning: int, *, whole: bool) -> list[list[Multiplied]]:
    """Part the lines into those that hang together without the variable they all turn on."""
    rows, groups = conflict.system.rows, list[tuple[set[int], list[Multiplied]]]()
    for line in conflict.lines:
        row = rows[line.row]
        touched = {variable for variable, _by in row.terms if variable != turning}
        if whole:
            touched.add(-1 - row.statement)
        joined = [line]
        apart = []
        for variables, lines in groups:
            if variables & touched:
                touched |= variables
                joined = [*lines, *joined]
            else:
                apart.append((variables, lines))
        groups = [*apart, (touched, joined)]
    return [lines for _variables, lines in groups]


def _bound(conflict: Conflict, variable: int, lines: Sequence[Multiplied]) -> Bound | None:
    """Add up the lines of one side: what is left is the variable and its bound."""
    system = conflict.system
    left, bound, strict = contradiction(system.rows, lines)
    if set(left) != {variable}:
        return None
    said = sorted({system.rows[line.row].statement for line in lines})
    value = bound / left[variable]
    return Bound(
        system.variables[variable], left[variable] > 0, value, strict, tuple(system.statements[each] for each in said)
    )


def conflict_said(conflict: Conflict) -> list[Sentence]:
    """The conflict in sentences: what is said and what follows from it, for each side, and that both cannot be."""
    figures = {figure.id: figure for figure in (*conflict.system.variables, *conflict.figures)}
    bounds = bounds_of(conflict)
    if bounds is None:
        said = [relation.said(figures) for relation in conflict.relations]
        return [*said, Sentence(_("Not all of this can be."))]
    sentences: list[Sentence] = []
    for bound in bounds:
        relations = [each for each in bound.statements if isinstance(each, Relation)]
        sentences += [relation.said(figures) for relation in relations]
        sentences.append(_limit_said(bound, follows=bool(relations)))
    return [*sentences, Sentence(_("Both cannot be."))]


def _limit_said(bound: Bound, *, follows: bool) -> Sentence:
    figure = bound.figure.name if follows else Quoted(bound.figure)
    words = {"figure": figure, "limit": figure_amount(bound.figure, bound)}
    if follows and bound.at_most:
        return Sentence(_("So %(figure)s would be at most %(limit)s."), words)
    if follows:
        return Sentence(_("So %(figure)s would be at least %(limit)s."), words)
    if bound.at_most:
        return Sentence(_("%(figure)s as printed is at most %(limit)s."), words)
    return Sentence(_("%(figure)s as printed is at least %(limit)s."), words)


def figure_amount(figure: Figure, bound: Bound) -> Amount:
    """A computed bound in the figure's own unit, rounded so that it says no more than was computed."""
    value = bound.value / figure.unit.factor
    if figure.unit.counted:
        whole = floor(value) if bound.at_most else ceil(value)
        if bound.strict and whole == value:
            whole += -1 if bound.at_most else 1
        return Amount(f"{whole:,}", figure.unit)
    return Amount(rounded_outward(value, up=bound.at_most), figure.unit)


def rounded_outward(value: Fraction, *, up: bool) -> str:
    """Write a fraction with a dozen digits, rounded up or down; exactly, where that suffices."""
    whole = len(str(abs(int(value))))
    decimals = max(0, min(DIGITS_SAID - whole, 9))
    scaled = value * 10**decimals
    number = ceil(scaled) if up else floor(scaled)
    sign, number = ("-" if number < 0 else ""), abs(number)
    head, tail = divmod(number, 10**decimals)
    text = f"{tail:0{decimals}}".rstrip("0") if decimals else ""
    return f"{sign}{head:,}{'.' if text else ''}{text}"


def certificate_said(conflict: Conflict) -> list[tuple[str, str, str]]:
    """Each line of the certificate: the multiplier, the inequality in ids, and what says so."""
    told = []
    for line in conflict.lines:
        row = conflict.system.rows[line.row]
        names = [(conflict.system.variables[variable].id, by) for variable, by in row.terms]
        left = " ".join(f"{'-' if by < 0 else '+'} {'' if abs(by) == 1 else f'{abs(by)}·'}{name}" for name, by in names)
        if line.side == HIGH:
            sign, end = ("<" if row.span.high_open else "≤"), row.span.high
        else:
            sign, end = (">" if row.span.low_open else "≥"), row.span.low
        said_by = conflict.system.statements[row.statement].id
        told.append((str(line.by), f"{left.removeprefix('+ ')} {sign} {end}", said_by))
    return told
