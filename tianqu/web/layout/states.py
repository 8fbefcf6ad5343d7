"""The states of an order as people see them: the name that orders gives each, and one tone, the same on every page.

Tones: ``late``, ``waiting`` and ``done`` have a colour each; ``open`` is under way; ``quiet`` is over and needs nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tianqu.kernel.orders.api import APPEAL, State, item_version, state_name


@dataclass(frozen=True, slots=True)
class ShownState:
    """A state's name and tone."""

    label: str
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


def state(code: str, *, item_id: int | None = None) -> ShownState:
    """Return the state of that code, as the flow of an item calls it; an unknown code is a fault of the caller."""
    flow = APPEAL if item_id is None else item_version(item_id).flow
    return ShownState(label=state_name(State(code), flow=flow), tone=TONES[State(code)])
