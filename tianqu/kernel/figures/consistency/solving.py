"""The verdict: for each set of figures that relations connect, whether all that is printed can hold together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.figures.consistency.certificates import Multiplied, Row, fits, proves
from tianqu.kernel.figures.consistency.comparable import why_not_comparable
from tianqu.kernel.figures.consistency.conflicts import smallest_conflict
from tianqu.kernel.figures.consistency.figures import Figure, Quoted, Sentence
from tianqu.kernel.figures.consistency.relations import Each, Growth, Relation
from tianqu.kernel.figures.consistency.simplex import WORK_MAX, Simplex, TooMuchWork

CONFLICTS_MAX: Final = 20  # conflicts that are told of one component


class Verdict(StrEnum):
    """What can be said of figures."""

    HOLDS = "holds"
    CANNOT_HOLD = "cannot hold"
    CANNOT_BE_TESTED = "cannot be tested"


@dataclass(frozen=True, slots=True)
class System:
    """The rows of a component. A statement is a printed figure or a relation; variables are figures."""

    statements: tuple[Figure | Relation, ...]
    variables: tuple[Figure, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Figures and relations that cannot hold together, and the proof. ``smallest``: no fewer statements are in
    conflict.

    ``lines`` are a certificate over ``system.rows``; it was verified in exact fractions.
    """

    figures: tuple[Figure, ...]
    relations: tuple[Relation, ...]
    system: System
    lines: tuple[Multiplied, ...]
    smallest: bool


@dataclass(frozen=True, slots=True)
class Untested:
    """A relation that cannot be tested, and why."""

    relation: Relation
    why: Sentence


