"""What a request would be promised if it were placed now: its clocks, before there is a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tianqu.base.working_time import Duration
from tianqu.kernel.orders.catalogue import KnownItem, realm_calendar
from tianqu.kernel.orders.clocks import URGENCIES, start_clock_of

PROMISED: Final = ("dispatch", "accept", "finish")


@dataclass(frozen=True, slots=True)
class Promise:
    """One clock as it would run from now on."""

    kind: str
    duration: Duration
    due_at: datetime


def promised_clocks(item: KnownItem, *, urgency: str, at: datetime) -> tuple[Promise, ...]:
    """Return the clocks to dispatch, accept and finish of a request placed at ``at``; urgency only ever rises."""
    urgency = max(urgency, item.urgency, key=URGENCIES.index)
    return tuple(
        Promise(kind, duration, start_clock_of(realm_calendar(), kind, at, duration).due_at)
        for kind, duration in ((kind, item.duration(kind, urgency=urgency)) for kind in PROMISED)
    )
