"""The act of the programme: a domain is declared whole, with its tasks and measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.texts import clean_line
from tianqu.kernel.figures.api import figures_shown
from tianqu.kernel.journal.api import Acting, DoneBefore, Refusals, act, lawful_by, refused_by
from tianqu.kernel.places.api import require, unit_with, units_with
from tianqu.packs.programme.acts import CODE, TITLE_MAX
from tianqu.packs.programme.models import Domain

TASKS_MAX: Final = 100
MEASURES_MAX: Final = 100
_REFUSALS: Final[Refusals] = {
    "programme_domain_pkey": (
        Conflict, "domain", _("Somebody declared this domain at the same moment."), _("Look at it and try again."),
    ),
}  # fmt: skip


class Sense(StrEnum):
    """Which side of a target is the good one."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Measure:
    """What is to be reached: by which unit, shown by which figure, and how much, in the figure's own unit."""

    name: str
    name_en: str
    unit_id: UUID
    figure: str
    target: Decimal
    sense: Sense = Sense.AT_LEAST


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a domain with its measures."""

    name: str
    name_en: str
    measures: tuple[Measure, ...]


def _may_by_role(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)


@act("programme.declare_domain", may=_may_by_role)
def declare_domain(
    acting: Acting, *, domain: str, position: int, unit_id: UUID, name: str, name_en: str, tasks: Sequence[Task]
) -> None:
    """Declare a domain of the programme, or what it is from now on; the same sent again changes nothing.

    Raises ``InvalidInput``, and ``NotFound`` for a unit or a figure that is not there.
    """
    unit = unit_with(unit_id)
    told = Domain(code=domain, position=position, unit_id=unit.id, place_path=unit.place.path, changed_at=acting.now)
    require(acting.actor, acting.act, told)
    known = Domain.objects.select_for_update().filter(code=domain).first()
    if known is not None:
        require(acting.actor, acting.act, known)
    if not CODE.match(domain):
        raise InvalidInput(
            _("“%(value)s” cannot be a domain."), field="domain", value=domain[:80],
            remedy=_("Use small letters, digits and hyphens, such as open-economy."),
        )  # fmt: skip
    told.name = clean_line(name, field="name", most=TITLE_MAX, wanted=True)
    told.name_en = clean_line(name_en, field="name_en", most=TITLE_MAX, wanted=True)
    told.tasks = [_task(task) for task in _few(tasks, TASKS_MAX, field="tasks")]
    _check_parts(acting, told.tasks)
    same = ("position", "unit_id", "name", "name_en", "tasks")
    if known is not None and all(getattr(known, each) == getattr(told, each) for each in same):
        raise DoneBefore(None)
    with lawful_by(lambda error: refused_by(_REFUSALS, error)):
        told.save(force_insert=known is None, force_update=known is not None)
    acting.record(f"programme:{domain}", after={each: getattr(told, each) for each in same})


def _few(things: Sequence[Any], most: int, *, field: str) -> Sequence[Any]:
    if not 1 <= len(things) <= most:
        raise InvalidInput(_("There are between 1 and %(most)s of these."), field=field, most=most)
    return things


def _task(task: Task) -> dict[str, Any]:
    return {
        "name": clean_line(task.name, field="tasks", most=TITLE_MAX, wanted=True),
        "name_en": clean_line(task.name_en, field="tasks", most=TITLE_MAX, wanted=True),
        "measures": [_measure(each) for each in _few(task.measures, MEASURES_MAX, field="tasks")],
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "name": clean_line(measure.name, field="tasks", most=TITLE_MAX, wanted=True),
        "name_en": clean_line(measure.name_en, field="tasks", most=TITLE_MAX, wanted=True),
        "unit": str(measure.unit_id), "figure": measure.figure, "target": plain(measure.target),
        "sense": measure.sense.value,
    }  # fmt: skip


def _check_parts(acting: Acting, tasks: Sequence[dict[str, Any]]) -> None:
    """Raise ``NotFound`` for a unit or a figure that is not there."""
    measures = [measure for task in tasks for measure in task["measures"]]
    units = {UUID(measure["unit"]) for measure in measures}
    if missing := units - set(units_with(units)):
        raise NotFound(_("There is no such unit."), field="tasks", value=str(min(missing)))
    codes = {measure["figure"] for measure in measures}
    if absent := codes - set(figures_shown(acting.actor, codes)):
        raise NotFound(_("There is no figure %(value)s."), field="tasks", value=min(absent))
