"""Occasions in words: states, and what pages say of a time and a price."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

from tianqu.kernel.occasions.api import CAUSES, OccasionLine

SAID: Final = {
    "announced": gettext_noop("not open yet"), "planned": gettext_noop("open"),
    "full": gettext_noop("full, with a waiting list"), "running": gettext_noop("under way"),
    "over": gettext_noop("over"), "cancelled": gettext_noop("called off"),
    "going": gettext_noop("you have a place"), "waiting": gettext_noop("you are on the waiting list"),
    "left": gettext_noop("left"), "no_show": gettext_noop("did not come"), "in": gettext_noop("checked in"),
    "out": gettext_noop("checked out"), "elsewhere": gettext_noop("at two places at once"),
    "unconfirmed": gettext_noop("waiting for the leader"), "refused": gettext_noop("not confirmed"),
    "disputed": gettext_noop("disagreed with"), "booked": gettext_noop("booked"),
    "reversed": gettext_noop("taken back"),
    "weather": gettext_noop("the weather"), "other": gettext_noop("other"),
}  # fmt: skip
TONES: Final = {
    "announced": "waiting", "planned": "open", "full": "waiting", "running": "open", "over": "quiet",
    "cancelled": "late", "going": "open", "waiting": "waiting", "left": "quiet", "no_show": "late", "in": "open",
    "out": "done", "elsewhere": "late", "unconfirmed": "waiting", "refused": "late", "disputed": "late",
    "booked": "done", "reversed": "late",
}  # fmt: skip


def word(code: str) -> str:
    """What a state or a cause is called."""
    return gettext(SAID[code])


def causes() -> list[tuple[str, str]]:
    """Why something is called off, for a form."""
    return [(cause, word(cause)) for cause in CAUSES]


def tag_names(line: OccasionLine) -> list[str]:
    """What an occasion is marked with, in the language of the page."""
    known = (line.kind.tags if line.kind is not None else None) or {}
    return [str(known[tag]) for tag in line.occasion.tags if tag in known]


def words() -> dict[str, Any]:
    """What every page of occasions says things with."""
    return {"word": word, "tones": TONES, "tag_names": tag_names}