@dataclass(frozen=True, slots=True)
class Component:
    """Figures that relations connect, and what was found. ``witness`` holds true values, by id, where they hold."""

    figures: tuple[Figure, ...]
    relations: tuple[Relation, ...]
    verdict: Verdict
    conflicts: tuple[Conflict, ...] = ()
    untested: tuple[Untested, ...] = ()
    witness: Mapping[str, Fraction] = field(default_factory=dict)
    why: Sentence | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """The components with relations, and the figures that stand alone."""

    figures: Mapping[str, Figure]
    components: tuple[Component, ...]
    alone: tuple[Figure, ...]

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of any component; without any relation nothing was tested."""
        found = {component.verdict for component in self.components}
        for verdict in (Verdict.CANNOT_HOLD, Verdict.CANNOT_BE_TESTED, Verdict.HOLDS):
            if verdict in found:
                return verdict
        return Verdict.CANNOT_BE_TESTED

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """All conflicts."""
        return tuple(each for component in self.components for each in component.conflicts)


def check_figures(figures: Sequence[Figure], relations: Sequence[Relation], *, work_max: int = WORK_MAX) -> Checked:
    """Find whether figures and relations can hold together. Ids are distinct, and relations name known figures.

    ``work_max`` limits what is spent on one component; beyond it the component cannot be tested.
    """
    known = {figure.id: figure for figure in figures}
    members, between = _connected(known, relations)
    components = [
        _check([known[name] for name in names], between[root], work_max)
        for root, names in members.items()
        if root in between
    ]
    alone = [known[names[0]] for root, names in members.items() if root not in between]
    return Checked(known, tuple(components), tuple(alone))


def _connected(
    figures: Mapping[str, Figure], relations: Sequence[Relation]
) -> tuple[dict[str, list[str]], dict[str, list[Relation]]]:
    """Return the figures and the relations of each component, by the figure that leads it."""
    leader = {name: name for name in figures}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for relation in relations:
        first, *others = relation.figures()
        for other in others:
            leader[find(other)] = find(first)
    members: dict[str, list[str]] = {}
    for name in figures:
        members.setdefault(find(name), []).append(name)
    between: dict[str, list[Relation]] = {}
    for relation in relations:
        between.setdefault(find(relation.figures()[0]), []).append(relation)
    return members, between


def system_of(
    figures: Sequence[Figure], relations: Sequence[Relation], pinned: Mapping[str, Fraction] | None = None
) -> System:
    """Write figures and relations down as rows. A rate that is ``pinned`` has one value instead of its span."""
    known = {figure.id: figure for figure in figures}
    pinned = pinned or {}
    amounts = dict.fromkeys(name for relation in relations for name in relation.amounts())
    number = {name: index for index, name in enumerate(amounts)}
    statements: list[Figure | Relation] = []
    rows: list[Row] = []
    for name in amounts:
        figure = known[name]
        span = figure.span if name not in pinned else type(figure.span)(pinned[name], pinned[name])
        if span.low is not None or span.high is not None:
            rows.append(Row(len(statements), ((number[name], 1),), span))
            statements.append(figure)
    for relation in relations:
        for terms, span in relation.rows(known, pinned):
            rows.append(Row(len(statements), tuple((number[name], by) for name, by in terms), span))
        statements.append(relation)
    return System(tuple(statements), tuple(known[name] for name in amounts), tuple(rows))


def _check(figures: list[Figure], relations: list[Relation], work_max: int) -> Component:
    known = {figure.id: figure for figure in figures}
    untested, tested = [], []
    for relation in relations:
        why = why_not_comparable(relation, known)
        if why is None:
            tested.append(relation)
        else:
            untested.append(Untested(relation, why))
    system = system_of(figures, tested)
    conflicts: list[Conflict] = []
    witness: Mapping[str, Fraction] = {}
    why = None
    simplex = Simplex(system.rows, variables=len(system.variables), hints=_hints(system), work_max=work_max)
    simplex.switch(range(len(system.statements)), on=True)
    try:
        _gather(simplex, system, known, conflicts)
        if not conflicts:
            witness, why = _witness(simplex, system, figures, tested, work_max)
    except TooMuchWork as stopped:
        why = Sentence(stopped.message)
    verdict = Verdict.CANNOT_HOLD
    if not conflicts:
        verdict = Verdict.CANNOT_BE_TESTED if untested or why else Verdict.HOLDS
    return Component(tuple(figures), tuple(relations), verdict, tuple(conflicts), tuple(untested), witness, why)


def _hints(system: System) -> list[Fraction]:
    return [variable.span.inside() if variable.printed else Fraction(0) for variable in system.variables]


def _gather(simplex: Simplex, system: System, known: Mapping[str, Figure], conflicts: list[Conflict]) -> None:
    """Find conflicts one after another: the relations of each are laid aside in search of the next."""
    while len(conflicts) < CONFLICTS_MAX:
        lines = simplex.conflict()
        if lines is None:
            return
        found = smallest_conflict(simplex, lines)
        assert proves(system.rows, found.lines), "a conflict is told only with a certificate that verifies"
        said = [system.statements[each] for each in found.statements]
        between = [each for each in said if isinstance(each, Relation)]
        rates = {name for relation in between for name in relation.rates()}
        printed = [each for each in said if isinstance(each, Figure)]
        named = [*printed, *(known[name] for name in sorted(rates) if known[name] not in printed)]
        conflicts.append(Conflict(tuple(named), tuple(between), system, found.lines, found.smallest))
        simplex.switch([each for each in found.statements if isinstance(system.statements[each], Relation)], on=False)


def _witness(
    simplex: Simplex, system: System, figures: list[Figure], relations: list[Relation], work_max: int
) -> tuple[Mapping[str, Fraction], Sentence | None]:
    """Return true values that fit everything, or why there are none to show."""
    known = {figure.id: figure for figure in figures}
    values = simplex.witness()
    assert fits(system.rows, values), "the simplex says that its values fit"
    named = {variable.id: values[index] for index, variable in enumerate(system.variables)}
    rates = _rates_in(named, relations, known)
    if _right(named, rates, figures, relations):
        return named | rates, None
    # A rate that stands in two places makes them no longer linear; with one value of it they are.
    uses = Counter(name for relation in relations for name in relation.figures())
    torn = {name: value for name, value in rates.items() if uses[name] > 1}
    again = system_of(figures, relations, torn)
    second = Simplex(again.rows, variables=len(again.variables), hints=_hints(again), work_max=work_max)
    second.switch(range(len(again.statements)), on=True)
    if second.conflict() is None:
        values = second.witness()
        named = {variable.id: values[index] for index, variable in enumerate(again.variables)}
        rates = _rates_in(named, relations, known)
        if _right(named, rates, figures, relations):
            return named | rates, None
    quoted = [Quoted(known[name]) for name in torn]
    return {}, Sentence(_("%(rates)s stand in several relations, which are not linear then."), {"rates": quoted})


def _right(
    named: Mapping[str, Fraction], rates: Mapping[str, Fraction], figures: list[Figure], relations: list[Relation]
) -> bool:
    """Say whether true values fit with each rate as one number and not as a span."""
    exact = system_of(figures, relations, rates)
    values = {index: named[variable.id] for index, variable in enumerate(exact.variables)}
    known = {figure.id: figure for figure in figures}
    return fits(exact.rows, values) and all(value in known[name].span for name, value in rates.items())


def _rates_in(
    named: Mapping[str, Fraction], relations: Sequence[Relation], known: Mapping[str, Figure]
) -> dict[str, Fraction]:
    """Return a value for each rate, as the first relation that it stands in has it."""
    rates: dict[str, Fraction] = {}
    for relation in relations:
        for rate in relation.rates():
            if rate in named:
                rates[rate] = named[rate]
                continue
            above, below = relation.amounts()
            value = named[above] / named[below] - isinstance(relation, Growth)
            if isinstance(relation, Each):
                # A limit is not what each thing is: it may be anything that is enough.
                before = rates.get(rate, known[rate].span.inside())
                rates[rate] = max(value, before) if rate == relation.at_most else min(value, before)
            else:
                rates.setdefault(rate, value)
    return rates
