"""Counting calls in memory for request limits, without a thread.

The library's own storage starts a timer thread at nearly every call to drop what has expired, which costs more than
the rest of a request; here expired counts are dropped by a call itself, once a minute.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from limits.storage import MemoryStorage

SWEEP_SECONDS: Final = 60.0


class CountStorage(MemoryStorage):
    """Counts of fixed windows, in this process."""

    def __init__(self) -> None:
        super().__init__()
        self._one_at_a_time = threading.Lock()
        self._sweep_at = 0.0

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add to the count of a window and return it; a window begins with its first call."""
        now = time.time()
        with self._one_at_a_time:
            if now >= self._sweep_at:
                self._sweep(now)
            if self.expirations.get(key, 0.0) <= now:
                self.storage[key] = 0
                self.expirations[key] = now + expiry
            self.storage[key] += amount
            return self.storage[key]

    def _sweep(self, now: float) -> None:
        self._sweep_at = now + SWEEP_SECONDS
        for key in [key for key, until in self.expirations.items() if until <= now]:
            self.storage.pop(key, None)
            self.expirations.pop(key, None)
