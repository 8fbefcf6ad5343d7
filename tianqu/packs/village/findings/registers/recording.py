"""What the journal keeps of a finding and of a drawing, beside the entries of the order and of the book."""

from __future__ import annotations

from typing import Any

from tianqu.kernel.journal.api import Acting
from tianqu.packs.village.findings.models import Drawing, Finding


def record_finding(acting: Acting, finding: Finding, **more: Any) -> None:
    """Record a finding as it is after the act; ``more`` is what the act says besides."""
    acting.record(
        f"finding:{finding.order_id}",
        after={
            "place": finding.place_id, "unit": finding.unit_id, "subject": finding.subject,
            "subject_id": finding.subject_id, "number": finding.number, "rule": finding.rule,
            "severity": finding.severity, "judgement": finding.judgement_id, "told": finding.told,
            "opened_on": finding.opened_on, "rectify_by": finding.rectify_by, "answered_on": finding.answered_on,
            "answered_unit": finding.answered_unit_id, "closed_on": finding.closed_on,
            "closed_unit": finding.closed_unit_id, "upheld": finding.upheld, **more,
        },
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
