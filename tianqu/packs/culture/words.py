"""Culture in words: kinds, genres, needs, how far something is, what can be done, and what was refused."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

SAID: Final = {
    "show": gettext_noop("show"), "film": gettext_noop("film"), "class": gettext_noop("class"),
    "opera": gettext_noop("opera"), "music": gettext_noop("music"), "dance": gettext_noop("dance"),
    "storytelling": gettext_noop("storytelling"), "acrobatics": gettext_noop("acrobatics"),
    "drama": gettext_noop("drama"), "craft": gettext_noop("handicraft"), "calligraphy": gettext_noop("calligraphy"),
    "health": gettext_noop("health"), "other": gettext_noop("other"),
    "stage": gettext_noop("a stage"), "hall": gettext_noop("a hall"), "square": gettext_noop("a square"),
    "screen": gettext_noop("a screen"), "power": gettext_noop("electricity"), "tables": gettext_noop("tables"),
    "ordered": gettext_noop("ordered"), "committed": gettext_noop("a troupe is engaged"),
    "accepted": gettext_noop("the troupe will come"), "given": gettext_noop("given, as the troupe says"),
    "confirmed": gettext_noop("given, as both say"), "disputed": gettext_noop("disputed"),
    "paid": gettext_noop("paid"), "refused": gettext_noop("not paid"), "cancelled": gettext_noop("called off"),
    "weather": gettext_noop("the weather"), "troupe": gettext_noop("the troupe"),
    "village": gettext_noop("the village"), "budget": gettext_noop("the budget"),
}  # fmt: skip
TONES: Final = {
    "ordered": "waiting", "committed": "open", "accepted": "open", "given": "waiting", "confirmed": "open",
    "disputed": "late", "paid": "done", "refused": "late", "cancelled": "quiet",
}  # fmt: skip
BUTTONS: Final = {
    "culture.commit_show": gettext_noop("Engage a troupe and set the money aside"),
    "culture.accept_show": gettext_noop("We will come"), "culture.say_given": gettext_noop("We gave it"),
    "culture.confirm_show": gettext_noop("Say for the village how it was"),
    "culture.settle_dispute": gettext_noop("Settle the dispute"), "culture.pay_show": gettext_noop("Pay it"),
    "culture.refuse_payment": gettext_noop("Do not pay it"), "culture.cancel_show": gettext_noop("Call it off"),
}  # fmt: skip


def word(code: str) -> str:
    """What a kind, a need or a state is called."""
    return gettext(SAID[code])


def options(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """What can be chosen, with what it is called."""
    return [(code, word(code)) for code in codes]


def words() -> dict[str, Any]:
    """What every template of the pack says things with."""
    return {"word": word, "tones": TONES, "button": lambda act: gettext(BUTTONS[act])}
