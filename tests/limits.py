"""The counts of the request limits, which live in the process."""

from __future__ import annotations

import sys
from typing import Final

from django.core.cache import cache

COUNTING: Final = (
    "tianqu.web.middleware",
    "tianqu.web.api.limits",
    "tianqu.web.figures.limits",
    "tianqu.gateways.open311.limits",
    "tianqu.base.call_limits",
    "tianqu.web.uploads",
)


def forget_calls() -> None:
    """Forget how much was sent."""
    cache.clear()
    for name in COUNTING:
        if name in sys.modules:
            sys.modules[name]._limiter.storage.reset()
