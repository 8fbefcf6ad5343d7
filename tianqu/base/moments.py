"""Moments as people type them into a form: a day with a time, and now and then an offset from UTC behind it."""

from __future__ import annotations

from datetime import datetime, tzinfo


def moment_typed(text: str, *, zone: tzinfo) -> datetime:
    """Read a moment such as ``2026-11-22T09:00``, in ``zone`` where no offset is typed with it.

    Raises ``ValueError`` for what is none.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
