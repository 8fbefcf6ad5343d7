"""Moments and days as they are written: by people in a form, and by programs in an address."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Final

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def moment_typed(text: str, *, zone: tzinfo) -> datetime:
    """Read a moment such as ``2026-11-22T09:00``, in ``zone`` where no offset is typed with it.

    Raises ``ValueError`` for what is none.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def written_day(value: object) -> object:
    """Let a text through that is written as a day, such as ``2026-11-22``; all else becomes "", which is no day.

    Readers of days would make one of a bare number, too, and of a time at midnight.
    """
    return value if isinstance(value, str) and _DAY.fullmatch(value) else ""
