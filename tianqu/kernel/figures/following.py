"""Figures follow their rows: those of a dataset with a newer version are computed anew, by the worker.

What is to be done is read from the tables alone: the version of each dataset against the one that its figures have
followed. A worker that dies between two figures does the rest when it comes back, and what it had recorded it finds
unchanged. A value that comes out as it was is not recorded again, although it would be made from another version.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F

from tianqu.base.errors import NotPermitted, TianquError, _
from tianqu.kernel.datasets.api import Busy, Dataset, QueryTooLong
from tianqu.kernel.figures.computing import compute, embargo_kept, record_value, written_exactly
from tianqu.kernel.figures.definitions import FigureDefinition, read_definition
from tianqu.kernel.figures.formulas import measures_in
from tianqu.kernel.figures.models import Definition, FigureValue, FollowedVersion
from tianqu.kernel.journal.api import SYSTEM, Acting, act, seeing

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Follower:
    """A figure with its newest definition and the datasets that it is computed of."""

    figure_id: UUID
    definition_id: UUID
    definition: FigureDefinition
    datasets: frozenset[str]


def follow_versions() -> int:
    """Compute the figures of every dataset that has a newer version than they have followed; return how many values
    were recorded. Three statements where nothing is due."""
    with seeing(SYSTEM.scope):
        followers = _followers()
        due = _due({code for one in followers for code in one.datasets})
        if not due:
            return 0
        waiting = [one for one in followers if one.datasets & due.keys()]
        recorded, unfinished = _computed(waiting)
        done = {code: version for code, version in due.items() if code not in unfinished}
    if done:
        note_followed(SYSTEM, versions=done)
    return recorded


def _followers() -> list[_Follower]:
    newest = Definition.objects.filter(figure__withdrawn_at=None, number=F("figure__definition"))
    found = []
    for row in newest.order_by("figure__code"):
        definition = read_definition(row.content)
        codes = frozenset(measure.dataset for measure in measures_in(definition.formula))
        found.append(_Follower(row.figure_id, row.id, definition, codes))
    return found


def _due(codes: Collection[str]) -> dict[str, int]:
    """The version of each of the datasets that is newer than the one that was followed."""
    followed = dict(FollowedVersion.objects.values_list("dataset", "version"))
    newest = Dataset.objects.filter(code__in=codes, withdrawn_at=None, version__gt=0).order_by("code")
    return {
        code: version
        for code, version in newest.values_list("code", "version")
        if version > followed.get(code, 0)
    }  # fmt: skip


def _computed(waiting: Sequence[_Follower]) -> tuple[int, set[str]]:
    """Compute figures for the periods that they have had; return how many values were new, and the datasets of those
    for which there was no time. The first value of a period is computed by somebody, who knows of embargoes."""
    known = _newest([one.figure_id for one in waiting])
    recorded, unfinished = 0, set[str]()
    for one in waiting:
        for period, newest in sorted(known.get(one.figure_id, {}).items()):
            try:
                recorded += _follow(one, period, newest)
            except (Busy, QueryTooLong) as error:
                logger.warning("The figure %s waits: %s", one.definition.code, error)
                unfinished |= one.datasets
            except TianquError as error:
                logger.warning("The figure %s has no value for %s: %s", one.definition.code, period, error)
    return recorded, unfinished


def _newest(figures: Sequence[UUID]) -> dict[UUID, dict[str, FigureValue]]:
    found: dict[UUID, dict[str, FigureValue]] = {}
    values = FigureValue.objects.filter(figure_id__in=figures).defer("lineage")
    for value in values.order_by("figure_id", "period", "-number").distinct("figure_id", "period"):
        found.setdefault(value.figure_id, {})[value.period] = value
    return found


def _follow(one: _Follower, period: str, newest: FigureValue) -> int:
    computed = compute(one.definition, period)
    if (newest.definition_id, newest.exact) == (one.definition_id, written_exactly(computed.exact)):
        return 0
    record_value(
        SYSTEM, figure_id=one.figure_id, period=period, computed=computed, embargoed_until=embargo_kept(newest),
        unless_same_value=True,
    )  # fmt: skip
    return 1


def _may_note(acting: Acting, /, **arguments: Any) -> None:
    if not acting.actor.scope.everything:
        raise NotPermitted(_("Only the system notes what its figures have followed."))


@act("figures.note_followed", may=_may_note)
def note_followed(acting: Acting, *, versions: Mapping[str, int]) -> None:
    """Note up to which version of each dataset its figures were computed."""
    for code, version in sorted(versions.items()):
        FollowedVersion.objects.update_or_create(dataset=code, defaults={"version": version, "followed_at": acting.now})
        acting.record(f"figures_followed:{code}", public=True, after={"dataset": code, "version": version})
