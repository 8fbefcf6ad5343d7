"""A press conference of one office, for what goes through every act and every role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM
from tianqu.packs.programme import acts


def marked_conference(unit_id: UUID) -> dict[str, Any]:
    """Plan a conference of an office; give the things by the names that acts give them."""
    conference_id = new_identifier()
    acts.plan_conference(
        SYSTEM, conference_id=conference_id, unit_id=unit_id, code="marked-conference", domain="marked",
        title="标记发布会", title_en="Marked", venue="厅", venue_en="Hall",
        starts_at=timezone.now() + timedelta(days=3),
        speakers=[acts.SpeakerPost(unit_id, "局长", "Director")],
    )  # fmt: skip
    return {"conference_id": conference_id}
