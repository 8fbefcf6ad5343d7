"""Who asked a village for papers. A plain function that acts and notices share."""

from __future__ import annotations

from uuid import UUID

from tianqu.packs.village.desk.models import NoteKind, Review, ReviewNote


def last_asker(review: Review) -> UUID | None:
    """Return the office that last asked for papers in a review, None while nobody has."""
    asked = ReviewNote.objects.filter(review=review, kind=NoteKind.ASK).order_by("-at", "-id")
    found: UUID | None = asked.values_list("unit_id", flat=True).first()
    return found
