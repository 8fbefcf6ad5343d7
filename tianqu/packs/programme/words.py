"""The programme in words: names in the language of the page, and what was refused."""

from __future__ import annotations

from typing import Final, Protocol

from django.utils.translation import get_language, gettext, gettext_noop

from tianqu.base.errors import InvalidInputs, TianquError
from tianqu.packs.programme.queries import ConferenceState

STATES: Final = {
    ConferenceState.PLANNED: gettext_noop("planned"), ConferenceState.HELD: gettext_noop("held"),
    ConferenceState.CANCELLED: gettext_noop("called off"),
}  # fmt: skip
TONES: Final = {
    ConferenceState.PLANNED: "open", ConferenceState.HELD: "done", ConferenceState.CANCELLED: "late",
}  # fmt: skip


class Named(Protocol):
    """What has a Chinese name and may have an English one, such as a unit."""

    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...


def english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


def named(thing: Named | None) -> str:
    """The name of a unit or a domain in the language of the page; a dash for nothing."""
    if thing is None:
        return "–"
    return said(thing.name, thing.name_en)


def said(chinese: str, in_english: str, /) -> str:
    """The one of two texts that the page's language asks for; the Chinese one where nobody wrote the other."""
    return in_english if english() and in_english else chinese


def state_said(state: ConferenceState) -> str:
    """Where a conference stands."""
    return gettext(STATES[state])


def faults(error: TianquError) -> dict[str, str]:
    """An error's sentences by field, in the language of the page."""
    errors = error.errors if isinstance(error, InvalidInputs) else [error]
    return {one.field: refusal_said(one) for one in errors}


def refusal_said(error: TianquError) -> str:
    """Say what was wrong and what would be right."""
    texts = (text for text in (error.message, error.remedy) if text)
    return " ".join(gettext(text) % error.parameters for text in texts)
