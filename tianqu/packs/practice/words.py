"""Civic practice in words: kinds of service and states."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

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
    "county": gettext_noop("in the whole county"),
    "going": gettext_noop("taking part"), "waiting": gettext_noop("on the waiting list"),
    "in": gettext_noop("checked in"), "no_show": gettext_noop("did not come"),
    "unconfirmed": gettext_noop("waiting for the leader"),
    "elsewhere": gettext_noop("at two places at once"), "refused": gettext_noop("not confirmed"),
    "disputed": gettext_noop("disagreed with"), "booked": gettext_noop("booked"),
    "reversed": gettext_noop("taken back"),
    "team": gettext_noop("team"), "volunteer": gettext_noop("volunteer"),
}  # fmt: skip
TONES: Final = {
    "going": "open", "waiting": "waiting", "no_show": "late", "in": "open", "unconfirmed": "waiting",
    "elsewhere": "late", "refused": "late", "disputed": "late", "booked": "done", "reversed": "late",
}  # fmt: skip


def word(code: str) -> str:
    """What a kind or a state is called."""
    return gettext(SAID[code])


def options(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """What can be chosen, with what it is called."""
    return [(code, word(code)) for code in codes]


def words() -> dict[str, Any]:
    """What every template of the pack says things with."""
    return {"word": word, "tones": TONES}
