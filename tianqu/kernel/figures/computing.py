"""Computing a figure: its measures are asked of datasets at their newest versions, and what came out is recorded.

A value that is as it was, made from the same versions, is not recorded again. What a figure was made from is written
down with it: each dataset, its version, the hashes of the parts that were read, and what each measure was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TianquError, _
from tianqu.kernel.datasets.api import (
    Measure,
    Opened,
    dataset_called,
    measured,
    measured_by_both,
    open_version,
    opened,
    question_of,
)
from tianqu.kernel.figures.definitions import FigureDefinition, read_definition
from tianqu.kernel.figures.formulas import MeasureOf, check_period, evaluate, measures_in
from tianqu.kernel.figures.models import Definition, Figure, FigureValue
from tianqu.kernel.journal.api import SYSTEM, Acting, Actor, DoneBefore, act
from tianqu.kernel.places.api import require

_NO_PINS: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Computed:
    """What came out: the exact value, and for each measure where it was read and what it was."""

    exact: Fraction
    lineage: tuple[Mapping[str, Any], ...]
    journal_index: int


def compute(definition: FigureDefinition, period: str, *, pins: Mapping[str, int] = _NO_PINS) -> Computed:
    """Compute a figure for a period, from the newest versions of its datasets, or from those that ``pins`` name.

    Nothing is written. The whole of each dataset is read, closed columns included: a figure tells a sum of them and
    no row. Raises ``NotFound`` for a dataset that is not there, and ``Conflict`` where there is nothing to compute it
    from.
    """
    check_period(period)
    versions: dict[str, Opened] = {}
    lineage: list[Mapping[str, Any]] = []

    def ask(formula: MeasureOf) -> int | Decimal | None:
        asked = formula.for_period(period)
        if asked.dataset not in versions:
            versions[asked.dataset] = _opened(asked.dataset, pins.get(asked.dataset))
        found = versions[asked.dataset]
        question = question_of({key: list(values) for key, values in asked.where}, found.schema)
        measure = Measure(asked.function, asked.column)  # type: ignore[arg-type]  # looked at when it was read
        ask_rows = measured_by_both if settings.TIANQU_SPARK_MASTER else measured
        value = ask_rows(found, (measure,), question.conditions)[0]
        if value is not None and not isinstance(value, int | Decimal):
            raise InvalidInput(
                _("The measure %(value)s of %(dataset)s is no number."), field="formula", value=measure.name,
                dataset=asked.dataset,
            )  # fmt: skip
        lineage.append(
            {
                "dataset": asked.dataset, "version": found.version.number, "measure": measure.name,
                "where": {key: list(values) for key, values in asked.where},
                "value": None if value is None else format(Decimal(value), "f"),
                "parts": [part.sha256 for part in found.stored.parts],
            }
        )  # fmt: skip
        return value

    value = evaluate(definition.formula, ask)
    if value is None:
        raise Conflict(
            _("There are no rows from which %(figure)s could be computed for %(value)s."), field="period", value=period,
            figure=definition.code, remedy=_("Publish the rows first, or choose another period."),
        )  # fmt: skip
    indexes = [found.version.journal_index for found in versions.values()]
    return Computed(value, tuple(lineage), max(indexes, default=0))


def _opened(code: str, number: int | None) -> Opened:
    dataset = dataset_called(SYSTEM, code)
    found = dataset.versions.filter(number=number or dataset.version).first()
    if found is None:
        raise NotFound(
            _("The dataset %(value)s has no version yet."), field="dataset", value=code,
            remedy=_("Publish one, then compute the figure."),
        )  # fmt: skip
    return opened(dataset, found, audience="whole")


def require_sources(actor: Actor, definition: FigureDefinition) -> None:
    """Whoever has a figure computed may read every column that its formula asks, for a measure of one row tells it.

    Raises ``NotFound``, ``NotPermitted``, and ``InvalidInput`` for a column that the actor does not see.
    """
    if actor.scope.everything:
        return
    for measure in measures_in(definition.formula):
        version = open_version(actor, dataset_called(actor, measure.dataset))
        for name in (measure.column, *(key.partition(".")[0] for key, _values in measure.where)):
            if name:
                version.schema.column(name, field="formula")


def may_compute(acting: Acting, /, **arguments: Any) -> None:
    """Whoever computes figures does it for an office within reach; the worker does it for all."""
    require(acting.actor, acting.act)


@act("figures.compute", may=may_compute)
def record_value(
    acting: Acting, *, figure_id: UUID, period: str, computed: Computed, embargoed_until: datetime | None = None,
    unless_same_value: bool = False,
) -> FigureValue:  # fmt: skip
    """Record what a figure is for a period. The same value from the same versions is not recorded twice.

    With ``unless_same_value`` the same value is not recorded whatever versions it was made from.
    """
    figure = Figure.objects.select_for_update().get(id=figure_id)
    require(acting.actor, acting.act, figure)
    definition = Definition.objects.get(figure=figure, number=figure.definition)
    require_sources(acting.actor, read_definition(definition.content))
    newest = newest_value(figure.id, period)
    exact, lineage = written_exactly(computed.exact), [dict(each) for each in computed.lineage]
    again = newest is not None and (newest.definition_id, newest.exact) == (definition.id, exact)
    if newest and again and (
        unless_same_value or (newest.lineage, newest.embargoed_until) == (lineage, embargoed_until)
    ):  # fmt: skip
        raise DoneBefore(newest)
    value = FigureValue(
        figure=figure, definition=definition, period=period, number=(newest.number if newest else 0) + 1, exact=exact,
        lineage=lineage, journal_index=computed.journal_index, computed_at=acting.now,
        embargoed_until=embargoed_until,
    )  # fmt: skip
    value.save(force_insert=True)
    if period > figure.period:
        figure.period = period
        figure.save(update_fields=["period"])
    acting.record(
        f"figure_value:{value.id}", public=embargoed_until is None, sealed=embargoed_until is not None,
        after={
            "figure": figure.code, "definition": definition.number, "period": period, "number": value.number,
            "exact": exact, "lineage": lineage,
        },
    )  # fmt: skip
    return value


def newest_value(figure_id: UUID, period: str) -> FigureValue | None:
    """What was recorded last of a figure for a period, embargoed or not."""
    return FigureValue.objects.filter(figure_id=figure_id, period=period).order_by("-number").first()


def embargo_kept(newest: FigureValue | None) -> datetime | None:
    """What is not to be known yet is not to be known by its correction."""
    until = newest.embargoed_until if newest is not None else None
    return until if until is not None and until > timezone.now() else None


def written_exactly(value: Fraction) -> str:
    """An exact value as it is kept: "38690000000" or "1187/1000"."""
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


@dataclass(frozen=True, slots=True)
class NotComputed:
    """A figure and period for which there is no value, and why."""

    code: str
    period: str
    error: TianquError


def compute_figures(
    actor: Actor,
    figures: Iterable[Figure],
    *,
    periods: Iterable[str] = (),
    refused: Callable[[NotComputed], None] = lambda each: None,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Compute figures for ``periods``, or for those of their definitions; return how many values there are now.

    What is under embargo stays under it. One that cannot be computed stops no other: ``refused`` is told of it.
    """
    count = 0
    wanted = list(periods)
    for done, figure in enumerate(figures, start=1):
        definition = definition_of(figure)
        for period in wanted or definition.periods:
            try:
                computed = compute(definition, period)
                record_value(
                    actor, figure_id=figure.id, period=period, computed=computed,
                    embargoed_until=embargo_kept(newest_value(figure.id, period)),
                )  # fmt: skip
                count += 1
            except TianquError as error:
                refused(NotComputed(figure.code, period, error))
        progress(done)
    return count


def definition_of(figure: Figure, *, number: int | None = None) -> FigureDefinition:
    """Read a figure's definition, the newest where no ``number`` is given."""
    found = Definition.objects.get(figure=figure, number=number or figure.definition)
    return read_definition(found.content)
