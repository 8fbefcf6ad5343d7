"""Noting who looked at whose personal data, so that the person can read it in their access log."""

from __future__ import annotations

import time
from typing import Final
from uuid import UUID

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.models import Asker
from tianqu.kernel.places.api import note_access

# Opening a page again within the hour is the same look: one line, and one write. Each process counts for itself.
SAME_LOOK_SECONDS: Final = 3600.0
LOOKS_KEPT_MAX: Final = 20_000
_looks: dict[tuple[UUID, UUID], float] = {}


def note_look(actor: Actor, asker: Asker | None, *, order_id: UUID) -> None:
    """Note that a post looked at who asked an order; what an asker sees of their own is no look."""
    if asker is None or actor.post_id is None or actor.person_id is None or not _tells(asker):
        return
    if asker.person_id == actor.person_id:
        return
    now = time.monotonic()
    if _looks.get((actor.person_id, order_id), 0.0) > now:
        return
    if len(_looks) >= LOOKS_KEPT_MAX:
        _looks.clear()
    note_access(actor, "looked", subject=f"order:{order_id}", about_person_id=asker.person_id)
    _looks[(actor.person_id, order_id)] = now + SAME_LOOK_SECONDS


def _tells(asker: Asker) -> bool:
    """Say whether the row tells anything of a person."""
    return bool(asker.person_id or asker.name or asker.phone or asker.email)
