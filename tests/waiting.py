"""Waiting in tests: for something that must come to hold, and never for a time alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

LOOK_SECONDS = 0.05


def until(what: str, holds: Callable[[], bool], *, seconds: float, look_seconds: float = LOOK_SECONDS) -> None:
    """Look again and again until something holds; fail with its name when it does not within so many seconds."""
    end, pause = time.monotonic() + seconds, Event()
    while not holds():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        pause.wait(look_seconds)
