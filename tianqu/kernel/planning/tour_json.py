"""What a plan was computed from, frozen as JSON beside it, and the shows of a plan as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from tianqu.kernel.planning.api import Carrier, Season, Show, Spot, Visit, Window

Stored = Mapping[str, Any]


def stored_season(season: Season) -> dict[str, Any]:
    """A season as JSON: spots once each, windows and days as ISO dates."""
    spots = {one.id: one for one in [visit.spot for visit in season.visits] + [each.base for each in season.carriers]}
    return {
        "spots": {one.id: [one.lon_e6, one.lat_e6] for one in spots.values()},
        "visits": [
            {"id": one.id, "spot": one.spot.id, "minutes": one.minutes, "prices": dict(one.prices),
             "wishes": dict(one.wishes), "closed": sorted(day.isoformat() for day in one.closed),
             "windows": [[w.first_on.isoformat(), w.last_on.isoformat(), w.opens, w.closes] for w in one.windows]}
            for one in season.visits
        ],
        "carriers": [
            {"id": one.id, "base": one.base.id, "works": sorted(one.works), "visits_most": one.visits_most,
             "days": sorted(day.isoformat() for day in one.days), "leaves": one.leaves, "back": one.back,
             "metres_an_hour": one.metres_an_hour, "fen_a_minute": one.fen_a_minute}
            for one in season.carriers
        ],
        "budget_fen": season.budget_fen, "fen_a_vote": season.fen_a_vote, "unserved_fen": season.unserved_fen,
    }  # fmt: skip


def season_of_stored(stored: Stored) -> Season:
    """The season again."""
    spots = {name: Spot(name, *at) for name, at in stored["spots"].items()}
    visits = [
        Visit(
            one["id"], spots[one["spot"]], one["minutes"], prices=one["prices"], wishes=one["wishes"],
            windows=tuple(Window(_day(first), _day(last), *minutes) for first, last, *minutes in one["windows"]),
            closed=frozenset(map(_day, one["closed"])),
        )
        for one in stored["visits"]
    ]  # fmt: skip
    carriers = [
        Carrier(**{**one, "base": spots[one["base"]], "works": frozenset(one["works"]),
                   "days": frozenset(map(_day, one["days"]))})
        for one in stored["carriers"]
    ]  # fmt: skip
    return Season(
        tuple(visits), tuple(carriers), stored["budget_fen"], stored["fen_a_vote"], stored["unserved_fen"]
    )  # fmt: skip


def stored_shows(shows: Iterable[Show]) -> list[list[Any]]:
    """Shows as JSON: visit, carrier, day, minute, works."""
    return [[one.visit_id, one.carrier_id, one.on.isoformat(), one.starts, list(one.works)] for one in shows]


def shows_of_stored(stored: Iterable[Iterable[Any]]) -> tuple[Show, ...]:
    """The shows again."""
    return tuple(
        Show(visit, carrier, _day(on), starts, tuple(works)) for visit, carrier, on, starts, works in stored
    )  # fmt: skip


def without(season: Season, *, spot: str, carrier: str, days: frozenset[date]) -> Season:
    """The season in which a place is closed, or a carrier away, on some days; an empty name stands for none."""
    visits = tuple(
        replace(one, closed=one.closed | days) if spot and one.spot.id == spot else one for one in season.visits
    )
    carriers = tuple(
        replace(one, days=one.days - days) if carrier and one.id == carrier else one for one in season.carriers
    )
    return replace(season, visits=visits, carriers=carriers)


def bound_to_own(season: Season, *, shows: Iterable[Show], engaged: frozenset[str]) -> Season:
    """The season in which each visit that is engaged already can only be given by its own carrier."""
    own = {show.visit_id: show.carrier_id for show in shows if show.visit_id in engaged}
    visits = tuple(
        replace(one, prices={name: fen for name, fen in one.prices.items() if name == own[one.id]})
        if one.id in own else one
        for one in season.visits
    )  # fmt: skip
    return replace(season, visits=visits)


def _day(text: str) -> date:
    return date.fromisoformat(text)
