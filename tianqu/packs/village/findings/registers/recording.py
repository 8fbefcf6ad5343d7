"""What the journal keeps of a finding and of a drawing, beside the entries of the order and of the book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Sum

from tianqu.kernel.journal.api import Acting
from tianqu.kernel.ledgers.api import Resolution
from tianqu.kernel.places.api import Place
from tianqu.packs.village.findings.models import Drawing, Finding, FindingEffect


def counties_of(paths: Iterable[str]) -> dict[str, str]:
    """The name of the county that each path of a village lies in; a path that lies in none is missing. One query."""
    parts = {path: path.split(".") for path in paths}
    above = {".".join(told[:depth]) for told in parts.values() for depth in range(1, len(told))}
    found = Place.objects.filter(path__in=above, kind="county").order_by("valid_from")
    names = {str(path): name for path, name in found.values_list("path", "name")}
    return {path: name for path in parts for above, name in names.items() if path.startswith(f"{above}.")}


def put_right_with(finding: Finding) -> dict[str, int]:
    """What is booked with a finding that was put right, by kind: 0.0001 mu of land, fen of everything else."""
    if not finding.upheld:
        return {}
    posted = Resolution.objects.filter(outcome="posted").values("transfer_id")
    effects = FindingEffect.objects.filter(finding=finding, reversal_id__isnull=True, transfer_id__in=posted)
    return dict(effects.values("kind").annotate(sum=Sum("amount")).values_list("kind", "sum"))


def record_finding(
    acting: Acting, finding: Finding, *, county: str | None = None, put_right: Mapping[str, int] | None = None,
    sealed: bool = False, **more: Any,
) -> None:  # fmt: skip
    """Record a finding as it is after the act; ``more`` is what the act says besides.

    ``county`` and ``put_right`` (see ``put_right_with``) are looked up unless they are given.
    """
    path = str(finding.place_path)
    acting.record(
        f"finding:{finding.order_id}",
        after={
            "place": finding.place_id, "unit": finding.unit_id, "subject": finding.subject,
            "subject_id": finding.subject_id, "number": finding.number, "rule": finding.rule,
            "severity": finding.severity, "judgement": finding.judgement_id, "told": finding.told,
            "opened_on": finding.opened_on, "rectify_by": finding.rectify_by, "answered_on": finding.answered_on,
            "answered_unit": finding.answered_unit_id, "closed_on": finding.closed_on,
            "closed_unit": finding.closed_unit_id, "upheld": finding.upheld,
            "county": counties_of([path]).get(path, "") if county is None else county,
            "put_right": put_right_with(finding) if put_right is None else put_right, **more,
        },
        sealed=sealed,
    )  # fmt: skip


def record_drawing(acting: Acting, drawing: Drawing, **more: Any) -> None:
    """Record a drawing: its commitment when it is announced, its seed and what was drawn when it is drawn."""
    acting.record(
        f"drawing:{drawing.id}",
        after={
            "place": drawing.place_id, "first_day": drawing.first_day, "last_day": drawing.last_day,
            "draw_on": drawing.draw_on, "count": drawing.count, "commitment": drawing.commitment,
            "seed": drawing.seed, "population": drawing.population, **more,
        },
    )  # fmt: skip
