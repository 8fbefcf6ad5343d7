"""The programme in words: names in the language of the page, and how far conferences are."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import get_language, gettext, gettext_noop

from tianqu.kernel.pack.api import named as name_said
from tianqu.packs.programme.queries import ConferenceState

STATES: Final = {
    ConferenceState.PLANNED: gettext_noop("planned"), ConferenceState.HELD: gettext_noop("held"),
    ConferenceState.CANCELLED: gettext_noop("called off"),
}  # fmt: skip
TONES: Final = {
    ConferenceState.PLANNED: "open", ConferenceState.HELD: "done", ConferenceState.CANCELLED: "late",
}  # fmt: skip


def english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


def named(thing: Any) -> str:
    """The name of a unit or a domain in the language of the page; a dash for nothing."""
    if thing is None:
        return "–"
    return name_said(thing)


def state_said(state: ConferenceState) -> str:
    """Where a conference stands."""
    return gettext(STATES[state])
