"""Civic practice in words: names in the language of the page, kinds and states, and what was refused."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import get_language, gettext, gettext_noop

from tianqu.base.errors import InvalidInputs, TianquError

SAID: Final = {
    "theory": gettext_noop("talks on policy"), "culture": gettext_noop("culture and sport"),
    "aid": gettext_noop("help for families in need"), "health": gettext_noop("health"),
    "science": gettext_noop("science for everybody"), "law": gettext_noop("advice on law"),
    "ecology": gettext_noop("environment"), "traffic": gettext_noop("safe traffic"),
    "youth": gettext_noop("children and youth"), "emergency": gettext_noop("emergencies"),
    "other": gettext_noop("other"),
    "teaching": gettext_noop("teaching"), "caring": gettext_noop("caring for people"),
    "medicine": gettext_noop("medicine"), "repair": gettext_noop("repairs"), "cooking": gettext_noop("cooking"),
    "driving": gettext_noop("driving"), "music": gettext_noop("music"), "sport": gettext_noop("sport"),
    "computing": gettext_noop("computers and phones"), "gardening": gettext_noop("gardening"),
    "zh": gettext_noop("Mandarin"), "en": gettext_noop("English"), "sign": gettext_noop("sign language"),
    "dialect": gettext_noop("the local dialect"),
    "weekday-day": gettext_noop("weekdays by day"), "weekday-evening": gettext_noop("weekday evenings"),
    "weekend-day": gettext_noop("weekends by day"), "weekend-evening": gettext_noop("weekend evenings"),
    "village": gettext_noop("in my own village"), "township": gettext_noop("in my township"),
    "county": gettext_noop("in the whole county"), "weather": gettext_noop("the weather"),
    "planned": gettext_noop("open to volunteers"), "full": gettext_noop("full, with a waiting list"),
    "running": gettext_noop("under way"), "over": gettext_noop("over"), "cancelled": gettext_noop("called off"),
    "going": gettext_noop("taking part"), "waiting": gettext_noop("on the waiting list"),
    "left": gettext_noop("left"), "in": gettext_noop("checked in"),
    "unconfirmed": gettext_noop("waiting for the leader"),
    "elsewhere": gettext_noop("at two places at once"), "refused": gettext_noop("not confirmed"),
    "disputed": gettext_noop("disagreed with"), "booked": gettext_noop("booked"),
    "team": gettext_noop("team"), "volunteer": gettext_noop("volunteer"),
}  # fmt: skip
TONES: Final = {
    "planned": "open", "full": "waiting", "running": "open", "over": "quiet", "cancelled": "late", "going": "open",
    "waiting": "waiting", "left": "quiet", "in": "open", "unconfirmed": "waiting", "elsewhere": "late",
    "refused": "late", "disputed": "late", "booked": "done",
}  # fmt: skip


def english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


def said(chinese: str, in_english: str, /) -> str:
    """The one of two texts that the page's language asks for; the Chinese one where nobody wrote the other."""
    return in_english if english() and in_english else chinese


def named(thing: Any) -> str:
    """The name of a station, a team or a place in the language of the page."""
    return said(thing.name, thing.name_en)


def word(code: str) -> str:
    """What a kind or a state is called."""
    return gettext(SAID[code])


def options(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """What can be chosen, with what it is called."""
    return [(code, word(code)) for code in codes]


def words() -> dict[str, Any]:
    """What every template of the pack says things with."""
    return {"said": said, "named": named, "word": word, "tones": TONES}


def typed(request: HttpRequest) -> dict[str, Any]:
    """What a form sent, cut short; what no database takes stands as the sign of what cannot be read."""
    return {name: str(value).strip()[:20_000].replace("\0", "\ufffd") for name, value in request.POST.items()}


def faults(error: TianquError) -> dict[str, str]:
    """An error's sentences by field, in the language of the page."""
    errors = error.errors if isinstance(error, InvalidInputs) else [error]
    return {one.field: refusal_said(one) for one in errors}


def refusal_said(error: TianquError) -> str:
    """Say what was wrong and what would be right."""
    texts = (text for text in (error.message, error.remedy) if text)
    return " ".join(gettext(text) % error.parameters for text in texts)
