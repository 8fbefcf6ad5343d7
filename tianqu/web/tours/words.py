"""Seasons in words: states, costs, why a village is not served, and which law a change would break."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

from tianqu.packs.culture.words import words

SAID: Final = {
    "asked": gettext_noop("being planned"), "planned": gettext_noop("planned, not published"),
    "carrying": gettext_noop("troupes are being engaged"), "published": gettext_noop("published"),
    "failed": gettext_noop("could not be planned"),
    "travel": gettext_noop("Travel"), "price": gettext_noop("Prices"), "wishes": gettext_noop("Wishes not met"),
    "unserved": gettext_noop("Shows that do not take place"),
    "no_carrier": gettext_noop("No troupe offers the work."),
    "no_day": gettext_noop("No troupe that offers it is free on the days that were wished for."),
    "budget": gettext_noop("The budget does not suffice."),
    "once_first": gettext_noop("Another village has had no show yet."),
    "dearer": gettext_noop("It would cost more than what leaving it counts."),
    "full": gettext_noop("The troupes are needed elsewhere on these days."),
    "by_hand": gettext_noop("It was taken out by hand."),
    "nowhere": gettext_noop("Nobody has said where the village lies on the map."),
    "twice": gettext_noop("A show would take place twice."), "works": gettext_noop("The troupe cannot give this work."),
    "unknown": gettext_noop("This is not of this season."),
    "not_for_sale": gettext_noop("The troupe does not offer it."),
    "carrier_away": gettext_noop("The troupe is not there on this day."),
    "place_closed": gettext_noop("The village cannot be played in on this day."),
    "outside_windows": gettext_noop("The village does not wish for this day or time."),
    "too_many": gettext_noop("The troupe would give too many shows on this day."),
    "too_early": gettext_noop("The troupe cannot be there by then."),
    "back_late": gettext_noop("The troupe would be back too late."),
    "over_budget": gettext_noop("It would cost more than the budget."),
    "cost": gettext_noop("The cost is not right."),
    "weather": gettext_noop("the weather"), "troupe": gettext_noop("the troupe"),
}  # fmt: skip
TONES: Final = {"asked": "waiting", "planned": "open", "carrying": "waiting", "published": "done", "failed": "late"}


def said_of(code: str) -> str:
    """What a state, a cost, a reason or a law is called."""
    return gettext(SAID[code])


def season_words() -> dict[str, Any]:
    """What the templates of seasons say things with."""
    return {**words(), "said_of": said_of, "plan_tones": TONES}
