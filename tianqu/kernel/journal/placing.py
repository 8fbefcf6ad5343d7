"""Giving what was written its place in the log, for programs that go on only once it is there."""

from __future__ import annotations

import time
from typing import Final

from tianqu.base.errors import TianquError, _
from tianqu.kernel.journal.sequencer import NotTheSequencer, Sequencer, journal_status

PLACED_SECONDS_MAX: Final = 60
LOOK_SECONDS: Final = 0.2


def place_entries() -> None:
    """Give what was published its place in the log: by the sequencer that runs, or, where none does, right here."""
    sequencer = Sequencer()
    try:
        sequencer.start()
    except NotTheSequencer:
        _wait_placed()
        return
    end = time.monotonic() + PLACED_SECONDS_MAX
    try:
        while sequencer.step() or _held_up(until=end):
            pass
    finally:
        sequencer.stop()


def _held_up(*, until: float) -> bool:
    """Wait a little where a transaction that is open somewhere holds entries up."""
    if not journal_status().waiting or time.monotonic() > until:
        return False
    time.sleep(LOOK_SECONDS)
    return True


def _wait_placed() -> None:
    end = time.monotonic() + PLACED_SECONDS_MAX
    status = journal_status()
    target = status.sequenced + status.waiting
    while journal_status().published < target:
        if time.monotonic() > end:
            raise TianquError(
                _("The sequencer has not published what was written for a minute."),
                remedy=_("See “tianqu journal status”; run this again, it goes on."),
            )
        time.sleep(LOOK_SECONDS)
