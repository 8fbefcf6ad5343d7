"""What the process of a tour does: it plans one, or plans one anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from tianqu.kernel.planning.tour_json import replan_json, season_of_stored, shows_of_stored
from tianqu.kernel.planning.tours import Replan, replanned, season_plan


def make(asked: Mapping[str, Any], tell: Callable[[str], None]) -> dict[str, Any]:
    """Plan what is asked for; with shows, anew from a day on."""
    season = season_of_stored(asked["season"])

    def told(_step: str, share: float) -> None:
        tell(f"{round(100 * share)}")

    if asked["shows"] is None:
        return replan_json(Replan(season_plan(season, told=told), ()))
    shows = shows_of_stored(asked["shows"])
    return replan_json(replanned(season, plan=shows, today=date.fromisoformat(asked["today"]), told=told))
