"""What an office says of a tour, and what its kind gathers, as the season that a plan is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from tianqu.kernel.places.api import Unit, places_at
from tianqu.kernel.planning.api import Carrier, Season, Show, Spot, Visit, Window
from tianqu.kernel.tours.kinds import Asked, CarrierOffered, Engagement, TourKind, VisitAsked
from tianqu.kernel.tours.models import Tour

VISITS_MAX: Final = 1_000
CARRIERS_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Terms:
    """What an office says of a tour. Times in minutes after midnight, money in fen."""

    first_on: date
    last_on: date
    budget_fen: int
    fen_a_vote: int
    unserved_fen: int
    fen_a_minute: int
    visits_a_day: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """The season, what its visits and carriers are called, and the visits that lie in no known place."""

    season: Season
    told: dict[str, Any]
    nowhere: tuple[str, ...]


def gathered(kind: TourKind, unit: Unit, terms: Terms) -> Gathered:
    """Gather what is asked of an office for these days, and who could come.

    A carrier whose base has no position does not travel.
    """
    asked = kind.asked(unit, terms.first_on, terms.last_on)
    visits, carriers = asked.visits[:VISITS_MAX], asked.carriers[:CARRIERS_MAX]
    spots = _spots({one.place_path for one in visits} | {one.base_path for one in carriers})
    based = [one for one in carriers if one.base_path in spots]
    travelling = {one.id: _carrier(kind, one, spots[one.base_path], terms) for one in based}
    season = Season(
        tuple(_visit(kind, one, spots[one.place_path], terms, travelling) for one in visits if one.place_path in spots),
        tuple(travelling[name] for name in sorted(travelling)), terms.budget_fen, terms.fen_a_vote, terms.unserved_fen,
        served={spots[path].id: count for path, count in asked.served.items() if path in spots},
    )  # fmt: skip
    nowhere = tuple(one.id for one in visits if one.place_path not in spots)
    return Gathered(season, _told(asked), nowhere)


def _told(asked: Asked) -> dict[str, Any]:
    """What visits and carriers are called, as it is kept with a plan."""
    return {
        "visits": {
            one.id: {"title": one.title, "title_en": one.title_en, "place": one.place_path, "extra": one.extra,
                     "works": {work: list(names) for work, names in one.works.items()}}
            for one in asked.visits[:VISITS_MAX]
        },
        "carriers": {
            one.id: {"name": one.name, "name_en": one.name_en, "by": one.by} for one in asked.carriers[:CARRIERS_MAX]
        },
    }  # fmt: skip


def _carrier(kind: TourKind, one: CarrierOffered, base: Spot, terms: Terms) -> Carrier:
    days = frozenset(day for day in one.days if terms.first_on <= day <= terms.last_on)
    return Carrier(
        one.id, base, one.works, days, visits_most=terms.visits_a_day, leaves=kind.leaves, back=kind.back,
        metres_an_hour=kind.metres_an_hour, fen_a_minute=terms.fen_a_minute,
    )  # fmt: skip


def _visit(kind: TourKind, one: VisitAsked, spot: Spot, terms: Terms, travelling: Mapping[str, Carrier]) -> Visit:
    opens, closes = max(one.opens, terms.opens), min(one.closes, terms.closes)
    window = Window(
        max(one.first_on, terms.first_on), min(one.last_on, terms.last_on), max(0, opens - kind.minutes_before),
        max(closes, opens),
    )  # fmt: skip
    return Visit(
        id=one.id, spot=spot, minutes=one.minutes + kind.minutes_before, windows=(window,), wishes=one.wishes,
        prices={name: fen for name, fen in one.prices.items() if name in travelling},
        unserved_fen=0 if one.extra else None,
    )  # fmt: skip


def _spots(paths: set[str]) -> dict[str, Spot]:
    """Where places lie, by path; without those of which nobody knows it."""
    return {
        path: Spot(place.code, round(place.lon * 1_000_000), round(place.lat * 1_000_000))
        for path, place in places_at(paths).items()
        if place.lon is not None and place.lat is not None
    }


def titled(one: Tour, visit: str, works: tuple[str, ...] = ()) -> tuple[str, str]:
    """What a visit gives, in Chinese and English: what was asked for, or the work that a plan gives for wishes."""
    told = one.told["visits"][visit]
    if works and works[0] in told.get("works", {}):
        name, name_en = told["works"][works[0]]
        return name, name_en
    return told["title"], told["title_en"]


def moment_of(on: date, minute: int) -> datetime:
    """The moment that is a minute of a day in the realm's time."""
    return datetime(on.year, on.month, on.day, tzinfo=timezone.get_current_timezone()) + timedelta(minutes=minute)


def engagement(kind: TourKind, one: Tour, show: Show) -> Engagement:
    """A show of a plan as everybody sees it: from when what is given begins, until it is over."""
    minutes = {visit["id"]: visit["minutes"] for visit in one.given["visits"]}[show.visit_id]
    arrives = moment_of(show.on, show.starts)
    return Engagement(
        show.visit_id, one.told["visits"][show.visit_id]["place"], show.carrier_id,
        one.told["carriers"][show.carrier_id]["by"], arrives + timedelta(minutes=kind.minutes_before),
        arrives + timedelta(minutes=minutes), show.works,
    )  # fmt: skip
