"""Seasons and plans as JSON and back: for the process in which they are made, and for what is kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from tianqu.kernel.planning.tour_terms import Carrier, Cost, Plan, Season, Show, Spot, Unserved, Visit, Window
from tianqu.kernel.planning.tours import Replan

Stored = Mapping[str, Any]
_PLAIN: Final = ("budget_fen", "fen_a_vote", "unserved_fen", "works_most", "detour_percent", "once_first")
_SAID: Final = ("bound", "proved", "complete", "outings")


def stored_season(season: Season) -> dict[str, Any]:
    """A season as JSON: spots once each, windows and days as ISO dates."""
    spots = {one.id: one for one in [visit.spot for visit in season.visits] + [each.base for each in season.carriers]}
    return {
        "spots": {one.id: [one.lon_e6, one.lat_e6] for one in spots.values()},
        "visits": [
            {"id": one.id, "spot": one.spot.id, "minutes": one.minutes, "prices": dict(one.prices),
             "wishes": dict(one.wishes), "unserved_fen": one.unserved_fen,
             "closed": sorted(day.isoformat() for day in one.closed),
             "windows": [[w.first_on.isoformat(), w.last_on.isoformat(), w.opens, w.closes] for w in one.windows]}
            for one in season.visits
        ],
        "carriers": [
            {"id": one.id, "base": one.base.id, "works": sorted(one.works), "visits_most": one.visits_most,
             "days": sorted(day.isoformat() for day in one.days), "leaves": one.leaves, "back": one.back,
             "metres_an_hour": one.metres_an_hour, "fen_a_minute": one.fen_a_minute}
            for one in season.carriers
        ],
        "minutes": [[*pair, minutes] for pair, minutes in season.minutes.items()],
        "served": dict(season.served),
    } | {name: getattr(season, name) for name in _PLAIN}  # fmt: skip


def season_of_stored(stored: Stored) -> Season:
    """The season again."""
    spots = {name: Spot(name, *at) for name, at in stored["spots"].items()}
    visits = [
        Visit(
            one["id"], spots[one["spot"]], one["minutes"], prices=one["prices"], wishes=one["wishes"],
            windows=tuple(Window(_day(first), _day(last), *minutes) for first, last, *minutes in one["windows"]),
            closed=frozenset(map(_day, one["closed"])), unserved_fen=one.get("unserved_fen"),
        )
        for one in stored["visits"]
    ]  # fmt: skip
    carriers = [
        Carrier(**{**one, "base": spots[one["base"]], "works": frozenset(one["works"]),
                   "days": frozenset(map(_day, one["days"]))})
        for one in stored["carriers"]
    ]  # fmt: skip
    minutes = {(start, end): minutes for start, end, minutes in stored.get("minutes", ())}
    told = {name: stored[name] for name in _PLAIN if name in stored}
    return Season(tuple(visits), tuple(carriers), minutes=minutes, served=stored.get("served", {}), **told)


def stored_shows(shows: Iterable[Show]) -> list[list[Any]]:
    """Shows as JSON: visit, carrier, day, minute, works."""
    return [[one.visit_id, one.carrier_id, one.on.isoformat(), one.starts, list(one.works)] for one in shows]


def shows_of_stored(stored: Iterable[Iterable[Any]]) -> tuple[Show, ...]:
    """The shows again."""
    return tuple(
        Show(visit, carrier, _day(on), starts, tuple(works)) for visit, carrier, on, starts, works in stored
    )  # fmt: skip


def replan_json(one: Replan) -> dict[str, Any]:
    """A plan, and what planning it anew has moved, as JSON."""
    plan = one.plan
    return {
        "shows": stored_shows(plan.shows), "unserved": [[each.visit_id, each.why] for each in plan.unserved],
        "cost": asdict(plan.cost), "moved": list(one.moved),
    } | {name: getattr(plan, name) for name in _SAID}  # fmt: skip


def replan_from(told: Stored) -> Replan:
    """The same again."""
    plan = Plan(
        shows_of_stored(told["shows"]), tuple(Unserved(*each) for each in told["unserved"]), Cost(**told["cost"]),
        **{name: told[name] for name in _SAID},
    )  # fmt: skip
    return Replan(plan, tuple(told["moved"]))


def _day(text: str) -> date:
    return date.fromisoformat(text)
