"""The states of an order as people see them: the name that orders gives each, and one tone, the same on every page.

Tones: ``late``, ``waiting`` and ``done`` have a colour each; ``open`` is under way; ``quiet`` is over and needs nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

from tianqu.kernel.orders.api import STATE_NAMES, State


@dataclass(frozen=True, slots=True)
class ShownState:
    """A state's name and tone."""

    label: Promise
    tone: str


TONES: Final[dict[State, str]] = {
    State.PLACED: "waiting",
    State.DISPATCHED: "waiting",
    State.RETURNED: "late",
    State.ACCEPTED: "open",
    State.ASKED_BACK: "waiting",
    State.DONE: "done",
    State.RATED: "done",
    State.CLOSED: "quiet",
    State.REFUSED: "quiet",
    State.WITHDRAWN: "quiet",
    State.MERGED: "open",
}


def state(code: str) -> ShownState:
    """Return the state of that code; an unknown code is a fault of the caller."""
    return ShownState(label=STATE_NAMES[code], tone=TONES[State(code)])
