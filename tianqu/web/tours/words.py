"""Tours in words: states, costs, why a place is not served, which law a change would break, and what was refused."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from tianqu.kernel.pack.api import named, refusal_said, said
from tianqu.kernel.tours.api import PlannedShow, TourRead

SAID: Final = {
    "asked": gettext_noop("being planned"), "planned": gettext_noop("planned, not published"),
    "carrying": gettext_noop("teams are being engaged"), "published": gettext_noop("published"),
    "failed": gettext_noop("could not be planned"),
    "travel": gettext_noop("Travel"), "price": gettext_noop("Prices"), "wishes": gettext_noop("Wishes not met"),
    "unserved": gettext_noop("Visits that do not take place"),
    "no_carrier": gettext_noop("No team offers it."),
    "no_day": gettext_noop("No team that offers it is free on the days that were wished for."),
    "budget": gettext_noop("The budget does not suffice."),
    "once_first": gettext_noop("Another village has had nothing yet."),
    "dearer": gettext_noop("It would cost more than what leaving it counts."),
    "full": gettext_noop("The teams are needed elsewhere on these days."),
    "by_hand": gettext_noop("It was taken out by hand."),
    "nowhere": gettext_noop("Nobody has said where the village lies on the map."),
    "twice": gettext_noop("A visit would take place twice."), "works": gettext_noop("The team cannot give this work."),
    "unknown": gettext_noop("This is not of this tour."),
    "not_for_sale": gettext_noop("The team does not offer it."),
    "carrier_away": gettext_noop("The team is not there on this day."),
    "place_closed": gettext_noop("The village cannot be visited on this day."),
    "outside_windows": gettext_noop("The village does not wish for this day or time."),
    "too_many": gettext_noop("The team would make too many visits on this day."),
    "too_early": gettext_noop("The team cannot be there by then."),
    "back_late": gettext_noop("The team would be back too late."),
    "over_budget": gettext_noop("It would cost more than the budget."),
    "cost": gettext_noop("The cost is not right."),
    "weather": gettext_noop("the weather"), "carrier": gettext_noop("the team"),
}  # fmt: skip
TONES: Final = {"asked": "waiting", "planned": "open", "carrying": "waiting", "published": "done", "failed": "late"}


def said_of(code: str) -> str:
    """What a state, a cost, a reason or a law is called."""
    return gettext(SAID[code])


def titled(thing: Any) -> str:
    """The title of a visit in the language of the page."""
    return said(thing.title, thing.title_en)


def name_of(thing: Any) -> str:
    """The name of a place or a team in the language of the page; nothing for None."""
    return named(thing) if thing is not None else ""


def outs_said(read: TourRead) -> list[str]:
    """What fell out: why, who or where, from when to when."""
    called: dict[str, Any] = {one.code: one for one in read.carriers}
    called |= {one.place.code: one.place for one in (*read.shows, *read.unserved) if one.place is not None}
    return [
        f"{said_of(cause)}: {name_of(called.get(what)) or what}, {first} – {last}"
        for cause, what, first, last in read.plan.outs
    ]


def faults_said(read: TourRead) -> list[str]:
    """What was refused, in the language of the page, with the visit that it was about."""
    about = {one.visit: one for one in (*read.shows, *read.unserved)}
    return [
        f"{on_map(about[visit])}: {refusal_said(error)}" if visit in about else refusal_said(error)
        for visit, error in read.faults
    ]


def on_map(one: PlannedShow) -> str:
    """What the map and lists say of a visit: village, when it begins, team."""
    when = f"{timezone.localtime(one.starts_at):%Y-%m-%d %H:%M}" if one.starts_at else said_of(one.why)
    told = [name_of(one.place), when, name_of(one.carrier)]
    return " · ".join(filter(None, told))


def tour_words() -> dict[str, Any]:
    """What the templates of tours say things with."""
    return {"named": name_of, "titled": titled, "said_of": said_of, "plan_tones": TONES}
