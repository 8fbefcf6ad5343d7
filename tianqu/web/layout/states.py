"""The states of an order as people see them: one name and one tone each, the same on every page.

Tones: ``late``, ``waiting`` and ``done`` have a colour each; ``open`` is under way; ``quiet`` is over and needs nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class State:
    """A state's name and tone."""

    label: Promise | str
    tone: str


STATES: dict[str, State] = {
    "placed": State(_("Received"), "waiting"),
    "dispatched": State(_("Sent to a unit"), "waiting"),
    "accepted": State(_("Being handled"), "open"),
    "asked_back": State(_("Waiting for your answer"), "waiting"),
    "returned": State(_("Returned"), "late"),
    "done": State(_("Answered"), "done"),
    "rated": State(_("Rated"), "done"),
    "closed": State(_("Closed"), "quiet"),
    "refused": State(_("Refused, with reasons"), "quiet"),
    "withdrawn": State(_("Withdrawn"), "quiet"),
    "merged": State(_("Handled with others"), "open"),
}


def state(code: str) -> State:
    """Return the state of that code; an unknown code is a fault of the caller."""
    return STATES[code]
