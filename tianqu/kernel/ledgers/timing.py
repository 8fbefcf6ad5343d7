"""Pending transfers whose time is over are voided by themselves.

Deadlines are columns read by index, not jobs, so that none is lost with a process. Each is voided in a statement of its
own; one that somebody resolved meanwhile is left, so that doing it twice does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tianqu.base.errors import Conflict, NotFound
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers.models import Outcome, Waiting
from tianqu.kernel.ledgers.resolving import resolve_transfer

BATCH: Final = 200
TIMED_OUT: Final = "timed out"


def void_expired(now: datetime, *, limit: int = BATCH) -> int:
    """Void pending transfers that were to end by ``now``, at most ``limit``; return how many."""
    with seeing(SYSTEM.scope):
        due = Waiting.objects.filter(expires_at__lte=now).order_by("expires_at").values_list("transfer_id", flat=True)
        transfer_ids = list(due[:limit])
    resolve: Callable[..., int] = resolve_transfer  # an act takes the time, which its type does not tell
    count = 0
    for transfer_id in transfer_ids:
        try:
            resolve(SYSTEM, transfer_id=transfer_id, outcome=Outcome.VOIDED.value, reason=TIMED_OUT, at=now)
        except (Conflict, NotFound):
            continue
        count += 1
    return count
