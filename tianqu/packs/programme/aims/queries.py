"""Reading the programme: each measure beside its figure as everybody sees it, and whether the target is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from tianqu.kernel.figures.api import ShownValue, figures_public, printed, read_definition
from tianqu.kernel.places.api import Unit, units_with
from tianqu.packs.programme.models import Domain
from tianqu.packs.programme.queries import domains


@dataclass(frozen=True, slots=True)
class MeasureShown:
    """A measure with its present figure; ``reached`` is None where no value of it is public."""

    name: str
    name_en: str
    unit: Unit | None
    figure: str
    target: Decimal
    sense: str
    shown: ShownValue | None

    @property
    def reached(self) -> bool | None:
        """Whether the exact value, not the printed one, reaches the target."""
        if self.shown is None:
            return None
        goal = Fraction(self.target)
        return self.shown.exact >= goal if self.sense == "at_least" else self.shown.exact <= goal

    def target_text(self, *, chinese: bool) -> str:
        """The target as its figure is printed, without the figure's rounding word."""
        if self.shown is None:
            return f"{self.target:,f}"
        display = read_definition(self.shown.value.definition.content).display
        return printed(Fraction(self.target), replace(display, word=""), chinese=chinese).whole


@dataclass(frozen=True, slots=True)
class TaskShown:
    """A task with its measures."""

    name: str
    name_en: str
    measures: tuple[MeasureShown, ...]


@dataclass(frozen=True, slots=True)
class DomainShown:
    """A domain with its tasks, and how many of its measures are reached."""

    domain: Domain
    tasks: tuple[TaskShown, ...]

    @property
    def measures(self) -> list[MeasureShown]:
        """Every measure of every task."""
        return [measure for task in self.tasks for measure in task.measures]

    @property
    def reached(self) -> int:
        """How many measures are reached."""
        return sum(measure.reached is True for measure in self.measures)


def programme() -> list[DomainShown]:
    """The whole programme. Three statements."""
    found = domains()
    told = [measure for domain in found for task in domain.tasks for measure in task["measures"]]
    shown = figures_public({measure["figure"] for measure in told})
    units = units_with({UUID(measure["unit"]) for measure in told})
    return [
        DomainShown(domain, tuple(
            TaskShown(
                task["name"], task["name_en"],
                tuple(_measure(measure, units=units, shown=shown) for measure in task["measures"]),
            )
            for task in domain.tasks
        ))
        for domain in found
    ]  # fmt: skip


def _measure(told: Mapping[str, Any], *, units: Mapping[UUID, Unit], shown: Mapping[str, ShownValue]) -> MeasureShown:
    return MeasureShown(
        told["name"], told["name_en"], units.get(UUID(told["unit"])), told["figure"], Decimal(told["target"]),
        told["sense"], shown.get(told["figure"]),
    )  # fmt: skip
