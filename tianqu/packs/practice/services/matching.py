"""Whom a need is offered to: what is needed, and in words why somebody fits. The question itself is in ``queries``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext, gettext_noop, ngettext

from tianqu.kernel.orders.api import Candidate
from tianqu.packs.practice.words import word

OPEN_MAX: Final = 3  # so many open requests at once, and nobody is asked for one more
LEFT_OUT: Final = {
    "own": gettext_noop("ordered it, or belong to whoever did"), "closed": gettext_noop("are at a closed station"),
    "minor": gettext_noop("are under 18 without a guardian's consent"),
    "far": gettext_noop("do not go that far"), "skill": gettext_noop("do not say that they can do it"),
    "language": gettext_noop("do not speak the language"), "time": gettext_noop("are not free at the time"),
    "service": gettext_noop("do another kind of service"), "nobody": gettext_noop("have no member who fits"),
    "asked": gettext_noop("were asked already"), "busy": gettext_noop("have enough open requests"),
}  # fmt: skip
_NEAR: Final = (gettext_noop("in the same village"), gettext_noop("in the same township"),
                gettext_noop("in the same county"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """What an order asks for: paths of places, degrees of WGS 84, codes as profiles hold them; empty asks nothing."""

    village: str
    township: str
    county: str
    on: date
    lon: float | None = None
    lat: float | None = None
    service: str = ""
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    times: tuple[str, ...] = ()  # any one of them
    asker_id: UUID | None = None
    asker_phones: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    order_id: UUID | None = None  # whose own offers are no load


@dataclass(frozen=True, slots=True)
class Matching:
    """The best candidates, and how many teams and volunteers were left out for each reason."""

    found: tuple[Candidate, ...]
    left_out: Mapping[tuple[str, str], int]


def service_of_item(code: str) -> str:
    """The kind of service that an item is of: ``aid`` of ``practice.aid-visit``; "" where any team may do it."""
    kind = code.removeprefix("practice.").partition("-")[0]
    return "" if kind == "other" else kind


def times_wanted(day: date | None, window: str) -> tuple[str, ...]:
    """The times of which a volunteer must have one, for a wished day and a part of it."""
    days = ("weekday", "weekend") if day is None else (("weekend",) if day.weekday() >= 5 else ("weekday",))
    parts = ("day", "evening") if window not in ("day", "evening") else (window,)
    return () if len(days) * len(parts) == 4 else tuple(f"{one}-{part}" for one in days for part in parts)


def reasons(grounds: Mapping[str, Any]) -> list[str]:
    """Why somebody fits, in the language of the page: near, able, speaking, free, and with what to do already."""
    metres, able, busy, far = grounds.get("metres"), grounds["able"], grounds["busy"], grounds["far"]
    said = [gettext("%(kilometres)s km away") % {"kilometres": f"{metres / 1000:.1f}"}] if metres is not None else []
    said.append(gettext(_NEAR[far]))
    said += [gettext("can do: %(what)s") % {"what": word(one)} for one in grounds["skills"]]
    said += [gettext("speaks: %(what)s") % {"what": word(one)} for one in grounds["languages"]]
    said += [gettext("free: %(when)s") % {"when": word(one)} for one in grounds["times"]]
    if grounds["kind"] == "team":
        said.append(ngettext("%(count)s member fits", "%(count)s members fit", able) % {"count": able})
    said.append(gettext("%(hours)s hours in 30 days") % {"hours": f"{grounds['minutes'] / 60:.1f}"})
    return said + (
        [ngettext("%(count)s open request", "%(count)s open requests", busy) % {"count": busy}] if busy else []
    )


def left_out_said(counts: Mapping[tuple[str, str], int], kind: str) -> list[str]:
    """How many teams or volunteers were left out, and why, the most first."""
    told = sorted(
        ((count, why) for (of, why), count in counts.items() if of == kind), key=lambda one: (-one[0], one[1])
    )
    return [f"{count} {gettext(LEFT_OUT[why])}" for count, why in told]


def matched(wanted: Collection[str], had: Collection[str]) -> list[str]:
    """What is wanted and there, in order."""
    return [one for one in wanted if one in had]
